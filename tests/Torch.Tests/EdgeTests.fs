/// Corners of the primitives: integers at their limits, NaN and infinity, empty tensors, indices out of range.
module Functional.Torch.Tests.EdgeTests

open System
open Functional
open Functional.Torch.Tests.Libtorch
open Functional.Tests
open Expecto

/// Both backends give the same elements: NaN for NaN.
let private same op (args: Tensor list) =
    let expected = Core.applyMany op args
    let actual = Core.applyMany op (List.map there args)

    for e, a in List.zip expected actual do
        let text = $"{ShapeInference.name op} of {args}: {here a} instead of {e}"
        Expect.True(Tensor.sameElements e (here a), text)

/// Every pair of these numbers.
let private pairs (numbers: Tensor) =
    let n = numbers.Size
    let a = Tensor.broadcastTo [ n; n ] (Tensor.reshape [ n; 1 ] numbers)
    let b = Tensor.broadcastTo [ n; n ] (Tensor.reshape [ 1; n ] numbers)
    [ a; b ]

let private int32s = Tensor.ofInts [ 9 ] [| 0; 1; -1; 2; -2; 7; -7; Int32.MaxValue; Int32.MinValue |]

let private int64s =
    Tensor.ofInt64s [ 9 ] [| 0L; 1L; -1L; 2L; -2L; 7L; -7L; Int64.MaxValue; Int64.MinValue |]

let private extremes =
    tensorOf Float64 [ 0.0; -0.0; 1.0; -1.0; 2.5; -2.5; 3.0; infinity; -infinity; nan; 1e300; -1e300; 1e-300 ]

let private integerOperations =
    [ Binary.Add
      Binary.Sub
      Binary.Mul
      Binary.FloorDiv
      Binary.Mod
      Binary.Pow
      Binary.Maximum
      Binary.Minimum ]

let private comparisons =
    [ Comparison.Equal
      Comparison.NotEqual
      Comparison.Less
      Comparison.LessEqual
      Comparison.Greater
      Comparison.GreaterEqual ]

let private integers =
    [ for numbers in [ int32s; int64s ] do
          case $"{numbers.DType} wraps around, and nothing divides by zero" (fun () ->
              for op in integerOperations do
                  same (Op.Binary op) (pairs numbers)

              for op in comparisons do
                  same (Op.Compare op) (pairs numbers)

              for op in [ Unary.Neg; Unary.Abs; Unary.Sign; Unary.Relu ] do
                  same (Op.Unary op) [ numbers ]

              same (Op.Reduce(Reduction.Sum, [ 0 ])) [ numbers ]
              same (Op.Reduce(Reduction.Max, [ 0 ])) [ numbers ]
              same (Op.CumSum 0) [ numbers ]
              same (Op.Sort true) [ numbers ]
              same (Op.ArgMin 0) [ numbers ]
              same Op.MatMul [ Tensor.reshape [ 3; 3 ] numbers; Tensor.reshape [ 3; 3 ] numbers ]
              same (Op.Pad([ { Low = 1; High = 2; Interior = 1 } ], -3.0)) [ numbers ]
              same (Op.Pad([ { Low = 1; High = 2; Interior = 1 } ], 1e30)) [ numbers ]) ]

let private floats =
    [ case "comparisons, extremes and quotients of NaN and infinity" (fun () ->
          for dtype in [ Float64; Float32 ] do
              let numbers = Tensor.cast dtype extremes

              for op in comparisons do
                  same (Op.Compare op) (pairs numbers)

              for op in [ Binary.Add; Binary.Sub; Binary.Mul; Binary.Div; Binary.Maximum; Binary.Minimum ] do
                  same (Op.Binary op) (pairs numbers)

              for op in
                  [ Unary.Neg; Unary.Abs; Unary.Sign; Unary.Floor; Unary.Ceil; Unary.Round; Unary.Relu; Unary.Sqrt ] do
                  same (Op.Unary op) [ numbers ]

              for op in [ Op.ArgMax 0; Op.ArgMin 0; Op.Sort false; Op.Sort true; Op.Reduce(Reduction.Max, [ 0 ]) ] do
                  same op [ numbers ])

      case "quotients rounded down and remainders of finite numbers and infinity" (fun () ->
          let numbers = tensorOf Float64 [ 0.0; 1.0; -1.0; 2.5; -2.5; 0.3; -7.0; infinity; -infinity; nan ]

          for op in [ Binary.FloorDiv; Binary.Mod ] do
              same (Op.Binary op) (pairs numbers))

      case "conversions between all types, in range and out of it" (fun () ->
          let numbers =
              [ extremes
                int32s
                int64s
                tensorOf Float64 [ 2147483647.5; -2147483649.0; 9.3e18; -9.3e18; 65504.0; 65520.0; 1.5; -1.5; 0.4 ]
                Tensor.cast Float32 extremes
                Tensor.cast Float16 extremes
                Tensor.cast BFloat16 extremes ]

          for x in numbers do
              for dtype in DType.All do
                  same (Op.Cast dtype) [ x ])

      case "the logarithm of 1 + exp x neither overflows nor loses the small" (fun () ->
          let x = tensorOf Float64 [ -800.0; -40.0; -1.0; 0.0; 1.0; 40.0; 800.0; infinity; -infinity ]
          let y = Tensor.softplus (there x)
          Expect.True(Tensor.allClose 1e-15 0.0 (Tensor.softplus x) (here y), $"{y}")) ]

