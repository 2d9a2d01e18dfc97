namespace Functional.CSharp;

public sealed partial class Tensor
{
    /// <summary>The sum of all elements. Bool counts as Int32. A scalar.</summary>
    public static Tensor Sum(Tensor x) => Wrap(FReduction.sum(Inside(x)));

    /// <summary>The sum of all elements. Bool counts as Int32. A scalar.</summary>
    public Tensor Sum() => Wrap(FReduction.sum(Inner));

    /// <summary>
    /// The sum along the axis. Bool counts as Int32. Axes may count from the end; the axis disappears, or stays with
    /// length 1.
    /// </summary>
    public Tensor Sum(int axis, bool keepDims = false) => Sum([axis], keepDims);

    /// <summary>
    /// The sum over the axes. Bool counts as Int32. Axes may count from the end; they disappear, or stay with length 1.
    /// </summary>
    public Tensor Sum(int[] axes, bool keepDims = false) =>
        Wrap(keepDims
            ? FReduction.sumKeep(Interop.List(axes), Inner)
            : FReduction.sumOver(Interop.List(axes), Inner));

    /// <summary>The mean of all elements; that of Int32 is Float32. A scalar.</summary>
    public static Tensor Mean(Tensor x) => Wrap(FReduction.mean(Inside(x)));

    /// <summary>The mean of all elements; that of Int32 is Float32. A scalar.</summary>
    public Tensor Mean() => Wrap(FReduction.mean(Inner));

    /// <summary>
    /// The mean along the axis; that of Int32 is Float32. Axes may count from the end; the axis disappears, or stays
    /// with length 1.
    /// </summary>
    public Tensor Mean(int axis, bool keepDims = false) => Mean([axis], keepDims);

    /// <summary>
    /// The mean over the axes; that of Int32 is Float32. Axes may count from the end; they disappear, or stay with
    /// length 1.
    /// </summary>
    public Tensor Mean(int[] axes, bool keepDims = false) =>
        Wrap(keepDims
            ? FReduction.meanKeep(Interop.List(axes), Inner)
            : FReduction.meanOver(Interop.List(axes), Inner));

    /// <summary>The product of all elements. A scalar.</summary>
    public static Tensor Prod(Tensor x) => Wrap(FReduction.prod(Inside(x)));

    /// <summary>The product of all elements. A scalar.</summary>
    public Tensor Prod() => Wrap(FReduction.prod(Inner));

    /// <summary>
    /// The product along the axis. Axes may count from the end; the axis disappears, or stays with length 1.
    /// </summary>
    public Tensor Prod(int axis, bool keepDims = false) => Prod([axis], keepDims);

    /// <summary>
    /// The product over the axes. Axes may count from the end; they disappear, or stay with length 1.
    /// </summary>
    public Tensor Prod(int[] axes, bool keepDims = false) =>
        Wrap(keepDims
            ? FReduction.prodKeep(Interop.List(axes), Inner)
            : FReduction.prodOver(Interop.List(axes), Inner));

    /// <summary>The largest element; NaN where one is NaN. A scalar.</summary>
    public static Tensor Max(Tensor x) => Wrap(FReduction.max(Inside(x)));

    /// <summary>The largest element; NaN where one is NaN. A scalar.</summary>
    public Tensor Max() => Wrap(FReduction.max(Inner));

    /// <summary>
    /// The largest element along the axis; NaN where one is NaN. Axes may count from the end; the axis disappears, or
    /// stays with length 1.
    /// </summary>
    public Tensor Max(int axis, bool keepDims = false) => Max([axis], keepDims);

    /// <summary>
    /// The largest element over the axes; NaN where one is NaN. Axes may count from the end; they disappear, or stay
    /// with length 1.
    /// </summary>
    public Tensor Max(int[] axes, bool keepDims = false) =>
        Wrap(keepDims
            ? FReduction.maxKeep(Interop.List(axes), Inner)
            : FReduction.maxOver(Interop.List(axes), Inner));

    /// <summary>The smallest element; NaN where one is NaN. A scalar.</summary>
    public static Tensor Min(Tensor x) => Wrap(FReduction.min(Inside(x)));

    /// <summary>The smallest element; NaN where one is NaN. A scalar.</summary>
    public Tensor Min() => Wrap(FReduction.min(Inner));

