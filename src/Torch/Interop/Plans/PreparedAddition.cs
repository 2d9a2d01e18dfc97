namespace Functional.Torch.Interop;

/// <summary>
/// a + factor b of tensors of a table. ATen's own operator has a Scalar, which the dispatcher cannot be given: floats take the
/// function that stands beside it, integers a product with factors that are tensors.
/// </summary>
/// <param name="isCuda">Whether the tensors are on a GPU.</param>
/// <param name="a">The number of the first tensor.</param>
/// <param name="b">The number of the second tensor.</param>
/// <param name="factor">1 or -1.</param>
/// <param name="result">The number of the result.</param>
/// <param name="ones">Tensors without axes that hold 1, of int32 and of int64.</param>
/// <param name="hostFactor">The factor as int64, in a tensor of one axis on the host.</param>
public sealed unsafe class PreparedAddition(
    bool isCuda, int a, int b, double factor, int result, (TensorHandle Int, TensorHandle Long) ones, TensorHandle hostFactor)
{
    private readonly nint function = TorchLibrary.TryFind($"aoti_torch_{(isCuda ? "cuda" : "cpu")}_add_Tensor");
    private readonly TorchOperator ofIntegers = TorchOperator.Of("aten::_foreach_addcmul", "Tensor");

    /// <summary>Adds.</summary>
    /// <param name="table">The tensors.</param>
    /// <param name="storages">The address of each storage.</param>
    /// <exception cref="TorchCallException">libtorch refused the call.</exception>
    public void Run(TensorTable table, nint* storages)
    {
        ArgumentNullException.ThrowIfNull(table);
        TorchFunctions torch = TorchLibrary.Functions;
        GradientMode.Disable(torch);
        nint first = table.Refreshed(a, storages), second = table.Refreshed(b, storages), sum;
        int code;
        torch.Check(torch.DType(first, &code), "dtype");
        if (code == torch.Int32 || code == torch.Int64)
        {
            ulong* stack = stackalloc ulong[4];
            stack[0] = ListOf(first);
            stack[1] = ListOf(second);
            stack[2] = ListOf((code == torch.Int64 ? ones.Long : ones.Int).Pointer);
            stack[3] = CallStack.Tensor(hostFactor);
            ofIntegers.Run(stack);
            sum = (nint)CallStack.Elements(stack[0], 1)[0];
        }
        else
        {
            torch.Check(((delegate* unmanaged<nint, nint, double, nint*, int>)function)(first, second, factor, &sum), "aten::add.Tensor");
        }

        table.Take(result, sum);
    }

    private static ulong ListOf(nint tensor)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        nint copy;
        torch.Check(torch.NewTensorHandle(tensor, &copy), "new_tensor_handle");
        return CallStack.List([(ulong)copy]);
    }
}
