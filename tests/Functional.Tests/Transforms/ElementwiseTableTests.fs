/// What the table of elementwise operations claims of each, against plain loops.
module Functional.Tests.ElementwiseTableTests

open System
open Functional
open Expecto

/// Every case of a union without fields.
let private cases<'T> =
    Reflection.FSharpType.GetUnionCases typeof<'T>
    |> Array.map (fun case -> Reflection.FSharpValue.MakeUnion(case, [||]) :?> 'T)
    |> List.ofArray

let private unaries, binaries, comparisons = cases<Unary>, cases<Binary>, cases<Comparison>

let private ops =
    List.map Op.Unary unaries @ List.map Op.Binary binaries @ List.map Op.Compare comparisons

/// Elements of a type that some operation accepts: numbers, or else bools.
let private elements accepts =
    if accepts Float64 then
        Float64, [| -3.25; -1.0; 0.0; 1.0; 2.5; 5.0 |]
    else
        Bool, [| 0.0; 1.0; 1.0; 0.0; 1.0; 0.0 |]

let private evaluate op dtype (args: float[] list) =
    let signature = { Shape = [ 6 ]; DType = dtype }
    Reference.evaluate op (args |> List.map (fun x -> signature, x)) [ signature ] |> List.head

[<Tests>]
let tests =
    [ testCase "no two operations have one name or one instruction" (fun () ->
          let distinct (values: 'T list) = Expect.Equal(values.Length, (List.distinct values).Length)
          ops |> List.map ShapeInference.name |> distinct
          ops |> List.map OpClass.ofOp |> distinct
          Expect.True(ops |> List.forall OpClass.isElementwise))

      testCase "an identity leaves the other argument as it is" (fun () ->
          for op in binaries do
              let row = ElementwiseOperations.ofBinary op
              let dtype, x = elements row.Accepts.Fits

              let keeps side (identity: float voption) =
                  match identity with
                  | ValueSome e ->
                      let args = side (Array.create x.Length e)
                      Expect.Equal<float[]>(x, evaluate (Op.Binary op) dtype args)
                  | ValueNone -> ()

              keeps (fun e -> [ x; e ]) row.RightIdentity
              keeps (fun e -> [ e; x ]) row.LeftIdentity)

      testCase "an involution undoes itself, and nothing else claims to" (fun () ->
          for op in unaries do
              let row = ElementwiseOperations.ofUnary op
              let dtype, x = elements row.Accepts.Fits
              let apply x = evaluate (Op.Unary op) dtype [ x ]
              Expect.Equal(row.IsInvolution, apply (apply x) = x))

      testCase "what accepts no floats has no derivative" (fun () ->
          for op in unaries do
              let row = ElementwiseOperations.ofUnary op
              Expect.True(row.Derivative.IsNone || row.Accepts.Fits Float32, row.Name)

          for op in binaries do
              let row = ElementwiseOperations.ofBinary op
              let hasDerivative = row.LeftDerivative.IsSome || row.RightDerivative.IsSome
              Expect.True(not hasDerivative || row.Accepts.Fits Float32, row.Name))

      testCase "a row stays the same object" (fun () ->
          for op in unaries do
              Expect.Same(ElementwiseOperations.ofUnary op, ElementwiseOperations.ofUnary op)) ]
    |> testList "Transforms.ElementwiseTable"
