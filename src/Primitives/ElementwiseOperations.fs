/// The table of elementwise operations: a row for each, which holds all that the library knows of it but its meaning in
/// plain loops (the tests' Reference). Shape inference, derivatives, simplification, fusion and the kernels read it.
module internal Functional.ElementwiseOperations

open Functional.Kernels

/// The element types that an operation takes, and how an error calls them.
type Accepted = { Fits: DType -> bool; Description: string }

let private floats = { Fits = _.IsFloat; Description = "float32, float64, float16 or bfloat16" }
let private numbers = { Fits = (fun dtype -> dtype <> Bool); Description = "numbers" }
let private bools = { Fits = (fun dtype -> dtype = Bool); Description = "bool" }
let private anything = { Fits = (fun _ -> true); Description = "anything" }

/// A formula over elements that stand at one position: how the table writes derivatives. Data and not a function of
/// tensors, so that it can stand below them; `ElementwiseDerivatives` evaluates it.
[<RequireQualifiedAccess>]
type Formula =
    /// The tangent of the argument in forward mode, the cotangent of the result in reverse mode.
    | Tangent
    /// The only argument, or the left one.
    | Left
    /// The right argument.
    | Right
    /// The operation's result.
    | Result
    /// A number.
    | Number of float
    /// A function of one formula.
    | Unary of Unary * Formula
    /// A function of two formulas.
    | Binary of Binary * Formula * Formula
    /// 1 where the comparison holds, 0 elsewhere.
    | Indicator of Comparison * Formula * Formula
    /// `yes` where the comparison of `left` and `right` holds, `no` elsewhere.
    | Choice of Comparison * left: Formula * right: Formula * yes: Formula * no: Formula

/// The row of an operation of one element.
type UnaryRow =
    {
        /// Its name in errors and printed graphs.
        Name: string
        Accepts: Accepted
        /// The instruction that computes it in a fused kernel.
        Instruction: FusedOp
        /// The tangent times the slope, linear in the tangent; None where the slope is 0 everywhere.
        Derivative: Formula option
        /// Whether the operation undoes itself.
        IsInvolution: bool
    }

/// The row of an operation of two elements of one type.
type BinaryRow =
    {
        /// Its name in errors and printed graphs.
        Name: string
        Accepts: Accepted
        /// The instruction that computes it in a fused kernel.
        Instruction: FusedOp
        /// The tangent of the left argument times the slope in it; None where the slope is 0 everywhere.
        LeftDerivative: Formula option
        /// The tangent of the right argument times the slope in it; None where the slope is 0 everywhere.
        RightDerivative: Formula option
        /// The number (1 for true) that as the left argument gives the right one, up to the sign of a zero.
        LeftIdentity: float voption
        /// The number (1 for true) that as the right argument gives the left one, up to the sign of a zero.
        RightIdentity: float voption
    }

/// The row of a comparison of two elements of one type, which gives bool and has no derivative.
type ComparisonRow =
    {
        /// Its name in errors and printed graphs.
        Name: string
        Accepts: Accepted
        /// The instruction that computes it in a fused kernel.
        Instruction: FusedOp
    }

