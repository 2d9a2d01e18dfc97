/// Attention layers, positions and transformer blocks: descriptions, shapes, laws and errors.
module Functional.Tests.AttentionLayerTests

open Functional
open Expecto

let private drawn seed (shape: Shape) = Random.normalOf Float64 0.0 1.0 (Key.ofInt seed) shape

let private message f = Expect.Throws<FunctionalException>(fun () -> f () |> ignore).Message

let private rotary = { RotaryOptions.defaults with MaxWavelength = 100.0 }

/// Layers of one sequence [6; 8].
let private single: Layer<Tensor, Tensor> list =
    [ multiHeadSelfAttention 2 4
      multiHeadSelfAttentionWith
          { MultiHeadAttentionOptions.defaults with
              ValueDim = Some 3
              UseBias = false
              OutputShape = Some [ 5 ]
              UseCausalMask = true
              Rotary = Some rotary
              Dropout = 0.1
              KernelRegularizer = Some(Regularizer.l2 0.1) }
          2
          4
      groupedQuerySelfAttentionWith MultiHeadAttentionOptions.defaults 2 4 2
      transformerEncoder 16 2
      transformerEncoderWith
          { TransformerOptions.defaults with
              NormalizeFirst = true
              Activation = gelu
              Dropout = 0.2
              Rotary = Some rotary }
          16
          4
      transformerDecoder 16 2
      residual (positionEmbedding 7)
      residual sinePositionEncoding
      rotaryEmbeddingWith rotary ]

/// Layers of two sequences.
let private several: Layer<Tensor list, Tensor list> list =
    let one (layer: Layer<Tensor list, Tensor>) = Layer.adapt id List.singleton layer

    [ one attention
      one (attentionWith { UseScale = true; ScoreMode = AttentionScore.Concat; Dropout = 0.1; UseCausalMask = true })
      attentionWithScores AttentionOptions.defaults
      one additiveAttention
      additiveAttentionWithScores { AttentionOptions.additive with UseScale = false }
      one (multiHeadAttention 2 4)
      multiHeadAttentionWithScores MultiHeadAttentionOptions.defaults 2 4
      one (groupedQueryAttention 4 2 1)
      one (transformerCrossDecoder 16 2) ]

