namespace Functional.Torch.Interop;

/// <summary>Tensors that are none, as operators take them for arguments that are left out though their type is not optional.</summary>
public static unsafe class UndefinedTensor
{
    private static readonly nint Function = TorchLibrary.TryFind("aoti_torch_new_uninitialized_tensor");

    /// <summary>A handle of no tensor.</summary>
    /// <exception cref="TorchCallException">This libtorch has no such function.</exception>
    public static TensorHandle Create()
    {
        if (Function == 0)
        {
            throw new TorchCallException("new_uninitialized_tensor", "this version of libtorch has no such function");
        }

        nint tensor;
        TorchLibrary.Functions.Check(((delegate* unmanaged<nint*, int>)Function)(&tensor), "new_uninitialized_tensor");
        return new TensorHandle(tensor, 0);
    }
}
