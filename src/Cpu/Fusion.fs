/// Fusion: elementwise nodes of one domain, with the broadcasts they read and the reductions they end in, become one kernel.
module internal Functional.Fusion

open System.Collections.Generic
open Functional
open StridedViews

/// How a node takes part in a kernel whose domain is a shape [..., n].
[<RequireQualifiedAccess>]
type Part =
    /// One value an element of the domain.
    | Element
    /// One value a row of the domain: the same along the last axis.
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
        /// When it runs: after everything of a lower number.
        Index: int
    }

/// What runs as one kernel.
[<RequireQualifiedAccess>]
type Piece =
    | Alone of node: int
    | Cluster of Cluster

/// A graph cut into kernels.
type Fused =
    {
        Graph: Graph
        /// Every node's first result as a view of what has memory.
        Views: View[]
        /// The kernels, in an order in which they can run.
        Pieces: Piece[]
        /// Whether the result of a cluster's node is read from memory by anybody.
        Stored: bool[]
    }

/// More nodes than this in one kernel leave no registers for their values.
let private mostMembers = 64

/// The longest vector that is reduced to one value within a kernel: a longer one is summed in slices instead.
let private longestRow = 16384

/// The shape that values of one row each have, where `domain` has rows.
let private rowsOf (domain: int[]) = domain[.. domain.Length - 2]

/// The strides with which the values of the rows are read all over the domain.
let private rowSteps (domain: int[]) = Array.append (rowMajor (rowsOf domain)) [| 0 |]

/// Cuts a graph, which is in the order in which it shall run, into kernels.
let clusters (graph: Graph) : Fused =
    let count = graph.Nodes.Length
    let views = StridedViews.resolve graph
    let find = StridedViews.find graph views
    let isRoot i = views[i].Root.Node = i
    let place = Array.create count -1
    let home: Cluster[] = Array.zeroCreate count
    let part = Array.create count Part.Element
    let stored = Array.create count false
    let pieces = List<Piece>()
    let mutable newest: Cluster voption = ValueNone

    let inside (cluster: Cluster) (v: View) = obj.ReferenceEquals(home[v.Root.Node], cluster)

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

    /// How the node can take part in the cluster, with these arguments; none if it cannot.
    let fits (cluster: Cluster) op (args: View list) (shape: int[]) : Part voption =
        let members = args |> List.filter (inside cluster)
        let latest = (-1, args) ||> List.fold (fun latest v -> max latest place[v.Root.Node])

        if latest > cluster.Index || cluster.Members.Count >= mostMembers then
            ValueNone
        else
            match op with
            | Op.Reduce(reduction, axes) ->
                let v = args.Head
                let rank = v.Lengths.Length

                if not (List.forall (inside cluster) args) && v.Lengths <> cluster.Domain then
                    ValueNone
                else
                    let shown = if inside cluster v then shownAs cluster v else ValueSome Part.Element
                    let ofRows = inside cluster v && part[v.Root.Node] = Part.Row
                    let leading = List.length axes
                    let isFloat = (Graph.signature graph v.Root).DType.IsFloat

                    match reduction, shown with
                    | _ when not isFloat || Array.contains 0 v.Lengths || axes.IsEmpty -> ValueNone
                    | (Reduction.Sum | Reduction.Max | Reduction.Min), ValueSome Part.Element when
                        axes = [ rank - 1 ]
                        && not ofRows
                        && (rank > 1 || v.Lengths[0] <= longestRow)
                        && v.Lengths = cluster.Domain
                        ->
                        ValueSome Part.Row
                    | Reduction.Sum, ValueSome Part.Element when
                        not ofRows && (axes = [ 0 .. leading - 1 ] || axes = [ 0 .. leading - 2 ] @ [ rank - 1 ])
                        ->
                        ValueSome Part.Total
                    | Reduction.Sum, ValueSome Part.Row when leading = rank -> ValueSome Part.Total
                    | _ -> ValueNone
            | op when ElementwiseOperations.isElementwise op ->
                let shown = members |> List.map (shownAs cluster)

                if shape = cluster.Domain && shown |> List.forall ((=) (ValueSome Part.Element)) then
                    ValueSome Part.Element
                elif not members.IsEmpty && shown |> List.forall ((=) (ValueSome Part.Row)) then
                    ValueSome Part.Row
                else
                    ValueNone
            | _ -> ValueNone

    let join (cluster: Cluster) i how =
        cluster.Members.Add(struct (i, how))
        home[i] <- cluster
        part[i] <- how
        place[i] <- cluster.Index

    let index () = pieces.Count

    /// A cluster in which the node can be the first one.
    let openFor i op (args: View list) (shape: int[]) =
        let domain =
            match op with
            | Op.Reduce _ -> args.Head.Lengths
            | _ -> shape

        let cluster = { Domain = domain; Members = List(); Index = index () }

        match fits cluster op args shape with
        | ValueSome how ->
            pieces.Add(Piece.Cluster cluster)
            newest <- ValueSome cluster
            join cluster i how
            true
        | ValueNone -> false

    let needStored cluster (args: View list) =
        for v in args do
            let own = home[v.Root.Node]

            if not (isNull (box own)) && not (obj.ReferenceEquals(own, cluster)) then
                stored[v.Root.Node] <- true

    let add i op (args: View list) (shape: int[]) =
        let isReduction =
            match op with
            | Op.Reduce _ -> true
            | _ -> false

        let homes =
            args
            |> List.choose (fun v ->
                let own = home[v.Root.Node]
                if isNull (box own) then None else Some own)
            |> List.sortByDescending _.Index

        // an old cluster is joined to save a value from being stored, or a sum from reading it again
        let worth (cluster: Cluster) =
            isReduction || args |> List.exists (fun v -> inside cluster v && not stored[v.Root.Node])

        let candidates =
            [ match newest with
              | ValueSome cluster when cluster.Index = index () - 1 -> cluster
              | _ -> ()
              yield! homes |> List.filter worth ]

        let chosen =
            candidates
            |> List.tryPick (fun cluster ->
                match fits cluster op args shape with
                | ValueSome how -> Some(struct (cluster, how))
                | ValueNone -> None)

        match chosen with
        | Some(struct (cluster, how)) ->
            join cluster i how
            needStored cluster args
        | None ->
            if (ElementwiseOperations.isElementwise op || isReduction) && openFor i op args shape then
                needStored home[i] args
            else
                place[i] <- index ()
                pieces.Add(Piece.Alone i)
                needStored (Unchecked.defaultof<Cluster>) args

    graph.Nodes
    |> Array.iteri (fun i node ->
        match node with
        | Node.Compute(op, args, signatures) when isRoot i ->
            let shape = (List.head signatures).Shape |> Array.ofList
            add i op (List.map find args) shape
        | Node.Compute _
        | Node.Input _
        | Node.Constant _ -> ())

    for r in graph.Outputs do
        stored[(find r).Root.Node] <- true

    { Graph = graph; Views = views; Pieces = pieces.ToArray(); Stored = stored }
