using Functional.CSharp;

namespace Bench.Gpu;

/// <summary>Devices by name, and how each precision is asked for.</summary>
internal static class Precisions
{
    public static Device Device(string name) => name switch
    {
        "cpu" => Functional.CSharp.Device.Cpu,
        "torch" => Named(Functional.TorchDevices.Device.torch),
        _ when name.StartsWith("cuda:", StringComparison.Ordinal) => Named(Functional.TorchDevices.Device.cuda(int.Parse(name[5..]))),
        _ => Functional.CSharp.Device.Named(name),
    };

    private static Device Named(Functional.Device device) => Functional.CSharp.Device.Named(device.Name);

    /// <summary>The options of a training in a precision.</summary>
    public static FitOptions Options(Precision precision, FitOptions options) => options;

    /// <summary>Steps under the switches of a precision.</summary>
    public static Action<int> Using(Precision precision, Action<int> steps) => steps;
}
