namespace Functional.Torch.Interop;

/// <summary>Bytes on a device.</summary>
public static unsafe class DeviceMemory
{
    /// <summary>So many bytes, uninitialised, aligned as libtorch aligns tensors (64 bytes on the host, 512 on a GPU).</summary>
    public static TensorHandle Allocate(long bytes, int deviceType, int deviceIndex) =>
        TensorHandle.Empty([Math.Max(1, bytes)], TorchLibrary.Functions.Bool, 1, deviceType, deviceIndex);

    /// <summary>Copies bytes from one address of a device to another; the ranges do not overlap.</summary>
    public static void Copy(nint source, nint target, long bytes, int deviceType, int deviceIndex)
    {
        if (bytes == 0 || source == target)
        {
            return;
        }

        TorchFunctions torch = TorchLibrary.Functions;
        if (deviceType == torch.Cpu)
        {
            Buffer.MemoryCopy((void*)source, (void*)target, bytes, bytes);
            return;
        }

        nint from = Over(source, bytes, deviceType, deviceIndex), to = Over(target, bytes, deviceType, deviceIndex);
        int status = torch.Copy(to, from, 1);
        torch.DeleteTensor(from);
        torch.DeleteTensor(to);
        torch.Check(status, "copy_");
    }

    private static nint Over(nint address, long bytes, int deviceType, int deviceIndex)
    {
        TorchFunctions torch = TorchLibrary.Functions;
        bool isWide = bytes % 8 == 0 && address % 8 == 0;
        long size = isWide ? bytes / 8 : bytes, stride = 1;
        nint tensor;
        torch.Check(
            torch.FromBlob(address, 1, &size, &stride, 0, isWide ? torch.Int64 : torch.Bool, deviceType, deviceIndex, &tensor),
            "from_blob");
        return tensor;
    }
}
