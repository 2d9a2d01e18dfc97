/// State apart from programs: plans are shared and remembered by structure, stores hold each value once, and sessions of many
/// shapes share their temporaries.
module Functional.Tests.StateTests

open System
open Functional
open Expecto

let private compiledBy (action: unit -> unit) =
    let before = Plan.compilations ()
    action ()
    Plan.compilations () - before

/// The bytes that objects and native blocks hold, after a full collection.
let private heldBytes () =
    for _ in 1..3 do
        GC.Collect()
        GC.WaitForPendingFinalizers()

    GC.GetTotalMemory true + MachineMemory.heldBytes ()

let private vector (elements: float32 list) = Tensor.ofArray [ elements.Length ] (Array.ofList elements)

/// The size of the arena that a plan's description tells.
let private arenaBytes (text: string) =
    let line = text.Split '\n' |> Array.last
    int64 (line.Replace("arena: ", "").Replace(" bytes", ""))

let private options = { Fit.defaults with Epochs = 2; BatchSize = 8; Shuffle = false }

let private samples =
    Dataset.ofTensors (Random.normal (Key.ofInt 1) [ 30; 6 ]) (Random.normal (Key.ofInt 2) [ 30; 1 ])

/// A network that no other test compiles.
let private network units = dense units --> relu --> dense 1

let private sequenceModel =
    dense 128 --> relu --> dense 128 --> relu --> globalAveragePooling1D --> dense 1

let private store (values: Tensor list) = CpuBackend.instance.CreateStore(List.map Jit.elements values)

