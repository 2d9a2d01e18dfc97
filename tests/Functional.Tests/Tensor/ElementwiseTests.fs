/// Functions of single elements, broadcasting, and what NaN and infinities do.
module Functional.Tests.ElementwiseTests

open System
open FsCheck.FSharp
open Functional
open Functional.Tests.Cases
open Expecto

let private has (expected: float list) (x: Tensor) =
    Expect.Equal<float list>(expected, List.ofArray (Tensor.toFloat64Array x))

// ---------------------------------------------------------------- broadcasting

/// The element that stands at this index after broadcasting.
let private stretched (x: Plain) (index: int list) =
    let tail = List.skip (index.Length - x.Lengths.Length) index
    at x (List.map2 (fun i n -> if n = 1 then 0 else i) tail x.Lengths)

/// The common shape, written independently: axis by axis from the last.
let private common (a: Shape) (b: Shape) =
    let rec go a b =
        match a, b with
        | [], rest
        | rest, [] -> rest
        | n :: a, m :: b -> (if n = 1 then m else n) :: go a b

    List.rev (go (List.rev a) (List.rev b))

/// Two or three tensors that broadcast to each other: axes of a common shape left out or made 1.
let private compatible count =
    gen {
        let! shape = shapeOf 0 4

        let part =
            gen {
                let! skipped = Gen.choose (0, shape.Length)
                let tail = List.skip skipped shape
                let! ones = Gen.listOfLength tail.Length (Gen.frequency [ 2, Gen.constant true; 5, Gen.constant false ])
                return! filled (List.map2 (fun one n -> if one then 1 else n) ones tail)
            }

        return! Gen.listOfLength count part
    }

let private pair =
    compatible 2
    |> Gen.map (function
        | [ a; b ] -> a, b
        | _ -> failwith "two were asked for")

let private broadcastLaw name dtype (f: Tensor -> Tensor -> Tensor) (g: float -> float -> float) =
    forAll name pair (fun (a, b) ->
        let shape = common a.Lengths b.Lengths
        let expected = build shape (fun index -> g (stretched a index) (stretched b index))
        agrees 1e-12 expected (f (toTensor dtype a) (toTensor dtype b)))

let private number condition = if condition then 1.0 else 0.0

// ---------------------------------------------------------------- values

let private unaryLaw name (f: Tensor -> Tensor) (g: float -> float) tolerance =
    forAll name anyPlain (fun x ->
        let expected = { x with Elements = Array.map g x.Elements }
        agrees tolerance expected (f (toTensor Float64 x)))

