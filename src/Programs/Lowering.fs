/// Lowering: the kernels of a fused graph become steps that read and write storages.
module internal Functional.Lowering

open System.Collections.Generic
open Functional
open Program
open StorageTables
open StridedViews
open Fusion

/// A fused graph with the readers of each value.
type private Source =
    {
        Fused: Fused
        /// The piece that each node belongs to, or -1.
        PieceOf: int[]
        /// For each node the pieces that read it, once for each use; -1 stands for the caller.
        Readers: List<int>[]
    }

    member me.Graph = me.Fused.Graph
    member me.Find r = StridedViews.find me.Fused.Graph me.Fused.Views r
    member me.ShapeOf i = (Graph.signature me.Fused.Graph { Node = i; Result = 0 }).Shape

let private sourceOf (fused: Fused) =
    let nodes = fused.Graph.Nodes

    let source =
        { Fused = fused
          PieceOf = Array.create nodes.Length -1
          Readers = Array.init nodes.Length (fun _ -> List()) }

    let read index r = source.Readers[(source.Find r).Root.Node].Add index

    fused.Pieces
    |> Array.iteri (fun index piece ->
        let members =
            match piece with
            | Piece.Alone i -> [ i ]
            | Piece.Cluster cluster -> [ for struct (i, _) in cluster.Members -> i ]

        for i in members do
            source.PieceOf[i] <- index
            Graph.arguments nodes[i] |> List.iter (read index))

    fused.Graph.Outputs |> List.iter (read -1)
    source

/// Whether the kernel of the primitive can run an epilogue over its result, in a type that fused kernels hold.
let private takesEpilogue (source: Source) op (args: Ref list) =
    source.Fused.Target.TakesEpilogue op
    && (let dtype = (Graph.signature source.Graph args.Head).DType in
        dtype.IsFloat && source.Fused.Target.IsFusable dtype)

/// Below this width a fused epilogue, which runs row by row, wastes most of each vector; a kernel of its own is faster.
let private fewestEpilogueColumns = 8

/// Matches the cluster that can run as the epilogue of node `i`, alone in piece `index`: the only reader of its result,
/// which it reads element for element, with no argument that is computed later.
let private tryEpilogueOf (source: Source) index i op (args: Ref list) =
    /// Whether the value is known to the cluster in piece `reader` when the primitive has run.
    let isKnown reader (cluster: Cluster) (r: Ref) =
        let v = source.Find r
        let from = source.PieceOf[v.Root.Node]

        if v.Root.Node = i then
            v.Offset = 0 && sameSteps v.Lengths v.Strides (rowMajor cluster.Domain)
        else
            from < index || from = reader

    match Seq.distinct source.Readers[i] |> List.ofSeq with
    | [ reader ] when reader >= 0 && takesEpilogue source op args ->
        match source.Fused.Pieces[reader] with
        | Piece.Cluster cluster when
            cluster.Members.TrueForAll(fun (struct (_, how)) -> how = Part.Element)
            && cluster.Domain.Length > 0
            && Array.last cluster.Domain >= fewestEpilogueColumns
            && (let shape = source.ShapeOf i
                List.last shape = Array.last cluster.Domain && Shape.size shape = Array.fold (*) 1 cluster.Domain)
            && cluster.Members.TrueForAll(fun (struct (m, _)) ->
                Graph.arguments source.Graph.Nodes[m] |> List.forall (isKnown reader cluster))
            ->
            Some(struct (reader, cluster))
        | _ -> None
    | _ -> None

/// Lets the kernels that compute the arguments of a concatenation write them straight into its result, and says whether
/// that is possible: each argument is a cluster's value that nothing else reads.
let private tryConcatenateInPlace (source: Source) (storages: StorageTable) i axis (args: Ref list) =
    let steps = source.ShapeOf i |> Array.ofList |> rowMajor
    let mutable start = 0

    let part node =
        match source.Fused.Pieces[source.PieceOf[node]] with
        | Piece.Cluster cluster ->
            cluster.Members
            |> Seq.tryPick (fun (struct (m, how)) -> if m = node then Some struct (cluster, how) else None)
        | Piece.Alone _ -> None

    let offsets =
        args
        |> List.map (fun r ->
            let v = source.Find r
            let offset = start * steps[axis]
            start <- start + v.Lengths[axis]
            let root = v.Root.Node

            let free =
                source.PieceOf[root] >= 0
                && Seq.forall ((=) source.PieceOf[i]) source.Readers[root]
                && v.Offset = 0
                && isContiguous v

            match (if free then part root else None) with
            | Some(struct (cluster, Part.Element)) when cluster.Domain = v.Lengths -> Some(struct (root, offset))
            | _ -> None)

    let roots = offsets |> List.choose (Option.map (fun (struct (root, _)) -> root))

    if roots.Length = args.Length && (List.distinct roots).Length = args.Length then
        for found in offsets do
            match found with
            | Some(struct (root, offset)) -> storages.Within[root] <- struct ({ Node = i; Result = 0 }, offset, steps)
            | None -> ()

        true
    else
        false

