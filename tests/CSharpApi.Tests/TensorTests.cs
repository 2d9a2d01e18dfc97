
namespace Functional.CSharp.Tests;

public static class TensorTests
{
    [Tests]
    public static Test Tests => List("Tensor",
        Case("A collection of numbers is a vector", () =>
        {
            Expect.Equal([3], Tensor.From([1f, 2f, 3f]).Shape);
            Expect.Equal([2], Tensor.From([.. new[] { 1.5, 2.5 }]).Shape);
            Expect.Equal(DType.Int32, Tensor.From([1, 2]).DType);
            Expect.Equal([1], Tensor.From([true]).Shape);
        }),

        Case("Numbers become vectors of the default type", () =>
        {
            Expect.Equal(DType.Float32, Tensor.Of(0.5, 1.5).DType);
            Expect.Equal(DType.Float32, Tensor.Of(0.5f, 1.5f).DType);
            Expect.Equal(DType.Int32, Tensor.Of(1, 2, 3).DType);
            Expect.Equal(DType.Bool, Tensor.Of(true, false).DType);
            Expect.Equal(DType.Float64, Tensor.Of(DType.Float64, 0.1, 0.2).DType);
            Expect.Equal([0.1, 0.2], Tensor.Of(DType.Float64, 0.1, 0.2).ToDoubles());
        }),

        Case("Arrays keep their shape", () =>
        {
            var x = Tensor.From(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
            Expect.Equal([2, 3], x.Shape);
            Expect.Equal([1f, 2f, 3f, 4f, 5f, 6f], x.ToArray());
            Expect.Equal([2, 3], Tensor.From(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } }).Shape);
            Expect.Equal([[1f, 2f], [3f, 4f]], Tensor.From([[1f, 2f], [3f, 4f]]).ToRows());
            Expect.Equal([3, 2], Tensor.From(x.ToArray().AsSpan(), 3, 2).Shape);
        }),

        Case("Creation follows NumPy", () =>
        {
            Expect.Equal([0f, 0f, 0f], Tensor.Zeros(3).ToArray());
            Expect.Equal(DType.Int32, Tensor.Ones(DType.Int32, 2, 2).DType);
            Expect.Equal([7f, 7f], Tensor.Full(7, 2).ToArray());
            Expect.Equal([0f, 0.5f, 1f], Tensor.Linspace(0, 1, 3).ToArray());
            Expect.Equal([1f, 3f, 5f], Tensor.Arange(1, 7, 2).ToArray());
            Expect.Equal([0, 1, 2], Tensor.Arange(3).ToInts());
            Expect.Equal([1f, 0f, 0f, 1f], Tensor.Eye(2).ToArray());
            Expect.Equal([0f, 1f, 0f, 1f, 0f, 0f], Tensor.OneHot(Tensor.Of(1, 0), 3).ToArray());
        }),

        Case("Operators broadcast", () =>
        {
            var x = Tensor.From(new float[,] { { 1, 2 }, { 3, 4 } });
            var row = Tensor.Of(10f, 20f);
            Expect.Equal([11f, 22f, 13f, 24f], (x + row).ToArray());
            Expect.Equal([9f, 18f, 7f, 16f], (row - x).ToArray());
            Expect.Equal([2f, 4f, 6f, 8f], (2 * x).ToArray());
            Expect.Equal([0.5f, 1f, 1.5f, 2f], (x / 2).ToArray());
            Expect.Equal([-1f, -2f, -3f, -4f], (-x).ToArray());
            Expect.Equal([1f, 0f, 1f, 0f], (x % 2).ToArray());
            Expect.Equal([false, false, true, true], (x > 2).ToBools());
            Expect.Equal([false, true, false, false], ((x >= 2) & !(x > 2)).ToBools());
        }),

        Case("Indices and ranges are those of the language", () =>
        {
            var x = Tensor.Arange(0, 12).Reshape(3, 4);
            Expect.Equal([4f, 5f, 6f, 7f], x[1].ToArray());
            Expect.Equal(11, x[^1, ^1].ToDouble());
            Expect.Equal([1f, 5f, 9f], x[.., 1].ToArray());
            Expect.Equal([4f, 5f, 8f, 9f], x[1..3, ..2].ToArray());
            Expect.Equal([8f, 9f, 10f, 11f], x[-1].ToArray());
            Expect.Equal([3f, 2f, 1f, 0f], x[0].Slice(0, step: -1).ToArray());
            var error = Expect.Throws<FunctionalException>(() => x[3]);
            Expect.Equal("index: index = 3 is outside axis 0 of length 3.", error.Message);
            Expect.Throws<FunctionalException>(() => x[0, 0, 0]);
        }),

