namespace Functional.CSharp.Tests;

public static class StepTests
{
    private static readonly Dataset Flowers = Datasets.Iris();

    private static readonly FitOptions Options = new()
    {
        Optimizer = Optimizer.Adam(learningRate: 0.02),
        Loss = Loss.SparseCategoricalCrossentropy,
        Metrics = [Metric.Accuracy],
        Epochs = 3,
        BatchSize = 16,
    };

    private static Model Classifier() =>
        Network.Input(4).Dense(16, Activation.Relu).Dense(3, Activation.Softmax).Build(seed: 1);

    private static IEnumerable<float[]> Numbers(TrainingRun run) => run.Model.Weights.Select(w => w.Value.ToArray());

    [Tests]
    public static Test Tests => List("Step",
        Case("Two models are trained against each other", () =>
        {
            var generator = Network.Input(2).Dense(8, Activation.Tanh).Dense(1).Build(seed: 5);
            var critic = Network.Input(1).Dense(8, Activation.Tanh).Dense(1).Build(seed: 6);
            var saysReal = Loss.BinaryCrossentropyWith(fromLogits: true);

            Tensor Made(ModelVariables variables, StepRun run, int count) =>
                generator.Forward(variables.Part("generator"), run, Tensor.RandomNormal(run.Key.Fold(1), [count, 2]));

            Tensor Against(float label, ModelVariables variables, StepRun run, Tensor x)
            {
                var output = critic.Forward(variables.Part("critic"), run, x);
                return saysReal.Value(output * 0 + label, output);
            }

            var discriminate = Step.Create(
                Optimizer.ForPaths((["critic"], Optimizer.Adam(0.01))),
                (variables, run, batch) =>
                    Against(1, variables, run, batch.Features)
                    + Against(0, variables, run, Made(variables, run, batch.Count)));
            var generate = Step.Create(
                Optimizer.ForPaths((["generator"], Optimizer.Adam(0.01))),
                (variables, run, batch) => Against(1, variables, run, Made(variables, run, batch.Count)));

            var loop = new TrainingLoop(
                [discriminate, generate], ModelVariables.Of(("generator", generator), ("critic", critic)), seed: 3);
            for (var i = 0; i < 400; i++)
            {
                var real = new Batch(Tensor.RandomNormal(i, [32, 1]) * 0.5f + 3);
                Expect.True(double.IsFinite(loop.Run(discriminate, real)));
                Expect.True(double.IsFinite(loop.Run(generate, real)));
            }

            var trained = generator.WithVariables(loop.Variables.Part("generator"));
            var mean = trained.Predict(Tensor.RandomNormal(9, [1000, 2])).Mean().ToDouble();
            Expect.InRange(mean, 2.0, 4.0);
            Expect.Equal(800, loop.Count);
            Expect.Equal(0.01, loop.LearningRate(generate)!.Value, 1e-12);
            loop.SetLearningRate(generate, 0.02);
            Expect.Equal(0.02, loop.LearningRate(generate)!.Value, 1e-12);
            loop.ResetLoss();
            Expect.True(double.IsNaN(loop.Loss(generate)));
            Expect.Equal([2, 8], loop.Variables["generator/dense/kernel"].Shape);
            Expect.Equal(8, loop.Variables.All.Count);
        }),

        Case("A step gives values beside its loss", () =>
        {
            var model = Classifier();
            var step = Step.CreateWithValues(Optimizer.Adam(0.02), ["accuracy"], (variables, run, batch) =>
            {
                var output = model.Forward(variables, run, batch.Features);
                var right = Tensor.Equal(output.ArgMax(), batch.Label).Cast(DType.Float32);
                return (Loss.SparseCategoricalCrossentropy.Value(batch.Label, output), [right.Mean()], variables);
            });
            var loop = new TrainingLoop([step], ModelVariables.Of(model), seed: 1);
            Expect.True(double.IsNaN(loop.Values(step)["accuracy"]));
            loop.Run(step, Batch.Of(Flowers));
            var right = Metric.Accuracy.Value(Flowers.Labels, model.Predict(Flowers.Features));
            Expect.Equal(right, loop.Values(step)["accuracy"], 1e-6);
        }),

        Case("A state tells what the optimizer remembers", () =>
        {
            var start = Classifier().Trainer(Options).Start();
            Expect.Equal(0.02, start.OptimizerMemory["learning_rate"].ToDouble(), 1e-9);
            Expect.Equal([4, 16], start.OptimizerMemory["square/dense/kernel"].Shape);
        }),

        Case("A source of batches trains as its dataset", () =>
        {
            var model = Classifier();
            var options = Options with { Shuffle = false };
            var whole = model.Fit(Flowers, options);
            var source = Batches.Of(Flowers).Batch(16).Prefetch();
            Expect.Equal(10, source.Count!.Value);
            var run = model.Fit(source, options with { ValidationBatches = Batches.Of(Flowers).Batch(50) });
            Expect.Equal(Numbers(whole), Numbers(run));
            Expect.Equal(whole.History["accuracy"], run.History["accuracy"]);
            Expect.Equal(3, run.History["val_loss"].Count);
        }),

        Case("A source is shuffled by key, mapped, repeated and resumed", () =>
        {
            var model = Classifier();
            var source = Batches.Of(Flowers)
                .Shuffle(100, key: 7)
                .MapRandom<(Tensor Features, Tensor Label)>(
                    8, (key, row) => (row.Features + Tensor.RandomNormal(key, [4]) * 0.01f, row.Label))
                .Batch(16, dropRest: true)
                .Prefetch(4)
                .Forever();
            var options = Options with { StepsPerEpoch = 12, KeepStepLosses = true };
            var whole = model.Fit(source, options);
            Expect.Equal(36, whole.StepLosses.Count);
            var part = model.Fit(source, options with
            {
                Callbacks = [Callback.OnBatchEnd(moment =>
                {
                    if (moment.Step == 17)
                        moment.Stop();
                })],
            });
            var rest = model.Resume(part.State, source, options);
            Expect.Equal(Numbers(whole), Numbers(rest));
            Expect.Equal(whole.History["loss"], rest.History["loss"]);
            Expect.Equal(whole.StepLosses.Skip(17), rest.StepLosses);
        }),

        Case("Sources have the functions of sequences", () =>
        {
            var numbers = Batches.Of(new[] { 1, 2, 3, 4, 5 });
            Expect.Equal([2, 4], numbers.Where(n => n % 2 == 0));
            Expect.Equal([1, 2], numbers.Take(2));
            Expect.Equal([4, 5], numbers.Skip(3));
            Expect.Equal([1, 2, 3, 4, 5, 9], Batches.Concat(numbers, Batches.Generate(1, _ => 9)));
            Expect.Equal([(1, 1), (2, 4)], numbers.Zip(numbers.Map(n => n * n)).Take(2));
            Expect.Equal(10, numbers.Repeat(2).Cache().Count());
            Expect.Equal([2, 2, 1], numbers.Group(2).Select(group => group.Length));
            Expect.Equal(7, numbers.Where(_ => true).WithCount(7).Count!.Value);
            var sequences = Batches.Of(new[] { (Tensor.Ones(2), Tensor.Ones(1)), (Tensor.Ones(5), Tensor.Ones(1)) });
            Expect.Equal([2, 5], sequences.Batch(2, lengths: SequenceLengths.ToLongest).First().Features.Shape);
            Expect.Equal([2, 8], sequences.Batch(2, lengths: SequenceLengths.To(8)).First().Features.Shape);
            var buckets = SequenceLengths.ToBuckets(4, 6);
            Expect.Equal([2, 6], sequences.Batch(2, lengths: buckets).First().Features.Shape);
            Expect.Throws<FunctionalException>(() => sequences.Batch(2).First());
        }),

        Case("A trainer tells its metrics, its gradient and its rate", () =>
        {
            var trainer = Classifier().Trainer(Options);
            var (loss, gradient) = trainer.LossAndGradient(Flowers.Features, Flowers.Labels);
            Expect.Equal(["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"], gradient.Keys);
            Expect.Equal(loss, trainer.TrainOnBatch(Flowers.Features, Flowers.Labels), 1e-6);
            Expect.Equal(["accuracy", "loss"], trainer.Metrics.Keys);
            Expect.Equal(
                Metric.Accuracy.Value(Flowers.Labels, trainer.Outputs), trainer.Metrics["accuracy"], 1e-9);
            trainer.ResetMetrics();
            Expect.True(double.IsNaN(trainer.Metrics["loss"]));
            trainer.SetLearningRate(0.5);
            Expect.Equal(0.5, trainer.LearningRate!.Value);
            var step = trainer.TrainOnBatch(trainer.Start(), Flowers.Features, Flowers.Labels);
            Expect.Equal(Metric.Accuracy.Value(Flowers.Labels, step.Outputs), step.Metrics["accuracy"], 1e-9);
        }));
}
