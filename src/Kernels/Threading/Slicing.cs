using System.Globalization;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Partitioning of work into slices, by its size only, so that results do not depend on the number of threads.</summary>
internal static class Slicing
{
    /// <summary>The number of slices of at most <paramref name="grain"/> items.</summary>
    public static int Count(long items, long grain) => checked((int)((items + grain - 1) / grain));

    /// <summary>The end of a slice of <paramref name="grain"/> items; computed in 64 bits, since it may exceed 2^31.</summary>
    public static int End(int slice, int grain, int items) => (int)Math.Min(items, (slice + 1L) * grain);
}

/// <summary>Checks of arguments, before memory is touched.</summary>
internal static class Check
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SameLength(int a, int b)
    {
        if (a != b)
        {
            Fail($"The lengths {a} and {b} differ.");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Length(int actual, long expected)
    {
        if (actual != expected)
        {
            Fail($"A buffer holds {actual} elements where {expected} are needed.");
        }
    }

    public static void Fail(string message) => throw new ArgumentException(message);

    /// <inheritdoc cref="Fail(string)"/>
    public static void Fail(InvariantText message) => Fail(message.ToString());
}

/// <summary>The text of an error. Its numbers look alike under every culture: negative ones begin with a hyphen.</summary>
[InterpolatedStringHandler]
internal ref struct InvariantText(int literalLength, int formattedCount)
{
    private DefaultInterpolatedStringHandler text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);

    public void AppendLiteral(string value) => text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

    /// <summary>Numbers parted by commas.</summary>
    public void AppendFormatted(int[] values) => text.AppendFormatted(string.Join(", ", values.Select(Invariant)));

    /// <inheritdoc cref="AppendFormatted(int[])"/>
    public void AppendFormatted(long[] values) => text.AppendFormatted(string.Join(", ", values.Select(Invariant)));

    public override string ToString() => text.ToStringAndClear();

    private static string Invariant<T>(T value) where T : IFormattable =>
        value.ToString(null, CultureInfo.InvariantCulture);
}
