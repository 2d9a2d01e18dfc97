namespace Functional

open System
open System.Globalization
open Newtonsoft.Json.Linq

/// Charts of costs over two weights.
[<AutoOpen>]
module CostCharts =
    let private finite (surface: CostSurface) =
        surface.Costs |> Seq.cast<float> |> Seq.filter Double.IsFinite |> Array.ofSeq

    /// The least cost that heights by logarithm tell apart, for costs of which none is negative and which span more than a factor of
    /// 300 from their second percentile on; none for others.
    let private floorOf (surface: CostSurface) : float option =
        let costs = finite surface

        if costs.Length = 0 || Array.min costs < 0.0 then
            None
        else
            let positive = costs |> Array.filter (fun cost -> cost > 0.0)

            if positive.Length > 0 && Array.max positive / Statistics.quantile 0.02 positive > 300.0 then
                Some(Statistics.quantile 0.02 positive)
            else
                None

    let private height (floor: float option) (cost: float) =
        match floor with
        | Some least -> log10 (max least cost)
        | None -> cost

    /// The ticks of powers of ten between heights.
    let private powers (heights: float[]) =
        let exponents = [| int (Math.Ceiling(Array.min heights)) .. int (Math.Floor(Array.max heights)) |]
        let every = max 1 (exponents.Length / 6)
        let shown = exponents |> Array.filter (fun e -> e % every = 0)

        shown |> Array.map float,
        shown |> Array.map (fun e -> (10.0 ** float e).ToString("G4", CultureInfo.InvariantCulture))

    let private colorbar (floor: float option) (heights: float[]) : (string * obj) list =
        [ "colorbar.title.text", box "cost"
          if floor.IsSome then
              let values, texts = powers heights
              "colorbar.tickvals", box values
              "colorbar.ticktext", box texts ]

    /// An arrow down the slope at a point: longest where the slope is steepest, by the root of its norm.
    let private arrow
        (longest: float)
        (steepest: float)
        (x, y, slopeX: float, slopeY: float)
        (unitX: float, unitY: float)
        =
        // slopes in widths and heights of the picture
        let dx, dy = slopeX * unitX, slopeY * unitY
        let norm = sqrt (dx * dx + dy * dy)

        if norm = 0.0 || not (Double.IsFinite norm) then
            None
        else
            let length = longest * (0.35 + 0.65 * sqrt (norm / steepest)) / norm
            Some((x, y), (x - dx * length * unitX, y - dy * length * unitY))

    let private units (surface: CostSurface) =
        let extent (values: float[]) = Array.last values - values[0]
        extent surface.Grid.Xs, extent surface.Grid.Ys

    /// Arrows down the slopes, none longer than the cells of their grid.
    let private arrows (surface: CostSurface) =
        let unitX, unitY = units surface
        let norm (_, _, gx: float, gy: float) = sqrt ((gx * unitX) ** 2.0 + (gy * unitY) ** 2.0)
        let steepest = surface.Gradients |> Array.map norm |> Array.filter Double.IsFinite |> Array.fold max 0.0
        let longest = 0.8 / sqrt (float (max 1 surface.Gradients.Length))
        surface.Gradients |> Array.choose (fun at -> arrow longest steepest at (unitX, unitY))

    let private arrowNote ((x0: float, y0: float), (x1: float, y1: float)) : JObject =
        PlotJson.ofValues
            [ "x", box x1
              "y", box y1
              "ax", box x0
              "ay", box y0
              "xref", box "x"
              "yref", box "y"
              "axref", box "x"
              "ayref", box "y"
              "text", box ""
              "showarrow", box true
              "arrowhead", box 2
              "arrowsize", box 0.9
              "arrowwidth", box 1.4
              "arrowcolor", box "#FFFFFF" ]

    let private pathXs (surface: CostSurface) = surface.Path |> Array.map (fun (x, _, _) -> x)
    let private pathYs (surface: CostSurface) = surface.Path |> Array.map (fun (_, y, _) -> y)
    let private pathCosts (surface: CostSurface) = surface.Path |> Array.map (fun (_, _, cost) -> cost)

    let private pathColor = Palette.color 1

    let private path2D (surface: CostSurface) =
        if surface.Path.Length = 0 then
            []
        else
            let xs, ys = pathXs surface, pathYs surface

            let mark name symbol i =
                Marks.points
                    name
                    pathColor
                    symbol
                    [| xs[i] |]
                    [| ys[i] |]
                    [ "marker.size", box 13; "marker.line.width", box 2 ]

            [ Marks.line
                  "descent"
                  pathColor
                  xs
                  ys
                  [ if xs.Length <= 60 then
                        "mode", box "lines+markers"
                        "marker.size", box 5
                        "marker.line.color", box "#FFFFFF"
                        "marker.line.width", box 0.5
                    "customdata", box (pathCosts surface)
                    "hovertemplate", box "%{x:.4g}, %{y:.4g}: cost %{customdata:.5g}" ]
              mark "start" "circle" 0
              mark "end" "star" (xs.Length - 1) ]

    let private path3D floor (lift: float) (surface: CostSurface) =
        if surface.Path.Length = 0 then
            []
        else
            let zs = pathCosts surface |> Array.map (fun cost -> lift + height floor cost)

            [ Marks.trace
                  "scatter3d"
                  [ "name", box "descent"
                    "mode", box "lines"
                    "x", box (pathXs surface)
                    "y", box (pathYs surface)
                    "z", box zs
                    "line.color", box pathColor
                    "line.width", box 6
                    if zs.Length <= 60 then
                        "mode", box "lines+markers"
                        "marker.size", box 3
                        "marker.color", box pathColor ] ]

    /// Arrows on the surface as lines between points, with a gap after each, and their tips.
    let private arrows3D floor (lift: float) (surface: CostSurface) =
        let heightAt (x: float) (y: float) =
            let nearest (values: float[]) v =
                let step = (Array.last values - values[0]) / float (values.Length - 1)
                Math.Clamp(int (Math.Round((v - values[0]) / step)), 0, values.Length - 1)

            lift + height floor surface.Costs[nearest surface.Grid.Ys y, nearest surface.Grid.Xs x]

        let all =
            arrows surface
            |> Array.map (fun ((x0, y0), (x1, y1)) ->
                [| x0, y0, heightAt x0 y0; x1, y1, heightAt x1 y1; nan, nan, nan |])

        let pick f = all |> Array.collect (Array.map f)
        let tips f = all |> Array.map (fun a -> f a[1])

        if all.Length = 0 then
            []
        else
            [ Marks.trace
                  "scatter3d"
                  [ "name", box "gradient, downhill"
                    "mode", box "lines"
                    "x", box (pick (fun (x, _, _) -> x))
                    "y", box (pick (fun (_, y, _) -> y))
                    "z", box (pick (fun (_, _, z) -> z))
                    "line.color", box "#FFFFFF"
                    "line.width", box 4
                    "hoverinfo", box "skip" ]
              Marks.trace
                  "scatter3d"
                  [ "mode", box "markers"
                    "showlegend", box false
                    "x", box (tips (fun (x, _, _) -> x))
                    "y", box (tips (fun (_, y, _) -> y))
                    "z", box (tips (fun (_, _, z) -> z))
                    "marker.size", box 3
                    "marker.color", box "#FFFFFF"
                    "hoverinfo", box "skip" ] ]

    let private heights floor (surface: CostSurface) =
        let all = surface.Costs |> Array2D.map (height floor)
        all, (all |> Seq.cast<float> |> Seq.filter Double.IsFinite |> Array.ofSeq)

    let private demandHeights operation (heights: float[]) =
        if heights.Length = 0 then
            Fail.data operation "no cost of the surface is finite; take smaller weights."

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// The contours of a cost over two weights, with arrows down its gradients and the path of a descent. Costs that span
        /// several powers of ten are drawn by their logarithm.
        let costContour (surface: CostSurface) : Figure =
            let floor = floorOf surface
            let all, known = heights floor surface
            demandHeights "Chart.costContour" known
            let grid = surface.Grid

            Marks.trace
                "contour"
                ([ "x", box grid.Xs
                   "y", box grid.Ys
                   "z", box (Marks.rows all)
                   "ncontours", box 24
                   "line.width", box 0.6
                   "line.color", box "rgba(255,255,255,0.45)"
                   "contours.coloring", box "heatmap"
                   "customdata", box (Marks.rows surface.Costs)
                   "hovertemplate", box "%{x:.4g}, %{y:.4g}: cost %{customdata:.5g}<extra></extra>" ]
                 @ colorbar floor known)
            :: path2D surface
            |> Marks.figure
                (900, 640)
                [ "title.text", box "Cost"
                  "xaxis.title.text", box "weight 1"
                  "yaxis.title.text", box "weight 2"
                  "xaxis.range", box [| grid.Xs[0]; Array.last grid.Xs |]
                  "yaxis.range", box [| grid.Ys[0]; Array.last grid.Ys |]
                  "annotations", box (arrows surface |> Array.map arrowNote)
                  "legend.orientation", box "h"
                  "legend.x", box 0
                  "legend.y", box 1.02
                  "legend.yanchor", box "bottom" ]

        /// The surface of a cost over two weights, with arrows down its gradients and the path of a descent upon it. Costs that span
        /// more than a factor of 1,000 are drawn by their logarithm.
        let costSurface (surface: CostSurface) : Figure =
            let floor = floorOf surface
            let all, known = heights floor surface
            demandHeights "Chart.costSurface" known

            // what lies on the surface is drawn a little above it
            let lift = 0.012 * (Array.max known - Array.min known)

            let ticks: (string * obj) list =
                if floor.IsSome then
                    let values, texts = powers known
                    [ "scene.zaxis.tickvals", box values; "scene.zaxis.ticktext", box texts ]
                else
                    []

            Marks.trace
                "surface"
                ([ "x", box surface.Grid.Xs
                   "y", box surface.Grid.Ys
                   "z", box (Marks.rows all)
                   "opacity", box 0.95
                   "hovertemplate", box "%{x:.4g}, %{y:.4g}: %{z:.5g}<extra></extra>"
                   "colorbar.len", box 0.7 ]
                 @ colorbar floor known)
            :: arrows3D floor lift surface
            @ path3D floor lift surface
            |> Marks.figure
                (900, 700)
                ([ "title.text", box "Cost"
                   "scene.xaxis.title.text", box "weight 1"
                   "scene.yaxis.title.text", box "weight 2"
                   "scene.zaxis.title.text", box "cost"
                   "scene.xaxis.range", box [| surface.Grid.Xs[0]; Array.last surface.Grid.Xs |]
                   "scene.yaxis.range", box [| surface.Grid.Ys[0]; Array.last surface.Grid.Ys |]
                   "scene.camera.eye", box (PlotJson.ofValues [ "x", box 1.4; "y", box -1.4; "z", box 1.2 ])
                   "scene.camera.center", box (PlotJson.ofValues [ "x", box 0.0; "y", box 0.0; "z", box -0.15 ])
                   "scene.aspectmode", box "manual"
                   "scene.aspectratio", box (PlotJson.ofValues [ "x", box 1.2; "y", box 1.2; "z", box 0.8 ])
                   "legend.orientation", box "h"
                   "legend.bgcolor", box "#D8DEE5"
                   "legend.x", box 0
                   "legend.y", box 1.0
                   "margin", box (PlotJson.ofValues [ "l", box 10; "r", box 10; "t", box 56; "b", box 10 ]) ]
                 @ ticks)
