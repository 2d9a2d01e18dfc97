namespace Functional.Torch.Interop;

/// <summary>A product of matrices, or of batches of them, into a tensor: by libtorch's function itself, past its dispatcher.</summary>
public sealed unsafe class PreparedProduct
{
    private readonly delegate* unmanaged<nint, nint, nint, int> multiply;
    private readonly int left;
    private readonly int right;
    private readonly int result;

    private PreparedProduct(nint function, int left, int right, int result)
    {
        multiply = (delegate* unmanaged<nint, nint, nint, int>)function;
        this.left = left;
        this.right = right;
        this.result = result;
    }

    /// <summary>
    /// The product of two tensors of a table into a third, with or without a batch axis; null where this libtorch has no such
    /// function for the device.
    /// </summary>
    public static PreparedProduct? TryCreate(bool isCuda, bool isBatched, int left, int right, int result)
    {
        nint function = TorchLibrary.TryFind($"aoti_torch_{(isCuda ? "cuda" : "cpu")}_{(isBatched ? "bmm" : "mm")}_out");
        return function == 0 ? null : new PreparedProduct(function, left, right, result);
    }

    /// <summary>Multiplies.</summary>
    /// <param name="table">The tensors.</param>
    /// <param name="storages">The address of each storage.</param>
    /// <exception cref="TorchCallException">libtorch refused the call.</exception>
    public void Run(TensorTable table, nint* storages)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        GradientMode.Disable(torch);
        torch.Check(
            multiply(
                table.Refreshed(result, storages), table.Refreshed(left, storages), table.Refreshed(right, storages)),
            "matmul");
    }
}
