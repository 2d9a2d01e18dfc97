using System.Runtime.CompilerServices;

namespace Functional.Kernels;

// Tiles of few rows: those of AVX2, and what is left of a matrix below its largest tiles.
internal static unsafe partial class MatMulTiles<T, V, S>
{
    /// <summary>6 rows.</summary>
    [MethodImpl(Hot)]
    public static void Rows6<F>(in Operands<T> p, T* a, T* b, nint bStep, T* packed, T* c, int valid, bool add)
        where F : ITileForm
    {
        V c00 = default, c01 = default, c10 = default, c11 = default;
        V c20 = default, c21 = default, c30 = default, c31 = default;
        V c40 = default, c41 = default, c50 = default, c51 = default;
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
        }

        T* a3 = a + (3 * aRow);
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
            a += aStep;
            a3 += aStep;
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
    }

    /// <summary>4 rows.</summary>
    [MethodImpl(Hot)]
    public static void Rows4<F>(in Operands<T> p, T* a, T* b, nint bStep, T* packed, T* c, int valid, bool add)
        where F : ITileForm
    {
        V c00 = default, c01 = default, c10 = default, c11 = default;
        V c20 = default, c21 = default, c30 = default, c31 = default;
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
        }

        T* a3 = a + (3 * aRow);
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
            a += aStep;
            a3 += aStep;
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
    }

    /// <summary>2 rows.</summary>
    [MethodImpl(Hot)]
    public static void Rows2<F>(in Operands<T> p, T* a, T* b, nint bStep, T* packed, T* c, int valid, bool add)
        where F : ITileForm
    {
        V c00 = default, c01 = default, c10 = default, c11 = default;
        nint aRow = p.ARow, aStep = p.AColumn, cRow = p.CRow;
        V mask = F.Part ? Masked<T, V, S>.First(valid) : default;
        if (add)
        {
            T* from = c;
            Get<F>(ref c00, ref c01, from, mask);
            from += cRow;
            Get<F>(ref c10, ref c11, from, mask);
        }

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
            a += aStep;
            b += bStep;
            ahead += bStep;
        }

        Put<F>(c, c00, c01, mask);
        c += cRow;
        Put<F>(c, c10, c11, mask);
    }

    /// <summary>1 row.</summary>
    [MethodImpl(Hot)]
    public static void Rows1<F>(in Operands<T> p, T* a, T* b, nint bStep, T* packed, T* c, int valid, bool add)
        where F : ITileForm
    {
        V c00 = default, c01 = default;
        nint aRow = p.ARow, aStep = p.AColumn, cRow = p.CRow;
        V mask = F.Part ? Masked<T, V, S>.First(valid) : default;
        if (add)
        {
            T* from = c;
            Get<F>(ref c00, ref c01, from, mask);
        }

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
            a += aStep;
            b += bStep;
            ahead += bStep;
        }

        Put<F>(c, c00, c01, mask);
    }
}
