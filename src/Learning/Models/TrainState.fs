namespace Functional

/// The log of one epoch.
[<RequireQualifiedAccess>]
type EpochLog =
    {
        /// The number of the epoch, from 1.
        Epoch: int
        /// Loss, metrics and whatever callbacks add, in the order in which they are shown.
        Values: (string * float) list
    }

/// The logs of all epochs: `history["val_loss"]` is the validation loss of each.
[<Sealed>]
type History(epochs: EpochLog list) =
    /// The epochs in order.
    member _.Epochs = epochs

    /// The names of the values, in the order in which they first came.
    member _.Keys: string list = epochs |> List.collect (fun e -> List.map fst e.Values) |> List.distinct

    /// One value of each epoch; NaN for an epoch that has none of this name. An unknown name is an error that lists the
    /// names.
    member me.Item
        with get (key: string): float list =
            if not (List.contains key me.Keys) then
                let known =
                    if me.Keys.IsEmpty then
                        "nothing, since no epoch was finished"
                    else
                        String.concat ", " me.Keys

                Fail.argument "History" "key" $"'{key}'" $"was not written down; there is {known}."

            epochs
            |> List.map (fun e ->
                match List.tryFind (fst >> (=) key) e.Values with
                | Some(_, value) -> value
                | None -> nan)

    /// The values of the last epoch; empty before the first.
    member _.Last: (string * float) list =
        match List.tryLast epochs with
        | Some epoch -> epoch.Values
        | None -> []

    /// One line an epoch.
    override _.ToString() =
        epochs
        |> List.map (fun e ->
            let values =
                e.Values
                |> List.map (fun (name, value) ->
                    name + ": " + value.ToString("G6", System.Globalization.CultureInfo.InvariantCulture))

            $"epoch {e.Epoch}: " + String.concat ", " values)
        |> String.concat "\n"

/// A training run between two batches, as a value: everything that the rest of the run depends on. Training that goes
/// on from it, with the same options and data, ends in the same bits as training that was never interrupted.
[<RequireQualifiedAccess>]
type TrainState =
    {
        /// The parameters, and the state of the layers.
        Variables: Variables
        /// The state of the optimizer.
        OptimizerState: Tree<Tensor>
        /// The number of batches learned from so far.
        Step: int
        /// The number of epochs that are finished.
        Epoch: int
        /// The number of batches of the unfinished epoch that were learned from.
        Batch: int
        /// The pass through the samples that the next batch is of, from 0.
        Pass: int
        /// The number of batches of that pass that were learned from.
        Taken: int
        /// The key that shuffling and dropout draw from, all the run through.
        Key: Key
        /// The history of the finished epochs.
        History: History
        /// The running sums of loss and metrics over the batches of the unfinished epoch; empty before it begins.
        Running: Tree<Tensor>
        /// The state of each callback, under its name.
        Callbacks: Tree<Tensor>
    }
