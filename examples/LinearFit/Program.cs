// Finds the weights of y = 2x - 3z + 5 by stochastic gradient descent: dotnet run -c Release --project examples/LinearFit
using Functional.CSharp;

// The measurements go to an .npz file first, which NumPy reads as well, and come back from it.
const int Count = 1000;
const double Noise = 0.1;
Key[] keys = Key.Of(7).Split(2);
Tensor inputs = Tensor.RandomUniform(keys[0], [Count, 2], low: -2, high: 2);
Tensor noise = Tensor.RandomNormal(keys[1], [Count, 1]) * Noise;
Tensor outputs = inputs.MatMul(Tensor.Of(2f, -3f).Reshape(2, 1)) + 5 + noise;

string path = Path.Combine(Path.GetTempPath(), $"plane-{Environment.ProcessId}.npz");
Npy.SaveArchive(path, new Dictionary<string, Tensor> { ["x"] = inputs, ["y"] = outputs });
IReadOnlyDictionary<string, Tensor> read = Npy.LoadArchive(path);
File.Delete(path);

Model model = Network.Input(2).Dense(1).Build(seed: 1);
TrainingRun run = model.Fit(Dataset.Of(read["x"], read["y"]), new FitOptions
{
    Optimizer = Optimizer.Sgd(learningRate: 0.05),
    Loss = Loss.MeanSquaredError,
    Epochs = 20,
    BatchSize = 32,
    Progress = Progress.Lines(Console.Out),
});

float[] kernel = run.Model.Weights.Single(w => w.Name == "dense/kernel").Value.ToArray();
float bias = run.Model.Weights.Single(w => w.Name == "dense/bias").Value.ToArray()[0];
Console.WriteLine($"y = {kernel[0]:f3} x {kernel[1]:+0.000;-0.000} z {bias:+0.000;-0.000}");

// The error of a mean of n measurements is the noise over the root of n; SGD adds its own.
bool found = Math.Abs(kernel[0] - 2) < 0.05 && Math.Abs(kernel[1] + 3) < 0.05 && Math.Abs(bias - 5) < 0.05;
Console.WriteLine(found ? "the weights are found within the noise" : "the weights are not found");
return found ? 0 : 1;
