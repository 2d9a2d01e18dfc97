/// The code of docs/transformers.md, as it stands there.
module Functional.Tests.TransformerPage

open Expecto
open Functional

let private classify () =
    let masked = { TokenAndPositionOptions.defaults with MaskZero = true }

    let classifier =
        tokenAndPositionEmbeddingWith masked 2000 64 32
        --> transformerEncoder 64 4
        --> transformerEncoder 64 4
        --> globalAveragePooling1D
        --> dense 1
        --> sigmoid

    let spam = Model.create classifier [ 64 ] (Key.ofInt 1)

    let padded = Tensor.ofInts [ 1; 64 ] (Array.init 64 (fun i -> if i < 5 then i + 1 else 0))
    let short = Tensor.ofInts [ 1; 5 ] [| 1; 2; 3; 4; 5 |]
    let predict ids = Layer.predict spam.Variables ids spam.Layer
    Expect.True(Tensor.allClose 1e-5 1e-5 (predict short) (predict padded))

let private generate () =
    let decoder = { TransformerOptions.defaults with NormalizeFirst = true; Activation = gelu }

    let language =
        embedding 57 64
        --> residual (positionEmbedding 128)
        --> transformerDecoderWith decoder 256 4
        --> transformerDecoderWith decoder 256 4
        --> layerNorm
        --> dense 57

    let writer = Model.create language [ 128 ] (Key.ofInt 1)

    let options =
        { GenerateOptions.defaults with
            MaxNewTokens = 40
            Sampling = { SamplingOptions.defaults with Temperature = 0.8; TopK = Some 20; TopP = Some 0.95 } }

    let written = writer |> Generate.tokens options (Key.ofInt 7) [| 4; 8; 15 |]
    let streamed = writer |> Generate.stream options (Key.ofInt 7) [| 4; 8; 15 |] // token by token

    Expect.Equal(40, written.Length)
    Expect.Equal<int>(written, Array.ofSeq streamed)

    let generator = writer |> Generator.createWith SamplingOptions.greedy 1 128
    generator.Feed [| 4 |]
    generator.Feed [| 8 |]
    let likeliest = generator.Drawn[0]
    let logits = generator.Logits // [1; 57]
    generator.Continue() // takes the likeliest token as the next one

    Expect.Equal(likeliest, (Tensor.toInts (Tensor.argmax -1 logits))[0])
    Expect.Equal(3, generator.Position)

let private attend () =
    let x = Random.normal (Key.ofInt 1) [ 1; 1000; 2; 16 ]
    let causal = { DotProductAttentionOptions.defaults with IsCausal = true }
    let seen = Tensor.dotProductAttentionWith causal x x x // query i sees keys 0 to i
    let slope = x |> grad (fun x -> Tensor.sum (Tensor.dotProductAttention x x x))

    Expect.True(Tensor.allClose 1e-6 1e-6 x[*, 0, *, *] seen[*, 0, *, *])
    Expect.Equal<Shape>(x.Shape, slope.Shape)

[<Tests>]
let tests =
    [ testCase "the code on classifying gives what it says" classify
      testCase "the code on generating gives what it says" generate
      testCase "the code on attention gives what it says" attend
      Pages.codeRuns "transformers.md" "TransformerPage.fs" ]
    |> testList "Docs.Transformers"
