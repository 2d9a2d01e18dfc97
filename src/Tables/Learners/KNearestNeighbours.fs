namespace Functional

open System

/// How much each neighbour counts.
[<RequireQualifiedAccess>]
type NeighbourWeights =
    /// All alike.
    | Uniform
    /// By the inverse of their distance; neighbours at distance 0 count alone.
    | Distance

/// Options of k nearest neighbours.
[<NoEquality; NoComparison>]
type KNearestNeighboursOptions =
    {
        /// How many neighbours decide. Default 5.
        Neighbours: int
        /// How much each counts. Default uniform.
        Weights: NeighbourWeights
        /// How far samples are from each other. Default Euclidean.
        Distance: Distance
    }

    /// The defaults, scikit-learn's.
    static member defaults = { Neighbours = 5; Weights = NeighbourWeights.Uniform; Distance = Distance.Euclidean }

/// Fitted k nearest neighbours: the samples themselves, with their classes or numbers.
[<Sealed>]
type KNearestNeighbours
    internal (options: KNearestNeighboursOptions, task: LearnerTask, samples: Samples, targets: float[]) =
    let index = NeighbourIndex("KNearestNeighbours", options.Distance, samples)
    let classes = if task = LearnerTask.Classification then int (Array.max targets) + 1 else 0

    member internal _.Data = samples
    member internal _.Index = index

    /// The options of the fit.
    member _.Options = options

    /// Whether classes or numbers are predicted.
    member _.Task = task

    /// The class or number of each sample.
    member _.Targets: Tensor = Samples.ofTargets targets

    /// The samples [n; features].
    member _.Samples: Tensor = Samples.ofRows samples.Features samples.Values

    /// The number of classes; 0 for regression.
    member _.Classes = classes

    member internal _.TargetOf i = targets[i]

