using System.ComponentModel;
using System.Globalization;
using Bench;
using Functional;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (Child.Run(args))
    return 0;
if (args is ["conv"])
{
    ConvolutionBench.Run();
    return 0;
}

if (Options.Parse(args) is not { } options)
{
    Console.Error.WriteLine("""
        usage: dotnet run -c Release --project bench -- [--json | --markdown] [--only a,h,i-1024x1024x1024]
                                                        [--threads N[,M]] [--rounds N] [--device torch]
        Times workloads of the library and of PyTorch or scikit-learn in turn, in one run. Both sides use N threads, by
        default one a processor.
          --json      a line a workload
          --markdown  the table for RESULTS.md
          --only      workloads by letter, or one by its name; p are the products of small models, t tables beside
                      pandas, which run only when asked for
          --rounds    how often each side takes its turn, by default 7
          --device    trainings (a to g) run on this device too, beside the processor's own; libtorch lies where
                      FUNCTIONAL_LIBTORCH says
        or conv alone: each direction of convolutions, beside the machine's peak
        """);
    return 2;
}

using Measure measure = new(options.Rounds);
string about;
try
{
    about = $"{Report.Machine}; load before the run {Report.Load}.\n{measure.Peer(options.Threads[0]).About}.";
    Console.Error.WriteLine(about);
    if (Report.Load > 0.5)
        Console.Error.WriteLine("Other programs run: these figures, above all the peer's on several threads, are worth little.");
}
catch (Exception e) when (e is InvalidOperationException or Win32Exception)
{
    Console.Error.WriteLine($"No peer to compare with. {e.Message}");
    return 1;
}

List<Result> results = [];
bool failed = false;
foreach (int threads in options.Threads)
{
    foreach ((string id, Func<Result> run) in Runs(threads))
    {
        // what runs on a number of threads of its own runs once
        if (!options.Wants(id) || results.Any(result => result.Id == id && result.Threads == 1 && id.EndsWith("-1")))
            continue;
        try
        {
            results.Add(run());
            if (options.Format == Format.Json)
                Console.WriteLine(Report.Json(results[^1]));
            else
                Console.Error.WriteLine($"{id} done");
        }
        catch (Exception e) when (e is FunctionalException or InvalidOperationException)
        {
            failed = true;
            Console.Error.WriteLine($"{id} failed: {e.Message}");
        }
    }
}

TableBench.Clean();
if (options.Format == Format.Table)
    Console.WriteLine(Report.Table(results));
if (options.Format == Format.Markdown)
    Console.WriteLine($"## {DateTime.UtcNow:yyyy-MM-dd}\n\n{about}\n{Rounds()}\n\n{Report.Markdown(results)}");
else
    Console.Error.WriteLine(Rounds());
return failed ? 1 : 0;

string Rounds() =>
    $"Medians of {options.Rounds} rounds; a ratio is the peer's time by ours. While one side was timed, the others used at "
    + $"most {measure.Disturbance:p1} of a processor.";

IEnumerable<(string Id, Func<Result> Run)> Runs(int threads)
{
    foreach (Workload workload in Workloads.All.Concat(LearnerWorkloads.All).Concat(Products.All))
    {
        yield return (workload.Id, () => measure.Run(workload, threads));
        if (options.Device is not null && workload.Id[0] is >= 'a' and <= 'g')
            yield return (workload.Id, () => measure.Run(OtherDevices.On(options.Device, workload), threads));
    }

    yield return ("j", () => WholeProcesses.FirstEpoch(measure, threads, options.Rounds));
    yield return ("k", () => WholeProcesses.PeakMemory(measure, threads, options.Rounds));
    foreach ((string Id, Func<Result> Run) table in TableBench.All(measure, threads, options.Rounds))
        yield return table;
}
