
namespace Functional.CSharp.Tests;

public static class DerivativeTests
{
    private static Tensor Wave(Tensor x) => Tensor.Sum(Tensor.Sin(x) * x);

    private static Tensor Rosenbrock(Tensor x) => 100 * Tensor.Square(x[1] - x[0] * x[0]) + Tensor.Square(1 - x[0]);

    [Tests]
    public static Test Tests => List("Derivative",
        Case("Derivatives are one line", () =>
        {
            Tensor g = Derivative.Gradient(x => Tensor.Sum(Tensor.Sin(x) * x), Tensor.Of(0.3, 1.1, 2.0));
            Tensor h = Derivative.Hessian(Rosenbrock, Tensor.Of(-1.2, 1.0));
            Expect.Equal(0.582121, g[0].ToDouble(), 1e-5);
            Expect.Equal([1330f, 480f, 480f, 200f], h.Flatten().ToArray().Select(v => MathF.Round(v)));
        }),

        Case("The gradient of a model's parameters, and a step along it", () =>
        {
            Model model = Network.Input(3).Dense(2, Activation.Tanh).Dense(1).Build(seed: 1);
            Tensor x = Tensor.RandomNormal(Key.Of(2), [5, 3]);
            Tensor Loss(ModelVariables variables) => Tensor.Square(model.Forward(variables, x)).Mean();
            ModelVariables start = ModelVariables.Of(model);
            var (value, gradient) = Derivative.ValueAndGradient(Loss, start);
            Expect.Equal(Tensor.Square(model.Predict(x)).Mean().ToDouble(), value.ToDouble(), 1e-6);
            Expect.Equal(start["dense/kernel"].Shape, gradient["dense/kernel"].Shape);
            Expect.True(Loss(start.Zip(gradient, (w, g) => w - 0.05 * g)).ToDouble() < value.ToDouble());

            // through a step of descent: the gradient of a function with a gradient inside
            Tensor After(ModelVariables at) => Loss(at.Zip(Derivative.Gradient(Loss, at), (w, g) => w - 0.1 * g));
            ModelVariables outer = Derivative.Gradient(After, start);
            ModelVariables Moved(double h) => start.Zip(outer, (w, g) => w + h * g);
            double slope = (After(Moved(1e-2)) - After(Moved(-1e-2))).ToDouble() / 2e-2;
            double expected = outer.All.Sum(weight => Tensor.Square(weight.Value).Sum().ToDouble());
            Expect.Equal(expected, slope, 0.02 * expected);
        }),

        Case("The gradient of a lambda", () =>
        {
            double[] at = [0.3, 1.1, 2.0];
            var gradient = Derivative.Gradient(Wave, Tensor.Of(DType.Float64, at)).ToDoubles();
            for (var i = 0; i < at.Length; i++)
                Expect.Equal(Math.Sin(at[i]) + at[i] * Math.Cos(at[i]), gradient[i], 12);
            var (value, same) = Derivative.ValueAndGradient(Wave, Tensor.Of(DType.Float64, at));
            Expect.Equal(at.Sum(x => x * Math.Sin(x)), value.ToDouble(), 12);
            Expect.Equal(gradient, same.ToDoubles());
        }),

        Case("The Hessian of Rosenbrock", () =>
        {
            var hessian = Derivative.Hessian(Rosenbrock, Tensor.Of(DType.Float64, -1.2, 1.0));
            Expect.Equal([2, 2], hessian.Shape);
            var expected = new[] { 1330.0, 480, 480, 200 };
            Expect.All(hessian.ToDoubles().Zip(expected), pair => Expect.Equal(pair.Second, pair.First, 9));
            Expect.Equal(1530, Derivative.Laplacian(Rosenbrock, Tensor.Of(DType.Float64, -1.2, 1.0)).ToDouble(), 9);
        }),

        Case("Jacobian and its products agree", () =>
        {
            static Tensor F(Tensor x) => Tensor.Stack(0, x[0] * x[1], Tensor.Exp(x[0]), x[1] * x[1]);
            var x = Tensor.Of(DType.Float64, 0.5, 2.0);
            var jacobian = Derivative.Jacobian(F, x);
            Expect.Equal([3, 2], jacobian.Shape);
            var v = Tensor.Of(DType.Float64, 1.0, -1.0);
            Expect.True(Tensor.AllClose(jacobian.MatMul(v), Derivative.Jvp(F, x, v).Tangent));
            var w = Tensor.Of(DType.Float64, 1.0, 2.0, 3.0);
            Expect.True(Tensor.AllClose(w.MatMul(jacobian), Derivative.Vjp(F, x).Pull(w)));
        }),

        Case("Fields", () =>
        {
            static Tensor Turn(Tensor x) => Tensor.Stack(0, -x[1], x[0], Tensor.ZerosLike(x[2]));
            var at = Tensor.Of(DType.Float64, 1.0, 2.0, 3.0);
            Expect.Equal([0.0, 0, 2], Derivative.Curl(Turn, at).ToDoubles());
            Expect.Equal(0, Derivative.Divergence(Turn, at).ToDouble());
            Expect.Equal(6, Derivative.Diff(x => x * x * x, Tensor.Scalar(1, DType.Float64), 2).ToDouble());
        }),

        Case("Transforms nest", () =>
        {
            var xs = Tensor.Linspace(0, 1, 5, DType.Float64);
            var slopes = Derivative.Vmap(x => Derivative.Gradient(y => y * y * y, x))(xs);
            Expect.True(Tensor.AllClose(slopes, 3 * xs * xs));
            var calls = 0;
            var fast = Derivative.Compile(x =>
            {
                calls++;
                return Derivative.Gradient(Wave, x);
            });
            var expected = Derivative.Gradient(Wave, xs);
            Expect.True(Tensor.AllClose(expected, fast(xs)));
            Expect.True(Tensor.AllClose(expected, fast(xs)));
            Expect.Equal(1, calls);
            var again = Derivative.Checkpoint(x => Tensor.Sin(x) * x);
            Expect.True(Tensor.AllClose(expected, Derivative.Gradient(x => Tensor.Sum(again(x)), xs)));
        }),

        Case("Several arguments", () =>
        {
            var (value, gradients) = Derivative.ValueAndGradients(
                xs => Tensor.Sum(xs[0] * xs[1]), Tensor.Of(1f, 2f), Tensor.Of(3f, 4f));
            Expect.Equal(11, value.ToDouble());
            Expect.Equal([3f, 4f], gradients[0].ToArray());
            Expect.Equal([1f, 2f], gradients[1].ToArray());
        }),

        Case("A derivative of ones own", () =>
        {
            var straight = Derivative.CustomVjp(Tensor.Round, (_, _, ct) => ct);
            Expect.Equal([1f, 1f], Derivative.Gradient(x => Tensor.Sum(straight(x)), Tensor.Of(0.3, 1.7)).ToArray());
        }),

        Case("Gradients are checked", () =>
        {
            var check = Derivative.CheckGradients(Wave, Tensor.Of(0.3, 1.1, 2.0));
            Expect.True(check.Passed);
            Expect.StartsWith("gradient check passed: forward error", check.ToString());
        }),

        Case("A function that is no scalar has no gradient", () =>
        {
            var error = Expect.Throws<FunctionalException>(() => Derivative.Gradient(x => x, Tensor.Of(1f, 2f)));
            Expect.StartsWith("grad: ", error.Message);
            Expect.Throws<FunctionalException>(() => Derivative.Gradient(x => null!, Tensor.Of(1f)));
            Expect.Throws<ArgumentNullException>(() => Derivative.Gradient(null!, Tensor.Of(1f)));
        }));
}
