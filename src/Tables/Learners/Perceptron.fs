namespace Functional

/// What a perceptron makes of its weighted sum, and so its targets.
[<RequireQualifiedAccess>]
type PerceptronOutput =
    /// 1 where the sum is 0 or more, else 0. Targets are 0 and 1.
    | Step
    /// The sum itself, whose sign is the class. Targets are -1 and 1.
    | Linear

/// A fitted perceptron.
type Perceptron =
    {
        /// The weight of each feature.
        Weights: float[]
        /// What is added.
        Bias: float
        /// What is made of the weighted sum.
        Output: PerceptronOutput
        /// How many samples were wrong in each pass.
        Errors: float[]
        /// The line while it learned.
        History: LineHistory
    }

/// Rosenblatt's perceptron: a line that moves towards each sample that is on its wrong side.
[<RequireQualifiedAccess>]
module Perceptron =
    let private kind = "perceptron"

    let private targets operation (output: PerceptronOutput) (samples: Samples) (y: Tensor) =
        let values = Samples.targets operation samples y

        let low =
            match output with
            | PerceptronOutput.Step -> 0.0
            | PerceptronOutput.Linear -> -1.0

        match values |> Array.tryFind (fun v -> v <> low && v <> 1.0) with
        | None -> values
        | Some value ->
            Fail.argument operation "y" value $"is no target of the output {output}, which takes {low} and 1."

    /// Learns samples x [n; features] with targets y [n]: for each that is wrong, w += alpha (target - output) x with the step
    /// output, w += alpha target x with the linear one (as scikit-learn's Perceptron). Ends after a pass with no more errors than
    /// ErrorBound, or after Iterations.
    let fit (output: PerceptronOutput) (options: NeuronOptions) (x: Tensor) (y: Tensor) : Perceptron =
        let operation = "Perceptron.fit"
        let samples = Samples.read operation x
        let targets = targets operation output samples y

        if options.BatchSize <> 1 then
            Fail.argument operation "BatchSize" options.BatchSize "is not 1: a perceptron learns sample by sample."

        let state = NeuronState(operation, options, 1, samples.Features)

        let learn i =
            let sum = state.Sum(0, samples.Row i)

            let step =
                match output with
                | PerceptronOutput.Step -> targets[i] - (if sum >= 0.0 then 1.0 else 0.0)
                | PerceptronOutput.Linear -> if targets[i] * sum <= 0.0 then targets[i] else 0.0

            if step <> 0.0 then
                state.Move(0, options.LearningRate * step, samples.Row i)
                state.Changed()
                1.0
            else
                0.0

        let errors = state.Run(samples.Rows, Array.sumBy learn)

        { Weights = state.Weights[0]
          Bias = state.Biases[0]
          Output = output
          Errors = errors
          History = state.History 0 }

    let private sums operation (x: Tensor) (model: Perceptron) =
        Samples.readFor operation model.Weights.Length x
        |> NeuronTraining.outputs NeuronActivation.Linear [| model.Weights |] [| model.Bias |]

    /// The weighted sum of each sample of x [n; features]: Float64 [n]; 0 on the line.
    let decision (x: Tensor) (model: Perceptron) : Tensor = Samples.ofTargets (sums "Perceptron.decision" x model)

    /// The target of each sample's side: 0 or 1 with the step output, -1 or 1 with the linear one (Int32 [n]).
    let predict (x: Tensor) (model: Perceptron) : Tensor =
        let low =
            match model.Output with
            | PerceptronOutput.Step -> 0
            | PerceptronOutput.Linear -> -1

        sums "Perceptron.predict" x model
        |> Array.map (fun sum -> if sum >= 0.0 then 1 else low)
        |> Samples.ofLabels

    /// The generic form, to be saved; the history is left out.
    let toState (model: Perceptron) : LearnerState =
        { Kind = kind
          Settings =
            [ "output",
              Setting.Text(
                  match model.Output with
                  | PerceptronOutput.Step -> "step"
                  | PerceptronOutput.Linear -> "linear"
              ) ]
          Tensors =
            [ LearnerStates.floats "weights" [ model.Weights.Length ] model.Weights
              LearnerStates.floats "bias" [ 1 ] [| model.Bias |]
              LearnerStates.floats "errors" [ model.Errors.Length ] model.Errors ] }

    /// The perceptron of its generic form. A state of another kind is an error.
    let ofState (state: LearnerState) : Perceptron =
        LearnerStates.demandKind kind state

        { Weights = LearnerStates.readFloats state "weights"
          Bias = (LearnerStates.readFloats state "bias")[0]
          Output =
            if Settings.text (LearnerStates.settings state) "output" = "step" then
                PerceptronOutput.Step
            else
                PerceptronOutput.Linear
          Errors = LearnerStates.readFloats state "errors"
          History = NeuronTraining.noHistory }

    /// The perceptron as a learner of any kind, whose classes are 0 and 1.
    let fitted (model: Perceptron) : FittedLearner =
        { Kind = kind
          Task = LearnerTask.Classification
          Features = model.Weights.Length
          Classes = 2
          Predict = fun x -> predict x { model with Output = PerceptronOutput.Step }
          Probabilities = None
          State = fun () -> toState model }

    /// Perceptrons as a learner of the classes 0 and 1.
    let learner (output: PerceptronOutput) (options: NeuronOptions) : Learner =
        let targets (y: Tensor) =
            match output with
            | PerceptronOutput.Step -> y
            | PerceptronOutput.Linear ->
                Tensor.toFloat64Array y
                |> Array.map (fun v -> if v = 0.0 then -1.0 else v)
                |> Tensor.ofFloat64Array y.Shape

        { Kind = kind
          Task = LearnerTask.Classification
          Fit = fun x y -> fitted (fit output options x (targets y))
          FitWeighted = None }
