module Functional.Tables.Tests.StatisticsTests

open System
open Functional
open Functional.Tests
open FsCheck
open FsCheck.FSharp
open Expecto

/// The salaries of a textbook, in thousands.
let private salaries = [ 30.0; 36.0; 47.0; 50.0; 52.0; 52.0; 56.0; 60.0; 63.0; 70.0; 70.0; 110.0 ]

let private nearly (expected: float) (actual: float) =
    Expect.floatClose { absolute = 0.005; relative = 0.0 } actual expected ""

/// Columns of numbers with ties: the quotients are exact.
let private columns count =
    let random = Random 11
    [ for _ in 1..count -> Array.init 101 (fun _ -> float (random.Next(-400, 400)) / 16.0) ]

let private numpyName method =
    match method with
    | QuantileMethod.InvertedCdf -> "inverted_cdf"
    | QuantileMethod.AveragedInvertedCdf -> "averaged_inverted_cdf"
    | QuantileMethod.ClosestObservation -> "closest_observation"
    | QuantileMethod.InterpolatedInvertedCdf -> "interpolated_inverted_cdf"
    | QuantileMethod.Hazen -> "hazen"
    | QuantileMethod.Weibull -> "weibull"
    | QuantileMethod.Linear -> "linear"
    | QuantileMethod.MedianUnbiased -> "median_unbiased"
    | QuantileMethod.NormalUnbiased -> "normal_unbiased"
    | QuantileMethod.Lower -> "lower"
    | QuantileMethod.Higher -> "higher"
    | QuantileMethod.Midpoint -> "midpoint"
    | QuantileMethod.Nearest -> "nearest"

let private methods =
    [ QuantileMethod.InvertedCdf
      QuantileMethod.AveragedInvertedCdf
      QuantileMethod.ClosestObservation
      QuantileMethod.InterpolatedInvertedCdf
      QuantileMethod.Hazen
      QuantileMethod.Weibull
      QuantileMethod.Linear
      QuantileMethod.MedianUnbiased
      QuantileMethod.NormalUnbiased
      QuantileMethod.Lower
      QuantileMethod.Higher
      QuantileMethod.Midpoint
      QuantileMethod.Nearest ]

