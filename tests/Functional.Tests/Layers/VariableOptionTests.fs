/// Initializers, regularizers and constraints of parameters, and penalties on results.
module Functional.Tests.VariableOptionTests

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open Functional
open Functional.Tests.Chains
open Functional.Tests.Training

/// The largest difference of two tensors of one shape.
let private distance (a: Tensor) (b: Tensor) =
    Expect.Equal<Shape>(a.Shape, b.Shape)
    Tensor.toFloat (Tensor.max (Tensor.abs (Tensor.cast Float64 a - Tensor.cast Float64 b)))

let private close (a: Tensor) (b: Tensor) = Expect.True(distance a b < 1e-12, $"{a} differs from {b}")

let private rowsOf (x: Tensor) = Tensor.toFloat64Array x

let private constraints =
    [ Constraint.maxNorm 1.5
      Constraint.maxNormOver [ 0; 1 ] 0.5
      Constraint.nonNeg
      Constraint.unitNorm
      Constraint.unitNormOver [ -1 ]
      Constraint.minMaxNorm 0.5 0.75
      Constraint.minMaxNormOver [ 1 ] 0.25 0.5 0.75 ]

/// What the definitions in Keras's documentation give.
let private script =
    """
e = 1e-7
def norms(w, axes): return np.sqrt(np.sum(np.square(w), axis=axes, keepdims=True))
w = x['w']
n = norms(w, 0); give('0', w * (np.clip(n, 0, 1.5) / (e + n)))
n = norms(w, (0, 1)); give('1', w * (np.clip(n, 0, 0.5) / (e + n)))
give('2', w * (w >= 0))
give('3', w / (e + norms(w, 0)))
give('4', w / (e + norms(w, -1)))
n = norms(w, 0); give('5', w * (np.clip(n, 0.5, 0.75) / (e + n)))
n = norms(w, 1); give('6', w * ((0.25 * np.clip(n, 0.5, 0.75) + 0.75 * n) / (e + n)))
"""

let private ones = Initializer.ones

/// A layer of each kind that has variables with options, all of them within a constraint that changes them, and a sample's
/// shape.
let private constrained: (Layer<Tensor, Tensor> * Shape) list =
    let limit = Some(Constraint.maxNormOver [ -1 ] 0.5)

    let recurrent =
        { RecurrentOptions.defaults with
            KernelConstraint = limit
            RecurrentConstraint = limit
            BiasConstraint = limit
            BiasInitializer = ones }

    [ denseWith
          { DenseOptions.defaults with
              KernelConstraint = limit
              BiasConstraint = limit
              BiasInitializer = ones }
          3,
      [ 4 ]
      conv1DWith
          { Conv1DOptions.defaults with
              KernelConstraint = limit
              BiasConstraint = limit
              BiasInitializer = ones }
          3
          2,
      [ 5; 2 ]
      conv2DWith
          { Conv2DOptions.defaults with
              KernelConstraint = limit
              BiasConstraint = limit
              BiasInitializer = ones }
          3
          (2, 2),
      [ 5; 4; 2 ]
      depthwiseConv2DWith
          { DepthwiseConv2DOptions.defaults with
              DepthwiseConstraint = limit
              DepthwiseInitializer = ones
              BiasConstraint = limit
              BiasInitializer = ones }
          (2, 2),
      [ 5; 4; 2 ]
      conv2DTransposeWith
          { Conv2DTransposeOptions.defaults with
              KernelConstraint = limit
              KernelInitializer = ones
              BiasConstraint = limit
              BiasInitializer = ones }
          3
          (2, 2),
      [ 5; 4; 2 ]
      simpleRnnWith recurrent 3, [ 5; 2 ]
      lstmWith recurrent 3, [ 5; 2 ]
      gruWith recurrent 3, [ 5; 2 ]
      embeddingWith { EmbeddingOptions.defaults with EmbeddingsInitializer = ones; EmbeddingsConstraint = limit } 5 2,
      [ 3 ]
      preluWith { PReluOptions.defaults with AlphaInitializer = ones; AlphaConstraint = limit }, [ 4 ] ]

let private longest (x: Tensor) = Tensor.toFloat (Tensor.max (Tensor.normOver [ -1 ] x))

/// Layers around others.
let private wrappers: (Layer<Tensor, Tensor> -> Layer<Tensor, Tensor>) list =
    [ id
      Layer.named "block"
      fun layer -> linear --> layer --> linear
      fun layer -> branch [ layer; layer ] --> concatenate -1
      residual
      iterate 2
      fun layer -> branch [ linear; linear ] --> shared layer --> Merge.add ]

