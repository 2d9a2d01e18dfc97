namespace Functional

open System
open XPlot.Plotly

/// How a histogram counts.
type HistogramOptions =
    {
        /// The number of bins; 0 for NumPy's "auto" (the larger of Sturges' and Freedman and Diaconis' rules).
        Bins: int
        /// Whether bars show shares by width, so that their area is 1, instead of counts.
        Density: bool
    }

    /// Bins as NumPy's "auto", counts.
    static member defaults = { Bins = 0; Density = false }

/// Histograms, box plots and violins.
[<AutoOpen>]
module DistributionCharts =

    let private finite (values: float[]) = values |> Array.filter Double.IsFinite

    let private histogramTrace options (edges: float[]) isSingle i (name: string, values: float[]) : Trace =
        let values = finite values
        let counts = Histogram.counts edges values |> Array.map float
        let widths = Array.map2 (-) edges[1..] edges[.. edges.Length - 2]

        let heights =
            if options.Density then
                Array.map2 (fun count width -> count / float values.Length / width) counts widths
            else
                counts

        let hover =
            Array.init counts.Length (fun bin -> $"{edges[bin]:G6} to {edges[bin + 1]:G6}: {heights[bin]:G6}")

        Bar(
            x = Array.map2 (fun low high -> (low + high) / 2.0) edges[.. edges.Length - 2] edges[1..],
            y = heights,
            name = PlotText.literal name,
            opacity = (if isSingle then 1.0 else 0.6),
            marker =
                Marker(
                    color = Palette.color i,
                    line = Line(color = (if isSingle then "#FFFFFF" else Palette.color i), width = 1)
                )
        )
        |> Traces.extend
            [ "width", box widths
              "hovertext", box (hover |> Array.map PlotText.literal)
              "hoverinfo", box "text+name" ]

    /// The summary of a box, by the library's quartiles and limits.
    let private summary (values: float[]) =
        let first, median, third = Statistics.quartiles values
        let outliers = Outliers.ofValues values
        let low, high = outliers.InnerLimits
        let inside = finite values |> Array.filter (fun value -> value >= low && value <= high)

        {| First = first
           Median = median
           Third = third
           Low = Array.min inside
           High = Array.max inside
           Outliers = outliers |}

    let private outlierTrace name symbol color (points: (float * float) list) : Trace list =
        if points.IsEmpty then
            []
        else
            [ Scatter(
                  x = (points |> List.map fst |> Array.ofList),
                  y = (points |> List.map snd |> Array.ofList),
                  name = name,
                  mode = "markers",
                  marker = Marker(symbol = symbol, color = color, size = 7)
              ) ]

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Histograms of several series over the same bins, by name, see-through above each other. NaN and infinities are left out.
        let histogramsWith (options: HistogramOptions) (series: seq<string * #seq<float>>) : Figure =
            let operation = "Chart.histograms"

            if options.Bins < 0 || options.Bins > 10000 then
                Fail.argument operation "Bins" options.Bins "is out of range; give 1 to 10,000, or 0 for the rule."

            let series = ChartChecks.series operation series
            let all = series |> List.map (snd >> finite) |> Array.concat
            let count = if options.Bins = 0 then Histogram.automaticCount all else options.Bins
            let edges = Histogram.edges count all

            series
            |> List.mapi (histogramTrace options edges (series.Length = 1))
            |> Chart.ofTraces
            |> Chart.withLegend (series.Length > 1)
            |> Chart.withLayoutValues [ "barmode", box "overlay"; "bargap", box 0 ]
            |> Chart.withYTitle (if options.Density then "density" else "count")

        /// Histograms of several series; see `histogramsWith`.
        let histograms (series: seq<string * #seq<float>>) : Figure = histogramsWith HistogramOptions.defaults series

        /// The histogram of values, with NumPy's "auto" bins. NaN and infinities are left out.
        let histogram (values: seq<float>) : Figure = histograms [ "", values ]

        /// Box plots of several series, by name: quartiles (linear between values), whiskers to the last values within 1.5 interquartile
        /// ranges, mild outliers as rings, extreme ones (3 ranges) as stars. NaN and infinities are left out.
        let boxPlots (series: seq<string * #seq<float>>) : Figure =
            let series = ChartChecks.series "Chart.boxPlots" series
            let names = series |> List.map fst |> Array.ofList
            let boxes = series |> List.map (snd >> finite >> summary) |> Array.ofList

            let outliers select =
                [ for i, one in Array.indexed boxes do
                      for value: float in select one.Outliers -> float i, value ]

            let box' =
                Traces.ofType
                    "box"
                    [ "x", box (LabelAxis.places names.Length)
                      "q1", box (boxes |> Array.map _.First)
                      "median", box (boxes |> Array.map _.Median)
                      "q3", box (boxes |> Array.map _.Third)
                      "lowerfence", box (boxes |> Array.map _.Low)
                      "upperfence", box (boxes |> Array.map _.High)
                      "fillcolor", box "#BBD9EB"
                      "line.color", box (Palette.color 0)
                      "line.width", box 1.5
                      "showlegend", box false
                      "name", box "" ]

            [ box' ]
            @ outlierTrace "mild outlier" "circle-open" (Palette.color 0) (outliers _.Mild)
            @ outlierTrace "extreme outlier" "star" (Palette.color 1) (outliers _.Extreme)
            |> Chart.ofTraces
            |> Chart.withLegend true
            |> Chart.withLayoutValues
                [ yield! LabelAxis.values "xaxis" 60 names; LabelAxis.range "xaxis" false names.Length ]

        /// Violins of several series, by name: the estimated density to both sides, a box plot inside, and the mean as a line. NaN and
        /// infinities are left out.
        let violins (series: seq<string * #seq<float>>) : Figure =
            let series = ChartChecks.series "Chart.violins" series

            series
            |> List.mapi (fun i (name, values) ->
                let values = finite values

                Traces.ofType
                    "violin"
                    [ "y", box values
                      "x0", box (float i)
                      "name", box (PlotText.literal name)
                      "line.color", box (Palette.color i)
                      "box.visible", box true
                      "meanline.visible", box true
                      "points", box false
                      "spanmode", box "hard" ])
            |> Chart.ofTraces
            |> Chart.withLegend false
            |> Chart.withLayoutValues (LabelAxis.values "xaxis" 60 (series |> List.map fst |> Array.ofList))
