// Tells three kinds of iris apart by the lengths of their leaves: dotnet run -c Release --project examples/Iris
using Functional.CSharp;

(Dataset train, Dataset test) = Datasets.Iris().Split(testShare: 0.3, stratified: true, seed: 4);

// Each feature is shifted and scaled by what the training samples alone say of it.
Tensor mean = train.Features.Mean(0), deviation = train.Features.Std(0);
train = train.MapFeatures(x => (x - mean) / deviation);
test = test.MapFeatures(x => (x - mean) / deviation);

TrainingRun run = Network.Input(4)
    .Dense(16, Activation.Relu)
    .Dense(3, Activation.Softmax)
    .Build(seed: 2)
    .Fit(train, new FitOptions
    {
        Optimizer = Optimizer.Adam(learningRate: 0.02),
        Loss = Loss.SparseCategoricalCrossentropy,
        Metrics = [Metric.Accuracy],
        Epochs = 200,
        BatchSize = 16,
        ValidationSplit = 0.2,
        Callbacks = [Callback.EarlyStopping(monitor: "val_loss", patience: 30, restoreBestWeights: true)],
    });

Console.WriteLine($"stopped after {run.History.Epochs.Count} epochs");
Evaluation evaluation = run.Model.Evaluate(test);
Console.WriteLine(evaluation.Report());
Console.WriteLine($"test accuracy {evaluation.Metrics["accuracy"]:f4}");
return evaluation.Metrics["accuracy"] >= 0.95 ? 0 : 1;
