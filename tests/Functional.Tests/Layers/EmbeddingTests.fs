/// Layers of ids: their values, gradients, shapes and errors.
module Functional.Tests.EmbeddingTests

open Expecto
open Functional
open Functional.Tests.Chains

let private ids () = tensor [ [ 3; 0; 4 ]; [ 1; 3; 3 ] ]

[<Tests>]
let tests =
    [ testCase "an embedding gives the row of each id, and sums the gradients of its uses" (fun () ->
          let layer = embedding 5 2
          let variables, shape = Layer.init (Key.ofInt 1) [ 3 ] layer
          Expect.Equal<Shape>([ 3; 2 ], shape)
          let table = at "embeddings" variables.Parameters
          Expect.Equal<Shape>([ 5; 2 ], table.Shape)
          Expect.True(Tensor.toFloat (Tensor.max (Tensor.abs table)) <= 0.05)
          let y = Layer.predict variables (ids ()) layer
          Expect.Equal<Shape>([ 2; 3; 2 ], y.Shape)
          Expect.Equal(bits (Tensor.gather 0 (ids ()) table), bits y)
          Expect.Equal(bits y, bits (Layer.predict variables (Tensor.cast Float32 (ids ())) layer))

          let f (table: Tensor) =
              let parameters = Tree.map (fun _ -> table) variables.Parameters
              Tensor.sum (Layer.predict { variables with Parameters = parameters } (ids ()) layer)

          let expected = [| 1f; 1f; 1f; 1f; 0f; 0f; 3f; 3f; 1f; 1f |]
          Expect.Equal<float32>(expected, Tensor.toArray (grad f table))
          Expect.Equal<float32>(expected, Tensor.toArray (Tensor.compile (grad f) table)))

      testCase "ids as rows of ones and zeros, one for each id or one for each sample" (fun () ->
          let predict mode x = predictAlone (categoryEncoding mode 5) x

          let oneHot = predict CategoryMode.OneHot (ids ())
          Expect.Equal<Shape>([ 2; 3; 5 ], oneHot.Shape)
          Expect.Equal(bits (Tensor.oneHot 5 (ids ())), bits oneHot)

          Expect.Equal<float32>(
              [| 1f; 0f; 0f; 1f; 1f; 0f; 1f; 0f; 1f; 0f |],
              Tensor.toArray (predict CategoryMode.MultiHot (ids ()))
          )

          Expect.Equal<float32>(
              [| 1f; 0f; 0f; 1f; 1f; 0f; 1f; 0f; 2f; 0f |],
              Tensor.toArray (predict CategoryMode.Count (ids ()))
          )
          // one id a sample, with and without an axis of its own
          let column = tensor [ [ 3 ]; [ 1 ] ]
          Expect.Equal<Shape>([ 2; 5 ], (predict CategoryMode.OneHot column).Shape)
          Expect.Equal<Shape>([ 2; 5 ], (predict CategoryMode.OneHot (tensor [ 3; 1 ])).Shape)

          for mode in [ CategoryMode.OneHot; CategoryMode.MultiHot; CategoryMode.Count ] do
              for sample, batch in [ [ 3 ], (ids ()); [ 1 ], column; [], tensor [ 3; 1 ] ] do
                  let shape = Layer.shapes [ sample ] (categoryEncoding mode 5) |> List.exactlyOne
                  Expect.Equal<Shape>(shape, (predict mode batch).Shape.Tail))

      testCase "ids of characters are learned from, kept as int32" (fun () ->
          // the next of five letters that go round
          let letters = Array.init 300 (fun i -> i % 5)

          let windows =
              Tensor.ofInts
                  [ 290; 4 ]
                  [| for i in 0..289 do
                         yield! letters[i .. i + 3] |]

          let next = Tensor.ofInts [ 290 ] letters[4..293]

          for front in [ categoryEncoding CategoryMode.OneHot 5; embedding 5 4 ] do
              let net = front --> lstm 8 --> dense 5 --> softmax
              let model = Model.create net [ 4 ] (Key.ofInt 1)

              let options =
                  { Fit.defaults with
                      Loss = Loss.sparseCategoricalCrossentropy
                      Optimizer = Optimizer.adam 0.05
                      Epochs = 6 }

              let result = Learn.fitModel options model (Dataset.ofTensors windows next) (Key.ofInt 2)
              Expect.True(List.last result.History["loss"] < 0.1, $"""{result.History["loss"]}"""))

      testCase "both come back from their descriptions" (fun () ->
          let layers =
              [ embedding 5 2
                embeddingWith
                    { EmbeddingOptions.defaults with
                        EmbeddingsInitializer = Initializer.ones
                        EmbeddingsRegularizer = Some(Regularizer.l2 0.5)
                        EmbeddingsConstraint = Some Constraint.unitNorm }
                    5
                    2
                categoryEncoding CategoryMode.OneHot 5
                categoryEncoding CategoryMode.MultiHot 5
                categoryEncoding CategoryMode.Count 5 ]

          for layer in layers do
              let back = layer.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.build
              Expect.Equal(layer.Description, back.Description)
              let variables, _ = Layer.init (Key.ofInt 7) [ 3 ] back
              Expect.Equal(bits (Layer.predict variables (ids ()) layer), bits (Layer.predict variables (ids ()) back))
              Expect.Equal(layer.Penalty variables |> Option.map bits, back.Penalty variables |> Option.map bits))

      testCase "a reversible embedding is an embedding, layers, and the product with the same table" (fun () ->
          let options =
              { EmbeddingOptions.defaults with EmbeddingsRegularizer = Some(Regularizer.l2 0.5); MaskZero = true }

          let inside =
              dense 6
              --> relu
              --> denseWith { DenseOptions.defaults with KernelRegularizer = Some(Regularizer.l1 0.1) } 4

          let layer = reversibleEmbeddingWith options 5 4 inside
          let variables, shape = Layer.init (Key.ofInt 2) [ 3 ] layer
          Expect.Equal<Shape>([ 3; 5 ], shape)
          let part = variables.Parameters["reversible_embedding/embeddings"]
          Expect.Equal<Shape>([ 5; 4 ], part.Shape)
          let own = Variables.part "reversible_embedding" variables

          let byHand (parameters: Tree<Tensor>) =
              let table = parameters["embeddings"]

              let layers =
                  match parameters with
                  | Node branches -> Node(branches |> List.filter (fst >> (<>) "embeddings"))
                  | Leaf _ -> parameters

              let vectors = Tensor.gather 0 (ids ()) table
              let ys = Layer.predict { own with Parameters = layers } vectors inside
              Tensor.matmul ys (Tensor.transpose table)

          let loss f parameters = Tensor.sum (Tensor.sin (f parameters))

          let predicted parameters =
              Layer.predict { variables with Parameters = Node [ "reversible_embedding", parameters ] } (ids ()) layer

          Expect.True(Tensor.allClose 1e-6 1e-6 (byHand own.Parameters) (predicted own.Parameters))

          // the table has the gradients of both of its uses
          let expected, found = Tree.grad (loss byHand) own.Parameters, Tree.grad (loss predicted) own.Parameters
          Expect.True(Tensor.allClose 1e-5 1e-6 expected["embeddings"] found["embeddings"])

          let penalty =
              0.5 * Tensor.sum (Tensor.square part) + 0.1 * Tensor.sum (abs own.Parameters["dense_1/kernel"])

          Expect.True(Tensor.allClose 1e-6 1e-6 penalty (layer.Penalty variables).Value)

          let back = layer.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.build
          Expect.Equal(layer.Description, back.Description)
          Expect.Equal(bits (Layer.predict variables (ids ()) layer), bits (Layer.predict variables (ids ()) back))

          Expect.Contains(
              "the layers inside must give vectors of 4 numbers",
              errorOf (fun () -> Layer.init (Key.ofInt 1) [ 3 ] (reversibleEmbedding 5 4 (dense 3)))
          ))

      testCase "errors name the id" (fun () ->
          let variables, _ = Layer.init (Key.ofInt 1) [ 3 ] (embedding 4 2)

          Expect.Equal(
              "embedding: id = 4 is outside 0 to 3, the ids that there are; give the layer as many as the data have.",
              errorOf (fun () -> Layer.predict variables (ids ()) (embedding 4 2))
          )

          Expect.Contains(
              "category_encoding: id = -1 is outside 0 to 3",
              errorOf (fun () -> predictAlone (categoryEncoding CategoryMode.OneHot 4) (tensor [ [ -1 ] ]))
          )

          Expect.Contains("inputs = 0", errorOf (fun () -> embedding 0 2))
          Expect.Contains("units = 0", errorOf (fun () -> embedding 2 0))
          Expect.Contains("tokens = 0", errorOf (fun () -> categoryEncoding CategoryMode.OneHot 0))

          Expect.Contains(
              "output_mode = 'half' is none of one_hot, multi_hot, count",
              errorOf (fun () ->
                  let settings = [ "num_tokens", Setting.Whole 3; "output_mode", Setting.Text "half" ]
                  Catalog.build { Kind = "category_encoding"; Name = ""; Settings = settings; Children = [] })
          )) ]
    |> testList "Layers.Embedding"
