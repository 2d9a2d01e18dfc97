/// Weights from files, whole and in part, and trained models as layers of others.
module Functional.Tests.WeightFileTests

open System.IO
open Expecto
open Functional
open Functional.Tests.Chains

let private net head = Layer.named "base" (dense 4 --> relu --> batchNorm) --> dense head

let private source () = Model.create (net 3) [ 5 ] (Key.ofInt 1)

let private x = Tensor.cast Float32 (wave [ 2; 5 ])

let private weight (path: string) model = Model.weights model |> List.find (fst >> (=) path) |> snd |> bits

/// Writes a model's weights in each of the forms there are, and runs the action with each file.
let private withEachFile (model: Model) (action: string -> unit) =
    Sample.inFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        Model.saveWeights (path "weights.safetensors") model
        Model.saveWeights (path "weights.npz") model
        Model.save (path "model.zip") model
        Model.save (path "model.of-any-name") model
        TrainState.save (path "state.zip") (Learn.start Fit.defaults model (Key.ofInt 1))

        for file in Directory.GetFiles folder do
            action file)

[<Tests>]
let tests =
    [ testCase "weights come from safetensors, npz, saved models and saved training states" (fun () ->
          let model = source ()

          withEachFile model (fun path ->
              let other = Model.create (net 3) [ 5 ] (Key.ofInt 9)
              Expect.NotEqual(bits (Model.predict x model), bits (Model.predict x other))
              Expect.Equal(bits (Model.predict x model), bits (other |> Model.loadWeights path |> Model.predict x))))

      testCase "weights are loaded in part, with the missing and unexpected ones reported" (fun () ->
          let model = source ()
          let target = Layer.named "base" (dense 4 --> relu --> batchNorm) --> Layer.named "head" (dense 3)
          let target = Model.create target [ 5 ] (Key.ofInt 9)

          withEachFile model (fun path ->
              let loaded, report = target |> Model.loadWeightsInPart path
              Expect.Equal<Set<string>>(set (Model.weightsOf "base" model |> List.map fst), set report.Loaded)
              Expect.Equal<string list>([ "head/kernel"; "head/bias" ], report.Missing)
              Expect.Equal<Set<string>>(set [ "dense/kernel"; "dense/bias" ], set report.Unexpected)
              Expect.Equal<string list>([], report.Mismatched)
              Expect.False(report.IsComplete)
              Expect.Equal(weight "base/dense/kernel" model, weight "base/dense/kernel" loaded)
              Expect.Equal(weight "head/kernel" target, weight "head/kernel" loaded)))

      testCase "weights of another shape are refused, or left out and reported" (fun () ->
          let model = source ()
          let target = Model.create (net 2) [ 5 ] (Key.ofInt 9)

          withEachFile model (fun path ->
              let refusal = errorOf (fun () -> target |> Model.loadWeightsInPart path)
              Expect.Contains(Path.GetFileName path |> string, refusal)
              Expect.Contains("'dense/kernel' has another shape here", refusal)
              let loaded, report = target |> Model.loadMatchingWeights path
              Expect.Equal<Set<string>>(set [ "dense/kernel"; "dense/bias" ], set report.Mismatched)
              Expect.Equal<string list>([], report.Missing @ report.Unexpected)
              Expect.Equal(weight "base/dense/kernel" model, weight "base/dense/kernel" loaded)
              Expect.Equal(weight "dense/kernel" target, weight "dense/kernel" loaded))

          let all, report = source () |> Model.withMatchingWeights (Model.weights model)
          Expect.True(report.IsComplete)
          Expect.Equal(bits (Model.predict x model), bits (Model.predict x all)))

      testCase "weights of 16 bits are widened, and those of 64 bits not rounded" (fun () ->
          let model = source ()

          let cast dtype = Model.weights model |> List.map (fun (path, w) -> path, Tensor.cast dtype w)

          Sample.inFolder (fun folder ->
              let file (dtype: DType) =
                  let path = Path.Combine(folder, $"{dtype}.safetensors")
                  Safetensors.save path (cast dtype)
                  path

              for half in [ Float16; BFloat16 ] do
                  for loaded in
                      [ Model.loadWeights (file half) model; Model.loadWeightsInPart (file half) model |> fst ] do
                      let y = Model.predict x loaded
                      Expect.Equal(Float32, y.DType)
                      Expect.True(Tensor.allClose 5e-2 5e-2 (Model.predict x model) y)

              Expect.Equal(Float64, (model |> Model.loadWeights (file Float64) |> Model.predict x).DType)

              Expect.Contains("would be rounded", errorOf (fun () -> model |> Model.loadWeightsInPart (file Float64)))))

      testCase "a model of 16 bits comes back in its type" (fun () ->
          for dtype in [ Float16; BFloat16 ] do
              let model = Model.cast dtype (source ())

              Sample.inFolder (fun folder ->
                  let path = Path.Combine(folder, "model.zip")
                  Model.save path model
                  let y = Model.load path |> Model.predict x
                  Expect.Equal(dtype, y.DType)
                  Expect.True(Tensor.sameElements (Model.predict x model) y)))

      testCase "a file without weights is refused with its name" (fun () ->
          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "other.zip")
              Npy.saveArchive path [ "a", x ]
              Expect.Contains("other.zip", errorOf (fun () -> Model.loadWeightsInPart path (source ())))
              let missing = Path.Combine(folder, "missing.safetensors")
              Expect.Contains("there is no such file", errorOf (fun () -> Model.loadWeights missing (source ())))))

      testCase "a trained model is a layer whose weights it keeps" (fun () ->
          let trained = source () |> Model.named "trained"
          let features = trained |> Model.part "base" |> Model.named "features" |> Model.freeze [ "" ]
          let model = Model.create (Model.toLayer features --> dense 2) [ 5 ] (Key.ofInt 7)

          Expect.Equal<string list>([ "features"; "dense" ], Model.layers model |> List.map _.Path)
          Expect.Equal(bits (Model.predict x features), bits (model |> Model.upTo "features" |> Model.predict x))
          Expect.Equal(2L * 4L + 2L, Variables.trainableCount model.Variables)

          let data = Dataset.ofTensors x (Tensor.zeros [ 2; 2 ])
          let run = Learn.fitModel { Fit.defaults with Epochs = 3 } model data (Key.ofInt 1)
          Expect.Equal(weight "features/dense/kernel" model, weight "features/dense/kernel" run.Model)
          Expect.NotEqual(weight "dense/kernel" model, weight "dense/kernel" run.Model)

          Expect.Contains(
              "has another shape for these samples",
              errorOf (fun () -> Model.create (Model.toLayer features) [ 6 ] (Key.ofInt 1))
          ))

      testCase "uses of a model in a graph share its weights, and the graph is saved and loaded" (fun () ->
          let tower = Model.create (dense 3 --> tanh') [ 5 ] (Key.ofInt 3)

          let pair =
              Network.graph [ "left", [ 5 ]; "right", [ 5 ] ] (fun inputs ->
                  let left = inputs["left"] --> Model.toLayer tower
                  let right = inputs["right"] --> Model.toLayer tower
                  [ "difference", [ left; right ] --> Merge.subtract ])

          let model = Model.ofGraph pair (Key.ofInt 4)
          Expect.Equal(Model.parameterCount tower, Model.parameterCount model)
          let other = Tensor.cast Float32 (wave [ 2; 5 ]) * 0.5
          let expected = Model.predict x tower - Model.predict other tower
          let predicted model = Model.predictAll [ x; other ] model |> List.exactlyOne
          Expect.Equal(bits expected, bits (predicted model))

          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "pair.zip")
              Model.save path model
              Expect.Equal(bits expected, bits (predicted (Model.load path))))) ]
    |> testList "Learning.WeightFile"
