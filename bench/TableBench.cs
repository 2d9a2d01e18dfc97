using System.Diagnostics;
using System.Globalization;
using System.Text;
using Deedle;
using Functional.CSharp;

namespace Bench;

/// <summary>
/// Tables beside pandas: reading a wide and a mixed file, grouping, and the memory of what was read. A step takes seconds: both
/// sides take one step a round, in turn, after one that is not counted.
/// </summary>
internal static class TableBench
{
    private const int WideRows = 801;
    private const int WideColumns = 20_531;
    private const int MixedRows = 1_000_000;
    private const int GroupRows = 5_000_000;

    private static string Folder => Path.Combine(Path.GetTempPath(), "functional-bench-tables");

    private static string Wide => Path.Combine(Folder, "wide.csv");

    private static string Mixed => Path.Combine(Folder, "mixed.csv");

    public static IEnumerable<(string Id, Func<Result> Run)> All(Measure measure, int threads, int rounds)
    {
        yield return ("t-wide", () => Run(
            measure, threads, rounds, "t-wide", $"read {WideRows} x {WideColumns + 1} numbers from CSV", Wide, WriteWide,
            () => Reading(Wide)));
        yield return ("t-mixed", () => Run(
            measure, threads, rounds, "t-mixed", $"read {MixedRows} x 12 mixed columns from CSV", Mixed, WriteMixed,
            () => Reading(Mixed)));
        yield return ("t-group", () => Run(
            measure, threads, rounds, "t-group", $"group {GroupRows} rows by 2 whole numbers: mean, count", Groups, WriteGroups,
            () => Grouped(words: false)));
        yield return ("t-group-words", () => Run(
            measure, threads, rounds, "t-group-words", $"group {GroupRows} rows by a number and a word: mean, count", Groups,
            WriteGroups, () => Grouped(words: true)));
        yield return ("t-memory", () => Memory(measure, threads, rounds));
    }

    /// <summary>Removes the files that the workloads made.</summary>
    public static void Clean()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    /// <summary>What a process of its own does: reads the wide file, and prints the memory it then holds, in MB.</summary>
    public static void ReadAndPrintMemory(string path)
    {
        Frame<int, string> frame = Csv.Read(path);
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        Console.WriteLine(double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024 / 1e6);
        GC.KeepAlive(frame);
    }

    private static string Groups => Path.Combine(Folder, "groups.npz");

    private static Action Reading(string path) => () => Csv.Read(path);

    private static Action Grouped(bool words)
    {
        Frame<int, string> frame = Npy.LoadArchiveFrame(Groups);
        if (words)
        {
            string[] names = [.. Enumerable.Range(0, 1000).Select(i => $"name {i}")];
            frame.ReplaceColumn("b", frame.GetColumn<int>("b").Values.Select(i => names[i]).ToArray());
        }

        return () => frame.GroupBy(["a", "b"], ("mean", Aggregate.Mean("v")), ("count", Aggregate.Count("v")));
    }

    private static Result Run(
        Measure measure, int threads, int rounds, string id, string title, string path, Action write, Func<Action> make)
    {
        Directory.CreateDirectory(Folder);
        if (!File.Exists(path))
            write();
        PeerProcess peer = measure.Peer(threads);
        string[] forms = peer.Forms(id);
        Action step = make();
        List<double>[] times = [[], .. forms.Select(_ => new List<double>())];
        for (int round = -1; round < rounds; round++)
        {
            for (int i = 0; i < times.Length; i++)
            {
                int side = (i + round + times.Length) % times.Length;
                ProcessorTime.AwaitRest(Environment.ProcessId);
                ProcessorTime.AwaitRest(peer.Pid);
                double seconds = side == 0 ? Seconds(step) : peer.Time(id, forms[side - 1], 1);
                if (round >= 0)
                    times[side].Add(seconds * 1e3);
            }
        }

        peer.Drop(id);
        FormResult[] results =
        [
            .. forms.Select((form, i) => new FormResult(
                form, Measure.Median(times[i + 1]), Measure.Median(times[i + 1].Zip(times[0], (they, we) => they / we)))),
        ];
        double bytes = new FileInfo(path).Length;
        return new Result(
            id, title, "ms", threads, Measure.Median(times[0]), results.MinBy(form => form.Peer)!, results[0], peer.Pandas,
            new Floor(0, bytes / Bandwidth.Measure(threads, bytes) / 1e6));
    }