[<Tests>]
let tests =
    [ testCase "the worked example of a textbook comes out to the last digit it prints" (fun () ->
          nearly 58.0 (Statistics.mean salaries)
          nearly 54.0 (Statistics.median salaries)
          Expect.equal (Statistics.modes salaries) [ 52.0; 70.0 ] "modes"
          nearly 70.0 (Statistics.midRange salaries)
          nearly 80.0 (Statistics.range salaries)
          nearly 379.17 (Statistics.populationVariance salaries)
          nearly 413.64 (Statistics.variance salaries)
          nearly 19.47 (Statistics.populationDeviation salaries)
          nearly 20.34 (Statistics.deviation salaries)
          let first, _, third = Statistics.quartiles salaries
          nearly 49.25 first
          nearly 64.75 third
          nearly 15.50 (Statistics.interquartileRange salaries))

      testCase "quantiles agree with NumPy's by every method" (fun () ->
          // shares that never fall halfway between two values, where NumPy before 2 took the odd one for closest_observation
          let shares = [ 0.0; 0.03; 0.1; 0.25; 1.0 / 3.0; 0.52; 0.77; 0.975; 1.0 ]

          let text = shares |> List.map (fun p -> p.ToString("R")) |> String.concat ", "

          let expected =
              methods
              |> List.map (fun method -> $"numpy.quantile(x[0], [%s{text}], method='%s{numpyName method}').tolist()")
              |> String.concat " + "

          for column in columns 3 do
              let ours =
                  methods
                  |> List.collect (fun method -> shares |> List.map (fun p -> Statistics.quantileBy method p column))

              Peer.agree (Peer.numbers expected [ column ]) ours)

      testCase "moments agree with SciPy and pandas" (fun () ->
          for column in columns 5 do
              let expected =
                  Peer.numbers
                      "[pandas.Series(x[0]).mean(), pandas.Series(x[0]).var(), numpy.var(x[0]), pandas.Series(x[0]).skew(), \
                       stats.skew(x[0]), pandas.Series(x[0]).kurt(), stats.kurtosis(x[0])]"
                      [ column ]

              Peer.agree
                  expected
                  [ Statistics.mean column
                    Statistics.variance column
                    Statistics.populationVariance column
                    Statistics.skewness column
                    Statistics.populationSkewness column
                    Statistics.kurtosis column
                    Statistics.populationKurtosis column ])

      testCase "covariance and correlations agree with SciPy, ties included" (fun () ->
          for pair in List.chunkBySize 2 (columns 8) do
              let expected =
                  Peer.numbers
                      "[numpy.cov(x[0], x[1])[0, 1], stats.pearsonr(x[0], x[1])[0], stats.spearmanr(x[0], x[1])[0], \
                       stats.kendalltau(x[0], x[1])[0]]"
                      pair

              Peer.agree
                  expected
                  [ Correlation.covariance pair[0] pair[1]
                    Correlation.pearson pair[0] pair[1]
                    Correlation.spearman pair[0] pair[1]
                    Correlation.kendall pair[0] pair[1] ])

      testCase "the chi-square test agrees with SciPy's" (fun () ->
          let random = Random 5
          let rows = Array.init 300 (fun _ -> random.Next 3)
          let columns = rows |> Array.map (fun row -> if random.Next 4 = 0 then row else random.Next 4)
          let test = Frequencies.chiSquare (Frequencies.contingency rows columns)

          let expected =
              Peer.numbers
                  "stats.chi2_contingency(pandas.crosstab(numpy.array(x[0]), numpy.array(x[1])), correction=False)[:3]"
                  [ Array.map float rows; Array.map float columns ]

          Peer.agree expected [ test.Statistic; test.PValue; float test.DegreesOfFreedom ])

      testCase "the median of ordinal data may fall between two values" (fun () ->
          let order = [ "low"; "middle"; "high" ]
          let median values = string (Statistics.ordinalMedian order values)
          Expect.equal (median [ "low"; "high"; "middle" ]) "middle" ""
          Expect.equal (median [ "low"; "low"; "high"; "middle" ]) "between low and middle" ""
          Expect.equal (median [ "low"; "low"; "low"; "high" ]) "low" "")

      testCase "where every value differs there is no mode" (fun () ->
          Expect.isEmpty (Statistics.modes [ 3; 1; 2 ]) ""
          Expect.equal (Statistics.modes [ 7 ]) [ 7 ] "")

      testCase "an outlier is mild beyond 1.5, extreme beyond 3 interquartile ranges" (fun () ->
          let found = Outliers.ofValues (salaries @ [ 0.0 ])
          let first, _, third = Statistics.quartiles (salaries @ [ 0.0 ])
          Expect.equal found.InnerLimits (first - 1.5 * (third - first), third + 1.5 * (third - first)) "limits"
          Expect.equal found.Mild [ 0.0; 110.0 ] "mild"
          Expect.isEmpty found.Extreme "extreme"
          Expect.equal (Outliers.ofValues (salaries @ [ 1000.0 ])).Extreme [ 1000.0 ] "extreme")

      law "a missing value changes no statistic" (fun (NonEmptyArray(xs: NormalFloat[])) ->
          let xs = xs |> Array.map _.Get
          let gaps = xs |> Array.collect (fun x -> [| nan; x |])

          Statistics.mean xs = Statistics.mean gaps
          && Statistics.median xs = Statistics.median gaps
          && Statistics.count gaps = xs.Length)

      law "relative frequencies end at one" (fun (NonEmptyArray(xs: int[])) ->
          let table = Frequencies.table xs
          let last = List.last table
          last.Cumulative = xs.Length && last.CumulativeRelative = 1.0)

      testCase "no values are an error that says so" (fun () ->
          Expect.throwsC (fun () -> Statistics.mean [ nan ] |> ignore) (fun e ->
              Expect.stringContains e.Message "Statistics.mean" "")) ]
    |> testList "Statistics"
