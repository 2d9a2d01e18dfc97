using FFrequencies = Functional.Frequencies;

namespace Functional.CSharp;

/// <summary>One line of a frequency table.</summary>
/// <param name="Value">The value.</param>
/// <param name="Count">How often it occurs.</param>
/// <param name="Relative">Its share of all values.</param>
/// <param name="Cumulative">How many values are this one or stand before it.</param>
/// <param name="CumulativeRelative">Their share of all values.</param>
public sealed record Frequency<T>(T Value, int Count, double Relative, int Cumulative, double CumulativeRelative);

/// <summary>Whether two columns are independent, by Pearson's chi-square test.</summary>
/// <param name="Statistic">The sum of (observed - expected)^2 / expected.</param>
/// <param name="DegreesOfFreedom">(rows - 1) (columns - 1)</param>
/// <param name="PValue">The chance of a statistic as large where the columns are independent.</param>
public sealed record ChiSquare(double Statistic, int DegreesOfFreedom, double PValue)
{
    private readonly double[,] expected = new double[0, 0];

    internal ChiSquare(Functional.ChiSquare inner)
        : this(inner.Statistic, inner.DegreesOfFreedom, inner.PValue) => expected = inner.Expected;

    /// <summary>[rows, columns]: the counts to expect where they are independent. Each call gives a copy.</summary>
    public double[,] Expected() => (double[,])expected.Clone();
}

/// <summary>How often the values of one column occur with each value of another.</summary>
public sealed class ContingencyTable<TRow, TColumn>
{
    private readonly Functional.ContingencyTable<TRow, TColumn> inner;

    internal ContingencyTable(Functional.ContingencyTable<TRow, TColumn> inner) => this.inner = inner;

    /// <summary>The values of the rows, ascending.</summary>
    public IReadOnlyList<TRow> Rows => inner.Rows;

    /// <summary>The values of the columns, ascending.</summary>
    public IReadOnlyList<TColumn> Columns => inner.Columns;

    /// <summary>[rows, columns]: how often both occur together. Each call gives a copy.</summary>
    public int[,] Counts() => (int[,])inner.Counts.Clone();

    /// <summary>Pearson's chi-square test of independence, without Yates' correction.</summary>
    public ChiSquare Test() => new(FFrequencies.chiSquare(inner));
}

/// <summary>How often values occur.</summary>
public static class Frequencies
{
    /// <summary>The frequency table of the values, in ascending order of the values.</summary>
    public static IReadOnlyList<Frequency<T>> Table<T>(IEnumerable<T> values) where T : IComparable<T> =>
        [.. FFrequencies.table(values).Select(line =>
            new Frequency<T>(line.Value, line.Count, line.Relative, line.Cumulative, line.CumulativeRelative))];

    /// <summary>
    /// How often each value of one column occurs with each of another of the same length.
    /// </summary>
    /// <exception cref="FunctionalException">There are no values, or not as many of both.</exception>
    public static ContingencyTable<TRow, TColumn> Contingency<TRow, TColumn>(
        IEnumerable<TRow> rows, IEnumerable<TColumn> columns)
        where TRow : IComparable<TRow>
        where TColumn : IComparable<TColumn> =>
        new(FFrequencies.contingency(rows, columns));
}
