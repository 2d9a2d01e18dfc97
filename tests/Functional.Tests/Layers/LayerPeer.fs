/// Layers beside PyTorch: results and derivatives of random cases here and in a script.
module Functional.Tests.LayerPeer

open System
open Functional
open Functional.Tests.Chains

/// A layer, the shape of the samples it is built for, and its options as numbers, in the order in which the script
/// reads them.
type Case = { Layer: Layer<Tensor, Tensor>; Sample: Shape; Options: int list }

let private randomTensor (random: Random) shape =
    Array.init (Shape.size shape) (fun _ -> 2.0 * random.NextDouble() - 1.0)
    |> Tensor.ofFloat64Array shape

/// The cases' results and derivatives here and in the script, which defines `apply(x, kernel, bias, options)`, channels
/// last; `P` has all parameters by name.
let compare (script: string) (cases: Case list) =
    let random = Random 11

    let runs =
        cases
        |> List.mapi (fun i case ->
            let variables = fst (Layer.init (Key.ofInt i) case.Sample case.Layer) |> Variables.cast Float64
            let x = randomTensor random (2 :: case.Sample)
            let y = Layer.predict variables x case.Layer
            let weights = randomTensor random y.Shape

            let loss parameters x =
                Tensor.sum (weights * Layer.predict { variables with Parameters = parameters } x case.Layer)

            let slopes = variables.Parameters |> Tree.grad (fun parameters -> loss parameters x)
            let slope = x |> grad (loss variables.Parameters)

            let given =
                [ "x", x
                  "w", weights
                  "o", Tensor.ofFloat64Array [ case.Options.Length ] (List.map float case.Options |> Array.ofList)
                  for path, parameter in Tree.flatten variables.Parameters do
                      lastName path, parameter ]

            let found =
                [ "y", y
                  "dx", slope
                  for path, slope in Tree.flatten slopes do
                      "d" + lastName path, slope ]

            let place = List.map (fun (name, tensor: Tensor) -> $"{i}.{name}", tensor)
            place given, place found)

    let frame =
        """
import torch, torch.nn.functional as F
torch.set_num_threads(1)
def same(n, reach, stride):
    total = max((-(-n // stride) - 1) * stride + reach - n, 0)
    return total // 2, total - total // 2
def around(a, padding, reach, stride, value=0.0):
    # a [n, c, h, w]; padding 0: valid, 1: same, 2: causal along the width
    if padding == 0: return a
    h, w = a.shape[2:]
    top, bottom = same(h, reach[0], stride[0])
    left, right = (reach[1] - 1, 0) if padding == 2 else same(w, reach[1], stride[1])
    return F.pad(a, (left, right, top, bottom), value=value)
def back(y):
    return y.permute(0, 2, 3, 1)
def front(a):
    return a.permute(0, 3, 1, 2).contiguous()
"""

    let loop =
        """
for i in range(int(x['count'])):
    def get(name):
        key = '%d.%s' % (i, name)
        return torch.tensor(x[key], requires_grad=True) if key in x else None
    P = {name: get(name) for name in ['kernel', 'bias', 'depthwise_kernel', 'pointwise_kernel']}
    given = [get('x')] + list(P.values())
    y = apply(*given[:3], [int(v) for v in x['%d.o' % i].reshape(-1)])
    (y * get('w')).sum().backward()
    give('%d.y' % i, y.detach())
    for name, value in zip(['dx'] + ['d' + name for name in P], given):
        if value is not None: give('%d.%s' % (i, name), value.grad)
"""

    let count = Tensor.ofFloat64Array [] [| float cases.Length |]

    let expected = Peer.run [ "torch" ] (frame + script + loop) (("count", count) :: List.collect fst runs)

    for case, (_, found) in List.zip cases runs do
        for name, tensor in found do
            let label = $"{name} of {DescriptionJson.toJson case.Layer.Description} on {Shape.toString case.Sample}"
            Peer.agree 1e-10 label expected[name] (Tensor.toFloat64Array tensor)

let drawn count (draw: Random -> Case) =
    let random = Random 3
    List.init count (fun _ -> draw random)

let oneOf (random: Random) choices = List.item (random.Next(List.length choices)) choices

/// From 1 to `most`.
let upTo (random: Random) most = 1 + random.Next(most: int)

let biasInitializer = Initializer.randomUniform -1.0 1.0

let pairUpTo random most = upTo random most, upTo random most

/// A length on which a window of this reach fits.
let lengthFor (random: Random) reach = reach + random.Next 5

let reachOf kernel dilation = (kernel - 1) * dilation + 1
