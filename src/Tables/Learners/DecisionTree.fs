namespace Functional

open System
open System.Globalization
open Functional.Kernels

/// A fitted decision tree.
type DecisionTree =
    {
        /// Whether it predicts classes or numbers.
        Task: LearnerTask
        /// The nodes; node 0 is the root.
        Nodes: TreeNodes
        /// How many features a sample has.
        Features: int
        /// The number of classes; 0 for numbers.
        Classes: int
        /// How much less mixed the splits by each feature make the samples, as shares of all (Gini importance).
        Importances: float[]
    }

/// What trees and forests are alike in as learners: both predict classes or numbers, under a kind for each.
module internal TreeModels =
    /// The task of a saved tree or forest, from its kind. Another kind is an error.
    let taskOf (kind: LearnerTask -> string) (state: LearnerState) : LearnerTask =
        if state.Kind = kind LearnerTask.Regression then
            LearnerTask.Regression
        else
            LearnerStates.demandKind (kind LearnerTask.Classification) state
            LearnerTask.Classification

    /// A tree or forest as a learner of any kind; of classes it knows probabilities.
    let fitted kind task features classes predict probabilities toState (model: 'T) : FittedLearner =
        { Kind = kind task
          Task = task
          Features = features
          Classes = classes
          Predict = fun (x: Tensor) -> predict x model
          Probabilities =
            match task with
            | LearnerTask.Classification -> Some(fun (x: Tensor) -> probabilities x model)
            | LearnerTask.Regression -> None
          State = fun () -> toState model }

    /// Trees or forests as a learner, from their fit.
    let learner kind task (fit: Tensor option -> Tensor -> Tensor -> 'T) (fitted: 'T -> FittedLearner) : Learner =
        Learner.ofFits (kind task) task (fun weights x y -> fitted (fit weights x y))

/// Decision trees for classes and numbers (CART).
[<RequireQualifiedAccess>]
module DecisionTree =
    let private kind task =
        match task with
        | LearnerTask.Classification -> "decision_tree_classifier"
        | LearnerTask.Regression -> "decision_tree_regressor"

    let internal ofNodes task features classes (nodes: TreeNodes) : DecisionTree =
        { Task = task
          Nodes = nodes
          Features = features
          Classes = classes
          Importances = TreeNodes.importances features nodes }

    let private classifierBy (options: DecisionTreeOptions) own (x: Tensor) (y: Tensor) : DecisionTree =
        let operation = "DecisionTree.fitClassifier"
        TreeOptions.check operation options
        let criterion = TreeOptions.ofClasses operation options
        let samples = Samples.read operation x
        let labels = Samples.labels operation samples y
        let classes = Samples.classCount labels

        let weights =
            ClassWeights.ofSamples operation options.ClassWeights (Samples.weights operation samples own) labels

        let sums = ClassSums(labels, weights, classes, criterion)

        TreeGrowing(operation, options, samples, sums, weights, options.Key).Grow()
        |> ofNodes LearnerTask.Classification samples.Features classes

    let private regressorBy (options: DecisionTreeOptions) own (x: Tensor) (y: Tensor) : DecisionTree =
        let operation = "DecisionTree.fitRegressor"
        TreeOptions.check operation options
        TreeOptions.demandNumbers operation options
        let samples = Samples.read operation x
        let targets = Samples.targets operation samples y
        let ones () = Array.create samples.Rows 1.0
        let weights = Samples.weights operation samples own |> Option.defaultWith ones

        TreeGrowing(operation, options, samples, NumberSums(targets, weights), weights, options.Key).Grow()
        |> ofNodes LearnerTask.Regression samples.Features 0

    /// Fits to samples x [n; features] and their classes y [n] (0 .. k - 1), by scikit-learn's rules; where splits are equally
    /// good, the first feature and the lowest threshold are taken, so that the tree is the same each time.
    let fitClassifier (options: DecisionTreeOptions) (x: Tensor) (y: Tensor) : DecisionTree =
        classifierBy options None x y

    /// `fitClassifier` with a weight for each sample [n], 0 or more; those of weight 0 are left out.
    let fitWeightedClassifier (options: DecisionTreeOptions) (weights: Tensor) (x: Tensor) (y: Tensor) : DecisionTree =
        classifierBy options (Some weights) x y

    /// Fits to samples x [n; features] and their numbers y [n]; see `fitClassifier`.
    let fitRegressor (options: DecisionTreeOptions) (x: Tensor) (y: Tensor) : DecisionTree =
        regressorBy options None x y

    /// `fitRegressor` with a weight for each sample [n], 0 or more; those of weight 0 are left out.
    let fitWeightedRegressor (options: DecisionTreeOptions) (weights: Tensor) (x: Tensor) (y: Tensor) : DecisionTree =
        regressorBy options (Some weights) x y

    let private leaves operation (x: Tensor) (tree: DecisionTree) : int[] =
        let samples = Samples.readFor operation tree.Features x
        let leaves = Array.zeroCreate<int> samples.Rows
        let grain = 1024

        WorkerPool.Run(
            (samples.Rows + grain - 1) / grain,
            fun slice ->
                for i in slice * grain .. min samples.Rows ((slice + 1) * grain) - 1 do
                    leaves[i] <- TreeNodes.leafOf tree.Nodes (samples.Row i)
        )

        leaves

    /// The node of the leaf that each sample of x [n; features] comes to: Int32 [n].
    let leafOf (x: Tensor) (tree: DecisionTree) : Tensor = Samples.ofLabels (leaves "DecisionTree.leafOf" x tree)

    let private valuesOf operation (x: Tensor) (tree: DecisionTree) : float[] =
        leaves operation x tree |> Array.collect (fun leaf -> tree.Nodes.Values[leaf])

    /// The class of the largest share in the leaf of each sample, the first of equal ones (Int32 [n]), or the leaf's mean
    /// (Float64 [n]).
    let predict (x: Tensor) (tree: DecisionTree) : Tensor =
        let values = valuesOf "DecisionTree.predict" x tree

        match tree.Task with
        | LearnerTask.Classification -> values |> Samples.largest tree.Classes |> Samples.ofLabels
        | LearnerTask.Regression -> Samples.ofTargets values

    let internal demandClasses operation task =
        if task <> LearnerTask.Classification then
            Fail.argument operation "the model" (kind task) "has no classes; fit it with fitClassifier."

    /// The share of each class in the leaf of each sample: Float64 [n; classes]. A tree of numbers is an error.
    let probabilities (x: Tensor) (tree: DecisionTree) : Tensor =
        demandClasses "DecisionTree.probabilities" tree.Task
        valuesOf "DecisionTree.probabilities" x tree |> Samples.ofRows tree.Classes

    /// How many splits lead to the deepest leaf.
    let depth (tree: DecisionTree) : int = Array.max (TreeNodes.depths tree.Nodes)

    /// How many leaves there are.
    let leafCount (tree: DecisionTree) : int =
        tree.Nodes.Features |> Array.filter (fun feature -> feature < 0) |> Array.length

    let private number (value: float) = value.ToString("F2", CultureInfo.InvariantCulture)

    let private nameOf operation (names: string list) count prefix =
        match names with
        | [] -> fun i -> $"{prefix}{i}"
        | names when names.Length = count -> fun i -> List.item i names
        | names ->
            Fail.argument
                operation
                "names"
                names.Length
                $"are not as many as there are: {count}. Give a name for each, or none."

    /// Names of features and of classes; none stand for feature_0, feature_1, ... and 0, 1, ...
    let private namers operation features classes (tree: DecisionTree) =
        nameOf operation features tree.Features "feature_", nameOf operation classes tree.Classes ""

    let private leafText (className: int -> string) (tree: DecisionTree) node =
        match tree.Task with
        | LearnerTask.Classification ->
            let largest = Samples.largest tree.Classes tree.Nodes.Values[node]
            $"class: {className largest[0]}"
        | LearnerTask.Regression -> $"value: [{number tree.Nodes.Values[node].[0]}]"

    /// The tree as indented text, as scikit-learn's export_text writes it, with names of features and of classes or without
    /// (empty lists).
    let toText (features: string list) (classes: string list) (tree: DecisionTree) : string =
        let featureName, className = namers "DecisionTree.toText" features classes tree
        let text = Text.StringBuilder()

        let rec write node indent =
            let line (content: string) =
                text.Append(String.replicate indent "|   ").Append("|--- ").Append(content).Append('\n') |> ignore

            if tree.Nodes.Features[node] < 0 then
                line (leafText className tree node)
            else
                let name, threshold = featureName tree.Nodes.Features[node], number tree.Nodes.Thresholds[node]
                line $"{name} <= {threshold}"
                write tree.Nodes.Left[node] (indent + 1)
                line $"{name} >  {threshold}"
                write tree.Nodes.Right[node] (indent + 1)

        write 0 0
        text.ToString()

    /// A rule for each leaf, from left to right: the conditions on its way joined by "and", and what the leaf predicts with the
    /// number of its samples.
    let rules (features: string list) (classes: string list) (tree: DecisionTree) : string list =
        let featureName, className = namers "DecisionTree.rules" features classes tree

        let rec write node conditions =
            if tree.Nodes.Features[node] < 0 then
                let conditions = if List.isEmpty conditions then [ "always" ] else List.rev conditions
                let samples = tree.Nodes.Samples[node]

                [ $"""{String.concat " and " conditions} -> {leafText className tree node} ({samples} samples)""" ]
            else
                let name, threshold = featureName tree.Nodes.Features[node], number tree.Nodes.Thresholds[node]

                write tree.Nodes.Left[node] ($"{name} <= {threshold}" :: conditions)
                @ write tree.Nodes.Right[node] ($"{name} > {threshold}" :: conditions)

        write 0 []

    /// The generic form, to be saved.
    let toState (tree: DecisionTree) : LearnerState =
        { Kind = kind tree.Task
          Settings = [ "features", Setting.Whole tree.Features; "classes", Setting.Whole tree.Classes ]
          Tensors = TreeNodes.toTensors "" tree.Nodes }

    /// The tree of its generic form. A state of another kind is an error.
    let ofState (state: LearnerState) : DecisionTree =
        let task = TreeModels.taskOf kind state
        let source = LearnerStates.settings state

        TreeNodes.ofState "" state
        |> ofNodes task (Settings.whole source "features") (Settings.whole source "classes")

    /// The tree as a learner of any kind.
    let fitted (tree: DecisionTree) : FittedLearner =
        TreeModels.fitted kind tree.Task tree.Features tree.Classes predict probabilities toState tree

    /// Decision trees for classes as a learner.
    let classifier (options: DecisionTreeOptions) : Learner =
        TreeModels.learner kind LearnerTask.Classification (classifierBy options) fitted

    /// Decision trees for numbers as a learner.
    let regressor (options: DecisionTreeOptions) : Learner =
        TreeModels.learner kind LearnerTask.Regression (regressorBy options) fitted
