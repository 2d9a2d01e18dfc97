module Functional.Tests.Kernels.BinaryTests

open System
open FsCheck.FSharp
open Functional.Kernels
open Functional.Tests
open Functional.Tests.Kernels.Setting
open Expecto

let private operand view = Operand<_>(ReadOnlySpan view.Elements, view.Offset, ReadOnlySpan view.Strides)

/// Two random views of one random shape.
let private pairs element =
    gen {
        let! shape = shapes
        let! a = viewOf shape element
        let! b = viewOf shape element
        return a, b
    }
    |> Arb.fromGen

let private flooredQuotient (a: int) b =
    if b = 0 then
        0
    elif b = -1 then
        -a
    else
        let q = a / b
        if a % b <> 0 && (a < 0) <> (b < 0) then q - 1 else q

let rec private power a b = if b < 0 then 0 else Seq.fold (fun p _ -> p * a) 1 (Seq.replicate b 0)

let private either f (a: float) b = if Double.IsNaN a || Double.IsNaN b then nan else f a b

let private ofFloats =
    [ BinaryKind.Add, (fun (a: float) b -> a + b)
      BinaryKind.Sub, (fun a b -> a - b)
      BinaryKind.Mul, (fun a b -> a * b)
      BinaryKind.Div, (fun a b -> a / b)
      BinaryKind.FloorDiv, (fun a b -> floor (a / b))
      BinaryKind.Pow, (fun a b -> if b = 2.0 then a * a else Math.Pow(a, b))
      BinaryKind.Maximum, either (fun a b -> Math.Max(a, b))
      BinaryKind.Minimum, either (fun a b -> Math.Min(a, b)) ]

let private comparisons () =
    [ CompareKind.Equal, (fun a b -> a = b)
      CompareKind.NotEqual, (fun a b -> a <> b)
      CompareKind.Less, (fun a b -> a < b)
      CompareKind.LessEqual, (fun a b -> a <= b)
      CompareKind.Greater, (fun a b -> a > b)
      CompareKind.GreaterEqual, (fun a b -> a >= b) ]

