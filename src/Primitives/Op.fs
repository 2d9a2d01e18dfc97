namespace Functional

/// Functions of one element. All take and give floats, but for those that say otherwise.
[<RequireQualifiedAccess>]
type Unary =
    /// -x; also of integers.
    | Neg
    /// |x|; also of integers.
    | Abs
    /// -1, 0 or 1, and NaN for NaN; also of integers.
    | Sign
    /// The largest integer not above x.
    | Floor
    /// The smallest integer not below x.
    | Ceil
    /// To the nearest integer, halves to the even one, as in NumPy.
    | Round
    /// e to the power x.
    | Exp
    /// exp x - 1 without cancellation near zero.
    | Expm1
    /// The natural logarithm; NaN below 0, minus infinity at 0.
    | Log
    /// log (1 + x) without cancellation near zero.
    | Log1p
    /// The square root; NaN below 0.
    | Sqrt
    /// 1 / sqrt x
    | Rsqrt
    /// The sine of radians.
    | Sin
    /// The cosine of radians.
    | Cos
    /// The tangent of radians.
    | Tan
    /// The inverse of the sine, in radians; NaN outside -1..1.
    | Asin
    /// The inverse of the cosine, in radians; NaN outside -1..1.
    | Acos
    /// The inverse of the tangent, in radians.
    | Atan
    /// The hyperbolic sine.
    | Sinh
    /// The hyperbolic cosine.
    | Cosh
    /// The hyperbolic tangent.
    | Tanh
    /// 1 / (1 + exp -x)
    | Sigmoid
    /// log (1 + exp x), without overflow.
    | Softplus
    /// The error function 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.
    | Erf
    /// max x 0; also of integers. NaN stays NaN.
    | Relu
    /// Logical negation; bool only.
    | Not

/// Functions of two elements of one type, which is also the result's. Shapes are equal: broadcasting is a primitive of its own.
[<RequireQualifiedAccess>]
type Binary =
    /// a + b
    | Add
    /// a - b
    | Sub
    /// a * b
    | Mul
    /// Floats only: integers have `FloorDiv`.
    | Div
    /// The quotient rounded to minus infinity, as NumPy's floor_divide; for integers 0 where b is 0.
    | FloorDiv
    /// The remainder of `FloorDiv`, with the sign of b, as NumPy's remainder; for integers 0 where b is 0.
    | Mod
    /// Floats, and integers with a non-negative exponent (a negative one gives 0).
    | Pow
    /// The larger one; NaN if either is NaN.
    | Maximum
    /// The smaller one; NaN if either is NaN.
    | Minimum
    /// bool only.
    | And
    /// bool only.
    | Or

/// Comparisons of two elements of one type; the result is bool. Every comparison with NaN is false but `NotEqual`.
[<RequireQualifiedAccess>]
type Comparison =
    /// a = b
    | Equal
    /// a <> b
    | NotEqual
    /// a < b
    | Less
    /// a <= b
    | LessEqual
    /// a > b
    | Greater
    /// a >= b
    | GreaterEqual

/// How a reduction joins elements.
[<RequireQualifiedAccess>]
type Reduction =
    /// Numbers. In a fixed order, whatever the number of threads. 0 for no elements.
    | Sum
    /// Numbers; NaN if any is NaN. At least one element.
    | Max
    /// Numbers; NaN if any is NaN. At least one element.
    | Min
    /// bool only; true for no elements.
    | All
    /// bool only; false for no elements.
    | Any

/// The elements `Start`, `Start + Step`, ... below `Stop` of one axis: 0 <= Start <= Stop <= length, Step >= 1.
[<Struct>]
type Range =
    { Start: int
      Stop: int
      Step: int }

    /// The number of elements.
    member r.Count = if r.Stop = r.Start then 0 else (r.Stop - r.Start - 1) / r.Step + 1

/// What is added around and between the elements of one axis: `Low` in front, `High` behind, `Interior` between neighbours.
/// All are at least 0.
[<Struct>]
type Padding = { Low: int; High: int; Interior: int }

/// How the kernel of a convolution moves along one axis of an image: it starts `Before` positions in front of the first
/// element, moves on by `Stride`, and ends at most `After` positions behind the last one; neighbours in the kernel stand
/// `Dilation` elements apart. Positions outside the image count as 0. Stride and dilation are at least 1, the others at
/// least 0.
[<Struct>]
type WindowAxis = { Stride: int; Dilation: int; Before: int; After: int }

/// How the kernel of a convolution moves over an image: along the height (`Y`) and the width (`X`). Channels and filters
/// are parted into `Groups` of equal size, in order: the filters of a group see the channels of that group alone.
type Window = { Y: WindowAxis; X: WindowAxis; Groups: int }

