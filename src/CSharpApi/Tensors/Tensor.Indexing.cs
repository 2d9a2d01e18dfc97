namespace Functional.CSharp;

public sealed partial class Tensor
{
    /// <summary>
    /// The part at these places and ranges of the first axes: <c>x[0]</c>, <c>x[^1, 2]</c>, <c>x[1..3, ..]</c>. A place
    /// takes its axis away; axes that are not named stay whole.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// There are more indices than axes, or a place is outside its axis.
    /// </exception>
    public Tensor this[params TensorIndex[] indices]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(indices);
            var shape = Inner.Shape;
            if (indices.Length > shape.Length)
            {
                var reason = $"are more than the tensor has axes, which are {shape.Length}.";
                throw Errors.Argument("index", "indices", indices.Length, reason);
            }

            var picks = indices.Select((index, axis) => index.On(axis, shape)).ToArray();
            var part = FShaping.slice(ListModule.OfSeq(picks.Select(p => Tuple.Create(p.Start, p.Stop, 1))), Inner);
            int[] single = [.. Enumerable.Range(0, picks.Length).Where(axis => picks[axis].Single)];
            return Wrap(single.Length == 0 ? part : FShaping.squeezeAxes(Interop.List(single), part));
        }
    }

    /// <summary>
    /// The elements start, start + step, ... before stop along the axis, with the meaning of Python's start:stop:step.
    /// Bounds below 0 count from the end and are moved to the ends of the axis; null stands for an open end; a negative
    /// step goes backwards.
    /// </summary>
    /// <exception cref="FunctionalException">The step is 0.</exception>
    public Tensor Slice(int axis, int? start = null, int? stop = null, int step = 1) =>
        Wrap(FShaping.sliceAxis(
            axis,
            start ?? (step < 0 ? int.MaxValue : 0),
            stop ?? (step < 0 ? int.MinValue : int.MaxValue),
            step,
            Inner));

    /// <summary>
    /// The slices at these indices (Int32) along the axis, which is replaced by the axes of the indices.
    /// </summary>
    /// <exception cref="FunctionalException">An index is outside the axis.</exception>
    public Tensor Gather(int axis, Tensor indices) => Wrap(FIndexing.gather(axis, Inside(indices), Inner));

    /// <summary>The slices at these indices along the axis.</summary>
    /// <exception cref="FunctionalException">An index is outside the axis.</exception>
    public Tensor Gather(int axis, params int[] indices) => Gather(axis, From(indices));

    /// <summary>
    /// An element for each index (Int32), at the place of the index, along the axis: NumPy's take_along_axis.
    /// </summary>
    public Tensor TakeAlong(int axis, Tensor indices) => Wrap(FIndexing.takeAlong(axis, Inside(indices), Inner));

    /// <summary>
    /// This tensor plus each slice of the updates at its index along the axis; repeated indices add up, in order.
    /// </summary>
    public Tensor ScatterAdd(int axis, Tensor indices, Tensor updates) =>
        Wrap(FIndexing.scatterAdd(axis, Inside(indices), Inside(updates), Inner));

    /// <summary>In ascending order along the axis, the last by default. NaN counts as the greatest.</summary>
    public Tensor Sort(int axis = -1, bool descending = false) =>
        Wrap(descending ? FOrdering.sortDescending(axis, Inner) : FOrdering.sort(axis, Inner));

    /// <summary>
    /// The indices (Int32) that put it in ascending order along the axis, the last by default; equal elements keep
    /// their order.
    /// </summary>
    public Tensor ArgSort(int axis = -1, bool descending = false) =>
        Wrap(descending ? FOrdering.argsortDescending(axis, Inner) : FOrdering.argsort(axis, Inner));

    /// <summary>The largest elements along the last axis, in descending order, and their indices (Int32).</summary>
    /// <exception cref="FunctionalException">The number is not from 0 to the length of the axis.</exception>
    public (Tensor Values, Tensor Indices) TopK(int k)
    {
        var (values, indices) = FOrdering.topK(k, Inner);
        return (Wrap(values), Wrap(indices));
    }
}
