namespace Functional.Torch

open Functional

/// An argument of an operator of libtorch; 'v is a tensor: a handle where calls run at once, a number in a plan.
[<RequireQualifiedAccess>]
type internal Argument<'v> =
    /// Tensor
    | Tensor of 'v
    /// Tensor[]
    | Tensors of 'v list
    /// int, SymInt
    | Int of int64
    /// int[], SymInt[]
    | Ints of int64 list
    /// float
    | Float of float
    /// bool
    | Bool of bool
    /// bool[]
    | Bools of bool list
    /// ScalarType
    | Type of DType
    /// str
    | Text of string
    /// A missing value of any optional type.
    | None
    /// A present value of an optional type.
    | Some of Argument<'v>

/// Makes calls of libtorch's operators at once, or notes them down for later. Operators without a namespace are ATen's; those
/// of `functional::` are compositions of this library that stand behind one name (`DirectOperators`).
type internal ICaller<'v> =
    /// Whether the tensors are on a CUDA device.
    abstract IsCuda: bool

    /// The tensors that the operator of this name and overload gives, so many.
    abstract Call: operator: string * overload: string * arguments: Argument<'v> list * results: int -> 'v list

    /// A tensor without axes that holds this number, rounded to the type. It is shared: nobody writes to it.
    abstract Number: DType * float -> 'v
