/// Poolings of volumes, global and adaptive ones, beside PyTorch, with the channels behind and in front.
module Functional.Tests.PoolingPeerTests

open System
open Expecto
open Functional
open Functional.Tests.LayerPeer

let private formats = [ DataFormat.ChannelsLast, 0; DataFormat.ChannelsFirst, 1 ]

let private paddings = [ WindowPadding.Valid, 0; WindowPadding.Same, 1 ]

let private arranged (_, first) (lengths: int list) channels =
    if first = 1 then channels :: lengths else lengths @ [ channels ]

let private frame =
    """
def into(a, first):
    d = a.dim() - 2
    return a if first else a.permute(0, d + 1, *range(1, d + 1)).contiguous()
def out(y, first):
    d = y.dim() - 2
    return y if first else y.permute(0, *range(2, d + 2), 1)
"""

let private windowScript =
    """
MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
def apply(a, kernel, bias, o):
    d = a.dim() - 2
    first, average, padding, size, strides = o[0], o[1], o[2], o[3:3 + d], o[3 + d:]
    a = into(a, first)
    sides = [same(a.shape[i + 2], size[i], strides[i]) if padding else (0, 0) for i in range(d)]
    sides = [p for side in reversed(sides) for p in side]
    if average == 0: return out(MAX[d](F.pad(a, sides, value=float('-inf')), size, strides), first)
    mean = lambda a: AVERAGE[d](F.pad(a, sides), size, strides)
    return out(mean(a) / mean(torch.ones_like(a)), first)
"""

let private volumes (random: Random) =
    let (sz, sy, sx), (tz, ty, tx) =
        (upTo random 3, upTo random 3, upTo random 2), (upTo random 3, upTo random 2, upTo random 2)

    let padding, code = oneOf random paddings
    let format = oneOf random formats
    let make, average = oneOf random [ maxPooling3DWith, 0; averagePooling3DWith, 1 ]

    { Layer = make { Strides = Some(tz, ty, tx); Padding = padding; DataFormat = fst format } (sz, sy, sx)
      Sample = arranged format [ lengthFor random sz; lengthFor random sy; lengthFor random sx ] (upTo random 2)
      Options = [ snd format; average; code; sz; sy; sx; tz; ty; tx ] }

let private imagesInFront (random: Random) =
    let size, strides = pairUpTo random 3, pairUpTo random 3
    let padding, code = oneOf random paddings
    let make, average = oneOf random [ maxPooling2DWith, 0; averagePooling2DWith, 1 ]

    { Layer = make { Strides = Some strides; Padding = padding; DataFormat = DataFormat.ChannelsFirst } size
      Sample = [ upTo random 3; lengthFor random (fst size); lengthFor random (snd size) ]
      Options = [ 1; average; code; fst size; snd size; fst strides; snd strides ] }

let private sequencesInFront (random: Random) =
    let size, stride = upTo random 3, upTo random 3
    let padding, code = oneOf random paddings
    let make, average = oneOf random [ maxPooling1DWith, 0; averagePooling1DWith, 1 ]

    { Layer = make { Strides = Some stride; Padding = padding; DataFormat = DataFormat.ChannelsFirst } size
      Sample = [ upTo random 3; lengthFor random size ]
      Options = [ 1; average; code; size; stride ] }

let private globals =
    [ for format in formats do
          for keep in [ false; true ] do
              let options = { KeepDims = keep; DataFormat = fst format }

              for make, axes, average in
                  [ globalMaxPooling1DWith, 1, 0
                    globalAveragePooling1DWith, 1, 1
                    globalMaxPooling2DWith, 2, 0
                    globalAveragePooling2DWith, 2, 1
                    globalMaxPooling3DWith, 3, 0
                    globalAveragePooling3DWith, 3, 1 ] do
                  { Layer = make options
                    Sample = arranged format (List.take axes [ 3; 4; 2 ]) 3
                    Options = [ snd format; average; Convert.ToInt32 keep ] } ]

let private adaptive (random: Random) =
    let format = oneOf random formats
    let options: AdaptivePoolingOptions = { DataFormat = fst format }
    let a, b, c = upTo random 4, upTo random 4, upTo random 3

    let layer, size, average =
        oneOf
            random
            [ adaptiveMaxPooling1DWith options a, [ a ], 0
              adaptiveAveragePooling1DWith options a, [ a ], 1
              adaptiveMaxPooling2DWith options (a, b), [ a; b ], 0
              adaptiveAveragePooling2DWith options (a, b), [ a; b ], 1
              adaptiveMaxPooling3DWith options (a, b, c), [ a; b; c ], 0
              adaptiveAveragePooling3DWith options (a, b, c), [ a; b; c ], 1 ]

    { Layer = layer
      Sample = arranged format (size |> List.map (fun n -> n + random.Next 4)) (upTo random 3)
      Options = [ snd format; average ] @ size }

[<Tests>]
let tests =
    [ testCase "poolings of volumes are PyTorch's without counting the padding" (fun () ->
          drawn 60 volumes |> compare (frame + windowScript))

      testCase "poolings with the channels in front are PyTorch's" (fun () ->
          drawn 30 sequencesInFront @ drawn 30 imagesInFront |> compare (frame + windowScript))

      testCase "global poolings of all axes and formats are PyTorch's" (fun () ->
          globals
          |> compare (
              frame
              + """
def apply(a, kernel, bias, o):
    first, average, keep = o
    axes = list(range(2, a.dim())) if first else list(range(1, a.dim() - 1))
    return a.mean(axes, keepdim=bool(keep)) if average else a.amax(axes, keepdim=bool(keep))
"""
          ))

      testCase "adaptive poolings are PyTorch's" (fun () ->
          drawn 80 adaptive
          |> compare (
              frame
              + """
POOL = {(0, 1): F.adaptive_max_pool1d, (0, 2): F.adaptive_max_pool2d, (0, 3): F.adaptive_max_pool3d,
        (1, 1): F.adaptive_avg_pool1d, (1, 2): F.adaptive_avg_pool2d, (1, 3): F.adaptive_avg_pool3d}
def apply(a, kernel, bias, o):
    return out(POOL[o[1], a.dim() - 2](into(a, o[0]), o[2:]), o[0])
"""
          )) ]
    |> testList "Layers.PoolingPeer"
