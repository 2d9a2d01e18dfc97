using Deedle;
using Examples;
using Functional.CSharp;

namespace Sequences;

/// <summary>The lowest temperature of each day in Melbourne, 1981 to 1990.</summary>
internal static class Temperatures
{
    public static int Run(ExampleOptions options)
    {
        Frame<int, string> frame = Csv.Read(DataFolder.Find(options.Data, "temperatures", "daily-min-temperatures.csv"));
        double[] degrees = [.. frame.GetColumn<double>("Temp").Values];
        double[] angles = [.. frame.GetColumn<DateTime>("Date").Values.Select(day => 2 * Math.PI * day.DayOfYear / 365.25)];
        Forecaster alone = new(degrees);
        Forecaster withSeason = new(degrees, [.. angles.Select(Math.Sin)], [.. angles.Select(Math.Cos)]);
        FitOptions fit = new()
        {
            Optimizer = Optimizer.Adam(0.003),
            Loss = Loss.MeanSquaredError,
            Epochs = options.EpochsOr(8),
            BatchSize = 32,
        };

        Task day = new(Window: 14), week = new(Window: 14, Horizon: 7);
        Network one = Network.Input(14, 1), three = Network.Input(14, 3);
        Forecasts[] all =
        [
            alone.Run("next day: SimpleRNN 16", one.SimpleRnn(16).Dense(1), day, fit),
            alone.Run("next day: LSTM 16", one.Lstm(16).Dense(1), day, fit),
            alone.Run("next day: GRU 16", one.Gru(16).Dense(1), day, fit),
            withSeason.Run("next day, with the season: GRU 16", three.Gru(16).Dense(1), day, fit),
            alone.Run("next week: GRU 16", one.Gru(16).Dense(7), week, fit),
            withSeason.Run("next week, with the season: GRU 16", three.Gru(16).Dense(7), week, fit),
        ];

        options.Show(new Report("Daily temperatures")
            .AddText("Degrees Celsius; the last two years are the test part.")
            .AddTable(Forecasts.Header, all.Select(forecasts => forecasts.Row))
            .AddChart(Chart.Subplots(2, all.Select(forecasts => forecasts.Chart(last: 90)))));

        return all.Max(forecasts => options.JudgeBelow($"RMSE of {forecasts.Name}", forecasts.Rmse, forecasts.NaiveRmse));
    }
}
