namespace Functional

open System
open System.Collections.Concurrent

/// Steps as functions from states to states, compiled.
module internal PureSteps =
    /// The floating type in which variables compute.
    let typeOf (variables: Variables) : DType =
        Tree.leaves variables.Parameters @ Tree.leaves variables.State
        |> List.tryFind (fun x -> x.DType.IsFloat)
        |> Option.map _.DType
        |> Option.defaultValue Float32

    /// Where variables are, which is where steps run.
    let backendOf (variables: Variables) : Backend =
        Variables.backend variables |> ValueOption.defaultWith Backends.current

    let private names (state: TrainState) =
        Tree.map ignore state.Variables.Parameters,
        Tree.map ignore state.Variables.State,
        Tree.map ignore state.OptimizerState

    /// The groups of a store for training, of a state.
    let private groupsOf (state: TrainState) =
        [ Tree.leaves state.Variables.Parameters
          Tree.leaves state.Variables.State
          [ Tensor.ofInts [] [| state.Step |] ]
          [ Key.toTensor state.Key ]
          Tree.leaves state.OptimizerState
          [] ]

    let private split (counts: int list) (flat: Tensor list) =
        (flat, counts)
        ||> List.mapFold (fun rest count ->
            let own, rest = List.splitAt count rest
            own, rest)

    let private compileFor (step: Step) (like: TrainState) form =
        let keep (_: Tensor list) (_: Batch) (_: StepOutcome) = []
        let f = StepFunctions.training step 0 like.Variables like.OptimizerState form keep true
        let counts = groupsOf like |> List.map List.length

        Jit.compile (fun flat ->
            let groups, batch = split counts flat
            let results, next = f.Apply groups batch
            results @ List.concat next)

    let private stateOf (state: TrainState) (flat: Tensor list) : TrainState =
        let groups, _ = split (groupsOf state |> List.map List.length |> List.removeAt StepFunctions.key) flat

        { state with
            Variables =
                { Parameters = Tree.withLeaves state.Variables.Parameters groups[0]
                  State = Tree.withLeaves state.Variables.State groups[1] }
            OptimizerState = Tree.withLeaves state.OptimizerState groups[3]
            Step = state.Step + 1 }

    /// A step as a function of a state and a batch: the next state, the value and the outputs.
    let compile (step: Step) : TrainState -> Batch -> TrainState * Tensor * Tensor list =
        let compiled = ConcurrentDictionary<_, Lazy<Tensor list -> Tensor list>>()

        fun state batch ->
            let form = BatchForm.formOf batch
            let key = struct (names state, form)
            let run = compiled.GetOrAdd(key, Func<_, _>(fun _ -> lazy compileFor step state form))
            let results = run.Value(List.concat (groupsOf state) @ BatchForm.flatten batch)
            let written = List.sum (groupsOf state |> List.map List.length |> List.removeAt StepFunctions.key)
            let own, next = List.splitAt (results.Length - written) results
            stateOf state next, own.Head, own.Tail

    /// The value of a step on a batch in training mode, and its gradient.
    let lossAndGradient (step: Step) (variables: Variables) (batch: Batch) (key: Key) : float * Tree<Tensor> =
        let batch = BatchForm.onto (backendOf variables) batch
        let form = BatchForm.formOf batch
        let parameters, state = Tree.count variables.Parameters, Tree.count variables.State

        let run =
            Jit.compile (fun flat ->
                let groups, rest = split [ parameters; state; 1 ] flat

                let variables =
                    { Parameters = Tree.withLeaves variables.Parameters groups[0]
                      State = Tree.withLeaves variables.State groups[1] }

                let run = { Training = true; Key = Key.ofTensor groups[2].Head }
                let outcome, gradient = StepFunctions.valueAndGradient step variables run (BatchForm.rebuild form rest)
                outcome.Value :: Tree.leaves gradient)

        let leaves = Tree.leaves variables.Parameters @ Tree.leaves variables.State @ [ Key.toTensor key ]

        match run (leaves @ BatchForm.flatten batch) with
        | value :: gradient -> Tensor.toFloat value, Tree.withLeaves variables.Parameters gradient
        | [] -> Fail.argument "lossAndGradient" "results" 0 "are too few."
