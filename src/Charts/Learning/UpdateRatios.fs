namespace Functional

/// How much one step changes a weight. Norms are Euclidean.
[<RequireQualifiedAccess>]
type UpdateRatio =
    {
        /// The path of the weight: "dense/kernel".
        Path: string
        /// The norm of the weight.
        WeightNorm: float
        /// The norm of what the step adds to it.
        UpdateNorm: float
        /// The norm of its gradient; NaN where it is not known.
        GradientNorm: float
    }

    /// The norm of the update by that of the weight, about 1e-3 where training goes well; infinite for a weight of zeros that
    /// changes, and 0 where nothing changes.
    member r.Ratio: float = if r.UpdateNorm = 0.0 then 0.0 else r.UpdateNorm / r.WeightNorm

    /// The effective learning rate: the norm of the update by that of the gradient. For plain gradient descent this is the
    /// learning rate.
    member r.EffectiveRate: float = r.UpdateNorm / r.GradientNorm

/// Effective learning rates: how far steps move the weights of each layer.
[<RequireQualifiedAccess>]
module UpdateRatios =
    let private norm (x: Tensor) = Tensor.toFloat (Tensor.norm (Tensor.cast Float64 x))

    /// The ratios of an optimizer's next step, from the gradient, its memory and the parameters: those of
    /// `Trainer.LossAndGradient`, and OptimizerState and Variables.Parameters of a `TrainState`. Trees of other names are an
    /// error.
    let ofStep
        (optimizer: Optimizer)
        (gradients: Tree<Tensor>)
        (memory: Tree<Tensor>)
        (parameters: Tree<Tensor>)
        : UpdateRatio list =
        let updates, _ = optimizer.Update gradients memory parameters

        Tree.zip gradients (Tree.zip updates parameters)
        |> Tree.flatten
        |> List.map (fun (path, (gradient, (update, weight))) ->
            { Path = path; WeightNorm = norm weight; UpdateNorm = norm update; GradientNorm = norm gradient })

    /// The ratios of the step that training would take next from a state, by the gradient of a batch: of the options the
    /// optimizer and the loss count. A batch or a state that does not fit the model is an error.
    let ofState (options: FitOptions) (batch: Batch) (state: TrainState) (model: Model) : UpdateRatio list =
        let now = Model.withVariables state.Variables model
        let _, gradients = Learn.lossAndGradient options batch (Key.fold state.Step state.Key) now
        ofStep options.Optimizer gradients state.OptimizerState state.Variables.Parameters

    /// The ratios of what happened between two sets of a model's variables; gradients are not known. Variables of another
    /// model are an error.
    let between (before: Variables) (after: Variables) : UpdateRatio list =
        Tree.zip before.Parameters after.Parameters
        |> Tree.flatten
        |> List.map (fun (path, (before, after)) ->
            { Path = path; WeightNorm = norm before; UpdateNorm = norm (after - before); GradientNorm = nan })

    /// The prefix of the values that `callback` adds to the history.
    let internal prefix = "update_ratio/"

    let private isKernel (path: string) = not (path.EndsWith("/bias", System.StringComparison.Ordinal))

    let private logged (before: Variables) (after: Variables) =
        between before after
        |> List.filter (fun r -> isKernel r.Path)
        |> List.map (fun r -> CallbackAction.Log(prefix + r.Path, r.Ratio))

    /// A callback that adds to the log of each epoch how much its last step changed each weight of the model but biases, by
    /// the norm of the weight: "update_ratio/dense/kernel". Of batches whose number is not known beforehand every step copies
    /// the weights; else two steps an epoch do.
    let callback (model: Model) : Callback =
        let names =
            Tree.flatten model.Variables.Parameters
            |> List.map fst
            |> List.filter isKernel
            |> List.map (fun path -> prefix + path)

        let start _ =
            let mutable before: Variables option = None
            let mutable latest: CallbackAction list = []

            let batchEnd (moment: Moment) =
                let isLast, isNextToLast =
                    match moment.Batches with
                    | Some count -> moment.Batch = count, count = 1 || moment.Batch = count - 1
                    | None -> true, true

                if isLast then
                    match before with
                    | Some variables -> latest <- logged variables moment.Model.Variables
                    | None -> ()

                if isNextToLast then
                    before <- Some moment.Model.Variables

                []

            let trainBegin (moment: Moment) =
                before <- Some moment.Model.Variables
                []

            { CallbackHandlers.none with
                TrainBegin = trainBegin
                BatchEnd = batchEnd
                EpochEnd = fun _ -> latest }

        { Name = "updateRatios"; Monitors = []; Logs = names; Late = false; Start = start }
