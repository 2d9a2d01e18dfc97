namespace Functional

open System

/// How a model learns from gradients: a pair of pure functions, as in Optax. The state is a tree of tensors, so that it
/// is saved, compiled and mapped like parameters; the learning rate is a leaf of it.
type Optimizer =
    {
        /// The name: "adam".
        Name: string
        /// Its options as data.
        Settings: (string * Setting) list
        /// The initial state, from the parameters.
        Init: Tree<Tensor> -> Tree<Tensor>
        /// From gradients, state and parameters to the updates, which are added to the parameters, and the next state.
        Update: Tree<Tensor> -> Tree<Tensor> -> Tree<Tensor> -> Tree<Tensor> * Tree<Tensor>
    }

/// Limits of gradients. Of several limits only one counts, as in Keras: Norm before GlobalNorm before Value.
type Clipping =
    {
        /// The largest Euclidean norm of the gradient of one tensor.
        Norm: float option
        /// The largest Euclidean norm of all gradients taken as one vector.
        GlobalNorm: float option
        /// The largest absolute value of one number.
        Value: float option
    }

    /// No limit.
    static member none = { Norm = None; GlobalNorm = None; Value = None }

/// Options of `Optimizer.emaWith`; Keras's names and defaults.
type EmaOptions =
    {
        /// How much of the average is kept at each step (Keras: ema_momentum). Default 0.99.
        Momentum: float
        /// Every so many steps the weights are overwritten by their average (Keras: ema_overwrite_frequency). Default
        /// None: never.
        OverwriteFrequency: int option
    }

    /// An average with 0.99 of its past, beside the weights.
    static member defaults = { Momentum = 0.99; OverwriteFrequency = None }

