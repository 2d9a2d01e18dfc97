/// Models as data: their layers, parts of them, graphs of layers, and weights by path.
module Functional.Tests.ModelPartsTests

open System.IO
open Expecto
open Functional
open Functional.Tests.Chains

let private encoder = Layer.named "encoder" (dense 6 --> relu --> dense 2)

let private decoder = Layer.named "decoder" (dense 6 --> relu --> dense 8 --> sigmoid)

let private autoencoder () = Model.create (encoder --> decoder) [ 8 ] (Key.ofInt 1)

let private x = Tensor.cast Float32 (wave [ 5; 8 ])

let private predict x model = Model.predictAll [ x ] model |> List.exactlyOne

let private images () =
    let net =
        conv2DWith { Conv2DOptions.defaults with Activation = Some relu } 4 (3, 3)
        --> Layer.named "block" (conv2D 3 (2, 2) --> relu)
        --> residual (conv2D 3 (1, 1) --> tanh')
        --> flatten
        --> dense 2

    Model.create net [ 6; 6; 1 ] (Key.ofInt 2)

/// Numbers and categories joined, with two outputs.
let private joined () =
    let net =
        Network.graph [ "ids", [ 4 ]; "numbers", [ 3 ] ] (fun inputs ->
            let text = inputs["ids"] --> embedding 10 5 --> lstm 6
            let all = [ text; inputs["numbers"] --> dense 4 --> relu ] --> concatenate -1
            [ "price", all --> dense 1; "sold", all --> dense 1 --> sigmoid ])

    Model.ofGraph net (Key.ofInt 3)

let private ids = Tensor.ofInts [ 2; 4 ] [| 1; 2; 3; 4; 9; 8; 7; 0 |]

let private numbers = Tensor.cast Float32 (wave [ 2; 3 ])

let private sameWeights (a: Model) (b: Model) =
    let seen model =
        Model.weights model |> List.map (fun (path, x) -> path, bits x) |> List.sortBy fst

    seen a = seen b

[<Tests>]
let tests =
    [ testCase "the layers of a model in order, by path and by kind" (fun () ->
          let model = images ()
          let paths layers = layers |> List.map (fun (l: LayerInfo) -> l.Path)

          Expect.Equal<string list>([ "conv2d"; "block"; "residual"; "flatten"; "dense" ], paths (Model.layers model))

          Expect.Equal<string list>(
              [ "conv2d"; "block/conv2d"; "residual/conv2d" ],
              paths (Model.layersOfKind "conv2d" model)
          )

          let block = Model.layer "block/conv2d" model
          Expect.Equal<Shape>([ 3; 3; 3 ], block.OutputShape)
          Expect.Equal(51L, block.Parameters)
          Expect.Contains("there are conv2d, block, block/conv2d", errorOf (fun () -> Model.layer "conv9" model)))

      testCase "encoder, decoder and autoencoder are three models over one set of weights" (fun () ->
          let model = autoencoder ()
          let encode, decode = Model.part "encoder" model, Model.part "decoder" model
          Expect.Equal(bits (predict x model), bits (predict (predict x encode) decode))
          Expect.Equal(bits (predict x encode), bits (predict x (Model.upTo "encoder" model)))
          Expect.Equal<Shape>([ 2 ], decode.InputShape)

          Expect.Equal<string list>(
              [ "dense/kernel"; "dense/bias"; "dense_1/kernel"; "dense_1/bias" ],
              Model.weights encode |> List.map fst
          )

          Expect.Contains("the layers there are encoder, decoder", errorOf (fun () -> Model.part "head" model)))

      testCase "a layer by itself is a part, too" (fun () ->
          let model = autoencoder ()
          let first = Model.part "encoder/dense" model
          Expect.Equal<Shape>([ 6 ], first.OutputShape)
          Expect.Equal<string list>([ "dense/kernel"; "dense/bias" ], Model.weights first |> List.map fst)
          Expect.Equal(bits (predict x (Model.upTo "encoder/dense" model)), bits (predict x first)))

      testCase "feature maps: the results of several inner layers at once" (fun () ->
          let model = images ()
          let image = Tensor.cast Float32 (wave [ 2; 6; 6; 1 ])

          let maps =
              model
              |> Model.outputs [ "conv2d"; "block/conv2d"; "block"; "residual/conv2d"; "residual" ]
              |> Model.predictAll [ image ]

          let one path = Model.upTo path model |> predict image
          let direct = Model.part "conv2d" model |> predict image
          Expect.Equal(bits direct, bits maps[0])
          Expect.Equal(bits (Tensor.relu maps[1]), bits maps[2])
          Expect.Equal(bits (maps[2] + Tensor.tanh maps[3]), bits maps[4])

          for path, map in List.zip [ "conv2d"; "block/conv2d"; "block"; "residual/conv2d"; "residual" ] maps do
              Expect.Equal(bits (one path), bits map)

          Expect.Contains(
              "'block/conv9' is not that of a layer here; the layers there are conv2d, relu",
              errorOf (fun () -> Model.outputs [ "block/conv9" ] model)
          ))

      testCase "outputs of inner layers are those of a chain cut behind them" (fun () ->
          Law.check "the model up to a layer gives what the layers before it give" (fun (seed: int) ->
              let layers = [ dense 3; relu; Layer.named "block" (dense 4 --> tanh'); batchNorm; dense 2 ]
              let model = Model.create (List.reduce (-->) layers) [ 8 ] (Key.ofInt seed)

              List.zip (Layer.names model.Layer) [ 1 .. layers.Length ]
              |> List.forall (fun (name, n) ->
                  let cut = Model.create (List.reduce (-->) (List.take n layers)) [ 8 ] (Key.ofInt seed)
                  let upTo = Model.upTo name model
                  sameWeights cut upTo && bits (predict x cut) = bits (predict x upTo))))

      testCase "two inputs are joined, and give two outputs" (fun () ->
          let model = joined ()
          Expect.Equal<string list>([ "ids"; "numbers" ], model.InputNames)
          Expect.Equal<string list>([ "price"; "sold" ], model.OutputNames)
          let w = dict (Model.weights model)

          match Model.predictAll [ ids; numbers ] model with
          | [ price; sold ] ->
              let text = Model.outputs [ "lstm" ] model |> Model.predictAll [ ids; numbers ] |> List.exactlyOne

              let left = Tensor.relu (Tensor.matmul numbers w["dense/kernel"] + w["dense/bias"])
              let all = Tensor.concat 1 [ text; left ]
              let head name = Tensor.matmul all w[$"{name}/kernel"] + w[$"{name}/bias"]
              Expect.True(Tensor.allClose 1e-6 1e-6 (head "dense_1") price)
              Expect.True(Tensor.allClose 1e-6 1e-6 (Tensor.sigmoid (head "dense_2")) sold)
          | outputs -> Expect.Equal(2, outputs.Length)

          Expect.Equal<string option list>([ None; Some "sigmoid" ], Network.endings model.Network)

          Expect.Contains(
              "inputs = 1 is not the number of tensors that the model takes, which is 2: ids, numbers.",
              errorOf (fun () -> Model.predictAll [ ids ] model)
          ))

      testCase "outputs come as logits where they are asked for" (fun () ->
          let model = joined ()
          let run = Run.training (Key.ofInt 1)

          let of' flags =
              Network.applyLogits flags model.Variables run [ ids; numbers ] model.Network |> fst

          let plain, logits = of' [], of' [ true; true ]
          Expect.Equal(bits plain[0], bits logits[0])
          Expect.Equal(bits plain[1], bits (Tensor.sigmoid logits[1]))
          let last = of' [ true; false ] |> List.last
          Expect.Equal(bits plain[1], bits last))

      testCase "a siamese pair shares its weights" (fun () ->
          let tower = Layer.withSharedWeights (dense 4 --> tanh')

          let net =
              Network.graph [ "left", [ 3 ]; "right", [ 3 ] ] (fun inputs ->
                  let a, b = inputs["left"] --> tower, inputs["right"] --> tower
                  [ "near", [ a; b ] --> Merge.multiply --> dense 1 ])

          let model = Model.ofGraph net (Key.ofInt 4)
          Expect.Equal(21L, Model.parameterCount model)
          let left, right = Tensor.cast Float32 (wave [ 2; 3 ]), Tensor.ones [ 2; 3 ]
          let both a b = Model.predictAll [ a; b ] model |> List.exactlyOne
          Expect.Equal(bits (both left right), bits (both right left))
          Expect.Contains("Connected to", Model.summary model)

          let apart =
              Network.graph [ "left", [ 3 ]; "right", [ 3 ] ] (fun inputs ->
                  [ "near", [ inputs["left"] --> dense 4; inputs["right"] --> dense 4 ] --> Merge.add ])

          Expect.Equal(32L, Model.parameterCount (Model.ofGraph apart (Key.ofInt 4))))

      testCase "an encoder-decoder takes two inputs, and states pass between them" (fun () ->
          let options = { RecurrentOptions.defaults with ReturnSequences = true }

          let net =
              Network.graph [ "source", [ 5; 3 ]; "target", [ 4; 2 ] ] (fun inputs ->
                  match [ inputs["source"] ] --> lstmWithState RecurrentOptions.defaults 6 with
                  | [ _; h; c ] ->
                      let decoded = [ inputs["target"]; h; c ] --> lstmWithState options 6
                      [ "next", decoded.Head --> dense 2 --> softmax ]
                  | others -> failwith $"{others.Length} results")

          let model = Model.ofGraph net (Key.ofInt 5)
          let source, target = Tensor.cast Float32 (wave [ 2; 5; 3 ]), Tensor.cast Float32 (wave [ 2; 4; 2 ])
          let y = Model.predictAll [ source; target ] model |> List.exactlyOne
          Expect.Equal<Shape>([ 2; 4; 2 ], y.Shape)
          let other = Model.predictAll [ source * 2.0; target ] model |> List.exactlyOne
          Expect.False((bits y = bits other)))

      testCase "graphs are saved and loaded" (fun () ->
          let path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip")

          try
              for model, inputs in
                  [ joined (), [ ids; numbers ]
                    Model.outputs [ "encoder/dense"; "decoder" ] (autoencoder ()), [ x ] ] do
                  Model.save path model
                  let back = Model.load path
                  let results m = Model.predictAll inputs m |> List.map bits
                  Expect.Equal<_ list>(results model, results back)
                  Expect.Equal<string list>(model.OutputNames, back.OutputNames)
          finally
              File.Delete path)

      testCase "weights are copied by path, loaded in part and set from arrays" (fun () ->
          let source, target = autoencoder (), Model.create (encoder --> dense 3) [ 8 ] (Key.ofInt 9)
          let copied = Model.copyWeights "encoder" source target
          Expect.Equal(bits (predict x (Model.part "encoder" source)), bits (predict x (Model.part "encoder" copied)))
          let loaded, report = Model.withWeightsInPart (Model.weights source) target
          Expect.True(sameWeights copied loaded)
          Expect.Equal<string list>([ "dense/kernel"; "dense/bias" ], report.Missing)
          Expect.Equal(4, report.Unexpected.Length)
          Expect.Contains("4 loaded\nmissing: dense/kernel, dense/bias\nunexpected: decoder/", string report)
          let set = Model.setWeight "dense/bias" [| 1f; 2f; 3f |] target
          let w = dict (Model.weights set)
          Expect.Equal<float32>([| 1f; 2f; 3f |], Tensor.toArray w["dense/bias"])
          Expect.Contains("is not that of a weight", errorOf (fun () -> Model.setWeight "bias" [| 1f |] target))

          Expect.Contains(
              "is not that of weights of the source",
              errorOf (fun () -> Model.copyWeights "x" source target)
          ))

      testCase "any part is frozen and thawed after building" (fun () ->
          let model = autoencoder ()
          let y = predict x model

          let trainable model =
              Model.allLayers model
              |> List.sumBy (fun l -> if l.Layers.IsEmpty then l.TrainableParameters else 0L)

          for paths in [ [ "encoder" ]; [ "encoder/dense" ]; [ "decoder"; "encoder/dense_1" ]; [ "" ] ] do
              let frozen = Model.freeze paths model
              Expect.Equal(bits y, bits (predict x frozen))
              Expect.True(trainable frozen < trainable model)
              Expect.Equal(trainable frozen, Variables.trainableCount frozen.Variables)
              let thawed = Model.thaw paths frozen
              Expect.True((variableBits thawed.Variables = variableBits model.Variables))

          let partly = model |> Model.freeze [ "encoder" ] |> Model.thaw [ "encoder/dense_1" ]

          Expect.Equal<string list>(
              [ "encoder/dense_1/kernel"; "encoder/dense_1/bias" ],
              Variables.flatten partly.Variables
              |> List.filter (fun v -> v.Trainable && v.Path.StartsWith "encoder")
              |> List.map _.Path
          )

          Expect.Contains("the layers there are encoder, decoder", errorOf (fun () -> Model.freeze [ "base" ] model)))

      testCase "freezing a part keeps the optimizer's memory of the rest" (fun () ->
          let adam = Optimizer.adam 1e-2
          let options = { Fit.defaults with Optimizer = adam; Epochs = 2; Shuffle = false }
          let data = Dataset.ofTensors x x
          let first = Learn.fitModel options (autoencoder ()) data (Key.ofInt 1)
          let frozen = Model.freeze [ "encoder" ] first.Model
          let state = Model.continueFrom adam first.State frozen
          let kept = Tree.flatten first.State.OptimizerState |> dict
          let memory = Tree.flatten state.OptimizerState
          Expect.True(memory.Length < kept.Count)

          for path, value in memory do
              Expect.Equal(bits kept[path], bits value)

          let thawed = Model.continueFrom adam state (Model.thaw [ "encoder" ] frozen)
          Expect.Equal(kept.Count, (Tree.flatten thawed.OptimizerState).Length)
          Expect.Equal(first.State.Step, thawed.Step))

      testCase "a layer registered by its user is saved and loaded" (fun () ->
          let scale factor =
              Layer.make "scaled_for_tests" (fun _ shape -> [ "gain", Tensor.ones shape ], shape) (fun p x ->
                  p["gain"] * x * (factor: float))
              |> Layer.withSettings [ "factor", Setting.Number factor ]

          Catalog.register "scaled_for_tests" (fun settings ->
              match settings with
              | [ "factor", Setting.Number factor ] -> scale factor
              | _ -> failwith "not its settings")

          let model = Model.create (dense 3 --> scale 2.5 --> freeze (scale 0.5)) [ 8 ] (Key.ofInt 1)
          let path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip")

          try
              Model.save path model
              let back = Model.load path
              Expect.Equal(bits (predict x model), bits (predict x back))
              Expect.True(sameWeights model back)
          finally
              File.Delete path)

      testCase "a summary shows nested models, graphs and the optimizer's numbers" (fun () ->
          let model = autoencoder ()
          let text = Model.summary model
          Expect.Contains(" encoder (Sequential)          (None, 2)             68\n", text)
          Expect.Contains("  └ dense (Dense)              (None, 6)             54\n", text)
          Expect.Equal(text, string model)
          let memory = (Optimizer.adam 1e-3).Init model.Variables.Parameters
          let count = Tree.leaves memory |> List.sumBy (fun m -> int64 m.Size)
          Expect.Contains($"Optimizer params: {count} (", Model.summaryWith memory model)
          let graph = Model.summary (joined ())
          Expect.Contains("Param #       Connected to", graph)
          Expect.Contains("lstm, relu", graph))

      testCase "a model computes in float64 after one call" (fun () ->
          let model = Model.cast Float64 (autoencoder ())
          Expect.Equal(Float64, (predict x model).DType)
          Expect.True(Tensor.allClose 1e-5 1e-5 (Tensor.cast Float64 (predict x (autoencoder ()))) (predict x model)))

      testCase "a model runs in training mode in one call" (fun () ->
          let model = Model.create (batchNorm --> dropout 0.5) [ 8 ] (Key.ofInt 1)
          let ys, after = Model.applyTraining (Key.ofInt 2) [ x ] model
          let expected, state = model.Layer.Apply model.Variables (training 2) x
          Expect.Equal(bits expected, bits ys.Head)
          Expect.True((variableBits state = variableBits after.Variables)))

      testCase "layers and activations have their names in Keras" (fun () ->
          let d (layer: Layer<Tensor, Tensor>) = layer.Description
          let whole n = Setting.Whole n
          Expect.Equal(d (dense 10), d (Layer.ofName "Dense" [ "units", whole 10 ]))

          Expect.Equal(
              d (denseWith { DenseOptions.defaults with Activation = Some relu; UseBias = false } 3),
              d (
                  Layer.ofName
                      "dense"
                      [ "units", whole 3; "activation", Setting.Text "relu"; "use_bias", Setting.Flag false ]
              )
          )

          Expect.Equal(d batchNorm, d (Layer.ofName "BatchNormalization" []))
          Expect.Equal(d (maxPooling1D 3), d (Layer.ofName "MaxPooling1D" [ "pool_size", whole 3 ]))
          Expect.Equal(d (lstm 4), d (Layer.ofName "LSTM" [ "units", whole 4 ]))
          Expect.Equal(d (globalAveragePooling2D), d (Layer.ofName "GlobalAveragePooling2D" []))
          Expect.Equal(d prelu, d (Layer.ofName "PReLU" []))

          let kernel = [ "filters", whole 2; "kernel_size", Setting.Items [ whole 3; whole 3 ] ]
          let padded = { Conv2DTransposeOptions.defaults with OutputPadding = Some(0, 0) }

          Expect.Equal(
              d (conv2DTransposeWith padded 2 (3, 3)),
              d (Layer.ofName "Conv2DTranspose" (kernel @ [ "output_padding", Setting.Items [ whole 0; whole 0 ] ]))
          )

          let l2 = Regularizer.l2 0.1

          Expect.Equal(
              d (denseWith { DenseOptions.defaults with KernelRegularizer = Some l2 } 3),
              d (Layer.ofName "Dense" [ "units", whole 3; "kernel_regularizer", Regularizer.toSetting l2 ])
          )

          Expect.Equal(d silu, d (Activation.ofName "swish"))
          Expect.Equal(d leakyRelu, d (Activation.ofName "leaky_relu"))
          Expect.Equal(d tanh', d (Activation.ofName "tanh"))
          Expect.Contains("units = none was given", errorOf (fun () -> Layer.ofName "dense" []))

          Expect.Contains(
              "'size' is not one of a layer of kind dense",
              errorOf (fun () -> Layer.ofName "dense" [ "units", whole 1; "size", whole 2 ])
          )

          Expect.Contains("'nonsense' is not a kind of layer", errorOf (fun () -> Activation.ofName "nonsense")))

      testCase "F#'s own tanh is the activation in a chain" (fun () ->
          Expect.Equal((dense 4 --> tanh' --> dense 1).Description, (dense 4 --> tanh --> dense 1).Description)
          Expect.Equal<string list>([ "dense"; "lambda" ], Layer.names (dense 4 --> (fun x -> tanh x + 1.0)))) ]
    |> testList "Learning.ModelParts"
