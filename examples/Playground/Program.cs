// Networks on points of the plane: dotnet run -c Release --project examples/Playground -- [rings|xor|spiral|regression] [hidden layers]
using Functional.CSharp;
using Playground;

string task = args.Length > 0 ? args[0] : "spiral";
if (!Points.Tasks.Contains(task) || (args.Length > 1 && (!int.TryParse(args[1], out int asked) || asked < 0)))
{
    Console.Error.WriteLine($"usage: Playground [{string.Join('|', Points.Tasks)}] [number of hidden layers, 0 or more]");
    return 2;
}

int hidden = args.Length > 1 ? int.Parse(args[1]) : 2;
bool regression = task == "regression";
Dataset points = Points.Of(task, count: 600, seed: 1);
(Dataset train, Dataset test) = points.Split(testShare: 0.25, seed: 2);

Network network = Network.Input(2);
for (int i = 0; i < hidden; i++)
{
    network = network.Dense(32, Activation.Relu);
}

Model model = network.Dense(1, regression ? null : Activation.Sigmoid).Build(seed: 3);
TrainingRun run = model.Fit(train, new FitOptions
{
    Optimizer = Optimizer.Adam(learningRate: 0.01),
    Loss = regression ? Loss.MeanSquaredError : Loss.BinaryCrossentropy,
    Metrics = regression ? [Metric.R2] : [Metric.Accuracy],
    Epochs = 200,
    BatchSize = 32,
});

Console.WriteLine($"{task} with {hidden} hidden layers, {model.ParameterCount} parameters\n");
Points.Draw(run.Model, regression);
Evaluation evaluation = run.Model.Evaluate(test);
string measure = regression ? "r2_score" : "accuracy";
Console.WriteLine($"\ntest {measure} {evaluation.Metrics[measure]:f4}");
return 0;
