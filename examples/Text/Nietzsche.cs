using System.Text;
using Examples;
using Functional.CSharp;

namespace Text;

/// <summary>An LSTM learns which character follows the 40 before it, and then writes by itself.</summary>
internal static class Nietzsche
{
    private const int Window = 40;
    private const int Stride = 3;

    public static int Run(ExampleOptions options)
    {
        Corpus corpus = Corpus.Read(DataFolder.Find(options.Data, "nietzsche", "nietzsche.txt"));
        Dataset all = corpus.Windows(Window, Stride);
        Console.WriteLine($"{corpus.Text.Length:n0} characters, {corpus.Symbols.Length} of them distinct; {all.Count:n0} windows");

        Model model = Network.Input(Window)
            .CategoryEncoding(corpus.Symbols.Length, CategoryMode.OneHot)
            .Lstm(128)
            .Dense(corpus.Symbols.Length, Activation.Softmax)
            .Build(seed: 1);
        Console.WriteLine(model.Summary());

        Random random = new(1);
        List<IReadOnlyList<string>> written = [];
        TrainingRun run = model.Fit(options.Some(all, 5000), new FitOptions
        {
            Optimizer = Optimizer.RmsProp(0.01),
            Loss = Loss.SparseCategoricalCrossentropy,
            Epochs = options.EpochsOr(2),
            BatchSize = 128,
            Callbacks = [Callback.OnEpochEnd(moment => written.Add(Write(moment.Model, corpus, random, options.Quick ? 40 : 400)))],
            Progress = Progress.Bar(),
        });
        Report report = new Report("An LSTM on Nietzsche").AddModel(run.Model).AddHistory(run.History);
        options.Show(written.Index().Aggregate(report, (report, epoch) => epoch.Item.Aggregate(
            report.AddSection($"After epoch {epoch.Index + 1}"), (report, text) => report.AddText(text))));
        return options.JudgeBelow("loss", run.History["loss"][^1], 1.70);
    }

    // Goes on from a text drawn at random, at four temperatures; each character is shown as soon as it is there.
    private static List<string> Write(Model model, Corpus corpus, Random random, int count)
    {
        Predictor predictor = model.Predictor();
        string seed = corpus.Text.Substring(random.Next(corpus.Text.Length - Window), Window);
        List<string> texts = [];
        foreach (double temperature in (double[])[0.2, 0.5, 1.0, 1.2])
        {
            StringBuilder text = new($"Temperature {temperature:f1}: ");
            Console.WriteLine($"\n-- temperature {temperature:f1}, after \"{seed.ReplaceLineEndings(" ")}\"");
            float[] window = [.. corpus.Ids(seed).Select(id => (float)id)];
            for (int i = 0; i < count; i++)
            {
                int id = Sampling.Draw(predictor.Predict(window), temperature, random);
                char symbol = corpus.Symbols[id] == '\n' ? ' ' : corpus.Symbols[id];
                Console.Write(symbol);
                text.Append(symbol);
                window = [.. window[1..], id];
            }

            Console.WriteLine();
            texts.Add(text.ToString());
        }

        return texts;
    }
}
