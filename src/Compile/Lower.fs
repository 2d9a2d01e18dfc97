/// From kernels to steps over memory: which storages there are, and what each step reads and writes of them.
module internal Functional.Lower

open System.Collections.Generic
open Functional
open Functional.Kernels
open Views
open Fuse

/// What a storage is.
[<RequireQualifiedAccess>]
type Kind =
    /// The n-th argument.
    | Input of int
    /// A value known beforehand.
    | Constant of Buffer
    /// The n-th result.
    | Output of int
    /// Memory that is used again once its value is dead.
    | Temporary

/// Room for the elements of one value.
type Storage = { DType: DType; Size: int; Kind: Kind }

/// Elements of a storage as a step sees them.
type Operand = { Storage: int; Offset: int; Lengths: int[]; Strides: int[] }

/// What a step does with its operands.
[<RequireQualifiedAccess>]
type Work =
    /// A fused kernel; its operands are the step's, those it reads first.
    | Fused of FusedProgram
    /// A primitive into contiguous results; where an epilogue is there, it then runs over the first result, as over its
    /// operand 0, and the step's further operands.
    | Primitive of Op * epilogue: FusedProgram option

/// One step of a program.
type Step =
    {
        Work: Work
        /// What it reads; of a primitive its arguments first, then what the epilogue reads besides.
        Reads: Operand list
        /// How many of the reads are the primitive's own.
        Arguments: int
        /// What it writes; of a primitive its results first, then what the epilogue writes besides.
        Writes: Operand list
        /// Pairs of a read and a written storage that may be the same memory, because each element is read before it is written.
        Overwrites: struct (int * int) list
        /// The graph's nodes it computes.
        Nodes: int list
    }

/// Steps over storages.
type Program =
    {
        Graph: Graph
        Storages: Storage[]
        Steps: Step[]
        /// The storage of each argument.
        Inputs: int[]
        /// The storage of each result.
        Outputs: int[]
    }

let private elementType dtype =
    match dtype with
    | Float32 -> ElementType.Float32
    | Float64 -> ElementType.Float64
    | Int32 -> ElementType.Int32
    | Bool -> ElementType.Bool

let private unaryOp u =
    match u with
    | Unary.Neg -> FusedOp.Neg
    | Unary.Abs -> FusedOp.Abs
    | Unary.Sign -> FusedOp.Sign
    | Unary.Floor -> FusedOp.Floor
    | Unary.Ceil -> FusedOp.Ceil
    | Unary.Round -> FusedOp.Round
    | Unary.Exp -> FusedOp.Exp
    | Unary.Expm1 -> FusedOp.Expm1
    | Unary.Log -> FusedOp.Log
    | Unary.Log1p -> FusedOp.Log1p
    | Unary.Sqrt -> FusedOp.Sqrt
    | Unary.Rsqrt -> FusedOp.Rsqrt
    | Unary.Sin -> FusedOp.Sin
    | Unary.Cos -> FusedOp.Cos
    | Unary.Tan -> FusedOp.Tan
    | Unary.Asin -> FusedOp.Asin
    | Unary.Acos -> FusedOp.Acos
    | Unary.Atan -> FusedOp.Atan
    | Unary.Sinh -> FusedOp.Sinh
    | Unary.Cosh -> FusedOp.Cosh
    | Unary.Tanh -> FusedOp.Tanh
    | Unary.Sigmoid -> FusedOp.Sigmoid
    | Unary.Softplus -> FusedOp.Softplus
    | Unary.Erf -> FusedOp.Erf
    | Unary.Relu -> FusedOp.Relu
    | Unary.Not -> FusedOp.Not

let private binaryOp b =
    match b with
    | Binary.Add -> FusedOp.Add
    | Binary.Sub -> FusedOp.Sub
    | Binary.Mul -> FusedOp.Mul
    | Binary.Div -> FusedOp.Div
    | Binary.FloorDiv -> FusedOp.FloorDiv
    | Binary.Pow -> FusedOp.Pow
    | Binary.Maximum -> FusedOp.Maximum
    | Binary.Minimum -> FusedOp.Minimum
    | Binary.And -> FusedOp.And
    | Binary.Or -> FusedOp.Or

let private comparisonOp c =
    match c with
    | Comparison.Equal -> FusedOp.Equal
    | Comparison.NotEqual -> FusedOp.NotEqual
    | Comparison.Less -> FusedOp.Less
    | Comparison.LessEqual -> FusedOp.LessEqual
    | Comparison.Greater -> FusedOp.Greater
    | Comparison.GreaterEqual -> FusedOp.GreaterEqual

