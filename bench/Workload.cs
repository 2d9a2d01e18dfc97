namespace Bench;

/// <summary>Something that both sides do, step by step.</summary>
/// <param name="Id">Its letter, and what sets it apart from others of that letter.</param>
/// <param name="Title">What is done.</param>
/// <param name="Work">What a step cannot do without.</param>
/// <param name="Make">Our side: makes what does one step.</param>
/// <param name="Peer">The name of the peer's side.</param>
/// <param name="Threads">The number of threads, where it is not the run's.</param>
internal sealed record Workload(
    string Id, string Title, Work Work, Func<Action> Make, string Peer, int? Threads = null);

/// <summary>What one form of the peer took.</summary>
/// <param name="Form">Which form.</param>
/// <param name="Peer">The median of its rounds, in the result's unit.</param>
/// <param name="Ratio">The median of the rounds' ratios, the peer's time by ours.</param>
internal sealed record FormResult(string Form, double Peer, double Ratio);

/// <summary>Medians of one workload.</summary>
/// <param name="Id">The workload.</param>
/// <param name="Title">What is done.</param>
/// <param name="Unit">"ms" or "MB".</param>
/// <param name="Threads">On how many threads, both sides.</param>
/// <param name="Ours">What we took.</param>
/// <param name="Best">The peer's fastest form.</param>
/// <param name="Plain">The peer's plain form.</param>
/// <param name="PeerName">Who the peer is.</param>
/// <param name="Floor">What the machine needs at least.</param>
/// <param name="Details">What else is known of our side: only of workloads that are timed step by step.</param>
internal sealed record Result(
    string Id, string Title, string Unit, int Threads, double Ours, FormResult Best, FormResult Plain, string PeerName,
    Floor Floor, StepDetails? Details = null);

/// <summary>The least that a workload needs on this machine, by its products and by its memory.</summary>
/// <param name="Compute">FLOPs by the measured peak.</param>
/// <param name="Memory">Bytes by the bandwidth measured over as many bytes.</param>
internal sealed record Floor(double Compute, double Memory)
{
    public double Value => Math.Max(Compute, Memory);
}

/// <summary>Our side of a workload that is timed step by step.</summary>
/// <param name="Gflops">The speed of its products.</param>
/// <param name="PeakGflops">The machine's, on as many threads, measured in the same rounds.</param>
/// <param name="AllocatedBytes">Managed memory allocated a step.</param>
/// <param name="FirstStepMs">Making the step and running it once.</param>
internal sealed record StepDetails(double Gflops, double PeakGflops, double AllocatedBytes, double FirstStepMs);
