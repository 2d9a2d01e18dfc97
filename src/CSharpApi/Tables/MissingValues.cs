using FMissing = Functional.MissingValues;

namespace Functional.CSharp;

/// <summary>What stands in a tensor for the values that a column misses.</summary>
public sealed class MissingValues
{
    private MissingValues(FMissing inner) => Inner = inner;

    internal FMissing Inner { get; }

    /// <summary>None may be missing: it is an error that names the column and how many it misses.</summary>
    public static MissingValues Refused { get; } = new(FMissing.Refused);

    /// <summary>NaN, for functions that skip it. Only of tensors of floats.</summary>
    public static MissingValues KeptAsNaN { get; } = new(FMissing.KeptAsNaN);

    /// <summary>The mean of the column's values.</summary>
    public static MissingValues Mean { get; } = new(FMissing.Mean);

    /// <summary>The median of the column's values.</summary>
    public static MissingValues Median { get; } = new(FMissing.Median);

    /// <summary>The value that stands most often in the column, the least of several.</summary>
    public static MissingValues MostFrequent { get; } = new(FMissing.MostFrequent);

    /// <summary>The value of the nearest row before that has one (pandas: ffill).</summary>
    public static MissingValues Previous { get; } = new(FMissing.Previous);

    /// <summary>The value of the nearest row behind that has one (pandas: bfill).</summary>
    public static MissingValues Next { get; } = new(FMissing.Next);

    /// <summary>A number.</summary>
    public static MissingValues Constant(double value) => new(FMissing.NewConstant(value));

    internal static FMissing Of(MissingValues? rule) => (rule ?? Refused).Inner;
}
