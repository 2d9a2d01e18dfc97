namespace Functional

/// One of the outputs of a model.
[<RequireQualifiedAccess>]
type OutputKey =
    /// The output of this name; see `Model.OutputNames`.
    | Named of name: string
    /// The output of this number, from 0.
    | At of index: int

/// Options for one output of a model, where it is trained for something else than the other outputs. Begin with
/// `Output.named` or `Output.at`: `{ Output.named "sold" with Loss = Some Loss.binaryCrossentropy }`.
[<RequireQualifiedAccess>]
type OutputOptions =
    {
        /// Which output.
        Output: OutputKey
        /// The loss of the output. Default that of the options of training.
        Loss: Loss option
        /// How much the loss counts in the sum of all outputs' losses, which training minimizes. With 0 the loss is
        /// reported only. Default 1.
        LossWeight: float
        /// The metrics of the output. Default those of the options of training.
        Metrics: Metric list option
    }

/// Options for one output of a model.
[<RequireQualifiedAccess>]
module Output =
    let private of' key : OutputOptions = { Output = key; Loss = None; LossWeight = 1.0; Metrics = None }

    /// Options for the output of this name.
    let named (name: string) : OutputOptions = of' (OutputKey.Named name)

    /// Options for the output of this number, from 0.
    let at (index: int) : OutputOptions = of' (OutputKey.At index)

/// The objectives of a model's outputs, and their names in logs.
module internal Objectives =
    let private indexOf operation (names: string list) (options: OutputOptions) =
        let known = String.concat ", " names

        match options.Output with
        | OutputKey.Named name ->
            match List.tryFindIndex ((=) name) names with
            | Some i -> i
            | None ->
                Fail.argument operation "outputs" $"'{name}'" $"is no output of the model; its outputs are {known}."
        | OutputKey.At i ->
            if i < 0 || i >= names.Length then
                Fail.argument
                    operation
                    "outputs"
                    i
                    $"is no output of the model, which has {names.Length}: {known}, counted from 0."

            i

    let private demandWeights operation (names: string list) (objectives: Objective list) =
        for name, objective in List.zip names objectives do
            if not (System.Double.IsFinite objective.LossWeight) then
                Fail.argument
                    $"{operation}, output '{name}'"
                    "lossWeight"
                    objective.LossWeight
                    "is no weight of a loss; give a finite number."

        if objectives |> List.forall (fun objective -> objective.LossWeight = 0.0) then
            Fail.data operation "the loss of every output has the weight 0: there is nothing to learn."

    /// The objective of each output, in the order of the outputs' names: a loss and metrics for all, replaced by the
    /// options for single outputs.
    let resolve operation (names: string list) loss metrics (outputs: OutputOptions list) : Objective list =
        let given = outputs |> List.map (fun options -> indexOf operation names options, options)

        match given |> List.countBy fst |> List.tryFind (fun (_, n) -> n > 1) with
        | Some(i, n) ->
            Fail.argument
                operation
                "outputs"
                $"'{names[i]}'"
                $"is given options {n} times; give all options of an output at once."
        | None -> ()

        let objective i : Objective =
            match given |> List.tryFind (fst >> (=) i) with
            | Some(_, options) ->
                { Loss = Option.defaultValue loss options.Loss
                  LossWeight = options.LossWeight
                  Metrics = Option.defaultValue metrics options.Metrics }
            | None -> { Loss = loss; LossWeight = 1.0; Metrics = metrics }

        let objectives = List.init names.Length objective
        demandWeights operation names objectives
        objectives

    /// The subject of an error about an output: "Fit, output 'price'"; of the only one no more than the operation.
    let subject operation (names: string list) output =
        match names with
        | []
        | [ _ ] -> operation
        | several -> $"{operation}, output '{several[output]}'"

    /// The names of the losses in logs, as Keras has them: loss and, of several outputs, price_loss, sold_loss.
    let lossNames (names: string list) : string list =
        match names with
        | []
        | [ _ ] -> [ "loss" ]
        | several -> "loss" :: (several |> List.map (fun name -> name + "_loss"))

/// A metric of one output of a model, under the name that it has in logs.
[<NoEquality; NoComparison>]
type internal ReportedMetric = { Name: string; Output: int; Metric: Metric }

/// Metrics under their names in logs.
module internal ReportedMetrics =
    let private free (taken: Set<string>) (name: string) =
        let rec next i =
            let candidate = if i = 0 then name else $"{name}_{i}"
            if taken.Contains candidate then next (i + 1) else candidate

        next 0

    /// The metrics of all outputs, each under a name that no other has: accuracy or, of several outputs, sold_accuracy.
    /// Beside a loss of logits they are metrics of logits.
    let ofObjectives (names: string list) (objectives: Objective list) : ReportedMetric list =
        let all =
            [ for output, (name, objective) in List.indexed (List.zip names objectives) do
                  for metric in objective.Metrics do
                      let metric = Metric.forLoss objective.Loss metric
                      let wanted = if names.Length = 1 then metric.Name else $"{name}_{metric.Name}"
                      wanted, output, metric ]

        (Set.ofList (Objectives.lossNames names), all)
        ||> List.mapFold (fun taken (wanted, output, metric) ->
            let name = free taken wanted
            { Name = name; Output = output; Metric = metric }, taken.Add name)
        |> fst
