using System.Runtime.InteropServices;

namespace Functional.Torch.Interop;

/// <summary>The folders where libtorch may lie.</summary>
internal static class TorchFolders
{
    /// <summary>The platform as packages name it: linux-x64.</summary>
    public static string Platform
    {
        get
        {
            string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
            return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        }
    }

    /// <summary>A folder that a user named, as itself, as that of a libtorch or torch with a folder lib, or of an environment.</summary>
    public static IEnumerable<string> Below(string folder) =>
        [folder, Path.Combine(folder, "lib"), Path.Combine(folder, "torch", "lib"), .. OfEnvironment(folder)];

    /// <summary>The program's own folders, then the torch of an active Python environment.</summary>
    public static IEnumerable<string> Usual()
    {
        string program = AppContext.BaseDirectory;
        yield return program;
        yield return Path.Combine(program, "runtimes", Platform, "native");

        if (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") is string searched)
        {
            foreach (string folder in searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            {
                yield return folder;
            }
        }

        foreach (string variable in (string[])["VIRTUAL_ENV", "CONDA_PREFIX"])
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } environment)
            {
                foreach (string folder in OfEnvironment(environment))
                {
                    yield return folder;
                }
            }
        }
    }

    private static string[] OfEnvironment(string environment)
    {
        string lib = Path.Combine(environment, "lib");
        string windows = Path.Combine(environment, "Lib", "site-packages", "torch", "lib");
        string[] pythons = Directory.Exists(lib) ? Directory.GetDirectories(lib, "python3*") : [];
        return [.. pythons.Select(python => Path.Combine(python, "site-packages", "torch", "lib")), windows];
    }
}
