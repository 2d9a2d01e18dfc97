namespace Functional

open XPlot.Plotly

/// How the bars of several series stand.
[<RequireQualifiedAccess>]
type BarMode =
    /// Beside each other.
    | Grouped
    /// On top of each other.
    | Stacked

/// Bars and pies.
[<AutoOpen>]
module BarCharts =

    let private checkLabels operation (labels: string[]) =
        if labels.Length = 0 then
            Fail.data operation "there are no labels; give one at least."

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Bars of several series over the same labels, by name. Labels stand in their order; equal ones have bars of their own. A NaN or
        /// an infinity is a gap. Other lengths are an error.
        let bars (mode: BarMode) (labels: seq<string>) (series: seq<string * #seq<float>>) : Figure =
            let operation = "Chart.bars"
            let labels = Array.ofSeq labels
            checkLabels operation labels
            let series = ChartChecks.series operation series

            for name, values in series do
                let name = if name = "" then "values" else $"series '{name}'"
                ChartChecks.sameLength operation ("labels", labels.Length) (name, values.Length)

            let trace i (name, values) =
                Bar(
                    x = LabelAxis.places labels.Length,
                    y = (values: float[]),
                    name = PlotText.literal name,
                    marker = Marker(color = Palette.color i)
                )

            let barmode =
                match mode with
                | BarMode.Grouped -> "group"
                | BarMode.Stacked -> "relative"

            series
            |> List.mapi trace
            |> Chart.ofTraces
            |> Chart.withLegend (series.Length > 1)
            |> Chart.withLayoutValues [ "barmode", box barmode; yield! LabelAxis.values "xaxis" 60 labels ]

        /// A bar for each label; see `bars`.
        let bar (labels: seq<string>) (values: seq<float>) : Figure = bars BarMode.Grouped labels [ "", values ]

        /// A horizontal bar for each label, the first on top: for long labels and rankings. The chart is as high as they need.
        let horizontalBar (labels: seq<string>) (values: seq<float>) : Figure =
            let operation = "Chart.horizontalBar"
            let labels = Array.ofSeq labels
            checkLabels operation labels
            let values = ChartChecks.numbers operation "values" values
            ChartChecks.sameLength operation ("labels", labels.Length) ("values", values.Length)

            Chart.ofTraces
                [ Bar(
                      x = values,
                      y = LabelAxis.places labels.Length,
                      orientation = "h",
                      marker = Marker(color = Palette.color 0)
                  ) ]
            |> Chart.withLayoutValues
                [ yield! LabelAxis.values "yaxis" 200 labels; LabelAxis.range "yaxis" true labels.Length ]
            |> Chart.withSize 900 (System.Math.Clamp(120 + 26 * labels.Length, 300, 5000))

        /// A slice for each label, clockwise from the top in their order, with its share; equal labels share one. Values that are
        /// NaN, infinite or negative, and a sum of 0, are errors.
        let pie (labels: seq<string>) (values: seq<float>) : Figure =
            let operation = "Chart.pie"
            let labels = Array.ofSeq labels
            checkLabels operation labels
            let values = ChartChecks.numbers operation "values" values
            ChartChecks.sameLength operation ("labels", labels.Length) ("values", values.Length)

            match values |> Array.tryFindIndex (fun value -> not (System.Double.IsFinite value && value >= 0.0)) with
            | Some i ->
                Fail.data operation $"the value of '{labels[i]}' is {values[i]}; a slice needs a number from 0 on."
            | None -> ()

            if Array.sum values = 0.0 then
                Fail.data operation "all values are 0; a pie needs something to divide."

            let colors = Array.init labels.Length Palette.color

            Pie(
                labels = Array.map PlotText.literal labels,
                values = values,
                sort = false,
                textinfo = "label+percent",
                direction = "clockwise"
            )
            |> Traces.extend
                [ "marker.colors", box colors
                  "marker.line.color", box "#FFFFFF"
                  "marker.line.width", box 1.5
                  "insidetextorientation", box "horizontal"
                  // labels outside stand below the title
                  "domain.y", box [| 0.0; 0.9 |]
                  "automargin", box true ]
            |> List.singleton
            |> Chart.ofTraces
            |> Chart.withLegend false
            |> Chart.withSize 820 500
