namespace Functional

/// What a model is trained for, as a step, and what is gathered of it.
module internal ModelLoss =
    /// How the loss of an output is taken: its form, whether the output is asked for as logits, and what makes the output
    /// of these. Where a loss of probabilities meets an output that ends in them, the loss is taken of the logits.
    type private Route = { Form: Loss; AsLogits: bool; Finish: Tensor -> Tensor }

    let private routeOf operation (loss: Loss) (ending: string option) =
        if loss.Reduction = LossReduction.None then
            Fail.argument
                $"{operation}, {loss.Name}"
                "reduction"
                "None"
                "leaves the losses of the samples as they are, and training needs one number; take SumOverBatchSize."

        match loss.FromLogits, ending with
        | Some(wanted, form), Some kind when wanted = kind ->
            { Form = form
              AsLogits = true
              Finish = if kind = "softmax" then Tensor.softmax -1 else Tensor.sigmoid }
        | Some _, _
        | None, _ -> { Form = loss; AsLogits = false; Finish = id }

    let private demandParts operation (names: string list) (batch: Batch) =
        let known = String.concat ", " names

        if batch.Labels.Length <> names.Length then
            Fail.argument
                operation
                "labels"
                batch.Labels.Length
                $"is not the number of outputs that the model has, which is {names.Length}: {known}. Give labels for \
                  each of them."

        if batch.Weights.Length > 1 && batch.Weights.Length <> names.Length then
            Fail.argument
                operation
                "weights"
                batch.Weights.Length
                $"is neither one tensor of weights for all outputs nor one for each of {names.Length}: {known}."

    /// The loss of one output of several. Shapes that do not agree are an error that names the output.
    let private lossOf operation (names: string list) (batch: Batch) i (form: Loss) (output: Tensor) mask =
        let labels = batch.Labels[i]

        if names.Length > 1 then
            LossParts.checkShapes (Objectives.subject operation names i) "" form.Labels labels.Shape output.Shape

        OutputMasks.demandRows operation output mask
        Loss.valueMasked form labels output (batch.WeightsOf i) mask

    /// The sum of the outputs' losses times their weights.
    let private total (objectives: Objective list) (losses: Tensor list) =
        List.zip objectives losses
        |> List.filter (fun (objective, _) -> objective.LossWeight <> 0.0)
        |> List.map (fun (objective, loss) -> if objective.LossWeight = 1.0 then loss else loss * objective.LossWeight)
        |> List.reduce (+)

    /// The step that makes the sum of the weighted losses of a network's outputs smaller, with what regularizers add, and
    /// keeps the parameters within their constraints.
    /// Outputs have these names and objectives.
    let step
        operation
        (optimizer: Optimizer)
        (names: string list)
        (objectives: Objective list)
        (network: Network)
        : Step =
        let endings = Network.endings network
        let ending i = List.tryItem i endings |> Option.flatten
        let routes = objectives |> List.mapi (fun i objective -> routeOf operation objective.Loss (ending i))
        let asLogits = routes |> List.map _.AsLogits

        Step(
            optimizer,
            [],
            (fun variables run batch ->
                demandParts operation names batch
                let results = Network.applyMasked asLogits variables run batch.Inputs network

                let losses =
                    List.zip3 routes results.Outputs results.Masks
                    |> List.mapi (fun i (route, output, mask) -> lossOf operation names batch i route.Form output mask)

                let value =
                    match Network.penalties variables network @ results.Variables.Losses with
                    | [] -> total objectives losses
                    | terms -> total objectives losses + List.reduce (+) terms

                { Value = value
                  Losses = if names.Length > 1 then value :: losses else [ value ]
                  Outputs = List.map2 (fun route output -> route.Finish output) routes results.Outputs
                  Masks = results.Masks
                  State = results.Variables.State }),
            (fun updated -> { updated with Parameters = Network.constrain updated.Parameters network })
        )

    /// The step of a model.
    let stepOf operation (optimizer: Optimizer) (objectives: Objective list) (model: Model) : Step =
        step operation optimizer model.OutputNames objectives model.Network

    /// What is gathered of a model's losses and metrics over batches like this one.
    let plan (objectives: Objective list) (model: Model) (example: Batch) : MetricPlan =
        let names = model.OutputNames

        let outputs =
            model.OutputShapes
            |> List.map (fun shape -> { Shape = example.Count :: shape; DType = model.DType })

        MetricPlan(
            Objectives.lossNames names,
            ReportedMetrics.ofObjectives names objectives,
            example.Labels |> List.map _.Signature,
            outputs
        )
