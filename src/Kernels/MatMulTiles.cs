using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>What the JIT compiles a tile for; each of these is a constant to it.</summary>
internal interface ITileForm
{
    /// <summary>Two vectors wide, not one.</summary>
    static abstract bool Two { get; }

    /// <summary>Of the last vector, only the first elements belong to the matrix.</summary>
    static abstract bool Part { get; }

    /// <summary>The rows of B are copied, one after the other, while they pass by.</summary>
    static abstract bool Pack { get; }
}

/// <summary>What all tiles of a block have in common.</summary>
internal struct Operands<T> where T : unmanaged
{
    /// <summary>From one row of A to the next.</summary>
    public nint ARow;

    /// <summary>From one column of A to the next.</summary>
    public nint AColumn;

    /// <summary>From one row of C to the next.</summary>
    public nint CRow;

    /// <summary>How many columns of A, and rows of B, are multiplied.</summary>
    public nint Depth;
}

/// <summary>
/// The innermost loops of the matrix product: a tile of C in registers, to which each step of k adds the product of a
/// column of A and a row of B. A tile of 14 rows by 2 vectors fills the 32 registers of AVX-512, one of 6 by 2 the 16
/// of AVX2. A is read in place, at any strides: each element is spread over a vector, so that neighbours gain
/// nothing. A row of B is contiguous. It is fetched some rows ahead, for a panel may be longer than the first cache.
/// Each element of C is summed in the order of k, whatever the tile.
/// </summary>
internal static unsafe partial class MatMulTiles<T, V, S>
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

    /// <summary>14 rows.</summary>
    [MethodImpl(Hot)]
    public static void Rows14<F>(in Operands<T> p, T* a, T* b, nint bStep, T* packed, T* c, int valid, bool add)
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
            from += cRow;
            Get<F>(ref c1_0, ref c1_1, from, mask);
            from += cRow;
            Get<F>(ref c2_0, ref c2_1, from, mask);
            from += cRow;
            Get<F>(ref c3_0, ref c3_1, from, mask);
            from += cRow;
            Get<F>(ref c4_0, ref c4_1, from, mask);
            from += cRow;
            Get<F>(ref c5_0, ref c5_1, from, mask);
            from += cRow;
            Get<F>(ref c6_0, ref c6_1, from, mask);
            from += cRow;
            Get<F>(ref c7_0, ref c7_1, from, mask);
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

        T* a3 = a + (3 * aRow);
        T* a6 = a + (6 * aRow);
        T* a9 = a + (9 * aRow);
        T* a12 = a + (12 * aRow);
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

            V x = S.Set(a[0]);
            c0_0 = S.Fma(x, b0, c0_0);
            c0_1 = F.Two ? S.Fma(x, b1, c0_1) : c0_1;
            x = S.Set(a[aRow]);
            c1_0 = S.Fma(x, b0, c1_0);
            c1_1 = F.Two ? S.Fma(x, b1, c1_1) : c1_1;
            x = S.Set(a[twice]);
            c2_0 = S.Fma(x, b0, c2_0);
            c2_1 = F.Two ? S.Fma(x, b1, c2_1) : c2_1;
            x = S.Set(a3[0]);
            c3_0 = S.Fma(x, b0, c3_0);
            c3_1 = F.Two ? S.Fma(x, b1, c3_1) : c3_1;
            x = S.Set(a3[aRow]);
            c4_0 = S.Fma(x, b0, c4_0);
            c4_1 = F.Two ? S.Fma(x, b1, c4_1) : c4_1;
            x = S.Set(a3[twice]);
            c5_0 = S.Fma(x, b0, c5_0);
            c5_1 = F.Two ? S.Fma(x, b1, c5_1) : c5_1;
            x = S.Set(a6[0]);
            c6_0 = S.Fma(x, b0, c6_0);
            c6_1 = F.Two ? S.Fma(x, b1, c6_1) : c6_1;
            x = S.Set(a6[aRow]);
            c7_0 = S.Fma(x, b0, c7_0);
            c7_1 = F.Two ? S.Fma(x, b1, c7_1) : c7_1;
            x = S.Set(a6[twice]);
            c8_0 = S.Fma(x, b0, c8_0);
            c8_1 = F.Two ? S.Fma(x, b1, c8_1) : c8_1;
            x = S.Set(a9[0]);
            c9_0 = S.Fma(x, b0, c9_0);
            c9_1 = F.Two ? S.Fma(x, b1, c9_1) : c9_1;
            x = S.Set(a9[aRow]);
            c10_0 = S.Fma(x, b0, c10_0);
            c10_1 = F.Two ? S.Fma(x, b1, c10_1) : c10_1;
            x = S.Set(a9[twice]);
            c11_0 = S.Fma(x, b0, c11_0);
            c11_1 = F.Two ? S.Fma(x, b1, c11_1) : c11_1;
            x = S.Set(a12[0]);
            c12_0 = S.Fma(x, b0, c12_0);
            c12_1 = F.Two ? S.Fma(x, b1, c12_1) : c12_1;
            x = S.Set(a12[aRow]);
            c13_0 = S.Fma(x, b0, c13_0);
            c13_1 = F.Two ? S.Fma(x, b1, c13_1) : c13_1;
            a += aStep;
            a3 += aStep;
            a6 += aStep;
            a9 += aStep;
            a12 += aStep;
            b += bStep;
            ahead += bStep;
        }

        Put<F>(c, c0_0, c0_1, mask);
        c += cRow;
        Put<F>(c, c1_0, c1_1, mask);
        c += cRow;
        Put<F>(c, c2_0, c2_1, mask);
        c += cRow;
        Put<F>(c, c3_0, c3_1, mask);
        c += cRow;
        Put<F>(c, c4_0, c4_1, mask);
        c += cRow;
        Put<F>(c, c5_0, c5_1, mask);
        c += cRow;
        Put<F>(c, c6_0, c6_1, mask);
        c += cRow;
        Put<F>(c, c7_0, c7_1, mask);
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

    /// <summary>8 rows.</summary>
    [MethodImpl(Hot)]
    public static void Rows8<F>(in Operands<T> p, T* a, T* b, nint bStep, T* packed, T* c, int valid, bool add)
        where F : ITileForm
    {
        V c00 = default, c01 = default, c10 = default, c11 = default;
        V c20 = default, c21 = default, c30 = default, c31 = default;
        V c40 = default, c41 = default, c50 = default, c51 = default;
        V c60 = default, c61 = default, c70 = default, c71 = default;
        nint aRow = p.ARow, aStep = p.AColumn, cRow = p.CRow;
        nint twice = 2 * aRow;
        V mask = F.Part ? Masked<T, V, S>.First(valid) : default;
        if (add)
        {
            T* from = c;
            Get<F>(ref c00, ref c01, from, mask);
            from += cRow;
            Get<F>(ref c10, ref c11, from, mask);
            from += cRow;
            Get<F>(ref c20, ref c21, from, mask);
            from += cRow;
            Get<F>(ref c30, ref c31, from, mask);
            from += cRow;
            Get<F>(ref c40, ref c41, from, mask);
            from += cRow;
            Get<F>(ref c50, ref c51, from, mask);
            from += cRow;
            Get<F>(ref c60, ref c61, from, mask);
            from += cRow;
            Get<F>(ref c70, ref c71, from, mask);
        }

        T* a3 = a + (3 * aRow);
        T* a6 = a + (6 * aRow);
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

            V x = S.Set(a[0]);
            c00 = S.Fma(x, b0, c00);
            c01 = F.Two ? S.Fma(x, b1, c01) : c01;
            x = S.Set(a[aRow]);
            c10 = S.Fma(x, b0, c10);
            c11 = F.Two ? S.Fma(x, b1, c11) : c11;
            x = S.Set(a[twice]);
            c20 = S.Fma(x, b0, c20);
            c21 = F.Two ? S.Fma(x, b1, c21) : c21;
            x = S.Set(a3[0]);
            c30 = S.Fma(x, b0, c30);
            c31 = F.Two ? S.Fma(x, b1, c31) : c31;
            x = S.Set(a3[aRow]);
            c40 = S.Fma(x, b0, c40);
            c41 = F.Two ? S.Fma(x, b1, c41) : c41;
            x = S.Set(a3[twice]);
            c50 = S.Fma(x, b0, c50);
            c51 = F.Two ? S.Fma(x, b1, c51) : c51;
            x = S.Set(a6[0]);
            c60 = S.Fma(x, b0, c60);
            c61 = F.Two ? S.Fma(x, b1, c61) : c61;
            x = S.Set(a6[aRow]);
            c70 = S.Fma(x, b0, c70);
            c71 = F.Two ? S.Fma(x, b1, c71) : c71;
            a += aStep;
            a3 += aStep;
            a6 += aStep;
            b += bStep;
            ahead += bStep;
        }

        Put<F>(c, c00, c01, mask);
        c += cRow;
        Put<F>(c, c10, c11, mask);
        c += cRow;
        Put<F>(c, c20, c21, mask);
        c += cRow;
        Put<F>(c, c30, c31, mask);
        c += cRow;
        Put<F>(c, c40, c41, mask);
        c += cRow;
        Put<F>(c, c50, c51, mask);
        c += cRow;
        Put<F>(c, c60, c61, mask);
        c += cRow;
        Put<F>(c, c70, c71, mask);
    }
}
