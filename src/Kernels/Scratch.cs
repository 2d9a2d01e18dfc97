using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Memory of this thread for the length of a kernel's call: it grows to the most that was asked for, and stays.</summary>
internal sealed unsafe class Scratch
{
    private byte[] array = [];
    private byte* start;

    /// <summary>Room for so many elements, aligned to 64 bytes, holding anything. What was given out before is void.</summary>
    public T* Get<T>(long length) where T : unmanaged
    {
        long bytes = checked(length * sizeof(T));
        if (array.Length < bytes + AlignedMemory.Alignment)
        {
            // some more, so that calls of growing sizes do not each allocate
            array = GC.AllocateUninitializedArray<byte>(checked((int)(bytes + (bytes >> 2) + 4096)), pinned: true);
            start = (byte*)(((nuint)Unsafe.AsPointer(ref array[0]) + (AlignedMemory.Alignment - 1)) & ~(nuint)(AlignedMemory.Alignment - 1));
        }

        return (T*)start;
    }
}
