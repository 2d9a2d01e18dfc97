using FForecast = Functional.Forecast;

namespace Functional.CSharp;

/// <summary>A forecast beside what it was made from.</summary>
/// <param name="Known">Values up to the forecast, one at least.</param>
/// <param name="Predicted">Values foretold after the known ones.</param>
public sealed record Forecast(double[] Known, double[] Predicted)
{
    /// <summary>How many of the last known values the model was given. Default: all.</summary>
    public int? Window { get; init; }

    /// <summary>What came, where that is known: as many values as were foretold, or none. Default none.</summary>
    public double[] Actual { get; init; } = [];

    /// <summary>The lower ends of intervals around the forecast. Default none.</summary>
    public double[] Lower { get; init; } = [];

    /// <summary>The upper ends of intervals around the forecast. Default none.</summary>
    public double[] Upper { get; init; } = [];

    /// <summary>The times of known and foretold values together. Default none: steps are counted from 0.</summary>
    public DateTime[] Times { get; init; } = [];

    internal FForecast Inner => new(Known, Window ?? Known.Length, Predicted, Actual, Lower, Upper, Times);
}
