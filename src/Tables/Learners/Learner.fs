namespace Functional

open System

/// What a learner predicts.
[<RequireQualifiedAccess>]
type LearnerTask =
    /// A class for each sample: int32, 0 .. k - 1.
    | Classification
    /// A number for each sample: float64.
    | Regression

/// The generic form of a fitted learner, which files keep: its kind, the settings that prediction needs, and its numbers.
/// `Learners.ofState` makes the learner again.
type LearnerState =
    {
        /// The kind in snake case, such as "logistic_regression".
        Kind: string
        /// Settings under names.
        Settings: (string * Setting) list
        /// Tensors under names.
        Tensors: (string * Tensor) list
    }

/// A fitted learner of any kind, for pipelines and model selection. The records of the kinds (`LogisticRegression`,
/// `DecisionTree`, ...) hold its numbers under names of their own.
[<NoEquality; NoComparison>]
type FittedLearner =
    {
        /// The kind in snake case, such as "logistic_regression".
        Kind: string
        /// Whether it predicts classes or numbers.
        Task: LearnerTask
        /// How many features a sample has.
        Features: int
        /// How many classes it tells apart; 0 for regression.
        Classes: int
        /// From samples [n; features] to classes (Int32 [n]) or numbers (Float64 [n]).
        Predict: Tensor -> Tensor
        /// From samples [n; features] to the probability of each class, Float64 [n; classes]. None where the learner knows none.
        Probabilities: (Tensor -> Tensor) option
        /// Its generic form, to be saved.
        State: unit -> LearnerState
    }

/// A learner with its options, ready to be fitted.
[<NoEquality; NoComparison>]
type Learner =
    {
        /// The kind in snake case, such as "logistic_regression".
        Kind: string
        /// Whether it predicts classes or numbers.
        Task: LearnerTask
        /// From samples [n; features] and their classes or numbers [n] to the fitted learner.
        Fit: Tensor -> Tensor -> FittedLearner
        /// From weights of the samples [n], and what `Fit` takes, to the fitted learner. None where samples cannot be weighted.
        FitWeighted: (Tensor -> Tensor -> Tensor -> FittedLearner) option
    }

