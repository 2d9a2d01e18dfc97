/// What is put around the rules of optimizers: limits, chains, averages, schedules, parts, and their options.
module Functional.Tests.OptimizerTests

open System
open Expecto
open Functional
open Functional.Tests.OptimizerRuns

let private clipped (optimizer: Optimizer) (g: float list list) =
    let tree = Tree.ofList [ for i, values in List.indexed g -> string i, tensorOf Float64 values ]

    optimizer.Update tree (optimizer.Init tree) tree
    |> fst
    |> Tree.leaves
    |> List.map (Tensor.toFloat64Array >> List.ofArray)

let private same (expected: float list list) (found: float list list) =
    near "clipped" (Array.ofList (List.concat expected)) (Array.ofList (List.concat found))

let private message (action: unit -> 'T) = Expect.Throws<FunctionalException>(fun () -> action () |> ignore).Message

/// Every optimizer that remembers something, and what is put around one.
let private remembering =
    [ Optimizer.momentum 0.01 0.9
      Optimizer.nesterov 0.01 0.9
      Optimizer.rmspropWith { RmspropOptions.defaults with Centered = true; Momentum = 0.9 }
      Optimizer.adagrad 0.01
      Optimizer.adadelta 1.0
      Optimizer.adam 0.01
      Optimizer.adamWith { AdamOptions.defaults with AmsGrad = true }
      Optimizer.adamw 0.01
      Optimizer.adamax 0.01
      Optimizer.nadam 0.01
      Optimizer.lion 0.01
      Optimizer.chain [ Optimizer.trace 0.9 true; Optimizer.sgd 0.01 ]
      Optimizer.chain [ Optimizer.clipByGlobalNorm 1.0; Optimizer.addDecayedWeights 0.1; Optimizer.adam 0.01 ]
      Optimizer.accumulate 3 (Optimizer.adam 0.01)
      Optimizer.ema 0.99 (Optimizer.sgd 0.01) ]

let private inType dtype tree = Tree.map (Tensor.cast dtype) tree

/// The updates of many steps, added up in float64, at weights that stay where they are.
let private sumOfUpdates (optimizer: Optimizer) dtype count =
    let weights = inType dtype (tree first)
    let mutable state = optimizer.Init weights
    let mutable sum = Tree.map Tensor.zerosLike (tree first)

    for step in 0 .. count - 1 do
        let updates, next = optimizer.Update (inType dtype (tree gradients[step % steps])) state weights
        sum <- Optimizer.apply (inType Float64 updates) sum
        state <- next

    numbers sum, state

let private halves =
    [ testCase "of weights of half types optimizers remember float32, and give updates of the weights' type" (fun () ->
          for optimizer in remembering do
              for dtype in [ Float16; BFloat16 ] do
                  let weights = inType dtype (tree first)
                  let state = optimizer.Init weights
                  let updates, next = optimizer.Update (inType dtype (tree gradients[0])) state weights
                  let types tree = Tree.map (fun (x: Tensor) -> x.DType) tree
                  Expect.True((types updates = types weights), $"{optimizer.Name}: {types updates}")
                  Expect.True((types state = types next), $"{optimizer.Name}: {types state} and {types next}")

                  for x in Tree.leaves state do
                      Expect.False(x.DType.IsHalf, $"{optimizer.Name} remembers {x.DType}"))

      testCase "with half types an optimizer takes the steps that it takes with float32" (fun () ->
          // what is left is the rounding of gradients and updates: 8 bits, and 11
          for optimizer in remembering do
              let expected, _ = sumOfUpdates optimizer Float32 300

              for dtype, tolerance in [ BFloat16, 2.0 ** -6.0; Float16, 2.0 ** -9.0 ] do
                  let found, _ = sumOfUpdates optimizer dtype 300
                  let scale = expected |> Array.map abs |> Array.max

                  for e, f in Array.zip expected found do
                      Expect.True(abs (e - f) <= tolerance * scale, $"{optimizer.Name}, {dtype}: {e} and {f}"))

      testCase "a bfloat16 Adam follows a float32 one, and its memory keeps its types in a file" (fun () ->
          let net = dense 8 --> relu --> dense 3 --> softmax
          let model = Model.create net [ 2 ] (Key.ofInt 1)
          let small = model |> Model.withVariables (Variables.cast BFloat16 model.Variables)
          let options = { Training.options with Optimizer = Optimizer.adam 0.02; Epochs = 10 }
          let train = Training.points 200 1
          let wide = Learn.fitModel options model train (Key.ofInt 2)
          let result = Learn.fitModel options small train (Key.ofInt 2)

          for a, b in List.zip wide.History["loss"] result.History["loss"] do
              Expect.True(abs (a - b) < 0.05, $"{a} and {b}")

          Sample.inFolder (fun folder ->
              let path = IO.Path.Combine(folder, "run.zip")
              TrainState.save path result.State
              let loaded = TrainState.load path
              let types (state: TrainState) = Tree.map (fun (x: Tensor) -> x.DType) state.OptimizerState
              Expect.True((types result.State = types loaded), $"{types loaded}")
              Expect.True(Tree.leaves result.State.OptimizerState |> List.forall (fun x -> not x.DType.IsHalf)))) ]

[<Tests>]
let tests =
    [ testCase "limits are taken of values, of each tensor's norm, and of all together" (fun () ->
          let g = [ [ 3.0; -4.0 ]; [ 0.3; 0.4 ] ]
          same [ [ 1.0; -1.0 ]; [ 0.3; 0.4 ] ] (clipped (Optimizer.clipByValue 1.0) g)
          same [ [ 0.6; -0.8 ]; [ 0.3; 0.4 ] ] (clipped (Optimizer.clipByNorm 1.0) g)
          let n = sqrt (25.0 + 0.25)
          same [ [ 3.0 / n; -4.0 / n ]; [ 0.3 / n; 0.4 / n ] ] (clipped (Optimizer.clipByGlobalNorm 1.0) g)
          same g (clipped (Optimizer.clipByGlobalNorm 10.0) g))

      testCase "of several limits the norm comes before the global norm, and that before the value" (fun () ->
          let g = [ [ 3.0; -4.0 ]; [ 0.3; 0.4 ] ]
          let all = { Norm = Some 1.0; GlobalNorm = Some 1.0; Value = Some 1.0 }
          same (clipped (Optimizer.clipByNorm 1.0) g) (clipped (Optimizer.clip all) g)
          same (clipped (Optimizer.clipByGlobalNorm 1.0) g) (clipped (Optimizer.clip { all with Norm = None }) g)

          same
              (clipped (Optimizer.clipByValue 1.0) g)
              (clipped (Optimizer.clip { Clipping.none with Value = Some 1.0 }) g)

          same g (clipped (Optimizer.clip Clipping.none) g))

      testCase "limits and norms of numbers of any size neither overflow nor vanish" (fun () ->
          for size in [ 1e20; 1e38; 1e-25 ] do
              let float32s values = tensorOf Float32 values
              let g = Tree.ofList [ "a", float32s [ 3.0 * size; 0.0 ]; "b", float32s [ 2.0 * size; 2.0 * size ] ]
              let limit = 1.0 * min size 1.0

              let clipped (optimizer: Optimizer) =
                  Tree.compile (fun g -> fst (optimizer.Update g (optimizer.Init g) g)) g |> numbers

              let agree what expected found = Peer.agree 1e-6 what expected (found |> Array.map (fun x -> x / limit))

              let root = sqrt 0.5
              agree "norm" [| 1.0; 0.0; root; root |] (clipped (Optimizer.clipByNorm limit))
              let n = sqrt 17.0
              agree "global norm" [| 3.0 / n; 0.0; 2.0 / n; 2.0 / n |] (clipped (Optimizer.clipByGlobalNorm limit))
              Expect.Equal(n, Tensor.toFloat (Optimizer.globalNorm g) / size, 6)

          let short = Optimizer.clipByGlobalNorm 1.0
          let zeros = tree (Array.zeroCreate size)
          Expect.Equal<float[]>(numbers zeros, numbers (fst (short.Update zeros Tree.empty zeros)))
          Expect.Equal(infinity, Tensor.toFloat (Optimizer.globalNorm (Tree.ofList [ "a", tensor [ 1.0; infinity ] ])))
          Expect.Equal(0.0, Tensor.toFloat (Optimizer.globalNorm Tree.empty)))

      testCase "accumulating equal parts is one step with their mean" (fun () ->
          let once = Optimizer.adam 0.01
          let parts = Optimizer.accumulate 4 once
          let mutable a, b = tree first, tree first
          let mutable stateA, stateB = once.Init a, parts.Init b

          for g in gradients[..9] do
              let updates, next = once.Update (tree g) stateA a
              a <- Optimizer.apply updates a
              stateA <- next

              for i in 1..4 do
                  let before = numbers b
                  let updates, next = parts.Update (tree g) stateB b
                  b <- Optimizer.apply updates b
                  stateB <- next

                  if i < 4 then
                      Expect.Equal<float[]>(before, numbers b)

          near "accumulate" (numbers a) (numbers b))

      testCase "a chain passes what a link gives to the next" (fun () ->
          let chain = Optimizer.chain [ Optimizer.scale 2.0; Optimizer.trace 0.9 false; Optimizer.sgd 0.03 ]
          let v = slots 0.0

          plain (fun _ i w g ->
              v[i] <- 0.9 * v[i] + 2.0 * g
              w - 0.03 * v[i])
          |> near "chain"
          <| ours chain)

      testCase "averaged weights follow their formula" (fun () ->
          let optimizer = Optimizer.ema 0.9 (Optimizer.sgd 0.03)
          let average = Array.copy first

          plain (fun t i w g ->
              let w = w - 0.03 * g
              average[i] <- if t = 1 then w else 0.9 * average[i] + 0.1 * w
              w)
          |> near "ema"
          <| ours optimizer

          let mutable weights = tree first
          let mutable state = optimizer.Init weights

          for g in gradients do
              let updates, next = optimizer.Update (tree g) state weights
              weights <- Optimizer.apply updates weights
              state <- next

          near "ema" average (numbers (Option.get (Optimizer.averages state))))

      testCase "a schedule rules the rate, and the state shows it" (fun () ->
          let schedule = Schedule.exponential 0.1 10 0.5
          let optimizer = Optimizer.withSchedule schedule (Optimizer.sgd 1.0)

          plain (fun t _ w g -> w - 0.1 * 0.5 ** (float (t - 1) / 10.0) * g) |> near "schedule"
          <| ours optimizer

          let state = optimizer.Init(tree first)
          Expect.Equal(Some 0.1, Optimizer.learningRate state)
          let _, state = optimizer.Update (tree gradients[0]) state (tree first)
          let _, state = optimizer.Update (tree gradients[1]) state (tree first)
          Expect.Equal(0.1 * 0.5 ** 0.1, (Optimizer.learningRate state).Value, 12)

          let failure =
              Expect.Throws<FunctionalException>(fun () -> Optimizer.withLearningRate 0.1 state |> ignore)

          Expect.Contains("a schedule rules the learning rate", failure.Message))

      testCase "the rates are leaves of the state that may be read and written by themselves" (fun () ->
          for optimizer, count in
              [ Optimizer.adam 0.25, 1
                Optimizer.chain
                    [ Optimizer.clipByNorm 1.0; Optimizer.ema 0.9 (Optimizer.accumulate 2 (Optimizer.sgd 0.25)) ],
                1
                Optimizer.withSchedule (Schedule.constant 0.25) (Optimizer.lion 1.0), 1
                Optimizer.forParts
                    [ (fun path -> path = "a"), Optimizer.sgd 0.25; (fun _ -> true), Optimizer.adam 0.25 ],
                2
                Optimizer.clipByNorm 1.0, 0 ] do
              let parameters = Tree.ofList [ "a", tensor [ 1.0 ]; "learning_rate", tensor [ 2.0 ] ]
              let state = optimizer.Init parameters
              let indices = Optimizer.learningRateIndices state
              Expect.Equal(count, indices.Length)

              for i in indices do
                  let leaf = (Tree.leaves state)[i]
                  Expect.Equal(Float64, leaf.DType)
                  Expect.Equal<int list>([], leaf.Shape)
                  Expect.Equal(0.25, Tensor.toFloat leaf)

          Expect.True(
              Optimizer.isScheduled (
                  (Optimizer.withSchedule (Schedule.constant 0.1) (Optimizer.sgd 1.0)).Init(tree first)
              )
          )

          Expect.False(Optimizer.isScheduled ((Optimizer.sgd 1.0).Init(tree first))))

      testCase "each part of a model has its own optimizer, and the rest stays" (fun () ->
          let isA (path: string) = path = "a"
          let parts = Optimizer.forParts [ isA, Optimizer.sgd 0.1; (fun _ -> true), Optimizer.adam 0.01 ]
          let sgd, adam = ours (Optimizer.sgd 0.1), ours (Optimizer.adam 0.01)
          near "parts" (Array.append sgd[..2] adam[3..]) (ours parts)

          let frozen =
              Optimizer.forParts [ isA, Optimizer.chain [ Optimizer.clipByGlobalNorm 1e9; Optimizer.sgd 0.1 ] ]

          near "the rest" (Array.append sgd[..2] first[3..]) (ours frozen)

          // nested parameters, with their paths inside: decay of some, averages, compiled
          let nested values =
              Node [ "body", Node [ "dense", tree values ]; "head", Node [ "dense", tree values ] ]

          let decaying = Optimizer.sgd 0.1 |> Optimizer.withWeightDecayOf (fun path -> path = "head/dense/b") 0.5

          let optimizer =
              Optimizer.forParts
                  [ (fun path -> path.StartsWith "head/"), Optimizer.ema 0.9 decaying
                    (fun path -> path.StartsWith "body/"), Optimizer.sgd 0.2 ]

          let weights = nested first
          let state = optimizer.Init weights

          let step =
              Tree.compile (fun all ->
                  let find name = (Tree.tryFind name all).Value
                  let updates, state = optimizer.Update (nested gradients[0]) (find "s") (find "w")
                  Node [ "w", Optimizer.apply updates (find "w"); "s", state ])

          let after = (step (Node [ "s", state; "w", weights ])) |> Tree.tryFind "w" |> Option.get

          let plain rate decay =
              first
              |> Array.mapi (fun i w -> w - rate * gradients[0][i] - (if i >= 3 then 0.1 * decay * w else 0.0))

          near "nested" (Array.append (plain 0.2 0.0) (plain 0.1 0.5)) (numbers after)
          Expect.True((Optimizer.averages state).IsSome)
          Expect.Equal<float list>([ 0.1; 0.2 ], Optimizer.learningRates state))

      testCase "parts that take nothing are told" (fun () ->
          Expect.Equal(
              "Optimizer.forParts: parts = 1 (counted from 0) takes no parameter that the parts before it have left; there \
               is a, b.",
              message (fun () ->
                  (Optimizer.forParts
                      [ (fun _ -> true), Optimizer.sgd 0.1; (fun path -> path = "b"), Optimizer.sgd 0.1 ])
                      .Init(tree first))
          )

          Expect.Contains("is an empty list", message (fun () -> Optimizer.forParts []))

          let twoRates =
              Optimizer.forParts [ (fun path -> path = "a"), Optimizer.sgd 0.1; (fun _ -> true), Optimizer.sgd 0.2 ]

          Expect.Contains(
              "has 2 learning rates to decay weights by",
              message (fun () ->
                  (Optimizer.withWeightDecay 0.1 twoRates).Update
                      (tree first)
                      (twoRates.Init(tree first))
                      (tree first))
          ))

      testCase "optimizers have Keras's names and defaults" (fun () ->
          for name, optimizer in
              [ "sgd", Optimizer.sgd 0.01
                "SGD", Optimizer.sgd 0.01
                "adam", Optimizer.adam 0.001
                "Adam", Optimizer.adam 0.001
                "AdamW", Optimizer.adamw 0.001
                "RMSprop", Optimizer.rmsprop 0.001
                "adagrad", Optimizer.adagrad 0.001
                "adadelta", Optimizer.adadelta 0.001
                "adamax", Optimizer.adamax 0.001
                "nadam", Optimizer.nadam 0.001
                "lion", Optimizer.lion 0.001 ] do
              let found = Optimizer.ofName name
              Expect.Equal(optimizer.Name, found.Name)
              Expect.Equal<(string * Setting) list>(optimizer.Settings, found.Settings)

          Expect.Equal(
              "Optimizer.ofName: name = 'adamm' is not known; there is sgd, rmsprop, adagrad, adadelta, adam, adamw, \
               adamax, nadam, lion, lamb, adafactor, ftrl, muon, schedule_free_adamw.",
              message (fun () -> Optimizer.ofName "adamm")
          ))

      testCase "the rate in the state can be set" (fun () ->
          let optimizer = Optimizer.chain [ Optimizer.clipByGlobalNorm 1e9; Optimizer.adamw 0.5 ]
          let state = optimizer.Init(tree first) |> Optimizer.withLearningRate 0.0
          Expect.Equal(Some 0.0, Optimizer.learningRate state)
          let updates, _ = optimizer.Update (tree gradients[0]) state (tree first)
          Expect.All(numbers updates, (fun u -> Expect.Equal(0.0, u))))

      testCase "weights decay where they are told to" (fun () ->
          let optimizer = Optimizer.sgd 0.1 |> Optimizer.withWeightDecayOf (fun path -> path = "b") 0.5

          plain (fun _ i w g -> if i < 3 then w - 0.1 * g else w - 0.1 * g - 0.1 * 0.5 * w) |> near "decay"
          <| ours optimizer)

      testCase "a compiled update gives what the eager one gives" (fun () ->
          for optimizer in
              [ Optimizer.chain [ Optimizer.clipByGlobalNorm 1.0; Optimizer.nadam 0.01 ]
                Optimizer.accumulate 3 (Optimizer.adamw 0.01)
                Optimizer.withSchedule (Schedule.warmup 10 (Schedule.cosine 0.1 40)) (Optimizer.rmsprop 0.1) ] do
              let run =
                  Tree.compile (fun all ->
                      let find name = (Tree.tryFind name all).Value
                      let updates, state = optimizer.Update (find "g") (find "s") (find "w")
                      Node [ "w", Optimizer.apply updates (find "w"); "s", state ])

              let mutable weights = tree first
              let mutable state = optimizer.Init weights

              for g in gradients do
                  let next = run (Node [ "g", tree g; "s", state; "w", weights ])
                  weights <- (Tree.tryFind "w" next).Value
                  state <- (Tree.tryFind "s" next).Value

              Expect.Equal<float[]>(ours optimizer, numbers weights))

      testCase "options out of range are refused" (fun () ->
          Expect.Equal(
              "Optimizer.sgd: learningRate = -1 must be a finite number of at least 0.",
              message (fun () -> Optimizer.sgd -1.0)
          )

          Expect.Equal(
              "Optimizer.adam: beta1 = 1 must be at least 0 and below 1.",
              message (fun () -> Optimizer.adamWith { AdamOptions.defaults with Beta1 = 1.0 })
          )

          Expect.Equal(
              "Optimizer.clipByNorm: limit = 0 must be a finite number above 0.",
              message (fun () -> Optimizer.clipByNorm 0.0)
          )

          Expect.Equal(
              "Optimizer.accumulate: steps = 0 is no number of batches to join; give at least 1.",
              message (fun () -> Optimizer.accumulate 0 (Optimizer.sgd 0.1))
          )

          Expect.Contains(
              "has no learning rate to schedule",
              message (fun () ->
                  (Optimizer.withSchedule (Schedule.constant 0.1) (Optimizer.clipByNorm 1.0)).Init(tree first))
          )

          Expect.Contains(
              "it is that of another optimizer",
              message (fun () ->
                  (Optimizer.adam 0.1).Update (tree first) (Optimizer.sgd(0.1).Init(tree first)) (tree first))
          )

          Expect.Contains(
              "parameters must be float32, float64, float16 or bfloat16",
              message (fun () -> (Optimizer.sgd 0.1).Init(Leaf(Tensor.ofInts [ 1 ] [| 1 |])))
          )) ]
    @ halves
    |> testList "Learning.Optimizer"
