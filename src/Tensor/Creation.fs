namespace Functional

open System.Collections
open System.Collections.Generic
open Functional.Numerics

/// Elements of nested sequences, gathered in row-major order while the shape is found.
module internal Nested =
    /// float gives Float32, the default of the library.
    let private kindOf (t: System.Type) =
        match ElementArrays.dtypeOfType t with
        | ValueSome Float64 -> Some Float32
        | ValueSome dtype -> Some dtype
        | ValueNone -> None

    let private place path =
        match List.rev path with
        | [] -> "the outermost sequence"
        | path -> "the element [" + System.String.Join("; ", (path: int list)) + "]"

    /// What was found in nested sequences so far: elements of one type, as floats but for int64, which floats do not hold.
    [<Sealed>]
    type private Elements(operation: string) =
        let floats = List<float>()
        let longs = List<int64>()
        let mutable kind: DType option = None

        let meet found =
            match kind with
            | None -> kind <- Some found
            | Some known when known = found -> ()
            | Some known ->
                Fail.dtypes operation [ "one element", known; "another", found ] "the elements differ in type"

        /// Adds elements, and gives their number as a shape.
        member _.Floats(dtype: DType, convert: 'T -> float, values: seq<'T>) : Shape =
            meet dtype
            let before = floats.Count

            for v in values do
                floats.Add(convert v)

            [ floats.Count - before ]

        /// Adds elements, and gives their number as a shape.
        member _.Longs(values: seq<int64>) : Shape =
            meet Int64
            let before = longs.Count
            longs.AddRange values
            [ longs.Count - before ]

        /// All elements, float[] or int64[], and their type: float32 where there are none.
        member _.All: System.Array * DType =
            match kind with
            | Some Int64 -> longs.ToArray(), Int64
            | kind -> floats.ToArray(), defaultArg kind Float32

    let private ofBFloat16 (v: BFloat16) = float (BFloat16.op_Implicit v: float32)
    let private ofHalf (v: System.Half) : float = System.Half.op_Explicit v
    let private ofBool v = if v then 1.0 else 0.0

    /// Adds a number, or none where the data are no number.
    let private tryScalar (elements: Elements) (data: obj) : Shape option =
        let scalar dtype convert v =
            elements.Floats(dtype, convert, [ v ]) |> ignore
            Some []

        match data with
        | :? float as v -> scalar Float32 id v
        | :? float32 as v -> scalar Float32 float v
        | :? System.Half as v -> scalar Float16 ofHalf v
        | :? BFloat16 as v -> scalar DType.BFloat16 ofBFloat16 v
        | :? int as v -> scalar Int32 float v
        | :? bool as v -> scalar Bool ofBool v
        | :? int64 as v ->
            elements.Longs [ v ] |> ignore
            Some []
        | _ -> None

    /// Adds a sequence of numbers, or none where the data are no such sequence.
    let private tryVector (elements: Elements) (data: obj) : Shape option =
        match data with
        | :? seq<float> as values -> Some(elements.Floats(Float32, id, values))
        | :? seq<float32> as values -> Some(elements.Floats(Float32, float, values))
        | :? seq<System.Half> as values -> Some(elements.Floats(Float16, ofHalf, values))
        | :? seq<BFloat16> as values -> Some(elements.Floats(DType.BFloat16, ofBFloat16, values))
        | :? seq<int> as values -> Some(elements.Floats(Int32, float, values))
        | :? seq<int64> as values -> Some(elements.Longs values)
        | :? seq<bool> as values -> Some(elements.Floats(Bool, ofBool, values))
        | _ -> None

    /// The shape that all rows have.
    let private sameShape operation path (shapes: Shape list) : Shape =
        match shapes with
        | [] -> []
        | first :: rest ->
            rest
            |> List.iteri (fun i shape ->
                if shape <> first then
                    Fail.shapes
                        operation
                        [ place (0 :: path), first; place (i + 1 :: path), shape ]
                        "the nested sequences are ragged; give every row the same length.")

            first

    let private unknown operation path (data: obj) =
        let found = if isNull data then "null" else data.GetType().Name
        Fail.data operation $"{place path} is {found}; give {ElementArrays.types}, or sequences of one of them."

    /// The elements as float[], which holds all types exactly but int64, which stay int64[]; the shape; and the type.
    let read operation (data: obj) : System.Array * Shape * DType =
        let elements = Elements operation

        let rec walk path (data: obj) : Shape =
            match tryScalar elements data |> Option.orElseWith (fun () -> tryRows path data) with
            | Some shape -> shape
            | None -> unknown operation path data

        and tryRows path (data: obj) : Shape option =
            match data with
            | :? System.Array as a when a.Rank > 1 -> ofRectangle path a
            | :? string
            | null -> None
            | data -> tryVector elements data |> Option.orElseWith (fun () -> ofSequences path data)

        and ofRectangle path (a: System.Array) =
            match kindOf (a.GetType().GetElementType()) with
            | None -> None
            | Some _ ->
                for v in a do
                    walk path v |> ignore

                Some(List.init a.Rank a.GetLength)

        and ofSequences path (data: obj) =
            match data with
            | :? IEnumerable as rows ->
                let shapes = [ for i, row in Seq.indexed (Seq.cast<obj> rows) -> walk (i :: path) row ]
                Some(shapes.Length :: sameShape operation path shapes)
            | _ -> None

        let shape = walk [] data
        let all, dtype = elements.All
        all, shape, dtype