[<Tests>]
let tests =
    [ testCase "layers come back from their descriptions" (fun () ->
          let comesBack (network: Network) =
              let d = Network.describe network
              let json = DescriptionJson.toJson d
              let again = Network.describe (Catalog.network (DescriptionJson.ofJson json))
              Expect.Equal(d, again)

          single |> List.iter (fun layer -> comesBack layer.Network)
          several |> List.iter (fun layer -> comesBack layer.Network)
          comesBack (tokenAndPositionEmbedding 10 6 4).Network)

      testCase "compiled they give what they give eagerly, and mapped what they give one by one" (fun () ->
          for layer in single do
              let variables = fst (Layer.init (Key.ofInt 1) [ 6; 8 ] layer) |> Variables.cast Float64
              let predict x = Layer.predict variables x layer
              let x = drawn 2 [ 3; 6; 8 ]
              let y = predict x
              Expect.True(Tensor.allClose 1e-12 1e-12 y (Tensor.compile predict x), $"compiled: {layer}")
              let batches = Tensor.stack 0 [ x; x * 0.5 ]
              let mapped = vmap predict batches
              let looped = Tensor.stack 0 [ y; predict (x * 0.5) ]
              Expect.True(Tensor.allClose 1e-12 1e-12 looped mapped, $"mapped: {layer}"))

      testCase "dropout drops while training, with another draw for each key" (fun () ->
          let options = { MultiHeadAttentionOptions.defaults with Dropout = 0.5 }
          let layer = multiHeadSelfAttentionWith options 2 4
          let variables = fst (Layer.init (Key.ofInt 1) [ 6; 8 ] layer) |> Variables.cast Float64
          let x = drawn 2 [ 3; 6; 8 ]
          let train key = fst (layer.Apply variables (Run.training (Key.ofInt key)) x)
          Expect.True(Tensor.sameElements (train 1) (train 1))
          Expect.False(Tensor.sameElements (train 1) (train 2))
          let plain = Layer.predict variables x (multiHeadSelfAttention 2 4)
          Expect.True(Tensor.allClose 1e-12 1e-12 plain (Layer.predict variables x layer)))

      testCase "scores are probabilities, and their result is that without them" (fun () ->
          let layer = multiHeadAttentionWithScores MultiHeadAttentionOptions.defaults 2 4

          let variables =
              fst (Layer.initMany (Key.ofInt 1) [ [ 5; 8 ]; [ 7; 6 ] ] layer) |> Variables.cast Float64

          let xs = [ drawn 1 [ 3; 5; 8 ]; drawn 2 [ 3; 7; 6 ] ]
          let both = Layer.predict variables xs layer
          Expect.Equal<Shape>([ 3; 2; 5; 7 ], both[1].Shape)
          Expect.True(Tensor.allClose 1e-12 1e-12 (Tensor.onesOf Float64 [ 3; 2; 5 ]) (Tensor.sumOver [ -1 ] both[1]))
          Expect.True(Tensor.allClose 1e-12 1e-12 both[0] (Layer.predict variables xs (multiHeadAttention 2 4))))

      testCase "a mask among the inputs hides keys, for all heads or each" (fun () ->
          let layer = multiHeadAttention 2 4
          let samples = [ [ 5; 8 ]; [ 7; 8 ]; [ 7; 8 ]; [ 5; 7 ] ]
          let variables = fst (Layer.initMany (Key.ofInt 1) samples layer) |> Variables.cast Float64
          let query, value = drawn 1 [ 3; 5; 8 ], drawn 2 [ 3; 7; 8 ]
          let seen = Tensor.lessEqual (Tensor.arangeInt 0 7) (Tensor.ofInts [] [| 3 |])
          let mask = Tensor.broadcastTo [ 3; 5; 7 ] seen
          let predict xs = Layer.predict variables xs layer
          let first = Tensor.sliceAxis 1 0 4 1 value
          let expected = predict [ query; first; first ]
          Expect.True(Tensor.allClose 1e-12 1e-12 expected (predict [ query; value; value; mask ]))
          let ofHeads = Tensor.broadcastTo [ 3; 2; 5; 7 ] seen
          Expect.True(Tensor.allClose 1e-12 1e-12 expected (predict [ query; value; value; ofHeads ])))

      testCase "padding flows from the ids: what stands behind it changes nothing" (fun () ->
          let options = { TokenAndPositionOptions.defaults with MaskZero = true }
          let network = tokenAndPositionEmbeddingWith options 20 6 8 --> transformerEncoder 16 2
          let variables = fst (Layer.init (Key.ofInt 1) [ 6 ] network) |> Variables.cast Float64
          let short = Tensor.ofInts [ 1; 4 ] [| 3; 5; 7; 2 |]
          let long = Tensor.ofInts [ 1; 6 ] [| 3; 5; 7; 2; 0; 0 |]
          let firstFour x = Tensor.sliceAxis 1 0 4 1 (Layer.predict variables x network)
          Expect.True(Tensor.allClose 1e-12 1e-12 (firstFour short) (firstFour long)))

      testCase "attention along one of two axes is attention of each row by itself" (fun () ->
          let along axes =
              multiHeadSelfAttentionWith { MultiHeadAttentionOptions.defaults with AttentionAxes = axes } 2 4

          let variables = fst (Layer.init (Key.ofInt 1) [ 5; 6; 8 ] (along None)) |> Variables.cast Float64
          let x = drawn 1 [ 2; 5; 6; 8 ]
          let predict axes x = Layer.predict variables x (along axes)
          let rows = Tensor.reshape [ 10; 6; 8 ] x
          let expected = predict None rows |> Tensor.reshape [ 2; 5; 6; 8 ]
          Expect.True(Tensor.allClose 1e-12 1e-12 expected (predict (Some [ 2 ]) x))
          let columns = Tensor.permute [ 0; 2; 1; 3 ] x
          let expected = Tensor.permute [ 0; 2; 1; 3 ] (predict (Some [ 2 ]) columns)
          Expect.True(Tensor.allClose 1e-12 1e-12 expected (predict (Some [ 1 ]) x))
          let all = predict None (Tensor.reshape [ 2; 30; 8 ] x) |> Tensor.reshape [ 2; 5; 6; 8 ]
          Expect.True(Tensor.allClose 1e-12 1e-12 all (predict None x)))

      testCase "products of turned queries and keys depend on the distance of their positions alone" (fun () ->
          let x = drawn 1 [ 1; 1; 1; 6 ]
          let y = drawn 2 [ 1; 1; 1; 6 ]
          let at position x = Rotary.turned rotary (Tensor.ofInts [] [| position |]) x
          let product i j = Tensor.toFloat (Tensor.sum (at i x * at j y))
          let expected = product 0 5

          for start in [ 1; 7; 40 ] do
              Expect.Equal(expected, product start (start + 5), 1e-12)

          Expect.True(abs (product 0 4 - expected) > 1e-6))

      testCase "sinusoids are those of the paper" (fun () ->
          let layer = sinePositionEncoding

          let y =
              Layer.predict (fst (Layer.init (Key.ofInt 1) [ 5; 6 ] layer)) (Tensor.zerosOf Float64 [ 2; 5; 6 ]) layer

          for position in 0..4 do
              for i in 0..5 do
                  let angle = float position / 10000.0 ** (float (i / 2 * 2) / 6.0)
                  let expected = if i % 2 = 0 then sin angle else cos angle
                  Expect.Equal(expected, Tensor.toFloat y[1, position, i], 1e-12))

      testCase "blocks have KerasHub's parameters" (fun () ->
          let count layer samples = Variables.trainableCount (fst (Layer.initMany (Key.ofInt 1) samples layer))
          // attention 4·(8·8 + 8), norms 2·16, dense 8·16 + 16 and 16·8 + 8
          Expect.Equal(600L, count (transformerEncoder 16 2) [ [ 6; 8 ] ])
          Expect.Equal(600L + 288L + 16L, count (transformerCrossDecoder 16 2) [ [ 6; 8 ]; [ 4; 8 ] ])
          let variables = fst (Layer.init (Key.ofInt 1) [ 6; 8 ] (transformerDecoder 16 2))
          let paths = Variables.flatten variables |> List.map _.Path
          Expect.Contains(paths, fun path -> path.EndsWith "self_attention_layer/attention_output/kernel")
          Expect.Contains(paths, fun path -> path.EndsWith "feedforward_intermediate_dense/kernel"))

      testCase "a transformer learns which of its ids was the first" (fun () ->
          let network =
              tokenAndPositionEmbedding 4 5 8 --> transformerEncoder 16 2 --> flatten --> dense 4 --> softmax

          let ids = Random.randint 0 4 (Key.ofInt 1) [ 128; 5 ]
          let first = Tensor.sliceAxis 1 0 1 1 ids |> Tensor.squeeze
          let data = Dataset.ofTensors ids first

          let options =
              { Fit.defaults with
                  Optimizer = Optimizer.adam 0.01
                  Loss = Loss.sparseCategoricalCrossentropy
                  Epochs = 30
                  Progress = Progress.none }

          let fitted = Learn.fit options network data (Key.ofInt 2)
          let found = Tensor.argmax -1 (Model.predict ids fitted.Model)
          let right = Tensor.toFloat (Tensor.mean (Tensor.cast Float64 (Tensor.equal found first)))
          Expect.True(right > 0.95, $"{right}"))

      testCase "what does not fit is told with the fix" (fun () ->
          let init samples layer () = Layer.initMany (Key.ofInt 1) samples layer

          Expect.Contains("takes sequences [time; features]", message (init [ [ 8 ] ] (multiHeadSelfAttention 2 4)))
          Expect.Equal("multi_head_attention: num_heads = 0 is below 1.", message (fun () -> multiHeadAttention 0 4))

          Expect.Equal(
              "group_query_attention: num_key_value_heads = 3 does not divide the 4 heads of queries, which share them.",
              message (fun () -> groupedQueryAttention 2 4 3)
          )

          Expect.Contains(
              "8 features cannot be shared evenly by 3 heads; give a multiple.",
              message (init [ [ 6; 8 ] ] (transformerEncoder 16 3))
          )

          Expect.Contains("is below the 6 positions of a sample", message (init [ [ 6; 8 ] ] (positionEmbedding 5)))
          Expect.Contains("rotary embeddings turn pairs of columns", message (init [ [ 6; 7 ] ] rotaryEmbedding))

          Expect.Contains("query and key have as many features", message (init [ [ 6; 7 ]; [ 5; 8 ] ] attention))) ]
    |> testList "Layers.Attention"
