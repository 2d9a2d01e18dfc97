using System.Runtime.InteropServices;

namespace Functional.Kernels;

/// <summary>The vector operations that programs are lowered to.</summary>
internal enum VectorOp : byte
{
    /// <summary>A number, broadcast.</summary>
    Constant,

    /// <summary>The elements of an operand.</summary>
    Load,

    /// <summary>Positions along an axis.</summary>
    Iota,

    /// <summary>The row reduction of A, in all lanes.</summary>
    Reduce,
    Add,
    Sub,
    Mul,
    Div,
    Fma,
    Neg,
    Abs,
    Sqrt,
    Floor,
    Ceil,
    Round,
    Max,
    Min,
    MaxOrSecond,
    MinOrSecond,
    Scale,
    Equal,
    Less,
    LessEqual,
    Select,
    And,
    Or,
    Xor,
    AddBits,
    SubBits,
    ShiftLeft,
    ShiftRight,

    /// <summary>From int32 to float32, or back.</summary>
    Convert,

    /// <summary>A call of a function.</summary>
    Map,
}

/// <summary>
/// A value of a lowered program. Booleans are masks. The number is a constant's bits, an operand's index, or the width of
/// a shift.
/// </summary>
internal readonly record struct VectorNode(
    VectorOp Op, ElementType Type, int A = -1, int B = -1, int C = -1, long Number = 0, FusedOp Function = default);

/// <summary>A program lowered to vector operations; equal operations are one node (value numbering).</summary>
internal sealed class FusedGraph
{
    private readonly Dictionary<VectorNode, int> known = [];

    public readonly List<VectorNode> Nodes = [];

    /// <summary>Along which axes each value varies.</summary>
    public readonly List<FusedKind> Kinds = [];

    /// <summary>The pass over a row in which each value is known.</summary>
    public readonly List<int> Phases = [];

    /// <summary>The node of a value: the known one if there is an equal one.</summary>
    public int Add(VectorNode node, FusedKind source = FusedKind.Once)
    {
        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(known, node, out bool exists);
        if (!exists)
        {
            index = Nodes.Count;
            FusedKind kind = source;
            int phase = 0;
            Combine(node.A, ref kind, ref phase);
            Combine(node.B, ref kind, ref phase);
            Combine(node.C, ref kind, ref phase);
            bool reduces = node.Op == VectorOp.Reduce;
            Nodes.Add(node);
            Kinds.Add(reduces ? FusedKind.Row : kind);
            Phases.Add(reduces ? phase + 1 : phase);
        }

        return index;
    }

    private void Combine(int argument, ref FusedKind kind, ref int phase)
    {
        if (argument >= 0)
        {
            kind = Kinds[argument] > kind ? Kinds[argument] : kind;
            phase = Math.Max(phase, Phases[argument]);
        }
    }
}
