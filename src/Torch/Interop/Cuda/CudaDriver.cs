using System.Runtime.InteropServices;
using System.Text;

namespace Functional.Torch.Interop;

/// <summary>Modules of machine code and their launches, by NVIDIA's driver.</summary>
internal sealed unsafe class CudaDriver
{
    private static readonly Lazy<CudaDriver?> Found = new(TryLoad);

    private readonly delegate* unmanaged<nint*, byte*, int> loadModule;
    private readonly delegate* unmanaged<nint*, nint, byte*, int> getFunction;
    private readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> launch;
    private readonly delegate* unmanaged<int, byte**, int> errorName;

    private CudaDriver(nint library)
    {
        loadModule = (delegate* unmanaged<nint*, byte*, int>)Export("cuModuleLoadData");
        getFunction = (delegate* unmanaged<nint*, nint, byte*, int>)Export("cuModuleGetFunction");
        launch = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)
            Export("cuLaunchKernel");
        errorName = (delegate* unmanaged<int, byte**, int>)Export("cuGetErrorName");
        Check(((delegate* unmanaged<uint, int>)Export("cuInit"))(0), "cuInit");

        nint Export(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>The one that is installed, or null.</summary>
    public static CudaDriver? Instance => Found.Value;

    /// <summary>Loads machine code into the device that is current on this thread.</summary>
    /// <exception cref="TorchCallException">The driver refuses.</exception>
    public nint LoadModule(byte[] code)
    {
        nint module;
        fixed (byte* at = code)
            Check(loadModule(&module, at), "cuModuleLoadData");
        return module;
    }

    /// <summary>A kernel of a module.</summary>
    /// <exception cref="TorchCallException">There is none of this name.</exception>
    public nint Function(nint module, string name)
    {
        nint function;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
            Check(getFunction(&function, module, text), "cuModuleGetFunction");
        return function;
    }

    /// <summary>Starts a kernel on a stream; its arguments are addresses: so many, and one more of scratch memory if not 0.</summary>
    /// <exception cref="TorchCallException">The driver refuses.</exception>
    public void Launch(nint function, int blocks, int threads, nint stream, nint* addresses, int count, nint scratch)
    {
        void** arguments = stackalloc void*[count + 1];
        for (int i = 0; i < count; i++)
            arguments[i] = addresses + i;
        arguments[count] = &scratch;
        Check(launch(function, (uint)blocks, 1, 1, (uint)threads, 1, 1, 0, stream, arguments, null), "cuLaunchKernel");
    }

    private static CudaDriver? TryLoad()
    {
        string name = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        return NativeLibrary.TryLoad(name, out nint library) ? new CudaDriver(library) : null;
    }

    private void Check(int status, string function)
    {
        if (status == 0)
            return;
        byte* name = null;
        errorName(status, &name);
        throw new TorchCallException(function, Marshal.PtrToStringUTF8((nint)name) ?? $"error {status}");
    }
}
