using System.Text;
using Functional.Kernels;

namespace Functional.Torch.Interop;

/// <summary>A sum whose parts lie in scratch memory until they are joined: one for each block, or every value.</summary>
/// <param name="Store">The store of the program.</param>
/// <param name="Columns">How many sums these are.</param>
/// <param name="Offset">Where its parts begin in the scratch memory, in bytes.</param>
/// <param name="Axes">Of every value, the lengths of the domain's axes; null where there is a part for each block.</param>
/// <param name="Strides">Of every value, the strides of the sums over these axes; 0 where an axis is summed.</param>
internal sealed record CudaSum(int Store, int Columns, long Offset, long[]? Axes = null, long[]? Strides = null);

/// <summary>
/// The function that computes one program, one block of threads at a time. Elements are cut into runs of a few for each thread;
/// a row goes to a warp, and a long one to a whole block. What a thread writes it has read before, so a result may take the
/// place of an argument that is read at the same elements. Sums are taken by block, in an order that depends on lengths only.
/// </summary>
internal abstract class CudaBody
{
    /// <summary>What stands for the function's name in its text.</summary>
    public const string Placeholder = "NAME$";

    /// <summary>The most blocks of a kernel that sums: two for each multiprocessor of a large GPU.</summary>
    protected const int MostSummingBlocks = 264;

    private readonly StringBuilder text = new();

    protected CudaBody(CudaForm form, FusedProgram program)
    {
        (Form, Program) = (form, program);
        long reach = form.Strides.Max(x => x.Zip(form.Lengths, (step, n) => Math.Abs(step) * n).Sum());
        Index = Math.Max(form.Size, reach) < int.MaxValue / 2 ? "int" : "long long";
    }

    /// <summary>The function.</summary>
    public string Text => text.ToString();

    /// <summary>The elements or rows that there are: an argument of the function.</summary>
    public long Count { get; protected init; }

    /// <summary>The blocks that compute all of them.</summary>
    public int Blocks { get; protected init; }

    /// <summary>The blocks that compute all of them on the host, with one thread each.</summary>
    public long HostBlocks { get; protected init; }

    /// <summary>The sums that are left to be joined.</summary>
    public List<CudaSum> Sums { get; } = [];

    /// <summary>The bytes of scratch memory that the parts of sums need.</summary>
    public long ScratchBytes { get; private set; }

    protected CudaForm Form { get; }

    protected FusedProgram Program { get; }

    /// <summary>The type of positions.</summary>
    protected string Index { get; }

    public static CudaBody Of(FusedProgram program)
    {
        CudaForm form = new(program);
        return form.HasRows ? new CudaRows(form, program) : new CudaElements(form, program);
    }

    protected static int BlocksFor(long count, int each) => checked((int)((count + each - 1) / each));

    protected void Line(string line) => text.Append(line).Append('\n');

    protected void WriteHead()
    {
        IEnumerable<string> parameters = Program.Operands.Select((x, i) => $", {CudaOperators.Stored(x.Type)}* a{i}");
        string scratch = Form.Kinds.Any(kind => kind is CudaStoreKind.ColumnSums or CudaStoreKind.Total or CudaStoreKind.Other) ? ", char* scratch" : "";
        Line($"DEVICE void {Placeholder}(const int block, const int blocks, const int thread, const {Index} n{string.Concat(parameters)}{scratch}) {{");
        Line("#ifdef HOST");
        Line("  const int threads = 1;");
        Line("#else");
        Line($"  const int threads = {CudaSource.Threads};");
        Line("#endif");
    }

    /// <summary>Room for a sum's parts, one for each block.</summary>
    protected CudaSum AddSum(int store, int columns) => Add(new(store, columns, ScratchBytes), (long)columns * Blocks);

    /// <summary>Room for every value of a sum over these axes.</summary>
    protected CudaSum AddValues(int store, long[] axes, long[] strides)
    {
        long kept = axes.Where((_, axis) => strides[axis] != 0).Aggregate(1L, (product, n) => product * n);
        return Add(new(store, checked((int)kept), ScratchBytes, axes, strides), axes.Aggregate(1L, (product, n) => product * n));
    }

    private CudaSum Add(CudaSum sum, long elements)
    {
        ElementType type = Program.Operands[Program.Stores[sum.Store].Operand].Type;
        int size = type is ElementType.Float64 or ElementType.Int64 ? 8 : 4;
        Sums.Add(sum);
        ScratchBytes += ((size * elements) + 63) / 64 * 64;
        return sum;
    }

    protected string TypeOf(int i) => CudaOperators.Computed(Form.Instructions[i].Type);

    protected string TypeOfStore(int store) => CudaOperators.Computed(Form.TypeOf(Form.Stores[store].Operand));

    /// <summary>An instruction as an expression.</summary>
    /// <param name="i">The instruction.</param>
    /// <param name="load">The element of an operand.</param>
    /// <param name="position">The position that strides stand for (Iota).</param>
    /// <param name="value">The name of another instruction's value.</param>
    protected string Value(int i, Func<int, string> load, Func<int, string> position, Func<int, string> value)
    {
        FusedInstruction x = Form.Instructions[i];
        switch (x.Op)
        {
            case FusedOp.Load:
                return CudaOperators.Loaded(x.Type, load(x.A));
            case FusedOp.Constant:
                return CudaOperators.Constant(x.Type, x.Value);
            case FusedOp.Iota:
                return $"({CudaOperators.Computed(x.Type)})({position(x.A)})";
            default:
                int[] arguments = [.. CudaForm.Arguments(x)];
                return CudaOperators.Apply(x.Op, Form.Instructions[arguments[^1]].Type, x.Type, [.. arguments.Select(value)]);
        }
    }

    protected string Stored(int store, string value) =>
        CudaOperators.ToStore(Form.TypeOf(Form.Stores[store].Operand), value);

    /// <summary>Declares the coordinates c0, c1, ... of a position over the first axes.</summary>
    protected void WriteCoordinates(string position, int rank)
    {
        string rest = position;
        for (int axis = rank - 1; axis > 0; axis--)
        {
            Line($"      const {Index} c{axis} = {rest} % {Form.Lengths[axis]}, d{axis} = {rest} / {Form.Lengths[axis]};");
            rest = $"d{axis}";
        }

        if (rank > 0)
            Line($"      const {Index} c0 = {rest};");
    }

    /// <summary>The offset over the first axes with these strides.</summary>
    protected string Offset(int operand, int rank)
    {
        string[] terms =
        [
            .. Enumerable.Range(0, rank).Where(axis => Form.Strides[operand][axis] != 0)
                .Select(axis => Term($"c{axis}", Form.Strides[operand][axis])),
        ];
        return terms.Length == 0 ? "0" : string.Join(" + ", terms);
    }

    protected static string Term(string coordinate, long step) => step == 1 ? coordinate : $"{coordinate} * ({step})";
}
