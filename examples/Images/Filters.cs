using Examples;
using Functional.CSharp;

namespace Images;

/// <summary>
/// A convolutional network with batch normalization on pixels from 0 to 255, trained by squared error against one-hot rows;
/// what its first layer has learned, and how far Adam's steps reach.
/// </summary>
internal static class Filters
{
    private const double Rate = 0.001;

    public static int Run(ExampleOptions options)
    {
        (Dataset train, Dataset test) = Mnist.Images(options);
        train = train.MapFeatures(x => x * 255).MapLabels(y => Tensor.OneHot(y, 10));
        test = test.MapFeatures(x => x * 255).MapLabels(y => Tensor.OneHot(y, 10));

        Conv2DOptions same = new() { Padding = Padding.Same };
        Model model = Network.Input(28, 28, 1)
            .Conv2D(32, 3, Activation.Relu, same).BatchNormalization()
            .Conv2D(32, 3, Activation.Relu, same).BatchNormalization()
            .Conv2D(1, 3, Activation.Relu, same).BatchNormalization()
            .Flatten()
            .Dense(10, Activation.Softmax)
            .Build(seed: 1);
        Console.WriteLine(model.Summary());

        List<double> steps = [];
        TrainingRun run = model.Fit(train, new FitOptions
        {
            Optimizer = Optimizer.Adam(Rate),
            Loss = Loss.MeanSquaredError,
            Metrics = [Metric.CategoricalAccuracy],
            Epochs = options.EpochsOr(4),
            BatchSize = 64,
            Callbacks = [Callback.OnBatchEnd(moment => steps.Add(EffectiveStep(moment.State)))],
            Progress = Progress.Bar(),
        });

        Evaluation evaluation = run.Model.Evaluate(test);
        Tensor digit = test.Features[0];
        double[] numbers = [.. Enumerable.Range(1, steps.Count).Select(step => (double)step)];
        Figure effective = Chart.Line(numbers, steps).WithXTitle("step").WithYTitle("effective step size").WithLogY();
        options.Show(new Report("What a convolutional network has learned")
            .AddModel(run.Model)
            .AddHistory(run.History)
            .AddEvaluation(evaluation)
            .AddSection("The first layer")
            .AddChart(Mosaic(FeatureMaps.Filters(run.Model, "conv2d").Squeeze(3)), "Its 32 filters of 3x3, each from its least weight (black) to its largest (white)")
            .AddChart(Chart.Images(digit.Reshape(1, 28, 28)), "A digit")
            .AddChart(
                Mosaic(FeatureMaps.Of(run.Model, "conv2d", digit)), "The 32 maps of that digit")
            .AddSection("Adam")
            .AddChart(effective, "The mean over the first layer's weights of |α m̂ / √v̂|: how far a step moves them; α is 0.001"));
        Console.WriteLine($"effective step size: {steps[0]:g3} at the first step, {steps[^1]:g3} at step {steps.Count}");
        return options.Judge("test accuracy", evaluation["categorical_accuracy"], 0.965);
    }

    private static Figure Mosaic(Tensor images) =>
        Chart.Images(images, new ImageGridOptions { Columns = 8, OwnScales = true });

    // The mean of |α m̂ / √v̂| over the first kernel (Kingma and Ba, 2015). Adam keeps m and v, the moving averages of gradients
    // and their squares, under the names "mean" and "square".
    private static double EffectiveStep(TrainState state)
    {
        double t = state.Step;
        Tensor mean = state.OptimizerMemory["mean/conv2d/kernel"] / (1 - Math.Pow(0.9, t));
        Tensor square = state.OptimizerMemory["square/conv2d/kernel"] / (1 - Math.Pow(0.999, t));
        return (Rate * Tensor.Abs(mean) / (Tensor.Sqrt(square) + 1e-7)).Mean().ToDouble();
    }
}
