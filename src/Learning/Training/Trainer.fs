namespace Functional

/// A model in training, one batch at a time: what Keras's train_on_batch does, over memory that stays. Parameters and the
/// optimizer's memory are written over in place; a step allocates nothing once each size of batch has been seen. One caller
/// at a time. `Learn.trainOnBatch` is the same as a function of a state.
[<Sealed>]
type Trainer internal (options: FitOptions, model: Model, first: TrainState) =
    let mutable start = first
    let objectives = FitChecks.objectivesOf options model
    let step = FitChecks.stepOf options model
    let lossAndGradient = lazy PureSteps.lossAndGradient step

    // made at the first batch, which tells what metrics are of
    let mutable engine: TrainingEngine option = None

    let isInType (x: Tensor) = if x.DType.IsFloat then x.DType = model.DType else x.DType <> Int64

    let rec areInType (xs: Tensor list) = xs.IsEmpty || (isInType xs.Head && areInType xs.Tail)

    let prepared (given: Batch) =
        let batch = DataChecks.weighClasses "Trainer" options.ClassWeights given

        if areInType batch.Inputs && areInType batch.Labels && batch.Weights.IsEmpty then
            batch
        else
            BatchForm.inType model.DType batch

    let engineFor (batch: Batch) =
        match engine with
        | Some engine -> engine
        | None ->
            let plan = ModelLoss.plan objectives model batch

            let made =
                TrainingEngine([ step, start.OptimizerState, plan ], start.Variables, start.Step, start.Key, None)

            engine <- Some made
            made

    let session operation =
        match engine |> Option.map _.Latest with
        | Some(ValueSome session) -> session
        | Some ValueNone
        | None -> Fail.data $"Trainer.{operation}" "no step was taken yet; learn from a batch first."

    let state () =
        match engine with
        | None -> start
        | Some engine ->
            { start with Variables = engine.Variables; OptimizerState = engine.Memory 0; Step = engine.Count }

    /// Learns from a batch and gives its loss before the step, with what regularizers add; the ClassWeights of the options
    /// count. Compiled at the first call for each size of batch. A batch that does not fit the model or the loss is an error.
    member me.TrainOnBatch(batch: Batch) : float =
        me.Learn batch
        me.LatestLoss

    /// Learns from a batch as `TrainOnBatch` does, and does not wait for the loss: a GPU may still compute when this returns.
    member _.Learn(batch: Batch) : unit =
        let batch = prepared batch
        engineFor(batch).Step(0, batch, true) |> ignore

    /// The loss of the latest batch before its step. Waits until the device has computed it.
    member _.LatestLoss: float = (session "LatestLoss").Number 0

    /// Learns from a batch of one input, features [n; ...], and labels [n] or [n; ...] of one output.
    member me.TrainOnBatch(features: Tensor, labels: Tensor) : float = me.TrainOnBatch(Batch.ofTensors features labels)

    /// The means of loss and metrics of the options over the batches since the first one, or since `ResetMetrics`.
    member _.Metrics: (string * float) list =
        match engine with
        | Some engine -> (engine.Running 0).Values
        | None -> []

    /// Begins the means of loss and metrics anew.
    member _.ResetMetrics() : unit = engine |> Option.iter (fun engine -> (engine.Running 0).Reset())

    /// The loss of a batch and its gradient by the model's parameters, a tree like those: what the next step on it would
    /// go by. Nothing changes.
    member _.LossAndGradient(batch: Batch) : float * Tree<Tensor> =
        let state = state ()
        lossAndGradient.Value state.Variables (prepared batch) (Key.fold state.Step state.Key)

    /// The learning rate, if the optimizer has one. Reading it copies nothing.
    member _.LearningRate: float option =
        match engine with
        | Some engine -> engine.LearningRate 0
        | None -> Optimizer.learningRate start.OptimizerState

    /// Goes on with this learning rate. Nothing but the rate is written. A rate that a schedule rules is an error.
    member _.SetLearningRate(rate: float) : unit =
        match engine with
        | Some engine -> engine.SetLearningRate(0, rate)
        | None -> start <- TrainState.withLearningRate rate start

    /// The only output of the model for the latest batch, before the step. Several outputs are an error.
    member me.Outputs: Tensor =
        match me.AllOutputs with
        | [ output ] -> output
        | several -> Fail.argument "Trainer" "outputs" several.Length "are not one; read AllOutputs."

    /// The outputs of the model for the latest batch, before the step.
    member _.AllOutputs: Tensor list =
        session "Outputs" |> ignore
        engine.Value.Outputs

    /// The compiled step for the latest size of batch, as text: a line for each kernel, with its memory, FLOPs and bytes.
    member _.Describe() : string = (session "Describe").Describe()

    /// The time of each kernel: medians of so many further steps on the latest batch, which train the model as any other.
    member _.Profile(runs: int) : PlanProfile =
        let profile = Plan.profileSession runs (session "Profile")
        engine.Value.AddCount(runs + 1)
        profile

    /// Where training is: a copy of everything that the rest of the run depends on.
    member _.State: TrainState = state ()

    /// The model as it is now; later steps do not change it.
    member _.Model: Model = Model.withVariables (state ()).Variables model

/// Training one batch at a time.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Trainer =
    /// A trainer of the model from its variables on, with Optimizer, Loss, Metrics, Outputs and ClassWeights of the options.
    /// The key is what dropout draws from.
    let create (options: FitOptions) (model: Model) (key: Key) : Trainer =
        Trainer(options, model, Learn.start options model key)

    /// A trainer that goes on from a state.
    let resume (options: FitOptions) (model: Model) (state: TrainState) : Trainer =
        Trainer(options, Model.withVariables state.Variables model, state)
