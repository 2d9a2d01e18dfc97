using Functional.CSharp;

namespace Playground;

/// <summary>Something to learn about points of the plane, and the network that is to learn it.</summary>
internal sealed record Exercise(string Task, int Hidden, string Units)
{
    /// <summary>What is done where nothing is asked for: linear separation fails at xor, one hidden layer is enough.</summary>
    public static readonly Exercise[] All =
    [
        new("rings", 1, "relu"),
        new("xor", 0, "relu"),
        new("xor", 1, "relu"),
        new("xor", 1, "sigmoid"),
        new("spiral", 2, "relu"),
        new("regression", 2, "relu"),
    ];

    /// <summary>The exercise that the arguments name, if they name one.</summary>
    public static Exercise? Of(string[] args)
    {
        string task = args[0], units = args.ElementAtOrDefault(2) ?? "relu";
        bool isKnown = Points.Tasks.Contains(task) && units is "relu" or "sigmoid" && args.Length <= 3;
        return isKnown && int.TryParse(args.ElementAtOrDefault(1) ?? "2", out int hidden) && hidden >= 0
            ? new(task, hidden, units)
            : null;
    }

    /// <summary>Trains the network, says how well it learned, and gives the pictures of its training.</summary>
    public Figure Run()
    {
        bool regression = Task == "regression";
        (Dataset train, Dataset test) = Points.Of(Task, count: 600, seed: 1).Split(testShare: 0.25, seed: 2);
        IRecorder recorder = regression ? new HeightRecorder() : new ClassRecorder();

        Network network = Network.Input(2);
        for (int i = 0; i < Hidden; i++)
        {
            network = network.Dense(32, Units == "relu" ? Activation.Relu : Activation.Sigmoid);
        }

        TrainingRun run = network.Dense(1, regression ? null : Activation.Sigmoid).Build(seed: 3).Fit(train, new FitOptions
        {
            Optimizer = Optimizer.Adam(learningRate: 0.01),
            Loss = regression ? Loss.MeanSquaredError : Loss.BinaryCrossentropy,
            Metrics = regression ? [Metric.R2] : [Metric.Accuracy],
            Epochs = 200,
            BatchSize = 32,
            Callbacks = [recorder.Callback],
        });

        string measure = regression ? "r2_score" : "accuracy", result = $"test {measure} {run.Model.Evaluate(test)[measure]:f4}";
        Console.WriteLine($"{this}, {run.Model.ParameterCount} parameters");
        Points.Draw(run.Model, regression);
        Console.WriteLine($"{result}\n");
        return recorder.Animation(train).WithTitle(result);
    }

    public override string ToString() => Hidden switch
    {
        0 => $"{Task} without a hidden layer",
        1 => $"{Task} with a hidden layer of {Units}",
        _ => $"{Task} with {Hidden} hidden layers of {Units}",
    };
}
