namespace Functional.CSharp;

public sealed partial class Tensor
{
    /// <summary>The absolute value of each element. The derivative at 0 is 0.</summary>
    public static Tensor Abs(Tensor x) => Wrap(FElementwise.abs(Inside(x)));

    /// <summary>-1, 0 or 1 by the sign of each element, and NaN for NaN. The derivative is 0.</summary>
    public static Tensor Sign(Tensor x) => Wrap(FElementwise.sign(Inside(x)));

    /// <summary>Each element rounded down. The derivative is 0.</summary>
    public static Tensor Floor(Tensor x) => Wrap(FElementwise.floor(Inside(x)));

    /// <summary>Each element rounded up. The derivative is 0.</summary>
    public static Tensor Ceiling(Tensor x) => Wrap(FElementwise.ceil(Inside(x)));

    /// <summary>Each element rounded to the nearest integer, halves to the even one. The derivative is 0.</summary>
    public static Tensor Round(Tensor x) => Wrap(FElementwise.round(Inside(x)));

    /// <summary>e to the power of each element.</summary>
    public static Tensor Exp(Tensor x) => Wrap(FElementwise.exp(Inside(x)));

    /// <summary>exp x - 1, without the loss of digits near 0.</summary>
    public static Tensor Expm1(Tensor x) => Wrap(FElementwise.expm1(Inside(x)));

    /// <summary>The natural logarithm of each element: -infinity for 0, NaN below.</summary>
    public static Tensor Log(Tensor x) => Wrap(FElementwise.log(Inside(x)));

    /// <summary>log (1 + x), without the loss of digits near 0.</summary>
    public static Tensor Log1p(Tensor x) => Wrap(FElementwise.log1p(Inside(x)));

    /// <summary>The square root of each element; NaN below 0.</summary>
    public static Tensor Sqrt(Tensor x) => Wrap(FElementwise.sqrt(Inside(x)));

    /// <summary>1 / sqrt x, element by element.</summary>
    public static Tensor Rsqrt(Tensor x) => Wrap(FElementwise.rsqrt(Inside(x)));

    /// <summary>x * x, element by element.</summary>
    public static Tensor Square(Tensor x) => Wrap(FElementwise.square(Inside(x)));

    /// <summary>1 / x, element by element.</summary>
    public static Tensor Reciprocal(Tensor x) => Wrap(FElementwise.reciprocal(Inside(x)));

    /// <summary>The sine of each element, in radians.</summary>
    public static Tensor Sin(Tensor x) => Wrap(FElementwise.sin(Inside(x)));

    /// <summary>The cosine of each element, in radians.</summary>
    public static Tensor Cos(Tensor x) => Wrap(FElementwise.cos(Inside(x)));

    /// <summary>The tangent of each element, in radians.</summary>
    public static Tensor Tan(Tensor x) => Wrap(FElementwise.tan(Inside(x)));

    /// <summary>The inverse sine of each element; NaN outside -1 to 1.</summary>
    public static Tensor Asin(Tensor x) => Wrap(FElementwise.asin(Inside(x)));

    /// <summary>The inverse cosine of each element; NaN outside -1 to 1.</summary>
    public static Tensor Acos(Tensor x) => Wrap(FElementwise.acos(Inside(x)));

    /// <summary>The inverse tangent of each element.</summary>
    public static Tensor Atan(Tensor x) => Wrap(FElementwise.atan(Inside(x)));

    /// <summary>The hyperbolic sine of each element.</summary>
    public static Tensor Sinh(Tensor x) => Wrap(FElementwise.sinh(Inside(x)));

    /// <summary>The hyperbolic cosine of each element.</summary>
    public static Tensor Cosh(Tensor x) => Wrap(FElementwise.cosh(Inside(x)));

    /// <summary>The hyperbolic tangent of each element.</summary>
    public static Tensor Tanh(Tensor x) => Wrap(FElementwise.tanh(Inside(x)));

    /// <summary>The logistic function 1 / (1 + exp -x) of each element.</summary>
    public static Tensor Sigmoid(Tensor x) => Wrap(FElementwise.sigmoid(Inside(x)));

