namespace Functional.CSharp;

/// <summary>
/// Where tensors live and are computed: <see cref="Cpu"/>, this machine's processor, <see cref="Torch"/> and <see cref="Cuda(int)"/>,
/// libtorch and its GPUs, or what another backend brings.
/// Devices of one backend are equal.
/// </summary>
public sealed class Device : IEquatable<Device>
{
    internal Device(FDevice inner) => Inner = inner;

    internal FDevice Inner { get; }

    /// <summary>This machine's processor and memory.</summary>
    public static Device Cpu { get; } = new(FDevices.cpu);

    /// <summary>
    /// libtorch on this machine's processor. It is found in the folder that FUNCTIONAL_LIBTORCH names (the lib folder of a Python
    /// torch), in a package that the program references (libtorch-cpu-linux-x64), or in the active Python environment; a missing one
    /// is an error of the first tensor that is made there.
    /// </summary>
    public static Device Torch => new(FTorchDevices.torch);

    /// <summary>Whether libtorch is there.</summary>
    public static bool IsTorchAvailable => FTorchDevices.isTorchAvailable();

    /// <summary>The GPU of this number, from 0 on, by libtorch's CUDA.</summary>
    /// <exception cref="FunctionalException">libtorch, its CUDA part or the GPU is missing; the message says how to mend it.</exception>
    public static Device Cuda(int index = 0) => new(FTorchDevices.cuda(index));

    /// <summary>
    /// The GPU of this number, where products of float32 are computed so. Its tensors are those of a device of its own: cuda:0,
    /// cuda:0/tf32, cuda:0/bfloat16.
    /// </summary>
    /// <exception cref="FunctionalException">libtorch, its CUDA part or the GPU is missing; the message says how to mend it.</exception>
    public static Device Cuda(int index, MatMulPrecision precision) => new(FTorchDevices.cudaIn(precision.Inner(), index));

    /// <summary>libtorch on this machine's processor, where products of float32 are computed so (High is Highest here).</summary>
    public static Device TorchIn(MatMulPrecision precision) => new(FTorchDevices.torchIn(precision.Inner()));

    /// <summary>Whether libtorch has its CUDA part, and there is a GPU of this number.</summary>
    public static bool IsCudaAvailable(int index = 0) => FTorchDevices.isCudaAvailable(index);

    /// <summary>All devices that are known, by name.</summary>
    public static IReadOnlyList<Device> All => [.. FDevices.all().Select(device => new Device(device))];

    /// <summary>
    /// Where tensors are made now: the device of the innermost <see cref="Using{T}"/>, else this machine's processor.
    /// </summary>
    public static Device Current => new(FDevices.current());

    /// <summary>Its name: cpu, cuda:0.</summary>
    public string Name => Inner.Name;

    /// <summary>The device of this name, such as "cpu".</summary>
    /// <exception cref="FunctionalException">There is no such device; the message lists those that there are.</exception>
    public static Device Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(FDevices.named(name));
    }

    /// <summary>
    /// What a function gives while this device is the one on which tensors are made: from numbers and arrays, by random
    /// keys, by building models, by reading files. What is computed from tensors stays on theirs.
    /// </summary>
    /// <remarks>
    /// The choice holds on this thread, and in threads and tasks that are started inside, until the function returns.
    /// </remarks>
    public T Using<T>(Func<T> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return FDevices.@using(Inner, FuncConvert.FromFunc(function));
    }

    /// <summary>Does something while this device is the one on which tensors are made.</summary>
    public void Using(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        FDevices.@using(Inner, FuncConvert.FromAction(action));
    }

    /// <summary>Whether both are devices of one backend.</summary>
    public bool Equals(Device? other) => other is not null && Inner.Equals(other.Inner);

    /// <summary>Whether both are devices of one backend.</summary>
    public override bool Equals(object? obj) => Equals(obj as Device);

    /// <summary>A hash of the backend.</summary>
    public override int GetHashCode() => Inner.GetHashCode();

    /// <summary>Its name.</summary>
    public override string ToString() => Name;
}
