
namespace Functional.CSharp.Tests;

/// <summary>The facade of predictors: their results are the model's.</summary>
public static class PredictorTests
{
    private static readonly Model Small =
        Network.Input(3).Dense(4, Activation.Tanh).Dropout(0.5).Dense(2, Activation.Softmax).Build(seed: 3);

    private static float[][] Samples(int count) => Tensor.RandomNormal(5, [count, 3]).ToRows();

    [Tests]
    public static Test Tests => List("Predictor",
        Case("A predictor gives what the model gives", () =>
        {
            var predictor = Small.Predictor();
            Expect.Equal((1, 3, 2), (predictor.BatchSize, predictor.InputSize, predictor.OutputSize));
            Span<float> output = stackalloc float[2];
            foreach (var sample in Samples(20))
            {
                var expected = Small.Predict(sample);
                predictor.Predict(sample, output);
                Expect.Equal(expected, output.ToArray());
                Expect.Equal(expected, predictor.Predict(sample));
            }
        }),

        Case("A predictor of batches takes all samples in one call", () =>
        {
            var x = Tensor.RandomNormal(7, [6, 8, 8, 2]);
            var model = Network.Input(8, 8, 2).Conv2D(4, 3, Activation.Relu).MaxPooling2D().Flatten().Dense(3).Build(1);
            var predictor = model.Predictor(batchSize: 6);
            Expect.Equal((6, 6 * 128, 18), (predictor.BatchSize, predictor.InputSize, predictor.OutputSize));
            Expect.Equal(model.Predict(x).ToArray(), predictor.Predict(x.ToArray()));
        }),

        Case("Many threads may use one predictor", () =>
        {
            var samples = Samples(2000);
            var expected = samples.Select(sample => Small.Predict(sample)).ToArray();
            var predictor = Small.Predictor();
            var found = new float[samples.Length][];
            var eight = new ParallelOptions { MaxDegreeOfParallelism = 8 };
            Parallel.For(0, samples.Length, eight, i => found[i] = predictor.Predict(samples[i]));
            Expect.Equal(expected, found);
        }),

        Case("Wrong lengths are refused and leave the predictor usable", () =>
        {
            var predictor = Small.Predictor();
            var tooShort = Expect.Throws<FunctionalException>(() => predictor.Predict([1f, 2f]));
            Expect.Contains("2 elements", tooShort.Message);
            Expect.Contains("[3]", tooShort.Message);
            Expect.Throws<FunctionalException>(() => predictor.Predict([1f, 2f, 3f], new float[1]));
            Expect.Throws<FunctionalException>(() => predictor.Predict([1f, 2f, 3f], new float[3]));
            Expect.Throws<FunctionalException>(() => Small.Predictor(batchSize: 0));
            float[] sample = [0.1f, -0.2f, 0.3f];
            Expect.Equal(Small.Predict(sample), predictor.Predict(sample));
        }));
}
