namespace Functional.CSharp;

public sealed partial class Network
{
    /// <summary>
    /// A function of a batch as a layer without parameters. It keeps the batch axis. A model that holds it saves its
    /// weights, not its code.
    /// </summary>
    public Network Then(Func<Tensor, Tensor> f) => With(LayerModule.ofFunction("lambda", Interop.Function(f)));

    /// <summary>
    /// A function of this result and another one, as a layer without parameters that keeps the batch axis:
    /// <c>left.Then(right, (a, b) => Tensor.Abs(a - b))</c>. A model that holds it saves its weights, not its code.
    /// </summary>
    /// <exception cref="FunctionalException">The function does not keep the batch axis.</exception>
    public Network Then(Network other, Func<Tensor, Tensor, Tensor> f)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(f);
        var function = FuncConvert.FromFunc<FSharpList<FTensor>, FTensor>(xs =>
            Interop.Result(f(new Tensor(xs.Head), new Tensor(xs.Tail.Head))));
        return Join(LayerModule.ofFunctionOfMany("lambda", function), [this, other]);
    }

    /// <summary>
    /// A layer of one's own with parameters. <paramref name="parameters"/> gives them under names, from a key and the
    /// shape of a sample; <paramref name="apply"/> computes on a batch. A model that holds it saves its weights, not
    /// its code.
    /// </summary>
    /// <param name="kind">What the layer is: its name, counted from the second on.</param>
    /// <param name="parameters">The first parameters.</param>
    /// <param name="apply">The layer's function; it keeps the batch axis.</param>
    /// <param name="outputShape">
    /// The shape that it gives for a sample's; by default it is found by following the function.
    /// </param>
    /// <exception cref="FunctionalException">The kind is empty or holds a '/', or is that of a chain.</exception>
    public Network Custom(
        string kind,
        Func<Key, int[], (string Name, Tensor Value)[]> parameters,
        Func<Parameters, Tensor, Tensor> apply,
        Func<int[], int[]>? outputShape = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(apply);
        return Custom(
            kind,
            (key, shape) => new LayerStart { Parameters = parameters(key, shape) },
            call => new LayerResult(apply(call.Parameters, call.Input)),
            outputShape);
    }

    /// <summary>
    /// A layer of one's own in full: with parameters, a state that the forward pass changes, random numbers, and
    /// another behaviour while training. A model that holds it saves its weights, not its code.
    /// </summary>
    /// <param name="kind">What the layer is: its name, counted from the second on.</param>
    /// <param name="start">The first parameters and state, from a key and the shape of a sample.</param>
    /// <param name="apply">The layer's function, which must be pure; it keeps the batch axis.</param>
    /// <param name="outputShape">
    /// The shape that it gives for a sample's; by default it is found by following the function.
    /// </param>
    /// <exception cref="FunctionalException">The kind is empty or holds a '/', or is that of a chain.</exception>
    public Network Custom(
        string kind,
        Func<Key, int[], LayerStart> start,
        Func<LayerCall, LayerResult> apply,
        Func<int[], int[]>? outputShape = null)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(apply);

        Tuple<FTensor, Variables> Apply(Variables variables, Run run, FTensor x)
        {
            var result = apply(new LayerCall(variables, run, x));
            var state = result.State is { } next ? LayerStart.Tree(next) : variables.State;
            var losses = result.Loss is { } loss ? ListModule.OfArray([Interop.Inner(loss)]) : FSharpList<FTensor>.Empty;
            return Tuple.Create(Interop.Inner(result.Output), new Variables(variables.Parameters, state, losses));
        }

        FSharpList<int> ShapeOf(Variables variables, FSharpList<int> shape)
        {
            if (outputShape is not null)
                return Interop.List(outputShape([.. shape]));
            var run = new Run(false, FKeys.ofInt(0));
            var function = FuncConvert.FromFunc<FTensor, FTensor>(x => Apply(variables, run, x).Item1);
            return LayerModule.shapes([shape], LayerModule.ofFunction(kind, function)).Head;
        }

        Tuple<Variables, FSharpList<int>> Start(FKey key, FSharpList<int> shape)
        {
            var variables = start(new Key(key), [.. shape]).Inside();
            return Tuple.Create(variables, ShapeOf(variables, shape));
        }

        return With(LayerModule.makeWith(
            kind,
            FuncConvert.FromFunc<FKey, FSharpList<int>, Tuple<Variables, FSharpList<int>>>(Start),
            FuncConvert.FromFunc<Variables, Run, FTensor, Tuple<FTensor, Variables>>(Apply)));
    }
}
