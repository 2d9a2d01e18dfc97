/// Generation with a cache: against the whole forward pass, its memory, and draws.
module Functional.Tests.GenerationTests

open System
open Functional
open Expecto

let private message f = Expect.Throws<FunctionalException>(fun () -> f () |> ignore).Message

let private vocabulary = 11

let private grouped =
    groupedQuerySelfAttentionWith { MultiHeadAttentionOptions.defaults with UseCausalMask = true } 4 4 2

let private rotary =
    { TransformerOptions.defaults with
        NormalizeFirst = true
        Rotary = Some RotaryOptions.defaults
        Dropout = 0.3 }

/// Models of ids [12] to numbers for each of 11 tokens.
let private networks: (string * Layer<Tensor, Tensor>) list =
    [ "learned positions",
      tokenAndPositionEmbedding vocabulary 12 8
      --> transformerDecoder 16 2
      --> transformerDecoder 16 2
      --> dense vocabulary
      "sinusoids, pre-norm, softmax",
      embedding vocabulary 8
      --> residual sinePositionEncoding
      --> transformerDecoderWith { TransformerOptions.defaults with NormalizeFirst = true } 16 4
      --> layerNorm
      --> dense vocabulary
      --> softmax
      "rotary, in a block",
      embedding vocabulary 8
      --> Layer.named "body" (transformerDecoderWith rotary 16 2 --> transformerDecoderWith rotary 16 2)
      --> dense vocabulary
      "grouped queries, positions in a residual",
      embedding vocabulary 16
      --> residual (positionEmbedding 12)
      --> residual (layerNorm --> grouped)
      --> dense vocabulary ]

/// Recurrent layers go on from their states.
let private recurrent: (string * Layer<Tensor, Tensor>) list =
    let all = { RecurrentOptions.defaults with ReturnSequences = true }

    [ "recurrent layers",
      embedding vocabulary 8
      --> lstmWith all 6
      --> gruWith { all with Dropout = 0.2 } 5
      --> simpleRnnWith all 4
      --> timeDistributed (dense vocabulary)
      --> softmax
      "a cell in a loop",
      embedding vocabulary 8
      --> rnnWith { RnnOptions.defaults with ReturnSequences = true } (stackedRnnCells [ lstmCell 4; gruCell 5 ])
      --> dense vocabulary
      "one table for ids and logits", reversibleEmbedding vocabulary 8 (transformerDecoder 16 2 --> gruWith all 8) ]

let private modelOf network = Model.create network [ 12 ] (Key.ofInt 3)

/// The logits of every position, from probabilities too.
let private logitsOf (model: Model) (ids: Tensor) =
    match model.Layer.Logits with
    | Some(_, logits) -> fst (logits model.Variables Run.inference ids)
    | None -> Layer.predict model.Variables ids model.Layer

