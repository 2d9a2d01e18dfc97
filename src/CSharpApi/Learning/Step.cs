using FModels = Functional.Models.ModelModule;
using FSteps = Functional.StepModule;
using FParts = Functional.VariableParts.Variables;

namespace Functional.CSharp;

/// <summary>
/// One step of training, as a value: a loss of variables and a batch, and the optimizer that makes it smaller. Run it with
/// a <see cref="TrainingLoop"/>.
/// </summary>
public sealed class Step
{
    private Step(Functional.Step inner) => Inner = inner;

    internal Functional.Step Inner { get; }

    /// <summary>
    /// A step that minimizes a loss, a scalar, of variables and a batch. The loss is differentiated and compiled: it must be
    /// made of tensor functions. What layers remember beside their parameters stays as it is.
    /// </summary>
    /// <param name="optimizer">
    /// How the variables learn from gradients; <see cref="Optimizer.ForPaths"/> has one for each part of them.
    /// </param>
    /// <param name="loss">The loss. It is given the circumstances of training, to be handed on to models.</param>
    public static Step Create(Optimizer optimizer, Func<ModelVariables, StepRun, Batch, Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(loss);
        return new(FSteps.create(
            optimizer.Inner,
            FuncConvert.FromFunc<Functional.Variables, Run, Functional.Batch, FTensor>((variables, run, batch) =>
                Interop.Result(loss(new ModelVariables(variables), new StepRun(run), new Batch(batch))))));
    }

    /// <summary>
    /// As <see cref="Create"/>, of a loss that also gives the variables with the layers' state that follows, such as the
    /// running averages of batch normalization: see <see cref="Model.ForwardTraining"/> and
    /// <see cref="ModelVariables.WithPart"/>.
    /// </summary>
    public static Step CreateWith(
        Optimizer optimizer, Func<ModelVariables, StepRun, Batch, (Tensor Loss, ModelVariables Next)> loss)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(loss);
        return new(FSteps.createWith(
            optimizer.Inner,
            FuncConvert.FromFunc<Functional.Variables, Run, Functional.Batch, Tuple<FTensor, Functional.Variables>>(
                (variables, run, batch) =>
                {
                    var (value, next) = loss(new ModelVariables(variables), new StepRun(run), new Batch(batch));
                    return Tuple.Create(Interop.Result(value), (next ?? new ModelVariables(variables)).Inner);
                })));
    }

    /// <summary>
    /// As <see cref="CreateWith"/>, of a loss that also gives scalars to look at, such as an accuracy, in the order of their
    /// names: <see cref="TrainingLoop.Values"/> reads them after each step.
    /// </summary>
    /// <exception cref="FunctionalException">At the first step: there are other numbers of values than of names.</exception>
    public static Step CreateWithValues(
        Optimizer optimizer,
        IReadOnlyList<string> names,
        Func<ModelVariables, StepRun, Batch, (Tensor Loss, IReadOnlyList<Tensor> Values, ModelVariables Next)> loss)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(loss);
        return new(FSteps.createWithValues(
            optimizer.Inner,
            ListModule.OfSeq(names),
            FuncConvert.FromFunc<
                Functional.Variables, Run, Functional.Batch, Tuple<FTensor, FSharpList<FTensor>, Functional.Variables>>(
                (variables, run, batch) =>
                {
                    var (value, values, next) = loss(new ModelVariables(variables), new StepRun(run), new Batch(batch));
                    return Tuple.Create(
                        Interop.Result(value), Interop.List(values), (next ?? new ModelVariables(variables)).Inner);
                })));
    }

    /// <summary>
    /// The step that brings the parameters within constraints after each update, as <see cref="Model.Constrain"/> does for
    /// those of a model.
    /// </summary>
    public Step WithConstraint(Func<ModelVariables, ModelVariables> constrain)
    {
        ArgumentNullException.ThrowIfNull(constrain);
        return new(FSteps.withConstraint(
            FuncConvert.FromFunc<Functional.Variables, Functional.Variables>(
                updated => constrain(new ModelVariables(updated)).Inner),
            Inner));
    }
}

/// <summary>The circumstances under which a model is applied in a step.</summary>
public sealed class StepRun
{
    internal StepRun(Run inner) => Inner = inner;

    internal Run Inner { get; }

    /// <summary>Whether dropout drops and batch normalization uses the batch.</summary>
    public bool Training => Inner.Training;

    /// <summary>What random numbers are drawn from: another key for each step.</summary>
    public Key Key => new(Inner.Key);
}

/// <summary>The variables of one or of several models.</summary>
public sealed class ModelVariables
{
    internal ModelVariables(Functional.Variables inner) => Inner = inner;

    internal Functional.Variables Inner { get; }

