namespace Functional.CSharp;

public sealed partial class Tensor
{
    /// <summary>The elements in row-major order, cast to float.</summary>
    /// <exception cref="FunctionalException">A transform follows the tensor, which has no data yet.</exception>
    public float[] ToArray() => FCreation.toArray(Inner);

    /// <summary>The elements in row-major order, cast to double.</summary>
    /// <exception cref="FunctionalException">A transform follows the tensor, which has no data yet.</exception>
    public double[] ToDoubles() => FCreation.toFloat64Array(Inner);

    /// <summary>The elements in row-major order, cast to int: floats are truncated toward zero.</summary>
    /// <exception cref="FunctionalException">A transform follows the tensor, which has no data yet.</exception>
    public int[] ToInts() => FCreation.toInts(Inner);

    /// <summary>The elements in row-major order, cast to long: floats are truncated toward zero.</summary>
    /// <exception cref="FunctionalException">A transform follows the tensor, which has no data yet.</exception>
    public long[] ToLongs() => FCreation.toInt64s(Inner);

    /// <summary>The elements in row-major order, rounded to Half.</summary>
    /// <exception cref="FunctionalException">A transform follows the tensor, which has no data yet.</exception>
    public Half[] ToHalves() => FCreation.toHalves(Inner);

    /// <summary>The elements in row-major order, rounded to BFloat16.</summary>
    /// <exception cref="FunctionalException">A transform follows the tensor, which has no data yet.</exception>
    public BFloat16[] ToBFloat16s() => FCreation.toBFloat16s(Inner);

    /// <summary>The elements in row-major order: whether each differs from 0.</summary>
    /// <exception cref="FunctionalException">A transform follows the tensor, which has no data yet.</exception>
    public bool[] ToBools() => FCreation.toBools(Inner);

    /// <summary>The rows of a matrix, cast to float.</summary>
    /// <exception cref="FunctionalException">The tensor is not a matrix, or a transform follows it.</exception>
    public float[][] ToRows()
    {
        if (Rank != 2)
            throw Errors.Argument("ToRows", "rank", Rank, "is not that of a matrix, which is 2; reshape it first.");
        var shape = Shape;
        var elements = ToArray();
        return [.. Enumerable.Range(0, shape[0]).Select(row => elements.AsSpan(row * shape[1], shape[1]).ToArray())];
    }

    /// <summary>Writes the elements in row-major order, cast to float.</summary>
    /// <exception cref="FunctionalException">
    /// The destination is too short, or a transform follows the tensor.
    /// </exception>
    public void CopyTo(Span<float> destination)
    {
        var length = destination.Length;
        if (length < Size)
            throw Errors.Argument("CopyTo", "destination length", length, $"is too short for {Size} elements.");
        ToArray().CopyTo(destination);
    }

    /// <summary>The only element, cast to double.</summary>
    /// <exception cref="FunctionalException">
    /// The tensor has several elements or none, or a transform follows it.
    /// </exception>
    public double ToDouble() => FCreation.toFloat(Inner);

    /// <summary>The only element, cast to float.</summary>
    /// <exception cref="FunctionalException">
    /// The tensor has several elements or none, or a transform follows it.
    /// </exception>
    public float ToSingle() => (float)FCreation.toFloat(Inner);

    /// <summary>The only element, cast to int.</summary>
    /// <exception cref="FunctionalException">
    /// The tensor has several elements or none, or a transform follows it.
    /// </exception>
    public int ToInt() => FCreation.toInt(Inner);

    /// <summary>The only element: whether it differs from 0.</summary>
    /// <exception cref="FunctionalException">
    /// The tensor has several elements or none, or a transform follows it.
    /// </exception>
    public bool ToBool() => FCreation.toBool(Inner);

    /// <summary>The only element.</summary>
    /// <exception cref="FunctionalException">
    /// The tensor has several elements or none, or a transform follows it.
    /// </exception>
    public static explicit operator double(Tensor x) => FCreation.toFloat(Inside(x));

    /// <summary>The only element.</summary>
    /// <exception cref="FunctionalException">
    /// The tensor has several elements or none, or a transform follows it.
    /// </exception>
    public static explicit operator float(Tensor x) => (float)FCreation.toFloat(Inside(x));

    /// <summary>The elements in row-major order, cast to float.</summary>
    /// <exception cref="FunctionalException">A transform follows the tensor, which has no data yet.</exception>
    public static implicit operator float[](Tensor x) => FCreation.toArray(Inside(x));
}
