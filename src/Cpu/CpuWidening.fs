/// Half types on the CPU: there is no arithmetic of 16 bits, so values widen to float32, and results are rounded when they are
/// stored.
module internal Functional.CpuWidening

open System
open Functional
open Functional.Kernels

/// Whether a primitive only moves or converts elements, which needs no arithmetic on them.
let private moves op =
    match OpClass.ofOp op with
    | OpClass.View _
    | OpClass.Movement _ -> true
    | OpClass.Elementwise instruction -> instruction = FusedOp.Cast
    | OpClass.Reduction _
    | OpClass.AlongAxis
    | OpClass.ScatterAdd _
    | OpClass.Product _
    | OpClass.Pooling _
    | OpClass.Attention _
    | OpClass.Random
    | OpClass.Custom _
    | OpClass.Loop _ -> false

/// Whether the primitive computes with half types, so that it must be widened.
let applies op (args: CpuBuffer list) (results: CpuBuffer list) =
    let isHalf (x: CpuBuffer) = x.DType.IsHalf
    (List.exists isHalf args || List.exists isHalf results) && not (moves op)

/// The primitive as it computes in float32.
let widened op =
    match op with
    | Op.RandomUniform(shape, dtype) when dtype.IsHalf -> Op.RandomUniform(shape, Float32)
    | Op.RandomNormal(shape, dtype) when dtype.IsHalf -> Op.RandomNormal(shape, Float32)
    | op -> op

/// y = x in the other type.
let cast (x: CpuBuffer) (y: CpuBuffer) =
    x.Packed().Accept
        { new ICpuBufferVisitor with
            member _.Visit(x: CpuBuffer<'S>) =
                y.Accept
                    { new ICpuBufferVisitor with
                        member _.Visit(y: CpuBuffer<'T>) = CastKernels.Apply<'S, 'T>(x.Span, y.Target) } }

/// The largest number of a half type below 1: uniform numbers lie in [0, 1), and rounding must not take them out of it.
let private belowOne dtype =
    match dtype with
    | Float16 -> 1.0f - MathF.ScaleB(1.0f, -11)
    | BFloat16 -> 1.0f - MathF.ScaleB(1.0f, -8)
    | Float32
    | Float64
    | Int32
    | Int64
    | Bool -> 1.0f

/// Computes by `fill` in float32: arguments of half types are widened into new buffers, results rounded from them.
let fill (fill: Op -> CpuBuffer list -> CpuBuffer list -> unit) op (args: CpuBuffer list) (results: CpuBuffer list) =
    let wide (x: CpuBuffer) =
        if x.DType.IsHalf then
            CpuBuffer.allocate x.Backend { Shape = x.Shape; DType = Float32 }
        else
            x

    let wideArgs =
        args
        |> List.map (fun x ->
            let y = wide x

            if x.DType.IsHalf then
                cast x y

            y)

    let wideResults = List.map wide results
    fill (widened op) wideArgs wideResults

    List.iter2
        (fun (y: CpuBuffer) (result: CpuBuffer) ->
            if result.DType.IsHalf then
                match op, y with
                | Op.RandomUniform _, (:? CpuBuffer<float32> as y) ->
                    let largest = belowOne result.DType
                    let span = y.Target

                    for i in 0 .. span.Length - 1 do
                        span[i] <- min span[i] largest
                | _ -> ()

                cast y result)
        wideResults
        results
