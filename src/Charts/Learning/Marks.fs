/// Traces that the charts of learning are made of, as plotly.js reads them.
module internal Functional.Marks

open System
open System.Globalization
open Newtonsoft.Json.Linq

let private withMore (more: (string * obj) list) trace = PlotJson.withValues more trace

/// A trace of a type.
let trace (kind: string) (values: (string * obj) list) : JObject = PlotJson.ofValues (("type", box kind) :: values)

/// A line through points, named in the legend.
let line (name: string) (color: string) (xs: float[]) (ys: float[]) (more: (string * obj) list) : JObject =
    trace
        "scatter"
        [ "mode", box "lines"
          "name", box (PlotText.literal name)
          "x", box xs
          "y", box ys
          "line.color", box color
          "line.width", box 2 ]
    |> withMore more

/// Points, named in the legend.
let points
    (name: string)
    (color: string)
    (symbol: string)
    (xs: float[])
    (ys: float[])
    (more: (string * obj) list)
    : JObject =
    trace
        "scatter"
        [ "mode", box "markers"
          "name", box (PlotText.literal name)
          "x", box xs
          "y", box ys
          "marker.color", box color
          "marker.symbol", box symbol
          "marker.size", box 8
          "marker.line.color", box "#FFFFFF"
          "marker.line.width", box 1 ]
    |> withMore more

/// The points of each class by a colour and a symbol of its own.
let pointsByClass
    (names: string list)
    (classes: int[])
    (xs: float[])
    (ys: float[])
    (more: (string * obj) list)
    : JObject list =
    let known = if classes.Length = 0 then 0 else Array.max classes + 1

    [ for c in 0 .. known - 1 do
          let own =
              [| for i in 0 .. classes.Length - 1 do
                     if classes[i] = c then
                         i |]

          if own.Length > 0 then
              let name = names |> List.tryItem c |> Option.defaultValue $"class {c}"
              let pick (values: float[]) = own |> Array.map (fun i -> values[i])
              points name (Palette.color c) (Palette.symbol c) (pick xs) (pick ys) more ]

/// The rows of a matrix, as plotly.js takes them.
let rows (matrix: 'T[,]) : 'T[][] = Array.init (Array2D.length1 matrix) (fun i -> matrix[i, *])

/// A heat map of a matrix, row 0 below.
let heatmap (matrix: float[,]) (more: (string * obj) list) : JObject =
    trace "heatmap" [ "z", box (rows matrix) ] |> withMore more

/// A figure of traces and values of its layout.
let figure (size: int * int) (layout: (string * obj) list) (traces: JObject list) : Figure =
    { Data = traces; Frame = PlotJson.ofValues layout; Frames = []; Size = size }

/// A text at a point of the axes, or of the paper by `more`.
let note (text: string) (x: float) (y: float) (more: (string * obj) list) : JObject =
    PlotJson.ofValues
        [ "text", box text
          "x", box x
          "y", box y
          "xref", box "x"
          "yref", box "y"
          "showarrow", box false ]
    |> withMore more

/// A number with few digits.
let short (value: float) = value.ToString("0.###", CultureInfo.InvariantCulture)

/// A number with three decimals.
let fixed3 (value: float) = value.ToString("F3", CultureInfo.InvariantCulture)

/// Raises the error of lists that are not as long.
let demandSame operation (first: string * int) (second: string * int) =
    if snd first <> snd second then
        Fail.shapes operation [ fst first, [ snd first ]; fst second, [ snd second ] ] "both need as many entries."

/// The colour with an opacity, from "#rrggbb".
let faded (opacity: float) (color: string) =
    let part i = Convert.ToInt32(color.Substring(i, 2), 16)
    $"rgba({part 1},{part 3},{part 5},{opacity.ToString CultureInfo.InvariantCulture})"

/// The colour mixed with white: 0 is white, 1 the colour.
let mixed (share: float) (color: string) =
    let part i =
        int (255.0 + share * (float (Convert.ToInt32(color.Substring(i, 2), 16)) - 255.0))

    $"#{part 1:X2}{part 3:X2}{part 5:X2}"
