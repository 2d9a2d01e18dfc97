/// Products of matrices as single calls into the plan's memory.
module internal Functional.Torch.ProductSteps

open Functional
open Functional.Torch.Interop
open Functional.Program

/// Axes first .. last of an operand as one: its length and its stride; none where no single stride leads through them.
let tryMerge (o: Operand) first last : struct (int * int) voption =
    let long = [| first..last |] |> Array.filter (fun axis -> o.Lengths[axis] <> 1)
    let length = long |> Array.fold (fun n axis -> n * o.Lengths[axis]) 1

    let runOn =
        Array.pairwise long
        |> Array.forall (fun (outer, inner) -> o.Strides[outer] = o.Strides[inner] * o.Lengths[inner])

    if not runOn then ValueNone
    elif long.Length = 0 then ValueSome(struct (1, 0))
    else ValueSome(struct (length, o.Strides[Array.last long]))

let private view (o: Operand) (lengths: int[]) (strides: int[]) : Operand =
    { o with Lengths = lengths; Strides = strides }

/// Whether all batches read the same matrix.
let private isShared (o: Operand) =
    let rank = o.Lengths.Length
    Array.forall (fun axis -> o.Lengths[axis] = 1 || o.Strides[axis] = 0) [| 0 .. rank - 3 |]

/// Both axes of a matrix behind the batch axes.
let private matrix (o: Operand) =
    let rank = o.Lengths.Length
    view o o.Lengths[rank - 2 ..] o.Strides[rank - 2 ..]

/// The operands as matrices, where one product of matrices is all there is.
let private tryMatrices (a: Operand) (b: Operand) (c: Operand) =
    let rank = a.Lengths.Length

    if rank = 2 then
        Some(a, b, c)
    elif isShared b then
        match tryMerge a 0 (rank - 2), tryMerge c 0 (rank - 2) with
        | ValueSome(struct (rows, stride)), ValueSome(struct (_, written)) ->
            let tall o stride = view o [| rows; Array.last o.Lengths |] [| stride; Array.last o.Strides |]
            Some(tall a stride, matrix b, tall c written)
        | (ValueSome _ | ValueNone), _ -> None
    else
        None

/// The operands with one batch axis.
let private tryBatches (a: Operand) (b: Operand) (c: Operand) =
    let rank = a.Lengths.Length

    let batched (o: Operand) =
        match tryMerge o 0 (rank - 3) with
        | ValueSome(struct (count, stride)) ->
            Some(
                view
                    o
                    (Array.append [| count |] o.Lengths[rank - 2 ..])
                    (Array.append [| stride |] o.Strides[rank - 2 ..])
            )
        | ValueNone -> None

    match batched a, batched b, batched c with
    | Some a, Some b, Some c -> Some(a, b, c)
    | _ -> None

/// The steps of a product.
let prepare (memory: RunMemory) (storages: Storage[]) (reads: Operand list) (write: Operand) : PlanStep list =
    let others () = CallSteps.prepare memory storages Op.MatMul reads [ write ]
    let isCuda = memory.Device.IsCuda

    let single isBatched (a, b, c) =
        match PreparedProduct.TryCreate(isCuda, isBatched, memory.View a, memory.View b, memory.View c) with
        | null -> others ()
        | product -> [ PlanSteps.product product ]

    match reads with
    | [ a; b ] when storages[a.Storage].DType.IsFloat || not isCuda ->
        match tryMatrices a b write with
        | Some matrices -> single false matrices
        | None ->
            match tryBatches a b write with
            | Some batches -> single true batches
            | None -> others ()
    | _ -> others ()
