/// Convolutions along one and three axes, transposed, depthwise and separable ones, beside PyTorch, with the channels
/// behind and in front.
module Functional.Tests.ConvolutionPeerTests

open Expecto
open Functional
open Functional.Tests.LayerPeer

let private paddings = [ WindowPadding.Valid, 0; WindowPadding.Same, 1 ]

let private formats = [ DataFormat.ChannelsLast, 0; DataFormat.ChannelsFirst, 1 ]

/// The sample's shape in the format.
let private arranged (_, first) (lengths: int list) channels =
    if first = 1 then channels :: lengths else lengths @ [ channels ]

let private length random code reach = if code = 0 then lengthFor random reach else upTo random 6

let private tripleUpTo random most = upTo random most, upTo random most, upTo random most

let private list3 (a, b, c) = [ a; b; c ]

/// The options are the format, the padding, and for each axis the stride and the dilation.
let private script =
    """
CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
FULL = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
def into(a, first):
    d = a.dim() - 2
    return a if first else a.permute(0, d + 1, *range(1, d + 1)).contiguous()
def out(y, first):
    d = y.dim() - 2
    return y if first else y.permute(0, *range(2, d + 2), 1)
def kernel_of(k):
    d = k.dim() - 2
    return k.permute(d + 1, d, *range(d)).contiguous()
def windows(a, kernel, padding, strides, dilations):
    around = []
    for i in range(a.dim() - 2):
        reach = (kernel.shape[i] - 1) * dilations[i] + 1
        n = a.shape[i + 2]
        around.append((0, 0) if padding == 0 else (reach - 1, 0) if padding == 2 else same(n, reach, strides[i]))
    return F.pad(a, [p for side in reversed(around) for p in side])
def added(y, bias):
    return y if bias is None else y + bias.reshape(-1, *[1] * (y.dim() - 2))
def cut(y, axis, n, k, s, d, padding, extra):
    k = (k - 1) * d + 1
    if padding == 0:
        extra = max(k, s) - k if extra < 0 else extra
        left, length = k - 1, (n - 1) * s + k + extra
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
"""

let private convolution3D random =
    let kernel, dilations, strides = tripleUpTo random 3, tripleUpTo random 2, tripleUpTo random 2
    let groups = oneOf random [ 1; 1; 2 ]
    let padding, code = oneOf random paddings
    let format = oneOf random formats

    let lengths =
        List.map2 (fun size dilation -> length random code (reachOf size dilation)) (list3 kernel) (list3 dilations)

    { Layer =
        conv3DWith
            { Conv3DOptions.defaults with
                Strides = strides
                Padding = padding
                DilationRate = dilations
                Groups = groups
                DataFormat = fst format
                UseBias = random.Next 4 > 0
                BiasInitializer = biasInitializer }
            (groups * upTo random 2)
            kernel
      Sample = arranged format lengths (groups * upTo random 2)
      Options = [ snd format; code; groups ] @ list3 strides @ list3 dilations }

let private channelsFirst2D random =
    let (kh, kw), (dy, dx), strides = pairUpTo random 3, pairUpTo random 2, pairUpTo random 2
    let padding, code = oneOf random paddings

    { Layer =
        conv2DWith
            { Conv2DOptions.defaults with
                Strides = strides
                Padding = padding
                DilationRate = dy, dx
                DataFormat = DataFormat.ChannelsFirst
                BiasInitializer = biasInitializer }
            (upTo random 3)
            (kh, kw)
      Sample = [ upTo random 3; length random code (reachOf kh dy); length random code (reachOf kw dx) ]
      Options = [ 1; code; 1; fst strides; snd strides; dy; dx ] }

let private channelsFirst1D random =
    let size, dilation, stride = upTo random 4, upTo random 3, upTo random 3
    let padding, code = oneOf random ((WindowPadding.Causal, 2) :: paddings)

    { Layer =
        conv1DWith
            { Conv1DOptions.defaults with
                Strides = stride
                Padding = padding
                DilationRate = dilation
                DataFormat = DataFormat.ChannelsFirst
                BiasInitializer = biasInitializer }
            (upTo random 3)
            size
      Sample = [ upTo random 3; length random code (reachOf size dilation) ]
      Options = [ 1; code; 1; stride; dilation ] }

let private transposedScript =
    """
def apply(a, kernel, bias, o):
    first, padding = o[:2]
    d = a.dim() - 2
    strides, dilations, extra = o[2:2 + d], o[2 + d:2 + 2 * d], o[2 + 2 * d:]
    a = into(a, first)
    y = FULL[d](a, kernel_of(kernel), None, strides, 0, 0, 1, dilations)
    for i in range(d):
        y = cut(y, i + 2, a.shape[i + 2], kernel.shape[i], strides[i], dilations[i], padding, extra[i])
    return out(added(y, bias), first)
"""

let private transposed1D random =
    let stride, dilation = upTo random 3, upTo random 2
    let padding, code = oneOf random paddings
    let format = oneOf random formats
    let extra = if random.Next 2 = 0 then None else Some(random.Next stride)

    { Layer =
        conv1DTransposeWith
            { Conv1DTransposeOptions.defaults with
                Strides = stride
                Padding = padding
                OutputPadding = extra
                DilationRate = dilation
                DataFormat = fst format
                UseBias = random.Next 4 > 0
                BiasInitializer = biasInitializer }
            (upTo random 3)
            (upTo random 4)
      Sample = arranged format [ 1 + upTo random 4 ] (upTo random 3)
      Options = [ snd format; code; stride; dilation; Option.defaultValue -1 extra ] }

