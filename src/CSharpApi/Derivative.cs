using FNumerical = Functional.NumericalDerivatives;

namespace Functional.CSharp;

/// <summary>
/// Derivatives of functions of a tensor, exact to rounding, and what else can be done to such functions. They nest in
/// any order: the gradient of a gradient, mapped over a batch, compiled. A function must be pure, made of tensor
/// operations, and compute in the type of its argument. Where it does not depend on its argument, the derivative is
/// zero.
/// </summary>
/// <remarks>
/// Results and arguments of the wrong shape or type raise a <see cref="FunctionalException"/>.
/// </remarks>
public static class Derivative
{
    /// <summary>
    /// The gradient of a function from a tensor to a scalar. It has the shape of <paramref name="x"/>.
    /// </summary>
    public static Tensor Gradient(Func<Tensor, Tensor> f, Tensor x) => Wrap(FDerivative.grad(Inside(f), Inside(x)));

    /// <summary>The value and the gradient of a function from a tensor to a scalar.</summary>
    public static (Tensor Value, Tensor Gradient) ValueAndGradient(Func<Tensor, Tensor> f, Tensor x) =>
        Wrap(FDerivative.fgrad(Inside(f), Inside(x)));

    /// <summary>
    /// The value of a function from several tensors to a scalar, and its gradient by each of them.
    /// </summary>
    public static (Tensor Value, Tensor[] Gradients) ValueAndGradients(Func<Tensor[], Tensor> f, params Tensor[] xs)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(xs);
        var tree = Tree<FTensor>.NewNode(
            ListModule.OfSeq(xs.Select((x, i) => Tuple.Create($"{i}", Tree<FTensor>.NewLeaf(Inside(x))))));
        var inside = FuncConvert.FromFunc<Tree<FTensor>, FTensor>(
            t => Interop.Result(f([.. TreeModule.leaves(t).Select(Wrap)])));
        var (value, gradients) = TreeDerivatives.Tree.valueAndGrad(inside, tree);
        return (Wrap(value), [.. TreeModule.leaves(gradients).Select(Wrap)]);
    }

    /// <summary>
    /// The value of a function of a model's variables to a scalar, and its gradient by the parameters: variables of the same
    /// names. Use <see cref="ModelVariables.Zip"/> to go along it.
    /// </summary>
    public static (Tensor Value, ModelVariables Gradient) ValueAndGradient(
        Func<ModelVariables, Tensor> f, ModelVariables at)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(at);
        var inside = FuncConvert.FromFunc<Tree<FTensor>, FTensor>(
            parameters => Interop.Result(f(at.WithParameters(parameters))));
        var (value, gradient) = TreeDerivatives.Tree.valueAndGrad(inside, at.Inner.Parameters);
        return (Wrap(value), at.WithParameters(gradient));
    }

    /// <summary>
    /// The gradient of a function of a model's variables to a scalar by the parameters: variables of the same names.
    /// </summary>
    public static ModelVariables Gradient(Func<ModelVariables, Tensor> f, ModelVariables at) =>
        ValueAndGradient(f, at).Gradient;

    /// <summary>
    /// The derivative of a function from a scalar to anything. It has the shape of the function's result.
    /// </summary>
    public static Tensor Diff(Func<Tensor, Tensor> f, Tensor x) => Wrap(FDerivative.diff(Inside(f), Inside(x)));

    /// <summary>
    /// The n-th derivative of a function from a scalar; for n = 0 the function itself. Its cost doubles with n.
    /// </summary>
    public static Tensor Diff(Func<Tensor, Tensor> f, Tensor x, int n) =>
        Wrap(FDerivative.diffn(n, Inside(f), Inside(x)));

    /// <summary>
    /// The derivative of a function to a scalar along <paramref name="v"/>, at the cost of one evaluation.
    /// </summary>
    public static Tensor GradientVector(Func<Tensor, Tensor> f, Tensor x, Tensor v) =>
        Wrap(FDerivative.gradv(Inside(f), Inside(x), Inside(v)));

    /// <summary>
    /// The Jacobian, of the shape of the result followed by that of <paramref name="x"/>, by reverse mode where the
    /// result is smaller than the argument, else by forward mode.
    /// </summary>
    public static Tensor Jacobian(Func<Tensor, Tensor> f, Tensor x) => Wrap(FDerivative.jacobian(Inside(f), Inside(x)));

    /// <summary>
    /// The value and the Jacobian times <paramref name="v"/>, by forward mode. v has the shape of <paramref name="x"/>.
    /// </summary>
    public static (Tensor Value, Tensor Tangent) Jvp(Func<Tensor, Tensor> f, Tensor x, Tensor v) =>
        Wrap(FDerivative.jvp(Inside(f), Inside(x), Inside(v)));

    /// <summary>
    /// The value, and the function from v to the transposed Jacobian times v, by reverse mode. v has the shape of the
    /// value.
    /// </summary>
    public static (Tensor Value, Func<Tensor, Tensor> Pull) Vjp(Func<Tensor, Tensor> f, Tensor x)
    {
        var (value, pull) = FDerivative.vjp(Inside(f), Inside(x));
        return (Wrap(value), v => Wrap(pull.Invoke(Inside(v))));
    }

    /// <summary>The Hessian of a function to a scalar: the shape of <paramref name="x"/> twice.</summary>
    public static Tensor Hessian(Func<Tensor, Tensor> f, Tensor x) => Wrap(FDerivative.hessian(Inside(f), Inside(x)));

    /// <summary>The Hessian times <paramref name="v"/>, without forming it.</summary>
    public static Tensor HessianVector(Func<Tensor, Tensor> f, Tensor x, Tensor v) =>
        Wrap(FDerivative.hessianv(Inside(f), Inside(x), Inside(v)));

    /// <summary>The gradient and the Hessian of a function to a scalar.</summary>
    public static (Tensor Gradient, Tensor Hessian) GradientAndHessian(Func<Tensor, Tensor> f, Tensor x) =>
        Wrap(FDerivative.gradhessian(Inside(f), Inside(x)));

    /// <summary>The derivative along <paramref name="v"/> and the Hessian times v of a function to a scalar.</summary>
    public static (
        Tensor Slope, Tensor Curvature) GradientAndHessianVector(Func<Tensor, Tensor> f, Tensor x, Tensor v) =>
        Wrap(FDerivative.gradhessianv(Inside(f), Inside(x), Inside(v)));

    /// <summary>The Laplacian of a function to a scalar: the sum of its second derivatives.</summary>
    public static Tensor Laplacian(Func<Tensor, Tensor> f, Tensor x) =>
        Wrap(FDerivative.laplacian(Inside(f), Inside(x)));

    /// <summary>The divergence of a vector field, from n numbers to n numbers.</summary>
    public static Tensor Divergence(Func<Tensor, Tensor> f, Tensor x) =>
        Wrap(FDerivative.divergence(Inside(f), Inside(x)));

    /// <summary>The curl of a vector field, from 3 numbers to 3 numbers.</summary>
    public static Tensor Curl(Func<Tensor, Tensor> f, Tensor x) => Wrap(FDerivative.curl(Inside(f), Inside(x)));

    /// <summary>
    /// The function mapped over an axis of its argument, with the results' new axis at another place, computed as one.
    /// Defaults: the first axis of both. Negative axes count from the end.
    /// </summary>
    public static Func<Tensor, Tensor> Vmap(Func<Tensor, Tensor> f, int inAxis = 0, int outAxis = 0)
    {
        var inside = Inside(f);
        return x => Wrap(FDerivative.vmapAxes(inAxis, outAxis, inside, Inside(x)));
    }

    /// <summary>
    /// The function traced once for each shape and type it meets, then replayed without its code. It must be pure: what
    /// it prints, and numbers it reads from elsewhere, belong to the first call. Keep the result, which holds the
    /// plans.
    /// </summary>
    public static Func<Tensor, Tensor> Compile(Func<Tensor, Tensor> f)
    {
        var compiled = FDerivative.Tensor.compile(Inside(f));
        return x => Wrap(compiled.Invoke(Inside(x)));
    }

    /// <summary>
    /// The function computed again in the backward pass instead of kept: less memory for more time. Same values and
    /// derivatives.
    /// </summary>
    public static Func<Tensor, Tensor> Checkpoint(Func<Tensor, Tensor> f)
    {
        var inside = Inside(f);
        return x => Wrap(FDerivative.Tensor.checkpoint(inside, Inside(x)));
    }

    /// <summary>
    /// The function with a derivative of one's own: <paramref name="pull"/> takes the argument, the result, and the
    /// cotangent of the result, in which it must be linear, and gives the cotangent of the argument.
    /// </summary>
    public static Func<Tensor, Tensor> CustomVjp(Func<Tensor, Tensor> f, Func<Tensor, Tensor, Tensor, Tensor> pull)
    {
        ArgumentNullException.ThrowIfNull(pull);
        var inside = Inside(f);
        var back = FuncConvert.FromFunc<FTensor, FTensor, FTensor, FTensor>(
            (x, y, ct) => Interop.Result(pull(Wrap(x), Wrap(y), Wrap(ct))));
        return x => Wrap(FDerivative.customVjp(inside, back, Inside(x)));
    }

    /// <summary>The tensor as a constant: its derivative is zero.</summary>
    public static Tensor StopGradient(Tensor x) => Tensor.StopGradient(x);

    /// <summary>
    /// Compares both modes of differentiation of the function with central differences, in float64. The function must
    /// compute in the type of its argument.
    /// </summary>
    public static GradientCheck CheckGradients(Func<Tensor, Tensor> f, Tensor x) =>
        new(FNumerical.checkGradients(Inside(f), Inside(x)));

    private static FSharpFunc<FTensor, FTensor> Inside(Func<Tensor, Tensor> f) => Interop.Function(f);

    private static FTensor Inside(Tensor x) => Interop.Inner(x);

    private static Tensor Wrap(FTensor x) => new(x);

    private static (Tensor, Tensor) Wrap(Tuple<FTensor, FTensor> pair) => (new(pair.Item1), new(pair.Item2));
}
