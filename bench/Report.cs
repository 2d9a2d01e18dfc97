using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Bench;

/// <summary>The results as a table for people, as JSON, a line a workload, or as a table for RESULTS.md.</summary>
internal static class Report
{
    private static readonly string[] Columns =
    [
        "workload", "threads", "ours", "peer", "ratio", "peer's form", "plain", "ratio", "GFLOP/s", "of peak",
        "floor FLOPs", "floor bytes", "of floor", "first step", "B/step",
    ];

    /// <summary>The machine, in words.</summary>
    public static string Machine
    {
        get
        {
            string processor = File.Exists("/proc/cpuinfo")
                ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
                    ?.Split(':')[1].Trim() ?? "unknown"
                : "unknown";
            return $"{processor}, {Environment.ProcessorCount} cores, vectors {Functional.Kernels.KernelScope.Level}; "
                + $"{RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}";
        }
    }

    /// <summary>How busy the machine is: the mean number of running threads in the last minute, 0 where unknown.</summary>
    public static double Load { get; } =
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0]) : 0;

    public static string Json(Result result)
    {
        string unit = result.Unit.ToLowerInvariant();
        Dictionary<string, object?> line = new()
        {
            ["workload"] = result.Id,
            [$"ours_{unit}"] = Round(result.Ours),
            ["peer"] = $"{result.PeerName}: {result.Best.Form}",
            [$"peer_{unit}"] = Round(result.Best.Peer),
            ["ratio"] = Round(result.Best.Ratio),
            ["ours_gflops"] = Round(result.Details?.Gflops),
            ["peak_gflops"] = Round(result.Details?.PeakGflops),
            ["threads"] = result.Threads,
            [$"plain_{unit}"] = Round(result.Plain.Peer),
            ["plain_ratio"] = Round(result.Plain.Ratio),
            [$"floor_{unit}"] = Round(result.Floor.Value),
            ["first_step_ms"] = Round(result.Details?.FirstStepMs),
            ["allocated_bytes"] = Round(result.Details?.AllocatedBytes),
        };
        return JsonSerializer.Serialize(line);
    }

    /// <summary>A table whose columns are as wide as they need.</summary>
    public static string Table(IEnumerable<Result> results)
    {
        string[][] rows = [Columns, .. results.Select(Row)];
        int[] widths = [.. Enumerable.Range(0, Columns.Length).Select(i => rows.Max(row => row[i].Length))];
        IEnumerable<string> lines = rows.Select(row => string.Join("  ", row.Select((cell, i) =>
            i is 0 or 5 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
        return string.Join('\n', lines);
    }

    public static string Markdown(IEnumerable<Result> results)
    {
        string[][] rows = [Columns, [.. Columns.Select((_, i) => i is 0 or 5 ? "---" : "---:")], .. results.Select(Row)];
        return string.Join('\n', rows.Select(row => $"| {string.Join(" | ", row)} |"));
    }

    private static string[] Row(Result result)
    {
        StepDetails? details = result.Details;
        return
        [
            $"{result.Id}: {result.Title}", $"{result.Threads}", Quantity(result.Ours, result.Unit),
            Quantity(result.Best.Peer, result.Unit), Figures(result.Best.Ratio), result.Best.Form,
            Quantity(result.Plain.Peer, result.Unit), Figures(result.Plain.Ratio),
            details is null ? "" : Figures(details.Gflops),
            details is null ? "" : (details.Gflops / details.PeakGflops).ToString("P0", CultureInfo.InvariantCulture),
            result.Floor.Compute == 0 ? "" : Quantity(result.Floor.Compute, result.Unit),
            Quantity(result.Floor.Memory, result.Unit), Figures(result.Ours / result.Floor.Value),
            details is null ? "" : Quantity(details.FirstStepMs, "ms"),
            details is null ? "" : $"{details.AllocatedBytes:f0}",
        ];
    }

    private static string Quantity(double value, string unit) =>
        unit == "ms" && value < 1 ? $"{Figures(value * 1e3)} µs" : $"{Figures(value)} {unit}";

    /// <summary>Three figures.</summary>
    private static string Figures(double value)
    {
        int decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
        return value.ToString("F" + decimals, CultureInfo.InvariantCulture);
    }

    private static double? Round(double? value) =>
        value is null or 0 ? value : Math.Round(value.Value, Math.Clamp(4 - (int)Math.Floor(Math.Log10(value.Value)), 0, 10));
}
