using System.Collections.Concurrent;

namespace Functional.Torch.Interop;

/// <summary>A kernel on a device, compiled while the program goes on, ready to be launched and captured any number of
/// times.</summary>
public sealed unsafe class CudaKernel
{
    private static readonly ConcurrentDictionary<(string Source, int Capability, bool IsExact), Task<byte[]>> Compiled = new();

    private static readonly ConcurrentDictionary<(string Source, int Device), nint> Modules = new();

    private readonly CudaSource source;
    private readonly int device;
    private readonly int capability;
    private Task<byte[]>? code;
    private nint main;
    private nint join;

    private CudaKernel(CudaSource source, int device, int capability) =>
        (this.source, this.device, this.capability) = (source, device, capability);

    /// <summary>Why kernels cannot be compiled and launched here; empty where they can.</summary>
    public static string WhyNot =>
        Environment.GetEnvironmentVariable("FUNCTIONAL_NVRTC") == "0" ? "FUNCTIONAL_NVRTC is 0."
        : Nvrtc.Instance is null ? "NVRTC (libnvrtc) is not there: it comes with a torch for CUDA."
        : CudaDriver.Instance is null ? "there is no NVIDIA driver (libcuda.so.1)."
        : "";

    /// <summary>The bytes of scratch memory that a launch needs.</summary>
    public long ScratchBytes => source.ScratchBytes;

    /// <summary>The kernel of a source on a device of this compute capability (90 for 9.0). A source that the compiler refuses is
    /// an error of the first launch.</summary>
    internal static CudaKernel Create(CudaSource source, int device, int capability) => new(source, device, capability);

    /// <summary>Begins to compile it in the background, where it is not known yet.</summary>
    public void Prepare() => Code();

    /// <summary>Launches it on a stream of its device.</summary>
    /// <param name="addresses">The address of each operand, on the device.</param>
    /// <param name="scratch">Scratch memory on the device; 0 where it needs none.</param>
    /// <param name="stream">The stream; 0 is the default one.</param>
    /// <exception cref="TorchCallException">The compiler or the driver refuses.</exception>
    public void Launch(nint* addresses, nint scratch, nint stream)
    {
        CudaDriver driver = CudaDriver.Instance ?? throw new TorchCallException("cuLaunchKernel", WhyNot);
        // the driver launches on the device that is current on this thread
        CudaRuntime.Instance?.SetDevice(device);
        if (main == 0)
            Load(driver);
        if (source.Blocks > 0)
            driver.Launch(main, source.Blocks, CudaSource.Threads, stream, addresses, source.Addresses, scratch);
        if (source.JoinBlocks > 0)
            driver.Launch(join, source.JoinBlocks, CudaSource.Threads, stream, addresses, source.Addresses, scratch);
    }

    private Task<byte[]> Code() => code ??= Compiled.GetOrAdd(
        (source.Text, capability, source.IsExact), static key => Task.Run(() => Compile(key.Source, key.Capability, key.IsExact)));

    private void Load(CudaDriver driver)
    {
        byte[] machine = Code().GetAwaiter().GetResult();
        nint module = Modules.GetOrAdd((source.Text, device), _ => driver.LoadModule(machine));
        join = source.JoinBlocks > 0 ? driver.Function(module, CudaSource.JoinName) : 0;
        main = driver.Function(module, CudaSource.Name);
    }

    private static byte[] Compile(string text, int capability, bool isExact)
    {
        Nvrtc compiler = Nvrtc.Instance ?? throw new TorchCallException("NVRTC", WhyNot);
        return KernelCache.Default.Get(text, compiler.Version, capability, () => compiler.Compile(text, capability, isExact));
    }
}
