namespace Functional

open FitChecks

/// Runs over datasets and sources.
module internal FitRuns =
    /// The batch as training takes it: with its sequences at the lengths that the options ask for, in the type in which
    /// the model computes.
    let private prepared (options: FitOptions) (model: Model) (batch: Batch) =
        let areSequences = model.OutputShapes |> List.map (fun shape -> shape.Length > 1)

        batch |> Batch.withLengths options.Lengths areSequences |> BatchForm.inType model.DType

    let private weighed (options: FitOptions) batch = DataChecks.weighClasses operation options.ClassWeights batch

    let private ofDataset (options: FitOptions) (model: Model) (d: Dataset) : Feed =
        MemoryFeed(prepared options model (Batch.ofDataset d), options.BatchSize, [])

    /// The batches of a source as training takes them, weighed by their classes if `weighs`.
    let ofSource (options: FitOptions) (model: Model) (weighs: bool) (source: Batches<Batch>) : Feed =
        let change batch = prepared options model (if weighs then weighed options batch else batch)
        SourceFeed(source, change)

    let private checkValidation (options: FitOptions) (model: Model) =
        options.ValidationData
        |> Option.iter (DataChecks.checkData $"{operation}, validation data" model (objectivesOf options model))

        if options.ValidationData.IsSome && options.ValidationBatches.IsSome then
            Fail.argument operation "validationBatches" "a source" "is given beside ValidationData; give one of them."

    let private validationOf (options: FitOptions) model (held: Dataset option) : Feed option =
        match options.ValidationBatches with
        | Some source -> Some(ofSource options model false source)
        | None -> held |> Option.map (ofDataset options model)

    /// The key that the order of samples draws from: steps fold their number into the run's key itself.
    let orderKey (options: FitOptions) (start: TrainState) : Key option =
        if options.Shuffle then Some(Key.fold 0x73687566 start.Key) else None

    /// The checked samples to train on, and the feed to validate with.
    let feedsOf (options: FitOptions) (model: Model) (d: Dataset) : Batch * Feed option =
        checkOptions options
        DataChecks.checkData operation model (objectivesOf options model) d
        checkValidation options model
        let train, held = divide options d
        Batch.ofDataset train |> weighed options |> prepared options model, validationOf options model held

    /// Trains a model on a dataset from a state on.
    let onDataset (options: FitOptions) (model: Model) (d: Dataset) (start: TrainState) : FitResult =
        let samples, validation = feedsOf options model d
        let feed = MemoryFeed(samples, options.BatchSize, Option.toList (orderKey options start))
        FitRun(options, model, feed, validation, start).Run()

    /// Trains a model on a source of batches from a state on.
    let onSource (options: FitOptions) (model: Model) (source: Batches<Batch>) (start: TrainState) : FitResult =
        checkOptions options
        checkValidation options model

        if options.ValidationSplit > 0.0 then
            Fail.argument
                operation
                "validationSplit"
                options.ValidationSplit
                "cannot be taken of a source of batches; give ValidationData or ValidationBatches."

        let feed = ofSource options model true source
        FitRun(options, model, feed, validationOf options model options.ValidationData, start).Run()

/// The result of one step, beside the next state.
[<RequireQualifiedAccess>]
type StepResult =
    {
        /// The loss of the batch before the step, with what regularizers add.
        Loss: float
        /// The outputs of the model for the batch, before the step.
        AllOutputs: Tensor list
        /// The metrics of the options, of this batch alone; of several outputs, first the loss of each.
        Metrics: (string * float) list
    }

    /// The only output of the model for the batch. Several outputs are an error.
    member result.Outputs: Tensor =
        match result.AllOutputs with
        | [ output ] -> output
        | several -> Fail.argument "StepResult" "outputs" several.Length "are not one; read AllOutputs."

