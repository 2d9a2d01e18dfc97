using System.Reflection;
using System.Reflection.Emit;

namespace Functional.Kernels;

/// <content>The code of row reductions, in the order of FusedRows.</content>
internal sealed partial class FusedCode
{
    // One block of columns.
    private void Block(int phase)
    {
        il.Emit(OpCodes.Ldloc, emit.Column);
        il.Emit(OpCodes.Ldc_I4, InterpretedTiles.Block);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Call, typeof(Math).GetMethod("Min", [typeof(nint), typeof(nint)])!);
        il.Emit(OpCodes.Stloc, end);
        foreach (Reducer r in reducers)
        {
            r.First = il.DeclareLocal(methods.Vector(r.Type));
            r.Second = il.DeclareLocal(methods.Vector(r.Type));
            emit.Constant(r.Type, Neutral(r));
            il.Emit(OpCodes.Stloc, r.First);
            emit.Constant(r.Type, Neutral(r));
            il.Emit(OpCodes.Stloc, r.Second);
        }

        Columns(phase);
        foreach (Reducer r in reducers)
        {
            if (!IsLong)
            {
                Join(r);
                Finish(r);
            }
            else if (r.Compensation is not null)
            {
                Join(r);
                AddBlock(r);
            }
            else
            {
                il.Emit(OpCodes.Ldloc, r.Total!);
                Join(r);
                emit.Call(r.Op, r.Type);
                il.Emit(OpCodes.Stloc, r.Total!);
            }
        }
    }

    // Whether a row has several blocks.
    private bool IsLong => form.Columns > InterpretedTiles.Block;

    // Sets the totals of a row before its first block.
    private void StartTotals()
    {
        foreach (Reducer r in reducers)
        {
            r.Total = r.Result ?? il.DeclareLocal(methods.Vector(r.Type));
            emit.Constant(r.Type, Empty(r));
            il.Emit(OpCodes.Stloc, r.Total);
            if (IsLong && r.Function == FusedOp.RowSum && r.Type != typeof(int))
            {
                r.Compensation = il.DeclareLocal(methods.Vector(r.Type));
                emit.Constant(r.Type, 0);
                il.Emit(OpCodes.Stloc, r.Compensation);
            }
        }
    }

    // Adds the block's sum on the stack to the row's, with compensation, as FusedSums does.
    private void AddBlock(Reducer r)
    {
        LocalBuilder part = il.DeclareLocal(methods.Vector(r.Type)), sum = il.DeclareLocal(methods.Vector(r.Type));
        LocalBuilder taken = il.DeclareLocal(methods.Vector(r.Type));
        il.Emit(OpCodes.Stloc, part);
        Two(VectorOp.Add, r.Total!, part);
        il.Emit(OpCodes.Stloc, sum);
        Two(VectorOp.Sub, sum, r.Total!);
        il.Emit(OpCodes.Stloc, taken);
        il.Emit(OpCodes.Ldloc, r.Compensation!);
        il.Emit(OpCodes.Ldloc, r.Total!);
        Two(VectorOp.Sub, sum, taken);
        emit.Call(VectorOp.Sub, r.Type);
        Two(VectorOp.Sub, part, taken);
        emit.Call(VectorOp.Add, r.Type);
        emit.Call(VectorOp.Add, r.Type);
        il.Emit(OpCodes.Stloc, r.Compensation!);
        il.Emit(OpCodes.Ldloc, sum);
        il.Emit(OpCodes.Stloc, r.Total!);

        void Two(VectorOp op, LocalBuilder a, LocalBuilder b)
        {
            il.Emit(OpCodes.Ldloc, a);
            il.Emit(OpCodes.Ldloc, b);
            emit.Call(op, r.Type);
        }
    }

    // Stores the totals of a row after its last block.
    private void FinishTotals()
    {
        foreach (Reducer r in reducers)
        {
            il.Emit(OpCodes.Ldloc, r.Total!);
            if (r.Compensation is not null)
            {
                // the compensation of an infinite sum is NaN
                LocalBuilder bare = il.DeclareLocal(methods.Vector(r.Type));
                il.Emit(OpCodes.Stloc, bare);
                il.Emit(OpCodes.Ldloc, r.Compensation);
                il.Emit(OpCodes.Ldloc, r.Compensation);
                emit.Call(VectorOp.Equal, r.Type);
                il.Emit(OpCodes.Ldloc, bare);
                il.Emit(OpCodes.Ldloc, r.Compensation);
                emit.Call(VectorOp.Add, r.Type);
                il.Emit(OpCodes.Ldloc, bare);
                emit.Call(VectorOp.Select, r.Type);
            }

            Finish(r);
        }
    }

    // Stores the row reduction on the stack in its local, or adds it to its operand.
    private void Finish(Reducer r)
    {
        if (r.Result is not null)
        {
            il.Emit(OpCodes.Stloc, r.Result);
            return;
        }

        LocalBuilder row = il.DeclareLocal(methods.Vector(r.Type));
        il.Emit(OpCodes.Stloc, row);
        il.Emit(OpCodes.Ldloc, emit.Addresses[r.Operand]);
        LoadScalar(emit.Addresses[r.Operand], r.Type);
        il.Emit(OpCodes.Ldloc, row);
        emit.Call(r.Op, r.Type);
        StoreScalar(r.Type);
    }

    // Pushes the combination of all lanes of both running results, in every lane, in the order of FusedRows.
    private void Join(Reducer r)
    {
        il.Emit(OpCodes.Ldloc, r.First!);
        il.Emit(OpCodes.Ldloc, r.Second!);
        Combine(r, emit.Bits);
        int bits = emit.Bits;
        for (; bits > 128; bits /= 2)
        {
            LocalBuilder whole = il.DeclareLocal(VectorMethods.Half(true, r.Type, bits).GetParameters()[0].ParameterType);
            il.Emit(OpCodes.Stloc, whole);
            il.Emit(OpCodes.Ldloc, whole);
            il.Emit(OpCodes.Call, VectorMethods.Half(false, r.Type, bits));
            il.Emit(OpCodes.Ldloc, whole);
            il.Emit(OpCodes.Call, VectorMethods.Half(true, r.Type, bits));
            Combine(r, bits / 2);
        }

        JoinLanes(r);
        il.Emit(OpCodes.Call, VectorMethods.ToScalar128(r.Type));
        il.Emit(OpCodes.Call, methods.Create(r.Type));
        if (r.Negates)
        {
            emit.Call(VectorOp.Neg, r.Type);
        }
    }

    // Combines the lanes of 128 bits in the first one.
    private void JoinLanes(Reducer r)
    {
        MethodInfo shuffle = VectorMethods.Shuffle(r.Type);
        LocalBuilder four = il.DeclareLocal(shuffle.ReturnType);
        int[][] orders = r.Type == typeof(double) ? [[1, 1]] : [[2, 3, 2, 3], [1, 1, 1, 1]];
        foreach (int[] order in orders)
        {
            il.Emit(OpCodes.Stloc, four);
            il.Emit(OpCodes.Ldloc, four);
            il.Emit(OpCodes.Ldloc, four);
            foreach (int lane in order)
            {
                il.Emit(OpCodes.Ldc_I4, lane);
                if (order.Length == 2)
                {
                    il.Emit(OpCodes.Conv_I8);
                }
            }

            il.Emit(OpCodes.Call, VectorMethods.Lanes128(order.Length));
            il.Emit(OpCodes.Call, shuffle);
            Combine(r, 128);
        }
    }

    // Combines the current vector with the running results, which take turns; the last one, partial, goes to the first.
    private void Reduce(Reducer r)
    {
        il.Emit(OpCodes.Ldloc, r.First!);
        if (emit.Tail)
        {
            il.Emit(OpCodes.Ldloc, emit.RestMask);
            emit.As(emit.Lane, r.Type);
            PushReduced(r);
            emit.Constant(r.Type, Neutral(r));
            emit.Call(VectorOp.Select, r.Type);
            Combine(r, emit.Bits);
            il.Emit(OpCodes.Stloc, r.First!);
        }
        else
        {
            PushReduced(r);
            Combine(r, emit.Bits);
            il.Emit(OpCodes.Ldloc, r.Second!);
            il.Emit(OpCodes.Stloc, r.First!);
            il.Emit(OpCodes.Stloc, r.Second!);
        }
    }

    private void PushReduced(Reducer r)
    {
        emit.Push(r.Value, r.Type);
        if (r.Negates)
        {
            emit.Call(VectorOp.Neg, r.Type);
        }
    }

    // Combines two vectors on the stack. The machine's minimum gives its second argument if the two are equal or one is NaN:
    // the bitwise or of both orders is then -0 of 0 and -0, and NaN of NaN and anything. That takes half the time of
    // Vector.Min. A maximum is the negated minimum of the negated numbers.
    private void Combine(Reducer r, int bits)
    {
        if (!r.Extreme)
        {
            il.Emit(OpCodes.Call, VectorMethods.Operation(r.Op, r.Type, bits));
            return;
        }

        MethodInfo least = VectorMethods.Operation(VectorOp.MinOrSecond, r.Type, bits);
        LocalBuilder a = il.DeclareLocal(least.ReturnType), b = il.DeclareLocal(least.ReturnType);
        il.Emit(OpCodes.Stloc, b);
        il.Emit(OpCodes.Stloc, a);
        il.Emit(OpCodes.Ldloc, a);
        il.Emit(OpCodes.Ldloc, b);
        il.Emit(OpCodes.Call, least);
        il.Emit(OpCodes.Ldloc, b);
        il.Emit(OpCodes.Ldloc, a);
        il.Emit(OpCodes.Call, least);
        il.Emit(OpCodes.Call, VectorMethods.Operation(VectorOp.Or, r.Type, bits));
    }

    // The neutral element of the operation, on numbers that may be negated.
    private static long Neutral(Reducer r) => !r.Extreme
        ? Empty(r)
        : r.Type == typeof(float)
            ? BitConverter.SingleToInt32Bits(float.PositiveInfinity)
            : BitConverter.DoubleToInt64Bits(double.PositiveInfinity);

    // The bits of the reduction of no elements.
    private static long Empty(Reducer r) => (r.Function, r.Type) switch
    {
        (FusedOp.RowSum, _) => 0,
        (FusedOp.RowMax, Type t) when t == typeof(float) => BitConverter.SingleToInt32Bits(float.NegativeInfinity),
        (FusedOp.RowMax, Type t) when t == typeof(double) => BitConverter.DoubleToInt64Bits(double.NegativeInfinity),
        (FusedOp.RowMax, _) => int.MinValue,
        (_, Type t) when t == typeof(float) => BitConverter.SingleToInt32Bits(float.PositiveInfinity),
        (_, Type t) when t == typeof(double) => BitConverter.DoubleToInt64Bits(double.PositiveInfinity),
        _ => int.MaxValue,
    };

    /// <summary>A reduction in a pass: of a value, to a local or an operand.</summary>
    private sealed class Reducer(int value, FusedOp function, Type type, LocalBuilder? result, int operand)
    {
        public readonly int Value = value;
        public readonly FusedOp Function = function;
        public readonly Type Type = type;
        public readonly LocalBuilder? Result = result;
        public readonly int Operand = operand;

        /// <summary>The running results of a block.</summary>
        public LocalBuilder? First;

        /// <inheritdoc cref="First"/>
        public LocalBuilder? Second;

        /// <summary>The result of a row's blocks so far and, of a sum of several, its compensation.</summary>
        public LocalBuilder? Total;

        /// <inheritdoc cref="Total"/>
        public LocalBuilder? Compensation;

        /// <summary>Whether it is the maximum or minimum of floating-point numbers.</summary>
        public bool Extreme => Function != FusedOp.RowSum && Type != typeof(int);

        public bool Negates => Extreme && Function == FusedOp.RowMax;

        public VectorOp Op => Function switch
        {
            FusedOp.RowSum => VectorOp.Add,
            FusedOp.RowMax => VectorOp.Max,
            _ => VectorOp.Min,
        };
    }
}
