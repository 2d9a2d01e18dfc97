using FEstimator = Functional.Estimator;

namespace Functional.CSharp;

/// <summary>
/// Anything that can be fitted, for cross-validation and searches: a function from training samples to predictions.
/// </summary>
public sealed class Estimator
{
    internal Estimator(FEstimator inner) => Inner = inner;

    internal FEstimator Inner { get; }

    /// <summary>
    /// A learner with its options. Its outputs are the probabilities of the classes where it knows them, else 1 for the class that it
    /// says; for regression numbers.
    /// </summary>
    public static Estimator Of(Learner learner)
    {
        ArgumentNullException.ThrowIfNull(learner);
        return new(EstimatorModule.ofLearner(learner.Inner));
    }

    /// <summary>
    /// A network that is built anew and trained with these options each time. All folds share the compiled step and the plan of
    /// prediction.
    /// </summary>
    public static Estimator Of(Network network, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new(EstimatorModule.ofNetwork((options ?? new()).Inside(), network.Layer));
    }

    /// <summary>
    /// Models that a function makes of a key, trained with these options each time: of several inputs, with trained parts, or with
    /// other beginnings. The function may be called from several threads.
    /// </summary>
    public static Estimator Of(Func<Key, Model> build, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        return new(EstimatorModule.ofModel(
            (options ?? new()).Inside(),
            FuncConvert.FromFunc<FKey, Functional.Model>(key => build(new Key(key)).Inner)));
    }

    /// <summary>
    /// An estimator of one's own. The function is given a key and training samples, and gives the function from features to
    /// outputs: probabilities of classes, or numbers. Both may be called from several threads.
    /// </summary>
    public static Estimator Of(string name, Func<Key, Dataset, Func<Tensor, Tensor>> fit)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(fit);
        var function = FuncConvert.FromFunc<FKey, Functional.Dataset, FSharpFunc<FTensor, FTensor>>(
            (key, train) => Interop.Function(fit(new Key(key), new Dataset(train))));
        return new(EstimatorModule.ofFunction(name, function));
    }

    /// <summary>Its name in tables and errors.</summary>
    public string Name => Inner.Name;

    /// <summary>The estimator under another name.</summary>
    public Estimator Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(EstimatorModule.named(name, Inner));
    }

    /// <summary>
    /// The estimator after a change of the features that is learnt from the training samples of each fold alone: the function is
    /// given these, and gives the function of features.
    /// </summary>
    public Estimator After(Func<Dataset, Func<Tensor, Tensor>> prepare)
    {
        ArgumentNullException.ThrowIfNull(prepare);
        var function = FuncConvert.FromFunc<Functional.Dataset, FSharpFunc<FTensor, FTensor>>(
            train => Interop.Function(prepare(new Dataset(train))));
        return new(EstimatorModule.after(function, Inner));
    }

    /// <summary>
    /// The estimator after a preparation of the features [n, k], fitted to the training samples of each fold alone, with the labels as
    /// its target. Columns have the names of the dataset's features, or x0, x1, ... Rows that a step leaves out, such as outliers, are
    /// left out of the training alone: whatever is predicted keeps all its rows.
    /// </summary>
    public Estimator After(Preparation preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        return new(EstimatorModule.prepared(preparation.Inner, Inner));
    }

    /// <summary>Fits to a dataset: gives the function from samples to outputs, which takes the features alone.</summary>
    public Func<Dataset, Tensor> Fit(Dataset dataset, Key key)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(key);
        var predict = EstimatorModule.fit(key.Inner, dataset.Inner, Inner);
        return samples => new Tensor(predict.Invoke(samples.Inner));
    }
}
