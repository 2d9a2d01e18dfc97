module Functional.Tests.DenseTests

open Expecto
open Functional
open Functional.Tests.Chains

[<Tests>]
let tests =
    [ testCase "dense multiplies by the kernel and adds the bias" (fun () ->
          let layer = denseWith { DenseOptions.defaults with BiasInitializer = Initializer.constant 0.5 } 4
          let variables, shape = Layer.init (Key.ofInt 1) [ 3 ] layer
          Expect.Equal<Shape>([ 4 ], shape)
          Expect.Equal<Shape>([ 3; 4 ], (at "kernel" variables.Parameters).Shape)
          let x = Tensor.cast Float32 (wave [ 5; 3 ])
          let expected = Tensor.matmul x (at "kernel" variables.Parameters) + 0.5
          Expect.Equal(bits expected, bits (Layer.predict variables x layer)))

      testTheory "dense works on the last axis of any shape" [ 0; 1; 2 ] (fun (more: int) ->
          let sample = List.replicate more 2 @ [ 3 ]
          let variables, shape = Layer.init (Key.ofInt 1) sample (dense 4)
          let variables = Variables.cast Float64 variables
          Expect.Equal<Shape>(List.replicate more 2 @ [ 4 ], shape)
          let x = wave (5 :: sample)
          let rows = Tensor.reshape [ -1; 3 ] x
          let expected = Tensor.matmul rows (at "kernel" variables.Parameters) |> Tensor.reshape (5 :: shape)
          Expect.True(Tensor.allClose 1e-12 1e-12 expected (Layer.predict variables x (dense 4))))

      testCase "one row without a batch axis will do" (fun () ->
          let variables, _ = Layer.init (Key.ofInt 1) [ 3 ] (dense 4)
          let x = Tensor.cast Float32 (wave [ 5; 3 ])
          let together = Layer.predict variables x (dense 4)
          let apart = vmap (fun x -> Layer.predict variables x (dense 4)) x
          Expect.True(Tensor.allClose 1e-6 1e-6 together apart))

      testCase "integers are cast, in prediction and in training" (fun () ->
          let counts = tensor [ [ 1; 2; 3 ]; [ 4; 5; 6 ] ]
          let model = Model.create (dense 2 --> softmax) [ 3 ] (Key.ofInt 1)
          let asFloats = Model.predict (Tensor.cast Float32 counts) model
          Expect.Equal(bits asFloats, bits (Model.predict counts model))
          let options = { Fit.defaults with Loss = Loss.sparseCategoricalCrossentropy }

          let fit features =
              (Learn.fitModel options model (Dataset.ofTensors features (tensor [ 0; 1 ])) (Key.ofInt 2)).Model

          let kernel (model: Model) = bits (Model.variables model).Parameters["dense/kernel"]
          Expect.Equal(kernel (fit (Tensor.cast Float32 counts)), kernel (fit counts)))

      testCase "dense without a bias has none" (fun () ->
          let variables, _ =
              Layer.init (Key.ofInt 1) [ 3 ] (denseWith { DenseOptions.defaults with UseBias = false } 4)

          Expect.Equal<string list>([ "dense/kernel" ], Variables.flatten variables |> List.map _.Path))

      testCase "an activation may stand inside" (fun () ->
          let inside = denseWith { DenseOptions.defaults with Activation = Some tanh' } 4
          let variables, _ = Layer.init (Key.ofInt 1) [ 3 ] inside
          let x = Tensor.cast Float32 (wave [ 5; 3 ])
          let expected = Tensor.tanh (Layer.predict variables x (dense 4))
          Expect.Equal(bits expected, bits (Layer.predict variables x inside)))

      testCase "regularizers cost what they say" (fun () ->
          let options =
              { DenseOptions.defaults with
                  KernelRegularizer = Some(Regularizer.l2 0.1)
                  BiasRegularizer = Some(Regularizer.l1 0.2)
                  BiasInitializer = Initializer.constant -3.0 }

          let net = denseWith options 4 --> relu --> denseWith { options with BiasRegularizer = None } 2
          let variables, _ = Layer.init (Key.ofInt 1) [ 3 ] net
          let squares path = Tensor.toFloat (Tensor.sum (Tensor.square variables.Parameters[path]))
          let expected = 0.1 * squares "dense/kernel" + 0.2 * 12.0 + 0.1 * squares "dense_1/kernel"
          Expect.Equal(expected, Tensor.toFloat (net.Penalty variables).Value, 1e-5)
          Expect.True((dense 3 --> relu).Penalty(fst (Layer.init (Key.ofInt 1) [ 3 ] (dense 3 --> relu))).IsNone)

          Expect.Equal(
              0.3 * 5.0 + 0.5 * 13.0,
              Tensor.toFloat ((Regularizer.l1l2 0.3 0.5).Penalty(tensor [ -2.0; 3.0 ])),
              1e-5
          ))

      testCase "dense says what it does not take" (fun () ->
          Expect.Equal("dense: units = 0 is not a number of outputs; give 1 or more.", errorOf (fun () -> dense 0))
          Expect.Equal("dense: units = -3 is not a number of outputs; give 1 or more.", errorOf (fun () -> dense -3))

          Expect.Contains(
              "a sample is a number, but dense takes rows of features",
              errorOf (fun () -> Layer.init (Key.ofInt 1) [] (dense 3))
          )

          let variables, _ = Layer.init (Key.ofInt 1) [ 3 ] (dense 4)

          Expect.Equal(
              "dense: the kernel takes 3 features along the input's last axis; give it as many, or build the layer anew.\n\
               input   [2; 5]\nkernel  [3; 4]",
              errorOf (fun () -> Layer.predict variables (Tensor.ones [ 2; 5 ]) (dense 4))
          )

          let withActivation activation = denseWith { DenseOptions.defaults with Activation = Some activation } 3

          Expect.Contains(
              "'prelu' has variables of its own; put it behind: dense units --> activation.",
              errorOf (fun () -> Layer.init (Key.ofInt 1) [ 3 ] (withActivation prelu))
          )

          Expect.Contains("is made of other layers", errorOf (fun () -> withActivation (relu --> tanh')))
          Expect.Contains("l2: weight = -1 is not a weight", errorOf (fun () -> Regularizer.l2 -1.0))) ]
    |> testList "Layers.Dense"