/// The concatenations whose arguments are written in place, so that they need no step.
let private concatenatedInPlace (source: Source) storages =
    [ for piece in source.Fused.Pieces do
          match piece with
          | Piece.Alone i ->
              match source.Graph.Nodes[i] with
              | Node.Compute(Op.Concat axis, args, _) when tryConcatenateInPlace source storages i axis args -> i
              | Node.Compute _
              | Node.Input _
              | Node.Constant _ -> ()
          | Piece.Cluster _ -> () ]
    |> HashSet

/// The step that copies an operand to a contiguous storage.
let private copy (read: Operand) storage overwrites =
    { Work = Work.Primitive(Op.StopGradient, None)
      Reads = [ read ]
      Arguments = 1
      Writes = [ { Storage = storage; Offset = 0; Lengths = read.Lengths; Strides = rowMajor read.Lengths } ]
      Overwrites = overwrites
      Nodes = [] }

/// Whether a primitive is a reshape that no strides express, and so a copy.
let private isReshape op =
    match OpClass.tryView op with
    | ValueSome(ViewKind.Reshape _) -> true
    | ValueSome(ViewKind.Broadcast _)
    | ValueSome(ViewKind.Transpose _)
    | ValueSome(ViewKind.Slice _)
    | ValueSome(ViewKind.Flip _)
    | ValueSome(ViewKind.Identity)
    | ValueNone -> false

/// The value as a primitive can read it: anything for those that take strides, else contiguous, by a copy if need be.
let private readable (source: Source) (storages: StorageTable) (steps: List<Step>) op (r: Ref) =
    let v = source.Find r

    if isReshape op || source.Fused.Target.TakesStrides op || isContiguous v then
        storages.Operand v
    else
        let signature = Graph.signature source.Graph r

        let storage =
            storages.Add { DType = signature.DType; Size = Shape.size signature.Shape; Kind = Kind.Temporary }

        let step = copy (storages.Operand v) storage []
        steps.Add step
        step.Writes.Head

/// The step of a cluster that is a kernel of its own; none if its values are dead.
let private kernel (source: Source) storages (cluster: Cluster) =
    let struct (program, reads, writes) = ClusterLowering.program source.Fused storages cluster None

    if writes.IsEmpty then
        None
    else
        Some
            { Work = Work.Fused program
              Reads = reads
              Arguments = 0
              Writes = writes
              Overwrites = ClusterLowering.overwrites storages program reads writes
              Nodes = [ for struct (i, _) in cluster.Members -> i ] }

/// The argument that a primitive's result may replace: sums are added where the values stood.
let private replaced (storages: StorageTable) op (reads: Operand list) (results: Operand list) =
    match OpClass.ofOp op, reads, results with
    | OpClass.ScatterAdd _, x :: others, [ y ] ->
        let isWhole = x.Offset = 0 && storages.All[x.Storage].Size = storages.All[y.Storage].Size
        let isReadAgain = others |> List.exists (fun other -> other.Storage = x.Storage)
        if isWhole && not isReadAgain then [ struct (x.Storage, y.Storage) ] else []
    | _ -> []

