/// Resizing, enlarging, padding and cropping beside PyTorch.
module Functional.Tests.ResizingPeerTests

open System
open Expecto
open Functional
open Functional.Tests.Chains
open Functional.Tests.LayerPeer

let private formats = [ DataFormat.ChannelsLast, 0; DataFormat.ChannelsFirst, 1 ]

let private arranged (_, first) (lengths: int list) channels =
    if first = 1 then channels :: lengths else lengths @ [ channels ]

/// The cubic with a = -0.5 is PyTorch's with `antialias`, which changes nothing where an image is enlarged.
let private resizings (random: Random) =
    let height, width = 2 + upTo random 7, 2 + upTo random 7
    let fromHeight, fromWidth = 2 + upTo random 7, 2 + upTo random 7
    let format = oneOf random formats

    let interpolation, mode, antialias =
        oneOf
            random
            [ Interpolation.Nearest, 0, false
              Interpolation.Bilinear, 1, false
              Interpolation.Bilinear, 2, true
              Interpolation.Bicubic, 3, true ]

    { Layer =
        resizingWith
            { ResizingOptions.defaults with
                Interpolation = interpolation
                Antialias = antialias
                DataFormat = fst format }
            (height, width)
      Sample = arranged format [ fromHeight; fromWidth ] (upTo random 3)
      Options = [ snd format; mode; height; width ] }

let private enlarged (random: Random) =
    let down, across = pairUpTo random 4
    let format = oneOf random formats

    let interpolation, mode =
        oneOf random [ Interpolation.Nearest, 0; Interpolation.Bilinear, 1; Interpolation.Bicubic, 3 ]

    let height, width = upTo random 4, upTo random 4

    { Layer = upSampling2DWith { Interpolation = interpolation; DataFormat = fst format } (down, across)
      Sample = arranged format [ height; width ] (upTo random 3)
      Options = [ snd format; mode; height * down; width * across ] }

let private resizeScript =
    """
def apply(a, kernel, bias, o):
    first, mode, height, width = o
    a = a if first else front(a)
    options = [dict(mode='nearest-exact'), dict(mode='bilinear', align_corners=False),
               dict(mode='bilinear', antialias=True), dict(mode='bicubic', antialias=True)][mode]
    y = F.interpolate(a, size=(height, width), **options)
    return y if first else back(y)
"""

/// Layers that pad, crop and repeat: what they do stands in the options as low and high for each axis, or as a factor.
let private margins (random: Random) =
    let format = oneOf random formats
    let pair () = random.Next 3, random.Next 3
    let a, b, c = pair (), pair (), pair ()
    let lengths = [ 5 + random.Next 2; 5 + random.Next 2; 5 + random.Next 2 ]
    let flat pairs = pairs |> List.collect (fun (low, high) -> [ low; high ])
    let factors = upTo random 3, upTo random 2, upTo random 2

    let layer, axes, what =
        oneOf
            random
            [ zeroPadding1DIn (fst format) a, 1, 0 :: flat [ a ]
              zeroPadding2DIn (fst format) (a, b), 2, 0 :: flat [ a; b ]
              zeroPadding3DIn (fst format) (a, b, c), 3, 0 :: flat [ a; b; c ]
              cropping2DIn (fst format) (a, b), 2, 1 :: flat [ a; b ]
              cropping3DIn (fst format) (a, b, c), 3, 1 :: flat [ a; b; c ]
              upSampling3DIn (fst format) factors, 3, (let x, y, z = factors in [ 2; x; y; z ]) ]

    { Layer = layer
      Sample = arranged format (List.take axes lengths) (upTo random 3)
      Options = snd format :: what }

let private marginScript =
    """
def apply(a, kernel, bias, o):
    first, what, o = o[0], o[1], o[2:]
    axis = 2 if first else 1
    if what == 2:
        for i, factor in enumerate(o): a = a.repeat_interleave(factor, axis + i)
        return a
    pairs = [(o[2 * i], o[2 * i + 1]) for i in range(len(o) // 2)]
    if what == 1:
        for i, (low, high) in enumerate(pairs): a = a.narrow(axis + i, low, a.shape[axis + i] - low - high)
        return a
    sides = [n for pair in reversed(pairs) for n in pair]
    return F.pad(a, sides if first else [0, 0] + sides)
"""

[<Tests>]
let tests =
    [ testCase "resized images are PyTorch's" (fun () -> drawn 60 resizings |> compare resizeScript)

      testCase "enlarged images are PyTorch's" (fun () -> drawn 40 enlarged |> compare resizeScript)

      testCase "padded, cropped and repeated samples are PyTorch's" (fun () ->
          [ { Layer = cropping1D (1, 2); Sample = [ 6; 2 ]; Options = [ 0; 1; 1; 2 ] }
            yield! drawn 60 margins ]
          |> compare marginScript)

      testCase "lanczos keeps constant images and straight ramps in the middle" (fun () ->
          for interpolation in [ Interpolation.Lanczos3; Interpolation.Lanczos5 ] do
              let enlarge x =
                  x
                  |> predictAlone (
                      resizingWith { ResizingOptions.defaults with Interpolation = interpolation } (5, 40)
                  )

              Expect.True(
                  Tensor.allClose
                      1e-12
                      1e-12
                      (Tensor.fullOf Float64 [ 1; 5; 40; 1 ] 3.0)
                      (enlarge (Tensor.fullOf Float64 [ 1; 5; 20; 1 ] 3.0))
              )

              let ramp = Tensor.cast Float64 (Tensor.arangeInt 0 20) |> Tensor.reshape [ 1; 1; 20; 1 ]
              let y = enlarge (Tensor.broadcastTo [ 1; 5; 20; 1 ] ramp)
              let expected i = (float i + 0.5) / 2.0 - 0.5

              for i in 14..25 do
                  Expect.Equal(expected i, Tensor.toFloat y[0, 2, i, 0], 0.02))

      testCase "proportions are kept by cutting or by filling" (fun () ->
          let x = Tensor.cast Float64 (Tensor.arangeInt 0 32) |> Tensor.reshape [ 1; 4; 8; 1 ]
          let resized options = predictAlone (resizingWith options (4, 4)) x
          let cut = resized { ResizingOptions.defaults with CropToAspectRatio = true }
          Expect.True((Tensor.toFloat64Array cut = Tensor.toFloat64Array x[*, *, 2..5, *]))

          let filled = resized { ResizingOptions.defaults with PadToAspectRatio = true; FillValue = -1.0 }
          // half as large, with rows of -1 above and below
          Expect.True((Tensor.toFloat64Array filled[0, 0] = [| -1.0; -1.0; -1.0; -1.0 |]))
          Expect.Equal(4.5, Tensor.toFloat filled[0, 1, 0, 0], 1e-12))

      testCase "the middle is cut out, and small images are enlarged" (fun () ->
          let x = Tensor.cast Float64 (Tensor.arangeInt 0 30) |> Tensor.reshape [ 1; 5; 6; 1 ]
          let middle = predictAlone (centerCrop (3, 2)) x
          Expect.True((Tensor.toFloat64Array middle = Tensor.toFloat64Array x[*, 1..3, 2..3, *]))
          Expect.Equal<Shape>([ 1; 8; 8; 1 ], (predictAlone (centerCrop (8, 8)) x).Shape)) ]
    |> testList "Layers.ResizingPeer"
