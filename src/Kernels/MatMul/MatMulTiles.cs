using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>Compile-time parameters of a tile: constants to the JIT.</summary>
internal interface ITileForm
{
    /// <summary>Whether the tile is two vectors wide, or one.</summary>
    static abstract bool Two { get; }

    /// <summary>Whether only the first lanes of the last vector belong to the matrix.</summary>
    static abstract bool Part { get; }

    /// <summary>Whether the rows of B are packed while they are read.</summary>
    static abstract bool Pack { get; }
}

/// <summary>Strides and depth, which all tiles of a block share.</summary>
internal struct Operands<T> where T : unmanaged
{
    /// <summary>The stride of A's rows, in elements.</summary>
    public nint ARow;

    /// <summary>The stride of A's columns.</summary>
    public nint AColumn;

    /// <summary>The stride of C's rows.</summary>
    public nint CRow;

    /// <summary>The number of columns of A, and rows of B, that are multiplied.</summary>
    public nint Depth;
}

/// <summary>
/// The micro-kernels of the matrix product: a tile of C in registers, to which each step of k adds the outer product of a
/// column of A and a row of B. A tile of 14 rows by 2 vectors fills the 32 registers of AVX-512, one of 6 by 2 the 16 of
/// AVX2. A is read in place, at any strides, since each of its elements is broadcast to a vector. A row of B is contiguous,
/// and is prefetched some rows ahead, since a panel may exceed the first-level cache. Each element of C is summed in the
/// order of k, whatever the tile.
/// </summary>
internal static unsafe class MatMulTiles<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Ahead = 8;

    [MethodImpl(Inline)]
    private static void Prefetch<F>(T* b) where F : ITileForm
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(b);
            if (F.Two && S.Count * sizeof(T) == 64)
            {
                Sse.Prefetch0(b + S.Count);
            }
        }
    }

    [MethodImpl(Inline)]
    private static void Get<F>(ref V c0, ref V c1, T* c, V mask) where F : ITileForm
    {
        c0 = F.Part && !F.Two ? Masked<T, V, S>.Load(c, mask) : S.Load(c);
        if (F.Two)
        {
            c1 = F.Part ? Masked<T, V, S>.Load(c + S.Count, mask) : S.Load(c + S.Count);
        }
    }

    [MethodImpl(Inline)]
    private static void Put<F>(T* c, V c0, V c1, V mask) where F : ITileForm
    {
        if (F.Part && !F.Two)
        {
            Masked<T, V, S>.Store(c, c0, mask);
        }
        else
        {
            S.Store(c, c0);
        }

        if (F.Two)
        {
            if (F.Part)
            {
                Masked<T, V, S>.Store(c + S.Count, c1, mask);
            }
            else
            {
                S.Store(c + S.Count, c1);
            }
        }
    }

    /// <summary>An element of A times a row of B.</summary>
    [MethodImpl(Inline)]
    private static void Add<F>(T a, V b0, V b1, ref V c0, ref V c1) where F : ITileForm
    {
        V x = S.Set(a);
        c0 = S.Fma(x, b0, c0);
        if (F.Two)
        {
            c1 = S.Fma(x, b1, c1);
        }
    }

    /// <summary>
    /// One tile of C: columns of A times rows of B, which are added to C or replace it. The JIT drops the rows beyond those of
    /// the tile. Each row has local variables of its own, so that it stays in registers.
    /// </summary>
    [MethodImpl(Hot)]
    public static void Run<R, F>(in Operands<T> p, T* a, T* b, nint bStep, T* packed, T* c, int valid, bool add)
        where R : ITileRows
        where F : ITileForm
    {
        V c0_0 = default, c0_1 = default, c1_0 = default, c1_1 = default;
        V c2_0 = default, c2_1 = default, c3_0 = default, c3_1 = default;
        V c4_0 = default, c4_1 = default, c5_0 = default, c5_1 = default;
        V c6_0 = default, c6_1 = default, c7_0 = default, c7_1 = default;
        V c8_0 = default, c8_1 = default, c9_0 = default, c9_1 = default;
        V c10_0 = default, c10_1 = default, c11_0 = default, c11_1 = default;
        V c12_0 = default, c12_1 = default, c13_0 = default, c13_1 = default;
        nint aRow = p.ARow, aStep = p.AColumn, cRow = p.CRow;
        nint twice = 2 * aRow;
        V mask = F.Part ? Masked<T, V, S>.First(valid) : default;
        if (add)
        {
            T* from = c;
            Get<F>(ref c0_0, ref c0_1, from, mask);

            if (R.Count > 1)
            {
                from += cRow;
                Get<F>(ref c1_0, ref c1_1, from, mask);
            }

            if (R.Count > 2)
            {
                from += cRow;
                Get<F>(ref c2_0, ref c2_1, from, mask);
                from += cRow;
                Get<F>(ref c3_0, ref c3_1, from, mask);
            }

            if (R.Count > 4)
            {
                from += cRow;
                Get<F>(ref c4_0, ref c4_1, from, mask);
                from += cRow;
                Get<F>(ref c5_0, ref c5_1, from, mask);
            }

            if (R.Count > 6)
            {
                from += cRow;
                Get<F>(ref c6_0, ref c6_1, from, mask);
                from += cRow;
                Get<F>(ref c7_0, ref c7_1, from, mask);
            }

            if (R.Count > 8)
            {
                from += cRow;
                Get<F>(ref c8_0, ref c8_1, from, mask);
                from += cRow;
                Get<F>(ref c9_0, ref c9_1, from, mask);
                from += cRow;
                Get<F>(ref c10_0, ref c10_1, from, mask);
                from += cRow;
                Get<F>(ref c11_0, ref c11_1, from, mask);
                from += cRow;
                Get<F>(ref c12_0, ref c12_1, from, mask);
                from += cRow;
                Get<F>(ref c13_0, ref c13_1, from, mask);
            }
        }

        T* a3 = a + (3 * aRow), a6 = a + (6 * aRow), a9 = a + (9 * aRow), a12 = a + (12 * aRow);
        T* ahead = b + (Ahead * bStep);
        for (nint k = p.Depth; k > 0; k--)
        {
            V b0 = F.Part && !F.Two ? Masked<T, V, S>.Load(b, mask) : S.Load(b);
            V b1 = !F.Two ? default : F.Part ? Masked<T, V, S>.Load(b + S.Count, mask) : S.Load(b + S.Count);
            Prefetch<F>(ahead);
            if (F.Pack)
            {
                S.Store(packed, b0);
                if (F.Two)
                {
                    S.Store(packed + S.Count, b1);
                }

                packed += F.Two ? 2 * S.Count : S.Count;
            }

            Add<F>(a[0], b0, b1, ref c0_0, ref c0_1);

            if (R.Count > 1)
            {
                Add<F>(a[aRow], b0, b1, ref c1_0, ref c1_1);
            }

            if (R.Count > 2)
            {
                Add<F>(a[twice], b0, b1, ref c2_0, ref c2_1);
                Add<F>(a3[0], b0, b1, ref c3_0, ref c3_1);
            }

            if (R.Count > 4)
            {
                Add<F>(a3[aRow], b0, b1, ref c4_0, ref c4_1);
                Add<F>(a3[twice], b0, b1, ref c5_0, ref c5_1);
            }

            if (R.Count > 6)
            {
                Add<F>(a6[0], b0, b1, ref c6_0, ref c6_1);
                Add<F>(a6[aRow], b0, b1, ref c7_0, ref c7_1);
            }

            if (R.Count > 8)
            {
                Add<F>(a6[twice], b0, b1, ref c8_0, ref c8_1);
                Add<F>(a9[0], b0, b1, ref c9_0, ref c9_1);
                Add<F>(a9[aRow], b0, b1, ref c10_0, ref c10_1);
                Add<F>(a9[twice], b0, b1, ref c11_0, ref c11_1);
                Add<F>(a12[0], b0, b1, ref c12_0, ref c12_1);
                Add<F>(a12[aRow], b0, b1, ref c13_0, ref c13_1);
            }

            a += aStep;
            a3 += aStep;
            a6 += aStep;
            a9 += aStep;
            a12 += aStep;
            b += bStep;
            ahead += bStep;
        }

        Put<F>(c, c0_0, c0_1, mask);

        if (R.Count > 1)
        {
            c += cRow;
            Put<F>(c, c1_0, c1_1, mask);
        }

        if (R.Count > 2)
        {
            c += cRow;
            Put<F>(c, c2_0, c2_1, mask);
            c += cRow;
            Put<F>(c, c3_0, c3_1, mask);
        }

        if (R.Count > 4)
        {
            c += cRow;
            Put<F>(c, c4_0, c4_1, mask);
            c += cRow;
            Put<F>(c, c5_0, c5_1, mask);
        }

        if (R.Count > 6)
        {
            c += cRow;
            Put<F>(c, c6_0, c6_1, mask);
            c += cRow;
            Put<F>(c, c7_0, c7_1, mask);
        }

        if (R.Count > 8)
        {
            c += cRow;
            Put<F>(c, c8_0, c8_1, mask);
            c += cRow;
            Put<F>(c, c9_0, c9_1, mask);
            c += cRow;
            Put<F>(c, c10_0, c10_1, mask);
            c += cRow;
            Put<F>(c, c11_0, c11_1, mask);
            c += cRow;
            Put<F>(c, c12_0, c12_1, mask);
            c += cRow;
            Put<F>(c, c13_0, c13_1, mask);
        }
    }
}
