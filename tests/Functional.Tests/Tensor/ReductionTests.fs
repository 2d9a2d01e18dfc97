/// Reductions over random axes against plain loops.
module Functional.Tests.ReductionTests

open System
open FsCheck.FSharp
open Functional
open Functional.Tests.Cases
open Expecto

let private has (expected: float list) (x: Tensor) =
    Expect.Equal<float list>(expected, List.ofArray (Tensor.toFloat64Array x))

/// f of all elements that share the axes which stay.
let private reduced keep axes (f: float list -> float) (x: Plain) =
    let axes = axes |> List.map (front x.Lengths)
    let isGone i = List.contains i axes

    let stays = x.Lengths |> List.mapi (fun i n -> if isGone i then 1 else n)

    let kept =
        build stays (fun index ->
            indices x.Lengths
            |> List.filter (fun other -> List.forall id (List.mapi2 (fun i a b -> isGone i || a = b) index other))
            |> List.map (at x)
            |> f)

    if keep then
        kept
    else
        { kept with
            Lengths = x.Lengths |> List.indexed |> List.filter (fun (i, _) -> not (isGone i)) |> List.map snd }

let private withSomeAxes =
    anyPlain |> Gen.bind (fun x -> axesOf x.Lengths |> Gen.map (fun axes -> x, axes))

let private law name dtype whole over keep f =
    let tolerance = if dtype = Float32 then 1e-5 else 1e-12
    let stored (x: Plain) = plain (toTensor dtype x)

    forAll $"{name}Over" withSomeAxes (fun (x, axes) ->
        agrees tolerance (reduced false axes f (stored x)) (over axes (toTensor dtype x)))

    forAll $"{name}Keep" withSomeAxes (fun (x, axes) ->
        agrees tolerance (reduced true axes f (stored x)) (keep axes (toTensor dtype x)))

    forAll name anyPlain (fun x ->
        let axes = [ 0 .. x.Lengths.Length - 1 ]
        agrees tolerance (reduced false axes f (stored x)) (whole (toTensor dtype x)))

let private mean (xs: float list) = List.sum xs / float xs.Length

let private variance (xs: float list) = mean (xs |> List.map (fun x -> (x - mean xs) ** 2.0))

let private nonEmpty = withSomeAxes |> Gen.filter (fun (x, _) -> not (List.contains 0 x.Lengths))

let private withAxis = withAxes |> Gen.bind (fun x -> axisOf x.Lengths |> Gen.map (fun axis -> x, axis))

/// f of each line along the axis, from line to line.
let private lines axis (f: float list -> float list) (x: Plain) =
    let axis = front x.Lengths axis
    let line index = List.init x.Lengths[axis] (fun i -> at x (List.updateAt axis i index))
    build x.Lengths (fun index -> (f (line index))[index[axis]])

