using FCharts = Functional.HistoryCharts.Chart;

namespace Functional.CSharp;

public static partial class Chart
{
    /// <summary>
    /// Loss and metrics by epoch, a panel each: training solid, validation dashed. Values that span more than a factor of
    /// 500 have a logarithmic axis.
    /// </summary>
    /// <exception cref="FunctionalException">The history has no epoch.</exception>
    public static Figure History(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        return new(FCharts.history(history.Inner));
    }

    /// <summary>The histories of several models by name, in one colour each: training solid, validation dashed.</summary>
    /// <exception cref="FunctionalException">There is no history, or one has no epoch.</exception>
    public static Figure Histories(params IEnumerable<(string Name, History History)> histories)
    {
        ArgumentNullException.ThrowIfNull(histories);
        return new(FCharts.histories(histories.Select(one => Tuple.Create(one.Name, one.History.Inner))));
    }

    /// <summary>
    /// How far the last step of each epoch moved each weight, by the norm of the weight, on a logarithmic axis: what
    /// <see cref="UpdateRatio.Callback"/> wrote down. The dotted line is 1e-3, about where training goes well.
    /// </summary>
    /// <exception cref="FunctionalException">The history has no such values.</exception>
    public static Figure UpdateRatios(History history)
    {
        ArgumentNullException.ThrowIfNull(history);
        return new(FCharts.updateRatios(history.Inner));
    }

    /// <summary>
    /// The update ratio and the effective learning rate (norm of update / norm of gradient) of each weight in one step.
    /// </summary>
    /// <exception cref="FunctionalException">There is no ratio.</exception>
    public static Figure UpdateRatios(IEnumerable<UpdateRatio> ratios)
    {
        ArgumentNullException.ThrowIfNull(ratios);
        return new(FCharts.updateRatiosOfStep(ListModule.OfSeq(ratios.Select(ratio => ratio.Inner))));
    }
}
