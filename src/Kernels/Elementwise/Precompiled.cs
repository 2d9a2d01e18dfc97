namespace Functional.Kernels;

/// <summary>
/// The operators that nearly every training step records, named once: ahead of time only instantiations that something names are
/// compiled, and a kernel's own are reached through virtual methods. Never called.
/// </summary>
internal static class Precompiled
{
    public static int Operators(FusedOp op) =>
        Binary<AddOp>(op) + Binary<SubOp>(op) + Binary<MulOp>(op) + Binary<DivOp>(op) + Binary<MaximumOp>(op)
        + Comparison<LessOp>(op) + Comparison<GreaterOp>(op) + Comparison<EqualOp>(op) + Comparison<GreaterEqualOp>(op)
        + new VectorComparison<NumberBinary<EqualOp, int>, int>().Lower(op, 0, 0)
        + Unary<NumberUnary<NegOp, float>>(op) + Unary<NumberUnary<AbsOp, float>>(op) + Unary<NumberUnary<ReluOp, float>>(op)
        + Unary<NumberUnary<SqrtOp, float>>(op) + Unary<NumberUnary<RsqrtOp, float>>(op)
        + Unary<ExpOp>(op) + Unary<LogOp>(op) + Unary<TanhOp>(op) + Unary<SigmoidOp>(op);

    public static unsafe void Eager(void* x, int length)
    {
        new VectorBinary<NumberBinary<AddOp, float>, float>(cost: 1).Map([], x, [], x, [], x, length);
        new VectorBinary<NumberBinary<SubOp, float>, float>(cost: 1).Map([], x, [], x, [], x, length);
        new VectorBinary<NumberBinary<MulOp, float>, float>(cost: 1).Map([], x, [], x, [], x, length);
        new VectorBinary<NumberBinary<DivOp, float>, float>(cost: 1).Map([], x, [], x, [], x, length);
        new VectorUnary<NumberUnary<NegOp, float>, float>(cost: 1).Map(x, x, length);
    }

    private static int Unary<TOp>(FusedOp op) where TOp : struct, IUnary<float> =>
        new VectorUnary<TOp, float>(cost: 1).Lower(op, 0, 0);

    private static int Binary<TOp>(FusedOp op) where TOp : struct, INumberBinary =>
        new VectorBinary<NumberBinary<TOp, float>, float>(cost: 1).Lower(op, 0, 0);

    private static int Comparison<TOp>(FusedOp op) where TOp : struct, INumberBinary =>
        new VectorComparison<NumberBinary<TOp, float>, float>().Lower(op, 0, 0);
}
