using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>
/// Vector-matrix products. Each element of the matrix is read once, so that memory sets the speed: long contiguous runs are
/// read, several at a time. The order of each sum depends on the sizes only.
/// </summary>
/// <remarks>Contract: rows or columns of B are contiguous; one thread. Cost: 2 k n FLOPs, k n elements read.</remarks>
internal static unsafe class MatMulRows<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;

    /// <summary>c[0 .. n) = the sum over k of x[k] times row k of B, whose rows are contiguous.</summary>
    public static void Combine(T* x, nint xStep, T* b, nint bRow, nint k, T* c, int n)
    {
        int j = 0;
        for (; j <= n - (8 * S.Count); j += 8 * S.Count)
        {
            Eight(x, xStep, b + j, bRow, k, c + j);
        }

        for (; j < n; j += S.Count)
        {
            One(x, xStep, b + j, bRow, k, c + j, Math.Min(S.Count, n - j));
        }
    }

    /// <summary>Eight vectors, summed in the order of k.</summary>
    [MethodImpl(Hot)]
    private static void Eight(T* x, nint xStep, T* b, nint bRow, nint k, T* c)
    {
        V c0 = default, c1 = default, c2 = default, c3 = default;
        V c4 = default, c5 = default, c6 = default, c7 = default;
        T* ahead = b + (8 * bRow);
        for (; k > 0; k--)
        {
            V a = S.Set(*x);
            if (Sse.IsSupported)
            {
                for (int line = 0; line < 8 * S.Count * sizeof(T) / 64; line++)
                {
                    Sse.Prefetch0((byte*)ahead + (64 * line));
                }
            }

            c0 = S.Fma(a, S.Load(b), c0);
            c1 = S.Fma(a, S.Load(b + S.Count), c1);
            c2 = S.Fma(a, S.Load(b + (2 * S.Count)), c2);
            c3 = S.Fma(a, S.Load(b + (3 * S.Count)), c3);
            c4 = S.Fma(a, S.Load(b + (4 * S.Count)), c4);
            c5 = S.Fma(a, S.Load(b + (5 * S.Count)), c5);
            c6 = S.Fma(a, S.Load(b + (6 * S.Count)), c6);
            c7 = S.Fma(a, S.Load(b + (7 * S.Count)), c7);
            x += xStep;
            b += bRow;
            ahead += bRow;
        }

        S.Store(c, c0);
        S.Store(c + S.Count, c1);
        S.Store(c + (2 * S.Count), c2);
        S.Store(c + (3 * S.Count), c3);
        S.Store(c + (4 * S.Count), c4);
        S.Store(c + (5 * S.Count), c5);
        S.Store(c + (6 * S.Count), c6);
        S.Store(c + (7 * S.Count), c7);
    }

    /// <summary>
    /// One vector or its first lanes: eight independent sums, each over every eighth k, which hide the latency of additions.
    /// </summary>
    [MethodImpl(Hot)]
    private static void One(T* x, nint xStep, T* b, nint bRow, nint k, T* c, int valid)
    {
        V c0 = default, c1 = default, c2 = default, c3 = default;
        V c4 = default, c5 = default, c6 = default, c7 = default;
        V mask = Masked<T, V, S>.First(valid);
        nint x2 = 2 * xStep, b2 = 2 * bRow;
        for (; k >= 8; k -= 8)
        {
            T* y = x + x2, z = y + x2, w = z + x2;
            T* d = b + b2, e = d + b2, f = e + b2;
            c0 = S.Fma(S.Set(*x), Masked<T, V, S>.Load(b, mask), c0);
            c1 = S.Fma(S.Set(x[xStep]), Masked<T, V, S>.Load(b + bRow, mask), c1);
            c2 = S.Fma(S.Set(*y), Masked<T, V, S>.Load(d, mask), c2);
            c3 = S.Fma(S.Set(y[xStep]), Masked<T, V, S>.Load(d + bRow, mask), c3);
            c4 = S.Fma(S.Set(*z), Masked<T, V, S>.Load(e, mask), c4);
            c5 = S.Fma(S.Set(z[xStep]), Masked<T, V, S>.Load(e + bRow, mask), c5);
            c6 = S.Fma(S.Set(*w), Masked<T, V, S>.Load(f, mask), c6);
            c7 = S.Fma(S.Set(w[xStep]), Masked<T, V, S>.Load(f + bRow, mask), c7);
            x = w + x2;
            b = f + b2;
        }

        for (; k > 0; k--)
        {
            c0 = S.Fma(S.Set(*x), Masked<T, V, S>.Load(b, mask), c0);
            x += xStep;
            b += bRow;
        }

        V sum = S.Add(S.Add(S.Add(c0, c1), S.Add(c2, c3)), S.Add(S.Add(c4, c5), S.Add(c6, c7)));
        Masked<T, V, S>.Store(c, sum, mask);
    }

    /// <summary>c[0 .. n) = the dot products of x with n columns of B, each of which is contiguous.</summary>
    public static void Dots(T* x, T* b, nint bColumn, nint k, T* c, int n)
    {
        int j = 0;
        for (; j <= n - 4; j += 4)
        {
            Four(x, b + (j * bColumn), bColumn, k, c + j);
        }

        for (; j < n; j++)
        {
            One(x, b + (j * bColumn), k, c + j);
        }
    }

    /// <summary>The dot products of x with four columns.</summary>
    [MethodImpl(Hot)]
    private static void Four(T* x, T* b, nint bColumn, nint k, T* c)
    {
        V s0 = default, s1 = default, s2 = default, s3 = default;
        V t0 = default, t1 = default, t2 = default, t3 = default;
        T* b1 = b + bColumn, b2 = b1 + bColumn, b3 = b2 + bColumn;
        nint i = 0;
        for (; i <= k - (2 * S.Count); i += 2 * S.Count)
        {
            V a = S.Load(x + i);
            s0 = S.Fma(a, S.Load(b + i), s0);
            s1 = S.Fma(a, S.Load(b1 + i), s1);
            s2 = S.Fma(a, S.Load(b2 + i), s2);
            s3 = S.Fma(a, S.Load(b3 + i), s3);
            a = S.Load(x + i + S.Count);
            t0 = S.Fma(a, S.Load(b + i + S.Count), t0);
            t1 = S.Fma(a, S.Load(b1 + i + S.Count), t1);
            t2 = S.Fma(a, S.Load(b2 + i + S.Count), t2);
            t3 = S.Fma(a, S.Load(b3 + i + S.Count), t3);
        }

        for (; i < k; i += S.Count)
        {
            V mask = Masked<T, V, S>.First((int)Math.Min(S.Count, k - i));
            V a = Masked<T, V, S>.Load(x + i, mask);
            s0 = S.Fma(a, Masked<T, V, S>.Load(b + i, mask), s0);
            s1 = S.Fma(a, Masked<T, V, S>.Load(b1 + i, mask), s1);
            s2 = S.Fma(a, Masked<T, V, S>.Load(b2 + i, mask), s2);
            s3 = S.Fma(a, Masked<T, V, S>.Load(b3 + i, mask), s3);
        }

        c[0] = Sum(S.Add(s0, t0));
        c[1] = Sum(S.Add(s1, t1));
        c[2] = Sum(S.Add(s2, t2));
        c[3] = Sum(S.Add(s3, t3));
    }

    [MethodImpl(Hot)]
    private static void One(T* x, T* b, nint k, T* c)
    {
        V s0 = default, s1 = default, s2 = default, s3 = default;
        nint i = 0;
        for (; i <= k - (4 * S.Count); i += 4 * S.Count)
        {
            s0 = S.Fma(S.Load(x + i), S.Load(b + i), s0);
            s1 = S.Fma(S.Load(x + i + S.Count), S.Load(b + i + S.Count), s1);
            s2 = S.Fma(S.Load(x + i + (2 * S.Count)), S.Load(b + i + (2 * S.Count)), s2);
            s3 = S.Fma(S.Load(x + i + (3 * S.Count)), S.Load(b + i + (3 * S.Count)), s3);
        }

        for (; i < k; i += S.Count)
        {
            V mask = Masked<T, V, S>.First((int)Math.Min(S.Count, k - i));
            s0 = S.Fma(Masked<T, V, S>.Load(x + i, mask), Masked<T, V, S>.Load(b + i, mask), s0);
        }

        *c = Sum(S.Add(S.Add(s0, s1), S.Add(s2, s3)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Sum(V v) =>
        sizeof(V) == 64 ? Vector512.Sum(Unsafe.BitCast<V, Vector512<T>>(v))
        : sizeof(V) == 32 ? Vector256.Sum(Unsafe.BitCast<V, Vector256<T>>(v))
        : Vector128.Sum(Unsafe.BitCast<V, Vector128<T>>(v));
}
