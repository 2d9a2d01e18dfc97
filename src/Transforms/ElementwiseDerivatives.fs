/// The derivatives of elementwise primitives, which the table of operations holds as formulas, evaluated on tensors;
/// and what the derivatives of reductions share. An elementwise Jacobian is diagonal, so one formula serves forward and
/// reverse mode: it multiplies a tangent, or a cotangent, by the slope.
module internal Functional.ElementwiseDerivatives

open Functional
open Functional.ElementwiseOperations

/// The operands of a formula: tensors of one shape and type.
type private Operands = { Left: Tensor; Right: Tensor; Result: Tensor; Tangent: Tensor }

/// The formula's value: of the shape of the operands, or a scalar that is broadcast to it.
let rec private evaluate (operands: Operands) formula : Tensor =
    let dtype = operands.Left.DType
    let value = evaluate operands
    let whole part = Core.broadcastTo operands.Left.Shape (value part)
    let compare comparison left right = Core.zip (Op.Compare comparison) (value left) (value right)

    match formula with
    | Formula.Tangent -> operands.Tangent
    | Formula.Left -> operands.Left
    | Formula.Right -> operands.Right
    | Formula.Result -> operands.Result
    | Formula.Number number -> Core.scalar dtype number
    | Formula.Unary(op, a) -> Core.unary op (value a)
    | Formula.Binary(op, a, b) -> Core.binary op (value a) (value b)
    | Formula.Indicator(comparison, left, right) -> Core.apply (Op.Cast dtype) [ compare comparison left right ]
    | Formula.Choice(comparison, left, right, yes, no) ->
        Core.apply Op.Where [ compare comparison left right; whole yes; whole no ]

/// The tangent `t` of `x` (or the cotangent of `y`) times the slope of `op` at `x`, where `y` is its value; None where
/// the slope is 0 everywhere.
let unary op (x: Tensor) (y: Tensor) (t: Tensor) : Tensor option =
    (ofUnary op).Derivative |> Option.map (evaluate { Left = x; Right = x; Result = y; Tangent = t })

/// `t` times the slope of `op` in its left argument at (a, b), where `y` is its value.
let left op (a: Tensor) (b: Tensor) (y: Tensor) (t: Tensor) : Tensor option =
    (ofBinary op).LeftDerivative
    |> Option.map (evaluate { Left = a; Right = b; Result = y; Tangent = t })

/// `t` times the slope of `op` in its right argument at (a, b), where `y` is its value.
let right op (a: Tensor) (b: Tensor) (y: Tensor) (t: Tensor) : Tensor option =
    (ofBinary op).RightDerivative
    |> Option.map (evaluate { Left = a; Right = b; Result = y; Tangent = t })

/// The result of a reduction over `axes` of a tensor of this shape, broadcast along those axes to that shape again.
let broadcastReduced axes (shape: Shape) (reduced: Tensor) =
    let kept = shape |> List.mapi (fun i n -> if List.contains i axes then 1 else n)
    Core.broadcastTo shape (Core.apply (Op.Reshape kept) [ reduced ])

/// The weight of each element in the derivative of a maximum or minimum `y` of `x` over `axes`: equal shares among the
/// elements that reach it.
let extremeWeights axes (x: Tensor) (y: Tensor) : Tensor =
    let same = Core.apply (Op.Compare Comparison.Equal) [ x; broadcastReduced axes x.Shape y ]
    let reached = Core.apply (Op.Cast x.DType) [ same ]
    let count = Core.apply (Op.Reduce(Reduction.Sum, axes)) [ reached ]
    reached / broadcastReduced axes x.Shape count
