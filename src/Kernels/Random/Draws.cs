using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>The conversion of random words to numbers of type <typeparamref name="T"/>.</summary>
internal unsafe interface IDraw<T> where T : unmanaged
{
    /// <summary>The number of words, of 32 bits, that a number takes.</summary>
    static abstract int Words { get; }

    /// <summary>Writes <paramref name="n"/> numbers made of as many words as they take.</summary>
    static abstract void Convert(SimdLevel level, uint* words, int n, T* y);
}

/// <summary>The words themselves.</summary>
internal readonly unsafe struct BitsOf : IDraw<int>
{
    public static int Words => 1;

    public static void Convert(SimdLevel level, uint* words, int n, int* y) =>
        new ReadOnlySpan<int>(words, n).CopyTo(new Span<int>(y, n));
}

/// <summary>The upper 24 bits as a fraction of 2^24.</summary>
internal readonly unsafe struct UniformSingle : IDraw<float>
{
    private const float Scale = 1f / 16777216;

    public static int Words => 1;

    public static void Convert(SimdLevel level, uint* words, int n, float* y)
    {
        int i = 0;
        if (level == SimdLevel.Avx512)
        {
            for (; i + 16 <= n; i += 16)
            {
                (Vector512.ConvertToSingle((Vector512.Load(words + i) >>> 8).AsInt32()) * Scale).Store(y + i);
            }
        }

        if (level != SimdLevel.Portable)
        {
            for (; i + 8 <= n; i += 8)
            {
                (Vector256.ConvertToSingle((Vector256.Load(words + i) >>> 8).AsInt32()) * Scale).Store(y + i);
            }
        }

        for (; i < n; i++)
        {
            y[i] = (int)(words[i] >> 8) * Scale;
        }
    }
}

/// <summary>The upper 53 bits of two words, the first the higher, as a fraction of 2^53.</summary>
internal readonly unsafe struct UniformDouble : IDraw<double>
{
    public static int Words => 2;

    public static void Convert(SimdLevel level, uint* words, int n, double* y)
    {
        for (int i = 0; i < n; i++)
        {
            y[i] = (long)(RandomWords.Of(words, i) >> 11) * (1.0 / 9007199254740992);
        }
    }
}

/// <summary>The quantile of the word, plus one half, as a fraction of 2^32.</summary>
internal readonly unsafe struct NormalSingle : IDraw<float>
{
    private const double Scale = 1.0 / 4294967296;

    public static int Words => 1;

    public static void Convert(SimdLevel level, uint* words, int n, float* y)
    {
        double* quantiles = stackalloc double[n + InverseNormal.Padding];
        int i = 0;
        if (level != SimdLevel.Portable)
        {
            for (; i + 4 <= n; i += 4)
            {
                ((RandomWords.ToDouble(Vector256.WidenLower(Vector128.Load(words + i).ToVector256Unsafe())) + Vector256.Create(0.5)) * Scale)
                    .Store(quantiles + i);
            }
        }

        for (; i < n; i++)
        {
            quantiles[i] = (words[i] + 0.5) * Scale;
        }

        InverseNormal.Apply(level, quantiles, n);
        i = 0;
        if (level != SimdLevel.Portable)
        {
            for (; i + 8 <= n; i += 8)
            {
                Vector256.Narrow(Vector256.Load(quantiles + i), Vector256.Load(quantiles + i + 4)).Store(y + i);
            }
        }

        for (; i < n; i++)
        {
            y[i] = (float)quantiles[i];
        }
    }
}

/// <summary>
/// The quantile of the upper 52 bits of two words, plus one half, as a fraction of 2^52: every such number is exact, and none is
/// 0 or 1.
/// </summary>
internal readonly unsafe struct NormalDouble : IDraw<double>
{
    private const double Scale = 1.0 / 4503599627370496;

    public static int Words => 2;

    public static void Convert(SimdLevel level, uint* words, int n, double* y)
    {
        double* quantiles = stackalloc double[n + InverseNormal.Padding];
        int i = 0;
        if (level != SimdLevel.Portable)
        {
            for (; i + 4 <= n; i += 4)
            {
                Vector256<ulong> pair = Vector256.Load((ulong*)words + i);
                ((RandomWords.ToDouble(((pair << 32) | (pair >>> 32)) >>> 12) + Vector256.Create(0.5)) * Scale).Store(quantiles + i);
            }
        }

        for (; i < n; i++)
        {
            quantiles[i] = ((long)(RandomWords.Of(words, i) >> 12) + 0.5) * Scale;
        }

        InverseNormal.Apply(level, quantiles, n);
        new ReadOnlySpan<double>(quantiles, n).CopyTo(new Span<double>(y, n));
    }
}

/// <summary>Words as numbers.</summary>
internal static unsafe class RandomWords
{
    /// <summary>The i-th pair as one number of 64 bits, its first word the higher.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(uint* words, int i) => ((ulong)words[2 * i] << 32) | words[(2 * i) + 1];

    /// <summary>Numbers below 2^52, exactly: they are put into the mantissa of 2^52.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> ToDouble(Vector256<ulong> x)
    {
        Vector256<double> two52 = Vector256.Create(4503599627370496d);
        return (x | two52.AsUInt64()).AsDouble() - two52;
    }
}
