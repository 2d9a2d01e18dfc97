/// Random tensors for laws, and a plain mirror of tensors to compare them with: an array and a shape, read by indices.
module Functional.Tests.Cases

open System
open FsCheck
open FsCheck.FSharp
open Functional
open Expecto

/// A tensor as an array and a shape. float holds every type's elements exactly.
type Plain = { Lengths: Shape; Elements: float[] }

/// All indices of a shape, in row-major order.
let rec indices (shape: Shape) : int list list =
    match shape with
    | [] -> [ [] ]
    | n :: rest ->
        let inner = indices rest

        [ for i in 0 .. n - 1 do
              for index in inner -> i :: index ]

/// The element at an index.
let at (x: Plain) (index: int list) =
    let position = (0, List.zip index x.Lengths) ||> List.fold (fun position (i, n) -> position * n + i)

    x.Elements[position]

/// The tensor of this shape with f of each index.
let build (shape: Shape) (f: int list -> float) =
    { Lengths = shape; Elements = indices shape |> List.map f |> Array.ofList }

/// What a tensor holds.
let plain (x: Tensor) = { Lengths = x.Shape; Elements = Tensor.toFloat64Array x }

/// A tensor of this type.
let toTensor dtype (x: Plain) = Tensor.cast dtype (Tensor.ofFloat64Array x.Lengths x.Elements)

/// Whether shapes are equal and elements are, NaN with NaN, up to a relative tolerance.
let close tolerance (expected: Plain) (x: Tensor) =
    let near (a: float) (b: float) = a.Equals b || abs (a - b) <= tolerance * max 1.0 (max (abs a) (abs b))

    x.Shape = expected.Lengths && Array.forall2 near expected.Elements (Tensor.toFloat64Array x)

/// `close`, with both in the failure's text.
let agrees tolerance (expected: Plain) (x: Tensor) =
    close tolerance expected x |> Prop.label $"expected %A{expected}\nfound %O{x} of shape %A{x.Shape}"

/// Elements and shapes are exactly these.
let same (expected: Plain) (x: Tensor) = agrees 0.0 expected x

// ---------------------------------------------------------------- generators

/// Lengths of axes: small, and sometimes 0 or 1, where broadcasting and emptiness hide mistakes.
let length = Gen.frequency [ 1, Gen.constant 0; 3, Gen.constant 1; 8, Gen.choose (2, 4) ]

/// Shapes of these ranks.
let shapeOf low high = Gen.choose (low, high) |> Gen.bind (fun rank -> Gen.listOfLength rank length)

/// Numbers with few digits, so that equal ones happen and sums of them are exact.
let private element = Gen.choose (-32, 32) |> Gen.map (fun i -> float i / 4.0)

/// Elements for a shape.
let filled (shape: Shape) =
    Gen.arrayOfLength (Shape.size shape) element
    |> Gen.map (fun elements -> { Lengths = shape; Elements = elements })

/// A tensor of some rank up to 4.
let anyPlain = shapeOf 0 4 |> Gen.bind filled

/// A tensor with one axis at least.
let withAxes = shapeOf 1 4 |> Gen.bind filled

/// One of the types with numbers.
let numbers = Gen.elements [ Float32; Float64; Int32 ]

/// One of the types.
let dtypes = Gen.elements [ Float32; Float64; Int32; Bool ]

/// An axis of the shape, from the front or from the end.
let axisOf (shape: Shape) = Gen.choose (-shape.Length, shape.Length - 1)

/// Some of the axes of the shape, from the front or from the end, in any order.
let axesOf (shape: Shape) =
    gen {
        let! some = Gen.subListOf [ 0 .. shape.Length - 1 ]
        let! order = Gen.shuffle (List.toArray some)
        let! fromEnd = Gen.arrayOfLength order.Length (Gen.elements [ true; false ])

        return
            (List.ofArray order, List.ofArray fromEnd)
            ||> List.map2 (fun axis back -> if back then axis - shape.Length else axis)
    }

/// The axis counted from the front.
let front (shape: Shape) axis = if axis < 0 then axis + shape.Length else axis

/// Tries to refute a law of generated values.
let forAll name (values: Gen<'a>) (law: 'a -> 'result) = Law.check name (Prop.forAll (Arb.fromGen values) law)

/// Whether the action fails with the library's exception and this text.
let fails (message: string) (action: unit -> 'a) =
    let error = Expect.Throws<FunctionalException>(fun () -> action () |> ignore)
    Expect.Equal(message.Replace("\r", ""), error.Message)

/// A tensor that a transform is following: it has a shape and a type, but no elements.
let traced dtype shape : Tensor =
    let follow owner signature =
        Traced
            { new Tracer(owner, signature) with
                override _.Backend = Backends.current ()
                override _.ToString() = "" }

    let interpreter =
        { new Interpreter() with
            member i.Apply(op, args) =
                ShapeInference.signatures op (args |> List.map _.Signature) |> List.map (follow i) }

    follow interpreter { Shape = shape; DType = dtype }
