using System.Globalization;
using System.Text.Json;

namespace Bench.Gpu;

/// <summary>The results as a table for RESULTS.md, and as JSON.</summary>
internal static class GpuReport
{
    private static readonly string[] Columns =
        ["workload", "ours", "TFLOP/s", "eager", "ratio", "eager, fused", "ratio", "CUDA graph", "ratio", "compiled", "ratio", "first step"];

    public static string Markdown(IEnumerable<GpuResult> results)
    {
        string[][] rows = [Columns, [.. Columns.Select((_, i) => i is 0 ? "---" : "---:")], .. results.Select(Row)];
        return string.Join('\n', rows.Select(row => $"| {string.Join(" | ", row)} |"));
    }

    public static string Json(GpuResult result) => JsonSerializer.Serialize(new
    {
        workload = result.Workload.Id,
        ours_ms = Finite(result.Ours.Milliseconds),
        failure = result.Ours.Failure,
        first_step_ms = result.FirstStepMs,
        peer = result.Peer.ToDictionary(
            side => side.Name, side => new { ms = Finite(side.Milliseconds), ratio = Finite(side.Ratio), failure = side.Failure }),
    });

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string[] Row(GpuResult result)
    {
        SideResult? eager = Best(result, "eager", "eager last"), fused = Best(result, "eager fused");
        SideResult? graph = Best(result, "graph", "graph last"), compiled = Best(result, "compile", "compile graph");
        double rate = result.Workload.Flops / result.Ours.Milliseconds / 1e9;
        return
        [
            $"{result.Workload.Id}: {result.Workload.Title}",
            result.Ours.Failure.Length > 0 ? "failed" : Time(result.Ours.Milliseconds),
            double.IsFinite(rate) ? Figures(rate) : "",
            Time(eager?.Milliseconds), Figures(eager?.Ratio), Time(fused?.Milliseconds), Figures(fused?.Ratio),
            Time(graph?.Milliseconds), Figures(graph?.Ratio), Time(compiled?.Milliseconds), Figures(compiled?.Ratio),
            Time(result.FirstStepMs),
        ];
    }

    // The fastest of these forms.
    private static SideResult? Best(GpuResult result, params string[] forms) => result.Peer
        .Where(side => forms.Contains(side.Name) && double.IsFinite(side.Milliseconds))
        .MinBy(side => side.Milliseconds);

    private static string Time(double? milliseconds) =>
        milliseconds is not { } ms || !double.IsFinite(ms) ? "" : ms < 1 ? $"{Figures(ms * 1e3)} µs" : $"{Figures(ms)} ms";

    /// <summary>Three figures.</summary>
    private static string Figures(double? number)
    {
        if (number is not { } value || !double.IsFinite(value))
            return "";
        int decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
        return value.ToString("F" + decimals, CultureInfo.InvariantCulture);
    }
}
