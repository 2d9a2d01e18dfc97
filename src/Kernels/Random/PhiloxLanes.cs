using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>Philox blocks of consecutive counters, computed in the lanes of vectors: the same words as one by one.</summary>
/// <remarks>
/// Cost: 4 multiplications of 32 by 32 bits and about 10 other operations a round for as many blocks as a vector has lanes of 32
/// bits, so 0.5 to 1 cycle a word.
/// </remarks>
internal static unsafe class PhiloxLanes
{
    private const int Rounds = 10;

    /// <summary>
    /// Writes the four words each of <paramref name="count"/> blocks whose first counter word runs from <paramref name="first"/>
    /// on, whose next two are zero, and whose last is <paramref name="use"/>.
    /// </summary>
    public static void Fill(SimdLevel level, uint k0, uint k1, uint first, uint use, int count, uint* words)
    {
        int done = level switch
        {
            SimdLevel.Avx512 => Blocks<Lanes512, Vector512<uint>>(k0, k1, first, use, count, words),
            SimdLevel.Avx2 => Blocks<Lanes256, Vector256<uint>>(k0, k1, first, use, count, words),
            SimdLevel.Portable or _ => 0,
        };

        for (int i = done; i < count; i++)
        {
            (words[4 * i], words[(4 * i) + 1], words[(4 * i) + 2], words[(4 * i) + 3]) =
                Philox.Block(k0, k1, first + (uint)i, 0, 0, use);
        }
    }

    /// <summary>The blocks that fill whole vectors; gives their number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Blocks<TLanes, V>(uint k0, uint k1, uint first, uint use, int count, uint* words)
        where TLanes : struct, ILanes<V> where V : struct
    {
        V m0 = TLanes.Set(0xD2511F53), m1 = TLanes.Set(0xCD9E8D57);
        int i = 0;
        for (; i + TLanes.Count <= count; i += TLanes.Count)
        {
            V c0 = TLanes.Counters(first + (uint)i), c1 = TLanes.Set(0), c2 = TLanes.Set(0), c3 = TLanes.Set(use);
            uint key0 = k0, key1 = k1;
            for (int round = 0; round < Rounds; round++)
            {
                TLanes.Multiply(c0, m0, out V high0, out V low0);
                TLanes.Multiply(c2, m1, out V high1, out V low1);
                c0 = TLanes.Xor(high1, c1, TLanes.Set(key0));
                c1 = low1;
                c2 = TLanes.Xor(high0, c3, TLanes.Set(key1));
                c3 = low0;
                key0 += 0x9E3779B9;
                key1 += 0xBB67AE85;
            }

            TLanes.Store(c0, c1, c2, c3, words + (4 * i));
        }

        return i;
    }

    /// <summary>A vector of 32-bit words, one of each of its blocks.</summary>
    private interface ILanes<V>
    {
        /// <summary>The number of blocks.</summary>
        static abstract int Count { get; }

        static abstract V Set(uint x);

        /// <summary>The numbers from <paramref name="first"/> on, in the order of lanes in which <see cref="Store"/> writes blocks in turn.</summary>
        static abstract V Counters(uint first);

        /// <summary>The high and low halves of the lanes' products.</summary>
        static abstract void Multiply(V a, V b, out V high, out V low);

        static abstract V Xor(V a, V b, V c);

        /// <summary>Writes the four words of each block, block after block.</summary>
        static abstract void Store(V a, V b, V c, V d, uint* words);
    }

    private readonly struct Lanes256 : ILanes<Vector256<uint>>
    {
        public static int Count => 8;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> Set(uint x) => Vector256.Create(x);

        // unpacking keeps to halves of 128 bits: store s writes lane s of each half
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> Counters(uint first) =>
            Vector256.Create(first) + Vector256.Create(0u, 2, 4, 6, 1, 3, 5, 7);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Multiply(Vector256<uint> a, Vector256<uint> b, out Vector256<uint> high, out Vector256<uint> low)
        {
            Vector256<ulong> even = Avx2.Multiply(a, b);
            Vector256<ulong> odd = Avx2.Multiply((a.AsUInt64() >>> 32).AsUInt32(), b);
            high = Avx2.Blend((even >>> 32).AsUInt32(), odd.AsUInt32(), 0b10101010);
            low = Avx2.Blend(even.AsUInt32(), (odd << 32).AsUInt32(), 0b10101010);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> Xor(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c) => a ^ b ^ c;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, uint* words)
        {
            Vector256<ulong> ab = Avx2.UnpackLow(a, b).AsUInt64(), cd = Avx2.UnpackLow(c, d).AsUInt64();
            Vector256<ulong> ab2 = Avx2.UnpackHigh(a, b).AsUInt64(), cd2 = Avx2.UnpackHigh(c, d).AsUInt64();
            Avx2.UnpackLow(ab, cd).AsUInt32().Store(words);
            Avx2.UnpackHigh(ab, cd).AsUInt32().Store(words + 8);
            Avx2.UnpackLow(ab2, cd2).AsUInt32().Store(words + 16);
            Avx2.UnpackHigh(ab2, cd2).AsUInt32().Store(words + 24);
        }
    }

    private readonly struct Lanes512 : ILanes<Vector512<uint>>
    {
        public static int Count => 16;

        private static Vector512<uint> Odd
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => Vector512.Create(0xFFFFFFFF00000000UL).AsUInt32();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<uint> Set(uint x) => Vector512.Create(x);

        // as with 256 bits: store s writes lane s of each quarter
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<uint> Counters(uint first) =>
            Vector512.Create(first) + Vector512.Create(0u, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Multiply(Vector512<uint> a, Vector512<uint> b, out Vector512<uint> high, out Vector512<uint> low)
        {
            Vector512<ulong> even = Avx512F.Multiply(a, b);
            Vector512<ulong> odd = Avx512F.Multiply((a.AsUInt64() >>> 32).AsUInt32(), b);
            high = Vector512.ConditionalSelect(Odd, odd.AsUInt32(), (even >>> 32).AsUInt32());
            low = Vector512.ConditionalSelect(Odd, (odd << 32).AsUInt32(), even.AsUInt32());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<uint> Xor(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => a ^ b ^ c;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, uint* words)
        {
            Vector512<ulong> ab = Avx512F.UnpackLow(a, b).AsUInt64(), cd = Avx512F.UnpackLow(c, d).AsUInt64();
            Vector512<ulong> ab2 = Avx512F.UnpackHigh(a, b).AsUInt64(), cd2 = Avx512F.UnpackHigh(c, d).AsUInt64();
            Avx512F.UnpackLow(ab, cd).AsUInt32().Store(words);
            Avx512F.UnpackHigh(ab, cd).AsUInt32().Store(words + 16);
            Avx512F.UnpackLow(ab2, cd2).AsUInt32().Store(words + 32);
            Avx512F.UnpackHigh(ab2, cd2).AsUInt32().Store(words + 48);
        }
    }
}