    /// <summary>log (1 + exp x) of each element, without overflow.</summary>
    public static Tensor Softplus(Tensor x) => Wrap(FElementwise.softplus(Inside(x)));

    /// <summary>The error function of each element.</summary>
    public static Tensor Erf(Tensor x) => Wrap(FElementwise.erf(Inside(x)));

    /// <summary>The larger of each element and 0; NaN stays NaN. The derivative at 0 is 0.</summary>
    public static Tensor Relu(Tensor x) => Wrap(FElementwise.relu(Inside(x)));

    /// <summary>Whether each element is NaN, as a Bool tensor.</summary>
    public static Tensor IsNaN(Tensor x) => Wrap(FElementwise.isNan(Inside(x)));

    /// <summary>Whether each element is infinite, as a Bool tensor.</summary>
    public static Tensor IsInfinity(Tensor x) => Wrap(FElementwise.isInf(Inside(x)));

    /// <summary>Whether each element is neither infinite nor NaN, as a Bool tensor.</summary>
    public static Tensor IsFinite(Tensor x) => Wrap(FElementwise.isFinite(Inside(x)));

    /// <summary>The same elements, taken as constants: the derivative is 0.</summary>
    public static Tensor StopGradient(Tensor x) => Wrap(FElementwise.stopGradient(Inside(x)));

    /// <summary>The quotient rounded down, element by element.</summary>
    public static Tensor FloorDivide(Tensor a, Tensor b) => Wrap(FElementwise.floorDiv(Inside(a), Inside(b)));

    /// <summary>The quotient rounded down, element by element. The number takes the tensor's type.</summary>
    public static Tensor FloorDivide(Tensor a, double b) => Wrap(FElementwise.floorDiv(Inside(a), Number(a, b)));

    /// <summary>The first to the power of the second, element by element.</summary>
    public static Tensor Pow(Tensor a, Tensor b) => Wrap(FElementwise.pow(Inside(a), Inside(b)));

    /// <summary>The first to the power of the second, element by element. The number takes the tensor's type.</summary>
    public static Tensor Pow(Tensor a, double b) => Wrap(FElementwise.pow(Inside(a), Number(a, b)));

    /// <summary>The larger of two elements; NaN where one is NaN.</summary>
    public static Tensor Maximum(Tensor a, Tensor b) => Wrap(FElementwise.maximum(Inside(a), Inside(b)));

    /// <summary>The larger of two elements; NaN where one is NaN. The number takes the tensor's type.</summary>
    public static Tensor Maximum(Tensor a, double b) => Wrap(FElementwise.maximum(Inside(a), Number(a, b)));

    /// <summary>The smaller of two elements; NaN where one is NaN.</summary>
    public static Tensor Minimum(Tensor a, Tensor b) => Wrap(FElementwise.minimum(Inside(a), Inside(b)));

    /// <summary>The smaller of two elements; NaN where one is NaN. The number takes the tensor's type.</summary>
    public static Tensor Minimum(Tensor a, double b) => Wrap(FElementwise.minimum(Inside(a), Number(a, b)));

    /// <summary>Each element between the bounds, which may be infinite.</summary>
    public static Tensor Clamp(Tensor x, double low, double high) => Wrap(FElementwise.clamp(low, high, Inside(x)));

    /// <summary>The first where the condition (Bool) holds, the second elsewhere; all three are broadcast.</summary>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b) =>
        Wrap(FElementwise.where(Inside(condition), Inside(a), Inside(b)));

    /// <summary>exp x divided by its sum along the axis, the last by default, without overflow.</summary>
    public static Tensor Softmax(Tensor x, int axis = -1) => Wrap(FReduction.softmax(axis, Inside(x)));

    /// <summary>
    /// The logarithm of <see cref="Softmax"/>, exact where softmax itself would round to 0; the last axis by default.
    /// </summary>
    public static Tensor LogSoftmax(Tensor x, int axis = -1) => Wrap(FReduction.logSoftmax(axis, Inside(x)));

    /// <summary>
    /// To another type. Floats to Int32 truncate toward zero; numbers to Bool give whether they differ from 0; true
    /// gives 1.
    /// </summary>
    public Tensor Cast(DType dtype) => dtype == DType ? this : Wrap(FElementwise.cast(dtype.Inner(), Inner));
}
