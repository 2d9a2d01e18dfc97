/// The passes over gradients of poolings and over short sums.
module Functional.Tests.PoolPassTests

open System
open Functional
open Expecto

let private number (s: Signature) (value: float) =
    match Tensor.fullOf s.DType s.Shape value with
    | Data buffer -> Node.Constant buffer
    | Traced _ -> failwith "data"

let private graph f signatures =
    fst (Trace.trace f signatures)
    |> ConstantFolding.fold
    |> AlgebraicSimplification.apply number
    |> CommonSubexpressions.merge

/// The graph's primitives with the shapes of their first results.
let private primitives (graph: Graph) =
    [ for node in graph.Nodes do
          match node with
          | Node.Compute(op, _, results) -> ShapeInference.name op, results.Head.Shape
          | Node.Input _
          | Node.Constant _ -> () ]

let private shapesOf name graph = primitives graph |> List.filter (fst >> (=) name) |> List.map snd

let private valueOf graph args = Trace.run graph args |> List.map (Tensor.cast Float64 >> Tensor.toFloat64Array)

/// Equal numbers, all of them; NaN is equal to itself.
let private same (a: float[] list) (b: float[] list) =
    List.forall2 (Array.forall2 (fun (x: float) y -> x = y || Double.IsNaN x && Double.IsNaN y)) a b

let private near (a: float[] list) (b: float[] list) =
    List.forall2 (Array.forall2 (fun (x: float) y -> abs (x - y) <= 1e-12 * (1.0 + abs x))) a b

let private steps f signatures =
    fst (Trace.trace f signatures)
    |> Compilation.rewritten number
    |> Scheduling.schedule
    |> Fusion.clusters Compilation.target
    |> Lowering.steps

/// A pooling and images of a few values, so that many are equal, some of them NaN or infinite.
let private case (seed: int) =
    let random = Random seed

    let axis () =
        let size = random.Next(1, 4)

        { Size = size; Stride = random.Next(1, 4); Before = random.Next size; After = random.Next size }

    let pool: Pool = { Y = axis (); X = axis () }
    let dtype = if random.Next 2 = 0 then Float32 else Float64
    let shape = [ random.Next(1, 3); random.Next(3, 8); random.Next(3, 8); random.Next(1, 6) ]

    let image =
        Array.init (Shape.size shape) (fun _ ->
            match random.Next 40 with
            | 0 -> nan
            | 1 -> infinity
            | 2 -> -infinity
            | _ -> float (random.Next(-3, 4)))

    let image = Tensor.cast dtype (Tensor.ofFloat64Array shape image)
    let pooled = (Tensor.maxPool2d pool image).Shape
    let weights = Random.normal (Key.ofInt seed) pooled |> Tensor.cast dtype
    pool, image, weights

let private mask (x: Tensor) (gradient: Tensor) =
    Tensor.where (Tensor.greater x (Tensor.zerosLike x)) gradient (Tensor.zerosLike gradient)

