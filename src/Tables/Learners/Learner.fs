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
    }

/// Fitting, predicting and scoring with learners of any kind.
[<RequireQualifiedAccess>]
module Learner =
    /// Fits to samples x [n; features] and their classes (Int32, 0 .. k - 1) or numbers y [n].
    let fit (x: Tensor) (y: Tensor) (learner: Learner) : FittedLearner = learner.Fit x y

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

    let private accuracy (expected: int[]) (predicted: int[]) =
        let right = Array.fold2 (fun right e p -> if e = p then right + 1 else right) 0 expected predicted
        float right / float expected.Length

    /// 1 - residual sum of squares by total sum of squares. Of constant numbers: 1 where all are met, else 0.
    let internal determination (expected: float[]) (predicted: float[]) =
        let mean = Array.average expected
        let residual = Array.fold2 (fun sum e p -> sum + (e - p) * (e - p)) 0.0 expected predicted
        let total = expected |> Array.sumBy (fun e -> (e - mean) * (e - mean))

        if total > 0.0 then 1.0 - residual / total
        elif residual = 0.0 then 1.0
        else 0.0

    /// The score of scikit-learn's `score`: the share of right classes (accuracy), or the coefficient of determination R².
    /// No samples, and as many targets as no samples have, are errors.
    let score (x: Tensor) (y: Tensor) (fitted: FittedLearner) : float =
        if y.Size = 0 then
            Fail.shapes "Learner.score" [ "y", y.Shape ] "there are no samples to score."

        let predicted = fitted.Predict x

        if predicted.Size <> y.Size then
            Fail.shapes "Learner.score" [ "x", x.Shape; "y", y.Shape ] "give one target for each sample."

        match fitted.Task with
        | LearnerTask.Classification -> accuracy (Tensor.toInts y) (Tensor.toInts predicted)
        | LearnerTask.Regression -> determination (Tensor.toFloat64Array y) (Tensor.toFloat64Array predicted)

    /// A learner made of functions: a kind of one's own. `fit` takes x and y and gives what predicts.
    let ofFunction (kind: string) (task: LearnerTask) (fit: Tensor -> Tensor -> FittedLearner) : Learner =
        { Kind = kind; Task = task; Fit = fit }

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
