/// Images turned, moved, stretched and sheared by given amounts, beside PyTorch's grid_sample, with their derivatives.
module Functional.Tests.AugmentationPeerTests

open System
open Expecto
open Functional
open Functional.Tests.Chains
open Functional.Tests.LayerPeer

/// The layer, and the numbers that the script reads: the kind of change, the interpolation, the fill mode and value, and
/// the amounts. The sizes of the images are random.
let private drawnCase (random: Random) =
    let fill, code =
        oneOf random [ FillMode.Constant, 0; FillMode.Nearest, 1; FillMode.Reflect, 2; FillMode.Wrap, 3 ]

    let interpolation, order = oneOf random [ Interpolation.Nearest, 0; Interpolation.Bilinear, 1 ]
    let value = random.NextDouble()

    let options =
        { ImageTransformOptions.defaults with
            FillMode = fill
            FillValue = value
            Interpolation = interpolation }

    let a, b = 1.4 * random.NextDouble() - 0.7, 1.4 * random.NextDouble() - 0.7
    let exactly x = x, x

    let layer, kind =
        oneOf
            random
            [ randomRotationWith options (a, a), 0
              randomTranslationWith options (exactly a, exactly b), 1
              randomZoomWith options (exactly a, Some(exactly b)), 2
              randomZoomWith options (exactly a, None), 3
              randomShearWith options (exactly a, exactly b), 4 ]

    layer, [ float kind; float order; float code; value; a; b ]

let private script =
    """
import torch, math, torch.nn.functional as F
torch.set_num_threads(1)
def sampled(a, rows, cols, order, fill, value):
    n, h, w, c = a.shape
    rows, cols = rows.expand(h, w), cols.expand(h, w)
    a = a.permute(0, 3, 1, 2)
    if fill == 3:
        a, rows, cols = a.repeat(1, 1, 3, 3), rows % h + h, cols % w + w
    H, W = a.shape[2:]
    grid = torch.stack([(2 * cols + 1) / W - 1, (2 * rows + 1) / H - 1], -1).expand(n, h, w, 2)
    mode = 'bilinear' if order else 'nearest'
    around = ['zeros', 'border', 'reflection', 'border'][fill]
    shift = value if fill == 0 else 0.0
    y = F.grid_sample(a - shift, grid, mode=mode, padding_mode=around, align_corners=False) + shift
    return y.permute(0, 2, 3, 1)
def places(kind, h, w, a, b, sign):
    y, x = torch.arange(h).double()[:, None], torch.arange(w).double()[None]
    y0, x0 = (h - 1) / 2, (w - 1) / 2
    if kind == 0:
        c, s = math.cos(2 * math.pi * a), math.sin(2 * math.pi * a)
        return s * (x - x0) + c * (y - y0) + y0, c * (x - x0) - s * (y - y0) + x0
    if kind == 1: return y - a * h + 0 * x, x - b * w + 0 * y
    if kind == 2: return (y - y0) * (1 + a) + y0 + 0 * x, (x - x0) * (1 + b) + x0 + 0 * y
    if kind == 3: return (y - y0) * (1 + a) + y0 + 0 * x, (x - x0) * (1 + a) + x0 + 0 * y
    return y + sign * b * x, x + sign * a * y
for i in range(int(x['count'])):
    kind, order, fill, value, a, b = x['%d.o' % i].reshape(-1)
    for sign in [1, -1]:
        image = torch.tensor(x['%d.x' % i], requires_grad=True)
        rows, cols = places(int(kind), image.shape[1], image.shape[2], a, b, sign)
        y = sampled(image, rows, cols, int(order), int(fill), value)
        (y * torch.tensor(x['%d.w' % i])).sum().backward()
        give('%d.%d.y' % (i, sign), y.detach())
        give('%d.%d.dx' % (i, sign), image.grad)
"""

let private randomTensor (random: Random) shape =
    Array.init (Shape.size shape) (fun _ -> 2.0 * random.NextDouble() - 1.0)
    |> Tensor.ofFloat64Array shape

let private distance (expected: float[]) (found: Tensor) =
    Array.map2 (fun e a -> abs (e - a)) expected (Tensor.toFloat64Array found) |> Array.max

[<Tests>]
let tests =
    [ testCase "moved images and their derivatives are PyTorch's" (fun () ->
          let random = Random 17

          let runs =
              [ for i in 0..99 do
                    let layer, options = drawnCase random
                    let x = randomTensor random [ 1; upTo random 6; upTo random 6; upTo random 2 ]
                    let variables, _ = Layer.init (Key.ofInt 0) x.Shape.Tail layer
                    let apply x = fst (layer.Apply variables (training i) x)
                    let y = apply x
                    let weights = randomTensor random y.Shape
                    let slope = x |> grad (fun x -> Tensor.sum (weights * apply x))

                    let given =
                        [ $"{i}.x", x
                          $"{i}.w", weights
                          $"{i}.o", Tensor.ofFloat64Array [ 6 ] (Array.ofList options) ]

                    layer, given, y, slope ]

          let count = Tensor.ofFloat64Array [] [| float runs.Length |]
          let inputs = ("count", count) :: List.collect (fun (_, given, _, _) -> given) runs
          let expected = Peer.run [ "torch" ] script inputs

          for i, (layer, _, y, slope) in List.indexed runs do
              // a shear goes in one of two directions by the toss of a coin
              let off sign =
                  max (distance expected[$"{i}.{sign}.y"] y) (distance expected[$"{i}.{sign}.dx"] slope)

              let nearest = min (off "1") (off "-1")
              let label = DescriptionJson.toJson layer.Description
              Expect.True(nearest < 1e-9, $"{label} on {Shape.toString y.Shape}: {nearest} off")) ]
    |> testList "Layers.AugmentationPeer"
