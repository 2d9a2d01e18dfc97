/// The derivative of each elementwise primitive. An elementwise Jacobian is diagonal, so one rule serves forward and reverse mode:
/// it multiplies a tangent, or a cotangent, by the slope at the point.
module internal Functional.ElementwiseDerivatives

open Functional

/// `t` times the slope of `u` at `x`, where `y` is its value; None where the slope is zero everywhere.
let unary u (x: Tensor) (y: Tensor) (t: Tensor) : Tensor option =
    match u with
    | Unary.Neg -> Some(-t)
    | Unary.Abs -> Some(t * Core.unary Unary.Sign x)
    | Unary.Exp -> Some(t * y)
    | Unary.Expm1 -> Some(t * (y + 1.0))
    | Unary.Log -> Some(t / x)
    | Unary.Log1p -> Some(t / (x + 1.0))
    | Unary.Sqrt -> Some(t * 0.5 / y)
    | Unary.Rsqrt -> Some(t * -0.5 * y / x)
    | Unary.Sin -> Some(t * cos x)
    | Unary.Cos -> Some(-(t * sin x))
    | Unary.Tan -> Some(t * (y * y + 1.0))
    | Unary.Asin -> Some(t / sqrt (1.0 - x * x))
    | Unary.Acos -> Some(-(t / sqrt (1.0 - x * x)))
    | Unary.Atan -> Some(t / (x * x + 1.0))
    | Unary.Sinh -> Some(t * cosh x)
    | Unary.Cosh -> Some(t * sinh x)
    | Unary.Tanh -> Some(t * (1.0 - y * y))
    | Unary.Sigmoid -> Some(t * (y * (1.0 - y)))
    | Unary.Softplus -> Some(t * Core.unary Unary.Sigmoid x)
    | Unary.Erf -> Some(t * (2.0 / sqrt System.Math.PI * exp (-(x * x))))
    | Unary.Relu ->
        let positive = Core.zip (Op.Compare Comparison.Greater) y (Core.scalar y.DType 0.0)
        Some(Core.apply Op.Where [ positive; t; Tensor.zerosLike t ])
    | Unary.Sign
    | Unary.Floor
    | Unary.Ceil
    | Unary.Round
    | Unary.Not -> None

/// 1 where a > b, one half where they are equal, 0 elsewhere: a tie shares its slope.
let private share (a: Tensor) (b: Tensor) =
    let compare c = Core.apply (Op.Cast a.DType) [ Core.zip (Op.Compare c) a b ]

    (compare Comparison.Greater + compare Comparison.GreaterEqual) * 0.5

/// `t` times the slope of `op` in its left argument at (a, b).
let left op (a: Tensor) (b: Tensor) (t: Tensor) : Tensor option =
    match op with
    | Binary.Add
    | Binary.Sub
    | Binary.Mod -> Some t
    | Binary.Mul -> Some(t * b)
    | Binary.Div -> Some(t / b)
    | Binary.Pow ->
        // b a^(b-1), with any finite power standing in where b = 0, so that 0^-1 never meets the factor 0
        let isZero = Core.zip (Op.Compare Comparison.Equal) b (Core.scalar b.DType 0.0)
        let power = Core.apply Op.Where [ isZero; Tensor.onesLike b; b - 1.0 ]
        Some(t * (b * Core.binary Binary.Pow a power))
    | Binary.Maximum -> Some(t * share a b)
    | Binary.Minimum -> Some(t * share b a)
    | Binary.FloorDiv
    | Binary.And
    | Binary.Or -> None

/// `t` times the slope of `op` in its right argument at (a, b), where `y` is its value.
let right op (a: Tensor) (b: Tensor) (y: Tensor) (t: Tensor) : Tensor option =
    match op with
    | Binary.Add -> Some t
    | Binary.Sub -> Some(-t)
    | Binary.Mul -> Some(t * a)
    | Binary.Div -> Some(-(t * y / b))
    | Binary.Mod -> Some(-(t * Core.binary Binary.FloorDiv a b))
    | Binary.Pow ->
        // y log a, which is 0 where a = 0 and b > 0
        let isZero = Core.zip (Op.Compare Comparison.Equal) a (Core.scalar a.DType 0.0)
        Some(t * (y * log (Core.apply Op.Where [ isZero; Tensor.onesLike a; a ])))
    | Binary.Maximum -> Some(t * share b a)
    | Binary.Minimum -> Some(t * share a b)
    | Binary.FloorDiv
    | Binary.And
    | Binary.Or -> None

/// What a reduction over `axes` of a tensor of this shape left, repeated along those axes again.
let spread axes (shape: Shape) (reduced: Tensor) =
    let kept = shape |> List.mapi (fun i n -> if List.contains i axes then 1 else n)
    Core.broadcastTo shape (Core.apply (Op.Reshape kept) [ reduced ])

/// The weight that each element has in the derivative of a maximum or minimum: equal shares among the elements that reach it.
/// `y` is the extreme of `x` over `axes`.
let extreme axes (x: Tensor) (y: Tensor) : Tensor =
    let same = Core.apply (Op.Compare Comparison.Equal) [ x; spread axes x.Shape y ]
    let reached = Core.apply (Op.Cast x.DType) [ same ]
    reached / spread axes x.Shape (Core.apply (Op.Reduce(Reduction.Sum, axes)) [ reached ])
