/// Views: broadcasts, transposes, slices, flips and reshapes of a value as offset and strides, without a copy.
module internal Functional.StridedViews

open System.Collections.Generic
open Functional

/// Elements of a root value, which is row-major: element (i, j, ...) is its element Offset + i * Strides[0] + ...
type View =
    {
        /// The value that is viewed: one with memory, or one inside of a kernel.
        Root: Ref
        Offset: int
        Lengths: int[]
        Strides: int[]
    }

/// The strides of row-major order.
let rowMajor (lengths: int[]) =
    let strides = Array.zeroCreate lengths.Length
    let mutable step = 1

    for i in lengths.Length - 1 .. -1 .. 0 do
        strides[i] <- step
        step <- step * lengths[i]

    strides

/// Whether both strides visit the elements alike: those of axes of length 1 do not matter.
let sameSteps (lengths: int[]) (a: int[]) (b: int[]) =
    let mutable same = true

    for i in 0 .. lengths.Length - 1 do
        if lengths[i] <> 1 && a[i] <> b[i] then
            same <- false

    same

/// The whole value.
let whole (root: Ref) (shape: Shape) =
    let lengths = Array.ofList shape
    { Root = root; Offset = 0; Lengths = lengths; Strides = rowMajor lengths }

/// Whether the elements stand one after the other.
let isContiguous (v: View) = sameSteps v.Lengths v.Strides (rowMajor v.Lengths)

/// The view in another shape, where strides express it; else None.
let private tryReshape (target: int[]) (v: View) : View option =
    if isContiguous v then
        Some { v with Lengths = target; Strides = rowMajor target }
    else
        // both shapes are cut where their sizes agree; within a cut the old axes must run on into each other
        let strides = Array.zeroCreate target.Length
        let mutable ok = Array.forall ((<>) 0) target
        let mutable i = 0
        let mutable j = 0

        while ok && (i < v.Lengths.Length || j < target.Length) do
            let first, start = i, j
            let mutable before = 1
            let mutable after = 1
            let mutable going = true

            while going do
                if before = after && (i > first || j > start) then
                    going <- false
                elif before <= after && i < v.Lengths.Length then
                    before <- before * v.Lengths[i]
                    i <- i + 1
                elif j < target.Length then
                    after <- after * target[j]
                    j <- j + 1
                elif i < v.Lengths.Length then
                    before <- before * v.Lengths[i]
                    i <- i + 1
                else
                    going <- false

            let long =
                [| for axis in first .. i - 1 do
                       if v.Lengths[axis] <> 1 then
                           axis |]

            for k in 0 .. long.Length - 2 do
                if v.Strides[long[k]] <> v.Strides[long[k + 1]] * v.Lengths[long[k + 1]] then
                    ok <- false

            let mutable step = if long.Length = 0 then 0 else v.Strides[Array.last long]

            for axis in j - 1 .. -1 .. start do
                strides[axis] <- step
                step <- step * target[axis]

        if ok then Some { v with Lengths = target; Strides = strides } else None

/// The view that a primitive gives of a view; None where it computes or moves elements, and for a reshape that needs a
/// copy.
let private tryApply op (v: View) : View option =
    match op with
    | Op.Broadcast shape ->
        let missing = shape.Length - v.Lengths.Length

        let strides =
            shape
            |> List.mapi (fun i n ->
                if i < missing || (v.Lengths[i - missing] = 1 && n <> 1) then
                    0
                else
                    v.Strides[i - missing])

        Some { v with Lengths = Array.ofList shape; Strides = Array.ofList strides }
    | Op.Reshape shape -> tryReshape (Array.ofList shape) v
    | Op.Transpose perm ->
        Some
            { v with
                Lengths = [| for i in perm -> v.Lengths[i] |]
                Strides = [| for i in perm -> v.Strides[i] |] }
    | Op.Slice ranges when Array.forall ((<>) 0) v.Lengths ->
        Some
            { v with
                Offset = v.Offset + (ranges |> List.mapi (fun i r -> r.Start * v.Strides[i]) |> List.sum)
                Lengths = [| for r in ranges -> r.Count |]
                Strides = [| for i, r in List.indexed ranges -> r.Step * v.Strides[i] |] }
    | Op.Flip axes when Array.forall ((<>) 0) v.Lengths ->
        Some
            { v with
                Offset = v.Offset + (axes |> List.sumBy (fun i -> (v.Lengths[i] - 1) * v.Strides[i]))
                Strides = v.Strides |> Array.mapi (fun i s -> if List.contains i axes then -s else s) }
    | Op.StopGradient
    | Op.Barrier _ -> Some v
    | Op.Unary _
    | Op.Binary _
    | Op.Compare _
    | Op.Where
    | Op.Cast _
    | Op.Slice _
    | Op.Pad _
    | Op.Flip _
    | Op.Concat _
    | Op.Gather _
    | Op.ScatterAdd _
    | Op.Reduce _
    | Op.ArgMax _
    | Op.ArgMin _
    | Op.CumSum _
    | Op.MatMul
    | Op.Convolution _
    | Op.ConvolutionInput _
    | Op.ConvolutionKernel _
    | Op.MaxPool _
    | Op.PoolGather _
    | Op.PoolScatter _
    | Op.Sort _
    | Op.KeySplit _
    | Op.KeyFold
    | Op.RandomUniform _
    | Op.RandomNormal _
    | Op.RandomBits _
    | Op.Custom _
    | Op.Scan _ -> None

/// The first result of every node as a view: of another node's value where the primitive moves no elements, else of
/// itself.
let resolve (graph: Graph) : View[] =
    let views = Array.zeroCreate<View> graph.Nodes.Length

    let viewOf (r: Ref) = if r.Result = 0 then views[r.Node] else whole r (Graph.signature graph r).Shape

    graph.Nodes
    |> Array.iteri (fun i node ->
        let itself () =
            match Graph.results node with
            | first :: _ -> whole { Node = i; Result = 0 } first.Shape
            | [] -> whole { Node = i; Result = 0 } []

        views[i] <-
            match node with
            | Node.Compute(op, [ x ], _) -> tryApply op (viewOf x) |> Option.defaultWith itself
            | Node.Compute _
            | Node.Input _
            | Node.Constant _ -> itself ())

    views

/// The view of a value, given those of all nodes.
let find (graph: Graph) (views: View[]) (r: Ref) =
    if r.Result = 0 then views[r.Node] else whole r (Graph.signature graph r).Shape