let private pooling =
    [ case
          "the first of equals is the largest of a window, also of minus infinity, and NaN is larger than all"
          (fun () ->
              let pools =
                  [ Pool.create WindowPadding.Valid (2, 2) (1, 1) (3, 3)
                    Pool.create WindowPadding.Same (3, 3) (1, 1) (3, 3)
                    Pool.create WindowPadding.Same (2, 2) (2, 2) (3, 3)
                    { Y = { Size = 3; Stride = 2; Before = 2; After = 1 }
                      X = { Size = 2; Stride = 1; Before = 0; After = 1 } } ]

              let image (numbers: float list) = Tensor.reshape [ 1; 3; 3; 1 ] (tensorOf Float64 numbers)
              let low = -infinity

              for pool in pools do
                  for numbers in
                      [ [ 1.0; 1.0; 1.0; 1.0; 1.0; 1.0; 1.0; 1.0; 1.0 ]
                        [ 1.0; 2.0; 2.0; 3.0; 3.0; 2.0; 0.0; 3.0; -1.0 ]
                        List.replicate 9 low
                        [ low; 1.0; low; low; low; low; low; infinity; infinity ]
                        [ low; low; low; low; nan; low; low; low; low ] ] do
                      same (Op.MaxPool pool) [ image numbers ]) ]

let private message (f: unit -> 'T) = (Expect.Throws<FunctionalException>(fun () -> f () |> ignore)).Message

let private indices =
    [ case "an index out of range is named before libtorch sees it" (fun () ->
          let x = there (tensor [ 1.0; 2.0 ])
          let text = message (fun () -> Tensor.gather 0 (tensor [ 0; 2 ]) x)
          Expect.Equal("gather: index = 2 is outside axis 0, of length 2.", text)
          let ones = there (Tensor.ones [ 1 ])
          let text = message (fun () -> Core.apply (Op.ScatterAdd 0) [ x; there (tensor [ -1 ]); ones ])
          Expect.Equal("scatterAdd: index = -1 is outside axis 0, of length 2.", text)
          // and the device goes on
          Expect.Equal<float32[]>([| 2.0f; 1.0f |], Tensor.toArray (Tensor.gather 0 (tensor [ 1; 0 ]) x)))

      case "repeated indices add up" (fun () ->
          for dtype in [ Float32; Float64; Float16; BFloat16; Int32; Int64 ] do
              let x = Tensor.zerosOf dtype [ 3; 2 ]
              let updates = Tensor.onesOf dtype [ 50; 2 ]
              let at = Tensor.ofInts [ 50 ] (Array.init 50 (fun i -> i % 2))
              same (Op.ScatterAdd 0) [ x; at; updates ]) ]

let private empty =
    [ case "empty tensors and scalars" (fun () ->
          let none = Tensor.zeros [ 0; 3 ]
          same (Op.Unary Unary.Exp) [ none ]
          same (Op.Binary Binary.Add) [ none; none ]
          same (Op.Reduce(Reduction.Sum, [ 0 ])) [ none ]
          same (Op.Reduce(Reduction.Max, [ 1 ])) [ none ]
          same Op.MatMul [ Tensor.zeros [ 2; 0 ]; none ]
          same Op.MatMul [ none; Tensor.zeros [ 3; 4 ] ]
          same (Op.Concat 0) [ none; Tensor.ones [ 2; 3 ] ]
          same (Op.Gather 0) [ Tensor.ones [ 2; 3 ]; Tensor.ofInts [ 0 ] [||] ]
          same (Op.ScatterAdd 0) [ Tensor.ones [ 2; 3 ]; Tensor.ofInts [ 0 ] [||]; none ]
          same (Op.Pad([ { Low = 1; High = 1; Interior = 2 }; { Low = 0; High = 0; Interior = 0 } ], 2.0)) [ none ]
          same (Op.Sort false) [ none ]
          same (Op.CumSum 0) [ none ]
          same (Op.Cast Int32) [ none ]

          for op in
              [ Op.Unary Unary.Exp
                Op.Cast Int64
                Op.Reduce(Reduction.Sum, [])
                Op.Broadcast [ 2; 3 ]
                Op.Reshape [ 1 ] ] do
              same op [ Tensor.scalar 2.0 ]

          same (Op.Reduce(Reduction.Sum, [])) [ Tensor.ones [ 2; 3 ] ]
          same (Op.Flip []) [ Tensor.ones [ 2; 3 ] ]) ]

[<Tests>]
let tests = [ integers; floats; pooling; indices; empty ] |> List.concat |> testList "Torch.Edge"
