namespace Functional.CSharp;

/// <summary>
/// Where tensors live and are computed: <see cref="Cpu"/>, this machine's processor, or what another backend brings.
/// Devices of one backend are equal.
/// </summary>
public sealed class Device : IEquatable<Device>
{
    internal Device(FDevice inner) => Inner = inner;

    internal FDevice Inner { get; }

    /// <summary>This machine's processor and memory.</summary>
    public static Device Cpu { get; } = new(FDevices.cpu);

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
