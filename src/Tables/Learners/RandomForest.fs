namespace Functional

open System
open Functional.Kernels

/// Options of random forests; those of single trees as in `DecisionTreeOptions`.
type RandomForestOptions =
    {
        /// How many trees. Default 100.
        Trees: int
        /// How mixed nodes are measured. Default None: Gini for classes, squared error for numbers.
        Criterion: TreeCriterion option
        /// How many splits lead to a leaf at most. Default None: no limit.
        MaxDepth: int option
        /// Nodes of fewer samples are not split. Default 2.
        MinSamplesSplit: int
        /// A split leaves at least so many samples on each side. Default 1.
        MinSamplesLeaf: int
        /// A split makes nodes less mixed by at least this, times the node's share of the samples. Default 0.
        MinImpurityDecrease: float
        /// How many features each split looks at. Default None: the square root for classes, all for numbers.
        MaxFeatures: MaxFeatures option
        /// How much the samples of each class count. Default uniform; not for numbers.
        ClassWeights: ClassWeights
        /// Whether each tree is grown from as many samples as there are, drawn with replacement. Default true.
        Bootstrap: bool
        /// With bootstrap: how many samples a tree draws, as a share of all, above 0 to 1. Default 1.
        MaxSamples: float
        /// With bootstrap: whether each sample is predicted by the trees that have not seen it, and scored. Default false.
        OutOfBag: bool
        /// What samples and features are drawn by. Default the key of 0.
        Key: Key
    }

    /// The defaults, scikit-learn's.
    static member defaults =
        { Trees = 100
          Criterion = None
          MaxDepth = None
          MinSamplesSplit = 2
          MinSamplesLeaf = 1
          MinImpurityDecrease = 0.0
          MaxFeatures = None
          ClassWeights = ClassWeights.Uniform
          Bootstrap = true
          MaxSamples = 1.0
          OutOfBag = false
          Key = Key.ofInt 0 }

/// A fitted random forest.
type RandomForest =
    {
        /// Whether it predicts classes or numbers.
        Task: LearnerTask
        /// The trees.
        Trees: DecisionTree[]
        /// How many features a sample has.
        Features: int
        /// The number of classes; 0 for numbers.
        Classes: int
        /// The mean of the trees' importances of each feature, as shares of all.
        Importances: float[]
        /// The accuracy or R² of the predictions by trees that have not seen the sample, where it was asked for. Samples that all
        /// trees have seen do not count.
        OutOfBagScore: float option
    }

/// Growing the trees of a forest.
module private ForestGrowing =
    let check operation (options: RandomForestOptions) =
        if options.Trees < 1 then
            Fail.argument operation "Trees" options.Trees "is below 1."

        if not (options.MaxSamples > 0.0 && options.MaxSamples <= 1.0) then
            Fail.argument operation "MaxSamples" options.MaxSamples "is no share above 0; give one up to 1."

        if options.OutOfBag && not options.Bootstrap then
            Fail.argument operation "OutOfBag" true "needs Bootstrap; without it every tree sees all samples."

    let treeOptions (options: RandomForestOptions) otherwise : DecisionTreeOptions =
        { Criterion = options.Criterion
          MaxDepth = options.MaxDepth
          MinSamplesSplit = options.MinSamplesSplit
          MinSamplesLeaf = options.MinSamplesLeaf
          MinImpurityDecrease = options.MinImpurityDecrease
          MaxFeatures = defaultArg options.MaxFeatures otherwise
          ClassWeights = options.ClassWeights
          Key = options.Key }

    /// How often a tree sees each sample.
    let private counts (options: RandomForestOptions) rows (key: Key) : float[] =
        if options.Bootstrap then
            let draws = Draws key
            let counts = Array.zeroCreate<float> rows

            for _ in 1 .. max 1 (int (Math.Round(options.MaxSamples * float rows))) do
                let i = draws.Below rows
                counts[i] <- counts[i] + 1.0

            counts
        else
            Array.create rows 1.0

    /// Trees, each with the weights of its samples: `sums` makes the sums over weights. Each tree has a key of its own, so that
    /// the forest is the same on any number of threads.
    let grow operation (options: RandomForestOptions) tree (samples: Samples) weights sums : (TreeNodes * float[])[] =
        let keys = Key.splitMany options.Trees options.Key |> List.map Key.split |> Array.ofList
        let grown = Array.zeroCreate<TreeNodes * float[]> options.Trees

        WorkerPool.Run(
            options.Trees,
            fun t ->
                let sampleKey, featureKey = keys[t]
                let counts = counts options samples.Rows sampleKey
                let weights = Array.map2 (*) counts weights
                let nodes = TreeGrowing(operation, tree, samples, sums weights, weights, featureKey).Grow()
                grown[t] <- nodes, counts
        )

        grown

    /// The sum over the trees of their values for each sample [rows; outputs]; of trees that have not seen it, with how many
    /// they are, where counts are given.
    let valueSums (trees: DecisionTree[]) (seen: float[][] option) (samples: Samples) outputs : float[] * int[] =
        let values = Array.zeroCreate<float>(samples.Rows * outputs)
        let votes = Array.zeroCreate<int> samples.Rows
        let grain = 64

        WorkerPool.Run(
            (samples.Rows + grain - 1) / grain,
            fun slice ->
                for t in 0 .. trees.Length - 1 do
                    for i in slice * grain .. min samples.Rows ((slice + 1) * grain) - 1 do
                        let takesPart =
                            match seen with
                            | Some counts -> counts[t].[i] = 0.0
                            | None -> true

                        if takesPart then
                            let leaf = trees[t].Nodes.Values[TreeNodes.leafOf trees[t].Nodes (samples.Row i)]
                            votes[i] <- votes[i] + 1

                            for j in 0 .. outputs - 1 do
                                values[i * outputs + j] <- values[i * outputs + j] + leaf[j]
        )

        values, votes

    /// The mean importance of each feature over the trees that split at all, as shares of all.
    let importances features (trees: DecisionTree[]) : float[] =
        let sums = Array.zeroCreate<float> features

        for tree in trees do
            tree.Importances |> Array.iteri (fun j v -> sums[j] <- sums[j] + v)

        let total = Array.sum sums
        if total > 0.0 then sums |> Array.map (fun sum -> sum / total) else sums

