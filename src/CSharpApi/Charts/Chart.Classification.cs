using FCharts = Functional.ClassificationCharts.Chart;

namespace Functional.CSharp;

public static partial class Chart
{
    /// <summary>
    /// A confusion matrix: a row for each right class, with counts and their shares of the row in the cells, and colours by
    /// the share. Above 15 classes cells hold counts alone, above 40 nothing.
    /// </summary>
    public static Figure ConfusionMatrix(ConfusionMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        return new(FCharts.confusionMatrix(matrix.Inner));
    }

    /// <summary>
    /// ROC curves by name, each with the area under it, and operating points by the names of their curves.
    /// </summary>
    /// <exception cref="FunctionalException">There is no curve, or a point belongs to none.</exception>
    public static Figure Roc(
        IEnumerable<(string Name, RocCurve Curve)> curves, IEnumerable<(string Name, OperatingPoint Point)>? points = null)
    {
        ArgumentNullException.ThrowIfNull(curves);
        return new(FCharts.rocWith(Inner(points), curves.Select(one => Tuple.Create(one.Name, one.Curve.Inner))));
    }

    /// <summary>The ROC curve of each class against the rest, and that of all together (micro average).</summary>
    public static Figure Roc(OneVsRestCurves curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        return new(FCharts.rocOneVsRest(curves.Inner));
    }

    /// <summary>
    /// Precision-recall curves by name, each with its average precision, and operating points by the names of their curves.
    /// The dashed line is the precision of guessing, where all curves have the same.
    /// </summary>
    /// <exception cref="FunctionalException">There is no curve, or a point belongs to none.</exception>
    public static Figure PrecisionRecall(
        IEnumerable<(string Name, PrecisionRecallCurve Curve)> curves,
        IEnumerable<(string Name, OperatingPoint Point)>? points = null)
    {
        ArgumentNullException.ThrowIfNull(curves);
        return new(FCharts.precisionRecallWith(
            Inner(points), curves.Select(one => Tuple.Create(one.Name, one.Curve.Inner))));
    }

    /// <summary>The precision-recall curve of each class against the rest, and that of all together (micro average).</summary>
    public static Figure PrecisionRecall(OneVsRestCurves curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        return new(FCharts.precisionRecallOneVsRest(curves.Inner));
    }

    /// <summary>
    /// Reliability curves by name: how often what is said with a probability comes true, with Brier score and expected
    /// calibration error, above the number of samples in each bin.
    /// </summary>
    /// <exception cref="FunctionalException">There is no series.</exception>
    public static Figure Calibration(params IEnumerable<(string Name, Calibration Calibration)> series)
    {
        ArgumentNullException.ThrowIfNull(series);
        return new(FCharts.calibration(series.Select(one => Tuple.Create(one.Name, one.Calibration.Inner))));
    }

    private static IEnumerable<Tuple<string, Functional.OperatingPoint>> Inner(
        IEnumerable<(string Name, OperatingPoint Point)>? points) =>
        (points ?? []).Select(one => Tuple.Create(one.Name, one.Point.Inner));
}
