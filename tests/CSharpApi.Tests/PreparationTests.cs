using Deedle;

namespace Functional.CSharp.Tests;

/// <summary>Preparations, splits and pipelines from C#.</summary>
public static class PreparationTests
{
    /// <summary>A raw row: words, numbers, and gaps.</summary>
    public sealed record Patient(double? Age, string? City, double Dose, string State);

    /// <summary>A raw row without the answer.</summary>
    public sealed record Newcomer(double? Age, string? City, double Dose);

    /// <summary>An answer as a record of the user's own.</summary>
    public sealed record Answer
    {
        /// <summary>The class.</summary>
        public string State { get; init; } = "";

        /// <summary>How probable it is.</summary>
        public double Probability { get; init; }
    }

    private static readonly IReadOnlyList<Patient> Patients = [.. Enumerable.Range(0, 90).Select(i =>
    {
        var age = 20.0 + i * 37 % 60;
        var dose = 0.2 + i * 17 % 20 / 10.0;
        return new Patient(
            i % 11 == 0 ? null : age, i % 13 == 0 ? null : i % 2 == 0 ? "Bern" : "Rome", dose, age / 50 + dose > 2 ? "ill" : "well");
    })];

    private static readonly Preparation Steps = Preparation.Chain(
        Imputer.Median(), Imputer.Mode().On("City"), Scaler.Standard(), Encoder.OneHot(new() { IgnoreUnknown = true }));

    private static readonly FittedPipeline Fitted = Pipeline.Classifier(
        "State",
        Steps,
        network => network.Dense(8, Activation.Tanh).Dense(2, Activation.Softmax),
        new FitOptions { Loss = Loss.SparseCategoricalCrossentropy, Optimizer = Optimizer.Adam(0.02), Epochs = 30 }).Fit(Patients);

    private static Frame<int, string> Table() => Frame.FromColumns(new Dictionary<string, Series<int, double>>
    {
        ["a"] = Series(1, 2, 3, 4, 10),
        ["b"] = Series(0.5, -1, double.NaN, 2, 2),
    });

    private static Series<int, double> Series(params double[] values) =>
        new(Enumerable.Range(0, values.Length), values);

    private static double[] Column(Frame<int, string> frame, string name) => [.. frame.GetColumn<double>(name).Values];

    private static string InFolder(string name) =>
        Path.Combine(Directory.CreateTempSubdirectory("functional-").FullName, name);

