namespace Functional

open OptimizerParts

/// Links of a chain, and what can be put around an optimizer.
[<AutoOpen>]
module OptimizerLinks =
    /// Links of optimizers, and what puts them together.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
        /// Parameters and what an optimizer says is to be added to them.
        let apply (updates: Tree<Tensor>) (parameters: Tree<Tensor>) : Tree<Tensor> =
            Tree.map2 (fun (p: Tensor) u -> p + u) parameters updates

        /// One optimizer after the other: each takes what the one before gives for gradients, and the last gives what
        /// is added to the parameters. So limits come first and the rule that has a learning rate last: `chain [
        /// clipByGlobalNorm 1.0; adam 1e-3 ]`.
        let chain (links: Optimizer list) : Optimizer = OptimizerParts.chain links

        /// Gradients times a number.
        let scale (factor: float) : Optimizer =
            stateless "scale" [ number "factor" factor ] (fun gradients _ -> Tree.map (fun g -> g * factor) gradients)

        /// Gradients clamped to [-limit, limit], number by number.
        let clipByValue (limit: float) : Optimizer =
            demandPositive "Optimizer.clipByValue" "limit" limit

            stateless "clip_by_value" [ number "limit" limit ] (fun gradients _ ->
                Tree.map (Tensor.clamp -limit limit) gradients)

        /// The gradient g of each tensor scaled down to a Euclidean norm of `limit` where it is longer: g * limit /
        /// max(|g|, limit), for numbers of any size. Each tensor by itself, as Keras's clipnorm; PyTorch's
        /// clip_grad_norm_ is `clipByGlobalNorm`.
        let clipByNorm (limit: float) : Optimizer =
            demandPositive "Optimizer.clipByNorm" "limit" limit

            stateless "clip_by_norm" [ number "limit" limit ] (fun gradients _ ->
                gradients |> Tree.map (fun g -> List.exactlyOne (clipNorm limit [ g ])))

        /// The Euclidean norm of all tensors of a tree taken as one vector, a float64 scalar.
        let globalNorm (tree: Tree<Tensor>) : Tensor =
            let scale, length = scaledNorm (Tree.leaves tree)
            scale * length

        /// All gradients scaled down together to a global norm n of `limit` where it is larger: g * limit / max(n,
        /// limit), for numbers of any size. As Keras's global_clipnorm; PyTorch's clip_grad_norm_ divides by n + 1e-6
        /// instead. From Pascanu et al., "On the difficulty of training recurrent neural networks", 2013.
        let clipByGlobalNorm (limit: float) : Optimizer =
            demandPositive "Optimizer.clipByGlobalNorm" "limit" limit

            stateless "clip_by_global_norm" [ number "limit" limit ] (fun gradients _ ->
                Tree.withLeaves gradients (clipNorm limit (Tree.leaves gradients)))

        /// The one limit that counts of those given: Norm before GlobalNorm before Value, as in Keras.
        let clip (clipping: Clipping) : Optimizer =
            match clipping with
            | { Norm = Some limit } -> clipByNorm limit
            | { GlobalNorm = Some limit } -> clipByGlobalNorm limit
            | { Value = Some limit } -> clipByValue limit
            | { Norm = None; GlobalNorm = None; Value = None } -> stateless "clip" [] (fun gradients _ -> gradients)

        /// Gradients plus decay * w of their parameters: weight decay that goes through the rule after it, as PyTorch's
        /// weight_decay of SGD and Adam. The decoupled one is `withWeightDecay`.
        let addDecayedWeights (decay: float) : Optimizer =
            demandNotNegative "Optimizer.addDecayedWeights" "decay" decay

            stateless "add_decayed_weights" [ number "decay" decay ] (fun gradients parameters ->
                Tree.map2 (fun g (p: Tensor) -> g + p * decay) gradients parameters)

        /// A running sum of gradients, v = momentum * v + g: gives v, or with `nesterov` g + momentum * v.
        let trace (momentum: float) (nesterov: bool) : Optimizer =
            demandShare "Optimizer.trace" "momentum" momentum

            { Name = "trace"
              Settings = [ number "momentum" momentum; "nesterov", Setting.Flag nesterov ]
              Init = fun parameters -> Node [ "velocity", Tree.map (wide >> Tensor.zerosLike) parameters ]
              Update =
                fun gradients state _ ->
                    let velocity =
                        Tree.map2
                            (fun v (g: Tensor) -> v * momentum + wide g)
                            (branch "trace" "velocity" state)
                            gradients

                    let updates =
                        Tree.map2
                            (fun (g: Tensor) v -> like g (if nesterov then wide g + v * momentum else v))
                            gradients
                            velocity

                    updates, Node [ "velocity", velocity ] }

        /// The learning rates in a state, one for each rule in the chain; none where a chain has no rule with a rate.
        let learningRates (state: Tree<Tensor>) : float list = rates state |> List.map Tensor.toFloat

        /// The first learning rate in a state, if there is any.
        let learningRate (state: Tree<Tensor>) : float option = List.tryHead (learningRates state)

        /// Where the learning rates stand among the leaves of a state, `Tree.leaves state`, in order: each is a float64
        /// scalar that may be read or written by itself. None where no rule has a rate.
        let learningRateIndices (state: Tree<Tensor>) : int list =
            rates (Tree.withLeaves state [ 0 .. Tree.count state - 1 ])

        /// Whether a schedule sets a learning rate in the state, so that `withLearningRate` is an error.
        let isScheduled (state: Tree<Tensor>) : bool = OptimizerParts.isScheduled state

        /// The state with every learning rate in it set. A rate that a schedule sets cannot be set besides: that is an
        /// error.
        let withLearningRate (rate: float) (state: Tree<Tensor>) : Tree<Tensor> =
            demandNotNegative "Optimizer.withLearningRate" "rate" rate

            if (rates state).IsEmpty then
                Fail.data
                    "Optimizer.withLearningRate"
                    "the optimizer has no learning rate to set; end the chain with a rule such as sgd."

            mapRates
                (fun isScheduled _ ->
                    if isScheduled then
                        Fail.argument
                            "Optimizer.withLearningRate"
                            "rate"
                            rate
                            "cannot be set: a schedule rules the learning rate. Leave out the schedule, or what sets \
                             the rate."

                    scalar rate)
                state

        /// The optimizer with its learning rate ruled by a schedule, whose step counts the optimizer's updates.
        let withSchedule (schedule: Schedule) (optimizer: Optimizer) : Optimizer =
            let put step state =
                let rate = Tensor.cast Float64 (schedule.Rate step)
                mapRates (fun _ _ -> rate) state

            { Name = optimizer.Name
              Settings =
                optimizer.Settings
                @ [ "schedule", Setting.Group(("name", Setting.Text schedule.Name) :: schedule.Settings) ]
              Init =
                fun parameters ->
                    let step = zeroSteps ()
                    let state = optimizer.Init parameters

                    if (rates state).IsEmpty then
                        Fail.data
                            "Optimizer.withSchedule"
                            $"'{optimizer.Name}' has no learning rate to schedule; end the chain with a rule such as \
                              sgd."

                    Node [ "schedule_step", Leaf step; scheduled, put step state ]
              Update =
                fun gradients state parameters ->
                    let step = leaf "withSchedule" "schedule_step" state

                    let updates, next =
                        optimizer.Update gradients (put step (branch "withSchedule" scheduled state)) parameters

                    updates, Node [ "schedule_step", Leaf(step + 1); scheduled, next ] }

        /// The optimizer with decoupled weight decay, w -= lr * decay * w, of the parameters whose path `decays` says:
        /// to leave out biases, `fun path -> not (path.EndsWith "bias")`. From Loshchilov and Hutter, "Decoupled Weight
        /// Decay Regularization", 2019.
        let withWeightDecayOf (decays: string -> bool) (decay: float) (optimizer: Optimizer) : Optimizer =
            demandNotNegative "Optimizer.withWeightDecay" "decay" decay

            { optimizer with
                Settings = optimizer.Settings @ [ number "weight_decay" decay ]
                Update =
                    fun gradients state parameters ->
                        let updates, next = optimizer.Update gradients state parameters

                        match rates next with
                        | [] ->
                            Fail.data
                                "Optimizer.withWeightDecay"
                                $"'{optimizer.Name}' has no learning rate to decay weights by; end the chain with a \
                                  rule such as sgd."
                        | _ :: _ :: _ as rates ->
                            Fail.data
                                "Optimizer.withWeightDecay"
                                $"'{optimizer.Name}' has {rates.Length} learning rates to decay weights by; put the \
                                  weight decay around each of its rules."
                        | [ rate ] ->
                            let share = rate * decay

                            let decayed =
                                Tree.zip updates parameters
                                |> Tree.mapi (fun path (u, p) ->
                                    if decays path then
                                        let w = wide p
                                        like p (wide u - like w share * w)
                                    else
                                        u)

                            decayed, next }

        /// The optimizer with decoupled weight decay of all parameters: w -= lr * decay * w beside its own update.
        let withWeightDecay (decay: float) (optimizer: Optimizer) : Optimizer =
            withWeightDecayOf (fun _ -> true) decay optimizer

        /// The optimizer with decoupled weight decay of all parameters whose path holds none of these texts: `[ "bias";
        /// "gamma"; "beta" ]`. Keras: exclude_from_weight_decay with var_names.
        let withWeightDecayExcept (names: string list) (decay: float) (optimizer: Optimizer) : Optimizer =
            let decays (path: string) = names |> List.forall (fun name -> not (path.Contains name))
            withWeightDecayOf decays decay optimizer

        let private choose condition (a: Tree<Tensor>) (b: Tree<Tensor>) = Tree.map2 (Tensor.where condition) a b

        /// One update of the optimizer for `steps` calls, with the mean of their gradients; the calls between change
        /// nothing. So a batch too large for memory is learned from in parts.
        let accumulate (steps: int) (optimizer: Optimizer) : Optimizer =
            if steps < 1 then
                Fail.argument "Optimizer.accumulate" "steps" steps "is no number of batches to join; give at least 1."

            { Name = optimizer.Name
              Settings = optimizer.Settings @ [ "accumulate", Setting.Whole steps ]
              Init =
                fun parameters ->
                    Node
                        [ "count", Leaf(zeroSteps ())
                          "sum", Tree.map (wide >> Tensor.zerosLike) parameters
                          inner, optimizer.Init parameters ]
              Update =
                fun gradients state parameters ->
                    let count = leaf "accumulate" "count" state + 1
                    let sum = Tree.map2 (fun (s: Tensor) g -> s + wide g) (branch "accumulate" "sum" state) gradients
                    let old = branch "accumulate" inner state
                    let full = Tensor.equal count (Tensor.fullLike (float steps) count)
                    let mean = Tree.map2 (fun g (s: Tensor) -> like g (s / float steps)) gradients sum
                    let updates, next = optimizer.Update mean old parameters
                    let nothing = Tree.map Tensor.zerosLike sum

                    choose full updates (Tree.map Tensor.zerosLike updates),
                    Node
                        [ "count", Leaf(Tensor.where full (Tensor.zerosLike count) count)
                          "sum", choose full nothing sum
                          inner, choose full next old ] }