/// The loss of a step on this layer, before the update.
let private lossOf (layer: Layer<Tensor, Tensor>) (x: Tensor) (y: Tensor) variables =
    let model = Model.create layer x.Shape.Tail (Key.ofInt 1) |> Model.withVariables variables
    let options = { Fit.defaults with Loss = Loss.meanSquaredError }
    (Learn.evaluate options (Dataset.ofTensors x y) model).Loss.Value

[<Tests>]
let tests =
    [ testCase "constraints are those of Keras" (fun () ->
          let w = wave [ 5; 3 ]
          let there = Peer.run [] script [ "w", w ]

          for i, limits in List.indexed constraints do
              Peer.agree 1e-12 limits.Name there[string i] (rowsOf (limits.Apply w)))

      testCase "a constraint of zeros changes nothing, and none gives NaN" (fun () ->
          for limits in constraints do
              let zeros = Tensor.zerosOf Float64 [ 4; 3 ]
              close zeros (limits.Apply zeros))

      testCase "constraints come back from their settings" (fun () ->
          for limits in constraints do
              let back = Constraint.ofSetting (Constraint.toSetting limits)
              Expect.Equal((limits.Name, limits.Settings), (back.Name, back.Settings))
              close (limits.Apply(wave [ 4; 3 ])) (back.Apply(wave [ 4; 3 ])))

      testCase "wrong constraints are refused" (fun () ->
          Expect.Contains("limit = -1 is not a norm", errorOf (fun () -> Constraint.maxNorm -1.0))
          Expect.Contains("axes = [] is empty", errorOf (fun () -> Constraint.unitNormOver []))
          Expect.Contains("low = 2 is above high = 1", errorOf (fun () -> Constraint.minMaxNorm 2.0 1.0))
          Expect.Contains("rate = 0 is not a share", errorOf (fun () -> Constraint.minMaxNormOver [ 0 ] 0.0 0.0 1.0))
          Expect.Contains("'max' is not a constraint of Keras", errorOf (fun () -> Constraint.ofName "max")))

      testCase "every variable of every layer has its constraint" (fun () ->
          for layer, sample in constrained do
              let variables = fst (Layer.init (Key.ofInt 1) sample layer)
              let limited = Layer.constrain variables layer

              for before, after in List.zip (Variables.flatten variables) (Variables.flatten limited) do
                  let what = $"{layer} {before.Path}: {longest before.Tensor} became {longest after.Tensor}"
                  Expect.True(longest after.Tensor <= 0.5 + 1e-6, what)

                  close ((Constraint.maxNormOver [ -1 ] 0.5).Apply before.Tensor) after.Tensor)

      testCase "constrained layers come back from their descriptions" (fun () ->
          for layer, sample in constrained do
              let back = layer.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.build
              Expect.Equal(layer.Description, back.Description)
              let variables = fst (Layer.init (Key.ofInt 1) sample layer)

              Expect.True(
                  (variableBits (Layer.constrain variables layer) = variableBits (Layer.constrain variables back))
              ))

      testCase "constraints reach into layers of layers, and not into frozen ones" (fun () ->
          let inner = denseWith { DenseOptions.defaults with KernelConstraint = Some Constraint.nonNeg } 4

          for wrap in wrappers do
              let layer = wrap inner
              let variables = fst (Layer.init (Key.ofInt 1) [ 4 ] layer)

              let least v =
                  v |> Variables.flatten |> List.map (fun v -> Tensor.toFloat (Tensor.min v.Tensor)) |> List.min

              Expect.True(least variables < 0.0)
              Expect.True(least (Layer.constrain variables layer) >= 0.0)
              let frozen = freeze layer
              let variables = fst (Layer.init (Key.ofInt 1) [ 4 ] frozen)
              Expect.True((variableBits variables = variableBits (Layer.constrain variables frozen)))

          let sequences =
              bidirectional (lstmWith { RecurrentOptions.defaults with KernelConstraint = Some Constraint.nonNeg } 2)

          let variables = fst (Layer.init (Key.ofInt 1) [ 3; 2 ] sequences)

          for path, kernel in Tree.flatten (Layer.constrain variables sequences).Parameters do
              if lastName path = "kernel" then
                  Expect.True(Tensor.toFloat (Tensor.min kernel) >= 0.0))

      testCase "a step is the optimizer's update, then the constraint" (fun () ->
          let limits = Constraint.maxNorm 0.6

          let layer limits =
              denseWith { DenseOptions.defaults with KernelConstraint = limits } 3 --> softmax

          let fit = { options with Optimizer = Optimizer.sgd 0.5; Metrics = [] }

          let after limits =
              let trainer = Trainer.create fit (Model.create (layer limits) [ 2 ] (Key.ofInt 1)) (Key.ofInt 2)
              trainer.TrainOnBatch(Batch.ofDataset train) |> ignore
              trainer.Model.Variables.Parameters

          let free, limited = after None, after (Some limits)
          Expect.True(distance free["dense/kernel"] limited["dense/kernel"] > 0.01)
          let expected = limits.Apply free["dense/kernel"]
          Expect.True(distance expected limited["dense/kernel"] < 1e-6)
          Expect.Equal(bits free["dense/bias"], bits limited["dense/bias"]))

      testCase "fit keeps the constraint in every epoch" (fun () ->
          let net =
              denseWith { DenseOptions.defaults with KernelConstraint = Some Constraint.nonNeg } 3 --> softmax

          let seen = ResizeArray<float>()

          let watch =
              Callback.onEpochEnd (fun moment ->
                  seen.Add(Tensor.toFloat (Tensor.min moment.Model.Variables.Parameters["dense/kernel"]))
                  [])

          Learn.fit { options with Callbacks = [ watch ] } net train (Key.ofInt 3) |> ignore
          Expect.Equal(options.Epochs, seen.Count)
          Expect.All(seen, fun least -> Expect.True(least >= 0.0)))

      testCase "a step of one's own keeps the constraint that it is given" (fun () ->
          let layer = denseWith { DenseOptions.defaults with KernelConstraint = Some Constraint.nonNeg } 3

          let step =
              Step.create (Optimizer.sgd 0.1) (fun variables _ batch ->
                  Tensor.mean (Tensor.square (Layer.predict variables batch.Features layer + 5.0)))
              |> Step.withConstraint (fun updated -> Layer.constrain updated layer)

          let model = Model.create layer [ 2 ] (Key.ofInt 1)
          let loop = TrainingLoop.create [ step ] model.Variables (Key.ofInt 2)

          for _ in 1..5 do
              loop.Run(step, Batch.ofDataset train) |> ignore

          Expect.True(Tensor.toFloat (Tensor.min loop.Variables.Parameters["dense/kernel"]) >= 0.0))

      testCase "an activity regularizer adds its penalty on the results to the loss" (fun () ->
          let cost = Regularizer.l1l2 0.1 0.2

          let layers =
              let dense activation =
                  denseWith { DenseOptions.defaults with Activation = activation; ActivityRegularizer = Some cost } 4

              [ for wrap in wrappers do
                    wrap (dense None), [ 4 ]
                dense (Some relu), [ 4 ]
                dense (Some softmax), [ 4 ]
                timeDistributed (dense (Some tanh')), [ 3; 4 ]
                conv1DWith { Conv1DOptions.defaults with ActivityRegularizer = Some cost } 4 2, [ 3; 4 ]
                bidirectionalWith
                    MergeMode.Sum
                    (gruWith { RecurrentOptions.defaults with ActivityRegularizer = Some cost } 4),
                [ 3; 4 ] ]

          for layer, sample in layers do
              let x = Tensor.cast Float32 (wave (5 :: sample))
              let variables = fst (Layer.init (Key.ofInt 1) sample layer)
              let y, after = layer.Apply variables resting x
              Expect.False(after.Losses.IsEmpty, $"{layer} adds nothing")
              let expected = Tensor.toFloat (Tensor.mean (Tensor.square y)) + List.sumBy Tensor.toFloat after.Losses
              let found = lossOf layer x (Tensor.zerosLike y) variables
              Expect.Equal(expected, found, 1e-4 * abs expected))

      testCase "the penalty of an activity regularizer is that of the result, and is summed over uses" (fun () ->
          let cost = Regularizer.l2 0.3

          let layer activation =
              denseWith { DenseOptions.defaults with Activation = activation; ActivityRegularizer = Some cost } 4

          let x = wave [ 5; 4 ]

          for activation in [ None; Some relu; Some softmax ] do
              let one = layer activation
              let variables = fst (Layer.init (Key.ofInt 1) [ 4 ] one) |> Variables.cast Float64
              let y, after = one.Apply variables resting x
              close (cost.Penalty y) (List.exactlyOne after.Losses)

          let twice = iterate 2 (layer None)
          let variables = fst (Layer.init (Key.ofInt 1) [ 4 ] twice) |> Variables.cast Float64
          let inner = Variables.part "iterate" variables
          let first = Layer.predict inner x (layer None)
          let second, after = twice.Apply variables resting x
          close (cost.Penalty first + cost.Penalty second) (List.reduce (+) after.Losses))

      testCase "the activity penalty of a layer that gives its states is on all that it gives, as in Keras" (fun () ->
          let cost = Regularizer.l2 0.5

          let layer = lstmWithState { RecurrentOptions.defaults with ActivityRegularizer = Some cost } 2

          let variables = fst (Layer.initMany (Key.ofInt 1) [ [ 4; 3 ] ] layer)
          let ys, after = layer.Apply variables (training 1) [ Tensor.cast Float32 (wave [ 2; 4; 3 ]) ]
          Expect.Equal(3, ys.Length)
          close (ys |> List.map cost.Penalty |> List.reduce (+)) (List.reduce (+) after.Losses))

      testCase "training goes along the gradient of the activity penalty" (fun () ->
          let layer = denseWith { DenseOptions.defaults with ActivityRegularizer = Some(Regularizer.l2 0.5) } 2
          let model = Model.create layer [ 3 ] (Key.ofInt 1)
          let x, y = Tensor.cast Float32 (wave [ 6; 3 ]), Tensor.zeros [ 6; 2 ]
          let fit = { Fit.defaults with Optimizer = Optimizer.sgd 0.1; Loss = Loss.meanSquaredError }
          let trainer = Trainer.create fit model (Key.ofInt 2)
          trainer.TrainOnBatch { Inputs = [ x ]; Labels = [ y ]; Weights = [] } |> ignore

          let loss parameters =
              let output = Layer.predict { model.Variables with Parameters = parameters } x layer
              Tensor.mean (Tensor.square output) + Tensor.sum (Tensor.square output) * 0.5

          let slope = Tree.grad loss model.Variables.Parameters
          let expected = Tree.map2 (fun (p: Tensor) (g: Tensor) -> p - g * 0.1) model.Variables.Parameters slope

          for (path, e), (_, found) in
              List.zip (Tree.flatten expected) (Tree.flatten trainer.Model.Variables.Parameters) do
              Expect.True(distance e found < 1e-5, $"{path}: {e} and {found}"))

      testCase "a frozen layer adds no penalty on its results" (fun () ->
          let layer =
              freeze (denseWith { DenseOptions.defaults with ActivityRegularizer = Some(Regularizer.l2 0.5) } 2)

          let variables = fst (Layer.init (Key.ofInt 1) [ 3 ] layer)
          let _, after = layer.Apply variables (training 1) (Tensor.ones [ 2; 3 ])
          Expect.True after.Losses.IsEmpty)

      testCase "a layer of one's own adds to the loss" (fun () ->
          let divergence =
              Layer.makeWith "divergence" (fun _ shape -> Variables.none, shape) (fun variables _ x ->
                  x, { variables with Losses = [ Tensor.sum (Tensor.square x) * 0.5 ] })

          let layer = dense 2 --> divergence
          let x = Tensor.cast Float32 (wave [ 3; 2 ])
          let variables = fst (Layer.init (Key.ofInt 1) [ 2 ] layer)
          let y = Layer.predict variables x layer
          let squares = Tensor.toFloat (Tensor.sum (Tensor.square y))
          Expect.Equal(squares / 6.0 + squares * 0.5, lossOf layer x (Tensor.zerosLike y) variables, 1e-4))

      testCase "a tensor is an initializer" (fun () ->
          let values = Tensor.ofArray [ 2; 3 ] [| 1f; 2f; 3f; 4f; 5f; 0.1f |]
          let initializer = Initializer.ofTensor values
          Expect.Equal(bits values, bits (initializer.Draw (Key.ofInt 1) [ 2; 3 ]))
          let layer = denseWith { DenseOptions.defaults with KernelInitializer = initializer } 3
          let back = layer.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.build
          Expect.Equal(layer.Description, back.Description)
          let kernel = (fst (Layer.init (Key.ofInt 1) [ 2 ] back)).Parameters["dense/kernel"]
          Expect.Equal(bits values, bits kernel)
          let rows = Initializer.ofTensor (Tensor.ofArray [ 3 ] [| 1f; 2f; 3f |])
          Expect.Equal<float[]>([| 1.0; 2.0; 3.0; 1.0; 2.0; 3.0 |], rowsOf (rows.Draw (Key.ofInt 1) [ 2; 3 ]))
          Expect.Contains("[4]", errorOf (fun () -> initializer.Draw (Key.ofInt 1) [ 4 ])))

      testCase "fans along axes" (fun () ->
          let shape =
              gen {
                  let! rank = Gen.choose (1, 4)
                  return! Gen.listOfLength rank (Gen.choose (1, 9))
              }

          Law.check
              "fans along the last two axes are those of convolutions"
              (Prop.forAll (Arb.fromGen shape) (fun shape ->
                  shape.Length < 2 || Initializer.fans shape = Initializer.fansOver [ -2 ] [ -1 ] shape))

          Expect.Equal((512L, 512L), Initializer.fansOver [ 0 ] [ 1; 2 ] [ 512; 8; 64 ])

          Expect.Contains(
              "axis = 1 is one of inputs and of outputs",
              errorOf (fun () -> Initializer.fansOver [ 1 ] [ 1 ] [ 2; 3 ])
          )

          let scaling =
              Initializer.varianceScalingOver [ 0 ] [ 1; 2 ] 2.0 FanMode.FanOut InitialDistribution.Uniform

          let values = rowsOf (scaling.Draw (Key.ofInt 3) [ 50; 20; 30 ])
          Expect.Equal(sqrt (2.0 / 600.0), sqrt (Array.averageBy (fun v -> v * v) values), 1e-3)
          let back = Initializer.ofSetting (Initializer.toSetting scaling)
          Expect.Equal<float[]>(values, rowsOf (back.Draw (Key.ofInt 3) [ 50; 20; 30 ])))

      testCase "the orthogonal regularizer costs nothing where vectors are orthogonal" (fun () ->
          for mode in [ OrthogonalMode.Rows; OrthogonalMode.Columns ] do
              let cost = Regularizer.orthogonal 0.7 mode
              let back = Regularizer.ofSetting (Regularizer.toSetting cost)
              let square = Tensor.cast Float64 ((Initializer.orthogonal 3.0).Draw (Key.ofInt 1) [ 4; 4 ])
              Expect.Equal(0.0, Tensor.toFloat (cost.Penalty square), 1e-6)
              Expect.Equal(0.7, Tensor.toFloat (cost.Penalty(Tensor.onesOf Float64 [ 3; 3 ])), 1e-12)
              let x = wave [ 4; 3 ]
              close (cost.Penalty x) (back.Penalty x)
              Expect.Contains("must be a matrix", errorOf (fun () -> cost.Penalty(Tensor.ones [ 3 ])))

          let rows, columns =
              Regularizer.orthogonal 0.7 OrthogonalMode.Rows, Regularizer.orthogonal 0.7 OrthogonalMode.Columns

          close (rows.Penalty(wave [ 4; 3 ])) (columns.Penalty(Tensor.transpose (wave [ 4; 3 ]))))

      testCase "options of variables have names" (fun () ->
          let layer =
              Layer.ofName
                  "Dense"
                  [ "units", Setting.Whole 3
                    "kernel_initializer", Setting.Text "HeNormal"
                    "bias_initializer", Setting.Text "ones"
                    "kernel_regularizer", Setting.Text "l2"
                    "kernel_constraint", Setting.Text "max_norm"
                    "activity_regularizer", Setting.Text "l1" ]

          let expected =
              denseWith
                  { DenseOptions.defaults with
                      KernelInitializer = Initializer.heNormal
                      BiasInitializer = Initializer.ones
                      KernelRegularizer = Some(Regularizer.l2 0.01)
                      KernelConstraint = Some(Constraint.maxNorm 2.0)
                      ActivityRegularizer = Some(Regularizer.l1 0.01) }
                  3

          Expect.True((Map.ofList expected.Description.Settings = Map.ofList layer.Description.Settings))
          let draw (name: string) = rowsOf ((Initializer.ofName name).Draw (Key.ofInt 1) [ 6; 6 ])

          for name in [ "zeros"; "GlorotUniform"; "he_normal"; "Orthogonal"; "identity"; "RandomUniform" ] do
              let again = Initializer.ofSetting (Initializer.toSetting (Initializer.ofName name))
              Expect.Equal<float[]>(draw name, rowsOf (again.Draw (Key.ofInt 1) [ 6; 6 ]))) ]
    |> testList "Layers.VariableOptions"
