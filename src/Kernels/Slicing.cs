using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>How work is cut: by its size only.</summary>
internal static class Slicing
{
    /// <summary>The number of slices of up to <paramref name="grain"/> items.</summary>
    public static int Count(long items, long grain) => (int)((items + grain - 1) / grain);
}

/// <summary>What kernels check before they touch memory.</summary>
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
