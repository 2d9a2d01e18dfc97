namespace Functional.CSharp.Tests;

/// <summary>Cross-validation, searches, and choosing features.</summary>
public static class ModelSelectionTests
{
    private const int Count = 90;

    private static readonly Tensor X = Tensor.RandomNormal(3, [Count, 4]);

    private static readonly Tensor Classes = Tensor.From(
        X.ToArray().Chunk(4).Select(row => row[0] + row[1] > 0 ? 1 : 0).ToArray().AsSpan(), [Count]);

    private static readonly Dataset Data = Dataset.Of(X, Classes);

    private static readonly TrainTest[] Folds =
    [
        .. Enumerable.Range(0, 3).Select(fold => new TrainTest(
            [.. Enumerable.Range(0, Count).Where(row => row % 3 != fold)],
            [.. Enumerable.Range(0, Count).Where(row => row % 3 == fold)])),
    ];

    /// <summary>Says class 1 with a probability that grows with the sum of the first features, however many.</summary>
    private static Estimator Summing(int features) => Estimator.Of("summing", (_, _) => x =>
        Tensor.Sigmoid(x[.., ..features].Sum([1])));

    [Tests]
    public static Test Tests => List("ModelSelection",
        Case("A network is cross-validated, and tells of each fold", () =>
        {
            var network = Network.Input(4).Dense(8, Activation.Tanh).Dense(2, Activation.Softmax);
            var options = new FitOptions
            {
                Loss = Loss.SparseCategoricalCrossentropy,
                Optimizer = Optimizer.Adam(0.05),
                Epochs = 20,
            };
            var told = new List<int>();
            var validation = CrossValidation.Run(
                Estimator.Of(network, options).Named("small"),
                Data,
                Folds,
                new CrossValidationOptions
                {
                    Metrics = [Metric.Accuracy, Metric.Auc],
                    TrainScores = true,
                    Progress = new Told<FoldScore>(score => told.Add(score.Fold)),
                });
            Expect.Equal(3, validation.Folds.Count);
            Expect.Equal([0, 1, 2], told.Order());
            Expect.Equal(["accuracy", "auc"], validation.Metrics);
            Expect.True(validation.Mean("accuracy") > 0.85);
            Expect.True(validation.Folds[0].TrainScores["accuracy"] > 0.85);
            Expect.Equal(3, validation.ToFrame().RowCount);
            Expect.Throws<FunctionalException>(() => validation.Mean("loss"));
            var models = Estimator.Of(key => network.Build(key), options);
            var outputs = CrossValidation.Predictions(models, Data, Folds);
            Expect.Equal([Count, 2], outputs.Shape);
            var fitted = models.Fit(Data, 1)(Data);
            Expect.Equal([Count, 2], fitted.Shape);
        }),

        Case("Searches find the better parameter", () =>
        {
            Estimator Build(SearchParameters p) => Summing(p.Whole("features"));
            var values = ParameterValues.Wholes("features", 1, 2, 4);
            var grid = Search.Grid(Build, [values], Data, Folds);
            Expect.Equal(2, grid.Best.Parameters.Whole("features"));
            Expect.Equal(1, grid.Candidates[1].Rank);
            Expect.Equal(1.0, grid.Best.MeanScore, 1e-12);
            Expect.Equal(3, grid.ToFrame().RowCount);
            Expect.Contains("parcoords", Chart.SearchCoordinates(grid).ToJson());
            Expect.Contains("Search results", Chart.SearchHeatmap(grid, "features", "features").ToJson());
            Expect.Throws<FunctionalException>(() => Chart.SearchHeatmap(grid, "features", "alpha"));
            var random = Search.Random(
                Build, 12, [ParameterValues.WholeBetween("features", 1, 4)], Data, Folds);
            Expect.Equal(2, random.Best.Parameters.Whole("features"));
            var halving = Search.Halving(Build, Search.Combinations(values), Data, Folds);
            Expect.Equal(2, halving.Best.Parameters.Whole("features"));
            Expect.Equal(1, halving.Best.Round);
            var grown = Search.Halving(
                p => Summing(Math.Min(p.Whole("features"), p.Whole("seen"))),
                Search.Combinations(ParameterValues.Wholes("features", 1, 2, 4)),
                Data,
                Folds,
                new HalvingOptions { Parameter = "seen", Most = 4, Factor = 2, Least = 2 });
            Expect.Equal([2, 2, 2, 4, 4], grown.Candidates.Select(candidate => candidate.Resources));
            Expect.Equal(2, grown.Best.Parameters.Whole("features"));
            Expect.Equal(4, grown.Best.Parameters.Whole("seen"));
            Expect.Throws<FunctionalException>(
                () => Search.Grid(Build, [ParameterValues.Uniform("features", 0, 1)], Data, Folds));
        }),

        Case("A candidate that fails is ranked last with its reason", () =>
        {
            Estimator Build(SearchParameters p) => p.Whole("features") == 4 ? throw new InvalidOperationException("four") : Summing(p.Whole("features"));
            var found = Search.Grid(Build, [ParameterValues.Wholes("features", 4, 1, 2)], Data, Folds);
            Expect.Equal("four", found.Candidates[0].Failure);
            Expect.Equal("four", found.Candidates[0].Validation.Folds[1].Failure);
            Expect.True(double.IsNaN(found.Candidates[0].MeanScore));
            Expect.True(found.Candidates[2].Failure is null);
            Expect.Equal([3, 2, 1], found.Candidates.Select(candidate => candidate.Rank));
            Expect.Throws<FunctionalException>(() => Search.Grid(Build, [ParameterValues.Wholes("features", 4)], Data, Folds));
        }),

        Case("A learning curve has scores for each size and fold", () =>
        {
            var options = new LearningCurveOptions { Sizes = [0.5, 1] };
            var curve = LearningCurve.Run(Summing(2), Data, Folds, options)[0];
            Expect.Equal([30, 60], curve.Sizes);
            Expect.Equal(4, Chart.LearningCurve(curve).Traces.Count);
            Expect.Equal(8, Chart.LearningCurves([curve, curve]).Traces.Count);
            Expect.Equal([3, 3], curve.TestScores.Select(scores => scores.Count));
        }),

        Case("Features are chosen, multiplied and projected", () =>
        {
            var best = FeatureSelection.Best(2, MutualInformation.Classification(X, Classes));
            Expect.Equal([0, 1], best.Selected);
            Expect.Equal([Count, 2], best.Apply(X).Shape);
            Expect.Equal(["a", "b"], best.Names(["a", "b", "c", "d"]));
            Expect.Equal(4, FeatureSelection.ByVariance(X).Selected.Count);
            Expect.Equal(2, FeatureSelection.ByVarianceQuantile(X, 0.5).Selected.Count);
            Expect.Equal(4, FeatureSelection.ByCorrelation(X).Selected.Count);
            // y is x cubed: the same ranks, and no straight line
            var cubed = Tensor.From([-3f, -27, -1, -1, 0, 0, 1, 1, 3, 27], 5, 2);
            Expect.Equal([0, 1], FeatureSelection.ByCorrelation(cubed, 0.99).Selected);
            Expect.Equal([0], FeatureSelection.ByCorrelation(cubed, 0.99, CorrelationMethod.Spearman).Selected);
            var eliminated = RecursiveElimination.Select(
                X, Classes, (x, y) => MutualInformation.Classification(x, y), new EliminationOptions { Keep = 2 });
            Expect.Equal([0, 1], eliminated.Selected);
            var byLearner = RecursiveElimination.Select(
                X, Classes, LogisticRegression.Learner(), new EliminationOptions { Keep = 2 });
            Expect.Equal([0, 1], byLearner.Selected);
            var learned = CrossValidation.Run(Estimator.Of(LogisticRegression.Learner()), Data, Folds);
            Expect.True(learned.Mean("accuracy") > 0.9);
            var scaled = Estimator.Of(LogisticRegression.Learner()).After(Scaler.Standard());
            Expect.True(CrossValidation.Run(scaled, Data, Folds).Mean("accuracy") > 0.9);
            Expect.Equal(["1", "a", "b", "a^2", "a b", "b^2"], PolynomialFeatures.Names(["a", "b"]));
            Expect.Equal([Count, 15], PolynomialFeatures.Transform(X).Shape);
            var components = PrincipalComponents.Fit(X);
            var back = components.Inverse(components.Transform(X)).ToArray();
            Expect.True(X.ToArray().Zip(back).All(pair => Math.Abs(pair.First - pair.Second) < 1e-5));
            Expect.Equal(1.0, components.ExplainedVarianceRatio.Sum(), 1e-9);
        }));

    /// <summary>Calls back on the thread that reports, unlike <see cref="System.Progress{T}"/>.</summary>
    private sealed class Told<T>(Action<T> tell) : IProgress<T>
    {
        public void Report(T value) => tell(value);
    }
}