/// The parts of optimizers: trees of state, norms and learning rates.
module internal OptimizerParts =
    let scalar value = Core.scalar Float64 value

    /// The float64 scalar in the type of the parameter.
    let like (p: Tensor) (s: Tensor) = Tensor.cast p.DType s

    /// Float16 and bfloat16 as float32, in which optimizers compute and remember: in bfloat16 0.999 rounds to 1, and an
    /// average with that share would never forget. Other types as they are.
    let wide (x: Tensor) = if x.DType.IsHalf then Tensor.cast Float32 x else x

    let demandPositive operation name (value: float) =
        if not (Double.IsFinite value) || value <= 0.0 then
            Fail.argument operation name value "must be a finite number above 0."

    let demandNotNegative operation name (value: float) =
        if not (Double.IsFinite value) || value < 0.0 then
            Fail.argument operation name value "must be a finite number of at least 0."

    let demandShare operation name (value: float) =
        if not (value >= 0.0 && value < 1.0) then
            Fail.argument operation name value "must be at least 0 and below 1."

    let number name value = name, Setting.Number value

    /// The branch of a state tree. An error says that the state is not this optimizer's.
    let branch owner name (state: Tree<Tensor>) =
        match Tree.tryFind name state with
        | Some tree -> tree
        | None ->
            Fail.data
                $"Optimizer.{owner}"
                $"the state has no '{name}'; it is that of another optimizer. Make one with its Init, or resume with \
                  the optimizer that the state was saved with."

    let leaf owner name (state: Tree<Tensor>) =
        match branch owner name state with
        | Leaf value -> value
        | Node _ ->
            Fail.data $"Optimizer.{owner}" $"the state's '{name}' is not one tensor; it is that of another optimizer."

    /// A link that keeps nothing: a function of gradients and parameters.
    let stateless name settings f : Optimizer =
        { Name = name
          Settings = settings
          Init = fun _ -> Tree.empty
          Update = fun gradients state parameters -> f gradients parameters, state }

    /// The number of updates so far, as an int32 scalar.
    let zeroSteps () = Tensor.ofInts [] [| 0 |]

    /// The names, of which those that came before get a number: sgd, sgd_1.
    let uniqueNames names =
        (Set.empty, names)
        ||> List.mapFold (fun (taken: Set<string>) name ->
            let rec free i =
                let candidate = if i = 0 then name else name + "_" + string i
                if taken.Contains candidate then free (i + 1) else candidate

            let name = free 0
            name, taken.Add name)
        |> fst

    let chain (links: Optimizer list) : Optimizer =
        let names = uniqueNames (links |> List.map _.Name)

        { Name = "chain"
          Settings =
            [ "links", Setting.Items [ for l in links -> Setting.Group(("name", Setting.Text l.Name) :: l.Settings) ] ]
          Init = fun parameters -> Node(List.map2 (fun name link -> name, link.Init parameters) names links)
          Update =
            fun gradients state parameters ->
                let states, updates =
                    (gradients, List.zip names links)
                    ||> List.mapFold (fun updates (name, link) ->
                        let updates, next = link.Update updates (branch "chain" name state) parameters
                        (name, next), updates)

                updates, Node states }

    /// The branch under which a wrapper keeps the state of what it wraps.
    let inner = "optimizer"

    /// The branch that keeps an exponential moving average of the weights.
    let averages = "average_of_weights"

    /// The branch that keeps the state of an optimizer whose learning rate a schedule sets.
    let scheduled = "scheduled"

    /// Changes the learning rate of every rule in a state; `f` is told whether a schedule sets it.
    let mapRates (f: bool -> 'T -> 'T) (state: Tree<'T>) : Tree<'T> =
        let rec go underSchedule tree =
            match tree with
            | Node branches when branches |> List.exists (fun (name, _) -> name = "learning_rate") ->
                // the other branches are the slots of this rule, which have the names of parameters
                Node(
                    branches
                    |> List.map (function
                        | "learning_rate", Leaf rate -> "learning_rate", Leaf(f underSchedule rate)
                        | other -> other)
                )
            | Node branches ->
                Node(
                    branches
                    |> List.map (fun (name, tree) ->
                        if name = averages || name = "sum" then
                            name, tree
                        else
                            name, go (underSchedule || name = scheduled) tree)
                )
            | Leaf _ -> tree

        go false state

    let private foundRates (state: Tree<'T>) =
        let found = ResizeArray<bool * 'T>()

        mapRates
            (fun isScheduled rate ->
                found.Add((isScheduled, rate))
                rate)
            state
        |> ignore

        List.ofSeq found

    /// The learning rates of all rules in a state.
    let rates state = foundRates state |> List.map snd

    /// Whether a schedule sets a learning rate in a state.
    let isScheduled (state: Tree<Tensor>) = foundRates state |> List.exists fst

    /// The largest and the smallest normal number of the narrowest type among the tensors.
    let private normalRange (tensors: Tensor list) =
        if tensors |> List.forall (fun x -> x.DType = Float64) then
            2.2250738585072014e-308, Double.MaxValue
        else
            1.1754943508222875e-38, float Single.MaxValue

    /// The Euclidean norm of all tensors taken as one vector, as two float64 factors: the largest absolute value, and
    /// the norm of the tensors divided by it, so that no square overflows or vanishes.
    let scaledNorm (tensors: Tensor list) : Tensor * Tensor =
        let tensors = tensors |> List.filter (fun x -> x.Size > 0)

        if tensors.IsEmpty then
            scalar 1.0, scalar 0.0
        else
            let least, most = normalRange tensors

            let scale =
                tensors
                |> List.map (fun x -> Tensor.cast Float64 (Tensor.max (abs x)))
                |> List.reduce Tensor.maximum
                |> Tensor.clamp least most
                |> Tensor.stopGradient

            let squares (x: Tensor) =
                let x = wide x
                let x = x / like x scale
                Tensor.cast Float64 (Tensor.sum (x * x))

            scale, sqrt (tensors |> List.map squares |> List.reduce (+))

    /// The tensors scaled down together to a norm of `limit` where theirs is larger.
    let clipNorm (limit: float) (tensors: Tensor list) : Tensor list =
        let scale, length = scaledNorm tensors
        let isLong = Tensor.greater (scale * length) (scalar limit)
        // of a vector that is not zero the length is 1 at least
        let factor = limit / Tensor.maximum length (scalar 1.0)

        tensors |> List.map (fun x -> Tensor.where isLong (x / like x scale * like x factor) x)

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

        /// `ema` with options. A momentum outside [0, 1) and a frequency below 1 are errors.
        let emaWith (options: EmaOptions) (optimizer: Optimizer) : Optimizer =
            let momentum = options.Momentum
            demandShare "Optimizer.ema" "momentum" momentum

            match options.OverwriteFrequency with
            | Some frequency when frequency < 1 ->
                Fail.argument "Optimizer.ema" "overwriteFrequency" frequency "is no number of steps; give at least 1."
            | Some _
            | None -> ()

            let every = options.OverwriteFrequency |> Option.map (fun n -> "ema_overwrite", Setting.Whole n)

            /// The updates that lead to the averages at every so many steps, and else the optimizer's.
            let overwriting (count: Tensor) average parameters updates =
                match options.OverwriteFrequency with
                | None -> updates
                | Some frequency ->
                    let isTime =
                        Tensor.equal
                            (Tensor.remainder count (Tensor.fullLike (float frequency) count))
                            (Tensor.zerosLike count)

                    Tree.zip average parameters
                    |> Tree.map2
                        (fun (u: Tensor) (a: Tensor, p: Tensor) -> Tensor.where isTime (like p (a - wide p)) u)
                        updates

            { Name = optimizer.Name
              Settings = optimizer.Settings @ [ number "ema" momentum ] @ Option.toList every
              Init =
                fun parameters ->
                    Node
                        [ "ema_steps", Leaf(zeroSteps ())
                          OptimizerParts.averages, Tree.map wide parameters
                          inner, optimizer.Init parameters ]
              Update =
                fun gradients state parameters ->
                    let count = leaf "ema" "ema_steps" state
                    let updates, next = optimizer.Update gradients (branch "ema" inner state) parameters
                    // the average begins with the weights after the first step
                    let isFirst = Tensor.equal count (Tensor.zerosLike count)

                    let average =
                        Tree.map2
                            (fun (a: Tensor) w ->
                                Tensor.where isFirst (wide w) (a * momentum + wide w * (1.0 - momentum)))
                            (branch "ema" OptimizerParts.averages state)
                            (apply updates parameters)

                    overwriting (count + 1) average parameters updates,
                    Node [ "ema_steps", Leaf(count + 1); OptimizerParts.averages, average; inner, next ] }

        /// The optimizer, which keeps an exponential moving average of the weights beside: the weights after the first
        /// update, and a = decay * a + (1 - decay) * w after every later one. Keras's use_ema, with ema_momentum for
        /// `decay`; `averages` reads it, `Learn.averaged` makes a model of it.
        let ema (decay: float) (optimizer: Optimizer) : Optimizer =
            emaWith { EmaOptions.defaults with Momentum = decay } optimizer

        /// The averaged weights that `ema` keeps in the state, if it is anywhere in the chain; float32 for weights of
        /// float16 and bfloat16.
        let averages (state: Tree<Tensor>) : Tree<Tensor> option =
            let rec find tree =
                match tree with
                | Leaf _ -> None
                | Node branches ->
                    match branches |> List.tryFind (fun (name, _) -> name = OptimizerParts.averages) with
                    | Some(_, tree) -> Some tree
                    | None -> branches |> List.tryPick (fun (_, tree) -> find tree)

            find state
