using System.Runtime.InteropServices;

namespace Functional.Kernels;

/// <summary>
/// An operand that sums are written to, and the memory of its partial sums while the kernel runs. The order of additions
/// depends on lengths only, and has four levels, so that rounding errors stay small however many elements there are:
/// <list type="number">
/// <item>the columns of a row, where they are summed, in blocks (see <see cref="FusedRows"/>);</item>
/// <item>up to <see cref="RowsAPart"/> rows in sequence, to a part;</item>
/// <item>the parts of a slice, with compensation (see <see cref="FusedSums"/>);</item>
/// <item>the slices, pairwise.</item>
/// </list>
/// For sums over leading axes and the last one, |error| is at most about 130 u (sum of |x|) in the worst case, where u is the
/// unit roundoff; a summed axis in the middle adds its length times u.
/// </summary>
internal sealed unsafe class FusedSum
{
    /// <summary>The rows that are added in sequence to each element of a part.</summary>
    private const long RowsAPart = 128;

    private readonly ElementType type;
    private readonly bool joinsColumns;
    private readonly long columns;

    /// <summary>The number of rows after which the same elements are added to again.</summary>
    private readonly long period;

    /// <summary>Whether there are several parts, and their offset in a slice's memory, or in the shared memory.</summary>
    private bool inParts;
    private long part;

    /// <summary>The offset of a slice's sums in its memory; negative if all slices add to the operand itself.</summary>
    private long ofSlice = -1;

    public FusedSum(FusedForm form, FusedProgram program, FusedStore store)
    {
        Operand = store.Operand;
        type = program.Operands[store.Operand].Type;
        long[] steps = form.Steps[Operand], lengths = form.Lengths;
        int rowAxes = lengths.Length - 1;
        Bytes = type.Size();
        period = 1;
        bool leading = true;
        for (int axis = 0; axis <= rowAxes; axis++)
        {
            Bytes *= steps[axis] != 0 ? lengths[axis] : 1;
            JoinsRows |= axis < rowAxes && lengths[axis] > 1 && steps[axis] == 0;
            leading &= steps[axis] == 0;
            period *= axis < rowAxes && !leading ? lengths[axis] : 1;
        }

        columns = lengths[^1];
        joinsColumns = columns > 1 && steps[^1] == 0;
    }

    public int Operand { get; }

    /// <summary>The size of all sums.</summary>
    public long Bytes { get; }

    /// <summary>Whether several rows go into one sum.</summary>
    public bool JoinsRows { get; }

    private bool IsShared => ofSlice < 0;

    /// <summary>Rows that make a part.</summary>
    private long PartRows => Math.Max(1, period) * RowsAPart;

    private int Size => type.Size();

    private long Room => (Bytes + 63) & ~63L;

    /// <summary>Reserves memory, given the number of slices, and the rows and strips of columns of a slice.</summary>
    public void Reserve(int slices, bool byColumns, long sliceRows, long strips, ref long sliceBytes, ref long sharedBytes)
    {
        if (slices > 1 && (byColumns ? joinsColumns : JoinsRows))
        {
            ofSlice = sliceBytes;
            sliceBytes += Room;
        }

        inParts = sliceRows > PartRows || (byColumns && joinsColumns && strips > 1);
        if (inParts)
        {
            ref long bytes = ref (IsShared ? ref sharedBytes : ref sliceBytes);
            part = bytes;
            bytes += 2 * Room;
        }
    }

    /// <summary>Clears the memory that all slices share.</summary>
    public void Clear(nint* operands, byte* shared)
    {
        if (IsShared)
        {
            NativeMemory.Clear((void*)operands[Operand], (nuint)Bytes);
            if (inParts)
            {
                NativeMemory.Clear(shared + part, (nuint)(2 * Room));
            }
        }
    }

    /// <summary>Clears the memory of one slice, and gives the addresses of its sums.</summary>
    public Addresses Start(nint operand, byte* slice, byte* shared)
    {
        Addresses addresses = new() { Sums = (byte*)operand };
        if (!IsShared)
        {
            addresses.Sums = slice + ofSlice;
            NativeMemory.Clear(addresses.Sums, (nuint)Bytes);
        }

        addresses.Parts = addresses.Sums;
        if (inParts)
        {
            addresses.Parts = (IsShared ? shared : slice) + part;
            addresses.Compensation = addresses.Parts + Room;
            if (!IsShared)
            {
                NativeMemory.Clear(addresses.Parts, (nuint)(2 * Room));
            }
        }

        return addresses;
    }

    /// <summary>The end, in rows of the slice, of the part that holds this row.</summary>
    public long PartEnd(long row) => inParts ? ((row / PartRows) + 1) * PartRows : long.MaxValue;

    /// <summary>Adds a part to the slice's sums, if one ends after these rows of the slice.</summary>
    public void EndPart(SimdLevel level, in Addresses addresses, long rows, bool last, long column, long width)
    {
        if (inParts && (last || rows % PartRows == 0))
        {
            ForRegion(level, addresses, column, width, finish: last && !joinsColumns);
        }
    }

    /// <summary>Ends the sums of a slice.</summary>
    public void End(SimdLevel level, in Addresses addresses)
    {
        if (inParts && joinsColumns)
        {
            FusedSums.Finish(type, level, addresses.Sums, addresses.Compensation, (nint)(Bytes / Size));
        }
    }

    // The sums of a strip of columns; all sums, where columns are summed.
    private void ForRegion(SimdLevel level, in Addresses addresses, long column, long width, bool finish)
    {
        bool whole = joinsColumns || width == columns;
        long length = whole ? Bytes / Size : width;
        long step = whole ? Bytes : columns * Size;
        for (long at = whole ? 0 : column * Size; at < Bytes; at += step)
        {
            byte* sums = addresses.Sums + at, compensation = addresses.Compensation + at;
            FusedSums.Add(type, level, sums, compensation, addresses.Parts + at, (nint)length);
            if (finish)
            {
                FusedSums.Finish(type, level, sums, compensation, (nint)length);
            }
        }
    }

    /// <summary>
    /// Adds the sums of slices, whose memory lies <paramref name="sliceBytes"/> apart, pairwise, and writes the operand.
    /// </summary>
    public void Join(SimdLevel level, nint operand, byte* scratch, long sliceBytes, int slices)
    {
        if (IsShared)
        {
            return;
        }

        byte* first = scratch + ofSlice;
        nint n = (nint)(Bytes / Size);
        for (int step = 1; step < slices; step *= 2)
        {
            for (int i = 0; i + step < slices; i += 2 * step)
            {
                byte* to = first + (i * sliceBytes);
                FusedLoops.Add(type)(level, to, 1, to + (step * sliceBytes), 1, null, 0, to, n);
            }
        }

        Buffer.MemoryCopy(first, (void*)operand, Bytes, Bytes);
    }

    /// <summary>Addresses: a slice's sums, the part that rows are added to, and the compensation of the sums.</summary>
    public struct Addresses
    {
        public byte* Sums;
        public byte* Parts;
        public byte* Compensation;
    }
}
