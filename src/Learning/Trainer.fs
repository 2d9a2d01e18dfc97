namespace Functional

/// A model in training, one batch at a time: what Keras's train_on_batch does, over memory that stays. Parameters and the
/// optimizer's memory are written over in place; a step allocates nothing once each size of batch has been seen. One caller
/// at a time. `Learn.trainOnBatch` is the same as a function of a state.
[<Sealed>]
type Trainer internal (options: FitOptions, model: Model, start: TrainState) =
    let stepper = Stepper(options.Optimizer, options.Loss, model.Layer, model.DType, start)

    /// Learns from a batch and gives its loss before the step, with what regularizers add. Compiled at the first call for
    /// each size of batch. A batch that does not fit the model or the loss is an error.
    member _.TrainOnBatch(batch: TrainingBatch) : float = stepper.Step batch

    /// Learns from a batch of features [n; ...] and labels [n] or [n; ...].
    member me.TrainOnBatch(features: Tensor, labels: Tensor) : float =
        me.TrainOnBatch { Features = features; Labels = labels; SampleWeights = None }

    /// What the model gave for the latest batch, before the step.
    member _.Outputs: Tensor = stepper.Outputs

    /// What a step on the latest size of batch does, as text: a line for each kernel, with its memory, FLOPs and bytes.
    member _.Describe() : string = stepper.Describe()

    /// The time of each kernel: medians of so many further steps on the latest batch, which train the model as any other.
    member _.Profile(runs: int) : PlanProfile = stepper.Profile runs

    /// Where training is: a copy of everything that the rest of the run depends on.
    member _.State: TrainState = stepper.State

    /// The model as it is now; later steps do not change it.
    member _.Model: Model = Model.withVariables stepper.State.Variables model

/// Training one batch at a time.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Trainer =
    /// A trainer of the model from its variables on, with Optimizer and Loss of the options. The key is what dropout draws
    /// from.
    let create (options: FitOptions) (model: Model) (key: Key) : Trainer =
        Trainer(options, model, Learn.start options model key)

    /// A trainer that goes on from a state.
    let resume (options: FitOptions) (model: Model) (state: TrainState) : Trainer =
        Trainer(options, Model.withVariables state.Variables model, state)
