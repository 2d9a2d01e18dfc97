namespace Functional

/// Where values live and are computed.
type Device =
    /// The machine's processor and memory.
    | Cpu
    /// The n-th CUDA device.
    | Cuda of index: int

    /// cpu, cuda:0, ...
    override d.ToString() =
        match d with
        | Cpu -> "cpu"
        | Cuda i -> $"cuda:{i}"

/// Elements at rest in the memory of some backend. Never changes once it can be seen.
[<AbstractClass>]
type Buffer(backend: Backend, signature: Signature) =
    /// The backend that made it and computes with it.
    member _.Backend = backend

    /// The lengths of its axes.
    member _.Shape = signature.Shape

    /// The type of its elements.
    member _.DType = signature.DType

    /// Its shape and type together.
    member _.Signature = signature

    /// The elements in row-major order as a new array of float32, float, int or bool, whichever the type is.
    abstract ToArray: unit -> System.Array

/// One value of a graph: the position of the `Node` that computes it, and which `Result` of the node it is.
and [<Struct>] Ref = { Node: int; Result: int }

/// One step of a graph.
and [<RequireQualifiedAccess>] Node =
    /// The n-th argument of the graph.
    | Input of index: int * Signature
    /// A value known when the graph was made.
    | Constant of Buffer
    /// A primitive applied to earlier values, and the signatures of what it gives.
    | Compute of Op * args: Ref list * results: Signature list

/// A computation as data: nodes in an order in which each one only needs earlier ones.
and Graph =
    {
        /// The steps, in order.
        Nodes: Node[]
        /// The signatures of the arguments.
        Inputs: Signature list
        /// The values it gives.
        Outputs: Ref list
    }

/// Computes primitives on some device: one at a time (`Evaluate`), or a whole graph prepared once (`Prepare`).
/// Both are safe to call from many threads at once.
and [<AbstractClass>] Backend() =
    /// The device that its buffers live on.
    abstract Device: Device

    /// A buffer from a row-major array of float32, float, int or bool; the array is not changed afterwards.
    abstract OfArray: System.Array * Shape -> Buffer

    /// What `op` gives for these arguments; the signatures of the results were inferred before, so shapes and types fit.
    abstract Evaluate: op: Op * args: Buffer list * results: Signature list -> Buffer list

    /// A plan for the graph, to be run many times.
    abstract Prepare: Graph -> Plan

/// A graph made ready to run on one backend.
and [<AbstractClass>] Plan(graph: Graph) =
    /// What the plan computes.
    member _.Graph = graph

    /// Runs it. Safe to call from many threads at once.
    abstract Run: Buffer list -> Buffer list
