namespace Functional.CSharp;

public sealed partial class Tensor
{
    /// <summary>
    /// The elements, row-major, in another shape of the same size. One length may be -1: it is found from the others.
    /// </summary>
    public Tensor Reshape(params IReadOnlyList<int> shape) => Wrap(FShaping.reshape(Interop.List(shape), Inner));

    /// <summary>The elements, row-major, as a vector.</summary>
    public Tensor Flatten() => Wrap(FShaping.flatten(Inner));

    /// <summary>With its axes in reverse order, as NumPy's .T.</summary>
    public Tensor Transpose() => Wrap(FShaping.transpose(Inner));

    /// <summary>Axis i of the result is axis order[i]. The order names each axis once.</summary>
    public Tensor Transpose(params int[] order) => Wrap(FShaping.permute(Interop.List(order), Inner));

    /// <summary>With two axes exchanged.</summary>
    public Tensor SwapAxes(int first, int second) => Wrap(FShaping.swapAxes(first, second, Inner));

    /// <summary>With one axis taken out and put at another place of the result.</summary>
    public Tensor MoveAxis(int source, int destination) => Wrap(FShaping.moveAxis(source, destination, Inner));

    /// <summary>A new axis of length 1 at this place of the result; -1 puts it last.</summary>
    public Tensor ExpandDims(int axis) => Wrap(FShaping.expandDims(axis, Inner));

    /// <summary>Without its axes of length 1.</summary>
    public Tensor Squeeze() => Wrap(FShaping.squeeze(Inner));

    /// <summary>Without these axes, each of which must have length 1.</summary>
    public Tensor Squeeze(params int[] axes) => Wrap(FShaping.squeezeAxes(Interop.List(axes), Inner));

    /// <summary>
    /// Repeated to a larger shape, axes aligned at the end: a missing axis or one of length 1 is repeated.
    /// </summary>
    public Tensor BroadcastTo(params IReadOnlyList<int> shape) =>
        Wrap(FShaping.broadcastTo(Interop.List(shape), Inner));

    /// <summary>In reverse order along these axes.</summary>
    public Tensor Flip(params int[] axes) => Wrap(FShaping.flip(Interop.List(axes), Inner));

    /// <summary>The whole tensor laid side by side, repeats[i] times along axis i, as NumPy's tile.</summary>
    public Tensor Tile(params int[] repeats) => Wrap(FShaping.tile(Interop.List(repeats), Inner));

    /// <summary>Each element several times in a row along the axis, as NumPy's repeat.</summary>
    public Tensor Repeat(int count, int axis) => Wrap(FShaping.repeat(count, axis, Inner));

    /// <summary>
    /// With copies of the value, 0 by default, around it: for each axis how many in front and behind.
    /// </summary>
    public Tensor Pad((int Before, int After)[] paddings, double value = 0.0)
    {
        ArgumentNullException.ThrowIfNull(paddings);
        var pairs = ListModule.OfSeq(paddings.Select(p => Tuple.Create(p.Before, p.After)));
        return Wrap(FShaping.padWith(value, pairs, Inner));
    }

    /// <summary>Tensors joined along an axis, in which alone their shapes may differ.</summary>
    /// <exception cref="FunctionalException">There are no tensors, or their shapes or types differ.</exception>
    public static Tensor Concat(int axis, params IEnumerable<Tensor> tensors) =>
        Wrap(FShaping.concat(axis, Interop.List(tensors)));

    /// <summary>Tensors of one shape joined along a new axis at this place of the result.</summary>
    /// <exception cref="FunctionalException">There are no tensors, or their shapes or types differ.</exception>
    public static Tensor Stack(int axis, params IEnumerable<Tensor> tensors) =>
        Wrap(FShaping.stack(axis, Interop.List(tensors)));

    /// <summary>The parts of these lengths, in order, along the axis. The lengths must add up to the axis.</summary>
    public Tensor[] Split(int axis, params int[] sizes) => Wrap(FShaping.split(axis, Interop.List(sizes), Inner));

    /// <summary>Parts of equal length along the axis, which must be divisible by their number.</summary>
    public Tensor[] SplitEqual(int axis, int parts) => Wrap(FShaping.splitEqual(axis, parts, Inner));

    /// <summary>
    /// The tensors that lie along the axis, the first by default, each without it: the inverse of <see cref="Stack"/>.
    /// </summary>
    public Tensor[] Unstack(int axis = 0) => Wrap(FShaping.unstack(axis, Inner));
}
