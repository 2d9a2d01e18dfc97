namespace Functional

/// Several trainings of one network as one: their variables and memories stacked along a first axis, and their step that of
/// one of them, mapped over this axis.
[<Sealed>]
type internal ManyEngine
    (step: Step, states: TrainState list, plan: MetricPlan, validation: MetricPlan option, sharesBatches: bool) =
    let first = states.Head
    let count = states.Length
    let validationSums = StepFunctions.memoryOf 1

    let stacked (leavesOf: TrainState -> Tensor list) =
        states |> List.map leavesOf |> List.transpose |> List.map (Tensor.stack 0)

    let repeated (sums: Tensor list) = sums |> List.map (fun x -> Tensor.broadcastTo (count :: x.Shape) x)

    let store =
        TrainingStore(
            [ stacked (fun state -> Tree.leaves state.Variables.Parameters)
              stacked (fun state -> Tree.leaves state.Variables.State)
              stacked (fun state -> [ Tensor.ofInts [] [| state.Step |] ])
              stacked (fun state -> [ Key.toTensor state.Key ])
              stacked (fun state -> Tree.leaves state.OptimizerState)
              repeated plan.Initial
              repeated (validation |> Option.map _.Initial |> Option.defaultValue []) ]
        )

    let split (counts: int list) (flat: Tensor list) =
        (flat, counts) ||> List.mapFold (fun rest count -> List.splitAt count rest) |> fst

    /// The function of one training, mapped over all: its batches are the same for all, or stand one after the other.
    let mapped (isShared: bool) (f: StoredFunction) : StoredFunction =
        let own (x: Tensor) =
            if isShared then
                x
            else
                Tensor.reshape (count :: x.Shape.Head / count :: x.Shape.Tail) x

        let apply (groups: Tensor list list) (batch: Tensor list) =
            let stored = List.concat groups

            let axes =
                List.map (fun _ -> Some 0) stored @ List.map (fun _ -> if isShared then None else Some 0) batch

            let mutable given, written = 0, []

            let run flat =
                let values, batch = List.splitAt stored.Length flat
                let results, next = f.Apply (split (List.map List.length groups) values) batch
                given <- results.Length
                written <- next |> List.map List.length
                results @ List.concat next

            let results = Vmap.vmap axes (List.map (fun _ -> 0)) run (stored @ List.map own batch)
            let results, next = List.splitAt given results
            results, split written next

        { f with Apply = apply }

    let cached make =
        let functions = System.Collections.Generic.Dictionary<int, StoredFunction>()

        fun (batch: Batch) ->
            let form = BatchForm.formOf batch

            match functions.TryGetValue form with
            | true, found -> found
            | _ ->
                functions[form] <- make form
                functions[form]

    let training =
        cached (fun form ->
            StepFunctions.training step 0 first.Variables first.OptimizerState form plan.Accumulate false
            |> mapped sharesBatches)

    let evaluation =
        cached (fun form ->
            StepFunctions.evaluation step first.Variables validationSums form validation.Value.Accumulate false
            |> mapped true)

    /// The values of a group for each training.
    let ofEach group : Tensor list list =
        match store.Get group |> List.map (Tensor.unstack 0) with
        | [] -> List.replicate count []
        | values -> List.transpose values

    let valuesOf group (plan: MetricPlan) = ofEach group |> List.map plan.ValuesOf

    /// Takes a step of all trainings, and gives their losses before it as a function, to be read before the next.
    member _.Step(batch: Batch) : unit -> float[] =
        let session = store.Run(training batch, batch)
        fun () -> Tensor.toFloat64Array (Data(session.Get 0))

    /// Adds losses and metrics of a batch outside training to those of the validation.
    member _.Evaluate(batch: Batch) : unit = store.Run(evaluation batch, batch) |> ignore

    /// Begins the running means of training anew.
    member _.ResetTraining() = store.Set(StepFunctions.sumsOf 0, repeated plan.Initial)

    /// Begins the running means of the validation anew.
    member _.ResetValidation() = store.Set(validationSums, repeated validation.Value.Initial)

    /// The running means of each training.
    member _.TrainingValues = valuesOf (StepFunctions.sumsOf 0) plan

    /// The running means of each training's validation.
    member _.ValidationValues = valuesOf validationSums validation.Value

    /// The variables and the optimizer's memory of each training.
    member _.Learned: (Variables * Tree<Tensor>) list =
        List.zip3 (ofEach StepFunctions.parameters) (ofEach StepFunctions.state) (ofEach (StepFunctions.memoryOf 0))
        |> List.map (fun (parameters, state, memory) ->
            { first.Variables with
                Parameters = Tree.withLeaves first.Variables.Parameters parameters
                State = Tree.withLeaves first.Variables.State state },
            Tree.withLeaves first.OptimizerState memory)
