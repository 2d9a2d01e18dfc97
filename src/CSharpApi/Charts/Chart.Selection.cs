using FCharts = Functional.SelectionCharts.Chart;

namespace Functional.CSharp;

public static partial class Chart
{
    /// <summary>
    /// How the metric grows with the number of training rows: means over the folds of training and test rows, in bands of one
    /// deviation.
    /// </summary>
    public static Figure LearningCurve(LearningCurve curve)
    {
        ArgumentNullException.ThrowIfNull(curve);
        return new(FCharts.learningCurve(curve.Inner));
    }

    /// <summary>The learning curve of each metric, a panel each.</summary>
    /// <exception cref="FunctionalException">There is no curve.</exception>
    public static Figure LearningCurves(IEnumerable<LearningCurve> curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        return new(FCharts.learningCurves(ListModule.OfSeq(curves.Select(curve => curve.Inner))));
    }

    /// <summary>
    /// The candidates of a search as lines across their parameters to their score, coloured by it. Drag along an axis to pick
    /// some.
    /// </summary>
    /// <exception cref="FunctionalException">No candidate has a score.</exception>
    public static Figure SearchCoordinates(SearchResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new(FCharts.searchCoordinates(result.Inner));
    }

    /// <summary>
    /// The best score of a search for each pair of values of two parameters; gaps are pairs that were not tried.
    /// </summary>
    /// <exception cref="FunctionalException">No candidate has a score, or a name is no parameter of the search.</exception>
    public static Figure SearchHeatmap(SearchResult result, string x, string y)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new(FCharts.searchHeatmap(x, y, result.Inner));
    }
}
