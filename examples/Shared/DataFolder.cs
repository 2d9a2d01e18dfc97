namespace Examples;

/// <summary>A data set is in none of the folders; the message says where to get it.</summary>
internal sealed class DataMissingException(string message) : Exception(message);

/// <summary>Where data sets are.</summary>
internal static class DataFolder
{
    private static readonly Dictionary<string, string> Origins = new()
    {
        ["mnist"] = "the four idx files of MNIST, plain or .gz, are at https://storage.googleapis.com/cvdf-datasets/mnist",
        ["sms"] = "the SMS Spam Collection is at https://archive.ics.uci.edu/dataset/228",
        ["sonar"] = "sonar.csv is at https://archive.ics.uci.edu/dataset/151 (sonar.all-data)",
        ["nietzsche"] = "nietzsche.txt is at https://s3.amazonaws.com/text-datasets/nietzsche.txt",
        ["powerplant"] = "Folds5x2_pp.csv is the first sheet of https://archive.ics.uci.edu/dataset/294",
        ["airline"] = "airline-passengers.csv is in https://github.com/jbrownlee/Datasets",
        ["temperatures"] = "daily-min-temperatures.csv is in https://github.com/jbrownlee/Datasets",
    };

    /// <summary>
    /// The path of a file of a set: in the folder given, or below it in a folder with the set's name; else in the folder
    /// that FUNCTIONAL_DATA names; else in shared/data beside the current folder or any above it.
    /// </summary>
    /// <exception cref="DataMissingException">It is nowhere.</exception>
    public static string Find(string? given, string set, string file)
    {
        string[] folders = given is null ? [.. Usual()] : [given];
        return folders.SelectMany(folder => new[] { Path.Combine(folder, set, file), Path.Combine(folder, file) })
            .FirstOrDefault(File.Exists)
            ?? throw new DataMissingException(
                $"{set}/{file} is not in {string.Join(", ", folders)}; {Origins[set]}. Name the folder with --data DIR or FUNCTIONAL_DATA.");
    }

    private static IEnumerable<string> Usual()
    {
        if (Environment.GetEnvironmentVariable("FUNCTIONAL_DATA") is { Length: > 0 } named)
        {
            yield return named;
        }

        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "shared", "data");
        }
    }
}
