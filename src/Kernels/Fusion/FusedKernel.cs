namespace Functional.Kernels;

/// <summary>The execution mode of a fused program.</summary>
public enum FusedMode
{
    /// <summary>The faster of the two.</summary>
    Auto,

    /// <summary>Block by block, one loop for each instruction, over elements in the first-level cache.</summary>
    Interpreted,

    /// <summary>
    /// By machine code generated for the program. It is interpreted instead if none can be generated for it, if the runtime
    /// generates no code, or if the environment variable FUNCTIONAL_CODEGEN is 0.
    /// </summary>
    Generated,
}

/// <summary>A fused program ready to run, any number of times and on several threads at once.</summary>
/// <remarks>
/// Contract: operands have any strides and alignment; one that is written may overlap one that is read only if both are
/// accessed at the same addresses. Slices of the domain, ranges of rows or of columns, run on the worker pool; a
/// sum is taken in an order that depends on the lengths only (see FusedSum). Cost: each instruction once an element, each
/// operand read and written once, with one more pass over a row for each row reduction whose argument is not buffered.
/// </remarks>
public abstract unsafe class FusedKernel
{
    private protected FusedKernel()
    {
    }

    /// <summary>The bytes of scratch memory that <see cref="Run"/> needs for partial sums; 0 without sums.</summary>
    public abstract long ScratchBytes { get; }

    /// <summary>Whether kernels of this processor hold elements of the type.</summary>
    public static bool Takes(ElementType type) => type <= ElementType.Bool;

    /// <summary>Prepares a program for the vectors of <see cref="KernelScope.Level"/>.</summary>
    /// <exception cref="ArgumentException">The program has elements of a type that kernels of this processor do not take.
    /// </exception>
    public static FusedKernel Create(FusedProgram program, FusedMode mode = FusedMode.Auto)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (!Array.TrueForAll(program.Instructions, x => Takes(x.Type)))
        {
            throw new ArgumentException(
                "The program has elements of float16, bfloat16 or int64, which kernels of this processor do not take.",
                nameof(program));
        }

        return new TiledKernel(program, mode, KernelScope.Level);
    }

    /// <summary>
    /// Runs the program over its whole domain, on the worker pool if it is large. The results do not depend on the number of
    /// threads.
    /// </summary>
    /// <param name="operands">The address of each operand's element 0. An operand that is written may be the same as one
    /// that is read if their strides are the same too.</param>
    /// <param name="scratch"><see cref="ScratchBytes"/> of memory, aligned to 64 bytes.</param>
    public abstract void Run(nint* operands, byte* scratch);

    /// <summary>
    /// Runs a program without reductions and sums over a part of its domain, on the calling thread.
    /// </summary>
    /// <param name="operands">The address of each operand's element 0.</param>
    /// <param name="row">The first row, counted over all axes of the domain but the last.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="column">The first position on the last axis.</param>
    /// <param name="columns">The number of positions on the last axis.</param>
    /// <exception cref="InvalidOperationException">The program has reductions or sums.</exception>
    public abstract void RunRows(nint* operands, long row, long rows, int column, int columns);
}

/// <summary>Runs a program over tiles of its domain: generated code or the interpreter.</summary>
internal abstract unsafe class FusedTiles
{
    /// <summary>
    /// Computes all instructions over a tile of rows and columns, and writes the stores or adds to them.
    /// </summary>
    /// <param name="at">The address of each operand at the tile's first element; it may be changed.</param>
    /// <param name="steps">The bytes from row to row of each operand.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    public abstract void Run(nint* at, nint* steps, nint rows, nint columns);

    public static FusedTiles Create(FusedForm form, FusedMode mode, SimdLevel level) =>
        (mode == FusedMode.Interpreted ? null : GeneratedTiles.TryCreate(form, level) as FusedTiles)
        ?? new InterpretedTiles(form, level);
}

/// <summary>Cuts a program's domain into slices and tiles, and adds the sums of slices.</summary>
internal sealed unsafe class TiledKernel : FusedKernel
{
    private const long SliceCost = 1 << 15; // additions of a slice
    private const int MaxSlices = 64;
    private const int MaxSummingSlices = 16;
    private const long MaxPartialBytes = 8 << 20;
    private const int Strip = 2048; // columns whose sums fit the first-level cache

