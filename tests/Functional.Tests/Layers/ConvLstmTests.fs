/// Convolutional LSTMs beside PyTorch, in both data formats, with states, and what they say to wrong shapes.
module Functional.Tests.ConvLstmTests

open System
open Expecto
open Functional
open Functional.Tests.Chains

let private script =
    """
import torch, torch.nn.functional as F
for i in range(int(x['count'])):
    def get(name): return torch.tensor(x[f'{i}.{name}'], requires_grad=True)
    axes, stride, same, dilation, sequences = [int(v) for v in x[f'{i}.o'].reshape(-1)]
    seq, k, r, b, w = [get(name) for name in ['x', 'kernel', 'recurrent_kernel', 'bias', 'w']]
    conv = [F.conv1d, F.conv2d, F.conv3d][axes - 1]
    front = [0, axes + 1] + list(range(1, axes + 1))
    turned = lambda a: a.permute([axes + 1, axes] + list(range(axes)))
    def padded(a, size, stride, dilation):
        pads = []
        for n, s in zip(a.shape[2:], size):
            reach = (s - 1) * dilation + 1
            total = max((-(-n // stride) - 1) * stride + reach - n, 0)
            pads = [total // 2, total - total // 2] + pads
        return F.pad(a, pads)
    size, f = k.shape[:axes], r.shape[axes]
    h = c = None
    outputs = []
    for t in range(seq.shape[1]):
        a = seq[:, t].permute(front)
        if same: a = padded(a, size, stride, dilation)
        z = conv(a, turned(k), b, stride=stride, dilation=dilation)
        if h is None: h = c = torch.zeros(z.shape[0], f, *z.shape[2:], dtype=torch.float64)
        z = z + conv(padded(h, size, 1, 1), turned(r))
        gi, gf, gc, go = torch.split(z, f, 1)
        c = torch.sigmoid(gf) * c + torch.sigmoid(gi) * torch.tanh(gc)
        h = torch.sigmoid(go) * torch.tanh(c)
        outputs.append(h)
    back = [0] + list(range(2, axes + 2)) + [1]
    y = torch.stack([o.permute(back) for o in outputs], 1) if sequences else h.permute(back)
    (y * w).sum().backward()
    give(f'{i}.y', y.detach().numpy())
    for name, v in zip(['x', 'kernel', 'recurrent_kernel', 'bias'], [seq, k, r, b]): give(f'{i}.d{name}', v.grad.numpy())
"""

type private Case = { Layer: Layer<Tensor, Tensor>; Sample: Shape; Options: int list }

let private cases () =
    let random = Random 5

    [ for i in 0..8 do
          let axes = 1 + i % 3
          let stride, same, dilation = (if i % 4 = 3 then 2 else 1), i % 2, (if i % 4 = 2 then 2 else 1)
          let size = 1 + random.Next 3
          let extent () = 2 * size + 1 + random.Next 2
          let filters = random.Next(1, 3)

          let options =
              { ConvLstmOptions.defaults with
                  Strides = [ stride ]
                  Padding = if same = 1 then WindowPadding.Same else WindowPadding.Valid
                  DilationRate = [ dilation ]
                  BiasInitializer = Initializer.randomUniform -0.5 0.5
                  ReturnSequences = i % 2 = 1 }

          let layer =
              match axes with
              | 1 -> convLstm1DWith options filters size
              | 2 -> convLstm2DWith options filters (size, size)
              | _ -> convLstm3DWith options filters (size, size, size)

          { Layer = layer
            Sample = 3 :: List.init axes (fun _ -> extent ()) @ [ random.Next(1, 3) ]
            Options = [ axes; stride; same; dilation; i % 2 ] } ]

let private near (a: Tensor) (b: Tensor) =
    Expect.Equal<Shape>(a.Shape, b.Shape)
    Expect.True(Tensor.allClose 1e-12 1e-12 a b, $"{a}\n{b}")

