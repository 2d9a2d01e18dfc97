namespace Functional.CSharp.Tests;

/// <summary>The charts of learning under their C# names; how they look is the matter of the tests of charts.</summary>
public static class LearningChartTests
{
    private static readonly Tensor Points = Tensor.From(new[,] { { 0f, 0f }, { 0f, 1f }, { 1f, 0f }, { 1f, 1f } });
    private static readonly Tensor Classes = Tensor.From(new[] { 0, 0, 0, 1 });
    private static readonly Tensor Scores = Tensor.From(new[] { 0.1f, 0.4f, 0.6f, 0.9f });

    private static void AssertTitled(string title, int traces, Figure figure)
    {
        Expect.Contains(title, figure.ToJson());
        Expect.Equal(traces, figure.Traces.Count);
    }

    private static Tensor Right(Tensor x) => Tensor.Sigmoid((x * 4f - 3f).Sum(1));

    private static Tensor Bowl(Tensor w) => Tensor.Sum(w * w);

    [Tests]
    public static Test Tests => List("LearningCharts",
        Case("A training run can be looked at", () =>
        {
            var data = Dataset.Of(Points, Classes);
            var model = Network.Input(2).Dense(4, Activation.Tanh).Dense(2, Activation.Softmax).Build(seed: 1);
            var recorder = new DecisionRecorder(PlaneGrid.Around(Points, resolution: 5), every: 2);
            var options = new FitOptions
            {
                Loss = Loss.SparseCategoricalCrossentropy,
                Metrics = [Metric.Accuracy],
                Epochs = 4,
                Callbacks = [recorder.Callback, UpdateRatio.Callback(model)],
            };
            var run = model.Fit(data, options);
            AssertTitled("accuracy", 2, Chart.History(run.History));
            AssertTitled("loss", 4, Chart.Histories(("one", run.History), ("two", run.History)));
            AssertTitled("dense/kernel", 3, Chart.UpdateRatios(run.History));
            Expect.Equal(["0", "2", "4"], recorder.Frames.Select(frame => frame.Name));
            AssertTitled("epoch ", 3, Chart.DecisionAnimation(recorder, Points, Classes));
            AssertTitled("yes", 3, Chart.DecisionBoundary(recorder.Frames[^1].Regions, Points, Classes, ["no", "yes"]));
            var ratios = UpdateRatio.OfStep(run.Model, run.State, options, new Batch(Points, Classes));
            Expect.Equal(4, ratios.Count);
            Expect.All(ratios, ratio => Expect.True(ratio.UpdateNorm > 0));
            AssertTitled("dense_1/bias", 2, Chart.UpdateRatios(ratios));
            Expect.All(UpdateRatio.Between(run.Model, run.Model), ratio => Expect.Equal(0.0, ratio.Ratio));
            AssertTitled("dense_1", 3, Chart.Structure(run.Model));
        }),

        Case("A classifier can be judged by its charts", () =>
        {
            var curve = RocCurve.Of(Classes, Scores);
            var point = OperatingPoint.ByYouden(Classes, Scores);
            AssertTitled("network (AUC 1.000)", 3, Chart.Roc([("network", curve)], [("network", point)]));
            AssertTitled("network (AP", 3, Chart.PrecisionRecall(
                [("network", PrecisionRecallCurve.Of(Classes, Scores))], [("network", point)]));
            AssertTitled("Brier", 3, Chart.Calibration(("network", Calibration.OfProbabilities(Classes, Scores))));
            AssertTitled("Confusion matrix", 1, Chart.ConfusionMatrix(ConfusionMatrix.Of(Classes, Scores, "no", "yes")));
            Expect.Throws<FunctionalException>(() => Chart.Roc([("network", curve)], [("another", point)]));
            AssertTitled("Predicted against true", 2, Chart.PredictedAgainstTrue(Scores, Scores * 1.1f));
            AssertTitled("Normal Q-Q", 7, Chart.Residuals(Residuals.Of(Scores, Scores * 1.1f)));
            AssertTitled("width", 1, Chart.FeatureImportances([("width", 0.4), ("height", 0.6)]));
        }),

        Case("Regions and lines are those of the classifier", () =>
        {
            var grid = PlaneGrid.Over((0, 2), (0, 2), resolution: 3);
            var regions = DecisionRegions.Of(Right, grid);
            Expect.Equal(1, regions.Classes[2, 2]);
            Expect.Equal(0, regions.Classes[0, 0]);
            Expect.True(regions.Confidence is not null);
            var line = new DecisionLine(1, 1, -2);
            Expect.Equal(((0.0, 2.0), (2.0, 0.0)), line.Segment(grid)!.Value);
            Expect.Null(new DecisionLine(1, 1, 9).Segment(grid));
            AssertTitled("Decision line", 3, Chart.DecisionLine(line, Points, Classes));
            AssertTitled("iteration ", 3, Chart.DecisionLineAnimation([("0", line), ("1", line)], Points, Classes));
        }),

        Case("A cost over two weights is drawn with its descent", () =>
        {
            var grid = PlaneGrid.Over((-1, 1), (-1, 1), resolution: 5);
            var path = CostSurface.Descend(Bowl, (1, -1), Optimizer.Sgd(learningRate: 0.25), steps: 2);
            Expect.Equal([(1.0, -1.0, 2.0), (0.5, -0.5, 0.5), (0.25, -0.25, 0.125)], path);
            var surface = CostSurface.Of(Bowl, grid, arrows: 2).WithPath(path);
            Expect.Equal(2.0, surface.Costs[0, 0], 1e-9);
            Expect.Equal(4, surface.Gradients.Count);
            AssertTitled("weight 2", 4, Chart.CostContour(surface));
            AssertTitled("weight 2", 4, Chart.CostSurface(surface));
            var model = Network.Input(2).Dense(1).Build(seed: 2);
            var cost = CostSurface.OfModel(
                model, Loss.MeanSquaredError, Points, Scores.Reshape(4, 1), ("dense/kernel", 0), ("dense/kernel", 1));
            var zero = cost(Tensor.From(new[] { 0.0, 0.0 }));
            Expect.Equal(Tensor.Mean(Scores * Scores).ToDoubles()[0], zero.ToDoubles()[0], 1e-6);
        }),

        Case("The inside of a network is drawn", () =>
        {
            var model = Network.Input(6, 6, 1).Conv2D(3, 3, Activation.Relu).Flatten().Dense(2).Build(seed: 3);
            var sample = Tensor.RandomNormal(1, [6, 6, 1]);
            Expect.Equal([3, 3, 3, 1], FeatureMaps.Filters(model, "conv2d").Shape);
            Expect.Equal([3, 4, 4], FeatureMaps.Of(model, "conv2d", sample).Shape);
            Expect.Equal([2], FeatureMaps.Output(model, "dense", sample).Shape);
            AssertTitled("Filters of conv2d", 1, Chart.Filters(model, "conv2d"));
            AssertTitled("a colour scale each", 1, Chart.FeatureMaps(model, "conv2d", sample, ColorScaling.Each));
            AssertTitled("pair", 1, Chart.ImageMosaic(Tensor.RandomNormal(2, [2, 4, 4]), "pair", labels: ["a", "b"]));
            AssertTitled("silu", 4, Chart.Activations("silu", "tanh"));
            AssertTitled("square", 2, Chart.Activations([("square", x => x * x)]));
            Expect.Equal(1.0, ActivationCurve.Of("tanh", -1, 1, 3).Derivatives[1], 1e-12);
            Expect.Contains("gelu", ActivationCurve.Names);
            var plane = LatentPlane.Of(codes => codes.Reshape(4, 1, 2), count: 2, LatentSpacing.Even(1));
            Expect.Equal([-1.0, 1.0], plane.Xs);
            Expect.Equal([2, 2, 1, 2, 1], plane.Images.Shape);
            AssertTitled("Decoded codes", 1, Chart.LatentPlane(plane));
        }),

        Case("Samples are drawn in the plane", () =>
        {
            var iris = Datasets.Iris();
            var options = new TSneOptions { Iterations = 250, Start = TSneStart.Random(Key.Of(1)) };
            var embedded = TSne.Embed(iris.Features, options);
            Expect.Equal([150, 2], embedded.Positions.Shape);
            Expect.Equal(250, embedded.Iterations);
            AssertTitled("t-SNE", 3, Chart.TSne(iris.Features, iris.Labels, iris.ClassNames, options));
            AssertTitled("setosa", 3, Chart.PrincipalComponents(iris.Features, iris.Labels, iris.ClassNames));
            AssertTitled("again", 3, Chart.Embedding(embedded.Positions, iris.Labels, "again"));
            AssertTitled("cluster 1", 3, Chart.Clusters(Points, Classes, Points));
            AssertTitled("mean 0.", 3, Chart.Silhouettes(Classes, Scores));
            AssertTitled("Silhouettes", 5, Chart.ClustersWithSilhouettes(Points, Classes, Scores));
            AssertTitled("chosen: 2", 2, Chart.Elbow([(1, 9.0), (2, 3.0), (3, 2.0)], chosen: 2));
        }));
}
