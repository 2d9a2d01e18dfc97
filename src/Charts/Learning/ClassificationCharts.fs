namespace Functional

open System.Globalization
open Newtonsoft.Json.Linq

/// Charts of classifiers: confusion, ROC and precision-recall curves, calibration.
[<AutoOpen>]
module ClassificationCharts =
    /// The texts of cells: the count, and the share of its row in percent for up to 15 classes; white on dark cells.
    let private cells (names: string[]) (counts: int[,]) (shares: float[,]) : JObject[] =
        let k = names.Length
        let percent (share: float) = (100.0 * share).ToString("F1", CultureInfo.InvariantCulture) + " %"

        [| for i in 0 .. k - 1 do
               for j in 0 .. k - 1 ->
                   let text =
                       if k <= 15 then
                           $"{counts[i, j]}<br>{percent shares[i, j]}"
                       else
                           $"{counts[i, j]}"

                   Marks.note
                       text
                       0.0
                       0.0
                       [ "x", box names[j]
                         "y", box names[i]
                         "font.size",
                         box (
                             if k <= 10 then 13
                             elif k <= 25 then 11
                             else 9
                         )
                         "font.color", box (if shares[i, j] > 0.8 then "#FFFFFF" else Style.ink) ] |]

    /// Axes of rates from 0 to 1, square, with the legend beside them.
    let private rates (title: string) (x: string) (y: string) (traces: JObject list) : Figure =
        traces
        |> Marks.figure
            (860, 600)
            [ "title.text", box title
              "xaxis.title.text", box x
              "yaxis.title.text", box y
              "xaxis.range", box [| -0.02; 1.02 |]
              "yaxis.range", box [| -0.02; 1.02 |]
              "yaxis.scaleanchor", box "x"
              "xaxis.constrain", box "domain"
              "yaxis.constrain", box "domain"
              "legend.font.size", box 12 ]

    let private chance (name: string) (xs: float[]) (ys: float[]) =
        Marks.line name Style.middle xs ys [ "line.dash", box "dash"; "line.width", box 1.5; "hoverinfo", box "skip" ]

    let private rocLine i name (curve: RocCurve) =
        let curve = RocCurve.simplified curve

        Marks.line
            $"{name} (AUC {Marks.fixed3 (RocCurve.area curve)})"
            (Palette.color i)
            curve.FalsePositiveRates
            curve.TruePositiveRates
            [ "line.dash", box (Palette.dash i)
              "customdata", box curve.Thresholds
              "hovertemplate",
              box "false positive rate %{x:.3f}<br>true positive rate %{y:.3f}<br>threshold %{customdata:.4g}" ]

    let private precisionLine i name (curve: PrecisionRecallCurve) =
        Marks.line
            $"{name} (AP {Marks.fixed3 (PrecisionRecallCurve.averagePrecision curve)})"
            (Palette.color i)
            curve.Recalls
            curve.Precisions
            [ "line.dash", box (Palette.dash i)
              // the sum of average precision is the area under these steps
              "line.shape", box "vh"
              "customdata", box (Array.append curve.Thresholds [| nan |])
              "hovertemplate", box "recall %{x:.3f}<br>precision %{y:.3f}<br>threshold %{customdata:.4g}" ]

    let private operating
        operation
        (names: string list)
        (x: OperatingPoint -> float)
        (y: OperatingPoint -> float)
        points
        =
        [ for name: string, point: OperatingPoint in points do
              match List.tryFindIndex ((=) name) names with
              | None ->
                  let known = String.concat ", " names
                  Fail.argument operation "point" $"'{name}'" $"belongs to none of the curves; there are {known}."
              | Some i ->
                  Marks.points
                      $"{name}: threshold {Marks.short point.Threshold}"
                      (Palette.color i)
                      "circle"
                      [| x point |]
                      [| y point |]
                      [ "marker.size", box 13
                        "marker.line.color", box Style.ink
                        "marker.line.width", box 2
                        "customdata", box [| [| point.Sensitivity; point.Specificity; point.Precision |] |]
                        "hovertemplate",
                        box
                            "sensitivity %{customdata[0]:.3f}<br>specificity %{customdata[1]:.3f}<br>precision %{customdata[2]:.3f}" ] ]

    let private demandSome operation (curves: (string * 'T) list) =
        if curves.IsEmpty then
            Fail.argument operation "curves" 0 "are no curves; give one at least."

    /// The average of all classes, apart from each of them.
    let private asAverage (trace: JObject) : JObject =
        PlotJson.withValues [ "line.color", box Style.ink; "line.dash", box "dot"; "line.width", box 3 ] trace

    let private series (curves: OneVsRestCurves) (pick: OneVsRestCurve -> 'T option) =
        curves.Classes |> List.choose (fun c -> pick c |> Option.map (fun curve -> c.ClassName, curve))

    let private reliability (series: (string * Calibration) list) =
        [ chance "ideal" [| 0.0; 1.0 |] [| 0.0; 1.0 |]

          for i, (name, calibration) in List.indexed series do
              let bins = Array.ofList calibration.Bins

              Marks.line
                  $"{name} (Brier {Marks.fixed3 calibration.Brier}, ECE {Marks.fixed3 calibration.ExpectedError})"
                  (Palette.color i)
                  (bins |> Array.map _.MeanProbability)
                  (bins |> Array.map _.PositiveShare)
                  [ "mode", box "lines+markers"
                    "marker.size", box 8
                    "marker.symbol", box (Palette.symbol i)
                    "customdata", box (bins |> Array.map _.Count)
                    "hovertemplate", box "said %{x:.3f}<br>came true %{y:.3f}<br>%{customdata} samples" ] ]

    let private binCounts (series: (string * Calibration) list) =
        [ for i, (name, calibration) in List.indexed series do
              let bins = Array.ofList calibration.Bins

              Marks.trace
                  "bar"
                  [ "x", box (bins |> Array.map (fun b -> (b.Lower + b.Upper) / 2.0))
                    "y", box (bins |> Array.map _.Count)
                    "width", box (bins |> Array.map (fun b -> max 0.005 (0.9 * (b.Upper - b.Lower))))
                    "marker.color", box (Palette.color i)
                    "opacity", box (if series.Length > 1 then 0.55 else 0.9)
                    "name", box (PlotText.literal name)
                    "showlegend", box false
                    "yaxis", box "y2"
                    "hovertemplate", box "%{y} samples" ] ]

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// A confusion matrix: a row for each right class, with counts and their shares of the row in the cells, and colours by the
        /// share. Above 15 classes cells hold counts alone, above 40 nothing.
        let confusionMatrix (matrix: ConfusionMatrix) : Figure =
            let names = matrix.ClassNames |> List.map PlotText.literal |> Array.ofList
            let shares = ConfusionMatrix.normalized Normalization.ByRow matrix
            let k = names.Length

            let pixels =
                if k <= 6 then 90
                elif k <= 15 then 62
                else 40

            let side = max 300 (min 900 (k * pixels))

            [ Marks.heatmap
                  shares
                  [ "x", box names
                    "y", box names
                    "zmin", box 0.0
                    "zmax", box 1.0
                    "colorscale", Style.scale Palette.tint
                    "xgap", box 1
                    "ygap", box 1
                    "customdata", box (Marks.rows matrix.Counts)
                    "hovertemplate", box "true %{y}, predicted %{x}: %{customdata} (%{z:.1%} of the row)<extra></extra>"
                    "colorbar.title.text", box "share"
                    "colorbar.tickformat", box ".0%" ] ]
            |> Marks.figure
                (side + 250, side + 160)
                [ "title.text", box "Confusion matrix"
                  "xaxis.title.text", box "predicted"
                  "yaxis.title.text", box "true"
                  "xaxis.type", box "category"
                  "yaxis.type", box "category"
                  "yaxis.autorange", box "reversed"
                  "xaxis.showgrid", box false
                  "yaxis.showgrid", box false
                  "yaxis.scaleanchor", box "x"
                  "xaxis.constrain", box "domain"
                  "yaxis.constrain", box "domain"
                  "annotations", box (if k <= 40 then cells names matrix.Counts shares else [||]) ]

        /// ROC curves by name, each with the area under it, and operating points by the names of their curves: from
        /// `OperatingPoints`. A point of no curve is an error.
        let rocWith (points: seq<string * OperatingPoint>) (curves: seq<string * RocCurve>) : Figure =
            let curves = List.ofSeq curves
            demandSome "Chart.roc" curves

            [ chance "chance" [| 0.0; 1.0 |] [| 0.0; 1.0 |]
              yield! curves |> List.mapi (fun i (name, curve) -> rocLine i (PlotText.literal name) curve)
              yield! operating "Chart.roc" (List.map fst curves) _.FalsePositiveRate _.Sensitivity points ]
            |> rates "ROC curve" "false positive rate" "true positive rate"

        /// ROC curves by name, each with the area under it.
        let roc (curves: seq<string * RocCurve>) : Figure = rocWith [] curves

        /// The ROC curve of each class against the rest, and that of all together (micro average).
        let rocOneVsRest (curves: OneVsRestCurves) : Figure =
            [ chance "chance" [| 0.0; 1.0 |] [| 0.0; 1.0 |]
              yield! series curves _.Roc |> List.mapi (fun i (name, curve) -> rocLine i (PlotText.literal name) curve)
              asAverage (rocLine 0 "micro average" curves.MicroRoc) ]
            |> rates
                $"ROC curves, each class against the rest (mean AUC {Marks.fixed3 curves.MacroRocArea})"
                "false positive rate"
                "true positive rate"

        /// Precision-recall curves by name, each with its average precision, and operating points by the names of their curves.
        /// The dashed line is the precision of guessing, where all curves have the same. A point of no curve is an error.
        let precisionRecallWith
            (points: seq<string * OperatingPoint>)
            (curves: seq<string * PrecisionRecallCurve>)
            : Figure =
            let curves = List.ofSeq curves
            demandSome "Chart.precisionRecall" curves

            [ match curves |> List.map (fun (_, c) -> c.Prevalence) |> List.distinct with
              | [ prevalence ] ->
                  chance $"chance ({Marks.fixed3 prevalence})" [| 0.0; 1.0 |] [| prevalence; prevalence |]
              | _ -> ()
              yield! curves |> List.mapi (fun i (name, curve) -> precisionLine i (PlotText.literal name) curve)
              yield! operating "Chart.precisionRecall" (List.map fst curves) _.Sensitivity _.Precision points ]
            |> rates "Precision-recall curve" "recall" "precision"

        /// Precision-recall curves by name, each with its average precision.
        let precisionRecall (curves: seq<string * PrecisionRecallCurve>) : Figure = precisionRecallWith [] curves

        /// The precision-recall curve of each class against the rest, and that of all together (micro average).
        let precisionRecallOneVsRest (curves: OneVsRestCurves) : Figure =
            [ yield!
                  series curves _.PrecisionRecall
                  |> List.mapi (fun i (name, curve) -> precisionLine i (PlotText.literal name) curve)
              asAverage (precisionLine 0 "micro average" curves.MicroPrecisionRecall) ]
            |> rates
                $"Precision-recall curves, each class against the rest (mean AP {Marks.fixed3 curves.MacroAveragePrecision})"
                "recall"
                "precision"

        /// Reliability curves by name: how often what is said with a probability comes true, with Brier score and expected
        /// calibration error, above the number of samples in each bin.
        let calibration (series: seq<string * Calibration>) : Figure =
            let series = List.ofSeq series
            demandSome "Chart.calibration" series

            reliability series @ binCounts series
            |> Marks.figure
                (900, 680)
                [ "title.text", box "Calibration"
                  "xaxis.title.text", box "mean predicted probability"
                  "yaxis.title.text", box "share of positives"
                  "yaxis2.title.text", box "samples"
                  "xaxis.range", box [| -0.02; 1.02 |]
                  "yaxis.range", box [| -0.02; 1.02 |]
                  "yaxis.domain", box [| 0.3; 1.0 |]
                  "yaxis2.domain", box [| 0.0; 0.22 |]
                  "xaxis.anchor", box "y2"
                  "yaxis2.anchor", box "x"
                  "barmode", box "overlay"
                  "legend.font.size", box 12 ]
