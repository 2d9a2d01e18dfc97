namespace Functional

open System
open Newtonsoft.Json.Linq

/// Charts of choosing between models: learning curves and searches.
[<AutoOpen>]
module SelectionCharts =
    /// The mean over the folds by size, in a band of one deviation.
    let private banded name color symbol (sizes: float[]) (scores: float[][]) : JObject list =
        let means, deviations =
            Array.map Statistics.mean scores, Array.map Statistics.populationDeviation scores

        let upper, lower = Array.map2 (+) means deviations, Array.map2 (-) means deviations

        [ Marks.line
              name
              color
              (Array.append sizes (Array.rev sizes))
              (Array.append upper (Array.rev lower))
              [ "fill", box "toself"
                "fillcolor", box (Marks.faded 0.15 color)
                "line.width", box 0
                "showlegend", box false
                "legendgroup", box name
                "hoverinfo", box "skip" ]
          Marks.line
              name
              color
              sizes
              means
              [ "mode", box "lines+markers"
                "marker.symbol", box symbol
                "marker.size", box 8
                "legendgroup", box name
                "customdata", box deviations
                "hovertemplate", box "%{x} rows: %{y:.4f} ± %{customdata:.4f}" ] ]

    let private curvePanel (curve: LearningCurve) : Figure =
        let sizes = curve.Sizes |> Array.map float

        banded "training" (Palette.color 0) (Palette.symbol 0) sizes curve.TrainScores
        @ banded "test" (Palette.color 1) (Palette.symbol 1) sizes curve.TestScores
        |> Marks.figure
            (860, 520)
            [ "title.text", box "Learning curve"
              "xaxis.title.text", box "training rows"
              "yaxis.title.text", box (PlotText.literal curve.Metric) ]

    /// The number of a setting, where it is one.
    let private tryNumber (setting: Setting) =
        match setting with
        | Setting.Number number -> Some number
        | Setting.Whole whole -> Some(float whole)
        | Setting.Text _
        | Setting.Flag _
        | Setting.Items _
        | Setting.Group _ -> None

    /// Whether numbers are spread over powers of ten.
    let private isLogarithmic (values: float[]) =
        Array.forall (fun v -> v > 0.0) values && Array.max values / Array.min values > 50.0

    let private texts (numbers: float[]) =
        numbers |> Array.map (fun v -> v.ToString("G4", Globalization.CultureInfo.InvariantCulture))

    /// From a little below the least to a little above the greatest number, so that no tick stands at the name of its axis.
    let private roomy (values: float[]) =
        let low, high = Array.min values, Array.max values
        let room = if high > low then 0.06 * (high - low) else 0.5
        "range", box [| low - room; high + room |]

    /// An axis of numbers for parallel coordinates; by logarithm where they are spread over powers of ten.
    let private numberAxis (name: string) (values: float[]) : JObject =
        if isLogarithmic values then
            let heights = values |> Array.map log10
            let ticks = [| floor (Array.min heights) .. ceil (Array.max heights) |]

            PlotJson.ofValues
                [ "label", box name
                  "values", box heights
                  roomy ticks
                  "tickvals", box ticks
                  "ticktext", box (texts (ticks |> Array.map (fun e -> 10.0 ** e))) ]
        else
            let distinct = values |> Array.distinct |> Array.sort

            PlotJson.ofValues
                [ "label", box name
                  "values", box values
                  roomy values
                  if distinct.Length <= 8 then
                      "tickvals", box distinct
                      "ticktext", box (texts distinct) ]

    /// An axis of words for parallel coordinates: their numbers in order.
    let private wordAxis (name: string) (values: string[]) : JObject =
        let words = Array.distinct values

        PlotJson.ofValues
            [ "label", box name
              "values", box (values |> Array.map (fun word -> float (Array.IndexOf(words, word))))
              "range", box [| -0.5; float words.Length - 0.5 |]
              "tickvals", box (Array.init words.Length float)
              "ticktext", box words ]

    let private settingAxis (candidates: SearchCandidate list) (name: string) : JObject =
        let settings =
            [| for candidate in candidates ->
                   candidate.Parameters.Values |> List.tryFind (fst >> (=) name) |> Option.map snd |]

        match settings |> Array.map (Option.bind tryNumber) with
        | numbers when numbers |> Array.forall Option.isSome ->
            numberAxis (PlotText.literal name) (Array.choose id numbers)
        | _ ->
            settings
            |> Array.map (function
                | Some setting -> PlotText.literal (ParameterText.ofSetting setting)
                | None -> "-")
            |> wordAxis (PlotText.literal name)

    let private namesOf (candidates: SearchCandidate list) =
        candidates |> List.collect (fun c -> c.Parameters.Values |> List.map fst) |> List.distinct

    /// The candidates with a score; an error where there is none.
    let private scored operation (result: SearchResult) =
        match result.Candidates |> List.filter (fun c -> Double.IsFinite c.MeanScore) with
        | [] -> Fail.data operation "no candidate of the search has a score."
        | candidates -> candidates

    let private valueOf name (candidate: SearchCandidate) =
        candidate.Parameters.Values |> List.tryFind (fst >> (=) name) |> Option.map snd

    /// The distinct values of a parameter in order: numbers ascending, others as they came.
    let private valuesOf operation name (candidates: SearchCandidate list) =
        match candidates |> List.choose (valueOf name) |> List.distinct with
        | [] ->
            let known = namesOf candidates |> String.concat ", "
            Fail.argument operation "name" $"'{name}'" $"is no parameter of the search; there are {known}."
        | values when values |> List.forall (tryNumber >> Option.isSome) ->
            values |> List.sortBy (tryNumber >> Option.get)
        | values -> values

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// How the metric grows with the number of training rows: means over the folds of training and test rows, in bands of one
        /// deviation.
        let learningCurve (curve: LearningCurve) : Figure = curvePanel curve

        /// The learning curve of each metric, a panel each. No curve is an error.
        let learningCurves (curves: LearningCurve list) : Figure =
            curves |> List.map (curvePanel >> fun f -> f |> Chart.withTitle "") |> Chart.subplots 2

        /// The candidates of a search as lines across their parameters to their score, coloured by it. Drag along an axis to pick some.
        let searchCoordinates (result: SearchResult) : Figure =
            let candidates = scored "Chart.searchCoordinates" result
            let scores = candidates |> List.map _.MeanScore |> Array.ofList
            let names = result.Metric :: namesOf candidates
            let width = max 900 (240 + 110 * names.Length)
            let longest = names |> List.map String.length |> List.max

            let title =
                if names.Length <= 4 then
                    string result
                else
                    $"{result.Metric} %.4f{result.Best.MeanScore}, the best of {result.Candidates.Length} candidates"

            let isCrowded = 7 * longest > (width - 200) / max 1 (names.Length - 1)

            [ Marks.trace
                  "parcoords"
                  [ "dimensions",
                    box
                        [| for name in namesOf candidates do
                               settingAxis candidates name
                           PlotJson.ofValues
                               [ "label", box (PlotText.literal result.Metric); "values", box scores; roomy scores ] |]
                    "line.color", box scores
                    "line.colorscale", Style.scale Palette.sequential
                    "line.showscale", box true
                    "line.colorbar.title.text", box (PlotText.literal result.Metric)
                    "line.colorbar.thickness", box 14
                    // the ends of the ranges are no numbers of the search
                    "rangefont.color", box "rgba(0,0,0,0)"
                    "labelangle", box (if isCrowded then -20 else 0) ] ]
            |> Marks.figure
                (width, 520)
                [ "title.text", box $"Search: {PlotText.literal title}"
                  "margin.t", box (if isCrowded then 140 else 110)
                  "margin.l", box 110 ]

        /// The best score of a search for each pair of values of two parameters; gaps are pairs that were not tried. Another name is an
        /// error that lists the parameters.
        let searchHeatmap (x: string) (y: string) (result: SearchResult) : Figure =
            let operation = "Chart.searchHeatmap"
            let candidates = scored operation result
            let columns, rows = valuesOf operation x candidates, valuesOf operation y candidates

            let names values =
                values |> List.map (ParameterText.ofSetting >> PlotText.literal) |> Array.ofList

            let best = result.Best.MeanScore
            let isBetter = candidates |> List.forall (fun c -> c.MeanScore <= best)

            let cell row column =
                candidates
                |> List.filter (fun c -> valueOf x c = Some columns[column] && valueOf y c = Some rows[row])
                |> List.map _.MeanScore
                |> function
                    | [] -> nan
                    | scores -> if isBetter then List.max scores else List.min scores

            let cells = Array2D.init rows.Length columns.Length cell

            [ Marks.heatmap
                  cells
                  [ "x", box (names columns)
                    "y", box (names rows)
                    "xgap", box 1
                    "ygap", box 1
                    "text",
                    box (cells |> Array2D.map (fun v -> if Double.IsFinite v then Marks.fixed3 v else "") |> Marks.rows)
                    "texttemplate", box "%{text}"
                    "colorbar.title.text", box (PlotText.literal result.Metric)
                    "hovertemplate",
                    box $"{PlotText.literal x} %%{{x}}, {PlotText.literal y} %%{{y}}: %%{{z:.4f}}<extra></extra>"
                    "hoverongaps", box false ] ]
            |> Marks.figure
                (max 560 (220 + 90 * columns.Length), max 420 (180 + 60 * rows.Length))
                [ "title.text", box "Search results"
                  "xaxis.title.text", box (PlotText.literal x)
                  "yaxis.title.text", box (PlotText.literal y)
                  "xaxis.type", box "category"
                  "yaxis.type", box "category"
                  "xaxis.showgrid", box false
                  "yaxis.showgrid", box false ]
