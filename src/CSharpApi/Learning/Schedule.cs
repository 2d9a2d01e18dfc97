using FSchedule = Functional.Schedule;
using FSchedules = Functional.ScheduleModule;

namespace Functional.CSharp;

/// <summary>
/// A learning rate over time, for <see cref="Optimizer.WithSchedule"/>. Formulas use t, the number of updates made
/// before, from 0.
/// </summary>
public sealed class Schedule
{
    private Schedule(FSchedule inner) => Inner = inner;

    internal FSchedule Inner { get; }

    /// <summary>The same rate at every step.</summary>
    public static Schedule Constant(double rate) => new(FSchedules.constant(rate));

    /// <summary>
    /// The first value up to and including the first boundary, the next one up to the next boundary, and so on. As
    /// Keras's PiecewiseConstantDecay; PyTorch's MultiStepLR changes one step earlier.
    /// </summary>
    /// <exception cref="FunctionalException">
    /// There is not one value more than boundaries, or they do not rise.
    /// </exception>
    public static Schedule Piecewise(int[] boundaries, double[] values) =>
        new(FSchedules.piecewise(Interop.List(boundaries), Interop.List(values)));

    /// <summary>rate * factor^(t / steps).</summary>
    /// <exception cref="FunctionalException">An argument is out of its range.</exception>
    public static Schedule Exponential(double rate, int steps, double factor) =>
        new(FSchedules.exponential(rate, steps, factor));

    /// <summary>A staircase that is multiplied by the factor every so many steps, as PyTorch's StepLR.</summary>
    /// <exception cref="FunctionalException">An argument is out of its range.</exception>
    public static Schedule Step(double rate, int steps, double factor) => new(FSchedules.step(rate, steps, factor));

    /// <summary>
    /// rate / (1 + factor * t / steps); with <paramref name="staircase"/> (default false) t / steps is rounded down.
    /// </summary>
    /// <exception cref="FunctionalException">An argument is out of its range.</exception>
    public static Schedule InverseTime(double rate, int steps, double factor, bool staircase = false) =>
        new(staircase
            ? FSchedules.inverseTimeStaircase(rate, steps, factor)
            : FSchedules.inverseTime(rate, steps, factor));

    /// <summary>
    /// Down by half a cosine to alpha times the rate; by default to zero. With <paramref name="warmupTarget"/> (default
    /// none) first a straight line from the rate to it over <paramref name="warmupSteps"/> (default 0), and then the decay
    /// from there.
    /// </summary>
    /// <exception cref="FunctionalException">An argument is out of its range.</exception>
    public static Schedule Cosine(
        double rate, int steps, double alpha = 0.0, double? warmupTarget = null, int warmupSteps = 0) =>
        new(FSchedules.cosineWith(
            new CosineOptions(alpha, Interop.Option(warmupTarget), warmupSteps), rate, steps));

    /// <summary>
    /// Cosine decays one after the other: each period is <paramref name="periodFactor"/> (default 2) times as long and
    /// starts from <paramref name="rateFactor"/> (default 1) times the rate; down to <paramref name="alpha"/> (default
    /// 0) times the first rate.
    /// </summary>
    /// <exception cref="FunctionalException">An argument is out of its range.</exception>
    public static Schedule CosineRestarts(
        double rate, int firstSteps, double periodFactor = 2.0, double rateFactor = 1.0, double alpha = 0.0) =>
        new(FSchedules.cosineRestartsWith(
            new CosineRestartsOptions(periodFactor, rateFactor, alpha), rate, firstSteps));

    /// <summary>
    /// From the rate to <paramref name="end"/> (default 0.0001) along a power (default 1, a straight line) of the steps
    /// left; with <paramref name="cycle"/> (default false) further decays over multiples of the steps follow.
    /// </summary>
    /// <exception cref="FunctionalException">An argument is out of its range.</exception>
    public static Schedule Polynomial(
        double rate, int steps, double end = 0.0001, double power = 1.0, bool cycle = false) =>
        new(FSchedules.polynomialWith(new PolynomialOptions(end, power, cycle), rate, steps));

    /// <summary>
    /// A straight line from 0 to the first rate of the schedule, and then the schedule from its beginning.
    /// </summary>
    /// <exception cref="FunctionalException">There are less than 1 steps.</exception>
    public static Schedule Warmup(int steps, Schedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return new(FSchedules.warmup(steps, schedule.Inner));
    }

    /// <summary>
    /// Up to the highest rate in the first share of the steps (default 0.3) from that rate divided by
    /// <paramref name="startDivisor"/> (default 25), then down to the first rate divided by
    /// <paramref name="endDivisor"/> (default 10000), along cosines or straight lines. As PyTorch's OneCycleLR.
    /// </summary>
    /// <exception cref="FunctionalException">An argument is out of its range.</exception>
    public static Schedule OneCycle(
        double highest,
        int steps,
        double risingShare = 0.3,
        double startDivisor = 25.0,
        double endDivisor = 10000.0,
        bool linear = false) =>
        new(FSchedules.oneCycleWith(
            new OneCycleOptions(risingShare, startDivisor, endDivisor, linear), highest, steps));

    /// <summary>A function of the step, a Float64 scalar, to the rate, made of tensor operations.</summary>
    public static Schedule Of(string name, Func<Tensor, Tensor> rate)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(FSchedules.custom(name, Interop.Function(rate)));
    }

    /// <summary>The rate at a step, from 0.</summary>
    public double Rate(int step) => FSchedules.rate(Inner, step);

    /// <summary>The name.</summary>
    public override string ToString() => Inner.Name;
}
