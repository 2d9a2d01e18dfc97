/// The matrix product of buffers.
module internal Functional.CpuMatMul

#nowarn "9" // kernels take pointers

open System
open FSharp.NativeInterop
open Functional
open Functional.Kernels

/// The stride from one matrix of a batch to the next, if one stride leads through all of them; -1 if none does.
let private batchStride (x: CpuBuffer) =
    let mutable stride = 0
    // the axis inside of the one looked at, among those longer than 1
    let mutable inner = -1
    let mutable runsOn = true

    for i in x.Lengths.Length - 3 .. -1 .. 0 do
        if x.Lengths[i] <> 1 then
            if inner < 0 then
                stride <- x.Strides[i]
            elif x.Strides[i] <> x.Strides[inner] * x.Lengths[inner] then
                runsOn <- false

            inner <- i

    if runsOn then stride else -1

let private multiply<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (a: CpuBuffer<'T>)
    (b: CpuBuffer<'T>)
    (c: CpuBuffer<'T>)
    (epilogue: Epilogue | null)
    =
    let r = a.Lengths.Length
    let m, k, n = a.Lengths[r - 2], a.Lengths[r - 1], b.Lengths[r - 1]

    if k = 0 then
        c.Target.Clear()

        if c.Size > 0 && not (isNull epilogue) then
            epilogue.Run(0L, int64 (c.Size / n), 0, n)
    elif c.Size > 0 then
        // a batch that no single stride leads through is copied together
        let a = if batchStride a < 0 then a.PackedElements else a
        let b = if batchStride b < 0 then b.PackedElements else b
        use pa = fixed &a.First
        use pb = fixed &b.First
        use pc = fixed &c.First

        if a.RowNumbers <> 0n then
            let isTransposed = a.Strides[r - 1] <> 1
            let rowStride = a.Strides[if isTransposed then r - 1 else r - 2]

            MatMul.MultiplyRows(
                isTransposed,
                m,
                n,
                k,
                pa,
                nativeint rowStride,
                NativePtr.ofNativeInt<int> a.RowNumbers,
                pb,
                nativeint b.Strides[r - 2],
                nativeint b.Strides[r - 1],
                pc,
                epilogue
            )
        else
            MatMul.Multiply(
                c.Size / (m * n),
                m,
                n,
                k,
                pa,
                nativeint (batchStride a),
                nativeint a.Strides[r - 2],
                nativeint a.Strides[r - 1],
                pb,
                nativeint (batchStride b),
                nativeint b.Strides[r - 2],
                nativeint b.Strides[r - 1],
                pc,
                epilogue
            )

/// The product, and what an epilogue, if there is one, does to it.
let matmul (a: CpuBuffer) (b: CpuBuffer) (c: CpuBuffer) epilogue =
    match a, b, c with
    | (:? CpuBuffer<float32> as a), (:? CpuBuffer<float32> as b), (:? CpuBuffer<float32> as c) ->
        multiply a b c epilogue
    | (:? CpuBuffer<float> as a), (:? CpuBuffer<float> as b), (:? CpuBuffer<float> as c) -> multiply a b c epilogue
    | (:? CpuBuffer<int> as a), (:? CpuBuffer<int> as b), (:? CpuBuffer<int> as c) -> multiply a b c epilogue
    | (:? CpuBuffer<int64> as a), (:? CpuBuffer<int64> as b), (:? CpuBuffer<int64> as c) ->
        let a, b = a.PackedElements, b.PackedElements
        let r = a.Lengths.Length
        let m, k, n = a.Lengths[r - 2], a.Lengths[r - 1], b.Lengths[r - 1]
        let batch = Array.fold (*) 1 a.Lengths[.. r - 3]
        Int64Kernels.Multiply(batch, m, n, k, a.Span, b.Span, c.Target)
    | a, _, _ -> Fail.dtypes "matmul" [ "the argument", a.DType ] "takes numbers; cast it with Tensor.cast"
