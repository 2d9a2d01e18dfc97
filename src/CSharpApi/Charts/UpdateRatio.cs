using FUpdateRatio = Functional.UpdateRatio;
using FUpdateRatios = Functional.UpdateRatios;

namespace Functional.CSharp;

/// <summary>How much one step changes a weight. Norms are Euclidean.</summary>
/// <param name="Path">The path of the weight: "dense/kernel".</param>
/// <param name="WeightNorm">The norm of the weight.</param>
/// <param name="UpdateNorm">The norm of what the step adds to it.</param>
/// <param name="GradientNorm">The norm of its gradient; NaN where it is not known.</param>
public sealed record UpdateRatio(string Path, double WeightNorm, double UpdateNorm, double GradientNorm)
{
    internal FUpdateRatio Inner => new(Path, WeightNorm, UpdateNorm, GradientNorm);

    /// <summary>
    /// The norm of the update by that of the weight, about 1e-3 where training goes well; 0 where nothing changes.
    /// </summary>
    public double Ratio => Inner.Ratio;

    /// <summary>The effective learning rate: the norm of the update by that of the gradient.</summary>
    public double EffectiveRate => Inner.EffectiveRate;

    /// <summary>
    /// A callback that adds to the log of each epoch how much its last step changed each weight of the model but biases, by
    /// the norm of the weight, for <see cref="Chart.UpdateRatios(History)"/>.
    /// </summary>
    public static Callback Callback(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(FUpdateRatios.callback(model.Inner));
    }

    /// <summary>The ratios of what happened between two models of the same network; gradients are not known.</summary>
    /// <exception cref="FunctionalException">The models have other weights.</exception>
    public static IReadOnlyList<UpdateRatio> Between(Model before, Model after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return All(FUpdateRatios.between(before.Inner.Variables, after.Inner.Variables));
    }

    /// <summary>
    /// The ratios of the next step that training would take from a state, by the gradient of a batch: options as for the
    /// training, of which the optimizer and the loss count.
    /// </summary>
    /// <exception cref="FunctionalException">The batch or the state does not fit the model.</exception>
    public static IReadOnlyList<UpdateRatio> OfStep(Model model, TrainState state, FitOptions options, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(batch);
        return All(FUpdateRatios.ofState(options.Inside(), batch.Inner, state.Inner, model.Inner));
    }

    private static IReadOnlyList<UpdateRatio> All(IEnumerable<FUpdateRatio> ratios) =>
        [.. ratios.Select(r => new UpdateRatio(r.Path, r.WeightNorm, r.UpdateNorm, r.GradientNorm))];
}
