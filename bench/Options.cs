using Functional.Kernels;

namespace Bench;

/// <summary>How results are written.</summary>
internal enum Format
{
    Table,
    Json,
    Markdown,
}

/// <summary>What the command line asks for.</summary>
internal sealed record Options(Format Format, string[] Only, int[] Threads, int Rounds, string? Device = null)
{
    /// <summary>The options, or null where the arguments are none.</summary>
    public static Options? Parse(string[] args)
    {
        Options options = new(Format.Table, [], [KernelScope.DefaultThreads], 7);
        for (int i = 0; i < args.Length; i++)
        {
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--json":
                    options = options with { Format = Format.Json };
                    break;
                case "--markdown":
                    options = options with { Format = Format.Markdown };
                    break;
                case "--only" when value is not null:
                    options = options with { Only = value.Split(',') };
                    i++;
                    break;
                case "--threads" when Numbers(value) is { } threads:
                    options = options with { Threads = threads };
                    i++;
                    break;
                case "--device" when value is not null:
                    options = options with { Device = value };
                    i++;
                    break;
                case "--rounds" when Numbers(value) is [int rounds]:
                    options = options with { Rounds = rounds };
                    i++;
                    break;
                default:
                    return null;
            }
        }

        return options;
    }

    /// <summary>
    /// Whether a workload is asked for: by its name, or the letter it begins with, or by asking for all, of which
    /// single products (p) and tables (t) are no part.
    /// </summary>
    public bool Wants(string id) => Only.Length == 0 ? id[0] is not ('p' or 't') : Only.Any(name => id == name || id.Split('-')[0] == name);

    private static int[]? Numbers(string? list)
    {
        int[] numbers = [.. (list ?? "").Split(',').Select(part => int.TryParse(part, out int n) ? n : 0)];
        return numbers.All(n => n is >= 1 and <= WorkerPool.MaxThreads) ? numbers : null;
    }
}
