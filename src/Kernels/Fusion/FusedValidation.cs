namespace Functional.Kernels;

/// <summary>Validation of fused programs.</summary>
internal static class FusedValidation
{
    private const int MaxRank = 6;

    public static void Check(FusedProgram p)
    {
        if (p.Domain.Length > MaxRank)
        {
            Fail($"The domain has {p.Domain.Length} axes; at most {MaxRank} are possible.");
        }

        foreach (int n in p.Domain)
        {
            if (n < 0)
            {
                Fail($"The domain [{string.Join(", ", p.Domain)}] has a negative length.");
            }
        }

        for (int i = 0; i < p.Operands.Length; i++)
        {
            if (p.Operands[i].Strides.Length != p.Domain.Length)
            {
                Fail($"Operand {i} has {p.Operands[i].Strides.Length} strides; the domain has {p.Domain.Length} axes.");
            }
        }

        for (int i = 0; i < p.Instructions.Length; i++)
        {
            Instruction(p, i);
        }

        for (int i = 0; i < p.Stores.Length; i++)
        {
            Store(p, i);
        }
    }

    /// <summary>Throws if two elements would be written to one address, or if a row value is required and is none.</summary>
    public static void CheckWrites(FusedProgram p)
    {
        for (int i = 0; i < p.Stores.Length; i++)
        {
            FusedStore store = p.Stores[i];
            if (store.Kind == FusedStoreKind.SumRows
                && !(p.IsRowValue(store.Value) && (p.Domain.Length == 0 || p.Operands[store.Operand].Strides[^1] == 0)))
            {
                Fail($"Store {i} sums a value that varies along the last axis, or into an operand that does, once a row. "
                    + "Use Sum for sums over all elements.");
            }

            for (int axis = 0; axis < p.Domain.Length && store.Kind == FusedStoreKind.Write; axis++)
            {
                bool repeats = p.Domain[axis] > 1 && p.Operands[store.Operand].Strides[axis] == 0;
                if (repeats && !(axis == p.Domain.Length - 1 && p.IsRowValue(store.Value)))
                {
                    Fail($"Store {i} writes all elements along axis {axis} to one place. Only a value that is the same "
                        + "along the last axis may be written with a stride of 0 there.");
                }
            }
        }
    }

    private static void Instruction(FusedProgram p, int i)
    {
        FusedInstruction x = p.Instructions[i];
        switch (x.Op)
        {
            case FusedOp.Load:
                if ((uint)x.A >= (uint)p.Operands.Length)
                {
                    Fail($"Instruction {i} loads operand {x.A} of {p.Operands.Length}.");
                }

                Require(x.Type == p.Operands[x.A].Type, p, i);
                return;
            case FusedOp.Constant:
                return;
            case FusedOp.Iota:
                if ((uint)x.A >= (uint)p.Domain.Length)
                {
                    Fail($"Instruction {i} counts along axis {x.A} of {p.Domain.Length}.");
                }

                Require(x.Type != ElementType.Bool, p, i);
                return;
            case > FusedOp.RowMin:
                Fail($"Instruction {i} is of no known kind.");
                return;
        }

        int arity = x.Op.Arity();
        ElementType a = Argument(p, i, x.A);
        ElementType b = arity > 1 ? Argument(p, i, x.B) : a;
        ElementType c = arity > 2 ? Argument(p, i, x.C) : b;
        bool number = a != ElementType.Bool;
        bool real = a is ElementType.Float32 or ElementType.Float64;
        switch (x.Op)
        {
            case FusedOp.Where:
                Require(a == ElementType.Bool && b == x.Type && c == x.Type, p, i);
                break;
            case FusedOp.Cast:
                break;
            case FusedOp.Not or FusedOp.And or FusedOp.Or:
                Require(!number && b == a && x.Type == a, p, i);
                break;
            case FusedOp.Neg or FusedOp.Abs or FusedOp.Sign or FusedOp.Relu:
            case FusedOp.RowSum or FusedOp.RowMax or FusedOp.RowMin:
            case >= FusedOp.Add and <= FusedOp.Minimum:
                Require(number && b == a && x.Type == a, p, i);
                break;
            case >= FusedOp.Equal and <= FusedOp.GreaterEqual:
                Require(b == a && x.Type == ElementType.Bool, p, i);
                break;
            default:
                Require(real && x.Type == a, p, i);
                break;
        }
    }

    private static ElementType Argument(FusedProgram p, int i, int argument)
    {
        if (argument < 0 || argument >= i)
        {
            Fail($"Instruction {i} ({p.Instructions[i].Op}) takes instruction {argument}, which is not an earlier one.");
        }

        return p.Instructions[argument].Type;
    }

    private static void Require(bool fits, FusedProgram p, int i)
    {
        if (!fits)
        {
            FusedInstruction x = p.Instructions[i];
            string from = x.Op.IsSource()
                ? ""
                : " from " + string.Join(
                    ", ", new[] { x.A, x.B, x.C }.Take(x.Op.Arity()).Select(j => p.Instructions[j].Type));
            Fail($"Instruction {i} ({x.Op}) cannot make {x.Type}{from}.");
        }
    }

    private static void Store(FusedProgram p, int i)
    {
        FusedStore store = p.Stores[i];
        if ((uint)store.Value >= (uint)p.Instructions.Length || (uint)store.Operand >= (uint)p.Operands.Length)
        {
            Fail($"Store {i} puts value {store.Value} of {p.Instructions.Length} into operand {store.Operand} of "
                + $"{p.Operands.Length}.");
        }

        FusedOperand to = p.Operands[store.Operand];
        if (p.Instructions[store.Value].Type != to.Type)
        {
            Fail($"Store {i} puts {p.Instructions[store.Value].Type} into an operand of {to.Type}.");
        }

        if (store.Kind > FusedStoreKind.SumRows)
        {
            Fail($"Store {i} is of no known kind.");
        }

        if (store.Kind != FusedStoreKind.Write)
        {
            if (to.Type == ElementType.Bool)
            {
                Fail($"Store {i} sums booleans; cast them first.");
            }

            long expected = 1;
            for (int axis = p.Domain.Length - 1; axis >= 0; axis--)
            {
                if (p.Domain[axis] > 1 && to.Strides[axis] != 0)
                {
                    if (to.Strides[axis] != expected)
                    {
                        Fail($"Store {i} sums into strides [{string.Join(", ", to.Strides)}] over the domain "
                            + $"[{string.Join(", ", p.Domain)}]; they must be 0 or contiguous.");
                    }

                    expected *= p.Domain[axis];
                }
            }

            for (int other = 0; other < p.Stores.Length; other++)
            {
                if (other != i && p.Stores[other].Operand == store.Operand)
                {
                    Fail($"Stores {i} and {other} both write operand {store.Operand}.");
                }
            }

            if (Array.Exists(p.Instructions, x => x.Op == FusedOp.Load && x.A == store.Operand))
            {
                Fail($"Store {i} sums into operand {store.Operand}, which is read too.");
            }
        }
    }

    private static void Fail(string message) => throw new ArgumentException(message);
}
