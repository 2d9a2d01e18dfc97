using FParts = Functional.ModelParts.ModelModule;
using FModels = Functional.Models.ModelModule;
using FFiles = Functional.ModelFiles.Model;

namespace Functional.CSharp;

public sealed partial class Model
{
    /// <summary>The shape of one sample of each input.</summary>
    public IReadOnlyList<int[]> InputShapes => [.. Inner.InputShapes.Select(shape => shape.ToArray())];

    /// <summary>The shape of one sample of each output.</summary>
    public IReadOnlyList<int[]> OutputShapes => [.. Inner.OutputShapes.Select(shape => shape.ToArray())];

    /// <summary>The names of the inputs.</summary>
    public IReadOnlyList<string> InputNames => [.. Inner.InputNames];

    /// <summary>The names of the outputs.</summary>
    public IReadOnlyList<string> OutputNames => [.. Inner.OutputNames];

    /// <summary>The layers in order; those of a block are inside its entry.</summary>
    public IReadOnlyList<LayerInfo> Layers => LayerInfo.All(FParts.layers(Inner));

    /// <summary>The layer at a path: "encoder/dense_1".</summary>
    /// <exception cref="FunctionalException">There is no such layer; the message names those there are.</exception>
    public LayerInfo Layer(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(FParts.layer(path, Inner));
    }

    /// <summary>The layers of a kind, in Keras's snake case: "conv2d"; those inside blocks too.</summary>
    public IReadOnlyList<LayerInfo> LayersOfKind(string kind) => LayerInfo.All(FParts.layersOfKind(kind, Inner));

    /// <summary>The model up to a layer, with the same weights: the base of another one.</summary>
    /// <exception cref="FunctionalException">There is no such layer.</exception>
    public Model Until(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(FParts.upTo(path, Inner));
    }

    /// <summary>
    /// A model with the same weights that gives the results of these layers, in this order: feature maps, for
    /// <see cref="PredictAll"/>.
    /// </summary>
    /// <exception cref="FunctionalException">There is no such layer.</exception>
    public Model Outputs(params string[] paths) => new(FParts.outputs(Interop.List(paths), Inner));

    /// <summary>The layer at a path as a model of its own, with the same weights: a decoder.</summary>
    /// <exception cref="FunctionalException">There is no such layer.</exception>
    public Model Part(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(FParts.part(path, Inner));
    }

    /// <summary>
    /// The model with the layers at these paths frozen: training leaves their weights as they are, and they run as
    /// outside training. "" is the whole model.
    /// </summary>
    /// <exception cref="FunctionalException">There is no such layer.</exception>
    public Model Freeze(params string[] paths) => new(FParts.freeze(Interop.List(paths), Inner));

    /// <summary>The model with the layers at these paths trained again; "" is the whole model.</summary>
    /// <exception cref="FunctionalException">There is no such layer.</exception>
    public Model Thaw(params string[] paths) => new(FParts.thaw(Interop.List(paths), Inner));

    /// <summary>
    /// The training state of this model after layers were frozen or thawed, from one before: its variables, and what
    /// the optimizer keeps of the weights that are still trained.
    /// <see cref="Resume(TrainState, Dataset, FitOptions?, CancellationToken)"/> goes on from it.
    /// </summary>
    /// <exception cref="FunctionalException">The state is that of another model.</exception>
    public TrainState ContinueFrom(TrainState state, Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(optimizer);
        return new(FParts.continueFrom(optimizer.Inner, state.Inner, Inner));
    }

