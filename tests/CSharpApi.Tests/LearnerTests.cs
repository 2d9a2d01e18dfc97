namespace Functional.CSharp.Tests;

public static class LearnerTests
{
    // two groups of three points, and what is to be said of them
    private static Tensor X => Tensor.From(new double[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 5, 5 }, { 5, 6 }, { 6, 5 } }, DType.Float64);

    private static Tensor Classes => Tensor.Of(0, 0, 0, 1, 1, 1);

    private static ElasticNetOptions Precise => new() { Alpha = 0.1, Tolerance = 1e-14, MaxIterations = 100000 };

    private static RandomForestOptions Whole => new() { Trees = 2, Bootstrap = false };

    private static Tensor Sums => Tensor.Of(DType.Float64, 0, 1, 1, 10, 11, 11);

    private static readonly (string Name, Learner Learner)[] Classifiers =
    [
        ("logistic", LogisticRegression.Learner()),
        ("gaussian", GaussianNaiveBayes.Learner()),
        ("multinomial", MultinomialNaiveBayes.Learner()),
        ("bernoulli", BernoulliNaiveBayes.Learner(new DiscreteNaiveBayesOptions { Threshold = 2 })),
        ("neighbours", KNearestNeighbours.Classifier(new KNearestNeighboursOptions { Neighbours = 1 })),
        ("tree", DecisionTree.Classifier()),
        ("forest", RandomForest.Classifier(new RandomForestOptions { Trees = 15 })),
        ("perceptron", Perceptron.Learner()),
        ("layer", NeuronLayer.Learner(options: new NeuronOptions { LearningRate = 0.1 })),
    ];

    private static readonly (string Name, Learner Learner)[] Regressors =
    [
        ("linear", LinearRegression.Learner()),
        ("ridge", RidgeRegression.Learner(alpha: 1e-3)),
        ("net", ElasticNet.Learner(new ElasticNetOptions { Alpha = 1e-3 })),
        ("lasso", Lasso.Learner(new ElasticNetOptions { Alpha = 1e-3 })),
        ("neighbours", KNearestNeighbours.Regressor(new KNearestNeighboursOptions { Neighbours = 1, Distance = Distance.Manhattan })),
        ("tree", DecisionTree.Regressor()),
        ("forest", RandomForest.Regressor(new RandomForestOptions { Trees = 15, Bootstrap = false })),
        ("neuron", Neuron.Learner(NeuronActivation.Linear, options: new NeuronOptions { LearningRate = 0.02, Iterations = 2000 })),
    ];

    [Tests]
    public static Test Tests => List("Learners",
        Case("A sample of weight 2 counts as two samples", () =>
        {
            Tensor weights = Tensor.Of(DType.Float64, 2, 1, 1, 1, 1, 2);
            int[] rows = [0, 0, 1, 2, 3, 4, 5, 5];
            Tensor x = X.Gather(0, rows), y = Classes.Gather(0, rows), sums = Sums.Gather(0, rows);
            (FittedLearner Weighted, FittedLearner Repeated)[] pairs =
            [
                (LinearRegression.Fit(X, Sums, weights), LinearRegression.Fit(x, sums)),
                (RidgeRegression.Fit(X, Sums, weights, alpha: 2), RidgeRegression.Fit(x, sums, alpha: 2)),
                (ElasticNet.Fit(X, Sums, weights, Precise), ElasticNet.Fit(x, sums, Precise)),
                (Lasso.Fit(X, Sums, weights, Precise), Lasso.Fit(x, sums, Precise)),
                (LogisticRegression.Fit(X, Classes, weights), LogisticRegression.Fit(x, y)),
                (GaussianNaiveBayes.Fit(X, Classes, weights, varianceSmoothing: 0), GaussianNaiveBayes.Fit(x, y, varianceSmoothing: 0)),
                (MultinomialNaiveBayes.Fit(X, Classes, weights), MultinomialNaiveBayes.Fit(x, y)),
                (BernoulliNaiveBayes.Fit(X, Classes, weights), BernoulliNaiveBayes.Fit(x, y)),
                (DecisionTree.FitClassifier(X, Classes, weights), DecisionTree.FitClassifier(x, y)),
                (DecisionTree.FitRegressor(X, Sums, weights), DecisionTree.FitRegressor(x, sums)),
                (RandomForest.FitRegressor(X, Sums, weights, Whole), RandomForest.FitRegressor(x, sums, Whole)),
                (RandomForest.FitClassifier(X, Classes, weights, Whole), RandomForest.FitClassifier(x, y, Whole)),
                (RidgeRegression.Learner().Fit(X, Sums, weights), RidgeRegression.Learner().Fit(x, sums)),
            ];
            foreach ((FittedLearner weighted, FittedLearner repeated) in pairs)
            {
                double[] Numbers(FittedLearner fitted) =>
                    (fitted.HasProbabilities ? fitted.Probabilities(X) : fitted.Predict(X)).ToDoubles();
                foreach ((double a, double b) in Numbers(weighted).Zip(Numbers(repeated)))
                {
                    Expect.Equal(b, a, 1e-6);
                }
            }

            var start = new KMeansOptions { Clusters = 2 };
            Expect.Equal(
                KMeans.Fit(x, start).Inertia, KMeans.Fit(X, weights, start).Inertia, 1e-9);
            FittedLearner tree = pairs[8].Weighted;
            Expect.Equal(1.0, tree.Score(X, Classes, weights), 1e-12);
            Expect.Throws<FunctionalException>(() => Perceptron.Learner().Fit(X, Classes, weights));

            Tensor truth = Tensor.Of(0, 1, 0, 1), scores = Tensor.Of(DType.Float64, 0.1, 0.4, 0.35, 0.8), own = Tensor.Of(DType.Float64, 1, 2, 3, 4);
            Expect.Equal(1.0, RocCurve.Of(truth, scores, own).Area, 1e-12);
            Expect.Equal(1.0, PrecisionRecallCurve.Of(truth, scores, own).AveragePrecision, 1e-12);
            Expect.Equal(0.315, RegressionReport.Of(truth, scores, own).MeanAbsoluteError, 1e-12);
        }),

        Case("Every classifier learns two groups, and comes back from its generic form", () =>
        {
            foreach (var (name, learner) in Classifiers)
            {
                var fitted = learner.Fit(X, Classes);
                Expect.Equal(LearnerTask.Classification, fitted.Task);
                Expect.Equal(2, fitted.ClassCount);
                if (name != "multinomial") // which looks at shares, and these are alike
                    Expect.Equal(1.0, fitted.Score(X, Classes), 1e-12);
                var state = fitted.ToState();
                var again = FittedLearner.OfState(LearnerState.Of(state.Kind, state.Settings, state.Tensors));
                Expect.Equal(fitted.Predict(X).ToInts(), again.Predict(X).ToInts());
                if (fitted.HasProbabilities)
                    Expect.Equal([6, 2], fitted.Probabilities(X).Shape);
            }
        }),

        Case("Every regressor learns a sum, and comes back from its generic form", () =>
        {
            foreach (var (_, learner) in Regressors)
            {
                var fitted = learner.Fit(X, Sums);
                Expect.Equal(LearnerTask.Regression, fitted.Task);
                Expect.True(fitted.Score(X, Sums) > 0.99, fitted.Kind);
                Expect.Equal(fitted.Predict(X).ToDoubles(), FittedLearner.OfState(fitted.ToState()).Predict(X).ToDoubles());
            }
        }),

        Case("A linear regression shows its plane", () =>
        {
            var model = LinearRegression.Fit(X, Sums);
            Expect.Equal(1, model.Coefficients[0], 1e-12);
            Expect.Equal(1, model.Coefficients[1], 1e-12);
            Expect.Equal(0, model.Intercept, 1e-12);
        }),

        Case("A tree prints its rules", () =>
        {
            var tree = DecisionTree.FitClassifier(X, Classes);
            Expect.Equal(
                ["width <= 3.00 -> class: small (3 samples)", "width > 3.00 -> class: large (3 samples)"],
                tree.Rules(["width", "height"], ["small", "large"]));
            Expect.Equal(1, tree.Depth);
            Expect.Equal(2, tree.LeafCount);
            Expect.Equal([0.5, 0.5], tree.Nodes[0].Values);
        }),

        Case("k-means and DBSCAN find the two groups", () =>
        {
            var clusters = KMeans.Fit(X, new KMeansOptions { Clusters = 2, KeepHistory = true });
            Expect.Equal(clusters.Labels[0], clusters.Labels[2]);
            Expect.NotEqual(clusters.Labels[0], clusters.Labels[3]);
            Expect.Equal(8.0 / 3, clusters.Inertia, 1e-12);
            Expect.Equal(clusters.Iterations + 1, clusters.CentreHistory().Length);
            Expect.Equal(clusters.Labels, clusters.Predict(X).ToInts());

            var dense = Dbscan.Fit(X, new DbscanOptions { Radius = 1.5, MinSamples = 3 });
            Expect.Equal([0, 0, 0, 1, 1, 1], dense.Labels);
            var own = new DbscanOptions { Radius = 1.5, MinSamples = 3, Distance = Distance.Of(Distance.Euclidean.Between) };
            Expect.Equal(dense.Labels, Dbscan.Fit(X, own).Labels);
            Expect.True(ClusterScores.Silhouette(X, Classes) > 0.8);
            Expect.True(ClusterScores.Dunn(X, Classes) > 3);
            Expect.Equal(2, Elbow.OfKMeans(X, [1, 2, 3, 4, 5]).Knee);
        }),

        Case("A perceptron learns AND, and keeps every line", () =>
        {
            var corners = Tensor.From(new double[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }, DType.Float64);
            var and = Perceptron.Fit(
                corners, Tensor.Of(0, 0, 0, 1), options: new NeuronOptions { LearningRate = 0.1, Keep = NeuronHistory.Updates });
            Expect.Equal([0, 0, 0, 1], and.Predict(corners).ToInts());
            Expect.Equal(0.0, and.Errors[^1]);
            Expect.Equal(and.Weights, and.History.Weights[^1]);
            Expect.Equal(1 + (int)and.Errors.Sum(), and.History.Biases.Count);
        }),

        Case("The nearest samples are found by index and distance", () =>
        {
            var model = KNearestNeighbours.FitClassifier(X, Classes, new KNearestNeighboursOptions { Neighbours = 2 });
            var (indices, distances) = model.Neighbours(Tensor.From(new double[,] { { 0, 3 } }, DType.Float64), 2);
            Expect.Equal([1, 0], indices.ToInts());
            Expect.Equal([2.0, 3.0], distances.ToDoubles());
        }));
}
