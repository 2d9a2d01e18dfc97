using System.Runtime.InteropServices;

namespace Functional.Torch.Interop;

/// <summary>Streams, events, graphs and copies, by the CUDA runtime that libtorch uses.</summary>
internal sealed unsafe class CudaRuntime
{
    private const int ComputeCapabilityMajor = 75;
    private const int ComputeCapabilityMinor = 76;
    private const uint NonBlocking = 1;
    private const uint DisableTiming = 2;
    private const int Relaxed = 2;

    private static readonly Lazy<CudaRuntime?> Found = new(() => TryLoad(TorchLibrary.Folder));

    private readonly nint library;
    private readonly delegate* unmanaged<int, int> setDevice;
    private readonly delegate* unmanaged<nint, nint, nuint, int, nint, int> copy;
    private readonly delegate* unmanaged<nint, nint, int> recordEvent;
    private readonly delegate* unmanaged<nint, nint, uint, int> waitEvent;
    private readonly delegate* unmanaged<nint, nint, int> launchGraph;

    private CudaRuntime(nint library)
    {
        this.library = library;
        setDevice = (delegate* unmanaged<int, int>)Export("cudaSetDevice");
        copy = (delegate* unmanaged<nint, nint, nuint, int, nint, int>)Export("cudaMemcpyAsync");
        recordEvent = (delegate* unmanaged<nint, nint, int>)Export("cudaEventRecord");
        waitEvent = (delegate* unmanaged<nint, nint, uint, int>)Export("cudaStreamWaitEvent");
        launchGraph = (delegate* unmanaged<nint, nint, int>)Export("cudaGraphLaunch");
    }

    /// <summary>The one that is installed, or null.</summary>
    public static CudaRuntime? Instance => Found.Value;

    /// <summary>The number of GPUs.</summary>
    public int DeviceCount
    {
        get
        {
            int count;
            return ((delegate* unmanaged<int*, int>)Export("cudaGetDeviceCount"))(&count) == 0 ? count : 0;
        }
    }

    /// <summary>The compute capability of a device: 90 for 9.0.</summary>
    public int Capability(int device) =>
        (Attribute(device, ComputeCapabilityMajor) * 10) + Attribute(device, ComputeCapabilityMinor);

    /// <summary>Makes the device current on this thread.</summary>
    public void SetDevice(int device) => Check(setDevice(device), "cudaSetDevice");

    /// <summary>Waits for all that was started on the current device.</summary>
    public void Synchronize() => Check(((delegate* unmanaged<int>)Export("cudaDeviceSynchronize"))(), "cudaDeviceSynchronize");

    /// <summary>A stream of the current device, which does not wait for the default one.</summary>
    public nint NewStream()
    {
        nint stream;
        Check(
            ((delegate* unmanaged<nint*, uint, int>)Export("cudaStreamCreateWithFlags"))(&stream, NonBlocking),
            "cudaStreamCreateWithFlags");
        return stream;
    }

    public void FreeStream(nint stream) =>
        Check(((delegate* unmanaged<nint, int>)Export("cudaStreamDestroy"))(stream), "cudaStreamDestroy");

    /// <summary>An event that orders streams and keeps no time.</summary>
    public nint NewEvent()
    {
        nint made;
        Check(
            ((delegate* unmanaged<nint*, uint, int>)Export("cudaEventCreateWithFlags"))(&made, DisableTiming),
            "cudaEventCreateWithFlags");
        return made;
    }

    public void FreeEvent(nint made) =>
        Check(((delegate* unmanaged<nint, int>)Export("cudaEventDestroy"))(made), "cudaEventDestroy");

    /// <summary>The event happens when all that was started on the stream so far is done.</summary>
    public void Record(nint made, nint stream) => Check(recordEvent(made, stream), "cudaEventRecord");

    /// <summary>What is started on the stream from now on waits for the event.</summary>
    public void Wait(nint stream, nint made) => Check(waitEvent(stream, made, 0), "cudaStreamWaitEvent");

    /// <summary>Copies bytes in the order of a stream; from where to where the addresses tell.</summary>
    public void Copy(nint target, nint source, long bytes, nint stream) =>
        Check(copy(target, source, (nuint)bytes, 4, stream), "cudaMemcpyAsync");

    /// <summary>Memory of the current device.</summary>
    public nint Allocate(long bytes)
    {
        nint memory;
        Check(((delegate* unmanaged<nint*, nuint, int>)Export("cudaMalloc"))(&memory, (nuint)bytes), "cudaMalloc");
        return memory;
    }

    /// <summary>Frees memory of a device.</summary>
    public void Free(nint memory) => Check(((delegate* unmanaged<nint, int>)Export("cudaFree"))(memory), "cudaFree");

    /// <summary>From now on what is started on the stream is written down instead of run.</summary>
    public void BeginCapture(nint stream) =>
        Check(
            ((delegate* unmanaged<nint, int, int>)Export("cudaStreamBeginCapture"))(stream, Relaxed), "cudaStreamBeginCapture");

    /// <summary>The graph of what was started on the stream since <see cref="BeginCapture"/>, ready to be launched.</summary>
    public nint EndCapture(nint stream)
    {
        nint graph;
        Check(((delegate* unmanaged<nint, nint*, int>)Export("cudaStreamEndCapture"))(stream, &graph), "cudaStreamEndCapture");
        nint ready;
        int status = ((delegate* unmanaged<nint*, nint, ulong, int>)Export("cudaGraphInstantiateWithFlags"))(&ready, graph, 0);
        ((delegate* unmanaged<nint, int>)Export("cudaGraphDestroy"))(graph);
        Check(status, "cudaGraphInstantiateWithFlags");
        return ready;
    }

    /// <summary>Ends a capture that failed, and forgets its error.</summary>
    public void AbandonCapture(nint stream)
    {
        nint graph;
        if (((delegate* unmanaged<nint, nint*, int>)Export("cudaStreamEndCapture"))(stream, &graph) == 0 && graph != 0)
            ((delegate* unmanaged<nint, int>)Export("cudaGraphDestroy"))(graph);
        ((delegate* unmanaged<int>)Export("cudaGetLastError"))();
    }

    /// <summary>Runs a graph in the order of a stream.</summary>
    public void LaunchGraph(nint graph, nint stream) => Check(launchGraph(graph, stream), "cudaGraphLaunch");

    public void FreeGraph(nint graph) =>
        Check(((delegate* unmanaged<nint, int>)Export("cudaGraphExecDestroy"))(graph), "cudaGraphExecDestroy");

    private static CudaRuntime? TryLoad(string torch)
    {
        string[] names = OperatingSystem.IsWindows()
            ? ["cudart64_13.dll", "cudart64_12.dll"]
            : ["libcudart.so.13", "libcudart.so.12"];
        nint library = CudaLibraries.TryLoad(torch, names);
        return library == 0 ? null : new CudaRuntime(library);
    }

    private nint Export(string name) => NativeLibrary.GetExport(library, name);

    private int Attribute(int device, int attribute)
    {
        int value;
        Check(
            ((delegate* unmanaged<int*, int, int, int>)Export("cudaDeviceGetAttribute"))(&value, attribute, device),
            "cudaDeviceGetAttribute");
        return value;
    }

    private void Check(int status, string function)
    {
        if (status == 0)
            return;
        ((delegate* unmanaged<int>)Export("cudaGetLastError"))();
        byte* text = ((delegate* unmanaged<int, byte*>)Export("cudaGetErrorString"))(status);
        throw new TorchCallException(function, Marshal.PtrToStringUTF8((nint)text) ?? $"error {status}");
    }
}
