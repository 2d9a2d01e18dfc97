using System.CommandLine;
using Functional.CSharp;

namespace Examples;

/// <summary>The options that every example takes.</summary>
/// <param name="Data">The folder with the data sets, or null: they are looked for.</param>
/// <param name="Epochs">The number of epochs that was asked for, or null: the example's own.</param>
/// <param name="Quick">Whether a few seconds on a part of the data are enough; figures are then not judged.</param>
/// <param name="Page">The HTML file for the pictures.</param>
internal sealed record ExampleOptions(string? Data, int? Epochs, bool Quick, string Page)
{
    /// <summary>The epochs asked for, 1 if it is to be quick, else the example's own number.</summary>
    public int EpochsOr(int own) => Epochs ?? (Quick ? 1 : own);

    /// <summary>The first rows of a dataset if it is to be quick, else all.</summary>
    public Dataset Some(Dataset data, int rows) => Quick ? data.Take(Math.Min(rows, data.Count)) : data;

    /// <summary>Saves the pictures, and says where they are.</summary>
    public void Show(Report report)
    {
        report.Save(Page);
        Console.WriteLine($"{Page} shows it");
    }

    /// <summary>Prints a figure beside the one to be reached, and gives the exit code: 1 if it was missed.</summary>
    public int Judge(string name, double value, double least)
    {
        Console.WriteLine(Quick ? $"{name} {value:f4}" : $"{name} {value:f4}, to be reached: {least:0.####}");
        return Quick || value >= least ? 0 : 1;
    }

    /// <summary><see cref="Judge"/> for a figure that is to be low.</summary>
    public int JudgeBelow(string name, double value, double most)
    {
        Console.WriteLine(Quick ? $"{name} {value:f4}" : $"{name} {value:f4}, to stay below: {most:0.####}");
        return Quick || value <= most ? 0 : 1;
    }
}

/// <summary>Command lines of examples: a command an example, each with the same options.</summary>
internal static class Example
{
    private static readonly Option<string?> Data = new("--data")
    {
        Description = "The folder with the data sets; else the one that FUNCTIONAL_DATA names, else shared/data beside this folder or above it.",
        HelpName = "DIR",
    };

    private static readonly Option<int?> Epochs = new("--epochs") { Description = "The number of epochs.", HelpName = "N" };

    private static readonly Option<bool> Quick = new("--quick") { Description = "A part of the data and one epoch, to see it run in seconds." };

    private static readonly Option<string?> Page = new("--page")
    {
        Description = "The HTML file for the pictures; else one in the folder for temporary files.",
        HelpName = "FILE",
    };

    /// <summary>A command that runs an example. Data that are missing and errors of the library are told in one line.</summary>
    public static Command Command(string name, string description, Func<ExampleOptions, int> run)
    {
        Command command = new(name, description) { Data, Epochs, Quick, Page };
        command.SetAction(parsed => Run(run, new(
            parsed.GetValue(Data),
            parsed.GetValue(Epochs),
            parsed.GetValue(Quick),
            parsed.GetValue(Page) ?? Path.Combine(Path.GetTempPath(), $"{name}.html"))));
        return command;
    }

    /// <summary>Runs the command that the arguments name, and gives the exit code.</summary>
    public static int Choose(string description, string[] args, params Command[] commands)
    {
        RootCommand root = new(description);
        foreach (Command command in commands)
        {
            root.Subcommands.Add(command);
        }

        return root.Parse(args).Invoke();
    }

    private static int Run(Func<ExampleOptions, int> run, ExampleOptions options)
    {
        try
        {
            return run(options);
        }
        catch (DataMissingException missing)
        {
            Console.WriteLine($"Skipped: {missing.Message}");
            return 0;
        }
        catch (Functional.FunctionalException error)
        {
            Console.Error.WriteLine(error.Message);
            return 2;
        }
    }
}
