using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>How work is cut into slices: by its size only, so that results do not depend on the number of threads.</summary>
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
}
