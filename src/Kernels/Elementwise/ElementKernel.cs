using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// The kernel of an operation for one element type, in each of its forms: the eager kernel, the loop of interpreted
/// programs, and the code of generated ones. All forms run one operator, so they agree bit for bit.
/// </summary>
/// <param name="cost">The cost of an element, in additions of numbers in the first-level cache.</param>
internal abstract unsafe class ElementKernel(int cost)
{
    /// <summary>The cost of an element, in additions of numbers in the first-level cache.</summary>
    public int Cost { get; } = cost;

    /// <summary>The elements of a slice of an eager kernel: work enough to pay for handing it to another thread.</summary>
    public int Grain => Cost < 15 ? 1 << 16 : Cost < 60 ? 1 << 13 : 1 << 12;

    /// <summary>
    /// The loop of interpreted programs, over up to three arguments, each contiguous (step 1) or constant (step 0). The
    /// argument of a function of one element is contiguous.
    /// </summary>
    public abstract delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Loop { get; }

    /// <summary>The method of <see cref="FusedLanes"/> that generated code calls, and the operator it applies.</summary>
    public virtual (string Method, Type Operator) Called => throw new NotSupportedException("Generated code inlines it.");

    /// <summary>Records the operation in the graph of <see cref="Recording"/>: the node of its result.</summary>
    /// <param name="op">The operation, for those that generated code calls.</param>
    /// <param name="a">The node of the first argument.</param>
    /// <param name="b">The node of the second argument, if there is one.</param>
    public abstract int Lower(FusedOp op, int a, int b);

    /// <summary>y = f(x) over contiguous elements, cut into slices for the worker pool.</summary>
    public virtual void Map(void* x, void* y, int length) =>
        throw new NotSupportedException("The operation takes more than one argument.");

    /// <summary>y = f(a, b) over a shape that is not empty, cut into slices for the worker pool.</summary>
    public virtual void Map(
        ReadOnlySpan<int> shape, void* a, ReadOnlySpan<int> stridesA, void* b, ReadOnlySpan<int> stridesB, void* y, int length) =>
        throw new NotSupportedException("The operation takes one argument.");
}

/// <summary>A function of one element, computed with vectors and inlined into generated code.</summary>
internal sealed unsafe class VectorUnary<TOp, T>(int cost) : ElementKernel(cost)
    where TOp : struct, IUnary<T> where T : unmanaged
{
    public override delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Loop => &Run;

    public override int Lower(FusedOp op, int a, int b) => TOp.Apply<Recorder<T>, int>(a);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void Map(void* x, void* y, int length) =>
        UnaryKernels.Map<TOp, T>((T*)x, (T*)y, length, Grain);

    private static void Run(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n) =>
        UnaryKernels.Loop<TOp, T>(level, (T*)a, (T*)y, n);
}

/// <summary>A function of one element, computed one element at a time; generated code calls it.</summary>
internal sealed unsafe class ScalarUnary<TOp, T>(int cost) : ElementKernel(cost)
    where TOp : struct, IScalarUnary<T, T> where T : unmanaged
{
    public override delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Loop =>
        &FusedLoops.Scalar<TOp, T, T>;

    public override (string Method, Type Operator) Called => (nameof(FusedLanes.Map), typeof(TOp));

    public override int Lower(FusedOp op, int a, int b) => Recorder<T>.Call(op, a);

    public override void Map(void* x, void* y, int length) =>
        UnaryKernels.MapScalar<TOp, T, T>((T*)x, (T*)y, length, Grain);
}

/// <summary>A function of two elements, computed with vectors.</summary>
/// <param name="cost">The cost of an element.</param>
/// <param name="called">Whether generated code calls it: its code is long, or branches.</param>
internal sealed unsafe class VectorBinary<TOp, T>(int cost, bool called = false) : ElementKernel(cost)
    where TOp : struct, IBinary<T> where T : unmanaged
{
    public override delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Loop => &Run;

    public override (string Method, Type Operator) Called => (nameof(FusedLanes.Pairs), typeof(TOp));

    public override int Lower(FusedOp op, int a, int b) =>
        called ? Recorder<T>.Call(op, a, b) : TOp.Apply<Recorder<T>, int>(a, b);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void Map(
        ReadOnlySpan<int> shape, void* a, ReadOnlySpan<int> stridesA, void* b, ReadOnlySpan<int> stridesB, void* y, int length) =>
        BinaryKernels.Map<VectorLoop<TOp, T>, T, T>(
            shape, (T*)a, stridesA, (T*)b, stridesB, (T*)y, length, Grain);

    private static void Run(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n) =>
        VectorLoop<TOp, T>.Run(level, (T*)a, stepA, (T*)b, stepB, (T*)y, n);
}

/// <summary>A function of two elements, computed one pair at a time; generated code calls it.</summary>
internal sealed unsafe class ScalarBinary<TOp, T>(int cost) : ElementKernel(cost)
    where TOp : struct, IScalarBinary<T> where T : unmanaged
{
    public override delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Loop => &Run;

    public override (string Method, Type Operator) Called => (nameof(FusedLanes.MapPairs), typeof(TOp));

    public override int Lower(FusedOp op, int a, int b) => Recorder<T>.Call(op, a, b);

    public override void Map(
        ReadOnlySpan<int> shape, void* a, ReadOnlySpan<int> stridesA, void* b, ReadOnlySpan<int> stridesB, void* y, int length) =>
        BinaryKernels.Map<ScalarLoop<TOp, T>, T, T>(
            shape, (T*)a, stridesA, (T*)b, stridesB, (T*)y, length, Grain);

    private static void Run(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n) =>
        ScalarLoop<TOp, T>.Run(level, (T*)a, stepA, (T*)b, stepB, (T*)y, n);
}

/// <summary>A comparison of two elements, computed with vectors, which gives booleans.</summary>
internal sealed unsafe class VectorComparison<TOp, T>() : ElementKernel(cost: 1)
    where TOp : struct, IBinary<T> where T : unmanaged
{
    public override delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Loop => &Run;

    public override int Lower(FusedOp op, int a, int b) => TOp.Apply<Recorder<T>, int>(a, b);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void Map(
        ReadOnlySpan<int> shape, void* a, ReadOnlySpan<int> stridesA, void* b, ReadOnlySpan<int> stridesB, void* y, int length) =>
        BinaryKernels.Map<CompareLoop<TOp, T>, T, byte>(
            shape, (T*)a, stridesA, (T*)b, stridesB, (byte*)y, length, Grain);

    private static void Run(
        SimdLevel level, byte* a, int stepA, byte* b, int stepB, byte* c, int stepC, byte* y, nint n) =>
        CompareLoop<TOp, T>.Run(level, (T*)a, stepA, (T*)b, stepB, y, n);
}
