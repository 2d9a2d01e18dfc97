namespace Functional

/// Steps and evaluations as functions of stored values: what training compiles.
module internal StepFunctions =
    /// The groups of a store for training.
    let parameters, state, count, key = 0, 1, 2, 3

    /// The groups of the optimizer's memory and the running sums of a step, by its number.
    let memoryOf step = 4 + 2 * step

    let sumsOf step = 5 + 2 * step

    let private beside (outcome: StepOutcome) =
        let list values = Node [ for i, value in List.indexed values -> string i, Leaf value ]

        let masks =
            Node
                [ for i, mask in List.indexed outcome.Masks ->
                      string i, mask |> Option.map Leaf |> Option.defaultValue Tree.empty ]

        Node
            [ "value", Leaf outcome.Value
              "losses", list outcome.Losses
              "outputs", list outcome.Outputs
              "masks", masks
              "state", outcome.State ]

    let private outcomeOf (beside: Tree<Tensor>) =
        let branch name = Tree.tryFind name beside |> Option.defaultValue Tree.empty

        { Value = List.head (Tree.leaves (branch "value"))
          Losses = Tree.leaves (branch "losses")
          Outputs = Tree.leaves (branch "outputs")
          Masks =
            match branch "masks" with
            | Node masks -> masks |> List.map (snd >> Tree.leaves >> List.tryHead)
            | Leaf _ -> []
          State = branch "state" }

    /// Parameters and updates; where an update is known to be zero, the parameter itself.
    let private moved (parameters: Tree<Tensor>) (updates: Tree<Tensor>) =
        Tree.map2
            (fun (p: Tensor) (u: Tensor) ->
                match u with
                | Data zero when zero.Uniform = ValueSome 0.0 -> p
                | Data _
                | Traced _ -> p + u)
            parameters
            updates

    /// The outcome of a step on a batch and the gradient of its value, times a scale if one is given.
    let valueAndGradient (step: Step) (scale: Tensor option) (variables: Variables) (run: Run) (batch: Batch) =
        let f parameters =
            let outcome = step.LossOf { variables with Parameters = parameters } run batch

            let scaled =
                match scale with
                | Some scale -> outcome.Value * OptimizerParts.like outcome.Value scale
                | None -> outcome.Value

            scaled, beside outcome

        let (_, rest), gradient = Tree.valueAndGradWith f variables.Parameters
        outcomeOf rest, gradient

    /// What is kept of a batch: the outputs and, where one of them has a mask, the weights for metrics of each.
    let private kept (outcome: StepOutcome) (batch: Batch) (weighed: Batch) : Tensor list =
        outcome.Outputs @ (if obj.ReferenceEquals(batch, weighed) then [] else weighed.Weights)

    /// A step: loss, gradient, update. Its results are the value and, if they are asked for, the outputs, and behind them
    /// the weights for metrics where an output has a mask. `accumulate` gives the next running sums.
    let training (step: Step) index (like: Variables) (memoryLike: Tree<Tensor>) form accumulate keepsOutputs =
        let apply (groups: Tensor list list) (flat: Tensor list) =
            let variables =
                Variables.ofTrees (Tree.withLeaves like.Parameters groups[0]) (Tree.withLeaves like.State groups[1])

            let steps: Tensor = groups[2].Head
            let run = Run.training (Key.foldTensor steps (Key.ofTensor groups[3].Head))
            let batch = BatchForm.rebuild form flat
            let memory = Tree.withLeaves memoryLike groups[4]
            let outcome, gradient = valueAndGradient step (lossScaleOf memory) variables run batch
            let weighed = OutputMasks.weigh outcome.Masks outcome.Outputs batch
            let updates, memory = step.Optimizer.Update gradient memory variables.Parameters
            let constrained = step.Constrain { variables with Parameters = moved variables.Parameters updates }

            outcome.Value :: (if keepsOutputs then kept outcome batch weighed else []),
            [ Tree.leaves constrained.Parameters
              Tree.leaves outcome.State
              [ steps + 1 ]
              Tree.leaves memory
              accumulate groups[5] weighed outcome ]

        { Reads = [ parameters; state; count; key; memoryOf index; sumsOf index ]
          Writes = [ parameters; state; count; memoryOf index; sumsOf index ]
          Apply = apply }

    /// The loss of a batch outside training, added to the running sums of group `sums`; `variablesAt` are the groups of
    /// parameters and state.
    let evaluation (step: Step) (like: Variables) sums form accumulate keepsOutputs =
        let apply (groups: Tensor list list) (flat: Tensor list) =
            let variables =
                Variables.ofTrees (Tree.withLeaves like.Parameters groups[0]) (Tree.withLeaves like.State groups[1])

            let batch = BatchForm.rebuild form flat
            let outcome = step.LossOf variables Run.inference batch
            let weighed = OutputMasks.weigh outcome.Masks outcome.Outputs batch
            (if keepsOutputs then kept outcome batch weighed else []), [ accumulate groups[2] weighed outcome ]

        { Reads = [ parameters; state; sums ]; Writes = [ sums ]; Apply = apply }
