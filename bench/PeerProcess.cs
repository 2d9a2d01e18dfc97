using System.Diagnostics;
using System.Text.Json;
using Functional.Kernels;

namespace Bench;

/// <summary>
/// The peers' side: a Python process that lives as long as the benchmark, and takes its turns when asked. It runs on an
/// OpenBLAS that knows the machine's vectors, and keeps the memory it frees.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    private const string Fix = "Install python3-torch, python3-sklearn and libopenblas0-openmp, or name another Python in "
        + "FUNCTIONAL_PYTHON.";

    private readonly int threads;
    private readonly string? coreType;
    private readonly Process process;
    private readonly JsonElement about;

    private PeerProcess(int threads, string? coreType)
    {
        (this.threads, this.coreType) = (threads, coreType);
        process = Process.Start(Script("peer.py", keepMemory: true, threads.ToString()))!;
        Pid = process.Id;
        about = Read();
    }

    public int Pid { get; }

    /// <summary>What it is, on one line.</summary>
    public string About =>
        $"PyTorch {Field("torch")}, scikit-learn {Field("sklearn")}, NumPy {Field("numpy")} on Python {Field("python")}; "
        + $"{Field("blas")} with kernels for {Field("core")}; {about.GetProperty("threads").GetInt32()} threads";

    public string Torch => $"PyTorch {Field("torch")}";

    public string Sklearn => $"scikit-learn {Field("sklearn")}";

    public string NumPy => $"NumPy {Field("numpy")}";

    public string Pandas => $"pandas {Field("pandas")}";

    public string Blas => $"{Field("blas")} ({Field("core")})";

    /// <summary>
    /// Starts the peer. Without OpenBLAS there is nothing to compare with. One that does not know this processor falls back
    /// to kernels of twenty years ago: it is then told which to take.
    /// </summary>
    /// <exception cref="InvalidOperationException">Python, PyTorch or OpenBLAS is missing.</exception>
    public static PeerProcess Start(int threads)
    {
        PeerProcess peer = new(threads, null);
        if (!peer.Field("blas").Contains("OpenBLAS", StringComparison.OrdinalIgnoreCase))
        {
            peer.Dispose();
            throw new InvalidOperationException(
                $"The peer runs on {peer.Field("blas")}, which may be ten times slower than OpenBLAS: no comparison. {Fix}");
        }

        string[] known = KernelScope.DetectedLevel switch
        {
            SimdLevel.Avx512 => ["SkylakeX", "Cooperlake", "SapphireRapids"],
            SimdLevel.Avx2 => ["Haswell", "Zen"],
            _ => [],
        };
        if (known.Length == 0 || known.Contains(peer.Field("core"), StringComparer.OrdinalIgnoreCase))
            return peer;

        peer.Dispose();
        return new PeerProcess(threads, known[0]);
    }

    /// <summary>How a script of the peers is started, with the environment that serves it best.</summary>
    /// <param name="name">The file.</param>
    /// <param name="keepMemory">Whether it keeps freed memory: faster, and larger.</param>
    /// <param name="arguments">The script's.</param>
    public ProcessStartInfo Script(string name, bool keepMemory, params string[] arguments)
    {
        string python = Environment.GetEnvironmentVariable("FUNCTIONAL_PYTHON")
            ?? (File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3");
        ProcessStartInfo start = new(python, [Path.Combine(AppContext.BaseDirectory, "peers", name), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = threads.ToString();
        if (keepMemory)
            start.Environment["MALLOC_TRIM_THRESHOLD_"] = start.Environment["MALLOC_MMAP_THRESHOLD_"] = "4294967296";
        if (coreType is not null)
            start.Environment["OPENBLAS_CORETYPE"] = coreType;
        return start;
    }

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
        process.WaitForExit();
        process.Dispose();
    }

    private string Field(string name) => about.GetProperty(name).GetString()!;

    private JsonElement Ask(object request)
    {
        process.StandardInput.WriteLine(JsonSerializer.Serialize(request));
        process.StandardInput.Flush();
        JsonElement answer = Read();
        return answer.TryGetProperty("error", out JsonElement error)
            ? throw new InvalidOperationException($"The peer fails at {JsonSerializer.Serialize(request)}: {error}")
            : answer;
    }

    private JsonElement Read()
    {
        string line = process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException($"The peer does not answer. {Fix}");
        return JsonElement.Parse(line);
    }
}