let private check cases (compare: CompareKind -> View<'T> -> View<'T> -> bool[]) (a: View<'T>, b) =
    for kind, f in cases do
        let result = onlyResult (fun () -> compare kind a b)
        same (Array.map2 f (read a) (read b)) result

let private where (element: Element<'T>) =
    let choices =
        gen {
            let! shape = shapes
            let! c = viewOf shape bools
            let! a = viewOf shape element
            let! b = viewOf shape element
            return c, a, b
        }

    Law.checkWith
        50
        "where"
        (Prop.forAll (Arb.fromGen choices) (fun (c, a, b) ->
            let result =
                onlyResult (fun () ->
                    let y: 'T[] = Array.zeroCreate (List.fold (*) 1 c.Shape)
                    let condition = operand c
                    let left = operand a
                    let right = operand b
                    WhereKernels.Apply(ReadOnlySpan(Array.ofList c.Shape), &condition, &left, &right, Span y)
                    y)

            let expected = Array.map3 (fun c a b -> if c then a else b) (read c) (read a) (read b)
            same (expected: 'T[]) result))

[<Tests>]
let tests =
    [ testCase "float64 pairs, any view by any view" (fun () ->
          Law.checkWith
              50
              "functions of two float64"
              (Prop.forAll (pairs doubles) (fun (a, b) ->
                  for kind, f in ofFloats do
                      let result =
                          onlyResult (fun () ->
                              let y = Array.zeroCreate (List.fold (*) 1 a.Shape)
                              let left = operand a
                              let right = operand b
                              BinaryKernels.Apply(kind, ReadOnlySpan(Array.ofList a.Shape), &left, &right, Span y)
                              y)

                      same (Array.map2 f (read a) (read b)) result)))

      testCase "float32 pairs, any view by any view" (fun () ->
          Law.checkWith
              50
              "functions of two float32"
              (Prop.forAll (pairs singles) (fun (a, b) ->
                  for kind, f in ofFloats do
                      let result =
                          onlyResult (fun () ->
                              let y = Array.zeroCreate (List.fold (*) 1 a.Shape)
                              let left = operand a
                              let right = operand b
                              BinaryKernels.Apply(kind, ReadOnlySpan(Array.ofList a.Shape), &left, &right, Span y)
                              y)

                      let expected =
                          (read a, read b)
                          ||> Array.map2 (fun a b ->
                              match kind with
                              | BinaryKind.FloorDiv -> floor (a / b)
                              | _ -> float32 (f (float a) (float b)))

                      same expected result)))

      testCase "int32 pairs, any view by any view" (fun () ->
          let cases =
              [ BinaryKind.Add, (fun a b -> a + b)
                BinaryKind.Sub, (fun a b -> a - b)
                BinaryKind.Mul, (fun a b -> a * b)
                BinaryKind.FloorDiv, flooredQuotient
                BinaryKind.Maximum, max
                BinaryKind.Minimum, min ]

          Law.checkWith
              50
              "functions of two int32"
              (Prop.forAll (pairs ints) (fun (a, b) ->
                  for kind, f in cases do
                      let result =
                          onlyResult (fun () ->
                              let y = Array.zeroCreate (List.fold (*) 1 a.Shape)
                              let left = operand a
                              let right = operand b
                              BinaryKernels.Apply(kind, ReadOnlySpan(Array.ofList a.Shape), &left, &right, Span y)
                              y)

                      same (Array.map2 f (read a) (read b)) result)))

      testCase "powers of int32" (fun () ->
          Law.check "powers of int32" (fun (a: sbyte) (b: sbyte) ->
              let y = [| 0 |]
              let left = Operand<int>(ReadOnlySpan [| int a |], 0, ReadOnlySpan [||])
              let right = Operand<int>(ReadOnlySpan [| int b |], 0, ReadOnlySpan [||])
              BinaryKernels.Apply(BinaryKind.Pow, ReadOnlySpan [||], &left, &right, Span y)
              y[0] = power (int a) (int b)))

      testCase "and, or of any views" (fun () ->
          Law.checkWith
              50
              "functions of two bool"
              (Prop.forAll (pairs bools) (fun (a, b) ->
                  let run isAnd () =
                      let y = Array.zeroCreate (List.fold (*) 1 a.Shape)
                      let left = operand a
                      let right = operand b
                      let shape = ReadOnlySpan(Array.ofList a.Shape)

                      if isAnd then
                          BinaryKernels.And(shape, &left, &right, Span y)
                      else
                          BinaryKernels.Or(shape, &left, &right, Span y)

                      y

                  same (Array.map2 (&&) (read a) (read b)) (onlyResult (run true))
                  same (Array.map2 (||) (read a) (read b)) (onlyResult (run false)))))

      testCase "comparisons of any views" (fun () ->
          Law.checkWith
              25
              "comparisons of float64"
              (Prop.forAll
                  (pairs doubles)
                  (check (comparisons ()) (fun kind a b ->
                      let y = Array.zeroCreate (List.fold (*) 1 a.Shape)
                      let left = operand a
                      let right = operand b
                      BinaryKernels.Compare(kind, ReadOnlySpan(Array.ofList a.Shape), &left, &right, Span y)
                      y)))

          Law.checkWith
              25
              "comparisons of float32"
              (Prop.forAll
                  (pairs singles)
                  (check (comparisons ()) (fun kind a b ->
                      let y = Array.zeroCreate (List.fold (*) 1 a.Shape)
                      let left = operand a
                      let right = operand b
                      BinaryKernels.Compare(kind, ReadOnlySpan(Array.ofList a.Shape), &left, &right, Span y)
                      y)))

          Law.checkWith
              25
              "comparisons of int32"
              (Prop.forAll
                  (pairs ints)
                  (check (comparisons ()) (fun kind a b ->
                      let y = Array.zeroCreate (List.fold (*) 1 a.Shape)
                      let left = operand a
                      let right = operand b
                      BinaryKernels.Compare(kind, ReadOnlySpan(Array.ofList a.Shape), &left, &right, Span y)
                      y)))

          Law.checkWith
              25
              "comparisons of bool"
              (Prop.forAll
                  (pairs bools)
                  (check (comparisons ()) (fun kind a b ->
                      let y = Array.zeroCreate (List.fold (*) 1 a.Shape)
                      let left = operand a
                      let right = operand b
                      BinaryKernels.Compare(kind, ReadOnlySpan(Array.ofList a.Shape), &left, &right, Span y)
                      y))))

      testCase "choosing from any views" (fun () ->
          where singles
          where doubles
          where ints
          where bools)

      testCase "views that reach outside their elements are refused" (fun () ->
          let refuse offset stride (y: float32[]) =
              Expect.Throws<ArgumentException>(fun () ->
                  let a = Operand<float32>(ReadOnlySpan [| 1.0f; 2.0f; 3.0f |], offset, ReadOnlySpan [| stride |])
                  let b = Operand<float32>(ReadOnlySpan [| 1.0f |], 0, ReadOnlySpan [| 0 |])
                  BinaryKernels.Apply(BinaryKind.Add, ReadOnlySpan [| 3 |], &a, &b, Span y))
              |> ignore

          refuse 1 1 (Array.zeroCreate 3)
          refuse 0 2 (Array.zeroCreate 3)
          refuse 0 -1 (Array.zeroCreate 3)
          refuse -1 1 (Array.zeroCreate 3)
          refuse 0 1 (Array.zeroCreate 4)) ]
    |> testList "Kernels.Binary"
