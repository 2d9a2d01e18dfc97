namespace Functional.Kernels;

/// <summary>
/// Lowers programs to vector operations by running the kernels' functions on symbolic vectors, so that generated code computes
/// what the kernels do. All values have 4 bytes, or all have 8; booleans are masks of that width.
/// </summary>
internal sealed class FusedLowering
{
    private readonly FusedForm form;
    private readonly FusedGraph graph = new();
    private readonly int[] values;

    private FusedLowering(FusedForm form, ElementType lane)
    {
        this.form = form;
        Lane = lane;
        values = new int[form.Instructions.Length];
    }

    /// <summary>The type of masks.</summary>
    public ElementType Lane { get; }

    public FusedGraph Graph => graph;

    /// <summary>The node of each instruction.</summary>
    public int[] Values => values;

    /// <summary>The lowered program, or null if it mixes widths.</summary>
    public static FusedLowering? Lower(FusedForm form)
    {
        bool wide = Array.Exists(form.Instructions, x => x.Type == ElementType.Float64);
        if (wide && Array.Exists(form.Instructions, x => x.Type is ElementType.Float32 or ElementType.Int32))
        {
            return null;
        }

        FusedLowering result = new(form, wide ? ElementType.Float64 : ElementType.Float32);
        Recording.Start(result.graph, result.Lane);
        try
        {
            for (int i = 0; i < form.Instructions.Length; i++)
            {
                result.values[i] = result.Lower(i);
            }
        }
        finally
        {
            Recording.Stop();
        }

        return result;
    }

    private int Lower(int i)
    {
        FusedInstruction x = form.Instructions[i];
        switch (x.Op)
        {
            case FusedOp.Load:
                return graph.Add(new VectorNode(VectorOp.Load, x.Type, Number: x.A), form.Kinds[i]);
            case FusedOp.Iota:
                return graph.Add(new VectorNode(VectorOp.Iota, x.Type, Number: x.A), form.Kinds[i]);
            case FusedOp.Constant:
                return x.Type switch
                {
                    ElementType.Float32 => Recorder<float>.Set((float)x.Value),
                    ElementType.Float64 => Recorder<double>.Set(x.Value),
                    ElementType.Int32 => Recorder<int>.Set(double.ConvertToInteger<int>(x.Value)),
                    _ => Recorder<byte>.Set((byte)(x.Value != 0 ? 1 : 0)),
                };
        }

        int a = values[x.A];
        int b = x.Op.Arity() > 1 ? values[x.B] : -1;
        int c = x.Op.Arity() > 2 ? values[x.C] : -1;
        ElementType from = form.Instructions[x.A].Type;
        if (x.Op.IsRowReduction())
        {
            return graph.Add(new VectorNode(VectorOp.Reduce, x.Type, a, Function: x.Op));
        }

        if (x.Op == FusedOp.Cast)
        {
            return Cast(a, from, x.Type);
        }

        if (x.Op == FusedOp.Where)
        {
            return graph.Add(new VectorNode(VectorOp.Select, x.Type == ElementType.Bool ? Lane : x.Type, a, b, c));
        }

        return ElementwiseOperation.Of(x.Op)!.Kernel(from)!.Lower(x.Op, a, b);
    }

    private static int Not(int mask) => Recorder<byte>.Xor(mask, Recorder<byte>.Set(1));

    private int Cast(int a, ElementType from, ElementType to) => (from, to) switch
    {
        _ when from == to => a,
        (ElementType.Bool, ElementType.Float32) => Recorder<float>.Select(a, Recorder<float>.Set(1), Recorder<float>.Set(0)),
        (ElementType.Bool, ElementType.Float64) => Recorder<double>.Select(a, Recorder<double>.Set(1), Recorder<double>.Set(0)),
        (ElementType.Bool, _) => Recorder<int>.Select(a, Recorder<int>.Set(1), Recorder<int>.Set(0)),
        (ElementType.Float32, ElementType.Bool) => Not(Recorder<float>.Equal(a, Recorder<float>.Set(0))),
        (ElementType.Float64, ElementType.Bool) => Not(Recorder<double>.Equal(a, Recorder<double>.Set(0))),
        (_, ElementType.Bool) => Not(Recorder<int>.Equal(a, Recorder<int>.Set(0))),
        _ => graph.Add(new VectorNode(VectorOp.Convert, to, a)),
    };
}
