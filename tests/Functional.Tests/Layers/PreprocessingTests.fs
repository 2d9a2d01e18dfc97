/// Layers of raw features, dropouts, penalties on activities, and products of two tensors.
module Functional.Tests.PreprocessingTests

open Expecto
open Functional
open Functional.Tests.Chains

let private close (a: Tensor) (b: Tensor) =
    Expect.Equal<Shape>(a.Shape, b.Shape)
    Expect.True(Tensor.allClose 1e-9 1e-9 (Tensor.cast Float64 a) (Tensor.cast Float64 b), $"{a} differs from {b}")

let private values (x: Tensor) = Tensor.toFloat64Array x

let private comesBack (layer: Layer<'In, 'Out>) =
    let json = DescriptionJson.toJson layer.Description
    let back = Catalog.network (DescriptionJson.ofJson json)
    Expect.Equal(layer.Description, Network.describe back)

let private trained (layer: Layer<Tensor, Tensor>) key (x: Tensor) =
    fst (layer.Apply (fst (Layer.init (Key.ofInt 0) x.Shape.Tail layer)) (training key) x)

let private joined (layer: Layer<Tensor list, Tensor>) (xs: Tensor list) =
    let variables = fst (Layer.initMany (Key.ofInt 1) (xs |> List.map _.Shape.Tail) layer)
    Layer.predict variables xs layer

