using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Products with a vector, which read each element of the matrix once.</summary>
internal static unsafe class MatMulRows<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    /// <summary>The sum of products of two contiguous vectors, in an order that depends on their length only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
