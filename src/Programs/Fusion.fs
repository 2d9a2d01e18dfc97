/// Fusion: elementwise nodes of one domain, with the broadcasts they read and the reductions they end in, become one
/// kernel.
module internal Functional.Fusion

open System.Collections.Generic
open Functional
open StridedViews

/// The role of a node in a fused kernel over a domain [..., n].
[<RequireQualifiedAccess>]
type Part =
    /// One value for each element of the domain.
    | Element
    /// One value for each row of the domain, the same along its last axis.
    | Row
    /// The sum of elements, or of row values, over axes: known when the kernel has ended.
    | Total

/// Elementwise nodes that run as one kernel.
type Cluster =
    {
        /// The shape they run over.
        Domain: int[]
        /// The nodes in order, and how each takes part.
        Members: List<struct (int * Part)>
        /// The number of the kernel: it runs after all of lower numbers.
        Index: int
    }

/// The nodes of one kernel.
[<RequireQualifiedAccess>]
type Piece =
    | Alone of node: int
    | Cluster of Cluster

/// What the kernels of a backend can do.
type Target =
    {
        /// Whether fused kernels hold elements of the type.
        IsFusable: DType -> bool
        /// Whether the kernel of a primitive may run an epilogue, a fused kernel over its result while that is in cache.
        TakesEpilogue: Op -> bool
        /// Whether the kernels of a primitive read arguments of any strides; else they are given contiguous copies.
        TakesStrides: Op -> bool
        /// The kinds of views that the kernels can read; others are computed.
        IsView: ViewKind -> bool
        /// The most nodes in one kernel: more leave no registers for their values.
        MostMembers: int
    }

/// A graph cut into kernels.
type Fused =
    {
        Graph: Graph
        /// What they are kernels of.
        Target: Target
        /// Each node's first result as a view of a value that has memory.
        Views: View[]
        /// The kernels, in an order in which they can run.
        Pieces: Piece[]
        /// Whether a kernel other than its own, or the caller, reads the result of a cluster's node from memory.
        Stored: bool[]
    }

/// The longest vector that is reduced to one value within a kernel: a longer one is summed in slices instead.
let private longestRow = 16384

/// The shape that values of one row each have, where `domain` has rows.
let private rowsOf (domain: int[]) = domain[.. domain.Length - 2]

/// The strides with which the values of the rows are read all over the domain.
let private rowSteps (domain: int[]) = Array.append (rowMajor (rowsOf domain)) [| 0 |]

/// The reduction of axes that a primitive is, if it is one.
let reductionOf op =
    match OpClass.ofOp op with
    | OpClass.Reduction(reduction, axes) -> Some(struct (reduction, axes))
    | OpClass.View _
    | OpClass.Elementwise _
    | OpClass.AlongAxis
    | OpClass.Movement _
    | OpClass.ScatterAdd _
    | OpClass.Product _
    | OpClass.Pooling _
    | OpClass.Attention _
    | OpClass.Random
    | OpClass.Custom _
    | OpClass.Loop _ -> None

