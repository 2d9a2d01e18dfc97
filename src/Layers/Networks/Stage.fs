namespace Functional

/// The start of a variable: its Shape and DType, and Draw, which gives its first value from a key.
[<RequireQualifiedAccess>]
type VariableStart = { Shape: Shape; DType: DType; Draw: Key -> Tensor }

/// A stage or a network for samples of given shapes: the starts of its Parameters and its State, and the shapes of its
/// Outputs.
[<RequireQualifiedAccess>]
type Blueprint = { Parameters: Tree<VariableStart>; State: Tree<VariableStart>; Outputs: Shape list }

/// The way in which a stage uses the networks inside it.
[<RequireQualifiedAccess>]
type InnerUse =
    /// As activations: functions without variables, which are no layers of the model.
    | Activations
    /// One network, whose results are the stage's: a model inside a model.
    | Container
    /// Once, on what the stage is given; results of the network beyond its own ones are passed on.
    | Once
    /// Several times, or on other tensors than the stage is given.
    | Repeated

/// The source of a tensor in a network.
[<RequireQualifiedAccess>]
type Connection =
    /// All inputs of the network, in order.
    | Inputs
    /// One input of the network.
    | Input of index: int
    /// All results of an earlier node, in order.
    | Results of node: int
    /// One result of an earlier node.
    | Result of node: int * index: int

/// What becomes of the masks of the tensors that a layer is given.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type MaskRule =
    /// The mask of the first tensor is that of the first result, where this has as many axes, and those of the mask with
    /// the same lengths. Keras: supports_masking.
    | Passes
    /// No result has a mask.
    | Stops
    /// A function gives the mask of each result, from the run with the masks of what the layer is given, from that, and
    /// from the results. Results beyond those that it gives a mask for have none.
    | Computed of (Run -> Tensor list -> Tensor list -> Tensor option list)
    /// The results have the masks that they have in the network inside, whose results they are.
    | OfInner

/// The sizes of a network that takes sequences one position at a time: Batch, the number of sequences, and Length, the positions
/// of each at most.
[<RequireQualifiedAccess>]
type StepSizes = { Batch: int; Length: int }

/// A layer as data with functions in it. Stages are told apart by reference: nodes of one stage share its variables.
[<RequireQualifiedAccess; ReferenceEquality>]
type Stage =
    {
        /// The kind of layer, in Keras's snake case: "dense".
        Kind: string
        /// The name its user gave it, or "".
        Name: string
        /// Its options under Keras's names.
        Settings: (string * Setting) list
        /// The networks inside it.
        Inner: Network list
        /// The way in which it uses them.
        InnerUse: InnerUse
        /// Whether training changes its parameters. A frozen stage runs as outside training.
        Trainable: bool
        /// Whether all uses of the stage in one network share its variables; other stages are copied for each use.
        SharesWeights: bool
        /// Its blueprint, from the inner networks and the shapes of one sample of each tensor that it is given.
        Build: Network list -> Shape list -> Blueprint
        /// Its function: results, and its variables with the state that follows.
        Apply: Network list -> Variables -> Run -> Tensor list -> Tensor list * Variables
        /// What becomes of masks.
        Masks: MaskRule
        /// Where it ends in a softmax or a sigmoid: that activation's kind, and the function without it.
        Logits: (string * (Network list -> Variables -> Run -> Tensor list -> Tensor list * Variables)) option
        /// The terms that its regularizers add to the loss.
        Penalties: Network list -> Variables -> Tensor list
        /// Its parameters within their constraints, from those that an update gave.
        Constrain: Network list -> Tree<Tensor> -> Tree<Tensor>
        /// The same layer for one position of sequences at a time, with what it remembers of earlier ones in its state:
        /// of layers that mix positions in ways that can be remembered.
        Stepwise: (StepSizes -> Stage) option
    }

/// A use of a Stage, whose inputs are the values of the connections that it takes them From, in order.
and [<RequireQualifiedAccess>] NetworkNode = { Stage: Stage; From: Connection list }

/// A graph of stages.
and [<RequireQualifiedAccess>] Network =
    {
        /// The names and the sample shapes of the inputs of a graph; empty for a chain.
        Inputs: (string * Shape) list
        /// The nodes, each behind those whose results it takes.
        Nodes: NetworkNode list
        /// The sources of the results.
        Outputs: Connection list
        /// The names of the results; empty where they are called after the nodes they come from.
        OutputNames: string list
    }
