module Functional.Tests.CombinatorTests

open Expecto
open Functional
open Functional.Tests.Chains

let private init shape layer = Layer.init (Key.ofInt 3) shape layer

let private paths variables = Variables.flatten variables |> List.map _.Path

[<Tests>]
let tests =
    [ testCase "branches see the same input and have their own variables" (fun () ->
          let first, second = dense 2, dense 3 --> relu
          let net = branch [ first; second ] --> concatenate -1
          let variables, shape = init [ 4 ] net
          Expect.Equal<Shape>([ 5 ], shape)

          Expect.Equal<string list>(
              [ "branch/dense/kernel"
                "branch/dense/bias"
                "branch/sequential/dense/kernel"
                "branch/sequential/dense/bias" ],
              paths variables
          )

          let x = Tensor.cast Float32 (wave [ 5; 4 ])
          let at path = variables.Parameters[$"branch/{path}"]
          let left = Tensor.matmul x (at "dense/kernel")
          let right = Tensor.relu (Tensor.matmul x (at "sequential/dense/kernel"))
          Expect.Equal(bits (Tensor.concat 1 [ left; right ]), bits (Layer.predict variables x net)))

      testCase "tensors are joined element by element" (fun () ->
          let x = wave [ 2; 3 ]
          let parts = branch [ linear; exponential; sigmoid ]

          let check (join: Layer<Tensor list, Tensor>) (f: float -> float -> float -> float) =
              let net = parts --> join
              let variables, shape = init [ 3 ] net
              Expect.Equal<Shape>([ 3 ], shape)

              let expected = Tensor.toFloat64Array x |> Array.map (fun x -> f x (exp x) (1.0 / (1.0 + exp -x)))

              let actual = Tensor.toFloat64Array (Layer.predict variables x net)
              Array.iter2 (fun (e: float) (a: float) -> Expect.Equal(e, a, 1e-12)) expected actual

          check Merge.add (fun a b c -> a + b + c)
          check Merge.multiply (fun a b c -> a * b * c)
          check Merge.average (fun a b c -> (a + b + c) / 3.0)
          check Merge.maximum (fun a b c -> max a (max b c))
          check Merge.minimum (fun a b c -> min a (min b c)))

      testCase "a residual adds its input" (fun () ->
          let net = residual (dense 4 --> relu)
          let variables, _ = init [ 4 ] net
          let x = Tensor.cast Float32 (wave [ 5; 4 ])
          let expected = x + Tensor.relu (Tensor.matmul x variables.Parameters["residual/dense/kernel"])
          Expect.Equal(bits expected, bits (Layer.predict variables x net))

          Expect.Contains(
              "residual: the layers inside must give the shape they are given, to be added to it; end them with dense of as \
               many units.\ninput       [4]\nits result  [3]",
              errorOf (fun () -> init [ 4 ] (residual (dense 3)))
          ))

      testCase "repeat makes new layers, iterate uses one again" (fun () ->
          let repeated, _ = init [ 4 ] (Layer.repeat 3 (dense 4 --> relu))
          Expect.Equal(60L, Variables.trainableCount repeated)

          Expect.Equal<string list>(
              [ "dense"; "relu"; "dense_1"; "relu_1"; "dense_2"; "relu_2" ],
              Layer.names (Layer.repeat 3 (dense 4 --> relu))
          )

          let layer = dense 4 --> tanh'
          let net = iterate 3 layer
          let variables, _ = init [ 4 ] net
          Expect.Equal(20L, Variables.trainableCount variables)
          let x = Tensor.cast Float32 (wave [ 5; 4 ])
          let step x = Tensor.tanh (Tensor.matmul x variables.Parameters["iterate/dense/kernel"])
          Expect.Equal(bits (step (step (step x))), bits (Layer.predict variables x net))
          Expect.Empty(Layer.names (Layer.repeat 0 (dense 4)))
          Expect.Contains("is not a number of copies", errorOf (fun () -> Layer.repeat -1 relu))
          Expect.Contains("is not a number of times", errorOf (fun () -> iterate 0 relu))
          Expect.Contains("to be applied again", errorOf (fun () -> init [ 4 ] (iterate 2 (dense 3)))))

      testCase "a shared layer has one set of variables for all tensors" (fun () ->
          let net = branch [ linear; relu ] --> shared (dense 2 --> batchNorm) --> concatenate -1
          let variables, shape = init [ 4 ] net
          Expect.Equal<Shape>([ 4 ], shape)
          Expect.Equal(14L, Variables.trainableCount variables)
          Expect.Contains("shared/dense/kernel", paths variables)
          let x = Tensor.cast Float32 (wave [ 5; 4 ])
          let kernel = variables.Parameters["shared/dense/kernel"]
          let one x = Tensor.matmul x kernel / sqrt 1.001
          let expected = Tensor.concat 1 [ one x; one (Tensor.relu x) ]
          Expect.True(Tensor.allClose 1e-6 1e-6 expected (Layer.predict variables x net))
          let _, after = net.Apply variables (training 1) x
          let means = [ for x in [ x; Tensor.relu x ] -> Tensor.meanOver [ 0 ] (Tensor.matmul x kernel) * 0.01 ]
          let followed = means[0] * 0.99 + means[1]
          Expect.True(Tensor.allClose 1e-6 1e-6 followed after.State["shared/batch_normalization/moving_mean"])

          Expect.Contains(
              "one layer takes samples of one shape",
              errorOf (fun () -> init [ 4 ] (branch [ dense 2; dense 3 ] --> shared relu --> Merge.add))
          ))

      testCase "iterated state passes from one time to the next" (fun () ->
          let x = Tensor.cast Float32 (wave [ 6; 3 ])
          let net = iterate 2 batchNorm
          let variables, _ = init [ 3 ] net
          let _, after = net.Apply variables (training 1) x
          let inner, _ = init [ 3 ] batchNorm
          let y, once = batchNorm.Apply inner (training 1) x
          let _, twice = batchNorm.Apply once (training 1) y

          Expect.Equal(
              bits (at "moving_mean" twice.State),
              bits after.State["iterate/batch_normalization/moving_mean"]
          ))

      testCase "what does not fit together is refused" (fun () ->
          Expect.Contains("branch: layers = [] is empty", errorOf (fun () -> branch ([]: Layer<Tensor, Tensor> list)))
          let join layer = fun () -> init [ 4; 3 ] (branch [ dense 2; permute [ 2; 1 ] ] --> layer)

          Expect.Contains(
              "the inputs differ in more than axis -1; make the other axes equal.",
              errorOf (join (concatenate -1))
          )

          Expect.Contains("layer 'add' cannot follow 'branch', which gives [4; 2], [3; 4]", errorOf (join Merge.add))
          Expect.Contains("is the batch axis", errorOf (join (concatenate 0)))

          Expect.Contains(
              "the inputs differ in their number of axes",
              errorOf (fun () -> init [ 4; 3 ] (branch [ linear; flatten ] --> Merge.add))
          ))

      testCase "freezing moves parameters to the state, and keeps their paths" (fun () ->
          law "a frozen chain has no parameters and the paths of the chain" (fun stack ->
              let chain = stack.Chain
              let frozen = freeze chain
              let variables, shape = init stack.Shape chain
              let hidden, same = init stack.Shape frozen

              let byPath variables =
                  variableBits variables |> List.map (fun (path, _, bits) -> path, bits) |> List.sort

              Tree.count hidden.Parameters = 0
              && shape = same
              && byPath hidden = byPath variables
              && Layer.names frozen = Layer.names chain
              && (frozen.Penalty hidden).IsNone))

      testCase "a frozen layer runs as outside training, and nothing changes it" (fun () ->
          law "frozen chains predict, whatever the run" (fun stack ->
              let chain = stack.Chain
              let frozen = freeze chain
              let variables, _ = init stack.Shape chain
              let hidden, _ = init stack.Shape frozen
              let x = Tensor.cast Float32 (wave (3 :: stack.Shape))
              let y, after = frozen.Apply hidden (training 5) x

              bits y = bits (Layer.predict variables x chain) && variableBits after = variableBits hidden))

      testCase "freezing a chain is freezing its layers, and freezing twice is freezing once" (fun () ->
          law "freeze (a --> b) = freeze a --> freeze b" (fun stack ->
              let frozen = freeze stack.Chain
              let apart = stack.Layers |> List.map freeze |> List.reduce (-->)
              let hidden, _ = init stack.Shape frozen
              let hiddenApart, _ = init stack.Shape apart

              frozen.Description = apart.Description
              && variableBits hidden = variableBits hiddenApart
              && (freeze frozen).Description = frozen.Description
              && variableBits (fst (init stack.Shape (freeze frozen))) = variableBits hidden))

      testCase "gradients pass through a frozen layer and stop at its parameters" (fun () ->
          let net = dense 4 --> freeze (dense 4 --> batchNorm) --> dense 1
          let variables, _ = init [ 3 ] net
          let variables = Variables.cast Float64 variables
          let x = wave [ 6; 3 ]

          let slopes =
              variables.Parameters
              |> Tree.grad (fun p -> Tensor.sum (fst (net.Apply { variables with Parameters = p } (training 1) x)))

          Expect.Equal<string list>(
              [ "dense/kernel"; "dense/bias"; "dense_2/kernel"; "dense_2/bias" ],
              Tree.flatten slopes |> List.map fst
          )

          Expect.True(Tensor.toFloat (Tensor.max (Tensor.abs slopes["dense/kernel"])) > 1e-3)
          Expect.Equal(21L, Variables.trainableCount variables)
          Expect.Equal(36L, Variables.nonTrainableCount variables))

      testCase "weights load before and after freezing" (fun () ->
          let chain = dense 4 --> relu --> batchNorm
          let trained, _ = Layer.init (Key.ofInt 9) [ 3 ] chain
          let values variables = Variables.flatten variables |> List.map (fun v -> v.Path, v.Tensor)
          let frozen = freeze chain
          let hidden = Variables.withTensors (values trained) (fst (init [ 3 ] frozen))
          let x = Tensor.cast Float32 (wave [ 5; 3 ])
          Expect.Equal(bits (Layer.predict trained x chain), bits (Layer.predict hidden x frozen))
          let back = Variables.withTensors (values hidden) (fst (init [ 3 ] chain))
          Expect.True((variableBits trained = variableBits back))) ]
    |> testList "Layers.Combinator"
