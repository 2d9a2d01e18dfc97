namespace Functional

open System

/// Charts of what a model goes by.
[<AutoOpen>]
module ImportanceCharts =
    /// The features by importance, the largest first; what lies behind the first `most` is one sum.
    let private ranked most (features: (string * float * float) list) =
        let sorted = features |> List.sortByDescending (fun (_, value, _) -> abs value)

        if sorted.Length <= most then
            sorted
        else
            let shown, rest = List.splitAt (most - 1) sorted
            shown @ [ $"the other {rest.Length}", rest |> List.sumBy (fun (_, value, _) -> value), nan ]

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// The importance of each feature as a bar, the largest first, with its deviation as a whisker where there is one (not NaN).
        /// Of more than 30 features those behind the first 29 are one bar. Negative ones, such as coefficients, have another
        /// colour.
        let featureImportancesWith (features: seq<string * float * float>) : Figure =
            let features = List.ofSeq features

            if features.IsEmpty then
                Fail.argument "Chart.featureImportances" "features" 0 "are no features; give one at least."

            let shown = ranked 30 features |> Array.ofList
            let values = shown |> Array.map (fun (_, value, _) -> value)
            let deviations = shown |> Array.map (fun (_, _, deviation) -> deviation)

            [ Marks.trace
                  "bar"
                  [ "orientation", box "h"
                    "x", box values
                    "y", box (shown |> Array.map (fun (name, _, _) -> PlotText.literal name))
                    "marker.color", box (values |> Array.map (fun v -> Palette.color (if v < 0.0 then 1 else 0)))
                    "showlegend", box false
                    if deviations |> Array.exists Double.IsFinite then
                        "error_x.type", box "data"
                        "error_x.array", box deviations
                        "error_x.color", box Style.ink
                        "error_x.thickness", box 1.5
                    "hovertemplate", box "%{y}: %{x:.4g}<extra></extra>" ] ]
            |> Marks.figure
                (860, 150 + 26 * shown.Length)
                [ "title.text", box "Feature importances"
                  "xaxis.title.text", box "importance"
                  "yaxis.type", box "category"
                  "yaxis.autorange", box "reversed"
                  "yaxis.showgrid", box false
                  "bargap", box 0.25 ]

        /// The importance of each feature as a bar, the largest first; see `featureImportancesWith`.
        let featureImportances (features: seq<string * float>) : Figure =
            features |> Seq.map (fun (name, value) -> name, value, nan) |> featureImportancesWith
