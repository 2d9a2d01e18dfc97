using FMcNemar = Functional.McNemar;

namespace Functional.CSharp;

/// <summary>McNemar's test of whether two classifiers are wrong as often, on the same samples.</summary>
public sealed class McNemar
{
    private readonly FMcNemar inner;

    private McNemar(FMcNemar inner) => this.inner = inner;

    /// <summary>
    /// The test of two models' outputs for the same labels: class numbers (int), a row of numbers a class, or one probability a
    /// sample, decided at 0.5.
    /// </summary>
    /// <exception cref="FunctionalException">The rows are not as many, or there are none.</exception>
    public static McNemar Test(Tensor labels, Tensor first, Tensor second) =>
        new(McNemarModule.test(Interop.Inner(labels), Interop.Inner(first), Interop.Inner(second)));

    /// <summary>The test of the evaluations of two models on the same dataset.</summary>
    /// <exception cref="FunctionalException">The labels are no classes, or there are several outputs.</exception>
    public static McNemar Test(Evaluation first, Evaluation second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return new(McNemarModule.ofEvaluations(first.Inner, second.Inner));
    }

    /// <summary>The test from the four counts.</summary>
    /// <exception cref="FunctionalException">A count is negative.</exception>
    public static McNemar OfCounts(int bothRight, int onlyFirst, int onlySecond, int bothWrong) =>
        new(McNemarModule.ofCounts(bothRight, onlyFirst, onlySecond, bothWrong));

    /// <summary>Samples that both have right.</summary>
    public int BothRight => inner.BothRight;

    /// <summary>Samples that only the first has right.</summary>
    public int OnlyFirstRight => inner.OnlyFirstRight;

    /// <summary>Samples that only the second has right.</summary>
    public int OnlySecondRight => inner.OnlySecondRight;

    /// <summary>Samples that both have wrong.</summary>
    public int BothWrong => inner.BothWrong;

    /// <summary>The samples that one of them alone has right, on which the test rests.</summary>
    public int Discordant => inner.Discordant;

    /// <summary>Chi-square with continuity correction.</summary>
    public double Statistic => inner.Statistic;

    /// <summary>The p-value of the statistic; good from 25 discordant samples on.</summary>
    public double PValue => inner.PValue;

    /// <summary>The exact p-value, two-sided, by the binomial distribution.</summary>
    public double ExactPValue => inner.ExactPValue;

    /// <summary>The counts, and the p-value to go by: the exact one below 25 discordant samples.</summary>
    public override string ToString() => inner.ToString();
}
