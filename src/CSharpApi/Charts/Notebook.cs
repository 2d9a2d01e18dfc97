using FNotebook = Functional.Notebook;

namespace Functional.CSharp;

/// <summary>What notebooks show beside charts and reports, which they know by themselves.</summary>
public static class Notebook
{
    /// <summary>
    /// Lets the notebook that runs this show Deedle's frames as tables. False, and nothing else, outside a notebook of
    /// Microsoft.DotNet.Interactive (Polyglot Notebooks, Jupyter with .NET's kernel).
    /// </summary>
    public static bool ShowFrames() => FNotebook.showFrames();
}
