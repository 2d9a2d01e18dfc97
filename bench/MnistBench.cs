using System.Diagnostics;
using System.Text.Json;
using Functional.CSharp;
using Functional.Kernels;

namespace Bench;

/// <summary>
/// An epoch of 784-16-32-10 on MNIST, batches of 64, RMSprop, dropout, accuracy: ours and PyTorch's in turn, in one run, on the same
/// number of threads. The first epoch of each warms up and is not counted.
/// </summary>
internal static class MnistBench
{
    private const int Batch = 64;
    private const int Rounds = 5;

    public static int Run(string[] args)
    {
        string folder = args.Length > 0 ? args[0]
            : Environment.GetEnvironmentVariable("FUNCTIONAL_DATA") is { Length: > 0 } data ? Path.Combine(data, "mnist")
            : Path.Combine("..", "shared", "data", "mnist");
        (Dataset train, Dataset test) = Datasets.Mnist(folder);

        using Process peer = Start(folder, KernelScope.DefaultThreads);
        string? about = peer.StandardOutput.ReadLine();
        if (about is null)
        {
            Console.Error.WriteLine("PyTorch does not start: install python3-torch, or name a Python that has it in FUNCTIONAL_PYTHON.");
            return 1;
        }

        Console.WriteLine($"peer: {about}");
        if (!about.Contains("openblas", StringComparison.OrdinalIgnoreCase))
        {
            Console.Error.WriteLine("The peer runs on a slow BLAS; install libopenblas0-openmp for a fair comparison.");
            return 1;
        }

        List<double> ours = [], peers = [];
        Stopwatch watch = new();
        TrainingRun run = Network.Input(784)
            .Dense(16, Activation.Relu).Dropout(0.2)
            .Dense(32, Activation.Relu).Dropout(0.2)
            .Dense(10, Activation.Softmax)
            .Build(seed: 1)
            .Fit(train, new FitOptions
            {
                Optimizer = Optimizer.RmsProp(),
                Loss = Loss.SparseCategoricalCrossentropy,
                Metrics = [Metric.Accuracy],
                Epochs = Rounds + 1,
                BatchSize = Batch,
                Callbacks =
                [
                    Callback.OnEpochBegin(_ =>
                    {
                        peers.Add(Epoch(peer));
                        watch.Restart();
                    }),
                    Callback.OnEpochEnd(_ => ours.Add(watch.Elapsed.TotalSeconds)),
                ],
            });
        peer.StandardInput.Close();

        Evaluation evaluation = run.Model.Evaluate(test);
        double us = MatMulBench.Median(ours[1..]), them = MatMulBench.Median(peers[1..]);
        double ratio = MatMulBench.Median([.. ours.Zip(peers).Skip(1).Select(pair => pair.Second / pair.First)]);
        Console.WriteLine($"epoch, medians of {Rounds}: ours {us:f3} s, PyTorch {them:f3} s; PyTorch / ours {ratio:f2} (median of pairs)");
        Console.WriteLine($"test accuracy {evaluation.Metrics["accuracy"]:f4}");
        return 0;
    }

    private static Process Start(string folder, int threads)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "peers", "mnist_mlp.py");
        string python = Environment.GetEnvironmentVariable("FUNCTIONAL_PYTHON")
            ?? (File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3");
        ProcessStartInfo start = new(python, [script, folder, threads.ToString()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = threads.ToString();
        // freed memory is kept, which helps the peer
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "4294967296";
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "4294967296";
        return Process.Start(start) ?? throw new InvalidOperationException($"{python} does not start.");
    }

    private static double Epoch(Process peer)
    {
        peer.StandardInput.WriteLine(Batch);
        peer.StandardInput.Flush();
        string line = peer.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The peer ended early.");
        using JsonDocument answer = JsonDocument.Parse(line);
        return answer.RootElement.GetProperty("seconds").GetDouble();
    }
}
