namespace Functional

/// The callbacks of one run: calls them in order, and keeps what they remember.
[<Sealed>]
type internal CallbackRunner(callbacks: Callback list, grows: string -> bool) =
    let started =
        let named =
            ([], callbacks)
            ||> List.mapFold (fun taken callback ->
                let rec free i =
                    let name = if i = 0 then callback.Name else $"{callback.Name}_{i}"
                    if List.contains name taken then free (i + 1) else name

                let name = free 0
                (name, callback), name :: taken)
            |> fst

        let early, late = named |> List.partition (fun (_, callback) -> not callback.Late)
        early @ late |> List.map (fun (name, callback) -> name, callback.Name, callback.Start grows)

    let handlesBatches =
        started
        |> List.exists (fun (_, _, handlers) ->
            not (obj.ReferenceEquals(handlers.BatchEnd, CallbackHandlers.none.BatchEnd)))

    /// Whether any callback is called after a batch.
    member _.HandlesBatches = handlesBatches

    /// The state of each callback, under its name; equal names are numbered.
    member _.Memory: Tree<Tensor> = Node [ for name, _, handlers in started -> name, handlers.Memory() ]

    /// Gives each callback back what it remembered. A callback that was not there begins anew.
    member _.Restore(memory: Tree<Tensor>) =
        match memory with
        | Leaf _ -> ()
        | Node branches ->
            for name, _, handlers in started do
                branches |> List.tryFind (fst >> (=) name) |> Option.iter (snd >> handlers.Restore)

    /// Calls the handlers that `pick` gives, each with a new moment, and hands what they ask for, with the name of the
    /// callback, to `perform`. The run is saved when all have been called.
    member _.Call(pick, moment: unit -> Moment, perform: string -> CallbackAction -> unit) =
        let saves = ResizeArray<struct (string * CallbackAction)>()

        for _, name, handlers in started do
            let handle: Moment -> CallbackAction list = pick handlers

            for action in handle (moment ()) do
                match action with
                | CallbackAction.SaveState _ -> saves.Add(struct (name, action))
                | CallbackAction.Stop
                | CallbackAction.SetLearningRate _
                | CallbackAction.SetVariables _
                | CallbackAction.Log _
                | CallbackAction.Say _
                | CallbackAction.ReportBest _ -> perform name action

        for struct (name, action) in saves do
            perform name action
