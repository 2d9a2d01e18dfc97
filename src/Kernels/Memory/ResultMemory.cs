using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// The memory of one result: a native block, aligned to <see cref="AlignedMemory.Alignment"/> and uninitialised, that goes
/// back to the pool when nothing refers to this object any more. Whatever reads or writes the block through its address
/// must hold this object meanwhile; every view of a buffer does.
/// </summary>
/// <remarks>
/// A kernel is given addresses, not this object, so the compiler may take a buffer for dead as soon as its address has been
/// read. The caller keeps arguments and results alive itself; the buffers that it makes on the way, such as copies in
/// row-major order, are kept by a scope (<see cref="EnterScope"/>).
/// </remarks>
public sealed unsafe class ResultMemory
{
    // The blocks taken by this thread since its scope began, each holding the one before; a depth of 0 is no scope.
    [ThreadStatic]
    private static ResultMemory? latest;

    [ThreadStatic]
    private static int depth;

    private readonly long capacity;
    private ResultMemory? previous;

    private ResultMemory(long bytes)
    {
        capacity = BlockPool.Capacity(bytes);
        Address = BlockPool.Take(capacity);
        if (depth > 0)
        {
            previous = latest;
            latest = this;
        }
    }

    /// <summary>Gives the block back.</summary>
    ~ResultMemory()
    {
        if (Address != 0)
        {
            BlockPool.Return(Address, capacity);
        }
    }

    /// <summary>The bytes of all blocks that are not in the pool.</summary>
    public static long LiveBytes => BlockPool.LiveBytes;

    /// <summary>The bytes of the blocks in the pool: at most <see cref="MaxIdleBytes"/>.</summary>
    public static long IdleBytes => BlockPool.IdleBytes;

    /// <summary>The bytes that the pool keeps at most.</summary>
    public static long MaxIdleBytes => BlockPool.MaxIdleBytes;

    /// <summary>The address of the first byte.</summary>
    public nint Address { get; }

    /// <summary>A block of at least this many bytes, which hold anything.</summary>
    /// <exception cref="OutOfMemoryException">There is no such block, even after what nobody holds was given back.</exception>
    public static ResultMemory Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return new ResultMemory(bytes);
    }

    /// <summary>
    /// From now on, until the scope is left, all blocks that this thread allocates are held. Scopes nest.
    /// </summary>
    /// <returns>What <see cref="ExitScope"/> takes.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ResultMemory? EnterScope()
    {
        depth++;
        return latest;
    }

    /// <summary>Lets go of the blocks of a scope.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ExitScope(ResultMemory? entered)
    {
        depth--;
        if (latest != entered)
        {
            LetGo(entered);
        }
    }

    // Blocks must not hold each other any longer.
    private static void LetGo(ResultMemory? entered)
    {
        ResultMemory? block = latest;
        while (block is not null && block != entered)
        {
            ResultMemory? next = block.previous;
            block.previous = null;
            block = next;
        }

        latest = entered;
    }
}