/// Where the windows of a pooling stand along one axis of an image: `Size` elements each, the first one `Before`
/// positions in front of the first element, the next ones `Stride` further each, up to `After` positions behind the last
/// element. Both paddings are below the size, so that each window holds an element.
[<Struct>]
type PoolAxis = { Size: int; Stride: int; Before: int; After: int }

/// Where the windows of a pooling stand: along the height (`Y`) and the width (`X`).
type Pool = { Y: PoolAxis; X: PoolAxis }

/// Which keys a query of an attention sees, and the factor `Scale` of the products of queries and keys. With `Causal`, query
/// i of n sees the keys up to i + m - n of m: the last query sees all of them, as in generation with a cache.
type AttentionForm = { Scale: float; Causal: bool }

/// A function with derivatives of its own, as a primitive. What it does is known only to the core, which runs it.
[<AbstractClass; AllowNullLiteral>]
type CustomFunction(name: string) =
    /// What errors and printed graphs call it.
    member _.Name = name

/// What is known of a value before it is computed: its `Shape` and its element type, the `DType`.
[<Struct>]
type Signature = { Shape: Shape; DType: DType }

/// Everything the library can compute. Every rule (shape, derivative, batching, evaluation) is one exhaustive match over
/// this type, so a primitive without one of them does not compile. Axes count from the front; no rule broadcasts on its own.
[<RequireQualifiedAccess>]
type Op =
    /// Each element by itself.
    | Unary of Unary
    /// Two arguments of equal shape and type.
    | Binary of Binary
    /// Two arguments of equal shape and type; gives bool.
    | Compare of Comparison
    /// condition (bool), a, b, all of one shape: a where the condition holds, else b.
    | Where
    /// To another type, rounded once. Floats to integers truncate toward zero (NaN gives 0); out of range gives the nearest
    /// integer; to bool: x <> 0.
    | Cast of DType
    /// To a larger shape, axes aligned at the end as in NumPy: a missing axis or one of length 1 is repeated.
    | Broadcast of Shape
    /// The same elements, row-major, in another shape of the same size.
    | Reshape of Shape
    /// Axis i of the result is axis perm[i] of the argument.
    | Transpose of perm: int list
    /// One range an axis.
    | Slice of Range list
    /// One padding an axis, filled with `value` (rounded to the argument's type).
    | Pad of Padding list * value: float
    /// Reverses the order along these axes.
    | Flip of axes: int list
    /// One or more arguments that differ in the length of `axis` only.
    | Concat of axis: int
    /// x, indices (int32, any shape): result shape is x's with `axis` replaced by the indices' shape. Indices are within
    /// [0, length): anything else is an error.
    | Gather of axis: int
    /// x, indices, updates: x plus every slice of updates at its index along `axis`; repeated indices add up, in order.
    /// The updates' shape is x's with `axis` replaced by the indices' shape.
    | ScatterAdd of axis: int
    /// Joins the elements of the axes (ascending), which disappear.
    | Reduce of Reduction * axes: int list
    /// The index (int32) of the largest element along the axis, which disappears. The first of equals; the first NaN wins.
    | ArgMax of axis: int
    /// The index (int32) of the smallest element along the axis, which disappears. The first of equals; the first NaN wins.
    | ArgMin of axis: int
    /// Running sums along the axis.
    | CumSum of axis: int
    /// [..., m, k] by [..., k, n] with equal batch axes; numbers of one type.
    | MatMul
    /// x [n; h; w; c] and a kernel [kh; kw; c/groups; f] of one float type to [n; oh; ow; f]: sums of products of the
    /// kernel and what it covers (the cross-correlation that learning calls convolution).
    | Convolution of Window
    /// The transpose of `Convolution` in x: y [n; oh; ow; f] and the kernel to [n; h; w; c] of this height and width.
    | ConvolutionInput of Window * size: (int * int)
    /// The transpose of `Convolution` in the kernel: x and y to [kh; kw; c/groups; f] of this height and width.
    | ConvolutionKernel of Window * size: (int * int)
    /// x [n; h; w; c] to the largest element of each window, [n; oh; ow; c], and where it stands in its image, as
    /// y * w + x (int32). The first of equals; NaN counts as the largest.
    | MaxPool of Pool
    /// x [n; h; w; c] and indices [n; oh; ow; c] as `MaxPool` gives them: the elements at the indices.
    | PoolGather of Pool
    /// The transpose of `PoolGather`: y and indices, both [n; oh; ow; c], to [n; h; w; c] of this height and width; zero
    /// but for the sums of what falls on one index.
    | PoolScatter of Pool * size: (int * int)
    /// q [..., n, heads, d], k [..., m, key heads, d], v [..., m, key heads, e] of one float type, and optionally a mask (bool)
    /// [..., heads, n, m] of the keys that each query sees, to softmax(scale q k^T) v [..., n, heads, e] and the logarithm of
    /// the sum of exponentials of each row of scores, [..., heads, n]. Heads are a multiple of the key heads, and share them in
    /// order. There is a key at least. A query that sees no key gives 0, and infinity as its logarithm.
    | Attention of AttentionForm
    /// The cotangents of q, k and v from the arguments of `Attention`, its two results, and the cotangent of the first one.
    | AttentionGradient of AttentionForm
    /// Sorts the last axis, stably. Two results: the values and their indices (int32) in the argument. NaN counts as the greatest.
    | Sort of descending: bool
    /// key [..., 2] (int32) to n independent keys [..., n, 2].
    | KeySplit of n: int
    /// key [..., 2] and data [...] (int32): the key that stands for this number under the key.
    | KeyFold
    /// key [..., 2] to uniform numbers in [0, 1) of shape [..., shape] in this float type.
    | RandomUniform of Shape * DType
    /// key [..., 2] to standard normal numbers of shape [..., shape] in this float type.
    | RandomNormal of Shape * DType
    /// key [..., 2] to uniform 32-bit integers of shape [..., shape].
    | RandomBits of Shape
    /// The identity, with derivative zero.
    | StopGradient
    /// The identity, which no simplification looks through; the number tells barriers apart.
    | Barrier of int64
    /// A function with derivatives of its own.
    | Custom of CustomFunction
    /// A loop over time: the arguments are the initial carries, the sequences (time is their first axis), then what stays the same
    /// in every step; the results are the last carries, then what each step gave, stacked along a new first axis.
    | Scan of Scan

