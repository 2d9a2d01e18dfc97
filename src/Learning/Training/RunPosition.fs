namespace Functional

open System.Collections.Generic

/// The position of a training run, which moves with each batch.
[<Sealed>]
type internal RunPosition(start: TrainState) =
    member val Epoch = start.Epoch with get, set
    member val Batch = start.Batch with get, set
    member val Pass = start.Pass with get, set
    member val Taken = start.Taken with get, set

    /// The history of the finished epochs.
    member val History = start.History with get, set

    /// Whether the first callbacks of the epoch have been called.
    member val IsBegun = start.Batch > 0 || Tree.count start.Running > 0 with get, set

/// The batches of a training run, pass after pass.
[<Sealed>]
type internal RunBatches(feed: Feed, stepsPerEpoch: int option, position: RunPosition) =
    let mutable batches: IEnumerator<Batch> = null

    let close () =
        if not (isNull batches) then
            batches.Dispose()
            batches <- null

    let rec moveNext () =
        if isNull batches then
            batches <- feed.Start(position.Pass, position.Taken)

        if batches.MoveNext() then
            true
        else
            close ()

            if stepsPerEpoch.IsNone then
                false
            elif position.Taken = 0 then
                Fail.data "Fit" "the source of batches is empty: there is no sample to learn from."
            else
                position.Pass <- position.Pass + 1
                position.Taken <- 0
                moveNext ()

    /// The number of batches in an epoch, where it is known.
    member _.Count = stepsPerEpoch |> Option.orElse feed.BatchCount

    /// Goes to the next batch of the epoch, if there is one.
    member _.MoveNext() : bool =
        match stepsPerEpoch with
        | Some steps when position.Batch >= steps -> false
        | Some _
        | None -> moveNext ()

    /// The batch that was moved to.
    member _.Current: Batch = batches.Current

    /// Counts the current batch.
    member _.Take() =
        position.Batch <- position.Batch + 1
        position.Taken <- position.Taken + 1

    /// The pass and the number of its batches taken with which the next epoch begins.
    member _.NextEpoch: int * int =
        if stepsPerEpoch.IsNone then
            position.Pass + 1, 0
        else
            position.Pass, position.Taken

    /// Counts the epoch.
    member me.EndEpoch() =
        let pass, taken = me.NextEpoch
        position.Epoch <- position.Epoch + 1
        position.Batch <- 0
        position.Pass <- pass
        position.Taken <- taken

        if stepsPerEpoch.IsNone then
            close ()

    /// Lets go of the pass and of what the feed keeps.
    member _.Close() =
        close ()
        feed.Release()