        Case("Reductions drop or keep axes", () =>
        {
            var x = Tensor.From(new float[,] { { 1, 2 }, { 3, 4 } });
            Expect.Equal(10, x.Sum().ToDouble());
            Expect.Equal([4f, 6f], x.Sum(0).ToArray());
            Expect.Equal([2, 1], x.Mean(1, keepDims: true).Shape);
            Expect.Equal([2f, 4f], x.Max(-1).ToArray());
            Expect.Equal(2.5, x.Mean([0, 1]).ToDouble());
            Expect.Equal([1, 1], x.ArgMax().ToInts());
            Expect.Equal(Math.Sqrt(30), x.Norm().ToDouble(), 5);
        }),

        Case("Shapes change without the elements", () =>
        {
            var x = Tensor.Arange(0, 6).Reshape(2, -1);
            Expect.Equal([3, 2], x.Transpose().Shape);
            Expect.Equal([2, 1, 3], x.ExpandDims(1).Shape);
            Expect.Equal([4, 3], Tensor.Concat(0, x, x).Shape);
            Expect.Equal([2, 2, 3], Tensor.Stack(0, x, x).Shape);
            Expect.Equal([1, 2], x.Split(1, 1, 2).Select(part => part.Shape[1]));
            Expect.Equal([3, 4], x.Transpose().Pad([(0, 0), (1, 1)]).Shape);
        }),

        Case("Products", () =>
        {
            var a = Tensor.From(new float[,] { { 1, 2 }, { 3, 4 } });
            var b = Tensor.From(new float[,] { { 5, 6 }, { 7, 8 } });
            Expect.Equal([19f, 22f, 43f, 50f], a.MatMul(b).ToArray());
            Expect.Equal([19f, 22f, 43f, 50f], Tensor.Einsum("ij,jk->ik", a, b).ToArray());
            Expect.Equal(5, a.Trace().ToDouble());
            Expect.Equal([2, 2], Tensor.Of(1f, 2f).Outer(Tensor.Of(3f, 4f)).Shape);
        }),

        Case("Random numbers come from keys", () =>
        {
            Expect.Equal(Tensor.RandomNormal(1, [5]).ToArray(), Tensor.RandomNormal(Key.Of(1), [5]).ToArray());
            Expect.NotEqual(Tensor.RandomNormal(1, [5]).ToArray(), Tensor.RandomNormal(2, [5]).ToArray());
            var (first, second) = Key.Of(3).Split();
            Expect.NotEqual(Tensor.RandomUniform(first, [5]).ToArray(), Tensor.RandomUniform(second, [5]).ToArray());
            Expect.Equal([0, 1, 2, 3], Tensor.RandomPermutation(1, 4).Sort().ToInts());
        }),

        Case("Elements are copied out", () =>
        {
            var x = Tensor.Of(1f, 2f);
            Span<float> place = stackalloc float[3];
            x.CopyTo(place);
            Expect.Equal([1f, 2f, 0f], place.ToArray());
            var error = Expect.Throws<FunctionalException>(() => x.CopyTo(new float[1]));
            Expect.Equal("CopyTo: destination length = 1 is too short for 2 elements.", error.Message);
            Expect.Equal("[1. 2.]", x.ToString());
            Expect.Equal([2], x.Shape);
        }),

        Alone(Case("Reading a shape again allocates nothing", () =>
        {
            var x = Tensor.Zeros(2, 3);
            var axes = x.Shape.Length;
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
                axes += x.Shape.Length + x.Shape[1];
            Expect.Equal(0L, GC.GetAllocatedBytesForCurrentThread() - before);
            Expect.Equal(2 + (1000 * 5), axes);
        })),

        Case("A shape is taken where lengths are", () =>
        {
            var x = Tensor.Arange(6).Reshape(2, 3);
            Expect.Equal([2, 3], Tensor.Zeros(x.Shape).Shape);
            Expect.Equal([2, 3], Tensor.Arange(6).Reshape(x.Shape).Shape);
            Expect.Equal([2, 3], Tensor.RandomUniform(1, x.Shape).Shape);
            Expect.Equal([2, 3], Tensor.From(new float[6].AsSpan(), x.Shape).Shape);
            Expect.Equal([], Tensor.Zeros().Shape);
        }),

        Case("The smallest index is outside of every axis", () =>
            Expect.Throws<FunctionalException>(() => Tensor.Zeros(2)[int.MinValue])),

        Case("Errors name operation and shapes", () =>
        {
            var error = Expect.Throws<FunctionalException>(() => Tensor.Zeros(2, 3).MatMul(Tensor.Zeros(2, 3)));
            Expect.StartsWith("matmul: ", error.Message);
            Expect.Contains("left   [2; 3]", error.Message);
            Expect.Throws<FunctionalException>(() => Tensor.Of(1, 2) + Tensor.Of(1f, 2f));
        }));
}