let private fusedOp op =
    match op with
    | Op.Unary u -> unaryOp u
    | Op.Binary b -> binaryOp b
    | Op.Compare c -> comparisonOp c
    | Op.Where -> FusedOp.Where
    | Op.Cast _ -> FusedOp.Cast
    | Op.Reduce(Reduction.Max, _) -> FusedOp.RowMax
    | Op.Reduce(Reduction.Min, _) -> FusedOp.RowMin
    | _ -> FusedOp.RowSum

/// The strides of an argument over the whole domain: as they are for elements, along the leading axes for rows.
let private overDomain (domain: int[]) how (v: View) =
    match how with
    | Part.Row -> Array.append v.Strides[.. domain.Length - 2] [| 0 |]
    | Part.Element
    | Part.Total -> v.Strides

/// The strides of what a member stores.
let private storedOver (domain: int[]) how op (part: Part) =
    match how, op with
    | Part.Total, Op.Reduce(_, axes) when part = Part.Row || axes.Length = domain.Length ->
        Array.zeroCreate domain.Length
    | Part.Total, Op.Reduce(_, axes) ->
        let kept =
            [| for i in 0 .. domain.Length - 1 do
                   if not (List.contains i axes) then
                       domain[i] |]

        let steps = rowMajor kept
        let strides = Array.zeroCreate domain.Length
        let mutable next = 0

        for i in 0 .. domain.Length - 1 do
            if not (List.contains i axes) then
                strides[i] <- steps[next]
                next <- next + 1

        strides
    | Part.Row, _ -> Array.append (rowMajor domain[.. domain.Length - 2]) [| 0 |]
    | (Part.Element | Part.Total), _ -> rowMajor domain

/// The graph's storages, as steps ask for them.
type private Memory(fused: Fused) =
    let storages = List<Storage>()
    let ofRoot = Dictionary<Ref, int>()

    /// Values that are made where they are needed: within another one, which joins them.
    member val Within = Dictionary<int, struct (Ref * int * int[])>()

    member _.All = storages

    member _.Add storage =
        storages.Add storage
        storages.Count - 1

    /// The storage of a value that has memory.
    member me.Of(root: Ref) =
        match ofRoot.TryGetValue root with
        | true, i -> i
        | _ ->
            let signature = Graph.signature fused.Graph root

            let kind =
                match fused.Graph.Nodes[root.Node] with
                | Node.Input(index, _) -> Kind.Input index
                | Node.Constant buffer -> Kind.Constant buffer
                | Node.Compute _ -> Kind.Temporary

            let i = me.Add { DType = signature.DType; Size = Shape.size signature.Shape; Kind = kind }
            ofRoot[root] <- i
            i

    member _.Replace(i, storage) = storages[i] <- storage

    member me.Operand(v: View) =
        { Storage = me.Of v.Root; Offset = v.Offset; Lengths = v.Lengths; Strides = v.Strides }

let private signatureOf (graph: Graph) i = List.head (Graph.results graph.Nodes[i])

