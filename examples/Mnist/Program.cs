// MNIST by a dense or a convolutional network:
//   dotnet run -c Release --project examples/Mnist -- [--data FOLDER] [--model small|large|cnn] [--epochs N]
// The four idx files are looked for in --data, then in the folder that FUNCTIONAL_DATA names, then in ../shared/data/mnist.
using Functional.CSharp;

string? Option(string name)
{
    int at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}

string kind = Option("--model") ?? "small";
if (kind is not ("small" or "large" or "cnn"))
{
    Console.Error.WriteLine($"There is no model \"{kind}\": small, large and cnn are.");
    return 2;
}

int epochs = int.TryParse(Option("--epochs"), out int asked) ? asked : kind == "large" ? 20 : 5;

(Dataset train, Dataset test) data;
try
{
    data = kind == "cnn" ? Datasets.MnistImages(Option("--data")) : Datasets.Mnist(Option("--data"));
}
catch (Functional.FunctionalException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

// Small: 784-16-32-10 with dropout, RMSprop. Large: 784-512-512-10 with dropout, Adam. Cnn: five convolutions of 3x3 that
// bring 28x28 pixels down to one place with 64 channels, Adam.
Network network = kind switch
{
    "cnn" => Network.Input(28, 28, 1)
        .Conv2D(32, 3, Activation.Relu).Conv2D(32, 3, Activation.Relu).MaxPooling2D()
        .Conv2D(64, 3, Activation.Relu).Conv2D(64, 3, Activation.Relu).MaxPooling2D()
        .Conv2D(64, 3, Activation.Relu).MaxPooling2D()
        .Flatten().Dropout(0.5),
    "large" => Network.Input(784)
        .Dense(512, Activation.Relu).Dropout(0.2)
        .Dense(512, Activation.Relu).Dropout(0.2),
    _ => Network.Input(784)
        .Dense(16, Activation.Relu).Dropout(0.1)
        .Dense(32, Activation.Relu).Dropout(0.1),
};
Model model = network.Dense(10, Activation.Softmax).Build(seed: 1);
Console.WriteLine(model.Summary());

TrainingRun run = model.Fit(data.train, new FitOptions
{
    Optimizer = kind == "small" ? Optimizer.RmsProp() : Optimizer.Adam(1e-3),
    Loss = Loss.SparseCategoricalCrossentropy,
    Metrics = [Metric.Accuracy],
    Epochs = epochs,
    BatchSize = kind == "small" ? 64 : 128,
    Progress = Progress.Bar(),
});

Evaluation evaluation = run.Model.Evaluate(data.test);
Console.WriteLine($"test accuracy {evaluation.Metrics["accuracy"]:f4}");
return 0;
