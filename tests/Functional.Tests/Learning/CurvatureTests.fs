/// Gradients of single samples, and the Hessian of a model's loss by its products; explanations by gradients.
module Functional.Tests.CurvatureTests

open Expecto
open Functional
open Functional.Tests

let private key = Key.ofInt 19
let private numbers x = Tensor.toFloat64Array x
let private ofTree tree = Tree.leaves tree |> List.map numbers |> Array.concat
let private inFloat64 layer shape = Model.cast Float64 (Model.create layer shape key)

let private options = { Fit.defaults with Loss = Loss.sparseCategoricalCrossentropy }
let private x = Random.normalOf Float64 0.0 1.0 (Key.fold 1 key) [ 6; 3 ]
let private labels = Tensor.ofInts [ 6 ] [| 0; 1; 3; 2; 2; 0 |]
let private batch = Batch.ofTensors x labels
let private classifier = inFloat64 (dense 5 --> tanh --> dense 4 --> softmax) [ 3 ]

let private row i (t: Tensor) = Tensor.sliceAxis 0 i (i + 1) 1 t

let private image = Random.normalOf Float64 0.0 1.0 (Key.fold 2 key) [ 2; 6; 6; 1 ]

let private ofImages =
    inFloat64
        (conv2D 3 (3, 3) --> Layer.named "maps" relu --> globalAveragePooling2D --> dense 4 --> softmax)
        [ 6; 6; 1 ]

