using FJudge = Functional.ModelEvaluation.Model;

namespace Functional.CSharp;

public sealed partial class Model
{
    /// <summary>
    /// Trains the model; the model itself stays as it is. The whole step is compiled at the first batch of each size.
    /// The same data, options and seed give the same bits. A model of several inputs or outputs takes a dataset of as many;
    /// see <see cref="FitOptions.Outputs"/>.
    /// </summary>
    /// <param name="data">What to learn from.</param>
    /// <param name="options">How. Default: the defaults of <see cref="FitOptions"/>.</param>
    /// <param name="cancellationToken">Ends the run between two batches; what was learned so far is returned.</param>
    /// <returns>The trained model, its history and why training ended.</returns>
    /// <exception cref="FunctionalException">
    /// Raised before the first step for data that are empty, hold NaN or do not fit the model, and for options out of
    /// range.
    /// </exception>
    public TrainingRun Fit(Dataset data, FitOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new FitOptions();
        return new(Learn.fitModel(options.Inside(cancellationToken), Inner, data.Inner, options.Seed.Inner));
    }

    /// <summary>
    /// Trains the model on a source of batches, which may be larger than memory. An epoch is a pass through the source, or
    /// <see cref="FitOptions.StepsPerEpoch"/> batches.
    /// </summary>
    /// <exception cref="FunctionalException">The options are out of range, or a batch does not fit the model.</exception>
    public TrainingRun Fit(
        Batches<Batch> source, FitOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= new FitOptions();
        var batches = source.Map(batch => batch.Inner).Inner;
        return new(Learn.fitBatches(options.Inside(cancellationToken), Inner, batches, options.Seed.Inner));
    }

    /// <summary>Goes on with a run over a source of batches that was stopped or saved.</summary>
    /// <exception cref="FunctionalException">The options or the state do not fit the model.</exception>
    public TrainingRun Resume(
        TrainState state,
        Batches<Batch> source,
        FitOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(source);
        options ??= new FitOptions();
        var batches = source.Map(batch => batch.Inner).Inner;
        return new(Learn.resumeBatches(options.Inside(cancellationToken), Inner, batches, state.Inner));
    }

    /// <summary>
    /// <see cref="Fit(Dataset, FitOptions?, CancellationToken)"/> on another thread. Cancelling gives what was learned so far, not an exception.
    /// </summary>
    public Task<TrainingRun> FitAsync(
        Dataset data, FitOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Fit(data, options, cancellationToken), CancellationToken.None);

    /// <summary>
    /// Goes on with a run that was stopped or saved, up to the same number of epochs in all. With the same options,
    /// layers and data it ends in the same bits as a run that was never stopped.
    /// </summary>
    /// <exception cref="FunctionalException">The data, the options or the state do not fit the model.</exception>
    public TrainingRun Resume(
        TrainState state, Dataset data, FitOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new FitOptions();
        return new(Learn.resumeModel(options.Inside(cancellationToken), Inner, data.Inner, state.Inner));
    }

    /// <summary>Single steps of training with these options, for loops written by hand.</summary>
    /// <param name="options">How. Default: the defaults of <see cref="FitOptions"/>.</param>
    /// <param name="from">Where training in place goes on. Default: it begins with the model's weights.</param>
    public Trainer Trainer(FitOptions? options = null, TrainState? from = null) =>
        new(Inner, options ?? new FitOptions(), from);

    /// <summary>
    /// What the model says of a dataset, with the loss and the metrics that it was trained for; a loaded model knows
    /// none.
    /// </summary>
    /// <exception cref="FunctionalException">The data do not fit the model.</exception>
    public Evaluation Evaluate(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new(FJudge.evaluate(data.Inner, Inner));
    }

    /// <summary>
    /// The losses and metrics of options for training on one pass of a source of batches, which may be larger than memory.
    /// Labels and outputs are not kept.
    /// </summary>
    /// <exception cref="FunctionalException">A batch does not fit the model or its losses.</exception>
    public Evaluation Evaluate(Batches<Batch> source, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        return new(Learn.evaluateBatches(options.Inside(), source.Map(batch => batch.Inner).Inner, Inner));
    }

    /// <summary>The model's outputs for a dataset, with the losses and metrics of options for training.</summary>
    /// <exception cref="FunctionalException">The data do not fit the model or its losses.</exception>
    public Evaluation Evaluate(Dataset data, FitOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        return new(Learn.evaluate(options.Inside(), data.Inner, Inner));
    }

    /// <summary>The model's outputs for a dataset, with their loss and metrics.</summary>
    /// <exception cref="FunctionalException">The data do not fit the model or the loss.</exception>
    public Evaluation Evaluate(Dataset data, Loss loss, params Metric[] metrics)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(metrics);
        var options = new FitOptions { Loss = loss, Metrics = metrics };
        return new(Learn.evaluate(options.Inside(), data.Inner, Inner));
    }
}
