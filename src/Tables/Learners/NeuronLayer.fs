namespace Functional

/// A fitted layer of neurons, one for each class.
type NeuronLayer =
    {
        /// The weights of each neuron [classes][features].
        Weights: float[][]
        /// What each neuron adds.
        Biases: float[]
        /// What is made of the weighted sums.
        Activation: NeuronActivation
        /// The mean loss of each pass, before its changes.
        Errors: float[]
        /// The line of each neuron while it learned.
        History: LineHistory[]
    }

/// Classes told apart by a layer of neurons, one for each, that learn by stochastic gradient.
[<RequireQualifiedAccess>]
module NeuronLayer =
    let private kind = "neuron_layer"

    /// Targets [n; classes]: 1 for the class, else 0, or -1 beside the hyperbolic tangent.
    let private targets activation (labels: int[]) classes =
        let other =
            match activation with
            | NeuronActivation.Tanh -> -1.0
            | NeuronActivation.Linear
            | NeuronActivation.Sigmoid
            | NeuronActivation.Softmax -> 0.0

        let all = Array.create (labels.Length * classes) other
        labels |> Array.iteri (fun i label -> all[i * classes + label] <- 1.0)
        all

    /// Learns samples x [n; features] with their classes y [n] (0 .. k - 1): w -= alpha times the gradient of the loss, sample by
    /// sample or batch by batch. Binary cross-entropy goes with the sigmoid, categorical with the softmax, the squared error with
    /// all. Ends when the mean loss of a pass is within ErrorBound.
    let fit
        (activation: NeuronActivation)
        (loss: NeuronLoss)
        (options: NeuronOptions)
        (x: Tensor)
        (y: Tensor)
        : NeuronLayer =
        let operation = "NeuronLayer.fit"
        let samples = Samples.read operation x
        let labels = Samples.labels operation samples y
        let classes = max 2 (Samples.classCount labels)

        let state, errors =
            NeuronTraining.run operation activation loss options samples (targets activation labels classes) classes

        { Weights = state.Weights
          Biases = state.Biases
          Activation = activation
          Errors = errors
          History = Array.init classes state.History }

    let private all operation (x: Tensor) (layer: NeuronLayer) =
        Samples.readFor operation layer.Weights[0].Length x
        |> NeuronTraining.outputs layer.Activation layer.Weights layer.Biases

    /// The outputs of all neurons for each sample of x [n; features]: Float64 [n; classes].
    let outputs (x: Tensor) (layer: NeuronLayer) : Tensor =
        Samples.ofRows layer.Biases.Length (all "NeuronLayer.outputs" x layer)

    /// The class whose neuron says most for each sample, the first of equal ones: Int32 [n].
    let predict (x: Tensor) (layer: NeuronLayer) : Tensor =
        all "NeuronLayer.predict" x layer |> Samples.largest layer.Biases.Length |> Samples.ofLabels

    /// The generic form, to be saved; the history is left out.
    let toState (layer: NeuronLayer) : LearnerState =
        { Kind = kind
          Settings = [ NeuronTraining.toSetting layer.Activation ]
          Tensors =
            [ LearnerStates.floats
                  "weights"
                  [ layer.Weights.Length; layer.Weights[0].Length ]
                  (Array.concat layer.Weights)
              LearnerStates.floats "biases" [ layer.Biases.Length ] layer.Biases
              LearnerStates.floats "errors" [ layer.Errors.Length ] layer.Errors ] }

    /// The layer of its generic form. A state of another kind is an error.
    let ofState (state: LearnerState) : NeuronLayer =
        LearnerStates.demandKind kind state
        let biases = LearnerStates.readFloats state "biases"

        { Weights = Array.splitInto biases.Length (LearnerStates.readFloats state "weights")
          Biases = biases
          Activation = NeuronTraining.ofSetting (LearnerStates.settings state)
          Errors = LearnerStates.readFloats state "errors"
          History = Array.create biases.Length NeuronTraining.noHistory }

    /// The layer as a learner of any kind; its outputs are probabilities with the softmax.
    let fitted (layer: NeuronLayer) : FittedLearner =
        { Kind = kind
          Task = LearnerTask.Classification
          Features = layer.Weights[0].Length
          Classes = layer.Biases.Length
          Predict = fun x -> predict x layer
          Probabilities =
            match layer.Activation with
            | NeuronActivation.Softmax -> Some(fun x -> outputs x layer)
            | NeuronActivation.Linear
            | NeuronActivation.Sigmoid
            | NeuronActivation.Tanh -> None
          State = fun () -> toState layer }

    /// Layers of neurons as a learner.
    let learner (activation: NeuronActivation) (loss: NeuronLoss) (options: NeuronOptions) : Learner =
        { Kind = kind
          Task = LearnerTask.Classification
          Fit = fun x y -> fitted (fit activation loss options x y)
          FitWeighted = None }