/// Cuts a graph into kernels, node by node in the order in which they run: a node joins the newest kernel, or an older
/// one that holds one of its arguments, where its shape allows it; else it begins a kernel of its own.
type private KernelBuilder(target: Target, graph: Graph) =
    let count = graph.Nodes.Length
    let views = StridedViews.resolve target.IsView graph
    let find = StridedViews.find graph views
    // of each node: the number of its kernel, its cluster, how it takes part in it, and whether memory holds its result
    let kernel = Array.create count -1
    let home: Cluster[] = Array.zeroCreate count
    let part = Array.create count Part.Element
    let stored = Array.create count false
    let pieces = List<Piece>()
    let mutable newest: Cluster voption = ValueNone

    let isInside (cluster: Cluster) (v: View) = obj.ReferenceEquals(home[v.Root.Node], cluster)

    /// Whether the view shows a member of the cluster one element, or one row, at a time.
    let shownAs (cluster: Cluster) (v: View) : Part voption =
        match part[v.Root.Node] with
        | _ when v.Offset <> 0 -> ValueNone
        | Part.Element when
            v.Lengths.Length = cluster.Domain.Length
            && v.Lengths = cluster.Domain
            && sameSteps v.Lengths v.Strides (rowMajor cluster.Domain)
            ->
            ValueSome Part.Element
        | Part.Row when v.Lengths = cluster.Domain && sameSteps v.Lengths v.Strides (rowSteps cluster.Domain) ->
            ValueSome Part.Element
        | Part.Row when
            (v.Lengths = rowsOf cluster.Domain || v.Lengths = Array.append (rowsOf cluster.Domain) [| 1 |])
            && isContiguous v
            ->
            ValueSome Part.Row
        | Part.Element
        | Part.Row
        | Part.Total -> ValueNone

    /// The role of a reduction of float elements over these axes, given the role of its argument.
    let reductionFits (cluster: Cluster) reduction (axes: int list) (v: View) (shown: Part voption) : Part voption =
        let rank = v.Lengths.Length
        let leading = axes.Length
        let ofRows = isInside cluster v && part[v.Root.Node] = Part.Row
        let overLast = axes = [ rank - 1 ] && (rank > 1 || v.Lengths[0] <= longestRow)
        let overLeading = axes = [ 0 .. leading - 1 ] || axes = [ 0 .. leading - 2 ] @ [ rank - 1 ]

        match shown with
        | ValueSome Part.Element when overLast && not ofRows && v.Lengths = cluster.Domain ->
            match reduction with
            | Reduction.Sum
            | Reduction.Max
            | Reduction.Min -> ValueSome Part.Row
            | Reduction.All
            | Reduction.Any -> ValueNone
        | ValueSome Part.Element when reduction = Reduction.Sum && not ofRows && overLeading -> ValueSome Part.Total
        | ValueSome Part.Row when reduction = Reduction.Sum && leading = rank -> ValueSome Part.Total
        | ValueSome Part.Element
        | ValueSome Part.Row
        | ValueSome Part.Total
        | ValueNone -> ValueNone

    /// The role of an elementwise node: over the domain, or over its rows.
    let elementwiseFits (cluster: Cluster) (args: View list) (shape: int[]) : Part voption =
        let shown = args |> List.filter (isInside cluster) |> List.map (shownAs cluster)

        if shape = cluster.Domain && shown |> List.forall ((=) (ValueSome Part.Element)) then
            ValueSome Part.Element
        elif not shown.IsEmpty && shown |> List.forall ((=) (ValueSome Part.Row)) then
            ValueSome Part.Row
        else
            ValueNone

    /// The role of the node in the cluster, with these arguments; none if it does not fit.
    let fits (cluster: Cluster) op (args: View list) (shape: int[]) : Part voption =
        let latest = (-1, args) ||> List.fold (fun latest v -> max latest kernel[v.Root.Node])

        if latest > cluster.Index || cluster.Members.Count >= target.MostMembers then
            ValueNone
        else
            match reductionOf op with
            | Some(struct (reduction, axes)) ->
                let v = args.Head
                let isFloat = (Graph.signature graph v.Root).DType.IsFloat

                if axes.IsEmpty || not isFloat || Array.contains 0 v.Lengths then
                    ValueNone
                elif isInside cluster v then
                    reductionFits cluster reduction axes v (shownAs cluster v)
                elif v.Lengths = cluster.Domain then
                    reductionFits cluster reduction axes v (ValueSome Part.Element)
                else
                    ValueNone
            | None when OpClass.isElementwise op -> elementwiseFits cluster args shape
            | None -> ValueNone

    let join (cluster: Cluster) i how =
        cluster.Members.Add(struct (i, how))
        home[i] <- cluster
        part[i] <- how
        kernel[i] <- cluster.Index

    /// Begins a cluster with the node, if it can be its first.
    let tryOpen i op (args: View list) (shape: int[]) =
        let domain =
            match reductionOf op with
            | Some _ -> args.Head.Lengths
            | None -> shape

        let cluster = { Domain = domain; Members = List(); Index = pieces.Count }

        match fits cluster op args shape with
        | ValueSome how ->
            pieces.Add(Piece.Cluster cluster)
            newest <- ValueSome cluster
            join cluster i how
            true
        | ValueNone -> false

    /// Notes that a kernel other than those of its arguments reads them from memory.
    let readFromMemory cluster (args: View list) =
        for v in args do
            let own = home[v.Root.Node]

            if not (isNull (box own)) && not (obj.ReferenceEquals(own, cluster)) then
                stored[v.Root.Node] <- true

    /// The clusters that the node may join, the best first: the newest, then those of its arguments where joining saves
    /// a value from being stored, or a reduction from reading it again.
    let candidates op (args: View list) =
        let isWorthwhile (cluster: Cluster) =
            (reductionOf op).IsSome
            || args |> List.exists (fun v -> isInside cluster v && not stored[v.Root.Node])

        let homes =
            args
            |> List.choose (fun v ->
                let own = home[v.Root.Node]
                if isNull (box own) then None else Some own)
            |> List.sortByDescending _.Index

        [ match newest with
          | ValueSome cluster when cluster.Index = pieces.Count - 1 -> cluster
          | ValueSome _
          | ValueNone -> ()
          yield! homes |> List.filter isWorthwhile ]

    /// Gives the node a kernel of its own.
    let addAlone i (args: View list) =
        kernel[i] <- pieces.Count
        pieces.Add(Piece.Alone i)
        readFromMemory (Unchecked.defaultof<Cluster>) args

    let add i op (args: View list) (shape: int[]) =
        let chosen =
            candidates op args
            |> List.tryPick (fun cluster ->
                match fits cluster op args shape with
                | ValueSome how -> Some(struct (cluster, how))
                | ValueNone -> None)

        match chosen with
        | Some(struct (cluster, how)) ->
            join cluster i how
            readFromMemory cluster args
        | None when tryOpen i op args shape -> readFromMemory home[i] args
        | None -> addAlone i args

    /// Whether fused kernels hold all elements that the node reads and gives.
    let isAllFusable args signatures =
        signatures @ (args |> List.map (Graph.signature graph))
        |> List.forall (fun s -> target.IsFusable s.DType)

    member _.Build() : Fused =
        graph.Nodes
        |> Array.iteri (fun i node ->
            match node with
            | Node.Compute(op, args, signatures) when views[i].Root.Node = i ->
                if isAllFusable args signatures then
                    add i op (List.map find args) (Array.ofList (List.head signatures).Shape)
                else
                    addAlone i (List.map find args)
            | Node.Compute _
            | Node.Input _
            | Node.Constant _ -> ())

        for r in graph.Outputs do
            stored[(find r).Root.Node] <- true

        { Graph = graph; Target = target; Views = views; Pieces = pieces.ToArray(); Stored = stored }

/// Cuts a graph, which is in the order in which it shall run, into kernels of a target.
let clusters (target: Target) (graph: Graph) : Fused = KernelBuilder(target, graph).Build()
