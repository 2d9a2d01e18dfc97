using FNpy = Functional.Npy;

namespace Functional.CSharp;

/// <summary>
/// NumPy's files: .npy with one array, .npz with several under names. Files are written atomically and read with
/// suspicion.
/// </summary>
/// <remarks>
/// A file that is missing, damaged or of another kind, or cannot be written, raises a
/// <see cref="FunctionalException"/>.
/// </remarks>
public static class Npy
{
    /// <summary>Writes a tensor to a .npy file.</summary>
    public static void Save(string path, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(path);
        FNpy.save(path, Interop.Inner(tensor));
    }

    /// <summary>Reads a .npy file.</summary>
    public static Tensor Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(FNpy.load(path));
    }

    /// <summary>Writes tensors under names to a .npz file, compressed or not; not by default.</summary>
    public static void SaveArchive(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, bool compressed = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (compressed)
            FNpy.saveCompressedArchive(path, Interop.Named(tensors));
        else
            FNpy.saveArchive(path, Interop.Named(tensors));
    }

    /// <summary>Reads all arrays of a .npz file with their names.</summary>
    public static IReadOnlyDictionary<string, Tensor> LoadArchive(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Interop.Dictionary(FNpy.loadArchive(path));
    }
}
