/// Layers beside functions of PyTorch, values and derivatives, in float64 on random inputs and parameters.
module Functional.Tests.LayerPeers

open System
open Functional
open Functional.Tests.Chains

/// A layer, the shape of a sample, and its function in Python of the batch `x` and the parameters `p`, a dictionary by the
/// last part of their paths.
type PeerCase = { Layer: Layer<Tensor, Tensor>; Sample: Shape; Python: string }

/// Numbers from -2 to 2, `rounded` to a multiple of a quarter where corners are to be met.
let randomTensor (random: Random) rounded shape =
    let number () =
        let value = 4.0 * random.NextDouble() - 2.0
        if rounded then Math.Round(4.0 * value) / 4.0 else value

    Array.init (Shape.size shape) (fun _ -> number ()) |> Tensor.ofFloat64Array shape

let private runHere (random: Random) rounded i (case: PeerCase) =
    let drawn = fst (Layer.init (Key.ofInt i) case.Sample case.Layer) |> Variables.cast Float64

    let variables =
        { drawn with
            Parameters = drawn.Parameters |> Tree.map (fun p -> randomTensor random false p.Shape + 0.125) }

    let x = randomTensor random rounded (3 :: case.Sample)
    let y = Layer.predict variables x case.Layer
    let weights = randomTensor random false y.Shape

    let loss parameters x =
        Tensor.sum (weights * Layer.predict { variables with Parameters = parameters } x case.Layer)

    let slopes = variables.Parameters |> Tree.grad (fun parameters -> loss parameters x)
    let slope = x |> grad (loss variables.Parameters)
    let under (name: string) (tensor: Tensor) = $"{i}.{name}", tensor

    let given =
        [ under "x" x
          under "w" weights
          for path, parameter in Tree.flatten variables.Parameters do
              under ("p_" + lastName path) parameter ]

    let found =
        [ under "y" y
          under "dx" slope
          for path, slope in Tree.flatten slopes do
              under ("d_" + lastName path) slope ]

    given, found

let private script (cases: PeerCase list) =
    let functions = cases |> List.map (fun case -> $"    lambda x, p: {case.Python},\n") |> String.concat ""

    $"""
import torch, torch.nn.functional as F
torch.set_num_threads(1)
def given(name): return torch.from_numpy(x[name].copy()).requires_grad_()
def last(f, x): return torch.movedim(f(torch.movedim(x, -1, 1)), 1, -1)
def sparsemax(z, dim):
    s, _ = torch.sort(z, dim=dim, descending=True)
    c = torch.cumsum(s, dim)
    shape = [1] * z.dim(); shape[dim] = z.shape[dim]
    k = torch.arange(1, z.shape[dim] + 1, dtype=z.dtype).reshape(shape)
    n = (1 + k * s > c).sum(dim, keepdim=True)
    return torch.clamp(z - (torch.gather(c, dim, n - 1) - 1) / n, min=0)
functions = [
{functions}]
for i, f in enumerate(functions):
    p = {{n.split('.p_')[1]: given(n) for n in list(x) if n.startswith(str(i) + '.p_')}}
    a = given(str(i) + '.x')
    y = f(a, p)
    give(str(i) + '.y', y.detach().numpy())
    loss = (y * torch.from_numpy(x[str(i) + '.w'].copy())).sum()
    slopes = torch.autograd.grad(loss, [a] + list(p.values()), allow_unused=True)
    for n, s, q in zip(['dx'] + ['d_' + n for n in p], slopes, [a] + list(p.values())):
        give(str(i) + '.' + n, (torch.zeros_like(q) if s is None else s).numpy())
"""

/// Fails unless all results and derivatives agree with PyTorch's to 1e-9; `rounded` inputs meet corners.
let compare rounded (cases: PeerCase list) =
    let random = Random 17
    let runs = cases |> List.mapi (runHere random rounded)
    let there = Peer.run [ "torch" ] (script cases) (List.collect fst runs)

    for case, (_, found) in List.zip cases runs do
        for name, tensor in found do
            Peer.agree 1e-9 $"{case.Layer} on {case.Sample}, {name}" there[name] (Tensor.toFloat64Array tensor)
