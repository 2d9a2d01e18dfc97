namespace Functional.CSharp;

/// <summary>
/// A value that random numbers are drawn from: the same key gives the same numbers on every machine, so each key is
/// used once, and <see cref="Split()"/> makes new ones. There is no hidden generator. A number can stand for a key: it
/// is its seed.
/// </summary>
public sealed class Key
{
    internal Key(FKey inner) => Inner = inner;

    internal FKey Inner { get; }

    /// <summary>The key of a seed; different seeds give independent keys.</summary>
    public static Key Of(int seed) => new(FKeys.ofInt(seed));

    /// <summary>The key of a seed.</summary>
    public static implicit operator Key(int seed) => Of(seed);

    /// <summary>Two independent keys: use one, and split the other again.</summary>
    public (Key First, Key Second) Split()
    {
        var (first, second) = FKeys.split(Inner);
        return (new Key(first), new Key(second));
    }

    /// <summary>Independent keys, as many as <paramref name="count"/> says.</summary>
    /// <exception cref="FunctionalException">The count is negative.</exception>
    public Key[] Split(int count) => [.. FKeys.splitMany(count, Inner).Select(key => new Key(key))];

    /// <summary>The key that stands for a number under this key, such as a step or a layer.</summary>
    public Key Fold(int number) => new(FKeys.fold(number, Inner));

    /// <summary>The key's two words.</summary>
    public override string ToString() => Inner.ToString();
}
