namespace Functional.CSharp.Tests;

/// <summary>Losses, metrics, optimizers, many trainings as one, explanations and moments, from C#.</summary>
public static class LearningKindTests
{
    private static readonly Dataset Flowers = Datasets.Iris();

    private static readonly Network Classifier =
        Network.Input(4).Dense(8, Activation.Tanh).Dense(3, Activation.Softmax);

    private static readonly FitOptions Options = new()
    {
        Optimizer = Optimizer.Adam(learningRate: 0.02),
        Loss = Loss.SparseCategoricalCrossentropy,
        Metrics = [Metric.Accuracy],
        Epochs = 3,
        BatchSize = 16,
    };

    private static readonly Tensor Labels = Tensor.Of(0, 2, 1);

    private static readonly Tensor Outputs =
        Tensor.Of(0.7, 0.2, 0.1, 0.2, 0.3, 0.5, 0.1, 0.6, 0.3).Reshape(3, 3);

    private static void Near(double expected, double found) =>
        Expect.True(Math.Abs(expected - found) < 1e-6 * Math.Max(1.0, Math.Abs(expected)), $"{expected} and {found}");

    private static double Value(Loss loss) => (double)loss.Value(Labels, Outputs);

    [Tests]
    public static Test Tests => List("LearningKinds",
        Case("Losses are reduced, leave out a class, and take another axis", () =>
        {
            var loss = Loss.SparseCategoricalCrossentropy;
            Near(3 * Value(loss), Value(loss.WithReduction(LossReduction.Sum)));
            Near(-(Math.Log(0.7) + Math.Log(0.6)) / 2, Value(loss.WithIgnoreClass(2)));
            Near(Value(loss), (double)loss.WithAxis(1).Value(Labels, Outputs));
            Expect.Throws<FunctionalException>(() => Loss.Hinge.WithIgnoreClass(0));
            Near(Math.Log(81.0 / 7.0), (double)Loss.Ctc.Value(Tensor.Of(1, 2, 1).Reshape(1, 3), Tensor.Zeros(1, 4, 3)));
            Expect.Equal("circle", Loss.Circle().ToString());
            Expect.Equal("dice", Loss.Dice(1, 2).ToString());
        }),

        Case("Metrics of classes, of the largest outputs, of overlaps and of values", () =>
        {
            Near(1.0, Metric.RecallOf(@class: 2).Value(Labels, Outputs));
            Near(1.0, Metric.PrecisionOf(1).Value(Labels, Outputs));
            Near(1.0, Metric.FBetaOf(0).Value(Labels, Outputs));
            var several = Tensor.Of(1, 0, 1, 0, 1, 1, 0, 1, 0).Reshape(3, 3);
            Near(4.0 / 6.0, Metric.PrecisionAtK(2).Value(several, Outputs));
            Near(4.0 / 5.0, Metric.RecallAtK(2).Value(several, Outputs));
            Near(1.0, Metric.IoUOf(3).Value(Labels, Tensor.Of(0, 2, 1)));
            Near(1.0 / 3.0, Metric.BinaryIoU(0.5, 1).Value(Tensor.Of(1, 1, 0), Tensor.Of(0.9, 0.1, 0.8)));
            Near(2.0, Metric.Mean.Value(Tensor.Of(1.0, 3.0), Tensor.Of(1.0, 3.0)));
            Near(0.5, Metric.Equality.Value(Tensor.Of(1, 3), Tensor.Of(1, 2)));
            Near(1.0, Metric.PearsonOfSamples.Value(Tensor.Of(1.0, 2.0, 4.0), Tensor.Of(2.0, 4.0, 8.0)));
            Near(1.0, Metric.AucByThresholds(AucCurve.Roc).Value(Tensor.Of(0, 1), Tensor.Of(0.2, 0.8)));
            Near(1.0, Metric.R2Of(0).Value(Tensor.Of(1.0, 2.0), Tensor.Of(1.0, 2.0)));
        }),

        Case("Optimizers train, averages and scaled losses too", () =>
        {
            Optimizer[] optimizers =
            [
                Optimizer.Adafactor(0.05),
                Optimizer.Ftrl(0.1),
                Optimizer.Muon(0.02),
                Optimizer.ScheduleFreeAdamW(0.02),
                Optimizer.Sgd(0.05).WithAverage(0.9, overwriteFrequency: 5),
                Optimizer.Adam(0.02).WithLossScaling(),
                Optimizer.Adam(0.02).WithLossScale(8).WithWeightDecayExcept(0.01, "bias"),
                Optimizer.Adam().WithSchedule(Schedule.Cosine(0.001, 100, warmupTarget: 0.02, warmupSteps: 10)),
            ];
            foreach (var optimizer in optimizers)
            {
                var run = Classifier.Build(seed: 1).Fit(Flowers, Options with { Optimizer = optimizer });
                Expect.True(run.History["loss"][^1] < run.History["loss"][0], optimizer.ToString());
            }
        }),

        Case("Many trainings as one give what each gives alone", () =>
        {
            var model = Classifier.Build(seed: 1);
            var sweep = model.FitMany(Flowers, FitMember.Sweep([0.1, 0.001], seed: 3), Options);
            Expect.Equal(2, sweep.Count);
            Expect.True(sweep[0].History["loss"][^1] < sweep[1].History["loss"][^1]);
            var alone = model.Fit(Flowers, Options with { Seed = 3 });
            var together = model.FitMany(Flowers, [new FitMember(3, Start: model)], Options);
            Expect.True(Math.Abs(alone.History["loss"][^1] - together[0].History["loss"][^1]) < 1e-4);
            Expect.Equal(3, model.FitMany(Flowers, FitMember.Ensemble(3, seed: 3), Options).Count);
        }),

        Case("A model is explained, and its curvature told", () =>
        {
            var model = Classifier.Build(seed: 1);
            var x = Flowers.Features[..5];
            Expect.True(x.Shape.SequenceEqual(model.Saliency(x).Shape));
            Expect.True(x.Shape.SequenceEqual(model.IntegratedGradients(x, steps: 8, target: 1).Shape));
            var images = Network.Input(6, 6, 1).Conv2D(2, 3).Flatten().Dense(3, Activation.Softmax).Build(seed: 1);
            var path = images.Layers[0].Path;
            Expect.True(images.GradCam(path, Tensor.Ones(2, 6, 6, 1), 1).Shape.SequenceEqual([2, 4, 4]));
            var batch = new Batch(x, Flowers.Labels[..5]);
            var each = model.PerSampleGradients(batch, Options);
            Expect.Equal(5, each["dense/kernel"].Shape[0]);
            var direction = each.ToDictionary(part => part.Key, part => part.Value[0]);
            Expect.Equal(each.Count, model.HessianVectorProduct(batch, direction, Options).Count);
            var (smallest, largest) = model.ExtremeHessianEigenvalues(batch, Options);
            Expect.True(smallest < largest);
        }),

        Case("A callback is tested with a moment of one's own, and single batches weigh classes", () =>
        {
            var model = Classifier.Build(seed: 1);
            var moment = TrainingMoment.Create(
                model, epoch: 2, values: new Dictionary<string, double> { ["loss"] = 0.5 });
            Expect.Equal(2, moment.Epoch);
            Expect.Equal(0.5, moment.Values["loss"]);
            moment.SetLearningRate(0.1);
            moment.Log("rate", 0.1);
            moment.Say("slower");
            moment.Stop();
            Expect.True(moment.IsStopped);
            Expect.Equal(0.1, moment.NewLearningRate);
            Expect.Equal(0.1, moment.Logged["rate"]);
            Expect.Equal("slower", moment.Said[0]);

            var weighed = Options with { ClassWeights = new Dictionary<int, double> { [0] = 0.0 } };
            var first = Flowers.Features[..5];
            Expect.Equal(0.0, model.Trainer(weighed).TrainOnBatch(first, Tensor.Of(0, 0, 0, 0, 0)));
        }));
}
