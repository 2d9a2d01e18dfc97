namespace Functional.CSharp.Tests;

/// <summary>Training models of several inputs and outputs.</summary>
public static class OutputTests
{
    private const int Count = 120;

    private static readonly Tensor Numbers = Tensor.RandomNormal(11, [Count, 3]);

    private static readonly Tensor Ids = Tensor.From(
        Enumerable.Range(0, Count).Select(i => (float)(i * 7 % 5)).ToArray().AsSpan(), [Count, 1]);

    private static readonly Tensor Price = Numbers.Sum([1]).Reshape(Count, 1) + Ids * 0.5f;

    private static readonly Tensor Sold = Tensor.From(
        Price.ToArray().Select(price => price > 1 ? 1f : 0f).ToArray().AsSpan(), [Count, 1]);

    private static readonly Dataset Sales = Dataset.Of([Ids, Numbers], [Price, Sold]);

    private static readonly FitOptions Options = new()
    {
        Optimizer = Optimizer.Adam(learningRate: 0.02),
        Epochs = 3,
        Outputs =
        [
            new OutputOptions("price") { LossWeight = 0.25, Metrics = [Metric.MeanAbsoluteError] },
            new OutputOptions(1) { Loss = Loss.BinaryCrossentropy, LossWeight = 2, Metrics = [Metric.Accuracy] },
        ],
    };

    private static Model Seller()
    {
        Network ids = Input.Of(1).Named("ids"), numbers = Input.Of(3).Named("numbers");
        var all = ids.Embedding(5, 4).Flatten().Concatenate(numbers).Dense(16, Activation.Tanh);
        return Network.Model(
            [ids, numbers],
            [all.Dense(1).Named("price"), all.Dense(1, Activation.Sigmoid).Named("sold")]).Build(seed: 2);
    }

    private static Tensor Ints(int[] values) => Tensor.From(values.AsSpan(), [values.Length]);

    private static IEnumerable<float[]> Numbered(Model model) => model.Weights.Select(w => w.Value.ToArray());

