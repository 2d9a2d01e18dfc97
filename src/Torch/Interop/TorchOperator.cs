using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Functional.Torch.Interop;

/// <summary>
/// An operator of libtorch by name and overload, as in ("aten::mul", "Tensor"), with the texts in memory that native code reads.
/// There is one object of each.
/// </summary>
public sealed unsafe class TorchOperator
{
    private static readonly ConcurrentDictionary<(string, string), TorchOperator> Known = new();

    private readonly byte* name;
    private readonly byte* overload;

    private TorchOperator(string name, string overload)
    {
        Name = name;
        Overload = overload;
        this.name = (byte*)Marshal.StringToCoTaskMemUTF8(name);
        this.overload = (byte*)Marshal.StringToCoTaskMemUTF8(overload);
    }

    /// <summary>The name, with its namespace.</summary>
    public string Name { get; }

    /// <summary>The overload; empty for the only one.</summary>
    public string Overload { get; }

    /// <summary>The operator of this name and overload.</summary>
    public static TorchOperator Of(string name, string overload) =>
        Known.TryGetValue((name, overload), out TorchOperator? found)
            ? found
            : Known.GetOrAdd((name, overload), key => new TorchOperator(key.Item1, key.Item2));

    /// <summary>The name as torch's documentation writes it: aten::mul.Tensor.</summary>
    public override string ToString() => Overload.Length == 0 ? Name : $"{Name}.{Overload}";

    /// <summary>
    /// Runs the operator on a stack of 64-bit values: the arguments come in, and the results are in the same places, from the
    /// first on. Handles among the arguments are consumed; those among the results belong to the caller.
    /// </summary>
    /// <exception cref="TorchCallException">libtorch refused the call.</exception>
    public void Run(ulong* stack)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        GradientMode.Disable(torch);
        torch.Check(torch.CallDispatcher(name, overload, stack, torch.AbiVersion), ToString());
    }
}
