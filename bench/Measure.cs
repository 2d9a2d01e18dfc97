using System.Diagnostics;
using Functional.Kernels;

namespace Bench;

/// <summary>
/// Times both sides in turn: in every round each side, and each form of the peer, takes the same while, while the others
/// rest; a round begins with another side than the one before it.
/// </summary>
internal sealed class Measure(int rounds) : IDisposable
{
    private const double WarmUp = 0.3; // seconds
    private const double Sample = 0.1;

    // A form so much slower than the fastest one at a first look takes no further part.
    private const double Hopeless = 1.3;

    private readonly Dictionary<int, PeerProcess> peers = [];

    /// <summary>The largest share of a processor that a side has used while the other one was timed.</summary>
    public double Disturbance { get; private set; }

    public PeerProcess Peer(int threads)
    {
        if (!peers.TryGetValue(threads, out PeerProcess? peer))
            peers[threads] = peer = PeerProcess.Start(threads);
        return peer;
    }

    public Result Run(Workload workload, int threads)
    {
        threads = workload.Threads ?? threads;
        // where nothing is asked for no scope is open, as in a user's program
        using KernelScope? scope = threads == KernelScope.DefaultThreads ? null : KernelScope.UseThreads(threads);
        PeerProcess peer = Peer(threads);

        long start = Stopwatch.GetTimestamp();
        Action step = workload.Make();
        step();
        double first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

        List<Side> sides = [new("ours", n => Time(step, n))];
        sides.AddRange(peer.Forms(workload.Peer).Select(form => new Side(form, n => peer.Time(workload.Peer, form, n))));
        foreach (Side side in sides)
            side.Calibrate();
        double fastest = sides.Skip(1).Min(side => side.Fastest);
        // what was called often is counted, and compiled anew in the background, each a tenth of a second later
        for (int i = 0; i < 3; i++)
        {
            sides[0].Calibrate();
            Thread.Sleep(200);
            ProcessorTime.AwaitRest(Environment.ProcessId);
        }

        sides = [.. sides.Where((side, i) => i <= 1 || side.Fastest <= Hopeless * fastest)];

        long allocated = 0, steps = 0;
        List<double> peaks = [];
        for (int round = 0; round < rounds; round++)
        {
            peaks.Add(Peak.Measure(threads));
            for (int i = 0; i < sides.Count; i++)
            {
                Side side = sides[(i + round) % sides.Count];
                bool ours = side == sides[0];
                foreach (int pid in (int[])[Environment.ProcessId, .. peers.Values.Select(each => each.Pid)])
                    ProcessorTime.AwaitRest(pid);
                double before = Resting(ours);
                long memory = GC.GetTotalAllocatedBytes(precise: true);
                (double seconds, int repeats) = side.Take();
                if (ours)
                {
                    allocated += GC.GetTotalAllocatedBytes(precise: true) - memory;
                    steps += repeats;
                }

                Disturbance = Math.Max(Disturbance, (Resting(ours) - before) / seconds);
            }
        }

        peer.Drop(workload.Peer);
        FormResult[] forms =
        [
            .. sides.Skip(1).Select(side => new FormResult(
                side.Name, Median(side.Times) * 1e3, Median(side.Times.Zip(sides[0].Times, (they, we) => they / we)))),
        ];
        FormResult best = forms.MinBy(form => form.Peer)!;
        double time = Median(sides[0].Times), peak = Median(peaks);
        Floor floor = new(
            workload.Work.Flops / peak / 1e6, workload.Work.Bytes / Bandwidth.Measure(threads, workload.Work.Bytes) / 1e6);
        string name = best.Form switch
        {
            _ when best.Form.StartsWith("scikit-learn", StringComparison.Ordinal) => peer.Sklearn,
            "NumPy" => peer.NumPy,
            _ => peer.Torch,
        };
        return new Result(
            workload.Id, workload.Title, "ms", threads, time * 1e3, best, forms[0], $"{name}, {peer.Blas}", floor,
            new StepDetails(workload.Work.Flops / time / 1e9, peak, (double)allocated / steps, first));

        // What those that are to rest have run so far.
        double Resting(bool ours) =>
            (ours ? 0 : ProcessorTime.Of(Environment.ProcessId))
            + peers.Values.Where(each => ours || each != peer).Sum(each => ProcessorTime.Of(each.Pid));
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    public void Dispose()
    {
        foreach (PeerProcess peer in peers.Values)
            peer.Dispose();
    }

    private static double Time(Action step, int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
            step();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>One side of a workload, or one form of it.</summary>
    private sealed class Side(string name, Func<int, double> time)
    {
        public string Name => name;

        /// <summary>Seconds a step, the least seen so far.</summary>
        public double Fastest { get; private set; } = double.PositiveInfinity;

        /// <summary>Seconds a step, of every round.</summary>
        public List<double> Times { get; } = [];

        /// <summary>Warms up, and takes a first look.</summary>
        public void Calibrate()
        {
            double spent = time(1);
            for (int repeats = 1; spent < WarmUp; repeats *= 2)
                spent += time(repeats);
            int few = (int)Math.Clamp(0.03 / Math.Max(time(1), 1e-6), 1, 1000);
            for (int look = 0; look < 3; look++)
                Fastest = Math.Min(Fastest, time(few) / few);
        }

        /// <summary>Takes a turn: the seconds, and the number of steps.</summary>
        public (double Seconds, int Repeats) Take()
        {
            int repeats = (int)Math.Clamp(Sample / Fastest, 2, 1_000_000);
            double seconds = time(repeats);
            Times.Add(seconds / repeats);
            Fastest = Math.Min(Fastest, seconds / repeats);
            return (seconds, repeats);
        }
    }
}
