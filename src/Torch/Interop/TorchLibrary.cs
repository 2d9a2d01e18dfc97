using System.Runtime.InteropServices;

namespace Functional.Torch.Interop;

/// <summary>
/// libtorch, loaded once: from the folder that FUNCTIONAL_LIBTORCH names, beside the program (a referenced NuGet package such as
/// libtorch-cpu-linux-x64), or from the torch of an active Python environment. With its CUDA library where there is one.
/// </summary>
public static class TorchLibrary
{
    private const string Variable = "FUNCTIONAL_LIBTORCH";

    private static readonly Lazy<Found> Loaded = new(Load);

    /// <summary>Whether libtorch was found and loaded.</summary>
    public static bool IsAvailable => Loaded.Value.Functions is not null;

    /// <summary>Why libtorch is not available, with the fix; empty where it is.</summary>
    public static string WhyMissing => Loaded.Value.Problem;

    /// <summary>The folder that it was loaded from; empty where it is not available.</summary>
    public static string Folder => Loaded.Value.Folder;

    /// <summary>Whether the CUDA part of libtorch is there and could be loaded.</summary>
    public static bool HasCuda => Loaded.Value.Cuda != 0;

    /// <summary>Why there is no CUDA, with the fix; empty where there is.</summary>
    public static string WhyNoCuda => Loaded.Value.CudaProblem;

    /// <summary>The functions of libtorch.</summary>
    /// <exception cref="TorchMissingException">libtorch was not found or could not be loaded.</exception>
    public static TorchFunctions Functions =>
        Loaded.Value.Functions ?? throw new TorchMissingException(Loaded.Value.Problem);

    /// <summary>The address of a function that some versions of libtorch have, in its CUDA part too; 0 where it has none.</summary>
    public static nint TryFind(string name)
    {
        Found found = Loaded.Value;
        if (found.Core != 0 && NativeLibrary.TryGetExport(found.Core, name, out nint address))
        {
            return address;
        }

        return found.Cuda != 0 && NativeLibrary.TryGetExport(found.Cuda, name, out address) ? address : 0;
    }

    private sealed record Found(TorchFunctions? Functions, string Folder, nint Core, nint Cuda, string Problem, string CudaProblem);

    private static Found Missing(string problem) => new(null, "", 0, 0, problem, problem);

    private static string FileOf(string name) =>
        OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    private static Found Load()
    {
        string core = FileOf("torch_cpu");
        string? named = Environment.GetEnvironmentVariable(Variable);
        string? folder = string.IsNullOrEmpty(named)
            ? TorchFolders.Usual().FirstOrDefault(folder => File.Exists(Path.Combine(folder, core)))
            : TorchFolders.Below(named).FirstOrDefault(folder => File.Exists(Path.Combine(folder, core)));

        if (folder is null)
        {
            return Missing(
                string.IsNullOrEmpty(named)
                    ? $"libtorch is not there: reference the NuGet package libtorch-cpu-{TorchFolders.Platform}, or set {Variable} to " +
                      $"the lib folder of a Python torch (the one with {core})."
                    : $"{Variable} is '{named}', where there is no {core}: set it to the lib folder of a Python torch or of libtorch.");
        }

        try
        {
            foreach (string runtime in Directory.GetFiles(folder, "libgomp-*.so*"))
            {
                NativeLibrary.Load(runtime);
            }

            if (File.Exists(Path.Combine(folder, FileOf("c10"))))
            {
                NativeLibrary.Load(Path.Combine(folder, FileOf("c10")));
            }

            nint handle = LoadWithDependencies(folder, Path.Combine(folder, core));
            (nint cuda, string cudaProblem) = LoadCuda(folder);
            return new Found(new TorchFunctions(handle), folder, handle, cuda, "", cudaProblem);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            return Missing($"libtorch in {folder} could not be loaded: {e.Message} Take version 2.10 or later, built for this system.");
        }
    }

    private static (nint, string) LoadCuda(string folder)
    {
        string file = Path.Combine(folder, FileOf("torch_cuda"));
        if (!File.Exists(file))
        {
            return (0, $"libtorch in {folder} is built for the CPU alone; set {Variable} to the lib folder of a torch with CUDA.");
        }

        try
        {
            string c10 = Path.Combine(folder, FileOf("c10_cuda"));
            if (File.Exists(c10))
            {
                LoadWithDependencies(folder, c10);
            }

            return (LoadWithDependencies(folder, file), "");
        }
        catch (DllNotFoundException e)
        {
            return (0, $"{file} could not be loaded: {e.Message} Install the CUDA libraries that this torch was built for.");
        }
    }

    /// <summary>Loads a library; where what it depends on is not found, after the CUDA libraries of the Python environment.</summary>
    private static nint LoadWithDependencies(string folder, string file)
    {
        if (NativeLibrary.TryLoad(file, out nint handle))
        {
            return handle;
        }

        string packages = Path.Combine(folder, "..", "..", "nvidia");
        if (Directory.Exists(packages))
        {
            string[] libraries = Directory.GetFiles(packages, "lib*.so*", SearchOption.AllDirectories);
            // in no order of dependence: what fails in the first round may load in the second
            for (int round = 0; round < 2; round++)
            {
                foreach (string library in libraries)
                {
                    NativeLibrary.TryLoad(library, out _);
                }
            }
        }

        return NativeLibrary.Load(file);
    }
}
