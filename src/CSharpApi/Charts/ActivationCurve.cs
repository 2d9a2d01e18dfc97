using FActivationCurve = Functional.ActivationCurve;

namespace Functional.CSharp;

/// <summary>A function of one number with its derivative.</summary>
public sealed class ActivationCurve
{
    private readonly FActivationCurve inner;

    private ActivationCurve(FActivationCurve inner) => this.inner = inner;

    /// <summary>The names of all activations of the library that work on single numbers.</summary>
    public static IReadOnlyList<string> Names => [.. ActivationCurves.all.Select(one => one.Item1)];

    /// <summary>An activation of the library over a range, with the parameters of Keras's layer.</summary>
    /// <exception cref="FunctionalException">The name is unknown; the message lists those there are.</exception>
    public static ActivationCurve Of(string name, double low = -5, double high = 5, int count = 401)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(ActivationCurves.ofFunction(count, low, high, name, ActivationCurves.named([name])[0].Item2));
    }

    /// <summary>An elementwise function of one's own over a range, with its derivative.</summary>
    /// <exception cref="FunctionalException">The function changes the shape, or the range is empty.</exception>
    public static ActivationCurve Of(
        string name, Func<Tensor, Tensor> function, double low = -5, double high = 5, int count = 401)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(ActivationCurves.ofFunction(count, low, high, name, Interop.Function(function)));
    }

    /// <summary>The name of the function.</summary>
    public string Name => inner.Name;

    /// <summary>The arguments, ascending.</summary>
    public IReadOnlyList<double> Xs => Array.AsReadOnly(inner.Xs);

    /// <summary>The values.</summary>
    public IReadOnlyList<double> Values => Array.AsReadOnly(inner.Values);

    /// <summary>The derivatives.</summary>
    public IReadOnlyList<double> Derivatives => Array.AsReadOnly(inner.Derivatives);
}
