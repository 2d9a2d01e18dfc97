using System.Diagnostics;
using System.Reflection;
using Functional.CSharp;

namespace Bench;

/// <summary>Workloads that are whole processes, ours and the peer's in turn: time from start to exit, peak memory.</summary>
internal static class WholeProcesses
{
    private const int Samples = 8000;

    /// <summary>(j) From the start of the process to the end of the first epoch of (a), on samples read from a file.</summary>
    public static Result FirstEpoch(Measure measure, int threads, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("bench").FullName;
        try
        {
            string x = Path.Combine(folder, "x.npy"), y = Path.Combine(folder, "y.npy");
            (Tensor features, Tensor labels) = Models.Classified(Samples, 10, 784)[0];
            Npy.Save(x, features);
            Npy.Save(y, labels);
            return Run(
                "j", $"process start to first epoch of (a), {Samples} samples", "ms", measure, threads, rounds,
                Child.Start(threads, Child.FirstEpoch, x, y), Child.Start(threads, Child.Nothing),
                form => measure.Peer(threads).Script("first_epoch.py", keepMemory: true, threads.ToString(), form, x, y),
                ["plain", "indexed"], Milliseconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>(k) The peak of resident memory of a process that takes 20 steps of (d).</summary>
    public static Result PeakMemory(Measure measure, int threads, int rounds) => Run(
        "k", "peak memory of 20 steps of (d)", "MB", measure, threads, rounds,
        Child.Start(threads, Child.Memory), Child.Start(threads, Child.Nothing),
        form => measure.Peer(threads).Script("memory.py", keepMemory: false, threads.ToString(), form),
        ["plain", "none", "foreach last"], Megabytes);

    /// <summary>Linux's count of the most memory that this process ever held, in MB of 10^6 bytes.</summary>
    public static double OwnPeak()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024 / 1e6;
    }

    private static Result Run(
        string id, string title, string unit, Measure measure, int threads, int rounds, ProcessStartInfo ours,
        ProcessStartInfo nothing, Func<string, ProcessStartInfo> peer, string[] forms, Func<ProcessStartInfo, double> take)
    {
        // once for the files to be in memory
        take(ours);
        double[][] times = [[], .. forms.Select(_ => Array.Empty<double>())];
        double floor = double.PositiveInfinity;
        for (int round = 0; round < rounds; round++)
        {
            times[0] = [.. times[0], take(ours)];
            floor = Math.Min(floor, take(nothing));
            for (int i = 0; i < forms.Length; i++)
                times[i + 1] = [.. times[i + 1], take(peer(forms[i]))];
        }

        FormResult[] results =
        [
            .. forms.Select((form, i) => new FormResult(
                form, Bench.Measure.Median(times[i + 1]),
                Bench.Measure.Median(times[i + 1].Zip(times[0], (they, we) => they / we)))),
        ];
        PeerProcess about = measure.Peer(threads);
        return new Result(
            id, title, unit, threads, Bench.Measure.Median(times[0]), results.MinBy(form => form.Peer)!, results[0],
            $"{about.Torch}, {about.Blas}", new Floor(0, floor));
    }

    private static double Milliseconds(ProcessStartInfo start)
    {
        long from = Stopwatch.GetTimestamp();
        Output(start);
        return Stopwatch.GetElapsedTime(from).TotalMilliseconds;
    }

    public static double Megabytes(ProcessStartInfo start) => double.Parse(Output(start));

    private static string Output(ProcessStartInfo start)
    {
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} failed.");
    }
}

/// <summary>What this program does when it is started to be measured from outside.</summary>
internal static class Child
{
    public const string FirstEpoch = "--first-epoch";
    public const string Memory = "--memory";
    public const string Nothing = "--nothing";
    public const string TableMemory = "--table-memory";

    private const int Steps = 20;

    public static ProcessStartInfo Start(int threads, params string[] arguments)
    {
        string program = Environment.ProcessPath!;
        bool host = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] all = host ? [Assembly.GetExecutingAssembly().Location, .. arguments] : arguments;
        ProcessStartInfo start = new(program, all) { RedirectStandardOutput = true };
        start.Environment["FUNCTIONAL_THREADS"] = threads.ToString();
        return start;
    }

    /// <summary>Runs one of the modes; false where the arguments name none.</summary>
    public static bool Run(string[] args)
    {
        switch (args)
        {
            case [FirstEpoch, string x, string y]:
                Models.MlpA().Fit(Dataset.Of(Npy.Load(x), Npy.Load(y)), Models.Classify(Optimizer.RmsProp(), 64));
                return true;
            case [Memory]:
                Action step = Models.Training(
                    Models.CnnD(), Models.Classify(Optimizer.Adam(), 128), Models.Classified(128, 10, 28, 28, 1));
                for (int i = 0; i < Steps; i++)
                    step();
                Console.WriteLine(WholeProcesses.OwnPeak());
                return true;
            case [TableMemory, string path]:
                TableBench.ReadAndPrintMemory(path);
                return true;
            case [Nothing]:
                Console.WriteLine(WholeProcesses.OwnPeak());
                return true;
            default:
                return false;
        }
    }
}