    /// <summary>The variables of models under names, as one: paths begin with the name.</summary>
    public static ModelVariables Of(params (string Name, Model Model)[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return new(FParts.ofParts(ListModule.OfSeq(
            parts.Select(part => Tuple.Create(part.Name, part.Model.Inner.Variables)))));
    }

    /// <summary>The variables of one model, under its own names.</summary>
    public static ModelVariables Of(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(model.Inner.Variables);
    }

    /// <summary>The variables under a path, such as the name of a model.</summary>
    /// <exception cref="FunctionalException">There are none; the message lists the names.</exception>
    public ModelVariables Part(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(FParts.part(path, Inner));
    }

    /// <summary>The variables with those of a part replaced.</summary>
    public ModelVariables WithPart(string name, ModelVariables part)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(part);
        return new(FParts.withPart(name, part.Inner, Inner));
    }

    /// <summary>
    /// The variables with each parameter made of it and of the same one of others: a step of descent is
    /// <c>variables.Zip(gradient, (w, g) => w - 0.1 * g)</c>.
    /// </summary>
    /// <exception cref="FunctionalException">The others have other names.</exception>
    public ModelVariables Zip(ModelVariables other, Func<Tensor, Tensor, Tensor> f)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(f);
        var inside = FuncConvert.FromFunc<FTensor, FTensor, FTensor>(
            (own, others) => Interop.Result(f(new Tensor(own), new Tensor(others))));
        return WithParameters(TreeModule.map2(inside, Inner.Parameters, other.Inner.Parameters));
    }

    internal ModelVariables WithParameters(Tree<FTensor> parameters) =>
        new(new Functional.Variables(parameters, Inner.State, Inner.Losses));

    /// <summary>
    /// Scalars that layers added to the loss in the application that gave these variables, such as the penalties of
    /// activity regularizers.
    /// </summary>
    public IReadOnlyList<Tensor> Losses => [.. Inner.Losses.Select(loss => new Tensor(loss))];

    /// <summary>The parameter of this path.</summary>
    /// <exception cref="FunctionalException">There is none; the message lists the paths.</exception>
    public Tensor this[string path] => new(Inner.Parameters[path]);

    /// <summary>All variables with their paths.</summary>
    public IReadOnlyList<Weight> All =>
        [.. VariablesModule.flatten(Inner).Select(v => new Weight(v.Path, new Tensor(v.Tensor), v.Trainable))];
}

public sealed partial class Model
{
    /// <summary>
    /// What the model gives for a batch with variables that a step is given, in the circumstances of the step: with
    /// dropout, and with the batch's own statistics.
    /// </summary>
    public Tensor Forward(ModelVariables variables, StepRun run, Tensor batch)
    {
        ArgumentNullException.ThrowIfNull(variables);
        ArgumentNullException.ThrowIfNull(run);
        return new(Inner.Layer.Apply(variables.Inner, run.Inner, Interop.Inner(batch)).Item1);
    }

    /// <summary>
    /// What the model gives for a batch with other variables of its names, outside training: a function to be differentiated.
    /// </summary>
    /// <exception cref="FunctionalException">They are those of another model.</exception>
    public Tensor Forward(ModelVariables variables, Tensor batch)
    {
        ArgumentNullException.ThrowIfNull(variables);
        return new(Inner.Layer.Apply(variables.Inner, RunModule.inference, Interop.Inner(batch)).Item1);
    }

    /// <summary>
    /// The outputs of the model for batches of its inputs, with variables that a step is given, in the circumstances of the
    /// step; and the variables with the layers' state that follows, for
    /// <see cref="Step.CreateWith"/>.
    /// </summary>
    public (Tensor[] Outputs, ModelVariables Next) ForwardTraining(
        ModelVariables variables, StepRun run, params Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(variables);
        ArgumentNullException.ThrowIfNull(run);
        var xs = Interop.List((IEnumerable<Tensor>)inputs);
        var (ys, next) = NetworkRuns.NetworkModule.apply(variables.Inner, run.Inner, xs, Inner.Network);
        return ([.. ys.Select(y => new Tensor(y))], new ModelVariables(next));
    }

    /// <summary>
    /// Variables of the model's names and shapes within the constraints of its layers, from those that an update gave.
    /// </summary>
    /// <exception cref="FunctionalException">They are those of another model.</exception>
    public ModelVariables Constrain(ModelVariables variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        return new(LayerModule.constrain(variables.Inner, Inner.Layer));
    }

    /// <summary>The model with variables of its own names and shapes, such as those of a <see cref="TrainingLoop"/>.</summary>
    /// <exception cref="FunctionalException">They are those of another model.</exception>
    public Model WithVariables(ModelVariables variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        return new(FModels.withVariables(variables.Inner, Inner));
    }
}
