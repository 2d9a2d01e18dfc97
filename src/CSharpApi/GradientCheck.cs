using System.Globalization;

namespace Functional.CSharp;

/// <summary>How far the derivatives of a function are from its finite differences.</summary>
/// <param name="Passed">Whether both modes agree with the differences: every error is within 1e-5.</param>
/// <param name="ForwardError">
/// The largest error of forward mode, |derivative - difference| / max(1, |difference|).
/// </param>
/// <param name="ReverseError">The largest error of reverse mode, measured alike.</param>
/// <param name="WorstElement">
/// The index, in row-major order, of the argument's element with the largest error, or -1 for none.
/// </param>
public sealed record GradientCheck(bool Passed, double ForwardError, double ReverseError, int WorstElement)
{
    /// <summary>One line: passed or failed, and both errors.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"gradient check {(Passed ? "passed" : $"FAILED at element {WorstElement}")}: forward error {ForwardError:0.0e+00}, reverse error {ReverseError:0.0e+00}");
}
