using FPredictor = Functional.Predictor;
using FPredictors = Functional.PredictorModule;

namespace Functional.CSharp;

/// <summary>
/// A model made ready to answer small requests quickly: its plan is compiled when the predictor is made, and a call
/// takes microseconds and allocates nothing once as many calls have met. Any number of threads may call at once; none
/// waits for another. Made by <see cref="Model.Predictor"/>.
/// </summary>
public sealed class Predictor
{
    internal Predictor(FPredictor inner) => Inner = inner;

    internal FPredictor Inner { get; }

    /// <summary>The number of samples that one call takes.</summary>
    public int BatchSize => Inner.BatchSize;

    /// <summary>The number of numbers that a call is given: those of all its samples.</summary>
    /// <exception cref="FunctionalException">There are several inputs.</exception>
    public int InputSize => Inner.InputSize;

    /// <summary>The number of numbers that a call gives.</summary>
    /// <exception cref="FunctionalException">There are several outputs.</exception>
    public int OutputSize => Inner.OutputSize;

    /// <summary>The number of numbers that a call is given for each input.</summary>
    public IReadOnlyList<int> InputSizes => [.. Inner.InputSizes];

    /// <summary>The number of numbers that a call gives for each output.</summary>
    public IReadOnlyList<int> OutputSizes => [.. Inner.OutputSizes];

    /// <summary>
    /// Writes what the model gives for samples of any number of inputs into an array for each output, in row-major order.
    /// </summary>
    /// <exception cref="FunctionalException">The arrays do not have the sizes of inputs and outputs.</exception>
    public void PredictAll(float[][] inputs, float[][] outputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        Inner.PredictAll(inputs, outputs);
    }

    /// <summary>What the model gives for samples of any number of inputs, as a new array for each output.</summary>
    /// <exception cref="FunctionalException">The arrays do not have the sizes of the inputs.</exception>
    public float[][] PredictAll(params float[][] inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return Inner.PredictAll(inputs);
    }

    /// <summary>
    /// Writes what the model gives for the samples, whose numbers stand in row-major order; so do the results.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// The input does not have <see cref="InputSize"/> numbers, or the output <see cref="OutputSize"/>.
    /// </exception>
    public void Predict(ReadOnlySpan<float> input, Span<float> output) => Inner.Predict(input, output);

    /// <summary>What the model gives for the samples, as a new array.</summary>
    /// <exception cref="FunctionalException">
    /// The input does not have <see cref="InputSize"/> numbers.
    /// </exception>
    public float[] Predict(ReadOnlySpan<float> input)
    {
        var output = new float[OutputSize];
        Inner.Predict(input, output);
        return output;
    }
}

public sealed partial class Model
{
    /// <summary>
    /// The model made ready for requests of so many samples at a time, 1 by default: for servers, and wherever single
    /// answers must come quickly. Costs one compilation and the memory of the calls that meet; keep it.
    /// </summary>
    /// <exception cref="FunctionalException">The size is below 1.</exception>
    public Predictor Predictor(int batchSize = 1) => new(FPredictors.createWith(batchSize, Inner));
}