/// Random forests: trees grown from drawn samples and features, whose predictions are averaged (Breiman 2001).
[<RequireQualifiedAccess>]
module RandomForest =
    let private kind task =
        match task with
        | LearnerTask.Classification -> "random_forest_classifier"
        | LearnerTask.Regression -> "random_forest_regressor"

    let private ofTrees task features classes trees score : RandomForest =
        { Task = task
          Trees = trees
          Features = features
          Classes = classes
          Importances = ForestGrowing.importances features trees
          OutOfBagScore = score }

    let private trees task features classes grown =
        grown |> Array.map (fst >> DecisionTree.ofNodes task features classes)

    /// The predictions for samples by the trees that have not seen them, and the samples that there are such trees for.
    let private outOfBag grown (trees: DecisionTree[]) (samples: Samples) outputs =
        let values, votes = ForestGrowing.valueSums trees (Some(Array.map snd grown)) samples outputs
        let voted = Array.init samples.Rows id |> Array.filter (fun i -> votes[i] > 0)

        voted, voted |> Array.map (fun i -> Array.init outputs (fun j -> values[i * outputs + j] / float votes[i]))

    let private classifierBy (options: RandomForestOptions) own (x: Tensor) (y: Tensor) : RandomForest =
        let operation = "RandomForest.fitClassifier"
        ForestGrowing.check operation options
        let tree = ForestGrowing.treeOptions options MaxFeatures.Sqrt
        TreeOptions.check operation tree
        let criterion = TreeOptions.ofClasses operation tree
        let samples = Samples.read operation x
        let labels = Samples.labels operation samples y
        let classes = Samples.classCount labels
        let own = Samples.weights operation samples own
        let weights = ClassWeights.ofSamples operation options.ClassWeights own labels
        let sums weights = ClassSums(labels, weights, classes, criterion) :> ISplitSums
        let grown = ForestGrowing.grow operation options tree samples weights sums
        let trees = trees LearnerTask.Classification samples.Features classes grown

        let score =
            if options.OutOfBag then
                let voted, values = outOfBag grown trees samples classes
                let right = Array.map2 (fun i v -> labels[i] = (Samples.largest classes v)[0]) voted values
                Some(float (right |> Array.filter id |> Array.length) / float voted.Length)
            else
                None

        ofTrees LearnerTask.Classification samples.Features classes trees score

    let private regressorBy (options: RandomForestOptions) own (x: Tensor) (y: Tensor) : RandomForest =
        let operation = "RandomForest.fitRegressor"
        ForestGrowing.check operation options
        let tree = ForestGrowing.treeOptions options MaxFeatures.All
        TreeOptions.check operation tree
        TreeOptions.demandNumbers operation tree
        let samples = Samples.read operation x
        let targets = Samples.targets operation samples y
        let ones () = Array.create samples.Rows 1.0
        let weights = Samples.weights operation samples own |> Option.defaultWith ones
        let sums weights = NumberSums(targets, weights) :> ISplitSums
        let grown = ForestGrowing.grow operation options tree samples weights sums
        let trees = trees LearnerTask.Regression samples.Features 0 grown

        let score =
            if options.OutOfBag then
                let voted, values = outOfBag grown trees samples 1
                let expected = voted |> Array.map (fun i -> targets[i])
                Some(Learner.determination (Array.create voted.Length 1.0) expected (Array.map Array.head values))
            else
                None

        ofTrees LearnerTask.Regression samples.Features 0 trees score

    /// Fits to samples x [n; features] and their classes y [n] (0 .. k - 1).
    let fitClassifier (options: RandomForestOptions) (x: Tensor) (y: Tensor) : RandomForest =
        classifierBy options None x y

    /// `fitClassifier` with a weight for each sample [n], 0 or more, by which each draw of it counts.
    let fitWeightedClassifier (options: RandomForestOptions) (weights: Tensor) (x: Tensor) (y: Tensor) : RandomForest =
        classifierBy options (Some weights) x y

    /// Fits to samples x [n; features] and their numbers y [n].
    let fitRegressor (options: RandomForestOptions) (x: Tensor) (y: Tensor) : RandomForest =
        regressorBy options None x y

    /// `fitRegressor` with a weight for each sample [n], 0 or more, by which each draw of it counts.
    let fitWeightedRegressor (options: RandomForestOptions) (weights: Tensor) (x: Tensor) (y: Tensor) : RandomForest =
        regressorBy options (Some weights) x y

    let private means operation (x: Tensor) (forest: RandomForest) outputs : float[] =
        let samples = Samples.readFor operation forest.Features x
        let sums, _ = ForestGrowing.valueSums forest.Trees None samples outputs
        sums |> Array.map (fun sum -> sum / float forest.Trees.Length)

    /// The class of the largest mean probability, the first of equal ones (Int32 [n]), or the mean of the trees' numbers (Float64
    /// [n]) for each sample of x [n; features].
    let predict (x: Tensor) (forest: RandomForest) : Tensor =
        let operation = "RandomForest.predict"

        match forest.Task with
        | LearnerTask.Classification ->
            means operation x forest forest.Classes |> Samples.largest forest.Classes |> Samples.ofLabels
        | LearnerTask.Regression -> Samples.ofTargets (means operation x forest 1)

    /// The mean of the trees' probabilities of each class: Float64 [n; classes]. A forest of numbers is an error.
    let probabilities (x: Tensor) (forest: RandomForest) : Tensor =
        let operation = "RandomForest.probabilities"
        DecisionTree.demandClasses operation forest.Task
        means operation x forest forest.Classes |> Samples.ofRows forest.Classes

    /// The generic form, to be saved.
    let toState (forest: RandomForest) : LearnerState =
        let score =
            match forest.OutOfBagScore with
            | Some score -> [ "out_of_bag_score", Setting.Number score ]
            | None -> []

        { Kind = kind forest.Task
          Settings =
            [ "features", Setting.Whole forest.Features
              "classes", Setting.Whole forest.Classes
              "trees", Setting.Whole forest.Trees.Length ]
            @ score
          Tensors =
            [ for t, tree in Seq.indexed forest.Trees do
                  yield! TreeNodes.toTensors $"tree_{t}." tree.Nodes ] }

    /// The forest of its generic form. A state of another kind is an error.
    let ofState (state: LearnerState) : RandomForest =
        let task = TreeModels.taskOf kind state
        let source = LearnerStates.settings state
        let features, classes = Settings.whole source "features", Settings.whole source "classes"

        let score =
            Settings.tryFind source "out_of_bag_score"
            |> Option.map (fun _ -> Settings.number source "out_of_bag_score")

        let byName = dict state.Tensors

        let tree t =
            let prefix = $"tree_{t}."

            let own =
                { state with
                    Tensors =
                        [ for name in TreeNodes.names do
                              match byName.TryGetValue(prefix + name) with
                              | true, tensor -> name, tensor
                              | _ -> () ] }

            DecisionTree.ofNodes task features classes (TreeNodes.ofState "" own)

        ofTrees task features classes (Array.init (Settings.whole source "trees") tree) score

    /// The forest as a learner of any kind.
    let fitted (forest: RandomForest) : FittedLearner =
        TreeModels.fitted kind forest.Task forest.Features forest.Classes predict probabilities toState forest

    /// Random forests for classes as a learner.
    let classifier (options: RandomForestOptions) : Learner =
        TreeModels.learner kind LearnerTask.Classification (classifierBy options) fitted

    /// Random forests for numbers as a learner.
    let regressor (options: RandomForestOptions) : Learner =
        TreeModels.learner kind LearnerTask.Regression (regressorBy options) fitted
