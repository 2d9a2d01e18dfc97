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

/// NumPy's divmod: the quotient rounded down and the remainder, in the arithmetic of one type.
let inline private divmod
    (zero: ^T)
    (one: ^T)
    (half: ^T)
    (copySign: ^T -> ^T -> ^T)
    (a: ^T)
    (b: ^T)
    : struct (^T * ^T) =
    let rest = a % b

    if b = zero then
        struct (a / b, rest)
    else
        let quotient = (a - rest) / b
        let turned = rest <> zero && (b < zero) <> (rest < zero)
        let quotient = if turned then quotient - one else quotient

        let rest =
            if turned then rest + b
            elif rest = zero then copySign zero b
            else rest

        let whole =
            if quotient = zero then
                copySign zero (a / b)
            else
                let whole = floor quotient
                if quotient - whole > half then whole + one else whole

        struct (whole, rest)

let private divmod64 = divmod 0.0 1.0 0.5 (fun (x: float) y -> Math.CopySign(x, y))
let private divmod32 = divmod 0.0f 1.0f 0.5f (fun (x: float32) y -> MathF.CopySign(x, y))

let private ofFloats =
    [ FusedOp.Add, (fun (a: float) b -> a + b)
      FusedOp.Sub, (fun a b -> a - b)
      FusedOp.Mul, (fun a b -> a * b)
      FusedOp.Div, (fun a b -> a / b)
      FusedOp.FloorDiv, (fun a b -> let struct (quotient, _) = divmod64 a b in quotient)
      FusedOp.Mod, (fun a b -> let struct (_, rest) = divmod64 a b in rest)
      FusedOp.Pow, (fun a b -> if b = 2.0 then a * a else Math.Pow(a, b))
      FusedOp.Maximum, either (fun a b -> Math.Max(a, b))
      FusedOp.Minimum, either (fun a b -> Math.Min(a, b)) ]

let private comparisons () =
    [ FusedOp.Equal, (fun a b -> a = b)
      FusedOp.NotEqual, (fun a b -> a <> b)
      FusedOp.Less, (fun a b -> a < b)
      FusedOp.LessEqual, (fun a b -> a <= b)
      FusedOp.Greater, (fun a b -> a > b)
      FusedOp.GreaterEqual, (fun a b -> a >= b) ]

let private equalities: (FusedOp * (bool -> bool -> bool)) list =
    [ FusedOp.Equal, (=); FusedOp.NotEqual, (<>) ]

