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

/// The view that a primitive which moves no elements gives; none for every other primitive.
let tryView op (x: CpuBuffer) (result: Signature) : CpuBuffer voption =
    match op with
    | Op.Broadcast _ -> ValueSome(broadcast x result)
    | Op.Reshape _ -> ValueSome(reshape x result)
    | Op.Transpose perm -> ValueSome(transpose perm x result)
    | Op.Slice ranges -> ValueSome(slice ranges x result)
    | Op.Flip axes -> ValueSome(flip axes x result)
    | Op.StopGradient
    | Op.Barrier _ -> ValueSome x
    | Op.Unary _
    | Op.Binary _
    | Op.Compare _
    | Op.Where
    | Op.Cast _
    | Op.Pad _
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
    | Op.Scan _ -> ValueNone
