using System.Diagnostics;
using System.Text.Json;

namespace Bench.Gpu;

/// <summary>PyTorch's side: a Python process that lives as long as the benchmark, and takes its turns when asked.</summary>
internal sealed class GpuPeer : IDisposable
{
    private readonly ProcessStartInfo start;
    private Process process;
    private JsonElement about;

    public GpuPeer(GpuOptions options)
    {
        string python = Environment.GetEnvironmentVariable("FUNCTIONAL_PYTHON") is { Length: > 0 } named ? named : "python3";
        bool cuda = options.Device.StartsWith("cuda", StringComparison.Ordinal);
        List<string> arguments = [Path.Combine(AppContext.BaseDirectory, "peer.py"), "--device", cuda ? "cuda" : "cpu"];
        if (options.Tiny)
            arguments.Add("--tiny");
        if (options.Compile)
            arguments.Add("--compile");
        start = new(python, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        process = Process.Start(start)!;
        about = Read();
    }

    /// <summary>How often it broke down and was started anew.</summary>
    public int Crashes { get; private set; }

    /// <summary>What it is, on one line.</summary>
    public string About =>
        $"{Field("card")}; PyTorch {Field("torch")}, CUDA {Field("cuda")}, cuDNN {Field("cudnn")}, Python {Field("python")}";

    /// <summary>The forms in which the peer can run a workload, the plain one first.</summary>
    public string[] Forms(string workload) =>
        [.. Ask(new { forms = workload }).GetProperty("forms").EnumerateArray().Select(form => form.GetString()!)];

    /// <summary>The seconds that some steps of a form take.</summary>
    public double Time(string workload, string form, int repeats) =>
        Ask(new { workload, form, repeats }).GetProperty("seconds").GetDouble();

    /// <summary>Frees what was made for a workload.</summary>
    public void Drop(string workload) => Ask(new { drop = workload });

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit(5000);
        process.Dispose();
    }

    private string Field(string name) => about.GetProperty(name).GetString()!;

    // One that breaks down is started anew for what comes next.
    private JsonElement Ask(object request)
    {
        JsonElement answer;
        try
        {
            process.StandardInput.WriteLine(JsonSerializer.Serialize(request));
            process.StandardInput.Flush();
            answer = Read();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            Crashes++;
            process.Dispose();
            process = Process.Start(start)!;
            about = Read();
            throw new InvalidOperationException($"The peer broke down at {JsonSerializer.Serialize(request)}.");
        }

        return answer.TryGetProperty("error", out JsonElement error)
            ? throw new InvalidOperationException(error.GetString())
            : answer;
    }

    private JsonElement Read() => JsonElement.Parse(
        process.StandardOutput.ReadLine()
            ?? throw new InvalidDataException("The peer does not answer: name a Python with torch in FUNCTIONAL_PYTHON."));
}