    private readonly FusedProgram program;
    private readonly FusedMode mode;
    private readonly SimdLevel level;
    private readonly FusedForm form;
    private readonly FusedTiles tiles;
    private readonly nint[] rowSteps;
    private readonly int slices;
    private readonly bool byColumns;
    private readonly FusedSum[] sums;
    private readonly long sliceBytes;
    private readonly long sharedBytes;
    private RowForm? rowForm;

    public TiledKernel(FusedProgram program, FusedMode mode, SimdLevel level)
    {
        this.program = program;
        this.mode = mode;
        this.level = level;
        form = new FusedForm(program, program.KeepsRows);
        rowSteps = RowSteps(form);
        tiles = FusedTiles.Create(form, mode, level);
        sums = [.. form.Stores.Where(s => s.Kind != FusedStoreKind.Write).Select(s => new FusedSum(form, program, s))];
        (slices, byColumns) = Cut();
        long sliceRows = byColumns ? form.Rows : (form.Rows + slices - 1) / slices;
        long strips = byColumns ? (form.Columns / slices / Strip) + 1 : 1;
        foreach (FusedSum sum in sums)
        {
            sum.Reserve(slices, byColumns, sliceRows, strips, ref sliceBytes, ref sharedBytes);
        }
    }

    public override long ScratchBytes => (sliceBytes * slices) + sharedBytes;

    public override void Run(nint* operands, byte* scratch)
    {
        foreach (FusedSum sum in sums)
        {
            sum.Clear(operands, Shared(scratch));
        }

        if (slices == 1)
        {
            RunSlice(operands, scratch, 0);
            return;
        }

        WorkerPool.Run(slices, new Slices { Kernel = this, Operands = operands, Scratch = scratch });
        foreach (FusedSum sum in sums)
        {
            sum.Join(level, operands[sum.Operand], scratch, sliceBytes, slices);
        }
    }

    private byte* Shared(byte* scratch) => scratch + (sliceBytes * slices);

    public override void RunRows(nint* operands, long row, long rows, int column, int columns)
    {
        RowForm f = rowForm ?? MakeRowForm();
        int count = f.Form.Steps.Length;
        nint* bases = stackalloc nint[count];
        for (int i = 0; i < count; i++)
        {
            bases[i] = i < program.Operands.Length ? operands[i] : 0;
        }

        RunRange(f.Form, f.Tiles, f.Steps, bases, row, row + rows, column, columns);
    }

    private RowForm MakeRowForm()
    {
        if (program.HasRowReductions || program.HasSums)
        {
            throw new InvalidOperationException("A program with reductions or sums runs over its whole domain only.");
        }

        FusedForm made = new(program, keepRows: true);
        bool same = made.Lengths.AsSpan().SequenceEqual(form.Lengths);
        RowForm result = new(made, same ? tiles : FusedTiles.Create(made, mode, level), RowSteps(made));
        return Interlocked.CompareExchange(ref rowForm, result, null) ?? result;
    }

    private static nint[] RowSteps(FusedForm form) => [.. form.Steps.Select(s => (nint)s[^2])];

    private (int Slices, bool ByColumns) Cut()
    {
        long cost = form.Rows * ((form.Columns * form.ColumnCost) + form.RowCost);
        long wanted = cost < 2 * SliceCost ? 1 : Math.Min(cost / SliceCost, MaxSlices);
        long outputs = sums.Sum(s => s.Bytes);
        if (sums.Length > 0)
        {
            wanted = Math.Min(wanted, MaxSummingSlices);
        }

        bool columns = !program.KeepsRows && form.Columns >= Strip
            && (form.Rows < 4 * wanted || (Array.Exists(sums, s => s.JoinsRows) && form.Columns >= wanted * Strip));
        if (columns)
        {
            return ((int)Math.Min(wanted, form.Columns / InterpretedTiles.Block), true);
        }

        if (Array.Exists(sums, s => s.JoinsRows))
        {
            // Each slice writes all sums once more, which must be little beside what it reads.
            wanted = Math.Min(wanted, Math.Max(1, form.Rows / 8));
            wanted = Math.Min(wanted, Math.Max(1, MaxPartialBytes / Math.Max(outputs, 1)));
        }

        return ((int)Math.Max(1, Math.Min(wanted, form.Rows)), false);
    }

