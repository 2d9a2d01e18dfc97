namespace Functional.CSharp;

/// <summary>Gives way to the first builder.</summary>
internal static class Placeholder
{
}
