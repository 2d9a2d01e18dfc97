using FBin = Functional.CalibrationBin;
using FCalibration = Functional.Calibration;
using FOptions = Functional.CalibrationOptions;
using FStrategy = Functional.BinStrategy;

namespace Functional.CSharp;

/// <summary>How probabilities are cut into bins.</summary>
public enum BinStrategy
{
    /// <summary>Bins of equal width over 0 to 1.</summary>
    EqualWidth,

    /// <summary>Bins of about as many samples, cut at quantiles of the probabilities.</summary>
    EqualFrequency,
}

/// <summary>How reliability is measured.</summary>
public sealed record CalibrationOptions
{
    /// <summary>The number of bins. Default 10.</summary>
    public int Bins { get; init; } = 10;

    /// <summary>How they are cut. Default equal width.</summary>
    public BinStrategy Strategy { get; init; }

    internal FOptions Inner =>
        new(Bins, Strategy == BinStrategy.EqualFrequency ? FStrategy.EqualFrequency : FStrategy.EqualWidth);
}

/// <summary>The samples whose probability falls into one bin.</summary>
/// <param name="Lower">The lower limit, open but for the first bin.</param>
/// <param name="Upper">The upper limit, closed.</param>
/// <param name="Count">The number of samples, at least 1.</param>
/// <param name="MeanProbability">The mean of their probabilities.</param>
/// <param name="PositiveShare">The share of them that are positive.</param>
public sealed record CalibrationBin(
    double Lower, double Upper, int Count, double MeanProbability, double PositiveShare)
{
    internal static CalibrationBin Of(FBin bin) =>
        new(bin.Lower, bin.Upper, bin.Count, bin.MeanProbability, bin.PositiveShare);
}

/// <summary>How far probabilities can be believed.</summary>
public sealed class Calibration
{
    private readonly FCalibration inner;

    private Calibration(FCalibration inner) => this.inner = inner;

    internal FCalibration Inner => inner;

    /// <summary>The reliability of probabilities of class 1: labels 0 and 1, one probability a sample.</summary>
    /// <exception cref="FunctionalException">A value is no probability, or the shapes do not fit.</exception>
    public static Calibration OfProbabilities(
        Tensor labels, Tensor probabilities, CalibrationOptions? options = null) =>
        new(CalibrationModule.ofProbabilities(
            (options ?? new()).Inner, Interop.Inner(labels), Interop.Inner(probabilities)));

    /// <summary>
    /// The reliability of the class that is said: for each sample the largest of its probabilities [n, k], and whether it is that
    /// of its label.
    /// </summary>
    /// <exception cref="FunctionalException">A value is no probability, or the shapes do not fit.</exception>
    public static Calibration OfClasses(Tensor labels, Tensor probabilities, CalibrationOptions? options = null) =>
        new(CalibrationModule.ofClasses(
            (options ?? new()).Inner, Interop.Inner(labels), Interop.Inner(probabilities)));

    /// <summary>
    /// The Brier score: the mean over samples of (p - y)², for k classes of the sum of it over the classes.
    /// </summary>
    /// <exception cref="FunctionalException">A value is no probability, or the shapes do not fit.</exception>
    public static double BrierScore(Tensor labels, Tensor probabilities) =>
        CalibrationModule.brier(Interop.Inner(labels), Interop.Inner(probabilities));

    /// <summary>The reliability curve: the bins that have samples, ascending.</summary>
    public IReadOnlyList<CalibrationBin> Bins => [.. inner.Bins.Select(CalibrationBin.Of)];

    /// <summary>The mean of (p - y)² over the samples.</summary>
    public double Brier => inner.Brier;

    /// <summary>The mean over the samples of |positive share - mean probability| of their bin.</summary>
    public double ExpectedError => inner.ExpectedError;

    /// <summary>The largest |positive share - mean probability| of a bin.</summary>
    public double MaximumError => inner.MaximumError;
}
