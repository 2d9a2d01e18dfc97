using System.Text;
using Examples;
using Functional.CSharp;

namespace Sequences;

/// <summary>
/// Many to many: at each character of a text, what the next one will be. The loss is the mean over all characters.
/// </summary>
internal static class Characters
{
    private const int Length = 64;

    public static int Run(ExampleOptions options)
    {
        string text = File.ReadAllText(DataFolder.Find(options.Data, "nietzsche", "nietzsche.txt")).ToLowerInvariant();
        char[] symbols = [.. text.Distinct().Order()];
        int[] ids = [.. text.Select(c => Array.IndexOf(symbols, c))];
        int rows = (ids.Length - 1) / Length;
        Dataset all = Dataset.Of(
            Tensor.From(ids.AsSpan(0, rows * Length), rows, Length), Tensor.From(ids.AsSpan(1, rows * Length), rows, Length));
        (Dataset train, Dataset test) = options.Some(all, 512).SplitLast(0.1);

        Model model = Network.Input(Length)
            .Embedding(symbols.Length, 32)
            .Gru(192, new RecurrentOptions { ReturnSequences = true })
            .TimeDistributed(step => step.Dense(symbols.Length, Activation.Softmax))
            .Build(seed: 1);
        Console.WriteLine(model.Summary());

        TrainingRun run = model.Fit(train, new FitOptions
        {
            Optimizer = Optimizer.Adam(0.004),
            Loss = Loss.SparseCategoricalCrossentropy,
            Epochs = options.EpochsOr(6),
            BatchSize = 64,
            ValidationData = test,
            Progress = Progress.Bar(),
        });

        double loss = run.History["val_loss"][^1];
        string written = Write(run.Model, symbols, text[..Length], options.Quick ? 20 : 300);
        Console.WriteLine(written);
        options.Show(new Report("The next character, at each one")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddText($"Perplexity {Math.Exp(loss):f2} of {symbols.Length} symbols.")
            .AddPreformatted(written));
        return options.JudgeBelow("loss a character of the test part", loss, 1.75);
    }

    // The last step of each pass says what comes next.
    private static string Write(Model model, char[] symbols, string start, int count)
    {
        Predictor predictor = model.Predictor();
        StringBuilder text = new(start);
        Random random = new(1);
        for (int i = 0; i < count; i++)
        {
            float[] window = [.. text.ToString(text.Length - Length, Length).Select(c => (float)Array.IndexOf(symbols, c))];
            float[] next = predictor.Predict(window)[^symbols.Length..];
            double place = random.NextDouble() * next.Sum();
            int id = Array.FindIndex(next, probability => (place -= probability) < 0);
            text.Append(symbols[id < 0 ? symbols.Length - 1 : id]);
        }

        return text.ToString();
    }
}
