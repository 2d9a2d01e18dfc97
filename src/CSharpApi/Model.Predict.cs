using System.Runtime.CompilerServices;
using FModels = Functional.Models.ModelModule;

namespace Functional.CSharp;

public sealed partial class Model
{
    private const int StreamBatch = 32;

    /// <summary>
    /// What the model gives for a batch of samples, or for one sample without the batch axis, and then without it. Runs
    /// a compiled plan, made at the first call for each size of batch, at most <paramref name="batchSize"/> samples at
    /// a time, 256 by default.
    /// </summary>
    /// <exception cref="FunctionalException">The tensor does not have the shape of samples.</exception>
    public Tensor Predict(Tensor x, int batchSize = 256) =>
        new(FModels.predictWith(batchSize, Interop.Inner(x), Inner));

    /// <summary>The model's output for one sample, whose elements are given in row-major order.</summary>
    /// <exception cref="FunctionalException">The sample has another size.</exception>
    public float[] Predict(float[] sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return Predict((ReadOnlySpan<float>)sample);
    }

    /// <summary>The model's output for one sample, whose elements are given in row-major order.</summary>
    /// <exception cref="FunctionalException">The sample has another size.</exception>
    public float[] Predict(ReadOnlySpan<float> sample)
    {
        CheckSize(sample.Length);
        return Predict(Tensor.From(sample, InputShape)).ToArray();
    }

    /// <summary>The model's output for one sample, whose elements are given in row-major order.</summary>
    /// <exception cref="FunctionalException">The sample has another size.</exception>
    public float[] Predict(ReadOnlyMemory<float> sample) => Predict(sample.Span);

    /// <summary>Writes what the model gives for one sample.</summary>
    /// <exception cref="FunctionalException">The sample has another size, or the destination is too short.</exception>
    public void Predict(ReadOnlySpan<float> sample, Span<float> destination)
    {
        CheckSize(sample.Length);
        Predict(Tensor.From(sample, InputShape)).CopyTo(destination);
    }

    /// <summary>The model's output for each sample.</summary>
    /// <exception cref="FunctionalException">A sample has another size.</exception>
    public float[][] Predict(float[][] samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Length == 0)
            return [];
        var size = Inner.InputShape.Aggregate(1, (product, length) => product * length);
        var elements = new float[samples.Length * size];
        for (var row = 0; row < samples.Length; row++)
        {
            if (samples[row] is null)
            {
                const string Reason = "is not a sample; leave the row out, or give its elements.";
                throw Errors.Argument("Model.Predict", $"samples[{row}]", "null", Reason);
            }

            CheckSize(samples[row].Length);
            samples[row].CopyTo(elements, row * size);
        }

        var results = Predict(Tensor.From(elements.AsSpan(), [samples.Length, .. InputShape]));
        return results.Reshape(samples.Length, -1).ToRows();
    }

    /// <summary>
    /// What the model gives for each sample of a stream, as the results are asked for; samples are read so many at a
    /// time, 32 by default.
    /// </summary>
    /// <exception cref="FunctionalException">A sample has another size.</exception>
    public IEnumerable<float[]> Predict(IEnumerable<float[]> samples, int batchSize = StreamBatch)
    {
        ArgumentNullException.ThrowIfNull(samples);
        CheckBatch(batchSize);
        return samples.Chunk(batchSize).SelectMany(chunk => Predict(chunk));
    }

    /// <summary>
    /// What the model gives for each sample of a stream, as they come; samples are read so many at a time, 32 by
    /// default.
    /// </summary>
    /// <exception cref="FunctionalException">A sample has another size.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<float[]> Predict(
        IAsyncEnumerable<float[]> samples, int batchSize = StreamBatch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(samples);
        CheckBatch(batchSize);
        return Streamed(samples, batchSize, cancellationToken);
    }

    /// <summary>
    /// The most probable class of each sample, Int32: the largest output along the last axis; for a single output a
    /// sample, 1 where it is above 0.5.
    /// </summary>
    /// <exception cref="FunctionalException">The tensor does not have the shape of samples.</exception>
    public Tensor PredictClasses(Tensor x) => new(FModels.predictClasses(Interop.Inner(x), Inner));

    /// <summary>The most probable class of one sample.</summary>
    /// <exception cref="FunctionalException">The sample has another size.</exception>
    public int PredictClass(ReadOnlySpan<float> sample)
    {
        CheckSize(sample.Length);
        return PredictClasses(Tensor.From(sample, InputShape)).ToInt();
    }

    private async IAsyncEnumerable<float[]> Streamed(
        IAsyncEnumerable<float[]> samples, int batchSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiting = new List<float[]>(batchSize);
        await foreach (var sample in samples.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            waiting.Add(sample);
            if (waiting.Count < batchSize)
                continue;
            foreach (var result in Predict(waiting.ToArray()))
                yield return result;
            waiting.Clear();
        }

        foreach (var result in Predict(waiting.ToArray()))
            yield return result;
    }

    private void CheckSize(int length)
    {
        var size = Inner.InputShape.Aggregate(1, (product, n) => product * n);
        if (length != size)
        {
            var shape = ShapeModule.toString(Inner.InputShape);
            var reason = $"is not the size of a sample, which is {size}: its shape is {shape}.";
            throw Errors.Argument("Model.Predict", "sample length", length, reason);
        }
    }

    private static void CheckBatch(int batchSize)
    {
        if (batchSize < 1)
            throw Errors.Argument("Model.Predict", "batchSize", batchSize, "is not a number of samples; give at least 1.");
    }
}
