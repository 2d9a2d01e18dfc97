namespace Functional.CSharp;

/// <summary>Kernels of a compiled step with the time that each took.</summary>
public sealed class PlanProfile
{
    private readonly Functional.PlanProfile inner;

    internal PlanProfile(Functional.PlanProfile inner) => this.inner = inner;

    /// <summary>The microseconds of all kernels together.</summary>
    public double Microseconds => inner.Microseconds;

    /// <summary>
    /// A line a kernel, the slowest first: microseconds, share, GFLOP/s, GB/s and what it computes.
    /// </summary>
    public string Table => inner.Table;

    /// <summary>The run as chrome://tracing and Perfetto read it: JSON in the trace event format.</summary>
    public string Trace => inner.Trace;

    /// <summary>Writes <see cref="Trace"/> to a file.</summary>
    public void Save(string path) => inner.Save(path);

    /// <summary>The table.</summary>
    public override string ToString() => Table;
}
