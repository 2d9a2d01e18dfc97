using Functional.CSharp;

namespace Sequences;

/// <summary>What is to be foretold, and from how much.</summary>
/// <param name="Window">The number of steps that a network is given.</param>
/// <param name="Horizon">The number of steps behind them that it is to say.</param>
/// <param name="FromLast">
/// Whether numbers are given and said as distances from the last one that is known: for series that wander, whose test part lies
/// where the training part never was.
/// </param>
internal sealed record Task(int Window, int Horizon = 1, bool FromLast = false);

/// <summary>How well a network foretells the steps of the test part.</summary>
/// <param name="Name">The network.</param>
/// <param name="Model">The network, trained.</param>
/// <param name="Rmse">The root of its mean squared error, in the unit of the series.</param>
/// <param name="NaiveRmse">That of saying that the last value known stays.</param>
/// <param name="Predicted">What it says of the step that follows each window of the test part.</param>
/// <param name="Actual">What came.</param>
internal sealed record Forecasts(string Name, Model Model, double Rmse, double NaiveRmse, double[] Predicted, double[] Actual)
{
    /// <summary>A row of a table: name, parameters, error, error of the naive forecast.</summary>
    public IEnumerable<string> Row => [Name, $"{Model.ParameterCount}", $"{Rmse:f3}", $"{NaiveRmse:f3}"];

    /// <summary>What that table's columns are.</summary>
    public static IEnumerable<string> Header => ["network", "parameters", "RMSE", "RMSE of the naive forecast"];

    /// <summary>What came and what was said, of the last steps of the test part.</summary>
    public Figure Chart(int last)
    {
        double[] actual = Actual[^Math.Min(last, Actual.Length)..], predicted = Predicted[^Math.Min(last, Predicted.Length)..];
        return Functional.CSharp.Chart
            .Lines(Enumerable.Range(0, actual.Length).Select(i => (double)i), ("what came", actual), ("forecast", predicted))
            .WithTitle(Name);
    }
}

/// <summary>
/// Trains networks on the first 80 % of a series, and judges them on the rest. Scales are those of the training part alone, so
/// that nothing of the future is known.
/// </summary>
internal sealed class Forecaster
{
    private readonly Tensor scaled;
    private readonly double[] target;
    private readonly double mean, deviation, change;
    private readonly int trainSteps;

    /// <param name="columns">What networks are given, [steps] each; the first one is to be foretold.</param>
    public Forecaster(params double[][] columns)
    {
        target = columns[0];
        trainSteps = target.Length * 4 / 5;
        (double Mean, double Deviation)[] scales =
            [.. columns.Select(column => (Statistics.Mean(column[..trainSteps]), Statistics.Deviation(column[..trainSteps])))];
        (mean, deviation) = scales[0];
        change = Statistics.Deviation(target[1..trainSteps].Zip(target, (next, last) => next - last)) / deviation;
        scaled = Tensor.Stack(1, columns.Select((column, i) =>
            Tensor.From([.. column.Select(value => (float)((value - scales[i].Mean) / scales[i].Deviation))])));
    }

    /// <summary>Trains a network, which gets [window, columns] and gives [horizon], and judges it.</summary>
    public Forecasts Run(string name, Network network, Task task, FitOptions options)
    {
        int windows = scaled.Shape[0] - task.Window - task.Horizon + 1;
        int known = trainSteps - task.Window - task.Horizon + 1, firstTest = trainSteps - task.Window;

        // Windows are cut when a batch is made; those to learn from end before the test part begins.
        Batches<Batch> source = Batches.Batch(
            Batches.Generate(known, i => Window(task, i)).Shuffle(known, Key.Of(1)), options.BatchSize);
        Model model = network.Build(seed: 1).Fit(source, options).Model;

        Tensor features = Tensor.Stack(0, Enumerable.Range(firstTest, windows - firstTest).Select(i => Window(task, i).Features));
        int count = windows - firstTest;
        double[] predicted = [.. model.Predict(features).ToDoubles()
            .Select((value, i) => task.FromLast
                ? value * change * deviation + target[firstTest + i / task.Horizon + task.Window - 1]
                : value * deviation + mean)];
        double squares = 0, naiveSquares = 0;
        for (int i = 0; i < count; i++)
        {
            int next = firstTest + i + task.Window;
            for (int step = 0; step < task.Horizon; step++)
            {
                squares += Math.Pow(predicted[i * task.Horizon + step] - target[next + step], 2);
                naiveSquares += Math.Pow(target[next - 1] - target[next + step], 2);
            }
        }

        Forecasts result = new(
            name,
            model,
            Math.Sqrt(squares / (count * task.Horizon)),
            Math.Sqrt(naiveSquares / (count * task.Horizon)),
            [.. Enumerable.Range(0, count).Select(i => predicted[i * task.Horizon])],
            target[(firstTest + task.Window)..(firstTest + task.Window + count)]);
        Console.WriteLine($"{name,-40} {model.ParameterCount,6} parameters, RMSE {result.Rmse:f3}, naive {result.NaiveRmse:f3}");
        return result;
    }

    private (Tensor Features, Tensor Labels) Window(Task task, int start)
    {
        int end = start + task.Window;
        Tensor given = scaled[start..end], said = scaled[end..(end + task.Horizon), 0], last = scaled[end - 1];
        return task.FromLast ? ((given - last) / change, (said - last[0]) / change) : (given, said);
    }
}