[<Tests>]
let tests =
    [ testCase "two tensors are broadcast to each other" (fun () ->
          broadcastLaw "add" Int32 (+) (fun a b -> Math.Truncate a + Math.Truncate b)
          broadcastLaw "sub" Float64 Tensor.sub (-)
          broadcastLaw "mul" Float32 (*) (*)
          broadcastLaw "maximum" Float64 Tensor.maximum max
          broadcastLaw "minimum" Float32 Tensor.minimum min
          broadcastLaw "div" Float64 (/) (/)
          broadcastLaw "less" Float64 Tensor.less (fun a b -> number (a < b))
          broadcastLaw "lessEqual" Float32 Tensor.lessEqual (fun a b -> number (a <= b))
          broadcastLaw "greater" Float64 Tensor.greater (fun a b -> number (a > b))
          broadcastLaw "greaterEqual" Float64 Tensor.greaterEqual (fun a b -> number (a >= b))
          broadcastLaw "equal" Float32 Tensor.equal (fun a b -> number (a = b))
          broadcastLaw "notEqual" Float64 Tensor.notEqual (fun a b -> number (a <> b))
          broadcastLaw "and" Bool Tensor.logicalAnd (fun a b -> number (a <> 0.0 && b <> 0.0))
          broadcastLaw "or" Bool Tensor.logicalOr (fun a b -> number (a <> 0.0 || b <> 0.0)))

      testCase "where broadcasts all three" (fun () ->
          forAll "where" (compatible 3) (fun parts ->
              let c, a, b = parts[0], parts[1], parts[2]
              let shape = common c.Lengths (common a.Lengths b.Lengths)

              let expected = build shape (fun index -> stretched (if stretched c index <> 0.0 then a else b) index)

              same expected (Tensor.where (toTensor Bool c) (toTensor Float64 a) (toTensor Float64 b))))

      testCase "broadcastTo repeats" (fun () ->
          forAll "broadcastTo" pair (fun (a, b) ->
              let shape = common a.Lengths b.Lengths
              same (build shape (stretched a)) (Tensor.broadcastTo shape (toTensor Float32 a))))

      testCase "numbers take the tensor's type" (fun () ->
          let x = tensorOf Float64 [ 1.0; 2.0 ]
          has [ 1.5; 2.5 ] (x + 0.5)
          has [ 0.5; -0.5 ] (1.5 - x)
          has [ 3.0; 6.0 ] (3 * x)
          has [ 0.5; 1.0 ] (x / 2)
          has [ 1.0; 4.0 ] (x ** 2)
          has [ 3.0; 4.0 ] (tensor [ 1; 2 ] + 2)
          Expect.Equal(Float64, (x * 2.0).DType)
          Expect.Equal(Int32, (tensor [ 1; 2 ] + 2).DType))

      testCase "a function of one element is the plain one" (fun () ->
          unaryLaw "neg" Tensor.neg (~-) 0.0
          unaryLaw "abs" Tensor.abs abs 0.0
          unaryLaw "sign" Tensor.sign (fun x -> float (sign x)) 0.0
          unaryLaw "floor" Tensor.floor floor 0.0
          unaryLaw "ceil" Tensor.ceil ceil 0.0
          unaryLaw "round" Tensor.round (fun x -> Math.Round(x, MidpointRounding.ToEven)) 0.0
          unaryLaw "exp" Tensor.exp exp 1e-14
          unaryLaw "expm1" Tensor.expm1 (fun x -> exp x - 1.0) 1e-13
          unaryLaw "log" Tensor.log log 1e-14
          unaryLaw "log1p" Tensor.log1p (fun x -> log (1.0 + x)) 1e-13
          unaryLaw "sqrt" Tensor.sqrt sqrt 1e-14
          unaryLaw "rsqrt" Tensor.rsqrt (fun x -> 1.0 / sqrt x) 1e-14
          unaryLaw "sin" Tensor.sin sin 1e-14
          unaryLaw "cos" Tensor.cos cos 1e-14
          unaryLaw "tan" Tensor.tan tan 1e-12
          unaryLaw "asin" (fun x -> Tensor.asin (x / 8.0)) (fun x -> asin (x / 8.0)) 1e-14
          unaryLaw "acos" (fun x -> Tensor.acos (x / 8.0)) (fun x -> acos (x / 8.0)) 1e-14
          unaryLaw "atan" Tensor.atan atan 1e-14
          unaryLaw "sinh" Tensor.sinh sinh 1e-13
          unaryLaw "cosh" Tensor.cosh cosh 1e-13
          unaryLaw "tanh" Tensor.tanh tanh 1e-14
          unaryLaw "sigmoid" Tensor.sigmoid (fun x -> 1.0 / (1.0 + exp -x)) 1e-14
          unaryLaw "softplus" Tensor.softplus (fun x -> log (1.0 + exp x)) 1e-13
          unaryLaw "relu" Tensor.relu (max 0.0) 0.0
          unaryLaw "square" Tensor.square (fun x -> x * x) 0.0
          unaryLaw "reciprocal" Tensor.reciprocal (fun x -> 1.0 / x) 1e-15
          unaryLaw "clamp" (Tensor.clamp -1.0 2.0) (fun x -> min 2.0 (max -1.0 x)) 0.0)

      testCase "F#'s own functions work on tensors" (fun () ->
          let x = tensorOf Float64 [ 0.25; 0.5 ]
          Expect.True(Tensor.sameElements (Tensor.exp x) (exp x))
          Expect.True(Tensor.sameElements (Tensor.sqrt x) (sqrt x))
          Expect.True(Tensor.sameElements (Tensor.tanh x) (tanh x))
          Expect.True(Tensor.sameElements (Tensor.abs (Tensor.neg x)) (abs -x)))

      testCase "the error function has the values of its tables" (fun () ->
          // from tables
          let x = Tensor.erf (tensorOf Float64 [ 0.0; 0.5; -0.5; 1.0; 2.0; 4.0; infinity; nan ])

          let expected =
              [| 0.0
                 0.5204998778130465
                 -0.5204998778130465
                 0.8427007929497149
                 0.9953222650189527
                 0.9999999845827421
                 1.0
                 nan |]

          Expect.True(close 1e-14 { Lengths = [ 8 ]; Elements = expected } x))

      testCase "small arguments lose no digits" (fun () ->
          has [ 1e-20; 0.0 ] (Tensor.expm1 (tensorOf Float64 [ 1e-20; 0.0 ]))
          has [ 1e-20; 0.0 ] (Tensor.log1p (tensorOf Float64 [ 1e-20; 0.0 ]))
          has [ 1000.0; 0.0 ] (Tensor.softplus (tensorOf Float64 [ 1000.0; -1000.0 ]))
          has [ 1.0; 0.0 ] (Tensor.sigmoid (tensorOf Float64 [ 1000.0; -1000.0 ])))

      testCase "division rounds down and the remainder has the divisor's sign, as in Python" (fun () ->
          let a, b = tensor [ 7; -7; 7; -7; 5 ], tensor [ 2; 2; -2; -2; 0 ]
          has [ 3.0; -4.0; -4.0; 3.0; 0.0 ] (Tensor.floorDiv a b)
          has [ 1.0; 1.0; -1.0; -1.0 ] (Tensor.remainder a[..3] b[..3])
          has [ 1.0; 1.5; -0.5 ] (tensor [ 7.0; -0.5; 1.5 ] % tensor [ 2.0; 2.0; -2.0 ])
          has [ 3.0; -4.0 ] (Tensor.floorDiv (tensor [ 7.0; -7.0 ]) (tensor [ 2.0; 2.0 ]))
          has [ 8.0; 0.0; 1.0 ] (Tensor.pow (tensor [ 2; 2; 5 ]) (tensor [ 3; -1; 0 ])))

      testCase "floor division and remainder of floats are Python's, eager and compiled" (fun () ->
          let cases =
              [ 1.0, 0.1, 9.0, 0.09999999999999995
                5.0, infinity, 0.0, 5.0
                -1.0, infinity, -1.0, infinity
                infinity, 1.0, nan, nan
                1e17, 3.0, 33333333333333333.0, 1.0
                -7.5, 2.0, -4.0, 0.5
                1.0, 0.0, infinity, nan
                0.0, 3.0, 0.0, 0.0
                -1e-20, 1.0, -1.0, 1.0 ]

          let column f = tensorOf Float64 (cases |> List.map f)
          let a, b = column (fun (a, _, _, _) -> a), column (fun (_, b, _, _) -> b)
          let quotients = cases |> List.map (fun (_, _, q, _) -> q)
          let rests = cases |> List.map (fun (_, _, _, r) -> r)
          has quotients (Tensor.floorDiv a b)
          has rests (a % b)

          let both f =
              Tensor.stack 0 [ a; b ]
              |> Tensor.compile (fun ab ->
                  let same = ab * 1.0
                  f same[0] ab[1])

          has quotients (both Tensor.floorDiv)
          has rests (both (fun a b -> a % b))
          has [ 1.0; 0.0; 0.0 ] (tensor [ 7; -7; 5 ] % tensor [ 2; -7; 0 ]))

      testCase "the remainder has slope 1 in the dividend and minus the rounded quotient in the divisor" (fun () ->
          let a, b = tensorOf Float64 [ 7.5; -7.5; 0.3 ], tensorOf Float64 [ 2.0; 2.0; 0.7 ]
          has [ 1.0; 1.0; 1.0 ] (grad (fun a -> Tensor.sum (a % b)) a)
          has [ -3.0; 4.0; 0.0 ] (grad (fun b -> Tensor.sum (a % b)) b))

      testCase "NaN and infinities follow IEEE and NumPy" (fun () ->
          let x = tensor [ nan; infinity; -infinity; 1.0 ]
          has [ 1.0; 0.0; 0.0; 0.0 ] (Tensor.isNan x)
          has [ 0.0; 1.0; 1.0; 0.0 ] (Tensor.isInf x)
          has [ 0.0; 0.0; 0.0; 1.0 ] (Tensor.isFinite x)
          has [ 0.0; 0.0 ] (Tensor.isNan (tensor [ 1; 2 ]))
          has [ 0.0; 0.0 ] (Tensor.isInf (tensor [ 1; 2 ]))
          has [ 1.0; 1.0 ] (Tensor.isFinite (tensor [ true; false ]))
          has [ nan; infinity; 0.0; 1.0 ] (Tensor.relu x)
          has [ nan; 1.0; -1.0; 1.0 ] (Tensor.sign x)
          has [ nan; nan ] (Tensor.maximum (tensor [ nan; 1.0 ]) (tensor [ 1.0; nan ]))
          has [ nan; nan ] (Tensor.minimum (tensor [ nan; 1.0 ]) (tensor [ 1.0; nan ]))
          has [ nan; 2.0; -1.0; 1.0 ] (Tensor.clamp -1.0 2.0 x)
          has [ 0.0; 1.0; 1.0; 1.0 ] (Tensor.equal x x)
          has [ 1.0; 0.0; 0.0; 0.0 ] (Tensor.notEqual x x)
          has [ 0.0; 1.0; 1.0; 1.0 ] (Tensor.lessEqual x x)
          has [ infinity; -infinity; nan ] (tensor [ 1.0; -1.0; 0.0 ] / tensor [ 0.0; 0.0; 0.0 ])
          has [ -infinity; nan; 0.0 ] (Tensor.log (tensor [ 0.0; -1.0; 1.0 ]))
          has [ nan; 0.0 ] (Tensor.sqrt (tensor [ -1.0; 0.0 ]))
          has [ 1.0; 1.0 ] (Tensor.pow (tensor [ nan; 0.0 ]) (tensor [ 0.0; 0.0 ])))

      testCase "closeness has tolerances, and sameness has none" (fun () ->
          let x = tensor [ 1.0; 2.0; infinity ]
          Expect.True(Tensor.allClose 1e-5 1e-8 x (x + tensor [ 1e-6; 0.0; 0.0 ]))
          Expect.False(Tensor.allClose 1e-5 1e-8 x (x + tensor [ 1e-3; 0.0; 0.0 ]))
          Expect.False(Tensor.allClose 1e-5 1e-8 (tensor [ nan ]) (tensor [ nan ]))
          Expect.False(Tensor.allClose 1e-5 1e-8 (tensor [ infinity ]) (tensor [ -infinity ]))
          Expect.False(Tensor.allClose 1e-5 1e-8 (tensor [ 1.0 ]) (tensor [ infinity ]))
          Expect.True(Tensor.allClose 0.0 0.0 (tensor [ 1; 2 ]) (tensor [ 1.0; 2.0 ]))
          Expect.True(Tensor.sameElements (tensor [ nan; 0.0 ]) (tensor [ nan; -0.0 ]))
          Expect.False(Tensor.sameElements (tensor [ 1 ]) (tensor [ 1.0 ]))
          Expect.False(Tensor.sameElements (tensor [ 1 ]) (tensor [ [ 1 ] ]))
          Expect.False(Tensor.sameElements (tensor [ true ]) (tensor [ false ])))

      testCase "types and shapes that do not fit say how to make them fit" (fun () ->
          fails
              "add: both sides must have one type; cast one with Tensor.cast, for example Tensor.cast Float32 x (the left is float32, the right is int32)"
              (fun () -> tensor [ 1.0 ] + tensor [ 1 ])

          fails
              "add: cannot broadcast: counted from the last axis, lengths 2 and 3 are neither equal nor 1.\nleft   [2; 3]\nright  [3; 2]"
              (fun () -> Tensor.zeros [ 2; 3 ] + Tensor.zeros [ 3; 2 ])

          fails
              "where: cannot broadcast: counted from the last axis, lengths 2 and 3 are neither equal nor 1.\nleft   [2]\nright  [3]"
              (fun () -> Tensor.where (tensor true) (Tensor.zeros [ 2 ]) (Tensor.zeros [ 3 ]))

          fails "where: the condition must be bool; compare first (the condition is float32)" (fun () ->
              Tensor.where (tensor 1.0) (tensor 1.0) (tensor 2.0))

          fails
              "div: takes float32, float64, float16 or bfloat16 (integers have floorDiv); cast it with Tensor.cast (the argument is int32)"
              (fun () -> tensor [ 1 ] / tensor [ 2 ])

          fails
              "exp: takes float32, float64, float16 or bfloat16; cast it with Tensor.cast (the argument is int32)"
              (fun () -> Tensor.exp (tensor [ 1 ]))

          fails "and: takes bool; cast it with Tensor.cast (the argument is int32)" (fun () ->
              Tensor.logicalAnd (tensor 1) (tensor 1))

          fails "clamp: low = 2 is not below high = 1; give the smaller bound first." (fun () ->
              Tensor.clamp 2.0 1.0 (tensor [ 1.0 ]))

          fails
              "broadcast: counted from the last axis, lengths must be equal or 1 in the one that is repeated.\nfrom  [2]\nto    [3]"
              (fun () -> Tensor.broadcastTo [ 3 ] (tensor [ 1.0; 2.0 ])))

      testCase "errors do not depend on the culture" (fun () ->
          let culture = Globalization.CultureInfo.InvariantCulture.Clone() :?> Globalization.CultureInfo
          culture.NumberFormat.NumberDecimalSeparator <- ","
          culture.NumberFormat.NumberGroupSeparator <- "."
          let before = Globalization.CultureInfo.CurrentCulture
          Globalization.CultureInfo.CurrentCulture <- culture

          try
              Expect.Equal("1,5", $"{1.5}")

              fails "clamp: low = 2.5 is not below high = 1.5; give the smaller bound first." (fun () ->
                  Tensor.clamp 2.5 1.5 (tensor [ 1.0 ]))

              fails
                  "ones: shape = [65536; 65536] would have 4,294,967,296 elements; one tensor holds at most 2,147,483,591."
                  (fun () -> Tensor.ones [ 65536; 65536 ])

              Expect.Equal("[1.5 2.5]", string (tensor [ 1.5; 2.5 ]))
              Expect.Equal("1.5e-05", string (tensor 1.5e-5))
          finally
              Globalization.CultureInfo.CurrentCulture <- before) ]
    |> testList "Tensor.Elementwise"
