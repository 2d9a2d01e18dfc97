using System.Diagnostics;
using System.Globalization;
using Bench.Gpu;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (GpuOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(GpuOptions.Usage);
    return 2;
}

if (options.Command == "probe")
    return Probe.Run(options);
if (options.Command == "check")
    return TrainingChecks.Run(options);

Stopwatch clock = Stopwatch.StartNew();
using GpuPeer peer = new(options);
GpuMeasure measure = new(options, peer);
List<GpuResult> results = [];
foreach (GpuWorkload workload in GpuWorkloads.All(options.Tiny).Where(workload => options.Wants(workload.Id)))
{
    if (clock.Elapsed.TotalSeconds > options.Budget)
    {
        Console.Error.WriteLine($"{workload.Id} left out: the time is over.");
        continue;
    }

    GpuResult result = measure.Run(workload, options.Compile && clock.Elapsed.TotalSeconds < options.Budget / 2);
    results.Add(result);
    Console.Error.WriteLine($"[{clock.Elapsed.TotalSeconds:f0} s] {GpuReport.Json(result)}");
    if (options.Json is not null)
        File.AppendAllText(options.Json, GpuReport.Json(result) + "\n");
}

Console.WriteLine($"""
    ## {DateTime.UtcNow:yyyy-MM-dd}, {peer.About}

    Ours on {options.Device}. Medians of {options.Rounds} rounds in which all take turns; a ratio is the peer's time by ours.

    {GpuReport.Markdown(results)}
    """);
return results.Exists(result => result.Ours.Failure.Length > 0) ? 1 : 0;
