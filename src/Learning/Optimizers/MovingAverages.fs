namespace Functional

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

open OptimizerParts

/// Moving averages of the weights, kept beside them by an optimizer.
[<AutoOpen>]
module MovingAverages =
    /// Optimizers around a moving average.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
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
                            (OptimizerLinks.Optimizer.apply updates parameters)

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
