using Deedle;
using FLagged = Functional.LaggedWindows;

namespace Functional.CSharp;

/// <summary>How samples are cut from a series.</summary>
public sealed record WindowOptions
{
    /// <summary>How many values in a row a network is given. Default 24.</summary>
    public int Window { get; init; } = 24;

    /// <summary>How many values behind them it is to say. Default 1.</summary>
    public int Horizon { get; init; } = 1;

    /// <summary>How many values lie between the last one given and the first one to be said. Default 0.</summary>
    public int Gap { get; init; }

    /// <summary>How far the next sample starts behind the one before. Default 1.</summary>
    public int Stride { get; init; } = 1;

    internal Functional.WindowOptions Inner => new(Window, Horizon, Gap, Stride);
}

/// <summary>Samples for forecasts: values of a series, and those that follow.</summary>
/// <remarks>
/// Too few values and missing ones raise a <see cref="FunctionalException"/>.
/// </remarks>
public static class LaggedWindows
{
    /// <summary>Samples of one series of numbers: features float32 [n, window, 1], labels float32 [n, horizon].</summary>
    public static Dataset Of(IEnumerable<double> values, WindowOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(FLagged.ofValues((options ?? new()).Inner, values));
    }

    /// <summary>
    /// Samples of a frame whose rows follow one another in time: features float32 [n, window, k] of all columns; labels
    /// float32 [n, horizon] of the target column, or [n, horizon, targets] of several.
    /// </summary>
    public static Dataset Of<TRow>(Frame<TRow, string> frame, IReadOnlyList<string> targets, WindowOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(targets);
        return new(FLagged.ofFrame((options ?? new()).Inner, ListModule.OfSeq(targets), frame));
    }

    /// <summary>
    /// The frame of a series and its earlier and later values: columns name(t-2), name(t-1) for the lags, name(t), name(t+1)
    /// for the horizon. Rows that miss one of them at the ends are left out.
    /// </summary>
    public static Frame<TKey, string> ToFrame<TKey>(
        Series<TKey, double> series, IReadOnlyList<int> lags, int horizon = 1, string name = "x")
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(lags);
        ArgumentNullException.ThrowIfNull(name);
        return FLagged.toFrame(ListModule.OfSeq(lags), horizon, name, series);
    }
}
