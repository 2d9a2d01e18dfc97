namespace Functional

/// A fitted neuron: activation(weights · x + bias).
type Neuron =
    {
        /// The weight of each feature.
        Weights: float[]
        /// What is added.
        Bias: float
        /// What is made of the weighted sum.
        Activation: NeuronActivation
        /// The mean loss of each pass, before its changes.
        Errors: float[]
        /// The line while it learned.
        History: LineHistory
    }

/// A single neuron that learns numbers by stochastic gradient. With the linear activation and the squared error it is ADALINE
/// (Widrow and Hoff 1960).
[<RequireQualifiedAccess>]
module Neuron =
    let private kind = "neuron"

    /// Learns samples x [n; features] with numbers y [n], which should lie in the range of the activation: w -= alpha times the
    /// gradient of the loss, sample by sample or batch by batch. Ends when the mean loss of a pass is within ErrorBound.
    let fit
        (activation: NeuronActivation)
        (loss: NeuronLoss)
        (options: NeuronOptions)
        (x: Tensor)
        (y: Tensor)
        : Neuron =
        let operation = "Neuron.fit"

        if activation = NeuronActivation.Softmax then
            Fail.argument
                operation
                "the activation"
                "Softmax"
                "needs several neurons; take NeuronLayer, or the sigmoid."

        let samples = Samples.read operation x
        let targets = Samples.targets operation samples y
        let state, errors = NeuronTraining.run operation activation loss options samples targets 1

        { Weights = state.Weights[0]
          Bias = state.Biases[0]
          Activation = activation
          Errors = errors
          History = state.History 0 }

    /// The output for each sample of x [n; features]: Float64 [n].
    let predict (x: Tensor) (neuron: Neuron) : Tensor =
        Samples.readFor "Neuron.predict" neuron.Weights.Length x
        |> NeuronTraining.outputs neuron.Activation [| neuron.Weights |] [| neuron.Bias |]
        |> Samples.ofTargets

    /// The generic form, to be saved; the history is left out.
    let toState (neuron: Neuron) : LearnerState =
        { Kind = kind
          Settings = [ NeuronTraining.toSetting neuron.Activation ]
          Tensors =
            [ LearnerStates.floats "weights" [ neuron.Weights.Length ] neuron.Weights
              LearnerStates.floats "bias" [ 1 ] [| neuron.Bias |]
              LearnerStates.floats "errors" [ neuron.Errors.Length ] neuron.Errors ] }

    /// The neuron of its generic form. A state of another kind is an error.
    let ofState (state: LearnerState) : Neuron =
        LearnerStates.demandKind kind state

        { Weights = LearnerStates.readFloats state "weights"
          Bias = (LearnerStates.readFloats state "bias")[0]
          Activation = NeuronTraining.ofSetting (LearnerStates.settings state)
          Errors = LearnerStates.readFloats state "errors"
          History = NeuronTraining.noHistory }

    /// The neuron as a learner of any kind: regression.
    let fitted (neuron: Neuron) : FittedLearner =
        { Kind = kind
          Task = LearnerTask.Regression
          Features = neuron.Weights.Length
          Classes = 0
          Predict = fun x -> predict x neuron
          Probabilities = None
          State = fun () -> toState neuron }

    /// Neurons as a learner.
    let learner (activation: NeuronActivation) (loss: NeuronLoss) (options: NeuronOptions) : Learner =
        { Kind = kind
          Task = LearnerTask.Regression
          Fit = fun x y -> fitted (fit activation loss options x y)
          FitWeighted = None }

/// ADALINE: a linear neuron that learns by the delta rule.
[<RequireQualifiedAccess>]
module Adaline =
    /// Learns samples x [n; features] with numbers y [n]: w += alpha (target - output) x; see `Neuron.fit`.
    let fit (options: NeuronOptions) (x: Tensor) (y: Tensor) : Neuron =
        Neuron.fit NeuronActivation.Linear NeuronLoss.SquaredError options x y

    /// ADALINE as a learner.
    let learner (options: NeuronOptions) : Learner =
        Neuron.learner NeuronActivation.Linear NeuronLoss.SquaredError options
