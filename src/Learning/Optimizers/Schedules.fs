namespace Functional

open System

/// A learning rate as a function of the step. Give it to an optimizer with `Optimizer.withSchedule`.
type Schedule =
    {
        /// The name: "cosine".
        Name: string
        /// Its options as data.
        Settings: (string * Setting) list
        /// The rate, a float64 scalar, at a step, a scalar of any numeric type that counts the updates made before,
        /// from 0. Made of tensor operations, so that it is compiled with the training step.
        Rate: Tensor -> Tensor
    }

/// How a cosine decay begins and ends.
type CosineOptions =
    {
        /// The share of the highest rate that is left at the end. Default 0.
        Alpha: float
        /// The rate at the end of a warm-up, which goes there from the first rate in a straight line, and from which the
        /// decay begins. Default None: no warm-up.
        WarmupTarget: float option
        /// The number of steps of the warm-up, before those of the decay. Default 0.
        WarmupSteps: int
    }

    /// Down to zero, without a warm-up.
    static member defaults = { CosineOptions.Alpha = 0.0; WarmupTarget = None; WarmupSteps = 0 }

/// How a cosine decay starts again.
type CosineRestartsOptions =
    {
        /// Each period is this many times as long as the one before. Default 2.
        PeriodFactor: float
        /// Each period starts from this many times the rate that the one before started from. Default 1.
        RateFactor: float
        /// The share of the first rate below which the rate does not fall. Default 0.
        Alpha: float
    }

    /// Periods that double, each starting from the same rate and ending at zero.
    static member defaults = { CosineRestartsOptions.PeriodFactor = 2.0; RateFactor = 1.0; Alpha = 0.0 }

/// How a polynomial decay ends.
type PolynomialOptions =
    {
        /// The rate at the end. Default 0.0001.
        End: float
        /// The power of the share of steps that are left; 1 is a straight line. Default 1.
        Power: float
        /// Whether a decay over twice, three times, ... the steps follows when the steps are over. Default false: the
        /// rate stays.
        Cycle: bool
    }

    /// A straight line to 0.0001.
    static member defaults = { End = 0.0001; Power = 1.0; Cycle = false }

/// How a one-cycle schedule rises and falls; PyTorch's names and defaults.
type OneCycleOptions =
    {
        /// The share of the steps in which the rate rises. Default 0.3.
        RisingShare: float
        /// The first rate is the highest one divided by this. Default 25.
        StartDivisor: float
        /// The last rate is the first one divided by this. Default 10000.
        EndDivisor: float
        /// Whether the rate moves along straight lines instead of cosines. Default false.
        Linear: bool
    }

    /// Rising by a cosine for 0.3 of the steps from 1/25 of the highest rate.
    static member defaults = { RisingShare = 0.3; StartDivisor = 25.0; EndDivisor = 10000.0; Linear = false }

