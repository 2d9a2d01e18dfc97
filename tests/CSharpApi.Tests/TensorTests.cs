using Xunit;

namespace Functional.CSharp.Tests;

public class TensorTests
{
    [Fact]
    public void Numbers_become_vectors_of_the_default_type()
    {
        Assert.Equal(DType.Float32, Tensor.Of(0.5, 1.5).DType);
        Assert.Equal(DType.Float32, Tensor.Of(0.5f, 1.5f).DType);
        Assert.Equal(DType.Int32, Tensor.Of(1, 2, 3).DType);
        Assert.Equal(DType.Bool, Tensor.Of(true, false).DType);
        Assert.Equal(DType.Float64, Tensor.Of(DType.Float64, 0.1, 0.2).DType);
        Assert.Equal([0.1, 0.2], Tensor.Of(DType.Float64, 0.1, 0.2).ToDoubles());
    }

    [Fact]
    public void Arrays_keep_their_shape()
    {
        var x = Tensor.From(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.Equal([2, 3], x.Shape);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], x.ToArray());
        Assert.Equal([2, 3], Tensor.From(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } }).Shape);
        Assert.Equal([[1f, 2f], [3f, 4f]], Tensor.From([[1f, 2f], [3f, 4f]]).ToRows());
        Assert.Equal([3, 2], Tensor.From(x.ToArray().AsSpan(), 3, 2).Shape);
    }

    [Fact]
    public void Creation_follows_NumPy()
    {
        Assert.Equal([0f, 0f, 0f], Tensor.Zeros(3).ToArray());
        Assert.Equal(DType.Int32, Tensor.Ones(DType.Int32, 2, 2).DType);
        Assert.Equal([7f, 7f], Tensor.Full(7, 2).ToArray());
        Assert.Equal([0f, 0.5f, 1f], Tensor.Linspace(0, 1, 3).ToArray());
        Assert.Equal([1f, 3f, 5f], Tensor.Arange(1, 7, 2).ToArray());
        Assert.Equal([0, 1, 2], Tensor.Arange(3).ToInts());
        Assert.Equal([1f, 0f, 0f, 1f], Tensor.Eye(2).ToArray());
        Assert.Equal([0f, 1f, 0f, 1f, 0f, 0f], Tensor.OneHot(Tensor.Of(1, 0), 3).ToArray());
    }

    [Fact]
    public void Operators_broadcast()
    {
        var x = Tensor.From(new float[,] { { 1, 2 }, { 3, 4 } });
        var row = Tensor.Of(10f, 20f);
        Assert.Equal([11f, 22f, 13f, 24f], (x + row).ToArray());
        Assert.Equal([9f, 18f, 7f, 16f], (row - x).ToArray());
        Assert.Equal([2f, 4f, 6f, 8f], (2 * x).ToArray());
        Assert.Equal([0.5f, 1f, 1.5f, 2f], (x / 2).ToArray());
        Assert.Equal([-1f, -2f, -3f, -4f], (-x).ToArray());
        Assert.Equal([1f, 0f, 1f, 0f], (x % 2).ToArray());
        Assert.Equal([false, false, true, true], (x > 2).ToBools());
        Assert.Equal([false, true, false, false], ((x >= 2) & !(x > 2)).ToBools());
    }

    [Fact]
    public void Indices_and_ranges_are_those_of_the_language()
    {
        var x = Tensor.Arange(0, 12).Reshape(3, 4);
        Assert.Equal([4f, 5f, 6f, 7f], x[1].ToArray());
        Assert.Equal(11, x[^1, ^1].ToDouble());
        Assert.Equal([1f, 5f, 9f], x[.., 1].ToArray());
        Assert.Equal([4f, 5f, 8f, 9f], x[1..3, ..2].ToArray());
        Assert.Equal([8f, 9f, 10f, 11f], x[-1].ToArray());
        Assert.Equal([3f, 2f, 1f, 0f], x[0].Slice(0, step: -1).ToArray());
        var error = Assert.Throws<FunctionalException>(() => x[3]);
        Assert.Equal("index: index = 3 is outside axis 0 of length 3.", error.Message);
        Assert.Throws<FunctionalException>(() => x[0, 0, 0]);
    }

    [Fact]
    public void Reductions_drop_or_keep_axes()
    {
        var x = Tensor.From(new float[,] { { 1, 2 }, { 3, 4 } });
        Assert.Equal(10, x.Sum().ToDouble());
        Assert.Equal([4f, 6f], x.Sum(0).ToArray());
        Assert.Equal([2, 1], x.Mean(1, keepDims: true).Shape);
        Assert.Equal([2f, 4f], x.Max(-1).ToArray());
        Assert.Equal(2.5, x.Mean([0, 1]).ToDouble());
        Assert.Equal([1, 1], x.ArgMax().ToInts());
        Assert.Equal(Math.Sqrt(30), x.Norm().ToDouble(), 5);
    }

    [Fact]
    public void Shapes_change_without_the_elements()
    {
        var x = Tensor.Arange(0, 6).Reshape(2, -1);
        Assert.Equal([3, 2], x.Transpose().Shape);
        Assert.Equal([2, 1, 3], x.ExpandDims(1).Shape);
        Assert.Equal([4, 3], Tensor.Concat(0, x, x).Shape);
        Assert.Equal([2, 2, 3], Tensor.Stack(0, x, x).Shape);
        Assert.Equal([1, 2], x.Split(1, 1, 2).Select(part => part.Shape[1]));
        Assert.Equal([3, 4], x.Transpose().Pad([(0, 0), (1, 1)]).Shape);
    }

    [Fact]
    public void Products()
    {
        var a = Tensor.From(new float[,] { { 1, 2 }, { 3, 4 } });
        var b = Tensor.From(new float[,] { { 5, 6 }, { 7, 8 } });
        Assert.Equal([19f, 22f, 43f, 50f], a.MatMul(b).ToArray());
        Assert.Equal([19f, 22f, 43f, 50f], Tensor.Einsum("ij,jk->ik", a, b).ToArray());
        Assert.Equal(5, a.Trace().ToDouble());
        Assert.Equal([2, 2], Tensor.Of(1f, 2f).Outer(Tensor.Of(3f, 4f)).Shape);
    }

    [Fact]
    public void Random_numbers_come_from_keys()
    {
        Assert.Equal(Tensor.RandomNormal(1, [5]).ToArray(), Tensor.RandomNormal(Key.Of(1), [5]).ToArray());
        Assert.NotEqual(Tensor.RandomNormal(1, [5]).ToArray(), Tensor.RandomNormal(2, [5]).ToArray());
        var (first, second) = Key.Of(3).Split();
        Assert.NotEqual(Tensor.RandomUniform(first, [5]).ToArray(), Tensor.RandomUniform(second, [5]).ToArray());
        Assert.Equal([0, 1, 2, 3], Tensor.RandomPermutation(1, 4).Sort().ToInts());
    }

    [Fact]
    public void Elements_are_copied_out()
    {
        var x = Tensor.Of(1f, 2f);
        Span<float> place = stackalloc float[3];
        x.CopyTo(place);
        Assert.Equal([1f, 2f, 0f], place.ToArray());
        var error = Assert.Throws<FunctionalException>(() => x.CopyTo(new float[1]));
        Assert.Equal("CopyTo: destination length = 1 is too short for 2 elements.", error.Message);
        Assert.Equal("[1. 2.]", x.ToString());
        x.Shape[0] = 5;
        Assert.Equal([2], x.Shape);
    }

    [Fact]
    public void Errors_name_operation_and_shapes()
    {
        var error = Assert.Throws<FunctionalException>(() => Tensor.Zeros(2, 3).MatMul(Tensor.Zeros(2, 3)));
        Assert.StartsWith("matmul: ", error.Message);
        Assert.Contains("left   [2; 3]", error.Message);
        Assert.Throws<FunctionalException>(() => Tensor.Of(1, 2) + Tensor.Of(1f, 2f));
    }
}
