using FSafetensors = Functional.Safetensors;

namespace Functional.CSharp;

/// <summary>Files of the safetensors format: tensors under names, and texts that describe them.</summary>
/// <remarks>
/// A file that is missing, damaged or of another kind, or cannot be written, raises a
/// <see cref="FunctionalException"/>.
/// </remarks>
public static class Safetensors
{
    /// <summary>Writes tensors under names, atomically, with metadata, none by default.</summary>
    public static void Save(
        string path,
        IEnumerable<KeyValuePair<string, Tensor>> tensors,
        IEnumerable<KeyValuePair<string, string>>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        var texts = ListModule.OfSeq((metadata ?? []).Select(text => Tuple.Create(text.Key, text.Value)));
        FSafetensors.saveWith(texts, path, Interop.Named(tensors));
    }

    /// <summary>Reads the tensors with their names.</summary>
    public static IReadOnlyDictionary<string, Tensor> Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Interop.Dictionary(FSafetensors.load(path));
    }

    /// <summary>Reads the texts that describe the tensors.</summary>
    public static IReadOnlyDictionary<string, string> LoadMetadata(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var (_, metadata) = FSafetensors.loadWithMetadata(path);
        return new OrderedDictionary<string, string>(
            metadata.Select(text => KeyValuePair.Create(text.Item1, text.Item2)));
    }
}
