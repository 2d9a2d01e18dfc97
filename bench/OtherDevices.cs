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

    private static Device Named(string device) =>
        device == "torch" ? Device.Torch
        : device.StartsWith("cuda:", StringComparison.Ordinal) ? Device.Cuda(int.Parse(device[5..]))
        : Device.Named(device);
}
