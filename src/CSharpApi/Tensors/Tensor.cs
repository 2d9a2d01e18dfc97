using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Functional.CSharp;

/// <summary>
/// An immutable multi-dimensional array, or a value that a running transform follows in its place. Functions of several
/// tensors broadcast their shapes as NumPy does, and take tensors of one element type. Tensors compare by reference:
/// compare their elements with <see cref="Equal(Tensor, Tensor)"/>, <see cref="AllClose"/> or
/// <see cref="SameElements"/>.
/// </summary>
/// <remarks>
/// Shapes, types or axes that do not fit raise a <see cref="FunctionalException"/>, whose message names the operation
/// and the shapes, and says what to do.
/// </remarks>
public sealed partial class Tensor
{
    // Made by the first read, since most tensors are only computed with.
    private ImmutableArray<int> shape;

    internal Tensor(FTensor inner) => Inner = inner;

    internal FTensor Inner { get; }

    /// <summary>
    /// The lengths of the axes, outermost first; empty for a scalar. The same array at each read.
    /// </summary>
    public ImmutableArray<int> Shape => shape.IsDefault ? shape = [.. Inner.Shape] : shape;

    /// <summary>The type of the elements.</summary>
    public DType DType => Inner.DType.Outer();

    /// <summary>Where the elements are and are computed with; of a traced value, where they will be.</summary>
    public Device Device => new(Inner.Device);

    /// <summary>
    /// The tensor on a device: itself where it is there already, else a copy. Differentiable. Inside a compiled function,
    /// which runs on one device, it changes nothing.
    /// </summary>
    /// <remarks>
    /// Operations run where their arguments are. Scalars, keys and constants of one repeated number follow the tensors that
    /// they meet; other tensors on two devices are an error.
    /// </remarks>
    public Tensor To(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Wrap(FTransfer.toDevice(device.Inner, Inner));
    }

    /// <summary>The number of axes.</summary>
    public int Rank => Inner.Rank;

    /// <summary>The number of elements.</summary>
    public int Size => Inner.Size;

    /// <summary>The elements as NumPy prints them, shortened above 1000.</summary>
    public override string ToString() => Inner.ToString();

    /// <summary>Whether both are the same object.</summary>
    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    /// <summary>A hash of the object, not of its elements.</summary>
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

    private static Tensor Wrap(FTensor inner) => new(inner);

    private static Tensor[] Wrap(FSharpList<FTensor> tensors) => [.. tensors.Select(Wrap)];

    private static FTensor Inside(Tensor x) => Interop.Inner(x);

    /// <summary>The number as a scalar of the type of <paramref name="like"/>.</summary>
    private static FTensor Number(Tensor like, double value) => FCreation.scalarOf(Inside(like).DType, value);
}
