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
