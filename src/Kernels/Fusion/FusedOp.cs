namespace Functional.Kernels;

/// <summary>
/// The operations of kernels: what an eager kernel computes, and the instructions of fused programs. Those that are functions
/// of one or two elements of one type have a row each in the table of elementwise operations.
/// </summary>
public enum FusedOp : byte
{
    /// <summary>The elements of operand A.</summary>
    Load,

    /// <summary>A number.</summary>
    Constant,

    /// <summary>The position along axis A of the domain.</summary>
    Iota,

    /// <summary>-a</summary>
    Neg,

    /// <summary>|a|</summary>
    Abs,

    /// <summary>-1, 0 or 1; NaN for NaN.</summary>
    Sign,

    /// <summary>a rounded down.</summary>
    Floor,

    /// <summary>a rounded up.</summary>
    Ceil,

    /// <summary>a rounded to the nearest integer, halves to the even one.</summary>
    Round,

    /// <summary>e^a</summary>
    Exp,

    /// <summary>e^a - 1</summary>
    Expm1,

    /// <summary>The natural logarithm.</summary>
    Log,

    /// <summary>log (1 + a)</summary>
    Log1p,

    /// <summary>The square root.</summary>
    Sqrt,

    /// <summary>1 / sqrt a</summary>
    Rsqrt,

    /// <summary>The sine.</summary>
    Sin,

    /// <summary>The cosine.</summary>
    Cos,

    /// <summary>The tangent.</summary>
    Tan,

    /// <summary>The inverse sine.</summary>
    Asin,

    /// <summary>The inverse cosine.</summary>
    Acos,

    /// <summary>The inverse tangent.</summary>
    Atan,

    /// <summary>The hyperbolic sine.</summary>
    Sinh,

    /// <summary>The hyperbolic cosine.</summary>
    Cosh,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>1 / (1 + e^-a)</summary>
    Sigmoid,

    /// <summary>log (1 + e^a)</summary>
    Softplus,

    /// <summary>The error function.</summary>
    Erf,

    /// <summary>max(a, 0); NaN for NaN.</summary>
    Relu,

    /// <summary>Whether a is false.</summary>
    Not,

    /// <summary>a + b</summary>
    Add,

    /// <summary>a - b</summary>
    Sub,

    /// <summary>a * b</summary>
    Mul,

    /// <summary>a / b, of floats only.</summary>
    Div,

    /// <summary>a / b rounded down, as NumPy's floor_divide; of integers 0 where b is 0.</summary>
    FloorDiv,

    /// <summary>The remainder of FloorDiv, with the sign of b, as NumPy's remainder; of integers 0 where b is 0.</summary>
    Mod,

    /// <summary>a to the power b; of integers 0 where b is negative.</summary>
    Pow,

    /// <summary>The larger of the two; NaN if either is NaN.</summary>
    Maximum,

    /// <summary>The smaller of the two; NaN if either is NaN.</summary>
    Minimum,

    /// <summary>Whether both are true.</summary>
    And,

    /// <summary>Whether either is true.</summary>
    Or,

    /// <summary>a = b</summary>
    Equal,

    /// <summary>a differs from b; true if either is NaN.</summary>
    NotEqual,

    /// <summary>a less than b</summary>
    Less,

    /// <summary>a at most b</summary>
    LessEqual,

    /// <summary>a greater than b</summary>
    Greater,

    /// <summary>a at least b</summary>
    GreaterEqual,

    /// <summary>b where a is true, else c.</summary>
    Where,

    /// <summary>a in the type of the instruction.</summary>
    Cast,

    /// <summary>The sum of a along the last axis of the domain; 0 of no elements.</summary>
    RowSum,

    /// <summary>The largest a along the last axis of the domain; NaN if any is.</summary>
    RowMax,

    /// <summary>The smallest a along the last axis of the domain; NaN if any is.</summary>
    RowMin,
}

/// <summary>Traits of operations: arity, cost, kind.</summary>
internal static class FusedOps
{
    public static bool IsRowReduction(this FusedOp op) => op is FusedOp.RowSum or FusedOp.RowMax or FusedOp.RowMin;

    /// <summary>Whether the operation takes no other instruction's value.</summary>
    public static bool IsSource(this FusedOp op) => op <= FusedOp.Iota;

    /// <summary>The number of arguments.</summary>
    public static int Arity(this FusedOp op) => op switch
    {
        FusedOp.Load or FusedOp.Constant or FusedOp.Iota => 0,
        FusedOp.Where => 3,
        _ => ElementwiseOperation.Of(op)?.Arity ?? 1,
    };

    /// <summary>The cost of an element, in additions of numbers in the first-level cache.</summary>
    public static int Cost(this FusedOp op, ElementType type) =>
        op == FusedOp.Constant ? 0 : ElementwiseOperation.Of(op)?.Kernel(type.Computed())?.Cost ?? 1;

    public static int Size(this ElementType type) => type switch
    {
        ElementType.Float64 or ElementType.Int64 => 8,
        ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Bool => 1,
        _ => 4,
    };

    /// <summary>The type that has the same operations: that of 32 bits for narrow floats and for wide integers.</summary>
    public static ElementType Computed(this ElementType type) => type switch
    {
        ElementType.Float16 or ElementType.BFloat16 => ElementType.Float32,
        ElementType.Int64 => ElementType.Int32,
        _ => type,
    };
}
