using System.Runtime.InteropServices;

namespace Functional.Torch.Interop;

/// <summary>
/// The libraries of CUDA besides libtorch: found by their names where they are loaded or installed, else in the folders of the
/// Python packages that libtorch came with.
/// </summary>
internal static class CudaLibraries
{
    private static readonly string[] Packages = ["cu13", "cuda_runtime", "cuda_nvrtc", "cu12"];

    /// <summary>Loads the first of these libraries that is there; 0 where none is.</summary>
    /// <param name="torch">The folder of libtorch.</param>
    /// <param name="names">File names, newest first: libcudart.so.13.</param>
    public static nint TryLoad(string torch, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
                return handle;
        }

        foreach (string folder in Folders(torch))
        {
            foreach (string name in names)
            {
                string file = Path.Combine(folder, name);
                if (File.Exists(file) && NativeLibrary.TryLoad(file, out nint handle))
                    return handle;
            }
        }

        return 0;
    }

    /// <summary>Where such libraries lie beside a libtorch: in its own folder, and in Python's packages of NVIDIA.</summary>
    public static IEnumerable<string> Folders(string torch)
    {
        if (torch.Length == 0)
            yield break;
        yield return torch;
        string nvidia = Path.GetFullPath(Path.Combine(torch, "..", "..", "nvidia"));
        foreach (string package in Packages)
            yield return Path.Combine(nvidia, package, OperatingSystem.IsWindows() ? "bin" : "lib");
    }
}
