namespace Functional.Kernels;

/// <summary>
/// The plan of generated code: which values each pass over a row computes, which it loads from a row buffer that an earlier
/// pass stored, and which are held in locals.
/// </summary>
internal sealed class FusedPlan
{
    private const int WorthKeeping = 10; // additions from which a value is buffered from pass to pass

    private readonly FusedForm form;
    private readonly FusedGraph graph;
    private readonly int[] values;

    /// <summary>For each pass, the values of elements that it needs.</summary>
    public readonly bool[][] Needed;

    /// <summary>For each value, the pass that stores it in a row buffer; int.MaxValue if none does.</summary>
    public readonly int[] KeptIn;

    /// <summary>For each value, its row buffer; negative if it has none.</summary>
    public readonly int[] Buffers;

    public readonly int BufferCount;

    /// <summary>Whether a value is held in a local instead of being computed where it is used.</summary>
    public readonly bool[] Named;

    public FusedPlan(FusedForm form, FusedLowering lowering)
    {
        this.form = form;
        graph = lowering.Graph;
        values = lowering.Values;
        int count = graph.Nodes.Count;
        KeptIn = new int[count];
        Array.Fill(KeptIn, int.MaxValue);
        Buffers = new int[count];
        Array.Fill(Buffers, -1);
        Needed = new bool[form.PhaseCount][];
        bool[] expensive = new bool[count];
        for (int i = 0; i < values.Length; i++)
        {
            FusedInstruction x = form.Instructions[i];
            expensive[values[i]] |= x.Op.Cost(x.Type) >= WorthKeeping && x.Type != ElementType.Bool;
        }

        for (int phase = 0; phase < form.PhaseCount; phase++)
        {
            Needed[phase] = Closure(phase);
            for (int i = 0; i < count; i++)
            {
                if (Needed[phase][i] && KeptIn[i] < phase && Buffers[i] < 0)
                {
                    Buffers[i] = BufferCount++;
                }

                if (Needed[phase][i] && expensive[i] && graph.Kinds[i] == FusedKind.Full)
                {
                    KeptIn[i] = Math.Min(KeptIn[i], phase);
                }
            }
        }

        Named = Names();
    }

    /// <summary>The reductions that a pass computes.</summary>
    public IEnumerable<int> Reductions(int phase) =>
        Enumerable.Range(0, graph.Nodes.Count)
            .Where(i => graph.Nodes[i].Op == VectorOp.Reduce && graph.Phases[i] == phase + 1);

    /// <summary>The row values that are known when a pass starts.</summary>
    public IEnumerable<int> RowValues(int phase) =>
        Enumerable.Range(0, graph.Nodes.Count)
            .Where(i => graph.Kinds[i] == FusedKind.Row && graph.Phases[i] == phase
                && graph.Nodes[i].Op != VectorOp.Reduce);

    private bool[] Closure(int phase)
    {
        bool[] needed = new bool[graph.Nodes.Count];
        foreach (int i in Reductions(phase))
        {
            needed[graph.Nodes[i].A] = true;
        }

        if (phase == form.PhaseCount - 1)
        {
            Array.ForEach(form.Stores, s => needed[values[s.Value]] = true);
        }

        for (int i = needed.Length - 1; i >= 0; i--)
        {
            needed[i] &= graph.Kinds[i] == FusedKind.Full;
            if (needed[i] && KeptIn[i] >= phase)
            {
                VectorNode node = graph.Nodes[i];
                foreach (int argument in (ReadOnlySpan<int>)[node.A, node.B, node.C])
                {
                    if (argument >= 0)
                    {
                        needed[argument] = true;
                    }
                }
            }
        }

        return needed;
    }

    // A value with one use, in the same loop, is computed there. So is a comparison that only selections use: it stays in a
    // mask register, while a local would turn it into a vector of ones and zeros.
    private bool[] Names()
    {
        int count = graph.Nodes.Count;
        int[] uses = new int[count];
        bool[] named = new bool[count];
        bool[] shared = new bool[count];
        CountUses(uses, named, shared);
        for (int i = count - 1; i >= 0; i--)
        {
            VectorOp op = graph.Nodes[i].Op;
            if (op is VectorOp.Equal or VectorOp.Less or VectorOp.LessEqual && uses[i] > 1 && !shared[i])
            {
                uses[graph.Nodes[i].A] += 1;
                uses[graph.Nodes[i].B] += 1;
                uses[i] = 1;
            }

            named[i] |= uses[i] > 1 || op is VectorOp.Load or VectorOp.Iota or VectorOp.Reduce || Buffers[i] >= 0;
            named[i] &= op != VectorOp.Constant;
        }

        return named;
    }

    // Counts the uses of each value, and marks values that need a local because another loop uses them, and those with a use
    // other than as the mask of a selection.
    private void CountUses(int[] uses, bool[] named, bool[] shared)
    {
        for (int i = 0; i < uses.Length; i++)
        {
            VectorNode node = graph.Nodes[i];
            foreach (int argument in (ReadOnlySpan<int>)[node.A, node.B, node.C])
            {
                if (argument >= 0)
                {
                    uses[argument]++;
                    shared[argument] |= !(node.Op == VectorOp.Select && argument == node.A);
                    bool there = graph.Kinds[i] == graph.Kinds[argument] && graph.Phases[i] == graph.Phases[argument];
                    named[argument] |= !there && graph.Kinds[argument] != FusedKind.Full;
                }
            }
        }

        foreach (FusedStore store in form.Stores)
        {
            uses[values[store.Value]]++;
            shared[values[store.Value]] = true;
            named[values[store.Value]] |= graph.Kinds[values[store.Value]] != FusedKind.Full;
        }
    }
}
