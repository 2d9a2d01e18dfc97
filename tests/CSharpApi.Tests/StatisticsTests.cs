namespace Functional.CSharp.Tests;

public static class StatisticsTests
{
    private static readonly double[] Salaries = [30, 36, 47, 50, 52, 52, 56, 60, 63, 70, 70, 110];

    private static void Near(double expected, double actual) => Expect.True(Math.Abs(expected - actual) < 0.005);

    [Tests]
    public static Test Tests => List("Statistics",
        Case("The worked example of a textbook comes out", () =>
        {
            Near(58, Statistics.Mean(Salaries));
            Near(54, Statistics.Median(Salaries));
            Expect.Equal([52.0, 70.0], Statistics.Modes(Salaries));
            Near(70, Statistics.MidRange(Salaries));
            Near(80, Statistics.Range(Salaries));
            Near(379.17, Statistics.PopulationVariance(Salaries));
            Near(20.34, Statistics.Deviation(Salaries));
            var (first, _, third) = Statistics.Quartiles(Salaries);
            Near(49.25, first);
            Near(64.75, third);
            Near(15.5, Statistics.InterquartileRange(Salaries));
        }),

        Case("Quantiles are taken by every named method, as in F#", () =>
        {
            foreach (var method in Enum.GetValues<QuantileMethod>())
            {
                var quantile = Statistics.Quantile(Salaries, 0.3, method);
                Expect.True(quantile is >= 47 and <= 52);
            }

            Near(47.75, Statistics.Quantile(Salaries, 0.25, QuantileMethod.Weibull));
        }),

        Case("The median of ordinal data may fall between two values", () =>
        {
            var median = Statistics.OrdinalMedian(["low", "low", "high", "middle"], "low", "middle", "high");
            Expect.Equal("between low and middle", median.ToString());
            Expect.Throws<FunctionalException>(() => Statistics.OrdinalMedian(["other"], "low"));
        }),

        Case("Outliers, correlations, frequencies and tables of two columns", () =>
        {
            Expect.Equal([110.0], Outliers.Of(Salaries).Mild);
            var doubled = Salaries.Select(x => 2 * x).ToArray();
            Near(1, Correlation.Of(Salaries, doubled, CorrelationMethod.Kendall));
            Expect.Equal(CorrelationStrength.Weak, Correlation.Strength(-0.6));
            var table = Frequencies.Table(["b", "a", "b"]);
            Expect.Equal(new Frequency<string>("b", 2, 2 / 3.0, 3, 1), table[1]);
            var contingency = Frequencies.Contingency([1, 1, 2, 2], ["x", "y", "x", "x"]);
            Expect.Equal(2, contingency.Counts()[1, 0]);
            var test = contingency.Test();
            Expect.Equal(1, test.DegreesOfFreedom);
            Near(1.5, test.Expected()[0, 0]);
        }),

        Case("Windows move along a column", () =>
        {
            Expect.Equal([double.NaN, 33, 41.5], Moving.Window(Salaries[..3], 2));
            Expect.Equal([30.0, 36, 47], Moving.Window(Salaries[..3], 2, WindowStatistic.Max, minPeriods: 1));
            Expect.Equal([30.0, 66, 113], Moving.Expanding(Salaries[..3], WindowStatistic.Sum));
            var weights = ExponentialWeights.Alpha(0.5) with { Adjust = false };
            Expect.Equal([30.0, 33, 40], Moving.ExponentialMean(Salaries[..3], weights));
        }));
}
