namespace Functional

open System

/// How a quantile is taken that falls between two values, under NumPy's names (`numpy.quantile`, `method=`). The first nine
/// are the types 1 to 9 of Hyndman and Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996).
[<RequireQualifiedAccess>]
type QuantileMethod =
    /// The least value that at least the share of all are at or below. Type 1.
    | InvertedCdf
    /// As `InvertedCdf`, but the mean of two values where the share is reached exactly. Type 2.
    | AveragedInvertedCdf
    /// The value nearest to n p, and the even one of two. Type 3.
    | ClosestObservation
    /// Linear between values at k / n. Type 4.
    | InterpolatedInvertedCdf
    /// Linear between values at (k - 1/2) / n. Type 5.
    | Hazen
    /// Linear between values at k / (n + 1): the (N + 1) p rule of textbooks. Type 6.
    | Weibull
    /// Linear between values at (k - 1) / (n - 1): the default of NumPy, pandas and Excel. Type 7.
    | Linear
    /// Linear between values at (k - 1/3) / (n + 1/3): about unbiased for the median of any distribution. Type 8.
    | MedianUnbiased
    /// Linear between values at (k - 3/8) / (n + 1/4): about unbiased for normal values. Type 9.
    | NormalUnbiased
    /// The lower of the two values around (n - 1) p.
    | Lower
    /// The higher of the two values around (n - 1) p.
    | Higher
    /// The mean of the two values around (n - 1) p.
    | Midpoint
    /// The nearer of the two values around (n - 1) p, and the one at an even position where both are as near.
    | Nearest

/// Quantiles of values in ascending order.
module internal Quantiles =
    /// The value at a position from 0, linear between neighbours; positions outside are those of the ends.
    let private between (xs: float[]) (position: float) =
        let position = Math.Clamp(position, 0.0, float (xs.Length - 1))
        let below = int (floor position)
        let share = position - float below

        if share = 0.0 then
            xs[below]
        else
            xs[below] + share * (xs[below + 1] - xs[below])

    let private at (xs: float[]) (position: float) = xs[int (Math.Clamp(position, 0.0, float (xs.Length - 1)))]

    /// The position of a share where the k-th of n values stands for the share (k - alpha) / (n + 1 - alpha - beta).
    let private plotting alpha beta (n: int) (p: float) = float n * p + (alpha + p * (1.0 - alpha - beta)) - 1.0

    /// The quantile of a share from 0 to 1 of ascending values, at least one.
    let ofSorted (method: QuantileMethod) (p: float) (xs: float[]) : float =
        let n = xs.Length
        let along = float (n - 1) * p
        let linear alpha beta = between xs (plotting alpha beta n p)

        match method with
        | QuantileMethod.InvertedCdf -> at xs (ceil (float n * p) - 1.0)
        | QuantileMethod.AveragedInvertedCdf ->
            let reached = float n * p
            let next = if reached = floor reached then reached else ceil reached - 1.0
            (at xs (ceil reached - 1.0) + at xs next) / 2.0
        | QuantileMethod.ClosestObservation -> at xs (Math.Round(float n * p, MidpointRounding.ToEven) - 1.0)
        | QuantileMethod.InterpolatedInvertedCdf -> linear 0.0 1.0
        | QuantileMethod.Hazen -> linear 0.5 0.5
        | QuantileMethod.Weibull -> linear 0.0 0.0
        | QuantileMethod.Linear -> linear 1.0 1.0
        | QuantileMethod.MedianUnbiased -> linear (1.0 / 3.0) (1.0 / 3.0)
        | QuantileMethod.NormalUnbiased -> linear (3.0 / 8.0) (3.0 / 8.0)
        | QuantileMethod.Lower -> at xs (floor along)
        | QuantileMethod.Higher -> at xs (ceil along)
        | QuantileMethod.Midpoint -> (at xs (floor along) + at xs (ceil along)) / 2.0
        | QuantileMethod.Nearest -> at xs (Math.Round(along, MidpointRounding.ToEven))

    /// Raises the error of a share outside 0 to 1.
    let checkShare operation (p: float) =
        if not (p >= 0.0 && p <= 1.0) then
            Fail.argument operation "share" p "is no share of the values; give a number from 0 to 1."
