namespace Functional.CSharp;

/// <summary>Options of <see cref="Network.Rnn"/>, with Keras's names and defaults.</summary>
public sealed record RnnOptions
{
    /// <summary>Whether the outputs of all steps are given, or the last alone. Default false.</summary>
    public bool ReturnSequences { get; init; }

    /// <summary>Whether the last step is read first. Default false.</summary>
    public bool GoBackwards { get; init; }

    /// <summary>
    /// Whether masked steps give zeros where the outputs of all steps are given; else they repeat the output before.
    /// Default false.
    /// </summary>
    public bool ZeroOutputForMask { get; init; }

    /// <summary>
    /// The batch size of a stateful layer, which begins each batch with the last states of the one before; null of one that
    /// is not stateful, the default.
    /// </summary>
    public int? Stateful { get; init; }

    internal Functional.RnnOptions Inside() =>
        new(ReturnSequences, GoBackwards, ZeroOutputForMask, Interop.Option(Stateful));
}
