/// Tensors without elements: every primitive and every layer gives NumPy's result or a clear error, eagerly and compiled alike.
module Functional.Tests.EmptyTests

open System
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.Tests.Samples
open Expecto

/// What a computation gives, or that it was refused; any other exception passes on.
let private outcome (f: unit -> Tensor list) =
    try
        Some(f ())
    with :? FunctionalException ->
        None

let private same (a: Tensor) (b: Tensor) =
    a.Shape = b.Shape
    && a.DType = b.DType
    && Array.forall2
        (fun (x: float) y -> x = y || (Double.IsNaN x && Double.IsNaN y) || abs (x - y) < 1e-9 * (1.0 + abs x))
        (Tensor.toFloat64Array a)
        (Tensor.toFloat64Array b)

/// Whether a function gives the same eagerly and compiled, or is refused in both ways.
let private agrees (f: Tensor list -> Tensor list) (args: Tensor list) =
    match outcome (fun () -> f args), outcome (fun () -> Jit.compile f args) with
    | Some eager, Some compiled -> List.forall2 same eager compiled
    | None, None -> true
    | Some _, None
    | None, Some _ -> false

/// Samples in which one axis of every argument that has the shape of some argument is empty.
let private emptied (samples: Gen<Sample>) : Gen<Sample> =
    gen {
        let! sample = samples
        let shaped = sample.Args |> List.filter (fun x -> x.Rank > 0)

        if shaped.IsEmpty then
            return sample
        else
            let! chosen = Gen.elements shaped
            let! axis = Gen.choose (0, chosen.Rank - 1)
            let empty (x: Tensor) = Tensor.sliceAxis axis 0 0 1 x

            return
                { sample with
                    Args = sample.Args |> List.map (fun x -> if x.Shape = chosen.Shape then empty x else x) }
    }

/// Whether what the backend gives is what plain loops give.
let private isRight (sample: Sample) (results: Tensor list) =
    let signature (x: Tensor) : Signature = { Shape = x.Shape; DType = x.DType }
    let inputs = sample.Args |> List.map (fun x -> signature x, Tensor.toFloat64Array x)

    match sample.Op with
    | Op.StopGradient
    | Op.Barrier _
    | Op.KeySplit _
    | Op.KeyFold
    | Op.RandomUniform _
    | Op.RandomNormal _
    | Op.RandomBits _ -> true
    | op ->
        let expected = Reference.evaluate op inputs (results |> List.map signature)

        List.forall2
            (fun (result: Tensor) values ->
                Array.forall2 (fun (x: float) y -> abs (x - y) < 1e-9) (Tensor.toFloat64Array result) values)
            results
            expected

let private law name =
    forAll name (floats @ others |> List.map emptied) (fun sample ->
        let f = Core.applyMany sample.Op

        agrees f sample.Args
        && (match outcome (fun () -> f sample.Args) with
            | Some results -> isRight sample results
            | None -> true))

let private zeros shape = Tensor.zerosOf Float64 shape

let private positive (x: Tensor) = Tensor.greater x (Tensor.zerosLike x)

/// Primitives whose attributes hold shapes, and sums of no terms: what NumPy gives.
let private exact: (string * (Tensor list -> Tensor) * Tensor list * Tensor) list =
    [ "broadcast", (fun xs -> Tensor.broadcastTo [ 4; 0; 3 ] xs.Head), [ zeros [ 0; 1 ] ], zeros [ 4; 0; 3 ]
      "reshape", (fun xs -> Tensor.reshape [ 0; 5 ] xs.Head), [ zeros [ 2; 0 ] ], zeros [ 0; 5 ]
      "sum", (fun xs -> Tensor.sumOver [ 0 ] xs.Head), [ zeros [ 0; 3 ] ], zeros [ 3 ]
      "all",
      (fun xs -> Tensor.cast Float64 (Tensor.allOver [ 1 ] (positive xs.Head))),
      [ zeros [ 2; 0 ] ],
      Tensor.onesOf Float64 [ 2 ]
      "any", (fun xs -> Tensor.cast Float64 (Tensor.anyOver [ 1 ] (positive xs.Head))), [ zeros [ 2; 0 ] ], zeros [ 2 ]
      "matmul",
      (fun xs -> Tensor.matmul xs[0] xs[1] + 1.0),
      [ zeros [ 2; 0 ]; zeros [ 0; 3 ] ],
      Tensor.onesOf Float64 [ 2; 3 ]
      "pad", (fun xs -> Tensor.padWith 2.0 [ 1, 2 ] xs.Head), [ zeros [ 0 ] ], Tensor.fullOf Float64 [ 3 ] 2.0
      "concat",
      (fun xs -> Tensor.concat 0 [ xs[0]; xs[1] * 2.0 ]),
      [ zeros [ 0; 2 ]; Tensor.onesOf Float64 [ 1; 2 ] ],
      Tensor.fullOf Float64 [ 1; 2 ] 2.0
      "softmax of no rows", (fun xs -> Tensor.softmax -1 xs.Head), [ zeros [ 0; 3 ] ], zeros [ 0; 3 ]
      "standard deviation of no rows", (fun xs -> Tensor.stdOver [ -1 ] xs.Head), [ zeros [ 0; 3 ] ], zeros [ 0 ]
      "kept sum of no columns",
      (fun xs -> Tensor.exp xs.Head * Tensor.sumKeep [ 1 ] xs.Head),
      [ zeros [ 2; 0 ] ],
      zeros [ 2; 0 ]
      "mean of no rows", (fun xs -> Tensor.meanOver [ 0 ] xs.Head), [ zeros [ 0; 2 ] ], Tensor.fullOf Float64 [ 2 ] nan ]

