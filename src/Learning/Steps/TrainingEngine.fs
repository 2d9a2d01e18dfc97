namespace Functional

open System.Collections.Generic

/// Steps over one store: what `fit`, `Trainer` and `TrainingLoop` drive. Variables, optimizers' memories and running sums
/// are there once, whatever the shapes of the batches, and are written over in place; a step allocates nothing. One caller
/// at a time.
[<Sealed>]
type internal TrainingEngine
    (
        steps: (Step * Tree<Tensor> * MetricPlan) list,
        variables: Variables,
        count: int,
        key: Key,
        validation: MetricPlan option
    ) =
    let steps = Array.ofList steps
    let validationSums = StepFunctions.memoryOf steps.Length
    let leavesOf (variables: Variables) = Tree.leaves variables.Parameters, Tree.leaves variables.State

    let store =
        let parameters, state = leavesOf variables

        TrainingStore(
            [ parameters; state; [ Tensor.ofInts [] [| count |] ]; [ Key.toTensor key ] ]
            @ [ for _, memory, plan in steps do
                    Tree.leaves memory
                    plan.Initial ]
            @ [ match validation with
                | Some plan -> plan.Initial
                | None -> () ]
        )

    let running =
        steps |> Array.mapi (fun i (_, _, plan) -> RunningMetrics(plan, store, StepFunctions.sumsOf i))

    let validating = validation |> Option.map (fun plan -> RunningMetrics(plan, store, validationSums))

    // the leaves of each optimizer's memory that are learning rates
    let rates = steps |> Array.map (fun (_, memory, _) -> Optimizer.learningRateIndices memory)

    // the functions, by step, form of batches and whether outputs are kept
    let functions = Dictionary<struct (int * bool * int), StoredFunction>()
    let mutable latest: struct (int * bool * int * StoredFunction) voption = ValueNone
    let mutable taken = count

    let make index keepsOutputs form =
        if index < steps.Length then
            let step, memory, plan = steps[index]
            StepFunctions.training step index variables memory form plan.Accumulate keepsOutputs
        else
            let step, _, _ = steps[0]
            let accumulate = validation.Value.Accumulate
            StepFunctions.evaluation step variables validationSums form accumulate keepsOutputs

    let functionFor index keepsOutputs (batch: Batch) =
        let form = BatchForm.formOf batch

        match latest with
        | ValueSome(struct (i, keeps, f, known)) when i = index && keeps = keepsOutputs && f = form -> known
        | ValueSome _
        | ValueNone ->
            let key = struct (index, keepsOutputs, form)

            let found =
                match functions.TryGetValue key with
                | true, found -> found
                | _ ->
                    let made = make index keepsOutputs form
                    functions[key] <- made
                    made

            latest <- ValueSome(struct (index, keepsOutputs, form, found))
            found

    let outputCount =
        let _, _, plan = steps[0]
        plan.OutputCount

    let outputsAt first (session: Session) count = [ for i in first .. first + count - 1 -> Data(session.Get i) ]

    /// The batch with the weights for metrics of each output, where the step gave any behind the outputs.
    let weighed first (session: Session) (batch: Batch) : Batch =
        if store.LatestResults > first + outputCount then
            { batch with Weights = outputsAt (first + outputCount) session outputCount }
        else
            batch

    /// Labels and weights may stand in memory that the next batch is written to.
    let kept (batch: Batch) : Batch =
        let copy (x: Tensor) =
            let buffer = Jit.elements x
            Data(buffer.Backend.OfArray(buffer.ToArray(), buffer.Shape))

        { Inputs = []; Labels = List.map copy batch.Labels; Weights = List.map copy batch.Weights }

    /// The number of steps taken since training began.
    member _.Count = taken

    /// The running means of a step's loss and metrics.
    member _.Running(index: int) = running[index]

    /// The running means of the validation.
    member _.Validating = validating

    /// Takes a step on a batch. With `keepsOutputs` the outputs can be read afterwards.
    member _.Step(index: int, batch: Batch, keepsOutputs: bool) : Session =
        let needs = running[index].NeedsOutputs
        let session = store.Run(functionFor index (keepsOutputs || needs) batch, batch)
        taken <- taken + 1

        if needs then
            running[index].Add(weighed 1 session (kept batch), outputsAt 1 session outputCount)

        session

    /// Adds the loss and the metrics of a batch outside training to the validation's. `keep` is given the outputs, and
    /// the weights for metrics of each output if the model masks one.
    member _.Evaluate(batch: Batch, keep: (Tensor list -> Tensor list -> unit) option) =
        let means = validating.Value
        let keepsOutputs = keep.IsSome || means.NeedsOutputs
        let session = store.Run(functionFor steps.Length keepsOutputs batch, batch)

        if keepsOutputs then
            let outputs = outputsAt 0 session outputCount

            if means.NeedsOutputs then
                means.Add(weighed 0 session (kept batch), outputs)

            keep
            |> Option.iter (fun keep ->
                let ofMasks = store.LatestResults - outputCount
                keep outputs (outputsAt outputCount session ofMasks))

    /// The outputs of the model for the latest batch of a step that kept them.
    member _.Outputs: Tensor list =
        match store.Latest with
        | ValueSome session -> outputsAt 1 session outputCount
        | ValueNone -> []

    /// The session that ran last.
    member _.Latest = store.Latest

    /// A copy of the variables.
    member _.Variables: Variables =
        Variables.ofTrees
            (Tree.withLeaves variables.Parameters (store.Get StepFunctions.parameters))
            (Tree.withLeaves variables.State (store.Get StepFunctions.state))

    /// Goes on from other variables of the same names and shapes.
    member _.SetVariables(next: Variables) =
        let parameters, state = leavesOf next
        store.Set(StepFunctions.parameters, parameters)
        store.Set(StepFunctions.state, state)

    /// A copy of what the optimizer of a step remembers.
    member _.Memory(index: int) : Tree<Tensor> =
        let _, memory, _ = steps[index]
        Tree.withLeaves memory (store.Get(StepFunctions.memoryOf index))

    /// The first learning rate of a step's optimizer, if it has one. Copies nothing.
    member _.LearningRate(index: int) : float option =
        rates[index] |> List.tryHead |> Option.map (fun i -> store.Number(StepFunctions.memoryOf index, i))

    /// Goes on with this learning rate: only that number is written. A rate that a schedule rules is an error.
    member _.SetLearningRate(index: int, rate: float) =
        let _, memory, _ = steps[index]
        let leaves = Tree.leaves (Optimizer.withLearningRate rate memory) |> Array.ofList

        for i in rates[index] do
            store.Set(StepFunctions.memoryOf index, i, leaves[i])

    /// Counts steps that were taken to measure them.
    member _.AddCount(n: int) = taken <- taken + n
