using System.Runtime.InteropServices;
using System.Text;

namespace Functional.Torch.Interop;

/// <summary>NVIDIA's compiler of CUDA C at run time, which needs no GPU.</summary>
internal sealed unsafe class Nvrtc
{
    private static readonly Lazy<Nvrtc?> Found = new(() => TryLoad(TorchLibrary.Folder));

    private readonly delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int> create;
    private readonly delegate* unmanaged<nint, int, byte**, int> compile;
    private readonly delegate* unmanaged<nint, nuint*, int> logSize;
    private readonly delegate* unmanaged<nint, byte*, int> log;
    private readonly delegate* unmanaged<nint, nuint*, int> codeSize;
    private readonly delegate* unmanaged<nint, byte*, int> code;
    private readonly delegate* unmanaged<nint*, int> destroy;

    private Nvrtc(nint library)
    {
        create = (delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)Export("nvrtcCreateProgram");
        compile = (delegate* unmanaged<nint, int, byte**, int>)Export("nvrtcCompileProgram");
        logSize = (delegate* unmanaged<nint, nuint*, int>)Export("nvrtcGetProgramLogSize");
        log = (delegate* unmanaged<nint, byte*, int>)Export("nvrtcGetProgramLog");
        codeSize = (delegate* unmanaged<nint, nuint*, int>)Export("nvrtcGetCUBINSize");
        code = (delegate* unmanaged<nint, byte*, int>)Export("nvrtcGetCUBIN");
        destroy = (delegate* unmanaged<nint*, int>)Export("nvrtcDestroyProgram");
        int major, minor;
        ((delegate* unmanaged<int*, int*, int>)Export("nvrtcVersion"))(&major, &minor);
        Version = $"{major}.{minor}";

        nint Export(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>The one that is installed, or null.</summary>
    public static Nvrtc? Instance => Found.Value;

    /// <summary>Its version: 13.0.</summary>
    public string Version { get; }

    /// <summary>The machine code of a source for a GPU of this compute capability, such as 90.</summary>
    /// <param name="source">CUDA C, without headers.</param>
    /// <param name="capability">The compute capability.</param>
    /// <param name="isExact">Whether products and sums may not be joined to one operation.</param>
    /// <exception cref="TorchCallException">The source is refused; the reason is the compiler's.</exception>
    public byte[] Compile(string source, int capability, bool isExact = false)
    {
        nint program;
        fixed (byte* text = Utf8(source))
            Check(create(&program, text, null, 0, null, null), "nvrtcCreateProgram", "");
        try
        {
            fixed (byte* architecture = Utf8($"--gpu-architecture=sm_{capability}"), standard = Utf8("--std=c++17"), exact = Utf8("--fmad=false"))
            {
                byte** options = stackalloc byte*[] { architecture, standard, exact };
                int status = compile(program, isExact ? 3 : 2, options);
                Check(status, "nvrtcCompileProgram", status == 0 ? "" : LogOf(program));
            }

            nuint size;
            Check(codeSize(program, &size), "nvrtcGetCUBINSize", "");
            byte[] result = new byte[size];
            fixed (byte* at = result)
                Check(code(program, at), "nvrtcGetCUBIN", "");
            return result;
        }
        finally
        {
            destroy(&program);
        }
    }

    private static Nvrtc? TryLoad(string torch)
    {
        string[] names = OperatingSystem.IsWindows()
            ? ["nvrtc64_130_0.dll", "nvrtc64_120_0.dll"]
            : ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"];
        nint library = CudaLibraries.TryLoad(torch, names);
        return library == 0 ? null : new Nvrtc(library);
    }

    private string LogOf(nint program)
    {
        nuint size;
        if (logSize(program, &size) != 0 || size < 2)
            return "";
        byte[] text = new byte[size];
        fixed (byte* at = text)
            log(program, at);
        return Encoding.UTF8.GetString(text).TrimEnd('\0');
    }

    private static void Check(int status, string function, string reason)
    {
        if (status != 0)
            throw new TorchCallException(function, reason.Length == 0 ? $"it gave the error {status}." : reason);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text + '\0');
}
