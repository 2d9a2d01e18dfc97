/// The primitives that move no elements: each gives another view of the same array.
module internal Functional.CpuViews

open Functional

let reshape (x: CpuBuffer) (result: Signature) =
    let x = x.Packed()
    x.View(result, x.Offset, Strides.rowMajor result.Shape)

let broadcast (x: CpuBuffer) (result: Signature) =
    let missing = result.Shape.Length - x.Lengths.Length

    let strides =
        result.Shape
        |> List.mapi (fun i n ->
            if i < missing || (x.Lengths[i - missing] = 1 && n <> 1) then
                0
            else
                x.Strides[i - missing])

    x.View(result, x.Offset, Array.ofList strides)

let transpose (perm: int list) (x: CpuBuffer) result = x.View(result, x.Offset, [| for i in perm -> x.Strides[i] |])

let slice (ranges: Range list) (x: CpuBuffer) (result: Signature) =
    let start =
        if List.contains 0 result.Shape then
            0
        else
            ranges |> List.mapi (fun i r -> r.Start * x.Strides[i]) |> List.sum

    x.View(result, x.Offset + start, [| for i, r in List.indexed ranges -> r.Step * x.Strides[i] |])

let flip axes (x: CpuBuffer) result =
    if x.Size = 0 then
        x
    else
        let last = axes |> List.sumBy (fun i -> (x.Lengths[i] - 1) * x.Strides[i])
        let strides = x.Strides |> Array.mapi (fun i s -> if List.contains i axes then -s else s)
        x.View(result, x.Offset + last, strides)

/// The view of a kind, in the shape and type of its result.
let view kind (x: CpuBuffer) (result: Signature) : CpuBuffer =
    match kind with
    | ViewKind.Broadcast _ -> broadcast x result
    | ViewKind.Reshape _ -> reshape x result
    | ViewKind.Transpose perm -> transpose perm x result
    | ViewKind.Slice ranges -> slice ranges x result
    | ViewKind.Flip axes -> flip axes x result
    | ViewKind.Identity -> x

/// The view that a primitive gives; none for one that computes or moves elements.
let tryView op (x: CpuBuffer) (result: Signature) : CpuBuffer voption =
    match OpClass.tryView op with
    | ValueSome kind -> ValueSome(view kind x result)
    | ValueNone -> ValueNone
