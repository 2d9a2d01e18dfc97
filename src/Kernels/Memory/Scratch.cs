using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Memory for the length of a kernel's call, kept by its thread: it only grows.</summary>
internal sealed unsafe class Scratch
{
    private byte[] array = [];
    private byte* start;

    /// <summary>Room for so many elements, aligned to 64 bytes; what was given before is void.</summary>
    public T* Get<T>(long length) where T : unmanaged
    {
        long bytes = checked(length * sizeof(T));
        if (array.Length < bytes + AlignedMemory.Alignment)
        {
            // some more, so that calls of growing sizes do not each allocate
            array = GC.AllocateUninitializedArray<byte>(checked((int)(bytes + (bytes >> 2) + 4096)), pinned: true);
            nuint mask = AlignedMemory.Alignment - 1;
            start = (byte*)(((nuint)Unsafe.AsPointer(ref array[0]) + mask) & ~mask);
        }

        return (T*)start;
    }
}
