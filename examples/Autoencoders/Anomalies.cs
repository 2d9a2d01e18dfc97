using Deedle;
using Examples;
using Functional.CSharp;

namespace Autoencoders;

/// <summary>
/// Hours of a power plant, in one of a hundred of which the power that was written down is that of another hour. An autoencoder
/// that has seen nothing but sound hours gives back the wrong ones badly; how badly is the score.
/// </summary>
internal static class Anomalies
{
    public static int Run(ExampleOptions options)
    {
        Frame<int, string> hours = Csv.Read(DataFolder.Find(options.Data, "powerplant", "Folds5x2_pp.csv"));
        TrainValidationTest split = Split.TrainValidationTest(hours.RowCount, validationShare: 0.25, testShare: 0.25, seed: 1);

        // Scales are those of the training rows alone.
        Frame<int, string> known = hours.GetRows([.. split.Train]);
        Prepared scaler = Scaler.Standard().Fit(known);
        Tensor all = scaler.Apply(hours).ToTensor(), train = scaler.Apply(known).ToTensor();
        (Tensor Rows, Tensor Labels) validation = WithFaults(all, split.Validation, Key.Of(2));
        (Tensor Rows, Tensor Labels) test = WithFaults(all, split.Test, Key.Of(3));
        Console.WriteLine($"{train.Shape[0]} sound hours to learn from; {test.Labels.Sum().ToInt()} of {test.Rows.Shape[0]} test hours are wrong");

        Model model = Network.Input(5)
            .Block("encoder", n => n.Dense(32, Activation.Tanh).Dense(4))
            .Block("decoder", n => n.Dense(32, Activation.Tanh).Dense(5))
            .Build(seed: 1);
        Console.WriteLine(model.Summary());
        TrainingRun run = model.Fit(Dataset.Of(train, train), new FitOptions
        {
            Optimizer = Optimizer.Adam(0.003),
            Loss = Loss.MeanSquaredError,
            Epochs = options.EpochsOr(150),
            BatchSize = 64,
        });

        Tensor Scores(Tensor rows) => Tensor.Square(run.Model.Predict(rows) - rows).Mean(1);
        OperatingPoint chosen = OperatingPoint.ByFBeta(validation.Labels, Scores(validation.Rows));
        Tensor scores = Scores(test.Rows);
        OperatingPoint reached = OperatingPoint.At(chosen.Threshold, test.Labels, scores);
        PrecisionRecallCurve curve = PrecisionRecallCurve.Of(test.Labels, scores);
        Console.WriteLine($"threshold {chosen.Threshold:f3}, chosen on the validation hours: of the wrong test hours it finds "
            + $"{reached.Sensitivity:p1}, of what it finds {reached.Precision:p1} are wrong; F1 {reached.FBeta():f3}");

        string[] kinds = [.. test.Labels.ToInts().Select(label => label == 0 ? "sound" : "wrong")];
        double[] logs = [.. scores.ToDoubles().Select(Math.Log10)];
        options.Show(new Report("Wrong hours of a power plant")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddSection("Test hours")
            .AddChart(
                Chart.PrecisionRecall([("reconstruction error", curve)], [("reconstruction error", reached)]),
                "The point is that of the threshold chosen on the validation hours")
            .AddChart(
                Chart.Violins(("sound", Of("sound", kinds, logs)), ("wrong", Of("wrong", kinds, logs)))
                    .WithYTitle("log10 of the reconstruction error")));
        return options.Judge("average precision on the test hours", curve.AveragePrecision, 0.4);
    }

    // Rows with the power of the next hour in every hundredth of them, and labels that are 1 for these.
    private static (Tensor Rows, Tensor Labels) WithFaults(Tensor all, IReadOnlyList<int> rows, Key key)
    {
        Tensor sound = all.Gather(0, [.. rows]);
        Tensor isWrong = (Tensor.RandomUniform(key, [rows.Count, 1]) < 0.01).Cast(DType.Float32);
        Tensor power = sound[.., 4..], other = Tensor.Concat(0, power[1..], power[..1]);
        Tensor faulty = Tensor.Concat(1, sound[.., ..4], isWrong * other + (1 - isWrong) * power);
        return (faulty, isWrong.Squeeze(1).Cast(DType.Int32));
    }

    private static double[] Of(string kind, string[] kinds, double[] values) =>
        [.. values.Where((_, i) => kinds[i] == kind)];
}
