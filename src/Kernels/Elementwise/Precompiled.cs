namespace Functional.Kernels;

/// <summary>
/// The eager kernels that nearly every program starts with, named once: ahead of time only instantiations that something names
/// are compiled, and these are reached through virtual methods. Never called.
/// </summary>
internal static class Precompiled
{
    public static unsafe void Eager(void* x, int length)
    {
        new VectorBinary<NumberBinary<AddOp, float>, float>(cost: 1).Map([], x, [], x, [], x, length);
        new VectorBinary<NumberBinary<SubOp, float>, float>(cost: 1).Map([], x, [], x, [], x, length);
        new VectorBinary<NumberBinary<MulOp, float>, float>(cost: 1).Map([], x, [], x, [], x, length);
        new VectorBinary<NumberBinary<DivOp, float>, float>(cost: 1).Map([], x, [], x, [], x, length);
        new VectorUnary<NumberUnary<NegOp, float>, float>(cost: 1).Map(x, x, length);
    }
}
