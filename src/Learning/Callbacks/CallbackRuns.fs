namespace Functional

open System
open System.Globalization
open System.IO

/// Values that callbacks watch, and what callbacks remember of them.
module internal Watching =
    /// Whether `value` is better than `reference` by more than `delta`; never where it is NaN.
    let isBetter mode grows (delta: float) (value: float) (reference: float) =
        let grows =
            match mode with
            | MonitorMode.Max -> true
            | MonitorMode.Min -> false
            | MonitorMode.Auto -> grows

        if Double.IsNaN value then false
        elif Double.IsNaN reference then true
        elif grows then value > reference + abs delta
        else value < reference - abs delta

    /// Worse than any value.
    let worst = nan

    let find name (values: (string * float) list) = values |> List.tryFind (fst >> (=) name) |> Option.map snd

    let demandCount callback name value =
        if value < 0 then
            Fail.argument $"Callback.{callback}" name value "is no number of epochs; give at least 0."

    let number (value: float) = Leaf(Tensor.ofFloat64Array [] [| value |])

    /// The number of this name in what a callback remembers, or the one that it begins with.
    let numberAt name fallback (memory: Tree<Tensor>) =
        match Tree.tryFind name memory with
        | Some(Leaf value) -> Tensor.toFloat value
        | Some(Node _)
        | None -> fallback

    let ofVariables (variables: Variables) = Node [ "parameters", variables.Parameters; "state", variables.State ]

    let variablesAt name (memory: Tree<Tensor>) : Variables option =
        match Tree.tryFind $"{name}/parameters" memory, Tree.tryFind $"{name}/state" memory with
        | Some parameters, Some state -> Some(Variables.ofTrees parameters state)
        | _ -> None

open Watching

/// Early stopping in one run.
[<Sealed>]
type internal EarlyStoppingRun(options: EarlyStoppingOptions, grows: bool) =
    let better = isBetter options.Mode grows options.MinDelta
    let mutable best = worst
    let mutable bestEpoch = -1
    let mutable bestVariables = None
    let mutable wait = 0
    let mutable stopped = -1

    let improve current (m: Moment) =
        best <- current
        bestEpoch <- m.Epoch

        if options.RestoreBestWeights then
            bestVariables <- Some m.State.Variables

        match options.Baseline with
        | Some baseline when not (better current baseline) -> ()
        | Some _
        | None -> wait <- 0

    /// Whether the epoch is one too many without improvement.
    let isOver (m: Moment) =
        match find options.Monitor m.Values with
        | Some current when m.Epoch >= options.StartFromEpoch ->
            wait <- wait + 1

            if better current best then
                improve current m
                false
            else
                wait >= options.Patience
        | Some _
        | None -> false

    let memory () =
        Node
            [ "best", number best
              "best_epoch", number (float bestEpoch)
              "wait", number (float wait)
              match bestVariables with
              | Some variables -> "best_variables", ofVariables variables
              | None -> () ]

    let restore memory =
        best <- numberAt "best" worst memory
        bestEpoch <- int (numberAt "best_epoch" -1.0 memory)
        wait <- int (numberAt "wait" 0.0 memory)
        bestVariables <- variablesAt "best_variables" memory

    let epochEnd (m: Moment) =
        if isOver m then
            stopped <- m.Epoch
            [ CallbackAction.Stop ]
        else
            []

    let trainEnd (_: Moment) =
        [ if bestEpoch >= 0 then
              CallbackAction.ReportBest(bestEpoch + 1)

          if stopped >= 0 then
              CallbackAction.Say $"Epoch {stopped + 1}: early stopping"

          match bestVariables with
          | Some variables when options.RestoreBestWeights ->
              CallbackAction.Say $"Restoring model weights from the end of the best epoch: {bestEpoch + 1}."
              CallbackAction.SetVariables variables
          | Some _
          | None -> () ]

    /// What the run calls.
    member _.Handlers: CallbackHandlers =
        { CallbackHandlers.none with
            Memory = memory
            Restore = restore
            EpochEnd = epochEnd
            TrainEnd = trainEnd }