[<Tests>]
let tests =
    [ testCase "position by position the logits are those of the whole sequence" (fun () ->
          for name, network in networks @ recurrent do
              let model = modelOf network
              let model = model |> Model.withVariables (Variables.cast Float64 model.Variables)
              let ids = Random.randint 0 vocabulary (Key.ofInt 4) [ 3; 12 ]
              let whole = logitsOf model ids
              let generator = model |> Generator.createWith SamplingOptions.defaults 3 12
              let tokens = Tensor.toInts ids

              for round in 1..2 do
                  generator.Reset(Key.ofInt round)

                  for i in 0..11 do
                      generator.Feed [| for sample in 0..2 -> tokens[sample * 12 + i] |]

                      let expected =
                          Tensor.cast Float32 (Tensor.squeezeAxes [ 1 ] (Tensor.sliceAxis 1 i (i + 1) 1 whole))

                      Expect.True(Tensor.allClose 1e-5 1e-5 expected generator.Logits, $"{name}, position {i}"))

      testCase "parts that are frozen go on as they are" (fun () ->
          let _, network = networks.Head
          let model = modelOf network
          let frozen = model |> Model.freeze [ "" ]
          let options = { GenerateOptions.defaults with MaxNewTokens = 8 }
          let go model = model |> Generate.tokens options (Key.ofInt 1) [| 1; 2 |]
          Expect.Equal<int>(go model, go frozen))

      testCase "greedy generation takes the likeliest token of the whole forward pass" (fun () ->
          let model = modelOf (snd networks[1])
          let options = { GenerateOptions.defaults with MaxNewTokens = 9; Sampling = SamplingOptions.greedy }
          let found = model |> Generate.tokens options (Key.ofInt 1) [| 5; 1; 7 |]
          let mutable tokens = [| 5; 1; 7 |]

          for _ in 1..9 do
              let ids = Tensor.ofInts [ 1; tokens.Length ] tokens
              let logits = logitsOf model ids
              let last = Tensor.sliceAxis 1 (tokens.Length - 1) tokens.Length 1 logits
              tokens <- Array.append tokens (Tensor.toInts (Tensor.argmax -1 last))

          Expect.Equal<int>(tokens[3..], found)
          Expect.Equal(9, found.Length))

      testCase "the same key gives the same tokens, streamed, at once, and beside others" (fun () ->
          let model = modelOf (snd networks[2])
          let options = { GenerateOptions.defaults with MaxNewTokens = 9 }
          let go key prompt = model |> Generate.tokens options (Key.ofInt key) prompt
          let tokens = go 1 [| 1; 2; 3 |]
          Expect.Equal<int>(tokens, go 1 [| 1; 2; 3 |])
          Expect.NotEqual<int[]>(tokens, go 2 [| 1; 2; 3 |])
          Expect.Equal<int>(tokens, model |> Generate.stream options (Key.ofInt 1) [| 1; 2; 3 |] |> Array.ofSeq)
          let generator = model |> Generator.create 12

          Expect.Equal<int>(
              tokens,
              generator |> Generate.streamWith options (Key.ofInt 1) [| 1; 2; 3 |] |> Array.ofSeq
          )

          let both = model |> Generate.batch options (Key.ofInt 1) [| [| 1; 2; 3 |]; [| 4; 5; 6 |] |]
          Expect.Equal(2, both.Length)
          Expect.True(both |> Array.forall (fun tokens -> tokens.Length = 9)))

      testCase "a stop token ends a sequence" (fun () ->
          let model = modelOf (snd networks.Head)
          let options = { GenerateOptions.defaults with MaxNewTokens = 10 }
          let all = model |> Generate.tokens options (Key.ofInt 1) [| 1 |]
          let stop = all[4]
          let ended = model |> Generate.tokens { options with StopToken = Some stop } (Key.ofInt 1) [| 1 |]
          Expect.Equal<int>(Array.takeWhile ((<>) stop) all, ended))

      testCase "top k, top p and temperature leave the likeliest tokens" (fun () ->
          let logits = Tensor.ofFloat64Array [ 1; 4 ] (Array.map log [| 0.5; 0.1; 0.3; 0.1 |])

          let kept options =
              Tensor.toFloat64Array (Sampling.filtered options logits) |> Array.map Double.IsFinite

          let defaults = SamplingOptions.defaults
          Expect.Equal<bool>([| true; true; true; true |], kept defaults)
          Expect.Equal<bool>([| true; false; false; false |], kept { defaults with TopK = Some 1 })
          Expect.Equal<bool>([| true; false; true; false |], kept { defaults with TopK = Some 2 })
          Expect.Equal<bool>([| true; false; false; false |], kept { defaults with TopP = Some 0.4 })
          Expect.Equal<bool>([| true; false; true; false |], kept { defaults with TopP = Some 0.7 })
          Expect.Equal<bool>([| true; true; true; true |], kept { defaults with TopP = Some 0.95 })

          let rows = Tensor.broadcastTo [ 20000; 4 ] logits
          let draws = Tensor.toInts (Sampling.draw { defaults with Temperature = 0.5 } (Key.ofInt 1) rows)
          let share i = float (draws |> Array.filter ((=) i) |> Array.length) / 20000.0
          // squares of the probabilities, which are 0.25, 0.01, 0.09, 0.01
          Expect.Equal(0.25 / 0.36, share 0, 0.02)
          Expect.Equal(0.09 / 0.36, share 2, 0.02)
          let greedy = Sampling.draw SamplingOptions.greedy (Key.ofInt 1) logits
          Expect.Equal<int>([| 0 |], Tensor.toInts greedy))

      testCase "caches are written in place: a step copies none of them" (fun () ->
          let network = embedding vocabulary 16 --> transformerDecoderWith rotary 32 2 --> dense vocabulary

          let generator = Model.create network [ 4096 ] (Key.ofInt 1) |> Generator.create 4096
          // keys and values of 4,096 positions, 16 numbers each
          Expect.Equal(2L * 4096L * 16L * 4L, generator.CacheBytes)

          for line in generator.Describe().Split '\n' do
              if line.Contains "arena:" then
                  let bytes = int64 (line.Split(' ')[1])
                  Expect.True(bytes < 65536L, $"the temporaries take {bytes} bytes")

          generator.Feed [| 1 |]
          let before = GC.GetAllocatedBytesForCurrentThread()

          for _ in 1..50 do
              generator.Continue()

          let allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / 50L
          Expect.True(allocated < 20000L, $"{allocated} bytes a step"))
      |> testSequenced

      testCase "what cannot go on is told with the reason" (fun () ->
          let create network = fun () -> modelOf network |> Generator.create 12
          let embedded = embedding vocabulary 8

          Expect.Contains(
              "layer = 'transformer_encoder' cannot go on from one position to the next",
              message (create (embedded --> transformerEncoder 16 2 --> dense vocabulary))
          )

          Expect.Contains(
              "layer = 'conv1d'",
              message (
                  create (
                      embedded
                      --> conv1DWith { Conv1DOptions.defaults with Padding = WindowPadding.Same } 8 3
                      --> dense vocabulary
                  )
              )
          )

          Expect.Contains(
              "a model generates that takes ids [time]",
              message (create (embedded --> flatten --> dense vocabulary))
          )

          let generator = modelOf (snd networks.Head) |> Generator.create 2
          generator.Feed [| 1 |]
          generator.Feed [| 2 |]
          Expect.Contains("positions are all used", message (fun () -> generator.Feed [| 3 |]))
          Expect.Contains("are not one for each of 1 sequences", message (fun () -> generator.Feed [| 1; 2 |]))

          Expect.Equal(
              "Generate: prompt = [] is empty; give a token at least.",
              message (fun () ->
                  modelOf (snd networks.Head) |> Generate.tokens GenerateOptions.defaults (Key.ofInt 1) [||])
          )) ]
    |> testList "Learning.Generation"
