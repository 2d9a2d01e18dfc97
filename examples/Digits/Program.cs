// Learns to read handwritten digits: dotnet run -c Release --project examples/Digits
using Functional.CSharp;

Dataset digits = Datasets.Digits(); // 1797 images of 8x8, labels 0 to 9
(Dataset train, Dataset test) = digits.Split(testShare: 0.25, stratified: true, seed: 4);
Console.WriteLine($"{train.Count} images to learn from, {test.Count} to be tested on\n");

Model model = Network.Input(64)
    .Dense(100, Activation.Relu)
    .Dropout(0.3)
    .Dense(10, Activation.Softmax)
    .Build(seed: 1);
Console.WriteLine(model.Summary());

TrainingRun run = model.Fit(train, new FitOptions
{
    Optimizer = Optimizer.Adam(learningRate: 1e-3),
    Loss = Loss.SparseCategoricalCrossentropy,
    Metrics = [Metric.Accuracy],
    Epochs = 60,
    BatchSize = 32,
    ValidationSplit = 0.1,
    Callbacks = [Callback.EarlyStopping(monitor: "val_loss", patience: 10, restoreBestWeights: true)],
    Progress = Progress.Bar(),
});

Evaluation evaluation = run.Model.Evaluate(test);
Console.WriteLine();
Console.WriteLine(evaluation.Report());

// A saved model needs nothing but its file.
string path = Path.Combine(Path.GetTempPath(), $"digits-{Environment.ProcessId}.zip");
run.Model.Save(path);
Model loaded = Model.Load(path);
File.Delete(path);

int[] labels = test.Labels.ToInts();
foreach (int i in new[] { 0, 1, 2 })
{
    float[] image = test.Features[i];
    float[] probabilities = loaded.Predict(image);
    int answer = Array.IndexOf(probabilities, probabilities.Max());
    Console.WriteLine($"A {labels[i]}, read as {answer} (with probability {probabilities[answer]:f3}):");
    Draw(image);
}

Console.WriteLine($"test accuracy {evaluation.Metrics["accuracy"]:f4}");

static void Draw(float[] image)
{
    const string Shades = " .:-=+*#%@";
    foreach (float[] row in image.Chunk(8))
    {
        Console.WriteLine("  " + string.Concat(row.Select(v => new string(Shades[(int)Math.Round(v * (Shades.Length - 1))], 2))));
    }

    Console.WriteLine();
}
