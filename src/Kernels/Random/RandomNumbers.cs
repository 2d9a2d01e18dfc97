using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// Random numbers as functions of a key, a pair of int32, and a position: the same on every machine and any number of
/// threads. The last word of the generator's counter separates the uses of a key.
/// </summary>
/// <remarks>
/// Contract: contiguous arrays, which do not overlap; any alignment. Large results are cut into slices for the worker pool.
/// Cost: one block of Philox4x32-10 for four words (see <see cref="PhiloxLanes"/>); normal numbers an inverse of the
/// distribution function each.
/// </remarks>
public static unsafe class RandomKernels
{
    private const int Grain = 1 << 12; // numbers of a slice: some microseconds
    private const int TileWords = 256; // drawn before they are converted: they stay in the nearest cache

    private const uint Draw = 0;
    private const uint Child = 1;
    private const uint Fold = 2;

    /// <summary>For every key, <paramref name="n"/> keys that are independent of it and of each other.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Split(ReadOnlySpan<int> keys, int n, Span<int> children)
    {
        Check.Length(children.Length, (long)keys.Length * n);
        for (int k = 0; k < keys.Length / 2; k++)
        {
            for (int i = 0; i < n; i++)
            {
                (uint a, uint b, _, _) = Philox.Block((uint)keys[2 * k], (uint)keys[(2 * k) + 1], (uint)i, 0, 0, Child);
                children[2 * ((k * n) + i)] = (int)a;
                children[(2 * ((k * n) + i)) + 1] = (int)b;
            }
        }
    }

    /// <summary>For every key and its number, a new key derived from both.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void FoldIn(ReadOnlySpan<int> keys, ReadOnlySpan<int> data, Span<int> folded)
    {
        Check.Length(data.Length, keys.Length / 2);
        Check.SameLength(keys.Length, folded.Length);
        for (int k = 0; k < data.Length; k++)
        {
            uint k0 = (uint)keys[2 * k], k1 = (uint)keys[(2 * k) + 1];
            (uint a, uint b, _, _) = Philox.Block(k0, k1, (uint)data[k], 0, 0, Fold);
            folded[2 * k] = (int)a;
            folded[(2 * k) + 1] = (int)b;
        }
    }

    /// <summary>For every key, as many random integers as fit evenly in y.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Bits(ReadOnlySpan<int> keys, Span<int> y) => Run<BitsOf, int>(keys, y);

    /// <summary>For every key, as many numbers, uniform in [0, 1), as fit evenly in y: multiples of 2^-24.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Uniform(ReadOnlySpan<int> keys, Span<float> y) => Run<UniformSingle, float>(keys, y);

    /// <summary>For every key, as many numbers, uniform in [0, 1), as fit evenly in y: multiples of 2^-53.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Uniform(ReadOnlySpan<int> keys, Span<double> y) => Run<UniformDouble, double>(keys, y);

    /// <summary>For every key, as many standard normal numbers as fit evenly in y.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Normal(ReadOnlySpan<int> keys, Span<float> y) => Run<NormalSingle, float>(keys, y);

    /// <summary>For every key, as many standard normal numbers as fit evenly in y.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Normal(ReadOnlySpan<int> keys, Span<double> y) => Run<NormalDouble, double>(keys, y);

    private static void Run<TOp, T>(ReadOnlySpan<int> keys, Span<T> y)
        where TOp : struct, IDraw<T> where T : unmanaged
    {
        int count = keys.Length / 2;
        if (y.Length == 0)
        {
            return;
        }

        if (count == 0 || y.Length % count != 0)
        {
            Check.Fail($"{y.Length} numbers do not come evenly from {count} keys.");
        }

        fixed (int* pk = keys)
        fixed (T* py = y)
        {
            int perKey = y.Length / count;
            int slices = Slicing.Count(perKey, Grain);
            WorkerPool.Run(checked(count * slices), new DrawSlices<TOp, T>
            {
                Keys = (uint*)pk,
                Y = py,
                PerKey = perKey,
                Slices = slices,
                Level = KernelScope.Level,
            });
        }
    }

    private struct DrawSlices<TOp, T> : ISlices where TOp : struct, IDraw<T> where T : unmanaged
    {
        public uint* Keys;
        public T* Y;
        public int PerKey;
        public int Slices;
        public SimdLevel Level;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            int key = slice / Slices;
            int start = slice % Slices * Grain;
            int end = Slicing.End(slice % Slices, Grain, PerKey);
            T* y = Y + ((long)key * PerKey);
            uint* words = stackalloc uint[TileWords];
            int perBlock = 4 / TOp.Words;
            for (int i = start; i < end; i += TileWords / TOp.Words)
            {
                int n = Math.Min(end - i, TileWords / TOp.Words);
                PhiloxLanes.Fill(
                    Level, Keys[2 * key], Keys[(2 * key) + 1], (uint)(i / perBlock), Draw, (n + perBlock - 1) / perBlock, words);
                TOp.Convert(Level, words, n, y + i);
            }
        }
    }
}
