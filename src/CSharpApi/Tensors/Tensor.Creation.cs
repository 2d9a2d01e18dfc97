using System.Runtime.CompilerServices;

namespace Functional.CSharp;

public sealed partial class Tensor
{
    /// <summary>A vector of these numbers, of type Float32.</summary>
    public static Tensor Of(params float[] values) => From(values);

    /// <summary>
    /// A vector of these numbers, of type Float32, the default of the library; <see cref="Of(DType, double[])"/> keeps
    /// all their digits.
    /// </summary>
    public static Tensor Of(params double[] values) => From(values);

    /// <summary>A vector of these numbers, of type Int32.</summary>
    public static Tensor Of(params int[] values) => From(values);

    /// <summary>A vector of these numbers, of type Int64.</summary>
    public static Tensor Of(params long[] values) => From(values);

    /// <summary>A vector of these truth values.</summary>
    public static Tensor Of(params bool[] values) => From(values);

    /// <summary>A vector of these numbers in the given type, to which they are cast.</summary>
    public static Tensor Of(DType dtype, params double[] values) => From(values, dtype);

    /// <summary>A scalar.</summary>
    public static Tensor Scalar(double value, DType dtype = DType.Float32) =>
        Wrap(FCreation.scalarOf(dtype.Inner(), value));

