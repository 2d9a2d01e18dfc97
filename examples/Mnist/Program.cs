// MNIST by a dense network: dotnet run -c Release --project examples/Mnist -- [--data FOLDER] [--model small|large] [--epochs N]
// The four idx files are looked for in --data, then in the folder that FUNCTIONAL_DATA names, then in ../shared/data/mnist.
using Functional.CSharp;

string? Option(string name)
{
    int at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}

bool large = Option("--model") == "large";
int epochs = int.TryParse(Option("--epochs"), out int asked) ? asked : large ? 20 : 5;

(Dataset train, Dataset test) data;
try
{
    data = Datasets.Mnist(Option("--data"));
}
catch (Functional.FunctionalException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

// Small: 784-16-32-10 with dropout, RMSprop. Large: 784-512-512-10 with dropout, Adam.
Model model = large
    ? Network.Input(784)
        .Dense(512, Activation.Relu).Dropout(0.2)
        .Dense(512, Activation.Relu).Dropout(0.2)
        .Dense(10, Activation.Softmax)
        .Build(seed: 1)
    : Network.Input(784)
        .Dense(16, Activation.Relu).Dropout(0.1)
        .Dense(32, Activation.Relu).Dropout(0.1)
        .Dense(10, Activation.Softmax)
        .Build(seed: 1);
Console.WriteLine(model.Summary());

TrainingRun run = model.Fit(data.train, new FitOptions
{
    Optimizer = large ? Optimizer.Adam() : Optimizer.RmsProp(),
    Loss = Loss.SparseCategoricalCrossentropy,
    Metrics = [Metric.Accuracy],
    Epochs = epochs,
    BatchSize = large ? 128 : 64,
    Progress = Progress.Bar(),
});

Evaluation evaluation = run.Model.Evaluate(data.test);
Console.WriteLine($"test accuracy {evaluation.Metrics["accuracy"]:f4}");
return 0;