/// Learning rates over time. Formulas use t, the number of updates made before. All but `oneCycle` follow Keras's
/// schedules of the same names; PyTorch counts the same way where a scheduler steps after each update.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Schedule =
    let private scalar value = Core.scalar Float64 value

    let private make name settings (rate: Tensor -> Tensor) =
        { Name = name; Settings = settings; Rate = fun step -> rate (Tensor.cast Float64 step) }

    let private demandRate operation name (rate: float) =
        if not (Double.IsFinite rate) || rate < 0.0 then
            Fail.argument operation name rate "is no learning rate; give a finite number of at least 0."

    let private demandSteps operation name steps =
        if steps < 1 then
            Fail.argument operation name steps "is no number of steps; give at least 1."

    let private demandPositive operation name (value: float) =
        if not (Double.IsFinite value) || value <= 0.0 then
            Fail.argument operation name value "must be a finite number above 0."

    let private demandShare operation name (value: float) =
        if not (value >= 0.0 && value <= 1.0) then
            Fail.argument operation name value "is no share; give a number from 0 to 1."

    let private number name value = name, Setting.Number value
    let private whole name value = name, Setting.Whole value

    /// The rate at a step, as a number.
    let rate (schedule: Schedule) (step: int) : float = Tensor.toFloat (schedule.Rate(Tensor.ofInts [] [| step |]))

    /// Any function from the step, a float64 scalar, to the rate, a scalar, made of tensor operations.
    let custom (name: string) (f: Tensor -> Tensor) : Schedule = make name [] (fun t -> Tensor.cast Float64 (f t))

    /// The same rate at every step.
    let constant (rate: float) : Schedule =
        demandRate "Schedule.constant" "rate" rate
        make "constant" [ number "rate" rate ] (fun _ -> scalar rate)

    /// The first value up to and including the first boundary, the next one up to the next boundary, and so on: there
    /// is one value more than boundaries. As Keras's PiecewiseConstantDecay; PyTorch's MultiStepLR changes at the
    /// boundary itself, one step earlier.
    let piecewise (boundaries: int list) (values: float list) : Schedule =
        if values.Length <> boundaries.Length + 1 then
            Fail.argument
                "Schedule.piecewise"
                "values"
                values.Length
                $"is not the number of boundaries plus one; give {boundaries.Length + 1} values."

        if List.sort (List.distinct boundaries) <> boundaries then
            Fail.argument "Schedule.piecewise" "boundaries" boundaries "do not ascend; give each later step once."

        List.iter (demandRate "Schedule.piecewise" "values") values

        let settings =
            [ "boundaries", Setting.Items(List.map Setting.Whole boundaries)
              "values", Setting.Items(List.map Setting.Number values) ]

        make "piecewise" settings (fun t ->
            (scalar values.Head, List.zip boundaries values.Tail)
            ||> List.fold (fun rate (boundary, value) ->
                Tensor.where (Tensor.greater t (scalar (float boundary))) (scalar value) rate))

    let private decay name (rate: float) (steps: int) (factor: float) staircase =
        demandRate $"Schedule.{name}" "rate" rate
        demandSteps $"Schedule.{name}" "steps" steps
        demandPositive $"Schedule.{name}" "factor" factor

        make name [ number "rate" rate; whole "steps" steps; number "factor" factor ] (fun t ->
            let periods = t / float steps
            let periods = if staircase then Tensor.floor periods else periods
            rate * Tensor.pow (scalar factor) periods)

    /// rate * factor^(t / steps). As Keras's ExponentialDecay.
    let exponential (rate: float) (steps: int) (factor: float) : Schedule = decay "exponential" rate steps factor false

    /// rate * factor^floor(t / steps): a staircase that falls every `steps` steps. As Keras's ExponentialDecay with
    /// staircase, and PyTorch's StepLR.
    let step (rate: float) (steps: int) (factor: float) : Schedule = decay "step" rate steps factor true

    let private inverse name rate steps factor staircase =
        demandRate $"Schedule.{name}" "rate" rate
        demandSteps $"Schedule.{name}" "steps" steps
        demandPositive $"Schedule.{name}" "factor" factor

        make name [ number "rate" rate; whole "steps" steps; number "factor" factor ] (fun t ->
            let periods = t / float steps
            let periods = if staircase then Tensor.floor periods else periods
            rate / (1.0 + factor * periods))

    /// rate / (1 + factor * t / steps). As Keras's InverseTimeDecay.
    let inverseTime (rate: float) (steps: int) (factor: float) : Schedule =
        inverse "inverseTime" rate steps factor false

    /// rate / (1 + factor * floor(t / steps)): a staircase that falls every `steps` steps. As Keras's InverseTimeDecay
    /// with staircase.
    let inverseTimeStaircase (rate: float) (steps: int) (factor: float) : Schedule =
        inverse "inverseTimeStaircase" rate steps factor true

    /// rate * ((1 - alpha) * (1 + cos(pi * min(t, steps) / steps)) / 2 + alpha). With a warm-up target first a straight
    /// line from `rate` to it over the steps of the warm-up, and then the decay from the target. As Keras's CosineDecay.
    let cosineWith (options: CosineOptions) (rate: float) (steps: int) : Schedule =
        let operation = "Schedule.cosine"
        demandRate operation "rate" rate
        demandSteps operation "steps" steps
        demandShare operation "alpha" options.Alpha
        options.WarmupTarget |> Option.iter (demandRate operation "warmupTarget")

        if options.WarmupSteps < 0 then
            Fail.argument operation "warmupSteps" options.WarmupSteps "is no number of steps; give at least 0."

        let decay (highest: float) (t: Tensor) =
            let share = Tensor.minimum t (scalar (float steps)) / float steps
            let falling = 0.5 * (1.0 + cos (share * Math.PI))
            highest * ((1.0 - options.Alpha) * falling + options.Alpha)

        let settings = [ number "rate" rate; whole "steps" steps; number "alpha" options.Alpha ]

        match options.WarmupTarget with
        | None -> make "cosine" settings (decay rate)
        | Some target ->
            let warmup = float options.WarmupSteps

            make
                "cosine"
                (settings @ [ number "warmupTarget" target; whole "warmupSteps" options.WarmupSteps ])
                (fun t ->
                    let rising = rate + (target - rate) * (t / max warmup 1.0)
                    Tensor.where (Tensor.less t (scalar warmup)) rising (decay target (t - warmup)))

    /// `cosineWith` down to zero: rate * (1 + cos(pi * min(t, steps) / steps)) / 2.
    let cosine (rate: float) (steps: int) : Schedule = cosineWith CosineOptions.defaults rate steps

    /// Cosine decays one after the other: the first takes `firstSteps`, each later one `PeriodFactor` times as many and
    /// starts from `RateFactor` times the rate. As Keras's CosineDecayRestarts. From Loshchilov and Hutter, "SGDR:
    /// Stochastic Gradient Descent with Warm Restarts", 2017.
    let cosineRestartsWith (options: CosineRestartsOptions) (rate: float) (firstSteps: int) : Schedule =
        let operation = "Schedule.cosineRestarts"
        demandRate operation "rate" rate
        demandSteps operation "firstSteps" firstSteps
        demandShare operation "alpha" options.Alpha
        demandPositive operation "rateFactor" options.RateFactor

        if not (options.PeriodFactor >= 1.0) then
            Fail.argument
                operation
                "periodFactor"
                options.PeriodFactor
                "would make periods shrink to nothing; give at least 1."

        let settings =
            [ number "rate" rate
              whole "firstSteps" firstSteps
              number "periodFactor" options.PeriodFactor
              number "rateFactor" options.RateFactor
              number "alpha" options.Alpha ]

        make "cosineRestarts" settings (fun t ->
            let completed = t / float firstSteps

            let period, share =
                if options.PeriodFactor = 1.0 then
                    let period = Tensor.floor completed
                    period, completed - period
                else
                    let f = options.PeriodFactor
                    // the logarithm of an exact power may fall short of a whole number by a rounding
                    let period = Tensor.floor (log (1.0 + completed * (f - 1.0)) / Math.Log f + 1e-9)
                    let length = Tensor.pow (scalar f) period
                    period, (completed - (length - 1.0) / (f - 1.0)) / length

            let height = Tensor.pow (scalar options.RateFactor) period
            let falling = 0.5 * height * (1.0 + cos (share * Math.PI))
            rate * ((1.0 - options.Alpha) * falling + options.Alpha))

    /// `cosineRestartsWith` periods that double, each starting from the same rate and ending at zero.
    let cosineRestarts (rate: float) (firstSteps: int) : Schedule =
        cosineRestartsWith CosineRestartsOptions.defaults rate firstSteps

    /// (rate - End) * (1 - t / steps)^Power + End, and End after `steps` steps, or with Cycle a decay over the next
    /// multiple of `steps`. As Keras's PolynomialDecay.
    let polynomialWith (options: PolynomialOptions) (rate: float) (steps: int) : Schedule =
        demandRate "Schedule.polynomial" "rate" rate
        demandSteps "Schedule.polynomial" "steps" steps
        demandRate "Schedule.polynomial" "end" options.End
        demandPositive "Schedule.polynomial" "power" options.Power

        let settings =
            [ number "rate" rate
              whole "steps" steps
              number "end" options.End
              number "power" options.Power
              "cycle", Setting.Flag options.Cycle ]

        make "polynomial" settings (fun t ->
            let length, t =
                if options.Cycle then
                    Tensor.maximum (scalar 1.0) (Tensor.ceil (t / float steps)) * float steps, t
                else
                    scalar (float steps), Tensor.minimum t (scalar (float steps))

            (rate - options.End) * Tensor.pow (1.0 - t / length) (scalar options.Power) + options.End)

    /// `polynomialWith` a straight line to 0.0001.
    let polynomial (rate: float) (steps: int) : Schedule = polynomialWith PolynomialOptions.defaults rate steps

    /// A straight line from 0 to the first rate of `schedule` over `steps` steps, and then the schedule from its
    /// beginning.
    let warmup (steps: int) (schedule: Schedule) : Schedule =
        demandSteps "Schedule.warmup" "steps" steps

        let settings =
            [ whole "steps" steps
              "then", Setting.Group(("name", Setting.Text schedule.Name) :: schedule.Settings) ]

        make "warmup" settings (fun t ->
            let rising = schedule.Rate(scalar 0.0) * (t / float steps)
            let after = schedule.Rate(Tensor.maximum (t - float steps) (scalar 0.0))
            Tensor.where (Tensor.less t (scalar (float steps))) rising after)

    /// From highest / StartDivisor up to `highest` in the first RisingShare of the steps, then down to the first rate
    /// divided by EndDivisor, where it stays. As PyTorch's OneCycleLR, whose last step is `steps` - 1. From Smith and
    /// Topin, "Super-Convergence", 2018.
    let oneCycleWith (options: OneCycleOptions) (highest: float) (steps: int) : Schedule =
        let operation = "Schedule.oneCycle"
        demandRate operation "highest" highest
        demandSteps operation "steps" steps
        demandShare operation "risingShare" options.RisingShare
        demandPositive operation "startDivisor" options.StartDivisor
        demandPositive operation "endDivisor" options.EndDivisor

        let settings =
            [ number "highest" highest
              whole "steps" steps
              number "risingShare" options.RisingShare
              number "startDivisor" options.StartDivisor
              number "endDivisor" options.EndDivisor
              "linear", Setting.Flag options.Linear ]

        let first = highest / options.StartDivisor
        let last = first / options.EndDivisor
        let top = options.RisingShare * float steps - 1.0
        let final = float steps - 1.0

        let between (start: float) (stop: float) (share: Tensor) : Tensor =
            if options.Linear then
                start + (stop - start) * share
            else
                stop + (start - stop) * 0.5 * (1.0 + cos (share * Math.PI))

        make "oneCycle" settings (fun t ->
            let t = Tensor.minimum t (scalar final)
            let falling = between highest last ((t - top) / max (final - top) Double.Epsilon)

            if top <= 0.0 then
                falling
            else
                Tensor.where (Tensor.lessEqual t (scalar top)) (between first highest (t / top)) falling)

    /// `oneCycleWith` rising by a cosine for 0.3 of the steps from 1/25 of the highest rate.
    let oneCycle (highest: float) (steps: int) : Schedule = oneCycleWith OneCycleOptions.defaults highest steps
