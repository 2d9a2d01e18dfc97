namespace Functional.CSharp;

/// <summary>What becomes of the masks of the sequences that a layer of one's own is given.</summary>
public enum MaskRule
{
    /// <summary>No result has a mask: nobody but you knows whether it has the same steps. The default.</summary>
    Stops,

    /// <summary>The result has the mask of what the layer is given, where it has the axes of the mask.</summary>
    Passes,
}

public sealed partial class Network
{
    /// <summary>
    /// Masks the steps whose features are all <paramref name="value"/>: recurrent layers, poolings, attention, losses and
    /// metrics behind leave them out. Masked steps become zeros.
    /// </summary>
    /// <param name="value">The value of padding. Default 0.</param>
    /// <exception cref="FunctionalException">The value is no number.</exception>
    public Network Masking(double value = 0.0) => With(MaskingLayers.maskingOf(value));

    /// <summary>
    /// This result with another network's as its mask, which has the first axes of this one: [time] for a sequence. It is
    /// true, or differs from 0, where something is.
    /// </summary>
    /// <exception cref="FunctionalException">The mask has other axes.</exception>
    public Network AttachMask(Network mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return Join(MaskingLayers.attachMask, [this, mask]);
    }

    /// <summary>A function of a batch, as <see cref="Then(Func{Tensor, Tensor})"/>, that passes masks on.</summary>
    /// <param name="f">The function, which keeps the batch axis.</param>
    /// <param name="masks">What becomes of masks.</param>
    public Network Then(Func<Tensor, Tensor> f, MaskRule masks) =>
        With(Ruled(masks, LayerModule.ofFunction("lambda", Interop.Function(f))));

    internal static FLayer Ruled(MaskRule masks, FLayer layer) => masks switch
    {
        MaskRule.Stops => layer,
        MaskRule.Passes => LayerModule.withMasks(Functional.MaskRule.Passes, layer),
        _ => throw Errors.Argument("Network.Then", "masks", (int)masks, "is not a rule for masks."),
    };
}
