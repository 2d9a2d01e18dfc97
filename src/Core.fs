namespace Functional

open System.Threading

/// An immutable multi-dimensional array, or a value that a running transform follows in its place.
///
/// Everything computed with tensors goes through one door, `Core.apply`. Tensors compare by reference: compare their
/// elements with `Tensor.equal` or `Tensor.allClose`.
[<CustomEquality; NoComparison>]
type Tensor =
    internal
    /// Elements at rest.
    | Data of Buffer
    /// A value of a transform that is running.
    | Traced of Tracer

    member internal t.Signature =
        match t with
        | Data b -> b.Signature
        | Traced v -> v.Signature

    /// The lengths of the axes, outermost first; empty for a scalar.
    member t.Shape = t.Signature.Shape

    /// The type of the elements.
    member t.DType = t.Signature.DType

    /// Where the elements are and are computed with; of a traced value, where they will be.
    member t.Device: Device = t.Backend.Device

    /// The number of axes.
    member t.Rank = t.Shape.Length

    /// The number of elements.
    member t.Size = Shape.size t.Shape

    member internal t.Backend: Backend =
        match t with
        | Data b -> b.Backend
        | Traced v -> v.Backend

    /// The elements as NumPy prints them (shortened above 1000), or what a transform knows of a value it follows.
    override t.ToString() =
        match t with
        | Data b -> Printing.format (b.ToArray()) b.Shape
        | Traced v -> $"<traced {v.Signature.DType} {Shape.toString v.Signature.Shape}>"

    /// Whether both are the same object.
    override t.Equals other = obj.ReferenceEquals(t, other)

    /// A hash of the object, not of its elements.
    override t.GetHashCode() = System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode t

/// A value that an interpreter follows: to everybody else it is only a shape and a type.
and [<AbstractClass>] internal Tracer(owner: Interpreter, signature: Signature) =
    member _.Owner = owner
    member _.Signature = signature

    /// Where its elements are, or will be when what is traced runs.
    abstract Backend: Backend

/// Gives a meaning to `apply` while a transform runs. An interpreter born later is nested inside the earlier ones; the
/// birth number is the only thing that threads share. A value that is not its own is a constant to it.
and [<AbstractClass>] internal Interpreter() =
    static let mutable births = 0L
    let birth = Interlocked.Increment &births
    member _.Birth = birth
    abstract Apply: Op * Tensor list -> Tensor list

/// A function of tensors that says itself how it is differentiated. `Push` is linear in the tangents, `Pull` in the
/// cotangents.
[<AbstractClass>]
type internal DifferentiableFunction(name) =
    inherit CustomFunction(name)

    /// Whether it does the same with each element, whatever axes there are in front.
    abstract KeepsBatch: bool
    default _.KeepsBatch = false
    abstract Forward: args: Tensor list -> Tensor list
    abstract Push: args: Tensor list * results: Tensor list * tangents: Tensor list -> Tensor list
    abstract Pull: args: Tensor list * results: Tensor list * cotangents: Tensor list -> Tensor list

