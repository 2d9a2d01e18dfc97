namespace Functional.CSharp;

/// <summary>The library's errors that the facade raises itself.</summary>
internal static class Errors
{
    public static Exception Argument(string operation, string argument, object value, string reason) =>
        new FunctionalException(
            FunctionalError.NewInvalidArgument(operation, argument, FormattableString.Invariant($"{value}"), reason));

    public static Exception Data(string operation, string reason) =>
        new FunctionalException(FunctionalError.NewInvalidData(operation, reason));
}
