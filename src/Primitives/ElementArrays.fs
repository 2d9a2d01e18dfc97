/// Arrays of elements whose type is known only when the program runs.
module internal Functional.ElementArrays

open System
open Functional.Numerics
open Functional.Kernels
open Functional

/// The element type that a .NET type stands for, if it is one.
let dtypeOfType (t: Type) : DType voption =
    if t = typeof<float32> then ValueSome Float32
    elif t = typeof<float> then ValueSome Float64
    elif t = typeof<Half> then ValueSome Float16
    elif t = typeof<BFloat16> then ValueSome BFloat16
    elif t = typeof<int> then ValueSome Int32
    elif t = typeof<int64> then ValueSome Int64
    elif t = typeof<bool> then ValueSome Bool
    else ValueNone

/// The element type of an array. By the exact type: an array of uint32 passes for one of int32 in a type test.
let dtypeOf (elements: Array) : DType voption =
    match elements.GetType().GetElementType() with
    | null -> ValueNone
    | t -> dtypeOfType t

/// The element types, for errors.
let types = "float32, float, Half, BFloat16, int, int64 and bool"

/// One number as an array of one element, rounded to the type; an integer takes the nearest whole number toward zero.
let ofNumber (dtype: DType) (value: float) : Array =
    // by a match, not a visitor, so that the code can be compiled ahead of time
    match dtype with
    | Float32 -> [| CastKernels.FromDouble<float32> value |]
    | Float64 -> [| value |]
    | Float16 -> [| CastKernels.FromDouble<Half> value |]
    | BFloat16 -> [| CastKernels.FromDouble<BFloat16> value |]
    | Int32 -> [| CastKernels.FromDouble<int> value |]
    | Int64 -> [| CastKernels.FromDouble<int64> value |]
    | Bool -> [| CastKernels.FromDouble<bool> value |]

/// The elements in another type, as `Op.Cast` converts them.
let cast (dtype: DType) (elements: 'S[]) : Array =
    dtype.Accept
        { new IElementVisitor<Array> with
            member _.Visit<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>() =
                match box elements with
                | :? ('T[]) as same when typeof<'T> = typeof<'S> -> same
                | _ ->
                    let result = Array.zeroCreate<'T> elements.Length
                    CastKernels.Apply<'S, 'T>(ReadOnlySpan elements, Span result)
                    result }

/// Whether two arrays of this type have the same elements: NaN equals NaN, and -0 equals 0.
let areEqual (dtype: DType) (a: Array) (b: Array) : bool =
    dtype.Accept
        { new IElementVisitor<bool> with
            member _.Visit<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>() =
                let equals = Collections.Generic.EqualityComparer<'T>.Default
                Array.forall2 (fun v w -> equals.Equals(v, w)) (a :?> 'T[]) (b :?> 'T[]) }

/// The elements as floats, for looking at: an int64 beyond 2^53 is rounded.
let toFloats (elements: Array) : float[] =
    let convert (elements: 'S[]) = cast Float64 elements :?> float[]

    match elements with
    | :? (float[]) as a -> a
    | :? (float32[]) as a -> convert a
    | :? (Half[]) as a -> convert a
    | :? (BFloat16[]) as a -> convert a
    | :? (int[]) as a -> convert a
    | :? (int64[]) as a -> convert a
    | :? (bool[]) as a -> convert a
    | a -> Fail.argument "tensor" "array" (a.GetType().Name) "is not an array of elements."
