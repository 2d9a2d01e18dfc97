using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// Random numbers as functions of a key, a pair of int32, and a position: the same on every machine and any number of
/// threads. The last word of the generator's counter separates the uses of a key.
/// </summary>
/// <remarks>
/// Contract: contiguous arrays, which do not overlap; any alignment. Large results are cut into slices for the worker pool.
/// Cost: one block of Philox4x32-10 (about 60 integer operations) for four words; normal numbers an inverse of the
/// distribution function each.
/// </remarks>
public static unsafe class RandomKernels
{
    private const int Grain = 1 << 10; // numbers of a slice: some microseconds

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
    public static void Bits(ReadOnlySpan<int> keys, Span<int> y) => Run<BitsOf, int>(keys, y, 4);

    /// <summary>For every key, as many numbers, uniform in [0, 1), as fit evenly in y: multiples of 2^-24.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Uniform(ReadOnlySpan<int> keys, Span<float> y) => Run<UniformSingle, float>(keys, y, 4);

    /// <summary>For every key, as many numbers, uniform in [0, 1), as fit evenly in y: multiples of 2^-53.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Uniform(ReadOnlySpan<int> keys, Span<double> y) => Run<UniformDouble, double>(keys, y, 2);

    /// <summary>For every key, as many standard normal numbers as fit evenly in y.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Normal(ReadOnlySpan<int> keys, Span<float> y) => Run<NormalSingle, float>(keys, y, 4);

    /// <summary>For every key, as many standard normal numbers as fit evenly in y.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Normal(ReadOnlySpan<int> keys, Span<double> y) => Run<NormalDouble, double>(keys, y, 2);

    private static void Run<TOp, T>(ReadOnlySpan<int> keys, Span<T> y, int perBlock)
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
                PerBlock = perBlock,
                Slices = slices,
            });
        }
    }

    /// <summary>The conversion of a Philox block of four words to numbers.</summary>
    private interface IDraw<T> where T : unmanaged
    {
        static abstract void Fill(uint a, uint b, uint c, uint d, T* y);
    }

    private readonly struct BitsOf : IDraw<int>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Fill(uint a, uint b, uint c, uint d, int* y)
        {
            y[0] = (int)a;
            y[1] = (int)b;
            y[2] = (int)c;
            y[3] = (int)d;
        }
    }

    private readonly struct UniformSingle : IDraw<float>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Fill(uint a, uint b, uint c, uint d, float* y)
        {
            y[0] = Of(a);
            y[1] = Of(b);
            y[2] = Of(c);
            y[3] = Of(d);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static float Of(uint word) => (int)(word >> 8) * (1f / 16777216);
    }

    private readonly struct UniformDouble : IDraw<double>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Fill(uint a, uint b, uint c, uint d, double* y)
        {
            y[0] = Of(a, b);
            y[1] = Of(c, d);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static double Of(uint high, uint low) =>
            (long)((((ulong)high << 32) | low) >> 11) * (1.0 / 9007199254740992);
    }

    private readonly struct NormalSingle : IDraw<float>
    {
        public static void Fill(uint a, uint b, uint c, uint d, float* y)
        {
            y[0] = Of(a);
            y[1] = Of(b);
            y[2] = Of(c);
            y[3] = Of(d);
        }

        private static float Of(uint word) => (float)InverseNormal.Of((word + 0.5) * (1.0 / 4294967296));
    }

    private readonly struct NormalDouble : IDraw<double>
    {
        public static void Fill(uint a, uint b, uint c, uint d, double* y)
        {
            y[0] = Of(a, b);
            y[1] = Of(c, d);
        }

        // 52 bits plus one half: every number is exact, and none is 0 or 1.
        private static double Of(uint high, uint low) =>
            InverseNormal.Of(((long)((((ulong)high << 32) | low) >> 12) + 0.5) * (1.0 / 4503599627370496));
    }

    private struct DrawSlices<TOp, T> : ISlices where TOp : struct, IDraw<T> where T : unmanaged
    {
        public uint* Keys;
        public T* Y;
        public int PerKey;
        public int PerBlock;
        public int Slices;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            int key = slice / Slices;
            int start = slice % Slices * Grain;
            int end = Slicing.End(slice % Slices, Grain, PerKey);
            uint k0 = Keys[2 * key], k1 = Keys[(2 * key) + 1];
            T* y = Y + ((long)key * PerKey);
            T* rest = stackalloc T[4];
            for (int i = start; i < end; i += PerBlock)
            {
                (uint a, uint b, uint c, uint d) = Philox.Block(k0, k1, (uint)(i / PerBlock), 0, 0, Draw);
                if (i + PerBlock <= end)
                {
                    TOp.Fill(a, b, c, d, y + i);
                }
                else
                {
                    TOp.Fill(a, b, c, d, rest);
                    for (int j = i; j < end; j++)
                    {
                        y[j] = rest[j - i];
                    }
                }
            }
        }
    }
}
