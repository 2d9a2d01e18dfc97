using FDistribution = Functional.ParameterDistribution;
using FParameters = Functional.SearchParameters;

namespace Functional.CSharp;

/// <summary>Values under names, of which a search makes an estimator.</summary>
public sealed class SearchParameters
{
    internal SearchParameters(FParameters inner) => Inner = inner;

    internal FParameters Inner { get; }

    /// <summary>The names.</summary>
    public IReadOnlyList<string> Names => [.. Inner.Values.Select(pair => pair.Item1)];

    /// <summary>A real number; a whole one is read as one.</summary>
    /// <exception cref="FunctionalException">There is no such parameter, or it is no number.</exception>
    public double Number(string name) => Inner.Number(name);

    /// <summary>A whole number.</summary>
    /// <exception cref="FunctionalException">There is no such parameter, or it is no whole number.</exception>
    public int Whole(string name) => Inner.Whole(name);

    /// <summary>A text.</summary>
    /// <exception cref="FunctionalException">There is no such parameter, or it is no text.</exception>
    public string Text(string name) => Inner.Text(name);

    /// <summary>Yes or no.</summary>
    /// <exception cref="FunctionalException">There is no such parameter, or it is neither.</exception>
    public bool Flag(string name) => Inner.Flag(name);

    /// <summary>alpha = 0.1, kernel = rbf</summary>
    public override string ToString() => Inner.ToString();
}

/// <summary>The values of a parameter in a search: a list, or a distribution that random search draws from.</summary>
public sealed class ParameterValues
{
    private readonly FDistribution from;

    private ParameterValues(string name, FDistribution from)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        this.from = from;
    }

    /// <summary>The name of the parameter.</summary>
    public string Name { get; }

    /// <summary>These real numbers.</summary>
    public static ParameterValues Numbers(string name, params double[] values) =>
        new(name, FDistribution.NewChoice(Functional.ParameterValues.numbers(values)));

    /// <summary>These whole numbers.</summary>
    public static ParameterValues Wholes(string name, params int[] values) =>
        new(name, FDistribution.NewChoice(Functional.ParameterValues.wholes(values)));

    /// <summary>These texts.</summary>
    public static ParameterValues Texts(string name, params string[] values) =>
        new(name, FDistribution.NewChoice(Functional.ParameterValues.texts(values)));

    /// <summary>Yes and no.</summary>
    public static ParameterValues Flags(string name) =>
        new(name, FDistribution.NewChoice(Functional.ParameterValues.flags([false, true])));

    /// <summary>A real number from low to below high, each as likely; for random search alone.</summary>
    public static ParameterValues Uniform(string name, double low, double high) =>
        new(name, FDistribution.NewUniform(low, high));

    /// <summary>A real number whose logarithm is uniform from low to below high; for random search alone.</summary>
    public static ParameterValues LogUniform(string name, double low, double high) =>
        new(name, FDistribution.NewLogUniform(low, high));

    /// <summary>A whole number from low to high, both included; for random search alone.</summary>
    public static ParameterValues WholeBetween(string name, int low, int high) =>
        new(name, FDistribution.NewWhole(low, high));

    internal Tuple<string, FDistribution> Distribution => Tuple.Create(Name, from);

    internal Tuple<string, FSharpList<Setting>> List(string operation) =>
        from is FDistribution.Choice choice
            ? Tuple.Create(Name, choice.Item)
            : throw Errors.Argument(
                operation, "values", $"'{Name}'", "is a distribution; give a list of values, or search at random.");
}
