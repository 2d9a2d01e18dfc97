using System.Reflection;
using System.Reflection.Emit;

namespace Functional.Kernels;

/// <summary>Generates the code of single values.</summary>
internal sealed class FusedEmitter(
    ILGenerator il, FusedForm form, FusedLowering lowering, FusedPlan plan, VectorMethods methods)
{
    private readonly FusedGraph graph = lowering.Graph;
    private readonly LocalBuilder?[] names = new LocalBuilder?[lowering.Graph.Nodes.Count];

    /// <summary>The type of the lanes of masks.</summary>
    public Type Lane { get; } = VectorMethods.Element(lowering.Lane);

    public int Bits { get; } = methods.Bits;

    public int Lanes { get; } = methods.Lanes(lowering.Lane);

    /// <summary>The address of each operand at the row's first column, and of row buffers.</summary>
    public LocalBuilder[] Addresses { get; set; } = [];

    public LocalBuilder[] Buffers { get; set; } = [];

    /// <summary>The column of the vector's first lane.</summary>
    public LocalBuilder Column { get; } = il.DeclareLocal(typeof(nint));

    /// <summary>The number of lanes of a last vector, and their mask.</summary>
    public LocalBuilder Rest { get; } = il.DeclareLocal(typeof(nint));

    public LocalBuilder RestMask { get; } = il.DeclareLocal(methods.Vector(VectorMethods.Element(lowering.Lane)));

    /// <summary>Whether the code being written is for a vector that is not full.</summary>
    public bool Tail { get; set; }

    /// <summary>The type of a value's lanes.</summary>
    public Type TypeOf(int node) => TypeOf(graph.Nodes[node].Type);

    public Type TypeOf(ElementType type) => type == ElementType.Bool ? Lane : VectorMethods.Element(type);

    public LocalBuilder Name(int node) => names[node] ??= il.DeclareLocal(methods.Vector(TypeOf(node)));

    /// <summary>Computes a value into its local.</summary>
    public void Define(int node, int phase)
    {
        if (plan.KeptIn[node] < phase && plan.Buffers[node] >= 0)
        {
            Address(Buffers[plan.Buffers[node]], TypeOf(node) == typeof(double) ? 8 : 4);
            il.Emit(OpCodes.Call, methods.Load(TypeOf(node)));
        }
        else
        {
            Compute(node);
        }

        il.Emit(OpCodes.Stloc, Name(node));
        if (plan.KeptIn[node] == phase && plan.Buffers[node] >= 0)
        {
            il.Emit(OpCodes.Ldloc, Name(node));
            Address(Buffers[plan.Buffers[node]], TypeOf(node) == typeof(double) ? 8 : 4);
            il.Emit(OpCodes.Call, methods.Store(TypeOf(node)));
        }
    }

    /// <summary>Pushes a value, as a vector of lanes of this type.</summary>
    public void Push(int node, Type type)
    {
        if (plan.Named[node])
        {
            il.Emit(OpCodes.Ldloc, Name(node));
        }
        else
        {
            Compute(node);
        }

        As(TypeOf(node), type);
    }

    /// <summary>Pushes the address at the current column of an operand with this stride.</summary>
    public void Address(LocalBuilder start, long step)
    {
        il.Emit(OpCodes.Ldloc, start);
        il.Emit(OpCodes.Ldloc, Column);
        if (step != 1)
        {
            il.Emit(OpCodes.Ldc_I4, checked((int)step));
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Mul);
        }

        il.Emit(OpCodes.Add);
    }

    public void As(Type from, Type to)
    {
        if (from != to)
        {
            il.Emit(OpCodes.Call, methods.As(from, to));
        }
    }

    /// <summary>Pushes a number, broadcast.</summary>
    public void Constant(Type type, long bits)
    {
        // As the integer of its bits: as a number, a mask might be changed on the way.
        if (type == typeof(double))
        {
            il.Emit(OpCodes.Ldc_I8, bits);
            il.Emit(OpCodes.Call, methods.Create(typeof(long)));
            As(typeof(long), type);
        }
        else
        {
            il.Emit(OpCodes.Ldc_I4, (int)bits);
            il.Emit(OpCodes.Call, methods.Create(typeof(int)));
            As(typeof(int), type);
        }
    }

    public void Call(VectorOp op, Type type) => il.Emit(OpCodes.Call, methods.Operation(op, ElementOf(type)));

    private static ElementType ElementOf(Type type) =>
        type == typeof(float) ? ElementType.Float32 : type == typeof(double) ? ElementType.Float64 : ElementType.Int32;

    private void Compute(int i)
    {
        VectorNode node = graph.Nodes[i];
        Type t = TypeOf(i);
        switch (node.Op)
        {
            case VectorOp.Constant:
                Constant(t, node.Number);
                break;
            case VectorOp.Load:
                Load(node, graph.Kinds[i]);
                break;
            case VectorOp.Iota:
                Iota(node, graph.Kinds[i]);
                break;
            case VectorOp.Map:
                Map(node, t);
                break;
            case VectorOp.Convert:
                Push(node.A, t == typeof(float) ? typeof(int) : typeof(float));
                Call(node.Op, t);
                break;
            case VectorOp.AddBits or VectorOp.SubBits or VectorOp.ShiftLeft or VectorOp.ShiftRight:
                OnBits(node, t);
                break;
            default:
                PushArguments(node, t);
                Call(node.Op, t);
                break;
        }
    }

    // The call of an operation's function.
    private void Map(VectorNode node, Type t)
    {
        (string method, Type op) = ElementwiseOperation.Of(node.Function)!.Kernel(node.Type)!.Called;
        PushArguments(node, t);
        Type[] types = method == nameof(FusedLanes.Pairs)
            ? [op, t, methods.Simd(t), methods.Vector(t)]
            : [op, t, methods.Vector(t)];
        il.Emit(OpCodes.Call, VectorMethods.Lane(method, types));
    }

    // An operation on the bits of lanes, with another value or a number.
    private void OnBits(VectorNode node, Type t)
    {
        Type whole = t == typeof(float) ? typeof(int) : t == typeof(double) ? typeof(long) : t;
        PushArguments(node, whole);
        if (node.B < 0)
        {
            il.Emit(OpCodes.Ldc_I4, (int)node.Number);
        }

        Call(node.Op, t);
        As(whole, t);
    }

    private void PushArguments(VectorNode node, Type type)
    {
        foreach (int argument in (int[])[node.A, node.B, node.C])
        {
            if (argument >= 0)
            {
                Push(argument, type);
            }
        }
    }

    private void Load(VectorNode node, FusedKind kind)
    {
        LocalBuilder start = Addresses[node.Number];
        Type t = TypeOf(node.Type);
        Type v = methods.Vector(t);
        bool mask = node.Type == ElementType.Bool;
        long step = form.Steps[node.Number][^1];
        int size = node.Type.Size();
        if (kind != FusedKind.Full)
        {
            il.Emit(OpCodes.Ldloc, start);
            Splat(node.Type);
        }
        else if (step == size && !Tail)
        {
            Address(start, size);
            il.Emit(OpCodes.Call, mask ? methods.Simd(t).GetMethod("LoadMask")! : methods.Load(t));
        }
        else if (step == size && !mask && methods.MaskLoad(Lane) is MethodInfo load)
        {
            Address(start, size);
            il.Emit(OpCodes.Ldloc, RestMask);
            if (load.GetParameters().Length == 3)
            {
                Constant(Lane, 0);
            }

            il.Emit(OpCodes.Call, load);
            As(Lane, t);
        }
        else
        {
            Address(start, step);
            Steps(step);
            il.Emit(OpCodes.Call, mask
                ? VectorMethods.Lane(nameof(FusedLanes.GatherMask), t, methods.Simd(t), v)
                : VectorMethods.Lane(nameof(FusedLanes.Gather), t, v));
        }
    }

    /// <summary>Pushes a stride, and the number of lanes that are in use.</summary>
    public void Steps(long step)
    {
        il.Emit(OpCodes.Ldc_I8, step);
        il.Emit(OpCodes.Conv_I);
        if (Tail)
        {
            il.Emit(OpCodes.Ldloc, Rest);
        }
        else
        {
            il.Emit(OpCodes.Ldc_I4, Lanes);
            il.Emit(OpCodes.Conv_I);
        }
    }

    // Replaces an address by the element there, broadcast.
    private void Splat(ElementType type)
    {
        switch (type)
        {
            case ElementType.Float32:
                il.Emit(OpCodes.Ldind_R4);
                il.Emit(OpCodes.Call, methods.Create(typeof(float)));
                break;
            case ElementType.Float64:
                il.Emit(OpCodes.Ldind_R8);
                il.Emit(OpCodes.Call, methods.Create(typeof(double)));
                break;
            case ElementType.Int32:
                il.Emit(OpCodes.Ldind_I4);
                il.Emit(OpCodes.Call, methods.Create(typeof(int)));
                break;
            default:
                Type whole = Lane == typeof(double) ? typeof(long) : typeof(int);
                il.Emit(OpCodes.Ldind_U1);
                il.Emit(OpCodes.Ldc_I4_0);
                il.Emit(OpCodes.Cgt_Un);
                il.Emit(OpCodes.Neg);
                if (whole == typeof(long))
                {
                    il.Emit(OpCodes.Conv_I8);
                }

                il.Emit(OpCodes.Call, methods.Create(whole));
                As(whole, Lane);
                break;
        }
    }

    // The address is the position. It is converted to an integer of the lanes' width first, so that it is rounded once.
    private void Iota(VectorNode node, FusedKind kind)
    {
        bool wide = Lane == typeof(double);
        Type whole = wide ? typeof(double) : typeof(int);
        if (kind == FusedKind.Full)
        {
            Address(Addresses[node.Number], form.Steps[node.Number][^1]);
        }
        else
        {
            il.Emit(OpCodes.Ldloc, Addresses[node.Number]);
        }

        il.Emit(wide ? OpCodes.Conv_R8 : OpCodes.Conv_I4);
        il.Emit(OpCodes.Call, methods.Create(whole));
        if (kind == FusedKind.Full)
        {
            il.Emit(OpCodes.Call, methods.Indices(whole));
            Call(VectorOp.Add, whole);
        }

        if (node.Type == ElementType.Float32)
        {
            Call(VectorOp.Convert, typeof(float));
        }
    }
}
