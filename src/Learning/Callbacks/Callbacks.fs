namespace Functional

open System
open System.Globalization

/// The callbacks of Keras, with its defaults and its messages.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Callback =
    open Watching

    let private make name monitors logs start =
        { Name = name; Monitors = monitors; Logs = logs; Late = false; Start = start }

    /// A callback of one's own: `start` is called for each run, and gives what the run calls.
    let custom (name: string) (start: unit -> CallbackHandlers) : Callback = make name [] [] (fun _ -> start ())

    /// Calls a function after every epoch, and does what it asks.
    let onEpochEnd (f: Moment -> CallbackAction list) : Callback =
        custom "on_epoch_end" (fun () -> { CallbackHandlers.none with EpochEnd = f })

    /// Calls a function before every epoch, and does what it asks.
    let onEpochBegin (f: Moment -> CallbackAction list) : Callback =
        custom "on_epoch_begin" (fun () -> { CallbackHandlers.none with EpochBegin = f })

    /// Calls a function after every batch, and does what it asks.
    let onBatchEnd (f: Moment -> CallbackAction list) : Callback =
        custom "on_batch_end" (fun () ->
            { CallbackHandlers.none with
                BatchEnd =
                    fun m ->
                        // a moment that is kept shows what it showed
                        ignore m.Values
                        f m })

    /// Calls a function before training, and does what it asks.
    let onTrainBegin (f: Moment -> CallbackAction list) : Callback =
        custom "on_train_begin" (fun () -> { CallbackHandlers.none with TrainBegin = f })

    /// Calls a function after training, and does what it asks.
    let onTrainEnd (f: Moment -> CallbackAction list) : Callback =
        custom "on_train_end" (fun () -> { CallbackHandlers.none with TrainEnd = f })

    /// Ends training when a value no longer improves: when it was not better than the best one before by more than
    /// MinDelta for Patience epochs. With RestoreBestWeights training ends with the weights of the best epoch, also
    /// where it was not stopped. A NaN is never the best (in Keras the first one is).
    let earlyStoppingWith (options: EarlyStoppingOptions) : Callback =
        let o = options
        demandCount "earlyStopping" "patience" o.Patience
        demandCount "earlyStopping" "startFromEpoch" o.StartFromEpoch

        make "early_stopping" [ o.Monitor ] [] (fun grows -> EarlyStoppingRun(o, grows o.Monitor).Handlers)

    /// Ends training when the value was not better than ever before for `patience` epochs, with the weights of the best
    /// epoch.
    let earlyStopping (monitor: string) (patience: int) : Callback =
        earlyStoppingWith
            { EarlyStoppingOptions.defaults with
                Monitor = monitor
                Patience = patience
                RestoreBestWeights = true }

    /// Multiplies the learning rate by Factor when a value was not better by more than MinDelta for Patience epochs,
    /// and writes `learning_rate` down.
    let reduceLROnPlateauWith (options: PlateauOptions) : Callback =
        let o = options
        demandCount "reduceLROnPlateau" "patience" o.Patience
        demandCount "reduceLROnPlateau" "cooldown" o.Cooldown

        if not (o.Factor > 0.0 && o.Factor < 1.0) then
            Fail.argument
                "Callback.reduceLROnPlateau"
                "factor"
                o.Factor
                "would not reduce the learning rate; give a number between 0 and 1."

        make "reduce_lr_on_plateau" [ o.Monitor ] [ "learning_rate" ] (fun grows ->
            PlateauRun(o, grows o.Monitor).Handlers)

    /// Multiplies the learning rate by 0.1 when the value was not better by more than 1e-4 for `patience` epochs.
    let reduceLROnPlateau (monitor: string) (patience: int) : Callback =
        reduceLROnPlateauWith { PlateauOptions.defaults with Monitor = monitor; Patience = patience }

    /// Sets the learning rate before every epoch to what a function gives of the epoch's number, from 0, and the rate
    /// until now, and writes `learning_rate` down.
    let learningRateScheduler (f: int -> float -> float) : Callback =
        make "learning_rate_scheduler" [] [ "learning_rate" ] (fun _ ->
            { CallbackHandlers.none with
                EpochBegin =
                    fun m ->
                        match m.LearningRate with
                        | Some rate -> [ CallbackAction.SetLearningRate(f m.Epoch rate) ]
                        | None -> []
                EpochEnd =
                    fun m ->
                        match m.LearningRate with
                        | Some rate -> [ CallbackAction.Log("learning_rate", rate) ]
                        | None -> [] })

    /// Ends training as soon as the loss is NaN or infinite.
    let terminateOnNaN: Callback =
        make "terminate_on_nan" [ "loss" ] [] (fun _ ->
            { CallbackHandlers.none with
                BatchEnd =
                    fun m ->
                        if Double.IsFinite m.Loss then
                            []
                        else
                            [ CallbackAction.Say $"Batch {m.Batch - 1}: Invalid loss, terminating training"
                              CallbackAction.Stop ] })

    /// The path with {epoch}, from 1, and the names of values in braces replaced; a .NET format may follow a colon:
    /// {val_loss:F2}.
    let private place (path: string) (m: Moment) =
        Text.RegularExpressions.Regex.Replace(
            path,
            @"\{(\w+)(?::([^}]+))?\}",
            fun found ->
                let name, format = found.Groups[1].Value, found.Groups[2].Value

                if name = "epoch" then
                    (m.Epoch + 1).ToString(format, CultureInfo.InvariantCulture)
                else
                    match find name m.Values with
                    | Some value -> value.ToString(format, CultureInfo.InvariantCulture)
                    | None ->
                        let known = "epoch" :: List.map fst m.Values |> String.concat ", "

                        Fail.argument
                            "Callback.modelCheckpoint"
                            "path"
                            $"'{path}'"
                            $"has '{{{name}}}', which is not known; there is {known}."
        )

    /// Writes the model, its weights or the whole run after every epoch, or after the epochs whose value is better than
    /// ever before. The path may hold {epoch} and names of values in braces, with a .NET format after a colon:
    /// "best-{epoch:00}-{val_loss:F3}.zip".
    let modelCheckpointWith (options: CheckpointOptions) (path: string) : Callback =
        let o = options

        let start grows =
            let better = isBetter o.Mode (grows o.Monitor) 0.0
            let mutable best = worst

            let isWanted values =
                match find o.Monitor values with
                | _ when not o.SaveBestOnly -> true
                | Some current when better current best ->
                    best <- current
                    true
                | _ -> false

            let write (m: Moment) =
                let path = place path m

                match o.Content with
                | CheckpointContent.Model ->
                    Model.save path m.Model
                    []
                | CheckpointContent.Weights ->
                    Model.saveWeights path m.Model
                    []
                | CheckpointContent.TrainState -> [ CallbackAction.SaveState path ]

            { CallbackHandlers.none with
                Memory = fun () -> Node [ "best", number best ]
                Restore = fun memory -> best <- numberAt "best" worst memory
                EpochEnd = fun m -> if isWanted m.Values then write m else [] }

        { make "model_checkpoint" (if o.SaveBestOnly then [ o.Monitor ] else []) [] start with Late = true }

    /// Writes the model after every epoch.
    let modelCheckpoint (path: string) : Callback = modelCheckpointWith CheckpointOptions.defaults path

    /// Writes a line for every epoch to a CSV file: `epoch`, from 0, and the values in order; NA for a missing one. The
    /// file is written when the first epoch ends, and closed after each line.
    let csvLoggerWith (options: CsvLoggerOptions) (path: string) : Callback =
        make "csv_logger" [] [] (fun _ -> CsvLog(options, path).Handlers)

    /// Writes a line for every epoch to a CSV file, which begins anew with every run.
    let csvLogger (path: string) : Callback = csvLoggerWith CsvLoggerOptions.defaults path
