module Functional.Charts.Tests.NetworkPictureTests

open System
open Functional
open Functional.Tests
open FsCheck
open FsCheck.FSharp
open Expecto

/// A random acyclic graph: the predecessors of each node, which stand before it.
let private graphs =
    gen {
        let! count = Gen.choose (1, 12)
        let! seed = Gen.choose (0, 100000)
        let random = Random seed

        return
            Array.init count (fun i ->
                [ for j in 0 .. i - 1 do
                      if random.NextDouble() < 0.3 then
                          j ])
    }
    |> Arb.fromGen

let private model =
    lazy
        Model.create
            (conv2D 4 (3, 3) --> relu --> maxPooling2D (2, 2) --> flatten --> dense 3 --> softmax)
            [ 8; 8; 2 ]
            (Key.ofInt 9)

[<Tests>]
let tests =
    [ law
          "every edge of a layout goes down, and passes each rank between"
          (Prop.forAll graphs (fun predecessors ->
              let layout = LayeredLayout.ofPredecessors predecessors

              let edges =
                  [ for target in 0 .. predecessors.Length - 1 do
                        for source in predecessors[target] -> source, target ]

              List.zip edges (List.ofArray layout.Edges)
              |> List.forall (fun ((source, target), points) ->
                  Array.map snd points = [| layout.Ranks[source] .. layout.Ranks[target] |]
                  && fst points[0] = layout.Positions[source]
                  && fst (Array.last points) = layout.Positions[target])))

      law
          "nodes of one rank are a width apart"
          (Prop.forAll graphs (fun predecessors ->
              let layout = LayeredLayout.ofPredecessors predecessors

              Array.zip layout.Ranks layout.Positions
              |> Array.groupBy fst
              |> Array.forall (fun (_, row) ->
                  row
                  |> Array.map snd
                  |> Array.sort
                  |> Array.pairwise
                  |> Array.forall (fun (a, b) -> b - a > 1.0 - 1e-9))))

      testCase "a chain is a straight line" (fun () ->
          let layout = LayeredLayout.ofPredecessors [| []; [ 0 ]; [ 1 ]; [ 2 ] |]
          Expect.equal layout.Ranks [| 0; 1; 2; 3 |] "ranks"
          Expect.all layout.Positions (fun p -> p = layout.Positions[0]) "positions")

      law "every image of a mosaic is where its place says, and nothing but gaps elsewhere" (fun (seed: int) ->
          let random = Random seed
          let height, width, count = random.Next(1, 20), random.Next(1, 20), random.Next(1, 12)
          let images = Array.init count (fun _ -> Array2D.init height width (fun _ _ -> random.NextDouble()))
          let mosaic = ImageMosaic.ofImages 1 images
          let factor = max 1 (12 / max height width)

          let isThere (image: float[,], (top, left)) =
              image
              |> Array2D.mapi (fun r c v -> mosaic.Pixels[top + r * factor, left + c * factor] = v)
              |> Seq.cast<bool>
              |> Seq.forall id

          let filled = mosaic.Pixels |> Seq.cast<float> |> Seq.filter (Double.IsNaN >> not) |> Seq.length

          Array.forall isThere (Array.zip images mosaic.Places)
          && filled = count * height * width * factor * factor)

      testCase "filters are the slices of the kernel" (fun () ->
          let filters = FeatureMaps.filters "conv2d" model.Value
          Expect.equal filters.Shape [ 4; 3; 3; 2 ] "shape"
          let kernel = Model.weights model.Value |> List.find (fst >> (=) "conv2d/kernel") |> snd

          let slice =
              kernel
              |> Tensor.sliceAxis 3 2 3 1
              |> Tensor.sliceAxis 2 1 2 1
              |> Tensor.reshape [ 9 ]
              |> Tensor.toArray

          let own =
              filters
              |> Tensor.sliceAxis 0 2 3 1
              |> Tensor.sliceAxis 3 1 2 1
              |> Tensor.reshape [ 9 ]
              |> Tensor.toArray

          Expect.equal own slice "filter 2, channel 1")

      testCase "feature maps are what the model up to the layer gives, channel by channel" (fun () ->
          let sample = Random.normal (Key.ofInt 2) [ 8; 8; 2 ]
          let maps = FeatureMaps.ofLayer "max_pooling2d" sample model.Value
          let expected = model.Value |> Model.upTo "max_pooling2d" |> Model.predict sample
          Expect.equal maps.Shape [ 4; 3; 3 ] "shape"
          Expect.equal (Tensor.toArray maps) (Tensor.toArray (Tensor.permute [ 2; 0; 1 ] expected)) "values")

      testCase "a layer without filters is an error that names the convolutions" (fun () ->
          Expect.throwsC (fun () -> FeatureMaps.filters "dense" model.Value |> ignore) (fun e ->
              Expect.stringContains e.Message "there are conv2d." ""))

      testCase "the update of plain gradient descent is its rate times the gradient" (fun () ->
          let parameters =
              Tree.ofList [ "a", Tensor.ofArray [ 2 ] [| 3f; 4f |]; "b", Tensor.ofArray [ 1 ] [| 2f |] ]

          let gradients =
              Tree.ofList [ "a", Tensor.ofArray [ 2 ] [| 1f; 0f |]; "b", Tensor.ofArray [ 1 ] [| 0f |] ]

          let optimizer = Optimizer.sgd 0.5
          let ratios = UpdateRatios.ofStep optimizer gradients (optimizer.Init parameters) parameters
          Expect.equal (ratios |> List.map _.Ratio) [ 0.1; 0.0 ] "by weight"
          Expect.equal ratios.Head.EffectiveRate 0.5 "by gradient")

      testCase "the callback logs the last step of each epoch" (fun () ->
          let x, y = Random.normal (Key.ofInt 1) [ 8; 3 ], Random.normal (Key.ofInt 2) [ 8; 1 ]
          let model = Model.create (dense 1) [ 3 ] (Key.ofInt 3)

          let options epochs callbacks =
              { Fit.defaults with
                  Optimizer = Optimizer.sgd 0.1
                  Epochs = epochs
                  BatchSize = 8
                  Callbacks = callbacks }

          let run =
              Learn.fitModel (options 2 [ UpdateRatios.callback model ]) model (Dataset.ofTensors x y) (Key.ofInt 4)

          let after epochs =
              (Learn.fitModel (options epochs []) model (Dataset.ofTensors x y) (Key.ofInt 4)).Model

          let expected = UpdateRatios.between (after 1).Variables (after 2).Variables
          let logged = run.History["update_ratio/dense/kernel"]
          let wanted = expected |> List.find (fun r -> r.Path = "dense/kernel")
          Expect.equal logged.Length 2 "an epoch each"
          Expect.floatClose Accuracy.high logged[1] wanted.Ratio "the second epoch")

      testCase "a plane of codes is decoded row by row" (fun () ->
          let plane =
              LatentPlane.decode (LatentSpacing.Even 2.0) 3 (fun codes -> Tensor.reshape [ 9; 1; 2 ] codes)

          Expect.equal plane.Xs [| -2.0; 0.0; 2.0 |] "codes"
          Expect.equal plane.Images.Shape [ 3; 3; 1; 2; 1 ] "shape"

          Expect.equal
              (Tensor.toFloat64Array plane.Images)
              [| for y in plane.Ys do
                     for x in plane.Xs do
                         x
                         y |]
              "images") ]
    |> testList "Learning.Networks"
