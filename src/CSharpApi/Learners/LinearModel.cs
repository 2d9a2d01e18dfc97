using FElasticNet = Functional.ElasticNet;
using FElasticNetOptions = Functional.ElasticNetOptions;
using FLasso = Functional.Lasso;
using FLinearModel = Functional.LinearModel;
using FLinearRegression = Functional.LinearRegression;
using FLinearRegressionOptions = Functional.LinearRegressionOptions;
using FRidgeOptions = Functional.RidgeOptions;
using FRidgeRegression = Functional.RidgeRegression;

namespace Functional.CSharp;

/// <summary>A linear function fitted to numbers: what linear, ridge and lasso regression give.</summary>
public sealed class LinearModel : FittedLearner
{
    private readonly FLinearModel inner;

    internal LinearModel(FLinearModel inner)
        : base(LinearModelModule.fitted(inner)) => this.inner = inner;

    /// <summary>The weight of each feature.</summary>
    public IReadOnlyList<double> Coefficients => Array.AsReadOnly(inner.Coefficients);

    /// <summary>What is added.</summary>
    public double Intercept => inner.Intercept;
}

/// <summary>Linear regression by ordinary least squares.</summary>
public static class LinearRegression
{
    /// <summary>
    /// What minimizes the sum of squared residuals over x [n, features] and the numbers y [n]; features that depend on each other
    /// give the shortest coefficients.
    /// </summary>
    /// <exception cref="FunctionalException">The samples or targets cannot be learned.</exception>
    public static LinearModel Fit(Tensor x, Tensor y, bool fitIntercept = true) =>
        new(FLinearRegression.fit(new FLinearRegressionOptions(fitIntercept), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static LinearModel Fit(Tensor x, Tensor y, Tensor sampleWeights, bool fitIntercept = true) =>
        new(FLinearRegression.fitWeighted(
            new FLinearRegressionOptions(fitIntercept), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Linear regression as a learner.</summary>
    public static Learner Learner(bool fitIntercept = true) =>
        new(FLinearRegression.learner(new FLinearRegressionOptions(fitIntercept)));
}

/// <summary>Linear regression with a penalty on the squared coefficients.</summary>
public static class RidgeRegression
{
    /// <summary>What minimizes |y - X w|² + alpha |w|², the objective of scikit-learn's Ridge.</summary>
    /// <exception cref="FunctionalException">Alpha is negative, or the samples or targets cannot be learned.</exception>
    public static LinearModel Fit(Tensor x, Tensor y, double alpha = 1, bool fitIntercept = true) =>
        new(FRidgeRegression.fit(new FRidgeOptions(alpha, fitIntercept), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static LinearModel Fit(Tensor x, Tensor y, Tensor sampleWeights, double alpha = 1, bool fitIntercept = true) =>
        new(FRidgeRegression.fitWeighted(
            new FRidgeOptions(alpha, fitIntercept), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>Ridge regression as a learner.</summary>
    public static Learner Learner(double alpha = 1, bool fitIntercept = true) =>
        new(FRidgeRegression.learner(new FRidgeOptions(alpha, fitIntercept)));
}

/// <summary>Options of regression with a penalty on absolute (lasso) and squared coefficients; the defaults are scikit-learn's.</summary>
public sealed record ElasticNetOptions
{
    /// <summary>The weight of the penalty, 0 or more. Default 1.</summary>
    public double Alpha { get; init; } = 1;

    /// <summary>The share of the absolute values in the penalty, 0 to 1; the lasso takes 1. Default 0.5.</summary>
    public double L1Ratio { get; init; } = 0.5;

    /// <summary>Whether there is an intercept, which is not penalized. Default true.</summary>
    public bool FitIntercept { get; init; } = true;

    /// <summary>At most so many passes over the coefficients. Default 1000.</summary>
    public int MaxIterations { get; init; } = 1000;

    /// <summary>
    /// Descent ends when the duality gap is below this times the sum of squared (centred) targets. Default 1e-4.
    /// </summary>
    public double Tolerance { get; init; } = 1e-4;

    internal FElasticNetOptions Inside() => new(Alpha, L1Ratio, FitIntercept, MaxIterations, Tolerance);
}

/// <summary>Linear regression whose penalty is a mix of absolute and squared coefficients, by coordinate descent.</summary>
public static class ElasticNet
{
    /// <summary>
    /// What minimizes |y - X w|² / (2 n) + alpha (ratio |w|₁ + (1 - ratio) |w|² / 2), the objective of scikit-learn's ElasticNet.
    /// </summary>
    /// <exception cref="FunctionalException">An option is out of range, or the samples or targets cannot be learned.</exception>
    public static LinearModel Fit(Tensor x, Tensor y, ElasticNetOptions? options = null) =>
        new(FElasticNet.fit((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static LinearModel Fit(Tensor x, Tensor y, Tensor sampleWeights, ElasticNetOptions? options = null) =>
        new(FElasticNet.fitWeighted(
            (options ?? new()).Inside(), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The elastic net as a learner.</summary>
    public static Learner Learner(ElasticNetOptions? options = null) =>
        new(FElasticNet.learner((options ?? new()).Inside()));
}

/// <summary>Linear regression with a penalty on absolute coefficients, which makes some of them zero.</summary>
public static class Lasso
{
    /// <summary>What minimizes |y - X w|² / (2 n) + alpha |w|₁; the ratio of the options is taken as 1.</summary>
    /// <exception cref="FunctionalException">An option is out of range, or the samples or targets cannot be learned.</exception>
    public static LinearModel Fit(Tensor x, Tensor y, ElasticNetOptions? options = null) =>
        new(FLasso.fit((options ?? new()).Inside(), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The same with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples, targets or weights cannot be learned.</exception>
    public static LinearModel Fit(Tensor x, Tensor y, Tensor sampleWeights, ElasticNetOptions? options = null) =>
        new(FLasso.fitWeighted(
            (options ?? new()).Inside(), Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y)));

    /// <summary>The lasso as a learner.</summary>
    public static Learner Learner(ElasticNetOptions? options = null) =>
        new(FLasso.learner((options ?? new()).Inside()));
}