let private message (action: unit -> 'T) = Expect.Throws<FunctionalException>(fun () -> action () |> ignore).Message

let private curvature =
    [ testCase "the gradient of each sample is that of a batch of it alone, and their mean that of the batch" (fun () ->
          let each = Curvature.perSampleGradients options batch classifier

          for i in 0..5 do
              let alone = Batch.ofTensors (row i x) (row i labels)
              let _, expected = Learn.lossAndGradient options alone key classifier
              Peer.agree 1e-12 $"sample {i}" (ofTree expected) (ofTree (Tree.map (fun (g: Tensor) -> g[i]) each))

          let _, whole = Learn.lossAndGradient options batch key classifier
          Peer.agree 1e-12 "mean" (ofTree whole) (ofTree (Tree.map (Tensor.meanOver [ 0 ]) each)))

      testCase "a product with the Hessian is the difference of gradients" (fun () ->
          let parameters = classifier.Variables.Parameters

          let direction =
              parameters
              |> Tree.mapi (fun path p -> Random.normalOf Float64 0.0 1.0 (Key.fold path.Length key) p.Shape)

          let found = Curvature.hessianv options batch classifier direction
          let step = 1e-5

          let gradientAt sign =
              let moved = Tree.map2 (fun p d -> p + d * (sign * step)) parameters direction
              let model = Model.withVariables { classifier.Variables with Parameters = moved } classifier
              snd (Learn.lossAndGradient options batch key model)

          let expected = Tree.map2 (fun a b -> (a - b) / (2.0 * step)) (gradientAt 1.0) (gradientAt -1.0)
          Peer.agree 1e-6 "product" (ofTree expected) (ofTree found)
          Expect.Contains("no tree like", message (fun () -> Curvature.hessianv options batch classifier Tree.empty)))

      testCase "of a linear fit the extreme eigenvalues are those of 2 X'X / n" (fun () ->
          let features =
              Random.normalOf Float64 0.0 1.0 (Key.fold 5 key) [ 40; 4 ] * tensorOf Float64 [ 1.0; 2.0; 0.5; 3.0 ]

          let model = inFloat64 (denseWith { DenseOptions.defaults with UseBias = false } 1) [ 4 ]
          let data = Batch.ofTensors features (Tensor.zerosOf Float64 [ 40; 1 ])
          let low, high = Curvature.extremeEigenvalues Fit.defaults data model

          let there =
              Peer.run
                  [ "numpy" ]
                  "v = np.linalg.eigvalsh(2 * x['x'].T @ x['x'] / len(x['x']))\ngive('v', [v[0], v[-1]])"
                  [ "x", features ]

          Peer.agree 1e-9 "eigenvalues" there["v"] [| low; high |])

      testCase "of a network they are those of the whole Hessian" (fun () ->
          let parameters = classifier.Variables.Parameters
          let vector, unravel = Tree.ravel parameters
          let product = Curvature.hessianv options batch classifier

          let whole =
              [ for i in 0 .. vector.Size - 1 ->
                    unravel (Tensor.oneHotOf Float64 vector.Size (Tensor.ofInts [] [| i |])) |> product |> ofTree ]
              |> Array.concat

          let there =
              Peer.run
                  [ "numpy" ]
                  "v = np.linalg.eigvalsh(x['h'])\ngive('v', [v[0], v[-1]])"
                  [ "h", Tensor.ofFloat64Array [ vector.Size; vector.Size ] whole ]

          let search = { LanczosOptions.defaults with Tolerance = 1e-13 }
          let low, high = Curvature.extremeEigenvaluesWith search options batch classifier
          Peer.agree 1e-8 "eigenvalues" there["v"] [| low; high |]
          Peer.agree 1e-4 "largest" [| high |] [| Curvature.largestEigenvalue options batch classifier |]) ]

let private attributions =
    [ testCase "of a linear classifier saliency is the size of its weights" (fun () ->
          let model = inFloat64 (dense 4 --> softmax) [ 3 ]
          let kernel = model.Variables.Parameters["dense/kernel"]

          for c in 0..3 do
              let found = Attribution.saliency (AttributionTarget.Class c) x model
              Expect.Equal<Shape>(x.Shape, found.Shape)

              for i in 0..5 do
                  Peer.agree 1e-12 $"class {c}" (numbers (Tensor.abs kernel[*, c])) (numbers found[i]))

      testCase "the target is the model's own answer, one class, or a class a sample" (fun () ->
          let predicted = Model.predictClasses x classifier |> Tensor.toInts |> List.ofArray
          let own = Attribution.gradients AttributionTarget.Predicted x classifier

          Expect.True(
              Tensor.allClose 0.0 1e-12 own (Attribution.gradients (AttributionTarget.Classes predicted) x classifier)
          )

          Expect.Contains(
              "none of the classes",
              message (fun () -> Attribution.saliency (AttributionTarget.Class 4) x classifier)
          )

          Expect.Contains(
              "number of samples",
              message (fun () -> Attribution.saliency (AttributionTarget.Classes [ 1 ]) x classifier)
          ))

      law "integrated gradients add up to the score above that of the baseline" (fun (seed: int) ->
          let at i = Random.normalOf Float64 0.0 1.0 (Key.fold i (Key.ofInt seed)) [ 4; 3 ]
          let baseline = (at 2)[0]
          let target = AttributionTarget.Classes [ 0; 3; 1; 2 ]
          let options: IntegratedGradientsOptions = { Baseline = Some baseline; Steps = 400 }
          let found = Attribution.integratedGradientsWith options target (at 1) classifier
          let score x = Attribution.scores target x classifier
          let expected = score (at 1) - score (Tensor.broadcastTo [ 4; 3 ] baseline)
          Peer.agree 1e-3 "completeness" (numbers expected) (numbers (Tensor.sumOver [ -1 ] found)))

      testCase "of a linear model integrated gradients are weight times input, at any number of points" (fun () ->
          let model = inFloat64 (dense 4) [ 3 ]
          let kernel = model.Variables.Parameters["dense/kernel"]
          let options = { IntegratedGradientsOptions.defaults with Steps = 1 }
          let found = Attribution.integratedGradientsWith options (AttributionTarget.Class 2) x model
          Peer.agree 1e-12 "products" (numbers (x * kernel[*, 2])) (numbers found))

      testCase "behind an average over places Grad-CAM is the class's mixture of feature maps" (fun () ->
          let maps = Model.predict image (Model.upTo "maps" ofImages)
          let kernel = ofImages.Variables.Parameters["dense/kernel"]

          for c in 0..3 do
              let places = float (maps.Shape[1] * maps.Shape[2])
              let expected = Tensor.relu (Tensor.sumOver [ -1 ] (maps * kernel[*, c] / places))
              let found = Attribution.gradCam "maps" (AttributionTarget.Class c) image ofImages
              Expect.Equal<Shape>([ 2; 4; 4 ], found.Shape)
              Peer.agree 1e-12 $"class {c}" (numbers expected) (numbers found)

          Expect.Contains(
              "no places",
              message (fun () -> Attribution.gradCam "dense" AttributionTarget.Predicted image ofImages)
          )) ]

[<Tests>]
let tests = testList "Learning.Curvature" (curvature @ attributions)
