namespace Functional

/// The result of one pure step.
[<NoEquality; NoComparison>]
type internal PureStep =
    {
        /// The state that follows.
        Next: TrainState
        /// The value that the step minimizes, then the losses of several outputs.
        Losses: Tensor list
        /// The outputs of the model for the batch.
        Outputs: Tensor list
        /// The batch with weights for metrics in which the outputs' masks are counted.
        Weighed: Batch
    }

/// Steps as functions from states to states, compiled.
module internal PureSteps =
    // trees of different names that one step is kept for
    let private kept = 16

    /// The floating type in which variables compute.
    let typeOf (variables: Variables) : DType =
        Tree.leaves variables.Parameters @ Tree.leaves variables.State
        |> List.tryFind (fun x -> x.DType.IsFloat)
        |> Option.map _.DType
        |> Option.defaultValue Float32

    /// Where variables are, which is where steps run.
    let backendOf (variables: Variables) : Backend =
        Variables.backend variables |> ValueOption.defaultWith Backends.current

    let private names (variables: Variables) = Tree.map ignore variables.Parameters, Tree.map ignore variables.State

    /// The groups of a store for training, of a state.
    let private groupsOf (state: TrainState) =
        [ Tree.leaves state.Variables.Parameters
          Tree.leaves state.Variables.State
          [ Tensor.ofInts [] [| state.Step |] ]
          [ Key.toTensor state.Key ]
          Tree.leaves state.OptimizerState
          [] ]

    /// The groups that a step writes, but for its running sums.
    let private writtenOf (state: TrainState) =
        groupsOf state |> List.map List.length |> List.removeAt StepFunctions.key |> List.truncate 4

    let private split (counts: int list) (flat: Tensor list) =
        (flat, counts) ||> List.mapFold (fun rest count -> List.splitAt count rest)

    let private compileFor (step: Step) (like: TrainState) form =
        // in the place of running sums
        let losses (_: Tensor list) (_: Batch) (outcome: StepOutcome) = outcome.Losses.Tail
        let f = StepFunctions.training step 0 like.Variables like.OptimizerState form losses true
        let counts = groupsOf like |> List.map List.length

        Jit.compile (fun flat ->
            let groups, batch = split counts flat
            let results, next = f.Apply groups batch
            results @ List.concat next)

    let private stateOf (state: TrainState) (groups: Tensor list list) : TrainState =
        { state with
            Variables =
                Variables.ofTrees
                    (Tree.withLeaves state.Variables.Parameters groups[0])
                    (Tree.withLeaves state.Variables.State groups[1])
            OptimizerState = Tree.withLeaves state.OptimizerState groups[3]
            Step = state.Step + 1 }

    /// A step as a function of a state and a batch, for a model of so many outputs.
    let compile outputCount (step: Step) : TrainState -> Batch -> PureStep =
        let compiled = LeastRecentlyUsed<_, Tensor list -> Tensor list> kept

        fun state batch ->
            let batch = BatchForm.onto (backendOf state.Variables) batch
            let form = BatchForm.formOf batch
            let key = struct (names state.Variables, Tree.map ignore state.OptimizerState, form)
            let run = compiled.GetOrAdd(key, (fun () -> compileFor step state form))
            let results = run (List.concat (groupsOf state) @ BatchForm.flatten batch)
            let value, rest = results.Head, results.Tail
            let outputs, rest = List.splitAt outputCount rest
            let written = writtenOf state
            let losses = if outputCount > 1 then outputCount else 0
            // behind the outputs stand weights for metrics where an output has a mask
            let weights, rest = List.splitAt (rest.Length - List.sum written - losses) rest
            let groups, losses = split written rest

            { Next = stateOf state groups
              Losses = value :: losses
              Outputs = outputs
              Weighed = if weights.IsEmpty then batch else { batch with Weights = weights } }

    let private gradientFor (step: Step) (like: Variables) form =
        let parameters, state = Tree.count like.Parameters, Tree.count like.State

        Jit.compile (fun flat ->
            let groups, rest = split [ parameters; state; 1 ] flat

            let variables =
                Variables.ofTrees (Tree.withLeaves like.Parameters groups[0]) (Tree.withLeaves like.State groups[1])

            let run = Run.training (Key.ofTensor groups[2].Head)

            let outcome, gradient =
                StepFunctions.valueAndGradient step None variables run (BatchForm.rebuild form rest)

            outcome.Value :: Tree.leaves gradient)

    /// The value of a step on a batch in training mode, and its gradient, as a function of variables, batch and key.
    let lossAndGradient (step: Step) : Variables -> Batch -> Key -> float * Tree<Tensor> =
        let compiled = LeastRecentlyUsed<_, Tensor list -> Tensor list> kept

        fun variables batch key ->
            let batch = BatchForm.onto (backendOf variables) batch
            let form = BatchForm.formOf batch
            let run = compiled.GetOrAdd(struct (names variables, form), (fun () -> gradientFor step variables form))

            let leaves = Tree.leaves variables.Parameters @ Tree.leaves variables.State @ [ Key.toTensor key ]

            let results = run (leaves @ BatchForm.flatten batch)
            Tensor.toFloat results.Head, Tree.withLeaves variables.Parameters results.Tail
