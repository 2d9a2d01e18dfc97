using Xunit;

namespace Functional.CSharp.Tests;

/// <summary>The facade of predictors: their results are the model's.</summary>
public class PredictorTests
{
    private static readonly Model Small =
        Network.Input(3).Dense(4, Activation.Tanh).Dropout(0.5).Dense(2, Activation.Softmax).Build(seed: 3);

    private static float[][] Samples(int count) => Tensor.RandomNormal(5, [count, 3]).ToRows();

    [Fact]
    public void A_predictor_gives_what_the_model_gives()
    {
        var predictor = Small.Predictor();
        Assert.Equal((1, 3, 2), (predictor.BatchSize, predictor.InputSize, predictor.OutputSize));
        Span<float> output = stackalloc float[2];
        foreach (var sample in Samples(20))
        {
            var expected = Small.Predict(sample);
            predictor.Predict(sample, output);
            Assert.Equal(expected, output.ToArray());
            Assert.Equal(expected, predictor.Predict(sample));
        }
    }

    [Fact]
    public void A_predictor_of_batches_takes_all_samples_in_one_call()
    {
        var x = Tensor.RandomNormal(7, [6, 8, 8, 2]);
        var model = Network.Input(8, 8, 2).Conv2D(4, 3, Activation.Relu).MaxPooling2D().Flatten().Dense(3).Build(1);
        var predictor = model.Predictor(batchSize: 6);
        Assert.Equal((6, 6 * 128, 18), (predictor.BatchSize, predictor.InputSize, predictor.OutputSize));
        Assert.Equal(model.Predict(x).ToArray(), predictor.Predict(x.ToArray()));
    }

    [Fact]
    public void Many_threads_may_use_one_predictor()
    {
        var samples = Samples(2000);
        var expected = samples.Select(sample => Small.Predict(sample)).ToArray();
        var predictor = Small.Predictor();
        var found = new float[samples.Length][];
        var eight = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        Parallel.For(0, samples.Length, eight, i => found[i] = predictor.Predict(samples[i]));
        Assert.Equal(expected, found);
    }

    [Fact]
    public void Wrong_lengths_are_refused_and_leave_the_predictor_usable()
    {
        var predictor = Small.Predictor();
        var tooShort = Assert.Throws<FunctionalException>(() => predictor.Predict([1f, 2f]));
        Assert.Contains("2 elements", tooShort.Message);
        Assert.Contains("[3]", tooShort.Message);
        Assert.Throws<FunctionalException>(() => predictor.Predict([1f, 2f, 3f], new float[1]));
        Assert.Throws<FunctionalException>(() => predictor.Predict([1f, 2f, 3f], new float[3]));
        Assert.Throws<FunctionalException>(() => Small.Predictor(batchSize: 0));
        float[] sample = [0.1f, -0.2f, 0.3f];
        Assert.Equal(Small.Predict(sample), predictor.Predict(sample));
    }
}
