using System.Text.RegularExpressions;

namespace Functional.CSharp.Tests;

/// <summary>The C# code of README.md, as it stands there, so that it is known to run.</summary>
public static class ReadmeTests
{
    private static string Plain(string text) => Regex.Replace(text, @"\s+", " ").Trim();

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Functional.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests run outside the repository.");
    }

    private static double Run()
    {
        var (train, test) = Datasets.Digits().Split(testShare: 0.25, stratified: true, seed: 4);

        var model = Network.Input(64)
            .Dense(100, Activation.Relu)
            .Dropout(0.3)
            .Dense(10, Activation.Softmax)
            .Build(seed: 1);                                        // shapes are checked here

        Console.WriteLine(model.Summary());

        var run = model.Fit(train, new FitOptions
        {
            Optimizer = Optimizer.Adam(learningRate: 1e-3),
            Loss = Loss.SparseCategoricalCrossentropy,
            Metrics = [Metric.Accuracy],
            Epochs = 20,
            ValidationSplit = 0.2,
            Callbacks = [Callback.EarlyStopping(monitor: "val_accuracy", patience: 5, restoreBestWeights: true)],
        });

        var evaluation = run.Model.Evaluate(test);
        Console.WriteLine(evaluation.Report());                     // precision, recall, F1, support
        run.Model.Save("digits.zip");
        float[] probabilities = Model.Load("digits.zip").Predict(test.Features[0]);

        var images = Chart.ImagePredictions(
            test.Features[..20].Reshape(20, 8, 8), test.Labels[..20], evaluation.Outputs[..20].ArgMax());

        new Report("Handwritten digits")
            .AddDataset(train)
            .AddModel(run.Model)
            .AddHistory(run.History)                                // curves of loss and accuracy
            .AddEvaluation(evaluation)                              // scores of each class, confusion matrix
            .AddChart(images, "The first of the test, wrong ones in red")
            .Save("digits.html");                                   // one page, which works without a network

        var net = Network.Input(2).Dense(32).Then(x => x * Tensor.Sigmoid(x)).Dense(1).Build(seed: 7);
        Tensor gradient = Derivative.Gradient(x => Tensor.Sum(Tensor.Sin(x) * x), Tensor.Of(0.3, 1.1, 2.0));

        var x = Input.Of(28, 28, 1);
        var code = x.Conv2D(16, 3, Activation.Relu).Flatten().Dense(32).Named("code");
        var both = Network.Model([x], [code.Dense(784, Activation.Sigmoid), code.Dense(10, Activation.Softmax)]).Build(seed: 1);
        Model encoder = both.Until("code");
        Tensor[] maps = both.Outputs("conv2d", "code").PredictAll(Tensor.Ones(1, 28, 28, 1));

        Network ids = Input.Of(1).Named("ids"), numbers = Input.Of(3).Named("numbers");
        var all = ids.Embedding(5, 4).Flatten().Concatenate(numbers).Dense(16, Activation.Relu);
        var shop = Network.Model(
            [ids, numbers],
            [all.Dense(1).Named("price"), all.Dense(1, Activation.Sigmoid).Named("sold")]).Build(seed: 2);

        var sales = Dataset.Of(
            [Tensor.Ones(64, 1), Tensor.RandomNormal(1, [64, 3])], [Tensor.RandomNormal(2, [64, 1]), Tensor.Ones(64, 1)]);
        var sold = shop.Fit(sales, new FitOptions
        {
            Outputs =
            [
                new("price") { LossWeight = 0.5, Metrics = [Metric.MeanAbsoluteError] },
                new("sold") { Loss = Loss.BinaryCrossentropy, Metrics = [Metric.Accuracy] },
            ],
        });

        Console.WriteLine(sold.History["price_loss"][^1]);          // beside loss, sold_loss, sold_accuracy, ...
        Console.WriteLine(sold.Model.Evaluate(sales).Output("sold").Report());

        Network left = Input.Of(64), right = Input.Of(64);
        var tower = Network.Shared(n => n.Dense(32, Activation.Relu));
        var pair = Network.Model(
            [left, right], [left.Append(tower).Multiply(right.Append(tower)).Dense(1, Activation.Sigmoid)]).Build(seed: 4);

        Network sentence = Input.Of(8), written = Input.Of(8);      // the decoder is given the words written so far
        var states = sentence.Embedding(50, 16).GruWithState(32).Results;
        var decoded = written.Embedding(50, 16).GruWithState(32, states[1], new() { ReturnSequences = true })[0];
        var translator = Network.Model([sentence, written], [decoded.Dense(50, Activation.Softmax)]).Build(seed: 5);

        var source = Batches.Of(train).Shuffle(1000, key: 1).Batch(32).Prefetch(2);
        var streamed = model.Fit(source, new FitOptions { Loss = Loss.SparseCategoricalCrossentropy });

        var generator = Network.Input(2).Dense(16, Activation.Relu).Dense(1).Build(seed: 1);
        var critic = Network.Input(1).Dense(16, Activation.Relu).Dense(1).Build(seed: 2);

        Tensor Made(ModelVariables variables, StepRun run, int count) =>
            generator.Forward(variables.Part("generator"), run, Tensor.RandomNormal(run.Key.Fold(1), [count, 2]));

        Tensor Judged(float isReal, ModelVariables variables, StepRun run, Tensor given)
        {
            var y = critic.Forward(variables.Part("critic"), run, given);
            return Loss.BinaryCrossentropyFromLogits.Value(y * 0 + isReal, y);
        }

        var discriminate = Step.Create(Optimizer.ForPaths((["critic"], Optimizer.Adam(2e-3))), (variables, run, batch) =>
            Judged(1, variables, run, batch.Features) + Judged(0, variables, run, Made(variables, run, batch.Count)));
        var generate = Step.Create(Optimizer.ForPaths((["generator"], Optimizer.Adam(2e-3))), (variables, run, batch) =>
            Judged(1, variables, run, Made(variables, run, batch.Count)));

        var loop = new TrainingLoop(
            [discriminate, generate], ModelVariables.Of(("generator", generator), ("critic", critic)), seed: 3);
        for (var i = 0; i < 100; i++)
        {
            var real = new Batch(Tensor.RandomNormal(i, [32, 1]) * 0.5f + 3);
            loop.Run(discriminate, real);
            loop.Run(generate, real);
        }

        var forger = generator.WithVariables(loop.Variables.Part("generator"));

        var flats = Csv.Parse("city,size,age,rent\nRome,40,12,800\nRome,75,,1200\nParis,30,5,1100\nParis,62,40,1900\nOslo,55,8,1500\n");
        Console.WriteLine(flats.Describe());
        var byCity = flats.GroupBy(["city"], ("flats", Aggregate.Size), ("rent", Aggregate.Mean("rent")));

        var rents = Pipeline.Regressor(
            "rent",
            Preparation.Chain(Imputer.Median(), Encoder.OneHot(), Scaler.Standard()),
            RidgeRegression.Learner(alpha: 0.1)).Fit(flats);
        rents.Save("rents.zip");
        Prediction rent = FittedPipeline.Load("rents.zip").PredictRecord(new { city = "Rome", size = 60.0, age = 20.0 });
        Console.WriteLine($"{rent.Number:F0} a month");

        double[] sizes = [4.9, 5.1, 5.8, 6.3, 6.4, 7.9, 11.2], weights = [0.2, 0.4, 1.2, 1.8, 1.7, 2.1, 2.3];

        var boxes = Chart.BoxPlots(("size", sizes), ("weight", weights)).WithTitle("Box plots with outliers");
        var points = Chart.Scatter(sizes, weights).WithXTitle("size").WithYTitle("weight");
        var grid = Chart.Subplots(columns: 2, boxes, points);
        grid.SaveHtml("flowers.html");                              // grid.SavePng, SaveSvg: by an installed Chromium

        var growing = Chart.Bar(["a", "b"], [0, 0]).WithLayoutValue("yaxis.range", new[] { 0, 9 }).Animate(
            from step in Enumerable.Range(1, 9)
            select new AnimationFrame($"{step}", new XPlot.Plotly.Bar { y = new[] { step, 9 - step } }));
        growing.SaveHtml("growing.html");                           // a slider and a play button; growing.SaveGif
        var chart = boxes.ToXPlot();                                // to go on with XPlot

        Expect.Equal([8, 50], translator.OutputShape);
        Expect.Equal(2, pair.InputShapes.Count);
        Expect.Equal([1], forger.OutputShape);
        Expect.True(double.IsFinite(streamed.History["loss"][^1]));
        Expect.Equal([32], encoder.OutputShape);
        Expect.Equal([1, 26, 26, 16], maps[0].Shape);
        Expect.Equal([1], net.OutputShape);
        Expect.Equal([3], gradient.Shape);
        return probabilities.Sum();
    }

    [Tests]
    public static Test Tests => List("Readme",
        // it changes the current folder
        Alone(Case("The code of the readme runs", () =>
        {
            string before = Environment.CurrentDirectory;
            string folder = Directory.CreateTempSubdirectory().FullName;
            Environment.CurrentDirectory = folder;
            try
            {
                Expect.InRange(Run(), 0.99, 1.01);
            }
            finally
            {
                Environment.CurrentDirectory = before;
                Directory.Delete(folder, recursive: true);
            }
        })),

        Case("The code of the readme is the code that runs", () =>
        {
            string root = Root();
            string readme = File.ReadAllText(Path.Combine(root, "README.md"));
            string here = Plain(File.ReadAllText(Path.Combine(root, "tests", "CSharpApi.Tests", "ReadmeTests.cs")));
            string script = Plain(File.ReadAllText(Path.Combine(root, "examples", "readme.fsx")));
            foreach (Match block in Regex.Matches(readme, "```csharp\n(?:using Functional.CSharp;\n)?(.*?)```", RegexOptions.Singleline))
            {
                Expect.Contains(Plain(block.Groups[1].Value), here);
            }

            foreach (Match block in Regex.Matches(readme, "```fsharp\n(.*?)```", RegexOptions.Singleline))
            {
                Expect.Contains(Plain(block.Groups[1].Value), script);
            }
        }));
}
