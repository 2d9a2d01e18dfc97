/// Operators of ATen that can write their result into a tensor that is there already.
module internal Functional.Torch.OutVariants

open System.Collections.Generic

let private overloads =
    let named overload out names = [ for name in names -> KeyValuePair(struct (name, overload), out) ]

    [ named
          ""
          "out"
          [ "mm"
            "bmm"
            "index_select"
            "cat"
            "cumsum"
            "gather"
            "scatter_add"
            "amax"
            "amin"
            "maximum"
            "minimum"
            "neg"
            "abs"
            "sign"
            "floor"
            "ceil"
            "round"
            "exp"
            "expm1"
            "log"
            "log1p"
            "sqrt"
            "rsqrt"
            "sin"
            "cos"
            "tan"
            "asin"
            "acos"
            "atan"
            "sinh"
            "cosh"
            "tanh"
            "sigmoid"
            "erf"
            "logical_not"
            "logical_and"
            "logical_or" ]
      named "Tensor" "out" [ "mul"; "div" ]
      named "Tensor" "Tensor_out" [ "eq"; "ne"; "lt"; "le"; "gt"; "ge" ]
      named "self" "self_out" [ "where" ]
      named "dim_IntList" "IntList_out" [ "sum" ]
      named "dims" "dims_out" [ "all"; "any" ] ]
    |> List.concat
    |> Dictionary

/// The overload that writes into a tensor given last, if the operator has one that takes the other arguments alike and
/// allocates nothing.
let tryFind (operator: string) (overload: string) : string voption =
    match overloads.TryGetValue(struct (operator, overload)) with
    | true, out -> ValueSome out
    | _ -> ValueNone

/// Whether the operator's result shares memory with its first argument, or may.
let isView (operator: string) : bool =
    match operator with
    | "expand"
    | "permute"
    | "transpose"
    | "reshape"
    | "view"
    | "slice"
    | "narrow"
    | "select"
    | "unfold"
    | "unsqueeze"
    | "squeeze"
    | "as_strided"
    | "alias"
    | "to" -> true
    | _ -> false
