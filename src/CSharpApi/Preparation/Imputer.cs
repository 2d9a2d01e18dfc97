using FImputer = Functional.Imputer;
using FWeights = Functional.NeighbourWeights;

namespace Functional.CSharp;

/// <summary>
/// Filling missing values, as in scikit-learn. A column without any value to learn from raises a <see cref="FunctionalException"/>.
/// </summary>
public static class Imputer
{
    /// <summary>This number in the gaps of columns of numbers.</summary>
    public static Preparation Constant(double value) => new(FImputer.constant(value));

    /// <summary>This word in the gaps of columns of words.</summary>
    public static Preparation Constant(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(FImputer.word(value));
    }

    /// <summary>The mean of each column of numbers.</summary>
    public static Preparation Mean() => new(FImputer.mean);

    /// <summary>The median of each column of numbers.</summary>
    public static Preparation Median() => new(FImputer.median);

    /// <summary>The most frequent value of each column of any form, of equals the least.</summary>
    public static Preparation Mode() => new(FImputer.mode);

    /// <summary>
    /// The mean of the rows of the same class in the column <paramref name="by"/>; of the target where no column is named. Rows of
    /// no known class get the mean of the column.
    /// </summary>
    public static Preparation ClassMean(string? by = null) => new(by is null ? FImputer.targetMean : FImputer.classMean(by));

    /// <summary>
    /// The mean of the values of the nearest rows of the fit that have one, weighted.
    /// </summary>
    public static Preparation Nearest(int count = 5, NeighbourWeights weights = NeighbourWeights.Uniform) =>
        new(FImputer.nearestBy(weights == NeighbourWeights.Distance ? FWeights.Distance : FWeights.Uniform, count));

    /// <summary>What a ridge regression on all other columns of numbers gives, in rounds.</summary>
    public static Preparation Regression(double alpha = 1, int maxIterations = 10, double tolerance = 1e-3) =>
        new(FImputer.regressionWith(new RegressionImputerOptions(alpha, maxIterations, tolerance)));
}
