namespace Functional.CSharp;

public sealed partial class Model
{
    /// <summary>
    /// Trains several copies of the model as one: their steps are one compiled function, the step of one training mapped
    /// over all, so that small models use the whole machine. Each member draws first weights of its own from its seed
    /// (<see cref="FitMember.Ensemble"/>), or has a learning rate of its own (<see cref="FitMember.Sweep"/>).
    /// </summary>
    /// <param name="data">What to learn from.</param>
    /// <param name="members">The trainings.</param>
    /// <param name="options">How. Default: the defaults of <see cref="FitOptions"/>; its seed does not count.</param>
    /// <param name="cancellationToken">Ends the run between two batches.</param>
    /// <returns>The run of each member, which is that of a training alone but for rounding.</returns>
    /// <exception cref="FunctionalException">
    /// There are no members, or the options have callbacks or metrics that cannot be gathered in the step; and as for
    /// <see cref="Fit(Dataset, FitOptions?, CancellationToken)"/>.
    /// </exception>
    public IReadOnlyList<TrainingRun> FitMany(
        Dataset data,
        IReadOnlyList<FitMember> members,
        FitOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(members);
        options ??= new FitOptions();
        var layer = LayerModule.ofNetwork<FSharpList<FTensor>, FSharpList<FTensor>>(Inner.Network);
        var results = TrainingMany.Learn.fitMany(
            options.Inside(cancellationToken), layer, data.Inner, ListModule.OfSeq(members.Select(member => member.Inner)));
        return [.. results.Select(result => new TrainingRun(result))];
    }
}
