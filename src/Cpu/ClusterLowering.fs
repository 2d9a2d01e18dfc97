/// Clusters as fused programs: which instructions a kernel runs, and over which operands.
module internal Functional.ClusterLowering

open System.Collections.Generic
open Functional
open Functional.Kernels
open Program
open FusedInstructions
open StorageTables
open StridedViews
open Fusion

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

/// A cluster as a fused program with its operands; `first` is an operand that it is to have anyway, in front.
let program (fused: Fused) (storages: StorageTable) (cluster: Cluster) (first: View option) =
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
        let place = { storages.Operand v with Lengths = domain; Strides = overDomain domain how v }
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
        let v = StridedViews.find graph fused.Views r

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
                    let root = (StridedViews.find graph fused.Views args.Head).Root.Node

                    op,
                    (match parts.TryGetValue root with
                     | true, part -> part
                     | _ -> Part.Element)
                | Node.Input _
                | Node.Constant _ -> Op.StopGradient, Part.Element

            let root = { Node = i; Result = 0 }
            let strides = storedOver domain how op argumentPart

            let place =
                match storages.Within.TryGetValue i with
                | true, struct (joined, offset, strides) ->
                    { Storage = storages.Of joined; Offset = offset; Lengths = domain; Strides = strides }
                | _ -> { Storage = storages.Of root; Offset = 0; Lengths = domain; Strides = strides }

            let target = addOperand (Graph.signature graph root).DType place

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
let overwrites (storages: StorageTable) (program: FusedProgram) (reads: Operand list) (writes: Operand list) =
    if program.HasRowReductions then
        []
    else
        let identity (o: Operand) = o.Offset = 0 && sameSteps o.Lengths o.Strides (rowMajor o.Lengths)
        let size (o: Operand) = Array.fold (*) 1 o.Lengths

        [ for write in writes do
              for storage, uses in reads |> List.groupBy _.Storage do
                  let stored = storages.All[storage]

                  if
                      identity write
                      && List.forall identity uses
                      && stored.DType = storages.All[write.Storage].DType
                      && stored.Size = size write
                  then
                      struct (storage, write.Storage) ]
