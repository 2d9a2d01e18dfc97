namespace Functional

open OptimizerParts

/// One rule: what is common to all that have a learning rate, count their steps and keep tensors shaped like the
/// parameters. Where parameters are float16 or bfloat16 it remembers and computes in float32, and rounds updates once.
module internal Rule =
    let private demandFloats name (parameters: Tree<Tensor>) =
        for path, p in Tree.flatten parameters do
            if not p.DType.IsFloat then
                Fail.dtypes
                    $"Optimizer.{name}"
                    [ $"'{path}'", p.DType ]
                    "parameters must be float32, float64, float16 or bfloat16; keep other tensors in the layer's state"

    /// The updates of all parameters, and the trees of their next slots under the slots' names.
    let private stepAll name slots step gradients state parameters =
        let old = slots |> List.map (fun slot -> Tree.leaves (branch name slot state))

        let results =
            Tree.flatten (Tree.zip gradients parameters)
            |> List.mapi (fun i (path, (g, p)) ->
                let update, kept = step path (old |> List.map (List.item i)) (wide g) (wide p)
                like p update, kept)

        let next i slot = slot, Tree.withLeaves parameters (results |> List.map (snd >> List.item i))
        Tree.withLeaves parameters (List.map fst results), List.mapi next slots

    /// `make`, with slots and steps that depend on the path of the parameter.
    let makeByPath
        (name: string)
        settings
        (rate: float)
        (slots: (string * (string -> Tensor -> Tensor)) list)
        (scalars: (string * float) list)
        (prepare: Tensor -> Tensor -> Tensor list -> 'Shared * Tensor list)
        (step: 'Shared -> string -> Tensor list -> Tensor -> Tensor -> Tensor * Tensor list)
        : Optimizer =
        demandNotNegative ("Optimizer." + name) "learningRate" rate

        let init parameters =
            demandFloats name parameters

            Node(
                [ "learning_rate", Leaf(scalar rate); "step", Leaf(zeroSteps ()) ]
                @ [ for name, value in scalars -> name, Leaf(scalar value) ]
                @ [ for name, first in slots -> name, Tree.mapi (fun path p -> first path (wide p)) parameters ]
            )

        let update gradients state parameters =
            let rate = leaf name "learning_rate" state
            let count = leaf name "step" state + 1
            let kept = scalars |> List.map (fun (slot, _) -> leaf name slot state)
            let shared, kept = prepare rate (Tensor.cast Float64 count) kept
            let updates, slots = stepAll name (List.map fst slots) (step shared) gradients state parameters

            updates,
            Node(
                [ "learning_rate", Leaf rate; "step", Leaf count ]
                @ List.map2 (fun (slot, _) value -> slot, Leaf value) scalars kept
                @ slots
            )

        { Name = name; Settings = number "learning_rate" rate :: settings; Init = init; Update = update }

    /// `slots`: what is kept for each parameter, and what it begins with. `scalars`: what is kept once. `prepare`
    /// computes from the rate, the number t of this step (float64, from 1) and the scalars what all parameters share,
    /// and the next scalars. `step` gives for one parameter what is added to it, and its next slots.
    let make
        (name: string)
        settings
        (rate: float)
        (slots: (string * (Tensor -> Tensor)) list)
        (scalars: (string * float) list)
        (prepare: Tensor -> Tensor -> Tensor list -> 'Shared * Tensor list)
        (step: 'Shared -> Tensor list -> Tensor -> Tensor -> Tensor * Tensor list)
        : Optimizer =
        let anywhere = slots |> List.map (fun (name, first) -> name, (fun (_: string) p -> first p))
        makeByPath name settings rate anywhere scalars prepare (fun shared _ -> step shared)

    let zero name = name, Tensor.zerosLike

    /// x with elements nearer to 0 than a limit flushed to 0. Numbers below the smallest normal one are computed many
    /// times slower, and a decaying average would stay among them for ever.
    let private flush float32 float64 (x: Tensor) =
        let least = if x.DType = Float64 then float64 else float32
        Tensor.where (Tensor.less (abs x) (Tensor.scalarOf x.DType least)) (Tensor.zerosLike x) x

    /// An exponential moving average: decay * a + (1 - decay) * x; 0 below 1e-37 (float64: 1e-307).
    let average (decay: float) (a: Tensor) (x: Tensor) = flush 1e-37 1e-307 (a * decay + x * (1.0 - decay))

    /// g * g; 0 where |g| is below 1e-18 (float64: 1e-153), whose square is beside any epsilon nothing.
    let square (g: Tensor) =
        let g = flush 1e-18 1e-153 g
        g * g

    /// decay ^ t
    let power (decay: float) (t: Tensor) = Tensor.pow (scalar decay) t

    let shares operation values =
        for name, value in values do
            demandShare operation name value

    let form value =
        "form",
        Setting.Text(
            match value with
            | UpdateForm.Keras -> "keras"
            | UpdateForm.PyTorch -> "pytorch"
        )
