namespace Functional

open System

/// How the association of two columns is measured. All are from -1 to 1.
[<RequireQualifiedAccess>]
type CorrelationMethod =
    /// Pearson's r: the covariance by both deviations; how well a line fits.
    | Pearson
    /// Spearman's rho: Pearson's of the ranks, equal values sharing a rank; how well any ascending curve fits.
    | Spearman
    /// Kendall's tau-b: concordant less discordant pairs, corrected for ties.
    | Kendall

/// The verbal strength of a correlation r.
[<RequireQualifiedAccess>]
type CorrelationStrength =
    /// |r| >= 0.8
    | Strong
    /// 0.5 <= |r| < 0.8
    | Weak
    /// |r| < 0.5, or not known because a column is constant
    | None

/// How two columns vary together. Pairs of which a value is missing (NaN) are skipped, as in pandas.
[<RequireQualifiedAccess>]
module Correlation =
    /// The sample covariance: the sum of products of the differences from both means, by n - 1. Needs two pairs.
    let covariance (xs: seq<float>) (ys: seq<float>) : float =
        let operation = "Correlation.covariance"
        let xs, ys = Numbers.pairs operation xs ys
        Numbers.atLeast operation 2 xs |> ignore
        let meanX, meanY = Numbers.mean xs, Numbers.mean ys
        Numbers.sum (Array.map2 (fun x y -> (x - meanX) * (y - meanY)) xs ys) / float (xs.Length - 1)

    let private pearsonOf (xs: float[]) (ys: float[]) =
        let meanX, meanY = Numbers.mean xs, Numbers.mean ys
        let dx, dy = xs |> Array.map (fun x -> x - meanX), ys |> Array.map (fun y -> y - meanY)
        let square ds = Numbers.sum (ds |> Array.map (fun d -> d * d))
        let r = Numbers.sum (Array.map2 (*) dx dy) / sqrt (square dx) / sqrt (square dy)
        // NaN where a column is constant
        Math.Clamp(r, -1.0, 1.0)

    /// The number of pairs of equal values in ascending keys.
    let private ties (keys: 'K[]) =
        keys |> Array.countBy id |> Array.sumBy (fun (_, n) -> int64 n * int64 (n - 1) / 2L)

    /// The number of exchanges of neighbours that sort the values: the pairs that are in the wrong order, by merging.
    let rec private exchanges (values: float[]) (room: float[]) first last =
        if last - first < 2 then
            0L
        else
            let middle = (first + last) / 2
            let inner = exchanges values room first middle + exchanges values room middle last
            let mutable i = first
            let mutable j = middle
            let mutable crossed = 0L

            for k in first .. last - 1 do
                if j = last || (i < middle && values[i] <= values[j]) then
                    room[k] <- values[i]
                    i <- i + 1
                else
                    room[k] <- values[j]
                    crossed <- crossed + int64 (middle - i)
                    j <- j + 1

            Array.blit room first values first (last - first)
            inner + crossed

    /// Knight's algorithm, n log n: sorted by x then y, the discordant pairs are the exchanges that sort y.
    let private kendallOf (xs: float[]) (ys: float[]) =
        let pairs = Array.zip xs ys |> Array.sort
        let n = int64 xs.Length
        let all = n * (n - 1L) / 2L
        let tiedX, tiedY, tiedBoth = ties xs, ties ys, ties pairs
        let discordant = exchanges (Array.map snd pairs) (Array.zeroCreate xs.Length) 0 xs.Length
        let difference = all - tiedX - tiedY + tiedBoth - 2L * discordant
        float difference / sqrt (float (all - tiedX)) / sqrt (float (all - tiedY))

    /// The correlation of two columns by a named method; NaN where one of them is constant. Needs two pairs.
    let by (method: CorrelationMethod) (xs: seq<float>) (ys: seq<float>) : float =
        let operation = "Correlation.by"
        let xs, ys = Numbers.pairs operation xs ys
        Numbers.atLeast operation 2 xs |> ignore

        match method with
        | CorrelationMethod.Pearson -> pearsonOf xs ys
        | CorrelationMethod.Spearman -> pearsonOf (Statistics.ranks xs) (Statistics.ranks ys)
        | CorrelationMethod.Kendall -> kendallOf xs ys

    /// Pearson's correlation of two columns.
    let pearson (xs: seq<float>) (ys: seq<float>) : float = by CorrelationMethod.Pearson xs ys

    /// Spearman's correlation of two columns.
    let spearman (xs: seq<float>) (ys: seq<float>) : float = by CorrelationMethod.Spearman xs ys

    /// Kendall's tau-b of two columns.
    let kendall (xs: seq<float>) (ys: seq<float>) : float = by CorrelationMethod.Kendall xs ys

    /// The strength of a correlation in words: strong from 0.8 on, weak from 0.5 on.
    let strength (r: float) : CorrelationStrength =
        if abs r >= 0.8 then CorrelationStrength.Strong
        elif abs r >= 0.5 then CorrelationStrength.Weak
        else CorrelationStrength.None
