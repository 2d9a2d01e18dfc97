namespace Functional

open System

/// What a neuron makes of its weighted sum z.
[<RequireQualifiedAccess>]
type NeuronActivation =
    /// z itself.
    | Linear
    /// 1 / (1 + exp(-z)).
    | Sigmoid
    /// The hyperbolic tangent of z.
    | Tanh
    /// exp(z) by the sum over all neurons of the layer.
    | Softmax

/// What the training of a neuron makes small.
[<RequireQualifiedAccess>]
type NeuronLoss =
    /// (target - output)² / 2, summed over the outputs: the delta rule.
    | SquaredError
    /// -t ln p - (1 - t) ln (1 - p), summed over the outputs; with the sigmoid.
    | BinaryCrossentropy
    /// -Σ t ln p; with the softmax.
    | CategoricalCrossentropy

/// The weights that training starts from.
[<RequireQualifiedAccess>]
type NeuronStart =
    /// Uniform in [-0.5, 0.5), drawn by the key.
    | Random
    /// All zero.
    | Zeros
    /// These weights, a row of features for each neuron, and biases, one for each.
    | Given of Weights: float[][] * Biases: float[]

/// What is kept of the lines (weights and bias) while a neuron learns, for drawing.
[<RequireQualifiedAccess>]
type NeuronHistory =
    /// Nothing.
    | None
    /// The line at the start and after each iteration.
    | Iterations
    /// The line at the start and after each change.
    | Updates

/// Options of neurons: how they learn.
type NeuronOptions =
    {
        /// How far weights move (alpha), above 0. Default 0.01.
        LearningRate: float
        /// At most so many passes over the samples. Default 100.
        Iterations: int
        /// Training ends when the error of a pass is not above this. Default 0.
        ErrorBound: float
        /// How many samples a change of the weights is the mean of. Default 1: stochastic gradient.
        BatchSize: int
        /// Whether the samples are put in a new order for every pass. Default false.
        Shuffle: bool
        /// The weights at the start. Default random.
        Start: NeuronStart
        /// What is kept for drawing. Default the line after each iteration.
        Keep: NeuronHistory
        /// What random starts and orders are drawn by. Default the key of 0.
        Key: Key
    }

    /// The defaults.
    static member defaults =
        { LearningRate = 0.01
          Iterations = 100
          ErrorBound = 0.0
          BatchSize = 1
          Shuffle = false
          Start = NeuronStart.Random
          Keep = NeuronHistory.Iterations
          Key = Key.ofInt 0 }

/// A neuron's line while it learned: where weights · x + bias = 0.
type LineHistory =
    {
        /// The weights at the start and at each later moment that was kept.
        Weights: float[][]
        /// The bias at the same moments.
        Biases: float[]
    }

