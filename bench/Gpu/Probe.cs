using System.Diagnostics;
using Functional.CSharp;
using Functional.Torch.Interop;

namespace Bench.Gpu;

/// <summary>What is there: libtorch, CUDA, NVRTC; and whether a tensor, a product and a kernel come through.</summary>
internal static class Probe
{
    public static int Run(GpuOptions options)
    {
        Console.WriteLine(TorchLibrary.IsAvailable
            ? $"libtorch in {TorchLibrary.Folder}, interface {TorchLibrary.Functions.AbiVersion:x16}"
            : $"libtorch: {TorchLibrary.WhyMissing}");
        Console.WriteLine(TorchLibrary.HasCuda ? "CUDA part loaded" : $"CUDA: {TorchLibrary.WhyNoCuda}");
        Console.WriteLine(CudaKernel.WhyNot.Length == 0 ? "NVRTC and driver are there" : $"kernels: {CudaKernel.WhyNot}");
        int failures = 0;
        Try("tensor", () => Tensor.From([1f, 2f, 3f]).Sum().ToDouble());
        Try("product", () => Tensor.From([1f, 2f, 3f, 4f]).Reshape(2, 2) is var x ? x.MatMul(x)[0, 0].ToDouble() : 0);
        Try("half", () => Tensor.Exp(Tensor.From([1f, 2f, 3f]).Cast(DType.BFloat16)).Sum().ToDouble());
        return failures;

        void Try(string name, Func<double> f)
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                double value = Precisions.Device(options.Device, Precision.Float32).Using(f);
                Console.WriteLine($"{name}: {value} after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:f0} ms");
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                failures++;
                Console.WriteLine($"{name}: {e}");
            }
        }
    }
}
