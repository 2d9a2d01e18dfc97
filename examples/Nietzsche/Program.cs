// Text, one character after the other:
//     dotnet run -c Release --project examples/Nietzsche -- [--data FILE] [--epochs N] [--samples N]
// An LSTM learns from Nietzsche's "Beyond Good and Evil" which character follows the 40 before it, and then writes by
// itself. nietzsche.txt is looked for in --data, then in the folder that FUNCTIONAL_DATA names, then in shared/data
// beside this folder or any above it. --samples takes the first windows alone, to see it run in a few seconds.
using System.Text;
using Functional.CSharp;

const int Window = 40;
const int Step = 3;

string? Option(string name)
{
    int at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}

if (Find() is not { } file)
{
    Console.WriteLine(
        "Skipped: nietzsche.txt is not there; name it with --data FILE, or the data's folder with FUNCTIONAL_DATA.");
    return 0;
}

string text = File.ReadAllText(file).ToLowerInvariant();
char[] characters = [.. text.Distinct().Order()];
Dictionary<char, int> ids = characters.Select((c, i) => (c, i)).ToDictionary(pair => pair.c, pair => pair.i);

// One window every three characters, as ids: the layers make rows of ones and zeros of them, batch by batch.
int count = (text.Length - Window - 1) / Step + 1;
int taken = int.TryParse(Option("--samples"), out int asked) ? Math.Clamp(asked, 1, count) : count;
var windows = new int[taken * Window];
var next = new int[taken];
for (int i = 0; i < taken; i++)
{
    for (int t = 0; t < Window; t++)
        windows[i * Window + t] = ids[text[i * Step + t]];
    next[i] = ids[text[i * Step + Window]];
}

Console.WriteLine($"{text.Length:n0} characters, {characters.Length} of them distinct; {taken:n0} windows");
Dataset data = Dataset.Of(Tensor.From(windows, taken, Window), Tensor.From(next, taken));

Model model = Network.Input(Window)
    .CategoryEncoding(characters.Length, CategoryMode.OneHot)
    .Lstm(128)
    .Dense(characters.Length, Activation.Softmax)
    .Build(seed: 1);
Console.WriteLine(model.Summary());

TrainingRun run = model.Fit(data, new FitOptions
{
    Optimizer = Optimizer.RmsProp(0.01),
    Loss = Loss.SparseCategoricalCrossentropy,
    Epochs = int.TryParse(Option("--epochs"), out int epochs) ? epochs : 2,
    BatchSize = 128,
    Progress = Progress.Bar(),
});
Console.WriteLine($"loss {run.History["loss"][^1]:f4}");

string seed = text.Substring(text.Length / 2, Window);
foreach (double temperature in (double[])[0.2, 0.5, 1.0, 1.2])
{
    Console.WriteLine();
    Console.WriteLine($"-- temperature {temperature:f1}, after \"{seed.ReplaceLineEndings(" ")}\"");
    Console.WriteLine(Write(run.Model, seed, 400, temperature, new Random(1)).ReplaceLineEndings(" "));
}

return 0;

// Goes on from the seed: each character is drawn from what the model expects. A low temperature keeps to what is
// likely, a high one takes risks.
string Write(Model model, string seed, int length, double temperature, Random random)
{
    int[] window = [.. seed.Select(c => ids[c])];
    var written = new StringBuilder();
    for (int i = 0; i < length; i++)
    {
        float[] expected = model.Predict(Tensor.From(window, 1, Window)).ToArray();
        double[] weights = [.. expected.Select(p => Math.Pow(p, 1.0 / temperature))];
        double place = random.NextDouble() * weights.Sum();
        int id = 0;
        while (id < weights.Length - 1 && (place -= weights[id]) >= 0)
            id++;
        written.Append(characters[id]);
        window = [.. window[1..], id];
    }

    return written.ToString();
}

string? Find()
{
    if (Option("--data") is { } given)
        return File.Exists(given) ? given : null;
    IEnumerable<string> folders =
        Environment.GetEnvironmentVariable("FUNCTIONAL_DATA") is { Length: > 0 } folder ? [folder] : [];
    foreach (string start in (string[])[Environment.CurrentDirectory, AppContext.BaseDirectory])
    {
        for (DirectoryInfo? above = new(start); above is not null; above = above.Parent)
            folders = folders.Append(Path.Combine(above.FullName, "shared", "data"));
    }

    return folders.Select(f => Path.Combine(f, "nietzsche", "nietzsche.txt")).FirstOrDefault(File.Exists);
}
