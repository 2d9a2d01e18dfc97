using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Functional.Kernels;

/// <summary>Loads elements into contiguous blocks, and stores blocks.</summary>
internal static unsafe class FusedCells
{
    /// <summary>Writes a constant in its type.</summary>
    public static void Put(FusedInstruction constant, Span<byte> to)
    {
        switch (constant.Type)
        {
            case ElementType.Float32: MemoryMarshal.Write(to, (float)constant.Value); break;
            case ElementType.Float64: MemoryMarshal.Write(to, constant.Value); break;
            case ElementType.Int32: MemoryMarshal.Write(to, double.ConvertToInteger<int>(constant.Value)); break;
            default: to[0] = (byte)(constant.Value != 0 ? 1 : 0); break;
        }
    }

    /// <summary>Writes positions along an axis: <paramref name="first"/>, with steps for each row and each column.</summary>
    public static void Count(ElementType type, byte* to, nint first, nint down, nint right, nint rows, nint columns)
    {
        for (nint row = 0, k = 0; row < rows; row++)
        {
            nint next = first + (row * down);
            for (nint column = 0; column < columns; column++, k++, next += right)
            {
                switch (type)
                {
                    case ElementType.Float32: ((float*)to)[k] = next; break;
                    case ElementType.Float64: ((double*)to)[k] = next; break;
                    default: ((int*)to)[k] = (int)next; break;
                }
            }
        }
    }

    /// <summary>Copies a strided block to a contiguous one.</summary>
    public static void Gather(int size, byte* from, nint down, nint right, byte* to, nint rows, nint columns)
    {
        switch (size)
        {
            case 1: Move(from, down, right, to, columns, 1, rows, columns); break;
            case 4: Move((int*)from, down, right, (int*)to, columns * 4, 4, rows, columns); break;
            default: Move((long*)from, down, right, (long*)to, columns * 8, 8, rows, columns); break;
        }
    }

    /// <summary>
    /// Copies a block to a strided one. Its rows lie <paramref name="next"/> bytes apart; a step of 0 repeats an element.
    /// </summary>
    public static void Scatter(
        int size, byte* from, nint next, int step, byte* to, nint down, nint right, nint rows, nint columns)
    {
        switch (size)
        {
            case 1: Move(from, next, step, to, down, right, rows, columns); break;
            case 4: Move((int*)from, next, step * 4, (int*)to, down, right, rows, columns); break;
            default: Move((long*)from, next, step * 8, (long*)to, down, right, rows, columns); break;
        }
    }

    /// <summary>Repeats each of n values.</summary>
    public static void Expand(int size, byte* from, byte* to, nint n, nint times)
    {
        switch (size)
        {
            case 1: Move(from, 1, 0, to, times, 1, n, times); break;
            case 4: Move((int*)from, 4, 0, (int*)to, times * 4, 4, n, times); break;
            default: Move((long*)from, 8, 0, (long*)to, times * 8, 8, n, times); break;
        }
    }

    // Steps are in bytes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Move<T>(
        T* from, nint fromDown, nint fromRight, T* to, nint toDown, nint toRight, nint rows, nint columns)
        where T : unmanaged
    {
        for (nint row = 0; row < rows; row++)
        {
            if (toRight == sizeof(T) && fromRight == sizeof(T) && columns >= 16)
            {
                Unsafe.CopyBlockUnaligned(to, from, (uint)(columns * sizeof(T)));
            }
            else if (toRight == sizeof(T) && fromRight == 0)
            {
                T value = columns > 0 ? *from : default;
                for (nint column = 0; column < columns; column++)
                {
                    to[column] = value;
                }
            }
            else
            {
                byte* x = (byte*)from, y = (byte*)to;
                for (nint column = 0; column < columns; column++, x += fromRight, y += toRight)
                {
                    *(T*)y = *(T*)x;
                }
            }

            from = (T*)((byte*)from + fromDown);
            to = (T*)((byte*)to + toDown);
        }
    }
}
