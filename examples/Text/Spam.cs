using Examples;
using Functional.CSharp;

namespace Text;

/// <summary>Spam told from 5,574 text messages, of which 747 are spam. The id 0 is padding, whose mask flows through the layers.</summary>
internal static class Spam
{
    private const int Length = 40;

    /// <summary>By an embedding and an LSTM, which reads the words of a message alone.</summary>
    public static int ByLstm(ExampleOptions options) => Run(options, (input, words) => input
        .Embedding(words, 32, new EmbeddingOptions { MaskZero = true })
        .Lstm(32));

    /// <summary>By a transformer: two blocks whose words see each other, and their mean.</summary>
    public static int ByTransformer(ExampleOptions options) => Run(options, (input, words) => input
        .TokenAndPositionEmbedding(words, Length, 32, new TokenAndPositionOptions { MaskZero = true })
        .TransformerEncoder(64, 4)
        .TransformerEncoder(64, 4)
        .GlobalAveragePooling1D());

    private static int Run(ExampleOptions options, Func<Network, int, Network> read)
    {
        string[][] lines = [.. File.ReadLines(DataFolder.Find(options.Data, "sms", "SMSSpamCollection")).Select(line => line.Split('\t', 2))];
        string[] kinds = [.. lines.Select(line => line[0])], texts = [.. lines.Select(line => line[1])];
        TrainTest split = Split.Stratified(kinds, testShare: 0.2, seed: 1);

        // Words are those of the training messages alone.
        WordTokenizer tokenizer = new(split.Train.Select(i => texts[i]), size: 5000);
        Dataset all = Dataset.Of(
            tokenizer.Encode(texts, Length),
            Tensor.From([.. kinds.Select(kind => kind == "spam" ? 1 : 0)], kinds.Length, 1));
        (Dataset train, Dataset test) = split.Of(all);
        Console.WriteLine($"{train.Count} messages to learn from, {test.Count} to be tested on; {tokenizer.Size} words");

        Model model = read(Network.Input(Length), tokenizer.Size)
            .Dropout(0.3)
            .Dense(1, Activation.Sigmoid)
            .Build(seed: 1);
        Console.WriteLine(model.Summary());

        TrainingRun run = model.Fit(options.Some(train, 512), new FitOptions
        {
            Optimizer = Optimizer.Adam(0.002),
            Loss = Loss.BinaryCrossentropy,
            Metrics = [Metric.BinaryAccuracy, Metric.F1()],
            Epochs = options.EpochsOr(6),
            BatchSize = 64,
            Progress = Progress.Bar(),
        });

        Evaluation evaluation = run.Model.Evaluate(test);
        Console.WriteLine(evaluation.Report());
        options.Show(new Report("Spam told from messages")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddEvaluation(evaluation)
            .AddSection("What the network says of messages")
            .AddTable(["probability of spam", "message"], Told(run.Model, tokenizer)));
        return options.Judge("F1 of spam", evaluation["f1_score"], 0.93);
    }

    private static IEnumerable<string[]> Told(Model model, WordTokenizer tokenizer)
    {
        string[] texts =
        [
            "Congratulations! You have won a prize of £1000. Call 09061701461 now to claim it",
            "Are you coming home for dinner tonight? Mum is asking",
            "Your mobile number has been selected, txt WIN to 80086, 150p/msg",
            "ok, see you at the station at 5",
        ];
        return texts.Zip(model.Predict(tokenizer.Encode(texts, Length)).ToArray(), (text, p) => new[] { $"{p:f3}", text });
    }
}
