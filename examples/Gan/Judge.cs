using Examples;
using Functional.CSharp;

namespace Gan;

/// <summary>Written digits are judged by a classifier of real ones.</summary>
internal static class Judge
{
    /// <summary>
    /// Trains a classifier on real digits and lets it read written ones, rows of 784 pixels from 0 to 1: how many of the ten
    /// digits make up one in a hundred at least, and how sure it is on average. The exit code is 1 for fewer than 8 digits, or a
    /// mean confidence below 0.7.
    /// </summary>
    public static int Digits(ExampleOptions options, Dataset train, Dataset test, Tensor written)
    {
        Model classifier = Network.Input(784)
            .Dense(256, Activation.Relu).Dropout(0.2)
            .Dense(10, Activation.Softmax)
            .Build(seed: 7)
            .Fit(train, new FitOptions
            {
                Optimizer = Optimizer.Adam(),
                Loss = Loss.SparseCategoricalCrossentropy,
                Metrics = [Metric.Accuracy],
                Epochs = 5,
                BatchSize = 128,
            }).Model;

        Tensor probabilities = classifier.Predict(written);
        int[] counts = new int[10];
        foreach (int digit in probabilities.ArgMax().ToInts())
        {
            counts[digit]++;
        }

        double confidence = probabilities.Max(1).Mean().ToDouble();
        int found = counts.Count(count => count >= written.Shape[0] / 100);
        Console.WriteLine($"a classifier with test accuracy {classifier.Evaluate(test)["accuracy"]:f4} reads: "
            + string.Join(", ", counts.Select((count, digit) => $"{count} x {digit}")));
        int digits = options.Judge("digits that appear", found, 8);
        return Math.Max(digits, options.Judge("mean confidence", confidence, 0.7));
    }
}