/// A loop over the first axis of its sequences.
and Scan =
    {
        /// One step: from the carries, one slice of each sequence (without the time axis) and the constants, to the new carries and
        /// what the step gives besides.
        Body: Graph
        /// The same step with every function that has derivatives of its own still in one piece: what the transforms read. It is
        /// the body itself where there is no such function.
        Source: Graph
        /// How many values pass from step to step. Their shapes and types stay the same.
        Carries: int
        /// How many sequences are read.
        Sequences: int
        /// The number of steps, which is the length of every sequence.
        Length: int
        /// From the last slice to the first; what a step gives stands at the position of the slices that it read.
        Reverse: bool
    }

/// Elements at rest in the memory of some backend. Never changes once it can be seen.
and [<AbstractClass>] Buffer(backend: Backend, signature: Signature) =
    /// The backend that made it and computes with it.
    member _.Backend = backend

    /// The lengths of its axes.
    member _.Shape = signature.Shape

    /// The type of its elements.
    member _.DType = signature.DType

    /// Its shape and type together.
    member _.Signature = signature

    /// The elements in row-major order as a new array of the .NET type that its element type stands for.
    abstract ToArray: unit -> System.Array

    /// The number that all elements are (1 for true), where there is one, a float holds it exactly, and it is known without
    /// reading them all. A backend should know it at least of what `Op.Broadcast` makes of one element of `OfArray`: such
    /// constants go to whatever device they meet.
    abstract Uniform: float voption
    default _.Uniform = ValueNone

    /// Room for so many rows along the first axis like these, for `TrySelectRows`; none where the backend has no such room.
    abstract TryAllocateRows: count: int -> Buffer voption
    default _.TryAllocateRows _ = ValueNone

    /// The rows along the first axis whose numbers stand in `rows` from `first` on, as many as there is room for. They may use
    /// the room, which `TryAllocateRows` gave, and are valid until it is used again. None where it cannot be done so.
    abstract TrySelectRows: rows: int[] * first: int * room: Buffer -> Buffer voption
    default _.TrySelectRows(_, _, _) = ValueNone

    /// The same elements with axes of length 1 in place of those along which all are known to be equal.
    abstract Compact: Buffer
    default me.Compact = me

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
and [<ReferenceEquality>] Graph =
    {
        /// The steps, in order.
        Nodes: Node[]
        /// The signatures of the arguments.
        Inputs: Signature list
        /// The values it gives.
        Outputs: Ref list
    }

