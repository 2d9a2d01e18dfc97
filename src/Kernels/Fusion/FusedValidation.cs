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
                Fail($"The domain [{p.Domain}] has a negative length.");
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
                    + $"Use Sum for sums over all elements.");
            }

            for (int axis = 0; axis < p.Domain.Length && store.Kind == FusedStoreKind.Write; axis++)
            {
                bool repeats = p.Domain[axis] > 1 && p.Operands[store.Operand].Strides[axis] == 0;
                if (repeats && !(axis == p.Domain.Length - 1 && p.IsRowValue(store.Value)))
                {
                    Fail($"Store {i} writes all elements along axis {axis} to one place. Only a value that is the same "
                        + $"along the last axis may be written with a stride of 0 there.");
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
                Index(x.A, p.Operands.Length, $"Instruction {i} loads operand");
                Require(x.Type == p.Operands[x.A].Type, p, i);
                break;
            case FusedOp.Constant:
                break;
            case FusedOp.Iota:
                Index(x.A, p.Domain.Length, $"Instruction {i} counts along axis");
                Require(x.Type != ElementType.Bool, p, i);
                break;
            case > FusedOp.RowMin:
                Fail($"Instruction {i} is of no known kind.");
                break;
            default:
                Computation(p, i);
                break;
        }
    }

    // An instruction with arguments.
    private static void Computation(FusedProgram p, int i)
    {
        FusedInstruction x = p.Instructions[i];
        ElementType a = Argument(p, i, x.A);
        switch (x.Op)
        {
            case FusedOp.Where:
                Require(
                    a == ElementType.Bool && Argument(p, i, x.B) == x.Type && Argument(p, i, x.C) == x.Type, p, i);
                break;
            case FusedOp.Cast:
                break;
            case FusedOp.RowSum or FusedOp.RowMax or FusedOp.RowMin:
                Require(a != ElementType.Bool && x.Type == a, p, i);
                break;
            default:
                ElementwiseOperation row = ElementwiseOperation.Of(x.Op)!;
                ElementType b = row.Arity > 1 ? Argument(p, i, x.B) : a;
                Require(row.Kernel(a.Computed()) != null && b == a && x.Type == (row.IsComparison ? ElementType.Bool : a), p, i);
                break;
        }
    }

    private static void Index(int index, int count, string what)
    {
        if ((uint)index >= (uint)count)
        {
            Fail($"{what} {index} of {count}.");
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
            Sum(p, i, store.Operand);
        }
    }

    // A store that sums: into an operand of numbers that nothing else writes or reads, contiguous along the axes it keeps.
    private static void Sum(FusedProgram p, int i, int operand)
    {
        FusedOperand to = p.Operands[operand];
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
                    Fail($"Store {i} sums into strides [{to.Strides}] over the domain "
                        + $"[{p.Domain}]; they must be 0 or contiguous.");
                }

                expected *= p.Domain[axis];
            }
        }

        for (int other = 0; other < p.Stores.Length; other++)
        {
            if (other != i && p.Stores[other].Operand == operand)
            {
                Fail($"Stores {i} and {other} both write operand {operand}.");
            }
        }

        if (Array.Exists(p.Instructions, x => x.Op == FusedOp.Load && x.A == operand))
        {
            Fail($"Store {i} sums into operand {operand}, which is read too.");
        }
    }

    private static void Fail(InvariantText message) => throw new ArgumentException(message.ToString());
}
