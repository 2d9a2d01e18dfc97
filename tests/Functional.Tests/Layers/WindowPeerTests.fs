/// Convolutions, poolings and resizings beside PyTorch, values and derivatives, on random shapes and options.
module Functional.Tests.WindowPeerTests

open System
open Expecto
open Functional
open Functional.Tests.LayerPeer

let private activations = [ None, 0; None, 0; Some tanh', 1 ]

let private poolings kinds =
    drawn 60 (fun random ->
        let size = pairUpTo random 3
        let strides = if random.Next 3 = 0 then None else Some(pairUpTo random 3)
        let padding, code = oneOf random [ WindowPadding.Valid, 0; WindowPadding.Same, 1 ]
        let options = { Pooling2DOptions.defaults with Strides = strides; Padding = padding }
        let make, average = oneOf random kinds
        let sy, sx = Option.defaultValue size strides

        { Layer = make options size
          Sample = [ lengthFor random (fst size); lengthFor random (snd size); upTo random 3 ]
          Options = [ average; code; fst size; snd size; sy; sx ] })

let private poolingScript =
    """
def apply(a, kernel, bias, o):
    average, padding, kh, kw, sy, sx = o
    k, s = (kh, kw), (sy, sx)
    a = front(a)
    if average == 0: return back(F.max_pool2d(around(a, padding, k, s, float('-inf')), k, s))
    total = lambda a: F.avg_pool2d(around(a, padding, k, s), k, s, divisor_override=1)
    return back(total(a) / total(torch.ones_like(a)))
"""

[<Tests>]
let tests =
    [ test "conv1D is PyTorch's" {
          drawn 60 (fun random ->
              let kernel, dilation, stride = upTo random 4, upTo random 3, upTo random 3
              let groups = upTo random 3

              let padding, code =
                  oneOf random [ WindowPadding.Valid, 0; WindowPadding.Same, 1; WindowPadding.Causal, 2 ]

              let length = if code = 0 then lengthFor random (reachOf kernel dilation) else upTo random 8
              let activation, tanh = oneOf random activations
              let bias = random.Next 4 > 0

              { Layer =
                  conv1DWith
                      { Conv1DOptions.defaults with
                          Strides = stride
                          Padding = padding
                          DilationRate = dilation
                          Groups = groups
                          Activation = activation
                          UseBias = bias
                          BiasInitializer = biasInitializer }
                      (groups * upTo random 3)
                      kernel
                Sample = [ length; groups * upTo random 2 ]
                Options = [ code; stride; dilation; groups; tanh ] })
          |> compare
              """
def apply(a, kernel, bias, o):
    padding, stride, dilation, groups, tanh = o
    reach = (kernel.shape[0] - 1) * dilation + 1
    a = a.permute(0, 2, 1).contiguous()
    if padding == 1: a = F.pad(a, same(a.shape[2], reach, stride))
    if padding == 2: a = F.pad(a, (reach - 1, 0))
    y = F.conv1d(a, kernel.permute(2, 1, 0).contiguous(), bias, stride, 0, dilation, groups).permute(0, 2, 1)
    return torch.tanh(y) if tanh else y
"""
      }

      test "conv2D is PyTorch's" {
          drawn 80 (fun random ->
              let (kh, kw), (dy, dx), strides = pairUpTo random 4, pairUpTo random 2, pairUpTo random 3
              let groups = oneOf random [ 1; 1; 2; 3 ]
              let padding, code = oneOf random [ WindowPadding.Valid, 0; WindowPadding.Same, 1 ]
              let activation, tanh = oneOf random activations

              let length reach = if code = 0 then lengthFor random reach else upTo random 7

              { Layer =
                  conv2DWith
                      { Conv2DOptions.defaults with
                          Strides = strides
                          Padding = padding
                          DilationRate = dy, dx
                          Groups = groups
                          Activation = activation
                          UseBias = random.Next 4 > 0
                          BiasInitializer = biasInitializer }
                      (groups * upTo random 3)
                      (kh, kw)
                Sample = [ length (reachOf kh dy); length (reachOf kw dx); groups * upTo random 3 ]
                Options = [ code; fst strides; snd strides; dy; dx; groups; tanh ] })
          |> compare
              """
def apply(a, kernel, bias, o):
    padding, sy, sx, dy, dx, groups, tanh = o
    reach = [(kernel.shape[0] - 1) * dy + 1, (kernel.shape[1] - 1) * dx + 1]
    a = around(front(a), padding, reach, (sy, sx))
    y = back(F.conv2d(a, kernel.permute(3, 2, 0, 1).contiguous(), bias, (sy, sx), 0, (dy, dx), groups))
    return torch.tanh(y) if tanh else y
"""
      }

      test "depthwiseConv2D is PyTorch's in one group a channel" {
          drawn 50 (fun random ->
              let (kh, kw), (dy, dx), strides = pairUpTo random 3, pairUpTo random 2, pairUpTo random 2
              let padding, code = oneOf random [ WindowPadding.Valid, 0; WindowPadding.Same, 1 ]
              let length reach = if code = 0 then lengthFor random reach else upTo random 7

              { Layer =
                  depthwiseConv2DWith
                      { DepthwiseConv2DOptions.defaults with
                          Strides = strides
                          Padding = padding
                          DilationRate = dy, dx
                          DepthMultiplier = upTo random 3
                          UseBias = random.Next 4 > 0
                          BiasInitializer = biasInitializer }
                      (kh, kw)
                Sample = [ length (reachOf kh dy); length (reachOf kw dx); upTo random 4 ]
                Options = [ code; fst strides; snd strides; dy; dx ] })
          |> compare
              """
def apply(a, kernel, bias, o):
    padding, sy, sx, dy, dx = o
    kh, kw, c, m = kernel.shape
    reach = [(kh - 1) * dy + 1, (kw - 1) * dx + 1]
    a = around(front(a), padding, reach, (sy, sx))
    w = kernel.permute(2, 3, 0, 1).reshape(c * m, 1, kh, kw)
    return back(F.conv2d(a, w, bias, (sy, sx), 0, (dy, dx), c))
"""
      }

      // The script cuts PyTorch's full result to the part that Keras keeps, by the rules of Keras's JAX backend.
      test "conv2DTranspose is PyTorch's, cut as Keras cuts" {
          drawn 100 (fun random ->
              let kernel, (dy, dx), (sy, sx) = pairUpTo random 4, pairUpTo random 2, pairUpTo random 3
              let padding, code = oneOf random [ WindowPadding.Valid, 0; WindowPadding.Same, 1 ]
              let extra = if random.Next 2 = 0 then None else Some(random.Next sy, random.Next sx)

              { Layer =
                  conv2DTransposeWith
                      { Conv2DTransposeOptions.defaults with
                          Strides = sy, sx
                          Padding = padding
                          OutputPadding = extra
                          DilationRate = dy, dx
                          UseBias = random.Next 4 > 0
                          BiasInitializer = biasInitializer }
                      (upTo random 3)
                      kernel
                Sample = [ 1 + upTo random 4; 1 + upTo random 4; upTo random 3 ]
                Options =
                  [ code
                    sy
                    sx
                    dy
                    dx
                    extra |> Option.map fst |> Option.defaultValue -1
                    extra |> Option.map snd |> Option.defaultValue -1 ] })
          |> compare
              """
def cut(y, axis, n, k, s, d, padding, extra):
    k = (k - 1) * d + 1
    if padding == 0:
        extra = max(k, s) - k if extra < 0 else extra
        left = k - 1
        length = (n - 1) * s + k + extra
    else:
        total = s + k - 2 if extra < 0 else k + k % 2 - 2 + extra
        left = min(total // 2 + total % 2, k - 1)
        length = n * s if extra < 0 else (n - 1) * s + k % 2 + extra
    begin = k - 1 - left
    short = begin + length - y.shape[axis]
    if short > 0:
        shape = list(y.shape)
        shape[axis] = short
        y = torch.cat([y, torch.zeros(shape, dtype=y.dtype)], axis)
    return y.narrow(axis, begin, length)
def apply(a, kernel, bias, o):
    padding, sy, sx, dy, dx, ey, ex = o
    kh, kw = kernel.shape[:2]
    full = F.conv_transpose2d(front(a), kernel.permute(3, 2, 0, 1).contiguous(), None, (sy, sx), 0, 0, 1, (dy, dx))
    y = cut(full, 2, a.shape[1], kh, sy, dy, padding, ey)
    y = back(cut(y, 3, a.shape[2], kw, sx, dx, padding, ex))
    return y if bias is None else y + bias
"""
      }

      testCase "maxPooling2D is PyTorch's" (fun () -> poolings [ maxPooling2DWith, 0 ] |> compare poolingScript)

      testCase "averagePooling2D is PyTorch's without counting the padding" (fun () ->
          poolings [ averagePooling2DWith, 1 ] |> compare poolingScript)

      testCase "poolings of sequences are PyTorch's" (fun () ->
          drawn 40 (fun random ->
              let size, stride = upTo random 3, upTo random 3
              let padding, code = oneOf random [ WindowPadding.Valid, 0; WindowPadding.Same, 1 ]
              let options = { Pooling1DOptions.defaults with Strides = Some stride; Padding = padding }
              let make, average = oneOf random [ maxPooling1DWith, 0; averagePooling1DWith, 1 ]

              { Layer = make options size
                Sample = [ lengthFor random size; upTo random 3 ]
                Options = [ average; code; 1; size; 1; stride ] })
          |> compare (
              poolingScript.Replace("def apply", "def images")
              + """
def apply(a, kernel, bias, o):
    return images(a[:, None], kernel, bias, o)[:, 0]
"""
          ))

      test "global poolings are PyTorch's" {
          [ for keep in [ false; true ] do
                let options = { GlobalPoolingOptions.defaults with KeepDims = keep }

                for make, sample, average in
                    [ globalMaxPooling1DWith, [ 5; 3 ], 0
                      globalAveragePooling1DWith, [ 5; 3 ], 1
                      globalMaxPooling2DWith, [ 4; 5; 3 ], 0
                      globalAveragePooling2DWith, [ 4; 5; 3 ], 1 ] do
                    { Layer = make options; Sample = sample; Options = [ average; Convert.ToInt32 keep ] } ]
          |> compare
              """
def apply(a, kernel, bias, o):
    axes = list(range(1, a.dim() - 1))
    return a.mean(axes, keepdim=bool(o[1])) if o[0] else a.amax(axes, keepdim=bool(o[1]))
"""
      }

      test "enlarged and padded images are PyTorch's" {
          [ for random in [ Random 5 ] do
                for _ in 1..12 do
                    let down, across = pairUpTo random 4
                    let image = [ upTo random 4; upTo random 4; upTo random 3 ]

                    { Layer = upSampling2D (down, across); Sample = image; Options = [ 0; down; across ] }

                    { Layer =
                        upSampling2DWith
                            { UpSampling2DOptions.defaults with Interpolation = Interpolation.Bilinear }
                            (down, across)
                      Sample = image
                      Options = [ 1; down; across ] }

                    { Layer = upSampling1D down; Sample = image.Tail; Options = [ 2; down ] }

                    let top, bottom, left, right = random.Next 3, random.Next 3, random.Next 3, random.Next 3

                    { Layer = zeroPadding2DWith ((top, bottom), (left, right))
                      Sample = image
                      Options = [ 3; top; bottom; left; right ] }

                    { Layer = zeroPadding2D (top, left); Sample = image; Options = [ 3; top; top; left; left ] }

                    { Layer = zeroPadding1D (top, bottom); Sample = image.Tail; Options = [ 4; top; bottom ] } ]
          |> compare
              """
def apply(a, kernel, bias, o):
    if o[0] == 0: return back(F.interpolate(front(a), scale_factor=(o[1], o[2]), mode='nearest'))
    if o[0] == 1:
        return back(F.interpolate(front(a), scale_factor=(o[1], o[2]), mode='bilinear', align_corners=False))
    if o[0] == 2: return F.interpolate(a.permute(0, 2, 1), scale_factor=o[1], mode='nearest').permute(0, 2, 1)
    if o[0] == 3: return F.pad(a, (0, 0, o[3], o[4], o[1], o[2]))
    return F.pad(a, (0, 0, o[1], o[2]))
"""
      } ]
    |> testList "Layers.WindowPeer"