/// Training models.
[<RequireQualifiedAccess>]
module Learn =
    /// The state in which training of the model begins: its variables, and the optimizer's first state.
    let start (options: FitOptions) (model: Model) (key: Key) : TrainState =
        { Variables = model.Variables
          OptimizerState = options.Optimizer.Init model.Variables.Parameters
          Step = 0
          Epoch = 0
          Batch = 0
          Pass = 0
          Taken = 0
          Key = key
          History = History []
          Running = Tree.empty
          Callbacks = Tree.empty }

    /// Trains the model further, with a new optimizer state; the model itself stays as it is. See `fit`.
    let fitModel (options: FitOptions) (model: Model) (dataset: Dataset) (key: Key) : FitResult =
        FitChecks.checkOptions options
        FitRuns.onDataset options model dataset (start options model key)

    /// Builds the layer for the samples of the dataset and trains it. A layer of several inputs takes a dataset made with
    /// `Dataset.ofInputs`; of several outputs each has its loss, and the options' Outputs say what differs.
    ///
    /// The whole step (forward, backward, update) is one compiled function, traced once for each size of batch. Where a
    /// layer that ends in a softmax or a sigmoid meets a loss of its probabilities, training goes through the logits.
    /// The samples' order, dropout and the first variables draw from the key alone: the same key gives the same bits.
    /// Losses and metrics written down of an epoch are means over its batches while the model changes, as in Keras;
    /// those that begin with val_ are of the model at its end.
    ///
    /// Raises an error before the first step for data that are empty, hold NaN, are not as many as their labels, do not
    /// fit the layer or have labels out of range, for options out of range, and for a callback that looks at a value
    /// that is not there.
    let fit (options: FitOptions) (layer: Layer<'In, 'Out>) (dataset: Dataset) (key: Key) : FitResult =
        FitChecks.checkOptions options
        let initial, run = Key.split key
        fitModel options (Model.createMany layer dataset.SampleShapes initial) dataset run

    /// `resume` of a model: the state has its variables.
    let resumeModel (options: FitOptions) (model: Model) (dataset: Dataset) (state: TrainState) : FitResult =
        FitChecks.checkOptions options
        FitRuns.onDataset options (Model.withVariables state.Variables model) dataset state

    /// Goes on with a run that was stopped or saved, up to the same number of epochs in all. With the same options,
    /// layer and data it ends in the same bits and the same history as a run that was never stopped, at whichever batch
    /// that was: the state holds the running means of the unfinished epoch and what callbacks remember. (A metric made with
    /// `Metric.create` whose state has no `Memory` begins its epoch anew; a message says so.)
    let resume (options: FitOptions) (layer: Layer<'In, 'Out>) (dataset: Dataset) (state: TrainState) : FitResult =
        FitChecks.checkOptions options
        FitRuns.onDataset options (Model.ofVariablesMany layer dataset.SampleShapes state.Variables) dataset state

    /// Trains the model on a source of batches, which may be larger than memory. An epoch is a pass through the source, or
    /// StepsPerEpoch batches; Shuffle, BatchSize and ValidationSplit are the source's own affair. See `fit`.
    let fitBatches (options: FitOptions) (model: Model) (source: Batches<Batch>) (key: Key) : FitResult =
        FitChecks.checkOptions options
        FitRuns.onSource options model source (start options model key)

    /// Goes on with a run over a source that was stopped or saved. The batches of the unfinished pass that were learned
    /// from are made again and left out.
    let resumeBatches (options: FitOptions) (model: Model) (source: Batches<Batch>) (state: TrainState) : FitResult =
        FitChecks.checkOptions options
        FitRuns.onSource options (Model.withVariables state.Variables model) source state

    /// The compiled step of a network whose outputs have these names.
    let private pureStep (options: FitOptions) (network: Network) (names: string list) =
        let objectives = FitChecks.objectives options names
        let step = ModelLoss.step operation options.Optimizer names objectives network
        let compiled = PureSteps.compile names.Length step
        let reported = ReportedMetrics.ofObjectives names objectives
        let lossNames = Objectives.lossNames names

        fun (state: TrainState) batch ->
            let batch =
                batch
                |> DataChecks.weighClasses "Learn.trainOnBatch" options.ClassWeights
                |> BatchForm.inType (PureSteps.typeOf state.Variables)
                |> BatchForm.onto (PureSteps.backendOf state.Variables)

            let result = compiled state batch

            let metric (reported: ReportedMetric) =
                let i = reported.Output
                let weights = result.Weighed.WeightsOf i
                let value = Metric.valueWeighted reported.Metric batch.Labels[i] result.Outputs[i] weights
                reported.Name, value

            let losses = List.zip lossNames (result.Losses |> List.map Tensor.toFloat)

            let given: StepResult =
                { Loss = snd losses.Head
                  AllOutputs = result.Outputs
                  Metrics = losses.Tail @ List.map metric reported }

            result.Next, given

    /// One step of training as a function, for loops written by hand: `let step = Learn.trainOnBatch options layer`,
    /// then `step state batch` gives the next state, the loss, the outputs and the metrics of the batch. Uses Optimizer,
    /// Loss, Metrics, Outputs and ClassWeights of the options. Compiled at the first call for each size of batch: keep the
    /// function.
    let trainOnBatch (options: FitOptions) (layer: Layer<'In, 'Out>) : TrainState -> Batch -> TrainState * StepResult =
        // how many outputs a layer has is known from the labels of its first batch
        let steps = LeastRecentlyUsed<int, TrainState -> Batch -> TrainState * StepResult> 2

        fun state batch ->
            let count = batch.Labels.Length
            let make () = pureStep options layer.Network (Network.outputNames count layer.Network)
            steps.GetOrAdd (count, make) state batch

    /// The loss of a batch and its gradient by the model's parameters, a tree like those, in training mode, with what
    /// regularizers add: what a step would go by. The key is what dropout draws from.
    let lossAndGradient (options: FitOptions) (batch: Batch) (key: Key) (model: Model) : float * Tree<Tensor> =
        PureSteps.lossAndGradient (stepOf options model) model.Variables (BatchForm.inType model.DType batch) key

    /// The losses and the metrics of the options on a dataset, and what the model says of it. Uses Loss, Metrics, Outputs
    /// and BatchSize.
    let evaluate (options: FitOptions) (dataset: Dataset) (model: Model) : Evaluation =
        FitChecks.checkOptions options
        Model.evaluateFor "Learn.evaluate" options.BatchSize (objectivesOf options model) dataset model

    /// The losses and the metrics of the options on one pass of a source of batches, which may be larger than memory. Labels
    /// and outputs are not kept: the evaluation has no Parts.
    let evaluateBatches (options: FitOptions) (source: Batches<Batch>) (model: Model) : Evaluation =
        FitChecks.checkOptions options
        let feed = FitRuns.ofSource options model false source
        let means = ModelEvaluations.over "Learn.evaluateBatches" (objectivesOf options model) model feed None

        { Loss = Some means.Loss; Metrics = means.Losses.Tail @ means.Metrics; Parts = []; ClassNames = [] }

    /// The model with the averaged weights that `Optimizer.ema` kept. An optimizer without them is an error.
    let averaged (result: FitResult) : Model =
        match Optimizer.averages result.State.OptimizerState with
        | Some averages ->
            let variables = result.Model.Variables
            let parameters = Tree.map2 OptimizerParts.like variables.Parameters averages
            Model.withVariables { variables with Parameters = parameters } result.Model
        | None ->
            Fail.data "Learn.averaged" "the optimizer kept no averaged weights; train with Optimizer.ema around it."
