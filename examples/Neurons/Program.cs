// The two first exercises of a course on neurons, drawn while they learn: dotnet run -c Release --project examples/Neurons
using Functional.CSharp;
using Line = XPlot.Plotly.Scatter;

// AND by a perceptron: each corner on the wrong side turns the line.
Tensor corners = Tensor.From(new double[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } });
Tensor and = Tensor.Of(0, 0, 0, 1);
Perceptron perceptron = Perceptron.Fit(corners, and, options: new NeuronOptions
{
    LearningRate = 0.1,
    Keep = NeuronHistory.Updates,
    Seed = 4,
});

Console.WriteLine($"AND: wrong corners in each pass {string.Join(' ', perceptron.Errors)}");
Console.WriteLine($"     answers {string.Join(' ', perceptron.Predict(corners).ToInts())}");

Figure turning = Chart.DecisionLineAnimation(DecisionLine.OfHistory(perceptron.History), corners, and, ["0", "1"]);

// A line through three points by ADALINE: each point pulls it along the gradient of its squared error.
double[] x = [1, 2, 3], y = [2, 3, 5];
Neuron adaline = Neuron.Adaline(Tensor.From(x).Reshape(3, 1), Tensor.From(y), new NeuronOptions
{
    LearningRate = 0.05,
    Iterations = 60,
    Seed = 1,
});

double slope = Correlation.Covariance(x, y) / Statistics.Variance(x);
double intercept = Statistics.Mean(y) - (slope * Statistics.Mean(x));
Console.WriteLine($"ADALINE: y = {adaline.Weights[0]:f3} x + {adaline.Bias:f3}; least squares: y = {slope:f3} x + {intercept:f3}");

LineHistory pulls = adaline.History;
double[] ends = [0, 4];
Figure pulling = Chart
    .OfTraces(Through(0), new Line { x = x, y = y, mode = "markers", name = "points", marker = new() { size = 12 } })
    .WithXTitle("x")
    .WithYTitle("y")
    .WithLayoutValue("yaxis.range", new[] { -1, 7 })
    .Animate(
        pulls.Biases.Select((_, i) => new AnimationFrame($"{i}", Through(i))), new AnimationOptions { Prefix = "pass " });

string page = Path.Combine(Path.GetTempPath(), "neurons.html");
new Report("Two neurons that learn")
    .AddSection("AND by a perceptron")
    .AddChart(turning, "The line after each change of the weights")
    .AddChart(Errors("wrong corners", perceptron.Errors))
    .AddSection("A line through three points by ADALINE")
    .AddChart(pulling, "The line after each pass over the points")
    .AddChart(Errors("mean squared error / 2", adaline.Errors).WithLogY())
    .Save(page);

Console.WriteLine($"{page} shows how they learned");
return perceptron.Predict(corners).ToInts().SequenceEqual(and.ToInts()) && Math.Abs(adaline.Weights[0] - slope) < 0.1 ? 0 : 1;

Line Through(int pass) => new()
{
    x = ends,
    y = ends.Select(at => (pulls.Weights[pass][0] * at) + pulls.Biases[pass]),
    mode = "lines",
    name = "ADALINE",
};

static Figure Errors(string name, IReadOnlyList<double> errors) =>
    Chart.Line(Enumerable.Range(1, errors.Count).Select(pass => (double)pass), errors).WithXTitle("pass").WithYTitle(name);