/// Layers with the shape of a sample that they take.
let private layers: (string * Layer<Tensor, Tensor> * Shape) list =
    [ "dense", dense 3, [ 4 ]
      "relu and softmax", dense 3 --> relu --> softmax, [ 4 ]
      "conv1D", conv1D 2 3, [ 5; 2 ]
      "conv2D", conv2D 2 (3, 3), [ 5; 6; 2 ]
      "depthwiseConv2D", depthwiseConv2D (3, 3), [ 5; 6; 2 ]
      "conv2DTranspose", conv2DTranspose 2 (3, 3), [ 5; 6; 2 ]
      "maxPooling2D", maxPooling2D (2, 2), [ 4; 4; 1 ]
      "averagePooling2D", averagePooling2D (2, 2), [ 4; 4; 1 ]
      "globalMaxPooling2D", globalMaxPooling2D, [ 4; 4; 2 ]
      "globalAveragePooling1D", globalAveragePooling1D, [ 4; 2 ]
      "flatten", flatten --> dense 2, [ 3; 2 ]
      "batchNorm", batchNorm, [ 3 ]
      "layerNorm", layerNorm, [ 3 ]
      "dropout", dropout 0.5, [ 3 ]
      "simpleRnn", simpleRnn 2, [ 5; 3 ]
      "lstm", lstm 2, [ 5; 3 ]
      "gru", gru 2, [ 5; 3 ]
      "bidirectional", bidirectional (lstm 2), [ 5; 3 ]
      "timeDistributed", timeDistributed (dense 2), [ 5; 3 ]
      "upSampling2D", upSampling2D (2, 2), [ 2; 2; 1 ]
      "zeroPadding2D", zeroPadding2D (1, 1), [ 2; 2; 1 ]
      "embedding", embedding 5 2, [ 3 ] ]

[<Tests>]
let tests =
    [ testCase "every primitive on empty arguments gives what plain loops give, or a clear error" (fun () ->
          law "empty")

      for name, f, args, expected in exact do
          testCase $"{name} is NumPy's, eagerly and compiled" (fun () ->
              Expect.True(same expected (f args))
              Expect.True(same expected (Jit.compile (fun xs -> [ f xs ]) args |> List.head)))

      testCase "random programs on empty matrices are the same eagerly and compiled" (fun () ->
          Law.checkWith 200 "programs" (fun (seed: int) ->
              let f, args = Programs.ofSeed seed

              let isRight axis =
                  let emptied = args |> List.map (Tensor.sliceAxis axis 0 0 1)
                  agrees f emptied

              isRight 0 && isRight 1))

      for name, layer, sample in layers do
          testCase $"{name} gives an empty batch for an empty batch" (fun () ->
              let model = Model.create layer sample (Key.ofInt 1)
              let x = Tensor.zeros (0 :: sample)
              let expected = 0 :: model.OutputShape
              Expect.Equal<Shape>(expected, (Model.apply x model).Shape)
              Expect.Equal<Shape>(expected, (Tensor.compile (fun x -> Model.apply x model) x).Shape)
              Expect.Equal<Shape>(expected, (Model.predict x model).Shape))

      testCase "a loop of no steps gives its first carry, and empty stacks" (fun () ->
          let loop (x: Tensor) =
              let last, all = Tensor.scan (fun carry x -> carry + x, carry * x) (Tensor.ones [ 2 ]) x
              Tensor.concat 0 [ Tensor.reshape [ 1; 2 ] last; all ]

          let x = Tensor.zeros [ 0; 2 ]
          Expect.True(same (Tensor.ones [ 1; 2 ]) (loop x))
          Expect.True(same (Tensor.ones [ 1; 2 ]) (Tensor.compile loop x))) ]
    |> testList "Compile.Empty"
