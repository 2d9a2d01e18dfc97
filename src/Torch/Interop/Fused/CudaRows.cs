using Functional.Kernels;

namespace Functional.Torch.Interop;

/// <summary>
/// A program with rows: for each row a pass over its columns for each depth of reductions, then one that writes. The elements
/// that are read stay in registers where they fit. Blocks that sum over rows take several rows each.
/// </summary>
internal sealed class CudaRows : CudaBody
{
    private const int LongRow = 256; // columns beyond which a row takes a whole block
    private const int MostCached = 32; // elements of rows that a thread keeps in registers

    private readonly int lanes;
    private readonly int items;
    private readonly bool cached;
    private readonly int[] phases;

    public CudaRows(CudaForm form, FusedProgram program) : base(form, program)
    {
        lanes = form.Columns > LongRow ? CudaSource.Threads : 32;
        items = (int)Math.Max(1, (form.Columns + lanes - 1) / lanes);
        Count = form.Columns == 0 ? 0 : form.Size / form.Columns;
        bool sums = Array.Exists(form.Kinds, kind => kind is CudaStoreKind.Total or CudaStoreKind.ColumnSums);
        Blocks = BlocksFor(Count, CudaSource.Threads / lanes);
        HostBlocks = Count;
        if (sums)
            (Blocks, HostBlocks) = (Math.Min(Blocks, MostSummingBlocks), 1);
        phases = Phases();
        cached = Loads.Length * items <= MostCached;
        Write();
    }

    private IEnumerable<int> Indices => Enumerable.Range(0, Form.Instructions.Length);

    private int[] Loads => [.. Indices.Where(i => Form.Instructions[i].Op == FusedOp.Load && !Form.OfRows[i])];

    private int RowAxes => Form.Lengths.Length - 1;

    private void Write()
    {
        WriteHead();
        Line("#ifdef HOST");
        Line($"  const int lanes = 1, items = {Form.Columns};");
        Line("#else");
        Line($"  const int lanes = {lanes}, items = {items};");
        Line("#endif");
        Line("  const int lane = thread % lanes;");
        WriteSumsBefore();
        Line($"  for ({Index} row = ({Index})block * (threads / lanes) + thread / lanes; row < n; row += ({Index})blocks * (threads / lanes)) {{");
        WriteCoordinates("row", RowAxes);
        for (int i = 0; i < Program.Operands.Length; i++)
            Line($"  {CudaOperators.Stored(Form.TypeOf(i))}* r{i} = a{i} + ({Offset(i, RowAxes)});");
        if (cached && Loads.Length > 0)
            WriteLoads();
        for (int phase = 0; phase <= phases.Append(0).Max(); phase++)
        {
            WriteRowValues(phase);
            int[] reductions = [.. Indices.Where(i => Form.Instructions[i].Op.IsRowReduction() && phases[i] == phase + 1)];
            if (reductions.Length > 0)
                WriteReductions(reductions);
        }

        WriteStores();
        Line("  }");
        WriteSumsAfter();
        Line("}");
    }

    private void WriteLoads()
    {
        foreach (int i in Loads)
            Line($"  {TypeOf(i)} m{i}[items];");
        OpenColumns();
        foreach (int i in Loads)
            Line($"      m{i}[u] = {Value(i, Element, _ => "", _ => "")};");
        CloseColumns();
    }

    private void WriteRowValues(int phase)
    {
        foreach (int i in Indices.Where(i => Form.OfRows[i] && phases[i] == phase && !Form.Instructions[i].Op.IsRowReduction()))
            Line($"  const {TypeOf(i)} v{i} = {Value(i, operand => $"*r{operand}", x => Offset(x, RowAxes), j => $"v{j}")};");
    }

    private void WriteReductions(int[] reductions)
    {
        foreach (int i in reductions)
            Line($"  {TypeOf(i)} s{i} = {First(Form.Instructions[i])};");
        OpenColumns();
        WriteNeeded(reductions.Select(i => Form.Instructions[i].A));
        foreach (int i in reductions)
            Line($"      s{i} = {Joining(i)}_of(s{i}, {Named(Form.Instructions[i].A)});");
        CloseColumns();
        foreach (int i in reductions)
            Line($"  const {TypeOf(i)} v{i} = join_{Joining(i)}<{lanes}>(s{i});");
    }

