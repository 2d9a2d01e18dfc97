/// Attention layers and transformer blocks beside PyTorch, with copied weights: values and derivatives on random sizes.
module Functional.Tests.AttentionPeerTests

open System
open Expecto
open Functional

let private drawn seed (shape: Shape) = Random.normalOf Float64 0.0 1.0 (Key.ofInt seed) shape

let private oneOf (random: Random) choices = List.item (random.Next(List.length choices)) choices

/// A layer of several sequences, the masks of their steps, and the options that the script reads.
type private Case =
    { Layer: Layer<Tensor list, Tensor>
      Inputs: Tensor list
      Masks: Tensor option list
      Options: float list }

/// The path of a variable within its layer.
let private inLayer (path: string) = path.Substring(path.IndexOf '/' + 1)

let private compare (script: string) (cases: Case list) =
    let runs =
        cases
        |> List.mapi (fun i case ->
            let samples = case.Inputs |> List.map _.Shape.Tail

            let variables =
                fst (Layer.initMany (Key.ofInt i) samples case.Layer)
                |> Variables.cast Float64
                |> Variables.mapi (fun path x ->
                    // biases and shifts that are not zero
                    let noise = Random.normalOf Float64 0.0 0.2 (Key.ofInt (path.Length + i)) x.Shape
                    x + noise)

            let run = Run.withMasks case.Masks Run.inference
            let apply variables xs = fst (case.Layer.Apply variables run xs)
            let y = apply variables case.Inputs
            let weights = drawn (500 + i) y.Shape
            let loss parameters xs = Tensor.sum (weights * apply { variables with Parameters = parameters } xs)
            let slopes = variables.Parameters |> Tree.grad (fun parameters -> loss parameters case.Inputs)

            let inputSlopes =
                Vjp.vjp (fun xs -> [ loss variables.Parameters xs ]) case.Inputs |> snd
                <| [ Tensor.onesOf Float64 [] ]

            let given =
                [ yield! case.Inputs |> List.mapi (fun j x -> $"x{j}", x)
                  "w", weights
                  "o", Tensor.ofFloat64Array [ case.Options.Length ] (Array.ofList case.Options)
                  for j, mask in List.indexed case.Masks do
                      match mask with
                      | Some mask -> $"m{j}", Tensor.cast Float64 mask
                      | None -> ()
                  for path, parameter in Tree.flatten variables.Parameters do
                      inLayer path, parameter ]

            let found =
                [ "y", y
                  yield! inputSlopes |> List.mapi (fun j x -> $"dx{j}", x)
                  for path, slope in Tree.flatten slopes do
                      "d" + inLayer path, slope ]

            let place = List.map (fun (name, tensor: Tensor) -> $"{i}.{name}", tensor)
            place given, place found)

    let frame =
        """
import torch, torch.nn.functional as F
torch.set_num_threads(1)
class Given:
    def __init__(self, i): self.i, self.known = i, {}
    def has(self, name): return '%d.%s' % (self.i, name) in x
    def __getitem__(self, name):
        if name not in self.known: self.known[name] = torch.tensor(x['%d.%s' % (self.i, name)], requires_grad=True)
        return self.known[name]
    def options(self): return [float(v) for v in x['%d.o' % self.i].reshape(-1)]
    def padding(self, name): return torch.tensor(x['%d.%s' % (self.i, name)]) == 0 if self.has(name) else None
# Keras's kernels [in; heads; width] as the matrices of nn.MultiheadAttention
def mha(g, at, query, key, value, heads, causal, padding):
    flat = lambda name: g[at + name + '/kernel'].reshape(g[at + name + '/kernel'].shape[0], -1).T
    bias = lambda name: g[at + name + '/bias'].reshape(-1)
    e = query.shape[-1]
    mask = torch.ones(query.shape[1], key.shape[1], dtype=torch.bool).tril().logical_not() if causal else None
    out = g[at + 'attention_output/kernel']
    y, _ = F.multi_head_attention_forward(
        query.transpose(0, 1), key.transpose(0, 1), value.transpose(0, 1), e, heads, None,
        torch.cat([bias('query'), bias('key'), bias('value')]), None, None, False, 0.0,
        out.reshape(-1, out.shape[-1]).T, g[at + 'attention_output/bias'],
        training=False, key_padding_mask=padding, need_weights=False, attn_mask=mask,
        use_separate_proj_weight=True, q_proj_weight=flat('query'), k_proj_weight=flat('key'), v_proj_weight=flat('value'))
    return y.transpose(0, 1)
def norm(g, at, a): return F.layer_norm(a, a.shape[-1:], g[at + '/gamma'], g[at + '/beta'], 1e-5)
def dense(g, at, a): return a @ g[at + '/kernel'] + g[at + '/bias']
"""

    let loop =
        """
for i in range(int(x['count'])):
    g = Given(i)
    y = apply(g)
    (y * g['w']).sum().backward()
    give('%d.y' % i, y.detach())
    for name, value in g.known.items():
        if name not in ('w', 'o'): give('%d.d%s' % (i, name), torch.zeros_like(value) if value.grad is None else value.grad)
"""

    let count = Tensor.ofFloat64Array [] [| float cases.Length |]
    let expected = Peer.run [ "torch" ] (frame + script + loop) (("count", count) :: List.collect fst runs)

    for case, (_, found) in List.zip cases runs do
        for name, tensor in found do
            Peer.agree 1e-9 $"{name} of {case.Layer}" expected[name] (Tensor.toFloat64Array tensor)

