namespace Functional.Torch.Interop;

/// <summary>The CUDA stream that libtorch starts its kernels on, of a thread and a device.</summary>
internal sealed unsafe class TorchStreams
{
    private static readonly Lazy<TorchStreams?> Found = new(TryLoad);

    private readonly delegate* unmanaged<int, nint*, int> current;
    private readonly delegate* unmanaged<nint, int, nint*, int> guard;
    private readonly delegate* unmanaged<nint, int> release;

    private TorchStreams(nint current, nint guard, nint release)
    {
        this.current = (delegate* unmanaged<int, nint*, int>)current;
        this.guard = (delegate* unmanaged<nint, int, nint*, int>)guard;
        this.release = (delegate* unmanaged<nint, int>)release;
    }

    /// <summary>Those of the CUDA part of libtorch, or null where it is missing.</summary>
    public static TorchStreams? Instance => Found.Value;

    /// <summary>The current stream.</summary>
    public nint Current(int device)
    {
        nint stream;
        TorchLibrary.Functions.Check(current(device, &stream), "get_current_cuda_stream");
        return stream;
    }

    /// <summary>Does something while this stream is the current one on this thread.</summary>
    public void With(nint stream, int device, Action action)
    {
        nint made;
        TorchLibrary.Functions.Check(guard(stream, device, &made), "create_cuda_stream_guard");
        try
        {
            action();
        }
        finally
        {
            release(made);
        }
    }

    private static TorchStreams? TryLoad()
    {
        nint current = TorchLibrary.TryFind("aoti_torch_get_current_cuda_stream");
        nint guard = TorchLibrary.TryFind("aoti_torch_create_cuda_stream_guard");
        nint release = TorchLibrary.TryFind("aoti_torch_delete_cuda_stream_guard");
        return current == 0 || guard == 0 || release == 0 ? null : new(current, guard, release);
    }
}
