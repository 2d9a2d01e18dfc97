using Examples;
using Functional.CSharp;

namespace Sequences;

/// <summary>
/// An encoder reads a string of 10 digits, a decoder writes it from its end, one digit after the other. At each one it looks at
/// the steps of the encoder, weighted by how well they match its own state (Luong et al., 2015).
/// </summary>
internal static class Reversal
{
    private const int Length = 10;
    private const int Start = 10;
    private const int Units = 64;

    public static int Run(ExampleOptions options)
    {
        int count = options.Quick ? 512 : 20000;
        (Tensor[] Inputs, Tensor Labels) train = Examples(Key.Of(1), count), test = Examples(Key.Of(2), 1000);

        Model model = Translator();
        Console.WriteLine(model.Summary());
        TrainingRun run = model.Fit(Dataset.Of(train.Inputs, [train.Labels]), new FitOptions
        {
            Optimizer = Optimizer.Adam(0.003),
            Loss = Loss.SparseCategoricalCrossentropy,
            Metrics = [Metric.SparseCategoricalAccuracy],
            Epochs = options.EpochsOr(5),
            BatchSize = 64,
            Progress = Progress.Bar(),
        });

        // Nothing of the answer is given: each digit written is read again.
        Tensor digits = test.Inputs[0], none = Tensor.Zeros(DType.Int32, 1000, 1);
        List<Tensor> written = [none + Start];
        while (written.Count <= Length)
        {
            Tensor before = Tensor.Concat(1, written.Concat(Enumerable.Repeat(none, Length - written.Count)));
            Tensor said = run.Model.PredictAll(digits, before)[0][.., written.Count - 1];
            written.Add(said.ArgMax().Reshape(1000, 1));
        }

        Tensor answers = Tensor.Concat(1, written.Skip(1));
        double exact = Tensor.Equal(answers, test.Labels).All(1).Cast(DType.Float32).Mean().ToDouble();
        for (int i = 0; i < 5; i++)
        {
            Console.WriteLine($"{string.Concat(digits[i].ToInts())} -> {string.Concat(answers[i].ToInts())}");
        }

        Tensor looks = run.Model.Outputs("looks").PredictAll(digits[..1], test.Inputs[1][..1])[0].Squeeze(0);
        double[,] weights = new double[Length, Length];
        for (int i = 0; i < Length * Length; i++)
        {
            weights[i / Length, i % Length] = looks.ToArray()[i];
        }

        string[] read = [.. digits[0].ToInts().Select((digit, i) => $"{i + 1}: {digit}")];
        string[] answered = [.. test.Labels[0].ToInts().Select((digit, i) => $"{i + 1}: {digit}")];
        options.Show(new Report("Strings of digits turned round")
            .AddModel(run.Model)
            .AddChart(Chart.Structure(run.Model))
            .AddHistory(run.History)
            .AddChart(
                Chart.Heatmap(answered, read, weights, new HeatmapOptions { Square = true }).WithXTitle("read").WithYTitle("written"),
                "Where the decoder looks while it writes"));
        return options.Judge("strings that are exactly right", exact, 0.99);
    }

    private static Model Translator()
    {
        RecurrentOptions sequences = new() { ReturnSequences = true };
        Network digits = Input.Of(Length).Named("digits"), written = Input.Of(Length).Named("written");
        Network read = digits.Embedding(10, 16).Bidirectional(n => n.Gru(Units / 2, sequences)).Named("read");
        Network states = written.Embedding(11, 16).Gru(Units, sequences).Named("states");
        Network looks = states.Dense(Units).Then(read, (q, k) => Tensor.Softmax(Tensor.Einsum("bqu,bku->bqk", q, k))).Named("looks");
        Network seen = looks.Then(read, (weights, values) => Tensor.Einsum("bqk,bku->bqu", weights, values));
        Network next = states.Concatenate(seen).Dense(Units, Activation.Tanh).Dense(10, Activation.Softmax).Named("next");
        return Network.Model([digits, written], [next]).Build(seed: 1);
    }

    // Strings, what has been written before each digit of the answer, and the answer.
    private static (Tensor[] Inputs, Tensor Labels) Examples(Key key, int count)
    {
        Tensor digits = Tensor.RandomIntegers(key, [count, Length], 0, 10), answer = digits.Flip(1);
        Tensor before = Tensor.Concat(1, Tensor.Full(DType.Int32, Start, count, 1), answer[.., ..^1]);
        return ([digits, before], answer);
    }
}