/// The step of a primitive, with the cluster that is its epilogue.
let private primitive (source: Source) (storages: StorageTable) i op reads results (epilogue: Cluster option) =
    match epilogue with
    | Some cluster ->
        let over = whole { Node = i; Result = 0 } (List.ofArray cluster.Domain)
        let struct (program, more, writes) = ClusterLowering.program source.Fused storages cluster (Some over)

        { Work = Work.Primitive(op, Some program)
          Reads = reads @ List.tail more
          Arguments = reads.Length
          Writes = results @ writes
          // the primitive still reads its arguments while the epilogue writes
          Overwrites =
            ClusterLowering.overwrites storages program more writes
            |> List.filter (fun (struct (replaced, _)) ->
                reads |> List.forall (fun (read: Operand) -> read.Storage <> replaced))
          Nodes = i :: [ for struct (m, _) in cluster.Members -> m ] }
    | None ->
        { Work = Work.Primitive(op, None)
          Reads = reads
          Arguments = reads.Length
          Writes = results
          Overwrites = replaced storages op reads results
          Nodes = [ i ] }

/// The step of a node that is a kernel of its own, with the cluster that is its epilogue, by its piece's number.
let private aloneStep (source: Source) (storages: StorageTable) (steps: List<Step>) index i op args signatures =
    let reads = args |> List.map (readable source storages steps op)

    let results =
        signatures
        |> List.mapi (fun result (s: Signature) -> storages.Operand(whole { Node = i; Result = result } s.Shape))

    // a reshape that no strides express is a copy in the argument's own shape
    let op, results =
        if isReshape op then
            let lengths = reads.Head.Lengths
            Op.StopGradient, [ { results.Head with Lengths = lengths; Strides = rowMajor lengths } ]
        else
            op, results

    let epilogue = tryEpilogueOf source index i op args
    let cluster = epilogue |> Option.map (fun (struct (_, cluster)) -> cluster)
    let piece = epilogue |> Option.map (fun (struct (piece, _)) -> piece)
    struct (primitive source storages i op reads results cluster, piece)

/// Adds the steps that compute all values.
let private compute (source: Source) (storages: StorageTable) (steps: List<Step>) =
    let concatenated = concatenatedInPlace source storages
    let epilogues = HashSet<int>()

    source.Fused.Pieces
    |> Array.iteri (fun index piece ->
        match piece with
        | Piece.Cluster _ when epilogues.Contains index -> ()
        | Piece.Cluster cluster -> kernel source storages cluster |> Option.iter steps.Add
        | Piece.Alone i when concatenated.Contains i -> ()
        | Piece.Alone i ->
            match source.Graph.Nodes[i] with
            | Node.Compute(op, args, signatures) ->
                let struct (step, epilogue) = aloneStep source storages steps index i op args signatures
                epilogue |> Option.iter (epilogues.Add >> ignore)
                steps.Add step
            | Node.Input _
            | Node.Constant _ -> ())

/// Gives every result its own buffer. Results that alias an argument, a constant, a view or another result are copied.
let private outputs (source: Source) (storages: StorageTable) (steps: List<Step>) =
    let taken = HashSet<int>()

    [| for index, r in List.indexed source.Graph.Outputs do
           let v = source.Find r
           let storage = storages.Of v.Root
           let kept = storages.All[storage]
           let size = Array.fold (*) 1 v.Lengths

           if
               kept.Kind = Kind.Temporary
               && isContiguous v
               && v.Offset = 0
               && size = kept.Size
               && taken.Add storage
           then
               storages.Replace(storage, { kept with Kind = Kind.Output index })
               storage
           else
               let own = storages.Add { DType = kept.DType; Size = size; Kind = Kind.Output index }
               let overwrites = if isContiguous v && size = kept.Size then [ struct (storage, own) ] else []
               steps.Add(copy (storages.Operand v) own overwrites)
               own |]

/// The storage of each argument, also of one that no step reads.
let private inputs (graph: Graph) (storages: StorageTable) =
    [| for index, signature in List.indexed graph.Inputs do
           let found = storages.All.FindIndex(fun s -> s.Kind = Kind.Input index)

           if found >= 0 then
               found
           else
               storages.Add { DType = signature.DType; Size = Shape.size signature.Shape; Kind = Kind.Input index } |]

/// Lowers a fused graph to a program.
let steps (fused: Fused) : Program =
    let source = sourceOf fused
    let storages = StorageTable fused
    let steps = List<Step>()
    compute source storages steps
    let outputs = outputs source storages steps
    let inputs = inputs fused.Graph storages

    { Graph = fused.Graph
      Storages = storages.All.ToArray()
      Steps = steps.ToArray()
      Inputs = inputs
      Outputs = outputs }
