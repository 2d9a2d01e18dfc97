using Deedle;
using FEncoder = Functional.LabelEncoder;
using FEncoders = Functional.LabelEncoderModule;

namespace Functional.CSharp;

/// <summary>Labels to class numbers and back: the place of a label among the classes is its number.</summary>
public sealed class LabelEncoder
{
    private readonly FEncoder inner;

    private LabelEncoder(FEncoder inner) => this.inner = inner;

    /// <summary>The encoder of the different words among labels, in ascending order.</summary>
    /// <exception cref="FunctionalException">A label is missing.</exception>
    public static LabelEncoder Fit(IEnumerable<string> labels) => new(FEncoders.fit(labels));

    /// <summary>The encoder of a column of a frame of any form; numbers are ordered by value.</summary>
    /// <exception cref="FunctionalException">There is no such column, or a value is missing.</exception>
    public static LabelEncoder OfColumn<TRow>(string column, Frame<TRow, string> frame)
        where TRow : notnull => new(FEncoders.ofColumn(column, frame));

    /// <summary>The names of the classes in order.</summary>
    public IReadOnlyList<string> Classes => inner.Classes;

    /// <summary>The number of each label's class, Int32 [n].</summary>
    /// <exception cref="FunctionalException">A label is none of the classes.</exception>
    public Tensor Encode(IEnumerable<string> labels) => new(FEncoders.encode(labels, inner));

    /// <summary>The names of classes by their numbers, a tensor [n].</summary>
    /// <exception cref="FunctionalException">A number has no class.</exception>
    public IReadOnlyList<string> Decode(Tensor classes) => FEncoders.decode(Interop.Inner(classes), inner);
}