    /// <summary>The model with the weights that another one has under a path, or all of them for "".</summary>
    /// <exception cref="FunctionalException">Only one of them has some of the weights, which are listed.</exception>
    public Model CopyWeights(string path, Model source)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(source);
        return new(FParts.copyWeights(path, source.Inner, Inner));
    }

    /// <summary>
    /// The model with those of the weights that it has too, and a report of the others. (PyTorch: load_state_dict with
    /// strict=False.)
    /// </summary>
    /// <param name="weights">The weights under names.</param>
    /// <param name="report">What became of each.</param>
    /// <param name="skipMismatch">
    /// Whether weights of another shape are left out and reported (as in Keras), instead of an error. Default false.
    /// </param>
    /// <exception cref="FunctionalException">A shape is another, and such weights are not skipped.</exception>
    public Model WithWeightsInPart(
        IEnumerable<KeyValuePair<string, Tensor>> weights, out WeightsReport report, bool skipMismatch = false)
    {
        var named = Interop.Named(weights);
        var (model, found) = skipMismatch
            ? FParts.withMatchingWeights(named, Inner)
            : FParts.withWeightsInPart(named, Inner);
        report = new(found);
        return new(model);
    }

    /// <summary>
    /// The model with those of the weights of a file that it has too, and a report of the others. The file is one that
    /// <see cref="LoadWeights(string)"/> reads. The model keeps its floating type.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="report">What became of each weight.</param>
    /// <param name="skipMismatch">
    /// Whether weights of another shape are left out and reported, instead of an error: for the base of a trained model
    /// under another head. Default false.
    /// </param>
    /// <exception cref="FunctionalException">
    /// The file is missing or damaged, or a shape is another, and such weights are not skipped.
    /// </exception>
    public Model LoadWeights(string path, out WeightsReport report, bool skipMismatch = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        var (model, found) = skipMismatch
            ? FFiles.loadMatchingWeights(path, Inner)
            : FFiles.loadWeightsInPart(path, Inner);
        report = new(found);
        return new(model);
    }

    /// <summary>The weights of the layer at a path, and of those inside it.</summary>
    /// <exception cref="FunctionalException">There is no such layer; the message names those there are.</exception>
    public IReadOnlyList<Weight> WeightsOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var names = FParts.weightsOf(path, Inner).Select(weight => weight.Item1).ToHashSet();
        return [.. Weights.Where(weight => names.Contains(weight.Name))];
    }

    /// <summary>
    /// The model on symbolic tensors of a graph, with the weights it has: <c>encoder.Call(x)</c>. All calls of one model
    /// share its weights. <see cref="Freeze"/> it before, where they are to stay.
    /// </summary>
    /// <returns>All outputs in order.</returns>
    /// <exception cref="FunctionalException">The inputs are not as many as the model's, or of other shapes.</exception>
    public Network[] Call(params Network[] inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return Network.Call(FParts.toLayerMany(Inner).Network, inputs);
    }

    /// <summary>
    /// The table of its layers with the number of the optimizer's variables, as Keras prints it after compiling.
    /// </summary>
    public string Summary(TrainState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return FParts.summaryWith(state.Inner.OptimizerState, Inner);
    }

    /// <summary>The model with other numbers under one name, in row-major order.</summary>
    /// <exception cref="FunctionalException">There is no such weight, or it has another size.</exception>
    public Model WithWeight(string name, float[] values)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(values);
        return new(FParts.setWeight(name, values, Inner));
    }

    /// <summary>The model in another floating type: Float32, Float64, Float16 or BFloat16.</summary>
    /// <exception cref="FunctionalException">The type is no floating type.</exception>
    public Model Cast(DType type) => new(FParts.cast(type.Inner(), Inner));

    /// <summary>
    /// What the model gives for batches of its inputs, in order, or for one sample of each: all outputs in order.
    /// </summary>
    /// <exception cref="FunctionalException">The tensors are not as many as the inputs, or do not fit them.</exception>
    public Tensor[] PredictAll(params Tensor[] inputs) =>
        [.. FModels.predictAll(Interop.List((IEnumerable<Tensor>)inputs), Inner).Select(y => new Tensor(y))];

    /// <summary>
    /// What the model gives for batches, and the model with the state that follows: stateful layers go on from there.
    /// </summary>
    public (Tensor[] Outputs, Model Next) PredictNext(params Tensor[] inputs)
    {
        var (ys, next) = FParts.predictNext(Interop.List((IEnumerable<Tensor>)inputs), Inner);
        return ([.. ys.Select(y => new Tensor(y))], new Model(next));
    }

    /// <summary>The model with the states of stateful layers at zero again.</summary>
    public Model ResetStates() => new(FParts.resetStates(Inner));

    /// <summary>
    /// What the model gives for batches in training mode, where dropout draws from the key and batch normalization uses
    /// the batch, and the model with the state that follows.
    /// </summary>
    public (Tensor[] Outputs, Model Next) ApplyTraining(Key key, params Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(key);
        var (ys, next) = FParts.applyTraining(key.Inner, Interop.List((IEnumerable<Tensor>)inputs), Inner);
        return ([.. ys.Select(y => new Tensor(y))], new Model(next));
    }
}

