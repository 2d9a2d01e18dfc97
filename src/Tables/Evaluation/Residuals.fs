namespace Functional

open MathNet.Numerics.Distributions

/// The residuals of predicted numbers: actual less predicted, in the order of the samples.
type Residuals =
    {
        /// The actual values.
        Actual: float[]
        /// The predictions.
        Predicted: float[]
        /// Actual less predicted: above 0 where the prediction is too low.
        Values: float[]
        /// The residuals less their mean, over their sample deviation; NaN where all are equal.
        Standardized: float[]
    }

/// Whether residuals look like noise.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Residuals =
    /// The residuals of actual values and predictions, [n] or [n; 1], at least two. NaN is an error.
    let ofPredictions (labels: Tensor) (predictions: Tensor) : Residuals =
        let operation = "Residuals.ofPredictions"
        let actual, predicted = Predictions.read operation labels predictions

        if actual.Length < 2 then
            Fail.data operation "there is one sample; residuals are looked at from two on."

        let values = Array.map2 (-) actual predicted
        let mean, deviation = Statistics.mean values, Statistics.deviation values

        { Actual = actual
          Predicted = predicted
          Values = values
          Standardized = values |> Array.map (fun value -> (value - mean) / deviation) }

    /// The residuals of a model's evaluation. Several outputs are an error.
    let ofEvaluation (evaluation: Evaluation) : Residuals = ofPredictions evaluation.Labels evaluation.Outputs

    /// The rows whose standardized residual is beyond so many deviations, the farthest first.
    let outliers (deviations: float) (residuals: Residuals) : int list =
        residuals.Standardized
        |> Array.indexed
        |> Array.filter (fun (_, z) -> abs z > deviations)
        |> Array.sortBy (fun (_, z) -> -(abs z))
        |> Array.map fst
        |> List.ofArray

    /// The points of a normal quantile-quantile plot: theoretical quantile and sorted residual, which lie on a line where
    /// the residuals are normal. The i-th of n stands for the median of its order statistic (Filliben 1975), as in
    /// `scipy.stats.probplot`.
    let normalQuantiles (residuals: Residuals) : (float * float)[] =
        let n = residuals.Values.Length
        let ends = 0.5 ** (1.0 / float n)

        let share i =
            if i = n then ends
            elif i = 1 then 1.0 - ends
            else (float i - 0.3175) / (float n + 0.365)

        Array.sort residuals.Values
        |> Array.mapi (fun i value -> Normal.InvCDF(0.0, 1.0, share (i + 1)), value)

    /// The Durbin-Watson statistic: the sum of squared differences of neighbours over the sum of squares. About 2 where
    /// neighbours do not correlate, towards 0 where they are alike, towards 4 where they alternate.
    let durbinWatson (residuals: Residuals) : float =
        let square x = x * x
        let steps = residuals.Values |> Array.pairwise |> Array.sumBy (fun (a, b) -> square (b - a))
        steps / (residuals.Values |> Array.sumBy square)

    /// The correlation of the residuals with themselves so many samples later: lags 0 to `lags`, of which the first is 1.
    /// NaN where all residuals are equal. A lag below 0 or not below the number of samples is an error.
    let autocorrelation (lags: int) (residuals: Residuals) : float[] =
        let n = residuals.Values.Length

        if lags < 0 || lags >= n then
            Fail.argument "Residuals.autocorrelation" "lags" lags $"is not from 0 to {n - 1}, for {n} residuals."

        let mean = Numbers.mean residuals.Values
        let centered = residuals.Values |> Array.map (fun value -> value - mean)
        let product lag = Seq.sum (seq { for i in 0 .. n - 1 - lag -> centered[i] * centered[i + lag] })
        Array.init (lags + 1) (fun lag -> product lag / product 0)

    /// The Jarque-Bera test of normality, from skewness S and excess kurtosis K: n / 6 (S^2 + K^2 / 4) and its p-value, by
    /// chi-square with 2 degrees of freedom; meant for large n. `scipy.stats.jarque_bera`.
    let jarqueBera (residuals: Residuals) : float * float =
        let skewness = Statistics.populationSkewness residuals.Values
        let kurtosis = Statistics.populationKurtosis residuals.Values
        let statistic = float residuals.Values.Length / 6.0 * (skewness * skewness + kurtosis * kurtosis / 4.0)
        statistic, exp (-statistic / 2.0)
