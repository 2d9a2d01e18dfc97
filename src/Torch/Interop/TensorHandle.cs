using System.Runtime.InteropServices;

namespace Functional.Torch.Interop;

/// <summary>
/// A tensor of libtorch. Disposing frees it at once, else the collector does, which is told of the memory it holds. Views share
/// the memory of the tensor that they are of, and keep it alive.
/// </summary>
public sealed unsafe class TensorHandle : SafeHandle
{
    /// <summary>The bytes that a tensor takes beside its elements, about: its handle, sizes, strides and storage.</summary>
    private const long Overhead = 512;

    /// <summary>The collector is told of so many bytes at a time: telling it of each small tensor costs more than making one.</summary>
    private const long Noticeable = 1 << 20;

    private static long untold;

    private readonly long bytes;

    /// <summary>Takes a handle that libtorch gave, and that holds so many bytes of its own (0 for a view).</summary>
    public TensorHandle(nint tensor, long bytes) : base(0, true)
    {
        SetHandle(tensor);
        this.bytes = bytes + Overhead;
        if (Interlocked.Add(ref untold, this.bytes) is var more and >= Noticeable)
        {
            Interlocked.Add(ref untold, -more);
            GC.AddMemoryPressure(more);
        }
    }

    /// <summary>Whether there is no tensor.</summary>
    public override bool IsInvalid => handle == 0;

    /// <summary>The handle for calls; whoever uses it keeps this object alive meanwhile.</summary>
    public nint Pointer => IsClosed ? throw new ObjectDisposedException(nameof(TensorHandle)) : handle;

    /// <summary>The address of the first element, on its device; 0 where there is none.</summary>
    public nint Data
    {
        get
        {
            nint data;
            TorchFunctions torch = TorchLibrary.Functions;
            torch.Check(torch.DataPointer(Pointer, &data), "data_ptr");
            GC.KeepAlive(this);
            return data;
        }
    }

    /// <summary>The lengths of the axes.</summary>
    public long[] Sizes => Lengths(TorchLibrary.Functions.Sizes);

    /// <summary>The strides of the axes, in elements.</summary>
    public long[] Strides => Lengths(TorchLibrary.Functions.Strides);

    /// <summary>The code of the element type.</summary>
    public int DType
    {
        get
        {
            int code;
            TorchFunctions torch = TorchLibrary.Functions;
            torch.Check(torch.DType(Pointer, &code), "dtype");
            GC.KeepAlive(this);
            return code;
        }
    }

    /// <summary>A tensor that a call gave; what is no view is told to the collector with the size of its memory.</summary>
    public static TensorHandle OfCall(nint tensor, bool isView)
    {
        long bytes = 0;
        if (!isView)
        {
            TorchFunctions torch = TorchLibrary.Functions;
            bool isDefined;
            // an operator may leave a result out
            if (torch.IsDefined(tensor, &isDefined) == 0 && isDefined)
            {
                torch.StorageSize(tensor, &bytes);
            }
        }

        return new TensorHandle(tensor, bytes);
    }

    /// <summary>A new tensor on a device, row-major and uninitialised.</summary>
    public static TensorHandle Empty(ReadOnlySpan<long> sizes, int dtype, int elementBytes, int deviceType, int deviceIndex)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        Span<long> strides = stackalloc long[sizes.Length];
        long count = RowMajor(sizes, strides);
        nint tensor;
        fixed (long* s = sizes, t = strides)
        {
            torch.Check(torch.EmptyStrided(sizes.Length, s, t, dtype, deviceType, deviceIndex, &tensor), "empty");
        }

        return new TensorHandle(tensor, count * elementBytes);
    }

    /// <summary>A row-major tensor over memory of the host, which must stay where it is while the tensor lives.</summary>
    public static TensorHandle Over(nint data, ReadOnlySpan<long> sizes, int dtype)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        Span<long> strides = stackalloc long[sizes.Length];
        RowMajor(sizes, strides);
        nint tensor;
        fixed (long* s = sizes, t = strides)
        {
            torch.Check(torch.FromBlob(data, sizes.Length, s, t, 0, dtype, torch.Cpu, 0, &tensor), "from_blob");
        }

        return new TensorHandle(tensor, 0);
    }

    /// <summary>Copies the elements of another tensor, of any device, into this one.</summary>
    public void CopyFrom(TensorHandle source, bool nonBlocking)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        torch.Check(torch.Copy(Pointer, source.Pointer, nonBlocking ? 1 : 0), "copy_");
        GC.KeepAlive(source);
        GC.KeepAlive(this);
    }

    /// <summary>Another handle of the same tensor.</summary>
    public nint Duplicate()
    {
        nint copy;
        TorchFunctions torch = TorchLibrary.Functions;
        torch.Check(torch.NewTensorHandle(Pointer, &copy), "new_tensor_handle");
        GC.KeepAlive(this);
        return copy;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        if (Interlocked.Add(ref untold, -bytes) is var less and <= -Noticeable)
        {
            Interlocked.Add(ref untold, -less);
            GC.RemoveMemoryPressure(-less);
        }

        return TorchLibrary.Functions.DeleteTensor(handle) == 0;
    }

    private long[] Lengths(delegate* unmanaged<nint, long**, int> ask)
    {
        long rank;
        long* lengths;
        TorchFunctions torch = TorchLibrary.Functions;
        torch.Check(torch.Rank(Pointer, &rank), "dim");
        torch.Check(ask(Pointer, &lengths), "sizes");
        long[] result = new ReadOnlySpan<long>(lengths, (int)rank).ToArray();
        GC.KeepAlive(this);
        return result;
    }

    private static long RowMajor(ReadOnlySpan<long> sizes, Span<long> strides)
    {
        long step = 1;
        for (int i = sizes.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Math.Max(1, sizes[i]);
        }

        return sizes.Contains(0) ? 0 : step;
    }
}
