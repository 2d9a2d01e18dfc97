namespace Functional

/// Functions of one element or of several that stand at the same place.
[<AutoOpen>]
module TensorElementwise =

    /// Functions on tensors.
    module Tensor =

        // Of one tensor.

        /// -x, element by element; also of Int32.
        let neg (x: Tensor) : Tensor = Core.unary Unary.Neg x

        /// The absolute value of each element; also of Int32. The derivative at 0 is 0.
        let abs (x: Tensor) : Tensor = Core.unary Unary.Abs x

        /// -1, 0 or 1 by the sign of each element, and NaN for NaN; also of Int32. The derivative is 0.
        let sign (x: Tensor) : Tensor = Core.unary Unary.Sign x

        /// Each element rounded down. The derivative is 0.
        let floor (x: Tensor) : Tensor = Core.unary Unary.Floor x

        /// Each element rounded up. The derivative is 0.
        let ceil (x: Tensor) : Tensor = Core.unary Unary.Ceil x

        /// Each element rounded to the nearest integer, halves to the even one, as in NumPy. The derivative is 0.
        let round (x: Tensor) : Tensor = Core.unary Unary.Round x

        /// e to the power of each element.
        let exp (x: Tensor) : Tensor = Core.unary Unary.Exp x

        /// exp x - 1, without the loss of digits near 0.
        let expm1 (x: Tensor) : Tensor = Core.unary Unary.Expm1 x

        /// The natural logarithm of each element: -infinity for 0, NaN below.
        let log (x: Tensor) : Tensor = Core.unary Unary.Log x

        /// log (1 + x), without the loss of digits near 0.
        let log1p (x: Tensor) : Tensor = Core.unary Unary.Log1p x

        /// The square root of each element; NaN below 0.
        let sqrt (x: Tensor) : Tensor = Core.unary Unary.Sqrt x

        /// 1 / sqrt x, element by element.
        let rsqrt (x: Tensor) : Tensor = Core.unary Unary.Rsqrt x

        /// The sine of each element, in radians.
        let sin (x: Tensor) : Tensor = Core.unary Unary.Sin x

        /// The cosine of each element, in radians.
        let cos (x: Tensor) : Tensor = Core.unary Unary.Cos x

        /// The tangent of each element, in radians.
        let tan (x: Tensor) : Tensor = Core.unary Unary.Tan x

        /// The inverse sine of each element; NaN outside [-1, 1].
        let asin (x: Tensor) : Tensor = Core.unary Unary.Asin x

        /// The inverse cosine of each element; NaN outside [-1, 1].
        let acos (x: Tensor) : Tensor = Core.unary Unary.Acos x

        /// The inverse tangent of each element.
        let atan (x: Tensor) : Tensor = Core.unary Unary.Atan x

        /// The hyperbolic sine of each element.
        let sinh (x: Tensor) : Tensor = Core.unary Unary.Sinh x

        /// The hyperbolic cosine of each element.
        let cosh (x: Tensor) : Tensor = Core.unary Unary.Cosh x

        /// The hyperbolic tangent of each element.
        let tanh (x: Tensor) : Tensor = Core.unary Unary.Tanh x

        /// The logistic function 1 / (1 + exp -x) of each element.
        let sigmoid (x: Tensor) : Tensor = Core.unary Unary.Sigmoid x

        /// log (1 + exp x) of each element, without overflow.
        let softplus (x: Tensor) : Tensor = Core.unary Unary.Softplus x

        /// The error function of each element: 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.
        let erf (x: Tensor) : Tensor = Core.unary Unary.Erf x

        /// The larger of x and 0, element by element; NaN stays NaN. Also of Int32. The derivative at 0 is 0.
        let relu (x: Tensor) : Tensor = Core.unary Unary.Relu x

        /// Whether each element is false; Bool only.
        let logicalNot (x: Tensor) : Tensor = Core.unary Unary.Not x

        /// x * x, element by element.
        let square (x: Tensor) : Tensor = x * x

        /// 1 / x, element by element; floats only.
        let reciprocal (x: Tensor) : Tensor = 1.0 / x

        /// To another type. Floats to Int32 truncate toward zero (NaN gives 0, values out of range the nearest Int32);
        /// numbers to Bool give whether they differ from 0; true gives 1.
        let cast (dtype: DType) (x: Tensor) : Tensor = if x.DType = dtype then x else Core.apply (Op.Cast dtype) [ x ]

        /// The same elements, taken as constants: the derivative is 0.
        let stopGradient (x: Tensor) : Tensor = Core.apply Op.StopGradient [ x ]

        // Of two tensors. Shapes are broadcast as in NumPy; types must be equal.

        /// The sum of two tensors.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let add (a: Tensor) (b: Tensor) : Tensor = Core.binary Binary.Add a b

        /// The difference of two tensors.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let sub (a: Tensor) (b: Tensor) : Tensor = Core.binary Binary.Sub a b

        /// The elementwise product of two tensors.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let mul (a: Tensor) (b: Tensor) : Tensor = Core.binary Binary.Mul a b

        /// The quotient of two tensors of floats; Int32 has `floorDiv`.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let div (a: Tensor) (b: Tensor) : Tensor = Core.binary Binary.Div a b

        /// The quotient of two tensors rounded down, as Python's //; for Int32 a division by 0 gives 0, as in NumPy.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let floorDiv (a: Tensor) (b: Tensor) : Tensor = Core.binary Binary.FloorDiv a b

        /// Each element of `a` to the power of that of `b`. For Int32 a negative exponent gives 0.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let pow (a: Tensor) (b: Tensor) : Tensor = Core.binary Binary.Pow a b

        /// The larger of two elements; NaN if either is NaN. Where they are equal, each has half of the derivative.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let maximum (a: Tensor) (b: Tensor) : Tensor = Core.binary Binary.Maximum a b

        /// The smaller of two elements; NaN if either is NaN. Where they are equal, each has half of the derivative.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let minimum (a: Tensor) (b: Tensor) : Tensor = Core.binary Binary.Minimum a b

        /// Whether both elements are true; Bool only.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let logicalAnd (a: Tensor) (b: Tensor) : Tensor = Core.binary Binary.And a b

        /// Whether one element at least is true; Bool only.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let logicalOr (a: Tensor) (b: Tensor) : Tensor = Core.binary Binary.Or a b

        /// The remainder of a division, with the sign of the divisor, as Python's % and NumPy's; for Int32 a division
        /// by 0 gives 0. The derivative in `a` is 1 and in `b` that of `a - floorDiv a b * b`. Shapes are broadcast as
        /// in NumPy; types must be equal.
        let remainder (a: Tensor) (b: Tensor) : Tensor = Core.binary Binary.Mod a b

        /// Whether elements are equal, as Bool. NaN equals nothing.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let equal (a: Tensor) (b: Tensor) : Tensor = Core.zip (Op.Compare Comparison.Equal) a b

        /// Whether elements differ, as Bool. NaN differs from everything.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let notEqual (a: Tensor) (b: Tensor) : Tensor = Core.zip (Op.Compare Comparison.NotEqual) a b

        /// Whether elements of `a` are below those of `b`, as Bool. False where either is NaN.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let less (a: Tensor) (b: Tensor) : Tensor = Core.zip (Op.Compare Comparison.Less) a b

        /// Whether elements of `a` are below those of `b` or equal, as Bool. False where either is NaN.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let lessEqual (a: Tensor) (b: Tensor) : Tensor = Core.zip (Op.Compare Comparison.LessEqual) a b

        /// Whether elements of `a` are above those of `b`, as Bool. False where either is NaN.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let greater (a: Tensor) (b: Tensor) : Tensor = Core.zip (Op.Compare Comparison.Greater) a b

        /// Whether elements of `a` are above those of `b` or equal, as Bool. False where either is NaN.
        /// Shapes are broadcast as in NumPy; types must be equal.
        let greaterEqual (a: Tensor) (b: Tensor) : Tensor = Core.zip (Op.Compare Comparison.GreaterEqual) a b

        /// Elements of `a` where the condition (Bool) holds, of `b` elsewhere. All three are broadcast as in NumPy; `a`
        /// and `b` have one type.
        let where (condition: Tensor) (a: Tensor) (b: Tensor) : Tensor =
            let shape = Core.broadcastShape "where" a.Shape b.Shape |> Core.broadcastShape "where" condition.Shape

            Core.apply Op.Where ([ condition; a; b ] |> List.map (Core.broadcastTo shape))

        /// Elements below `low` become `low` and those above `high` become `high`; NaN stays NaN.
        ///
        /// The derivative is 1 from `low` to `high`, both included, as in PyTorch, and 0 outside. The bounds take the
        /// tensor's type. An error if `low` is above `high` or either is NaN.
        let clamp (low: float) (high: float) (x: Tensor) : Tensor =
            if not (low <= high) then
                Fail.argument "clamp" "low" low $"is not below high = {string high}; give the smaller bound first."

            let bounded compare (bound: float) (x: Tensor) =
                let bound = Tensor.fullOf x.DType x.Shape bound
                where (compare x bound) bound x

            x |> bounded less low |> bounded greater high

        /// Whether each element is NaN, as Bool; never for Int32 and Bool.
        let isNan (x: Tensor) : Tensor = notEqual x x

        /// Whether each element is infinite, as Bool; never for Int32 and Bool.
        let isInf (x: Tensor) : Tensor =
            if x.DType.IsFloat then
                equal (abs x) (Core.scalar x.DType infinity)
            else
                notEqual x x

        /// Whether each element is neither infinite nor NaN, as Bool; always for Int32 and Bool.
        let isFinite (x: Tensor) : Tensor =
            if x.DType.IsFloat then
                less (abs x) (Core.scalar x.DType infinity)
            else
                equal x x

        // Answers, which need data.

        /// Whether every element of `a` lies within `absolute + relative * |b|` of that of `b`, as in NumPy: equal
        /// infinities are close, NaN is close to nothing.
        ///
        /// Shapes are broadcast; types may differ. A traced value is an error.
        let allClose (relative: float) (absolute: float) (a: Tensor) (b: Tensor) : bool =
            let a, b = cast Float64 a, cast Float64 b
            let near = lessEqual (abs (a - b)) (absolute + relative * abs b)
            let close = logicalOr (equal a b) (logicalAnd near (isFinite b))
            let all = Core.apply (Op.Reduce(Reduction.All, [ 0 .. close.Rank - 1 ])) [ close ]

            match all with
            | Data buffer -> (buffer.ToArray() :?> bool[])[0]
            | Traced _ -> Fail.data "allClose" "a traced value has no data yet; return it from the function instead."

        /// Whether shapes, types and all elements are equal. NaN equals NaN here, and -0 equals 0. A traced value is an
        /// error.
        let sameElements (a: Tensor) (b: Tensor) : bool =
            match a, b with
            | Data x, Data y ->
                x.Shape = y.Shape
                && match x.ToArray(), y.ToArray() with
                   | (:? (float32[]) as x), (:? (float32[]) as y) ->
                       Array.forall2 (fun (v: float32) w -> v.Equals w) x y
                   | (:? (float[]) as x), (:? (float[]) as y) -> Array.forall2 (fun (v: float) w -> v.Equals w) x y
                   | (:? (int[]) as x), (:? (int[]) as y) -> x = y
                   | (:? (bool[]) as x), (:? (bool[]) as y) -> x = y
                   | _ -> false
            | _ -> Fail.data "sameElements" "a traced value has no data yet; return it from the function instead."
