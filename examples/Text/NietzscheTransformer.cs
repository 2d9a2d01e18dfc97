using Examples;
using Functional.CSharp;

namespace Text;

/// <summary>
/// A small transformer learns at each of 96 characters which one follows, and writes with a cache of keys and values.
/// </summary>
internal static class NietzscheTransformer
{
    private const int Length = 96;
    private const int Features = 96;

    public static int Run(ExampleOptions options)
    {
        Corpus corpus = Corpus.Read(DataFolder.Find(options.Data, "nietzsche", "nietzsche.txt"));
        int[] ids = corpus.Ids(corpus.Text);
        int symbols = corpus.Symbols.Length, rows = options.Quick ? 256 : (ids.Length - 1) / Length;
        Dataset all = Dataset.Of(
            Tensor.From(ids.AsSpan(0, rows * Length), rows, Length), Tensor.From(ids.AsSpan(1, rows * Length), rows, Length));

        TransformerOptions block = new() { NormalizeFirst = true, Activation = Activation.Gelu };
        Model model = Network.Input(Length)
            .Embedding(symbols, Features)
            .Residual(n => n.PositionEmbedding(Length))
            .TransformerDecoder(4 * Features, 4, block)
            .TransformerDecoder(4 * Features, 4, block)
            .LayerNormalization()
            .Dense(symbols)
            .Build(seed: 1);
        Console.WriteLine(model.Summary());

        int epochs = options.EpochsOr(4), batches = (rows + 31) / 32;
        TrainingRun run = model.Fit(all, new FitOptions
        {
            Optimizer = Optimizer.Adam().WithSchedule(Schedule.OneCycle(0.004, epochs * batches)),
            Loss = Loss.SparseCategoricalCrossentropyFromLogits,
            Epochs = epochs,
            BatchSize = 32,
            Progress = Progress.Bar(),
        });

        foreach (double temperature in (double[])[0.5, 1.0])
        {
            string seed = corpus.Text[..40];
            Console.WriteLine($"\n-- temperature {temperature:f1}, after \"{seed.ReplaceLineEndings(" ")}\"");
            GenerateOptions generate = new() { MaxNewTokens = Length - 40, Sampling = new() { Temperature = temperature } };
            foreach (int id in run.Model.GenerateStream(corpus.Ids(seed), generate, seed: 1))
            {
                Console.Write(corpus.Symbols[id] == '\n' ? ' ' : corpus.Symbols[id]);
            }

            Console.WriteLine();
        }

        options.Show(new Report("A small transformer on Nietzsche").AddModel(run.Model).AddHistory(run.History));
        return options.JudgeBelow("loss", run.History["loss"][^1], 1.65);
    }
}
