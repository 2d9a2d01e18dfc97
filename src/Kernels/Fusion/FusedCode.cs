using System.Reflection;
using System.Reflection.Emit;
using System.Text;

namespace Functional.Kernels;

/// <summary>The generated code of a program; its arguments are those of FusedTiles.Run, and memory for row buffers.</summary>
internal unsafe delegate void FusedLoop(nint* at, nint* steps, nint rows, nint columns, byte* buffers);

/// <summary>
/// Generates the code of a program: a loop over rows and, for each pass over a row, a loop over its vectors, followed by the
/// same body for a last vector that is not full.
/// </summary>
internal sealed partial class FusedCode
{
    /// <summary>The number of values up to which the JIT allocates registers.</summary>
    private const int MaxValues = 600;

    private readonly FusedForm form;
    private readonly FusedLowering lowering;
    private readonly FusedPlan plan;
    private readonly VectorMethods methods;
    private readonly ILGenerator il;
    private readonly FusedEmitter emit;
    private readonly LocalBuilder end;
    private readonly List<Reducer> reducers = [];

    private FusedCode(FusedForm form, FusedLowering lowering, FusedPlan plan, SimdLevel level, ILGenerator il)
    {
        (this.form, this.lowering, this.plan, this.il) = (form, lowering, plan, il);
        methods = VectorMethods.Of(level);
        emit = new FusedEmitter(il, form, lowering, plan, methods);
        end = il.DeclareLocal(typeof(nint));
    }

    /// <summary>The code, or null if none can be generated for the program.</summary>
    public static FusedLoop? Make(FusedForm form, SimdLevel level, out int buffers)
    {
        buffers = 0;
        FusedLowering? lowering = FusedLowering.Lower(form);
        if (lowering is null || lowering.Graph.Nodes.Count > MaxValues)
        {
            return null;
        }

        FusedPlan plan = new(form, lowering);
        buffers = plan.BufferCount;
        Type[] arguments = [typeof(nint*), typeof(nint*), typeof(nint), typeof(nint), typeof(byte*)];
        DynamicMethod method = new("Fused", typeof(void), arguments, typeof(FusedCode).Module, skipVisibility: true);
        new FusedCode(form, lowering, plan, level, method.GetILGenerator(4096)).Write();
        return method.CreateDelegate<FusedLoop>();
    }

    /// <summary>
    /// The key of the code in the cache: all that the code depends on. Of the lengths that is whether a row that is reduced has
    /// one block or more, of the strides those of columns and whether there are others.
    /// </summary>
    public static string Key(FusedForm form, SimdLevel level)
    {
        bool sums = form.PhaseCount > 1 || Array.Exists(form.Stores, store => store.Kind == FusedStoreKind.Sum);
        StringBuilder key = new();
        key.Append((int)level).Append(sums && form.Columns > InterpretedTiles.Block ? 'B' : 'b');
        foreach (FusedInstruction x in form.Instructions)
        {
            key.Append('i').Append((int)x.Op).Append(',').Append((int)x.Type).Append(',').Append(x.A).Append(',')
                .Append(x.B).Append(',').Append(x.C).Append(',').Append(BitConverter.DoubleToInt64Bits(x.Value));
        }

        foreach (FusedStore store in form.Stores)
        {
            key.Append('s').Append((int)store.Kind).Append(',').Append(store.Value).Append(',').Append(store.Operand);
        }

        foreach (long[] steps in form.Steps)
        {
            key.Append(Array.TrueForAll(steps, step => step == 0) ? 'o' : 'r').Append(steps[^1]);
        }

        return key.ToString();
    }

