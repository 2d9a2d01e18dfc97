namespace Functional

open Functional.Notebooks
open Newtonsoft.Json.Linq
open XPlot.Plotly

/// A chart as a value: traces, layout and frames of an animation as plotly.js reads them. Made from XPlot's traces by
/// `Chart.ofTraces` or by the functions of charts, changed by functions that give a new one, shown and saved by `Chart.show`,
/// `Chart.saveHtml`, `Chart.savePng`. `Chart.toXPlot` gives it as XPlot's own chart.
[<ReferenceEquality; TypeFormatterSource(typeof<NotebookFormatterSource>)>]
type Figure =
    internal
        {
            /// The traces.
            Data: JObject list
            /// The layout, without the style shared by all.
            Frame: JObject
            /// Frames of an animation.
            Frames: JObject list
            /// In pixels.
            Size: int * int
        }

    /// XPlot's traces of the chart, copied; one with attributes that XPlot has no properties for is an `ExtendedTrace`.
    member f.Traces: Trace list = f.Data |> List.map XPlotObjects.trace

    /// XPlot's layout of the chart, copied, without the style shared by all charts.
    member f.Layout: ExtendedLayout = XPlotObjects.layout f.Frame

    /// The width in pixels, 900 unless `Chart.withSize` says otherwise: of pictures, and the most in pages.
    member f.Width = fst f.Size

    /// The height in pixels, 500 unless `Chart.withSize` says otherwise.
    member f.Height = snd f.Size

    /// The title, or nothing.
    member f.Title: string option = f.Frame |> PlotJson.tryText "title.text"

    /// The chart as JSON for plotly.js, style included: an object of data, layout, frames and config.
    member f.ToJson() : string = (Figure.json f).ToString Newtonsoft.Json.Formatting.None

    override f.ToString() =
        let kinds =
            f.Data |> List.map (PlotJson.tryText "type" >> Option.defaultValue "scatter") |> List.distinct

        let title = f.Title |> Option.map (sprintf " '%s'") |> Option.defaultValue ""
        let frames = if f.Frames.IsEmpty then "" else $", {f.Frames.Length} frames"
        $"""Figure{title}: {f.Data.Length} traces ({String.concat ", " kinds}){frames}"""

    interface IShownInNotebooks with
        member f.NotebookHtml() = Drawing.inNotebook f.Width f.Height (Figure.json f)

    /// What plotly.js is given.
    static member internal json(f: Figure) : JObject =
        let layout =
            f.Frame
            |> Style.withRoomForTitle f.Width
            |> PlotJson.withValues [ "template", box Style.template; "height", box f.Height; "autosize", box true ]

        PlotJson.ofValues
            [ "data", box (JArray(List.map box f.Data))
              "layout", box layout
              "frames", box (JArray(List.map box f.Frames))
              "config", box (PlotJson.ofValues [ "responsive", box true; "displaylogo", box false ]) ]
