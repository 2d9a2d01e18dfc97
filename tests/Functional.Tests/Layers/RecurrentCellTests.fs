/// Recurrent cells, loops over them, stateful layers, and both directions with layers and states of their own.
module Functional.Tests.RecurrentCellTests

open Expecto
open Functional
open Functional.Tests.Chains

let private sequences = { RecurrentOptions.defaults with ReturnSequences = true }

let private everyStep = { RnnOptions.defaults with ReturnSequences = true }

let private near (a: Tensor) (b: Tensor) =
    Expect.Equal<Shape>(a.Shape, b.Shape)
    Expect.True(Tensor.allClose 1e-12 1e-12 a b, $"{a}\n{b}")

let private start (shapes: Shape list) (layer: Layer<'In, 'Out>) =
    fst (Layer.initMany (Key.ofInt 3) shapes layer) |> Variables.cast Float64

/// The parameters of a layer over time as those of a loop over its cell.
let private inCell kind (variables: Variables) =
    let own = (Tree.tryFind kind variables.Parameters).Value

    Variables.ofTrees
        (Node [ "rnn", Node [ kind + "_cell", own ] ])
        (Node [ "rnn", Node [ kind + "_cell", Tree.empty ] ])

let private kinds =
    [ "simple_rnn", simpleRnnWithState, simpleRnnCellWith, id
      "lstm", lstmWithState, lstmCellWith, id
      "gru", gruWithState, gruCellWith, id
      "gru", gruWithState, gruCellWith, (fun (options: RecurrentOptions) -> { options with ResetAfter = false }) ]

let private mask = Tensor.cast Bool (tensor [ [ 1; 0; 1; 1; 0 ]; [ 0; 1; 0; 0; 1 ]; [ 1; 1; 1; 1; 1 ] ])

/// A cell whose output is none of its states: a running sum, and the sum of its squares.
let private sums =
    cellOf "sums" (fun key shape -> [ "scale", Random.uniform key shape ], [ shape; shape ]) (fun parameters x states ->
        let scaled = x * parameters["scale"]
        let sum, squares = states[0] + scaled, states[1] + scaled * scaled
        sum * squares, [ sum; squares ])

let private stacked = stackedRnnCells [ lstmCell 3; gruCell 4; sums; simpleRnnCell 2 ]

let private roundTrip (layer: Layer<'In, 'Out>) =
    let back = layer.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.network
    Expect.Equal(layer.Description, Network.describe back)
    back

