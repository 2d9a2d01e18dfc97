namespace Functional.Kernels;

/// <summary>Along which axes the value of an instruction varies.</summary>
internal enum FusedKind : byte
{
    /// <summary>One value for the whole domain.</summary>
    Once,

    /// <summary>One value a row.</summary>
    Row,

    /// <summary>One value an element.</summary>
    Full,
}

/// <summary>
/// A program normalised to as few axes as possible: axes of length 1 are dropped, and neighbours are merged where one stride
/// covers both in every operand. The last axis holds the columns; rows are counted over the others.
/// </summary>
internal sealed class FusedForm
{
    /// <summary>The lengths of the axes: at least two, rows and columns.</summary>
    public readonly long[] Lengths;

    /// <summary>
    /// The stride in bytes of each operand and axis. The program's operands are followed by one pseudo-operand for each Iota,
    /// whose address is the position along the axis.
    /// </summary>
    public readonly long[][] Steps;

    /// <summary>The program's instructions; A of Iota is the index of its pseudo-operand.</summary>
    public readonly FusedInstruction[] Instructions;

    public readonly FusedStore[] Stores;

    /// <summary>Whether each store takes one value a row, without a sum over the columns.</summary>
    public readonly bool[] OnceARow;

    /// <summary>The kind of each instruction's value.</summary>
    public readonly FusedKind[] Kinds;

    /// <summary>The pass over a row in which each instruction's value is known; each reduction ends a pass.</summary>
    public readonly int[] Phases;

    /// <summary>The number of passes over a row.</summary>
    public int PhaseCount { get; private set; }

    /// <summary>The cost of an element, and of a row apart from its elements, in additions.</summary>
    public int ColumnCost { get; private set; }

    /// <inheritdoc cref="ColumnCost"/>
    public int RowCost { get; private set; }

    /// <param name="program">The program.</param>
    /// <param name="keepRows">Whether the last axis stays as it is.</param>
    public FusedForm(FusedProgram program, bool keepRows)
    {
        Instructions = [.. program.Instructions];
        Stores = program.Stores;
        OnceARow = [.. Stores.Select(s => s.Kind == FusedStoreKind.SumRows)];
        List<long[]> steps = [.. program.Operands.Select(o => o.Strides.Select(s => s * o.Type.Size()).ToArray())];
        for (int i = 0; i < Instructions.Length; i++)
        {
            if (Instructions[i].Op == FusedOp.Iota)
            {
                long[] positions = new long[program.Domain.Length];
                positions[Instructions[i].A] = 1;
                Instructions[i] = Instructions[i] with { A = steps.Count };
                steps.Add(positions);
            }
        }

        (Lengths, Steps) = Simplify(program.Domain, steps, keepRows);
        Rows = Lengths[..^1].Aggregate(1L, (a, b) => a * b);
        int count = Instructions.Length;
        Kinds = new FusedKind[count];
        Phases = new int[count];
        for (int i = 0; i < count; i++)
        {
            Classify(i);
        }

        PhaseCount = Math.Max(PhaseCount, 1);
        for (int i = 0; i < Stores.Length; i++)
        {
            FusedStore store = Stores[i];
            OnceARow[i] |= store.Kind == FusedStoreKind.Write && Steps[store.Operand][^1] == 0;
            ColumnCost += Steps[store.Operand][^1] != 0 || Kinds[store.Value] == FusedKind.Full ? 1 : 0;
        }
    }

    /// <summary>The number of rows.</summary>
    public long Rows { get; }

    public long Columns => Lengths[^1];

    // The phase, kind and cost of an instruction, whose arguments' are known.
    private void Classify(int i)
    {
        FusedInstruction x = Instructions[i];
        int arity = x.Op.Arity();
        int phase = arity > 0 ? Phases[x.A] : 0;
        phase = arity > 1 ? Math.Max(phase, Phases[x.B]) : phase;
        phase = arity > 2 ? Math.Max(phase, Phases[x.C]) : phase;
        Phases[i] = phase + (x.Op.IsRowReduction() ? 1 : 0);
        PhaseCount = Math.Max(PhaseCount, Phases[i] + 1);
        Kinds[i] = KindOf(x);
        int cost = x.Op.Cost(x.Type);
        ColumnCost += Kinds[i] == FusedKind.Full || x.Op.IsRowReduction() ? cost : 0;
        RowCost += Kinds[i] == FusedKind.Row ? cost : 0;
    }

    private FusedKind KindOf(FusedInstruction x)
    {
        switch (x.Op)
        {
            case FusedOp.Constant:
                return FusedKind.Once;
            case FusedOp.Load:
            case FusedOp.Iota:
                return Steps[x.A][^1] != 0 ? FusedKind.Full
                    : Array.Exists(Steps[x.A], s => s != 0) ? FusedKind.Row
                    : FusedKind.Once;
        }

        if (x.Op.IsRowReduction())
        {
            return FusedKind.Row;
        }

        FusedKind kind = Kinds[x.A];
        if (x.Op.Arity() > 1 && Kinds[x.B] > kind)
        {
            kind = Kinds[x.B];
        }

        return x.Op.Arity() > 2 && Kinds[x.C] > kind ? Kinds[x.C] : kind;
    }

    private static (long[] Lengths, long[][] Steps) Simplify(int[] domain, List<long[]> steps, bool keepRows)
    {
        List<long> lengths = [];
        List<long>[] results = [.. steps.Select(_ => new List<long>())];
        for (int axis = 0; axis < domain.Length; axis++)
        {
            bool kept = keepRows && axis == domain.Length - 1;
            if (domain[axis] == 1 && !kept)
            {
                continue;
            }

            int last = lengths.Count - 1;
            bool joins = last >= 0 && !kept
                && Enumerable.Range(0, results.Length).All(i => results[i][last] == steps[i][axis] * domain[axis]);
            if (joins)
            {
                lengths[last] *= domain[axis];
                Array.ForEach(results, r => r.RemoveAt(last));
            }
            else
            {
                lengths.Add(domain[axis]);
            }

            for (int i = 0; i < results.Length; i++)
            {
                results[i].Add(domain[axis] == 1 ? 0 : steps[i][axis]);
            }
        }

        // at least two axes: rows and columns
        while (lengths.Count < 2)
        {
            lengths.Insert(0, 1);
            Array.ForEach(results, r => r.Insert(0, 0));
        }

        return ([.. lengths], [.. results.Select(r => r.ToArray())]);
    }
}