/// Weights under training and what is kept of them: one or several neurons on the same features.
[<Sealed>]
type internal NeuronState(operation: string, options: NeuronOptions, neurons: int, features: int) =
    let startKey, orderKey = Key.split options.Key

    let weights, biases =
        match options.Start with
        | NeuronStart.Zeros -> Array.init neurons (fun _ -> Array.zeroCreate<float> features), Array.zeroCreate neurons
        | NeuronStart.Random ->
            let draws = Draws startKey
            let draw _ = draws.Uniform() - 0.5
            Array.init neurons (fun _ -> Array.init features draw), Array.init neurons draw
        | NeuronStart.Given(weights, biases) ->
            if
                weights.Length <> neurons
                || biases.Length <> neurons
                || weights |> Array.exists (fun row -> row.Length <> features)
            then
                Fail.argument
                    operation
                    "Start"
                    $"{weights.Length} rows of weights and {biases.Length} biases"
                    $"do not fit; give {neurons} rows of {features} weights and {neurons} biases."

            weights |> Array.map Array.copy, Array.copy biases

    let kept = Collections.Generic.List<float[][] * float[]>()
    let keep () = kept.Add(weights |> Array.map Array.copy, Array.copy biases)
    let draws = Draws orderKey

    do
        if not (options.LearningRate > 0.0) then
            Fail.argument operation "LearningRate" options.LearningRate "is not above 0."

        if options.Iterations < 1 then
            Fail.argument operation "Iterations" options.Iterations "is below 1."

        if options.BatchSize < 1 then
            Fail.argument operation "BatchSize" options.BatchSize "is below 1."

        if options.Keep <> NeuronHistory.None then
            keep ()

    member _.Weights = weights
    member _.Biases = biases

    /// The weighted sum of a neuron.
    member _.Sum(neuron: int, row: ReadOnlySpan<float>) : float =
        let w = weights[neuron]
        let mutable sum = biases[neuron]

        for j in 0 .. features - 1 do
            sum <- sum + w[j] * row[j]

        sum

    /// Moves a neuron along a sample.
    member _.Move(neuron: int, step: float, row: ReadOnlySpan<float>) =
        let w = weights[neuron]

        for j in 0 .. features - 1 do
            w[j] <- w[j] + step * row[j]

        biases[neuron] <- biases[neuron] + step

    /// To be called after each change of the weights.
    member _.Changed() =
        if options.Keep = NeuronHistory.Updates then
            keep ()

    /// Runs passes until the error of one, which `pass` gives for an order of the samples, is within the bound. The errors.
    member _.Run(rows: int, pass: int[] -> float) : float[] =
        let errors = Collections.Generic.List<float>()
        let mutable running = true

        while running && errors.Count < options.Iterations do
            let order = if options.Shuffle then draws.Permutation rows else Array.init rows id
            let error = pass order

            if not (Double.IsFinite error) then
                Fail.data
                    operation
                    $"the error is no longer finite in iteration {errors.Count + 1}; give a smaller LearningRate, or scale the \
                      features."

            errors.Add error
            running <- error > options.ErrorBound

            if options.Keep = NeuronHistory.Iterations then
                keep ()

        errors.ToArray()

    /// The line of a neuron at the moments that were kept.
    member _.History(neuron: int) : LineHistory =
        { Weights = kept |> Seq.map (fun (weights, _) -> weights[neuron]) |> Array.ofSeq
          Biases = kept |> Seq.map (fun (_, biases) -> biases[neuron]) |> Array.ofSeq }

