using FCheck = Functional.GradientCheck;

namespace Functional.CSharp;

/// <summary>How far the derivatives of a function are from its finite differences.</summary>
public sealed class GradientCheck
{
    private readonly FCheck inner;

    internal GradientCheck(FCheck inner) => this.inner = inner;

    /// <summary>Whether both modes agree with the differences: every error is within 1e-5.</summary>
    public bool Passed => inner.Passed;

    /// <summary>
    /// The largest error of forward mode, |derivative - difference| / max(1, |difference|).
    /// </summary>
    public double ForwardError => inner.ForwardError;

    /// <summary>The largest error of reverse mode, measured alike.</summary>
    public double ReverseError => inner.ReverseError;

    /// <summary>
    /// The index, in row-major order, of the argument's element with the largest error, or -1 for none.
    /// </summary>
    public int WorstElement => inner.WorstElement;

    /// <summary>One line: passed or failed, and both errors.</summary>
    public override string ToString() => inner.ToString();
}
