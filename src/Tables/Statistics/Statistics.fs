namespace Functional

open System

/// A middle of values that have an order but no arithmetic.
[<RequireQualifiedAccess>]
type OrdinalMedian<'T> =
    /// The value in the middle.
    | At of 'T
    /// There are as many values on both sides, and these two in the middle.
    | Between of lower: 'T * upper: 'T

    /// The value, or "between a and b".
    override m.ToString() =
        match m with
        | At value -> $"{value}"
        | Between(lower, upper) -> $"between {lower} and {upper}"

/// Statistics of one column of numbers: any sequence of floats, such as an array or the values of a Deedle series. NaN stands
/// for a missing value and is skipped, as in pandas and Deedle. No value at all is an error of `InvalidData`.
[<RequireQualifiedAccess>]
module Statistics =
    /// The number of values that are not missing.
    let count (values: seq<float>) : int = (Numbers.known values).Length

    /// The arithmetic mean: the sum divided by the number.
    let mean (values: seq<float>) : float = Numbers.mean (Numbers.atLeast "Statistics.mean" 1 values)

    /// The quantile of a share from 0 to 1, such as 0.25 for the first quartile, by a named method.
    let quantileBy (method: QuantileMethod) (share: float) (values: seq<float>) : float =
        Quantiles.checkShare "Statistics.quantile" share
        Quantiles.ofSorted method share (Numbers.sorted "Statistics.quantile" values)

    /// The quantile of a share from 0 to 1, linear between values as in NumPy and pandas.
    let quantile (share: float) (values: seq<float>) : float = quantileBy QuantileMethod.Linear share values

    /// The first quartile, the median and the third quartile, by a named method. `QuantileMethod.Weibull` is the (N + 1) p
    /// rule of textbooks.
    let quartilesBy (method: QuantileMethod) (values: seq<float>) : float * float * float =
        let xs = Numbers.sorted "Statistics.quartiles" values
        let at share = Quantiles.ofSorted method share xs
        at 0.25, at 0.5, at 0.75

    /// The first quartile, the median and the third quartile, linear between values as in NumPy and pandas.
    let quartiles (values: seq<float>) : float * float * float = quartilesBy QuantileMethod.Linear values

    /// The third quartile less the first, by a named method.
    let interquartileRangeBy (method: QuantileMethod) (values: seq<float>) : float =
        let first, _, third = quartilesBy method values
        third - first

    /// The third quartile less the first, linear between values as in NumPy and SciPy.
    let interquartileRange (values: seq<float>) : float = interquartileRangeBy QuantileMethod.Linear values

    /// The middle value, or the mean of the two in the middle.
    let median (values: seq<float>) : float = quantile 0.5 values

    /// The median of ordinal data: values that `order` lists from the lowest to the highest. Where it falls between two
    /// different values both are given. No value, and a value that `order` does not list, are errors.
    let ordinalMedian (order: seq<'T>) (values: seq<'T>) : OrdinalMedian<'T> =
        let operation = "Statistics.ordinalMedian"
        let order = Array.ofSeq order

        let rank (value: 'T) =
            match Array.IndexOf(order, value) with
            | -1 -> Fail.argument operation "value" value "is not in the order given; list every value once."
            | i -> i

        match values |> Seq.map rank |> Array.ofSeq |> Array.sort with
        | [||] -> Fail.data operation "there are no values."
        | ranks ->
            let lower, upper = ranks[(ranks.Length - 1) / 2], ranks[ranks.Length / 2]

            if lower = upper then
                OrdinalMedian.At order[lower]
            else
                OrdinalMedian.Between(order[lower], order[upper])

    /// The values that occur most often, ascending; none where there are several values and all are different.
    let modes (values: seq<'T>) : 'T list =
        let counts = values |> Seq.countBy id |> List.ofSeq

        match counts with
        | []
        | [ _ ] -> List.map fst counts
        | _ ->
            let most = counts |> List.map snd |> List.max

            if most = 1 then
                []
            else
                counts |> List.filter (snd >> (=) most) |> List.map fst |> List.sort

    /// The smallest value.
    let min (values: seq<float>) : float = Array.min (Numbers.atLeast "Statistics.min" 1 values)

    /// The largest value.
    let max (values: seq<float>) : float = Array.max (Numbers.atLeast "Statistics.max" 1 values)

    /// The largest value less the smallest.
    let range (values: seq<float>) : float = max values - min values

    /// The mean of the smallest and the largest value.
    let midRange (values: seq<float>) : float = (min values + max values) / 2.0

    /// The sample variance: the sum of squared differences from the mean by n - 1, as in pandas. Needs two values.
    let variance (values: seq<float>) : float =
        let xs = Numbers.atLeast "Statistics.variance" 2 values
        Numbers.centralSum 2 xs / float (xs.Length - 1)

    /// The variance of a whole population: the mean of squared differences from the mean, NumPy's default.
    let populationVariance (values: seq<float>) : float =
        let xs = Numbers.atLeast "Statistics.populationVariance" 1 values
        Numbers.centralSum 2 xs / float xs.Length

    /// The sample standard deviation, the root of `variance`. Needs two values.
    let deviation (values: seq<float>) : float = sqrt (variance values)

    /// The standard deviation of a whole population, the root of `populationVariance`.
    let populationDeviation (values: seq<float>) : float = sqrt (populationVariance values)

    /// The mean of (x - mean)^power.
    let centralMoment (power: int) (values: seq<float>) : float =
        if power < 0 then
            Fail.argument "Statistics.centralMoment" "power" power "is negative; give 0 or more."

        let xs = Numbers.atLeast "Statistics.centralMoment" 1 values
        Numbers.centralSum power xs / float xs.Length

    /// The skewness of a whole population: m3 / m2^(3/2) of the central moments, SciPy's default. 0 where all values are equal.
    let populationSkewness (values: seq<float>) : float =
        let xs = Numbers.atLeast "Statistics.populationSkewness" 1 values
        let n = float xs.Length
        let second, third = Numbers.centralSum 2 xs / n, Numbers.centralSum 3 xs / n
        if second = 0.0 then 0.0 else third / Math.Pow(second, 1.5)

    /// The sample skewness, corrected for bias: sqrt(n (n - 1)) / (n - 2) times that of the population, as in pandas. Needs
    /// three values.
    let skewness (values: seq<float>) : float =
        let xs = Numbers.atLeast "Statistics.skewness" 3 values
        let n = float xs.Length
        sqrt (n * (n - 1.0)) / (n - 2.0) * populationSkewness xs

    /// The excess kurtosis of a whole population: m4 / m2^2 - 3 of the central moments, SciPy's default. 0 where all values
    /// are equal.
    let populationKurtosis (values: seq<float>) : float =
        let xs = Numbers.atLeast "Statistics.populationKurtosis" 1 values
        let n = float xs.Length
        let second, fourth = Numbers.centralSum 2 xs / n, Numbers.centralSum 4 xs / n
        if second = 0.0 then 0.0 else fourth / (second * second) - 3.0

    /// The sample excess kurtosis, corrected for bias: (n - 1) / ((n - 2) (n - 3)) ((n + 1) g + 6) for the population's g, as
    /// in pandas. Needs four values.
    let kurtosis (values: seq<float>) : float =
        let xs = Numbers.atLeast "Statistics.kurtosis" 4 values
        let n = float xs.Length

        if Numbers.centralSum 2 xs = 0.0 then
            0.0
        else
            (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * populationKurtosis xs + 6.0)

    /// The ranks of values from 1, equal ones sharing the mean of theirs, as `scipy.stats.rankdata`. A missing value is an
    /// error.
    let ranks (values: seq<float>) : float[] =
        let xs = Array.ofSeq values

        if Array.exists Double.IsNaN xs then
            Fail.data "Statistics.ranks" "a value is missing (NaN), and has no rank; leave it out."

        let order = Array.init xs.Length id
        Array.Sort(Array.copy xs, order)
        let ranks = Array.zeroCreate xs.Length
        let mutable first = 0

        while first < xs.Length do
            let mutable last = first

            while last + 1 < xs.Length && xs[order[last + 1]] = xs[order[first]] do
                last <- last + 1

            for i in first..last do
                ranks[order[i]] <- float (first + last) / 2.0 + 1.0

            first <- last + 1

        ranks
