using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Functional.Kernels;

/// <summary>
/// A strided view: element (i, j, ...) stands at Offset + i * Strides[0] + j * Strides[1] + ... of Elements.
/// </summary>
/// <param name="elements">The memory viewed, which may hold other elements too.</param>
/// <param name="offset">The index of the first element of the view.</param>
/// <param name="strides">The stride of each axis in elements; 0 broadcasts, and a negative one runs backwards.</param>
public readonly ref struct Operand<T>(ReadOnlySpan<T> elements, int offset, ReadOnlySpan<int> strides)
    where T : unmanaged
{
    /// <summary>The memory viewed, which may hold other elements too.</summary>
    public ReadOnlySpan<T> Elements { get; } = elements;

    /// <summary>The index of the first element of the view.</summary>
    public int Offset { get; } = offset;

    /// <summary>The stride of each axis in elements; 0 broadcasts, and a negative one runs backwards.</summary>
    public ReadOnlySpan<int> Strides { get; } = strides;
}

/// <summary>Booleans as bytes of 0 or 1.</summary>
internal static class Bytes
{
    public static Span<byte> Of(Span<bool> x) => MemoryMarshal.AsBytes(x);

    public static ReadOnlySpan<byte> Of(ReadOnlySpan<bool> x) => MemoryMarshal.AsBytes(x);

    public static Operand<byte> AsBytes(this in Operand<bool> x) => new(Of(x.Elements), x.Offset, x.Strides);

    /// <summary>The same view of elements of another type of the same size.</summary>
    public static Operand<TTo> As<TFrom, TTo>(this in Operand<TFrom> x) where TFrom : unmanaged where TTo : unmanaged =>
        new(MemoryMarshal.Cast<TFrom, TTo>(x.Elements), x.Offset, x.Strides);

    /// <summary>Eight bits as eight bytes of 0 or 1, the lowest first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong OfBits(byte bits) =>
        ((((bits * 0x0101010101010101UL) & 0x8040201008040201UL) + 0x7f7f7f7f7f7f7f7fUL) >> 7) & 0x0101010101010101UL;
}

/// <summary>Reads the elements of a strided view in row-major order, a block at a time.</summary>
internal unsafe struct StridedIterator
{
    /// <summary>The largest number of axes that a view may have.</summary>
    public const int MaxRank = 32;

    private readonly int rank;
    private fixed int lengths[MaxRank];
    private fixed int strides[MaxRank];

    /// <summary>
    /// The view with the fewest axes: axes of length 1 are dropped, and neighbours are merged where one stride covers both.
    /// </summary>
    public StridedIterator(ReadOnlySpan<int> shape, ReadOnlySpan<int> steps)
    {
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] == 1)
            {
                continue;
            }

            if (rank > 0 && strides[rank - 1] == (long)steps[i] * shape[i])
            {
                lengths[rank - 1] *= shape[i];
                strides[rank - 1] = steps[i];
            }
            else
            {
                lengths[rank] = shape[i];
                strides[rank] = steps[i];
                rank++;
            }
        }

        if (rank == 0)
        {
            lengths[0] = 1;
            strides[0] = 1;
            rank = 1;
        }
    }

    /// <summary>Whether the view is contiguous.</summary>
    public readonly bool IsRun => rank == 1 && strides[0] == 1;

    /// <summary>Whether the view is one element, repeated.</summary>
    public readonly bool IsConstant => rank == 1 && strides[0] == 0;

    /// <summary>The number of elements of a shape.</summary>
    public static long Size(ReadOnlySpan<int> shape)
    {
        long size = 1;
        foreach (int n in shape)
        {
            size *= n;
        }

        return size;
    }

    /// <summary>Throws unless every element of the view lies within 0 and <paramref name="length"/>.</summary>
    public static void CheckReach(ReadOnlySpan<int> shape, ReadOnlySpan<int> strides, int offset, int length)
    {
        if (shape.Length != strides.Length || shape.Length > MaxRank)
        {
            Check.Fail(
                $"A view of {shape.Length} axes has {strides.Length} strides; at most {MaxRank} axes are possible.");
        }

        long low = offset, high = offset;
        for (int i = 0; i < shape.Length; i++)
        {
            if (shape[i] <= 0)
            {
                return;
            }

            long reach = (long)(shape[i] - 1) * strides[i];
            low += Math.Min(reach, 0);
            high += Math.Max(reach, 0);
        }

        if (low < 0 || high >= length)
        {
            Check.Fail($"A view reaches from {low} to {high}, outside its {length} elements.");
        }
    }

    /// <summary>The cursor at the element with this number in row-major order.</summary>
    public readonly Cursor At(long number)
    {
        Cursor cursor = default;
        for (int i = rank - 1; i >= 0; i--)
        {
            int index = (int)(number % lengths[i]);
            number /= lengths[i];
            cursor.Index[i] = index;
            cursor.Offset += (nint)index * strides[i];
        }

        return cursor;
    }

    /// <summary>
    /// The next <paramref name="count"/> elements, contiguous: copied to <paramref name="block"/>, or in place where they are
    /// contiguous already.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly T* Read<T>(ref Cursor cursor, T* origin, T* block, int count) where T : unmanaged
    {
        if (rank == 0)
        {
            new Span<T>(block, count).Fill(*origin);
            return block;
        }

        int inner = rank - 1;
        int length = lengths[inner];
        nint stride = strides[inner];
        T* to = block;
        if (stride == 1 && length - cursor.Index[inner] >= count)
        {
            T* here = origin + cursor.Offset;
            Advance(ref cursor, count);
            return here;
        }

        while (count > 0)
        {
            int run = Math.Min(count, length - cursor.Index[inner]);
            CopyRun(origin + cursor.Offset, stride, to, run);
            to += run;
            count -= run;
            Advance(ref cursor, run);
        }

        return block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRun<T>(T* from, nint stride, T* to, int run) where T : unmanaged
    {
        if (stride == 1 && run >= 32)
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)(run * sizeof(T)));
        }
        else if (stride == 1)
        {
            for (int i = 0; i < run; i++)
            {
                to[i] = from[i];
            }
        }
        else if (stride == 0)
        {
            T value = *from;
            for (int i = 0; i < run; i++)
            {
                to[i] = value;
            }
        }
        else
        {
            for (int i = 0; i < run; i++)
            {
                to[i] = from[i * stride];
            }
        }
    }

    // Moves the cursor along the innermost axis, and to the next row at its end.
    private readonly void Advance(ref Cursor cursor, int count)
    {
        int axis = rank - 1;
        cursor.Index[axis] += count;
        cursor.Offset += (nint)count * strides[axis];
        while (cursor.Index[axis] == lengths[axis])
        {
            cursor.Offset -= (nint)lengths[axis] * strides[axis];
            cursor.Index[axis] = 0;
            if (--axis < 0)
            {
                return;
            }

            cursor.Index[axis]++;
            cursor.Offset += strides[axis];
        }
    }

    /// <summary>A position in a view.</summary>
    public struct Cursor
    {
        public fixed int Index[MaxRank];
        public nint Offset;
    }
}
