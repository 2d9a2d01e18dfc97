/// What is made of primitives looks at no data: it can be mapped, compiled and differentiated like the primitives themselves.
module Functional.Tests.TracedTests

open Functional
open Expecto

/// Functions of a [3; 4] tensor of distinct floats that are smooth around it.
let private smooth () : (string * (Tensor -> Tensor)) list =
    let row = tensorOf Float64 [ 0.5; -1.0; 2.0; 1.5 ]
    let square x = Tensor.concat 0 [ x; x[0..0, *] ]

    [ "where", (fun x -> Tensor.where (Tensor.greater x (Tensor.scalarOf Float64 0.0)) (x * 2.0) (x * row))
      "clamp", Tensor.clamp -0.4 0.6
      "remainder", (fun x -> Tensor.remainder x (Tensor.scalarOf Float64 1.7))
      "pow", (fun x -> Tensor.pow (Tensor.abs x) row)
      "mean", Tensor.meanOver [ 0 ]
      "std", Tensor.stdKeep [ 1 ]
      "variance", Tensor.varianceOf 1 [ 0 ] false
      "prod", Tensor.prod
      "prodOver", Tensor.prodOver [ -1 ]
      "max", Tensor.maxOver [ 1 ]
      "logSumExp", Tensor.logSumExpKeep [ 0 ]
      "softmax", Tensor.softmax 0
      "logSoftmax", Tensor.logSoftmax -1
      "norm", Tensor.normOver [ 1 ]
      "normP", Tensor.normP 3.0
      "cumsum", Tensor.cumsum 0
      "reshape", Tensor.reshape [ -1; 2 ]
      "moveAxis", Tensor.moveAxis 0 1
      "flip", Tensor.flip [ 0 ]
      "tile", Tensor.tile [ 2; 1; 2 ]
      "repeat", Tensor.repeat 2 -1
      "stack and unstack", (fun x -> Tensor.stack 1 (List.rev (Tensor.unstack 0 x)))
      "split", (fun x -> Tensor.concat 1 (List.rev (Tensor.split 1 [ 1; 3 ] x)))
      "sliceAxis", Tensor.sliceAxis 1 -1 System.Int32.MinValue -2
      "slices", (fun x -> x[1.., 0..2] * x[0, 1..])
      "index", (fun x -> x[-1, 2])
      "pad", Tensor.padWith 2.0 [ (1, 0); (0, 2) ]
      "gather", Tensor.gather 1 (tensor [ [ 3; 0 ]; [ 0; 0 ] ])
      "takeAlong", Tensor.takeAlong 1 (tensor [ [ 0 ]; [ 3 ]; [ 3 ] ])
      "takeAlong, broadcast", Tensor.takeAlong 0 (tensor [ [ 2 ] ])
      "scatterAdd", (fun x -> Tensor.scatterAdd 0 (tensor [ 1; 1; 0 ]) (x * x) x)
      "matmul", (fun x -> Tensor.matmul x (Tensor.transpose x))
      "matmul with a vector", (fun x -> Tensor.matmul x row)
      "dot", (fun x -> Tensor.dot row (Tensor.stack 0 [ Tensor.transpose x; Tensor.transpose x ]))
      "outer", (fun x -> Tensor.outer x[0] x[1])
      "diag", (fun x -> Tensor.diag x[0] + Tensor.triu (square x))
      "diagonal", Tensor.diagonal
      "trace", (fun x -> Tensor.trace (Tensor.matmul x (Tensor.transpose x)))
      "einsum", (fun x -> Tensor.einsum "ij,kj,j->ik" [ x; x; row ])
      "einsum of a diagonal", (fun x -> Tensor.einsum "iij->j" [ Tensor.stack 0 [ x[0..1, *]; x[1..2, *] ] ])
      "einsum, broadcast", (fun x -> Tensor.einsum "...j,...j->..." [ x; row ])
      "sort", Tensor.sort 0
      "sortDescending", Tensor.sortDescending 1
      "topK", Tensor.topK 2 >> fst ]