    private void Write()
    {
        Label row = il.DefineLabel(), test = il.DefineLabel();
        Prepare();
        il.Emit(OpCodes.Br, test);
        il.MarkLabel(row);
        Row();
        for (int i = 0; i < emit.Addresses.Length; i++)
        {
            Element(OpCodes.Ldarg_1, i);
            il.Emit(OpCodes.Ldloc, emit.Addresses[i]);
            il.Emit(OpCodes.Add);
            il.Emit(OpCodes.Stloc, emit.Addresses[i]);
        }

        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldc_I4_1);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Starg_S, (byte)2);
        il.MarkLabel(test);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Bgt, row);
        il.Emit(OpCodes.Ret);
    }

    // The code of one row: its values and stores.
    private void Row()
    {
        for (int phase = 0; phase < form.PhaseCount; phase++)
        {
            foreach (int i in plan.RowValues(phase))
            {
                if (plan.Named[i])
                {
                    emit.Define(i, phase);
                }
            }

            Pass(phase);
        }

        for (int k = 0; k < form.Stores.Length; k++)
        {
            if (form.OnceARow[k])
            {
                StoreOnce(form.Stores[k]);
            }
        }
    }

    // The prologue: addresses, row buffers, the mask of the last vector, and values that are the same for all rows.
    private void Prepare()
    {
        emit.Addresses = [.. form.Steps.Select(_ => il.DeclareLocal(typeof(nint)))];
        for (int i = 0; i < emit.Addresses.Length; i++)
        {
            Element(OpCodes.Ldarg_0, i);
            il.Emit(OpCodes.Stloc, emit.Addresses[i]);
        }

        emit.Buffers = [.. Enumerable.Range(0, plan.BufferCount).Select(_ => il.DeclareLocal(typeof(nint)))];
        for (int i = 0; i < emit.Buffers.Length; i++)
        {
            il.Emit(OpCodes.Ldarg_S, (byte)4);
            il.Emit(OpCodes.Ldarg_3);
            il.Emit(OpCodes.Ldc_I4, GeneratedTiles.BufferColumns);
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Add);
            il.Emit(OpCodes.Ldc_I4, i * lowering.Lane.Size());
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Mul);
            il.Emit(OpCodes.Add);
            il.Emit(OpCodes.Stloc, emit.Buffers[i]);
        }

        PrepareRest();
        for (int i = 0; i < lowering.Graph.Nodes.Count; i++)
        {
            if (lowering.Graph.Kinds[i] == FusedKind.Once && plan.Named[i])
            {
                emit.Define(i, 0);
            }
        }
    }

    // The number of lanes of a row's last vector, and their mask.
    private void PrepareRest()
    {
        Type whole = emit.Lane == typeof(double) ? typeof(long) : typeof(int);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Ldc_I4, emit.Lanes - 1);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.And);
        il.Emit(OpCodes.Stloc, emit.Rest);
        il.Emit(OpCodes.Call, methods.Indices(whole));
        il.Emit(OpCodes.Ldloc, emit.Rest);
        il.Emit(whole == typeof(long) ? OpCodes.Conv_I8 : OpCodes.Conv_I4);
        il.Emit(OpCodes.Call, methods.Create(whole));
        il.Emit(OpCodes.Call, methods.Less(whole));
        emit.As(whole, emit.Lane);
        il.Emit(OpCodes.Stloc, emit.RestMask);
    }

    // Pushes an element of an array of addresses or steps.
    private void Element(OpCode array, int i)
    {
        il.Emit(array);
        il.Emit(OpCodes.Ldc_I4, i * sizeof(long));
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Ldind_I);
    }

    private void Pass(int phase)
    {
        bool last = phase == form.PhaseCount - 1;
        bool stores = last && Array.Exists(form.OnceARow, once => !once);
        FindReducers(phase, last);
        if (reducers.Count == 0 && !stores)
        {
            return;
        }

        StartTotals();
        Zero();
        il.Emit(OpCodes.Stloc, emit.Column);
        if (reducers.Count == 0)
        {
            il.Emit(OpCodes.Ldarg_3);
            il.Emit(OpCodes.Stloc, end);
            Columns(phase);
            return;
        }

        if (!IsLong)
        {
            Block(phase);
            return;
        }

        Label block = il.DefineLabel(), test = il.DefineLabel();
        il.Emit(OpCodes.Br, test);
        il.MarkLabel(block);
        Block(phase);
        il.MarkLabel(test);
        il.Emit(OpCodes.Ldloc, emit.Column);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Blt, block);
        FinishTotals();
    }

    // The reductions of a pass: those of the program, and in the last one the sums that stores take over the last axis.
    private void FindReducers(int phase, bool last)
    {
        reducers.Clear();
        foreach (int i in plan.Reductions(phase))
        {
            VectorNode node = lowering.Graph.Nodes[i];
            reducers.Add(new Reducer(node.A, node.Function, emit.TypeOf(i), emit.Name(i), -1));
        }

        for (int k = 0; last && k < form.Stores.Length; k++)
        {
            FusedStore store = form.Stores[k];
            if (store.Kind == FusedStoreKind.Sum && form.Steps[store.Operand][^1] == 0)
            {
                int value = lowering.Values[store.Value];
                reducers.Add(new Reducer(value, FusedOp.RowSum, emit.TypeOf(value), null, store.Operand));
            }
        }
    }

    // The loop from the current column to the end: whole vectors, and a partial one.
    private void Columns(int phase)
    {
        Label vector = il.DefineLabel(), test = il.DefineLabel(), done = il.DefineLabel();
        il.Emit(OpCodes.Br, test);
        il.MarkLabel(vector);
        emit.Tail = false;
        Body(phase);
        Advance();
        il.MarkLabel(test);
        il.Emit(OpCodes.Ldloc, emit.Column);
        il.Emit(OpCodes.Ldloc, end);
        il.Emit(OpCodes.Ldc_I4, emit.Lanes);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Ble, vector);
        il.Emit(OpCodes.Ldloc, emit.Column);
        il.Emit(OpCodes.Ldloc, end);
        il.Emit(OpCodes.Bge, done);
        emit.Tail = true;
        Body(phase);
        Advance();
        emit.Tail = false;
        il.MarkLabel(done);
    }

    private void Advance()
    {
        il.Emit(OpCodes.Ldloc, emit.Column);
        il.Emit(OpCodes.Ldc_I4, emit.Lanes);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, emit.Column);
    }

    private void Body(int phase)
    {
        for (int i = 0; i < lowering.Graph.Nodes.Count; i++)
        {
            if (plan.Needed[phase][i] && plan.Named[i])
            {
                emit.Define(i, phase);
            }
        }

        reducers.ForEach(Reduce);

        for (int k = 0; phase == form.PhaseCount - 1 && k < form.Stores.Length; k++)
        {
            FusedStore store = form.Stores[k];
            bool sums = store.Kind == FusedStoreKind.Sum;
            if (!form.OnceARow[k] && !(sums && form.Steps[store.Operand][^1] == 0))
            {
                Store(store, sums);
            }
        }
    }

    private void StoreMask(FusedStore store)
    {
        Type t = emit.Lane;
        long step = form.Steps[store.Operand][^1];
        emit.Address(emit.Addresses[store.Operand], step);
        emit.Push(lowering.Values[store.Value], t);
        if (step != 1 || emit.Tail)
        {
            emit.Steps(step);
            il.Emit(OpCodes.Call, VectorMethods.Lane(nameof(FusedLanes.ScatterMask), t, methods.Vector(t)));
        }
        else
        {
            il.Emit(OpCodes.Call, VectorMethods.Lane(
                nameof(FusedLanes.StoreMask), t, methods.Simd(t), methods.Vector(t)));
        }
    }

    private void Store(FusedStore store, bool sums)
    {
        int value = lowering.Values[store.Value];
        ElementType type = form.Instructions[store.Value].Type;
        Type t = emit.TypeOf(type);
        LocalBuilder start = emit.Addresses[store.Operand];
        long step = form.Steps[store.Operand][^1];
        int size = type.Size();
        MethodInfo? maskStore = methods.MaskStore(emit.Lane);
        if (type == ElementType.Bool)
        {
            StoreMask(store);
        }
        else if (step == size && !emit.Tail)
        {
            Sum(value, t, start, step, sums);
            emit.Address(start, step);
            il.Emit(OpCodes.Call, methods.Store(t));
        }
        else if (step == size && maskStore is not null)
        {
            emit.Address(start, step);
            il.Emit(OpCodes.Ldloc, emit.RestMask);
            Sum(value, t, start, step, sums);
            emit.As(t, emit.Lane);
            il.Emit(OpCodes.Call, maskStore);
        }
        else
        {
            emit.Address(start, step);
            Sum(value, t, start, step, sums);
            emit.Steps(step);
            il.Emit(OpCodes.Call, VectorMethods.Lane(nameof(FusedLanes.Scatter), t, methods.Vector(t)));
        }
    }

    // Pushes a value, or its sum with the elements stored already.
    private void Sum(int value, Type t, LocalBuilder start, long step, bool sums)
    {
        if (!sums)
        {
            emit.Push(value, t);
            return;
        }

        if (!emit.Tail && step == (t == typeof(double) ? 8 : 4))
        {
            emit.Address(start, step);
            il.Emit(OpCodes.Call, methods.Load(t));
        }
        else if (methods.MaskLoad(emit.Lane) is MethodInfo load && step == (t == typeof(double) ? 8 : 4))
        {
            emit.Address(start, step);
            il.Emit(OpCodes.Ldloc, emit.RestMask);
            if (load.GetParameters().Length == 3)
            {
                emit.Constant(emit.Lane, 0);
            }

            il.Emit(OpCodes.Call, load);
            emit.As(emit.Lane, t);
        }
        else
        {
            emit.Address(start, step);
            emit.Steps(step);
            il.Emit(OpCodes.Call, VectorMethods.Lane(nameof(FusedLanes.Gather), t, methods.Vector(t)));
        }

        emit.Push(value, t);
        emit.Call(VectorOp.Add, t);
    }

    private void StoreOnce(FusedStore store)
    {
        int value = lowering.Values[store.Value];
        Type t = emit.TypeOf(value);
        LocalBuilder at = emit.Addresses[store.Operand];
        il.Emit(OpCodes.Ldloc, at);
        if (form.Instructions[store.Value].Type == ElementType.Bool)
        {
            Type whole = t == typeof(double) ? typeof(long) : typeof(int);
            emit.Push(value, whole);
            il.Emit(OpCodes.Call, methods.ToScalar(whole));
            il.Emit(OpCodes.Conv_I4);
            il.Emit(OpCodes.Ldc_I4_1);
            il.Emit(OpCodes.And);
            il.Emit(OpCodes.Stind_I1);
        }
        else if (store.Kind == FusedStoreKind.SumRows)
        {
            LoadScalar(at, t);
            emit.Push(value, t);
            emit.Call(VectorOp.Add, t);
            StoreScalar(t);
        }
        else
        {
            emit.Push(value, t);
            StoreScalar(t);
        }
    }

    // Pushes the element at an address, broadcast.
    private void LoadScalar(LocalBuilder at, Type t)
    {
        il.Emit(OpCodes.Ldloc, at);
        il.Emit(t == typeof(float) ? OpCodes.Ldind_R4 : t == typeof(double) ? OpCodes.Ldind_R8 : OpCodes.Ldind_I4);
        il.Emit(OpCodes.Call, methods.Create(t));
    }

    // Stores a vector's first lane at the address below it.
    private void StoreScalar(Type t)
    {
        il.Emit(OpCodes.Call, methods.ToScalar(t));
        il.Emit(t == typeof(float) ? OpCodes.Stind_R4 : t == typeof(double) ? OpCodes.Stind_R8 : OpCodes.Stind_I4);
    }

    private void Zero()
    {
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Conv_I);
    }
}
