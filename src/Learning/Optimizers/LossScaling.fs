namespace Functional

open OptimizerParts

/// Options of `Optimizer.lossScaling`; Keras's names and defaults.
type LossScalingOptions =
    {
        /// The first factor of the loss. Default 2^15.
        InitialScale: float
        /// After so many steps without a gradient that is not finite the factor is doubled (Keras: dynamic_growth_steps).
        /// Default 2000.
        DynamicGrowthSteps: int
    }

    /// Keras's defaults.
    static member defaults = { InitialScale = 32768.0; DynamicGrowthSteps = 2000 }

/// Scaling of the loss, so that gradients of narrow types do not vanish.
[<AutoOpen>]
module LossScaling =
    let private scaleName = "loss_scale"

    /// The factor that an optimizer with this state wants its loss to be multiplied by, if any.
    let rec internal lossScaleOf (state: Tree<Tensor>) : Tensor option =
        match state with
        | Leaf _ -> None
        | Node branches ->
            match branches |> List.tryFind (fst >> (=) scaleName) with
            | Some(_, Leaf scale) -> Some scale
            | Some(_, Node _)
            | None -> branches |> List.tryPick (fun (_, tree) -> lossScaleOf tree)

    let private isFinite (gradients: Tree<Tensor>) =
        Tree.leaves gradients
        |> List.map (fun g -> Tensor.all (Tensor.isFinite g))
        |> List.reduce Tensor.logicalAnd

    /// Scaling of the loss.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Optimizer =
        let private scaled
            (first: float)
            (next: Tensor -> Tensor -> Tensor -> Tensor * Tensor)
            settings
            (optimizer: Optimizer)
            =
            demandPositive "Optimizer.lossScaling" "initialScale" first

            { Name = optimizer.Name
              Settings = optimizer.Settings @ settings
              Init =
                fun parameters ->
                    Node
                        [ scaleName, Leaf(scalar first)
                          "finite_steps", Leaf(zeroSteps ())
                          inner, optimizer.Init parameters ]
              Update =
                fun gradients state parameters ->
                    let scale, count = leaf "lossScaling" scaleName state, leaf "lossScaling" "finite_steps" state
                    let old = branch "lossScaling" inner state
                    let finite = isFinite gradients
                    let unscaled = gradients |> Tree.map (fun g -> like g (wide g / like (wide g) scale))
                    let updates, kept = optimizer.Update unscaled old parameters
                    let choose = Tree.map2 (Tensor.where finite)
                    let scale, count = next finite scale count

                    choose updates (Tree.map Tensor.zerosLike updates),
                    Node [ scaleName, Leaf scale; "finite_steps", Leaf count; inner, choose kept old ] }

        /// The optimizer with its loss multiplied by a factor before gradients are taken, and the gradients divided by it
        /// again, so that those of float16 do not fall below the smallest number. A step whose gradients are not finite is
        /// left out and halves the factor; after DynamicGrowthSteps steps without one it is doubled. The loss that is
        /// reported is not scaled. Keras: LossScaleOptimizer; PyTorch: GradScaler, which starts at 2^16.
        let lossScaling (options: LossScalingOptions) (optimizer: Optimizer) : Optimizer =
            let growth = options.DynamicGrowthSteps

            if growth < 1 then
                Fail.argument
                    "Optimizer.lossScaling"
                    "dynamicGrowthSteps"
                    growth
                    "is no number of steps; give at least 1."

            let next finite (scale: Tensor) (count: Tensor) =
                let full = Tensor.equal (count + 1) (Tensor.fullLike (float growth) count)
                let grown = Tensor.where full (scale * 2.0) scale
                let counted = Tensor.where full (Tensor.zerosLike count) (count + 1)
                Tensor.where finite grown (scale / 2.0), Tensor.where finite counted (Tensor.zerosLike count)

            let settings =
                [ number "loss_scale" options.InitialScale; "dynamic_growth_steps", Setting.Whole growth ]

            scaled options.InitialScale next settings optimizer

        /// The optimizer with its loss multiplied by a factor that stays, and its gradients divided by it. A step whose
        /// gradients are not finite is left out. Keras: the argument loss_scale_factor.
        let lossScale (factor: float) (optimizer: Optimizer) : Optimizer =
            let next _ scale count = scale, count
            scaled factor next [ number "loss_scale_factor" factor ] optimizer
