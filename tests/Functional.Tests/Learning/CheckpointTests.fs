/// Files of models, of weights and of whole runs: what comes back, and what is refused.
module Functional.Tests.CheckpointTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Expecto
open Functional
open Functional.Tests.Training

let private rich =
    dense 8
    --> batchNorm
    --> relu
    --> dropout 0.2
    --> Layer.named "middle" (dense 6 --> layerNorm --> gelu)
    --> dense 3
    --> softmax

let private trained = lazy (Learn.fit options rich train (Key.ofInt 1))

let private sameElements (a: Tensor) (b: Tensor) =
    Expect.Equal(a.DType, b.DType)
    Expect.Equal<Shape>(a.Shape, b.Shape)
    Expect.True(Tensor.sameElements a b)

let private refused (path: string) (action: string -> 'T) =
    let failure = Expect.Throws<FunctionalException>(fun () -> action path |> ignore)

    match failure.Error with
    | FunctionalError.InvalidFile _ -> failure.Message
    | error -> failwith $"%A{error}"

/// The model's file with its entries changed.
let private tampered (change: Map<string, byte[]> -> Map<string, byte[]>) (action: string -> 'T) =
    Sample.inFolder (fun folder ->
        let path = Path.Combine(folder, "model.zip")
        Model.save path trained.Value.Model

        let entries =
            use zip = ZipFile.OpenRead path

            Map
                [ for entry in zip.Entries do
                      use stream = entry.Open()
                      use memory = new MemoryStream()
                      stream.CopyTo memory
                      entry.FullName, memory.ToArray() ]

        File.Delete path

        do
            use zip = ZipFile.Open(path, ZipArchiveMode.Create)

            for KeyValue(name, bytes) in change entries do
                use stream = zip.CreateEntry(name).Open()
                stream.Write(bytes, 0, bytes.Length)

        action path)

let private replaced (name: string) (old: string) (other: string) (entries: Map<string, byte[]>) =
    let text = Encoding.UTF8.GetString entries[name]
    Expect.Contains(old, text)
    Map.add name (Encoding.UTF8.GetBytes(text.Replace(old, other))) entries

let private complaint change = tampered change (fun path -> refused path Model.load)

[<Tests>]
let tests =
    [ testCase "a model that was saved and loaded predicts the same bits" (fun () ->
          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "model.zip")
              let model = trained.Value.Model |> Model.named "digits"
              Model.save path model
              let loaded = Model.load path
              Expect.Equal("digits", loaded.Name)
              Expect.Equal<Shape>(model.InputShape, loaded.InputShape)
              Expect.Equal<Shape>(model.OutputShape, loaded.OutputShape)
              Expect.Equal(Model.summary model, Model.summary loaded)
              sameBits model loaded
              sameElements (Model.predict train.Features model) (Model.predict train.Features loaded)
              // loaded models can be trained further
              let further = Learn.fitModel options loaded train (Key.ofInt 2)
              sameBits (Learn.fitModel options model train (Key.ofInt 2)).Model further.Model))

      testCase "a model in float64 comes back in float64" (fun () ->
          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "model.zip")
              let model = trained.Value.Model
              let wide = Model.withVariables (Variables.cast Float64 model.Variables) model
              Model.save path wide
              let loaded = Model.load path
              sameElements (Model.predict train.Features wide) (Model.predict train.Features loaded)
              Expect.Equal(Float64, (Model.predict train.Features loaded).DType)))

      testCase "weights go through safetensors and npz" (fun () ->
          Sample.inFolder (fun folder ->
              for name in [ "weights.safetensors"; "weights.npz" ] do
                  let path = Path.Combine(folder, name)
                  let model = trained.Value.Model
                  Model.saveWeights path model
                  let other = Model.create rich [ 2 ] (Key.ofInt 77)
                  Expect.NotEqual<float[]>(weights model, weights other)
                  sameBits model (Model.loadWeights path other)))

      testCase "the same model gives the same file" (fun () ->
          Expect.Equal<byte[]>(
              Sample.bytesOf (fun path -> Model.save path trained.Value.Model),
              Sample.bytesOf (fun path -> Model.save path trained.Value.Model)
          ))

      testCase "a run that was saved ends, once loaded, in the bits of an unbroken one" (fun () ->
          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "run.zip")

              let options =
                  { options with
                      ValidationSplit = 0.2
                      Optimizer =
                          Optimizer.ema 0.9 (Optimizer.chain [ Optimizer.clipByGlobalNorm 1.0; Optimizer.nadam 0.01 ])
                      Callbacks = [ Callback.reduceLROnPlateau "val_loss" 1; Callback.earlyStopping "val_loss" 50 ] }

              let whole = Learn.fit { options with Epochs = 6 } rich train (Key.ofInt 1)

              let saving =
                  Callback.modelCheckpointWith
                      { CheckpointOptions.defaults with Content = CheckpointContent.TrainState }
                      path

              // listed first, it is still called after what changes the rate
              Learn.fit { options with Epochs = 3; Callbacks = saving :: options.Callbacks } rich train (Key.ofInt 1)
              |> ignore

              let loaded = TrainState.load path
              Expect.Equal(3, loaded.Epoch)
              Expect.Equal(15, loaded.Step)
              let rest = Learn.resume { options with Epochs = 6 } rich train loaded

              for (name, a), (_, b) in
                  List.zip
                      (Tree.flatten whole.State.OptimizerState @ Tree.flatten whole.State.Variables.Parameters)
                      (Tree.flatten rest.State.OptimizerState @ Tree.flatten rest.State.Variables.Parameters) do
                  Expect.True(Tensor.sameElements a b, name)

              Expect.Equal<EpochLog list>(whole.History.Epochs, rest.History.Epochs)))

      testCase "damaged and hostile files of models are refused" (fun () ->
          Expect.Contains("has no entry 'architecture.json'", complaint (Map.remove "architecture.json"))
          Expect.Contains("has no entry 'weights.safetensors'", complaint (Map.remove "weights.safetensors"))

          Expect.Contains(
              "entry 'metadata.json': is not JSON",
              complaint (Map.add "metadata.json" (Encoding.UTF8.GetBytes "{ nonsense"))
          )

          Expect.Contains(
              "entry 'metadata.json': it is no functional-model.",
              complaint (replaced "metadata.json" "functional-model" "other")
          )

          Expect.Contains(
              "entry 'metadata.json': 'inputShape' is missing.",
              complaint (replaced "metadata.json" "inputShape" "outside")
          )

          Expect.Contains(
              "it was written by a later version of the library",
              complaint (replaced "metadata.json" "\"version\": 1" "\"version\": 99")
          )

          Expect.Contains(
              "does not fit the model",
              complaint (replaced "architecture.json" "\"units\": 8" "\"units\": 9")
          )

          Expect.Contains(
              "is too large",
              complaint (replaced "architecture.json" "\"units\": 8" "\"units\": 2000000000")
          )

          Expect.Contains("entry 'architecture.json'", complaint (replaced "architecture.json" "gelu" "nonsense"))
          Expect.Contains("entry 'weights.safetensors'", complaint (Map.add "weights.safetensors" [| 1uy; 2uy |]))
          Expect.Contains("leads out of its folder", complaint (Map.add "../evil" [| 1uy |])))

      testCase "files that are missing, cut or something else are refused" (fun () ->
          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "model.zip")
              Expect.Contains("there is no such file", refused path Model.load)
              Model.save path trained.Value.Model
              let bytes = File.ReadAllBytes path

              for length in [ 0; 1; 100; bytes.Length / 2; bytes.Length - 1 ] do
                  File.WriteAllBytes(path, bytes[.. length - 1])
                  refused path Model.load |> ignore

              TrainState.save path trained.Value.State
              Expect.Contains("has no entry 'metadata.json'", refused path Model.load)
              Model.save path trained.Value.Model
              Expect.Contains("has no entry 'state.json'", refused path TrainState.load)))

      testCase "weights of another model are refused with the paths that differ" (fun () ->
          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "weights.safetensors")
              Model.saveWeights path (Model.create (dense 4 --> dense 3) [ 2 ] (Key.ofInt 1))

              let text =
                  refused path (fun path -> Model.loadWeights path (Model.create (dense 4) [ 2 ] (Key.ofInt 1)))

              Expect.Contains("does not fit the model", text)
              Expect.Contains("dense_1/kernel", text)))

      testCase "code is not saved" (fun () ->
          let model = Model.create (dense 4 --> (fun x -> x * 2.0) --> dense 1) [ 2 ] (Key.ofInt 1)

          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "model.zip")
              let failure = Expect.Throws<FunctionalException>(fun () -> Model.save path model)

              Expect.Equal(
                  "Model.save: the model holds layers made from functions of your own: lambda. Code is not saved: write \
                   the weights alone with Model.saveWeights, and read them with Model.loadWeights into the model that \
                   your code builds.",
                  failure.Message
              )

              Expect.False(File.Exists path)
              Model.saveWeights (Path.Combine(folder, "weights.npz")) model))

      testCase "what could not be read back is not written" (fun () ->
          let own = { Initializer.zeros with Name = "own" }
          let layer = denseWith { DenseOptions.defaults with KernelInitializer = own } 3
          let model = Model.create layer [ 2 ] (Key.ofInt 1)

          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "model.zip")
              let failure = Expect.Throws<FunctionalException>(fun () -> Model.save path model)

              Expect.Contains(
                  "Model.save: the model could not be read back: Initializer: name = 'own'",
                  failure.Message
              )

              Expect.Contains("Write the weights alone with Model.saveWeights.", failure.Message)
              Expect.False(File.Exists path)))

      testCase "states with NaN in their history come back" (fun () ->
          Sample.inFolder (fun folder ->
              let path = Path.Combine(folder, "run.zip")
              let log: EpochLog = { Epoch = 1; Values = [ "loss", nan; "val_loss", infinity; "x", -1.5e-300 ] }
              let state = { trained.Value.State with History = History [ log ] }
              TrainState.save path state
              let loaded = TrainState.load path
              let values = loaded.History.Epochs.Head.Values
              Expect.True(Double.IsNaN(snd values[0]))
              Expect.Equal<(string * float) list>([ "val_loss", infinity; "x", -1.5e-300 ], values.Tail)
              Expect.Equal<string>(string state.Variables.Parameters, string loaded.Variables.Parameters))) ]
    |> testList "Learning.Checkpoint"
