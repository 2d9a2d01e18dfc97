namespace Functional

open Newtonsoft.Json.Linq

/// The graph of a model's layers.
[<AutoOpen>]
module StructureCharts =
    /// A box of the graph: what it says, its colour, and the boxes before it.
    type private Box = { Path: string; Title: string; Detail: string; Color: string; From: string list }

    let private shapeText (shape: Shape) = "(" + String.concat ", " ("None" :: List.map string shape) + ")"

    let private grouped (n: int64) = n.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)

    /// Colours by what a layer is for.
    let private families =
        [ "input", Style.middle
          "with parameters", Palette.color 0
          "without parameters", Palette.color 4
          "frozen", Palette.color 3
          "block of layers", Palette.color 2 ]
        |> Map.ofList

    let private family (info: LayerInfo) =
        if not info.Layers.IsEmpty then "block of layers"
        elif info.Parameters = 0L then "without parameters"
        elif info.TrainableParameters = 0L then "frozen"
        else "with parameters"

    let private ofInfo (first: string list) (info: LayerInfo) : Box =
        let shapes = info.OutputShapes |> List.map shapeText |> String.concat " "
        let parameters = if info.Parameters = 0L then "" else $"{grouped info.Parameters} params"
        let inside = if info.Layers.IsEmpty then "" else $", {info.Layers.Length} layers"

        { Path = info.Path
          Title = info.Path
          Detail =
            [ (if info.Path = info.Kind then "" else info.Kind + inside); shapes; parameters ]
            |> List.filter ((<>) "")
            |> String.concat "<br>"
          Color = family info
          From = if info.ConnectedTo.IsEmpty then first else info.ConnectedTo }

    let private boxes (model: Model) : Box[] =
        let inputs =
            List.zip model.InputNames model.InputShapes
            |> List.map (fun (name, shape) ->
                { Path = name; Title = name; Detail = $"input<br>{shapeText shape}"; Color = "input"; From = [] })

        let names = inputs |> List.map _.Path
        let layers = Model.layers model

        // a layer that is used twice is one box
        let merged =
            layers
            |> List.groupBy _.Path
            |> List.map (fun (_, uses) ->
                { uses.Head with ConnectedTo = uses |> List.collect _.ConnectedTo |> List.distinct })

        inputs @ (merged |> List.map (ofInfo names)) |> Array.ofList

    let private predecessors (boxes: Box[]) : int list[] =
        let places = boxes |> Array.mapi (fun i b -> b.Path, i) |> dict

        boxes
        |> Array.mapi (fun i b ->
            b.From
            |> List.choose (fun path ->
                match places.TryGetValue path with
                // a layer used again takes results of later ones: such an edge would go up
                | true, place when place < i -> Some place
                | _ -> None))

    let private width, private height = 0.44, 0.32

    let private rectangle (b: Box) (x: float) (rank: int) : JObject =
        let color = families[b.Color]

        PlotJson.ofValues
            [ "type", box "rect"
              "x0", box (x - width)
              "x1", box (x + width)
              "y0", box (-(float rank) - height)
              "y1", box (-(float rank) + height)
              "line.color", box color
              "line.width", box 1.5
              "fillcolor", box (Marks.mixed 0.14 color)
              "layer", box "above" ]

    let private caption (b: Box) (x: float) (rank: int) : JObject =
        Marks.note $"<b>{PlotText.literal b.Title}</b><br>{b.Detail}" x (-(float rank)) [ "font.size", box 11 ]

    /// The line of an edge from below its source to above its target, and the arrow at its end.
    let private edge (points: (float * int)[]) =
        let last = points.Length - 1

        let place i (x: float, rank: int) =
            let y = -(float rank)

            if i = 0 then
                [| x, y - height |]
            elif i = last then
                [| x, y + height |]
            // past boxes in a straight line
            else
                [| x, y + height; x, y - height |]

        points |> Array.mapi place |> Array.concat

    let private arrow (points: (float * float)[]) : JObject =
        let (x0, y0), (x1, y1) = points[points.Length - 2], points[points.Length - 1]
        // the last part of the line alone carries the head
        let share = 0.1

        PlotJson.ofValues
            [ "x", box x1
              "y", box y1
              "ax", box (x1 + share * (x0 - x1))
              "ay", box (y1 + share * (y0 - y1))
              "xref", box "x"
              "yref", box "y"
              "axref", box "x"
              "ayref", box "y"
              "text", box ""
              "showarrow", box true
              "arrowhead", box 2
              "arrowsize", box 1.2
              "arrowwidth", box 1.4
              "arrowcolor", box Style.ink ]

    let private lines (edges: (float * float)[][]) : JObject =
        let withGaps = edges |> Array.collect (fun points -> Array.append points [| nan, nan |])

        Marks.line
            ""
            Style.ink
            (Array.map fst withGaps)
            (Array.map snd withGaps)
            [ "line.width", box 1.4; "showlegend", box false; "hoverinfo", box "skip" ]

    let private legend (boxes: Box[]) : JObject list =
        [ for name in boxes |> Array.map _.Color |> Array.distinct do
              Marks.points name families[name] "square" [| nan |] [| nan |] [ "marker.size", box 12 ] ]

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// A model's layers as a graph from top to bottom: name, kind, output shape and number of parameters of each, coloured by whether
        /// it has parameters, is frozen, or is a block of layers. `Model.part` shows the inside of a block.
        let structure (model: Model) : Figure =
            let boxes = boxes model
            let layout = LayeredLayout.ofPredecessors (predecessors boxes)
            let edges = layout.Edges |> Array.map edge
            let at f = boxes |> Array.mapi (fun i b -> f b layout.Positions[i] layout.Ranks[i])
            let across = Array.append layout.Positions (layout.Edges |> Array.collect (Array.map fst))
            let left, right = Array.min across - 0.6, Array.max across + 0.6
            let deepest = float (Array.max layout.Ranks)

            lines edges :: legend boxes
            |> Marks.figure
                (max 640 (int ((right - left) * 210.0) + 220), int ((deepest + 1.2) * 108.0) + 90)
                [ "title.text", box (PlotText.literal model.Name)
                  "xaxis.visible", box false
                  "yaxis.visible", box false
                  "xaxis.range", box [| left; right |]
                  "yaxis.range", box [| -deepest - 0.6; 0.6 |]
                  "shapes", box (at rectangle)
                  "annotations", box (Array.append (at caption) (edges |> Array.map arrow)) ]
