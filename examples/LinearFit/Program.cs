// Finds the weights of y = 2x - 3z + 5 by stochastic gradient descent, through noise:
//   dotnet run -c Release --project examples/LinearFit
using Functional.CSharp;

// The measurements go to an .npz file first, which NumPy reads as well, and come back from it.
const int Count = 1000;
Key[] keys = Key.Of(7).Split(2);
Tensor inputs = Tensor.RandomUniform(keys[0], [Count, 2], low: -10, high: 10);
Tensor noise = Tensor.RandomUniform(keys[1], [Count, 1], low: -10, high: 10);
Tensor outputs = inputs.MatMul(Tensor.Of(2f, -3f).Reshape(2, 1)) + 5 + noise;

string path = Path.Combine(Path.GetTempPath(), $"plane-{Environment.ProcessId}.npz");
Npy.SaveArchive(path, new Dictionary<string, Tensor> { ["x"] = inputs, ["y"] = outputs });
IReadOnlyDictionary<string, Tensor> read = Npy.LoadArchive(path);
File.Delete(path);

Dataset data = Dataset.Of(read["x"], read["y"]);
Model model = Network.Input(2).Dense(1).Build(seed: 1);
TrainingRun run = model.Fit(data, new FitOptions
{
    Optimizer = Optimizer.Sgd(learningRate: 0.02),
    Loss = Loss.MeanSquaredError,
    Epochs = 40,
    BatchSize = 250, // with this rate the weights go on to move by the noise of a batch: small ones would be felt
    Progress = Progress.Lines(Console.Out),
});

float[] kernel = run.Model.Weights.Single(w => w.Name == "dense/kernel").Value.ToArray();
float bias = run.Model.Weights.Single(w => w.Name == "dense/bias").Value.ToArray()[0];
Console.WriteLine($"y = {kernel[0]:f3} x {kernel[1]:+0.000;-0.000} z {bias:+0.000;-0.000}");

// Noise that is uniform from -10 to 10 has the deviation 20 / √12 = 5.774: no weights have a smaller error on new points. Least
// squares are the best on these points.
RegressionReport found = RegressionReport.Of(data.Labels, run.Model.Predict(data.Features));
LinearModel best = LinearRegression.Fit(data.Features, data.Labels.Squeeze(1));
RegressionReport least = RegressionReport.Of(data.Labels, best.Predict(data.Features).Reshape(Count, 1));
Console.WriteLine($"RMSE {found.RootMeanSquaredError:f3}; of least squares {least.RootMeanSquaredError:f3}, of the noise 5.774");
return found.RootMeanSquaredError < 1.02 * least.RootMeanSquaredError ? 0 : 1;