/// Predicting from the nearest samples: the most frequent class, or the mean.
[<RequireQualifiedAccess>]
module KNearestNeighbours =
    let private kind task =
        match task with
        | LearnerTask.Classification -> "k_neighbours_classifier"
        | LearnerTask.Regression -> "k_neighbours_regressor"

    let private make operation (options: KNearestNeighboursOptions) task samples targets =
        let k = options.Neighbours

        if k < 1 || k > samples.Rows then
            Fail.argument operation "Neighbours" k $"is not within 1 and the number of samples, {samples.Rows}."

        Distance.power operation options.Distance |> ignore
        KNearestNeighbours(options, task, samples, targets)

    /// Keeps samples x [n; features] and their classes y [n] (0 .. k - 1).
    let fitClassifier (options: KNearestNeighboursOptions) (x: Tensor) (y: Tensor) : KNearestNeighbours =
        let operation = "KNearestNeighbours.fitClassifier"
        let samples = Samples.read operation x
        let labels = Samples.labels operation samples y
        make operation options LearnerTask.Classification samples (labels |> Array.map float)

    /// Keeps samples x [n; features] and their numbers y [n].
    let fitRegressor (options: KNearestNeighboursOptions) (x: Tensor) (y: Tensor) : KNearestNeighbours =
        let operation = "KNearestNeighbours.fitRegressor"
        let samples = Samples.read operation x
        make operation options LearnerTask.Regression samples (Samples.targets operation samples y)

    let private found operation k (x: Tensor) (model: KNearestNeighbours) =
        let queries = Samples.readFor operation model.Data.Features x
        model.Index.Nearest(queries, k)

    /// The `k` nearest samples of each sample of x [n; features], nearest first, ties in the order of the samples: their indices
    /// (Int32 [n; k]) and distances (Float64 [n; k]).
    let neighbours (k: int) (x: Tensor) (model: KNearestNeighbours) : Tensor * Tensor =
        let operation = "KNearestNeighbours.neighbours"

        if k < 1 || k > model.Data.Rows then
            Fail.argument operation "k" k $"is not within 1 and the number of samples, {model.Data.Rows}."

        let indices, distances = found operation k x model
        Tensor.ofInts [ indices.Length / k; k ] indices, Samples.ofRows k distances

    /// The weights of neighbours at these distances.
    let private weights (model: KNearestNeighbours) (distances: Span<float>) : float[] =
        match model.Options.Weights with
        | NeighbourWeights.Uniform -> Array.create distances.Length 1.0
        | NeighbourWeights.Distance ->
            let distances = distances.ToArray()

            if Array.contains 0.0 distances then
                distances |> Array.map (fun d -> if d = 0.0 then 1.0 else 0.0)
            else
                distances |> Array.map (fun d -> 1.0 / d)

    /// The weight of each class among the neighbours [n; classes].
    let private votes operation (x: Tensor) (model: KNearestNeighbours) : float[] =
        if model.Task <> LearnerTask.Classification then
            Fail.argument operation "the model" (kind model.Task) "has no classes; fit it with fitClassifier."

        let k, classes = model.Options.Neighbours, model.Classes
        let indices, distances = found operation k x model
        let votes = Array.zeroCreate<float>(indices.Length / k * classes)

        for i in 0 .. indices.Length / k - 1 do
            weights model (Span(distances, i * k, k))
            |> Array.iteri (fun j w ->
                let at = i * classes + int (model.TargetOf indices[i * k + j])
                votes[at] <- votes[at] + w)

        votes

    let private means operation (x: Tensor) (model: KNearestNeighbours) : float[] =
        let k = model.Options.Neighbours
        let indices, distances = found operation k x model

        Array.init (indices.Length / k) (fun i ->
            let weights = weights model (Span(distances, i * k, k))
            let mutable sum = 0.0
            weights |> Array.iteri (fun j w -> sum <- sum + w * model.TargetOf indices[i * k + j])
            sum / Array.sum weights)

    /// The class with the largest weight among the neighbours of each sample of x [n; features], the first of equal ones (Int32
    /// [n]); or the weighted mean of their numbers (Float64 [n]).
    let predict (x: Tensor) (model: KNearestNeighbours) : Tensor =
        let operation = "KNearestNeighbours.predict"

        match model.Task with
        | LearnerTask.Classification -> votes operation x model |> Samples.largest model.Classes |> Samples.ofLabels
        | LearnerTask.Regression -> Samples.ofTargets (means operation x model)

    /// The share of each class in the weights of the neighbours: Float64 [n; classes]. A regressor is an error.
    let probabilities (x: Tensor) (model: KNearestNeighbours) : Tensor =
        let votes = votes "KNearestNeighbours.probabilities" x model
        let classes = model.Classes

        let sums =
            Array.init (votes.Length / classes) (fun i -> Array.sum votes[i * classes .. (i + 1) * classes - 1])

        votes |> Array.mapi (fun at vote -> vote / sums[at / classes]) |> Samples.ofRows classes

    /// The generic form, to be saved. A distance that is a function is an error.
    let toState (model: KNearestNeighbours) : LearnerState =
        let weights =
            match model.Options.Weights with
            | NeighbourWeights.Uniform -> "uniform"
            | NeighbourWeights.Distance -> "distance"

        { Kind = kind model.Task
          Settings =
            [ "neighbours", Setting.Whole model.Options.Neighbours; "weights", Setting.Text weights ]
            @ Distance.toSettings "KNearestNeighbours.toState" model.Options.Distance
          Tensors = [ "samples", model.Samples; "targets", model.Targets ] }

    /// The model of its generic form. A state of another kind is an error.
    let ofState (state: LearnerState) : KNearestNeighbours =
        let source = LearnerStates.settings state

        let options =
            { Neighbours = Settings.whole source "neighbours"
              Weights =
                if Settings.text source "weights" = "distance" then
                    NeighbourWeights.Distance
                else
                    NeighbourWeights.Uniform
              Distance = Distance.ofSettings source }

        let x, y = LearnerStates.tensor state "samples", LearnerStates.tensor state "targets"

        if state.Kind = kind LearnerTask.Regression then
            fitRegressor options x y
        else
            LearnerStates.demandKind (kind LearnerTask.Classification) state
            fitClassifier options x y

    /// The model as a learner of any kind.
    let fitted (model: KNearestNeighbours) : FittedLearner =
        { Kind = kind model.Task
          Task = model.Task
          Features = model.Data.Features
          Classes = model.Classes
          Predict = fun x -> predict x model
          Probabilities =
            match model.Task with
            | LearnerTask.Classification -> Some(fun x -> probabilities x model)
            | LearnerTask.Regression -> None
          State = fun () -> toState model }

    /// Classification by k nearest neighbours as a learner.
    let classifier (options: KNearestNeighboursOptions) : Learner =
        { Kind = kind LearnerTask.Classification
          Task = LearnerTask.Classification
          Fit = fun x y -> fitted (fitClassifier options x y)
          FitWeighted = None }

    /// Regression by k nearest neighbours as a learner.
    let regressor (options: KNearestNeighboursOptions) : Learner =
        { Kind = kind LearnerTask.Regression
          Task = LearnerTask.Regression
          Fit = fun x y -> fitted (fitRegressor options x y)
          FitWeighted = None }