/// Flags of steps, of which the first is there.
let private steps (random: Random) batch length =
    Array.init (batch * length) (fun i -> if i % length = 0 || random.Next 3 > 0 then 1.0 else 0.0)
    |> Tensor.ofFloat64Array [ batch; length ]
    |> Tensor.cast Bool

let private cases count (draw: Random -> int -> Case) =
    let random = Random 13
    List.init count (draw random)

let private multiHeadScript =
    """
def apply(g):
    heads, causal = g.options()
    query = g['x0']
    value, key = (g['x1'], g['x2']) if g.has('x1') else (query, query)
    return mha(g, '', query, key, value, int(heads), causal > 0, g.padding('m1' if g.has('x1') else 'm0'))
"""

let private blockScript =
    """
def apply(g):
    heads, kind, first, gelu = [int(v) for v in g.options()]
    def part(at, f, a):
        return a + f(norm(g, at, a)) if first else norm(g, at, a + f(a))
    def feed(a):
        h = dense(g, 'feedforward_intermediate_dense', a)
        return dense(g, 'feedforward_output_dense', F.gelu(h) if gelu else F.relu(h))
    a = part('self_attention_layer_norm',
             lambda a: mha(g, 'self_attention_layer/', a, a, a, heads, kind > 0, g.padding('m0')), g['x0'])
    if kind == 2:
        e = g['x1']
        a = part('cross_attention_layer_norm',
                 lambda a: mha(g, 'cross_attention_layer/', a, e, e, heads, False, g.padding('m1')), a)
    return part('feedforward_layer_norm', feed, a)
"""

[<Tests>]
let tests =
    [ testCase "multi-head attention gives PyTorch's values and derivatives" (fun () ->
          cases 12 (fun random i ->
              let heads, width = oneOf random [ 1; 2; 4 ], oneOf random [ 2; 5 ]
              let features = heads * width
              let n, m, isSelf = 1 + random.Next 6, 1 + random.Next 6, random.Next 2 = 0
              let causal = isSelf && random.Next 2 = 0
              let query = drawn (3 * i) [ 2; n; features ]

              let others =
                  if isSelf then
                      []
                  else
                      [ drawn (3 * i + 1) [ 2; m; features ]; drawn (3 * i + 2) [ 2; m; features ] ]

              let isMasked = random.Next 2 = 0
              let mask = if isMasked then Some(steps random 2 (if isSelf then n else m)) else None

              { Layer =
                  multiHeadAttentionWith
                      { MultiHeadAttentionOptions.defaults with UseCausalMask = causal }
                      heads
                      width
                Inputs = query :: others
                Masks = if isSelf then [ mask ] else [ None; mask ]
                Options = [ float heads; (if causal then 1.0 else 0.0) ] })
          |> compare multiHeadScript)

      testCase "transformer encoder and decoder blocks give PyTorch's values and derivatives" (fun () ->
          cases 12 (fun random i ->
              let heads, width = oneOf random [ 1; 2 ], oneOf random [ 2; 4 ]
              let kind = random.Next 3
              let normFirst = random.Next 2 = 0

              let options =
                  { TransformerOptions.defaults with
                      NormalizeFirst = normFirst
                      Activation = if random.Next 2 = 0 then relu else gelu }

              let isGelu = options.Activation.Description.Kind = "gelu"
              let n, m = 1 + random.Next 5, 1 + random.Next 5
              let x = drawn (2 * i) [ 2; n; heads * width ]
              let single (layer: Layer<Tensor, Tensor>) : Layer<Tensor list, Tensor> = Layer.adapt List.head id layer

              let layer =
                  match kind with
                  | 0 -> single (transformerEncoderWith options 7 heads)
                  | 1 -> single (transformerDecoderWith options 7 heads)
                  | _ -> transformerCrossDecoderWith options 7 heads

              let padding length = if random.Next 2 = 0 then Some(steps random 2 length) else None
              let inputs = if kind = 2 then [ x; drawn (2 * i + 1) [ 2; m; heads * width ] ] else [ x ]

              { Layer = layer
                Inputs = inputs
                Masks = inputs |> List.map (fun x -> padding x.Shape[1])
                Options = [ float heads; float kind; (if normFirst then 1.0 else 0.0); (if isGelu then 1.0 else 0.0) ] })
          |> compare blockScript) ]
    |> testList "Layers.AttentionPeer"
