namespace Functional

open System

/// Charts of predicted numbers.
[<AutoOpen>]
module RegressionCharts =
    /// The line x = y, or another straight one, dashed behind points.
    let private guide (xs: float[]) (ys: float[]) =
        Marks.line
            ""
            Style.middle
            xs
            ys
            [ "line.dash", box "dash"; "line.width", box 1.5; "showlegend", box false; "hoverinfo", box "skip" ]

    let private dots (xs: float[]) (ys: float[]) hover =
        Marks.points
            "samples"
            (Palette.color 0)
            "circle"
            xs
            ys
            [ "marker.size", box (if xs.Length > 1000 then 4 else 7)
              "marker.opacity", box (if xs.Length > 300 then 0.5 else 0.8)
              "marker.line.width", box (if xs.Length > 300 then 0.0 else 0.5)
              "showlegend", box false
              "hovertemplate", box hover ]

    /// Predicted against true values, with the line on which both are equal; errors in the title.
    let private scattered (residuals: Residuals) : Figure =
        let low, high = PlaneGrid.rangeOf 0.04 (Array.append residuals.Actual residuals.Predicted)
        let ends = [| low; high |]
        let squares = residuals.Values |> Array.averageBy (fun r -> r * r)
        let mean = Array.average residuals.Actual
        let spread = residuals.Actual |> Array.averageBy (fun y -> (y - mean) * (y - mean))
        let r2 = if spread > 0.0 then $"R² {Marks.fixed3 (1.0 - squares / spread)}, " else ""

        [ guide ends ends
          dots residuals.Actual residuals.Predicted "true %{x:.5g}, predicted %{y:.5g}<extra></extra>" ]
        |> Marks.figure
            (620, 620)
            [ "title.text", box $"Predicted against true ({r2}RMSE {Marks.short (sqrt squares)})"
              "xaxis.title.text", box "true"
              "yaxis.title.text", box "predicted"
              "xaxis.range", box ends
              "yaxis.range", box ends
              "yaxis.scaleanchor", box "x"
              "xaxis.constrain", box "domain"
              "yaxis.constrain", box "domain" ]

    let private againstFitted (residuals: Residuals) : Figure =
        let ends = PlaneGrid.rangeOf 0.04 residuals.Predicted |> fun (a, b) -> [| a; b |]

        [ guide ends [| 0.0; 0.0 |]
          dots residuals.Predicted residuals.Values "predicted %{x:.5g}, residual %{y:.4g}<extra></extra>" ]
        |> Marks.figure
            (620, 500)
            [ "title.text", box "Residuals against predictions"
              "xaxis.title.text", box "predicted"
              "yaxis.title.text", box "true - predicted" ]

    let private distribution (residuals: Residuals) : Figure =
        [ Marks.trace
              "histogram"
              [ "x", box residuals.Values; "marker.color", box (Palette.color 0); "showlegend", box false ] ]
        |> Marks.figure
            (620, 500)
            [ "title.text", box "Distribution of residuals"
              "xaxis.title.text", box "true - predicted"
              "yaxis.title.text", box "samples" ]

    /// Sorted residuals against normal quantiles, with the line through both quartiles.
    let private normal (residuals: Residuals) : Figure =
        let quantiles, values = Residuals.normalQuantiles residuals |> Array.unzip
        let first, _, third = Statistics.quartiles values
        let normalThird = 0.6744897501960817
        let slope = (third - first) / (2.0 * normalThird)
        let middle = (first + third) / 2.0
        let ends = [| Array.head quantiles; Array.last quantiles |]

        [ guide ends (ends |> Array.map (fun q -> middle + slope * q))
          dots quantiles values "quantile %{x:.3g}, residual %{y:.4g}<extra></extra>" ]
        |> Marks.figure
            (620, 500)
            [ "title.text", box "Normal Q-Q"
              "xaxis.title.text", box "normal quantile"
              "yaxis.title.text", box "true - predicted" ]

    let private inOrder (residuals: Residuals) : Figure =
        let xs = Array.init residuals.Values.Length float

        [ guide [| 0.0; float (xs.Length - 1) |] [| 0.0; 0.0 |]
          dots xs residuals.Values "sample %{x}, residual %{y:.4g}<extra></extra>" ]
        |> Marks.figure
            (620, 500)
            [ "title.text", box "Residuals in order"
              "xaxis.title.text", box "sample"
              "yaxis.title.text", box "true - predicted" ]

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Predictions against true values, with the line on which both are equal; R² and the root mean squared error in the
        /// title. [n] or [n; 1], at least two samples; NaN is an error.
        let predictedAgainstTrue (labels: Tensor) (predictions: Tensor) : Figure =
            scattered (Residuals.ofPredictions labels predictions)

        /// Residuals (true less predicted) four ways: against the predictions, in order of the samples, as a histogram, and against
        /// normal quantiles (Q-Q, with the line through the quartiles).
        let residuals (residuals: Residuals) : Figure =
            Chart.subplots 2 [ againstFitted residuals; inOrder residuals; distribution residuals; normal residuals ]
            |> Chart.withLegend false