/// A cluster as a fused program with its operands; `first` is an operand that it is to have anyway, in front.
let private program (fused: Fused) (memory: Memory) (cluster: Cluster) (first: View option) =
    let graph = fused.Graph
    let domain = cluster.Domain
    let operands = List<FusedOperand>()
    let places = List<Operand>()
    let known = Dictionary<struct (int * int * string), int>()
    let instructions = List<FusedInstruction>()
    let values = Dictionary<int, int>()
    let parts = Dictionary<int, Part>()
    let loads = Dictionary<int, int>()

    let addOperand (dtype: DType) (place: Operand) =
        operands.Add(FusedOperand(elementType dtype, Array.map int64 place.Strides))
        places.Add place
        operands.Count - 1

    let operand (v: View) how =
        let place = { memory.Operand v with Lengths = domain; Strides = overDomain domain how v }
        let key = struct (place.Storage, place.Offset, String.concat "," (Array.map string place.Strides))

        match known.TryGetValue key with
        | true, i -> i
        | _ ->
            let i = addOperand (Graph.signature graph v.Root).DType place
            known[key] <- i
            i

    let add instruction =
        instructions.Add instruction
        instructions.Count - 1

    let value how (r: Ref) =
        let v = Views.find graph fused.Views r

        match values.TryGetValue v.Root.Node with
        | true, i -> i
        | _ ->
            let dtype = (Graph.signature graph v.Root).DType

            let uniform =
                match graph.Nodes[v.Root.Node] with
                | Node.Constant buffer -> buffer.Uniform
                | Node.Input _
                | Node.Compute _ -> ValueNone

            match uniform with
            | ValueSome number -> add (FusedInstruction(FusedOp.Constant, elementType dtype, Value = number))
            | ValueNone ->
                let from = operand v how

                match loads.TryGetValue from with
                | true, i -> i
                | _ ->
                    let load = add (FusedInstruction(FusedOp.Load, elementType dtype, from))
                    loads[from] <- load
                    load

    first |> Option.iter (fun v -> operand v Part.Element |> ignore)

    for struct (i, how) in cluster.Members do
        match graph.Nodes[i] with
        | Node.Compute(op, args, signatures) ->
            let dtype = elementType signatures.Head.DType

            let readAs =
                if
                    how = Part.Row
                    && (match op with
                        | Op.Reduce _ -> false
                        | _ -> true)
                then
                    Part.Row
                else
                    Part.Element

            let given = args |> List.map (value readAs) |> Array.ofList
            let argument k = if k < given.Length then given[k] else -1
            parts[i] <- how

            values[i] <-
                match how with
                | Part.Total -> argument 0
                | Part.Element
                | Part.Row -> add (FusedInstruction(fusedOp op, dtype, argument 0, argument 1, argument 2))
        | Node.Input _
        | Node.Constant _ -> ()

    let reads = places.Count
    let stores = List<FusedStore>()

    for struct (i, how) in cluster.Members do
        if fused.Stored[i] then
            let op, argumentPart =
                match graph.Nodes[i] with
                | Node.Compute(op, args, _) ->
                    let root = (Views.find graph fused.Views args.Head).Root.Node

                    op,
                    (match parts.TryGetValue root with
                     | true, part -> part
                     | _ -> Part.Element)
                | Node.Input _
                | Node.Constant _ -> Op.StopGradient, Part.Element

            let root = { Node = i; Result = 0 }
            let strides = storedOver domain how op argumentPart

            let place =
                match memory.Within.TryGetValue i with
                | true, struct (joined, offset, strides) ->
                    { Storage = memory.Of joined; Offset = offset; Lengths = domain; Strides = strides }
                | _ -> { Storage = memory.Of root; Offset = 0; Lengths = domain; Strides = strides }

            let target = addOperand (signatureOf graph i).DType place

            let kind =
                match how with
                | Part.Total when argumentPart = Part.Row -> FusedStoreKind.SumRows
                | Part.Total -> FusedStoreKind.Sum
                | Part.Element
                | Part.Row -> FusedStoreKind.Write

            stores.Add(FusedStore(values[i], target, kind))

    let result = FusedProgram(domain, operands.ToArray(), instructions.ToArray(), stores.ToArray())
    let places = List.ofSeq places
    struct (result, List.take reads places, List.skip reads places)

/// The pairs that may share memory: a store of every element over an operand that is read at the very same places only.
let private overwrites (memory: Memory) (program: FusedProgram) (reads: Operand list) (writes: Operand list) =
    if program.HasRowReductions then
        []
    else
        let identity (o: Operand) = o.Offset = 0 && sameSteps o.Lengths o.Strides (rowMajor o.Lengths)
        let size (o: Operand) = Array.fold (*) 1 o.Lengths

        [ for write in writes do
              for storage, uses in reads |> List.groupBy _.Storage do
                  let stored = memory.All[storage]

                  if
                      identity write
                      && List.forall identity uses
                      && stored.DType = memory.All[write.Storage].DType
                      && stored.Size = size write
                  then
                      struct (storage, write.Storage) ]

/// Whether an epilogue can run over the results of the primitive.
let private takesEpilogue (graph: Graph) op (args: Ref list) =
    match op with
    | Op.MatMul
    | Op.Convolution _
    | Op.ConvolutionInput _ -> (Graph.signature graph args.Head).DType.IsFloat
    | _ -> false

/// An epilogue runs row by row: over fewer columns than this it would leave most of each vector empty, and a kernel of its own,
/// which can join the rows, is faster.
let private narrowest = 8

