using FFittedLearner = Functional.FittedLearner;
using FLearner = Functional.Learner;
using FLearnerState = Functional.LearnerState;
using FLearnerTask = Functional.LearnerTask;

namespace Functional.CSharp;

/// <summary>What a learner predicts.</summary>
public enum LearnerTask
{
    /// <summary>A class for each sample: int32, 0 .. k - 1.</summary>
    Classification,

    /// <summary>A number for each sample: float64.</summary>
    Regression,
}

/// <summary>A learner with its options, ready to be fitted: for pipelines and model selection.</summary>
public sealed class Learner
{
    internal Learner(FLearner inner) => Inner = inner;

    internal FLearner Inner { get; }

    /// <summary>The kind in snake case, such as "logistic_regression".</summary>
    public string Kind => Inner.Kind;

    /// <summary>Whether it predicts classes or numbers.</summary>
    public LearnerTask Task => FittedLearner.TaskOf(Inner.Task);

    /// <summary>Fits to samples x [n, features] and their classes (int32, 0 .. k - 1) or numbers y [n].</summary>
    /// <exception cref="FunctionalException">The samples or targets cannot be learned.</exception>
    public FittedLearner Fit(Tensor x, Tensor y) =>
        new(LearnerModule.fit(Interop.Inner(x), Interop.Inner(y), Inner));

    /// <summary><see cref="Fit(Tensor, Tensor)"/> with a weight for each sample [n], 0 or more: 2 counts as the sample twice.</summary>
    /// <exception cref="FunctionalException">The samples of this learner cannot be weighted.</exception>
    public FittedLearner Fit(Tensor x, Tensor y, Tensor sampleWeights) =>
        new(LearnerModule.fitWeighted(Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y), Inner));
}

/// <summary>A fitted learner of any kind; the classes of the kinds have its numbers.</summary>
public class FittedLearner
{
    internal FittedLearner(FFittedLearner inner) => Inner = inner;

    internal FFittedLearner Inner { get; }

    /// <summary>The kind in snake case, such as "logistic_regression".</summary>
    public string Kind => Inner.Kind;

    /// <summary>Whether it predicts classes or numbers.</summary>
    public LearnerTask Task => TaskOf(Inner.Task);

    /// <summary>How many features a sample has.</summary>
    public int FeatureCount => Inner.Features;

    /// <summary>How many classes it tells apart; 0 for regression.</summary>
    public int ClassCount => Inner.Classes;

    /// <summary>Whether it gives the probabilities of classes.</summary>
    public bool HasProbabilities => Inner.Probabilities is not null;

    /// <summary>The class (int32 [n]) or number (float64 [n]) of each sample of x [n, features].</summary>
    /// <exception cref="FunctionalException">The samples have other features than those of the fit.</exception>
    public Tensor Predict(Tensor x) => new(LearnerModule.predict(Interop.Inner(x), Inner));

    /// <summary>The probability of each class for each sample, float64 [n, classes].</summary>
    /// <exception cref="FunctionalException">The learner knows no probabilities.</exception>
    public Tensor Probabilities(Tensor x) => new(LearnerModule.probabilities(Interop.Inner(x), Inner));

    /// <summary>The share of right classes (accuracy), or the coefficient of determination R².</summary>
    /// <exception cref="FunctionalException">There are no samples, or not as many targets.</exception>
    public double Score(Tensor x, Tensor y) => LearnerModule.score(Interop.Inner(x), Interop.Inner(y), Inner);

    /// <summary><see cref="Score(Tensor, Tensor)"/> with a weight for each sample [n], 0 or more.</summary>
    /// <exception cref="FunctionalException">There are no samples, or not as many targets or weights.</exception>
    public double Score(Tensor x, Tensor y, Tensor sampleWeights) =>
        LearnerModule.scoreWeighted(Interop.Inner(sampleWeights), Interop.Inner(x), Interop.Inner(y), Inner);

    /// <summary>The generic form, to be saved.</summary>
    public LearnerState ToState() => new(Inner.State.Invoke(null!));

    /// <summary>The fitted learner of its generic form, of any kind of the library.</summary>
    /// <exception cref="FunctionalException">There is no such kind, or the form is damaged.</exception>
    public static FittedLearner OfState(LearnerState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return new(Functional.Learners.ofState(state.Inner));
    }

    internal static LearnerTask TaskOf(FLearnerTask task) =>
        task.IsClassification ? LearnerTask.Classification : LearnerTask.Regression;
}

/// <summary>The generic form of a fitted learner, which files keep.</summary>
public sealed class LearnerState
{
    internal LearnerState(FLearnerState inner) => Inner = inner;

    internal FLearnerState Inner { get; }

    /// <summary>The kind in snake case, such as "logistic_regression".</summary>
    public string Kind => Inner.Kind;

    /// <summary>Settings under names.</summary>
    public IReadOnlyDictionary<string, object> Settings => Interop.Settings(Inner.Settings);

    /// <summary>Tensors under names.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => Interop.Dictionary(Inner.Tensors);

    /// <summary>The generic form made of its parts.</summary>
    /// <exception cref="FunctionalException">A setting is no number, text, truth value or list of whole numbers.</exception>
    public static LearnerState Of(
        string kind, IReadOnlyDictionary<string, object> settings, IReadOnlyDictionary<string, Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var inside = settings.Select(setting =>
            Tuple.Create(setting.Key, Interop.ToSetting("LearnerState.Of", setting.Key, setting.Value)));
        return new(new FLearnerState(kind, ListModule.OfSeq(inside), Interop.Named(tensors)));
    }
}
