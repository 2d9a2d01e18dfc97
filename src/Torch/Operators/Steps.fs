/// Calls that many primitives are made of.
module internal Functional.Torch.Steps

open Functional

/// The tensor that an operator of one result gives.
let one (c: ICaller<'v>) name overload arguments : 'v = c.Call(name, overload, arguments, 1) |> List.head

/// An operator of one tensor.
let unary c name (x: 'v) : 'v = one c name "" [ Argument.Tensor x ]

/// An operator of two tensors whose overload is called Tensor.
let binary c name (a: 'v) (b: 'v) : 'v = one c name "Tensor" [ Argument.Tensor a; Argument.Tensor b ]

let add (c: ICaller<'v>) (a: 'v) (b: 'v) : 'v =
    one c "functional::add" "" [ Argument.Tensor a; Argument.Tensor b; Argument.Float 1.0 ]

let sub (c: ICaller<'v>) (a: 'v) (b: 'v) : 'v =
    one c "functional::add" "" [ Argument.Tensor a; Argument.Tensor b; Argument.Float -1.0 ]

let mul c (a: 'v) (b: 'v) : 'v = binary c "mul" a b
let div c (a: 'v) (b: 'v) : 'v = binary c "div" a b
let maximum c (a: 'v) (b: 'v) : 'v = one c "maximum" "" [ Argument.Tensor a; Argument.Tensor b ]
let minimum c (a: 'v) (b: 'v) : 'v = one c "minimum" "" [ Argument.Tensor a; Argument.Tensor b ]

/// a where the condition holds, else b; lengths of 1 are repeated.
let where c (condition: 'v) (a: 'v) (b: 'v) : 'v =
    one c "where" "self" [ Argument.Tensor condition; Argument.Tensor a; Argument.Tensor b ]

/// The elements in another type, as C++ converts them.
let convert c (dtype: DType) (x: 'v) : 'v =
    let arguments =
        [ Argument.Tensor x; Argument.Type dtype; Argument.Bool false; Argument.Bool false; Argument.None ]

    one c "to" "dtype" arguments

let private ints (ns: int list) : Argument<'v> = Argument.Ints(ns |> List.map int64)

let reshape c (shape: Shape) (x: 'v) : 'v = one c "reshape" "" [ Argument.Tensor x; ints shape ]
let permute c (axes: int list) (x: 'v) : 'v = one c "permute" "" [ Argument.Tensor x; ints axes ]

/// A view in which axes of length 1, or missing in front, are repeated.
let expand c (shape: Shape) (x: 'v) : 'v = one c "expand" "" [ Argument.Tensor x; ints shape; Argument.Bool false ]

/// So many elements along an axis.
let narrow c axis start count (x: 'v) : 'v =
    one
        c
        "narrow"
        ""
        [ Argument.Tensor x
          Argument.Int(int64 axis)
          Argument.Int(int64 start)
          Argument.Int(int64 count) ]

/// Every step-th element of an axis, from `start` to before `stop`.
let slice c axis start stop step (x: 'v) : 'v =
    let present n = Argument.Some(Argument.Int(int64 n))

    one
        c
        "slice"
        "Tensor"
        [ Argument.Tensor x
          Argument.Int(int64 axis)
          present start
          present stop
          Argument.Int(int64 step) ]

/// A new axis of length 1.
let unsqueeze c axis (x: 'v) : 'v = one c "unsqueeze" "" [ Argument.Tensor x; Argument.Int(int64 axis) ]

/// Tensors one behind the other along an axis.
let concat c axis (xs: 'v list) : 'v = one c "cat" "" [ Argument.Tensors xs; Argument.Int(int64 axis) ]

/// Tensors along a new axis.
let stack c axis (xs: 'v list) : 'v = one c "stack" "" [ Argument.Tensors xs; Argument.Int(int64 axis) ]

/// A number in front of and behind the elements of each axis, (low, high) an axis.
let pad c (margins: (int * int) list) (value: float) (x: 'v) : 'v =
    // libtorch begins with the last axis
    let flat = margins |> List.rev |> List.collect (fun (low, high) -> [ low; high ])
    one c "pad" "" [ Argument.Tensor x; ints flat; Argument.Text "constant"; Argument.Some(Argument.Float value) ]

/// Sums over axes, in a type. No axes give the argument.
let sum c (axes: int list) keep (dtype: DType) (x: 'v) : 'v =
    let arguments =
        [ Argument.Tensor x
          Argument.Some(ints axes)
          Argument.Bool keep
          Argument.Some(Argument.Type dtype) ]

    if axes.IsEmpty then x else one c "sum" "dim_IntList" arguments

/// The largest elements over axes. No axes give the argument.
let amax c (axes: int list) keep (x: 'v) : 'v =
    if axes.IsEmpty then
        x
    else
        one c "amax" "" [ Argument.Tensor x; ints axes; Argument.Bool keep ]

/// A tensor of a signature whose elements are all one number; nobody writes to it.
let filled (c: ICaller<'v>) (signature: Signature) (value: float) : 'v =
    let number = c.Number(signature.DType, value)
    if signature.Shape.IsEmpty then number else expand c signature.Shape number

/// 0, 1, ..., n - 1 as int64, for n >= 1.
let iota (c: ICaller<'v>) (n: int) : 'v =
    let ones = filled c { Shape = [ n - 1 ]; DType = Int64 } 1.0

    let steps =
        if n = 1 then
            filled c { Shape = [ 1 ]; DType = Int64 } 0.0
        else
            pad c [ 1, 0 ] 0.0 ones

    one c "cumsum" "" [ Argument.Tensor steps; Argument.Int 0L; Argument.Some(Argument.Type Int64) ]

/// Each row of batches of matrices by the columns of others: [b, m, k] by [b, k, n].
let batchProduct c (a: 'v) (b: 'v) : 'v = one c "bmm" "" [ Argument.Tensor a; Argument.Tensor b ]