[<Tests>]
let tests =
    [ testCase "rescaling is x scale + offset, of integers too" (fun () ->
          let pixels = Tensor.ofInts [ 2; 2 ] [| 0; 51; 102; 255 |]
          Expect.Equal<float[]>([| -1.0; -0.6; -0.2; 1.0 |], values (predictAlone (rescaling (2.0 / 255.0) -1.0) pixels) |> Array.map (fun v -> System.Math.Round(v, 6)))
          let x = wave [ 3; 2 ]
          let rows = Tensor.concat 1 [ Tensor.sliceAxis 1 0 1 1 x * 2.0 + 1.0; Tensor.sliceAxis 1 1 2 1 x * 3.0 + 1.0 ]
          close rows (predictAlone (rescalingOf [ 2.0; 3.0 ] [ 1.0 ]) x)
          Expect.Contains("give one number, or one for each feature", errorOf (fun () -> Layer.shapes [ [ 2 ] ] (rescalingOf [ 1.0; 2.0; 3.0 ] [ 0.0 ])))
          comesBack (rescalingOf [ 2.0; 3.0 ] [ 1.0 ]))

      testCase "normalization adapts to data, and its inverse leads back" (fun () ->
          let data = wave [ 40; 3; 2 ] * 5.0 + 7.0

          for axes in [ [ -1 ]; [ 1 ]; [ 1; 2 ]; [] ] do
              let options = { NormalizationOptions.defaults with Axes = axes }
              let layer = normalizationWith options |> Preprocessing.adapt data
              let y = predictAlone layer data
              let others = [ 0; 1; 2 ] |> List.except (axes |> List.map (fun axis -> (axis + 3) % 3))
              let mean = Tensor.meanOver others y
              close (Tensor.zerosLike mean) mean
              close (Tensor.onesLike mean) (Tensor.varOver others y)
              let back = normalizationWith { options with Invert = true } |> Preprocessing.adapt data
              close data (predictAlone back y)
              comesBack layer)

      testCase "normalization agrees with NumPy" (fun () ->
          let data, x = wave [ 20; 4 ], wave [ 5; 4 ] * 3.0
          let script = "give('y', (x['x'] - x['d'].mean(0)) / np.maximum(x['d'].std(0), 1e-7))"
          let there = Peer.run [] script [ "d", data; "x", x ]
          Peer.agree 1e-9 "y" there["y"] (values (predictAlone (normalization |> Preprocessing.adapt data) x)))

      testCase "normalization that is not adapted changes nothing, and has a state" (fun () ->
          let x = Tensor.cast Float32 (wave [ 3; 4 ])
          close x (predictAlone normalization x)
          let variables = fst (Layer.init (Key.ofInt 1) [ 4 ] normalization)
          Expect.Equal<string list>([ "normalization/mean"; "normalization/variance"; "normalization/count" ], Variables.flatten variables |> List.map _.Path)
          Expect.Equal<float[]>([| 0.0; 0.0 |], values (predictAlone (normalization |> Preprocessing.adapt (Tensor.ones [ 4; 2 ])) (Tensor.ones [ 1; 2 ]))))

      testCase "bins are those of NumPy's digitize" (fun () ->
          let x = wave [ 6; 5 ]
          let boundaries = [ -1.5; -0.25; 0.0; 1.25 ]
          let script = "give('y', np.digitize(x['x'], [-1.5, -0.25, 0.0, 1.25]))"
          let there = Peer.run [] script [ "x", x ]
          let ids = predictAlone (discretization boundaries) x
          Peer.agree 0.0 "bins" there["y"] (values ids)
          Expect.True((ids.DType = Int32))
          let counts = predictAlone (discretizationWith (DiscretizationMode.Encoded CategoryMode.Count) boundaries) x
          close (predictAlone (categoryEncoding CategoryMode.Count 5) ids) counts
          Expect.Contains("sort them", errorOf (fun () -> discretization [ 1.0; 1.0 ])))

      testCase "bins adapted to data have about as many elements each" (fun () ->
          let data = Random.normal (Key.ofInt 3) [ 1000 ] |> Tensor.reshape [ 1000; 1 ]

          for bins in [ 2; 4; 10 ] do
              let layer = discretizationInto DiscretizationMode.Int bins |> Preprocessing.adapt data
              let counts = values (predictAlone layer data) |> Array.countBy id |> Array.map snd
              Expect.Equal(bins, counts.Length)
              Expect.All(counts, fun n -> Expect.True(abs (n - 1000 / bins) <= 1))
              comesBack layer

          let script = "give('q', np.quantile(x['d'], [0.25, 0.5, 0.75]))"
          let there = Peer.run [] script [ "d", data ]
          let adapted = discretizationInto DiscretizationMode.Int 4 |> Preprocessing.adapt data

          match List.find (fst >> (=) "bin_boundaries") adapted.Description.Settings with
          | _, Setting.Items found ->
              let number item =
                  match item with
                  | Setting.Number v -> v
                  | other -> failwith $"{other}"

              let found = found |> List.map number |> Array.ofList
              Peer.agree 1e-9 "quantiles" there["q"] found
          | other -> failwith $"{other}"

          Expect.Contains("adapt the layer to data first", errorOf (fun () -> predictAlone (discretizationInto DiscretizationMode.Int 3) data))
          Expect.Contains("learns nothing from data", errorOf (fun () -> relu |> Preprocessing.adapt data)))

      testCase "ids are counted with weights" (fun () ->
          let ids = Tensor.ofInts [ 2; 3 ] [| 1; 2; 1; 0; 0; 3 |]
          let weights = Tensor.ofFloat64Array [ 2; 3 ] [| 0.5; 2.0; 0.25; 1.0; 1.0; -1.0 |]
          let found = joined (weightedCategoryCount 4) [ ids; weights ]
          Expect.Equal<float[]>([| 0.0; 0.75; 2.0; 0.0; 2.0; 0.0; 0.0; -1.0 |], values found)
          close (predictAlone (categoryEncoding CategoryMode.Count 4) ids) (joined (weightedCategoryCount 4) [ ids; Tensor.ones [ 2; 3 ] ])
          comesBack (weightedCategoryCount 4))

      testCase "spatial dropout drops whole channels, its share of them, and keeps the mean" (fun () ->
          let layers =
              [ spatialDropout1DWith, [ 3 ]; spatialDropout2DWith, [ 3; 2 ]; spatialDropout3DWith, [ 2; 3; 2 ] ]

          for make, extents in layers do
              for format in [ DataFormat.ChannelsLast; DataFormat.ChannelsFirst ] do
                  let layer = make format 0.25
                  let last = format = DataFormat.ChannelsLast
                  let shape = if last then 40 :: extents @ [ 50 ] else 40 :: 50 :: extents
                  let y = trained layer 3 (Tensor.ones shape)
                  let axes = List.init extents.Length (fun i -> if last then i + 1 else i + 2)
                  close (Tensor.minOver axes y) (Tensor.maxOver axes y)
                  let each = values (Tensor.meanOver axes y)
                  Expect.All(Array.distinct each, fun v -> Expect.True(v = 0.0 || abs (v - 4.0 / 3.0) < 1e-6))
                  Expect.Equal(1.0, Array.average each, 4.0 * sqrt (0.25 * 0.75 / 2000.0) / 0.75)
                  Expect.Same(y, predictAlone layer y)
                  comesBack layer

          Expect.Contains("must have 2 axes", errorOf (fun () -> Layer.shapes [ [ 2; 3; 4 ] ] (spatialDropout1D 0.5))))

      testCase "alpha dropout keeps mean and variance" (fun () ->
          let x = Random.normalOf Float64 0.0 1.0 (Key.ofInt 2) [ 300; 300 ]
          let y = trained (alphaDropout 0.2) 5 x
          Expect.Equal(0.0, Tensor.toFloat (Tensor.mean y), 0.02)
          Expect.Equal(1.0, Tensor.toFloat (Tensor.std y), 0.02)
          Expect.Same(x, predictAlone (alphaDropout 0.2) x)
          comesBack (alphaDropout 0.2))

      testCase "penalties on activities are a layer" (fun () ->
          let layer = activityRegularization 0.1 0.2
          let x = wave [ 3; 4 ]
          let variables = fst (Layer.init (Key.ofInt 1) [ 4 ] layer)
          let y, after = layer.Apply variables resting x
          Expect.Same(x, y)
          close ((Regularizer.l1l2 0.1 0.2).Penalty x) (List.exactlyOne after.Losses)
          comesBack layer
          let trainer = Layer.identity --> layer
          Expect.False((snd (trainer.Apply (fst (Layer.init (Key.ofInt 1) [ 4 ] trainer)) resting x)).Losses.IsEmpty))

      testCase "dot agrees with NumPy, values and derivatives" (fun () ->
          let cases =
              [ [ 4 ], [ 4 ], (-1, -1), "np.einsum('bi,bi->b', x, y)[:, None]"
                [ 4; 5 ], [ 4; 5 ], (-1, -1), "np.einsum('bij,bkj->bik', x, y)"
                [ 4; 5 ], [ 5; 3 ], (2, 1), "np.einsum('bij,bjk->bik', x, y)"
                [ 3; 2 ], [ 1; 2; 3 ], (-2, -1), "np.einsum('bij,bkli->bjkl', x, y)" ]

          for a, b, axes, script in cases do
              let x, y = wave (2 :: a), wave (2 :: b) * 0.5 + 1.0
              let there = Peer.run [] $"a = x; x, y = a['x'], a['y']\ngive('z', {script})" [ "x", x; "y", y ]
              let layer = Merge.dotWith { DotOptions.defaults with Axes = axes }
              let z = joined layer [ x; y ]
              Peer.agree 1e-9 script there["z"] (values z)
              Expect.Equal<Shape list>([ z.Shape.Tail ], Layer.shapes [ a; b ] layer)
              comesBack layer

          let x, y = wave [ 3; 4 ], wave [ 3; 4 ] * 2.0 + 1.0
          let cosines = joined (Merge.dotWith { Axes = (1, 1); Normalize = true }) [ x; y ]
          let norms = Tensor.normKeep [ 1 ] x * Tensor.normKeep [ 1 ] y
          close (Tensor.sumKeep [ 1 ] (x * y) / norms) cosines
          Expect.Contains("differ in length", errorOf (fun () -> Layer.shapes [ [ 3 ]; [ 4 ] ] (Merge.dot -1)))) ]
    |> testList "Layers.Preprocessing"
