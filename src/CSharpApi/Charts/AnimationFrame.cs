using FFrame = Functional.AnimationFrame;
using FOptions = Functional.AnimationOptions;
using XTrace = XPlot.Plotly.Trace;

namespace Functional.CSharp;

/// <summary>One picture of an animation: what it replaces in the chart.</summary>
/// <param name="name">Shown by the slider; each frame has its own.</param>
/// <param name="traces">Traces that replace those of the chart. Attributes they leave out stay.</param>
public sealed class AnimationFrame(string name, params IEnumerable<XTrace> traces)
{
    /// <summary>Shown by the slider.</summary>
    public string Name { get; } = name ?? throw new ArgumentNullException(nameof(name));

    /// <summary>Traces that replace those of the chart.</summary>
    public IReadOnlyList<XTrace> Traces { get; } = [.. traces];

    /// <summary>Numbers of the traces that are replaced, counted from 0; empty for the first ones.</summary>
    public IReadOnlyList<int> Replaced { get; init; } = [];

    /// <summary>Values of the layout that change, by plotly.js's names, as "title.text".</summary>
    public IReadOnlyDictionary<string, object> Layout { get; init; } = new Dictionary<string, object>();

    internal FFrame Inner => new(
        Name,
        ListModule.OfSeq(Traces),
        Interop.List(Replaced),
        ListModule.OfSeq(Layout.Select(value => Tuple.Create(value.Key, value.Value))));
}

/// <summary>How an animation runs.</summary>
public sealed record AnimationOptions
{
    /// <summary>How long a frame stays, in milliseconds. Default 200.</summary>
    public int FrameMilliseconds { get; init; } = 200;

    /// <summary>
    /// The time in which one frame goes over into the next, in milliseconds. Default 0: it switches at once. Only points,
    /// lines and bars can move.
    /// </summary>
    public int TransitionMilliseconds { get; init; }

    /// <summary>Stands before the frame's name at the slider, as "Epoch ". Default none.</summary>
    public string Prefix { get; init; } = "";

    internal FOptions Inner => new(FrameMilliseconds, TransitionMilliseconds, Prefix);
}