let private transposed3D random =
    let (sz, sy, sx), dilations = tripleUpTo random 2, tripleUpTo random 2
    let padding, code = oneOf random paddings
    let format = oneOf random formats

    let extra =
        if random.Next 2 = 0 then
            None
        else
            Some(random.Next sz, random.Next sy, random.Next sx)

    { Layer =
        conv3DTransposeWith
            { Conv3DTransposeOptions.defaults with
                Strides = sz, sy, sx
                Padding = padding
                OutputPadding = extra
                DilationRate = dilations
                DataFormat = fst format
                UseBias = random.Next 4 > 0
                BiasInitializer = biasInitializer }
            (upTo random 2)
            (tripleUpTo random 3)
      Sample = arranged format [ 1 + upTo random 2; 1 + upTo random 3; 1 + upTo random 3 ] (upTo random 2)
      Options =
        [ snd format; code; sz; sy; sx ]
        @ list3 dilations
        @ (extra |> Option.map list3 |> Option.defaultValue [ -1; -1; -1 ]) }

let private depthwise1D random =
    let size, dilation, stride = upTo random 3, upTo random 2, upTo random 2
    let padding, code = oneOf random paddings
    let format = oneOf random formats

    { Layer =
        depthwiseConv1DWith
            { DepthwiseConv1DOptions.defaults with
                Strides = stride
                Padding = padding
                DilationRate = dilation
                DepthMultiplier = upTo random 3
                DataFormat = fst format
                UseBias = random.Next 4 > 0
                BiasInitializer = biasInitializer }
            size
      Sample = arranged format [ length random code (reachOf size dilation) ] (upTo random 4)
      Options = [ snd format; code; stride; dilation ] }

let private separable1D random =
    let size, dilation, stride = upTo random 3, upTo random 2, upTo random 2
    let padding, code = oneOf random ((WindowPadding.Causal, 2) :: paddings)
    let format = oneOf random formats

    { Layer =
        separableConv1DWith
            { SeparableConv1DOptions.defaults with
                Strides = stride
                Padding = padding
                DilationRate = dilation
                DepthMultiplier = upTo random 3
                DataFormat = fst format
                UseBias = random.Next 4 > 0
                BiasInitializer = biasInitializer }
            (upTo random 3)
            size
      Sample = arranged format [ length random code (reachOf size dilation) ] (upTo random 3)
      Options = [ snd format; code; stride; dilation ] }

let private separable2D random =
    let (kh, kw), (dy, dx), strides = pairUpTo random 3, pairUpTo random 2, pairUpTo random 2
    let padding, code = oneOf random paddings
    let format = oneOf random formats

    { Layer =
        separableConv2DWith
            { SeparableConv2DOptions.defaults with
                Strides = strides
                Padding = padding
                DilationRate = dy, dx
                DepthMultiplier = upTo random 2
                DataFormat = fst format
                UseBias = random.Next 4 > 0
                BiasInitializer = biasInitializer }
            (upTo random 3)
            (kh, kw)
      Sample =
        arranged format [ length random code (reachOf kh dy); length random code (reachOf kw dx) ] (upTo random 3)
      Options = [ snd format; code; fst strides; snd strides; dy; dx ] }

let private depthwiseScript =
    """
def depthwise(a, kernel, padding, strides, dilations):
    d = a.dim() - 2
    c, m = kernel.shape[d:]
    w = kernel.permute(d, d + 1, *range(d)).reshape(c * m, 1, *kernel.shape[:d])
    return CONV[d](windows(a, kernel, padding, strides, dilations), w, None, strides, 0, dilations, c)
def apply(a, kernel, bias, o):
    d = a.dim() - 2
    first, padding, strides, dilations = o[0], o[1], o[2:2 + d], o[2 + d:]
    a = into(a, first)
    if kernel is not None: return out(added(depthwise(a, kernel, padding, strides, dilations), bias), first)
    y = depthwise(a, P['depthwise_kernel'], padding, strides, dilations)
    return out(added(CONV[d](y, kernel_of(P['pointwise_kernel'])), bias), first)
"""

let private convolutionScript =
    """
def apply(a, kernel, bias, o):
    d = a.dim() - 2
    first, padding, groups, strides, dilations = o[0], o[1], o[2], o[3:3 + d], o[3 + d:]
    a = windows(into(a, first), kernel, padding, strides, dilations)
    return out(CONV[d](a, kernel_of(kernel), bias, strides, 0, dilations, groups), first)
"""

[<Tests>]
let tests =
    let beside name part (draws: (int * (System.Random -> Case)) list) =
        testCase name (fun () ->
            [ for count, draw in draws do
                  yield! drawn count draw ]
            |> compare (script + part))

    [ beside "conv3D is PyTorch's" convolutionScript [ 60, convolution3D ]
      beside
          "convolutions with the channels in front are PyTorch's"
          convolutionScript
          [ 30, channelsFirst1D; 30, channelsFirst2D ]
      // The script cuts PyTorch's full result to the part that Keras keeps, by the rules of Keras's JAX backend.
      beside "conv1DTranspose is PyTorch's, cut as Keras cuts" transposedScript [ 60, transposed1D ]
      beside "conv3DTranspose is PyTorch's, cut as Keras cuts" transposedScript [ 50, transposed3D ]
      beside "depthwiseConv1D is PyTorch's in one group a channel" depthwiseScript [ 40, depthwise1D ]
      beside
          "separable convolutions are PyTorch's depthwise and pointwise ones"
          depthwiseScript
          [ 40, separable1D; 40, separable2D ] ]
    |> testList "Layers.ConvolutionPeer"
