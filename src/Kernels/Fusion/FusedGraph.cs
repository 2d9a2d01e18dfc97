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

    /// <summary>How each value varies.</summary>
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

/// <summary>
/// Symbolic vectors: running a kernel's function on them records the operations that it consists of.
/// </summary>
internal readonly unsafe struct Recorder<T> : ISimd<T, int> where T : unmanaged
{
    /// <summary>The graph that this thread records to.</summary>
    [ThreadStatic]
    public static FusedGraph? Graph;

    private static ElementType Type =>
        typeof(T) == typeof(float) ? ElementType.Float32
        : typeof(T) == typeof(double) ? ElementType.Float64
        : ElementType.Int32;

    /// <summary>
    /// A function that is recorded may not branch on masks, load or store: there are neither numbers nor memory.
    /// </summary>
    private static NotSupportedException Unrecorded =>
        new("A function lowered to operations reads memory or branches: let it compute with its arguments alone.");

    public static int Count => throw Unrecorded;

    public static int Load(T* p) => throw Unrecorded;

    public static void Store(T* p, int v) => throw Unrecorded;

    public static int Set(T x)
    {
        long bits = 0;
        *(T*)&bits = x;
        return Graph!.Add(new VectorNode(VectorOp.Constant, Type, Number: bits));
    }

    public static int Add(int a, int b) => Put(VectorOp.Add, a, b);

    public static int Sub(int a, int b) => Put(VectorOp.Sub, a, b);

    public static int Mul(int a, int b) => Put(VectorOp.Mul, a, b);

    public static int Div(int a, int b) => Put(VectorOp.Div, a, b);

    public static int Fma(int a, int b, int c) => Put(VectorOp.Fma, a, b, c);

    public static int Neg(int a) => Put(VectorOp.Neg, a);

    public static int Abs(int a) => Put(VectorOp.Abs, a);

    public static int Sqrt(int a) => Put(VectorOp.Sqrt, a);

    public static int Floor(int a) => Put(VectorOp.Floor, a);

    public static int Ceil(int a) => Put(VectorOp.Ceil, a);

    public static int Round(int a) => Put(VectorOp.Round, a);

    public static int Max(int a, int b) => Put(VectorOp.Max, a, b);

    public static int Min(int a, int b) => Put(VectorOp.Min, a, b);

    public static int MaxOrSecond(int a, int b) => Put(VectorOp.MaxOrSecond, a, b);

    public static int MinOrSecond(int a, int b) => Put(VectorOp.MinOrSecond, a, b);

    public static int Scale(int a, int n) => Put(VectorOp.Scale, a, n);

    public static int Equal(int a, int b) => Put(VectorOp.Equal, a, b);

    public static int Less(int a, int b) => Put(VectorOp.Less, a, b);

    public static int LessEqual(int a, int b) => Put(VectorOp.LessEqual, a, b);

    public static int Select(int mask, int a, int b) => Put(VectorOp.Select, mask, a, b);

    public static int And(int a, int b) => Put(VectorOp.And, a, b);

    public static int Or(int a, int b) => Put(VectorOp.Or, a, b);

    public static int Xor(int a, int b) => Put(VectorOp.Xor, a, b);

    public static bool Any(int mask) => throw Unrecorded;

    public static ulong Bits(int mask) => throw Unrecorded;

    public static int LoadMask(bool* p) => throw Unrecorded;

    public static int AddBits(int a, int b) => Put(VectorOp.AddBits, a, b);

    public static int SubBits(int a, int b) => Put(VectorOp.SubBits, a, b);

    public static int ShiftLeft(int a, int n) =>
        Graph!.Add(new VectorNode(VectorOp.ShiftLeft, Type, a, Number: n));

    public static int ShiftRight(int a, int n) =>
        Graph!.Add(new VectorNode(VectorOp.ShiftRight, Type, a, Number: n));

    private static int Put(VectorOp op, int a, int b = -1, int c = -1) =>
        Graph!.Add(new VectorNode(op, Type, a, b, c));
}
