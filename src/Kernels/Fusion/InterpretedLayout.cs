namespace Functional.Kernels;

/// <summary>
/// The layout of the interpreter's memory and the schedule of its instructions. A result reuses the memory of earlier ones
/// that are no longer live.
/// </summary>
internal sealed class InterpretedLayout
{
    private readonly FusedForm form;
    private readonly List<(int Offset, int Bytes)> released = [];

    /// <summary>The instructions with one value for the whole domain.</summary>
    public readonly int[] Once;

    /// <summary>All others, in order.</summary>
    public readonly int[] All;

    /// <summary>The instructions that each pass over a long row needs.</summary>
    public readonly int[][] Phases;

    /// <summary>The offset of each result; negative for one value for the whole domain.</summary>
    public readonly int[] Results;

    /// <summary>The offset of each row value repeated for each element; negative if that is not needed.</summary>
    public readonly int[] Expanded;

    /// <summary>The store whose operand a result may be written to directly; negative if there is none.</summary>
    public readonly int[] Targets;

    /// <summary>The size of the memory.</summary>
    public int Bytes { get; private set; }

    public InterpretedLayout(FusedForm form)
    {
        this.form = form;
        int[] indices = [.. Enumerable.Range(0, form.Instructions.Length)];
        Once = [.. indices.Where(i => form.Kinds[i] == FusedKind.Once)];
        All = [.. indices.Where(i => form.Kinds[i] != FusedKind.Once)];
        Phases = [.. Enumerable.Range(0, form.PhaseCount).Select(Phase)];
        Targets = [.. indices.Select(Target)];
        Results = new int[indices.Length];
        Expanded = new int[indices.Length];
        int[] lastUses = [.. indices.Select(LastUse)];
        foreach (int i in indices)
        {
            FusedInstruction x = form.Instructions[i];
            int bytes = InterpretedTiles.Block * x.Type.Size();
            Expanded[i] = -1;
            Results[i] = -1;
            if (form.Kinds[i] == FusedKind.Full)
            {
                Results[i] = Take(bytes);
                for (int j = 0; j <= i; j++)
                {
                    if (form.Kinds[j] == FusedKind.Full && lastUses[j] == i)
                    {
                        released.Add((Results[j], InterpretedTiles.Block * form.Instructions[j].Type.Size()));
                    }
                }
            }
            else if (form.Kinds[i] == FusedKind.Row)
            {
                // Row values outlive the pass over the row that computes them.
                Results[i] = Reserve(bytes);
                Expanded[i] = indices.Any(j => form.Kinds[j] == FusedKind.Full && Uses(j, i)) ? Reserve(bytes) : -1;
            }
        }
    }

    private bool Uses(int user, int value)
    {
        FusedInstruction x = form.Instructions[user];
        int arity = x.Op.Arity();
        return (arity > 0 && x.A == value) || (arity > 1 && x.B == value) || (arity > 2 && x.C == value);
    }

    private int LastUse(int value)
    {
        if (Array.Exists(form.Stores, s => s.Value == value))
        {
            return int.MaxValue;
        }

        int last = value;
        for (int j = value + 1; j < form.Instructions.Length; j++)
        {
            last = Uses(j, value) ? j : last;
        }

        // Memory is released where elements are computed.
        while (last < form.Instructions.Length && form.Kinds[last] != FusedKind.Full)
        {
            last++;
        }

        return last;
    }

    private int Take(int bytes)
    {
        int found = released.FindIndex(f => f.Bytes == bytes);
        if (found >= 0)
        {
            int offset = released[found].Offset;
            released.RemoveAt(found);
            return offset;
        }

        return Reserve(bytes);
    }

    private int Reserve(int bytes)
    {
        Bytes += bytes;
        return Bytes - bytes;
    }

    // The instructions of a pass: those it reduces, in the last one those that are stored, and what they need. Elements are
    // computed anew in each pass, row values once.
    private int[] Phase(int phase)
    {
        bool[] needed = new bool[form.Instructions.Length];
        if (phase == form.PhaseCount - 1)
        {
            Array.ForEach(form.Stores, s => needed[s.Value] = true);
        }

        for (int i = needed.Length - 1; i >= 0; i--)
        {
            FusedInstruction x = form.Instructions[i];
            bool reduces = x.Op.IsRowReduction();
            if (form.Kinds[i] != FusedKind.Full)
            {
                needed[i] = form.Kinds[i] == FusedKind.Row && form.Phases[i] == (reduces ? phase + 1 : phase);
            }

            for (int j = 0; j < i && needed[i]; j++)
            {
                needed[j] |= Uses(i, j);
            }
        }

        return [.. Enumerable.Range(0, needed.Length).Where(i => needed[i] && form.Kinds[i] != FusedKind.Once)];
    }

    // Only if nothing is loaded, or read in place, after the operand has been written.
    private int Target(int value)
    {
        int store = Array.FindIndex(form.Stores, s => s.Value == value && s.Kind == FusedStoreKind.Write);
        FusedInstruction made = form.Instructions[value];
        if (store < 0 || form.Kinds[value] != FusedKind.Full || made.Op.IsSource())
        {
            return -1;
        }

        for (int i = value + 1; i < form.Instructions.Length; i++)
        {
            if (form.Instructions[i].Op is FusedOp.Load)
            {
                return -1;
            }

            for (int j = 0; j < value; j++)
            {
                if (form.Instructions[j].Op == FusedOp.Load && Uses(i, j))
                {
                    return -1;
                }
            }
        }

        return store;
    }
}
