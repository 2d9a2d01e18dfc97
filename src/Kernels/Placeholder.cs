namespace Functional.Kernels;

/// <summary>Gives way to the first kernel.</summary>
internal static class Placeholder
{
}
