using Deedle;
using FNpy = Functional.Npy;
using FNpyFrames = Functional.NpyFrames.Npy;

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

    /// <summary>Reads a .npy file of an array [n, k], or [n], into a frame of k columns called 0, 1, ...</summary>
    public static Frame<int, string> LoadFrame(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return FNpyFrames.loadFrame(path);
    }

    /// <summary>
    /// Reads a .npz file into a frame: an array [n] is a column under its name, an array [n, k] is k columns name.0,
    /// name.1, ...
    /// </summary>
    public static Frame<int, string> LoadArchiveFrame(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return FNpyFrames.loadArchiveFrame(path);
    }

    /// <summary>
    /// Writes the columns of a frame, which are of numbers or bool, to a .npz file, an array [n] each.
    /// </summary>
    public static void SaveFrame<TRow>(string path, Frame<TRow, string> frame)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(frame);
        FNpyFrames.saveFrame(path, frame);
    }
}
