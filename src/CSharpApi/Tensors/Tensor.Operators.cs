namespace Functional.CSharp;

public sealed partial class Tensor
{
    /// <summary>Elementwise negation.</summary>
    public static Tensor operator -(Tensor x) => Wrap(FElementwise.neg(Inside(x)));

    /// <summary>The tensor itself.</summary>
    public static Tensor operator +(Tensor x) => x;

    /// <summary>Elementwise sum.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => Wrap(FElementwise.add(Inside(a), Inside(b)));

    /// <summary>Elementwise sum; the number takes the tensor's type.</summary>
    public static Tensor operator +(Tensor a, double b) => Wrap(FElementwise.add(Inside(a), Number(a, b)));

    /// <summary>Elementwise sum; the number takes the tensor's type.</summary>
    public static Tensor operator +(double a, Tensor b) => Wrap(FElementwise.add(Number(b, a), Inside(b)));

    /// <summary>Elementwise difference.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => Wrap(FElementwise.sub(Inside(a), Inside(b)));

    /// <summary>Elementwise difference; the number takes the tensor's type.</summary>
    public static Tensor operator -(Tensor a, double b) => Wrap(FElementwise.sub(Inside(a), Number(a, b)));

    /// <summary>Elementwise difference; the number takes the tensor's type.</summary>
    public static Tensor operator -(double a, Tensor b) => Wrap(FElementwise.sub(Number(b, a), Inside(b)));

    /// <summary>Elementwise product; the product of matrices is <see cref="MatMul(Tensor)"/>.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => Wrap(FElementwise.mul(Inside(a), Inside(b)));

    /// <summary>Elementwise product; the number takes the tensor's type.</summary>
    public static Tensor operator *(Tensor a, double b) => Wrap(FElementwise.mul(Inside(a), Number(a, b)));

    /// <summary>Elementwise product; the number takes the tensor's type.</summary>
    public static Tensor operator *(double a, Tensor b) => Wrap(FElementwise.mul(Number(b, a), Inside(b)));

    /// <summary>Elementwise quotient of floats.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => Wrap(FElementwise.div(Inside(a), Inside(b)));

    /// <summary>Elementwise quotient of floats; the number takes the tensor's type.</summary>
    public static Tensor operator /(Tensor a, double b) => Wrap(FElementwise.div(Inside(a), Number(a, b)));

    /// <summary>Elementwise quotient of floats; the number takes the tensor's type.</summary>
    public static Tensor operator /(double a, Tensor b) => Wrap(FElementwise.div(Number(b, a), Inside(b)));

    /// <summary>
    /// Elementwise remainder with the sign of the divisor, as in Python and NumPy; that of C#'s numbers has the
    /// dividend's.
    /// </summary>
    public static Tensor operator %(Tensor a, Tensor b) => Wrap(FElementwise.remainder(Inside(a), Inside(b)));

    /// <summary>Elementwise remainder with the sign of the divisor; the number takes the tensor's type.</summary>
    public static Tensor operator %(Tensor a, double b) => Wrap(FElementwise.remainder(Inside(a), Number(a, b)));

    /// <summary>Whether each element is less, as a Bool tensor.</summary>
    public static Tensor operator <(Tensor a, Tensor b) => Less(a, b);

    /// <summary>Whether each element is greater, as a Bool tensor.</summary>
    public static Tensor operator >(Tensor a, Tensor b) => Greater(a, b);

    /// <summary>Whether each element is less or equal, as a Bool tensor.</summary>
    public static Tensor operator <=(Tensor a, Tensor b) => LessEqual(a, b);

    /// <summary>Whether each element is greater or equal, as a Bool tensor.</summary>
    public static Tensor operator >=(Tensor a, Tensor b) => GreaterEqual(a, b);

    /// <summary>Whether each element is less than the number, as a Bool tensor.</summary>
    public static Tensor operator <(Tensor a, double b) => Less(a, b);

    /// <summary>Whether each element is greater than the number, as a Bool tensor.</summary>
    public static Tensor operator >(Tensor a, double b) => Greater(a, b);

