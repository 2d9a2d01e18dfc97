namespace Functional

open System
open Newtonsoft.Json.Linq

/// Charts of classifiers of two features: regions, lines, and how they come about in training.
[<AutoOpen>]
module DecisionCharts =
    let private classCount (regions: DecisionRegions list) (labels: int[]) =
        let most = regions |> List.map (fun r -> Seq.max (Seq.cast<int> r.Classes)) |> List.fold max 1
        1 + Array.fold max most labels

    /// Shades by class: white where the class is as likely as any, its colour where it is sure.
    let private shades classes =
        [ for c in 0 .. classes - 1 do
              let from, upTo = float c / float classes, float (c + 1) / float classes
              [| box from; box (Marks.mixed 0.06 (Palette.color c)) |]
              [| box upTo; box (Marks.mixed 0.42 (Palette.color c)) |] ]
        |> Array.ofList

    /// Class and certainty as one number: class c is from c to below c + 1.
    let private shaded classes (regions: DecisionRegions) : float[][] =
        let chance = 1.0 / float classes

        let certainty row column =
            match regions.Confidence with
            | None -> 0.6
            | Some confidence -> Math.Clamp((confidence[row, column] - chance) / (1.0 - chance), 0.0, 0.995)

        regions.Classes
        |> Array2D.mapi (fun row column c -> Math.Round(float c + certainty row column, 3))
        |> Marks.rows

    let private regionTrace classes (regions: DecisionRegions) : JObject =
        Marks.trace
            "heatmap"
            [ "x", box regions.Grid.Xs
              "y", box regions.Grid.Ys
              "z", box (shaded classes regions)
              "zmin", box 0.0
              "zmax", box (float classes)
              "colorscale", box (shades classes)
              "showscale", box false
              "hoverinfo", box "skip" ]

    let private frameTrace classes regions : JObject =
        PlotJson.ofValues [ "type", box "heatmap"; "z", box (shaded classes regions) ]

    /// The columns of samples [n; 2] and their classes.
    let private samples operation (x: Tensor) (labels: Tensor) =
        PlaneGrid.demandPlane operation x

        if labels.Size <> x.Shape[0] then
            Fail.shapes operation [ "samples", x.Shape; "labels", labels.Shape ] "give one class for each sample, [n]."

        let values = Tensor.toFloat64Array x
        let column k = Array.init x.Shape[0] (fun i -> values[2 * i + k])
        let classes = Tensor.toFloat64Array labels |> Array.map int
        // targets of -1 and 1 are two classes
        let classes =
            if Array.contains -1 classes then
                classes |> Array.map (fun c -> if c > 0 then 1 else 0)
            else
                classes

        column 0, column 1, classes

    let private pointTraces classNames (xs: float[], ys: float[], classes: int[]) =
        Marks.pointsByClass
            classNames
            classes
            xs
            ys
            [ "marker.size",
              box (
                  if xs.Length > 500 then 5
                  elif xs.Length > 100 then 7
                  else 10
              ) ]

    let private framed (grid: PlaneGrid) (title: string) (traces: JObject list) : Figure =
        traces
        |> Marks.figure
            (860, 620)
            [ "title.text", box title
              "xaxis.title.text", box "feature 1"
              "yaxis.title.text", box "feature 2"
              "xaxis.range", box [| grid.Xs[0]; Array.last grid.Xs |]
              "yaxis.range", box [| grid.Ys[0]; Array.last grid.Ys |]
              "xaxis.showgrid", box false
              "yaxis.showgrid", box false
              "xaxis.zeroline", box false
              "yaxis.zeroline", box false ]

    let private lineTrace grid (line: DecisionLine) : (string * obj) list =
        match DecisionLine.segment grid line with
        | Some((x0, y0), (x1, y1)) -> [ "x", box [| x0; x1 |]; "y", box [| y0; y1 |] ]
        | None -> [ "x", box [| nan; nan |]; "y", box [| nan; nan |] ]

    let private boundary grid line =
        Marks.line
            "decision line"
            Style.ink
            [||]
            [||]
            (lineTrace grid line @ [ "line.width", box 3; "hoverinfo", box "skip" ])

    let private frame name trace : AnimationFrame = AnimationFrame.create name [ XPlotObjects.trace trace ]

    let private demandFrames operation (frames: (string * 'T) list) =
        if frames.IsEmpty then
            Fail.argument operation "frames" 0 "are no pictures; give one at least."

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// The regions of a classifier under samples [n; 2] and their classes [n], in one colour a class: the paler, the less sure. Targets
        /// of -1 and 1 are two classes. Classes without a name are called by their number.
        let decisionBoundary
            (classNames: string list)
            (x: Tensor)
            (labels: Tensor)
            (regions: DecisionRegions)
            : Figure =
            let points = samples "Chart.decisionBoundary" x labels
            let _, _, classes = points
            let count = classCount [ regions ] classes
            regionTrace count regions :: pointTraces classNames points |> framed regions.Grid "Decision regions"

        /// Regions during training under samples [n; 2] and their classes [n], each under the number of its epoch, with slider and play
        /// button: the Frames of a `DecisionRecorder`. All are to be of one grid.
        let decisionAnimation
            (classNames: string list)
            (x: Tensor)
            (labels: Tensor)
            (frames: seq<string * DecisionRegions>)
            : Figure =
            let operation = "Chart.decisionAnimation"
            let frames = List.ofSeq frames
            demandFrames operation frames
            let points = samples operation x labels
            let _, _, classes = points
            let count = classCount (List.map snd frames) classes
            let first = snd frames.Head

            if frames |> List.exists (fun (_, r) -> r.Grid <> first.Grid) then
                Fail.argument operation "frames" frames.Length "are of several grids; give pictures of one."

            regionTrace count first :: pointTraces classNames points
            |> framed first.Grid "Decision regions in training"
            |> Chart.animateWith
                { AnimationOptions.defaults with Prefix = "epoch " }
                [ for name, regions in frames -> frame name (frameTrace count regions) ]

        /// The line of a linear classifier among samples [n; 2] and their classes [n].
        let decisionLine (classNames: string list) (x: Tensor) (labels: Tensor) (line: DecisionLine) : Figure =
            let points = samples "Chart.decisionLine" x labels
            let grid = PlaneGrid.around 2 0.25 x
            boundary grid line :: pointTraces classNames points |> framed grid "Decision line"

        /// The line of a linear classifier in training among samples [n; 2] and their classes [n], each under the number of its
        /// iteration, with slider and play button: how a perceptron learns.
        let decisionLineAnimation
            (classNames: string list)
            (x: Tensor)
            (labels: Tensor)
            (lines: seq<string * DecisionLine>)
            : Figure =
            let operation = "Chart.decisionLineAnimation"
            let lines = List.ofSeq lines
            demandFrames operation lines
            let points = samples operation x labels
            let grid = PlaneGrid.around 2 0.25 x

            boundary grid (snd lines.Head) :: pointTraces classNames points
            |> framed grid "Decision line in training"
            |> Chart.animateWith
                { AnimationOptions.defaults with Prefix = "iteration " }
                [ for name, line in lines ->
                      frame name (PlotJson.ofValues (("type", box "scatter") :: lineTrace grid line)) ]
