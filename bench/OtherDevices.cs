using Functional.CSharp;

namespace Bench;

/// <summary>Workloads on a device other than the processor's own.</summary>
internal static class OtherDevices
{
    /// <summary>The workload with its model and its batches on the device of this name: torch, cuda:0.</summary>
    public static Workload On(string device, Workload workload)
    {
        Device on = Named(device);
        return workload with
        {
            Title = $"{workload.Title}, ours on {device}",
            Make = () => on.Using(workload.Make),
        };
    }

    private static Device Named(string device) => Device.Named(
        device == "torch" ? Functional.TorchDevices.Device.torch.Name
        : device.StartsWith("cuda:", StringComparison.Ordinal) ? Functional.TorchDevices.Device.cuda(int.Parse(device[5..])).Name
        : device);
}
