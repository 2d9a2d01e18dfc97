/// Elementwise primitives as operators of ATen.
module internal Functional.Torch.ElementwiseOperators

open Functional
open Functional.Torch.Steps

/// A function of each element. Most are one operator; NaN has no sign in libtorch.
let unary (c: ICaller<'v>) (u: Unary) (dtype: DType) (x: 'v) : 'v =
    match u with
    | Unary.Neg -> unary c "neg" x
    | Unary.Abs -> unary c "abs" x
    | Unary.Sign when dtype.IsFloat -> where c (binary c "eq" x x) (unary c "sign" x) x
    | Unary.Sign -> unary c "sign" x
    | Unary.Floor -> unary c "floor" x
    | Unary.Ceil -> unary c "ceil" x
    | Unary.Round -> unary c "round" x
    | Unary.Exp -> unary c "exp" x
    | Unary.Expm1 -> unary c "expm1" x
    | Unary.Log -> unary c "log" x
    | Unary.Log1p -> unary c "log1p" x
    | Unary.Sqrt -> unary c "sqrt" x
    | Unary.Rsqrt -> unary c "rsqrt" x
    | Unary.Sin -> unary c "sin" x
    | Unary.Cos -> unary c "cos" x
    | Unary.Tan -> unary c "tan" x
    | Unary.Asin -> unary c "asin" x
    | Unary.Acos -> unary c "acos" x
    | Unary.Atan -> unary c "atan" x
    | Unary.Sinh -> unary c "sinh" x
    | Unary.Cosh -> unary c "cosh" x
    | Unary.Tanh -> unary c "tanh" x
    | Unary.Sigmoid -> unary c "sigmoid" x
    // softplus itself has Scalars
    | Unary.Softplus -> one c "logaddexp" "" [ Argument.Tensor x; Argument.Tensor(c.Number(dtype, 0.0)) ]
    | Unary.Erf -> unary c "erf" x
    | Unary.Relu -> unary c "relu" x
    | Unary.Not -> unary c "logical_not" x

let private pair name c (a: 'v) (b: 'v) : 'v = one c name "" [ Argument.Tensor a; Argument.Tensor b ]

/// Whether an integer division can be done by the processor: neither by zero, nor one whose result does not fit.
let private divisible (c: ICaller<'v>) dtype (b: 'v) =
    let isZero = binary c "eq" b (c.Number(dtype, 0.0))
    let isMinusOne = binary c "eq" b (c.Number(dtype, -1.0))
    let safe = where c (pair "logical_or" c isZero isMinusOne) (c.Number(dtype, 1.0)) b
    isZero, isMinusOne, safe

let private floorDivide (c: ICaller<'v>) (dtype: DType) (a: 'v) (b: 'v) : 'v =
    if dtype.IsFloat then
        pair "floor_divide" c a b
    else
        let isZero, isMinusOne, safe = divisible c dtype b
        let quotient = where c isMinusOne (Steps.unary c "neg" a) (pair "floor_divide" c a safe)
        where c isZero (c.Number(dtype, 0.0)) quotient

let private remainder (c: ICaller<'v>) (dtype: DType) (a: 'v) (b: 'v) : 'v =
    if dtype.IsFloat then
        binary c "remainder" a b
    else
        let isZero, isMinusOne, safe = divisible c dtype b
        let none = pair "logical_or" c isZero isMinusOne
        where c none (c.Number(dtype, 0.0)) (binary c "remainder" a safe)

let private power (c: ICaller<'v>) (dtype: DType) (a: 'v) (b: 'v) : 'v =
    let raised exponent = one c "pow" "Tensor_Tensor" [ Argument.Tensor a; Argument.Tensor exponent ]

    if dtype.IsFloat then
        raised b
    else
        let zero = c.Number(dtype, 0.0)
        where c (binary c "lt" b zero) zero (raised (maximum c b zero))

/// A function of two elements of one type.
let binary (c: ICaller<'v>) (b: Binary) (dtype: DType) (x: 'v) (y: 'v) : 'v =
    match b with
    | Binary.Add -> add c x y
    | Binary.Sub -> sub c x y
    | Binary.Mul -> mul c x y
    | Binary.Div -> div c x y
    | Binary.FloorDiv -> floorDivide c dtype x y
    | Binary.Mod -> remainder c dtype x y
    | Binary.Pow -> power c dtype x y
    | Binary.Maximum -> maximum c x y
    | Binary.Minimum -> minimum c x y
    | Binary.And -> pair "logical_and" c x y
    | Binary.Or -> pair "logical_or" c x y

/// A comparison of two elements of one type.
let compare (c: ICaller<'v>) (comparison: Comparison) (x: 'v) (y: 'v) : 'v =
    match comparison with
    | Comparison.Equal -> Steps.binary c "eq" x y
    | Comparison.NotEqual -> Steps.binary c "ne" x y
    | Comparison.Less -> Steps.binary c "lt" x y
    | Comparison.LessEqual -> Steps.binary c "le" x y
    | Comparison.Greater -> Steps.binary c "gt" x y
    | Comparison.GreaterEqual -> Steps.binary c "ge" x y

/// Floats toward zero, into the range of the integers; NaN becomes 0. In float64, which holds each float exactly.
let private toInteger (c: ICaller<'v>) (target: DType) (x: 'v) : 'v =
    let number value = c.Number(Float64, value)
    let wide = convert c Float64 x
    let finite = one c "nan_to_num" "" [ Argument.Tensor wide; Argument.None; Argument.None; Argument.None ]

    if target = Int32 then
        maximum c (minimum c finite (number 2147483647.0)) (number -2147483648.0) |> convert c Int32
    else
        // 2^63 - 1 is no float64: what reaches 2^63 takes it from an integer
        let limit = number 9223372036854775808.0
        let below = minimum c finite (number 9223372036854774784.0)
        let inside = maximum c below (number -9223372036854775808.0) |> convert c Int64
        let most = Steps.unary c "bitwise_not" (c.Number(Int64, -9223372036854775808.0))
        where c (Steps.binary c "ge" finite limit) most inside

/// The elements in another type, as `Op.Cast` says.
let cast (c: ICaller<'v>) (source: DType) (target: DType) (x: 'v) : 'v =
    match source, target with
    | _ when source = target -> x
    | (Float32 | Float64 | Float16 | BFloat16), (Int32 | Int64) -> toInteger c target x
    | Int64, Int32 ->
        let limited = minimum c x (c.Number(Int64, 2147483647.0))
        convert c Int32 (maximum c limited (c.Number(Int64, -2147483648.0)))
    | _ -> convert c target x
