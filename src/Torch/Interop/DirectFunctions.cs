using System.Collections.Concurrent;

namespace Functional.Torch.Interop;

/// <summary>Functions of libtorch that stand beside the dispatcher, for operators whose schema has a Scalar. CUDA has twins of the CPU's.</summary>
public static unsafe class DirectFunctions
{
    private static readonly ConcurrentDictionary<string, nint> Known = new();

    /// <summary>a + factor b of floats.</summary>
    /// <exception cref="TorchCallException">libtorch refused the call, or has no such function.</exception>
    public static TensorHandle Add(TensorHandle a, TensorHandle b, double factor, bool isCuda)
    {
        nint result;
        TorchFunctions torch = TorchLibrary.Functions;
        GradientMode.Disable(torch);
        var add = (delegate* unmanaged<nint, nint, double, nint*, int>)Find(isCuda ? "aoti_torch_cuda_add_Tensor" : "aoti_torch_cpu_add_Tensor");
        torch.Check(add(a.Pointer, b.Pointer, factor, &result), "aten::add.Tensor");
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        return TensorHandle.OfCall(result, false);
    }

    private static nint Find(string name) =>
        Known.GetOrAdd(name, static name => TorchLibrary.TryFind(name) is var address and not 0
            ? address
            : throw new TorchCallException(name, "this version of libtorch has no such function"));
}
