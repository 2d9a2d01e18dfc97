using FMember = Functional.FitMember;

namespace Functional.CSharp;

/// <summary>One of several trainings that run as one: see <see cref="Model.FitMany"/>.</summary>
/// <param name="Seed">What the first weights, the order of the samples and dropout draw from.</param>
/// <param name="LearningRate">The learning rate, instead of the optimizer's. Default none.</param>
/// <param name="Start">The model whose weights training begins with. Default none: they are drawn from the seed.</param>
public sealed record FitMember(Key Seed, double? LearningRate = null, Model? Start = null)
{
    internal FMember Inner => new(Seed.Inner, Interop.Option(LearningRate), Interop.Option(Start?.Inner));

    /// <summary>An ensemble: trainings that differ in first weights, the order of the samples and dropout.</summary>
    public static IReadOnlyList<FitMember> Ensemble(int count, Key seed)
    {
        ArgumentNullException.ThrowIfNull(seed);
        return [.. seed.Split(count).Select(key => new FitMember(key))];
    }

    /// <summary>A sweep: a training with each of these learning rates, alike in everything else.</summary>
    public static IReadOnlyList<FitMember> Sweep(IReadOnlyList<double> learningRates, Key seed)
    {
        ArgumentNullException.ThrowIfNull(learningRates);
        return [.. learningRates.Select(rate => new FitMember(seed, rate))];
    }
}
