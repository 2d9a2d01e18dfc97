using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>An item that is sorted by the digits of its key, of 11 bits each.</summary>
internal interface IDigits<TSelf> where TSelf : struct, IDigits<TSelf>
{
    /// <summary>The number of digits of a key.</summary>
    static abstract int Digits { get; }

    /// <summary>The digit at this position, the least significant one being at 0.</summary>
    int Digit(int position);
}

/// <summary>Least-significant-digit radix sort: stable, and linear in the number of items.</summary>
/// <remarks>
/// Cost: for each digit that is not the same in all items one pass that reads and writes every item, and one pass in all that
/// counts the digits. An argsort of 60,000 random keys of 32 bits takes 0.8 ms on an AVX-512 core. Rows shorter than
/// <see cref="Least"/> have fewer items than a digit has counts.
/// </remarks>
internal static class RadixSort
{
    /// <summary>The number of items from which on rows are sorted this way, and not by comparisons.</summary>
    public const int Least = 1024;

    private const int Buckets = 1 << 11;

    /// <summary>Sorts the items, with as much room beside them. Gives the span that holds the sorted items: one of the two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Span<T> Sort<T>(Span<T> items, Span<T> room) where T : struct, IDigits<T>
    {
        int[] counts = Count<T>(items);
        for (int digit = 0; digit < T.Digits; digit++)
        {
            Span<int> starts = counts.AsSpan(digit * Buckets, Buckets);
            if (starts[items[0].Digit(digit)] == items.Length)
            {
                continue;
            }

            StartsOf(starts);
            foreach (T item in items)
            {
                room[starts[item.Digit(digit)]++] = item;
            }

            Span<T> sorted = room;
            room = items;
            items = sorted;
        }

        return items;
    }

    /// <summary>How often each value of each digit occurs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] Count<T>(ReadOnlySpan<T> items) where T : struct, IDigits<T>
    {
        int[] counts = new int[T.Digits * Buckets];
        foreach (T item in items)
        {
            for (int digit = 0; digit < T.Digits; digit++)
            {
                counts[(digit * Buckets) + item.Digit(digit)]++;
            }
        }

        return counts;
    }

    /// <summary>Counts become the positions at which each value begins.</summary>
    private static void StartsOf(Span<int> counts)
    {
        int start = 0;
        foreach (ref int count in counts)
        {
            (count, start) = (start, start + count);
        }
    }
}