/// Rows that were asked for before, so that an eager operation pays no more than two loads for its row: each stands
/// where the hash of its operation points, which for a case without fields is the number of the case.
[<Sealed>]
type private Rows<'Operation, 'Row when 'Operation: equality and 'Operation: not struct>(describe: 'Operation -> 'Row) =
    let known: KnownRow<'Operation, 'Row>[] = Array.zeroCreate 64

    member _.Of(operation: 'Operation) : 'Row =
        let place = operation.GetHashCode() &&& (known.Length - 1)
        let found = known[place]

        if not (isNull found) && obj.ReferenceEquals(found.Operation, operation) then
            found.Row
        else
            let row = describe operation
            known[place] <- KnownRow(operation, row)
            row

and [<Sealed; AllowNullLiteral>] private KnownRow<'Operation, 'Row when 'Operation: equality and 'Operation: not struct>
    (operation: 'Operation, row: 'Row) =
    member _.Operation = operation
    member _.Row = row

// The words in which derivatives are written: the tangent t, the arguments x, or a and b, and the result y.
let private t, x, y = Formula.Tangent, Formula.Left, Formula.Result
let private a, b = Formula.Left, Formula.Right
let private number = Formula.Number
let private zero, one, half = number 0.0, number 1.0, number 0.5
let private f op x = Formula.Unary(op, x)
let private slopeOfErfAtZero = number (2.0 / sqrt System.Math.PI)
let private (~-) a = Formula.Unary(Unary.Neg, a)
let private (+) a b = Formula.Binary(Binary.Add, a, b)
let private (-) a b = Formula.Binary(Binary.Sub, a, b)
let private (*) a b = Formula.Binary(Binary.Mul, a, b)
let private (/) a b = Formula.Binary(Binary.Div, a, b)

let private unary name accepts instruction derivative : UnaryRow =
    { Name = name
      Accepts = accepts
      Instruction = instruction
      Derivative = derivative
      IsInvolution = false }

let private describeUnary op : UnaryRow =
    match op with
    | Unary.Neg -> { unary "neg" numbers FusedOp.Neg (Some(-t)) with IsInvolution = true }
    | Unary.Abs -> unary "abs" numbers FusedOp.Abs (Some(t * f Unary.Sign x))
    | Unary.Sign -> unary "sign" numbers FusedOp.Sign None
    | Unary.Floor -> unary "floor" floats FusedOp.Floor None
    | Unary.Ceil -> unary "ceil" floats FusedOp.Ceil None
    | Unary.Round -> unary "round" floats FusedOp.Round None
    | Unary.Exp -> unary "exp" floats FusedOp.Exp (Some(t * y))
    | Unary.Expm1 -> unary "expm1" floats FusedOp.Expm1 (Some(t * (y + one)))
    | Unary.Log -> unary "log" floats FusedOp.Log (Some(t / x))
    | Unary.Log1p -> unary "log1p" floats FusedOp.Log1p (Some(t / (x + one)))
    | Unary.Sqrt -> unary "sqrt" floats FusedOp.Sqrt (Some(t * half / y))
    | Unary.Rsqrt -> unary "rsqrt" floats FusedOp.Rsqrt (Some(t * number -0.5 * y / x))
    | Unary.Sin -> unary "sin" floats FusedOp.Sin (Some(t * f Unary.Cos x))
    | Unary.Cos -> unary "cos" floats FusedOp.Cos (Some(-(t * f Unary.Sin x)))
    | Unary.Tan -> unary "tan" floats FusedOp.Tan (Some(t * (y * y + one)))
    | Unary.Asin -> unary "asin" floats FusedOp.Asin (Some(t / f Unary.Sqrt (one - x * x)))
    | Unary.Acos -> unary "acos" floats FusedOp.Acos (Some(-(t / f Unary.Sqrt (one - x * x))))
    | Unary.Atan -> unary "atan" floats FusedOp.Atan (Some(t / (x * x + one)))
    | Unary.Sinh -> unary "sinh" floats FusedOp.Sinh (Some(t * f Unary.Cosh x))
    | Unary.Cosh -> unary "cosh" floats FusedOp.Cosh (Some(t * f Unary.Sinh x))
    | Unary.Tanh -> unary "tanh" floats FusedOp.Tanh (Some(t * (one - y * y)))
    | Unary.Sigmoid -> unary "sigmoid" floats FusedOp.Sigmoid (Some(t * (y * (one - y))))
    | Unary.Softplus -> unary "softplus" floats FusedOp.Softplus (Some(t * f Unary.Sigmoid x))
    | Unary.Erf -> unary "erf" floats FusedOp.Erf (Some(t * (slopeOfErfAtZero * f Unary.Exp (-(x * x)))))
    | Unary.Relu ->
        // 0 at 0, as everywhere in the field
        let derivative = Formula.Choice(Comparison.Greater, y, zero, t, zero)
        unary "relu" numbers FusedOp.Relu (Some derivative)
    | Unary.Not -> { unary "not" bools FusedOp.Not None with IsInvolution = true }

/// 1 where `larger` is the larger one, one half where both are equal, 0 elsewhere: a tie shares the derivative.
let private share larger smaller =
    let holds comparison = Formula.Indicator(comparison, larger, smaller)
    (holds Comparison.Greater + holds Comparison.GreaterEqual) * half

/// `formula`, with 1 in place of `guarded` where it is 0.
let private oneWhereZero guarded formula = Formula.Choice(Comparison.Equal, guarded, zero, one, formula)

let private binary name accepts instruction left right : BinaryRow =
    { Name = name
      Accepts = accepts
      Instruction = instruction
      LeftDerivative = left
      RightDerivative = right
      LeftIdentity = ValueNone
      RightIdentity = ValueNone }

let private describeBinary op : BinaryRow =
    match op with
    | Binary.Add ->
        { binary "add" numbers FusedOp.Add (Some t) (Some t) with
            LeftIdentity = ValueSome 0.0
            RightIdentity = ValueSome 0.0 }
    | Binary.Sub -> { binary "sub" numbers FusedOp.Sub (Some t) (Some(-t)) with RightIdentity = ValueSome 0.0 }
    | Binary.Mul ->
        { binary "mul" numbers FusedOp.Mul (Some(t * b)) (Some(t * a)) with
            LeftIdentity = ValueSome 1.0
            RightIdentity = ValueSome 1.0 }
    | Binary.Div ->
        let accepted = { floats with Description = $"{floats.Description} (integers have floorDiv)" }

        { binary "div" accepted FusedOp.Div (Some(t / b)) (Some(-(t * y / b))) with
            RightIdentity = ValueSome 1.0 }
    | Binary.FloorDiv -> binary "floorDiv" numbers FusedOp.FloorDiv None None
    | Binary.Mod -> binary "remainder" numbers FusedOp.Mod (Some t) (Some(-(t * Formula.Binary(Binary.FloorDiv, a, b))))
    | Binary.Pow ->
        // b a^(b-1), with a^1 where b = 0, so that 0^-1 never meets the factor 0
        let left = t * (b * Formula.Binary(Binary.Pow, a, oneWhereZero b (b - one)))
        // y log a, which is 0 where a = 0 and b > 0
        let right = t * (y * f Unary.Log (oneWhereZero a a))
        { binary "pow" numbers FusedOp.Pow (Some left) (Some right) with RightIdentity = ValueSome 1.0 }
    | Binary.Maximum -> binary "maximum" numbers FusedOp.Maximum (Some(t * share a b)) (Some(t * share b a))
    | Binary.Minimum -> binary "minimum" numbers FusedOp.Minimum (Some(t * share b a)) (Some(t * share a b))
    | Binary.And ->
        { binary "and" bools FusedOp.And None None with
            LeftIdentity = ValueSome 1.0
            RightIdentity = ValueSome 1.0 }
    | Binary.Or ->
        { binary "or" bools FusedOp.Or None None with
            LeftIdentity = ValueSome 0.0
            RightIdentity = ValueSome 0.0 }

let private describeComparison op : ComparisonRow =
    match op with
    | Comparison.Equal -> { Name = "equal"; Accepts = anything; Instruction = FusedOp.Equal }
    | Comparison.NotEqual -> { Name = "notEqual"; Accepts = anything; Instruction = FusedOp.NotEqual }
    | Comparison.Less -> { Name = "less"; Accepts = numbers; Instruction = FusedOp.Less }
    | Comparison.LessEqual -> { Name = "lessEqual"; Accepts = numbers; Instruction = FusedOp.LessEqual }
    | Comparison.Greater -> { Name = "greater"; Accepts = numbers; Instruction = FusedOp.Greater }
    | Comparison.GreaterEqual -> { Name = "greaterEqual"; Accepts = numbers; Instruction = FusedOp.GreaterEqual }

let private unaryRows = Rows describeUnary
let private binaryRows = Rows describeBinary
let private comparisonRows = Rows describeComparison

/// The row of an operation of one element.
let ofUnary (op: Unary) : UnaryRow = unaryRows.Of op

/// The row of an operation of two elements.
let ofBinary (op: Binary) : BinaryRow = binaryRows.Of op

/// The row of a comparison.
let ofComparison (op: Comparison) : ComparisonRow = comparisonRows.Of op

/// Whether the instruction costs no more than reading its result from memory would.
let isCheap (instruction: FusedOp) = FusedOps.Cost(instruction, ElementType.Float32) <= 1