    /// <summary>
    /// The smallest element along the axis; NaN where one is NaN. Axes may count from the end; the axis disappears, or
    /// stays with length 1.
    /// </summary>
    public Tensor Min(int axis, bool keepDims = false) => Min([axis], keepDims);

    /// <summary>
    /// The smallest element over the axes; NaN where one is NaN. Axes may count from the end; they disappear, or stay
    /// with length 1.
    /// </summary>
    public Tensor Min(int[] axes, bool keepDims = false) =>
        Wrap(keepDims
            ? FReduction.minKeep(Interop.List(axes), Inner)
            : FReduction.minOver(Interop.List(axes), Inner));

    /// <summary>
    /// The variance of all elements, with the number of elements as divisor (NumPy's ddof 0). A scalar.
    /// </summary>
    public static Tensor Var(Tensor x) => Wrap(FReduction.var(Inside(x)));

    /// <summary>
    /// The variance of all elements, with the number of elements as divisor (NumPy's ddof 0). A scalar.
    /// </summary>
    public Tensor Var() => Wrap(FReduction.var(Inner));

    /// <summary>
    /// The variance along the axis, with the number of elements as divisor (NumPy's ddof 0). Axes may count from the
    /// end; the axis disappears, or stays with length 1.
    /// </summary>
    public Tensor Var(int axis, bool keepDims = false) => Var([axis], keepDims);

    /// <summary>
    /// The variance over the axes, with the number of elements as divisor (NumPy's ddof 0). Axes may count from the
    /// end; they disappear, or stay with length 1.
    /// </summary>
    public Tensor Var(int[] axes, bool keepDims = false) =>
        Wrap(keepDims
            ? FReduction.varKeep(Interop.List(axes), Inner)
            : FReduction.varOver(Interop.List(axes), Inner));

    /// <summary>
    /// The standard deviation of all elements, with the number of elements as divisor (NumPy's ddof 0). A scalar.
    /// </summary>
    public static Tensor Std(Tensor x) => Wrap(FReduction.std(Inside(x)));

    /// <summary>
    /// The standard deviation of all elements, with the number of elements as divisor (NumPy's ddof 0). A scalar.
    /// </summary>
    public Tensor Std() => Wrap(FReduction.std(Inner));

    /// <summary>
    /// The standard deviation along the axis, with the number of elements as divisor (NumPy's ddof 0). Axes may count
    /// from the end; the axis disappears, or stays with length 1.
    /// </summary>
    public Tensor Std(int axis, bool keepDims = false) => Std([axis], keepDims);

    /// <summary>
    /// The standard deviation over the axes, with the number of elements as divisor (NumPy's ddof 0). Axes may count
    /// from the end; they disappear, or stay with length 1.
    /// </summary>
    public Tensor Std(int[] axes, bool keepDims = false) =>
        Wrap(keepDims
            ? FReduction.stdKeep(Interop.List(axes), Inner)
            : FReduction.stdOver(Interop.List(axes), Inner));

    /// <summary>log (sum (exp x)) of all elements, without overflow. A scalar.</summary>
    public static Tensor LogSumExp(Tensor x) => Wrap(FReduction.logSumExp(Inside(x)));

    /// <summary>log (sum (exp x)) of all elements, without overflow. A scalar.</summary>
    public Tensor LogSumExp() => Wrap(FReduction.logSumExp(Inner));

    /// <summary>
    /// log (sum (exp x)) along the axis, without overflow. Axes may count from the end; the axis disappears, or stays
    /// with length 1.
    /// </summary>
    public Tensor LogSumExp(int axis, bool keepDims = false) => LogSumExp([axis], keepDims);

    /// <summary>
    /// log (sum (exp x)) over the axes, without overflow. Axes may count from the end; they disappear, or stay with
    /// length 1.
    /// </summary>
    public Tensor LogSumExp(int[] axes, bool keepDims = false) =>
        Wrap(keepDims
            ? FReduction.logSumExpKeep(Interop.List(axes), Inner)
            : FReduction.logSumExpOver(Interop.List(axes), Inner));

    /// <summary>The Euclidean norm of all elements. Its derivative at 0 is 0. A scalar.</summary>
    public static Tensor Norm(Tensor x) => Wrap(FReduction.norm(Inside(x)));