/// Computes primitives on one device: one at a time (`Evaluate`), or a whole graph prepared once (`Prepare`). Whatever
/// buffers, graphs and plans it is given are its own: the core moves what is on another device before.
/// All members are safe to call from many threads at once.
and [<AbstractClass; AllowNullLiteral>] Backend(name: string) =
    /// The name of its device: cpu, cuda:0.
    member _.Name = name

    /// The device that its buffers live on.
    member me.Device = Device me

    /// Whether its device is the machine's own processor and memory, from where constants go to every other device.
    abstract IsHost: bool
    default _.IsHost = false

    /// A buffer from a row-major array of the .NET type of some element type; the array is not changed afterwards.
    abstract OfArray: System.Array * Shape -> Buffer

    /// A buffer of this device from one of another. By way of an array, unless a backend knows a shorter one.
    abstract OfBuffer: Buffer -> Buffer
    default me.OfBuffer(buffer: Buffer) = me.OfArray(buffer.ToArray(), buffer.Shape)

    /// What `op` gives for these arguments; the signatures of the results were inferred before, so shapes and types fit.
    /// It is never `Op.Custom`. Loops may be left to `LoopPlans.evaluate`, which runs them as plans.
    abstract Evaluate: op: Op * args: Buffer list * results: Signature list -> Buffer list

    /// Compiles the graph. `PlanCache.get` does so once for each structure.
    abstract Prepare: Graph -> Plan

    /// A store with a copy of each of these values.
    abstract CreateStore: values: Buffer list -> Store

/// Where tensors live and are computed: what one backend computes on. `Device.cpu` is this machine's processor; other
/// backends bring devices of their own. Devices are equal if they are of one backend.
and [<Sealed>] Device internal (backend: Backend) =
    /// Its name: cpu, cuda:0.
    member _.Name = backend.Name

    member internal _.Backend = backend

    /// Its name.
    override _.ToString() = backend.Name

    /// Whether both are of one backend.
    override _.Equals other =
        match other with
        | :? Device as other -> obj.ReferenceEquals(backend, other.Backend)
        | _ -> false

    /// A hash of the backend.
    override _.GetHashCode() = System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode backend

/// What a graph became on one backend: immutable, and shared by all who run it. It holds no memory of a run.
and [<AbstractClass>] Plan(backend: Backend, graph: Graph) =
    /// The backend that prepared it, and that its arguments and results are of.
    member _.Backend = backend

    /// What the plan computes.
    member _.Graph = graph

    /// Runs it. Safe to call from many threads at once.
    abstract Run: Buffer list -> Buffer list

    /// What the plan does, as text: a line for each kernel.
    abstract Describe: unit -> string

    /// A session that runs the plan over the values of a store. Each argument, each result and each slot is bound at
    /// most once, and what is bound to each other has one signature.
    abstract Bind: store: Store * bindings: Binding list -> Session

/// Which argument and which result of a plan are a slot of a store.
and Binding =
    {
        /// The value of the store.
        Slot: int
        /// The argument that reads the slot.
        Argument: int
        /// The result that is the slot's value after a run, written in place; none where the plan only reads it.
        Result: int voption
    }

/// Values that outlive a run, each held once, on its backend's device: parameters, the states of layers and optimizers.
/// It also owns the memory that the sessions bound to it share for everything temporary: as much as the largest of them
/// needs. One caller at a time, its sessions included.
and [<AbstractClass>] Store(backend: Backend, signatures: Signature[]) =
    /// The backend that made it.
    member _.Backend = backend

    /// The shape and type of each slot.
    member _.Signatures = signatures

    /// A copy of a slot's value.
    abstract Get: slot: int -> Buffer

    /// Copies a value of the slot's signature into the slot.
    abstract Set: slot: int * Buffer -> unit

    /// The first element of a slot.
    abstract Number: slot: int -> float

/// A plan bound to a store, run again and again by one caller at a time. Its results can be read until a session of the
/// same store runs next.
and [<AbstractClass; AllowNullLiteral>] Session() =
    /// The value from now on of an argument that is no slot. Its elements must stay as they are.
    abstract Set: argument: int * Buffer -> unit

    /// Copies the elements of a Float32 argument, which is no slot, into memory of the session.
    abstract Write: argument: int * elements: System.ReadOnlySpan<float32> -> unit

    /// Lets go of the arguments' elements: each must be set anew before the next run.
    abstract Release: unit -> unit

    /// Runs the plan once. Every argument must have been set.
    abstract Run: unit -> unit

    /// A copy of a result of the latest run.
    abstract Get: result: int -> Buffer

    /// Copies the elements of a Float32 result of the latest run.
    abstract Read: result: int * elements: System.Span<float32> -> unit

    /// The first element of a result of the latest run.
    abstract Number: result: int -> float

    /// What the session runs, as text: a line for each kernel.
    abstract Describe: unit -> string

    /// Runs the plan and measures each kernel.
    abstract Profile: unit -> KernelTime list

/// What one run of a kernel took.
and KernelTime =
    {
        /// The primitives that it computes.
        Kernel: string
        /// When it began, in microseconds after the run did.
        Began: float
        /// How many microseconds it took.
        Microseconds: float
        /// The floating-point operations that it does.
        Flops: float
        /// The bytes that it reads and writes, each once.
        Bytes: float
    }
