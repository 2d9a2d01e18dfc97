using System.Security.Cryptography;
using System.Text;

namespace Functional.Torch.Interop;

/// <summary>
/// Compiled kernels on disk, by a hash of their source, the compiler and the GPU's compute capability: in the folder that
/// FUNCTIONAL_KERNELS names, or else in functional/kernels of the user's cache folder. Where it cannot be written, kernels are
/// compiled in each process.
/// </summary>
internal sealed class KernelCache(string folder)
{
    /// <summary>The user's.</summary>
    public static KernelCache Default { get; } = new(FolderOf(Environment.GetEnvironmentVariable));

    /// <summary>The folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>The machine code of a source: read, or compiled and kept.</summary>
    public byte[] Get(string source, string compiler, int capability, Func<byte[]> compile)
    {
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{compiler}\n{capability}\n{source}")));
        string file = Path.Combine(Folder, key + ".cubin");
        try
        {
            if (File.Exists(file) && File.ReadAllBytes(file) is { Length: > 0 } known)
                return known;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // compiled anew
        }

        byte[] code = compile();
        try
        {
            Directory.CreateDirectory(Folder);
            string part = Path.Combine(Folder, $"{key}.{Guid.NewGuid():n}.part");
            File.WriteAllBytes(part, code);
            File.Move(part, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // compiled again next time
        }

        return code;
    }

    /// <summary>The folder that these environment variables make the default.</summary>
    public static string FolderOf(Func<string, string?> variable)
    {
        if (variable("FUNCTIONAL_KERNELS") is { Length: > 0 } named)
            return named;
        string cache = variable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : variable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".cache")
            : Path.GetTempPath();
        return Path.Combine(cache, "functional", "kernels");
    }
}
