using Functional;
using CDevice = Functional.CSharp.Device;

namespace Bench.Gpu;

/// <summary>Devices by name, where products are computed in a precision.</summary>
internal static class Precisions
{
    /// <summary>cpu, torch, or cuda:0; the processor's own kernels compute in float32 alone.</summary>
    public static CDevice Device(string name, Precision precision)
    {
        MatMulPrecision of = precision switch
        {
            Precision.Tf32 => MatMulPrecision.High,
            Precision.BFloat16 => MatMulPrecision.Medium,
            _ => MatMulPrecision.Highest,
        };
        Device device = name switch
        {
            "cpu" => DeviceModule.cpu,
            "torch" => TorchDevices.Device.torchIn(of),
            _ when name.StartsWith("cuda:", StringComparison.Ordinal) => TorchDevices.Device.cudaIn(of, int.Parse(name[5..])),
            _ => DeviceModule.named(name),
        };
        return CDevice.Named(device.Name);
    }
}