    /// <summary>The Euclidean norm of all elements. Its derivative at 0 is 0. A scalar.</summary>
    public Tensor Norm() => Wrap(FReduction.norm(Inner));

    /// <summary>
    /// The Euclidean norm along the axis. Its derivative at 0 is 0. Axes may count from the end; the axis disappears,
    /// or stays with length 1.
    /// </summary>
    public Tensor Norm(int axis, bool keepDims = false) => Norm([axis], keepDims);

    /// <summary>
    /// The Euclidean norm over the axes. Its derivative at 0 is 0. Axes may count from the end; they disappear, or stay
    /// with length 1.
    /// </summary>
    public Tensor Norm(int[] axes, bool keepDims = false) =>
        Wrap(keepDims
            ? FReduction.normKeep(Interop.List(axes), Inner)
            : FReduction.normOver(Interop.List(axes), Inner));

    /// <summary>Whether all elements differ from 0, as Bool. A scalar.</summary>
    public Tensor All() => Wrap(FReduction.all(Inner));

    /// <summary>
    /// Whether all elements along the axis differ from 0, as Bool. Axes may count from the end; the axis disappears, or
    /// stays with length 1.
    /// </summary>
    public Tensor All(int axis, bool keepDims = false) => All([axis], keepDims);

    /// <summary>
    /// Whether all elements over the axes differ from 0, as Bool. Axes may count from the end; they disappear, or stay
    /// with length 1.
    /// </summary>
    public Tensor All(int[] axes, bool keepDims = false) =>
        Wrap(keepDims
            ? FReduction.allKeep(Interop.List(axes), Inner)
            : FReduction.allOver(Interop.List(axes), Inner));

    /// <summary>Whether any element differs from 0, as Bool. A scalar.</summary>
    public Tensor Any() => Wrap(FReduction.any(Inner));

    /// <summary>
    /// Whether any element along the axis differs from 0, as Bool. Axes may count from the end; the axis disappears, or
    /// stays with length 1.
    /// </summary>
    public Tensor Any(int axis, bool keepDims = false) => Any([axis], keepDims);

    /// <summary>
    /// Whether any element over the axes differs from 0, as Bool. Axes may count from the end; they disappear, or stay
    /// with length 1.
    /// </summary>
    public Tensor Any(int[] axes, bool keepDims = false) =>
        Wrap(keepDims
            ? FReduction.anyKeep(Interop.List(axes), Inner)
            : FReduction.anyOver(Interop.List(axes), Inner));

    /// <summary>
    /// The variance over the axes, with the number of elements less <paramref name="ddof"/> as divisor: 1 gives the
    /// sample's variance. The axes disappear, or stay with length 1.
    /// </summary>
    public Tensor Var(int ddof, int[] axes, bool keepDims = false) =>
        Wrap(FReduction.varianceOf(ddof, Interop.List(axes), keepDims, Inner));

    /// <summary>
    /// The p-norm of all elements, a scalar: (sum |x|^p)^(1/p), and the largest |x| for p = infinity.
    /// </summary>
    /// <exception cref="FunctionalException"><paramref name="p"/> is not above 0.</exception>
    public Tensor NormP(double p) => Wrap(FReduction.normP(p, Inner));

    /// <summary>The p-norm over the axes, which disappear.</summary>
    /// <exception cref="FunctionalException"><paramref name="p"/> is not above 0.</exception>
    public Tensor NormP(double p, params int[] axes) => Wrap(FReduction.normPOver(p, Interop.List(axes), Inner));

    /// <summary>
    /// The index (Int32) of the first largest element along the axis, which disappears; the last axis by default.
    /// </summary>
    public Tensor ArgMax(int axis = -1) => Wrap(FReduction.argmax(axis, Inner));

    /// <summary>
    /// The index (Int32) of the first smallest element along the axis, which disappears; the last axis by default.
    /// </summary>
    public Tensor ArgMin(int axis = -1) => Wrap(FReduction.argmin(axis, Inner));

    /// <summary>The sums of the elements up to each one along the axis.</summary>
    public Tensor CumSum(int axis) => Wrap(FReduction.cumsum(axis, Inner));

    /// <summary>The number of elements that differ from 0, an Int32 scalar.</summary>
    public Tensor CountNonZero() => Wrap(FReduction.countNonZero(Inner));
}
