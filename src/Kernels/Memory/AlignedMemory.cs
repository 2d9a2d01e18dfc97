using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Functional.Kernels;

/// <summary>
/// Arrays whose elements start on a cache line, where that pays. The garbage collector owns them: nothing is disposed.
/// </summary>
public static unsafe class AlignedMemory
{
    /// <summary>The alignment, in bytes, of the first element of a large array.</summary>
    public const int Alignment = 64;

    /// <summary>Arrays of at least this many bytes are pinned and aligned, and start uninitialised.</summary>
    public const int LargeBytes = 4096;

    /// <summary>
    /// An array with room for <paramref name="length"/> elements from <paramref name="offset"/> on. The elements of a
    /// large one hold anything: write all of them before reading.
    /// </summary>
    /// <param name="length">The number of elements needed.</param>
    /// <param name="offset">The index of the first element to use.</param>
    public static T[] Allocate<T>(int length, out int offset) where T : unmanaged
    {
        if ((long)length * sizeof(T) < LargeBytes || length > Array.MaxLength - Alignment)
        {
            offset = 0;
            return length == 0 ? [] : new T[length];
        }

        T[] array = GC.AllocateUninitializedArray<T>(length + Alignment / sizeof(T), pinned: true);
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        nuint aligned = (address + (Alignment - 1)) & ~(nuint)(Alignment - 1);
        offset = (int)(aligned - address) / sizeof(T);
        return array;
    }
}