/// The reduction of the learning rate on a plateau in one run.
[<Sealed>]
type internal PlateauRun(options: PlateauOptions, grows: bool) =
    let better = isBetter options.Mode grows options.MinDelta
    let mutable best = worst
    let mutable wait = 0
    let mutable cooldown = 0

    /// The new rate after an epoch without improvement, if it is to change.
    let waited rate =
        wait <- wait + 1

        if wait >= options.Patience && rate > options.MinLearningRate then
            cooldown <- options.Cooldown
            wait <- 0
            Some(max (rate * options.Factor) options.MinLearningRate)
        else
            None

    /// The new rate, if it is to change.
    let look values rate =
        match find options.Monitor values with
        | None -> None
        | Some current ->
            if cooldown > 0 then
                cooldown <- cooldown - 1
                wait <- 0

            if better current best then
                best <- current
                wait <- 0
                None
            elif cooldown > 0 then
                None
            else
                waited rate

    let epochEnd (m: Moment) =
        match m.LearningRate with
        | None -> []
        | Some rate ->
            [ CallbackAction.Log("learning_rate", rate)

              match look m.Values rate with
              | Some reduced ->
                  let shown = reduced.ToString("G6", CultureInfo.InvariantCulture)
                  CallbackAction.Say $"Epoch {m.Epoch + 1}: ReduceLROnPlateau reducing learning rate to {shown}."
                  CallbackAction.SetLearningRate reduced
              | None -> () ]

    /// What the run calls.
    member _.Handlers: CallbackHandlers =
        { CallbackHandlers.none with
            Memory =
                fun () -> Node [ "best", number best; "wait", number (float wait); "cooldown", number (float cooldown) ]
            Restore =
                fun memory ->
                    best <- numberAt "best" worst memory
                    wait <- int (numberAt "wait" 0.0 memory)
                    cooldown <- int (numberAt "cooldown" 0.0 memory)
            EpochEnd = epochEnd }

/// The CSV file of one run.
[<Sealed>]
type internal CsvLog(options: CsvLoggerOptions, path: string) =
    let mutable keys: string list = []
    let guarded (action: unit -> unit) = Files.guard path "written" action
    let line (cells: string list) = String.concat options.Separator cells + "\n"

    let text (value: float) =
        if Double.IsNaN value then
            "nan"
        else
            value.ToString("R", CultureInfo.InvariantCulture)

    /// Takes the lines of this epoch and later ones out: a resumed run writes them again.
    let dropFrom (epoch: int) =
        if epoch = 0 then
            File.Delete path
        elif File.Exists path then
            let isBefore (line: string) =
                match Int32.TryParse(line.Split(options.Separator)[0], NumberStyles.None, null) with
                | true, written -> written < epoch
                | _ -> true

            let kept = File.ReadAllLines path |> Array.filter isBefore |> Array.map (fun line -> line + "\n")
            File.WriteAllText(path, String.concat "" kept)

    let keysOfFile () =
        (File.ReadLines path |> Seq.head).Split options.Separator |> List.ofArray |> List.tail

    let write (m: Moment) =
        let exists = File.Exists path && FileInfo(path).Length > 0L

        if keys.IsEmpty then
            keys <- if exists then keysOfFile () else List.map fst m.Values

        if not exists then
            File.AppendAllText(path, line ("epoch" :: keys))

        let cells =
            keys |> List.map (fun key -> find key m.Values |> Option.map text |> Option.defaultValue "NA")

        File.AppendAllText(path, line (string m.Epoch :: cells))

    /// What the run calls.
    member _.Handlers: CallbackHandlers =
        { CallbackHandlers.none with
            TrainBegin =
                fun m ->
                    if not options.Append then
                        guarded (fun () -> dropFrom m.Epoch)

                    []
            EpochEnd =
                fun m ->
                    guarded (fun () -> write m)
                    [] }
