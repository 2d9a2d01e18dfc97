namespace Functional

open System
open Functional.Numerics

/// What is to be done for elements of a type that is known only when the program runs: `DType.Accept` calls `Visit` with the
/// .NET type that it stands for. Code over element types is written once, in this form, and a new type is a case of `DType`.
type IElementVisitor<'R> =
    /// Called once, with float32, float, Half, BFloat16, int, int64 or bool for 'T.
    abstract Visit<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> : unit -> 'R

/// The element type of a tensor.
type DType =
    /// 32-bit IEEE 754 floating point, the default of the library.
    | Float32
    /// 64-bit IEEE 754 floating point, for gradient checks and wherever float32 is too coarse.
    | Float64
    /// 16-bit IEEE 754 floating point, System.Half: 11 bits of precision, up to 65504. Computed in float32 and rounded.
    | Float16
    /// 16-bit brain floating point: 8 bits of precision, the range of float32. Computed in float32 and rounded.
    | BFloat16
    /// 32-bit signed integer, for labels and indices.
    | Int32
    /// 64-bit signed integer, for counts and identifiers beyond 32 bits; arithmetic is exact and wraps around.
    | Int64
    /// True or false, for masks.
    | Bool

    /// Every type of elements.
    static member All = [ Float32; Float64; Float16; BFloat16; Int32; Int64; Bool ]

    /// Where the type stands in `DType.All`.
    member internal t.Index =
        match t with
        | Float32 -> 0
        | Float64 -> 1
        | Float16 -> 2
        | BFloat16 -> 3
        | Int32 -> 4
        | Int64 -> 5
        | Bool -> 6

    /// Calls the visitor with the .NET type that this stands for.
    member t.Accept(visitor: IElementVisitor<'R>) : 'R =
        match t with
        | Float32 -> visitor.Visit<float32>()
        | Float64 -> visitor.Visit<float>()
        | Float16 -> visitor.Visit<Half>()
        | BFloat16 -> visitor.Visit<BFloat16>()
        | Int32 -> visitor.Visit<int>()
        | Int64 -> visitor.Visit<int64>()
        | Bool -> visitor.Visit<bool>()

    /// Whether the type is floating point: only those have derivatives.
    member t.IsFloat =
        match t with
        | Float32
        | Float64
        | Float16
        | BFloat16 -> true
        | Int32
        | Int64
        | Bool -> false

    /// Whether the type is floating point of 16 bits: float16 or bfloat16.
    member t.IsHalf =
        match t with
        | Float16
        | BFloat16 -> true
        | Float32
        | Float64
        | Int32
        | Int64
        | Bool -> false

    /// The bytes that one element takes.
    member t.Size =
        match t with
        | Float32
        | Int32 -> 4
        | Float64
        | Int64 -> 8
        | Float16
        | BFloat16 -> 2
        | Bool -> 1

    /// The name as users write it: float32, float64, float16, bfloat16, int32, int64, bool.
    override t.ToString() =
        match t with
        | Float32 -> "float32"
        | Float64 -> "float64"
        | Float16 -> "float16"
        | BFloat16 -> "bfloat16"
        | Int32 -> "int32"
        | Int64 -> "int64"
        | Bool -> "bool"

/// The lengths of a tensor's axes, outermost first. A scalar has the empty shape.
type Shape = int list

/// What can go wrong, with the values a program may want to look at. Every error of the library is one of these.
[<RequireQualifiedAccess>]
type FunctionalError =
    /// Shapes that do not fit each other or the operation.
    | ShapeMismatch of operation: string * shapes: (string * Shape) list * reason: string
    /// Element types that do not fit each other or the operation.
    | DTypeMismatch of operation: string * dtypes: (string * DType) list * reason: string
    /// An axis that the shape does not have.
    | AxisOutOfRange of operation: string * axis: int * shape: Shape
    /// An argument outside what the operation takes.
    | InvalidArgument of operation: string * argument: string * value: string * reason: string
    /// Data that cannot be learned from, or used, as they are: empty, NaN, a label out of range.
    | InvalidData of operation: string * reason: string
    /// A file that is missing, damaged or of another format.
    | InvalidFile of path: string * reason: string

    /// The operation, or the file, that the error speaks of.
    member e.Operation =
        match e with
        | ShapeMismatch(operation, _, _)
        | DTypeMismatch(operation, _, _)
        | AxisOutOfRange(operation, _, _)
        | InvalidArgument(operation, _, _, _)
        | InvalidData(operation, _) -> operation
        | InvalidFile(path, _) -> path

module internal ShapeText =
    /// The shape as users read it: [32; 10], and [] for a scalar.
    let toString (shape: Shape) = "[" + String.concat "; " (List.map string shape) + "]"

    /// Stands in errors for a length that is not known, such as that of the batch axis; it is shown as None, as in Keras.
    let unknown = System.Int32.MinValue

/// The one exception that the library throws; `Error` holds the case and its fields.
[<Sealed>]
type FunctionalException(error: FunctionalError, inner: exn) =
    inherit
        Exception(
            (match error with
             | FunctionalError.ShapeMismatch(operation, shapes, reason) ->
                 let width = shapes |> List.fold (fun w (name, _) -> max w (String.length name)) 0

                 let show (shape: Shape) =
                     let lengths = shape |> List.map (fun n -> if n = ShapeText.unknown then "None" else string n)
                     "[" + String.Join("; ", lengths) + "]"

                 let lines = shapes |> List.map (fun (name: string, shape) -> $"\n{name.PadRight width}  {show shape}")

                 // The shapes follow the first line of the reason; its other lines, which tell the fix, follow the shapes.
                 let first, rest =
                     match reason.IndexOf '\n' with
                     | -1 -> reason, ""
                     | i -> reason.Substring(0, i), reason.Substring i

                 $"{operation}: {first}" + String.Concat lines + rest
             | FunctionalError.DTypeMismatch(operation, dtypes, reason) ->
                 let found = dtypes |> List.map (fun (name, dtype) -> $"{name} is {dtype}") |> String.concat ", "

                 $"{operation}: {reason} ({found})"
             | FunctionalError.AxisOutOfRange(operation, axis, shape) ->
                 let rank = List.length shape

                 let range =
                     if rank = 0 then
                         "a scalar has no axes"
                     else
                         $"the axes are 0 to {rank - 1}, or -1 to {string -rank} from the end"

                 $"{operation}: axis {string axis} is outside the shape {ShapeText.toString shape}; {range}."
             | FunctionalError.InvalidArgument(operation, argument, value, reason) ->
                 $"{operation}: {argument} = {value} {reason}"
             | FunctionalError.InvalidData(operation, reason) -> $"{operation}: {reason}"
             | FunctionalError.InvalidFile(path, reason) -> $"{path}: {reason}"),
            inner
        )

    /// The exception of an error with no cause below it.
    new(error) = FunctionalException(error, null)

    /// What went wrong, as a value.
    member _.Error = error

    /// The operation, or the file, that the error speaks of.
    member _.Operation = error.Operation

/// Functions on shapes.
module Shape =
    /// The shape as users read it: [32; 10], and [] for a scalar.
    let toString (shape: Shape) = ShapeText.toString shape

    /// The number of axes.
    let rank (shape: Shape) = List.length shape

    /// Stands in errors for a length that is not known, such as that of the batch axis; it is shown as None, as in Keras.
    let internal unknown = ShapeText.unknown

    /// The number of elements; 1 for a scalar. More than 2^31 - 1 are an error.
    let size (shape: Shape) =
        if List.contains 0 shape then
            0
        else
            let mutable size = 1L

            for n in shape do
                // the product of what was checked and of an axis fits 64 bits
                size <- size * int64 n

                if abs size > int64 Int32.MaxValue then
                    raise (
                        FunctionalException(
                            FunctionalError.InvalidArgument(
                                "Shape.size",
                                "shape",
                                toString shape,
                                "has more than 2,147,483,647 elements, the most that one tensor holds."
                            )
                        )
                    )

            int size