[<Tests>]
let tests =
    [ testCase "a loop over a cell is the layer of the cell" (fun () ->
          for kind, whole, cell, change in kinds do
              for backwards in [ false; true ] do
                  for sequences in [ false; true ] do
                      for masks in [ []; [ Some mask ] ] do
                          for given in [ false; true ] do
                              let options =
                                  change
                                      { RecurrentOptions.defaults with
                                          ReturnSequences = sequences
                                          GoBackwards = backwards }

                              let layer = whole options 4
                              let variables = start [ [ 5; 2 ] ] layer

                              let loop =
                                  rnnWithState
                                      { RnnOptions.defaults with ReturnSequences = sequences; GoBackwards = backwards }
                                      (cell (change RecurrentOptions.defaults) 4)

                              let states =
                                  if given then
                                      [ for _ in 1 .. (if kind = "lstm" then 2 else 1) -> wave [ 3; 4 ] ]
                                  else
                                      []

                              let xs = wave [ 3; 5; 2 ] :: states
                              let expected = layer |> Layer.predictMasked masks variables xs
                              let found = loop |> Layer.predictMasked masks (inCell kind variables) xs
                              List.iter2 near expected found)

      testCase "stacked cells are layers one after the other" (fun () ->
          let x = wave [ 3; 5; 2 ]
          let loop = rnnWithState everyStep (stackedRnnCells [ lstmCell 4; gruCell 3 ])
          let variables = start [ [ 5; 2 ] ] loop
          let part name = (Tree.tryFind ("rnn/stacked_rnn_cells/" + name) variables.Parameters).Value
          let alone kind name = Variables.ofTrees (Node [ kind, part name ]) (Node [ kind, Tree.empty ])

          for masks in [ []; [ Some mask ] ] do
              let first = lstmWithState sequences 4 |> Layer.predictMasked masks (alone "lstm" "lstm_cell") [ x ]

              let second =
                  gruWithState sequences 3 |> Layer.predictMasked masks (alone "gru" "gru_cell") [ first.Head ]

              let found = loop |> Layer.predictMasked masks variables [ x ]
              List.iter2 near (second.Head :: first.Tail @ second.Tail) found)

      testCase "a cell of one's own runs, masked and from given states" (fun () ->
          let x = Tensor.ofFloat64Array [ 1; 4; 1 ] [| 1.0; 2.0; 3.0; 4.0 |]
          let loop = rnnWithState everyStep sums
          let variables = start [ [ 4; 1 ] ] loop |> Variables.map Tensor.onesLike
          let numbers (x: Tensor) = List.ofArray (Tensor.toFloat64Array x)
          let ys = Layer.predict variables [ x ] loop
          Expect.Equal<float list>([ 1.0; 15.0; 84.0; 300.0 ], numbers ys[0])
          Expect.Equal<float list>([ 10.0; 30.0 ], List.collect numbers ys.Tail)
          let mask = Tensor.cast Bool (tensor [ [ 0; 1; 0; 1 ] ])
          let ys = loop |> Layer.predictMasked [ Some mask ] variables [ x ]
          Expect.Equal<float list>([ 0.0; 8.0; 8.0; 120.0 ], numbers ys[0])
          Expect.Equal<float list>([ 6.0; 20.0 ], List.collect numbers ys.Tail)
          let last = rnn sums
          Expect.Equal<float list>([ 120.0 ], numbers (last |> Layer.predictMasked [ Some mask ] variables x))
          let one = Tensor.onesOf Float64 [ 1; 1 ]

          Expect.Equal<float list>(
              [ 4.0; 24.0; 105.0; 341.0 ],
              numbers (List.head (Layer.predict variables [ x; one; one ] loop))
          ))

      testCase "gradients of a loop over cells are those by finite differences" (fun () ->
          let loop = rnnWith everyStep stacked
          let x = wave [ 2; 4; 2 ]
          let variables = start [ [ 4; 2 ] ] loop

          let loss parameters =
              Tensor.sum (sin (Layer.predict { variables with Parameters = parameters } x loop))

          let gradient = Tree.grad loss variables.Parameters

          Expect.True(
              Tree.leaves gradient
              |> List.forall (fun d -> Array.forall System.Double.IsFinite (Tensor.toFloat64Array d))
          )

          let step = variables.Parameters |> Tree.map (fun p -> wave p.Shape)
          let moved by = Tree.map2 (fun (p: Tensor) (d: Tensor) -> p + by * d) variables.Parameters step
          let slope = (Tensor.toFloat (loss (moved 1e-5)) - Tensor.toFloat (loss (moved -1e-5))) / 2e-5

          let along =
              Tree.map2 (fun (g: Tensor) (d: Tensor) -> Tensor.sum (g * d)) gradient step
              |> Tree.leaves
              |> List.sumBy Tensor.toFloat

          Expect.True(abs (slope - along) < 1e-6 * max 1.0 (abs along), $"{slope} {along}"))

      testCase "a stateful layer goes on where the batch before ended" (fun () ->
          let x = wave [ 3; 6; 2 ]
          let firstHalf, secondHalf = Tensor.sliceAxis 1 0 2 1 x, Tensor.sliceAxis 1 2 6 1 x

          for make in [ simpleRnnWith; lstmWith; gruWith ] do
              let plain = make sequences 4
              let stateful = make { sequences with Stateful = Some 3 } 4
              let variables = start [ [ 6; 2 ] ] stateful
              let whole = Layer.predict (start [ [ 6; 2 ] ] plain) x plain
              let first, next = stateful.Apply variables resting firstHalf
              let second, after = stateful.Apply next resting secondHalf
              near whole (Tensor.concat 1 [ first; second ])
              let again, _ = stateful.Apply (Variables.resetStates after) resting firstHalf
              near first again

              Expect.Contains(
                  "is not the batch size",
                  errorOf (fun () -> stateful.Apply variables resting (wave [ 2; 6; 2 ]))
              )

          let loop = rnnWith { everyStep with Stateful = Some 3 } stacked
          let plain = rnnWith everyStep stacked
          let variables = start [ [ 6; 2 ] ] loop
          let first, next = loop.Apply variables resting firstHalf
          let second, _ = loop.Apply next resting secondHalf
          let alone = { variables with State = (start [ [ 6; 2 ] ] plain).State }
          near (Layer.predict alone x plain) (Tensor.concat 1 [ first; second ])
          let both = bidirectional (lstmWith { RecurrentOptions.defaults with Stateful = Some 3 } 4)
          let names = Variables.flatten (start [ [ 6; 2 ] ] both) |> List.map _.Path
          Expect.Contains("bidirectional/backward_lstm/rnn_state_1", names))

      testCase "a stateful layer remembers through training, and frozen" (fun () ->
          let layer = lstmWith { RecurrentOptions.defaults with Stateful = Some 4 } 3 --> dense 1
          let model = Model.create layer [ 5; 2 ] (Key.ofInt 1)
          let data = Dataset.ofTensors (Random.normal (Key.ofInt 1) [ 8; 5; 2 ]) (Tensor.zeros [ 8; 1 ])

          let options =
              { Fit.defaults with Epochs = 1; BatchSize = 4; Shuffle = false; Loss = Loss.meanSquaredError }

          let trained = (Learn.fitModel options model data (Key.ofInt 2)).Model
          let state (model: Model) = at "rnn_state_0" model.Variables.State
          Expect.True(Tensor.toFloat (Tensor.max (Tensor.abs (state trained))) > 0.0)

          Expect.True(
              Tensor.allClose
                  0.0
                  0.0
                  (Tensor.zeros [ 4; 3 ])
                  (state (Model.withVariables (Variables.resetStates trained.Variables) trained))
          )

          let frozen = freeze (lstmWith { RecurrentOptions.defaults with Stateful = Some 4 } 3)
          let variables, _ = Layer.init (Key.ofInt 1) [ 5; 2 ] frozen
          let _, next = frozen.Apply variables (training 1) (Random.normal (Key.ofInt 1) [ 4; 5; 2 ])
          Expect.True(Tensor.toFloat (Tensor.max (Tensor.abs (at "rnn_state_0" next.State))) > 0.0))

      testCase "both directions take layers and states of their own" (fun () ->
          let x = wave [ 3; 5; 2 ]
          let there, back = lstmWith sequences 4, gruWith { sequences with GoBackwards = true } 3
          let both = bidirectionalOf MergeMode.Concat there back
          let variables = start [ [ 5; 2 ] ] both

          let part kind =
              Variables.ofTrees
                  (Node [ kind, (Tree.tryFind ("bidirectional/" + kind) variables.Parameters).Value ])
                  (Node [ kind, Tree.empty ])

          for masks in [ []; [ Some mask ] ] do
              let zeroed (y: Tensor) =
                  if masks.IsEmpty then
                      y
                  else
                      Tensor.where (Tensor.expandDims -1 mask) y (Tensor.zerosLike y)

              let expected =
                  [ there |> Layer.predictMasked masks (part "lstm") x
                    back |> Layer.predictMasked masks (part "gru") x |> Tensor.flip [ 1 ] ]

              near (Tensor.concat -1 (List.map zeroed expected)) (both |> Layer.predictMasked masks variables x)

          // without GoBackwards the sequence is turned round for it
          let turned = bidirectionalOf MergeMode.Concat there (gruWith sequences 3)
          near (Layer.predict variables x both) (Layer.predict variables x turned)

          let withStates = bidirectionalWithState MergeMode.Sum (lstmWithState RecurrentOptions.defaults 4)
          let variables = start [ [ 5; 2 ] ] withStates

          let part name =
              Variables.ofTrees
                  (Node [ "lstm", (Tree.tryFind ("bidirectional/" + name) variables.Parameters).Value ])
                  (Node [ "lstm", Tree.empty ])

          let alone = lstmWithState RecurrentOptions.defaults 4
          let states = [ for i in 1.0 .. 4.0 -> wave [ 3; 4 ] * i ]
          let forward = Layer.predict (part "forward_lstm") (x :: states[..1]) alone
          let backward = Layer.predict (part "backward_lstm") (Tensor.flip [ 1 ] x :: states[2..]) alone
          let found = Layer.predict variables (x :: states) withStates
          List.iter2 near (forward.Head + backward.Head :: forward.Tail @ backward.Tail) found)

      testCase "all come back from their descriptions" (fun () ->
          let cells =
              stackedRnnCells
                  [ lstmCell 3; gruCellWith { RecurrentOptions.defaults with ResetAfter = false } 4; simpleRnnCell 2 ]

          let x = Tensor.cast Float32 (wave [ 3; 5; 2 ])

          let layers =
              [ rnn (lstmCell 3)
                rnnWith { everyStep with GoBackwards = true; ZeroOutputForMask = true; Stateful = Some 3 } cells
                lstmWith { sequences with ZeroOutputForMask = true; Stateful = Some 3 } 2
                bidirectionalOf
                    MergeMode.Sum
                    (lstm 3)
                    (gruWith { RecurrentOptions.defaults with GoBackwards = true } 3)
                bidirectionalWith MergeMode.Ave (rnn cells) ]

          for layer in layers do
              let back: Layer<Tensor, Tensor> = Layer.ofNetwork (roundTrip layer)

              let seen (layer: Layer<Tensor, Tensor>) =
                  let variables, shape = Layer.init (Key.ofInt 7) [ 5; 2 ] layer
                  let y, _ = layer.Apply variables (training 11) x
                  shape, variableBits variables, bits y

              Expect.Equal(seen layer, seen back)

          for layer in
              [ rnnWithState everyStep cells
                bidirectionalWithState MergeMode.Concat (gruWithState sequences 3)
                bidirectionalWithStateOf MergeMode.Mul (gruWithState sequences 3) (simpleRnnWithState sequences 3) ] do
              roundTrip layer |> ignore

          roundTrip (bidirectionalPairOf (lstm 3) (gru 2)) |> ignore)

      testCase "compiled is eager, and vmap is a map, for loops over cells" (fun () ->
          let loop = rnnWith everyStep stacked
          let variables = start [ [ 4; 2 ] ] loop
          let x = wave [ 3; 4; 2 ]
          let y = Layer.predict variables x loop
          let compiled = Jit.compile (fun xs -> [ Layer.predict variables (List.head xs) loop ])
          near y (List.head (compiled [ x ]))

          let one x =
              Layer.predict variables (Tensor.expandDims 0 x) loop |> Tensor.squeezeAxes [ 0 ]

          near y (vmap one x))

      testCase "gradients through a thousand steps are finite, masked or not" (fun () ->
          let x = wave [ 2; 1000; 3 ]

          let mask =
              Tensor.cast Bool (Tensor.ofInts [ 2; 1000 ] (Array.init 2000 (fun i -> if i % 7 = 3 then 0 else 1)))

          for make in [ simpleRnnWith; lstmWith; gruWith ] do
              let layer = make sequences 4
              let variables = start [ [ 1000; 3 ] ] layer

              for masks in [ []; [ Some mask ] ] do
                  let loss parameters =
                      Tensor.mean (layer |> Layer.predictMasked masks { variables with Parameters = parameters } x)

                  let gradient = Tree.compile (Tree.grad loss) variables.Parameters

                  for _, d in Tree.flatten gradient do
                      let numbers = Tensor.toFloat64Array d
                      Expect.True(Array.forall System.Double.IsFinite numbers)
                      Expect.True(Array.exists ((<>) 0.0) numbers))

      testCase "errors name what does not fit" (fun () ->
          let contains (text: string) f = Expect.Contains(text, errorOf f)
          contains "give them to the loop" (fun () -> lstmCellWith sequences 3)
          contains "is not a batch size" (fun () -> lstmWith { sequences with Stateful = Some 0 } 3)
          contains "is empty; give one cell" (fun () -> stackedRnnCells [])

          contains "the cell must give its output and one state" (fun () ->
              Layer.initMany (Key.ofInt 1) [ [ 4; 2 ] ] (rnn (Layer.ofNetwork (dense 2).Network)))

          contains "a sample must be a sequence" (fun () -> Layer.init (Key.ofInt 1) [ 4 ] (rnn (lstmCell 2)))

          contains "it takes the features of one step" (fun () ->
              Layer.initMany (Key.ofInt 1) [ [ 4; 2 ] ] (lstmCell 2))

          contains "makes both directions one" (fun () ->
              bidirectional (lstmWith { sequences with GoBackwards = true } 2))

          contains "to be merged" (fun () ->
              Layer.init (Key.ofInt 1) [ 4; 2 ] (bidirectionalOf MergeMode.Sum (lstm 2) (gru 3)))

          let wrong = cellOf "wrong" (fun _ shape -> [], [ shape ]) (fun _ x _ -> x, [])
          contains "the states that a step takes and gives" (fun () -> Layer.init (Key.ofInt 1) [ 4; 2 ] (rnn wrong))) ]
    |> testList "Layers.RecurrentCells"
