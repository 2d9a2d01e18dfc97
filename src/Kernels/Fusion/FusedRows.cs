using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>
/// Reductions of one block of a row, in the order that interpreted and generated programs share: the block's vectors go
/// alternately to two running results, a last vector that is not full is padded with the neutral element, and at the end the
/// two, and then halves of the lanes, are combined. The sums of a row's blocks are added with compensation (see
/// <see cref="FusedSums"/>).
/// </summary>
internal static unsafe class FusedRows
{
    /// <summary>
    /// The loop of a reduction: of n elements at x, contiguous (step 1) or constant (step 0), to one at y.
    /// </summary>
    public static delegate*<SimdLevel, byte*, int, nint, byte*, void> Select(FusedOp op, ElementType type) =>
        (op, type) switch
        {
            (FusedOp.RowSum, ElementType.Float32) => &Sum<float>,
            (FusedOp.RowSum, ElementType.Float64) => &Sum<double>,
            (FusedOp.RowSum, _) => &Sum<int>,
            (FusedOp.RowMax, ElementType.Float32) => &MaxSingle,
            (FusedOp.RowMax, ElementType.Float64) => &MaxDouble,
            (FusedOp.RowMax, _) => &MaxInt,
            (_, ElementType.Float32) => &MinSingle,
            (_, ElementType.Float64) => &MinDouble,
            _ => &MinInt,
        };

    /// <summary>The elementwise operation that combines two results of a reduction.</summary>
    public static FusedOp Joining(FusedOp reduction) => reduction switch
    {
        FusedOp.RowSum => FusedOp.Add,
        FusedOp.RowMax => FusedOp.Maximum,
        _ => FusedOp.Minimum,
    };

    private static void Sum<T>(SimdLevel level, byte* x, int step, nint n, byte* y)
        where T : unmanaged, INumberBase<T> => Run<NumberBinary<AddOp, T>, T>(level, x, step, n, y, T.Zero);

    private static void MaxSingle(SimdLevel level, byte* x, int step, nint n, byte* y) =>
        Run<NumberBinary<MaximumOp, float>, float>(level, x, step, n, y, float.NegativeInfinity);

    private static void MaxDouble(SimdLevel level, byte* x, int step, nint n, byte* y) =>
        Run<NumberBinary<MaximumOp, double>, double>(level, x, step, n, y, double.NegativeInfinity);

    private static void MaxInt(SimdLevel level, byte* x, int step, nint n, byte* y) =>
        Run<NumberBinary<MaximumOp, int>, int>(level, x, step, n, y, int.MinValue);

    private static void MinSingle(SimdLevel level, byte* x, int step, nint n, byte* y) =>
        Run<NumberBinary<MinimumOp, float>, float>(level, x, step, n, y, float.PositiveInfinity);

    private static void MinDouble(SimdLevel level, byte* x, int step, nint n, byte* y) =>
        Run<NumberBinary<MinimumOp, double>, double>(level, x, step, n, y, double.PositiveInfinity);

    private static void MinInt(SimdLevel level, byte* x, int step, nint n, byte* y) =>
        Run<NumberBinary<MinimumOp, int>, int>(level, x, step, n, y, int.MaxValue);

    private static void Run<TOp, T>(SimdLevel level, byte* x, int step, nint n, byte* y, T empty)
        where TOp : struct, IBinary<T> where T : unmanaged =>
        *(T*)y = level switch
        {
            SimdLevel.Avx512 => Reduce<TOp, T, Simd512<T>, Vector512<T>>((T*)x, step, n, empty),
            SimdLevel.Avx2 => Reduce<TOp, T, Simd256<T>, Vector256<T>>((T*)x, step, n, empty),
            _ => Reduce<TOp, T, Simd128<T>, Vector128<T>>((T*)x, step, n, empty),
        };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Reduce<TOp, T, S, V>(T* x, int step, nint n, T empty)
        where TOp : struct, IBinary<T> where T : unmanaged where S : ISimd<T, V> where V : unmanaged
    {
        V a = S.Set(empty), b = a;
        nint i = 0;
        for (; i <= n - S.Count; i += S.Count)
        {
            V next = TOp.Apply<S, V>(a, step != 0 ? S.Load(x + i) : S.Set(*x));
            a = b;
            b = next;
        }

        if (i < n)
        {
            V rest = S.Set(empty);
            for (nint j = 0; j < n - i; j++)
            {
                ((T*)&rest)[j] = step != 0 ? x[i + j] : *x;
            }

            a = TOp.Apply<S, V>(a, rest);
        }

        return Join<TOp, T, S, V>(TOp.Apply<S, V>(a, b));
    }

    /// <summary>Combines the lanes of a vector: the upper half with the lower one, until one is left.</summary>
    public static T Join<TOp, T, S, V>(V sum)
        where TOp : struct, IBinary<T> where T : unmanaged where S : ISimd<T, V> where V : unmanaged
    {
        T* lanes = (T*)&sum;
        for (int width = S.Count / 2; width > 0; width /= 2)
        {
            V upper = sum;
            Unsafe.CopyBlockUnaligned(&upper, lanes + width, (uint)(width * sizeof(T)));
            sum = TOp.Apply<S, V>(sum, upper);
        }

        return lanes[0];
    }
}