[<Tests>]
let tests =
    [ testCase "values and gradients are those of PyTorch's convolutions" (fun () ->
          let runs =
              cases ()
              |> List.mapi (fun i case ->
                  let variables = fst (Layer.init (Key.ofInt i) case.Sample case.Layer) |> Variables.cast Float64
                  let x = wave (2 :: case.Sample)
                  let y = Layer.predict variables x case.Layer
                  let w = wave y.Shape

                  let loss (parameters: Tree<Tensor>) x =
                      Tensor.sum (w * Layer.predict { variables with Parameters = parameters } x case.Layer)

                  let slopes = variables.Parameters |> Tree.grad (fun parameters -> loss parameters x)

                  let given =
                      [ "x", x
                        "w", w
                        "o", Tensor.ofFloat64Array [ 5 ] (List.map float case.Options |> Array.ofList)
                        for path, parameter in Tree.flatten variables.Parameters do
                            lastName path, parameter ]

                  let found =
                      [ "y", y
                        "dx", grad (loss variables.Parameters) x
                        for path, slope in Tree.flatten slopes do
                            "d" + lastName path, slope ]

                  let place = List.map (fun (name, tensor: Tensor) -> $"{i}.{name}", tensor)
                  place given, place found)

          let count = "count", Tensor.ofFloat64Array [] [| float runs.Length |]
          let there = Peer.run [ "torch" ] script (count :: List.collect fst runs)

          for name, tensor in List.collect snd runs do
              Peer.agree 1e-9 name there[name] (Tensor.toFloat64Array tensor))

      testCase "channels in front are channels behind, moved" (fun () ->
          let options = { ConvLstmOptions.defaults with ReturnSequences = true }
          let behind = convLstm2DWithState options 2 (2, 2)
          let front = convLstm2DWithState { options with DataFormat = DataFormat.ChannelsFirst } 2 (2, 2)
          let variables = fst (Layer.initMany (Key.ofInt 1) [ [ 3; 4; 5; 2 ] ] behind) |> Variables.cast Float64
          let x = wave [ 2; 3; 4; 5; 2 ]
          let states = [ wave [ 2; 3; 4; 2 ]; wave [ 2; 3; 4; 2 ] * 0.5 ]
          let toFront (x: Tensor) = Tensor.moveAxis -1 (x.Rank - 3) x
          let expected = Layer.predict variables (x :: states) behind
          let found = Layer.predict variables (toFront x :: List.map toFront states) front
          List.iter2 near (List.map toFront expected) found

          Expect.Equal<Shape list>([ [ 3; 2; 3; 4 ]; [ 2; 3; 4 ]; [ 2; 3; 4 ] ], Layer.shapes [ [ 3; 2; 4; 5 ] ] front))

      testCase "a sequence read in two parts, or by a stateful layer, ends as one read at once" (fun () ->
          let layer = convLstm1DWithState { ConvLstmOptions.defaults with ReturnSequences = true } 2 2
          let variables = fst (Layer.initMany (Key.ofInt 1) [ [ 4; 5; 2 ] ] layer) |> Variables.cast Float64
          let x = wave [ 2; 4; 5; 2 ]
          let whole = Layer.predict variables [ x ] layer
          let first = Layer.predict variables [ Tensor.sliceAxis 1 0 1 1 x ] layer
          let second = Layer.predict variables (Tensor.sliceAxis 1 1 4 1 x :: first.Tail) layer
          near whole.Head (Tensor.concat 1 [ first.Head; second.Head ])

          let stateful =
              convLstm1DWith { ConvLstmOptions.defaults with ReturnSequences = true; Stateful = Some 2 } 2 2

          let kept = fst (Layer.init (Key.ofInt 1) [ 4; 5; 2 ] stateful) |> Variables.cast Float64
          let first, next = stateful.Apply kept resting (Tensor.sliceAxis 1 0 1 1 x)
          let second, _ = stateful.Apply next resting (Tensor.sliceAxis 1 1 4 1 x)
          near whole.Head (Tensor.concat 1 [ first; second ]))

      testCase "all come back from their descriptions" (fun () ->
          let options =
              { ConvLstmOptions.defaults with
                  Strides = [ 2 ]
                  Padding = WindowPadding.Same
                  KernelRegularizer = Some(Regularizer.l2 0.1)
                  Dropout = 0.25
                  RecurrentDropout = 0.5
                  GoBackwards = true
                  ReturnSequences = true }

          for layer, sample in
              [ convLstm1DWith options 2 3, [ 3; 5; 2 ]
                convLstm2DWith { options with DataFormat = DataFormat.ChannelsFirst } 2 (3, 2), [ 3; 2; 5; 4 ]
                convLstm3D 2 (1, 2, 1), [ 3; 2; 3; 4; 2 ] ] do
              let back = layer.Description |> DescriptionJson.toJson |> DescriptionJson.ofJson |> Catalog.build
              Expect.Equal(layer.Description, back.Description)
              let x = Tensor.cast Float32 (wave (2 :: sample))

              let seen (layer: Layer<Tensor, Tensor>) =
                  let variables, shape = Layer.init (Key.ofInt 7) sample layer
                  let y, _ = layer.Apply variables (training 11) x
                  shape, variableBits variables, bits y, layer.Penalty variables |> Option.map bits

              Expect.Equal(seen layer, seen back))

      testCase "errors name what does not fit" (fun () ->
          let contains (text: string) f = Expect.Contains(text, errorOf f)

          contains "are not one number for all axes" (fun () ->
              convLstm2DWith { ConvLstmOptions.defaults with Strides = [ 1; 2; 3 ] } 2 (2, 2))

          contains "a sample must be a sequence" (fun () -> Layer.init (Key.ofInt 1) [ 5; 2 ] (convLstm1D 2 2))
          contains "filters" (fun () -> convLstm1D 0 2)) ]
    |> testList "Layers.ConvLstm"
