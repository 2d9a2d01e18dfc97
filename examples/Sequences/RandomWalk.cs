using Examples;
using Functional.CSharp;

namespace Sequences;

/// <summary>A random walk around 100, smoothed over 10 steps.</summary>
internal static class RandomWalk
{
    public static int Run(ExampleOptions options)
    {
        Tensor walk = 100 + Tensor.RandomNormal(Key.Of(1), [2000]).CumSum(0);
        double[] smooth = [.. Moving.Window(walk.ToDoubles(), 10).Where(value => !double.IsNaN(value))];

        Network network = Network.Input(24, 1).Lstm(50).Dense(1);
        Forecasts forecasts = new Forecaster(smooth).Run("LSTM 50", network, new Task(Window: 24, FromLast: true), new FitOptions
        {
            Optimizer = Optimizer.Adam(),
            Loss = Loss.MeanSquaredError,
            Epochs = options.EpochsOr(30),
            BatchSize = 32,
        });
        Console.WriteLine(forecasts.Model.Summary());

        options.Show(new Report("A smoothed random walk")
            .AddModel(forecasts.Model)
            .AddChart(Chart.Line(Enumerable.Range(0, smooth.Length).Select(i => (double)i), smooth), "The walk")
            .AddTable(Forecasts.Header, [forecasts.Row])
            .AddChart(forecasts.Chart(last: 400), "The test part")
            .AddChart(forecasts.Chart(last: 50), "Its end"));
        return options.JudgeBelow("RMSE", forecasts.Rmse, forecasts.NaiveRmse);
    }
}
