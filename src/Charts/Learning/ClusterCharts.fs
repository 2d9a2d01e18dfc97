namespace Functional

open System
open Newtonsoft.Json.Linq

/// Charts of clusters.
[<AutoOpen>]
module ClusterCharts =
    /// The colour of a cluster; noise, -1, is grey.
    let private colorOf cluster = if cluster < 0 then Style.middle else Palette.color cluster

    let private nameOf cluster = if cluster < 0 then "noise" else $"cluster {cluster}"

    let private clustersOf operation (samples: int) (labels: Tensor) =
        if labels.Size <> samples then
            Fail.shapes
                operation
                [ "clusters", labels.Shape; "samples", [ samples ] ]
                "give one cluster for each sample, [n]."

        Tensor.toFloat64Array labels |> Array.map int

    /// Silhouettes by cluster, each sorted from the largest: the rows that they take, from above, with gaps between clusters.
    let private bands (clusters: int[]) (values: float[]) =
        let gap = max 1 (values.Length / 40)
        let known = Array.zip clusters values |> Array.groupBy fst |> Array.sortBy fst

        ((0, []), known)
        ||> Array.fold (fun (first, all) (cluster, members) ->
            let sorted = members |> Array.map snd |> Array.sortDescending
            first + sorted.Length + gap, (cluster, first, sorted) :: all)
        |> fun (rows, all) -> rows, List.rev all

    let private band (cluster, first: int, values: float[]) : JObject =
        Marks.trace
            "bar"
            [ "orientation", box "h"
              "x", box values
              "y", box (Array.init values.Length (fun i -> float (first + i)))
              "width", box 1.0
              "marker.color", box (colorOf cluster)
              "marker.line.width", box 0
              "name", box (nameOf cluster)
              "legendgroup", box (nameOf cluster)
              "hovertemplate", box "silhouette %{x:.3f}" ]

    let private mean (values: float[]) (rows: int) : JObject =
        let mean = Array.average values

        Marks.line
            $"mean {Marks.fixed3 mean}"
            Style.ink
            [| mean; mean |]
            [| -1.0; float rows |]
            [ "line.dash", box "dash"; "hoverinfo", box "skip" ]

    let private captions bands : JObject[] =
        [| for cluster, first, values: float[] in bands do
               let middle = float first + float (values.Length - 1) / 2.0

               let text =
                   if cluster < 0 then
                       $"noise ({values.Length})"
                   else
                       $"{cluster} ({values.Length})"

               Marks.note
                   text
                   0.0
                   middle
                   [ "xref", box "paper"; "x", box -0.01; "xanchor", box "right"; "font.size", box 12 ] |]

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Samples [n; 2] and their clusters [n], in a colour and symbol each, noise (-1) in grey; crosses at the centres [k; 2] where there
        /// are some.
        let clusters (centres: Tensor option) (x: Tensor) (clusters: Tensor) : Figure =
            PlaneGrid.demandPlane "Chart.clusters" x
            let own = clustersOf "Chart.clusters" x.Shape[0] clusters
            let values = Tensor.toFloat64Array x
            let size = if own.Length > 500 then 5 else 8

            let traces =
                [ for cluster in own |> Array.distinct |> Array.sort do
                      let rows =
                          [| for i in 0 .. own.Length - 1 do
                                 if own[i] = cluster then
                                     i |]

                      let pick k = rows |> Array.map (fun i -> values[2 * i + k])
                      let symbol = if cluster < 0 then "x-thin" else Palette.symbol cluster

                      Marks.points
                          (nameOf cluster)
                          (colorOf cluster)
                          symbol
                          (pick 0)
                          (pick 1)
                          [ "marker.size", box size
                            "legendgroup", box (nameOf cluster)
                            if cluster < 0 then
                                "marker.line.color", box Style.middle ] ]

            let middles =
                match centres with
                | None -> []
                | Some centres ->
                    PlaneGrid.demandPlane "Chart.clusters" centres
                    let at = Tensor.toFloat64Array centres |> Array.chunkBySize 2

                    [ Marks.points
                          "centre"
                          Style.ink
                          "x"
                          (at |> Array.map Array.head)
                          (at |> Array.map Array.last)
                          [ "marker.size", box 14; "marker.line.width", box 2 ] ]

            traces @ middles
            |> Marks.figure
                (860, 620)
                [ "title.text", box "Clusters"
                  "xaxis.title.text", box "feature 1"
                  "yaxis.title.text", box "feature 2" ]

        /// The silhouettes [n] of samples by cluster [n], sorted in each, with the mean of all dashed: how well samples lie in their
        /// clusters, from -1 to 1. Noise (-1) is left out.
        let silhouettes (clusters: Tensor) (silhouettes: Tensor) : Figure =
            let own = clustersOf "Chart.silhouettes" silhouettes.Size clusters

            let known =
                Array.zip own (Tensor.toFloat64Array silhouettes)
                |> Array.filter (fun (c, v) -> c >= 0 && not (Double.IsNaN v))

            if known.Length = 0 then
                Fail.data "Chart.silhouettes" "no sample is in a cluster."

            let values = Array.map snd known
            let rows, bands = bands (Array.map fst known) values

            (bands |> List.map band) @ [ mean values rows ]
            |> Marks.figure
                (760, 620)
                [ "title.text", box "Silhouettes"
                  "xaxis.title.text", box "silhouette"
                  "xaxis.range", box [| min -0.05 (Array.min values - 0.05); 1.0 |]
                  "yaxis.autorange", box "reversed"
                  "yaxis.showticklabels", box false
                  "yaxis.ticks", box ""
                  "yaxis.showgrid", box false
                  "yaxis.zeroline", box false
                  "annotations", box (captions bands)
                  "margin.l", box 90
                  "bargap", box 0 ]

        /// The clusters of samples [n; 2] beside the silhouettes [n] of their members.
        let clustersWithSilhouettes (centres: Tensor option) (x: Tensor) (labels: Tensor) (values: Tensor) : Figure =
            Chart.subplotsWith
                { SubplotOptions.defaults with Columns = 2; CellWidth = 420; CellHeight = 420; GapX = 100 }
                [ clusters centres x labels; silhouettes labels values ]

        /// The within-cluster sum of squares (inertia) by the number of clusters; the elbow, where there is one, is ringed.
        let elbow (chosen: int option) (inertias: seq<int * float>) : Figure =
            let inertias = inertias |> Seq.sortBy fst |> Array.ofSeq

            if inertias.Length = 0 then
                Fail.argument "Chart.elbow" "inertias" 0 "are no numbers; give one for each number of clusters."

            let ring =
                match chosen with
                | None -> []
                | Some k ->
                    match inertias |> Array.tryFind (fst >> (=) k) with
                    | None -> Fail.argument "Chart.elbow" "chosen" k "is none of the numbers of clusters given."
                    | Some(_, inertia) ->
                        [ Marks.points
                              $"chosen: {k}"
                              (Palette.color 1)
                              "circle-open"
                              [| float k |]
                              [| inertia |]
                              [ "marker.size", box 18
                                "marker.line.width", box 3
                                "marker.line.color", box (Palette.color 1) ] ]

            Marks.line
                "inertia"
                (Palette.color 0)
                (inertias |> Array.map (fst >> float))
                (inertias |> Array.map snd)
                [ "mode", box "lines+markers"; "marker.size", box 8 ]
            :: ring
            |> Marks.figure
                (860, 500)
                [ "title.text", box "Elbow curve"
                  "xaxis.title.text", box "number of clusters"
                  "xaxis.tickformat", box "d"
                  if inertias.Length <= 20 then
                      "xaxis.dtick", box 1
                  "yaxis.title.text", box "within-cluster sum of squares"
                  "yaxis.rangemode", box "tozero" ]
