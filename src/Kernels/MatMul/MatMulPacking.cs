using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>
/// Packing: copies panels of B whose rows are not contiguous, and tiles of A whose columns are far apart.
/// </summary>
/// <remarks>Contract: any strides; the copies are aligned and overlap nothing. Cost: a read and a write an element.</remarks>
internal static unsafe class MatMulPacking<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    /// <summary>
    /// Writes <paramref name="depth"/> rows of <paramref name="width"/> elements, one after the other, of which the
    /// first <paramref name="valid"/> come from B; the others may be anything.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(T* from, nint row, nint column, T* to, int depth, int width, int valid)
    {
        int step = 32 / sizeof(T);
        if (row != 1 || S.Count < step || depth < step / 2)
        {
            Copy(from, row, column, to, width, depth, valid);
            return;
        }

        // one cache line of each of a few columns at a time: as many lines as the first-level cache holds at the worst
        // stride
        int line = 64 / sizeof(T);
        for (int k = 0; k < depth; k += line)
        {
            int rows = Math.Min(line, depth - k);
            for (int j = 0; j < valid; j += step)
            {
                Transpose(from + (j * column), column, Math.Min(step, valid - j) - 1, to + j, width, k, rows, depth);
            }
        }
    }

    /// <summary>The stride of columns in a packed tile of <paramref name="tile"/> rows.</summary>
    public static int Stride(int tile) => (tile + S.Count - 1) / S.Count * S.Count;

    /// <summary>
    /// Packs columns, each of which is contiguous, into tiles that start <paramref name="toTile"/> elements apart: the columns
    /// of a tile follow each other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyTiles(T* from, nint column, T* to, nint toTile, int tile, int columns, int rows)
    {
        int stride = Stride(tile);

        // some columns at a time, so that their pages and those of the tiles fit the TLB
        for (int k = 0; k < columns; k += 8)
        {
            int end = Math.Min(columns, k + 8);
            T* target = to + (k * stride);
            for (int i = 0; i < rows; i += tile)
            {
                for (int j = 0; j < stride; j += S.Count)
                {
                    int left = rows - i - j;
                    T* source = from + i + j;
                    T* next = target + j;
                    V mask = Masked<T, V, S>.First(Math.Clamp(left, 0, S.Count));
                    for (int q = k; q < end; q++)
                    {
                        S.Store(next, left >= S.Count ? S.Load(source) : Masked<T, V, S>.Load(source, mask));
                        source += column;
                        next += stride;
                    }
                }

                target += toTile;
            }

            from += 8 * column;
        }
    }

    private static void Copy(T* source, nint row, nint column, T* target, int width, int rows, int valid)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < valid; j++)
            {
                target[j] = source[j * column];
            }

            source += row;
            target += width;
        }
    }

    /// <summary>
    /// One cache line of each of as many columns as a vector of 256 bits has elements. Columns and rows after the last one
    /// repeat the last one, so that nothing beyond B is read.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(T* source, nint column, int last, T* target, nint width, int k, int rows, int depth)
    {
        if (sizeof(T) == 4)
        {
            TransposeSingles((float*)source, column, last, (float*)target, width, k, rows, depth);
        }
        else
        {
            TransposeDoubles((double*)source, column, last, (double*)target, width, k, rows, depth);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeSingles(
        float* source, nint column, int last, float* target, nint width, int k, int rows, int depth)
    {
        float* s0 = source, s1 = s0 + (Math.Min(1, last) * column), s2 = s0 + (Math.Min(2, last) * column);
        float* s3 = s0 + (Math.Min(3, last) * column), s4 = s0 + (Math.Min(4, last) * column);
        float* s5 = s0 + (Math.Min(5, last) * column), s6 = s0 + (Math.Min(6, last) * column);
        float* s7 = s0 + (Math.Min(7, last) * column);
        int next = k + 16;
        Sse.Prefetch0(s0 + next);
        Sse.Prefetch0(s1 + next);
        Sse.Prefetch0(s2 + next);
        Sse.Prefetch0(s3 + next);
        Sse.Prefetch0(s4 + next);
        Sse.Prefetch0(s5 + next);
        Sse.Prefetch0(s6 + next);
        Sse.Prefetch0(s7 + next);
        for (int i = k; i < k + rows; i += 4)
        {
            int at = Math.Min(i, depth - 4);
            Vector256<float> a = Vector256.Create(Vector128.Load(s0 + at), Vector128.Load(s4 + at));
            Vector256<float> b = Vector256.Create(Vector128.Load(s1 + at), Vector128.Load(s5 + at));
            Vector256<float> c = Vector256.Create(Vector128.Load(s2 + at), Vector128.Load(s6 + at));
            Vector256<float> d = Vector256.Create(Vector128.Load(s3 + at), Vector128.Load(s7 + at));
            Vector256<double> low01 = Avx.UnpackLow(a, b).AsDouble(), high01 = Avx.UnpackHigh(a, b).AsDouble();
            Vector256<double> low23 = Avx.UnpackLow(c, d).AsDouble(), high23 = Avx.UnpackHigh(c, d).AsDouble();
            float* to = target + (at * width);
            Avx.UnpackLow(low01, low23).AsSingle().Store(to);
            Avx.UnpackHigh(low01, low23).AsSingle().Store(to + width);
            Avx.UnpackLow(high01, high23).AsSingle().Store(to + (2 * width));
            Avx.UnpackHigh(high01, high23).AsSingle().Store(to + (3 * width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeDoubles(
        double* source, nint column, int last, double* target, nint width, int k, int rows, int depth)
    {
        double* s0 = source, s1 = s0 + (Math.Min(1, last) * column);
        double* s2 = s0 + (Math.Min(2, last) * column), s3 = s0 + (Math.Min(3, last) * column);
        int next = k + 8;
        Sse.Prefetch0(s0 + next);
        Sse.Prefetch0(s1 + next);
        Sse.Prefetch0(s2 + next);
        Sse.Prefetch0(s3 + next);
        for (int i = k; i < k + rows; i += 2)
        {
            int at = Math.Min(i, depth - 2);
            Vector256<double> a = Vector256.Create(Vector128.Load(s0 + at), Vector128.Load(s2 + at));
            Vector256<double> b = Vector256.Create(Vector128.Load(s1 + at), Vector128.Load(s3 + at));
            double* to = target + (at * width);
            Avx.UnpackLow(a, b).Store(to);
            Avx.UnpackHigh(a, b).Store(to + width);
        }
    }
}
