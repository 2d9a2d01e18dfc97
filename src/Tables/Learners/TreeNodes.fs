namespace Functional

open System

/// How a decision tree measures how mixed the samples of a node are.
[<RequireQualifiedAccess>]
type TreeCriterion =
    /// Classes: 1 - Σ p².
    | Gini
    /// Classes: -Σ p log2 p.
    | Entropy
    /// Numbers: the mean squared difference from the mean.
    | SquaredError

/// How many features each split looks at.
[<RequireQualifiedAccess>]
type MaxFeatures =
    /// All of them.
    | All
    /// The square root of their number, rounded down, at least 1.
    | Sqrt
    /// The logarithm of their number to base 2, rounded down, at least 1.
    | Log2
    /// So many.
    | Count of int
    /// This share of them, rounded down, at least 1.
    | Share of float

/// Options of decision trees.
type DecisionTreeOptions =
    {
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
        /// How many features each split looks at, drawn by the key. Default all.
        MaxFeatures: MaxFeatures
        /// How much the samples of each class count. Default uniform; not for numbers.
        ClassWeights: ClassWeights
        /// What features are drawn by. Default the key of 0.
        Key: Key
    }

    /// The defaults, scikit-learn's.
    static member defaults =
        { Criterion = None
          MaxDepth = None
          MinSamplesSplit = 2
          MinSamplesLeaf = 1
          MinImpurityDecrease = 0.0
          MaxFeatures = MaxFeatures.All
          ClassWeights = ClassWeights.Uniform
          Key = Key.ofInt 0 }

/// The nodes of a tree in the order of a walk that goes left first; the root is node 0.
type TreeNodes =
    {
        /// The feature that the node asks for; -1 for a leaf.
        Features: int[]
        /// Samples whose feature is at most this go left.
        Thresholds: float[]
        /// The left child; -1 for a leaf.
        Left: int[]
        /// The right child; -1 for a leaf.
        Right: int[]
        /// The share of each class among the node's samples, or their mean alone [node][outputs].
        Values: float[][]
        /// How mixed the node is.
        Impurities: float[]
        /// How many samples of the fit the node has.
        Samples: int[]
        /// The weight of these samples.
        Weights: float[]
    }

/// Walking trees.
module internal TreeNodes =
    /// The leaf of a sample.
    let leafOf (nodes: TreeNodes) (row: ReadOnlySpan<float>) : int =
        let mutable node = 0

        while nodes.Features[node] >= 0 do
            node <-
                if row[nodes.Features[node]] <= nodes.Thresholds[node] then
                    nodes.Left[node]
                else
                    nodes.Right[node]

        node

    /// How much less mixed the splits by each feature make the samples, as shares of all; zeros for a tree of one leaf.
    let importances features (nodes: TreeNodes) : float[] =
        let sums = Array.zeroCreate<float> features
        let mixed node = nodes.Weights[node] * nodes.Impurities[node]

        for node in 0 .. nodes.Features.Length - 1 do
            if nodes.Features[node] >= 0 then
                let feature = nodes.Features[node]
                sums[feature] <- sums[feature] + mixed node - mixed nodes.Left[node] - mixed nodes.Right[node]

        let total = Array.sum sums
        if total > 0.0 then sums |> Array.map (fun sum -> sum / total) else sums

    /// The number of splits from the root to each node.
    let depths (nodes: TreeNodes) : int[] =
        let depths = Array.zeroCreate<int> nodes.Features.Length

        for node in 0 .. depths.Length - 1 do
            if nodes.Features[node] >= 0 then
                depths[nodes.Left[node]] <- depths[node] + 1
                depths[nodes.Right[node]] <- depths[node] + 1

        depths

    /// The names of the tensors of nodes.
    let names = [ "features"; "thresholds"; "left"; "right"; "values"; "impurities"; "samples"; "weights" ]

    /// Nodes as tensors under names.
    let toTensors prefix (nodes: TreeNodes) : (string * Tensor) list =
        let floats name values = LearnerStates.floats (prefix + name) [ Array.length values ] values

        [ LearnerStates.ints (prefix + "features") nodes.Features
          floats "thresholds" nodes.Thresholds
          LearnerStates.ints (prefix + "left") nodes.Left
          LearnerStates.ints (prefix + "right") nodes.Right
          LearnerStates.floats
              (prefix + "values")
              [ nodes.Values.Length; nodes.Values[0].Length ]
              (Array.concat nodes.Values)
          floats "impurities" nodes.Impurities
          LearnerStates.ints (prefix + "samples") nodes.Samples
          floats "weights" nodes.Weights ]

    let ofState prefix (state: LearnerState) : TreeNodes =
        let floats name = LearnerStates.readFloats state (prefix + name)
        let ints name = LearnerStates.readInts state (prefix + name)
        let features = ints "features"
        let values = floats "values"

        { Features = features
          Thresholds = floats "thresholds"
          Left = ints "left"
          Right = ints "right"
          Values = Array.chunkBySize (values.Length / features.Length) values
          Impurities = floats "impurities"
          Samples = ints "samples"
          Weights = floats "weights" }
