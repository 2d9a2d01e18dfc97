using Deedle;
using Examples;
using Functional.CSharp;

namespace Sequences;

/// <summary>
/// Thousands of airline passengers a month, 1949 to 1960. Their logarithms are learned, since the swing of the year grows with
/// the number.
/// </summary>
internal static class Airline
{
    public static int Run(ExampleOptions options)
    {
        Frame<int, string> frame = Csv.Read(DataFolder.Find(options.Data, "airline", "airline-passengers.csv"));
        double[] logs = [.. frame.GetColumn<double>("Passengers").Values.Select(count => Math.Log(count))];
        Forecaster forecaster = new(logs);
        RecurrentOptions sequences = new() { ReturnSequences = true };
        FitOptions fit = new()
        {
            Optimizer = Optimizer.Adam(0.01),
            Loss = Loss.MeanSquaredError,
            Epochs = options.EpochsOr(150),
            BatchSize = 16,
        };

        Task month = new(Window: 12, FromLast: true), year = new(Window: 24, Horizon: 12, FromLast: true);
        Network twelve = Network.Input(12, 1);
        Forecasts[] all =
        [
            forecaster.Run("next month: SimpleRNN 4", twelve.SimpleRnn(4).Dense(1), month, fit),
            forecaster.Run("next month: 2 x SimpleRNN 10", twelve.SimpleRnn(10, sequences).SimpleRnn(10).Dense(1), month, fit),
            forecaster.Run("next month: LSTM 1", twelve.Lstm(1).Dense(1), month, fit),
            forecaster.Run("next month: LSTM 3", twelve.Lstm(3).Dense(1), month, fit),
            forecaster.Run("next month: LSTM 32", twelve.Lstm(32).Dense(1), month, fit),
            forecaster.Run("next year: GRU 32", Network.Input(24, 1).Gru(32).Dense(12), year, fit),
        ];

        options.Show(new Report("Airline passengers")
            .AddText("Logarithms of thousands a month; the last fifth of the months is the test part.")
            .AddTable(Forecasts.Header, all.Select(one => one.Row))
            .AddChart(Chart.Subplots(2, all.Select(one => one.Chart(last: 29)))));

        Forecasts best = all[..^1].MinBy(one => one.Rmse)!, far = all[^1];
        int missed = options.JudgeBelow($"RMSE of the next month, {best.Name}", best.Rmse, best.NaiveRmse);
        return Math.Max(missed, options.JudgeBelow("RMSE of the next year", far.Rmse, far.NaiveRmse));
    }
}