    [Tests]
    public static Test Tests => List("Preparations",
        Case("Scalers scale and invert, and say what they learnt", () =>
        {
            var frame = Table();
            var prepared = Scaler.MinMax().Fit(frame);
            var scaled = prepared.Apply(frame);
            Expect.Equal([0, 1.0 / 9, 2.0 / 9, 3.0 / 9, 1], Column(scaled, "a"));
            Expect.All(
                Column(frame, "b").Zip(Column(prepared.Invert(scaled), "b")), pair => Expect.Equal(pair.First, pair.Second, 1e-12));
            Expect.Equal("min_max", prepared.Steps[0].Kind);
            Expect.Equal([1, -1], prepared.Steps[0].Numbers("min"));
            Expect.Equal(["a", "b"], prepared.ColumnNames(["a", "b"]));
        }),
        Case("Every factory makes a preparation that can be fitted", () =>
        {
            Preparation[] all =
            [
                Scaler.Standard(), Scaler.Robust(), Scaler.MaxAbs(), Scaler.Power(), Scaler.Quantile(3, QuantileOutput.Normal),
                Imputer.Mean(), Imputer.Median(), Imputer.Mode(), Imputer.Constant(1), Imputer.Constant("none"), Imputer.Nearest(2),
                Imputer.Regression(), Imputer.ClassMean("a"), Discretizer.EqualWidth(2), Discretizer.EqualFrequency(2),
                Discretizer.Limits([1, 2], IntervalNames.Labels("low", "middle", "high")), Encoder.OneHot().On("a"),
                Encoder.Ordinal().On("a"), Encoder.Ordered("a", "1", "2", "3", "4", "10"), RowFilter.DropMissing(),
                RowFilter.DropOutliers(), RowFilter.DropBeyondDeviations(), RowFilter.DropOutsideQuantiles(0.1, 0.9),
                Preparation.DropColumns("b"), Preparation.KeepColumns("b"), Preparation.Of("twice", x => 2 * x, x => x / 2),
                Imputer.Mean().Then(Scaler.Normalizer()),
            ];
            foreach (var preparation in all)
                Expect.Equal(5, preparation.Fit(Table()).Apply(Table()).RowCount);
            var (_, left) = RowFilter.DropMissing().FitApply(Table());
            Expect.Equal(4, left.RowCount);
        }),
        Case("A pipeline learns from records and gives records", () =>
        {
            Expect.Equal(["ill", "well"], Fitted.ClassNames);
            Expect.Equal(["Age", "City_Bern", "City_Rome", "Dose"], Fitted.Features);
            var newcomers = new Newcomer[] { new(79, "Bern", 2.1), new(null, null, 0.2), new(22, "Oslo", 0.2) };
            var answers = Fitted.PredictRecords<Newcomer, Answer>(newcomers);
            Expect.Equal(["ill", "well", "well"], answers.Select(answer => answer.State));
            Expect.True(answers.All(answer => answer.Probability is > 0.5 and <= 1));
            foreach (var (one, all) in newcomers.Zip(Fitted.PredictRecords(newcomers)))
            {
                Expect.Equal(all.Class, Fitted.PredictRecord(one).Class);
                Expect.Equal(all.Probabilities["ill"], Fitted.PredictRecord(one).Probabilities["ill"], 1e-6);
            }

            var row = new Dictionary<string, object?> { ["Age"] = 79, ["City"] = null, ["Dose"] = 2.1f };
            Expect.Equal("ill", Fitted.PredictRow(row).Class);
        }),
        Case("A pipeline comes back from its file", () =>
        {
            var path = InFolder("pipeline.zip");
            Fitted.Save(path);
            var loaded = FittedPipeline.Load(path);
            var expected = Fitted.PredictRecords(Patients).Select(p => p.Probabilities["ill"]);
            Expect.Equal(expected, loaded.PredictRecords(Patients).Select(p => p.Probabilities["ill"]));
            Expect.True(loaded.History is null && Fitted.History is not null && loaded.Model is not null);
        }),
        Case("A pipeline ends in a learner as well", () =>
        {
            var fitted = Pipeline.Classifier("State", Steps, LogisticRegression.Learner()).Fit(Patients);
            var path = InFolder("learner.zip");
            fitted.Save(path);
            var loaded = FittedPipeline.Load(path);
            Expect.Equal("logistic_regression", loaded.Learner!.Kind);
            Expect.Equal(
                fitted.PredictRecords(Patients).Select(p => p.Class), loaded.PredictRecords(Patients).Select(p => p.Class));
            Expect.True(
                Patients.Zip(fitted.PredictRecords(Patients), (patient, p) => patient.State == p.Class).Count(right => right) > 75);
        }),
        Case("Numbers are predicted through the inverse of their own preparation", () =>
        {
            var frame = Table();
            var fitted = Pipeline.Regressor(
                "a", Imputer.Mean(), network => network.Dense(1), new FitOptions { Epochs = 300, Optimizer = Optimizer.Adam(0.05) })
                .WithTargetPreparation(Scaler.Standard()).Fit(frame);
            Expect.True(fitted.Score(frame) > 0.3);
            Expect.Equal(
                Column(fitted.Predict(frame), "a")[0], fitted.PredictRow(new Dictionary<string, object?> { ["b"] = 0.5 }).Number, 1e-5);
        }),
        Case("Splits and folds have every row once", () =>
        {
            var split = Split.TrainTest(801, testShare: 0.33, trainShare: 0.66);
            Expect.Equal((528, 265), (split.Train.Count, split.Test.Count));
            var (train, test) = Split.TrainTest(5, shuffle: false).Of(Table());
            Expect.Equal((3, 2), (train.RowCount, test.RowCount));
            string[] labels = [.. Patients.Select(p => p.State)];
            Expect.Equal(90, Folds.Stratified(3, labels).SelectMany(fold => fold.Test).Distinct().Count());
            Expect.Equal(4, Folds.TimeSeries(4, 50).Count);
            var three = Split.StratifiedTrainValidationTest(labels);
            Expect.Equal(90, three.Train.Concat(three.Validation).Concat(three.Test).Distinct().Count());
        }),
        Case("Labels become numbers and come back", () =>
        {
            var encoder = LabelEncoder.Fit(Patients.Select(p => p.State));
            Expect.Equal(["ill", "well"], encoder.Classes);
            Expect.Equal(["well", "ill"], encoder.Decode(encoder.Encode(["well", "ill"])));
            Expect.Throws<FunctionalException>(() => encoder.Encode(["fine"]));
        }),
        Case("Errors name the column", () =>
        {
            var error = Expect.Throws<FunctionalException>(() => Scaler.MinMax().On("c").Fit(Table()));
            Expect.Contains("'c' is no column", error.Message);
            error = Expect.Throws<FunctionalException>(() => Fitted.PredictRecord(new Answer()));
            Expect.Contains("lacks", error.Message);
        }));
}
