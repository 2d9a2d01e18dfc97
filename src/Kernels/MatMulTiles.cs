using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// The innermost loops of the matrix product: a tile of C in registers, to which each step of k adds the product of a
/// column of A and a row of B. A tile is 8, 4 or 1 rows by 3 or 1 vectors: 8x3 fills the 32 registers of AVX-512, 4x3
/// the 16 of AVX2. A is read in place, at any strides; a row of B is contiguous, and <c>bStep</c> leads to the next
/// one.
/// </summary>
internal static unsafe class MatMulTiles<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    [MethodImpl(Inline)]
    private static void Put(T* c, V sum, bool add) => S.Store(c, add ? S.Add(S.Load(c), sum) : sum);

    [MethodImpl(Inline)]
    private static void Put3(T* c, V sum0, V sum1, V sum2, bool add)
    {
        Put(c, sum0, add);
        Put(c + S.Count, sum1, add);
        Put(c + (2 * S.Count), sum2, add);
    }

    /// <summary>8 rows by 3 vectors.</summary>
    [MethodImpl(Hot)]
    public static void Tile8x3(T* a, nint aRow, nint aStep, T* b, nint bStep, nint k, T* c, nint cRow, bool add)
    {
        V c00 = default, c01 = default, c02 = default, c10 = default, c11 = default, c12 = default;
        V c20 = default, c21 = default, c22 = default, c30 = default, c31 = default, c32 = default;
        V c40 = default, c41 = default, c42 = default, c50 = default, c51 = default, c52 = default;
        V c60 = default, c61 = default, c62 = default, c70 = default, c71 = default, c72 = default;
        T* low = a;
        T* middle = a + (3 * aRow);
        T* high = a + (6 * aRow);
        nint twice = 2 * aRow;

        for (; k > 0; k--)
        {
            V b0 = S.Load(b), b1 = S.Load(b + S.Count), b2 = S.Load(b + (2 * S.Count));
            V x = S.Set(low[0]);
            c00 = S.Fma(x, b0, c00);
            c01 = S.Fma(x, b1, c01);
            c02 = S.Fma(x, b2, c02);
            x = S.Set(low[aRow]);
            c10 = S.Fma(x, b0, c10);
            c11 = S.Fma(x, b1, c11);
            c12 = S.Fma(x, b2, c12);
            x = S.Set(low[twice]);
            c20 = S.Fma(x, b0, c20);
            c21 = S.Fma(x, b1, c21);
            c22 = S.Fma(x, b2, c22);
            x = S.Set(middle[0]);
            c30 = S.Fma(x, b0, c30);
            c31 = S.Fma(x, b1, c31);
            c32 = S.Fma(x, b2, c32);
            x = S.Set(middle[aRow]);
            c40 = S.Fma(x, b0, c40);
            c41 = S.Fma(x, b1, c41);
            c42 = S.Fma(x, b2, c42);
            x = S.Set(middle[twice]);
            c50 = S.Fma(x, b0, c50);
            c51 = S.Fma(x, b1, c51);
            c52 = S.Fma(x, b2, c52);
            x = S.Set(high[0]);
            c60 = S.Fma(x, b0, c60);
            c61 = S.Fma(x, b1, c61);
            c62 = S.Fma(x, b2, c62);
            x = S.Set(high[aRow]);
            c70 = S.Fma(x, b0, c70);
            c71 = S.Fma(x, b1, c71);
            c72 = S.Fma(x, b2, c72);
            low += aStep;
            middle += aStep;
            high += aStep;
            b += bStep;
        }

        Put3(c, c00, c01, c02, add);
        Put3(c += cRow, c10, c11, c12, add);
        Put3(c += cRow, c20, c21, c22, add);
        Put3(c += cRow, c30, c31, c32, add);
        Put3(c += cRow, c40, c41, c42, add);
        Put3(c += cRow, c50, c51, c52, add);
        Put3(c += cRow, c60, c61, c62, add);
        Put3(c + cRow, c70, c71, c72, add);
    }

    /// <summary>4 rows by 3 vectors.</summary>
    [MethodImpl(Hot)]
    public static void Tile4x3(T* a, nint aRow, nint aStep, T* b, nint bStep, nint k, T* c, nint cRow, bool add)
    {
        V c00 = default, c01 = default, c02 = default, c10 = default, c11 = default, c12 = default;
        V c20 = default, c21 = default, c22 = default, c30 = default, c31 = default, c32 = default;
        T* low = a;
        T* high = a + (2 * aRow);

        for (; k > 0; k--)
        {
            V b0 = S.Load(b), b1 = S.Load(b + S.Count), b2 = S.Load(b + (2 * S.Count));
            V x = S.Set(low[0]);
            c00 = S.Fma(x, b0, c00);
            c01 = S.Fma(x, b1, c01);
            c02 = S.Fma(x, b2, c02);
            x = S.Set(low[aRow]);
            c10 = S.Fma(x, b0, c10);
            c11 = S.Fma(x, b1, c11);
            c12 = S.Fma(x, b2, c12);
            x = S.Set(high[0]);
            c20 = S.Fma(x, b0, c20);
            c21 = S.Fma(x, b1, c21);
            c22 = S.Fma(x, b2, c22);
            x = S.Set(high[aRow]);
            c30 = S.Fma(x, b0, c30);
            c31 = S.Fma(x, b1, c31);
            c32 = S.Fma(x, b2, c32);
            low += aStep;
            high += aStep;
            b += bStep;
        }

        Put3(c, c00, c01, c02, add);
        Put3(c += cRow, c10, c11, c12, add);
        Put3(c += cRow, c20, c21, c22, add);
        Put3(c + cRow, c30, c31, c32, add);
    }

    /// <summary>1 row by 3 vectors.</summary>
    [MethodImpl(Hot)]
    public static void Tile1x3(T* a, nint aStep, T* b, nint bStep, nint k, T* c, bool add)
    {
        V c0 = default, c1 = default, c2 = default;

        for (; k > 0; k--)
        {
            V x = S.Set(*a);
            c0 = S.Fma(x, S.Load(b), c0);
            c1 = S.Fma(x, S.Load(b + S.Count), c1);
            c2 = S.Fma(x, S.Load(b + (2 * S.Count)), c2);
            a += aStep;
            b += bStep;
        }

        Put3(c, c0, c1, c2, add);
    }

    /// <summary>8 rows by 1 vector.</summary>
    [MethodImpl(Hot)]
    public static void Tile8x1(T* a, nint aRow, nint aStep, T* b, nint bStep, nint k, T* c, nint cRow, bool add)
    {
        V c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        T* low = a;
        T* middle = a + (3 * aRow);
        T* high = a + (6 * aRow);
        nint twice = 2 * aRow;

        for (; k > 0; k--)
        {
            V x = S.Load(b);
            c0 = S.Fma(S.Set(low[0]), x, c0);
            c1 = S.Fma(S.Set(low[aRow]), x, c1);
            c2 = S.Fma(S.Set(low[twice]), x, c2);
            c3 = S.Fma(S.Set(middle[0]), x, c3);
            c4 = S.Fma(S.Set(middle[aRow]), x, c4);
            c5 = S.Fma(S.Set(middle[twice]), x, c5);
            c6 = S.Fma(S.Set(high[0]), x, c6);
            c7 = S.Fma(S.Set(high[aRow]), x, c7);
            low += aStep;
            middle += aStep;
            high += aStep;
            b += bStep;
        }

        Put(c, c0, add);
        Put(c += cRow, c1, add);
        Put(c += cRow, c2, add);
        Put(c += cRow, c3, add);
        Put(c += cRow, c4, add);
        Put(c += cRow, c5, add);
        Put(c += cRow, c6, add);
        Put(c + cRow, c7, add);
    }

    /// <summary>4 rows by 1 vector.</summary>
    [MethodImpl(Hot)]
    public static void Tile4x1(T* a, nint aRow, nint aStep, T* b, nint bStep, nint k, T* c, nint cRow, bool add)
    {
        V c0 = default, c1 = default, c2 = default, c3 = default;
        T* low = a;
        T* high = a + (2 * aRow);

        for (; k > 0; k--)
        {
            V x = S.Load(b);
            c0 = S.Fma(S.Set(low[0]), x, c0);
            c1 = S.Fma(S.Set(low[aRow]), x, c1);
            c2 = S.Fma(S.Set(high[0]), x, c2);
            c3 = S.Fma(S.Set(high[aRow]), x, c3);
            low += aStep;
            high += aStep;
            b += bStep;
        }

        Put(c, c0, add);
        Put(c += cRow, c1, add);
        Put(c += cRow, c2, add);
        Put(c + cRow, c3, add);
    }

    /// <summary>1 row by 1 vector.</summary>
    [MethodImpl(Hot)]
    public static void Tile1x1(T* a, nint aStep, T* b, nint bStep, nint k, T* c, bool add)
    {
        V c0 = default;

        for (; k > 0; k--)
        {
            c0 = S.Fma(S.Set(*a), S.Load(b), c0);
            a += aStep;
            b += bStep;
        }

        Put(c, c0, add);
    }

    /// <summary>The sum of products of two contiguous vectors, in an order that depends on their length only.</summary>
    [MethodImpl(Hot)]
    public static T Dot(T* a, T* b, nint k)
    {
        V s0 = default, s1 = default, s2 = default, s3 = default;
        nint step = 4 * S.Count, i = 0;

        for (; i <= k - step; i += step)
        {
            s0 = S.Fma(S.Load(a + i), S.Load(b + i), s0);
            s1 = S.Fma(S.Load(a + i + S.Count), S.Load(b + i + S.Count), s1);
            s2 = S.Fma(S.Load(a + i + (2 * S.Count)), S.Load(b + i + (2 * S.Count)), s2);
            s3 = S.Fma(S.Load(a + i + (3 * S.Count)), S.Load(b + i + (3 * S.Count)), s3);
        }

        for (; i <= k - S.Count; i += S.Count)
        {
            s0 = S.Fma(S.Load(a + i), S.Load(b + i), s0);
        }

        V all = S.Add(S.Add(s0, s1), S.Add(s2, s3));
        T* tail = stackalloc T[3 * S.Count];
        T* left = tail + S.Count, right = left + S.Count;
        new Span<T>(tail, 3 * S.Count).Clear();
        for (nint j = 0; i + j < k; j++)
        {
            left[j] = a[i + j];
            right[j] = b[i + j];
        }

        all = S.Fma(S.Load(left), S.Load(right), all);
        S.Store(tail, all);
        V sum = S.Set(tail[0]);
        for (int j = 1; j < S.Count; j++)
        {
            sum = S.Add(sum, S.Set(tail[j]));
        }

        S.Store(tail, sum);
        return tail[0];
    }
}
