using System.Runtime.InteropServices;

namespace Functional.Torch.Interop;

/// <summary>
/// The tensors of one run of a plan by number: views of storages, which are made anew where their storage has moved; tensors
/// that others own; and results of calls, from their call to their last use. One caller at a time.
/// </summary>
public sealed unsafe class TensorTable : IDisposable
{
    private static readonly nint AsksContiguous = TorchLibrary.TryFind("aoti_torch_is_contiguous");

    private readonly List<View?> views = [];
    private readonly List<TensorHandle?> held = [];
    private readonly int deviceType;
    private readonly int deviceIndex;
    private nint* handles;
    private nint* madeFor;
    private int capacity;

    /// <summary>A table of tensors of a device.</summary>
    public TensorTable(int deviceType, int deviceIndex)
    {
        this.deviceType = deviceType;
        this.deviceIndex = deviceIndex;
    }

    /// <summary>Frees what was not disposed of.</summary>
    ~TensorTable() => Free();

    /// <summary>The number of tensors.</summary>
    public int Count => views.Count;

    /// <summary>The handles made for views since the table was: each costs about half a microsecond.</summary>
    public long Made { get; private set; }

    private sealed record View(int Storage, long Offset, long[] Sizes, long[] Strides, int DType);

    /// <summary>A strided view of a storage, from so many bytes behind its start on.</summary>
    public int AddView(int storage, long offset, long[] sizes, long[] strides, int dtype) =>
        Add(new View(storage, offset, sizes, strides, dtype), null, 0);

    /// <summary>A tensor that stays as it is.</summary>
    public int AddHeld(TensorHandle tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Add(null, tensor, tensor.Pointer);
    }

    /// <summary>A tensor that a call will give.</summary>
    public int AddResult() => Add(null, null, 0);

    /// <summary>The handle of a tensor; 0 where there is none now.</summary>
    public nint this[int slot] => handles[slot];

    /// <summary>The handle of a tensor whose storages begin at these addresses.</summary>
    public nint Refreshed(int slot, nint* storages)
    {
        View? view = views[slot];
        return view is null ? handles[slot] : Refreshed(slot, storages[view.Storage] + (nint)view.Offset, view);
    }

    /// <summary>Takes the handle that a call gave.</summary>
    public void Take(int slot, nint handle)
    {
        Release(slot);
        handles[slot] = handle;
    }

    /// <summary>Frees the result of a call.</summary>
    public void Release(int slot)
    {
        if (handles[slot] != 0)
        {
            TorchLibrary.Functions.DeleteTensor(handles[slot]);
            handles[slot] = 0;
        }
    }

    /// <summary>Copies the elements of a tensor into another one, whatever their strides and types.</summary>
    public void Copy(int source, int target, nint* storages)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        GradientMode.Disable(torch);
        torch.Check(torch.Copy(Refreshed(target, storages), Refreshed(source, storages), 1), "copy_");
    }

    /// <summary>Whether the elements of a tensor stand one after the other.</summary>
    public bool IsContiguous(int slot)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        bool isContiguous;
        torch.Check(((delegate* unmanaged<nint, bool*, int>)AsksContiguous)(handles[slot], &isContiguous), "is_contiguous");
        return isContiguous;
    }

    /// <summary>The address of the first element of a result of a call.</summary>
    public nint DataOf(int slot)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        nint data;
        torch.Check(torch.DataPointer(handles[slot], &data), "data_ptr");
        return data;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private nint Refreshed(int slot, nint address, View view)
    {
        if (handles[slot] == 0 || madeFor[slot] != address)
        {
            Release(slot);
            TorchFunctions torch = TorchLibrary.Functions;
            nint tensor;
            fixed (long* sizes = view.Sizes, strides = view.Strides)
            {
                torch.Check(
                    torch.FromBlob(
                        address, view.Sizes.Length, sizes, strides, 0, view.DType, deviceType, deviceIndex, &tensor),
                    "from_blob");
            }

            handles[slot] = tensor;
            madeFor[slot] = address;
            Made++;
        }

        return handles[slot];
    }

    private int Add(View? view, TensorHandle? tensor, nint handle)
    {
        int slot = views.Count;
        if (slot == capacity)
        {
            capacity = Math.Max(16, capacity * 2);
            handles = (nint*)NativeMemory.Realloc(handles, (nuint)capacity * (nuint)sizeof(nint));
            madeFor = (nint*)NativeMemory.Realloc(madeFor, (nuint)capacity * (nuint)sizeof(nint));
        }

        views.Add(view);
        held.Add(tensor);
        handles[slot] = handle;
        madeFor[slot] = 0;
        return slot;
    }

    private void Free()
    {
        for (int i = 0; i < views.Count && handles != null; i++)
        {
            if (held[i] is null)
            {
                Release(i);
            }
        }

        NativeMemory.Free(handles);
        NativeMemory.Free(madeFor);
        handles = null;
        madeFor = null;
        capacity = 0;
        views.Clear();
    }
}
