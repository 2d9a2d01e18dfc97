namespace Functional.Torch.Interop;

/// <summary>Elements between an address of a device and the host.</summary>
public static unsafe class HostTransfer
{
    /// <summary>A row-major tensor over memory of a device, which must stay where it is while the tensor lives.</summary>
    public static TensorHandle Over(nint address, ReadOnlySpan<long> sizes, int dtype, int deviceType, int deviceIndex)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        long* strides = stackalloc long[Math.Max(1, sizes.Length)];
        long step = 1;
        for (int i = sizes.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Math.Max(1, sizes[i]);
        }

        nint tensor;
        fixed (long* first = sizes)
        {
            torch.Check(
                torch.FromBlob(address, sizes.Length, first, strides, 0, dtype, deviceType, deviceIndex, &tensor), "from_blob");
        }

        return new TensorHandle(tensor, 0);
    }

    /// <summary>Copies bytes of a device to the host, and waits for them.</summary>
    public static void ToHost(nint address, Span<byte> target, int deviceType, int deviceIndex)
    {
        fixed (byte* first = target)
        {
            Move(address, (nint)first, target.Length, deviceType, deviceIndex, toHost: true);
        }
    }

    /// <summary>Copies bytes of the host to a device.</summary>
    public static void ToDevice(ReadOnlySpan<byte> source, nint address, int deviceType, int deviceIndex)
    {
        fixed (byte* first = source)
        {
            Move(address, (nint)first, source.Length, deviceType, deviceIndex, toHost: false);
        }
    }

    private static void Move(nint address, nint host, long bytes, int deviceType, int deviceIndex, bool toHost)
    {
        if (bytes == 0)
        {
            return;
        }

        TorchFunctions torch = TorchLibrary.Functions;
        if (deviceType == torch.Cpu)
        {
            (nint from, nint to) = toHost ? (address, host) : (host, address);
            Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);
            return;
        }

        using TensorHandle there = Over(address, [bytes], torch.Bool, deviceType, deviceIndex);
        using TensorHandle here = Over(host, [bytes], torch.Bool, torch.Cpu, 0);
        (toHost ? here : there).CopyFrom(toHost ? there : here, false);
    }
}
