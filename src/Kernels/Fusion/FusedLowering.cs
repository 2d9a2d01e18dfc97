using System.Numerics;

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
        Recorder<float>.Graph = Recorder<double>.Graph = Recorder<int>.Graph = result.graph;
        try
        {
            for (int i = 0; i < form.Instructions.Length; i++)
            {
                result.values[i] = result.Lower(i);
            }
        }
        finally
        {
            Recorder<float>.Graph = Recorder<double>.Graph = Recorder<int>.Graph = null;
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
                    _ => Truth(x.Value != 0),
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

        if (x.Op.IsCalled(from))
        {
            return graph.Add(new VectorNode(VectorOp.Map, x.Type, a, b, Function: x.Op));
        }

        return from switch
        {
            ElementType.Float32 => Single(x.Op, a, b),
            ElementType.Float64 => Double(x.Op, a, b),
            ElementType.Int32 => Number<int>(x.Op, a, b),
            _ => Bool(x.Op, a, b),
        };
    }

    private int Truth(bool value) =>
        Lane == ElementType.Float64
            ? Recorder<double>.Set(BitConverter.Int64BitsToDouble(value ? -1 : 0))
            : Recorder<float>.Set(BitConverter.Int32BitsToSingle(value ? -1 : 0));

    private int Mask(VectorOp op, int a, int b) => graph.Add(new VectorNode(op, Lane, a, b));

    private int Not(int a) => Mask(VectorOp.Xor, a, Truth(true));

    private static int Single(FusedOp op, int a, int b) => op switch
    {
        FusedOp.Exp => SingleMath.Exp<Recorder<float>, int>(a),
        FusedOp.Expm1 => SingleMath.Expm1<Recorder<float>, int>(a),
        FusedOp.Log => SingleMath.Log<Recorder<float>, int>(a),
        FusedOp.Log1p => SingleMath.Log1p<Recorder<float>, int>(a),
        FusedOp.Tanh => SingleMath.Tanh<Recorder<float>, int>(a),
        FusedOp.Sigmoid => SingleMath.Sigmoid<Recorder<float>, int>(a),
        FusedOp.Softplus => SingleMath.Softplus<Recorder<float>, int>(a),
        FusedOp.Erf => SingleMath.Erf<Recorder<float>, int>(a),
        _ => Real<float>(op, a, b),
    };

    private static int Double(FusedOp op, int a, int b) => op switch
    {
        FusedOp.Exp => DoubleMath.Exp<Recorder<double>, int>(a),
        FusedOp.Expm1 => DoubleMath.Expm1<Recorder<double>, int>(a),
        FusedOp.Log => DoubleMath.Log<Recorder<double>, int>(a),
        FusedOp.Log1p => DoubleMath.Log1p<Recorder<double>, int>(a),
        FusedOp.Tanh => DoubleMath.Tanh<Recorder<double>, int>(a),
        FusedOp.Sigmoid => DoubleMath.Sigmoid<Recorder<double>, int>(a),
        FusedOp.Softplus => DoubleMath.Softplus<Recorder<double>, int>(a),
        _ => Real<double>(op, a, b),
    };

    private static int Real<T>(FusedOp op, int a, int b) where T : unmanaged, INumberBase<T> => op switch
    {
        FusedOp.Floor => FloorOp<T>.Apply<Recorder<T>, int>(a),
        FusedOp.Ceil => CeilOp<T>.Apply<Recorder<T>, int>(a),
        FusedOp.Round => RoundOp<T>.Apply<Recorder<T>, int>(a),
        FusedOp.Sqrt => SqrtOp<T>.Apply<Recorder<T>, int>(a),
        FusedOp.Rsqrt => RsqrtOp<T>.Apply<Recorder<T>, int>(a),
        FusedOp.Div => DivOp<T>.Apply<Recorder<T>, int>(a, b),
        _ => Number<T>(op, a, b),
    };

    private static int Number<T>(FusedOp op, int a, int b) where T : unmanaged, INumberBase<T> => op switch
    {
        FusedOp.Neg => NegOp<T>.Apply<Recorder<T>, int>(a),
        FusedOp.Abs => AbsOp<T>.Apply<Recorder<T>, int>(a),
        FusedOp.Sign => SignOp<T>.Apply<Recorder<T>, int>(a),
        FusedOp.Relu => ReluOp<T>.Apply<Recorder<T>, int>(a),
        FusedOp.Add => AddOp<T>.Apply<Recorder<T>, int>(a, b),
        FusedOp.Sub => SubOp<T>.Apply<Recorder<T>, int>(a, b),
        FusedOp.Mul => MulOp<T>.Apply<Recorder<T>, int>(a, b),
        FusedOp.Maximum => MaxOp<T>.Apply<Recorder<T>, int>(a, b),
        FusedOp.Minimum => MinOp<T>.Apply<Recorder<T>, int>(a, b),
        FusedOp.Equal => EqualOp<T>.Apply<Recorder<T>, int>(a, b),
        FusedOp.NotEqual => NotEqualOp<T>.Apply<Recorder<T>, int>(a, b),
        FusedOp.Less => LessOp<T>.Apply<Recorder<T>, int>(a, b),
        FusedOp.LessEqual => LessEqualOp<T>.Apply<Recorder<T>, int>(a, b),
        FusedOp.Greater => GreaterOp<T>.Apply<Recorder<T>, int>(a, b),
        FusedOp.GreaterEqual => GreaterEqualOp<T>.Apply<Recorder<T>, int>(a, b),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    // False is below true.
    private int Bool(FusedOp op, int a, int b) => op switch
    {
        FusedOp.Not => Not(a),
        FusedOp.And => Mask(VectorOp.And, a, b),
        FusedOp.Or => Mask(VectorOp.Or, a, b),
        FusedOp.Equal => Not(Mask(VectorOp.Xor, a, b)),
        FusedOp.NotEqual => Mask(VectorOp.Xor, a, b),
        FusedOp.Less => Mask(VectorOp.And, Not(a), b),
        FusedOp.LessEqual => Mask(VectorOp.Or, Not(a), b),
        FusedOp.Greater => Mask(VectorOp.And, a, Not(b)),
        FusedOp.GreaterEqual => Mask(VectorOp.Or, a, Not(b)),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

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
