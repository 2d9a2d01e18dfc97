namespace Functional.CSharp;

/// <summary>What layers that normalize share: the scale "gamma" and the shift "beta" behind the normalization.</summary>
public abstract record AffineOptions
{
    private protected AffineOptions()
    {
    }

    /// <summary>Added to the variance. Default 0.001; PyTorch: 0.00001.</summary>
    public double Epsilon { get; init; } = 1e-3;

    /// <summary>Whether "beta" is learned and added. Default true.</summary>
    public bool Center { get; init; } = true;

    /// <summary>Whether "gamma" is learned and multiplied by. Default true.</summary>
    public bool Scale { get; init; } = true;

    /// <summary>The initializer of beta. Default zeros.</summary>
    public Initializer BetaInitializer { get; init; } = Initializer.Zeros;

    /// <summary>The initializer of gamma. Default ones.</summary>
    public Initializer GammaInitializer { get; init; } = Initializer.Ones;

    /// <summary>The regularizer of beta. Default none.</summary>
    public Regularizer? BetaRegularizer { get; init; }

    /// <summary>The regularizer of gamma. Default none.</summary>
    public Regularizer? GammaRegularizer { get; init; }

    /// <summary>The constraint of beta, applied after each update. Default none.</summary>
    public Constraint? BetaConstraint { get; init; }

    /// <summary>The constraint of gamma, applied after each update. Default none.</summary>
    public Constraint? GammaConstraint { get; init; }
}

/// <summary>Options of <see cref="Network.BatchNormalization"/>.</summary>
public sealed record BatchNormalizationOptions : AffineOptions
{
    /// <summary>The axis of the features, counted with the batch axis as 0. Default -1.</summary>
    public int Axis { get; init; } = -1;

    /// <summary>
    /// The weight of the old value in the running averages. Default 0.99. PyTorch's momentum is the weight of the new
    /// one.
    /// </summary>
    public double Momentum { get; init; } = 0.99;

    /// <summary>The initializer of the running mean. Default zeros.</summary>
    public Initializer MovingMeanInitializer { get; init; } = Initializer.Zeros;

    /// <summary>The initializer of the running variance. Default ones.</summary>
    public Initializer MovingVarianceInitializer { get; init; } = Initializer.Ones;

    /// <summary>Batch renormalization: batches are corrected towards the running statistics. Default none.</summary>
    public RenormOptions? Renorm { get; init; }
}

/// <summary>
/// Options of batch renormalization. The correction of a batch is its deviation over the running one, r, and its mean less the
/// running one, in running deviations, d.
/// </summary>
public sealed record RenormOptions
{
    /// <summary>The weight of the old value in the statistics that batches are corrected to. Default 0.99.</summary>
    public double Momentum { get; init; } = 0.99;

    /// <summary>The smallest r. Default none.</summary>
    public double? SmallestRatio { get; init; }

    /// <summary>The largest r. Default none.</summary>
    public double? LargestRatio { get; init; }

    /// <summary>The largest |d|. Default none.</summary>
    public double? LargestShift { get; init; }

    internal Functional.RenormOptions Inner => new(
        Momentum, Interop.Option(SmallestRatio), Interop.Option(LargestRatio), Interop.Option(LargestShift));
}

/// <summary>Options of <see cref="Network.LayerNormalization"/>.</summary>
public sealed record LayerNormalizationOptions : AffineOptions
{
    /// <summary>The axes to normalize over, counted with the batch axis as 0. Default the last.</summary>
    public IReadOnlyList<int> Axes { get; init; } = [-1];

    /// <summary>
    /// Whether the input is divided by its deviation without losing its mean, and no beta is added. Default false.
    /// </summary>
    public bool RmsScaling { get; init; }
}

/// <summary>Options of <see cref="Network.GroupNormalization"/>.</summary>
public sealed record GroupNormalizationOptions : AffineOptions
{
    /// <summary>The axis of the channels, counted with the batch axis as 0. Default -1.</summary>
    public int Axis { get; init; } = -1;
}
