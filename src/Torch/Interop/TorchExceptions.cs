namespace Functional.Torch.Interop;

/// <summary>libtorch was not found, or could not be loaded; the message says how to mend it.</summary>
public sealed class TorchMissingException(string message) : Exception(message);

/// <summary>libtorch refused a call. It has printed why to standard error; versions from 2.13 on tell it here too.</summary>
public sealed class TorchCallException(string operation, string reason) : Exception($"{operation}: {reason}")
{
    /// <summary>The operator or function that was called.</summary>
    public string Operation { get; } = operation;

    /// <summary>What libtorch said; empty before version 2.13.</summary>
    public string Reason { get; } = reason;
}
