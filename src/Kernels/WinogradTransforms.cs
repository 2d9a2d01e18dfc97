using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// The linear maps of Winograd's algorithm F(2x2, 3x3), after Lavin and Gray, "Fast Algorithms for Convolutional Neural
/// Networks", 2015. A tile of 2 by 2 elements of a 3 by 3 correlation is Aᵀ[(G g Gᵀ) ∘ (Bᵀ d B)]A of the filter g and
/// the 4 by 4 elements d that it meets: 16 multiplications where the definition has 36. All maps multiply by 1, -1 and
/// ½ alone. Each is done for a vector of channels at a time; the 16 elements of a transformed tile lie a plane apart.
/// </summary>
internal static unsafe class WinogradTransforms<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Bᵀ d B of the 4 by 4 pixels at d, whose rows are <paramref name="row"/> apart.</summary>
    [MethodImpl(Hot)]
    public static void Data(T* d, nint row, int channels, T* to, nint plane)
    {
        nint pixel = channels;
        for (int c = 0; c < channels; c = Next(c, channels))
        {
            T* d0 = d + c, d1 = d0 + row, d2 = d1 + row, d3 = d2 + row;
            T* at = to + c;
            DataRow(Sub(d0, d2), Sub(d0 + pixel, d2 + pixel),
                Sub(d0 + (2 * pixel), d2 + (2 * pixel)), Sub(d0 + (3 * pixel), d2 + (3 * pixel)), at, plane);
            at += 4 * plane;
            DataRow(Add(d1, d2), Add(d1 + pixel, d2 + pixel),
                Add(d1 + (2 * pixel), d2 + (2 * pixel)), Add(d1 + (3 * pixel), d2 + (3 * pixel)), at, plane);
            at += 4 * plane;
            DataRow(Sub(d2, d1), Sub(d2 + pixel, d1 + pixel),
                Sub(d2 + (2 * pixel), d1 + (2 * pixel)), Sub(d2 + (3 * pixel), d1 + (3 * pixel)), at, plane);
            at += 4 * plane;
            DataRow(Sub(d1, d3), Sub(d1 + pixel, d3 + pixel),
                Sub(d1 + (2 * pixel), d3 + (2 * pixel)), Sub(d1 + (3 * pixel), d3 + (3 * pixel)), at, plane);
        }
    }

    /// <summary>The same for pixels that stand anywhere.</summary>
    [MethodImpl(Hot)]
    public static void Data(T** d, int channels, T* to, nint plane)
    {
        for (int c = 0; c < channels; c = Next(c, channels))
        {
            T* at = to + c;
            DataRow(Sub(d[0] + c, d[8] + c), Sub(d[1] + c, d[9] + c), Sub(d[2] + c, d[10] + c),
                Sub(d[3] + c, d[11] + c), at, plane);
            at += 4 * plane;
            DataRow(Add(d[4] + c, d[8] + c), Add(d[5] + c, d[9] + c), Add(d[6] + c, d[10] + c),
                Add(d[7] + c, d[11] + c), at, plane);
            at += 4 * plane;
            DataRow(Sub(d[8] + c, d[4] + c), Sub(d[9] + c, d[5] + c), Sub(d[10] + c, d[6] + c),
                Sub(d[11] + c, d[7] + c), at, plane);
            at += 4 * plane;
            DataRow(Sub(d[4] + c, d[12] + c), Sub(d[5] + c, d[13] + c), Sub(d[6] + c, d[14] + c),
                Sub(d[7] + c, d[15] + c), at, plane);
        }
    }

    /// <summary>One row of Bᵀ d times B.</summary>
    [MethodImpl(Inline)]
    private static void DataRow(V t0, V t1, V t2, V t3, T* to, nint plane)
    {
        S.Store(to, S.Sub(t0, t2));
        S.Store(to + plane, S.Add(t1, t2));
        S.Store(to + (2 * plane), S.Sub(t2, t1));
        S.Store(to + (3 * plane), S.Sub(t1, t3));
    }

    [MethodImpl(Inline)]
    private static V Add(T* a, T* b) => S.Add(S.Load(a), S.Load(b));

    [MethodImpl(Inline)]
    private static V Sub(T* a, T* b) => S.Sub(S.Load(a), S.Load(b));

    /// <summary>
    /// Aᵀ m A of the planes at m, of which only so many rows and columns are wanted; and whether all of it is finite.
    /// </summary>
    [MethodImpl(Hot)]
    public static bool Result(T* m, nint plane, T* to, nint row, int channels, int rows, int columns)
    {
        V zero = default, finite = default;
        for (int c = 0; c < channels; c = Next(c, channels))
        {
            T* from = m + c;
            ResultColumn(from, plane, out V a0, out V b0);
            ResultColumn(from + plane, plane, out V a1, out V b1);
            ResultColumn(from + (2 * plane), plane, out V a2, out V b2);
            ResultColumn(from + (3 * plane), plane, out V a3, out V b3);
            V first = S.Add(S.Add(a0, a1), a2), second = S.Sub(S.Sub(a1, a2), a3);
            T* at = to + c;
            S.Store(at, first);
            finite = S.Fma(first, zero, finite);
            if (columns > 1)
            {
                S.Store(at + channels, second);
                finite = S.Fma(second, zero, finite);
            }

            if (rows > 1)
            {
                at += row;
                first = S.Add(S.Add(b0, b1), b2);
                second = S.Sub(S.Sub(b1, b2), b3);
                S.Store(at, first);
                finite = S.Fma(first, zero, finite);
                if (columns > 1)
                {
                    S.Store(at + channels, second);
                    finite = S.Fma(second, zero, finite);
                }
            }
        }

        return !Undefined(finite);
    }

    /// <summary>Whether an element is NaN, as are zero times infinity and all sums with it.</summary>
    [MethodImpl(Inline)]
    private static bool Undefined(V sum) => S.Bits(S.Equal(sum, sum)) != S.Bits(S.Equal(default, default));

    /// <summary>One column of Aᵀ m.</summary>
    [MethodImpl(Inline)]
    private static void ResultColumn(T* m, nint plane, out V first, out V second)
    {
        V m0 = S.Load(m), m1 = S.Load(m + (4 * plane)), m2 = S.Load(m + (8 * plane)), m3 = S.Load(m + (12 * plane));
        first = S.Add(S.Add(m0, m1), m2);
        second = S.Sub(S.Sub(m1, m2), m3);
    }

    /// <summary>A y Aᵀ, the transpose of <see cref="Result"/>, of 2 by 2 pixels.</summary>
    [MethodImpl(Hot)]
    public static void ResultGradient(T** y, int channels, T* to, nint plane)
    {
        for (int c = 0; c < channels; c = Next(c, channels))
        {
            V y00 = S.Load(y[0] + c), y01 = S.Load(y[1] + c), y10 = S.Load(y[2] + c), y11 = S.Load(y[3] + c);
            T* at = to + c;
            ResultGradientRow(y00, y01, at, plane);
            ResultGradientRow(S.Add(y00, y10), S.Add(y01, y11), at + (4 * plane), plane);
            ResultGradientRow(S.Sub(y00, y10), S.Sub(y01, y11), at + (8 * plane), plane);
            ResultGradientRow(S.Neg(y10), S.Neg(y11), at + (12 * plane), plane);
        }
    }

    [MethodImpl(Inline)]
    private static void ResultGradientRow(V a, V b, T* to, nint plane)
    {
        S.Store(to, a);
        S.Store(to + plane, S.Add(a, b));
        S.Store(to + (2 * plane), S.Sub(a, b));
        S.Store(to + (3 * plane), S.Neg(b));
    }

    /// <summary>G g Gᵀ of the nine taps at g, which are <paramref name="tap"/> apart, for one vector.</summary>
    [MethodImpl(Hot)]
    public static void Filter(T* g, nint tap, T* to, nint plane)
    {
        V half = S.Set(Half);
        FilterColumn(g, tap, half, out V a0, out V b0, out V c0, out V d0);
        FilterColumn(g + tap, tap, half, out V a1, out V b1, out V c1, out V d1);
        FilterColumn(g + (2 * tap), tap, half, out V a2, out V b2, out V c2, out V d2);
        FilterRow(a0, a1, a2, half, to, plane);
        FilterRow(b0, b1, b2, half, to + (4 * plane), plane);
        FilterRow(c0, c1, c2, half, to + (8 * plane), plane);
        FilterRow(d0, d1, d2, half, to + (12 * plane), plane);
    }

    [MethodImpl(Inline)]
    private static void FilterColumn(T* g, nint tap, V half, out V a, out V b, out V c, out V d)
    {
        V middle = S.Mul(half, S.Load(g + (3 * tap)));
        a = S.Load(g);
        d = S.Load(g + (6 * tap));
        V outer = S.Mul(half, S.Add(a, d));
        b = S.Add(outer, middle);
        c = S.Sub(outer, middle);
    }

    [MethodImpl(Inline)]
    private static void FilterRow(V g0, V g1, V g2, V half, T* to, nint plane)
    {
        V outer = S.Mul(half, S.Add(g0, g2)), middle = S.Mul(half, g1);
        S.Store(to, g0);
        S.Store(to + plane, S.Add(outer, middle));
        S.Store(to + (2 * plane), S.Sub(outer, middle));
        S.Store(to + (3 * plane), g2);
    }

    /// <summary>
    /// Gᵀ u G, the transpose of <see cref="Filter"/>, of the sum of so many u, which are <paramref name="next"/> apart,
    /// for one vector; and whether all of it is finite.
    /// </summary>
    [MethodImpl(Hot)]
    public static bool FilterGradient(T* u, nint plane, int sums, nint next, T* to, nint tap)
    {
        V half = S.Set(Half);
        FilterGradientColumn(u, plane, sums, next, half, out V a0, out V b0, out V c0);
        FilterGradientColumn(u + plane, plane, sums, next, half, out V a1, out V b1, out V c1);
        FilterGradientColumn(u + (2 * plane), plane, sums, next, half, out V a2, out V b2, out V c2);
        FilterGradientColumn(u + (3 * plane), plane, sums, next, half, out V a3, out V b3, out V c3);
        V finite = FilterGradientRow(a0, a1, a2, a3, half, to, tap);
        finite = S.Add(finite, FilterGradientRow(b0, b1, b2, b3, half, to + (3 * tap), tap));
        finite = S.Add(finite, FilterGradientRow(c0, c1, c2, c3, half, to + (6 * tap), tap));
        return !Undefined(finite);
    }

    [MethodImpl(Inline)]
    private static void FilterGradientColumn(
        T* u, nint plane, int sums, nint next, V half, out V a, out V b, out V c)
    {
        V u0 = Sum(u, sums, next), u1 = Sum(u + (4 * plane), sums, next);
        V u2 = Sum(u + (8 * plane), sums, next), u3 = Sum(u + (12 * plane), sums, next);
        V outer = S.Mul(half, S.Add(u1, u2));
        a = S.Add(u0, outer);
        b = S.Mul(half, S.Sub(u1, u2));
        c = S.Add(outer, u3);
    }

    /// <summary>One row of Gᵀ u times G, and zeros if all of it is finite.</summary>
    [MethodImpl(Inline)]
    private static V FilterGradientRow(V u0, V u1, V u2, V u3, V half, T* to, nint tap)
    {
        V outer = S.Mul(half, S.Add(u1, u2)), middle = S.Mul(half, S.Sub(u1, u2));
        V first = S.Add(u0, outer), last = S.Add(outer, u3);
        S.Store(to, first);
        S.Store(to + tap, middle);
        S.Store(to + (2 * tap), last);
        V zero = default;
        return S.Fma(first, zero, S.Fma(middle, zero, S.Mul(last, zero)));
    }

    [MethodImpl(Inline)]
    private static V Sum(T* from, int count, nint step)
    {
        V sum = S.Load(from);
        for (int i = 1; i < count; i++)
        {
            sum = S.Add(sum, S.Load(from + (i * step)));
        }

        return sum;
    }

    /// <summary>The next vector of channels; the last one ends with them, so that some are computed twice.</summary>
    [MethodImpl(Inline)]
    private static int Next(int c, int channels)
    {
        int next = c + S.Count;
        return next < channels ? Math.Min(next, channels - S.Count) : channels;
    }

    private static T Half
    {
        [MethodImpl(Inline)]
        get
        {
            if (typeof(T) == typeof(float))
            {
                float half = 0.5f;
                return *(T*)&half;
            }

            double wide = 0.5;
            return *(T*)&wide;
        }
    }
}
