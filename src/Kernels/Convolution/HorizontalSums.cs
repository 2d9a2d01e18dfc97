using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>
/// Horizontal sums at the end of a tile whose vectors hold several steps of k side by side (see
/// <see cref="ILaneLoad{T, V}"/>): neighbouring lanes are added, for four rows at a time, until a column is one number.
/// </summary>
internal static unsafe class HorizontalSums<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    /// <summary>to[i][j] = the sum of from[i][j * side .. (j + 1) * side), for 4 rows i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(T** from, T** to, int columns, int side)
    {
        if (typeof(T) == typeof(float) && sizeof(V) == 64 && Avx512F.IsSupported)
        {
            Four512((float**)from, (float**)to, columns, side);
            return;
        }

        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                V sum = S.Set(from[i][j * side]);
                for (int k = 1; k < side; k++)
                {
                    sum = S.Add(sum, S.Set(from[i][(j * side) + k]));
                }

                to[i][j] = *(T*)&sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four512(float** from, float** to, int columns, int side)
    {
        // each step adds neighbouring lanes of two vectors, within quarters of 128 bits: first those of one, then of the other
        Vector512<float> low = Pairs(Vector512.Load(from[0]), Vector512.Load(from[1]));
        Vector512<float> high = Pairs(Vector512.Load(from[2]), Vector512.Load(from[3]));
        float* numbers = stackalloc float[32];
        if (side == 2)
        {
            // each half of a quarter is a row
            Vector512<long> order = Vector512.Create(0L, 2, 4, 6, 1, 3, 5, 7);
            low = Avx512F.PermuteVar8x64(low.AsInt64(), order).AsSingle();
            high = Avx512F.PermuteVar8x64(high.AsInt64(), order).AsSingle();
            if (columns == 8)
            {
                low.GetLower().Store(to[0]);
                low.GetUpper().Store(to[1]);
                high.GetLower().Store(to[2]);
                high.GetUpper().Store(to[3]);
                return;
            }

            low.Store(numbers);
            high.Store(numbers + 16);
            Copy(numbers, 8, 1, to, columns);
            return;
        }

        // each quarter is a column, its lanes are rows
        Vector512<float> all = Pairs(low, high);
        if (side >= 8)
        {
            all += Avx512F.Shuffle4x128(all, all, 0b10_11_00_01);
        }

        if (side == 16)
        {
            all += Avx512F.Shuffle4x128(all, all, 0b01_00_11_10);
        }

        all.Store(numbers);
        Copy(numbers, 1, side, to, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Pairs(Vector512<float> a, Vector512<float> b) =>
        Avx512F.Shuffle(a, b, 0b10_00_10_00) + Avx512F.Shuffle(a, b, 0b11_01_11_01);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* from, int row, int column, float** to, int columns)
    {
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                to[i][j] = from[(i * row) + (j * column)];
            }
        }
    }
}
