using Xunit;

namespace Functional.CSharp.Tests;

public class DerivativeTests
{
    private static Tensor Wave(Tensor x) => Tensor.Sum(Tensor.Sin(x) * x);

    private static Tensor Rosenbrock(Tensor x) => 100 * Tensor.Square(x[1] - x[0] * x[0]) + Tensor.Square(1 - x[0]);

    [Fact]
    public void Derivatives_are_one_line()
    {
        Tensor g = Derivative.Gradient(x => Tensor.Sum(Tensor.Sin(x) * x), Tensor.Of(0.3, 1.1, 2.0));
        Tensor h = Derivative.Hessian(Rosenbrock, Tensor.Of(-1.2, 1.0));
        Assert.Equal(0.582121, g[0].ToDouble(), 1e-5);
        Assert.Equal([1330f, 480f, 480f, 200f], h.Flatten().ToArray().Select(v => MathF.Round(v)));
    }

    [Fact]
    public void The_gradient_of_a_lambda()
    {
        double[] at = [0.3, 1.1, 2.0];
        var gradient = Derivative.Gradient(Wave, Tensor.Of(DType.Float64, at)).ToDoubles();
        for (var i = 0; i < at.Length; i++)
            Assert.Equal(Math.Sin(at[i]) + at[i] * Math.Cos(at[i]), gradient[i], 12);
        var (value, same) = Derivative.ValueAndGradient(Wave, Tensor.Of(DType.Float64, at));
        Assert.Equal(at.Sum(x => x * Math.Sin(x)), value.ToDouble(), 12);
        Assert.Equal(gradient, same.ToDoubles());
    }

    [Fact]
    public void The_Hessian_of_Rosenbrock()
    {
        var hessian = Derivative.Hessian(Rosenbrock, Tensor.Of(DType.Float64, -1.2, 1.0));
        Assert.Equal([2, 2], hessian.Shape);
        var expected = new[] { 1330.0, 480, 480, 200 };
        Assert.All(hessian.ToDoubles().Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 9));
        Assert.Equal(1530, Derivative.Laplacian(Rosenbrock, Tensor.Of(DType.Float64, -1.2, 1.0)).ToDouble(), 9);
    }

    [Fact]
    public void Jacobian_and_its_products_agree()
    {
        static Tensor F(Tensor x) => Tensor.Stack(0, x[0] * x[1], Tensor.Exp(x[0]), x[1] * x[1]);
        var x = Tensor.Of(DType.Float64, 0.5, 2.0);
        var jacobian = Derivative.Jacobian(F, x);
        Assert.Equal([3, 2], jacobian.Shape);
        var v = Tensor.Of(DType.Float64, 1.0, -1.0);
        Assert.True(Tensor.AllClose(jacobian.MatMul(v), Derivative.Jvp(F, x, v).Tangent));
        var w = Tensor.Of(DType.Float64, 1.0, 2.0, 3.0);
        Assert.True(Tensor.AllClose(w.MatMul(jacobian), Derivative.Vjp(F, x).Pull(w)));
    }

    [Fact]
    public void Fields()
    {
        static Tensor Turn(Tensor x) => Tensor.Stack(0, -x[1], x[0], Tensor.ZerosLike(x[2]));
        var at = Tensor.Of(DType.Float64, 1.0, 2.0, 3.0);
        Assert.Equal([0.0, 0, 2], Derivative.Curl(Turn, at).ToDoubles());
        Assert.Equal(0, Derivative.Divergence(Turn, at).ToDouble());
        Assert.Equal(6, Derivative.Diff(x => x * x * x, Tensor.Scalar(1, DType.Float64), 2).ToDouble());
    }

    [Fact]
    public void Transforms_nest()
    {
        var xs = Tensor.Linspace(0, 1, 5, DType.Float64);
        var slopes = Derivative.Vmap(x => Derivative.Gradient(y => y * y * y, x))(xs);
        Assert.True(Tensor.AllClose(slopes, 3 * xs * xs));
        var calls = 0;
        var fast = Derivative.Compile(x =>
        {
            calls++;
            return Derivative.Gradient(Wave, x);
        });
        var expected = Derivative.Gradient(Wave, xs);
        Assert.True(Tensor.AllClose(expected, fast(xs)));
        Assert.True(Tensor.AllClose(expected, fast(xs)));
        Assert.Equal(1, calls);
        var again = Derivative.Checkpoint(x => Tensor.Sin(x) * x);
        Assert.True(Tensor.AllClose(expected, Derivative.Gradient(x => Tensor.Sum(again(x)), xs)));
    }

    [Fact]
    public void Several_arguments()
    {
        var (value, gradients) = Derivative.ValueAndGradients(
            xs => Tensor.Sum(xs[0] * xs[1]), Tensor.Of(1f, 2f), Tensor.Of(3f, 4f));
        Assert.Equal(11, value.ToDouble());
        Assert.Equal([3f, 4f], gradients[0].ToArray());
        Assert.Equal([1f, 2f], gradients[1].ToArray());
    }

    [Fact]
    public void A_derivative_of_ones_own()
    {
        var straight = Derivative.CustomVjp(Tensor.Round, (_, _, ct) => ct);
        Assert.Equal([1f, 1f], Derivative.Gradient(x => Tensor.Sum(straight(x)), Tensor.Of(0.3, 1.7)).ToArray());
    }

    [Fact]
    public void Gradients_are_checked()
    {
        var check = Derivative.CheckGradients(Wave, Tensor.Of(0.3, 1.1, 2.0));
        Assert.True(check.Passed);
        Assert.StartsWith("gradient check passed: forward error", check.ToString());
    }

    [Fact]
    public void A_function_that_is_no_scalar_has_no_gradient()
    {
        var error = Assert.Throws<FunctionalException>(() => Derivative.Gradient(x => x, Tensor.Of(1f, 2f)));
        Assert.StartsWith("grad: ", error.Message);
        Assert.Throws<FunctionalException>(() => Derivative.Gradient(x => null!, Tensor.Of(1f)));
        Assert.Throws<ArgumentNullException>(() => Derivative.Gradient(null!, Tensor.Of(1f)));
    }
}