    private void WriteStores()
    {
        int[] elements =
        [
            .. Enumerable.Range(0, Form.Stores.Length)
                .Where(s => Form.Kinds[s] != CudaStoreKind.Rows && Form.Stores[s].Kind != FusedStoreKind.SumRows),
        ];
        if (elements.Length > 0)
        {
            OpenColumns();
            WriteNeeded(elements.Select(s => Form.Stores[s].Value));
            foreach (int s in elements)
            {
                string value = Named(Form.Stores[s].Value);
                Line(Form.Kinds[s] switch
                {
                    CudaStoreKind.ColumnSums => $"      t{s}[u] += {value};",
                    CudaStoreKind.Total => $"      t{s} += {value};",
                    CudaStoreKind.Other => $"      {Kept(s)}[row * {Form.Columns} + column] = {value};",
                    _ => $"      {Element(Form.Stores[s].Operand)} = {Stored(s, value)};",
                });
            }

            CloseColumns();
        }

        for (int s = 0; s < Form.Stores.Length; s++)
        {
            string value = $"v{Form.Stores[s].Value}";
            if (Form.Kinds[s] == CudaStoreKind.Rows)
                Line($"  if (lane == 0) *r{Form.Stores[s].Operand} = {Stored(s, value)};");
            else if (Form.Kinds[s] == CudaStoreKind.Other && Form.Stores[s].Kind == FusedStoreKind.SumRows)
                Line($"  if (lane == 0) {Kept(s)}[row] = {value};");
            else if (Form.Stores[s].Kind == FusedStoreKind.SumRows)
                Line($"  if (lane == 0) t{s} += {value};");
        }
    }

    private void WriteSumsBefore()
    {
        for (int s = 0; s < Form.Stores.Length; s++)
        {
            if (Form.Kinds[s] == CudaStoreKind.ColumnSums)
            {
                Line($"  {TypeOfStore(s)} t{s}[items];");
                Line("  #pragma unroll");
                Line($"  for (int u = 0; u < items; u++) t{s}[u] = 0;");
            }
            else if (Form.Kinds[s] == CudaStoreKind.Total)
            {
                Line($"  {TypeOfStore(s)} t{s} = 0;");
            }
        }
    }

    private void WriteSumsAfter()
    {
        for (int s = 0; s < Form.Stores.Length; s++)
        {
            if (Form.Kinds[s] is not (CudaStoreKind.ColumnSums or CudaStoreKind.Total))
                continue;
            bool columns = Form.Kinds[s] == CudaStoreKind.ColumnSums;
            CudaSum sum = AddSum(s, columns ? (int)Form.Columns : 1);
            string parts = $"({TypeOfStore(s)}*)(scratch + {sum.Offset})";
            Line(columns
                ? $"  put_columns<{lanes}, {Form.Columns}, {items}>({parts}, t{s}, block, thread);"
                : $"  put_total({parts}, t{s}, block, thread);");
        }
    }

    // Where every value of a sum is kept until they are joined.
    private string Kept(int store)
    {
        int axes = Form.Stores[store].Kind == FusedStoreKind.SumRows ? RowAxes : RowAxes + 1;
        CudaSum sum = Sums.FirstOrDefault(sum => sum.Store == store)
            ?? AddValues(store, Form.Lengths[..axes], Form.Strides[Form.Stores[store].Operand][..axes]);
        return $"(({TypeOfStore(store)}*)(scratch + {sum.Offset}))";
    }

    private string Joining(int i) => Form.Instructions[i].Op.ToString().ToLowerInvariant();

    private static string First(FusedInstruction x) => x.Op switch
    {
        FusedOp.RowSum => "0",
        FusedOp.RowMax => CudaOperators.IsFloat(x.Type) ? "-inf_of()" : CudaOperators.Constant(x.Type, double.MinValue),
        _ => CudaOperators.IsFloat(x.Type) ? "inf_of()" : CudaOperators.Constant(x.Type, double.MaxValue),
    };

    private void OpenColumns()
    {
        Line(items <= MostCached ? "  #pragma unroll" : "  #pragma unroll 4");
        Line("  for (int u = 0; u < items; u++) {");
        Line("    const int column = lane + u * lanes;");
        Line($"    if (column < {Form.Columns}) {{");
    }

    private void CloseColumns()
    {
        Line("    }");
        Line("  }");
    }

    // The instructions of elements that these need, but loads that are in registers.
    private void WriteNeeded(IEnumerable<int> values)
    {
        SortedSet<int> needed = [];
        Stack<int> open = new(values);
        while (open.TryPop(out int i))
        {
            if (!Form.OfRows[i] && needed.Add(i))
            {
                foreach (int argument in CudaForm.Arguments(Form.Instructions[i]))
                    open.Push(argument);
            }
        }

        foreach (int i in needed.Where(i => !cached || Form.Instructions[i].Op != FusedOp.Load))
            Line($"      const {TypeOf(i)} e{i} = {Value(i, Element, Position, Named)};");
    }

    private string Named(int i) =>
        Form.OfRows[i] ? $"v{i}" : cached && Form.Instructions[i].Op == FusedOp.Load ? $"m{i}[u]" : $"e{i}";

    private string Element(int operand) => $"r{operand}[{Term("column", Form.Strides[operand][^1])}]";

    private string Position(int strides) => $"{Offset(strides, RowAxes)} + {Term("column", Form.Strides[strides][^1])}";

    private int[] Phases()
    {
        int[] result = new int[Form.Instructions.Length];
        for (int i = 0; i < result.Length; i++)
        {
            FusedInstruction x = Form.Instructions[i];
            result[i] = CudaForm.Arguments(x).Select(argument => result[argument]).Append(0).Max() + (x.Op.IsRowReduction() ? 1 : 0);
        }

        return result;
    }
}
