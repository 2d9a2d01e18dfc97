/// Recurrent layers: beside PyTorch, in parts and in both directions, and what they say to wrong shapes and options.
module Functional.Tests.RecurrentTests

open System
open Expecto
open Functional
open Functional.Tests.Chains

type private Case =
    { Kind: string
      Layer: Layer<Tensor list, Tensor list>
      Options: RecurrentOptions
      Units: int
      Inputs: (string * Tensor) list
      Variables: Variables }

let private kinds =
    [ "simple_rnn", simpleRnnWithState, id
      "lstm", lstmWithState, id
      "gru", gruWithState, id
      "gru_before", gruWithState, (fun options -> { options with ResetAfter = false })
      "relu", simpleRnnWithState, (fun options -> { options with Activation = relu })
      "soft", lstmWithState, (fun options -> { options with Activation = softsign; RecurrentActivation = hardSigmoid }) ]

/// Every kind with random sizes, options and numbers.
let private cases () =
    let random = Random 7

    let numbers (shape: Shape) =
        Array.init (Shape.size shape) (fun _ -> 2.0 * random.NextDouble() - 1.0)
        |> Tensor.ofFloat64Array shape

    [ for kind, make, change in kinds do
          for i in 0..5 do
              let units, features = random.Next(1, 5), random.Next(1, 5)
              let batch, time = random.Next(1, 4), random.Next(1, 6)

              let options =
                  change
                      { RecurrentOptions.defaults with
                          UseBias = i <> 1
                          ReturnSequences = i % 2 = 0
                          GoBackwards = i >= 3 }

              let layer = make options units
              let variables, shapes = Layer.initMany (Key.ofInt 1) [ [ time; features ] ] layer
              let variables = variables |> Variables.map (fun v -> numbers v.Shape)
              let states = if i = 2 || i = 5 then shapes.Tail else []

              { Kind = kind
                Layer = layer
                Options = options
                Units = units
                Variables = variables
                Inputs =
                  ("x", numbers [ batch; time; features ])
                  :: (states |> List.mapi (fun i s -> $"state{i}", numbers (batch :: s))) } ]

let private script =
    """
import torch
def leaf(i, name):
    return torch.tensor(x[f'{i}.{name}']).requires_grad_() if f'{i}.{name}' in x else None
def blocks(w, order, u):
    return torch.cat([w[..., k * u:(k + 1) * u] for k in order], -1)
def own(kind, seq, h, c, k, r, b):
    # the equations written out, for what PyTorch's modules do not offer
    u, outputs = r.shape[0], []
    for t in range(seq.shape[1]):
        if kind == 'relu':
            h = torch.relu(seq[:, t] @ k + h @ r + (0 if b is None else b))
        elif kind == 'soft':
            gi, gf, gc, go = torch.split(seq[:, t] @ k + h @ r + (0 if b is None else b), u, -1)
            s = lambda v: torch.clamp(v + 3, 0, 6) / 6
            c = s(gf) * c + s(gi) * torch.nn.functional.softsign(gc)
            h = s(go) * torch.nn.functional.softsign(c)
        else:
            xz, xr, xh = torch.split(seq[:, t] @ k + (0 if b is None else b), u, -1)
            z, q = torch.sigmoid(xz + h @ r[:, :u]), torch.sigmoid(xr + h @ r[:, u:2 * u])
            h = z * h + (1 - z) * torch.tanh(xh + (q * h) @ r[:, 2 * u:])
        outputs.append(h)
    return torch.stack(outputs, 1), [h, c]
for i in range(sum(name.endswith('.meta') for name in x)):
    kind = ['simple_rnn', 'lstm', 'gru', 'gru_before', 'relu', 'soft'][int(x[f'{i}.meta'][0])]
    sequences, backwards = x[f'{i}.meta'][1:] == 1
    names = ['x', 'state0', 'state1', 'kernel', 'recurrent_kernel', 'bias']
    leaves = {name: leaf(i, name) for name in names}
    seq, k, r, b = leaves['x'], leaves['kernel'], leaves['recurrent_kernel'], leaves['bias']
    u = r.shape[0]
    zero = torch.zeros(seq.shape[0], u, dtype=torch.float64)
    h, c = [zero if leaves[s] is None else leaves[s] for s in ['state0', 'state1']]
    if backwards:
        seq = seq.flip(1)
    two = [torch.zeros(k.shape[1], dtype=torch.float64)] * 2 if b is None else [b, torch.zeros_like(b)]
    if kind == 'simple_rnn':
        y, h = torch.rnn_tanh(seq, h[None], [k.T, r.T] + two, True, 1, 0.0, False, False, True)
        states = [h[0]]
    elif kind == 'lstm':
        y, h, c = torch.lstm(seq, [h[None], c[None]], [k.T, r.T] + two, True, 1, 0.0, False, False, True)
        states = [h[0], c[0]]
    elif kind == 'gru':
        if b is not None:
            two = [b[0], b[1]]
        order = [1, 0, 2]
        weights = [blocks(w, order, u) for w in [k, r] + two]
        y, h = torch.gru(seq, h[None], [weights[0].T, weights[1].T] + weights[2:], True, 1, 0.0, False, False, True)
        states = [h[0]]
    else:
        y, states = own(kind, seq, h, c, k, r, b)
        states = states if kind == 'soft' else states[:1]
    results = [y if sequences else y[:, -1]] + states
    total = 0
    for n, result in enumerate(results):
        give(f'{i}.result{n}', result.detach().numpy())
        total = total + (torch.sin(result) * torch.cos(n + torch.arange(result.numel(), dtype=torch.float64)).reshape(result.shape)).sum()
    given = {name: v for name, v in leaves.items() if v is not None}
    for name, g in zip(given, torch.autograd.grad(total, list(given.values()))):
        give(f'{i}.d_{name}', g.numpy())
"""