[<Tests>]
let tests =
    [ testCase "sums, means, products and deviations are those of each line" (fun () ->
          law "sum" Float32 Tensor.sum Tensor.sumOver Tensor.sumKeep List.sum
          law "sum of int32" Int32 Tensor.sum Tensor.sumOver Tensor.sumKeep List.sum
          law "sum of bool" Bool Tensor.sum Tensor.sumOver Tensor.sumKeep List.sum
          law "mean" Float64 Tensor.mean Tensor.meanOver Tensor.meanKeep mean
          law "mean of int32" Int32 Tensor.mean Tensor.meanOver Tensor.meanKeep (fun xs -> float (float32 (mean xs)))
          law "prod" Float64 Tensor.prod Tensor.prodOver Tensor.prodKeep (List.fold (*) 1.0)
          law "var" Float64 Tensor.var Tensor.varOver Tensor.varKeep variance
          law "std" Float64 Tensor.std Tensor.stdOver Tensor.stdKeep (variance >> sqrt)
          law "norm" Float64 Tensor.norm Tensor.normOver Tensor.normKeep (List.sumBy (fun x -> x * x) >> sqrt))

      testCase "all and any ask whether the elements of each line differ from 0" (fun () ->
          let any xs = if List.exists ((<>) 0.0) xs then 1.0 else 0.0
          let all xs = if List.forall ((<>) 0.0) xs then 1.0 else 0.0
          law "any" Bool Tensor.any Tensor.anyOver Tensor.anyKeep any
          law "all" Bool Tensor.all Tensor.allOver Tensor.allKeep all
          law "any of numbers" Float32 Tensor.any Tensor.anyOver Tensor.anyKeep any
          law "all of numbers" Int32 Tensor.all Tensor.allOver Tensor.allKeep all

          forAll "countNonZero" anyPlain (fun x ->
              let count = x.Elements |> Array.filter ((<>) 0.0) |> Array.length
              Tensor.toInt (Tensor.countNonZero (toTensor Float32 x)) = count))

      testCase "the logarithm of a sum of exponentials is that of each line" (fun () ->
          let logSumExp (xs: float list) = if xs.IsEmpty then -infinity else log (List.sumBy exp xs)

          law "logSumExp" Float64 Tensor.logSumExp Tensor.logSumExpOver Tensor.logSumExpKeep logSumExp)

      testCase "extremes are those of each line" (fun () ->
          let law name whole over keep f =
              forAll name nonEmpty (fun (x, axes) ->
                  let t = toTensor Float32 x

                  same (reduced false axes f x) (over axes t)
                  .&. same (reduced true axes f x) (keep axes t)
                  .&. (Tensor.toFloat (whole t) = f (List.ofArray x.Elements)))

          law "max" Tensor.max Tensor.maxOver Tensor.maxKeep List.max
          law "min" Tensor.min Tensor.minOver Tensor.minKeep List.min)

      testCase "the index of an extreme is that of the first of equals" (fun () ->
          let first extreme (xs: float list) = float (List.findIndex ((=) (extreme xs)) xs)

          let withLength = withAxis |> Gen.filter (fun (x, axis) -> x.Lengths[front x.Lengths axis] > 0)

          forAll "argmax" withLength (fun (x, axis) ->
              same (reduced false [ axis ] (first List.max) x) (Tensor.argmax axis (toTensor Float32 x)))

          forAll "argmin" withLength (fun (x, axis) ->
              same (reduced false [ axis ] (first List.min) x) (Tensor.argmin axis (toTensor Float64 x))))

      testCase "running sums and softmax go along each line" (fun () ->
          forAll "cumsum" withAxis (fun (x, axis) ->
              agrees 1e-12 (lines axis (List.scan (+) 0.0 >> List.tail) x) (Tensor.cumsum axis (toTensor Float64 x)))

          let softmax xs =
              let sum = List.sumBy exp xs
              xs |> List.map (fun x -> exp x / sum)

          forAll "softmax" withAxis (fun (x, axis) ->
              agrees 1e-12 (lines axis softmax x) (Tensor.softmax axis (toTensor Float64 x)))

          forAll "logSoftmax" withAxis (fun (x, axis) ->
              agrees 1e-12 (lines axis (softmax >> List.map log) x) (Tensor.logSoftmax axis (toTensor Float64 x))))

      testCase "the variance of samples divides by less" (fun () ->
          let x = tensorOf Float64 [ [ 1.0; 2.0; 6.0 ] ]
          has [ 7.0 ] (Tensor.varianceOf 1 [ 1 ] false x)
          Expect.Equal<int list>([ 1; 1 ], (Tensor.varianceOf 1 [ -1 ] true x).Shape)
          has [ nan ] (Tensor.varianceOf 1 [ 0; 1 ] false (tensor [ [ 1.0 ] ])))

      testCase "norms of numbers of any size neither overflow nor vanish" (fun () ->
          for dtype, sizes in [ Float32, [ 1e20; 5e37; 1e-30 ]; Float64, [ 1e200; 1e-200 ] ] do
              for size in sizes do
                  let x = Tensor.ofFloat64Array [ 2; 2 ] [| 3.0 * size; -4.0 * size; 0.0; 0.0 |] |> Tensor.cast dtype

                  let near expected (found: Tensor) =
                      Expect.InRange(Tensor.toFloat found / size, expected - 1e-5, expected + 1e-5)

                  for f, expected in [ Tensor.norm, 5.0; Tensor.normP 3.0, 91.0 ** (1.0 / 3.0) ] do
                      near expected (f x)
                      near expected (Tensor.compile f x)

                  let rows = Tensor.toFloat64Array (Tensor.normOver [ 1 ] x)
                  Expect.InRange(rows[0] / size, 5.0 - 1e-5, 5.0 + 1e-5)
                  Expect.Equal(0.0, rows[1])
                  let slope = Tensor.toFloat64Array (grad Tensor.norm x)
                  Expect.InRange(slope[0], 0.6 - 1e-6, 0.6 + 1e-6)
                  Expect.InRange(slope[1], -0.8 - 1e-6, -0.8 + 1e-6)

          // NumPy: [inf, 1] has the norm inf
          Expect.Equal(infinity, Tensor.toFloat (Tensor.norm (tensor [ infinity; 1.0 ])))
          Expect.True(Double.IsNaN(Tensor.toFloat (Tensor.norm (tensor [ nan; 1.0 ])))))

      testCase "norms of the orders 1, 2, 3 and infinity are their formulas" (fun () ->
          let x = tensorOf Float64 [ 3.0; -4.0; 0.0 ]
          has [ 5.0 ] (Tensor.norm x)
          has [ 7.0 ] (Tensor.normP 1.0 x)
          has [ 4.0 ] (Tensor.normP infinity x)
          Expect.Equal(Math.Pow(27.0 + 64.0, 1.0 / 3.0), Tensor.toFloat (Tensor.normP 3.0 x), 12)

          Expect.True(
              close
                  1e-15
                  { Lengths = [ 3 ]; Elements = [| 3.0; 4.0; 0.0 |] }
                  (Tensor.normPOver 3.0 [ 1 ] (Tensor.expandDims 1 x))
          )

          has [ 0.0 ] (Tensor.normP infinity (Tensor.zeros [ 0 ])))

      testCase "sums of booleans are whole numbers, and means are floats" (fun () ->
          Expect.Equal(Int32, (Tensor.sum (tensor [ true; true ])).DType)
          Expect.Equal(Float32, (Tensor.mean (tensor [ 1; 2 ])).DType)
          Expect.Equal(Float32, (Tensor.mean (tensor [ true; false ])).DType)
          Expect.Equal(Float64, (Tensor.var (tensorOf Float64 [ 1; 2 ])).DType)
          Expect.Equal(Int32, (Tensor.prod (tensor [ 1; 2 ])).DType)
          Expect.Equal(Int32, (Tensor.argmax 0 (tensor [ 1.0; 2.0 ])).DType)
          Expect.Equal(Bool, (Tensor.any (tensor [ 1.0; 2.0 ])).DType))

      testCase "no elements and NaN give what they do in NumPy" (fun () ->
          let none = Tensor.zeros [ 0 ]
          has [ 0.0 ] (Tensor.sum none)
          has [ 1.0 ] (Tensor.prod none)
          has [ nan ] (Tensor.mean none)
          has [ nan ] (Tensor.var none)
          has [ 1.0 ] (Tensor.all none)
          has [ 0.0 ] (Tensor.any none)
          has [ -infinity ] (Tensor.logSumExp none)
          let x = tensor [ 1.0; nan; 3.0 ]
          has [ nan ] (Tensor.max x)
          has [ nan ] (Tensor.min x)
          has [ nan ] (Tensor.sum x)
          has [ 1.0 ] (Tensor.argmax 0 x)
          has [ 1.0 ] (Tensor.argmin 0 x))

      testCase "exponentials of huge numbers do not overflow" (fun () ->
          has [ 1000.0 ] (Tensor.logSumExp (tensorOf Float64 [ 1000.0; -1000.0 ]))
          has [ -infinity ] (Tensor.logSumExp (tensor [ -infinity; -infinity ]))
          has [ infinity ] (Tensor.logSumExp (tensor [ infinity; 1.0 ]))
          has [ 1.0; 0.0 ] (Tensor.softmax 0 (tensor [ 1e30; -1e30 ]))
          has [ 0.5; 0.5; 0.0 ] (Tensor.softmax 0 (tensor [ 2.0; 2.0; -infinity ]))
          has [ 0.0; -2000.0 ] (Tensor.logSoftmax 0 (tensor [ 1000.0; -1000.0 ])))

      testCase "derivatives are finite where formulas break" (fun () ->
          let x = tensorOf Float64 [ 2.0; 0.0; 3.0 ]
          has [ 0.0; 6.0; 0.0 ] (grad Tensor.prod x)
          has [ 0.0; 0.0; 0.0 ] (grad Tensor.prod (tensorOf Float64 [ 0.0; 0.0; 3.0 ]))
          has [ 0.0; 0.0 ] (grad Tensor.norm (tensorOf Float64 [ 0.0; 0.0 ]))

          Expect.True(
              close
                  1e-15
                  { Lengths = [ 2 ]; Elements = [| 0.6; 0.8 |] }
                  (grad Tensor.norm (tensorOf Float64 [ 3.0; 4.0 ]))
          )

          has [ 0.0; 0.0 ] (grad Tensor.std (tensorOf Float64 [ 2.0; 2.0 ]))
          has [ 0.0; 0.0 ] (grad (Tensor.normP 3.0) (tensorOf Float64 [ 0.0; 0.0 ]))
          has [ 0.5; 0.5; 0.0 ] (grad Tensor.logSumExp (tensorOf Float64 [ 1.0; 1.0; -infinity ])))

      testCase "axes and numbers out of range say what there is" (fun () ->
          let x = Tensor.zeros [ 2; 3 ]

          fails "sum: axis 2 is outside the shape [2; 3]; the axes are 0 to 1, or -1 to -2 from the end." (fun () ->
              Tensor.sumOver [ 2 ] x)

          fails "max: axes = [0; -2] names an axis twice; name each axis once." (fun () -> Tensor.maxOver [ 0; -2 ] x)

          fails "argmax: axis 0 is outside the shape []; a scalar has no axes." (fun () ->
              Tensor.argmax 0 (tensor 1.0))

          fails "max: there is no extreme of no elements; reduce a non-empty axis.\ntensor  [0]" (fun () ->
              Tensor.max (Tensor.zeros [ 0 ]))

          fails "argmin: axis 0 has no elements; there is no extreme of none.\ntensor  [0]" (fun () ->
              Tensor.argmin 0 (Tensor.zeros [ 0 ]))

          fails "max: takes numbers; cast it with Tensor.cast (the argument is bool)" (fun () ->
              Tensor.max (tensor [ true ]))

          fails "normP: p = 0 is not above 0; a norm needs a positive p, or infinity." (fun () -> Tensor.normP 0.0 x)

          fails "var: ddof = -1 is negative; give 0, or 1 for the unbiased form." (fun () ->
              Tensor.varianceOf -1 [] false x)

          fails
              "softmax: axis -3 is outside the shape [2; 3]; the axes are 0 to 1, or -1 to -2 from the end."
              (fun () -> Tensor.softmax -3 x)) ]
    |> testList "Tensor.Reduction"
