using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>Copies of panels of B whose rows are not contiguous.</summary>
internal static unsafe class MatMulPacking<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    /// <summary>
    /// Writes <paramref name="depth"/> rows of <paramref name="width"/> elements, one after the other: the first
    /// <paramref name="valid"/> come from B, the others are zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(T* from, nint row, nint column, T* to, int depth, int width, int valid)
    {
        // a cache line of each of eight columns at a time: as many lines as the first cache holds at the worst of strides
        int line = 64 / sizeof(T);
        int step = 32 / sizeof(T);
        bool wide = row == 1 && S.Count * sizeof(T) >= 32;
        for (int k = 0; k < depth; k += line)
        {
            int rows = Math.Min(line, depth - k);
            T* target = to + ((nint)k * width);
            T* source = from + (k * row);
            for (int j = 0; j < width; j += step)
            {
                if (wide && rows == line && j + step <= valid)
                {
                    Transpose(source + (j * column), column, target + j, width);
                }
                else
                {
                    Copy(source + (j * column), row, column, target + j, width, rows, Math.Min(step, width - j), valid - j);
                }
            }
        }
    }

    /// <summary>From one column to the next in a copied tile of so many rows.</summary>
    public static int Stride(int tile) => (tile + S.Count - 1) / S.Count * S.Count;

    /// <summary>
    /// Copies so many columns, in each of which the elements of all rows are contiguous, as tiles: the columns of a tile stand one
    /// after the other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyTiles(T* from, nint column, T* to, int tile, int columns, int rows)
    {
        int stride = Stride(tile);
        for (int k = 0; k < columns; k++)
        {
            T* target = to;
            for (int i = 0; i < rows; i += tile)
            {
                for (int j = 0; j < stride; j += S.Count)
                {
                    int left = rows - i - j;
                    V value = left >= S.Count ? S.Load(from + i + j)
                        : Masked<T, V, S>.Load(from + i + j, Masked<T, V, S>.First(Math.Max(0, left)));
                    S.Store(target + j, value);
                }

                target += (nint)columns * stride;
            }

            from += column;
            to += stride;
        }
    }

    private static void Copy(T* source, nint row, nint column, T* target, int width, int rows, int columns, int valid)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                target[j] = j < valid ? source[j * column] : default;
            }

            source += row;
            target += width;
        }
    }

    /// <summary>A cache line of each of as many columns as a vector of 256 bits has elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(T* source, nint column, T* target, int width)
    {
        for (int j = 0; j < 32 / sizeof(T); j++)
        {
            Sse.Prefetch0(source + (j * column) + (64 / sizeof(T)));
        }

        if (sizeof(T) == 4)
        {
            for (int k = 0; k < 16; k += 4)
            {
                Eight((float*)source + k, column, (float*)target + ((nint)k * width), width);
            }
        }
        else
        {
            for (int k = 0; k < 8; k += 2)
            {
                Four((double*)source + k, column, (double*)target + ((nint)k * width), width);
            }
        }
    }

    /// <summary>Four elements of each of eight columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(float* source, nint column, float* target, nint width)
    {
        float* high = source + (4 * column);
        Vector256<float> a = Vector256.Create(Vector128.Load(source), Vector128.Load(high));
        Vector256<float> b = Vector256.Create(Vector128.Load(source + column), Vector128.Load(high + column));
        Vector256<float> c = Vector256.Create(Vector128.Load(source + (2 * column)), Vector128.Load(high + (2 * column)));
        Vector256<float> d = Vector256.Create(Vector128.Load(source + (3 * column)), Vector128.Load(high + (3 * column)));
        Vector256<double> low01 = Avx.UnpackLow(a, b).AsDouble(), high01 = Avx.UnpackHigh(a, b).AsDouble();
        Vector256<double> low23 = Avx.UnpackLow(c, d).AsDouble(), high23 = Avx.UnpackHigh(c, d).AsDouble();
        Avx.UnpackLow(low01, low23).AsSingle().Store(target);
        Avx.UnpackHigh(low01, low23).AsSingle().Store(target + width);
        Avx.UnpackLow(high01, high23).AsSingle().Store(target + (2 * width));
        Avx.UnpackHigh(high01, high23).AsSingle().Store(target + (3 * width));
    }

    /// <summary>Two elements of each of four columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(double* source, nint column, double* target, nint width)
    {
        double* high = source + (2 * column);
        Vector256<double> a = Vector256.Create(Vector128.Load(source), Vector128.Load(high));
        Vector256<double> b = Vector256.Create(Vector128.Load(source + column), Vector128.Load(high + column));
        Avx.UnpackLow(a, b).Store(target);
        Avx.UnpackHigh(a, b).Store(target + width);
    }
}
