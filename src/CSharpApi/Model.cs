using FModel = Functional.Model;
using FModels = Functional.Models.ModelModule;
using FFiles = Functional.ModelFiles.Model;

namespace Functional.CSharp;

/// <summary>
/// A network with its weights, ready to be used. A model is a value: training gives a new one. It may be used by many
/// threads at once.
/// </summary>
public sealed partial class Model
{
    internal Model(FModel inner) => Inner = inner;

    internal FModel Inner { get; }

    /// <summary>The name in the summary and in saved files.</summary>
    public string Name => Inner.Name;

    /// <summary>The shape of what it is given for one sample.</summary>
    public int[] InputShape => [.. Inner.InputShape];

    /// <summary>The shape of what it gives for one sample.</summary>
    public int[] OutputShape => [.. Inner.OutputShape];

    /// <summary>The number of parameters, non-trainable ones included.</summary>
    public long ParameterCount => FModels.parameterCount(Inner);

    /// <summary>
    /// The weights under their names, such as "dense_1/kernel": first those that training changes, then running
    /// averages.
    /// </summary>
    public IReadOnlyList<Weight> Weights =>
    [
        .. VariablesModule.flatten(Inner.Variables)
            .Select(v => new Weight(v.Path, new Tensor(v.Tensor), v.Trainable)),
    ];

    /// <summary>Where its weights are, and where it computes.</summary>
    public Device Device => new(Inner.Device);

    /// <summary>
    /// The model with its weights on a device, where it then computes: predictions move their inputs there, and their results
    /// stay there until they are read; training moves its data there batch by batch.
    /// </summary>
    public Model To(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new(FModels.toDevice(device.Inner, Inner));
    }

    /// <summary>The table of its layers, their output shapes and numbers of parameters.</summary>
    public string Summary() => FModels.summary(Inner);

    /// <summary>The model under another name.</summary>
    public Model Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(FModels.named(name, Inner));
    }

    /// <summary>The model with other weights under the names that <see cref="Weights"/> has, all of them.</summary>
    /// <exception cref="FunctionalException">
    /// Names are missing or unknown, or a shape is another; the message lists them.
    /// </exception>
    public Model WithWeights(IEnumerable<KeyValuePair<string, Tensor>> weights)
    {
        var variables = VariablesModule.withTensors(Interop.Named(weights), Inner.Variables);
        return new(FModels.withVariables(variables, Inner));
    }

    /// <summary>
    /// What the model gives, as a function that may be differentiated, mapped and compiled. Takes a batch, or one
    /// sample without the batch axis and then gives a result without it.
    /// </summary>
    /// <exception cref="FunctionalException">The tensor does not have the shape of samples.</exception>
    public Tensor Apply(Tensor x) => new(FModels.apply(Interop.Inner(x), Inner));

    /// <summary>
    /// Writes the model to a .zip file, atomically: the layers as JSON and the weights as safetensors. A model with
    /// layers made from functions of one's own cannot be saved whole: save its weights.
    /// </summary>
    /// <exception cref="FunctionalException">The model holds a function, or the file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        FFiles.save(path, Inner);
    }

    /// <summary>Reads a model that <see cref="Save"/> wrote. No code that the file brings is run.</summary>
    /// <exception cref="FunctionalException">The file is missing, damaged or of another kind.</exception>
    public static Model Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(FFiles.load(path));
    }

    /// <summary>
    /// Writes the weights under their names: to NumPy's .npz where the name ends so, else as safetensors.
    /// </summary>
    /// <exception cref="FunctionalException">The file cannot be written.</exception>
    public void SaveWeights(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        FFiles.saveWeights(path, Inner);
    }

    /// <summary>
    /// The model with the weights of a file: one that <see cref="SaveWeights"/> or another library wrote, .npz or
    /// safetensors, or a model or a training state that was saved. The weights decide in which floating type the model
    /// computes; those of 16 bits are widened to the model's.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// The file is missing or damaged, or holds other names or shapes.
    /// </exception>
    public Model LoadWeights(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(FFiles.loadWeights(path, Inner));
    }

    /// <summary>The summary.</summary>
    public override string ToString() => Summary();
}

/// <summary>A weight of a model.</summary>
/// <param name="Name">The names from the model down, such as "dense_1/kernel".</param>
/// <param name="Value">The numbers.</param>
/// <param name="Trainable">Whether training changes it; false for running averages and frozen weights.</param>
public sealed record Weight(string Name, Tensor Value, bool Trainable);
