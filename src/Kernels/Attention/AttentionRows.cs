using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Passes over rows of scores: scaling and masking, exponentials, and the slope of the softmax.</summary>
/// <remarks>Contract: rows are contiguous, of any length and alignment. Cost: 2 FLOPs an element, 20 with an exponential.</remarks>
internal static unsafe class AttentionRows<T, V, S, TExp>
    where T : unmanaged, IFloatingPointIeee754<T>
    where V : unmanaged
    where S : ISimd<T, V>
    where TExp : struct, IUnary<T>
{
    private const MethodImplOptions Fast = MethodImplOptions.AggressiveOptimization;

    /// <summary>Multiplies a row by a factor; gives the largest product.</summary>
    [MethodImpl(Fast)]
    public static T Scale(T* row, int n, T scale)
    {
        V factor = S.Set(scale);
        V largest = S.Set(T.NegativeInfinity);
        int i = 0;
        for (; i <= n - S.Count; i += S.Count)
        {
            V x = S.Mul(S.Load(row + i), factor);
            S.Store(row + i, x);
            largest = S.Max(largest, x);
        }

        if (i < n)
        {
            V lanes = Masked<T, V, S>.First(n - i);
            V x = S.Mul(Masked<T, V, S>.Load(row + i, lanes), factor);
            Masked<T, V, S>.Store(row + i, x, lanes);
            largest = S.Max(largest, S.Select(lanes, x, S.Set(T.NegativeInfinity)));
        }

        return Largest(largest);
    }

    /// <summary>The same for a row of which only the elements count whose flag is set; the others become -infinity.</summary>
    [MethodImpl(Fast)]
    public static T ScaleVisible(T* row, bool* visible, int n, T scale)
    {
        V factor = S.Set(scale);
        V hidden = S.Set(T.NegativeInfinity);
        V largest = hidden;
        int i = 0;
        for (; i <= n - S.Count; i += S.Count)
        {
            V x = S.Select(S.LoadMask(visible + i), S.Mul(S.Load(row + i), factor), hidden);
            S.Store(row + i, x);
            largest = S.Max(largest, x);
        }

        if (i < n)
        {
            bool* flags = stackalloc bool[64];
            new Span<bool>(flags, 64).Clear();
            new Span<bool>(visible + i, n - i).CopyTo(new Span<bool>(flags, 64));
            V lanes = Masked<T, V, S>.First(n - i);
            V x = S.Mul(Masked<T, V, S>.Load(row + i, lanes), factor);
            x = S.Select(S.LoadMask(flags), x, hidden);
            Masked<T, V, S>.Store(row + i, x, lanes);
            largest = S.Max(largest, x);
        }

        return Largest(largest);
    }

    /// <summary>exp(x - shift) for each element x of a row; gives their sum.</summary>
    [MethodImpl(Fast)]
    public static T Exponentials(T* row, int n, T shift)
    {
        V less = S.Set(shift);
        V sum = S.Set(T.Zero);
        int i = 0;
        for (; i <= n - S.Count; i += S.Count)
        {
            V x = TExp.Apply<S, V>(S.Sub(S.Load(row + i), less));
            S.Store(row + i, x);
            sum = S.Add(sum, x);
        }

        if (i < n)
        {
            V lanes = Masked<T, V, S>.First(n - i);
            V x = TExp.Apply<S, V>(S.Sub(Masked<T, V, S>.Load(row + i, lanes), less));
            Masked<T, V, S>.Store(row + i, x, lanes);
            sum = S.Add(sum, S.Select(lanes, x, S.Set(T.Zero)));
        }

        return Sum(sum);
    }

    /// <summary>p (g - less) scale in place of g, for rows p and g.</summary>
    [MethodImpl(Fast)]
    public static void Slope(T* p, T* g, int n, T less, T scale)
    {
        V shift = S.Set(less);
        V factor = S.Set(scale);
        int i = 0;
        for (; i <= n - S.Count; i += S.Count)
        {
            S.Store(g + i, S.Mul(S.Mul(S.Load(p + i), factor), S.Sub(S.Load(g + i), shift)));
        }

        if (i < n)
        {
            V lanes = Masked<T, V, S>.First(n - i);
            V x = S.Sub(Masked<T, V, S>.Load(g + i, lanes), shift);
            x = S.Mul(S.Mul(Masked<T, V, S>.Load(p + i, lanes), factor), x);
            Masked<T, V, S>.Store(g + i, x, lanes);
        }
    }

    /// <summary>The sum of the products of two rows.</summary>
    [MethodImpl(Fast)]
    public static T Dot(T* a, T* b, int n)
    {
        V sum = S.Set(T.Zero);
        int i = 0;
        for (; i <= n - S.Count; i += S.Count)
        {
            sum = S.Fma(S.Load(a + i), S.Load(b + i), sum);
        }

        if (i < n)
        {
            V lanes = Masked<T, V, S>.First(n - i);
            sum = S.Fma(Masked<T, V, S>.Load(a + i, lanes), Masked<T, V, S>.Load(b + i, lanes), sum);
        }

        return Sum(sum);
    }

    /// <summary>y scale + x in place of y; without x, y scale.</summary>
    [MethodImpl(Fast)]
    public static void ScaleAdd(T* y, T scale, T* x, int n)
    {
        V factor = S.Set(scale);
        int i = 0;
        for (; i <= n - S.Count; i += S.Count)
        {
            V scaled = S.Mul(S.Load(y + i), factor);
            S.Store(y + i, x == null ? scaled : S.Add(scaled, S.Load(x + i)));
        }

        if (i < n)
        {
            V lanes = Masked<T, V, S>.First(n - i);
            V scaled = S.Mul(Masked<T, V, S>.Load(y + i, lanes), factor);
            V sum = x == null ? scaled : S.Add(scaled, Masked<T, V, S>.Load(x + i, lanes));
            Masked<T, V, S>.Store(y + i, sum, lanes);
        }
    }

    private static T Largest(V lanes)
    {
        T* all = (T*)&lanes;
        T largest = all[0];
        for (int i = 1; i < S.Count; i++)
        {
            largest = T.Max(largest, all[i]);
        }

        return largest;
    }

    private static T Sum(V lanes)
    {
        T* all = (T*)&lanes;
        for (int half = S.Count / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                all[i] += all[i + half];
            }
        }

        return all[0];
    }
}
