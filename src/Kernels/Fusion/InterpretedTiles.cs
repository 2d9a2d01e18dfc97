using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Functional.Kernels;

/// <summary>
/// The interpreter: runs a program block by block, one loop for each instruction, over elements in the first-level cache.
/// Short rows share a block; long ones have several, and one pass for each reduction.
/// </summary>
internal sealed unsafe class InterpretedTiles : FusedTiles
{
    /// <summary>Elements of a block; also the columns of a row that are reduced together.</summary>
    public const int Block = 1024;

    private const int CellBytes = 64;

    [ThreadStatic]
    private static byte[]? room;

    private readonly FusedForm form;
    private readonly SimdLevel level;
    private readonly Step[] steps;
    private readonly Output[] outputs;
    private readonly int[] once;
    private readonly int[] all;
    private readonly int[][] phases;
    private readonly byte[] constants;
    private readonly int roomBytes;

    public InterpretedTiles(FusedForm form, SimdLevel level)
    {
        this.form = form;
        this.level = level;
        steps = new Step[form.Instructions.Length];
        outputs = new Output[form.Stores.Length];
        for (int i = 0; i < steps.Length; i++)
        {
            steps[i] = new Step(form, i);
        }

        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = new Output(form, i);
        }

        InterpretedLayout layout = new(form);
        (once, all, phases) = (layout.Once, layout.All, layout.Phases);
        int cells = CellBytes * (form.Instructions.Length + form.Stores.Length);
        roomBytes = cells + layout.Bytes + 64;
        constants = new byte[cells];
        for (int i = 0; i < steps.Length; i++)
        {
            steps[i].Result = layout.Results[i] < 0 ? CellBytes * i : cells + layout.Results[i];
            steps[i].Expanded = layout.Expanded[i] < 0 ? -1 : cells + layout.Expanded[i];
            steps[i].Target = layout.Targets[i];
            if (form.Instructions[i].Op == FusedOp.Constant)
            {
                FusedCells.Put(form.Instructions[i], constants.AsSpan(CellBytes * i));
            }
        }
    }

    [SkipLocalsInit]
    public override void Run(nint* at, nint* rowSteps, nint rows, nint columns)
    {
        if (room is null || room.Length < roomBytes)
        {
            room = GC.AllocateUninitializedArray<byte>(roomBytes, pinned: true);
        }

        byte* start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(room));
        start = (byte*)(((nint)start + 63) & ~63);
        byte** values = stackalloc byte*[steps.Length];
        Frame f = new() { At = at, RowSteps = rowSteps, Room = start, Values = values };
        constants.CopyTo(new Span<byte>(start, constants.Length));
        f.Rows = 1;
        f.Columns = 1;
        foreach (int i in once)
        {
            Compute(ref f, i);
        }

        if (columns > Block)
        {
            for (nint row = 0; row < rows; row++)
            {
                LongRow(ref f, columns);
                Advance(at, rowSteps, 1);
            }

            return;
        }

        f.Columns = columns;
        ShortRows(ref f, rows);
    }

    // Blocks of whole rows.
    private void ShortRows(ref Frame f, nint rows)
    {
        nint height = Math.Max(1, Block / Math.Max(1, f.Columns));
        for (nint row = 0; row < rows; row += height)
        {
            f.Rows = Math.Min(height, rows - row);
            f.First = f.Last = f.Stores = true;
            foreach (int i in all)
            {
                Compute(ref f, i);
            }

            Store(ref f);
            Advance(f.At, f.RowSteps, f.Rows);
        }
    }

    private void Advance(nint* at, nint* rowSteps, nint rows)
    {
        for (int i = 0; i < form.Steps.Length; i++)
        {
            at[i] += rowSteps[i] * rows;
        }
    }

    private void LongRow(ref Frame f, nint columns)
    {
        nint* first = f.At;
        int count = form.Steps.Length;
        nint* at = stackalloc nint[count];
        f.At = at;
        f.Rows = 1;
        for (int phase = 0; phase < phases.Length; phase++)
        {
            f.Stores = phase == phases.Length - 1;
            for (nint column = 0; column < columns; column += Block)
            {
                f.Columns = Math.Min(Block, columns - column);
                f.First = column == 0;
                f.Last = column + Block >= columns;
                for (int i = 0; i < count; i++)
                {
                    at[i] = first[i] + (column * (nint)form.Steps[i][^1]);
                }

                foreach (int i in phases[phase])
                {
                    if (f.First || form.Kinds[i] == FusedKind.Full || form.Instructions[i].Op.IsRowReduction())
                    {
                        Compute(ref f, i);
                    }
                }

                if (f.Stores)
                {
                    Store(ref f);
                }
            }
        }

        f.At = first;
    }

    private void Compute(ref Frame f, int i)
    {
        ref Step s = ref steps[i];
        byte* result = f.Room + s.Result;
        f.Values[i] = result;
        nint rows = s.Kind == FusedKind.Once ? 1 : f.Rows;
        switch (s.Op)
        {
            case FusedOp.Constant:
                break;
            case FusedOp.Load:
            case FusedOp.Iota:
                Source(ref f, ref s, i, rows);
                break;
            case FusedOp.RowSum or FusedOp.RowMax or FusedOp.RowMin:
                Reduce(ref f, ref s, result);
                break;
            default:
                nint n = s.Kind == FusedKind.Full ? rows * f.Columns : rows;
                if (n == 0)
                {
                    return;
                }

                if (s.Target >= 0 && f.Stores && outputs[s.Target].IsRun(ref f))
                {
                    result = (byte*)f.At[outputs[s.Target].Operand];
                    f.Values[i] = result;
                }

                byte* a = Argument(ref f, s.A, s.Kind, out int stepA);
                byte* b = Argument(ref f, s.B, s.Kind, out int stepB);
                byte* c = Argument(ref f, s.C, s.Kind, out int stepC);
                s.Loop(level, a, stepA, b, stepB, c, stepC, result, n);
                break;
        }

        if (s.Expanded >= 0 && rows > 1)
        {
            FusedCells.Expand(s.Size, result, f.Room + s.Expanded, rows, f.Columns);
        }
    }

    private byte* Argument(ref Frame f, int i, FusedKind to, out int step)
    {
        step = 0;
        if (i < 0)
        {
            return null;
        }

        FusedKind kind = steps[i].Kind;
        if (kind == FusedKind.Once || (kind == FusedKind.Row && to == FusedKind.Full && f.Rows == 1))
        {
            return f.Values[i];
        }

        step = 1;
        return kind == FusedKind.Row && to == FusedKind.Full ? f.Room + steps[i].Expanded : f.Values[i];
    }

    private void Source(ref Frame f, ref Step s, int i, nint rows)
    {
        nint at = f.At[s.A], down = f.RowSteps[s.A], right = s.Right;
        nint columns = s.Kind == FusedKind.Full ? f.Columns : 1;
        if (s.Op == FusedOp.Iota)
        {
            FusedCells.Count(s.Type, f.Values[i], at, down, right, rows, columns);
        }
        else if (s.Kind == FusedKind.Full && right == s.Size && !s.Copies && (rows == 1 || down == columns * s.Size))
        {
            f.Values[i] = (byte*)at;
        }
        else
        {
            FusedCells.Gather(s.Size, (byte*)at, down, right, f.Values[i], rows, columns);
        }
    }

    private void Reduce(ref Frame f, ref Step s, byte* result)
    {
        byte* from = f.Values[s.A];
        bool full = steps[s.A].Kind == FusedKind.Full;
        nint next = full ? f.Columns * s.Size : steps[s.A].Kind == FusedKind.Row ? s.Size : 0;
        for (nint row = 0; row < f.Rows; row++, from += next, result += s.Size)
        {
            if (f.First)
            {
                s.Reduction(level, from, full ? 1 : 0, f.Columns, result);
            }
            else
            {
                long part;
                s.Reduction(level, from, full ? 1 : 0, f.Columns, (byte*)&part);
                if (s.Op == FusedOp.RowSum)
                {
                    FusedSums.Add(s.Type, level, result, f.Room + s.Compensation, (byte*)&part, 1);
                }
                else
                {
                    s.Loop(level, result, 1, (byte*)&part, 1, null, 0, result, 1);
                }
            }

            if (s.Op == FusedOp.RowSum && !(f.First && f.Last))
            {
                Compensate(ref f, s.Type, result, f.Room + s.Compensation);
            }
        }
    }

    // The compensation of a long row's sum: cleared at the first block, added after the last one.
    private void Compensate(ref Frame f, ElementType type, byte* sum, byte* compensation)
    {
        if (f.First)
        {
            *(long*)compensation = 0;
        }
        else if (f.Last)
        {
            FusedSums.Finish(type, level, sum, compensation, 1);
        }
    }

    // Adds a block's sum to the row's, and after the last block the row's to the operand.
    private void AddRow(ref Frame f, ref Output o, byte* from, int step, byte* to)
    {
        long part;
        o.Sum(level, from, step, f.Columns, (byte*)&part);
        byte* row = (byte*)&part;
        if (!(f.First && f.Last))
        {
            row = f.Room + o.Cell;
            byte* compensation = row + sizeof(long);
            if (f.First)
            {
                *(long*)row = part;
            }
            else
            {
                FusedSums.Add(o.Type, level, row, compensation, (byte*)&part, 1);
            }

            Compensate(ref f, o.Type, row, compensation);
        }

        if (f.Last)
        {
            o.Add(level, to, 1, row, 1, null, 0, to, 1);
        }
    }

    private void Store(ref Frame f)
    {
        for (int k = 0; k < outputs.Length; k++)
        {
            ref Output o = ref outputs[k];
            byte* from = f.Values[o.Value];
            byte* to = (byte*)f.At[o.Operand];
            nint down = f.RowSteps[o.Operand];
            FusedKind kind = steps[o.Value].Kind;
            if (o.OnceARow && !f.Last)
            {
                continue;
            }

            nint next = kind == FusedKind.Full ? f.Columns * o.Size : kind == FusedKind.Row ? o.Size : 0;
            int step = kind == FusedKind.Full ? 1 : 0;
            if (o.Sums)
            {
                AddRows(ref f, ref o, from, next, step, to, down);
            }
            else if (from != to)
            {
                nint columns = o.OnceARow ? 1 : f.Columns;
                FusedCells.Scatter(o.Size, from, next, step, to, down, o.Right, f.Rows, columns);
            }
        }
    }

    private void AddRows(ref Frame f, ref Output o, byte* from, nint next, int step, byte* to, nint down)
    {
        for (nint row = 0; row < f.Rows; row++, from += next, to += down)
        {
            if (o.OnceARow)
            {
                o.Add(level, to, 1, from, 1, null, 0, to, 1);
            }
            else if (o.Right != 0)
            {
                o.Add(level, to, 1, from, step, null, 0, to, f.Columns);
            }
            else
            {
                AddRow(ref f, ref o, from, step, to);
            }
        }
    }

    /// <summary>A block: its position, and the addresses of the values computed for it.</summary>
    private struct Frame
    {
        public nint* At;
        public nint* RowSteps;
        public byte* Room;
        public byte** Values;
        public nint Rows;
        public nint Columns;
        public bool First;
        public bool Last;
        public bool Stores;
    }

    /// <summary>An instruction, prepared.</summary>
    private struct Step
    {
        public readonly FusedOp Op;
        public readonly ElementType Type;
        public readonly FusedKind Kind;
        public readonly int A;
        public readonly int B;
        public readonly int C;
        public readonly int Size;
        public readonly nint Right;

        /// <summary>Whether a loaded value is stored too, and must be copied before another store overwrites it.</summary>
        public readonly bool Copies;
        public readonly delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Loop;
        public readonly delegate*<SimdLevel, byte*, int, nint, byte*, void> Reduction;

        /// <summary>The offset of the result, and of the result repeated for each element.</summary>
        public int Result;

        /// <inheritdoc cref="Result"/>
        public int Expanded;

        /// <summary>The store whose operand the result may be written to directly; negative if there is none.</summary>
        public int Target;

        /// <summary>The offset of the compensation of a row's sum.</summary>
        public readonly int Compensation;

        public Step(FusedForm form, int i)
        {
            FusedInstruction x = form.Instructions[i];
            int arity = x.Op.Arity();
            (Op, Type, Kind, Size) = (x.Op, x.Type, form.Kinds[i], x.Type.Size());
            (A, B, C) = (x.A, arity > 1 ? x.B : -1, arity > 2 ? x.C : -1);
            Compensation = CellBytes * i;
            if (x.Op is FusedOp.Load or FusedOp.Iota)
            {
                Right = (nint)form.Steps[A][^1];
                Copies = Array.Exists(form.Stores, s => s.Value == i);
            }
            else if (x.Op.IsRowReduction())
            {
                Reduction = FusedRows.Select(x.Op, x.Type);
                Loop = FusedLoops.Select(FusedRows.Joining(x.Op), x.Type, x.Type);
            }
            else if (arity > 0)
            {
                int last = arity == 3 ? x.C : arity == 2 ? x.B : x.A;
                Loop = FusedLoops.Select(x.Op, form.Instructions[last].Type, x.Type);
            }
        }
    }

    /// <summary>A store, prepared.</summary>
    private readonly struct Output
    {
        public readonly int Value;
        public readonly int Operand;
        public readonly ElementType Type;
        public readonly int Size;

        /// <summary>The offset of the sum of a long row, which its compensation follows.</summary>
        public readonly int Cell;
        public readonly nint Right;
        public readonly bool Sums;
        public readonly bool OnceARow;
        public readonly delegate*<SimdLevel, byte*, int, byte*, int, byte*, int, byte*, nint, void> Add;
        public readonly delegate*<SimdLevel, byte*, int, nint, byte*, void> Sum;

        public Output(FusedForm form, int i)
        {
            FusedStore store = form.Stores[i];
            ElementType type = form.Instructions[store.Value].Type;
            (Value, Operand, Type, Size) = (store.Value, store.Operand, type, type.Size());
            Cell = CellBytes * (form.Instructions.Length + i);
            Right = (nint)form.Steps[store.Operand][^1];
            OnceARow = form.OnceARow[i];
            Sums = store.Kind != FusedStoreKind.Write;
            if (Sums)
            {
                Add = FusedLoops.Add(type);
                Sum = FusedRows.Select(FusedOp.RowSum, type);
            }
        }

        /// <summary>Whether the block's elements are contiguous in the operand.</summary>
        public bool IsRun(ref Frame f) =>
            Right == Size && (f.Rows == 1 || f.RowSteps[Operand] == f.Columns * Size);
    }
}