    /// <summary>Whether each element is less than the number or equal, as a Bool tensor.</summary>
    public static Tensor operator <=(Tensor a, double b) => LessEqual(a, b);

    /// <summary>Whether each element is greater than the number or equal, as a Bool tensor.</summary>
    public static Tensor operator >=(Tensor a, double b) => GreaterEqual(a, b);

    /// <summary>Elementwise "and" of Bool tensors.</summary>
    public static Tensor operator &(Tensor a, Tensor b) => Wrap(FElementwise.logicalAnd(Inside(a), Inside(b)));

    /// <summary>Elementwise "or" of Bool tensors.</summary>
    public static Tensor operator |(Tensor a, Tensor b) => Wrap(FElementwise.logicalOr(Inside(a), Inside(b)));

    /// <summary>Elementwise "not" of a Bool tensor.</summary>
    public static Tensor operator !(Tensor x) => Wrap(FElementwise.logicalNot(Inside(x)));

    /// <summary>Whether the elements are equal, as a Bool tensor.</summary>
    public static Tensor Equal(Tensor a, Tensor b) => Wrap(FElementwise.equal(Inside(a), Inside(b)));

    /// <summary>Whether each element equals the number, as a Bool tensor.</summary>
    public static Tensor Equal(Tensor a, double b) => Wrap(FElementwise.equal(Inside(a), Number(a, b)));

    /// <summary>Whether the elements differ, as a Bool tensor.</summary>
    public static Tensor NotEqual(Tensor a, Tensor b) => Wrap(FElementwise.notEqual(Inside(a), Inside(b)));

    /// <summary>Whether each element differs from the number, as a Bool tensor.</summary>
    public static Tensor NotEqual(Tensor a, double b) => Wrap(FElementwise.notEqual(Inside(a), Number(a, b)));

    /// <summary>Whether each element of the first is less, as a Bool tensor.</summary>
    public static Tensor Less(Tensor a, Tensor b) => Wrap(FElementwise.less(Inside(a), Inside(b)));

    /// <summary>Whether each element is less than the number, as a Bool tensor.</summary>
    public static Tensor Less(Tensor a, double b) => Wrap(FElementwise.less(Inside(a), Number(a, b)));

    /// <summary>Whether each element of the first is less or equal, as a Bool tensor.</summary>
    public static Tensor LessEqual(Tensor a, Tensor b) => Wrap(FElementwise.lessEqual(Inside(a), Inside(b)));

    /// <summary>Whether each element is less than the number or equal, as a Bool tensor.</summary>
    public static Tensor LessEqual(Tensor a, double b) => Wrap(FElementwise.lessEqual(Inside(a), Number(a, b)));

    /// <summary>Whether each element of the first is greater, as a Bool tensor.</summary>
    public static Tensor Greater(Tensor a, Tensor b) => Wrap(FElementwise.greater(Inside(a), Inside(b)));

    /// <summary>Whether each element is greater than the number, as a Bool tensor.</summary>
    public static Tensor Greater(Tensor a, double b) => Wrap(FElementwise.greater(Inside(a), Number(a, b)));

    /// <summary>Whether each element of the first is greater or equal, as a Bool tensor.</summary>
    public static Tensor GreaterEqual(Tensor a, Tensor b) => Wrap(FElementwise.greaterEqual(Inside(a), Inside(b)));

    /// <summary>Whether each element is greater than the number or equal, as a Bool tensor.</summary>
    public static Tensor GreaterEqual(Tensor a, double b) => Wrap(FElementwise.greaterEqual(Inside(a), Number(a, b)));

    /// <summary>
    /// Whether all elements are close, |a - b| at most absolute + relative * |b|, after broadcasting. Defaults:
    /// relative 1e-5, absolute 1e-8, as NumPy's. NaN is close to nothing.
    /// </summary>
    public static bool AllClose(Tensor a, Tensor b, double relative = 1e-5, double absolute = 1e-8) =>
        FElementwise.allClose(relative, absolute, Inside(a), Inside(b));

    /// <summary>Whether both have the same shape, type and elements.</summary>
    public static bool SameElements(Tensor a, Tensor b) => FElementwise.sameElements(Inside(a), Inside(b));
}
