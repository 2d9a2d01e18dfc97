namespace Functional.CSharp;

/// <summary>
/// What is taken of one axis of a tensor: one place, <c>x[1]</c> or <c>x[^1]</c>, which takes the axis away, or a
/// range, <c>x[1..3]</c> or <c>x[..]</c>, whose end is not part of it.
/// </summary>
public readonly struct TensorIndex
{
    private readonly System.Range range;
    private readonly bool single;

    private TensorIndex(System.Range range, bool single)
    {
        this.range = range;
        this.single = single;
    }

    /// <summary>One place; a negative one counts from the end, so that -1 is the last.</summary>
    public static implicit operator TensorIndex(int index) =>
        index < 0 ? new Index(index == int.MinValue ? int.MaxValue : -index, fromEnd: true) : new Index(index);

    /// <summary>One place.</summary>
    public static implicit operator TensorIndex(Index index) => new(new System.Range(index, index), single: true);

    /// <summary>A range; what it has beyond the ends of its axis is left out.</summary>
    public static implicit operator TensorIndex(System.Range range) => new(range, single: false);

    /// <summary>Whether one place is meant, and the first and last place but one of an axis of this length.</summary>
    internal (bool Single, int Start, int Stop) On(int axis, FSharpList<int> shape)
    {
        var length = shape[axis];
        var start = range.Start.GetOffset(length);
        if (!single)
            return (false, Math.Clamp(start, 0, length), Math.Clamp(range.End.GetOffset(length), 0, length));
        if (start < 0 || start >= length)
            throw Errors.Argument("index", "index", range.Start, $"is outside axis {axis} of length {length}.");
        return (true, start, start + 1);
    }
}