/// <summary>The report of weights that were given to a model.</summary>
/// <param name="Loaded">The names of the weights that were taken.</param>
/// <param name="Missing">The names that the model has and that were not given.</param>
/// <param name="Unexpected">The names that were given and that the model does not have.</param>
/// <param name="Mismatched">The names of weights that were left out since their shape is another.</param>
public sealed record WeightsReport(
    IReadOnlyList<string> Loaded,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Unexpected,
    IReadOnlyList<string> Mismatched)
{
    internal WeightsReport(Functional.WeightsReport inner)
        : this([.. inner.Loaded], [.. inner.Missing], [.. inner.Unexpected], [.. inner.Mismatched])
    {
    }

    /// <summary>Whether every weight that was given was taken, and the model has no others.</summary>
    public bool IsComplete => Missing.Count == 0 && Unexpected.Count == 0 && Mismatched.Count == 0;
}

/// <summary>A layer of a model.</summary>
public sealed class LayerInfo
{
    private readonly Functional.LayerInfo inner;

    internal LayerInfo(Functional.LayerInfo inner) => this.inner = inner;

    /// <summary>The names from the model down: "encoder/dense_1".</summary>
    public string Path => inner.Path;

    /// <summary>The name: the last word of the path.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The kind, in Keras's snake case: "dense".</summary>
    public string Kind => inner.Kind;

    /// <summary>
    /// The options under Keras's names: "filters", "kernel_size". Values are numbers, texts, truth values, arrays of them,
    /// and dictionaries.
    /// </summary>
    public IReadOnlyDictionary<string, object> Settings => Interop.Settings(inner.Settings);

    /// <summary>The shapes of one sample of the tensors that it takes.</summary>
    public IReadOnlyList<int[]> InputShapes => [.. inner.InputShapes.Select(shape => shape.ToArray())];

    /// <summary>The shapes of one sample of the tensors that it gives.</summary>
    public IReadOnlyList<int[]> OutputShapes => [.. inner.OutputShapes.Select(shape => shape.ToArray())];

    /// <summary>The shape of one sample of its result; of the first, where it has several.</summary>
    public int[] OutputShape => [.. inner.OutputShape];

    /// <summary>The number of parameters, non-trainable ones included.</summary>
    public long ParameterCount => inner.Parameters;

    /// <summary>The number of trainable parameters.</summary>
    public long TrainableParameterCount => inner.TrainableParameters;

    /// <summary>
    /// The paths of the layers whose results it takes, and the names of a graph's inputs; empty where it takes the input
    /// of a chain.
    /// </summary>
    public IReadOnlyList<string> ConnectedTo => [.. inner.ConnectedTo];

    /// <summary>The layers inside it, where it is a block.</summary>
    public IReadOnlyList<LayerInfo> Layers => All(inner.Layers);

    /// <summary>The path, the kind and the shape.</summary>
    public override string ToString() => $"{Path} ({Kind}) {ShapeModule.toString(inner.OutputShape)}";

    internal static IReadOnlyList<LayerInfo> All(IEnumerable<Functional.LayerInfo> layers) =>
        [.. layers.Select(layer => new LayerInfo(layer))];
}