let private weighted (results: Tensor list) =
    results
    |> List.mapi (fun n y ->
        let weights = Array.init y.Size (fun i -> cos (float (n + i))) |> Tensor.ofFloat64Array y.Shape

        Tensor.sum (sin y * weights))
    |> List.reduce (+)

let private three (options: RecurrentOptions) =
    [ simpleRnnWith options 3
      lstmWith options 3
      gruWith options 3
      gruWith { options with ResetAfter = false } 3 ]

let private sequences = { RecurrentOptions.defaults with ReturnSequences = true }

let private start shape (layer: Layer<Tensor, Tensor>) =
    fst (Layer.init (Key.ofInt 3) shape layer) |> Variables.cast Float64

let private near (a: Tensor) (b: Tensor) =
    Expect.Equal<Shape>(a.Shape, b.Shape)
    Expect.True(Tensor.allClose 1e-12 1e-12 a b, $"{a}\n{b}")

/// Gives twice as many steps as it is given.
let private repeatVectorOfRows = Layer.ofFunction "twice" (fun x -> Tensor.concat 1 [ x; x ])

[<Tests>]
let tests =
    [ testCase "values and gradients are PyTorch's" (fun () ->
          let inputs =
              [ for i, case in List.indexed (cases ()) do
                    let flag b = if b then 1 else 0
                    let kind = kinds |> List.findIndex (fun (kind, _, _) -> kind = case.Kind)

                    $"{i}.meta",
                    Tensor.ofInts [ 3 ] [| kind; flag case.Options.ReturnSequences; flag case.Options.GoBackwards |]

                    for name, value in case.Inputs @ Tree.flatten case.Variables.Parameters do
                        $"{i}.{lastName name}", value ]

          let there = Peer.run [ "torch" ] script inputs

          for i, case in List.indexed (cases ()) do
              let names = List.map fst case.Inputs

              let results (point: Tree<Tensor>) =
                  let variables = { case.Variables with Parameters = (Tree.tryFind "parameters" point).Value }
                  fst (case.Layer.Apply variables resting (names |> List.map (fun name -> point[name])))

              let point =
                  Node(
                      (case.Inputs |> List.map (fun (name, x) -> name, Leaf x))
                      @ [ "parameters", case.Variables.Parameters ]
                  )

              let agree name (value: Tensor) =
                  Peer.agree 1e-9 $"{case.Kind} {i} {name}" there[$"{i}.{name}"] (Tensor.toFloat64Array value)

              results point |> List.iteri (fun n y -> agree $"result{n}" y)

              for gradient in
                  [ Tree.grad (results >> weighted) point; Tree.compile (Tree.grad (results >> weighted)) point ] do
                  for path, slope in Tree.flatten gradient do
                      agree ("d_" + lastName path) slope)

      testCase "the last of all states is the one that is given alone" (fun () ->
          for every, last in List.zip (three sequences) (three RecurrentOptions.defaults) do
              let variables = start [ 4; 2 ] every
              let x = wave [ 5; 4; 2 ]
              let all = Layer.predict variables x every
              Expect.Equal<Shape>([ 5; 4; 3 ], all.Shape)
              near (Tensor.squeezeAxes [ 1 ] (Tensor.sliceAxis 1 3 4 1 all)) (Layer.predict variables x last))

      testCase "backwards is forwards on the sequence turned round" (fun () ->
          for options in [ sequences; RecurrentOptions.defaults ] do
              for there, back in List.zip (three options) (three { options with GoBackwards = true }) do
                  let variables = start [ 4; 2 ] there
                  let x = wave [ 5; 4; 2 ]
                  near (Layer.predict variables (Tensor.flip [ 1 ] x) there) (Layer.predict variables x back))

      testCase "a sequence read in two parts ends as one read at once" (fun () ->
          for make in [ simpleRnnWithState; lstmWithState; gruWithState ] do
              let layer = make sequences 3
              let variables, _ = Layer.initMany (Key.ofInt 3) [ [ 6; 2 ] ] layer
              let variables = Variables.cast Float64 variables
              let x = wave [ 5; 6; 2 ]
              let whole = Layer.predict variables [ x ] layer
              let first = Layer.predict variables [ Tensor.sliceAxis 1 0 2 1 x ] layer
              let second = Layer.predict variables (Tensor.sliceAxis 1 2 6 1 x :: first.Tail) layer
              near whole.Head (Tensor.concat 1 [ first.Head; second.Head ])
              List.iter2 near whole.Tail second.Tail)

      testCase "samples do not mix, and steps may be of another number than the layer was built for" (fun () ->
          for layer in three RecurrentOptions.defaults do
              let variables = start [ 4; 2 ] layer
              let x = wave [ 5; 7; 2 ]

              let one x =
                  Layer.predict variables (Tensor.expandDims 0 x) layer |> Tensor.squeezeAxes [ 0 ]

              near (Layer.predict variables x layer) (vmap one x))

      testCase "shapes and starts are Keras's" (fun () ->
          let shapes layer =
              let variables, _ = Layer.init (Key.ofInt 1) [ 4; 2 ] layer
              variables, Variables.flatten variables |> List.map (fun v -> lastName v.Path, v.Tensor.Shape)

          let expected gates bias =
              [ "kernel", [ 2; gates * 3 ]; "recurrent_kernel", [ 3; gates * 3 ]; "bias", bias ]

          Expect.Equal<(string * Shape) list>(expected 1 [ 3 ], snd (shapes (simpleRnn 3)))
          let variables, ofLstm = shapes (lstm 3)
          Expect.Equal<(string * Shape) list>(expected 4 [ 12 ], ofLstm)
          Expect.Equal<(string * Shape) list>(expected 3 [ 2; 9 ], snd (shapes (gru 3)))
          let before = gruWith { RecurrentOptions.defaults with ResetAfter = false } 3
          Expect.Equal<(string * Shape) list>(expected 3 [ 9 ], snd (shapes before))

          Expect.Equal<float32>(
              [| yield! Array.zeroCreate 3; yield! Array.create 3 1.0f; yield! Array.zeroCreate 6 |],
              Tensor.toArray (at "bias" variables.Parameters)
          )

          let kernel = (at "recurrent_kernel" variables.Parameters)
          Expect.True(Tensor.allClose 1e-6 1e-6 (Tensor.eye 3) (Tensor.matmul kernel (Tensor.transpose kernel)))
          // the count of Keras's LSTM(128) on 57 characters
          let variables, _ = Layer.init (Key.ofInt 1) [ 40; 57 ] (lstm 128)
          Expect.Equal(95232L, Variables.trainableCount variables)

          for layer, name in
              [ simpleRnn 3, "SimpleRNN"; lstm 3, "LSTM"; gru 3, "GRU"; bidirectional (gru 3), "Bidirectional" ] do
              let variables, _ = Layer.init (Key.ofInt 1) [ 4; 2 ] layer
              Expect.Contains($"({name})", Summary.table "model" layer [ [ 4; 2 ] ] variables))

      testCase "dropout draws once for a sequence, and in training alone" (fun () ->
          let options = { sequences with Dropout = 0.5; UseBias = false }
          let ones = Tensor.onesOf Float64 [ 50; 6; 4 ]

          for layer, plain in List.zip (three options) (three { sequences with UseBias = false }) do
              let variables = start [ 6; 4 ] layer
              near (Layer.predict variables ones plain) (Layer.predict variables ones layer)
              let dropped = fst (layer.Apply variables (training 5) ones)
              // the same features are missing in every step: some input of zeros and twos explains all of them
              Expect.False(Tensor.allClose 1e-6 1e-6 (Layer.predict variables ones plain) dropped)

              let masks = [ for i in 0..15 -> [ for bit in 0..3 -> if (i >>> bit) &&& 1 = 1 then 2.0 else 0.0 ] ]

              let explained =
                  masks
                  |> List.map (fun mask ->
                      let x = Tensor.cast Float64 (tensor mask) |> Tensor.broadcastTo [ 1; 6; 4 ]
                      Layer.predict variables x plain)

              for row in 0..49 do
                  let mine = Tensor.sliceAxis 0 row (row + 1) 1 dropped
                  Expect.Contains(explained, fun other -> Tensor.allClose 1e-12 1e-12 other mine)

          let recurrent = { sequences with RecurrentDropout = 0.5 }

          for layer, plain in List.zip (three recurrent) (three sequences) do
              let variables = start [ 6; 4 ] layer
              let first x = Tensor.sliceAxis 1 0 1 1 x
              let all, dropped = Layer.predict variables ones plain, fst (layer.Apply variables (training 5) ones)
              // the first step has no state to drop
              near (first all) (first dropped)
              Expect.False(Tensor.allClose 1e-6 1e-6 all dropped))

      testCase "both directions are two layers, aligned in time" (fun () ->
          let x = wave [ 5; 4; 2 ]

          for inner in three sequences @ three RecurrentOptions.defaults do
              let layer = bidirectional inner
              let variables, shape = Layer.init (Key.ofInt 3) [ 4; 2 ] layer
              let variables = Variables.cast Float64 variables
              let kind = inner.Description.Kind

              let part name =
                  let own = Tree.tryFind $"bidirectional/{name}_{kind}" variables.Parameters
                  Variables.ofTrees (Node [ kind, own.Value ]) (Node [ kind, Tree.empty ])

              let there = Layer.predict (part "forward") x inner
              let back = Layer.predict (part "backward") (Tensor.flip [ 1 ] x) inner
              let back = if back.Rank = 3 then Tensor.flip [ 1 ] back else back
              Expect.Equal<Shape>(shape, (Tensor.concat -1 [ there; back ]).Shape.Tail)
              near (Tensor.concat -1 [ there; back ]) (Layer.predict variables x layer)
              let joined mode = Layer.predict variables x (bidirectionalWith mode inner)
              near (there + back) (joined MergeMode.Sum)
              near (there * back) (joined MergeMode.Mul)
              near ((there + back) / 2.0) (joined MergeMode.Ave)
              let apart = Layer.predict variables x (bidirectionalPair inner)
              List.iter2 near [ there; back ] apart)

      testCase "a layer on every step is the layer on all steps as one batch" (fun () ->
          let layer = timeDistributed (dense 3 --> relu)
          let variables, shape = Layer.init (Key.ofInt 3) [ 4; 2 ] layer
          Expect.Equal<Shape>([ 4; 3 ], shape)
          Expect.Contains("time_distributed/dense/kernel", Variables.flatten variables |> List.map _.Path)
          let variables = Variables.cast Float64 variables
          let inner = dense 3 --> relu
          let x = wave [ 5; 4; 2 ]

          let ofRows =
              Layer.predict (Variables.part "time_distributed" variables) (Tensor.reshape [ 20; 2 ] x) inner

          near (Tensor.reshape [ 5; 4; 3 ] ofRows) (Layer.predict variables x layer))

      testCase "all come back from their descriptions" (fun () ->
          let options =
              { RecurrentOptions.defaults with
                  Activation = softsign
                  RecurrentActivation = hardSigmoid
                  UseBias = false
                  KernelInitializer = Initializer.heNormal
                  RecurrentInitializer = Initializer.orthogonal 0.5
                  UnitForgetBias = false
                  ResetAfter = false
                  KernelRegularizer = Some(Regularizer.l2 0.1)
                  RecurrentRegularizer = Some(Regularizer.l1 0.2)
                  Dropout = 0.25
                  RecurrentDropout = 0.125
                  ReturnSequences = true
                  GoBackwards = true }

          let layers =
              three options
              @ three RecurrentOptions.defaults
              @ [ for mode in [ MergeMode.Concat; MergeMode.Sum; MergeMode.Mul; MergeMode.Ave ] ->
                      bidirectionalWith mode (gruWith { options with GoBackwards = false } 3) ]
              @ [ timeDistributed (dense 3 --> relu)
                  bidirectionalPair (lstm 2) --> concatenate 1
                  branch [ linear ] --> lstmWithState { options with ReturnSequences = false } 3 --> Merge.add ]

          for layer in layers do
              let back = layer.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.build
              Expect.Equal(layer.Description, back.Description)
              let x = Tensor.cast Float32 (wave [ 5; 4; 2 ])

              let seen (layer: Layer<Tensor, Tensor>) =
                  let variables, shape = Layer.init (Key.ofInt 7) [ 4; 2 ] layer
                  let y, _ = layer.Apply variables (training 11) x
                  shape, variableBits variables, bits y, layer.Penalty variables |> Option.map bits

              Expect.Equal(seen layer, seen back))

      testCase "it learns what only a memory can tell" (fun () ->
          // the first step says what the answer is, the others are noise
          let x = Random.normal (Key.ofInt 1) [ 200; 8; 1 ]

          let y =
              Tensor.cast Int32 (Tensor.greater (Tensor.reshape [ 200 ] (Tensor.sliceAxis 1 0 1 1 x)) (tensor 0.0))

          let model = Model.create (gru 8 --> dense 2 --> softmax) [ 8; 1 ] (Key.ofInt 2)

          let options =
              { Fit.defaults with
                  Loss = Loss.sparseCategoricalCrossentropy
                  Optimizer = Optimizer.adam 0.02
                  Epochs = 15 }

          let result = Learn.fitModel options model (Dataset.ofTensors x y) (Key.ofInt 3)
          Expect.True(List.last result.History["loss"] < 0.25, $"""{result.History["loss"]}"""))

      testCase "errors name what does not fit" (fun () ->
          Expect.Equal("lstm: units = 0 is not a number of units; give 1 or more.", errorOf (fun () -> lstm 0))

          Expect.Contains(
              "gru: dropout = 1 is not a share to drop",
              errorOf (fun () -> gruWith { RecurrentOptions.defaults with Dropout = 1.0 } 3)
          )

          Expect.Contains(
              "is made of other layers",
              errorOf (fun () -> lstmWith { RecurrentOptions.defaults with Activation = relu --> relu } 3)
          )

          Expect.Contains(
              "a sample must be a sequence [time; features]",
              errorOf (fun () -> Layer.init (Key.ofInt 1) [ 3 ] (lstm 3))
          )

          Expect.Contains(
              "'prelu' has variables of its own",
              errorOf (fun () -> Layer.init (Key.ofInt 1) [ 3; 2 ] (lstmWith { sequences with Activation = prelu } 3))
          )

          Expect.Contains(
              "it takes no state, or 2 of shape [3]",
              errorOf (fun () -> Layer.initMany (Key.ofInt 1) [ [ 4; 2 ]; [ 3 ] ] (lstmWithState sequences 3))
          )

          let variables, _ = Layer.init (Key.ofInt 1) [ 4; 2 ] (lstm 3)

          Expect.Contains(
              "the kernel takes 2 features in each step",
              errorOf (fun () -> Layer.predict variables (Tensor.ones [ 5; 4; 3 ]) (lstm 3))
          )

          let states = lstmWithState sequences 3
          let variables, _ = Layer.initMany (Key.ofInt 1) [ [ 4; 2 ] ] states

          Expect.Contains(
              "a state has one row of units for each sequence",
              errorOf (fun () ->
                  Layer.predict
                      variables
                      [ Tensor.ones [ 5; 4; 2 ]; Tensor.ones [ 5; 2 ]; Tensor.ones [ 5; 2 ] ]
                      states)
          )

          Expect.Contains(
              "must give one result for each step of a sequence",
              errorOf (fun () -> Layer.init (Key.ofInt 1) [ 4; 2 ] (bidirectional (repeatVectorOfRows --> linear)))
          )) ]
    |> testList "Layers.Recurrent"
