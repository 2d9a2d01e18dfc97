using Functional.Kernels;

namespace Functional.Torch.Interop;

/// <summary>How a store of a program goes about.</summary>
internal enum CudaStoreKind : byte
{
    /// <summary>Writes every element.</summary>
    Elements,

    /// <summary>Writes one value for each row.</summary>
    Rows,

    /// <summary>Writes the sums over all rows, one for each column.</summary>
    ColumnSums,

    /// <summary>Writes the sum of all elements, or of one value for each row where that is the same all along it.</summary>
    Total,

    /// <summary>Writes sums over other axes, or of very many columns: every value is kept, and they are summed afterwards.</summary>
    Other,
}

/// <summary>
/// A program over as few axes as possible, at least one: axes of length 1 are dropped, and neighbours merged where one stride
/// covers both in every operand. Where rows or columns matter, the last axis stays as it is.
/// </summary>
internal sealed class CudaForm
{
    /// <summary>The columns whose sums a block keeps in registers.</summary>
    private const int MostColumns = 32 * CudaSource.Threads;

    private readonly FusedProgram program;

    public CudaForm(FusedProgram program)
    {
        this.program = program;
        Kinds = [.. program.Stores.Select(KindOf)];
        HasRows = program.HasRowReductions
            || Array.Exists(Kinds, kind => kind is CudaStoreKind.Rows or CudaStoreKind.ColumnSums or CudaStoreKind.Other)
            || Array.Exists(program.Stores, store => store.Kind == FusedStoreKind.SumRows);
        Instructions = [.. program.Instructions];
        List<long[]> steps = [.. program.Operands.Select(x => x.Strides)];
        for (int i = 0; i < Instructions.Length; i++)
        {
            if (Instructions[i].Op != FusedOp.Iota)
                continue;

            // a position is merged as an operand would be that holds it
            int axis = Instructions[i].A;
            Instructions[i] = Instructions[i] with { A = steps.Count };
            steps.Add([.. program.Domain.Select((_, j) => j == axis ? 1L : 0L)]);
        }

        (Lengths, Strides) = Merge(steps);
        OfRows = RowValues();
    }

    /// <summary>The lengths of the axes, the columns last.</summary>
    public long[] Lengths { get; }

    /// <summary>The strides in elements of each operand, then of each position (Iota).</summary>
    public long[][] Strides { get; }

    /// <summary>The steps; A of Iota is the index of its strides.</summary>
    public FusedInstruction[] Instructions { get; }

    public FusedStore[] Stores => program.Stores;

    /// <summary>The kind of each store.</summary>
    public CudaStoreKind[] Kinds { get; }

    /// <summary>Whether something is computed once a row, or summed over rows.</summary>
    public bool HasRows { get; }

    /// <summary>Whether each instruction's value is the same all along a row.</summary>
    public bool[] OfRows { get; }

    public long Size => Lengths.Aggregate(1L, (product, length) => product * length);

    public long Columns => Lengths[^1];

    public ElementType TypeOf(int operand) => program.Operands[operand].Type;

    /// <summary>Whether the operand is read in the order of the elements.</summary>
    public bool IsPlain(int operand)
    {
        long step = 1;
        for (int axis = Lengths.Length - 1; axis >= 0; axis--)
        {
            if (Strides[operand][axis] != step)
                return false;
            step *= Lengths[axis];
        }

        return true;
    }

    /// <summary>The instructions whose values one takes.</summary>
    public static IEnumerable<int> Arguments(FusedInstruction x) => x.Op.Arity() switch
    {
        0 => [],
        1 => [x.A],
        2 => [x.A, x.B],
        _ => [x.A, x.B, x.C],
    };

    private CudaStoreKind KindOf(FusedStore store)
    {
        long[] strides = program.Operands[store.Operand].Strides;
        bool leading = Enumerable.Range(0, Math.Max(strides.Length - 1, 0)).All(i => strides[i] == 0 || program.Domain[i] == 1);
        bool last = strides.Length == 0 || strides[^1] == 0 || program.Domain[^1] == 1;
        return store.Kind switch
        {
            FusedStoreKind.Write => program.StoresRows(store) ? CudaStoreKind.Rows : CudaStoreKind.Elements,
            FusedStoreKind.SumRows => leading ? CudaStoreKind.Total : CudaStoreKind.Other,
            _ when leading && last => CudaStoreKind.Total,
            _ => leading && program.Domain[^1] <= MostColumns ? CudaStoreKind.ColumnSums : CudaStoreKind.Other,
        };
    }

    private (long[] Lengths, long[][] Strides) Merge(List<long[]> steps)
    {
        List<long> lengths = [];
        List<long>[] merged = [.. steps.Select(_ => new List<long>())];
        for (int axis = 0; axis < program.Domain.Length; axis++)
        {
            int length = program.Domain[axis];
            bool kept = HasRows && axis == program.Domain.Length - 1;
            if (length == 1 && !kept)
                continue;
            int last = lengths.Count - 1;
            bool joins = last >= 0 && !kept
                && Enumerable.Range(0, steps.Count).All(i => merged[i][last] == steps[i][axis] * length);
            if (joins)
            {
                lengths[last] *= length;
                Array.ForEach(merged, x => x.RemoveAt(last));
            }
            else
            {
                lengths.Add(length);
            }

            for (int i = 0; i < steps.Count; i++)
                merged[i].Add(steps[i][axis]);
        }

        if (lengths.Count == 0)
        {
            lengths.Add(1);
            Array.ForEach(merged, x => x.Add(0));
        }

        return ([.. lengths], [.. merged.Select(x => x.ToArray())]);
    }

    private bool[] RowValues()
    {
        bool[] same = new bool[Instructions.Length];
        for (int i = 0; i < same.Length; i++)
        {
            FusedInstruction x = Instructions[i];
            same[i] = x.Op switch
            {
                FusedOp.Load or FusedOp.Iota => Strides[x.A][^1] == 0,
                FusedOp.Constant => true,
                _ => x.Op.IsRowReduction() || Arguments(x).All(argument => same[argument]),
            };
        }

        return same;
    }
}