    /// <summary>A Float32 vector of the numbers, which are copied.</summary>
    [OverloadResolutionPriority(1)] // else From([.. numbers]) would be taken as a span, and its shape as that of a scalar
    public static Tensor From(float[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Wrap(FCreation.ofArray(Interop.List([values.Length]), values));
    }

    /// <summary>A vector of the numbers, which are copied, in the given type, Float32 by default.</summary>
    [OverloadResolutionPriority(1)]
    public static Tensor From(double[] values, DType dtype = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Wrap(FCreation.ofFloat64Array(Interop.List([values.Length]), values)).Cast(dtype);
    }

    /// <summary>An Int32 vector of the numbers, which are copied.</summary>
    [OverloadResolutionPriority(1)]
    public static Tensor From(int[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Wrap(FCreation.ofInts(Interop.List([values.Length]), values));
    }

    /// <summary>An Int64 vector of the numbers, which are copied.</summary>
    [OverloadResolutionPriority(1)]
    public static Tensor From(long[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Wrap(FCreation.ofInt64s(Interop.List([values.Length]), values));
    }

    /// <summary>A Float16 vector of the numbers, which are copied.</summary>
    [OverloadResolutionPriority(1)]
    public static Tensor From(Half[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Wrap(FCreation.ofHalves(Interop.List([values.Length]), values));
    }

    /// <summary>A BFloat16 vector of the numbers, which are copied.</summary>
    [OverloadResolutionPriority(1)]
    public static Tensor From(BFloat16[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Wrap(FCreation.ofBFloat16s(Interop.List([values.Length]), values));
    }

    /// <summary>A Bool vector of the truth values, which are copied.</summary>
    [OverloadResolutionPriority(1)]
    public static Tensor From(bool[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Wrap(FCreation.ofBools(Interop.List([values.Length]), values));
    }

    /// <summary>A Float32 tensor of this shape from its elements in row-major order, which are copied.</summary>
    /// <exception cref="FunctionalException">The shape has another size.</exception>
    public static Tensor From(ReadOnlySpan<float> values, params IReadOnlyList<int> shape) =>
        Wrap(FCreation.ofSpan(Interop.List(shape), values));

    /// <summary>A Float64 tensor of this shape from its elements in row-major order, which are copied.</summary>
    /// <exception cref="FunctionalException">The shape has another size.</exception>
    public static Tensor From(ReadOnlySpan<double> values, params IReadOnlyList<int> shape) =>
        Wrap(FCreation.ofSpan(Interop.List(shape), values));

    /// <summary>An Int32 tensor of this shape from its elements in row-major order, which are copied.</summary>
    /// <exception cref="FunctionalException">The shape has another size.</exception>
    public static Tensor From(ReadOnlySpan<int> values, params IReadOnlyList<int> shape) =>
        Wrap(FCreation.ofSpan(Interop.List(shape), values));

    /// <summary>An Int64 tensor of this shape from its elements in row-major order, which are copied.</summary>
    /// <exception cref="FunctionalException">The shape has another size.</exception>
    public static Tensor From(ReadOnlySpan<long> values, params int[] shape) =>
        Wrap(FCreation.ofSpan(Interop.List(shape), values));

    /// <summary>A Float16 tensor of this shape from its elements in row-major order, which are copied.</summary>
    /// <exception cref="FunctionalException">The shape has another size.</exception>
    public static Tensor From(ReadOnlySpan<Half> values, params int[] shape) =>
        Wrap(FCreation.ofSpan(Interop.List(shape), values));

    /// <summary>A BFloat16 tensor of this shape from its elements in row-major order, which are copied.</summary>
    /// <exception cref="FunctionalException">The shape has another size.</exception>
    public static Tensor From(ReadOnlySpan<BFloat16> values, params int[] shape) =>
        Wrap(FCreation.ofSpan(Interop.List(shape), values));

    /// <summary>A Bool tensor of this shape from its elements in row-major order, which are copied.</summary>
    /// <exception cref="FunctionalException">The shape has another size.</exception>
    public static Tensor From(ReadOnlySpan<bool> values, params IReadOnlyList<int> shape) =>
        Wrap(FCreation.ofSpan(Interop.List(shape), values));

    /// <summary>A Float32 matrix from an array of two dimensions, which is copied.</summary>
    public static Tensor From(float[,] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Wrap(FCreation.ofArray2D(values));
    }

    /// <summary>
    /// A matrix from an array of two dimensions, which is copied, in the given type, Float32 by default.
    /// </summary>
    public static Tensor From(double[,] values, DType dtype = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Wrap(Functional.TensorCreation.tensorOf(dtype.Inner(), values));
    }

    /// <summary>A Float32 tensor of rows of one length, which are copied.</summary>
    /// <exception cref="FunctionalException">The rows differ in length.</exception>
    public static Tensor From(float[][] rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Wrap(Functional.TensorCreation.tensor(rows));
    }

    /// <summary>A tensor of rows of one length, which are copied, in the given type, Float32 by default.</summary>
    /// <exception cref="FunctionalException">The rows differ in length.</exception>
    public static Tensor From(double[][] rows, DType dtype = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Wrap(Functional.TensorCreation.tensorOf(dtype.Inner(), rows));
    }

    /// <summary>A Float32 tensor filled with 0.</summary>
    public static Tensor Zeros(params IReadOnlyList<int> shape) => Wrap(FCreation.zeros(Interop.List(shape)));

    /// <summary>A tensor of this type filled with 0, or false.</summary>
    public static Tensor Zeros(DType dtype, params IReadOnlyList<int> shape) =>
        Wrap(FCreation.zerosOf(dtype.Inner(), Interop.List(shape)));

    /// <summary>A Float32 tensor filled with 1.</summary>
    public static Tensor Ones(params IReadOnlyList<int> shape) => Wrap(FCreation.ones(Interop.List(shape)));

    /// <summary>A tensor of this type filled with 1, or true.</summary>
    public static Tensor Ones(DType dtype, params IReadOnlyList<int> shape) =>
        Wrap(FCreation.onesOf(dtype.Inner(), Interop.List(shape)));

    /// <summary>A Float32 tensor filled with the value.</summary>
    public static Tensor Full(double value, params IReadOnlyList<int> shape) =>
        Wrap(FCreation.full(Interop.List(shape), value));

    /// <summary>A tensor of this type filled with the value.</summary>
    public static Tensor Full(DType dtype, double value, params IReadOnlyList<int> shape) =>
        Wrap(FCreation.fullOf(dtype.Inner(), Interop.List(shape), value));

    /// <summary>Zeros of the shape and type of <paramref name="x"/>.</summary>
    public static Tensor ZerosLike(Tensor x) => Wrap(FCreation.zerosLike(Inside(x)));

    /// <summary>Ones of the shape and type of <paramref name="x"/>.</summary>
    public static Tensor OnesLike(Tensor x) => Wrap(FCreation.onesLike(Inside(x)));

    /// <summary>The value repeated in the shape and type of <paramref name="x"/>.</summary>
    public static Tensor FullLike(double value, Tensor x) => Wrap(FCreation.fullLike(value, Inside(x)));

    /// <summary>
    /// The numbers start, start + step, ... below <paramref name="stop"/> (above it for a negative step), as Float32 by
    /// default.
    /// </summary>
    /// <exception cref="FunctionalException">The step is 0, or a bound is infinite.</exception>
    public static Tensor Arange(double start, double stop, double step = 1.0, DType dtype = DType.Float32) =>
        Wrap(FCreation.arangeOf(dtype.Inner(), start, stop, step));

    /// <summary>The whole numbers from 0 to below <paramref name="stop"/>, as Int32.</summary>
    public static Tensor Arange(int stop) => Wrap(FCreation.arangeInt(0, stop));

    /// <summary>Numbers evenly spaced from start to stop, both included, as Float32 by default.</summary>
    /// <exception cref="FunctionalException">The count is negative.</exception>
    public static Tensor Linspace(double start, double stop, int count, DType dtype = DType.Float32) =>
        Wrap(FCreation.linspaceOf(dtype.Inner(), start, stop, count));

    /// <summary>The identity matrix, as Float32 by default.</summary>
    public static Tensor Eye(int n, DType dtype = DType.Float32) => Wrap(FCreation.eyeOf(dtype.Inner(), n, n));

    /// <summary>The matrix with ones on the diagonal and zeros elsewhere, as Float32 by default.</summary>
    public static Tensor Eye(int rows, int columns, DType dtype = DType.Float32) =>
        Wrap(FCreation.eyeOf(dtype.Inner(), rows, columns));

    /// <summary>
    /// One vector of <paramref name="depth"/> numbers for each index: 1 at the index, 0 elsewhere, as Float32 by
    /// default. Indices are Int32 of any shape; one outside the depth gives zeros alone.
    /// </summary>
    public static Tensor OneHot(Tensor indices, int depth, DType dtype = DType.Float32) =>
        Wrap(FCreation.oneHotOf(dtype.Inner(), depth, Inside(indices)));
}
