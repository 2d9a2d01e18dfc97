/// The look that all charts share, as a template of plotly.js: what a trace or a layout says itself goes before it.
module internal Functional.Style

open Newtonsoft.Json.Linq

/// Fonts of the machine: a page brings none.
let fontFamily =
    "system-ui, -apple-system, \"Segoe UI\", Roboto, \"Helvetica Neue\", Arial, \"DejaVu Sans\", sans-serif"

let ink = "#1F2933"
let faint = "#E3E8ED"
let middle = "#7B8794"

/// Colour scales as plotly.js takes them.
let scale (colors: (float * string) list) : obj =
    colors |> List.map (fun (position, color) -> [| box position; box color |]) |> Array.ofList |> box

/// A colour bar: thin, without a frame.
let private colorbar =
    PlotJson.ofValues
        [ "thickness", box 14
          "outlinewidth", box 0
          "ticks", box "outside"
          "ticklen", box 4
          "tickcolor", box middle ]

let private axis =
    PlotJson.ofValues
        [ "automargin", box true
          "gridcolor", box faint
          "linecolor", box middle
          "showline", box true
          "ticks", box "outside"
          "ticklen", box 4
          "tickcolor", box middle
          "zerolinecolor", box "#CBD2D9"
          "zerolinewidth", box 1
          "title.standoff", box 12
          "title.font.size", box 14 ]

let private axis3D =
    PlotJson.ofValues [ "gridcolor", box faint; "zerolinecolor", box middle; "backgroundcolor", box "#FFFFFF" ]

let private layout =
    PlotJson.ofValues
        [ "font.family", box fontFamily
          "font.size", box 13
          "font.color", box ink
          "title.x", box 0.5
          "title.font.size", box 17
          "title.pad", box (PlotJson.ofValues [ "t", box 16 ])
          "title.yref", box "container"
          "title.y", box 1
          "title.yanchor", box "top"
          "paper_bgcolor", box "#FFFFFF"
          "plot_bgcolor", box "#FFFFFF"
          "colorway", box (List.toArray Palette.qualitative)
          "colorscale.sequential", scale Palette.sequential
          "colorscale.sequentialminus",
          scale (Palette.sequential |> List.rev |> List.map (fun (at, color) -> 1.0 - at, color))
          "colorscale.diverging", scale Palette.diverging
          "margin", box (PlotJson.ofValues [ "l", box 60; "r", box 24; "t", box 32; "b", box 52 ])
          "xaxis", box axis
          "yaxis", box axis
          "scene",
          box (
              PlotJson.ofValues
                  [ "xaxis", box axis3D
                    "yaxis", box axis3D
                    "zaxis", box axis3D
                    "aspectmode", box "cube"
                    "camera.eye", box (PlotJson.ofValues [ "x", box 1.7; "y", box 1.7; "z", box 1.2 ]) ]
          )
          "legend", box (PlotJson.ofValues [ "bgcolor", box "rgba(255,255,255,0.8)" ])
          "hoverlabel", box (PlotJson.ofValues [ "align", box "left"; "namelength", box -1 ])
          "annotationdefaults", box (PlotJson.ofValues [ "arrowcolor", box ink; "arrowwidth", box 1 ]) ]

let private data =
    let colored =
        JArray(PlotJson.ofValues [ "colorscale", scale Palette.sequential; "colorbar", box colorbar ])

    let all =
        [ for kind in [ "heatmap"; "contour"; "surface"; "histogram2d"; "histogram2dcontour" ] do
              kind, box colored
          "scatter",
          box (
              JArray(
                  PlotJson.ofValues [ "marker.colorbar", box colorbar; "marker.colorscale", scale Palette.sequential ]
              )
          )
          "histogram",
          box (
              JArray(
                  PlotJson.ofValues
                      [ "marker.line", box (PlotJson.ofValues [ "color", box "#FFFFFF"; "width", box 0.5 ]) ]
              )
          ) ]

    PlotJson.ofValues all

/// The template that goes with every figure.
let template = PlotJson.ofValues [ "layout", box layout; "data", box data ]

/// Words in lines of so many characters at most; a longer word is a line of its own.
let private wrapped (most: int) (line: string) : string =
    let add (lines: string list) word =
        match lines with
        | current :: rest when current.Length + 1 + String.length word <= most -> (current + " " + word) :: rest
        | _ -> word :: lines

    line.Split ' ' |> Array.fold add [] |> List.rev |> String.concat "<br>"

/// The layout with its title broken into lines that fit the width in pixels, and a margin that has room for them, and for the
/// buttons above the titles of charts in a grid.
let withRoomForTitle (width: int) (layout: JObject) : JObject =
    // charts in a grid have titles of their own below
    let inGrid = PlotJson.tryFind "meta.grid" layout |> Option.isSome
    let hasMargin = PlotJson.tryFind "margin.t" layout |> Option.isSome

    match PlotJson.tryText "title.text" layout with
    | None
    | Some "" when inGrid && not hasMargin -> layout |> PlotJson.withValues [ "margin.t", box 60 ]
    | None
    | Some "" -> layout
    | Some title ->
        // a letter of 17 pixels is about 9 wide
        let most = max 10 ((width - 40) / 9)
        let isMarkup = title.Replace("<br>", "").Contains '<'

        let title =
            if isMarkup then
                title
            else
                title.Split "<br>" |> Array.map (wrapped most) |> String.concat "<br>"

        let lines = title.Split("<br>").Length

        let room = 32 + 22 * lines + (if inGrid then 28 else 0)

        layout
        |> PlotJson.withValues
            [ "title.text", box title
              if not hasMargin then
                  "margin.t", box room ]