    /// <summary>The floor is the numbers themselves.</summary>
    private static Result Memory(Measure measure, int threads, int rounds)
    {
        Directory.CreateDirectory(Folder);
        if (!File.Exists(Wide))
            WriteWide();
        PeerProcess peer = measure.Peer(threads);
        double[] ours = [], theirs = [];
        for (int round = 0; round < Math.Min(rounds, 3); round++)
        {
            ours = [.. ours, WholeProcesses.Megabytes(Child.Start(threads, Child.TableMemory, Wide))];
            theirs = [.. theirs, WholeProcesses.Megabytes(peer.Script("table_memory.py", keepMemory: false, Wide))];
        }

        double ratio = Measure.Median(theirs.Zip(ours, (they, we) => they / we));
        FormResult form = new("read_csv", Measure.Median(theirs), ratio);
        return new Result(
            "t-memory", $"memory at the end of reading {WideRows} x {WideColumns + 1} numbers", "MB", threads,
            Measure.Median(ours), form, form, peer.Pandas, new Floor(0, (double)WideRows * (WideColumns + 1) * 8 / 1e6));
    }

    private static double Seconds(Action step)
    {
        long start = Stopwatch.GetTimestamp();
        step();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void WriteWide()
    {
        Random random = new(1);
        using StreamWriter file = new(Wide, append: false, Encoding.ASCII, 1 << 20);
        file.WriteLine(string.Join(',', Enumerable.Range(0, WideColumns + 1).Select(i => $"gene_{i}")));
        for (int row = 0; row < WideRows; row++)
        {
            for (int i = 0; i <= WideColumns; i++)
            {
                if (i > 0)
                    file.Write(',');
                file.Write((random.NextDouble() * 20).ToString("F9", CultureInfo.InvariantCulture));
            }

            file.Write('\n');
        }
    }

    private static void WriteMixed()
    {
        Random random = new(2);
        string[] cities = ["Graz", "Wien", "Linz", "Salzburg", "Innsbruck", "Bregenz"];
        using StreamWriter file = new(Mixed, append: false, Encoding.ASCII, 1 << 20);
        file.WriteLine("id,a,b,c,city,code,day,time,yes,d,e,f");
        for (int row = 0; row < MixedRows; row++)
        {
            string day = new DateTime(2020, 1, 1).AddDays(random.Next(2000)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            string time = new DateTime(2020, 1, 1).AddSeconds(random.Next(100_000_000))
                .ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            file.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{row},{Gap(0.1, $"{Normal():F6}")},{random.NextDouble() * 1000:F3},{random.Next(100_000)},"));
            file.Write($"{Gap(0.1, $"{cities[random.Next(6)]}")},c{random.Next(50_000)},{day},{time},");
            file.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{random.Next(2) == 0},{Gap(0.1, $"{Normal():F6}")},{random.NextDouble():F6},{Gap(0.05, $"{random.Next(2)}")}\n"));
        }

        double Normal() => random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5;

        string Gap(double chance, FormattableString value) =>
            random.NextDouble() < chance ? "" : FormattableString.Invariant(value);
    }

    private static void WriteGroups()
    {
        Random random = new(3);
        int[] a = [.. Enumerable.Range(0, GroupRows).Select(_ => random.Next(100))];
        int[] b = [.. Enumerable.Range(0, GroupRows).Select(_ => random.Next(1000))];
        double[] v = [.. Enumerable.Range(0, GroupRows).Select(_ => random.NextDouble())];
        Npy.SaveArchive(Groups, new Dictionary<string, Tensor>
        {
            ["a"] = Tensor.Of(a),
            ["b"] = Tensor.Of(b),
            ["v"] = Tensor.Of(DType.Float64, v),
        });
    }
}
