namespace Functional.Kernels;

/// <summary>Alignment and size classes of element memory.</summary>
public static class AlignedMemory
{
    /// <summary>The alignment, in bytes, of the first element of native memory: a line of the cache.</summary>
    public const int Alignment = 64;

    /// <summary>
    /// Results of at least this many bytes are native blocks (see <see cref="ResultMemory"/>), which stay where they are;
    /// smaller ones are arrays of the garbage collector's, for which that would take longer than computing them.
    /// </summary>
    public const int LargeBytes = 4096;
}
