using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Functional.Kernels;

/// <summary>Memory that products need for a while: blocks of each thread, which grow and are kept.</summary>
internal static unsafe class MatMulScratch
{
    /// <summary>A panel of B.</summary>
    public const int Panel = 0;

    /// <summary>Rows of A.</summary>
    public const int Rows = 1;

    /// <summary>The sums over parts of k.</summary>
    public const int Parts = 2;

    /// <summary>A whole vector, or a result before it is transposed.</summary>
    public const int Whole = 3;

    [ThreadStatic]
    private static byte[]?[]? blocks;

    /// <summary>
    /// Room for so many elements, on a cache line. The next call on this thread for the same use gives the same
    /// memory.
    /// </summary>
    public static T* Get<T>(int use, nint length) where T : unmanaged
    {
        nint bytes = (length * sizeof(T)) + AlignedMemory.Alignment;
        byte[]?[] mine = blocks ??= new byte[]?[4];
        byte[]? block = mine[use];
        if (block is null || block.Length < bytes)
        {
            int size = checked((int)Math.Max(bytes, 1 << 14));
            mine[use] = block = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        }

        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(block));
        return (T*)((address + (AlignedMemory.Alignment - 1)) & ~(nuint)(AlignedMemory.Alignment - 1));
    }
}
