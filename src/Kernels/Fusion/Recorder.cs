namespace Functional.Kernels;

/// <summary>The graph that this thread records to, while it lowers a program.</summary>
internal static class Recording
{
    [ThreadStatic]
    private static FusedGraph? graph;

    [ThreadStatic]
    private static ElementType lane;

    public static FusedGraph Graph => graph!;

    /// <summary>The type of masks' lanes.</summary>
    public static ElementType Lane => lane;

    public static void Start(FusedGraph target, ElementType lanes) => (graph, lane) = (target, lanes);

    public static void Stop() => graph = null;
}

/// <summary>
/// Symbolic vectors: running an operator on them records the vector operations that it consists of. Vectors of bytes are those
/// of booleans, which generated code holds as masks: false has no bits set, true all.
/// </summary>
internal readonly unsafe struct Recorder<T> : ISimd<T, int> where T : unmanaged
{
    private static bool IsMask => typeof(T) == typeof(byte);

    private static ElementType Type =>
        typeof(T) == typeof(float) ? ElementType.Float32
        : typeof(T) == typeof(double) ? ElementType.Float64
        : IsMask ? Recording.Lane
        : ElementType.Int32;

    // All bits of a lane.
    private static long True => Type == ElementType.Float64 ? -1 : uint.MaxValue;

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
        bits = IsMask && bits != 0 ? True : bits;
        return Recording.Graph.Add(new VectorNode(VectorOp.Constant, Type, Number: bits));
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

    public static int Equal(int a, int b) =>
        !IsMask ? Put(VectorOp.Equal, a, b) : a == b ? AllTrue : Not(Put(VectorOp.Xor, a, b));

    public static int Less(int a, int b) => Put(VectorOp.Less, a, b);

    public static int LessEqual(int a, int b) => Put(VectorOp.LessEqual, a, b);

    public static int Select(int mask, int a, int b) => Put(VectorOp.Select, mask, a, b);

    public static int And(int a, int b) => Put(VectorOp.And, a, b);

    public static int Or(int a, int b) => Put(VectorOp.Or, a, b);

    /// <summary>The negation of a negation is its argument.</summary>
    public static int Xor(int a, int b) =>
        IsMask && b == AllTrue && Recording.Graph.Nodes[a] is { Op: VectorOp.Xor } inner && inner.B == b
            ? inner.A
            : Put(VectorOp.Xor, a, b);

    public static bool Any(int mask) => throw Unrecorded;

    public static ulong Bits(int mask) => throw Unrecorded;

    public static int LoadMask(bool* p) => throw Unrecorded;

    public static int AddBits(int a, int b) => Put(VectorOp.AddBits, a, b);

    public static int SubBits(int a, int b) => Put(VectorOp.SubBits, a, b);

    public static int ShiftLeft(int a, int n) =>
        Recording.Graph.Add(new VectorNode(VectorOp.ShiftLeft, Type, a, Number: n));

    public static int ShiftRight(int a, int n) =>
        Recording.Graph.Add(new VectorNode(VectorOp.ShiftRight, Type, a, Number: n));

    /// <summary>A call of the operation's function, for what consists of no vector operations.</summary>
    public static int Call(FusedOp op, int a, int b = -1) =>
        Recording.Graph.Add(new VectorNode(VectorOp.Map, Type, a, b, Function: op));

    private static int AllTrue => Recording.Graph.Add(new VectorNode(VectorOp.Constant, Type, Number: True));

    private static int Not(int mask) => Xor(mask, AllTrue);

    private static int Put(VectorOp op, int a, int b = -1, int c = -1) =>
        Recording.Graph.Add(new VectorNode(op, Type, a, b, c));
}
