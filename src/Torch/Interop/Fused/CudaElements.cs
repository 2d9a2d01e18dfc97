using Functional.Kernels;

namespace Functional.Torch.Interop;

/// <summary>A program without rows: loads of several elements first, so that they are in flight together, then all that is
/// computed and written.</summary>
internal sealed class CudaElements : CudaBody
{
    private const long ManyElements = 1 << 18; // from here on a thread computes several elements

    private readonly int items;
    private readonly bool[] once;

    public CudaElements(CudaForm form, FusedProgram program) : base(form, program)
    {
        items = form.Size >= ManyElements ? 4 : 1;
        Count = form.Size;
        bool sums = Array.Exists(form.Kinds, kind => kind == CudaStoreKind.Total);
        Blocks = BlocksFor(Count, CudaSource.Threads * items);
        HostBlocks = BlocksFor(Count, items);
        if (sums)
            (Blocks, HostBlocks) = (Math.Min(Blocks, MostSummingBlocks), 1);
        once = Once();
        Write();
    }

    private int[] Loads => [.. Indices.Where(i => Form.Instructions[i].Op == FusedOp.Load && !once[i])];

    private IEnumerable<int> Indices => Enumerable.Range(0, Form.Instructions.Length);

    private IEnumerable<int> Totals => Enumerable.Range(0, Form.Stores.Length).Where(s => Form.Kinds[s] == CudaStoreKind.Total);

    // Which values are the same for all elements.
    private bool[] Once()
    {
        bool[] result = new bool[Form.Instructions.Length];
        for (int i = 0; i < result.Length; i++)
        {
            FusedInstruction x = Form.Instructions[i];
            result[i] = x.Op switch
            {
                FusedOp.Load or FusedOp.Iota => Array.TrueForAll(Form.Strides[x.A], step => step == 0),
                FusedOp.Constant => true,
                _ => CudaForm.Arguments(x).All(argument => result[argument]),
            };
        }

        return result;
    }

    private void Write()
    {
        WriteHead();
        foreach (int i in Indices.Where(i => once[i]))
            Line($"  const {TypeOf(i)} v{i} = {Value(i, operand => $"a{operand}[0]", _ => "0", j => $"v{j}")};");
        foreach (int s in Totals)
            Line($"  {TypeOfStore(s)} t{s} = 0;");
        Line($"  for ({Index} first = ({Index})block * (threads * {items}) + thread; first < n; first += ({Index})blocks * threads * {items}) {{");
        foreach (int i in Loads)
            Line($"  {TypeOf(i)} m{i}[{items}];");
        OpenLoop(Loads.Select(i => Form.Instructions[i].A));
        foreach (int i in Loads)
            Line($"      m{i}[u] = {Value(i, operand => $"a{operand}[{At(operand)}]", _ => "", _ => "")};");
        CloseLoop();
        OpenLoop([.. Form.Stores.Select(x => x.Operand), .. Form.Instructions.Where(x => x.Op == FusedOp.Iota).Select(x => x.A)]);
        foreach (int i in Indices.Where(i => !once[i] && Form.Instructions[i].Op != FusedOp.Load))
            Line($"      const {TypeOf(i)} e{i} = {Value(i, _ => "", At, Named)};");
        for (int s = 0; s < Form.Stores.Length; s++)
        {
            string value = Named(Form.Stores[s].Value);
            int operand = Form.Stores[s].Operand;
            Line(Form.Kinds[s] == CudaStoreKind.Total ? $"      t{s} += {value};" : $"      a{operand}[{At(operand)}] = {Stored(s, value)};");
        }

        CloseLoop();
        Line("  }");
        foreach (int s in Totals)
        {
            CudaSum sum = AddSum(s, 1);
            Line($"  put_total(({TypeOfStore(s)}*)(scratch + {sum.Offset}), t{s}, block, thread);");
        }

        Line("}");
    }

    private string Named(int i) => once[i] ? $"v{i}" : Form.Instructions[i].Op == FusedOp.Load ? $"m{i}[u]" : $"e{i}";

    private void OpenLoop(IEnumerable<int> strides)
    {
        Line("  #pragma unroll");
        Line($"  for (int u = 0; u < {items}; u++) {{");
        Line($"    const {Index} i = first + u * threads;");
        Line("    if (i < n) {");
        if (Form.Lengths.Length > 1 && strides.Any(x => !Form.IsPlain(x)))
            WriteCoordinates("i", Form.Lengths.Length);
    }

    private void CloseLoop()
    {
        Line("    }");
        Line("  }");
    }

    private string At(int strides) =>
        Form.IsPlain(strides) ? "i"
        : Form.Lengths.Length == 1 ? Term("i", Form.Strides[strides][0])
        : Offset(strides, Form.Lengths.Length);
}
