using FTraces = Functional.Traces;
using XTrace = XPlot.Plotly.Trace;

namespace Functional.CSharp;

/// <summary>Traces with more than XPlot's types say.</summary>
public static class Traces
{
    /// <summary>
    /// A trace with further attributes by plotly.js's names; a path goes inside, as "marker.line.width". Values are texts,
    /// numbers, arrays, or XPlot's objects.
    /// </summary>
    public static XTrace Extend(XTrace trace, params IEnumerable<(string Path, object Value)> attributes)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return FTraces.extend(Pairs(attributes), trace);
    }

    /// <summary>A trace of a type by plotly.js's name, as "violin", with its attributes; see <see cref="Extend"/>.</summary>
    public static XTrace OfType(string traceType, params IEnumerable<(string Path, object Value)> attributes)
    {
        ArgumentNullException.ThrowIfNull(traceType);
        return FTraces.ofType(traceType, Pairs(attributes));
    }

    private static IEnumerable<Tuple<string, object>> Pairs(IEnumerable<(string Path, object Value)> attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        return attributes.Select(attribute => Tuple.Create(attribute.Path, attribute.Value));
    }
}
