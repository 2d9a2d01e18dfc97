using System.Runtime.InteropServices;

namespace Functional.Torch.Interop;

/// <summary>
/// The functions of libtorch's stable C interface (torch/csrc/stable/c/shim.h and torch/csrc/inductor/aoti_torch/c/shim.h) as
/// function pointers, looked up one by one: a missing one that is needed names itself, and optional ones are null. Most give 0
/// for success.
/// </summary>
public sealed unsafe class TorchFunctions
{
    private readonly nint library;

    internal TorchFunctions(nint library)
    {
        this.library = library;
        AbiVersion = ((delegate* unmanaged<ulong>)Need("aoti_torch_abi_version"))();
        Cpu = Code("device_type_cpu");
        Cuda = Code("device_type_cuda");
        Float32 = Code("dtype_float32");
        Float64 = Code("dtype_float64");
        Float16 = Code("dtype_float16");
        BFloat16 = Code("dtype_bfloat16");
        Int32 = Code("dtype_int32");
        Int64 = Code("dtype_int64");
        Bool = Code("dtype_bool");
        CallDispatcher = (delegate* unmanaged<byte*, byte*, ulong*, ulong, int>)Need("torch_call_dispatcher");
        NewList = (delegate* unmanaged<nuint, nint*, int>)Need("torch_new_list_reserve_size");
        ListPushBack = (delegate* unmanaged<nint, ulong, int>)Need("torch_list_push_back");
        NewString = (delegate* unmanaged<byte*, nuint, nint*, int>)Need("torch_new_string_handle");
        NewTensorHandle = (delegate* unmanaged<nint, nint*, int>)Need("aoti_torch_new_tensor_handle");
        DeleteTensor = (delegate* unmanaged<nint, int>)Need("aoti_torch_delete_tensor_object");
        DataPointer = (delegate* unmanaged<nint, nint*, int>)Need("aoti_torch_get_data_ptr");
        Sizes = (delegate* unmanaged<nint, long**, int>)Need("aoti_torch_get_sizes");
        Strides = (delegate* unmanaged<nint, long**, int>)Need("aoti_torch_get_strides");
        Rank = (delegate* unmanaged<nint, long*, int>)Need("aoti_torch_get_dim");
        DType = (delegate* unmanaged<nint, int*, int>)Need("aoti_torch_get_dtype");
        IsDefined = (delegate* unmanaged<nint, bool*, int>)Need("aoti_torch_is_defined");
        StorageSize = (delegate* unmanaged<nint, long*, int>)Need("aoti_torch_get_storage_size");
        ListItem = (delegate* unmanaged<nint, nuint, ulong*, int>)Need("torch_list_get_item");
        DeleteList = (delegate* unmanaged<nint, int>)Need("torch_delete_list");
        EmptyStrided = (delegate* unmanaged<long, long*, long*, int, int, int, nint*, int>)Need("aoti_torch_empty_strided");
        FromBlob = (delegate* unmanaged<nint, long, long*, long*, long, int, int, int, nint*, int>)
            Need("aoti_torch_create_tensor_from_blob");
        Copy = (delegate* unmanaged<nint, nint, int, int>)Need("aoti_torch_copy_");
        SetGradMode = (delegate* unmanaged<byte, void>)Need("aoti_torch_grad_mode_set_enabled");
        NewOptional = (delegate* unmanaged<ulong**, int>)Find("torch_new_stable_ivalue");
        ExceptionText = (delegate* unmanaged<byte*>)Find("torch_exception_get_what_without_backtrace");
        OperatorNew = NewOptional is null ? (delegate* unmanaged<nuint, ulong*>)FindOperatorNew() : null;
    }

    /// <summary>The version of the interface, which calls hand on: 0x020A000000000000 for libtorch 2.10.</summary>
    public ulong AbiVersion { get; }

    /// <summary>The code of the device type CPU.</summary>
    public int Cpu { get; }

    /// <summary>The code of the device type CUDA.</summary>
    public int Cuda { get; }

    /// <summary>The code of float32.</summary>
    public int Float32 { get; }

    /// <summary>The code of float64.</summary>
    public int Float64 { get; }

    /// <summary>The code of float16.</summary>
    public int Float16 { get; }

    /// <summary>The code of bfloat16.</summary>
    public int BFloat16 { get; }

    /// <summary>The code of int32.</summary>
    public int Int32 { get; }

    /// <summary>The code of int64.</summary>
    public int Int64 { get; }

    /// <summary>The code of bool.</summary>
    public int Bool { get; }

    /// <summary>(name, overload, stack, version): runs an operator; arguments in and results out in the same stack.</summary>
    public delegate* unmanaged<byte*, byte*, ulong*, ulong, int> CallDispatcher { get; }

    /// <summary>(capacity, result): a new list of stack values.</summary>
    public delegate* unmanaged<nuint, nint*, int> NewList { get; }

    /// <summary>(list, value): adds a value to a list.</summary>
    public delegate* unmanaged<nint, ulong, int> ListPushBack { get; }