    private void RunSlice(nint* operands, byte* scratch, int slice)
    {
        int count = form.Steps.Length;
        nint* bases = stackalloc nint[count];
        for (int i = 0; i < count; i++)
        {
            bases[i] = i < program.Operands.Length ? operands[i] : 0;
        }

        byte* ofSlice = scratch + (slice * sliceBytes);
        FusedSum.Addresses* addresses = stackalloc FusedSum.Addresses[sums.Length];
        for (int i = 0; i < sums.Length; i++)
        {
            addresses[i] = sums[i].Start(operands[sums[i].Operand], ofSlice, Shared(scratch));
            bases[sums[i].Operand] = (nint)addresses[i].Parts;
        }

        if (!byColumns)
        {
            long first = form.Rows * slice / slices, last = form.Rows * (slice + 1) / slices;
            RunParts(bases, addresses, first, last, 0, form.Columns);
        }
        else
        {
            long blocks = (form.Columns + InterpretedTiles.Block - 1) / InterpretedTiles.Block;
            long from = blocks * slice / slices * InterpretedTiles.Block;
            long to = Math.Min(blocks * (slice + 1) / slices * InterpretedTiles.Block, form.Columns);
            long strip = sums.Length > 0 ? Strip : form.Columns;
            for (long column = from; column < to; column += strip)
            {
                RunParts(bases, addresses, 0, form.Rows, column, Math.Min(strip, to - column));
            }
        }

        for (int i = 0; i < sums.Length; i++)
        {
            sums[i].End(level, addresses[i]);
        }
    }

    // Runs rows up to the next one at which a part of some sum ends, and ends the part.
    private void RunParts(nint* bases, FusedSum.Addresses* addresses, long first, long last, long column, long columns)
    {
        for (long row = first; row < last;)
        {
            long end = last - first;
            foreach (FusedSum sum in sums)
            {
                end = Math.Min(end, sum.PartEnd(row - first));
            }

            RunRange(form, tiles, rowSteps, bases, row, first + end, column, columns);
            row = first + end;
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i].EndPart(level, addresses[i], end, row == last, column, columns);
            }
        }
    }

    private static void RunRange(
        FusedForm form, FusedTiles tiles, nint[] rowSteps, nint* bases, long first, long last, long column, long columns)
    {
        int count = form.Steps.Length;
        nint* at = stackalloc nint[count];
        long[] lengths = form.Lengths;
        int inner = lengths.Length - 2;
        long* index = stackalloc long[inner + 1];
        fixed (nint* steps = rowSteps)
        {
            for (long row = first; row < last;)
            {
                long rows = inner == 0 ? last - row : Math.Min(last - row, lengths[inner] - (row % lengths[inner]));
                long outer = row;
                for (int axis = inner; axis > 0; axis--)
                {
                    index[axis] = outer % lengths[axis];
                    outer /= lengths[axis];
                }

                index[0] = outer;
                for (int i = 0; i < count; i++)
                {
                    long[] step = form.Steps[i];
                    long offset = column * step[inner + 1];
                    for (int axis = 0; axis <= inner; axis++)
                    {
                        offset += index[axis] * step[axis];
                    }

                    at[i] = bases[i] + (nint)offset;
                }

                tiles.Run(at, steps, (nint)rows, (nint)columns);
                row += rows;
            }
        }
    }

    private struct Slices : ISlices
    {
        public TiledKernel Kernel;
        public nint* Operands;
        public byte* Scratch;

        public readonly void Run(int slice) => Kernel.RunSlice(Operands, Scratch, slice);
    }

    private sealed class RowForm(FusedForm form, FusedTiles tiles, nint[] steps)
    {
        public readonly FusedForm Form = form;
        public readonly FusedTiles Tiles = tiles;
        public readonly nint[] Steps = steps;
    }
}
