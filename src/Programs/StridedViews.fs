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

/// The end of the shortest runs of axes, from these on, whose sizes agree: an axis more of the run with the smaller size,
/// until both are equal or none is left.
let private agreeingRun (old: int[]) first (target: int[]) start : struct (int * int) =
    let mutable i = first
    let mutable j = start
    let mutable before = 1
    let mutable after = 1

    while (before <> after || (i = first && j = start)) && (i < old.Length || j < target.Length) do
        if j = target.Length || (before <= after && i < old.Length) then
            before <- before * old[i]
            i <- i + 1
        else
            after <- after * target[j]
            j <- j + 1

    struct (i, j)

/// The step from element to element of the axes first .. last - 1 as one axis; none where they do not run on into each other.
let private tryMergedStep (v: View) first last : int voption =
    let long = [| first .. last - 1 |] |> Array.filter (fun axis -> v.Lengths[axis] <> 1)

    let runOn =
        Array.pairwise long
        |> Array.forall (fun (outer, inner) -> v.Strides[outer] = v.Strides[inner] * v.Lengths[inner])

    if not runOn then ValueNone
    elif long.Length = 0 then ValueSome 0
    else ValueSome v.Strides[Array.last long]

/// The view in another shape, where strides express it; else None.
let private tryReshape (target: int[]) (v: View) : View option =
    // both shapes are cut where their sizes agree; within a cut the old axes must run on into each other
    let strides = Array.zeroCreate target.Length

    let rec fill first start =
        if first = v.Lengths.Length && start = target.Length then
            true
        else
            let struct (i, j) = agreeingRun v.Lengths first target start

            match tryMergedStep v first i with
            | ValueSome step ->
                let mutable step = step

                for axis in j - 1 .. -1 .. start do
                    strides[axis] <- step
                    step <- step * target[axis]

                fill i j
            | ValueNone -> false

    if isContiguous v then
        Some { v with Lengths = target; Strides = rowMajor target }
    elif not (Array.contains 0 target) && fill 0 0 then
        Some { v with Lengths = target; Strides = strides }
    else
        None

let private broadcast (shape: Shape) (v: View) =
    let missing = shape.Length - v.Lengths.Length

    let strides =
        shape
        |> List.mapi (fun i n ->
            if i < missing || (v.Lengths[i - missing] = 1 && n <> 1) then
                0
            else
                v.Strides[i - missing])

    { v with Lengths = Array.ofList shape; Strides = Array.ofList strides }

let private slice (ranges: Range list) (v: View) =
    { v with
        Offset = v.Offset + (ranges |> List.mapi (fun i r -> r.Start * v.Strides[i]) |> List.sum)
        Lengths = [| for r in ranges -> r.Count |]
        Strides = [| for i, r in List.indexed ranges -> r.Step * v.Strides[i] |] }

let private flip axes (v: View) =
    { v with
        Offset = v.Offset + (axes |> List.sumBy (fun i -> (v.Lengths[i] - 1) * v.Strides[i]))
        Strides = v.Strides |> Array.mapi (fun i s -> if List.contains i axes then -s else s) }

/// A view of a view; None for a reshape that needs a copy, and where there is no element whose offset could be told.
let private tryView kind (v: View) : View option =
    match kind with
    | ViewKind.Broadcast shape -> Some(broadcast shape v)
    | ViewKind.Reshape shape -> tryReshape (Array.ofList shape) v
    | ViewKind.Transpose perm ->
        Some
            { v with
                Lengths = [| for i in perm -> v.Lengths[i] |]
                Strides = [| for i in perm -> v.Strides[i] |] }
    | ViewKind.Slice _
    | ViewKind.Flip _ when Array.contains 0 v.Lengths -> None
    | ViewKind.Slice ranges -> Some(slice ranges v)
    | ViewKind.Flip axes -> Some(flip axes v)
    | ViewKind.Identity -> Some v

/// The view that a primitive gives of a view; None where it computes or moves elements.
let private tryApply isView op (v: View) : View option =
    match OpClass.tryView op with
    | ValueSome kind when isView kind -> tryView kind v
    | ValueSome _
    | ValueNone -> None

/// The first result of every node as a view: of another node's value where the primitive moves no elements, else of
/// itself. `isView` tells the kinds of views whose strides the backend's kernels can read.
let resolve (isView: ViewKind -> bool) (graph: Graph) : View[] =
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
            | Node.Compute(op, [ x ], _) -> tryApply isView op (viewOf x) |> Option.defaultWith itself
            | Node.Compute _
            | Node.Input _
            | Node.Constant _ -> itself ())

    views

/// The view of a value, given those of all nodes.
let find (graph: Graph) (views: View[]) (r: Ref) =
    if r.Result = 0 then views[r.Node] else whole r (Graph.signature graph r).Shape
