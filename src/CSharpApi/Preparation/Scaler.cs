using FNorm = Functional.RowNorm;
using FOutput = Functional.QuantileOutput;
using FPower = Functional.PowerMethod;
using FScaler = Functional.Scaler;

namespace Functional.CSharp;

/// <summary>The length by which a row is divided.</summary>
public enum RowNorm
{
    /// <summary>The root of the sum of the squares.</summary>
    L2,

    /// <summary>The sum of the absolute values.</summary>
    L1,

    /// <summary>The largest absolute value.</summary>
    Max,
}

/// <summary>The family of a power transform.</summary>
public enum PowerMethod
{
    /// <summary>For numbers of any sign.</summary>
    YeoJohnson,

    /// <summary>For positive numbers.</summary>
    BoxCox,
}

/// <summary>The distribution that a quantile transform gives.</summary>
public enum QuantileOutput
{
    /// <summary>Uniform from 0 to 1.</summary>
    Uniform,

    /// <summary>Normal of mean 0 and deviation 1.</summary>
    Normal,
}

/// <summary>
/// Scalers of columns of numbers, as in scikit-learn. Missing values are left out of what is learnt, and stay missing. All but the
/// normalizer can be inverted.
/// </summary>
public static class Scaler
{
    /// <summary>From <paramref name="low"/> for the least to <paramref name="high"/> for the greatest value of the fit.</summary>
    public static Preparation MinMax(double low = 0, double high = 1, bool clip = false) =>
        new(FScaler.minMaxWith(new MinMaxOptions(Tuple.Create(low, high), clip)));

    /// <summary>Mean 0 and (population) deviation 1.</summary>
    public static Preparation Standard(bool withMean = true, bool withStd = true) =>
        new(FScaler.standardWith(new StandardOptions(withMean, withStd)));

    /// <summary>
    /// The median subtracted, and the range between two quantiles in percent divided by: outliers move neither.
    /// </summary>
    public static Preparation Robust(
        bool withCentering = true, bool withScaling = true, double low = 25, double high = 75, bool unitVariance = false) =>
        new(FScaler.robustWith(new RobustOptions(withCentering, withScaling, Tuple.Create(low, high), unitVariance)));

    /// <summary>Divided by the largest absolute value.</summary>
    public static Preparation MaxAbs() => new(FScaler.maxAbs);

    /// <summary>Each row divided by its length.</summary>
    public static Preparation Normalizer(RowNorm norm = RowNorm.L2) => new(FScaler.normalizerOf(norm switch
    {
        RowNorm.L1 => FNorm.L1,
        RowNorm.Max => FNorm.Max,
        _ => FNorm.L2,
    }));

    /// <summary>The power transform under which each column is most nearly normal.</summary>
    public static Preparation Power(PowerMethod method = PowerMethod.YeoJohnson, bool standardize = true) =>
        new(FScaler.powerWith(
            new PowerOptions(method == PowerMethod.BoxCox ? FPower.BoxCox : FPower.YeoJohnson, standardize)));

    /// <summary>Each number by the share of the values of the fit below it.</summary>
    public static Preparation Quantile(int quantiles = 1000, QuantileOutput output = QuantileOutput.Uniform) =>
        new(FScaler.quantileWith(
            new QuantileOptions(quantiles, output == QuantileOutput.Normal ? FOutput.Normal : FOutput.Uniform)));
}
