using FLogisticRegression = Functional.LogisticRegression;
using FLogisticRegressionOptions = Functional.LogisticRegressionOptions;

namespace Functional.CSharp;

/// <summary>Options of logistic regression; the defaults are scikit-learn's, solved to a tighter tolerance.</summary>
public sealed record LogisticRegressionOptions
{
    /// <summary>
    /// The inverse of the weight of the penalty on squared coefficients, above 0; infinity is no penalty. Default 1.
    /// </summary>
    public double C { get; init; } = 1;

    /// <summary>Whether there is an intercept, which is not penalized. Default true.</summary>
    public bool FitIntercept { get; init; } = true;

    /// <summary>How much the samples of each class count. Default uniform.</summary>
    public ClassWeights ClassWeights { get; init; } = ClassWeights.Uniform;

    /// <summary>At most so many steps of Newton's method. Default 100.</summary>
    public int MaxIterations { get; init; } = 100;

    /// <summary>Ends when no element of the gradient is larger. Default 1e-8.</summary>
    public double Tolerance { get; init; } = 1e-8;

    internal FLogisticRegressionOptions Inside() =>
        new(C, FitIntercept, ClassWeights.Inner, MaxIterations, Tolerance);
}

/// <summary>Logistic regression: classes whose log odds are linear in the features.</summary>
public sealed class LogisticRegression : FittedLearner
{
    private readonly FLogisticRegression inner;

    private LogisticRegression(FLogisticRegression inner)
        : base(LogisticRegressionModule.fitted(inner)) => this.inner = inner;

    /// <summary>
    /// What minimizes C Σ loss + |w|² / 2 over x [n, features] and classes y [n] (0 .. k - 1), the objective of scikit-learn.
    /// </summary>
    /// <exception cref="FunctionalException">An option is out of range, or there are no two classes.</exception>
    public static LogisticRegression Fit(Tensor x, Tensor y, LogisticRegressionOptions? options = null) =>
        new(LogisticRegressionModule.fit((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static LogisticRegression Fit(Tensor x, Tensor y, Tensor sampleWeights, LogisticRegressionOptions? options = null) =>
        new(LogisticRegressionModule.fitWeighted(
            (options ?? new()).Inside(), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Logistic regression as a learner.</summary>
    public static Learner Learner(LogisticRegressionOptions? options = null) =>
        new(LogisticRegressionModule.learner((options ?? new()).Inside()));

    /// <summary>
    /// The weights of the features: one row where two classes were seen, for the second of them; else a row a class seen.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<double>> Coefficients => [.. inner.Coefficients.Select(Array.AsReadOnly)];

    /// <summary>What is added, one for each row.</summary>
    public IReadOnlyList<double> Intercepts => Array.AsReadOnly(inner.Intercepts);

    /// <summary>The classes that were seen, ascending.</summary>
    public IReadOnlyList<int> Seen => Array.AsReadOnly(inner.Seen);

    /// <summary>How many steps of Newton's method were made.</summary>
    public int Iterations => inner.Iterations;

    /// <summary>The log odds of the second class [n, 1], or the scores of the classes seen [n, classes seen].</summary>
    /// <exception cref="FunctionalException">The samples have other features than those of the fit.</exception>
    public Tensor Decision(Tensor x) => new(LogisticRegressionModule.decision(Interop.Inner(x), inner));
}
