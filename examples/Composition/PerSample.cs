using Examples;
using Functional.CSharp;

namespace Composition;

/// <summary>The gradient of each sample by itself, by mapping the gradient: which digits pull hardest at the weights.</summary>
internal static class PerSample
{
    private static readonly Model Network =
        Functional.CSharp.Network.Input(64).Dense(32, Activation.Relu).Dense(10).Build(seed: 1);

    public static int Run(ExampleOptions options)
    {
        Dataset digits = Datasets.Digits();
        Model trained = Network.Fit(digits, new FitOptions
        {
            Optimizer = Optimizer.Adam(2e-3),
            Loss = Loss.SparseCategoricalCrossentropyFromLogits,
            Epochs = options.EpochsOr(10),
        }).Model;

        ModelVariables variables = ModelVariables.Of(trained);
        Tensor rows = Tensor.Concat(1, digits.Features, digits.Labels.Cast(DType.Float32).Reshape(-1, 1));
        Func<Tensor, Tensor> normOf = row => GradientNorm(variables, row);
        Tensor norms = Derivative.Compile(Derivative.Vmap(normOf))(rows);
        double difference = Enumerable.Range(0, 20).Max(i => Math.Abs((norms[i] - normOf(rows[i])).ToDouble()));

        int[] hardest = [.. norms.ToDoubles().Select((norm, i) => (norm, i)).OrderByDescending(pair => pair.norm).Take(20).Select(pair => pair.i)];
        string[] titles = [.. digits.Labels.Gather(0, hardest).ToInts().Select(label => $"{label}")];
        options.Show(new Report("Gradients of single samples")
            .AddChart(Chart.Histogram(norms.ToDoubles()), "Their norms")
            .AddChart(
                Chart.Images(digits.Features.Gather(0, hardest).Reshape(20, 8, 8), new ImageGridOptions { Titles = titles }),
                "The digits with the largest"));
        return options.JudgeBelow("largest difference from one sample after the other", difference, 1e-4);
    }

    private static Tensor LossOf(ModelVariables variables, Tensor row)
    {
        Tensor pixels = row[..64].Reshape(1, 64), label = row[64..].Cast(DType.Int32);
        return Loss.SparseCategoricalCrossentropyFromLogits.Value(label, Network.Forward(variables, pixels));
    }

    // The Euclidean norm of the gradient of one row: 64 pixels and the label.
    private static Tensor GradientNorm(ModelVariables variables, Tensor row)
    {
        ModelVariables gradient = Derivative.Gradient(at => LossOf(at, row), variables);
        return Tensor.Sqrt(gradient.All.Select(weight => Tensor.Square(weight.Value).Sum()).Aggregate((a, b) => a + b));
    }
}
