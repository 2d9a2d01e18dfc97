namespace Bench.Gpu;

/// <summary>What the command line asks for.</summary>
/// <param name="Command">bench, check or probe.</param>
/// <param name="Device">The name of our device: cuda:0, torch, cpu.</param>
/// <param name="Tiny">Sizes for a rehearsal.</param>
/// <param name="Compile">Whether the peer runs torch.compile too.</param>
/// <param name="Rounds">How often each side takes its turn.</param>
/// <param name="Budget">The seconds after which no further workload begins.</param>
/// <param name="Only">Workloads that begin with one of these names; all where there is none.</param>
/// <param name="Json">A file for the results as JSON, a line a workload.</param>
internal sealed record GpuOptions(
    string Command, string Device, bool Tiny, bool Compile, int Rounds, double Budget, string[] Only, string? Json)
{
    public const string Usage = """
        usage: Functional.GpuBench bench|check|probe [--device cuda:0|torch|cpu] [--tiny] [--compile] [--rounds N]
                                                     [--budget SECONDS] [--only mlp,cnn-128] [--json FILE]
          bench   times workloads of the library and of PyTorch in turn, on one card, and prints a table
          check   trains each model a few steps here and on the processor: the losses must agree
          probe   tells what is there: libtorch, CUDA, NVRTC
        """;

    /// <summary>The options, or null where the arguments are none.</summary>
    public static GpuOptions? Parse(string[] args)
    {
        GpuOptions options = new("", "cuda:0", false, false, 5, 300, [], null);
        for (int i = 0; i < args.Length; i++)
        {
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "bench" or "check" or "probe" when i == 0:
                    options = options with { Command = args[i] };
                    break;
                case "--tiny":
                    options = options with { Tiny = true };
                    break;
                case "--compile":
                    options = options with { Compile = true };
                    break;
                case "--device" when value is not null:
                    (options, i) = (options with { Device = value }, i + 1);
                    break;
                case "--rounds" when int.TryParse(value, out int rounds) && rounds > 0:
                    (options, i) = (options with { Rounds = rounds }, i + 1);
                    break;
                case "--budget" when double.TryParse(value, out double budget):
                    (options, i) = (options with { Budget = budget }, i + 1);
                    break;
                case "--only" when value is not null:
                    (options, i) = (options with { Only = value.Split(',') }, i + 1);
                    break;
                case "--json" when value is not null:
                    (options, i) = (options with { Json = value }, i + 1);
                    break;
                default:
                    return null;
            }
        }

        return options.Command.Length == 0 ? null : options;
    }

    public bool Wants(string id) => Only.Length == 0 || Only.Any(name => id.StartsWith(name, StringComparison.Ordinal));
}
