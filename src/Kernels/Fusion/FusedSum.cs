using System.Runtime.InteropServices;

namespace Functional.Kernels;

/// <summary>
/// An operand of a kernel that sums are written to: where the parts of a sum stand while the kernel runs. Elements of the
/// domain are added in an order that depends on lengths only, and in steps, so that rounding errors stay small however
/// many elements there are:
/// <list type="number">
/// <item>a row's columns, where they are summed, in blocks (see <see cref="FusedRows"/>);</item>
/// <item>up to <see cref="RowsAPart"/> rows, one after the other, in a part;</item>
/// <item>the parts of a slice of the domain, with compensation (see <see cref="FusedSums"/>);</item>
/// <item>the slices, pairwise.</item>
/// </list>
/// An error of the sum of n elements x is at most a few dozen roundings of the sum of all |x| along the leading axes and
/// the last one, and grows with the length of other axes only.
/// </summary>
internal sealed unsafe class FusedSum
{
    /// <summary>The rows that are added one after the other to each element of a sum.</summary>
    private const long RowsAPart = 128;

    private readonly ElementType type;
    private readonly bool joinsColumns;
    private readonly long columns;

    /// <summary>Rows of the domain until the first element is added to again.</summary>
    private readonly long period;

    /// <summary>Whether the sum is added up in parts, and where they begin: in a slice's memory or in that of all.</summary>
    private bool inParts;
    private long part;

    /// <summary>Where a slice's sum begins, in the slice's memory; below 0 if all slices share the operand.</summary>
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

    /// <summary>Takes memory for a domain in slices of so many rows, and so many strips of columns each.</summary>
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

    /// <summary>Clears what all slices share.</summary>
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

    /// <summary>Clears what is of one slice, and says where its rows are added to.</summary>
    public Place Start(nint operand, byte* slice, byte* shared)
    {
        Place place = new() { Sums = (byte*)operand };
        if (!IsShared)
        {
            place.Sums = slice + ofSlice;
            NativeMemory.Clear(place.Sums, (nuint)Bytes);
        }

        place.Parts = place.Sums;
        if (inParts)
        {
            place.Parts = (IsShared ? shared : slice) + part;
            place.Lost = place.Parts + Room;
            if (!IsShared)
            {
                NativeMemory.Clear(place.Parts, (nuint)(2 * Room));
            }
        }

        return place;
    }

    /// <summary>The row of a slice after which a part that holds this row ends.</summary>
    public long PartEnd(long row) => inParts ? ((row / PartRows) + 1) * PartRows : long.MaxValue;

    /// <summary>Adds a part of the slice to its sum, if it ends after these rows of the slice.</summary>
    public void EndPart(SimdLevel level, in Place place, long rows, bool last, long column, long width)
    {
        if (inParts && (last || rows % PartRows == 0))
        {
            ForRegion(level, place, column, width, finish: last && !joinsColumns);
        }
    }

    /// <summary>Ends the sum of a slice.</summary>
    public void End(SimdLevel level, in Place place)
    {
        if (inParts && joinsColumns)
        {
            FusedSums.Finish(type, level, place.Sums, place.Lost, (nint)(Bytes / Size));
        }
    }

    // The sums of some columns: of all, where columns are summed.
    private void ForRegion(SimdLevel level, in Place place, long column, long width, bool finish)
    {
        bool whole = joinsColumns || width == columns;
        long length = whole ? Bytes / Size : width;
        long step = whole ? Bytes : columns * Size;
        for (long at = whole ? 0 : column * Size; at < Bytes; at += step)
        {
            byte* sums = place.Sums + at, lost = place.Lost + at;
            FusedSums.Add(type, level, sums, lost, place.Parts + at, (nint)length);
            if (finish)
            {
                FusedSums.Finish(type, level, sums, lost, (nint)length);
            }
        }
    }

    /// <summary>Adds the sums of slices, which lie so many bytes apart, pairwise, and writes the operand.</summary>
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

    /// <summary>Where a slice's sums stand, the part that rows are added to, and what the roundings of sums lost.</summary>
    public struct Place
    {
        public byte* Sums;
        public byte* Parts;
        public byte* Lost;
    }
}
