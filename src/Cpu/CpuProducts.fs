/// The matrix product of buffers.
module internal Functional.CpuProducts

#nowarn "9" // kernels take pointers

open System
open Functional
open Functional.Kernels

/// The stride from one matrix of a batch to the next, if one stride leads through all of them.
let private batchStride (x: CpuBuffer) =
    let axes = [ 0 .. x.Lengths.Length - 3 ] |> List.filter (fun i -> x.Lengths[i] <> 1)

    match List.rev axes with
    | [] -> Some 0
    | last :: _ ->
        let runsOn =
            axes |> List.pairwise |> List.forall (fun (i, j) -> x.Strides[i] = x.Strides[j] * x.Lengths[j])

        if runsOn then Some x.Strides[last] else None

let private multiply<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    backend
    (a: CpuBuffer<'T>)
    (b: CpuBuffer<'T>)
    result
    : CpuBuffer =
    let c = CpuBuffer<'T>.Allocate(backend, result)
    let r = a.Lengths.Length
    let m, k, n = a.Lengths[r - 2], a.Lengths[r - 1], b.Lengths[r - 1]

    if k = 0 then
        c.Target.Clear()
    elif c.Size > 0 then
        // a batch that no single stride leads through is copied together
        let walkable (x: CpuBuffer<'T>) =
            match batchStride x with
            | Some stride -> x, stride
            | None ->
                let x = x.PackedElements
                x, x.Lengths[r - 2] * x.Lengths[r - 1]

        let a, stepA = walkable a
        let b, stepB = walkable b
        use pa = fixed &a.Elements[a.Offset]
        use pb = fixed &b.Elements[b.Offset]
        use pc = fixed &c.Elements[c.Offset]

        MatMul.Multiply(
            c.Size / (m * n),
            m,
            n,
            k,
            pa,
            nativeint stepA,
            nativeint a.Strides[r - 2],
            nativeint a.Strides[r - 1],
            pb,
            nativeint stepB,
            nativeint b.Strides[r - 2],
            nativeint b.Strides[r - 1],
            pc
        )

    c

let matmul backend (a: CpuBuffer) (b: CpuBuffer) result =
    match a, b with
    | (:? CpuBuffer<float32> as a), (:? CpuBuffer<float32> as b) -> multiply backend a b result
    | (:? CpuBuffer<float> as a), (:? CpuBuffer<float> as b) -> multiply backend a b result
    | (:? CpuBuffer<int> as a), (:? CpuBuffer<int> as b) -> multiply backend a b result
    | a, _ -> Fail.dtypes "matmul" [ "the argument", a.DType ] "takes numbers; cast it with Tensor.cast"
