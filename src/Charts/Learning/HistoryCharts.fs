namespace Functional

open System

/// Charts of how training went.
[<AutoOpen>]
module HistoryCharts =
    let private validation = "val_"

    let private isOfValidation (key: string) = key.StartsWith(validation, StringComparison.Ordinal)

    /// The values of a history that get a panel: losses, metrics, what callbacks add; update ratios have a chart of their own.
    let private panels (histories: History list) : string list =
        histories
        |> List.collect _.Keys
        |> List.map (fun key -> if isOfValidation key then key.Substring validation.Length else key)
        |> List.distinct
        |> List.filter (fun key -> not (key.StartsWith(UpdateRatios.prefix, StringComparison.Ordinal)))
        |> List.sortBy (fun key ->
            if key = "loss" then 0
            elif key = "learning_rate" then 2
            else 1)

    let private valuesOf (key: string) (history: History) =
        if List.contains key history.Keys then Some(Array.ofList history[key]) else None

    let private epochs (history: History) = [| for log in history.Epochs -> float log.Epoch |]

    let private curve name color dash (history: History) (values: float[]) =
        Marks.line
            name
            color
            (epochs history)
            values
            [ "line.dash", box dash
              if history.Epochs.Length <= 30 then
                  "mode", box "lines+markers"
                  "marker.size", box 5
              "hovertemplate", box "epoch %{x}: %{y:.5g}" ]

    /// A panel of one value; each history is a name and its colours of training and validation.
    let private panel (histories: (string * string * string * string * History) list) (key: string) : Figure =
        let traces =
            [ for trainingName, validationName, trainingColor, validationColor, history in histories do
                  match valuesOf key history with
                  | Some values -> curve trainingName trainingColor "solid" history values
                  | None -> ()

                  match valuesOf (validation + key) history with
                  | Some values -> curve validationName validationColor "dash" history values
                  | None -> () ]

        let values =
            histories
            |> List.collect (fun (_, _, _, _, h) -> [ key; validation + key ] |> List.choose (fun k -> valuesOf k h))
            |> Array.concat
            |> Array.filter Double.IsFinite

        let most = histories |> List.map (fun (_, _, _, _, h) -> h.Epochs.Length) |> List.max
        let spans = values.Length > 0 && Array.min values > 0.0 && Array.max values / Array.min values > 500.0

        traces
        |> Marks.figure
            (900, 500)
            [ "title.text", box (PlotText.literal key)
              "xaxis.title.text", box "epoch"
              "xaxis.tickformat", box "d"
              // plotly.js would put ticks between epochs, and round their numbers
              if most <= 10 then
                  "xaxis.dtick", box 1
              "yaxis.title.text", box (PlotText.literal key)
              if spans then
                  "yaxis.type", box "log"
                  "yaxis.exponentformat", box "power" ]

    let private inGrid (figures: Figure list) =
        let columns = if figures.Length <= 3 then figures.Length else 2

        Chart.subplotsWith
            { SubplotOptions.defaults with
                Columns = columns
                CellWidth = (if columns = 1 then 640 else 400)
                CellHeight = (if columns = 1 then 380 else 280) }
            figures

    let private demandEpochs operation (history: History) =
        if history.Epochs.IsEmpty then
            Fail.data operation "the history has no epoch; train first."

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Loss and metrics by epoch, a panel each: training solid, validation dashed. Values that span more than a factor of 500 have
        /// a logarithmic axis. A history without epochs is an error.
        let history (history: History) : Figure =
            demandEpochs "Chart.history" history

            panels [ history ]
            |> List.map (panel [ "training", "validation", Palette.color 0, Palette.color 1, history ])
            |> inGrid

        /// The histories of several models by name, in one colour each: training solid, validation dashed.
        let histories (histories: seq<string * History>) : Figure =
            let histories = List.ofSeq histories

            if histories.IsEmpty then
                Fail.argument "Chart.histories" "histories" 0 "are no histories; give one at least."

            histories |> List.iter (snd >> demandEpochs "Chart.histories")

            let named =
                [ for i, (name, history) in List.indexed histories ->
                      name, name + ", validation", Palette.color i, Palette.color i, history ]

            panels (List.map snd histories) |> List.map (panel named) |> inGrid

        let private ratioKeys (history: History) =
            history.Keys
            |> List.filter (fun key -> key.StartsWith(UpdateRatios.prefix, StringComparison.Ordinal))

        /// How far the last step of each epoch moved each weight, by the norm of the weight, on a logarithmic axis: what
        /// `UpdateRatios.callback` wrote down. The dotted line is 1e-3, about where training goes well. A history without
        /// such values is an error.
        let updateRatios (history: History) : Figure =
            let keys = ratioKeys history

            if keys.IsEmpty then
                Fail.data
                    "Chart.updateRatios"
                    "the history has no update ratios; train with UpdateRatios.callback among the callbacks."

            let xs = epochs history

            [ for i, key in List.indexed keys do
                  Marks.line
                      (key.Substring UpdateRatios.prefix.Length)
                      (Palette.color i)
                      xs
                      (Array.ofList history[key])
                      [ "mode", box "lines+markers"
                        "marker.size", box 6
                        "marker.symbol", box (Palette.symbol i)
                        "line.dash", box (Palette.dash i) ]

              Marks.line
                  "1e-3"
                  Style.middle
                  [| Array.head xs; Array.last xs |]
                  [| 1e-3; 1e-3 |]
                  [ "line.dash", box "dot"; "line.width", box 1.5; "hoverinfo", box "skip" ] ]
            |> Marks.figure
                (900, 500)
                [ "title.text", box "Effective learning rates"
                  "xaxis.title.text", box "epoch"
                  "xaxis.tickformat", box "d"
                  "yaxis.title.text", box "norm of update / norm of weight"
                  "yaxis.type", box "log"
                  "yaxis.dtick", box "D2"
                  "yaxis.exponentformat", box "power" ]

        /// The update ratio and the effective learning rate (norm of update / norm of gradient) of each weight in one step, from
        /// `UpdateRatios.ofStep`. No weight is an error.
        let updateRatiosOfStep (ratios: UpdateRatio list) : Figure =
            if ratios.IsEmpty then
                Fail.argument "Chart.updateRatiosOfStep" "ratios" 0 "are no ratios; give one at least."

            let names = ratios |> List.map (fun r -> PlotText.literal r.Path) |> Array.ofList

            let dots name color symbol (value: UpdateRatio -> float) =
                Marks.points
                    name
                    color
                    symbol
                    [||]
                    [||]
                    [ "x", box [| for r in ratios -> value r |]; "y", box names; "marker.size", box 11 ]

            [ dots "update / weight" (Palette.color 0) "circle" _.Ratio
              if ratios |> List.exists (fun r -> Double.IsFinite r.EffectiveRate) then
                  dots "update / gradient" (Palette.color 1) "diamond" _.EffectiveRate ]
            |> Marks.figure
                (900, 180 + 28 * ratios.Length)
                [ "title.text", box "Effective learning rates of one step"
                  "xaxis.type", box "log"
                  "xaxis.dtick", box "D2"
                  "xaxis.exponentformat", box "power"
                  "xaxis.title.text", box "ratio of norms"
                  "yaxis.autorange", box "reversed"
                  "yaxis.type", box "category" ]
