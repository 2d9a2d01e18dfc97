using FCharts = Functional.DecisionCharts.Chart;

namespace Functional.CSharp;

public static partial class Chart
{
    /// <summary>
    /// The regions of a classifier under samples [n, 2] and their classes [n], in one colour a class: the paler, the less
    /// sure. Targets of -1 and 1 are two classes. Classes without a name are called by their number.
    /// </summary>
    /// <exception cref="FunctionalException">The samples do not have two features, or the labels are not as many.</exception>
    public static Figure DecisionBoundary(
        DecisionRegions regions, Tensor samples, Tensor labels, IEnumerable<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(regions);
        return new(FCharts.decisionBoundary(
            Names(classNames), Interop.Inner(samples), Interop.Inner(labels), regions.Inner));
    }

    /// <summary>
    /// Regions during training under samples [n, 2] and their classes [n], each under the number of its epoch, with slider
    /// and play button. All are to be of one grid.
    /// </summary>
    /// <exception cref="FunctionalException">There are no regions, or they are of several grids.</exception>
    public static Figure DecisionAnimation(
        IEnumerable<(string Name, DecisionRegions Regions)> frames,
        Tensor samples,
        Tensor labels,
        IEnumerable<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(frames);
        return new(FCharts.decisionAnimation(
            Names(classNames),
            Interop.Inner(samples),
            Interop.Inner(labels),
            frames.Select(frame => Tuple.Create(frame.Name, frame.Regions.Inner))));
    }

    /// <summary>The regions that a recorder kept during training, with slider and play button.</summary>
    /// <exception cref="FunctionalException">The recorder has seen no training.</exception>
    public static Figure DecisionAnimation(
        DecisionRecorder recorder, Tensor samples, Tensor labels, IEnumerable<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        return DecisionAnimation(recorder.Frames, samples, labels, classNames);
    }

    /// <summary>The line of a linear classifier among samples [n, 2] and their classes [n].</summary>
    /// <exception cref="FunctionalException">The samples do not have two features, or the labels are not as many.</exception>
    public static Figure DecisionLine(
        DecisionLine line, Tensor samples, Tensor labels, IEnumerable<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(line);
        return new(FCharts.decisionLine(Names(classNames), Interop.Inner(samples), Interop.Inner(labels), line.Inner));
    }

    /// <summary>
    /// The line of a linear classifier in training among samples [n, 2] and their classes [n], each under the number of its
    /// iteration, with slider and play button: how a perceptron learns.
    /// </summary>
    /// <exception cref="FunctionalException">There is no line.</exception>
    public static Figure DecisionLineAnimation(
        IEnumerable<(string Name, DecisionLine Line)> lines,
        Tensor samples,
        Tensor labels,
        IEnumerable<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(lines);
        return new(FCharts.decisionLineAnimation(
            Names(classNames),
            Interop.Inner(samples),
            Interop.Inner(labels),
            lines.Select(line => Tuple.Create(line.Name, line.Line.Inner))));
    }

    private static FSharpList<string> Names(IEnumerable<string>? names) => ListModule.OfSeq(names ?? []);
}
