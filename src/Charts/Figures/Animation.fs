namespace Functional

open Newtonsoft.Json.Linq
open XPlot.Plotly

/// One picture of an animation: what it replaces in the chart.
type AnimationFrame =
    {
        /// Shown by the slider; each frame has its own.
        Name: string
        /// Traces that replace those of the chart, the first the first and so on. Attributes they leave out stay.
        Traces: Trace list
        /// Numbers of the traces that are replaced, counted from 0; empty for the first ones.
        Replaced: int list
        /// Values of the layout that change, by plotly.js's names, as "title.text".
        Layout: (string * obj) list
    }

/// How an animation runs.
type AnimationOptions =
    {
        /// How long a frame stays, in milliseconds.
        FrameMilliseconds: int
        /// The time in which one frame goes over into the next, in milliseconds; 0 switches at once. Only points, lines and bars can
        /// move.
        TransitionMilliseconds: int
        /// Stands before the frame's name at the slider, as "Epoch ".
        Prefix: string
    }

    /// 200 ms a frame, switched at once, no prefix.
    static member defaults = { FrameMilliseconds = 200; TransitionMilliseconds = 0; Prefix = "" }

/// Frames of animations.
[<RequireQualifiedAccess>]
module AnimationFrame =
    /// A frame that replaces the first traces of a chart.
    let create (name: string) (traces: seq<#Trace>) : AnimationFrame =
        { Name = name; Traces = [ for trace in traces -> trace :> Trace ]; Replaced = []; Layout = [] }

/// Charts that move.
[<AutoOpen>]
module AnimationCharts =

    let private name = "Chart.animate"

    let private check (frames: AnimationFrame list) (figure: Figure) =
        if frames.IsEmpty then
            Fail.argument name "frames" 0 "are no frames; give one at least."

        match frames |> List.countBy _.Name |> List.tryFind (fun (_, count) -> count > 1) with
        | Some(twice, _) -> Fail.argument name "frames" $"'{twice}'" "names two frames; give each its own name."
        | None -> ()

        for frame in frames do
            let replaced =
                if frame.Replaced.IsEmpty then
                    [ 0 .. frame.Traces.Length - 1 ]
                else
                    frame.Replaced

            if replaced.Length <> frame.Traces.Length then
                Fail.argument
                    name
                    "Replaced"
                    replaced.Length
                    $"does not fit the {frame.Traces.Length} traces of frame '{frame.Name}'; give a number for each."

            if replaced |> List.exists (fun i -> i < 0 || i >= figure.Data.Length) then
                Fail.argument
                    name
                    "frames"
                    $"'{frame.Name}'"
                    $"replaces trace {List.max replaced} of a chart of {figure.Data.Length} traces; count from 0."

    let private frameJson (frame: AnimationFrame) : JObject =
        let replaced =
            if frame.Replaced.IsEmpty then
                [ 0 .. frame.Traces.Length - 1 ]
            else
                frame.Replaced

        PlotJson.ofValues
            [ "name", box frame.Name
              "data", box (JArray(frame.Traces |> List.map (fun trace -> box (PlotJson.objectOf trace))))
              "traces", box (List.toArray replaced)
              if not frame.Layout.IsEmpty then
                  "layout", box (PlotJson.ofValues frame.Layout) ]

    let private playing (options: AnimationOptions) duration =
        PlotJson.ofValues
            [ "mode", box "immediate"
              "fromcurrent", box true
              "frame.duration", box duration
              "frame.redraw", box true
              "transition.duration", box options.TransitionMilliseconds ]

    /// Where the slider begins, as a share of a plot in a chart so wide: beside the buttons, which take some 90 points.
    let private sliderStart (width: int) = min 0.4 (95.0 / float (max 200 (width - 225)))

    let private slider (options: AnimationOptions) start (frames: AnimationFrame list) =
        let steps =
            [| for frame in frames ->
                   PlotJson.ofValues
                       [ "label", box (PlotText.literal frame.Name)
                         "method", box "animate"
                         "args", box (JArray(JArray frame.Name, playing options 0)) ] |]

        PlotJson.ofValues
            [ "active", box 0
              "x", box start
              "len", box (1.0 - start)
              "pad.t", box 56
              "pad.b", box 8
              "currentvalue.prefix", box (PlotText.literal options.Prefix)
              "currentvalue.xanchor", box "left"
              // plotly.js writes as many labels as have room; marks between them would run together where there are many
              "font.color", box Style.ink
              "currentvalue.font.color", box Style.ink
              "ticklen", box 6
              "minorticklen", box (if frames.Length > 60 then 0 else 3)
              "steps", box steps ]

    let private buttons (options: AnimationOptions) =
        let button label (target: obj) settings =
            PlotJson.ofValues [ "label", box label; "method", box "animate"; "args", box (JArray(target, settings)) ]

        let pause = playing options 0

        PlotJson.ofValues
            [ "type", box "buttons"
              "direction", box "left"
              "showactive", box false
              "x", box 0
              "xanchor", box "left"
              "y", box 0
              "yanchor", box "top"
              "pad.t", box 78
              "buttons",
              box
                  [| button "&#9654;" (JValue.CreateNull()) (playing options options.FrameMilliseconds)
                     button "&#10074;&#10074;" (JArray(JValue.CreateNull())) pause |] ]

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// The chart with frames, a slider, and buttons that play and pause. It shows its own traces until it is played, so give it those
        /// of the first frame. Two frames of one name, and a trace that the chart does not have, are errors.
        let animateWith (options: AnimationOptions) (frames: seq<AnimationFrame>) (figure: Figure) : Figure =
            let frames = List.ofSeq frames
            check frames figure

            if options.FrameMilliseconds < 1 || options.TransitionMilliseconds < 0 then
                Fail.argument name "FrameMilliseconds" options.FrameMilliseconds "is too short; give 1 or more."

            let width, height = figure.Size
            let alreadyMoves = not figure.Frames.IsEmpty

            { figure with
                Frames = List.map frameJson frames
                Size = (width, (if alreadyMoves then height else height + 90))
                Frame =
                    figure.Frame
                    |> PlotJson.withValues
                        [ "sliders", box [| slider options (sliderStart width) frames |]
                          "updatemenus", box [| buttons options |] ] }

        /// The chart with frames, 200 ms each, a slider, and buttons that play and pause; see `animateWith`.
        let animate (frames: seq<AnimationFrame>) (figure: Figure) : Figure =
            animateWith AnimationOptions.defaults frames figure