[<Tests>]
let tests =
    [ testCase "a second fit, evaluation or prediction on the same shapes compiles nothing" (fun () ->
          let fitAndUse () =
              let result = Learn.fit options (network 13) samples (Key.ofInt 3)
              Model.predict samples.Features result.Model |> ignore
              Model.evaluate samples result.Model |> ignore

          Expect.True(compiledBy fitAndUse > 0L)
          Expect.Equal(0L, compiledBy fitAndUse))

      testCase "a cross-validation compiles once for all of its folds" (fun () ->
          let fold i =
              let rest =
                  [| for row in 0..29 do
                         if row / 3 <> i then
                             row |]

              let part (x: Tensor) = Tensor.gather 0 (Tensor.ofInts [ rest.Length ] rest) x
              let training = Dataset.ofTensors (part samples.Features) (part samples.Labels)
              // new options, a new optimizer and a new layer each time
              let options = { options with Optimizer = Optimizer.adam 1e-2 }
              Learn.fit options (network 14) training (Key.ofInt i) |> ignore

          fold 0
          Expect.Equal(0L, compiledBy (fun () -> List.iter fold [ 1..9 ])))

      testCase "a loop outside of plans compiles once for each structure, whatever it closes over" (fun () ->
          let run (weights: Tensor) =
              let step (carry: Tensor) (x: Tensor) =
                  let next = Tensor.tanh (Tensor.matmul carry weights + x)
                  next, Tensor.sum next

              Tensor.scan step (Tensor.zeros [ 3; 5 ]) (Random.normal (Key.ofInt 1) [ 7; 3; 5 ])

          let weights i = Random.normal (Key.ofInt i) [ 5; 5 ]
          let first, _ = run (weights 1)
          Expect.Equal(0L, compiledBy (fun () -> [ 2..20 ] |> List.iter (weights >> run >> ignore)))
          Expect.True(Tensor.sameElements first (fst (run (weights 1))))
          Expect.False(Tensor.sameElements first (fst (run (weights 2)))))

      testCase "graphs that differ in a constant, an attribute or a loop's body are different plans" (fun () ->
          let x = Random.normal (Key.ofInt 1) [ 4; 3 ]

          let functions: (Tensor -> Tensor) list =
              [ fun x -> Tensor.exp x + 1.0
                fun x -> Tensor.exp x + 2.0
                fun x -> Tensor.exp x + vector [ 1.0f; 2.0f; 3.0f ]
                fun x -> Tensor.exp x + vector [ 1.0f; 2.0f; 4.0f ]
                fun x -> Tensor.sumOver [ 0 ] x
                fun x -> Tensor.sumOver [ 1 ] x
                fun x -> fst (Tensor.scan (fun carry x -> carry + x, x) (Tensor.zeros [ 3 ]) x)
                fun x -> fst (Tensor.scan (fun carry x -> carry - x, x) (Tensor.zeros [ 3 ]) x) ]

          for f in functions do
              Expect.True(Programs.distance (f x) (Tensor.compile f x) < 1e-5))

      testCase "many threads that compile one function at a time compile it once, and share its plan" (fun () ->
          let f (x: Tensor) = Tensor.cumsum 0 (Tensor.exp (x * 0.625))
          let x = Random.normal (Key.ofInt 1) [ 11; 3 ]
          let expected = f x

          let run () =
              Threading.Tasks.Parallel.For(
                  0,
                  16,
                  fun _ -> Expect.True(Programs.distance expected (Tensor.compile f x) < 1e-6)
              )
              |> ignore

          Expect.Equal(1L, compiledBy run))

      testCase "least recently used values go first, and heavy ones are not kept" (fun () ->
          let table = LeastRecentlyUsed<string, int>(10L, int64)
          table.Set("a", 4)
          table.Set("b", 4)
          Expect.Equal(ValueSome 4, table.TryFind "a")
          table.Set("c", 4)
          Expect.Equal(ValueNone, table.TryFind "b")
          Expect.Equal(ValueSome 4, table.TryFind "a")
          table.Set("d", 11)
          Expect.Equal(ValueNone, table.TryFind "d")
          Expect.Equal(2, table.Count)
          table.Set("a", 5)
          Expect.Equal(ValueSome 5, table.TryFind "a")
          Expect.Equal(2, table.Count))

      testCase
          "training on 500 lengths of sequences holds one copy of the state and the temporaries of the longest"
          (fun () ->
              let model = Model.create sequenceModel [ 8; 4 ] (Key.ofInt 1)
              let trainer = Trainer.create options model (Key.ofInt 2)

              let step length =
                  let x = Random.normal (Key.ofInt length) [ 32; length; 4 ]
                  trainer.TrainOnBatch(x, Tensor.zeros [ 32; 1 ]) |> ignore

              for length in 991..1000 do
                  step length

              let largest = float (arenaBytes (trainer.Describe()))
              let before = heldBytes ()

              for length in 501..990 do
                  step length

              let grown = float (heldBytes () - before)
              Console.WriteLine $"500 lengths: {grown} bytes more; temporaries {largest}"
              Expect.True(grown < 1.5 * largest, $"{grown} bytes more; the longest one's temporaries take {largest}"))

      testCase "one compiled function on 600 lengths holds bounded memory" (fun () ->
          let f =
              Tensor.compile (fun x -> Tensor.softmax -1 (Tensor.cumsum 0 (Tensor.exp x)) |> Tensor.sumOver [ 0 ])

          let run n = f (Tensor.ones [ n; 256 ]) |> ignore
          run 2000
          let before = heldBytes ()

          for n in 1401..2000 do
              run n

          let grown = heldBytes () - before
          Console.WriteLine $"600 lengths: {grown} bytes more"
          Expect.True(grown < 40L * 1024L * 1024L, $"{grown} bytes more"))

      testCase "predictions of 48 sizes of batches hold the memory of the largest" (fun () ->
          let layer = conv2D 16 (3, 3) --> relu --> conv2D 16 (3, 3) --> relu --> globalAveragePooling2D
          let model = Model.create layer [ 64; 64; 3 ] (Key.ofInt 1)
          let predict n = Model.predict (Tensor.ones [ n; 64; 64; 3 ]) model |> ignore
          predict 48
          let before = heldBytes ()

          for n in 1..48 do
              predict n

          let grown = heldBytes () - before
          Console.WriteLine $"48 sizes: {grown} bytes more"
          Expect.True(grown < 64L * 1024L * 1024L, $"{grown} bytes more"))

      testCase "a learning rate that changes at each batch copies nothing else" (fun () ->
          // parameters and moments of 12 MB: a single copy would be seen
          let layer = dense 1000 --> relu --> dense 1
          let x = Random.normal (Key.ofInt 1) [ 64; 1000 ]
          let data = Dataset.ofTensors x (Tensor.zeros [ 64; 1 ])
          let rates = Collections.Generic.List<float>()

          let halve (moment: Moment) =
              rates.Add(Option.get moment.LearningRate)
              [ CallbackAction.SetLearningRate(0.5 * Option.get moment.LearningRate) ]

          let callback: Callback =
              { Name = "halve"
                Monitors = []
                Logs = []
                Late = false
                Start = fun _ -> { CallbackHandlers.none with BatchEnd = halve } }

          let run callbacks =
              let options =
                  { options with BatchSize = 8; Epochs = 1; Optimizer = Optimizer.adam 1e-3; Callbacks = callbacks }

              let before = GC.GetTotalAllocatedBytes true
              let result = Learn.fit options layer data (Key.ofInt 2)
              GC.GetTotalAllocatedBytes true - before, result

          run [] |> ignore
          run [ callback ] |> ignore
          rates.Clear()
          let without, _ = run []
          let with', result = run [ callback ]
          Expect.Equal<float>([ for i in 0..7 -> 1e-3 * 0.5 ** float i ], rates)
          Expect.Equal(Some(1e-3 * 0.5 ** 8.0), Optimizer.learningRate result.State.OptimizerState)
          // one copy of the parameters alone is 4 MB
          Expect.True(with' - without < 4_000_000L, $"{with' - without} bytes more in 8 batches"))

      testCase "a predictor goes on after a run that threw, with the memory it had" (fun () ->
          let model = Model.create (embedding 10 4 --> flatten --> dense 1) [ 3 ] (Key.ofInt 1)
          let predictor = Predictor.create model
          let expected = predictor.Predict [| 1.0f; 2.0f; 3.0f |]

          let before = heldBytes ()

          for _ in 1..200 do
              Expect.Throws<FunctionalException>(fun () -> predictor.Predict [| 1.0f; 2.0f; 99.0f |] |> ignore)
              |> ignore

          Expect.True(heldBytes () - before < 8_000_000L)
          Expect.Equal<float32>(expected, predictor.Predict [| 1.0f; 2.0f; 3.0f |]))

      testCase "sessions of one store read and write its slots in place" (fun () ->
          let store = store [ vector [ 1.0f; 2.0f ]; Tensor.scalar 10.0 ]
          let pair = { Shape = [ 2 ]; DType = Float32 }
          let add = Jit.prepare (fun xs -> [ xs[0] + xs[1]; Tensor.sum xs[0] ]) [ pair; pair ]
          let scale = Jit.prepare (fun xs -> [ xs[1] * xs[0]; xs[1] + 1.0 ]) [ pair; { pair with Shape = [] } ]
          let first = add.Bind(store, [ { Slot = 0; Argument = 0; Result = ValueSome 0 } ])

          let second =
              scale.Bind(
                  store,
                  [ { Slot = 0; Argument = 0; Result = ValueSome 0 }
                    { Slot = 1; Argument = 1; Result = ValueSome 1 } ]
              )

          first.Set(1, Jit.elements (vector [ 1.0f; 1.0f ]))
          first.Run()
          Expect.Equal(3.0, first.Number 1)
          second.Run()
          Expect.Equal<float32>([| 20.0f; 30.0f |], Tensor.toArray (Data(store.Get 0)))
          Expect.Equal(11.0, store.Number 1)
          first.Run()
          Expect.Equal<float32>([| 21.0f; 31.0f |], Tensor.toArray (Data(store.Get 0)))
          // the results of the other session are gone
          Expect.Throws<FunctionalException>(fun () -> second.Number 0 |> ignore) |> ignore

          Expect.Throws<FunctionalException>(fun () -> first.Set(0, Jit.elements (Tensor.zeros [ 2 ])))
          |> ignore

          Expect.Throws<FunctionalException>(fun () -> store.Set(0, Jit.elements (Tensor.zeros [ 3 ])))
          |> ignore)

      testCase "a result that could not take the place of its argument is copied there" (fun () ->
          let store = store [ vector [ 1.0f; 2.0f; 3.0f ] ]
          let triple = { Shape = [ 3 ]; DType = Float32 }
          // the argument is read again after its next value is known
          let f (xs: Tensor list) =
              let flipped = Tensor.flip [ 0 ] xs[0]
              [ flipped; Tensor.cumsum 0 flipped + xs[0] ]

          let plan = Jit.prepare f [ triple ]
          let session = plan.Bind(store, [ { Slot = 0; Argument = 0; Result = ValueSome 0 } ])
          session.Run()
          Expect.Equal<float32>([| 4.0f; 7.0f; 9.0f |], Tensor.toArray (Data(session.Get 1)))
          Expect.Equal<float32>([| 3.0f; 2.0f; 1.0f |], Tensor.toArray (Data(store.Get 0)))) ]
    |> testList "Compile.State"
    |> testSequenced
