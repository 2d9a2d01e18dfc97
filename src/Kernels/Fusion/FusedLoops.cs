using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>
/// The interpreter's loop for each operation and type, on up to three arguments, each contiguous (step 1) or constant (step
/// 0): those of the table of elementwise operations, and of the two that are no function of arguments of one type.
/// </summary>
internal static unsafe class FusedLoops
{
    /// <summary>The loop of an operation that is neither a source nor a reduction.</summary>
    /// <param name="op">The operation.</param>
    /// <param name="from">The type of its last argument.</param>
    /// <param name="to">The type of its result.</param>
    public static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Select(
        FusedOp op, ElementType from, ElementType to) =>
        op switch
        {
            FusedOp.Cast => Cast(from, to),
            FusedOp.Where => Where(from),
            _ => ElementwiseOperation.Of(op)!.Kernel(from)!.Loop,
        };

    /// <summary>y = a + b</summary>
    public static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Add(ElementType type) =>
        Select(FusedOp.Add, type, type);

    /// <summary>y = f(a), one element at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scalar<TOp, TIn, TOut>(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n)
        where TOp : struct, IScalarUnary<TIn, TOut> where TIn : unmanaged where TOut : unmanaged
    {
        for (nint i = 0; i < n; i++)
        {
            ((TOut*)y)[i] = TOp.Apply(((TIn*)a)[i]);
        }
    }

    private static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Where(ElementType type) =>
        type switch
        {
            ElementType.Float64 => &Where<double>,
            ElementType.Bool => &Where<byte>,
            _ => &Where<int>,
        };

    private static delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Cast(
        ElementType from, ElementType to) => (from, to) switch
        {
            (ElementType.Float32, ElementType.Float64) => &Scalar<CastKernels.CastOp, float, double>,
            (ElementType.Float32, ElementType.Int32) => &Scalar<CastKernels.CastOp, float, int>,
            (ElementType.Float32, ElementType.Bool) => &Scalar<CastKernels.CastOp, float, bool>,
            (ElementType.Float64, ElementType.Float32) => &Scalar<CastKernels.CastOp, double, float>,
            (ElementType.Float64, ElementType.Int32) => &Scalar<CastKernels.CastOp, double, int>,
            (ElementType.Float64, ElementType.Bool) => &Scalar<CastKernels.CastOp, double, bool>,
            (ElementType.Int32, ElementType.Float32) => &Scalar<CastKernels.CastOp, int, float>,
            (ElementType.Int32, ElementType.Float64) => &Scalar<CastKernels.CastOp, int, double>,
            (ElementType.Int32, ElementType.Bool) => &Scalar<CastKernels.CastOp, int, bool>,
            (ElementType.Bool, ElementType.Float32) => &Scalar<CastKernels.CastOp, bool, float>,
            (ElementType.Bool, ElementType.Float64) => &Scalar<CastKernels.CastOp, bool, double>,
            (ElementType.Bool, ElementType.Int32) => &Scalar<CastKernels.CastOp, bool, int>,
            (ElementType.Float64, _) => &Copy<long>,
            (ElementType.Bool, _) => &Copy<byte>,
            _ => &Copy<int>,
        };

    private static void Where<T>(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n)
        where T : unmanaged
    {
        if (stepA == 0)
        {
            T* chosen = (T*)(*a != 0 ? b : c);
            if ((*a != 0 ? stepB : stepC) == 0)
            {
                new Span<T>(y, (int)n).Fill(*chosen);
            }
            else
            {
                Buffer.MemoryCopy(chosen, y, n * sizeof(T), n * sizeof(T));
            }

            return;
        }

        bool* pa = (bool*)a;
        switch (sizeof(T))
        {
            case 1: Choose(level, pa, (byte*)b, stepB, (byte*)c, stepC, y, n); break;
            case 4: Choose(level, pa, (int*)b, stepB, (int*)c, stepC, (int*)y, n); break;
            default: Choose(level, pa, (long*)b, stepB, (long*)c, stepC, (long*)y, n); break;
        }
    }

    private static void Choose<T>(SimdLevel level, bool* a, T* b, int stepB, T* c, int stepC, T* y, nint n)
        where T : unmanaged
    {
        switch (level)
        {
            case SimdLevel.Avx512:
                WhereKernels.WhereSlices<T>.Loop<Simd512<T>, Vector512<T>>(a, b, stepB, c, stepC, y, n);
                break;
            case SimdLevel.Avx2:
                WhereKernels.WhereSlices<T>.Loop<Simd256<T>, Vector256<T>>(a, b, stepB, c, stepC, y, n);
                break;
            default:
                WhereKernels.WhereSlices<T>.Loop<Simd128<T>, Vector128<T>>(a, b, stepB, c, stepC, y, n);
                break;
        }
    }

    private static void Copy<T>(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n)
        where T : unmanaged => Buffer.MemoryCopy(a, y, n * sizeof(T), n * sizeof(T));
}