    [Tests]
    public static Test Tests => List("Outputs",
        Case("Two outputs have two losses, weights of losses and metrics", () =>
        {
            var run = Seller().Fit(Sales, Options with { Epochs = 30, ValidationSplit = 0.25 });
            string[] own = ["loss", "price_loss", "price_mean_absolute_error", "sold_accuracy", "sold_loss"];
            Expect.Equal([.. own, .. own.Select(name => "val_" + name)], run.History.Keys);
            var history = run.History;
            for (var epoch = 0; epoch < 30; epoch++)
            {
                Expect.Equal(
                    0.25 * history["price_loss"][epoch] + 2 * history["sold_loss"][epoch], history["loss"][epoch], 1e-5);
            }

            Expect.True(history["val_sold_accuracy"][^1] > 0.85);
            var evaluation = run.Model.Evaluate(Sales);
            Expect.Equal(["price", "sold"], evaluation.OutputNames);
            Expect.Equal(evaluation["sold_accuracy"], evaluation.Output("sold")["accuracy"]);
            Expect.Equal(evaluation["sold_loss"], evaluation.Output("sold")["loss"]);
            Expect.Contains("support", evaluation.Output("sold").Report());
            Expect.Equal([Count, 1], evaluation.Output("price").Outputs.Shape);
            Expect.Throws<FunctionalException>(() => evaluation.Output("rent"));
            Expect.Throws<FunctionalException>(() => evaluation.Labels);
            var streamed = run.Model.Evaluate(Batches.Of(Sales, 50), Options);
            Expect.Equal(evaluation.Loss!.Value, streamed.Loss!.Value, 1e-6);
            Expect.Equal(evaluation["sold_accuracy"], streamed["sold_accuracy"], 1e-9);
        }),

        Case("Training is that of a hand-written sum of the losses", () =>
        {
            var model = Seller();
            var step = Step.CreateWith(Options.Optimizer, (variables, run, batch) =>
            {
                var (outputs, next) = model.ForwardTraining(variables, run, [.. batch.Inputs]);
                var loss = Loss.MeanSquaredError.Value(batch.Labels[0], outputs[0]) * 0.25f
                    + Loss.BinaryCrossentropy.Value(batch.Labels[1], outputs[1]) * 2f;
                return (loss, next);
            });
            var loop = new TrainingLoop([step], ModelVariables.Of(model), seed: 0);
            var trainer = model.Trainer(Options);
            foreach (var batch in Batches.Of(Sales, 40))
                Expect.Equal(trainer.TrainOnBatch(batch), loop.Run(step, batch), 1e-5);
            var trained = model.WithVariables(loop.Variables);
            foreach (var (a, b) in Numbered(trainer.Model()).Zip(Numbered(trained)))
                Expect.All(a.Zip(b), pair => Expect.Equal(pair.First, pair.Second, 1e-4f));
            Expect.Equal(2, trainer.AllOutputs.Count);
            Expect.Equal(Numbered(trainer.Model()), Numbered(model.Trainer(Options, trainer.State).Model()));
            Expect.Equal(
                ["loss", "price_loss", "price_mean_absolute_error", "sold_accuracy", "sold_loss"], trainer.Metrics.Keys);
            var first = trainer.TrainOnBatch(trainer.Start(), Batch.Of(Sales));
            Expect.Equal([Count, 1], first.AllOutputs[1].Shape);
            Expect.True(first.Metrics.ContainsKey("price_loss"));
            Expect.Throws<FunctionalException>(() => first.Outputs);
            var (value, gradient) = trainer.LossAndGradient(Batch.Of(Sales));
            Expect.True(double.IsFinite(value));
            Expect.Equal(model.Weights.Select(w => w.Name), gradient.Keys);
        }),

        Case("A run over several outputs is saved and resumed, and sources serve it", () =>
        {
            var model = Seller();
            var options = Options with { Shuffle = false };
            var whole = model.Fit(Sales, options);
            foreach (var source in new[] { Batches.Of(Sales, 32), Batches.Samples(Sales).Batch(32) })
                Expect.Equal(Numbered(whole.Model), Numbered(model.Fit(source, options).Model));
            var part = model.Fit(Sales, options with
            {
                Callbacks = [Callback.OnBatchEnd(moment =>
                {
                    if (moment.Step == 6)
                        moment.Stop();
                })],
            });
            Expect.Equal(Numbered(whole.Model), Numbered(model.Resume(part.State, Sales, options).Model));
        }),

        Case("Weights of samples are for all outputs or for each", () =>
        {
            Tensor ones = Tensor.Ones(Count), twos = ones * 2;
            double Loss(Dataset data) => Seller().Evaluate(data, Options).Loss!.Value;
            var plain = Seller().Evaluate(Sales, Options);
            Expect.Equal(2 * plain.Loss!.Value, Loss(Sales.WithSampleWeights(twos)), 1e-5);
            Expect.Equal(
                plain.Loss!.Value + 2 * plain["sold_loss"], Loss(Sales.WithOutputWeights(ones, twos)), 1e-5);
            Expect.Equal(2, Sales.WithOutputWeights(ones, twos).AllSampleWeights.Count);
            var batch = new Batch(Sales.Inputs, Sales.AllLabels, [ones, twos]);
            Expect.Equal(
                plain.Loss!.Value + 2 * plain["sold_loss"], Seller().Trainer(Options).TrainOnBatch(batch), 1e-5);
            Expect.Throws<FunctionalException>(() => batch.Weights);
            Expect.Throws<FunctionalException>(() => Sales.WithOutputWeights(ones));
        }),

        Case("A siamese pair is trained, and its weights stay shared", () =>
        {
            Network left = Input.Of(3), right = Input.Of(3);
            var tower = Network.Shared(n => n.Dense(8, Activation.Tanh));
            var both = left.Append(tower).Multiply(right.Append(tower));
            var model = Network.Model([left, right], [both.Dense(1, Activation.Sigmoid)]).Build(seed: 3);
            var signs = Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? 1f : -1f).ToArray();
            var given = Tensor.RandomNormal(1, [200, 3]);
            var data = Dataset.Of(
                [given, given * Tensor.From(signs.AsSpan(), [200, 1])],
                [Tensor.From(signs.Select(sign => Math.Max(sign, 0)).ToArray().AsSpan(), [200, 1])]);
            var run = model.Fit(data, new FitOptions
            {
                Optimizer = Optimizer.Adam(0.02),
                Loss = Loss.BinaryCrossentropy,
                Metrics = [Metric.Accuracy],
                Epochs = 20,
            });
            Expect.True(run.History["accuracy"][^1] > 0.9);
            Expect.Equal(4, run.Model.Weights.Count);
        }),

