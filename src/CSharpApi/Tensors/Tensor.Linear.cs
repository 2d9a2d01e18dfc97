namespace Functional.CSharp;

public sealed partial class Tensor
{
    /// <summary>
    /// The matrix product, as NumPy's matmul. The axes before the last two are a batch and are broadcast; a vector on
    /// the left is a row and on the right a column, and its axis is gone from the result.
    /// </summary>
    public Tensor MatMul(Tensor other) => Wrap(FLinear.matmul(Inner, Inside(other)));

    /// <summary>The matrix product of two tensors, as NumPy's matmul.</summary>
    public static Tensor MatMul(Tensor a, Tensor b) => Wrap(FLinear.matmul(Inside(a), Inside(b)));

    /// <summary>
    /// The dot product, as NumPy's dot: of two vectors their inner product, of matrices the matrix product.
    /// </summary>
    public Tensor Dot(Tensor other) => Wrap(FLinear.dot(Inner, Inside(other)));

    /// <summary>
    /// All products of an element of this and one of the other tensor: both are flattened, and the result is a matrix.
    /// </summary>
    public Tensor Outer(Tensor other) => Wrap(FLinear.outer(Inner, Inside(other)));

    /// <summary>
    /// Sums of products over axes named by letters, as NumPy's einsum: <c>Einsum("ij,jk->ik", a, b)</c> is a product of
    /// matrices, "ii" a trace, "ij->ji" a transpose. "..." stands for the axes that are not named.
    /// </summary>
    public static Tensor Einsum(string subscripts, params IEnumerable<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(subscripts);
        return Wrap(FLinear.einsum(subscripts, Interop.List(tensors)));
    }

    /// <summary>The sum of the diagonal of the last two axes: a scalar for a matrix.</summary>
    public Tensor Trace() => Wrap(FLinear.trace(Inner));

    /// <summary>The diagonal of the last two axes, which become one.</summary>
    public Tensor Diagonal() => Wrap(FLinear.diagonal(Inner));

    /// <summary>
    /// A vector becomes the diagonal of a square matrix of zeros; a matrix gives its diagonal. NumPy's diag.
    /// </summary>
    public static Tensor Diag(Tensor x) => Wrap(FLinear.diag(Inside(x)));

    /// <summary>The last two axes with zeros above the diagonal, or above the k-th one above it.</summary>
    public Tensor TriL(int k = 0) => Wrap(FLinear.trilOf(k, Inner));

    /// <summary>The last two axes with zeros below the diagonal, or below the k-th one above it.</summary>
    public Tensor TriU(int k = 0) => Wrap(FLinear.triuOf(k, Inner));
}