/// A key that depends on the point.
let private keyOf (x: Tensor) =
    let words = Tensor.cast Int32 (x * 10.0)
    Key.ofTensor words[1, ..1]

/// Functions whose results do not change with small changes of the argument.
let private stepwise () : (string * (Tensor -> Tensor)) list =
    [ "isFinite", Tensor.isFinite
      "argmax", Tensor.argmax 1
      "argsort", Tensor.argsort 0
      "topK", Tensor.topK 2 >> snd
      "countNonZero", Tensor.countNonZero
      "all", Tensor.allOver [ 0 ]
      "oneHot", Tensor.argmax 0 >> Tensor.oneHot 3
      "zerosLike", Tensor.zerosLike
      "cast", Tensor.cast Int32
      "key", (fun x -> Key.toTensor (snd (Key.split (keyOf x))))
      "random",
      (fun x ->
          let key = keyOf x

          Random.normalOf Float64 0.0 1.0 (Key.fold 3 key) [ 2; 2 ]
          + Random.truncatedNormalOf Float64 0.0 1.0 key [ 2 ])
      "integers", (fun x -> Random.randint -9 9 (keyOf x) [ 5 ])
      "permutation", (fun x -> Random.permutation (keyOf x) 5)
      "shuffle", (fun x -> Random.shuffle (keyOf x) x)
      "categorical", (fun x -> Random.categorical (keyOf x) x) ]

/// Tensors [3; 4] of distinct numbers, none near 0 or another.
let private points () =
    let draw key =
        Random.permutation key 12
        |> Tensor.cast Float64
        |> fun order -> Tensor.reshape [ 3; 4 ] ((order - 5.3) * 0.31)

    Key.splitMany 3 (Key.ofInt 5) |> List.map draw

let private equal name expected (actual: Tensor) =
    Expect.True(
        actual.DType = (expected: Tensor).DType
        && actual.Shape = expected.Shape
        && Tensor.allClose 1e-12 1e-12 expected actual,
        $"{name}: expected\n{expected}\nand found\n{actual}"
    )

[<Tests>]
let tests =
    [ testCase "mapped over a batch is one after the other" (fun () ->
          for name, f in smooth () @ stepwise () do
              equal name (Tensor.stack 0 (List.map f (points ()))) (vmap f (Tensor.stack 0 (points ()))))

      testCase "mapped over the last axis is one after the other" (fun () ->
          for name, f in smooth () @ stepwise () do
              let batch = Tensor.stack -1 (points ())
              equal name (Tensor.stack -1 (List.map f (points ()))) (vmapAxes -1 -1 f batch))

      testCase "compiled is the same" (fun () ->
          for name, f in smooth () @ stepwise () do
              let compiled = Tensor.compile f

              for x in points () do
                  equal name (f x) (compiled x))

      testCase "derivatives are the limits of differences" (fun () ->
          for name, f in smooth () do
              for x in points () do
                  // a smooth function of the results tells their derivatives apart
                  let weighted x =
                      let y = f x
                      let weights = Tensor.reshape y.Shape (Tensor.linspaceOf Float64 0.7 1.9 y.Size)
                      Tensor.sum (Tensor.sin y * weights)

                  let step = 1e-6

                  let expected =
                      [ for i in 0 .. x.Size - 1 do
                            let unit = Tensor.reshape x.Shape (Tensor.oneHotOf Float64 x.Size (tensor i)) * step

                            (Tensor.toFloat (weighted (x + unit)) - Tensor.toFloat (weighted (x - unit)))
                            / (2.0 * step) ]

                  let actual = grad weighted x

                  Expect.True(
                      Tensor.allClose 1e-5 1e-7 (Tensor.reshape x.Shape (tensorOf Float64 expected)) actual,
                      $"{name} at\n{x}\ndifferences %A{expected}\nand grad\n{actual}"
                  )) ]
    |> testList "Tensor.Traced"
