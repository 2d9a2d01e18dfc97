using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace Functional.CSharp.Tests;

/// <summary>
/// The F# and the C# code of the pages in docs/. The blocks of a page in one language are one program, which runs in a
/// folder of its own: F# as a script, C# compiled by the SDK's compiler and loaded.
/// </summary>
public static class DocumentationTests
{
    private static readonly string Libraries = AppContext.BaseDirectory;

    private static string Docs()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Functional.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        return Path.Combine(folder.FullName, "docs");
    }

    /// <summary>The lines of a page's blocks in a language, with the lines of the page where they stand, from 1.</summary>
    private static List<(int Number, string Line)> Code(string page, string language)
    {
        var code = new List<(int, string)>();
        var inside = false;
        foreach (var (i, line) in File.ReadLines(page).Index())
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                inside = !inside && line.Trim() == "```" + language;
            else if (inside)
                code.Add((i + 1, line));
        }

        return code;
    }

    /// <summary>The lines with directives before each that does not follow the one above, so that errors name the page.</summary>
    private static string Placed(IEnumerable<(int Number, string Line)> code, string page, string directive)
    {
        var text = new StringBuilder();
        var before = -1;
        foreach (var (number, line) in code)
        {
            if (number != before + 1)
                text.AppendLine($"{directive} {number} \"{page.Replace('\\', '/')}\"");
            text.AppendLine(line);
            before = number;
        }

        return text.ToString();
    }

    private static string Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Expect.True(process.ExitCode == 0, $"{output}\n{errors.Result}");
        return output;
    }

    private static void RunFSharp(string folder, string page)
    {
        string[] libraries =
            ["Functional.Kernels", "Functional", "Deedle", "Functional.Tables", "Newtonsoft.Json", "XPlot.Plotly", "Functional.Charts"];
        var references = libraries.Select(name => $"#r @\"{Path.Combine(Libraries, name)}.dll\"\n");
        var script = Path.Combine(folder, "page.fsx");
        File.WriteAllText(script, string.Concat(references) + "open Functional\n" + Placed(Code(page, "fsharp"), page, "#"));
        Run(folder, "fsi", "--quiet", "--nologo", script);
    }

    private static string Compiler()
    {
        var version = Run(Docs(), "--version").Trim();
        var root = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..");
        return Path.Combine(root, "sdk", version, "Roslyn", "bincore", "csc.dll");
    }

    private static void RunCSharp(string folder, string file)
    {
        string[] implicitly = ["System", "System.Collections.Generic", "System.IO", "System.Linq", "Functional.CSharp"];
        var code = Code(file, "csharp");
        static bool IsUsing((int, string Line) line) =>
            line.Line.StartsWith("using ", StringComparison.Ordinal) && !line.Line.Contains('(') && !line.Line.Contains('=');
        var open = implicitly.Select(name => $"using {name};").ToHashSet();
        var text = string.Concat(implicitly.Select(name => $"global using {name};\n"))
            + Placed(code.Where(IsUsing).Where(line => !open.Contains(line.Item2)), file, "#line")
            + Placed(code.Where(line => !IsUsing(line)), file, "#line");
        File.WriteAllText(Path.Combine(folder, "page.cs"), text);
        var trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        File.WriteAllLines(Path.Combine(folder, "references.rsp"), trusted.Select(file => $"-r:\"{file}\""));
        Run(folder, Compiler(), "-nologo", "-nullable", "-warnaserror", "-out:page.dll", "@references.rsp", "page.cs");
        var page = Assembly.Load(File.ReadAllBytes(Path.Combine(folder, "page.dll")));
        var before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder;
        try
        {
            page.EntryPoint!.Invoke(null, [Array.Empty<string>()]);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    private static void InFolder(Action<string> action)
    {
        var folder = Directory.CreateTempSubdirectory("functional-docs-").FullName;
        try
        {
            action(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Tests]
    public static Test Tests => List("Documentation",
    [
        .. from page in Directory.GetFiles(Docs(), "*.md").Order()
           from language in new[] { "fsharp", "csharp" }
           where Code(page, language).Count > 0
           select language == "fsharp"
               ? Case($"The F# code of {Path.GetFileName(page)} runs", () => InFolder(folder => RunFSharp(folder, page)))
               // it changes the current folder
               : Alone(Case($"The C# code of {Path.GetFileName(page)} runs", () => InFolder(folder => RunCSharp(folder, page)))),
    ]);
}