/// Tensors from numbers, and numbers from tensors.
[<AutoOpen>]
module TensorCreation =

    let private ofElements (elements: System.Array) (shape: Shape) = Data(Backends.current().OfArray(elements, shape))

    let private filled (backend: Backend) dtype (shape: Shape) value =
        Core.broadcastTo shape (Core.scalarOn backend dtype value)

    /// Rounds each float to the type; to integers toward zero.
    let private ofFloats dtype (values: float[]) shape = ofElements (ElementArrays.cast dtype values) shape

    /// What `Nested.read` found, in this type.
    let private ofNested dtype (elements: System.Array) shape =
        match elements with
        | :? (int64[]) as longs -> ofElements (ElementArrays.cast dtype longs) shape
        | elements -> ofFloats dtype (elements :?> float[]) shape

    let private copied operation (shape: Shape) (elements: 'T[]) =
        if isNull (box elements) then
            Fail.data operation "the array is null; give an array with the elements in row-major order."

        ShapeInference.checkShape operation shape

        if Shape.size shape <> elements.Length then
            Fail.shapes
                operation
                [ "shape", shape ]
                $"{elements.Length} elements were given, but the shape holds {Shape.size shape}."

        ofElements (Array.copy elements) shape

    /// The elements as float32: those of float are rounded.
    let private single operation (elements: 'T[]) : float32[] =
        match box elements with
        | null -> null
        | :? (float32[]) as elements -> elements
        | :? (float[]) as elements -> Array.map float32 elements
        | _ -> Fail.argument operation "the element type" typeof<'T>.Name "is neither float32 nor float."

    /// A tensor of numbers or booleans: one, or sequences (lists, arrays, seq) of them nested to any depth, or an array
    /// of several dimensions.
    ///
    /// float and float32 give Float32, int gives Int32, int64 Int64, bool Bool, Half Float16 and BFloat16 BFloat16;
    /// `tensorOf` chooses the type. An empty sequence gives Float32 unless its element type says otherwise. Rows of
    /// different lengths are an error.
    let tensor (data: 'T) : Tensor =
        let elements, shape, dtype = Nested.read "tensor" (box data)
        ofNested dtype elements shape

    /// `tensor` with the element type chosen: `tensorOf Float64 [ 0.1; 0.2 ]` keeps all the digits.
    ///
    /// Numbers become Int32 and Int64 by truncation and Bool by being other than 0, as `Tensor.cast` does it.
    let tensorOf (dtype: DType) (data: 'T) : Tensor =
        let elements, shape, _ = Nested.read "tensorOf" (box data)
        ofNested dtype elements shape

    /// Functions on tensors.
    module Tensor =

        // From numbers.

        /// A scalar of type Float32.
        let scalar (value: float) : Tensor = Core.scalarOn (Backends.current ()) Float32 value

        /// A scalar of this type. A value that is no whole number is an error for Int32 and Int64.
        let scalarOf (dtype: DType) (value: float) : Tensor = Core.scalarOn (Backends.current ()) dtype value

        /// A tensor of this type and shape filled with the value. A negative length is an error.
        let fullOf (dtype: DType) (shape: Shape) (value: float) : Tensor =
            ShapeInference.checkShape "full" shape
            filled (Backends.current ()) dtype shape value

        /// A Float32 tensor of this shape filled with the value. A negative length is an error.
        let full (shape: Shape) (value: float) : Tensor = fullOf Float32 shape value

        /// A tensor of this type and shape filled with 0 (false for Bool). A negative length is an error.
        let zerosOf (dtype: DType) (shape: Shape) : Tensor =
            ShapeInference.checkShape "zeros" shape
            fullOf dtype shape 0.0

        /// A Float32 tensor of this shape filled with 0. A negative length is an error.
        let zeros (shape: Shape) : Tensor = zerosOf Float32 shape

        /// A tensor of this type and shape filled with 1 (true for Bool). A negative length is an error.
        let onesOf (dtype: DType) (shape: Shape) : Tensor =
            ShapeInference.checkShape "ones" shape
            fullOf dtype shape 1.0

        /// A Float32 tensor of this shape filled with 1. A negative length is an error.
        let ones (shape: Shape) : Tensor = onesOf Float32 shape

        /// Zeros of the shape and type of `x`, on its device.
        let zerosLike (x: Tensor) : Tensor = filled x.Backend x.DType x.Shape 0.0

        /// Ones of the shape and type of `x`, on its device.
        let onesLike (x: Tensor) : Tensor = filled x.Backend x.DType x.Shape 1.0

        /// The value repeated in the shape and type of `x`, on its device.
        let fullLike (value: float) (x: Tensor) : Tensor = filled x.Backend x.DType x.Shape value

        /// The numbers start, start + step, ... below `stop` (above it for a negative step), in this type.
        ///
        /// Each is computed as start + i * step in float64 and then rounded, so that errors do not add up. A step of 0
        /// and infinite bounds are errors.
        let arangeOf (dtype: DType) (start: float) (stop: float) (step: float) : Tensor =
            let check name value =
                if not (System.Double.IsFinite value) then
                    Fail.argument "arange" name value "is not a finite number."

            check "start" start
            check "stop" stop
            check "step" step

            if step = 0.0 then
                Fail.argument "arange" "step" step "never reaches the end; give a positive or a negative step."

            let count = max 0.0 (ceil ((stop - start) / step))

            if count > float System.Array.MaxLength then
                Fail.argument
                    "arange"
                    "step"
                    step
                    $"makes {Fail.grouped (float count)} elements; one tensor holds at most {Fail.mostElements}."

            ofFloats dtype (Array.init (int count) (fun i -> start + float i * step)) [ int count ]

        /// The numbers start, start + step, ... below `stop` (above it for a negative step), as Float32.
        let arange (start: float) (stop: float) (step: float) : Tensor = arangeOf Float32 start stop step

        /// The whole numbers start, start + 1, ... below `stop`, as Int32; none if `stop` is not above `start`.
        let arangeInt (start: int) (stop: int) : Tensor =
            let count = max 0L (int64 stop - int64 start)

            if count > int64 System.Array.MaxLength then
                Fail.argument
                    "arangeInt"
                    "stop"
                    stop
                    $"makes {Fail.grouped (float count)} elements; one tensor holds at most {Fail.mostElements}."

            ofElements (Array.init (int count) (fun i -> start + i)) [ int count ]

        /// `n` numbers evenly spaced from `start` to `stop`, both included, in this type. A negative `n` is an error.
        let linspaceOf (dtype: DType) (start: float) (stop: float) (n: int) : Tensor =
            if n < 0 then
                Fail.argument "linspace" "n" n "is negative; ask for 0 numbers or more."

            let at i =
                if i = n - 1 && n > 1 then
                    stop
                else
                    start + (stop - start) * float i / float (max 1 (n - 1))

            ofFloats dtype (Array.init n at) [ n ]

        /// `n` numbers evenly spaced from `start` to `stop`, both included, as Float32. A negative `n` is an error.
        let linspace (start: float) (stop: float) (n: int) : Tensor = linspaceOf Float32 start stop n

        /// The matrix of `n` rows and `m` columns with ones on the diagonal and zeros elsewhere, in this type.
        let eyeOf (dtype: DType) (n: int) (m: int) : Tensor =
            ShapeInference.checkShape "eye" [ n; m ]
            let elements = Array.zeroCreate<float>(n * m)

            for i in 0 .. min n m - 1 do
                elements[i * m + i] <- 1.0

            ofFloats dtype elements [ n; m ]

        /// The identity matrix of `n` rows and columns, as Float32.
        let eye (n: int) : Tensor = eyeOf Float32 n n

        /// Indices as the primitives take them, Int32. Those of Int64 that do not fit become the nearest that does, which no
        /// axis has: they are refused as any index out of range.
        let internal asIndices operation (indices: Tensor) =
            match indices.DType with
            | Int32 -> indices
            | Int64 -> Core.apply (Op.Cast Int32) [ indices ]
            | Float16
            | BFloat16
            | Float32
            | Float64
            | Bool ->
                Fail.dtypes
                    operation
                    [ "the indices' type", indices.DType ]
                    "indices must be int32 or int64; cast them with Tensor.cast Int32"

        /// One vector of `depth` numbers for each index: 1 at the index, 0 elsewhere, in this type.
        ///
        /// Indices [...] (Int32 or Int64) give [...; depth]. An index outside [0, depth) gives zeros alone, as in TensorFlow and
        /// JAX.
        let oneHotOf (dtype: DType) (depth: int) (indices: Tensor) : Tensor =
            if depth < 0 then
                Fail.argument "oneHot" "depth" depth "is negative; give the number of classes."

            let indices = asIndices "oneHot" indices
            let column = Core.apply (Op.Reshape(indices.Shape @ [ 1 ])) [ indices ]
            let classes = Core.beside indices (fun () -> arangeInt 0 depth)
            Core.apply (Op.Cast dtype) [ Core.zip (Op.Compare Comparison.Equal) column classes ]

        /// One vector of `depth` numbers for each index: 1 at the index, 0 elsewhere, as Float32.
        ///
        /// Indices [...] (Int32 or Int64) give [...; depth]. An index outside [0, depth) gives zeros alone, as in TensorFlow and
        /// JAX.
        let oneHot (depth: int) (indices: Tensor) : Tensor = oneHotOf Float32 depth indices

        /// A Float32 tensor of this shape from its elements, float32 or float, in row-major order, which are copied.
        /// Elements of another type are an error: see `ofInts`, `ofBools` and `ofFloat64Array`.
        let ofArray (shape: Shape) (elements: 'T[]) : Tensor = copied "ofArray" shape (single "ofArray" elements)

        /// A Float64 tensor of this shape from its elements in row-major order, which are copied.
        let ofFloat64Array (shape: Shape) (elements: float[]) : Tensor = copied "ofFloat64Array" shape elements

        /// An Int32 tensor of this shape from its elements in row-major order, which are copied.
        let ofInts (shape: Shape) (elements: int[]) : Tensor = copied "ofInts" shape elements

        /// An Int64 tensor of this shape from its elements in row-major order, which are copied.
        let ofInt64s (shape: Shape) (elements: int64[]) : Tensor = copied "ofInt64s" shape elements

        /// A Float16 tensor of this shape from its elements in row-major order, which are copied.
        let ofHalves (shape: Shape) (elements: System.Half[]) : Tensor = copied "ofHalves" shape elements

        /// A BFloat16 tensor of this shape from its elements in row-major order, which are copied.
        let ofBFloat16s (shape: Shape) (elements: BFloat16[]) : Tensor = copied "ofBFloat16s" shape elements

        /// A Bool tensor of this shape from its elements in row-major order, which are copied.
        let ofBools (shape: Shape) (elements: bool[]) : Tensor = copied "ofBools" shape elements

        /// A Float32 matrix from an array of two dimensions, of float32 or float, which is copied.
        let ofArray2D (elements: 'T[,]) : Tensor =
            if isNull (box elements) then
                Fail.data "ofArray2D" "the array is null; give an array of two dimensions."

            let n, m = Array2D.length1 elements, Array2D.length2 elements
            ofElements (single "ofArray2D" (Array.init (n * m) (fun i -> elements[i / m, i % m]))) [ n; m ]

        /// A tensor of this shape from a span of float32, float, Half, BFloat16, int, int64 or bool in row-major order,
        /// copied; the type is the span's: float gives Float64 here.
        let ofSpan (shape: Shape) (elements: System.ReadOnlySpan<'T>) : Tensor =
            match ElementArrays.dtypeOfType typeof<'T> with
            | ValueSome _ -> copied "ofSpan" shape (elements.ToArray())
            | ValueNone ->
                Fail.argument "ofSpan" "the element type" typeof<'T>.Name $"is none of {ElementArrays.types}."

        /// A vector of the numbers or booleans of a sequence, typed as by `tensor`.
        let ofSeq (elements: seq<'T>) : Tensor =
            let elements, shape, dtype = Nested.read "ofSeq" (box elements)
            ofNested dtype elements shape

        // To numbers.

        let private elements operation dtype (x: Tensor) : System.Array =
            match (if x.DType = dtype then x else Core.apply (Op.Cast dtype) [ x ]) with
            | Data b -> b.ToArray()
            | Traced _ -> Fail.data operation "a traced value has no data yet; return it from the function instead."

        let private only operation (x: Tensor) =
            if x.Size <> 1 then
                Fail.shapes operation [ "tensor", x.Shape ] $"takes a tensor of one element, and this one has {x.Size}."

            x

        /// The elements in row-major order, cast to float32. A traced value is an error.
        let toArray (x: Tensor) : float32[] = downcast elements "toArray" Float32 x

        /// The elements in row-major order, cast to float (64 bits). A traced value is an error.
        let toFloat64Array (x: Tensor) : float[] = downcast elements "toFloat64Array" Float64 x

        /// The elements in row-major order, cast to int: floats are truncated toward zero. A traced value is an error.
        let toInts (x: Tensor) : int[] = downcast elements "toInts" Int32 x

        /// The elements in row-major order, cast to int64: floats are truncated toward zero. A traced value is an error.
        let toInt64s (x: Tensor) : int64[] = downcast elements "toInt64s" Int64 x

        /// The elements in row-major order, rounded to Half. A traced value is an error.
        let toHalves (x: Tensor) : System.Half[] = downcast elements "toHalves" Float16 x

        /// The elements in row-major order, rounded to BFloat16. A traced value is an error.
        let toBFloat16s (x: Tensor) : BFloat16[] = downcast elements "toBFloat16s" DType.BFloat16 x

        /// The elements in row-major order, as booleans: whether each differs from 0. A traced value is an error.
        let toBools (x: Tensor) : bool[] = downcast elements "toBools" Bool x

        /// The only element, as a float. A tensor of several elements or none, and a traced value, are errors.
        let toFloat (x: Tensor) : float = (elements "toFloat" Float64 (only "toFloat" x) :?> float[])[0]

        /// The only element, cast to int. A tensor of several elements or none, and a traced value, are errors.
        let toInt (x: Tensor) : int = (elements "toInt" Int32 (only "toInt" x) :?> int[])[0]

        /// The only element, as a boolean: whether it differs from 0. A tensor of several elements or none, and a
        /// traced value, are errors.
        let toBool (x: Tensor) : bool = (elements "toBool" Bool (only "toBool" x) :?> bool[])[0]

        /// The only element, as a float: `toFloat` by NumPy's name.
        let item (x: Tensor) : float = (elements "item" Float64 (only "item" x) :?> float[])[0]