[<Tests>]
let tests =
    [ law "the mask of relu is taken where a max pooling has made the gradient small" (fun (seed: int) ->
          let pool, image, weights = case seed

          let f (xs: Tensor list) =
              [ grad (fun x -> Tensor.sum (Tensor.maxPool2d pool (Tensor.relu x) * xs[1])) xs[0] ]

          let before = graph f [ image.Signature; weights.Signature ]
          let after = MaxPoolGradients.shrink number before

          shapesOf "where" before = [ image.Shape ]
          && shapesOf "where" after = [ weights.Shape ]
          && same (valueOf before [ image; weights ]) (valueOf after [ image; weights ]))

      law "other comparisons with a number are taken there as well" (fun (seed: int) ->
          let pool, image, weights = case seed
          let limit = Tensor.scalarOf image.DType 1.0

          let f (xs: Tensor list) =
              let _, indices = Tensor.maxPool2dWithIndices pool xs[0]
              let size = image.Shape[1], image.Shape[2]
              let spread = Core.apply (Op.PoolScatter(pool, size)) [ xs[1]; indices ]
              let kept = Tensor.lessEqual (Tensor.broadcastTo image.Shape limit) xs[0]
              [ Tensor.where kept spread (Tensor.zerosLike spread) ]

          let before = graph f [ image.Signature; weights.Signature ]
          let after = MaxPoolGradients.shrink number before

          shapesOf "where" after = [ weights.Shape ]
          && same (valueOf before [ image; weights ]) (valueOf after [ image; weights ]))

      law "sums of such gradients over images are taken there too" (fun (seed: int) ->
          let pool, image, weights = case seed
          let image, weights = Tensor.cast Float64 image, Tensor.cast Float64 weights
          let channels = List.last image.Shape
          let bias = Tensor.zeros [ channels ] |> Tensor.cast Float64

          let f (xs: Tensor list) =
              [ grad (fun bias -> Tensor.sum (Tensor.maxPool2d pool (Tensor.relu (xs[0] + bias)) * xs[1])) xs[2] ]

          let before = graph f [ image.Signature; weights.Signature; bias.Signature ]
          let after = MaxPoolGradients.shrink number before

          shapesOf "poolScatter" before = [ image.Shape ]
          && shapesOf "poolScatter" after = []
          && near (valueOf before [ image; weights; bias ]) (valueOf after [ image; weights; bias ]))

      testCase "masks by anything else than the pooled images stay" (fun () ->
          let pool, _, _ = case 1
          let pool = { pool with Y = { Size = 2; Stride = 2; Before = 0; After = 0 } }
          let pool = { pool with X = pool.Y }
          let image = { Shape = [ 2; 4; 4; 3 ]; DType = Float64 }
          let small = { Shape = [ 2; 2; 2; 3 ]; DType = Float64 }
          let spread indices (xs: Tensor list) = Core.apply (Op.PoolScatter(pool, (4, 4))) [ xs[1]; indices ]
          let indicesOf x = snd (Tensor.maxPool2dWithIndices pool x)

          let stays f signatures =
              let before = graph f signatures

              Expect.Equal<(string * Shape) list>(
                  primitives before,
                  primitives (MaxPoolGradients.shrink number before)
              )

          // another tensor's mask
          stays (fun xs -> [ mask xs[2] (spread (indicesOf xs[0]) xs) ]) [ image; small; image ]
          // indices of nobody knows what
          stays (fun xs -> [ mask xs[0] (spread xs[2] xs) ]) [ image; small; { small with DType = Int32 } ]
          // another value than zero outside the mask
          stays
              (fun xs ->
                  let spread = spread (indicesOf xs[0]) xs
                  [ Tensor.where (Tensor.greater xs[0] (Tensor.zerosLike xs[0])) spread (Tensor.onesLike spread) ])
              [ image; small ]
          // sums along one axis of the images only
          stays (fun xs -> [ Tensor.sumOver [ 1 ] (spread (indicesOf xs[0]) xs) ]) [ image; small ])

      testCase "sequences, which are images of one row, are treated alike" (fun () ->
          let net = relu --> maxPooling1D 2
          let variables, _ = Layer.init (Key.ofInt 1) [ 7; 3 ] net
          let x = Random.normal (Key.ofInt 2) [ 4; 7; 3 ] |> Tensor.cast Float64
          let weights = Random.normal (Key.ofInt 3) [ 4; 3; 3 ] |> Tensor.cast Float64
          let bias = Tensor.zeros [ 3 ] |> Tensor.cast Float64
          let loss x weights = Tensor.sum (Layer.predict variables x net * weights)

          let f (xs: Tensor list) =
              [ grad (fun x -> loss x xs[1]) xs[0]; grad (fun bias -> loss (xs[0] + bias) xs[1]) xs[2] ]

          let before = graph f [ x.Signature; weights.Signature; bias.Signature ]
          let after = MaxPoolGradients.shrink number before
          Expect.Equal<Shape list>([ [ 4; 7; 3 ]; [ 4; 7; 3 ] ], shapesOf "where" before)
          Expect.Equal<Shape list>([ [ 4; 1; 3; 3 ]; [ 4; 1; 3; 3 ] ], shapesOf "where" after)
          Expect.Equal(1, (shapesOf "poolScatter" after).Length)
          Expect.True(near (valueOf before [ x; weights; bias ]) (valueOf after [ x; weights; bias ])))

      testCase "a few elements in the middle are added, many are a reduction" (fun () ->
          let sums axes shape =
              let f (xs: Tensor list) = [ Tensor.sumOver axes xs.Head ]
              let x = Random.normal (Key.ofInt 5) shape |> Tensor.cast Float64
              let before = graph f [ x.Signature ]
              let after = UnrolledSums.unroll before
              Expect.True(near (valueOf before [ x ]) (valueOf after [ x ]))
              (shapesOf "sum" after).Length, (shapesOf "add" after).Length

          Expect.Equal((0, 3), sums [ 2; 4 ] [ 2; 3; 2; 5; 2; 8 ])
          Expect.Equal((0, 15), sums [ 1 ] [ 3; 16; 9 ])
          Expect.Equal((1, 0), sums [ 1 ] [ 3; 17; 9 ])
          // rows too short
          Expect.Equal((1, 0), sums [ 1 ] [ 3; 2; 7 ])
          // leading and last axes
          Expect.Equal((1, 0), sums [ 0 ] [ 3; 2; 8 ])
          Expect.Equal((1, 0), sums [ 2 ] [ 3; 2; 8 ])
          // too many at once: group after group
          Expect.Equal((2, 0), sums [ 1; 3 ] [ 2; 20; 3; 20; 8 ])
          Expect.Equal((1, 2), sums [ 1; 3 ] [ 2; 20; 3; 3; 8 ]))

      testCase "enlarging images is one copy, and its gradient one kernel with the mask before it" (fun () ->
          let up = upSampling2D (2, 3)
          let variables, _ = Layer.init (Key.ofInt 1) [ 3; 4; 8 ] up
          let apply (x: Tensor) = Layer.predict variables x up
          let small = { Shape = [ 2; 3; 4; 8 ]; DType = Float32 }
          let large = { small with Shape = [ 2; 6; 12; 8 ] }
          let forward = steps (fun xs -> [ apply xs.Head ]) [ small ]
          Expect.Equal<string list>([ "copy" ], [ for step in forward.Steps -> ProgramDescription.name forward step ])

          let gradient (xs: Tensor list) = [ grad (fun x -> Tensor.sum (apply (Tensor.relu x) * xs[1])) xs[0] ]

          Expect.Equal(1, (steps gradient [ small; large ]).Steps.Length)) ]
    |> testList "Compile.PoolPass"
