using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// A row of the table of elementwise operations: what each type of element is computed with. A type without a kernel is one
/// that the operation does not take.
/// </summary>
/// <param name="arity">The number of arguments, all of one type, which is also the result's but for comparisons.</param>
internal sealed class ElementwiseOperation(int arity)
{
    private static readonly ElementwiseOperation?[] Rows = new ElementwiseOperation?[256];

    public int Arity { get; } = arity;

    /// <summary>Whether the result is bool, whatever the arguments are.</summary>
    public bool IsComparison { get; init; }

    public ElementKernel? Float32 { get; init; }

    public ElementKernel? Float64 { get; init; }

    public ElementKernel? Int32 { get; init; }

    /// <summary>Eager only: fused programs hold no 64-bit integers.</summary>
    public ElementKernel? Int64 { get; init; }

    /// <summary>Of booleans, a byte of 0 or 1 each; in generated code, of masks.</summary>
    public ElementKernel? Bool { get; init; }

    /// <summary>The row of an operation, or null if it is not elementwise in one or two arguments of one type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ElementwiseOperation? Of(FusedOp op) => Rows[(int)op] ?? Find(op);

    private static ElementwiseOperation? Find(FusedOp op) => Rows[(int)op] = Describe(op);

    /// <summary>The kernel for arguments of a type, or null if the operation does not take it.</summary>
    public ElementKernel? Kernel(ElementType type) => type switch
    {
        ElementType.Float32 => Float32,
        ElementType.Float64 => Float64,
        ElementType.Int32 => Int32,
        ElementType.Bool => Bool,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The eager kernel of an operation for arguments of a type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The operation is none of so many arguments, is a comparison where none
    /// is asked for or the reverse, or does not take the type.</exception>
    public static ElementKernel Eager<T>(FusedOp op, int arity, bool isComparison) where T : unmanaged
    {
        ElementwiseOperation? row = Of(op);
        if (row is null || row.Arity != arity || row.IsComparison != isComparison || row.KernelOf<T>() is not { } kernel)
        {
            throw NotTaken(op, arity, typeof(T));
        }

        return kernel;
    }

    // Apart, so that what eager operations run stays short.
    private static ArgumentOutOfRangeException NotTaken(FusedOp op, int arity, Type type) =>
        new(nameof(op), $"{op} is no operation of {arity} {type.Name}.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ElementKernel? KernelOf<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? Float32
        : typeof(T) == typeof(double) ? Float64
        : typeof(T) == typeof(int) ? Int32
        : typeof(T) == typeof(long) ? Int64
        : typeof(T) == typeof(bool) ? Bool
        : null;

    // The table. Rows are made when they are first asked for, so that a program loads the code of those it uses.
    private static ElementwiseOperation? Describe(FusedOp op) => op switch
    {
        FusedOp.Neg => UnaryOfNumbers<NegOp>(),
        FusedOp.Abs => UnaryOfNumbers<AbsOp>(),
        FusedOp.Sign => UnaryOfNumbers<SignOp>(),
        FusedOp.Floor => UnaryOfFloats<FloorOp>(cost: 1),
        FusedOp.Ceil => UnaryOfFloats<CeilOp>(cost: 1),
        FusedOp.Round => UnaryOfFloats<RoundOp>(cost: 1),
        FusedOp.Exp => Transcendental<ExpOp>(),
        FusedOp.Expm1 => Transcendental<Expm1Op>(),
        FusedOp.Log => Transcendental<LogOp>(),
        FusedOp.Log1p => Transcendental<Log1pOp>(),
        FusedOp.Sqrt => UnaryOfFloats<SqrtOp>(cost: 4),
        FusedOp.Rsqrt => UnaryOfFloats<RsqrtOp>(cost: 4),
        FusedOp.Sin => InDoublePrecision<SinOp>(),
        FusedOp.Cos => InDoublePrecision<CosOp>(),
        FusedOp.Tan => InDoublePrecision<TanOp>(),
        FusedOp.Asin => InDoublePrecision<AsinOp>(),
        FusedOp.Acos => InDoublePrecision<AcosOp>(),
        FusedOp.Atan => InDoublePrecision<AtanOp>(),
        FusedOp.Sinh => InDoublePrecision<SinhOp>(),
        FusedOp.Cosh => InDoublePrecision<CoshOp>(),
        FusedOp.Tanh => Transcendental<TanhOp>(),
        FusedOp.Sigmoid => Transcendental<SigmoidOp>(),
        FusedOp.Softplus => Transcendental<SoftplusOp>(),
        FusedOp.Erf => new(arity: 1)
        {
            Float32 = new VectorUnary<ErfOp, float>(cost: 15),
            Float64 = new ScalarUnary<ErfOp, double>(cost: 300),
        },
        FusedOp.Relu => UnaryOfNumbers<ReluOp>(),
        FusedOp.Not => new(arity: 1) { Bool = new VectorUnary<NotOp, byte>(cost: 1) },
        FusedOp.Add => BinaryOfNumbers<AddOp>(),
        FusedOp.Sub => BinaryOfNumbers<SubOp>(),
        FusedOp.Mul => BinaryOfNumbers<MulOp>(),
        FusedOp.Div => BinaryOfFloats<DivOp>(cost: 4),
        FusedOp.FloorDiv => WholeDivision<FloorDivOp<float>, FloorDivOp<double>, IntegerFloorDivOp>(),
        FusedOp.Mod => WholeDivision<ModOp<float>, ModOp<double>, IntegerModOp>(),
        FusedOp.Pow => new(arity: 2)
        {
            Float32 = new ScalarBinary<PowOp, float>(cost: 300),
            Float64 = new ScalarBinary<PowOp, double>(cost: 300),
            Int32 = new ScalarBinary<IntegerBinary<PowOp, int>, int>(cost: 300),
            Int64 = new ScalarBinary<IntegerBinary<PowOp, long>, long>(cost: 300),
        },
        FusedOp.Maximum => BinaryOfNumbers<MaximumOp>(),
        FusedOp.Minimum => BinaryOfNumbers<MinimumOp>(),
        FusedOp.And => new(arity: 2) { Bool = new VectorBinary<AndOp, byte>(cost: 1) },
        FusedOp.Or => new(arity: 2) { Bool = new VectorBinary<OrOp, byte>(cost: 1) },
        FusedOp.Equal => Comparison<EqualOp>(new VectorComparison<NumberBinary<EqualOp, byte>, byte>()),
        FusedOp.NotEqual => Comparison<NotEqualOp>(new VectorComparison<NumberBinary<NotEqualOp, byte>, byte>()),
        FusedOp.Less => Comparison<LessOp>(),
        FusedOp.LessEqual => Comparison<LessEqualOp>(),
        FusedOp.Greater => Comparison<GreaterOp>(),
        FusedOp.GreaterEqual => Comparison<GreaterEqualOp>(),
        _ => null,
    };

    private static ElementwiseOperation UnaryOfNumbers<TOp>() where TOp : struct, INumberUnary => new(arity: 1)
    {
        Float32 = new VectorUnary<NumberUnary<TOp, float>, float>(cost: 1),
        Float64 = new VectorUnary<NumberUnary<TOp, double>, double>(cost: 1),
        Int32 = new VectorUnary<NumberUnary<TOp, int>, int>(cost: 1),
        Int64 = new VectorUnary<NumberUnary<TOp, long>, long>(cost: 1),
    };

    private static ElementwiseOperation UnaryOfFloats<TOp>(int cost) where TOp : struct, INumberUnary => new(arity: 1)
    {
        Float32 = new VectorUnary<NumberUnary<TOp, float>, float>(cost),
        Float64 = new VectorUnary<NumberUnary<TOp, double>, double>(cost),
    };

    // Approximated by polynomials, of more terms in double precision.
    private static ElementwiseOperation Transcendental<TOp>() where TOp : struct, IUnary<float>, IUnary<double> => new(arity: 1)
    {
        Float32 = new VectorUnary<TOp, float>(cost: 15),
        Float64 = new VectorUnary<TOp, double>(cost: 40),
    };

    // A call of the runtime's for each element.
    private static ElementwiseOperation InDoublePrecision<TOp>() where TOp : struct, IDoubleUnary => new(arity: 1)
    {
        Float32 = new ScalarUnary<FloatUnary<TOp>, float>(cost: 300),
        Float64 = new ScalarUnary<FloatUnary<TOp>, double>(cost: 300),
    };

    private static ElementwiseOperation BinaryOfNumbers<TOp>() where TOp : struct, INumberBinary => new(arity: 2)
    {
        Float32 = new VectorBinary<NumberBinary<TOp, float>, float>(cost: 1),
        Float64 = new VectorBinary<NumberBinary<TOp, double>, double>(cost: 1),
        Int32 = new VectorBinary<NumberBinary<TOp, int>, int>(cost: 1),
        Int64 = new VectorBinary<NumberBinary<TOp, long>, long>(cost: 1),
    };

    private static ElementwiseOperation BinaryOfFloats<TOp>(int cost) where TOp : struct, INumberBinary => new(arity: 2)
    {
        Float32 = new VectorBinary<NumberBinary<TOp, float>, float>(cost),
        Float64 = new VectorBinary<NumberBinary<TOp, double>, double>(cost),
    };

    private static ElementwiseOperation WholeDivision<TSingle, TDouble, TInteger>()
        where TSingle : struct, IBinary<float> where TDouble : struct, IBinary<double> where TInteger : struct, IIntegerBinary =>
        new(arity: 2)
        {
            Float32 = new VectorBinary<TSingle, float>(cost: 15, called: true),
            Float64 = new VectorBinary<TDouble, double>(cost: 15, called: true),
            Int32 = new ScalarBinary<IntegerBinary<TInteger, int>, int>(cost: 60),
            Int64 = new ScalarBinary<IntegerBinary<TInteger, long>, long>(cost: 60),
        };

    private static ElementwiseOperation Comparison<TOp>(ElementKernel? ofBools = null) where TOp : struct, INumberBinary =>
        new(arity: 2)
        {
            IsComparison = true,
            Float32 = new VectorComparison<NumberBinary<TOp, float>, float>(),
            Float64 = new VectorComparison<NumberBinary<TOp, double>, double>(),
            Int32 = new VectorComparison<NumberBinary<TOp, int>, int>(),
            Int64 = new VectorComparison<NumberBinary<TOp, long>, long>(),
            Bool = ofBools,
        };
}
