namespace Functional.CSharp;

public sealed partial class Tensor
{
    /// <summary>
    /// Uniform numbers from <paramref name="low"/> (0 by default) to below <paramref name="high"/> (1), as Float32 by
    /// default.
    /// </summary>
    /// <exception cref="FunctionalException">The bounds are out of order, or the type is not a float.</exception>
    public static Tensor RandomUniform(
        Key key, IReadOnlyList<int> shape, double low = 0.0, double high = 1.0, DType dtype = DType.Float32) =>
        Wrap(Functional.Random.uniformOf(dtype.Inner(), low, high, Inside(key), Interop.List(shape)));

    /// <summary>Normal numbers of this mean (0 by default) and standard deviation (1), as Float32 by default.</summary>
    /// <exception cref="FunctionalException">The deviation is negative, or the type is not a float.</exception>
    public static Tensor RandomNormal(
        Key key, IReadOnlyList<int> shape, double mean = 0.0, double deviation = 1.0, DType dtype = DType.Float32) =>
        Wrap(Functional.Random.normalOf(dtype.Inner(), mean, deviation, Inside(key), Interop.List(shape)));

    /// <summary>
    /// Normal numbers of which none is further than two deviations from the mean. The deviation is that before the cut.
    /// Defaults: mean 0, deviation 1, Float32.
    /// </summary>
    /// <exception cref="FunctionalException">The deviation is negative, or the type is not a float.</exception>
    public static Tensor RandomTruncatedNormal(
        Key key, IReadOnlyList<int> shape, double mean = 0.0, double deviation = 1.0, DType dtype = DType.Float32) =>
        Wrap(Functional.Random.truncatedNormalOf(dtype.Inner(), mean, deviation, Inside(key), Interop.List(shape)));

    /// <summary>Booleans that are true with this probability.</summary>
    /// <exception cref="FunctionalException">The probability is outside 0 to 1.</exception>
    public static Tensor RandomBernoulli(Key key, IReadOnlyList<int> shape, double probability = 0.5) =>
        Wrap(Functional.Random.bernoulli(probability, Inside(key), Interop.List(shape)));

    /// <summary>Uniform integers from <paramref name="low"/> to below <paramref name="high"/>, as Int32.</summary>
    /// <exception cref="FunctionalException">The bounds are out of order.</exception>
    public static Tensor RandomIntegers(Key key, IReadOnlyList<int> shape, int low, int high) =>
        Wrap(Functional.Random.randint(low, high, Inside(key), Interop.List(shape)));

    /// <summary>The numbers 0 to <paramref name="count"/> - 1 in random order, as Int32.</summary>
    /// <exception cref="FunctionalException">The count is negative.</exception>
    public static Tensor RandomPermutation(Key key, int count) =>
        Wrap(Functional.Random.permutation(Inside(key), count));

    /// <summary>
    /// For each row of logits an index (Int32) drawn with the probabilities that softmax gives it; the last axis
    /// disappears.
    /// </summary>
    public static Tensor RandomCategorical(Key key, Tensor logits) =>
        Wrap(Functional.Random.categorical(Inside(key), Inside(logits)));

    /// <summary>The slices along the first axis in random order.</summary>
    /// <exception cref="FunctionalException">The tensor is a scalar.</exception>
    public Tensor Shuffle(Key key) => Wrap(Functional.Random.shuffle(Inside(key), Inner));

    private static FKey Inside(Key key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Inner;
    }
}
