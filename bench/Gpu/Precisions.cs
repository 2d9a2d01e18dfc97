using Functional.CSharp;

namespace Bench.Gpu;

/// <summary>Devices by name, where products are computed in a precision.</summary>
internal static class Precisions
{
    /// <summary>cpu, torch, or cuda:0; the processor's own kernels compute in float32 alone.</summary>
    public static Device Device(string name, Precision precision)
    {
        MatMulPrecision of = precision switch
        {
            Precision.Tf32 => MatMulPrecision.High,
            Precision.BFloat16 => MatMulPrecision.Medium,
            _ => MatMulPrecision.Highest,
        };
        return name switch
        {
            "torch" => Functional.CSharp.Device.TorchIn(of),
            _ when name.StartsWith("cuda:", StringComparison.Ordinal) => Functional.CSharp.Device.Cuda(int.Parse(name[5..]), of),
            _ => Functional.CSharp.Device.Named(name),
        };
    }
}
