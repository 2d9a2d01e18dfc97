using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// The linear maps of Winograd's algorithm F(4x4, 3x3), after Lavin and Gray, "Fast Algorithms for Convolutional Neural
/// Networks", 2015. A tile of 4 by 4 elements of a 3 by 3 correlation is Aᵀ[(G g Gᵀ) ∘ (Bᵀ d B)]A of the filter g and
/// the 6 by 6 elements d that it meets: 36 multiplications where the definition has 144. The maps evaluate polynomials
/// at 0, 1, -1, 2, -2 and infinity. Each map takes a vector of channels at a time; the 36 elements of a transformed tile lie a
/// plane apart. Between the two dimensions they are kept in scratch memory for 36 vectors.
/// </summary>
internal static unsafe class WinogradTransforms<V, S>
    where V : unmanaged
    where S : ISimd<float, V>
{
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private static int N
    {
        [MethodImpl(Inline)]
        get => S.Count;
    }

    /// <summary>Bᵀ d B of 6 by 6 pixels.</summary>
    [MethodImpl(Hot)]
    public static void Data(float** pixels, int channels, float* to, nint plane, float* room)
    {
        for (int c = 0; c < channels; c = Next(c, channels))
        {
            for (int j = 0; j < 6; j++)
            {
                float** d = pixels + j;
                Data(
                    S.Load(d[0] + c), S.Load(d[6] + c), S.Load(d[12] + c), S.Load(d[18] + c), S.Load(d[24] + c),
                    S.Load(d[30] + c), room + (j * N), 6 * N);
            }

            float* at = to + c;
            for (int i = 0; i < 6; i++)
            {
                float* t = room + (6 * i * N);
                Data(
                    S.Load(t), S.Load(t + N), S.Load(t + (2 * N)), S.Load(t + (3 * N)), S.Load(t + (4 * N)),
                    S.Load(t + (5 * N)), at, plane);
                at += 6 * plane;
            }
        }
    }

    [MethodImpl(Inline)]
    private static void Data(V d0, V d1, V d2, V d3, V d4, V d5, float* to, nint step)
    {
        V two = S.Set(2), minusTwo = S.Set(-2), four = S.Set(4), minusFour = S.Set(-4), minusFive = S.Set(-5);
        V even = S.Fma(minusFour, d2, d4), odd = S.Fma(minusFour, d1, d3);
        V evenOfTwo = S.Sub(d4, d2), oddOfTwo = S.Sub(d3, d1);
        S.Store(to, S.Fma(four, d0, S.Fma(minusFive, d2, d4)));
        S.Store(to + step, S.Add(even, odd));
        S.Store(to + (2 * step), S.Sub(even, odd));
        S.Store(to + (3 * step), S.Fma(two, oddOfTwo, evenOfTwo));
        S.Store(to + (4 * step), S.Fma(minusTwo, oddOfTwo, evenOfTwo));
        S.Store(to + (5 * step), S.Fma(four, d1, S.Fma(minusFive, d3, d5)));
    }

    /// <summary>
    /// Aᵀ m A of the planes at m, of which only some rows and columns may be wanted. Returns whether all of these are finite.
    /// </summary>
    [MethodImpl(Hot)]
    public static bool Result(
        float* m, nint plane, float* to, nint row, int channels, int rows, int columns, float* room)
    {
        V zero = default, finite = default;
        for (int c = 0; c < channels; c = Next(c, channels))
        {
            for (int j = 0; j < 6; j++)
            {
                float* from = m + c + (j * plane);
                Result(
                    S.Load(from), S.Load(from + (6 * plane)), S.Load(from + (12 * plane)), S.Load(from + (18 * plane)),
                    S.Load(from + (24 * plane)), S.Load(from + (30 * plane)),
                    out V y0, out V y1, out V y2, out V y3);
                float* t = room + (j * N);
                S.Store(t, y0);
                S.Store(t + (6 * N), y1);
                S.Store(t + (12 * N), y2);
                S.Store(t + (18 * N), y3);
            }

            for (int i = 0; i < Math.Min(rows, 4); i++)
            {
                float* t = room + (6 * i * N);
                Result(
                    S.Load(t), S.Load(t + N), S.Load(t + (2 * N)), S.Load(t + (3 * N)), S.Load(t + (4 * N)),
                    S.Load(t + (5 * N)), out V y0, out V y1, out V y2, out V y3);
                float* at = to + (i * row) + c;
                S.Store(at, y0);
                finite = S.Fma(y0, zero, finite);
                Put(at + channels, y1, columns > 1, ref finite);
                Put(at + (2 * channels), y2, columns > 2, ref finite);
                Put(at + (3 * channels), y3, columns > 3, ref finite);
            }
        }

        return !Undefined(finite);
    }

    // Stores a wanted column; a value times 0 is 0, or NaN if it is not finite.
    [MethodImpl(Inline)]
    private static void Put(float* to, V value, bool wanted, ref V finite)
    {
        if (wanted)
        {
            S.Store(to, value);
            finite = S.Fma(value, default, finite);
        }
    }

    [MethodImpl(Inline)]
    private static void Result(V m0, V m1, V m2, V m3, V m4, V m5, out V y0, out V y1, out V y2, out V y3)
    {
        V even = S.Add(m1, m2), odd = S.Sub(m1, m2), evenOfTwo = S.Add(m3, m4), oddOfTwo = S.Sub(m3, m4);
        y0 = S.Add(S.Add(m0, even), evenOfTwo);
        y1 = S.Fma(S.Set(2), oddOfTwo, odd);
        y2 = S.Fma(S.Set(4), evenOfTwo, even);
        y3 = S.Fma(S.Set(8), oddOfTwo, S.Add(odd, m5));
    }

    /// <summary>A y Aᵀ, the transpose of <c>Result</c>, of 4 by 4 pixels.</summary>
    [MethodImpl(Hot)]
    public static void ResultGradient(float** pixels, int channels, float* to, nint plane, float* room)
    {
        for (int c = 0; c < channels; c = Next(c, channels))
        {
            for (int j = 0; j < 4; j++)
            {
                float** y = pixels + j;
                ResultGradient(
                    S.Load(y[0] + c), S.Load(y[4] + c), S.Load(y[8] + c), S.Load(y[12] + c), room + (j * N), 4 * N);
            }

            float* at = to + c;
            for (int i = 0; i < 6; i++)
            {
                float* t = room + (4 * i * N);
                ResultGradient(S.Load(t), S.Load(t + N), S.Load(t + (2 * N)), S.Load(t + (3 * N)), at, plane);
                at += 6 * plane;
            }
        }
    }

    [MethodImpl(Inline)]
    private static void ResultGradient(V y0, V y1, V y2, V y3, float* to, nint step)
    {
        V two = S.Set(2), four = S.Set(4);
        V even = S.Add(y0, y2), odd = S.Add(y1, y3);
        V evenOfTwo = S.Fma(four, y2, y0), oddOfTwo = S.Mul(two, S.Fma(four, y3, y1));
        S.Store(to, y0);
        S.Store(to + step, S.Add(even, odd));
        S.Store(to + (2 * step), S.Sub(even, odd));
        S.Store(to + (3 * step), S.Add(evenOfTwo, oddOfTwo));
        S.Store(to + (4 * step), S.Sub(evenOfTwo, oddOfTwo));
        S.Store(to + (5 * step), y3);
    }

    /// <summary>G g Gᵀ of the nine taps at g, which are <paramref name="tap"/> apart, for one vector.</summary>
    [MethodImpl(Hot)]
    public static void Filter(float* g, nint tap, float* to, nint plane, float* room)
    {
        for (int j = 0; j < 3; j++)
        {
            float* from = g + (j * tap);
            Filter(S.Load(from), S.Load(from + (3 * tap)), S.Load(from + (6 * tap)), room + (j * N), 3 * N);
        }

        for (int i = 0; i < 6; i++)
        {
            float* t = room + (3 * i * N);
            Filter(S.Load(t), S.Load(t + N), S.Load(t + (2 * N)), to + (6 * i * plane), plane);
        }
    }

    [MethodImpl(Inline)]
    private static void Filter(V g0, V g1, V g2, float* to, nint step)
    {
        V sixth = S.Set(1 / 6f);
        V even = S.Mul(S.Set(-1 / 6f), S.Add(g0, g2)), odd = S.Mul(S.Set(-1 / 6f), g1);
        V evenOfTwo = S.Fma(S.Set(1 / 24f), g0, S.Mul(sixth, g2)), oddOfTwo = S.Mul(S.Set(1 / 12f), g1);
        S.Store(to, S.Mul(S.Set(0.25f), g0));
        S.Store(to + step, S.Add(even, odd));
        S.Store(to + (2 * step), S.Sub(even, odd));
        S.Store(to + (3 * step), S.Add(evenOfTwo, oddOfTwo));
        S.Store(to + (4 * step), S.Sub(evenOfTwo, oddOfTwo));
        S.Store(to + (5 * step), g2);
    }

    /// <summary>
    /// Gᵀ u G, the transpose of <c>Filter</c>, of the sum of several u, which are <paramref name="next"/> apart, for one vector.
    /// Returns whether all of it is finite.
    /// </summary>
    [MethodImpl(Hot)]
    public static bool FilterGradient(float* u, nint plane, int sums, nint next, float* to, nint tap, float* room)
    {
        for (int j = 0; j < 6; j++)
        {
            float* from = u + (j * plane);
            FilterGradient(
                Sum(from, sums, next), Sum(from + (6 * plane), sums, next), Sum(from + (12 * plane), sums, next),
                Sum(from + (18 * plane), sums, next), Sum(from + (24 * plane), sums, next),
                Sum(from + (30 * plane), sums, next), room + (j * N), 6 * N);
        }

        V zero = default, finite = default;
        for (int i = 0; i < 3; i++)
        {
            float* t = room + (6 * i * N), at = to + (3 * i * tap);
            FilterGradient(
                S.Load(t), S.Load(t + N), S.Load(t + (2 * N)), S.Load(t + (3 * N)), S.Load(t + (4 * N)),
                S.Load(t + (5 * N)), at, tap);
            finite = S.Fma(S.Load(at), zero, finite);
            finite = S.Fma(S.Load(at + tap), zero, finite);
            finite = S.Fma(S.Load(at + (2 * tap)), zero, finite);
        }

        return !Undefined(finite);
    }

    [MethodImpl(Inline)]
    private static void FilterGradient(V u0, V u1, V u2, V u3, V u4, V u5, float* to, nint step)
    {
        V sixth = S.Set(1 / 6f);
        V even = S.Mul(S.Set(-1 / 6f), S.Add(u1, u2)), odd = S.Mul(S.Set(-1 / 6f), S.Sub(u1, u2));
        V evenOfTwo = S.Add(u3, u4), oddOfTwo = S.Sub(u3, u4);
        S.Store(to, S.Fma(S.Set(1 / 24f), evenOfTwo, S.Fma(S.Set(0.25f), u0, even)));
        S.Store(to + step, S.Fma(S.Set(1 / 12f), oddOfTwo, odd));
        S.Store(to + (2 * step), S.Fma(sixth, evenOfTwo, S.Add(even, u5)));
    }

    [MethodImpl(Inline)]
    private static V Sum(float* from, int count, nint step)
    {
        V sum = S.Load(from);
        for (int i = 1; i < count; i++)
        {
            sum = S.Add(sum, S.Load(from + (i * step)));
        }

        return sum;
    }

    /// <summary>Whether an element times zero is NaN, that is, whether it is infinite or NaN.</summary>
    [MethodImpl(Inline)]
    private static bool Undefined(V sum) => S.Bits(S.Equal(sum, sum)) != S.Bits(S.Equal(default, default));

    /// <summary>The next vector of channels; the last one ends at the last channel, so that some are computed twice.</summary>
    [MethodImpl(Inline)]
    private static int Next(int c, int channels)
    {
        int next = c + N;
        return next < channels ? Math.Min(next, channels - N) : channels;
    }
}
