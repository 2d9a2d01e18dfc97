// A model behind HTTP: dotnet run -c Release --project examples/Server -- [--model FILE] [--urls URL] [--load N]
//   curl -d '[0, 0, 0.3, ...]' http://localhost:5000/predict   answers {"class":3,"probabilities":[...]}
//   curl http://localhost:5000/health
// Without --model it learns to read Digits first, which takes a second or two: images of 8x8, 64 numbers from 0 to 1.
// --load N serves on a free port, sends itself N requests, tells how fast they were answered, and ends.
using Functional.CSharp;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Server;

string? Option(string name)
{
    int at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}

int? requests = null;
if (args.Contains("--load"))
{
    if (!int.TryParse(Option("--load"), out int asked) || asked < 1)
    {
        Console.Error.WriteLine("--load takes the number of requests, at least 1.");
        return 2;
    }

    requests = asked;
}

Model model;
try
{
    model = Option("--model") is { } file ? Model.Load(file) : Trained();
}
catch (Functional.FunctionalException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

if (requests is { } count)
{
    await using WebApplication loaded = Service.Start(model, "http://127.0.0.1:0"); // 0: a port that is free
    return await Load.Run(loaded.Urls.Single(), model, count) ? 0 : 1;
}

await using WebApplication app = Service.Start(model, Option("--urls") ?? "http://localhost:5000");
Console.WriteLine($"POST {string.Join(", ", app.Urls)}/predict; Ctrl+C ends");
await app.WaitForShutdownAsync();
return 0;

static Model Trained()
{
    (Dataset train, Dataset test) = Datasets.Digits().Split(testShare: 0.25, stratified: true, seed: 4);
    Model untrained = Network.Input(64)
        .Dense(100, Activation.Relu)
        .Dropout(0.3)
        .Dense(10, Activation.Softmax)
        .Build(seed: 1);
    TrainingRun run = untrained.Fit(train, new FitOptions
    {
        Loss = Loss.SparseCategoricalCrossentropy,
        Metrics = [Metric.Accuracy],
        Epochs = 20,
    });
    Console.WriteLine($"learned Digits, test accuracy {run.Model.Evaluate(test).Metrics["accuracy"]:f4}");
    return run.Model;
}