    /// <summary>(UTF-8 text, bytes, result): a new string.</summary>
    public delegate* unmanaged<byte*, nuint, nint*, int> NewString { get; }

    /// <summary>(tensor, result): another handle of the same tensor.</summary>
    public delegate* unmanaged<nint, nint*, int> NewTensorHandle { get; }

    /// <summary>(tensor): frees a handle.</summary>
    public delegate* unmanaged<nint, int> DeleteTensor { get; }

    /// <summary>(tensor, result): the address of the first element.</summary>
    public delegate* unmanaged<nint, nint*, int> DataPointer { get; }

    /// <summary>(tensor, result): the lengths of the axes, which belong to the tensor.</summary>
    public delegate* unmanaged<nint, long**, int> Sizes { get; }

    /// <summary>(tensor, result): the strides in elements, which belong to the tensor.</summary>
    public delegate* unmanaged<nint, long**, int> Strides { get; }

    /// <summary>(tensor, result): the number of axes.</summary>
    public delegate* unmanaged<nint, long*, int> Rank { get; }

    /// <summary>(tensor, result): the code of the element type.</summary>
    public delegate* unmanaged<nint, int*, int> DType { get; }

    /// <summary>(tensor, result): whether there is a tensor behind the handle.</summary>
    public delegate* unmanaged<nint, bool*, int> IsDefined { get; }

    /// <summary>(tensor, result): the bytes of the memory that the tensor stands in.</summary>
    public delegate* unmanaged<nint, long*, int> StorageSize { get; }

    /// <summary>(list, index, result): a value of a list.</summary>
    public delegate* unmanaged<nint, nuint, ulong*, int> ListItem { get; }

    /// <summary>(list): frees a list, but not what its values point to.</summary>
    public delegate* unmanaged<nint, int> DeleteList { get; }

    /// <summary>(rank, sizes, strides, dtype, device type, device index, result): a new tensor, uninitialised.</summary>
    public delegate* unmanaged<long, long*, long*, int, int, int, nint*, int> EmptyStrided { get; }

    /// <summary>
    /// (data, rank, sizes, strides, offset, dtype, device type, device index, result): a tensor over memory of the caller.
    /// </summary>
    public delegate* unmanaged<nint, long, long*, long*, long, int, int, int, nint*, int> FromBlob { get; }

    /// <summary>(target, source, non-blocking): copies elements, between devices too.</summary>
    public delegate* unmanaged<nint, nint, int, int> Copy { get; }

    /// <summary>(enabled): whether operations on this thread are recorded for libtorch's own derivatives.</summary>
    public delegate* unmanaged<byte, void> SetGradMode { get; }

    /// <summary>(result): memory for the value of an optional; null before libtorch 2.13.</summary>
    public delegate* unmanaged<ulong**, int> NewOptional { get; }

    /// <summary>The text of the latest error of this thread; null before libtorch 2.13.</summary>
    public delegate* unmanaged<byte*> ExceptionText { get; }

    private delegate* unmanaged<nuint, ulong*> OperatorNew { get; }

    /// <summary>
    /// A present optional value of the stack, which the call frees. Before 2.13 it is memory of C++'s operator new, which the
    /// callee deletes.
    /// </summary>
    public ulong Optional(ulong value)
    {
        ulong* place;
        if (NewOptional is null)
        {
            place = OperatorNew(sizeof(ulong));
        }
        else
        {
            NewOptional(&place);
        }

        *place = value;
        return (ulong)place;
    }

    /// <summary>Raises the error of a call that did not give 0.</summary>
    /// <exception cref="TorchCallException">The status is not 0.</exception>
    public void Check(int status, string operation)
    {
        if (status != 0)
        {
            Fail(operation);
        }
    }

    private void Fail(string operation)
    {
        string? reason = ExceptionText is null ? null : Marshal.PtrToStringUTF8((nint)ExceptionText());
        throw new TorchCallException(operation, reason ?? "");
    }

    /// <summary>The address of a function that this version may not have; 0 then.</summary>
    public nint Find(string name) => NativeLibrary.TryGetExport(library, name, out nint address) ? address : 0;

    private nint Need(string name)
    {
        nint address = Find(name);
        return address != 0 ? address : throw new EntryPointNotFoundException($"it has no function {name}.");
    }

    private int Code(string name) => ((delegate* unmanaged<int>)Need($"aoti_torch_{name}"))();

    private static nint FindOperatorNew()
    {
        const string symbol = "_Znwm";
        foreach (string name in (string[])["libstdc++.so.6", "libc++.1.dylib", "libc++abi.dylib"])
        {
            if (NativeLibrary.TryLoad(name, out nint runtime) && NativeLibrary.TryGetExport(runtime, symbol, out nint address))
            {
                return address;
            }
        }

        // on Windows operator new and malloc share one heap
        return NativeLibrary.GetExport(NativeLibrary.Load(OperatingSystem.IsWindows() ? "ucrtbase" : "libc.so.6"), "malloc");
    }
}