        Case("An encoder-decoder of two inputs learns to reverse", () =>
        {
            Network source = Input.Of(3).Named("source"), target = Input.Of(3).Named("target");
            var states = source.Embedding(5, 8).GruWithState(24).Results;
            var every = new RecurrentOptions { ReturnSequences = true };
            var decoded = target.Embedding(5, 8).GruWithState(24, states[1], every)[0];
            var model = Network.Model([source, target], [decoded.Dense(5, Activation.Softmax)]).Build(seed: 4);
            var random = new System.Random(8);
            var digits = Enumerable.Range(0, 300).Select(_ => new[] { random.Next(1, 5), random.Next(1, 5), random.Next(1, 5) });
            var samples = digits.Select(row => new Sample(
                [Ints(row), Ints([0, row[2], row[1]])], [Ints([row[2], row[1], row[0]])])).ToArray();
            var run = model.Fit(Batches.Of(samples).Shuffle(300, key: 1).Batch(32), new FitOptions
            {
                Optimizer = Optimizer.Adam(0.02),
                Loss = Loss.SparseCategoricalCrossentropy,
                Metrics = [Metric.Accuracy],
                Epochs = 25,
            });
            Expect.True(run.History["accuracy"][^1] > 0.9);
        }),

        Case("A predictor answers for several inputs and outputs", () =>
        {
            var model = Seller();
            var predictor = model.Predictor();
            Expect.Equal([1, 3], predictor.InputSizes);
            var given = predictor.PredictAll([2f], [1f, -1f, 0.5f]);
            var expected = model.PredictAll(Tensor.Of(2f).Reshape(1, 1), Tensor.Of(1f, -1f, 0.5f).Reshape(1, 3));
            Expect.Equal(expected[0].ToArray(), given[0]);
            Expect.Equal(expected[1].ToArray(), given[1]);
            Expect.Throws<FunctionalException>(() => predictor.PredictAll([2f]));
        }),

        Case("What does not fit is an error that names the output", () =>
        {
            string Message(Dataset data, FitOptions? options = null) =>
                Expect.Throws<FunctionalException>(() => Seller().Fit(data, options ?? Options)).Message;
            Expect.Contains("output 'price'", Message(Dataset.Of([Ids, Numbers], [Numbers, Sold])));
            Expect.Contains("price, sold", Message(Dataset.Of([Ids, Numbers], [Price])));
            Expect.Contains("input 'numbers'", Message(Dataset.Of([Ids, Ids], [Price, Sold])));
            Expect.Contains("price, sold", Message(Sales, Options with { Outputs = [new OutputOptions("rent")] }));
            Expect.Contains("Inputs", Expect.Throws<FunctionalException>(() => Sales.Features).Message);
        }),

        Case("Sources of samples and of passes", () =>
        {
            var samples = Batches.Generate(6, i => new Sample(
                [Tensor.Ones(2 + i % 2), Tensor.Of(1f, 2f)], [Tensor.Of((float)i)], Weight: 1 + i));
            var batch = samples.Batch(4, dropRest: true, lengths: SequenceLengths.ToLongest).Single();
            Expect.Equal([4, 3], batch.Inputs[0].Shape);
            Expect.Equal([4, 2], batch.Inputs[1].Shape);
            Expect.Equal([1f, 2f, 3f, 4f], batch.Weights!.ToArray());
            Expect.Equal([2, 3], Batch.Of(samples.Take(2), SequenceLengths.ToLongest).Inputs[0].Shape);
            var passes = Batches.OfPasses(pass => Enumerable.Repeat(pass, 2), count: 2);
            Expect.Equal(2, passes.Count!.Value);
            Expect.Equal([0, 0, 1, 1], passes.Repeat(2));
            Expect.Equal(6, Batches.Samples(Dataset.Of([Tensor.Ones(6, 1), Tensor.Ones(6, 2)], [Tensor.Ones(6)])).Count!.Value);
        }));
}