let private check cases (compare: FusedOp -> View<'T> -> View<'T> -> bool[]) (a: View<'T>, b) =
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

/// Pairs of every proportion: equal ones, whole multiples and their neighbours, small and large quotients, special numbers.
let private divisions: Element<float * float> =
    fun random ->
        let sign () = if random.Next 2 = 0 then 1.0 else -1.0
        let number () = sign () * Math.ScaleB(random.NextDouble() + 0.5, random.Next(-30, 31))

        match random.Next 6 with
        | 0 -> doubles random, doubles random
        | 1 ->
            let b = number ()
            b * float (random.Next(-100_000, 100_000)), b
        | 2 ->
            let b = float32 (number ())
            float (MathF.BitIncrement(b * float32 (random.Next(1, 5000)))), float b
        | 3 ->
            let b = float32 (number ())
            float (MathF.BitDecrement(b * float32 (random.Next(1, 5000)))), float b
        | 4 -> tame random, tame random
        | _ -> number (), number ()

[<Tests>]
let tests =
    [ lawWith
          50
          "float64 pairs, any view by any view"
          (Prop.forAll (pairs doubles) (fun (a, b) ->
              for kind, f in ofFloats do
                  let result =
                      onlyResult (fun () ->
                          let y = Array.zeroCreate (List.fold (*) 1 a.Shape)
                          let left = operand a
                          let right = operand b
                          BinaryKernels.Apply(kind, ReadOnlySpan(Array.ofList a.Shape), &left, &right, Span y)
                          y)

                  same (Array.map2 f (read a) (read b)) result))

      lawWith
          50
          "float32 pairs, any view by any view"
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
                          | FusedOp.FloorDiv -> let struct (quotient, _) = divmod32 a b in quotient
                          | FusedOp.Mod -> let struct (_, rest) = divmod32 a b in rest
                          | _ -> float32 (f (float a) (float b)))

                  same expected result))

      testCase "int32 pairs, any view by any view" (fun () ->
          let cases =
              [ FusedOp.Add, (fun a b -> a + b)
                FusedOp.Sub, (fun a b -> a - b)
                FusedOp.Mul, (fun a b -> a * b)
                FusedOp.FloorDiv, flooredQuotient
                FusedOp.Mod, (fun a b -> if b = 0 then 0 else a - flooredQuotient a b * b)
                FusedOp.Maximum, max
                FusedOp.Minimum, min ]

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

      law "powers of int32 are the plain ones" (fun (a: sbyte) (b: sbyte) ->
          let y = [| 0 |]
          let left = Operand<int>(ReadOnlySpan [| int a |], 0, ReadOnlySpan [||])
          let right = Operand<int>(ReadOnlySpan [| int b |], 0, ReadOnlySpan [||])
          BinaryKernels.Apply(FusedOp.Pow, ReadOnlySpan [||], &left, &right, Span y)
          y[0] = power (int a) (int b))

      lawWith
          50
          "and, or of any views are those of their elements"
          (Prop.forAll (pairs bools) (fun (a, b) ->
              let run op () =
                  let y = Array.zeroCreate (List.fold (*) 1 a.Shape)
                  let left = operand a
                  let right = operand b
                  BinaryKernels.Apply(op, ReadOnlySpan(Array.ofList a.Shape), &left, &right, Span y)
                  y

              same (Array.map2 (&&) (read a) (read b)) (onlyResult (run FusedOp.And))
              same (Array.map2 (||) (read a) (read b)) (onlyResult (run FusedOp.Or))))

      testCase "comparisons of any views are those of their elements" (fun () ->
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
                  (check equalities (fun kind a b ->
                      let y = Array.zeroCreate (List.fold (*) 1 a.Shape)
                      let left = operand a
                      let right = operand b
                      BinaryKernels.Compare(kind, ReadOnlySpan(Array.ofList a.Shape), &left, &right, Span y)
                      y))))

      testCase "choosing from any views takes each element by its condition" (fun () ->
          where singles
          where doubles
          where ints
          where bools)

      testCase "views that reach outside their elements are refused" (fun () ->
          let refuse offset stride (y: float32[]) =
              Expect.Throws<ArgumentException>(fun () ->
                  let a = Operand<float32>(ReadOnlySpan [| 1.0f; 2.0f; 3.0f |], offset, ReadOnlySpan [| stride |])
                  let b = Operand<float32>(ReadOnlySpan [| 1.0f |], 0, ReadOnlySpan [| 0 |])
                  BinaryKernels.Apply(FusedOp.Add, ReadOnlySpan [| 3 |], &a, &b, Span y))
              |> ignore

          refuse 1 1 (Array.zeroCreate 3)
          refuse 0 2 (Array.zeroCreate 3)
          refuse 0 -1 (Array.zeroCreate 3)
          refuse -1 1 (Array.zeroCreate 3)
          refuse 0 1 (Array.zeroCreate 4))

      testCase "floor division and remainder have NumPy's bits for numbers of every proportion" (fun () ->
          let random = Random 11
          let pairs = Array.init 20_003 (fun _ -> divisions random)
          let a, b = Array.map fst pairs, Array.map snd pairs

          let apply (kind: FusedOp) (a: float[]) (b: float[]) =
              onlyResult (fun () ->
                  let y = Array.zeroCreate a.Length
                  let left = Operand<float>(ReadOnlySpan a, 0, ReadOnlySpan [| 1 |])
                  let right = Operand<float>(ReadOnlySpan b, 0, ReadOnlySpan [| 1 |])
                  BinaryKernels.Apply(kind, ReadOnlySpan [| y.Length |], &left, &right, Span y)
                  y)

          let apply32 (kind: FusedOp) (a: float32[]) (b: float32[]) =
              onlyResult (fun () ->
                  let y = Array.zeroCreate a.Length
                  let left = Operand<float32>(ReadOnlySpan a, 0, ReadOnlySpan [| 1 |])
                  let right = Operand<float32>(ReadOnlySpan b, 0, ReadOnlySpan [| 1 |])
                  BinaryKernels.Apply(kind, ReadOnlySpan [| y.Length |], &left, &right, Span y)
                  y)

          let quotients, rests = Array.map2 divmod64 a b |> Array.map (fun struct (q, r) -> q, r) |> Array.unzip
          same quotients (apply FusedOp.FloorDiv a b)
          same rests (apply FusedOp.Mod a b)
          let a, b = Array.map float32 a, Array.map float32 b
          let quotients, rests = Array.map2 divmod32 a b |> Array.map (fun struct (q, r) -> q, r) |> Array.unzip
          same quotients (apply32 FusedOp.FloorDiv a b)
          same rests (apply32 FusedOp.Mod a b)) ]
    |> testList "Kernels.Binary"
