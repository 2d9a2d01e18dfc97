using FBernoulli = Functional.BernoulliNaiveBayes;
using FDiscreteOptions = Functional.DiscreteNaiveBayesOptions;
using FGaussian = Functional.GaussianNaiveBayes;
using FGaussianOptions = Functional.GaussianNaiveBayesOptions;
using FMultinomial = Functional.MultinomialNaiveBayes;
using FNaiveBayes = Functional.NaiveBayes;

namespace Functional.CSharp;

/// <summary>A fitted naive Bayes classifier: features are taken as independent within each class.</summary>
public sealed class NaiveBayes : FittedLearner
{
    private readonly FNaiveBayes inner;

    internal NaiveBayes(FNaiveBayes inner)
        : base(NaiveBayesModule.fitted(inner)) => this.inner = inner;

    /// <summary>
    /// The logarithm of the prior probability of each class; negative infinity for a class without samples.
    /// </summary>
    public IReadOnlyList<double> LogPriors => Array.AsReadOnly(inner.LogPriors);
}

/// <summary>Naive Bayes of numbers, normally distributed in each class.</summary>
public static class GaussianNaiveBayes
{
    /// <summary>Fits to samples x [n, features] and their classes y [n] (0 .. k - 1).</summary>
    /// <param name="x">The samples.</param>
    /// <param name="y">Their classes.</param>
    /// <param name="varianceSmoothing">The share of the largest variance that is added to every variance.</param>
    /// <param name="priors">The prior probabilities of the classes, or null for their shares of the samples.</param>
    /// <exception cref="FunctionalException">The samples or classes cannot be learned, or the priors do not fit.</exception>
    public static NaiveBayes Fit(
        Tensor x, Tensor y, double varianceSmoothing = 1e-9, IReadOnlyList<double>? priors = null) =>
        new(FGaussian.fit(Options(varianceSmoothing, priors), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static NaiveBayes Fit(
        Tensor x, Tensor y, Tensor sampleWeights, double varianceSmoothing = 1e-9, IReadOnlyList<double>? priors = null) =>
        new(FGaussian.fitWeighted(
            Options(varianceSmoothing, priors), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Gaussian naive Bayes as a learner.</summary>
    public static Learner Learner(double varianceSmoothing = 1e-9, IReadOnlyList<double>? priors = null) =>
        new(FGaussian.learner(Options(varianceSmoothing, priors)));

    private static FGaussianOptions Options(double varianceSmoothing, IReadOnlyList<double>? priors) =>
        new(varianceSmoothing, Interop.Option(priors is null ? null : ListModule.OfSeq(priors)));
}

/// <summary>Options of naive Bayes of counts and of yes or no; the defaults are scikit-learn's.</summary>
public sealed record DiscreteNaiveBayesOptions
{
    /// <summary>What is added to every count (Laplace's smoothing), at least 1e-10. Default 1.</summary>
    public double Alpha { get; init; } = 1;

    /// <summary>Whether classes have their shares of the samples as priors; else all have the same. Default true.</summary>
    public bool FitPriors { get; init; } = true;

    /// <summary>Bernoulli: above what a feature is a yes. Default 0.</summary>
    public double Threshold { get; init; }

    internal FDiscreteOptions Inside() => new(Alpha, FitPriors, Threshold);
}

/// <summary>Naive Bayes of counts, such as of words.</summary>
public static class MultinomialNaiveBayes
{
    /// <summary>Fits to counts x [n, features], none below 0, and their classes y [n] (0 .. k - 1).</summary>
    /// <exception cref="FunctionalException">A count is negative, or the samples or classes cannot be learned.</exception>
    public static NaiveBayes Fit(Tensor x, Tensor y, DiscreteNaiveBayesOptions? options = null) =>
        new(FMultinomial.fit((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static NaiveBayes Fit(Tensor x, Tensor y, Tensor sampleWeights, DiscreteNaiveBayesOptions? options = null) =>
        new(FMultinomial.fitWeighted(
            (options ?? new()).Inside(), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Multinomial naive Bayes as a learner.</summary>
    public static Learner Learner(DiscreteNaiveBayesOptions? options = null) =>
        new(FMultinomial.learner((options ?? new()).Inside()));
}

/// <summary>Naive Bayes of features that are a yes or a no.</summary>
public static class BernoulliNaiveBayes
{
    /// <summary>Fits to x [n, features], each value a yes where it is above the threshold, and the classes y [n].</summary>
    /// <exception cref="FunctionalException">The samples or classes cannot be learned.</exception>
    public static NaiveBayes Fit(Tensor x, Tensor y, DiscreteNaiveBayesOptions? options = null) =>
        new(FBernoulli.fit((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static NaiveBayes Fit(Tensor x, Tensor y, Tensor sampleWeights, DiscreteNaiveBayesOptions? options = null) =>
        new(FBernoulli.fitWeighted(
            (options ?? new()).Inside(), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Bernoulli naive Bayes as a learner.</summary>
    public static Learner Learner(DiscreteNaiveBayesOptions? options = null) =>
        new(FBernoulli.learner((options ?? new()).Inside()));
}
