/// Masks of sequences: which layers make them, pass them on, stop them and leave masked steps out.
module Functional.Tests.MaskTests

open Expecto
open Functional
open Functional.Tests.Chains

/// Ids of sequences of 3, 1, 5 and 4 steps, padded with zeros to 5.
let private ids =
    Tensor.ofInts [ 4; 5 ] [| 3; 1; 4; 0; 0; 5; 0; 0; 0; 0; 2; 6; 5; 3; 1; 1; 1; 2; 2; 0 |]

let private lengths = [ 3; 1; 5; 4 ]

let private maskZero = embeddingWith { EmbeddingOptions.defaults with MaskZero = true } 7 3

let private sequences = { RecurrentOptions.defaults with ReturnSequences = true }

let private start (shape: Shape) (layer: Layer<Tensor, 'Out>) =
    fst (Layer.initMany (Key.ofInt 3) [ shape ] layer) |> Variables.cast Float64

let private near (a: Tensor) (b: Tensor) =
    Expect.Equal<Shape>(a.Shape, b.Shape)
    Expect.True(Tensor.allClose 1e-12 1e-12 a b, $"{a}\n{b}")

/// The mask that a layer gives for the ids, from the variables drawn for them.
let private maskOf (layer: Layer<Tensor, Tensor>) =
    let _, masks, _ = layer.ApplyMasked (start [ 5 ] layer) resting ids
    List.exactlyOne masks

let private idMask = Tensor.notEqual ids (Tensor.zerosLike ids)

let private isMask (expected: Tensor) (found: Tensor option) =
    match found with
    | Some mask -> Expect.Equal(bits expected, bits mask)
    | None -> failtest "there is no mask"

let private rows (i: int) (x: Tensor) = Tensor.sliceAxis 0 i (i + 1) 1 x
let private steps n (x: Tensor) = Tensor.sliceAxis 1 0 n 1 x

let private recurrent options =
    [ simpleRnnWith options 4
      lstmWith options 4
      gruWith options 4
      gruWith { options with ResetAfter = false } 4 ]

let private passing =
    [ linear
      dense 4
      dense 4 --> relu
      dropout 0.5
      gaussianNoise 0.1
      layerNorm
      batchNorm
      prelu
      Layer.named "block" (dense 4 --> tanh' --> dense 2)
      residual (dense 3)
      lstmWith sequences 4
      bidirectional (gruWith sequences 4)
      timeDistributed (dense 2)
      iterate 2 (dense 3)
      branch [ dense 2; lstmWith sequences 3 ] --> concatenate -1
      branch [ dense 2; lstmWith sequences 2 ] --> Merge.add
      dense 4 |> freeze
      dense 4 |> Layer.withSharedWeights
      Layer.ofFunction "sine" sin |> Layer.withMasks MaskRule.Passes ]

let private stopping =
    [ flatten
      lstm 4
      bidirectional (gru 4)
      globalAveragePooling1D
      globalMaxPooling1D
      conv1DWith { Conv1DOptions.defaults with Padding = WindowPadding.Same } 4 3
      reshape [ 5; 3 ]
      permute [ 1; 2 ]
      Layer.ofFunction "sine" sin
      dense 4 --> sin
      branch [ dense 2; dense 2 --> sin ] --> Merge.add ]

/// The loss and the metrics of an evaluation.
let private judged (e: Evaluation) = e.Loss.Value, dict e.Metrics

let private tagger = maskZero --> lstmWith sequences 4 --> dense 3 --> softmax

/// Classes of the steps; those of padding are wrong on purpose, where they are not left out.
let private tags = Tensor.ofInts [ 4; 5 ] (Array.init 20 (fun i -> (i * 7 + i / 3) % 3))

let private taggerModel = Model.create tagger [ 5 ] (Key.ofInt 1)

/// The mean of -log p over the steps that are there, and the share of right classes.
let private expectedOfSteps (model: Model) =
    let p = Tensor.toFloat64Array (Model.predict ids model)
    let y, present = Tensor.toFloat64Array tags, Tensor.toFloat64Array (Tensor.cast Float64 idMask)
    let counted = [ for i in 0..19 -> i ] |> List.filter (fun i -> present[i] = 1.0)
    let row i = Array.sub p (3 * i) 3
    let right i = if (let p = row i in p[int y[i]] = Array.max p) then 1.0 else 0.0
    List.averageBy (fun i -> -log (row i).[int y[i]]) counted, List.averageBy right counted

let private options =
    { Fit.defaults with
        Loss = Loss.sparseCategoricalCrossentropy
        Metrics = [ Metric.accuracy ]
        Epochs = 1
        BatchSize = 4
        Shuffle = false }

[<Tests>]
let tests =
    [ testCase "embeddings and masking make masks" (fun () ->
          isMask idMask (maskOf maskZero)
          Expect.True((maskOf (embedding 7 3)).IsNone)
          let x = Tensor.ofFloat64Array [ 2; 3; 2 ] [| 0.; 0.; 0.; 1.; 0.; 0.; 2.; 2.; 2.; 0.; 2.; 2. |]

          let y, masks, _ = (maskingOf 2.0).ApplyMasked (start [ 3; 2 ] masking) resting x
          isMask (Tensor.cast Bool (tensor [ [ 1; 1; 1 ]; [ 0; 1; 0 ] ])) masks.Head
          near (Tensor.ofFloat64Array [ 2; 3; 2 ] [| 0.; 0.; 0.; 1.; 0.; 0.; 0.; 0.; 2.; 0.; 0.; 0. |]) y
          let _, masks, _ = masking.ApplyMasked (start [ 3; 2 ] masking) resting x
          isMask (Tensor.cast Bool (tensor [ [ 0; 1; 0 ]; [ 1; 1; 1 ] ])) masks.Head)

      testCase "layers that keep the steps pass masks on, and the others stop them" (fun () ->
          for layer in passing do
              isMask idMask (maskOf (maskZero --> layer))

          for layer in stopping do
              Expect.True((maskOf (maskZero --> layer)).IsNone, string layer))

      testCase "masks go through models inside models, to several outputs and past frozen layers" (fun () ->
          let inner = Layer.named "inner" (maskZero --> dense 2)
          isMask idMask (maskOf (inner --> Layer.named "outer" (freeze (dense 3) --> relu)))
          let both = maskZero --> branch [ dense 2; lstm 2; lstmWith sequences 2 ]
          let _, masks, _ = both.ApplyMasked (start [ 5 ] both) resting ids
          isMask idMask masks[0]
          Expect.True(masks[1].IsNone)
          isMask idMask masks[2])

      testCase "a masked sequence ends as the sequence without its padding" (fun () ->
          for options in [ RecurrentOptions.defaults; { RecurrentOptions.defaults with GoBackwards = true } ] do
              for layer in recurrent options @ List.map bidirectional (recurrent RecurrentOptions.defaults) do
                  let plain = embedding 7 3 --> layer
                  let masked = maskZero --> layer
                  let variables = start [ 5 ] plain
                  let found = Layer.predict variables ids masked

                  for i, length in List.indexed lengths do
                      near (Layer.predict variables (steps length (rows i ids)) plain) (rows i found))

      testCase "a masked step repeats the output before it" (fun () ->
          let x = wave [ 2; 5; 3 ]
          let mask = Tensor.cast Bool (tensor [ [ 1; 0; 1; 1; 0 ]; [ 0; 1; 0; 0; 1 ] ])

          for layer in recurrent sequences do
              let variables = start [ 5; 3 ] layer
              let y = layer |> Layer.predictMasked [ Some mask ] variables x
              let step t i = Tensor.sliceAxis 1 t (t + 1) 1 (rows i y)

              let short (kept: int list) i =
                  Tensor.concat 1 [ for t in kept -> Tensor.sliceAxis 1 t (t + 1) 1 (rows i x) ]

              let alone kept i = Layer.predict variables (short kept i) layer
              near (alone [ 0; 2; 3 ] 0) (Tensor.concat 1 [ step 0 0; step 2 0; step 3 0 ])
              near (step 0 0) (step 1 0)
              near (step 3 0) (step 4 0)
              near (Tensor.zerosLike (step 0 1)) (step 0 1)
              near (alone [ 1; 4 ] 1) (Tensor.concat 1 [ step 2 1; step 4 1 ]))

      testCase "no gradient flows through masked steps, whatever stands there" (fun () ->
          let mask = Tensor.cast Bool (tensor [ [ 1; 1; 0; 1; 0 ] ])

          let x =
              Tensor.where (Tensor.expandDims -1 mask) (wave [ 1; 5; 3 ]) (Tensor.fullOf Float64 [ 1; 5; 3 ] 1e300)

          for layer in recurrent sequences do
              let variables = start [ 5; 3 ] layer
              let slope = x |> grad (fun x -> Tensor.sum (layer |> Layer.predictMasked [ Some mask ] variables x))
              let numbers = Tensor.toFloat64Array slope
              Expect.True(Array.forall System.Double.IsFinite numbers, string slope)
              Expect.True(Array.forall ((=) 0.0) numbers[6..8])
              Expect.True(Array.forall ((=) 0.0) numbers[12..14]))

      testCase "poolings and batch normalization leave masked steps out" (fun () ->
          let x = wave [ 2; 5; 3 ]
          let mask = Tensor.cast Bool (tensor [ [ 1; 1; 0; 1; 0 ]; [ 0; 0; 0; 0; 0 ] ])
          let none = start [ 5; 3 ] globalAveragePooling1D
          let y = globalAveragePooling1D |> Layer.predictMasked [ Some mask ] none x
          let step t = Tensor.squeezeAxes [ 1 ] (Tensor.sliceAxis 1 t (t + 1) 1 (rows 0 x))
          near ((step 0 + step 1 + step 3) / 3.0) (rows 0 y)
          near (Tensor.zerosOf Float64 [ 1; 3 ]) (rows 1 y)
          let variables = start [ 5; 3 ] batchNorm
          let y, next = batchNorm.Apply variables (Run.withMasks [ Some mask ] (training 1)) x
          let short = Tensor.concat 0 [ step 0; step 1; step 3 ]
          let plain, expected = batchNorm.Apply variables (training 1) short

          near
              plain
              (Tensor.concat
                  0
                  [ for t in [ 0; 1; 3 ] -> Tensor.squeezeAxes [ 1 ] (Tensor.sliceAxis 1 t (t + 1) 1 (rows 0 y)) ])

          List.iter2 near (Tree.leaves expected.State) (Tree.leaves next.State))

      testCase "a softmax gives nothing to elements that its mask leaves out" (fun () ->
          let x = tensor [ [ 1.0; 2.0; 1.0 ] ]
          let mask = Tensor.cast Bool (tensor [ [ 1; 0; 1 ] ])
          let y = softmax |> Layer.predictMasked [ Some mask ] (start [ 3 ] softmax) x
          Expect.True(Tensor.allClose 1e-6 1e-6 (tensor [ [ 0.5; 0.0; 0.5 ] ]) y))

      testCase "merged tensors have the steps that any of them has" (fun () ->
          let a = Tensor.cast Bool (tensor [ [ 1; 0; 1; 0 ] ])
          let b = Tensor.cast Bool (tensor [ [ 1; 1; 0; 0 ] ])
          let either = Tensor.logicalOr a b
          let xs = [ wave [ 1; 4; 2 ]; wave [ 1; 4; 2 ] + 1.0 ]

          let none (layer: Layer<Tensor list, Tensor>) =
              fst (Layer.initMany (Key.ofInt 1) [ [ 4; 2 ]; [ 4; 2 ] ] layer)

          let maskOf masks (layer: Layer<Tensor list, Tensor>) =
              let _, masks, _ = layer.ApplyMasked (none layer) (Run.withMasks masks resting) xs
              List.exactlyOne masks

          for layer in
              [ Merge.add
                Merge.subtract
                Merge.multiply
                Merge.average
                Merge.maximum
                Merge.minimum
                concatenate -1 ] do
              isMask either (maskOf [ Some a; Some b ] layer)
              Expect.True((maskOf [] layer).IsNone)

          for layer in [ Merge.add; Merge.multiply; Merge.maximum ] do
              Expect.True((maskOf [ Some a; None ] layer).IsNone)

          isMask (Tensor.onesOf Bool [ 1; 4 ]) (maskOf [ Some a; None ] (concatenate -1))
          isMask (Tensor.concat 1 [ a; Tensor.onesOf Bool [ 1; 4 ] ]) (maskOf [ Some a; None ] (concatenate 1)))

      testCase "a mask may be an input of a graph" (fun () ->
          let graph =
              Network.graph [ "x", [ 5; 3 ]; "mask", [ 5 ] ] (fun inputs ->
                  [ "y", [ inputs["x"]; inputs["mask"] ] --> attachMask --> lstm 4 ])

          let layer = lstm 4
          let x, mask = wave [ 4; 5; 3 ], Tensor.cast Float64 idMask
          let variables = fst (Layer.initMany (Key.ofInt 1) [ [ 5; 3 ]; [ 5 ] ] graph) |> Variables.cast Float64
          let found = List.exactlyOne (Layer.predict variables [ x; mask ] graph)
          let own = Variables.part "lstm" variables
          let alone = Variables.ofTrees (Node [ "lstm", own.Parameters ]) (Node [ "lstm", own.State ])
          near (layer |> Layer.predictMasked [ Some idMask ] alone x) found
          Expect.Equal(graph.Description, (Catalog.network graph.Description |> Network.describe)))

      testCase "losses and metrics count the steps that are there" (fun () ->
          let loss, accuracy = expectedOfSteps taggerModel
          let found, metrics = judged (Learn.evaluate options (Dataset.ofTensors ids tags) taggerModel)
          Expect.True(abs (found - loss) < 1e-6, $"{found} {loss}")
          Expect.True(abs (metrics["accuracy"] - accuracy) < 1e-9, $"""{metrics["accuracy"]} {accuracy}""")
          // the first step of training begins with the same
          let trained = Learn.fitModel options taggerModel (Dataset.ofTensors ids tags) (Key.ofInt 1)
          Expect.True(abs (trained.History["loss"].Head - loss) < 1e-6)
          Expect.True(abs (trained.History["accuracy"].Head - accuracy) < 1e-9)
          let step = Learn.trainOnBatch options tagger
          let batch: Batch = { Inputs = [ ids ]; Labels = [ tags ]; Weights = [] }
          let _, result = step (Learn.start options taggerModel (Key.ofInt 1)) batch
          Expect.True(abs (result.Loss - loss) < 1e-6)
          Expect.True(abs ((dict result.Metrics)["accuracy"] - accuracy) < 1e-9))

      testCase "a loss of one's own leaves out masked steps, is one number, or is told why not" (fun () ->
          let network =
              embeddingWith { EmbeddingOptions.defaults with MaskZero = true } 10 4
              --> gruWith { RecurrentOptions.defaults with ReturnSequences = true } 3
              --> dense 1

          let ids = Tensor.ofInts [ 8; 5 ] (Array.init 40 (fun i -> i * 7 % 10))
          let data = Dataset.ofTensors ids (Tensor.ones [ 8; 5; 1 ])
          let model = Model.create network [ 5 ] (Key.ofInt 1)
          let squares (y: Tensor) p = Tensor.square (y - p)

          let lossOf f =
              (model |> Learn.evaluate { Fit.defaults with Loss = Loss.custom "mine" f } data).Loss.Value

          let output = Model.predict ids model
          let all = Tensor.toFloat64Array (squares (Tensor.ones [ 8; 5; 1 ]) output)
          let kept = Seq.zip (Tensor.toInts ids) all |> Seq.filter (fst >> (<>) 0) |> Seq.map snd
          let near expected found = Expect.True(abs (expected - found) < 1e-6, $"{expected} and {found}")
          near (Seq.average kept) (lossOf (fun y p -> Tensor.meanOver [ -1 ] (squares y p)))
          near (Seq.average all) (lossOf (fun y p -> Tensor.mean (squares y p)))

          Expect.Contains(
              "the loss gives one number for all steps of a sample",
              errorOf (fun () -> lossOf (fun y p -> Tensor.meanOver [ 1; 2 ] (squares y p)))
          ))

      testCase "batches of other lengths are judged with their masks" (fun () ->
          let network =
              embeddingWith { EmbeddingOptions.defaults with MaskZero = true } 10 4
              --> gruWith { RecurrentOptions.defaults with ReturnSequences = true } 3
              --> dense 1

          let model = Model.create network [ 5 ] (Key.ofInt 1)

          let batch length =
              let ids = Tensor.ofInts [ 4; length ] (Array.init (4 * length) (fun i -> i * 7 % 10))
              Batch.ofDataset (Dataset.ofTensors ids (Tensor.ones [ 4; length; 1 ]))

          let options = { Fit.defaults with Loss = Loss.meanSquaredError; Metrics = [ Metric.meanAbsoluteError ] }

          let judged lengths =
              let evaluation = model |> Learn.evaluateBatches options (Batches.ofSeq (List.map batch lengths))
              evaluation.Loss.Value, snd evaluation.Metrics.Head

          let losses, errors = [ 5; 7; 3 ] |> List.map (List.singleton >> judged) |> List.unzip
          let loss, error = judged [ 5; 7; 3 ]
          let steps = [ for length in [ 5; 7; 3 ] -> float (4 * length - (4 * length + 9) / 10) ]
          let weighted = List.map2 (*) steps errors |> List.sum
          Expect.True(abs (List.average losses - loss) < 1e-6, $"{losses} and {loss}")
          Expect.True(abs (weighted / List.sum steps - error) < 1e-6, $"{errors} and {error}"))

      testCase "metrics gathered outside the step are masked as well" (fun () ->
          let onHost = { Metric.accuracy with Accumulator = (fun _ _ -> None); Name = "host" }
          let options = { options with Metrics = [ Metric.accuracy; onHost ] }
          let _, metrics = judged (Learn.evaluate options (Dataset.ofTensors ids tags) taggerModel)
          Expect.Equal(metrics["accuracy"], metrics["host"])
          let trained = Learn.fitModel options taggerModel (Dataset.ofTensors ids tags) (Key.ofInt 1)
          Expect.Equal<float list>(trained.History["accuracy"], trained.History["host"]))

      testCase "weights of samples and masks are multiplied" (fun () ->
          let weights = tensor [ 2.0; 0.0; 1.0; 0.5 ]

          let found, _ =
              judged (
                  Learn.evaluate options (Dataset.ofTensors ids tags |> Dataset.withSampleWeights weights) taggerModel
              )

          let p = Tensor.toFloat64Array (Model.predict ids taggerModel)
          let y, present = Tensor.toFloat64Array tags, Tensor.toFloat64Array (Tensor.cast Float64 idMask)
          let w = Tensor.toFloat64Array weights
          let sum = List.sumBy (fun i -> w[i / 5] * present[i] * -log(p[3 * i + int y[i]])) [ 0..19 ]
          Expect.True(abs (found - sum / Array.sum present) < 1e-6, $"{found}"))

      testCase "what stands at masked steps changes no training" (fun () ->
          let others = Tensor.where idMask tags (Tensor.onesLike tags - tags + Tensor.onesLike tags)

          let trained labels =
              (Learn.fitModel { options with Epochs = 3 } taggerModel (Dataset.ofTensors ids labels) (Key.ofInt 1))
                  .Model

          let found (model: Model) = string (variableBits model.Variables)
          Expect.Equal(found (trained tags), found (trained others)))

      testCase "layers with masks come back from their descriptions" (fun () ->
          for layer in
              [ maskZero
                maskingOf 2.0 --> lstm 2
                Layer.ofName "Masking" []
                Layer.ofName
                    "Embedding"
                    [ "input_dim", Setting.Whole 7; "output_dim", Setting.Whole 3; "mask_zero", Setting.Flag true ] ] do
              let back = layer.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.build
              Expect.Equal(layer.Description, back.Description)

          isMask idMask (maskOf (Catalog.build maskZero.Description --> dense 2))
          // a file written before there were masks
          let old =
              { maskZero.Description with
                  Settings = maskZero.Description.Settings |> List.filter (fst >> (<>) "mask_zero") }

          Expect.Equal((embedding 7 3).Description, (Catalog.build old).Description))

      testCase "errors of masks name what does not fit" (fun () ->
          let layer = lstm 2
          let variables = start [ 5; 3 ] layer
          let x = wave [ 2; 5; 3 ]
          let predict mask = layer |> Layer.predictMasked [ Some mask ] variables x
          Expect.Contains("a mask is Bool", errorOf (fun () -> predict (Tensor.ones [ 2; 5 ])))

          Expect.Contains(
              "a mask has the first axes of its tensor",
              errorOf (fun () -> predict (Tensor.onesOf Bool [ 2; 4 ]))
          )

          Expect.Contains(
              "are more than the tensors",
              errorOf (fun () -> layer |> Layer.predictMasked [ None; None ] variables x)
          )

          Expect.Contains("is no layer of one's own", errorOf (fun () -> Layer.withMasks MaskRule.Stops (dense 2)))
          Expect.Contains("masking: value", errorOf (fun () -> maskingOf nan))) ]
    |> testList "Layers.Masks"
