namespace Exploration;

/// <summary>Where the tables are.</summary>
internal static class DataFolder
{
    public static string? Find(string[] args)
    {
        List<string> folders = args is ["--data", var given] ? [given] : [];
        if (Environment.GetEnvironmentVariable("FUNCTIONAL_DATA") is { Length: > 0 } named)
        {
            folders.Add(named);
        }

        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            folders.Add(Path.Combine(folder.FullName, "shared", "data"));
        }

        return folders.FirstOrDefault(folder =>
            File.Exists(Path.Combine(folder, "drug", "drug200.csv")) && File.Exists(Path.Combine(folder, "wine", "wine.csv")));
    }
}
