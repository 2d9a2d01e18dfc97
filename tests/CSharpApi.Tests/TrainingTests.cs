
namespace Functional.CSharp.Tests;

public static class TrainingTests
{
    private static readonly Dataset Flowers = Datasets.Iris();

    private static readonly Network Classifier =
        Network.Input(4).Dense(16, Activation.Relu).Dense(3, Activation.Softmax);

    private static readonly FitOptions Options = new()
    {
        Optimizer = Optimizer.Adam(learningRate: 0.02),
        Loss = Loss.SparseCategoricalCrossentropy,
        Metrics = [Metric.Accuracy],
        Epochs = 3,
        BatchSize = 16,
    };

    private sealed class Sink : IProgress<EpochLog>
    {
        public List<EpochLog> Logs { get; } = [];

        public void Report(EpochLog value) => Logs.Add(value);
    }

    [Tests]
    public static Test Tests => List("Training",
        Case("Train look use", () =>
        {
            var cancellationToken = CancellationToken.None;
            var path = Path.Combine(Directory.CreateTempSubdirectory("functional-").FullName, "digits.zip");
            var written = new StringWriter();

            var digits = Datasets.Digits();
            var (train, test) = digits.Split(testShare: 0.25, stratified: true, seed: 1);

            var model = Network.Input(64)
                .Dense(100, Activation.Relu)
                .Dropout(0.3)
                .Dense(10, Activation.Softmax)
                .Build(seed: 1);

            Expect.Contains("Total params: 7,510", model.Summary());

            var run = model.Fit(train, new FitOptions
            {
                Optimizer = Optimizer.Adam(learningRate: 1e-3),
                Loss = Loss.SparseCategoricalCrossentropy,
                Metrics = [Metric.Accuracy],
                Epochs = 4,
                BatchSize = 32,
                ValidationSplit = 0.2,
                Callbacks = [Callback.EarlyStopping(monitor: "val_accuracy", patience: 5, restoreBestWeights: true)],
                Progress = Progress.Lines(written),
            }, cancellationToken);

            Expect.StartsWith("Epoch 1/4 - ", written.ToString());
            Expect.True(run.History["val_accuracy"][^1] > 0.8);
            var report = run.Model.Evaluate(test).Report();
            Expect.Contains("precision", report);
            run.Model.Save(path);
            float[] probabilities = Model.Load(path).Predict(test.Features[0]);
            Expect.Equal(1, probabilities.Sum(), 1e-4);
            Expect.Equal(run.Model.Predict(test.Features[0]).ToArray(), probabilities);
        }),

        Case("Fitting gives a new model", () =>
        {
            var model = Classifier.Build(1);
            var before = model.Weights.Select(w => w.Value.ToArray()).ToArray();
            var run = model.Fit(Flowers, Options, CancellationToken.None);
            Expect.Equal(before, model.Weights.Select(w => w.Value.ToArray()));
            Expect.NotEqual(before, run.Model.Weights.Select(w => w.Value.ToArray()));
            Expect.Equal(StopReason.Completed, run.StopReason);
            Expect.Equal([1, 2, 3], run.History.Epochs.Select(e => e.Epoch));
            Expect.Equal(["accuracy", "loss"], run.History.Keys);
            Expect.Equal(run.History["loss"][^1], run.History.Last["loss"]);
        }),

        Case("The same seed gives the same bits", () =>
        {
            float[] Learned(int seed) =>
                Classifier.Build(1).Fit(Flowers, Options with { Seed = seed }).Model.Weights[0].Value;
            Expect.Equal(Learned(4), Learned(4));
            Expect.NotEqual(Learned(4), Learned(5));
        }),

        Case("Cancelling gives what was learned so far", async () =>
        {
            using var source = new CancellationTokenSource();
            var options = Options with
            {
                Epochs = 1000,
                Callbacks = [Callback.OnEpochEnd(moment =>
                {
                    if (moment.Epoch == 1)
                        source.Cancel();
                })],
            };
            var model = Classifier.Build(1);
            var run = await model.FitAsync(Flowers, options, source.Token);
            Expect.Equal(StopReason.Cancelled, run.StopReason);
            Expect.Equal(2, run.History.Epochs.Count);
            Expect.NotEqual(model.Weights[0].Value.ToArray(), run.Model.Weights[0].Value.ToArray());
        }),

        Case("Progress is told of batches and epochs", () =>
        {
            var sink = new Sink();
            var batches = new List<BatchProgress>();
            var run = Classifier.Build(1).Fit(Flowers, Options with
            {
                EpochProgress = sink,
                Progress = Progress.OnBatch(batches.Add),
                ValidationSplit = 0.2,
            });
            Expect.Equal([1, 2, 3], sink.Logs.Select(log => log.Epoch));
            Expect.Equal(["accuracy", "loss", "val_accuracy", "val_loss"], sink.Logs[0].Values.Keys);
            Expect.Equal(run.History["val_loss"], sink.Logs.Select(log => log.Values["val_loss"]));
            Expect.Equal(3 * 8, batches.Count);
            Expect.Equal((8, 8), (batches[7].Batch, batches[7].Batches));
        }),

        Case("Callbacks are lambdas", () =>
        {
            var seen = new List<string>();
            var run = Classifier.Build(1).Fit(Flowers, Options with
            {
                Epochs = 10,
                Callbacks =
                [
                    Callback.OnTrainBegin(_ => seen.Add("begin")),
                    Callback.OnEpochBegin(m => m.SetLearningRate(0.01 / (1 + m.Epoch))),
                    Callback.OnBatchEnd(m => Expect.True(m.Values["loss"] > 0)),
                    Callback.OnEpochEnd(m =>
                    {
                        m.Log("rate", m.LearningRate!.Value);
                        if (m.Epoch == 2)
                        {
                            m.Say("enough");
                            m.Stop();
                        }
                    }),
                    Callback.OnTrainEnd(m => seen.Add($"end {m.Epoch}")),
                ],
            });
            Expect.Equal(["begin", "end 3"], seen);
            Expect.Equal(StopReason.StoppedByCallback, run.StopReason);
            Expect.Equal("on_epoch_end", run.StoppedBy);
            Expect.Equal(["enough"], run.Messages);
            Expect.Equal([0.01, 0.005, 0.01 / 3], run.History["rate"]);
        }),

        Case("Every callback of the library is reached", () =>
        {
            var folder = Directory.CreateTempSubdirectory("functional-").FullName;
            var run = Classifier.Build(1).Fit(Flowers, Options with
            {
                ValidationSplit = 0.2,
                Callbacks =
                [
                    Callback.EarlyStopping(patience: 3, baseline: 10),
                    Callback.ReduceLearningRateOnPlateau(patience: 1),
                    Callback.ModelCheckpoint(Path.Combine(folder, "model-{epoch}.zip")),
                    Callback.ModelCheckpoint(Path.Combine(folder, "run.zip"), content: CheckpointContent.TrainState),
                    Callback.CsvLogger(Path.Combine(folder, "log.csv")),
                    Callback.TerminateOnNaN,
                ],
            });
            var kept = Model.Load(Path.Combine(folder, "model-3.zip"));
            Expect.Equal(run.Model.Predict(Flowers.Features).ToArray(), kept.Predict(Flowers.Features).ToArray());
            Expect.Equal(3, TrainState.Load(Path.Combine(folder, "run.zip")).Epoch);
            Expect.StartsWith("epoch,", File.ReadAllLines(Path.Combine(folder, "log.csv"))[0]);
            var falling = Options with { Callbacks = [Callback.LearningRateScheduler((epoch, _) => 1.0 / (epoch + 1))] };
            Expect.Equal([1.0, 0.5, 1.0 / 3], Classifier.Build(1).Fit(Flowers, falling).History["learning_rate"]);
        }),

        Case("A loss of ones own is trained", () =>
        {
            var xs = Tensor.RandomNormal(1, [200, 2]);
            var line = xs.MatMul(Tensor.From(new float[,] { { 2 }, { -3 } })) + 5;
            var run = Network.Input(2).Dense(1).Build(1).Fit(Dataset.Of(xs, line), new FitOptions
            {
                Loss = Loss.Of("fourth_power", (y, p) => Tensor.Pow(y - p, 2).Mean(1) * 0.5),
                Optimizer = Optimizer.Sgd(0.1),
                Epochs = 30,
            });
            var weights = run.Model.Weights.ToDictionary(w => w.Name, w => w.Value.ToArray());
            Expect.Equal(2, weights["dense/kernel"][0], 1e-3);
            Expect.Equal(-3, weights["dense/kernel"][1], 1e-3);
            Expect.Equal(5, weights["dense/bias"][0], 1e-3);
        }),

        Case("Losses, metrics and optimizers have Keras's names", () =>
        {
            Expect.Equal("mean_squared_error", Loss.OfName("mse").ToString());
            Expect.Equal("binary_crossentropy", Loss.OfName("BinaryCrossentropy").ToString());
            Expect.Equal("accuracy", Metric.OfName("acc").ToString());
            Expect.Equal("adam", Optimizer.OfName("Adam").ToString());
            Expect.Throws<FunctionalException>(() => Loss.OfName("mistake"));
            Expect.Throws<FunctionalException>(() => Metric.OfName("mistake"));
            Expect.Throws<FunctionalException>(() => Optimizer.OfName("mistake"));
        }),

        Case("Parts of a model have optimizers of their own", () =>
        {
            var model = Classifier.Build(1);
            var options = Options with
            {
                Loss = Loss.SparseCategoricalCrossentropy,
                Optimizer = Optimizer.ForParts((name => name.StartsWith("dense_1/"), Optimizer.Sgd(0.1))),
            };
            var before = model.Weights.ToDictionary(w => w.Name, w => w.Value.ToArray());
            var after = model.Fit(Flowers, options).Model.Weights.ToDictionary(w => w.Name, w => w.Value.ToArray());
            Expect.Equal(before["dense/kernel"], after["dense/kernel"]);
            Expect.False(before["dense_1/kernel"].SequenceEqual(after["dense_1/kernel"]));
        }),

        Case("Logits have losses of their own, and a softmax before them is an error", () =>
        {
            var logits = Network.Input(4).Dense(3).Build(1);
            var ofLogits = Options with { Loss = Loss.SparseCategoricalCrossentropyFromLogits };
            Expect.True(double.IsFinite(logits.Fit(Flowers, ofLogits).History["loss"][^1]));
            Expect.Throws<FunctionalException>(() => Classifier.Build(1).Fit(Flowers, ofLogits));
            Expect.Throws<FunctionalException>(() => logits.Fit(Flowers, Options));
        }),

        Case("A metric of ones own is reported", () =>
        {
            var run = Classifier.Build(1).Fit(Flowers, Options with
            {
                Metrics =
                [
                    Metric.Of("confidence", (_, outputs) => outputs.Max(1)),
                    Metric.TopK(2),
                    Metric.Of(Loss.SparseCategoricalCrossentropy),
                ],
            });
            Expect.All(run.History["confidence"], value => Expect.InRange(value, 1.0 / 3, 1));
            Expect.Equal(["confidence", "loss", "sparse_categorical_crossentropy", "top_2_accuracy"], run.History.Keys);
        }),

        Case("Every metric and loss of the library is reached", () =>
        {
            var labels = Tensor.Of(0, 1, 1, 0);
            var outputs = Tensor.From(new float[,] { { 0.9f, 0.1f }, { 0.2f, 0.8f }, { 0.6f, 0.4f }, { 0.7f, 0.3f } });
            var oneHot = Tensor.OneHot(labels, 2);
            Expect.Equal(0.75, Metric.Accuracy.Value(labels, outputs));
            Expect.Equal(0.75, Metric.SparseCategoricalAccuracy.Value(labels, outputs));
            Expect.Equal(0.75, Metric.CategoricalAccuracy.Value(oneHot, outputs));
            Expect.Equal(1, Metric.Precision().Value(labels, outputs));
            Expect.Equal(0.5, Metric.Recall().Value(labels, outputs));
            Expect.Equal(0.75, Metric.Recall(Average.Macro).Value(labels, outputs));
            Expect.Equal(2.0 / 3, Metric.F1().Value(labels, outputs), 12);
            Expect.Equal(1.25 / 1.5 * (2.0 / 3), Metric.FBeta(0.5).Value(labels, outputs) * (2.0 / 3), 12);
            Expect.Equal(1, Metric.Specificity().Value(labels, outputs));
            Expect.Equal(1, Metric.TruePositives().Value(labels, outputs));
            Expect.Equal(0, Metric.FalsePositives().Value(labels, outputs));
            Expect.Equal(2, Metric.TrueNegatives().Value(labels, outputs));
            Expect.Equal(1, Metric.FalseNegatives().Value(labels, outputs));
            Expect.Equal(0.5, Metric.IoU().Value(labels, outputs));
            Expect.Equal(7.0 / 12, Metric.MeanIoU.Value(labels, outputs), 12);
            Expect.Equal(0.75, Metric.Recall(Average.Macro, multiLabel: true).Value(oneHot, outputs), 12);
            Expect.Equal(1, Metric.SensitivityAtSpecificity(0.9).Value(labels, outputs[.., 1]));
            Expect.Equal(1, Metric.SpecificityAtSensitivity(0.9).Value(labels, outputs[.., 1]));
            Expect.Equal(1, Metric.PrecisionAtRecall(0.9).Value(labels, outputs[.., 1]));
            Expect.Equal(1, Metric.RecallAtPrecision(0.9).Value(labels, outputs[.., 1]));
            Expect.Equal(0.3, Loss.Dice().Value(oneHot, outputs).ToDouble(), 6);
            Expect.Equal(0.3, Loss.Tversky().Value(oneHot, outputs).ToDouble(), 6);
            Expect.Equal(
                new[] { 0.9, 0.8, 0.4, 0.7 }.Average(p => 2 * (1 - Math.Sqrt(p))),
                Loss.CategoricalGeneralizedCrossentropy().Value(labels, outputs).ToDouble(),
                6);
            Expect.Equal(1, Metric.Auc.Value(labels, outputs));
            Expect.Equal(0.75, Metric.BinaryAccuracy.Value(labels, outputs[.., 1]));
            Expect.Equal(1, Metric.BinaryAccuracyAt(0.35).Value(labels, outputs[.., 1]));
            var squared = Metric.MeanSquaredError.Value(oneHot, outputs);
            Expect.Equal(Math.Sqrt(squared), Metric.RootMeanSquaredError.Value(oneHot, outputs), 12);
            Expect.True(Metric.R2.Value(oneHot, outputs) > Metric.MeanAbsoluteError.Value(oneHot, outputs));
            Expect.Equal("mine", Metric.Accuracy.Named("mine").ToString());

            Loss[] withRows =
            [
                Loss.MeanSquaredError, Loss.MeanAbsoluteError, Loss.MeanAbsolutePercentageError,
                Loss.MeanSquaredLogarithmicError, Loss.LogCosh, Loss.Huber(), Loss.Poisson, Loss.CosineSimilarity,
                Loss.BinaryCrossentropy, Loss.BinaryCrossentropyWith(fromLogits: true),
                Loss.CategoricalCrossentropy, Loss.CategoricalCrossentropyWith(labelSmoothing: 0.1),
                Loss.BinaryFocal, Loss.BinaryFocalWith(alpha: 0.25),
                Loss.CategoricalFocal, Loss.CategoricalFocalWith(gamma: 1, alpha: [0.5, 0.5]),
                Loss.KLDivergence, Loss.Hinge, Loss.SquaredHinge, Loss.CategoricalHinge,
            ];
            Expect.All(withRows, loss => Expect.True(double.IsFinite((double)loss.Value(oneHot, outputs)), loss.ToString()));
            var expected = -(Math.Log(0.9) + Math.Log(0.8) + Math.Log(0.4) + Math.Log(0.7)) / 4;
            Expect.Equal(expected, Loss.SparseCategoricalCrossentropy.Value(labels, outputs).ToDouble(), 5);
            var ofLogits = Loss.SparseCategoricalCrossentropyWith(fromLogits: true);
            Expect.Equal(expected, ofLogits.Value(labels, Tensor.Log(outputs)).ToDouble(), 5);
            Expect.Throws<FunctionalException>(() => Loss.Huber(-1));
        }),

        Case("An evaluation has numbers and a report", () =>
        {
            var run = Classifier.Build(1).Fit(Flowers, Options with { Epochs = 20 });
            var evaluation = run.Model.Evaluate(Flowers);
            var accuracy = Metric.Accuracy.Value(Flowers.Labels, run.Model.Predict(Flowers.Features));
            Expect.Equal(accuracy, evaluation.Metrics["accuracy"], 12);
            Expect.True(evaluation.Loss > 0);
            Expect.Equal((evaluation.Loss, evaluation.Metrics["accuracy"]), (evaluation["loss"], evaluation["accuracy"]));
            var error = Expect.Throws<FunctionalException>(() => evaluation["auc"]);
            Expect.Equal("Evaluation: name = 'auc' is not known; there is accuracy, loss.", error.Message);
            Expect.StartsWith("accuracy: ", evaluation.ToString());
            var confusion = evaluation.ConfusionMatrix();
            Expect.Equal(150, confusion.ToArray().Cast<int>().Sum());
            Expect.Equal(3, confusion.ClassCount);
            Expect.Throws<FunctionalException>(() => confusion[3, 0]);
            Expect.Equal(evaluation.Metrics["accuracy"], (confusion[0, 0] + confusion[1, 1] + confusion[2, 2]) / 150.0, 12);
            var classification = evaluation.Classification();
            Expect.Equal(Flowers.ClassNames, classification.Classes.Select(c => c.Name));
            Expect.Equal(50, classification.Classes[1].Support);
            Expect.Equal(evaluation.Metrics["accuracy"], classification.Accuracy, 12);
            Expect.Contains("macro avg", evaluation.Report());
            Expect.Contains(@"true \ predicted", evaluation.Report());
            var other = run.Model.Evaluate(Flowers, Loss.SparseCategoricalCrossentropy, Metric.TopK(3));
            Expect.Equal(1, other.Metrics["top_3_accuracy"]);
        }),

        Case("Datasets can be taken apart", () =>
        {
            var (train, test) = Flowers.Split(testShare: 0.2, stratified: true, seed: 3);
            Expect.Equal((120, 30), (train.Count, test.Count));
            Expect.Equal(10, Tensor.Equal(test.Labels, 1).Sum().ToInt());
            Expect.Equal(3, Flowers.ClassCount);
            Expect.Equal([4], Flowers.SampleShape);
            Expect.Equal([50, 50, 50], Flowers.Batches(50).Select(batch => batch.Count));
            Expect.Equal([2, 2], Flowers.ReshapeFeatures(2, 2).SampleShape);
            Expect.Equal([150, 3], Flowers.MapLabels(labels => Tensor.OneHot(labels, 3)).Labels.Shape);
            Expect.Equal(10, Flowers.Shuffle(1).Skip(100).Take(20).Range(5, 10).Count);
            Expect.Equal([0, 2], Flowers.Rows(0, 149).Labels.ToInts());
            Expect.Equal((100, 50), (Flowers.SplitLast(1.0 / 3).First.Count, Flowers.SplitLast(1.0 / 3).Last.Count));
            Expect.Null(Flowers.SampleWeights);
            var named = Dataset.Of([[1f], [2f]], [0, 1]).WithClassNames("a", "b").WithSampleWeights(Tensor.Ones(2));
            Expect.Equal(["a", "b"], named.ClassNames);
            Expect.Equal([1f, 1f], named.SampleWeights!.ToArray());
            Expect.Throws<FunctionalException>(() => Flowers.Split(testShare: 2));
            Expect.Throws<FunctionalException>(() => Datasets.Mnist(Path.Combine(Path.GetTempPath(), "nothing here")));
        }),

        Case("Every optimizer learns", () =>
        {
            Optimizer[] all =
            [
                Optimizer.Sgd(0.05, momentum: 0.9, nesterov: true), Optimizer.RmsProp(0.01), Optimizer.Adagrad(0.1),
                Optimizer.Adadelta(1), Optimizer.Adam(0.01), Optimizer.AdamW(0.01), Optimizer.Adamax(0.01),
                Optimizer.Nadam(0.01), Optimizer.Lion(0.005), Optimizer.Lamb(0.01),
                Optimizer.Chain(Optimizer.ClipByGlobalNorm(1), Optimizer.AddDecayedWeights(1e-4), Optimizer.Sgd(0.1)),
                Optimizer.Chain(
                    Optimizer.ClipByNorm(1),
                    Optimizer.ClipByValue(1),
                    Optimizer.Clip(globalNorm: 1),
                    Optimizer.Scale(0.5),
                    Optimizer.Trace(0.9),
                    Optimizer.Sgd(0.05)),
                Optimizer.Adam().WithSchedule(Schedule.Warmup(5, Schedule.Cosine(0.02, 60))),
                Optimizer.Adam(0.02).WithWeightDecay(0.01, name => !name.EndsWith("bias", StringComparison.Ordinal)),
                Optimizer.Adam(0.03).Accumulate(2),
            ];
            Expect.All(all, optimizer =>
            {
                var losses = Classifier.Build(1).Fit(Flowers, Options with { Optimizer = optimizer }).History["loss"];
                Expect.True(losses[^1] < losses[0], $"{optimizer}: {string.Join(", ", losses)}");
            });
        }),

        Case("Averaged weights can be had", () =>
        {
            var run = Classifier.Build(1).Fit(Flowers, Options with { Optimizer = Optimizer.Adam(0.02).WithAverage(0.9) });
            Expect.NotEqual(run.Model.Weights[0].Value.ToArray(), run.AveragedModel().Weights[0].Value.ToArray());
            Expect.Throws<FunctionalException>(() => Classifier.Build(1).Fit(Flowers, Options).AveragedModel());
        }),

        Case("Schedules have the rates of their formulas", () =>
        {
            Expect.Equal(0.1, Schedule.Constant(0.1).Rate(7), 12);
            Expect.Equal(0.01, Schedule.Piecewise([5], [0.1, 0.01]).Rate(6), 12);
            Expect.Equal(0.05, Schedule.Exponential(0.1, 10, 0.5).Rate(10), 12);
            Expect.Equal(0.1, Schedule.Step(0.1, 10, 0.5).Rate(9), 12);
            Expect.Equal(0.05, Schedule.InverseTime(0.1, 10, 1).Rate(10), 12);
            Expect.Equal(0.1, Schedule.InverseTime(0.1, 10, 1, staircase: true).Rate(9), 12);
            Expect.Equal(0.05, Schedule.Cosine(0.1, 10).Rate(5), 12);
            Expect.Equal(0.1, Schedule.CosineRestarts(0.1, 10).Rate(10), 12);
            Expect.Equal(0.0001, Schedule.Polynomial(0.1, 10).Rate(10), 12);
            Expect.Equal(0.05, Schedule.Warmup(10, Schedule.Constant(0.1)).Rate(5), 12);
            Expect.Equal(0.1, Schedule.OneCycle(0.1, 100).Rate(29), 12);
            Expect.Equal(0.5, Schedule.Of("half", step => 0.5 + 0 * step).Rate(3), 12);
        }),

        Case("Loops can be written by hand", () =>
        {
            var trainer = Classifier.Build(1).Trainer(Options);
            var state = trainer.Start();
            var first = 0.0;
            var last = 0.0;
            for (var epoch = 0; epoch < 5; epoch++)
            {
                foreach (var batch in Flowers.ShuffledBatches(32, epoch))
                {
                    var step = trainer.TrainOnBatch(state, batch.Features, batch.Labels);
                    first = first == 0 ? step.Loss : first;
                    last = step.Loss;
                    state = step.State;
                }
            }

            Expect.Equal(25, state.Step);
            Expect.True(last < first);
            Expect.Equal([150, 3], trainer.Model(state).Predict(Flowers.Features).Shape);
            Expect.Equal(0.001, state.WithLearningRate(0.001).LearningRate);
        }),

        Case("A resumed run ends in the same bits", () =>
        {
            var path = Path.Combine(Directory.CreateTempSubdirectory("functional-").FullName, "run.zip");
            var model = Classifier.Build(1);
            var whole = model.Fit(Flowers, Options with { Epochs = 4 });
            model.Fit(Flowers, Options with { Epochs = 2 }).State.Save(path);
            var resumed = model.Resume(TrainState.Load(path), Flowers, Options with { Epochs = 4 });
            static IEnumerable<float[]> Numbers(TrainingRun run) => run.Model.Weights.Select(w => w.Value.ToArray());
            Expect.Equal(Numbers(whole), Numbers(resumed));
            Expect.Equal(whole.History["loss"], resumed.History["loss"]);
        }),

        Case("A run names its best and its last epoch", () =>
        {
            var stopping = Callback.EarlyStopping(monitor: "accuracy", patience: 2);
            var run = Classifier.Build(1).Fit(Flowers, Options with { Epochs = 200, Callbacks = [stopping] });
            Expect.Equal(run.History.Epochs.Count, run.StoppedEpoch);
            Expect.Equal(run.StoppedEpoch - 2, run.BestEpoch);
            var whole = Classifier.Build(1).Fit(Flowers, Options);
            Expect.Null(whole.StoppedEpoch);
            Expect.Null(whole.BestEpoch);
        }),

        Case("A callback saves a run inside an epoch", () =>
        {
            var path = Path.Combine(Directory.CreateTempSubdirectory("functional-").FullName, "run.zip");
            var saving = Callback.OnBatchEnd(moment =>
            {
                if (moment.Step == 13)
                    moment.SaveState(path);
            });
            var whole = Classifier.Build(1).Fit(Flowers, Options with { Callbacks = [saving] });
            var state = TrainState.Load(path);
            Expect.Equal((13, 1), (state.Step, state.Epoch));
            var resumed = Classifier.Build(1).Resume(state, Flowers, Options);
            Expect.Equal(whole.Model.Weights[0].Value.ToArray(), resumed.Model.Weights[0].Value.ToArray());
            Expect.Equal(whole.History["accuracy"], resumed.History["accuracy"]);
        }),

        Case("Metrics are weighted unless told otherwise", () =>
        {
            var weighted = Flowers.WithSampleWeights(Tensor.From(Enumerable.Range(0, 150).Select(i => i % 2 * 2f).ToArray()));
            var run = Classifier.Build(1).Fit(weighted, Options with
            {
                Metrics = [Metric.Accuracy, Metric.Accuracy.Unweighted().Named("plain")],
            });
            var outputs = run.Model.Predict(Flowers.Features);
            var evaluation = run.Model.Evaluate(weighted);
            Expect.Equal(Metric.Accuracy.Value(Flowers.Labels, outputs), evaluation["plain"], 12);
            Expect.Equal(Metric.Accuracy.Value(Flowers.Labels, outputs, weighted.SampleWeights), evaluation["accuracy"], 12);
        }),

        Case("Data that do not fit are refused before the first step", () =>
        {
            var five = Network.Input(4).Dense(5, Activation.Softmax).Build(1);
            var wide = Dataset.Of(Tensor.Zeros(10, 6), Tensor.Zeros(DType.Int32, 10));
            Expect.Throws<FunctionalException>(() => five.Fit(wide, Options));
            var two = Network.Input(4).Dense(2, Activation.Softmax).Build(1);
            Expect.Contains("label", Expect.Throws<FunctionalException>(() => two.Fit(Flowers, Options)).Message);
            Expect.Throws<FunctionalException>(() => five.Fit(Flowers, Options with { BatchSize = 0 }));
            var unknown = Options with { Callbacks = [Callback.EarlyStopping(monitor: "val_accuracy")] };
            var error = Expect.Throws<FunctionalException>(() => Classifier.Build(1).Fit(Flowers, unknown));
            Expect.Contains("'val_accuracy'", error.Message);
        }));
}