/// Outputs of neurons, their losses and gradients.
module internal NeuronTraining =
    /// Replaces weighted sums by outputs.
    let activate (activation: NeuronActivation) (sums: Span<float>) =
        match activation with
        | NeuronActivation.Linear -> ()
        | NeuronActivation.Sigmoid ->
            for k in 0 .. sums.Length - 1 do
                sums[k] <- Probabilities.sigmoid sums[k]
        | NeuronActivation.Tanh ->
            for k in 0 .. sums.Length - 1 do
                sums[k] <- tanh sums[k]
        | NeuronActivation.Softmax -> Probabilities.softmax sums |> ignore

    let demandFit operation (activation: NeuronActivation) (loss: NeuronLoss) =
        match activation, loss with
        | _, NeuronLoss.SquaredError
        | NeuronActivation.Sigmoid, NeuronLoss.BinaryCrossentropy
        | NeuronActivation.Softmax, NeuronLoss.CategoricalCrossentropy -> ()
        | _, NeuronLoss.BinaryCrossentropy ->
            Fail.argument operation "the loss" "BinaryCrossentropy" $"goes with the sigmoid, and not with {activation}."
        | _, NeuronLoss.CategoricalCrossentropy ->
            Fail.argument
                operation
                "the loss"
                "CategoricalCrossentropy"
                $"goes with the softmax, and not with {activation}."

    /// ln p, of a p that may be 0.
    let private logOf p = log (max p 1e-300)

    /// The loss of outputs for targets.
    let loss (loss: NeuronLoss) (outputs: float[]) (targets: ReadOnlySpan<float>) : float =
        let mutable sum = 0.0

        for k in 0 .. outputs.Length - 1 do
            let y, t = outputs[k], targets[k]

            sum <-
                match loss with
                | NeuronLoss.SquaredError -> sum + (t - y) * (t - y) / 2.0
                | NeuronLoss.BinaryCrossentropy -> sum - t * logOf y - (1.0 - t) * logOf (1.0 - y)
                | NeuronLoss.CategoricalCrossentropy -> sum - t * logOf y

        sum

    /// Replaces outputs by the negative gradient of the loss with respect to the weighted sums.
    let descent (activation: NeuronActivation) (loss: NeuronLoss) (outputs: float[]) (targets: ReadOnlySpan<float>) =
        let mutable mixed = 0.0

        for k in 0 .. outputs.Length - 1 do
            mixed <- mixed + (targets[k] - outputs[k]) * outputs[k]

        for k in 0 .. outputs.Length - 1 do
            let y = outputs[k]
            let error = targets[k] - y

            outputs[k] <-
                match loss, activation with
                | NeuronLoss.BinaryCrossentropy, _
                | NeuronLoss.CategoricalCrossentropy, _
                | NeuronLoss.SquaredError, NeuronActivation.Linear -> error
                | NeuronLoss.SquaredError, NeuronActivation.Sigmoid -> error * y * (1.0 - y)
                | NeuronLoss.SquaredError, NeuronActivation.Tanh -> error * (1.0 - y * y)
                | NeuronLoss.SquaredError, NeuronActivation.Softmax -> y * (error - mixed)

    /// Trains neurons by stochastic gradient on targets [rows; neurons]; gives the state and the mean loss of each pass.
    let run operation activation loss' (options: NeuronOptions) (samples: Samples) (targets: float[]) neurons =
        demandFit operation activation loss'
        let state = NeuronState(operation, options, neurons, samples.Features)

        let pass (order: int[]) =
            let mutable total = 0.0

            for batch in Array.chunkBySize options.BatchSize order do
                let steps = batch |> Array.map (fun _ -> Array.zeroCreate<float> neurons)

                for b in 0 .. batch.Length - 1 do
                    let i = batch[b]

                    for k in 0 .. neurons - 1 do
                        steps[b].[k] <- state.Sum(k, samples.Row i)

                    let wanted = ReadOnlySpan(targets, i * neurons, neurons)
                    activate activation (Span steps[b])
                    total <- total + loss loss' steps[b] wanted
                    descent activation loss' steps[b] wanted

                for b in 0 .. batch.Length - 1 do
                    for k in 0 .. neurons - 1 do
                        let step = options.LearningRate * steps[b].[k] / float batch.Length
                        state.Move(k, step, samples.Row batch[b])

                state.Changed()

            total / float samples.Rows

        let errors = state.Run(samples.Rows, pass)
        state, errors

    /// The outputs of neurons for samples [rows; neurons].
    let outputs activation (weights: float[][]) (biases: float[]) (samples: Samples) : float[] =
        let neurons = biases.Length
        let outputs = Array.zeroCreate<float>(samples.Rows * neurons)

        for i in 0 .. samples.Rows - 1 do
            let row = samples.Row i

            for k in 0 .. neurons - 1 do
                let mutable sum = biases[k]

                for j in 0 .. samples.Features - 1 do
                    sum <- sum + weights[k].[j] * row[j]

                outputs[i * neurons + k] <- sum

            activate activation (Span(outputs, i * neurons, neurons))

        outputs

    let toSetting (activation: NeuronActivation) : string * Setting =
        let name =
            match activation with
            | NeuronActivation.Linear -> "linear"
            | NeuronActivation.Sigmoid -> "sigmoid"
            | NeuronActivation.Tanh -> "tanh"
            | NeuronActivation.Softmax -> "softmax"

        "activation", Setting.Text name

    let ofSetting (source: Settings.Source) : NeuronActivation =
        match Settings.text source "activation" with
        | "linear" -> NeuronActivation.Linear
        | "sigmoid" -> NeuronActivation.Sigmoid
        | "tanh" -> NeuronActivation.Tanh
        | "softmax" -> NeuronActivation.Softmax
        | other -> Fail.data source.Owner $"its description is damaged: there is no activation '{other}'."

    let noHistory: LineHistory = { Weights = [||]; Biases = [||] }
