using System.Runtime.InteropServices;

namespace Functional.Kernels;

/// <summary>
/// Native memory for the length of a kernel's call, which its thread keeps for the next call: it only grows, and is freed
/// when the thread has ended.
/// </summary>
internal sealed unsafe class Scratch
{
    private void* start;
    private long bytes;

    ~Scratch() => NativeMemory.AlignedFree(start);

    /// <summary>Room for so many elements, aligned to a line of the cache; what was given before is void.</summary>
    public T* Get<T>(long length) where T : unmanaged
    {
        long wanted = checked(length * sizeof(T));
        if (wanted > bytes || start is null)
        {
            // some more, so that calls of growing sizes do not each allocate
            long larger = wanted + (wanted >> 2) + 4096;
            NativeMemory.AlignedFree(start);
            start = null;
            bytes = 0;
            start = NativeMemory.AlignedAlloc((nuint)larger, AlignedMemory.Alignment);
            bytes = larger;
        }

        return (T*)start;
    }
}