/// Fitting, predicting and scoring with learners of any kind.
[<RequireQualifiedAccess>]
module Learner =
    /// Fits to samples x [n; features] and their classes (Int32, 0 .. k - 1) or numbers y [n].
    let fit (x: Tensor) (y: Tensor) (learner: Learner) : FittedLearner = learner.Fit x y

    /// `fit` with a weight for each sample [n], 0 or more: a weight of 2 counts as the sample twice. scikit-learn: sample_weight. A
    /// learner whose samples cannot be weighted (nearest neighbours, perceptrons and neurons) is an error.
    let fitWeighted (weights: Tensor) (x: Tensor) (y: Tensor) (learner: Learner) : FittedLearner =
        match learner.FitWeighted with
        | Some fit -> fit weights x y
        | None ->
            Fail.argument
                "Learner.fitWeighted"
                "the learner"
                learner.Kind
                "takes no weights of samples; leave them out, or take a linear model, naive Bayes, a tree or a forest."

    /// The class (Int32 [n]) or number (Float64 [n]) of each sample of x [n; features].
    let predict (x: Tensor) (fitted: FittedLearner) : Tensor = fitted.Predict x

    /// The probability of each class for each sample, Float64 [n; classes]. A learner that knows no probabilities is an error.
    let probabilities (x: Tensor) (fitted: FittedLearner) : Tensor =
        match fitted.Probabilities with
        | Some probabilities -> probabilities x
        | None ->
            Fail.argument
                "Learner.probabilities"
                "the learner"
                fitted.Kind
                "gives no probabilities; take a classifier that does, such as logistic regression or a random forest."

    let private accuracy (weights: float[]) (expected: int[]) (predicted: int[]) =
        let right = Array.map2 (fun e p -> if e = p then 1.0 else 0.0) expected predicted
        SampleWeights.mean weights right

    /// 1 - residual sum of squares by total sum of squares, weighted. Of constant numbers: 1 where all are met, else 0.
    let internal determination (weights: float[]) (expected: float[]) (predicted: float[]) =
        let mean = SampleWeights.mean weights expected
        let squares a b = Array.map2 (fun (a: float) b -> (a - b) * (a - b)) a b
        let residual = SampleWeights.mean weights (squares expected predicted)
        let total = SampleWeights.mean weights (squares expected (Array.create expected.Length mean))

        if total > 0.0 then 1.0 - residual / total
        elif residual = 0.0 then 1.0
        else 0.0

    let private scoreBy operation (weights: int -> float[]) (x: Tensor) (y: Tensor) (fitted: FittedLearner) : float =
        if y.Size = 0 then
            Fail.shapes operation [ "y", y.Shape ] "there are no samples to score."

        let predicted = fitted.Predict x

        if predicted.Size <> y.Size then
            Fail.shapes operation [ "x", x.Shape; "y", y.Shape ] "give one target for each sample."

        let weights = weights y.Size

        match fitted.Task with
        | LearnerTask.Classification -> accuracy weights (Tensor.toInts y) (Tensor.toInts predicted)
        | LearnerTask.Regression -> determination weights (Tensor.toFloat64Array y) (Tensor.toFloat64Array predicted)

    /// The score of scikit-learn's `score`: the share of right classes (accuracy), or the coefficient of determination R².
    /// No samples, and as many targets as no samples have, are errors.
    let score (x: Tensor) (y: Tensor) (fitted: FittedLearner) : float =
        scoreBy "Learner.score" (fun count -> Array.create count 1.0) x y fitted

    /// `score` with a weight for each sample [n], 0 or more. scikit-learn: score with sample_weight.
    let scoreWeighted (weights: Tensor) (x: Tensor) (y: Tensor) (fitted: FittedLearner) : float =
        let operation = "Learner.scoreWeighted"
        scoreBy operation (fun count -> SampleWeights.read operation count weights) x y fitted

    /// A learner made of functions: a kind of one's own. `fit` takes x and y and gives what predicts; samples cannot be weighted.
    let ofFunction (kind: string) (task: LearnerTask) (fit: Tensor -> Tensor -> FittedLearner) : Learner =
        { Kind = kind; Task = task; Fit = fit; FitWeighted = None }

    /// A learner made of functions whose samples can be weighted: `fit` takes the weights of the samples, if there are some, x and y.
    let internal ofFits kind task (fit: Tensor option -> Tensor -> Tensor -> FittedLearner) : Learner =
        { Kind = kind; Task = task; Fit = fit None; FitWeighted = Some(Some >> fit) }

/// Reading and writing the generic form of a learner.
module internal LearnerStates =
    /// A Float64 tensor under a name.
    let floats name (shape: Shape) (values: float[]) : string * Tensor = name, Tensor.ofFloat64Array shape values

    /// An Int32 vector under a name.
    let ints name (values: int[]) : string * Tensor = name, Tensor.ofInts [ values.Length ] values

    /// The settings of a state, with its kind as the owner in errors.
    let settings (state: LearnerState) : Settings.Source = { Owner = state.Kind; Settings = state.Settings }

    /// The tensor of this name; a missing one is an error.
    let tensor (state: LearnerState) name : Tensor =
        match List.tryFind (fst >> (=) name) state.Tensors with
        | Some(_, tensor) -> tensor
        | None -> Fail.data state.Kind $"its saved form is damaged: the tensor '{name}' is missing."

    /// The elements of the tensor of this name.
    let readFloats state name : float[] = Tensor.toFloat64Array (tensor state name)

    /// The elements of the tensor of this name, as int.
    let readInts state name : int[] = Tensor.toInts (tensor state name)

    /// Raises the error of a state of another kind.
    let demandKind kind (state: LearnerState) =
        if not (String.Equals(state.Kind, kind, StringComparison.Ordinal)) then
            Fail.data kind $"the saved learner is of the kind '{state.Kind}'; read it with Learners.ofState."
