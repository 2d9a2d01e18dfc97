namespace Functional

open System
open XPlot.Plotly

/// Lines over numbers and over time.
[<AutoOpen>]
module SeriesCharts =

    /// A line, in colour and dash of its number.
    let internal lineOf i (name: string) (x: obj) (y: float[]) : Trace =
        Scatter(
            x = x,
            y = y,
            name = PlotText.literal name,
            // a point between two gaps has no line
            mode = (if y.Length <= 40 then "lines+markers" else "lines"),
            line = Line(color = Palette.color i, dash = Palette.dash i, width = 2)
        )

    let private linesOver operation (xName: string) (x: obj) count (series: seq<string * #seq<float>>) =
        let series = ChartChecks.series operation series

        for name, values in series do
            let name = if name = "" then "y" else $"series '{name}'"
            ChartChecks.sameLength operation (xName, count) (name, values.Length)

        series
        |> List.mapi (fun i (name, values) -> lineOf i name x values)
        |> Chart.ofTraces
        |> Chart.withLegend (series.Length > 1)

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Several lines over the same x values, by name. NaN and infinities are gaps. Other lengths, and no finite value in a line, are
        /// errors.
        let lines (x: seq<float>) (series: seq<string * #seq<float>>) : Figure =
            let x = ChartChecks.numbers "Chart.lines" "x" x
            linesOver "Chart.lines" "x" x x.Length series

        /// A line through points (x, y) in their order. NaN and infinities are gaps. Other lengths are an error.
        let line (x: seq<float>) (y: seq<float>) : Figure = lines x [ "", y ]

        /// Several series over time, by name. NaN and infinities are gaps. Other lengths are an error.
        let timeSeries (times: seq<DateTime>) (series: seq<string * #seq<float>>) : Figure =
            let times = Array.ofSeq times
            linesOver "Chart.timeSeries" "times" times times.Length series |> Chart.withXTitle "time"