/// The steps of a fused graph.
let steps (fused: Fused) : Program =
    let graph = fused.Graph
    let memory = Memory fused
    let find = Views.find graph fused.Views
    let steps = List<Step>()
    let readers: List<int>[] = Array.init graph.Nodes.Length (fun _ -> List())
    let pieceOf = Array.create graph.Nodes.Length -1

    fused.Pieces
    |> Array.iteri (fun index piece ->
        let nodes =
            match piece with
            | Piece.Alone i -> [ i ]
            | Piece.Cluster cluster -> [ for struct (i, _) in cluster.Members -> i ]

        for i in nodes do
            pieceOf[i] <- index

        for i in nodes do
            for r in Graph.arguments graph.Nodes[i] do
                readers[(find r).Root.Node].Add index)

    for r in graph.Outputs do
        readers[(find r).Root.Node].Add -1

    /// The cluster that can run as the epilogue of the node alone in piece `index`: the only reader of its result, which
    /// reads it element for element, and needs nothing that comes later.
    let epilogueOf index i op (args: Ref list) =
        let distinct = Seq.distinct readers[i] |> List.ofSeq

        match distinct with
        | [ reader ] when reader >= 0 && takesEpilogue graph op args ->
            match fused.Pieces[reader] with
            | Piece.Cluster cluster when
                cluster.Members.TrueForAll(fun (struct (_, how)) -> how = Part.Element)
                && cluster.Domain.Length > 0
                && Array.last cluster.Domain >= narrowest
                && (let shape = (signatureOf graph i).Shape
                    List.last shape = Array.last cluster.Domain && Shape.size shape = Array.fold (*) 1 cluster.Domain)
                && cluster.Members.TrueForAll(fun (struct (m, _)) ->
                    Graph.arguments graph.Nodes[m]
                    |> List.forall (fun r ->
                        let v = find r
                        let from = pieceOf[v.Root.Node]

                        if v.Root.Node = i then
                            v.Offset = 0 && sameSteps v.Lengths v.Strides (rowMajor cluster.Domain)
                        else
                            from < index || from = reader))
                ->
                Some(struct (reader, cluster))
            | _ -> None
        | _ -> None

    let part i =
        match fused.Pieces[pieceOf[i]] with
        | Piece.Cluster cluster ->
            cluster.Members
            |> Seq.tryPick (fun (struct (m, how)) -> if m = i then Some struct (cluster, how) else None)
        | Piece.Alone _ -> None

    /// Whether the node's arguments can be written by their own kernels where it joins them: each is an element value that
    /// nobody else reads.
    let joinsInPlace i axis (args: Ref list) =
        let shape = Array.ofList (signatureOf graph i).Shape
        let steps = rowMajor shape
        let mutable start = 0

        let places =
            args
            |> List.map (fun r ->
                let v = find r
                let offset = start * steps[axis]
                start <- start + v.Lengths[axis]
                let root = v.Root.Node

                let free =
                    pieceOf[root] >= 0 && Seq.forall ((=) pieceOf[i]) readers[root] && v.Offset = 0 && isContiguous v

                match (if free then part root else None) with
                | Some(struct (cluster, Part.Element)) when cluster.Domain = v.Lengths -> Some(struct (root, offset))
                | _ -> None)

        let roots = places |> List.choose (Option.map (fun (struct (root, _)) -> root))

        if roots.Length = args.Length && (List.distinct roots).Length = args.Length then
            for place in places do
                match place with
                | Some(struct (root, offset)) -> memory.Within[root] <- struct ({ Node = i; Result = 0 }, offset, steps)
                | None -> ()

            true
        else
            false

    let joined =
        [ for piece in fused.Pieces do
              match piece with
              | Piece.Alone i ->
                  match graph.Nodes[i] with
                  | Node.Compute(Op.Concat axis, args, _) when joinsInPlace i axis args -> i
                  | _ -> ()
              | Piece.Cluster _ -> () ]
        |> HashSet

    let done' = HashSet<int>()

    /// The argument as a primitive can read it: anything for those that take strides, else contiguous, by a copy if need be.
    let readable op (r: Ref) =
        let v = find r

        let takesStrides =
            match op with
            | Op.MatMul
            | Op.Concat _
            | Op.Pad _
            | Op.Reshape _ -> true
            | _ -> false

        if takesStrides || isContiguous v then
            memory.Operand v
        else
            let signature = Graph.signature graph r

            let storage =
                memory.Add { DType = signature.DType; Size = Shape.size signature.Shape; Kind = Kind.Temporary }

            let copy = { Storage = storage; Offset = 0; Lengths = v.Lengths; Strides = rowMajor v.Lengths }

            steps.Add
                { Work = Work.Primitive(Op.StopGradient, None)
                  Reads = [ memory.Operand v ]
                  Arguments = 1
                  Writes = [ copy ]
                  Overwrites = []
                  Nodes = [] }

            copy

    fused.Pieces
    |> Array.iteri (fun index piece ->
        match piece with
        | Piece.Cluster _ when done'.Contains index -> ()
        | Piece.Cluster cluster ->
            let struct (program, reads, writes) = program fused memory cluster None

            if not writes.IsEmpty then
                steps.Add
                    { Work = Work.Fused program
                      Reads = reads
                      Arguments = 0
                      Writes = writes
                      Overwrites = overwrites memory program reads writes
                      Nodes = [ for struct (i, _) in cluster.Members -> i ] }
        | Piece.Alone i when joined.Contains i -> ()
        | Piece.Alone i ->
            match graph.Nodes[i] with
            | Node.Compute(op, args, signatures) ->
                let reads = args |> List.map (readable op)

                let results =
                    signatures
                    |> List.mapi (fun result s -> memory.Operand(whole { Node = i; Result = result } s.Shape))

                // a reshape that strides cannot say is a copy in the argument's own shape
                let op, results =
                    match op, reads with
                    | Op.Reshape _, [ read ] ->
                        Op.StopGradient,
                        [ { results.Head with Lengths = read.Lengths; Strides = rowMajor read.Lengths } ]
                    | _ -> op, results

                match epilogueOf index i op args with
                | Some(struct (reader, cluster)) ->
                    done'.Add reader |> ignore
                    let root = { Node = i; Result = 0 }
                    let over = { (whole root (List.ofArray cluster.Domain)) with Root = root }
                    let struct (program, more, writes) = program fused memory cluster (Some over)

                    steps.Add
                        { Work = Work.Primitive(op, Some program)
                          Reads = reads @ List.tail more
                          Arguments = reads.Length
                          Writes = results @ writes
                          // what the primitive itself reads is not to change while it runs
                          Overwrites =
                            overwrites memory program more writes
                            |> List.filter (fun (struct (replaced, _)) ->
                                reads |> List.forall (fun read -> read.Storage <> replaced))
                          Nodes = i :: [ for struct (m, _) in cluster.Members -> m ] }
                | None ->
                    steps.Add
                        { Work = Work.Primitive(op, None)
                          Reads = reads
                          Arguments = reads.Length
                          Writes = results
                          Overwrites = []
                          Nodes = [ i ] }
            | Node.Input _
            | Node.Constant _ -> ())

    // every result has a storage of its own: what is an argument, a constant, a part of something or a result already is copied
    let taken = HashSet<int>()

    let outputs =
        [| for index, r in List.indexed graph.Outputs do
               let v = find r
               let storage = memory.Of v.Root
               let kept = memory.All[storage]
               let size = Array.fold (*) 1 v.Lengths

               if
                   kept.Kind = Kind.Temporary
                   && isContiguous v
                   && v.Offset = 0
                   && size = kept.Size
                   && taken.Add storage
               then
                   memory.Replace(storage, { kept with Kind = Kind.Output index })
                   storage
               else
                   let own = memory.Add { DType = kept.DType; Size = size; Kind = Kind.Output index }

                   steps.Add
                       { Work = Work.Primitive(Op.StopGradient, None)
                         Reads = [ memory.Operand v ]
                         Arguments = 1
                         Writes = [ { Storage = own; Offset = 0; Lengths = v.Lengths; Strides = rowMajor v.Lengths } ]
                         Overwrites = (if isContiguous v && size = kept.Size then [ struct (storage, own) ] else [])
                         Nodes = [] }

                   own |]

    let inputs =
        [| for index, signature in List.indexed graph.Inputs do
               let found = memory.All.FindIndex(fun s -> s.Kind = Kind.Input index)

               if found >= 0 then
                   found
               else
                   memory.Add { DType = signature.DType; Size = Shape.size signature.Shape; Kind = Kind.Input index } |]

    { Graph = graph
      Storages = memory.All.ToArray()
      Steps = steps.ToArray()
      Inputs = inputs
      Outputs = outputs }
