namespace Functional

open System
open Newtonsoft.Json.Linq
open XPlot.Plotly

/// Charts of XPlot's traces, and what can be changed in any chart. Text given to functions of `Chart` is shown as it stands; text in
/// XPlot's objects is plotly.js's markup, where `<b>` makes bold.
[<AutoOpen>]
module FigureCharts =
    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// A chart of XPlot's traces, with the style shared by all charts. No trace is an error.
        let ofTraces (traces: seq<#Trace>) : Figure =
            let data = [ for trace in traces -> PlotJson.objectOf trace ]

            if data.IsEmpty then
                Fail.argument "Chart.ofTraces" "traces" 0 "are no traces; give one at least."

            { Data = data; Frame = JObject(); Frames = []; Size = (900, 500) }

        /// The chart with a layout of XPlot's laid over its own.
        let withLayout (layout: Layout.Layout) (figure: Figure) : Figure =
            { figure with Frame = PlotJson.merge figure.Frame (PlotJson.objectOf layout) }

        /// The chart with values of its layout by plotly.js's names; a path goes inside, as "xaxis.range". Values are texts, numbers,
        /// arrays, or XPlot's objects.
        let withLayoutValues (values: seq<string * obj>) (figure: Figure) : Figure =
            { figure with Frame = PlotJson.withValues values figure.Frame }

        /// The chart with further traces of XPlot's, drawn above the others.
        let withTraces (traces: seq<#Trace>) (figure: Figure) : Figure =
            { figure with Data = figure.Data @ [ for trace in traces -> PlotJson.objectOf trace ] }

        /// The chart with a title.
        let withTitle (title: string) (figure: Figure) : Figure =
            figure |> withLayoutValues [ "title.text", box (PlotText.literal title) ]

        /// The chart with a title of its x axis (the first).
        let withXTitle (title: string) (figure: Figure) : Figure =
            figure |> withLayoutValues [ "xaxis.title.text", box (PlotText.literal title) ]

        /// The chart with a title of its y axis (the first).
        let withYTitle (title: string) (figure: Figure) : Figure =
            figure |> withLayoutValues [ "yaxis.title.text", box (PlotText.literal title) ]

        /// The chart with or without its legend.
        let withLegend (shown: bool) (figure: Figure) : Figure = figure |> withLayoutValues [ "showlegend", box shown ]

        /// The chart with its size in pixels, each from 50 to 10,000. Pages draw it as wide as they are, up to this width.
        let withSize (width: int) (height: int) (figure: Figure) : Figure =
            for name, value in [ "width", width; "height", height ] do
                if value < 50 || value > 10000 then
                    Fail.argument "Chart.withSize" name value "is out of range; give 50 to 10,000 pixels."

            { figure with Size = (width, height) }

        /// The chart with a logarithmic y axis (the first). Numbers that are not positive are gaps there.
        let withLogY (figure: Figure) : Figure = figure |> withLayoutValues [ "yaxis.type", box "log" ]

        /// The chart as XPlot's own, to go on with: same traces, layout with the shared style, size, and plotly.js 2.35.3 from a CDN
        /// as its script. XPlot has no frames: an animation is an error.
        let toXPlot (figure: Figure) : PlotlyChart =
            if not figure.Frames.IsEmpty then
                Fail.argument "Chart.toXPlot" "figure" (string figure) "is an animation, which XPlot does not have."

            let chart = PlotlyChart()
            let styled = figure |> withLayoutValues [ "template", Style.template ]
            chart.Plot(figure.Traces, styled.Layout)
            chart.WithSize(figure.Width, figure.Height)
            chart.WithPlotlySrc "https://cdn.plot.ly/plotly-2.35.3.min.js"
            chart