/// The one door: every operation of the library goes through here.
module Core =
    let private newest (args: Tensor list) =
        (ValueNone, args)
        ||> List.fold (fun found a ->
            match a, found with
            | Traced v, ValueNone -> ValueSome v.Owner
            | Traced v, ValueSome(i: Interpreter) when v.Owner.Birth > i.Birth -> ValueSome v.Owner
            | _ -> found)

    let private placed op (backend: Backend) (buffers: Buffer list) =
        if Placement.areOn backend buffers then
            buffers
        else
            Placement.onto (ShapeInference.name op) backend buffers

    let private evaluate op (args: Tensor list) =
        match op with
        | Op.Custom f -> (f :?> DifferentiableFunction).Forward args
        | op ->
            let results = ShapeInference.signatures op (args |> List.map _.Signature)

            let buffers =
                args
                |> List.choose (function
                    | Data b -> Some b
                    | Traced _ -> None)

            if buffers.IsEmpty then
                ShapeInference.wrongCount op 0

            let backend = Placement.backendOf buffers
            backend.Evaluate(op, placed op backend buffers, results) |> List.map Data

    /// What the primitive gives for these arguments: computed at once on data, or by the innermost transform that
    /// follows one of them. Raises `FunctionalException` where shapes or types do not fit.
    let applyMany op (args: Tensor list) : Tensor list =
        match newest args with
        | ValueNone -> evaluate op args
        | ValueSome interpreter -> interpreter.Apply(op, args)

    /// `applyMany` for a primitive of one result.
    let apply op args : Tensor =
        match applyMany op args with
        | [ result ] -> result
        | results ->
            Fail.argument (ShapeInference.name op) "results" results.Length "come of this primitive; use applyMany."

    /// The number as a tensor of this type on a backend: for int32 and int64 it must be a whole number in range.
    let internal scalarOn (backend: Backend) dtype (value: float) =
        let demandWhole limit =
            if value <> System.Math.Truncate value || value < -limit || value >= limit then
                Fail.dtypes
                    "scalar"
                    [ "the tensor", dtype ]
                    $"{string value} is not an {dtype}; cast the tensor first with Tensor.cast Float32"

        match dtype with
        | Int32 -> demandWhole 2147483648.0
        | Int64 -> demandWhole 9223372036854775808.0
        | Float32
        | Float64
        | Float16
        | BFloat16
        | Bool -> ()

        Data(backend.OfArray(ElementArrays.ofNumber dtype value, []))

    /// The number as a tensor of this type, which follows the tensors that it meets to their device.
    let internal scalar dtype (value: float) = scalarOn Backends.standard dtype value

    /// Where an operation on these runs; of none, where tensors are made.
    let internal backendOf (xs: Tensor list) : Backend =
        let elsewhere =
            xs
            |> List.tryPick (fun x ->
                match x with
                | Traced v when not v.Backend.IsHost -> Some v.Backend
                | Traced _
                | Data _ -> None)

        match elsewhere with
        | Some backend -> backend
        | None ->
            let buffers =
                xs
                |> List.choose (fun x ->
                    match x with
                    | Data b -> Some b
                    | Traced _ -> None)

            match buffers, xs with
            | _ :: _, _ -> Placement.backendOf buffers
            | [], x :: _ -> x.Backend
            | [], [] -> Backends.current ()

    /// What `make` gives while tensors are made where `x` is: constants that are to meet it.
    let internal beside (x: Tensor) (make: unit -> 'T) : 'T = Backends.using x.Backend make

    /// What `make` gives while tensors are made where an operation on these runs.
    let internal besideAll (xs: Tensor list) (make: unit -> 'T) : 'T = Backends.using (backendOf xs) make

    /// The shape to which NumPy broadcasts both, or the error that names `operation`.
    let internal broadcastShape operation (a: Shape) (b: Shape) : Shape =
        let rank = max a.Length b.Length
        let padded (s: Shape) = List.replicate (rank - s.Length) 1 @ s

        (padded a, padded b)
        ||> List.map2 (fun n m ->
            if n = m || m = 1 then
                n
            elif n = 1 then
                m
            else
                Fail.shapes
                    operation
                    [ "left", a; "right", b ]
                    $"cannot broadcast: counted from the last axis, lengths {n} and {m} are neither equal nor 1.")

    let internal broadcastTo (shape: Shape) (x: Tensor) =
        if x.Shape = shape then x else apply (Op.Broadcast shape) [ x ]

    /// Both, a number where the other one is: once broadcast and computed with it would not be known for a number.
    let private together (a: Tensor) (b: Tensor) =
        if obj.ReferenceEquals(a.Backend, b.Backend) then
            a, b
        else
            match a, b with
            | Data number, _ when number.Shape.IsEmpty -> Data(Placement.move b.Backend number), b
            | _, Data number when number.Shape.IsEmpty -> a, Data(Placement.move a.Backend number)
            | (Data _ | Traced _), _ -> a, b

    /// `op` on two tensors broadcast to each other.
    let internal zip op (a: Tensor) (b: Tensor) =
        if a.Shape = b.Shape then
            apply op [ a; b ]
        else
            let a, b = together a b
            let shape = broadcastShape (ShapeInference.name op) a.Shape b.Shape
            apply op [ broadcastTo shape a; broadcastTo shape b ]

    let internal unary op (a: Tensor) = apply (Op.Unary op) [ a ]

    let internal binary op a b = zip (Op.Binary op) a b

open Core

type Tensor with

    /// Elementwise negation.
    static member (~-)(a: Tensor) = unary Unary.Neg a

    /// Elementwise sum, broadcast as in NumPy. Both sides have one type.
    static member (+)(a: Tensor, b: Tensor) = binary Binary.Add a b

    /// Elementwise difference, broadcast as in NumPy. Both sides have one type.
    static member (-)(a: Tensor, b: Tensor) = binary Binary.Sub a b

    /// Elementwise product, broadcast as in NumPy. Both sides have one type.
    static member (*)(a: Tensor, b: Tensor) = binary Binary.Mul a b

    /// Elementwise quotient of floats, broadcast as in NumPy. Both sides have one type.
    static member (/)(a: Tensor, b: Tensor) = binary Binary.Div a b

    /// Elementwise remainder with the sign of the divisor, as Python's and NumPy's.
    static member (%)(a: Tensor, b: Tensor) = binary Binary.Mod a b

    /// Elementwise power, broadcast as in NumPy. Written `a ** b`.
    static member Pow(a: Tensor, b: Tensor) = binary Binary.Pow a b

    /// The number takes the tensor's type.
    static member (+)(a: Tensor, b: float) = a + scalar a.DType b

    /// The number takes the tensor's type.
    static member (+)(a: float, b: Tensor) = scalar b.DType a + b

    /// The number takes the tensor's type.
    static member (-)(a: Tensor, b: float) = a - scalar a.DType b

    /// The number takes the tensor's type.
    static member (-)(a: float, b: Tensor) = scalar b.DType a - b

    /// The number takes the tensor's type.
    static member (*)(a: Tensor, b: float) = a * scalar a.DType b

    /// The number takes the tensor's type.
    static member (*)(a: float, b: Tensor) = scalar b.DType a * b

    /// The number takes the tensor's type.
    static member (/)(a: Tensor, b: float) = a / scalar a.DType b

    /// The number takes the tensor's type.
    static member (/)(a: float, b: Tensor) = scalar b.DType a / b

    /// The number takes the tensor's type.
    static member (%)(a: Tensor, b: float) = a % scalar a.DType b

    /// The number takes the tensor's type.
    static member Pow(a: Tensor, b: float) = binary Binary.Pow a (scalar a.DType b)

    /// The number takes the tensor's type.
    static member (+)(a: Tensor, b: int) = a + scalar a.DType (float b)

    /// The number takes the tensor's type.
    static member (+)(a: int, b: Tensor) = scalar b.DType (float a) + b

    /// The number takes the tensor's type.
    static member (-)(a: Tensor, b: int) = a - scalar a.DType (float b)

    /// The number takes the tensor's type.
    static member (-)(a: int, b: Tensor) = scalar b.DType (float a) - b

    /// The number takes the tensor's type.
    static member (*)(a: Tensor, b: int) = a * scalar a.DType (float b)

    /// The number takes the tensor's type.
    static member (*)(a: int, b: Tensor) = scalar b.DType (float a) * b

    /// The number takes the tensor's type.
    static member (/)(a: Tensor, b: int) = a / scalar a.DType (float b)

    /// The number takes the tensor's type.
    static member (/)(a: int, b: Tensor) = scalar b.DType (float a) / b

    /// The number takes the tensor's type.
    static member (%)(a: Tensor, b: int) = a % scalar a.DType (float b)

    /// The number takes the tensor's type.
    static member Pow(a: Tensor, b: int) = binary Binary.Pow a (scalar a.DType (float b))

    /// The number takes the tensor's type.
    static member (%)(a: float, b: Tensor) = scalar b.DType a % b

    /// The number takes the tensor's type.
    static member (%)(a: int, b: Tensor) = scalar b.DType (float a) % b

    /// The number takes the tensor's type.
    static member (+)(a: Tensor, b: float32) = a + scalar a.DType (float b)

    /// The number takes the tensor's type.
    static member (+)(a: float32, b: Tensor) = scalar b.DType (float a) + b

    /// The number takes the tensor's type.
    static member (-)(a: Tensor, b: float32) = a - scalar a.DType (float b)

    /// The number takes the tensor's type.
    static member (-)(a: float32, b: Tensor) = scalar b.DType (float a) - b

    /// The number takes the tensor's type.
    static member (*)(a: Tensor, b: float32) = a * scalar a.DType (float b)

    /// The number takes the tensor's type.
    static member (*)(a: float32, b: Tensor) = scalar b.DType (float a) * b

    /// The number takes the tensor's type.
    static member (/)(a: Tensor, b: float32) = a / scalar a.DType (float b)

    /// The number takes the tensor's type.
    static member (/)(a: float32, b: Tensor) = scalar b.DType (float a) / b

    /// The number takes the tensor's type.
    static member (%)(a: Tensor, b: float32) = a % scalar a.DType (float b)

    /// The number takes the tensor's type.
    static member (%)(a: float32, b: Tensor) = scalar b.DType (float a) % b

    /// The number takes the tensor's type.
    static member Pow(a: Tensor, b: float32) = binary Binary.Pow a (scalar a.DType (float b))

    /// What F#'s `abs` calls.
    static member Abs(a: Tensor) = unary Unary.Abs a

    /// What F#'s `exp` calls.
    static member Exp(a: Tensor) = unary Unary.Exp a

    /// What F#'s `log` calls.
    static member Log(a: Tensor) = unary Unary.Log a

    /// What F#'s `sqrt` calls.
    static member Sqrt(a: Tensor) = unary Unary.Sqrt a

    /// What F#'s `sin` calls.
    static member Sin(a: Tensor) = unary Unary.Sin a

    /// What F#'s `cos` calls.
    static member Cos(a: Tensor) = unary Unary.Cos a

    /// What F#'s `tan` calls.
    static member Tan(a: Tensor) = unary Unary.Tan a

    /// What F#'s `asin` calls.
    static member Asin(a: Tensor) = unary Unary.Asin a

    /// What F#'s `acos` calls.
    static member Acos(a: Tensor) = unary Unary.Acos a

    /// What F#'s `atan` calls.
    static member Atan(a: Tensor) = unary Unary.Atan a

    /// What F#'s `sinh` calls.
    static member Sinh(a: Tensor) = unary Unary.Sinh a

    /// What F#'s `cosh` calls.
    static member Cosh(a: Tensor) = unary Unary.Cosh a

    /// What F#'s `tanh` calls.
    static member Tanh(a: Tensor) = unary Unary.Tanh a

    /// What F#'s `floor` calls.
    static member Floor(a: Tensor) = unary Unary.Floor a

    /// What F#'s `ceil` calls.
    static member Ceiling(a: Tensor) = unary Unary.Ceil a

    /// What F#'s `round` calls: halves to the even neighbour.
    static member Round(a: Tensor) = unary Unary.Round a
