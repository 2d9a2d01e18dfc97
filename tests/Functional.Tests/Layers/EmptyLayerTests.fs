/// Every layer on batches with an empty axis: the result that NumPy's rules give, or an error that names the layer.
module Functional.Tests.EmptyLayerTests

open System
open Expecto
open Functional
open Functional.Tests.Chains

/// Every kind of layer, with a sample that it takes.
let private layers: (string * Layer<Tensor, Tensor> * Shape) list =
    let every = { RecurrentOptions.defaults with ReturnSequences = true }
    let same = { Conv2DOptions.defaults with Padding = WindowPadding.Same }
    let causal = { Conv1DOptions.defaults with Padding = WindowPadding.Causal }
    let samePool = { Pooling2DOptions.defaults with Padding = WindowPadding.Same }
    let keep = { GlobalPoolingOptions.defaults with KeepDims = true }

    [ for activation in
          [ linear
            relu
            relu6
            sigmoid
            tanh'
            softmax
            logSoftmax
            leakyRelu
            elu
            selu
            gelu
            geluTanh
            silu
            softplus
            softsign
            hardSigmoid
            hardSwish
            mish
            exponential
            prelu ] do
          activation.Description.Kind, activation, [ 3; 4 ]
      "softmaxOver", softmaxOver 1, [ 3; 4 ]
      "dense", dense 2, [ 3; 4 ]
      "conv1D", conv1D 2 2, [ 5; 3 ]
      "conv1D causal", conv1DWith causal 2 2, [ 5; 3 ]
      "conv2D", conv2D 2 (2, 2), [ 5; 6; 3 ]
      "conv2D same", conv2DWith same 2 (3, 3), [ 5; 6; 3 ]
      "depthwiseConv2D", depthwiseConv2D (2, 2), [ 5; 6; 3 ]
      "conv2DTranspose", conv2DTranspose 2 (2, 2), [ 5; 6; 3 ]
      "maxPooling1D", maxPooling1D 2, [ 5; 3 ]
      "maxPooling2D", maxPooling2D (2, 2), [ 5; 6; 3 ]
      "maxPooling2D same", maxPooling2DWith samePool (2, 2), [ 5; 6; 3 ]
      "averagePooling1D", averagePooling1D 2, [ 5; 3 ]
      "averagePooling2D", averagePooling2D (2, 2), [ 5; 6; 3 ]
      "averagePooling2D same", averagePooling2DWith samePool (2, 2), [ 5; 6; 3 ]
      "globalMaxPooling1D", globalMaxPooling1D, [ 5; 3 ]
      "globalMaxPooling2D", globalMaxPooling2D, [ 5; 6; 3 ]
      "globalAveragePooling1D", globalAveragePooling1DWith keep, [ 5; 3 ]
      "globalAveragePooling2D", globalAveragePooling2D, [ 5; 6; 3 ]
      "upSampling1D", upSampling1D 2, [ 5; 3 ]
      "upSampling2D", upSampling2D (2, 3), [ 5; 6; 3 ]
      "upSampling2D bilinear",
      upSampling2DWith { UpSampling2DOptions.defaults with Interpolation = Interpolation.Bilinear } (2, 3),
      [ 5; 6; 3 ]
      "zeroPadding1D", zeroPadding1D (1, 2), [ 5; 3 ]
      "zeroPadding2D", zeroPadding2D (1, 2), [ 5; 6; 3 ]
      "conv3D", conv3D 2 (2, 2, 2), [ 3; 4; 5; 2 ]
      "conv3D of channels in front",
      conv3DWith { Conv3DOptions.defaults with DataFormat = DataFormat.ChannelsFirst } 2 (2, 2, 2),
      [ 2; 3; 4; 5 ]
      "conv3DTranspose", conv3DTranspose 2 (2, 2, 2), [ 3; 4; 5; 2 ]
      "conv1DTranspose", conv1DTranspose 2 2, [ 5; 3 ]
      "depthwiseConv1D", depthwiseConv1D 2, [ 5; 3 ]
      "separableConv1D", separableConv1D 2 2, [ 5; 3 ]
      "separableConv2D", separableConv2D 2 (2, 2), [ 5; 6; 3 ]
      "maxPooling3D", maxPooling3D (2, 2, 2), [ 3; 4; 5; 2 ]
      "averagePooling3D", averagePooling3D (2, 2, 2), [ 3; 4; 5; 2 ]
      "globalMaxPooling3D", globalMaxPooling3D, [ 3; 4; 5; 2 ]
      "globalAveragePooling3D", globalAveragePooling3D, [ 3; 4; 5; 2 ]
      "adaptiveMaxPooling2D", adaptiveMaxPooling2D (2, 3), [ 5; 6; 3 ]
      "adaptiveAveragePooling1D", adaptiveAveragePooling1D 2, [ 5; 3 ]
      "upSampling2D bicubic",
      upSampling2DWith { UpSampling2DOptions.defaults with Interpolation = Interpolation.Bicubic } (2, 3),
      [ 5; 6; 3 ]
      "upSampling3D", upSampling3D (2, 1, 2), [ 3; 4; 5; 2 ]
      "resizing", resizing (3, 7), [ 5; 6; 3 ]
      "centerCrop", centerCrop (3, 4), [ 5; 6; 3 ]
      "zeroPadding3D", zeroPadding3D (1, 2, 1), [ 3; 4; 5; 2 ]
      "cropping1D", cropping1D (1, 2), [ 5; 3 ]
      "cropping2D", cropping2D (1, 2), [ 5; 6; 3 ]
      "cropping3D", cropping3D (1, 1, 2), [ 3; 4; 5; 2 ]
      "randomFlip", randomFlip FlipMode.HorizontalAndVertical, [ 5; 6; 3 ]
      "randomRotation", randomRotation 0.3, [ 5; 6; 3 ]
      "randomTranslation", randomTranslation (0.3, 0.2), [ 5; 6; 3 ]
      "randomZoom", randomZoom 0.3, [ 5; 6; 3 ]
      "randomShear", randomShear (0.3, 0.2), [ 5; 6; 3 ]
      "randomContrast", randomContrast 0.3, [ 5; 6; 3 ]
      "randomBrightness", randomBrightness 0.3, [ 5; 6; 3 ]
      "randomCrop", randomCrop (3, 4), [ 5; 6; 3 ]
      "randomErasing", randomErasing, [ 5; 6; 3 ]
      "flatten", flatten, [ 3; 4 ]
      "reshape", reshape [ 2; -1 ], [ 3; 4 ]
      "permute", permute [ 2; 1 ], [ 3; 4 ]
      "repeatVector", repeatVector 2, [ 3 ]
      "dropout", dropout 0.5, [ 3; 4 ]
      "gaussianNoise", gaussianNoise 0.5, [ 3; 4 ]
      "gaussianDropout", gaussianDropout 0.5, [ 3; 4 ]
      "batchNorm", batchNorm, [ 3; 4 ]
      "layerNorm", layerNorm, [ 3; 4 ]
      "layerNorm of two axes", layerNormWith { LayerNormOptions.defaults with Axes = [ 1; 2 ] }, [ 3; 4 ]
      "simpleRnn", simpleRnn 2, [ 5; 3 ]
      "lstm", lstm 2, [ 5; 3 ]
      "lstm of all steps", lstmWith every 2, [ 5; 3 ]
      "gru", gru 2, [ 5; 3 ]
      "bidirectional", bidirectional (gruWith every 2), [ 5; 3 ]
      "timeDistributed", timeDistributed (dense 2), [ 5; 3 ]
      "embedding", embedding 5 2, [ 3 ]
      "one-hot", categoryEncoding CategoryMode.OneHot 5, [ 3 ]
      "multi-hot", categoryEncoding CategoryMode.MultiHot 5, [ 3 ]
      "count", categoryEncoding CategoryMode.Count 5, [ 3 ]
      "residual", residual (dense 4 --> tanh'), [ 3; 4 ]
      "iterate", iterate 2 (dense 4), [ 3; 4 ]
      "named", Layer.named "block" (dense 2 --> relu), [ 3; 4 ]
      for name, merge in
          [ "concatenate", concatenate -1
            "add", Merge.add
            "subtract", Merge.subtract
            "multiply", Merge.multiply
            "average", Merge.average
            "maximum", Merge.maximum
            "minimum", Merge.minimum ] do
          name, branch [ dense 2; dense 2 ] --> merge, [ 3; 4 ]
      "shared", branch [ linear; linear ] --> shared (dense 2) --> concatenate 1, [ 3; 4 ] ]

/// A result, or the text of the error that refused it; any other exception passes on.
let private outcome (f: unit -> Tensor) =
    try
        Ok(f ())
    with :? FunctionalException as e ->
        Error e.Message

let private same (a: Tensor) (b: Tensor) =
    a.Shape = b.Shape
    && Array.forall2
        (fun (x: float) y -> x = y || (Double.IsNaN x && Double.IsNaN y) || abs (x - y) < 1e-5 * (1.0 + abs x))
        (Tensor.toFloat64Array a)
        (Tensor.toFloat64Array b)

let private agree (a: Result<Tensor, string>) (b: Result<Tensor, string>) =
    match a, b with
    | Ok a, Ok b -> same a b
    | Error a, Error b -> a = b
    | Ok _, Error _
    | Error _, Ok _ -> false

/// The axes of a batch of samples of this shape, each once empty, the batch axis being 0.
let private emptied (sample: Shape) =
    [ for axis in 0 .. sample.Length -> axis, (2 :: sample) |> List.mapi (fun i n -> if i = axis then 0 else n) ]

/// The words that tell which layer an error is about.
let private names (name: string) (layer: Layer<Tensor, Tensor>) =
    let rec kinds (network: Network) =
        network.Nodes |> List.collect (fun node -> node.Stage.Kind :: List.collect kinds node.Stage.Inner)

    name.Split(' ')[0] :: kinds layer.Network

let private isRefused outcome =
    match outcome with
    | Ok _ -> false
    | Error _ -> true

/// The shape that a layer gives by its rule for batches of this shape, if it takes them.
let private shapeByRule (layer: Layer<Tensor, Tensor>) (shape: Shape) =
    try
        Some(shape.Head :: List.exactlyOne (Network.shapes [ shape.Tail ] layer.Network))
    with :? FunctionalException ->
        None

let private demandSame (layer: Layer<Tensor, Tensor>) variables axis (shape: Shape) name =
    let x = Tensor.zeros shape
    let predict x = Layer.predict variables x layer
    let eager = outcome (fun () -> predict x)
    let compiled = outcome (fun () -> Tensor.compile predict x)
    Expect.True(agree eager compiled, $"axis {axis}: eager %A{eager}, compiled %A{compiled}")
    // training mode and the gradient by the input are refused where the result is, and only there
    let trained = outcome (fun () -> fst (layer.Apply variables (training 2) x))
    Expect.True((isRefused eager = isRefused trained), $"axis {axis}: %A{eager}, in training %A{trained}")
    let slope = outcome (fun () -> grad (predict >> Tensor.sum) x)
    Expect.True((isRefused eager = isRefused slope), $"axis {axis}: %A{eager}, its gradient %A{slope}")

    match eager with
    | Ok y -> Expect.Equal<Shape option>(Some y.Shape, shapeByRule layer shape)
    | Error text ->
        Expect.True(names name layer |> List.exists text.Contains, $"axis {axis}: no name of the layer in: {text}")

let private zeros shape = Tensor.zeros shape

/// Results that are told: what NumPy, Keras or PyTorch gives where it gives one.
let private known: (string * Layer<Tensor, Tensor> * Tensor * Tensor) list =
    let nans shape = Tensor.full shape nan
    let all = { RecurrentOptions.defaults with ReturnSequences = true }

    [ "the mean of no elements is NaN", globalAveragePooling1D, zeros [ 2; 0; 3 ], nans [ 2; 3 ]
      "the mean of an empty image is NaN", globalAveragePooling2D, zeros [ 1; 5; 0; 2 ], nans [ 1; 2 ]
      "no ids are counted as zeros", categoryEncoding CategoryMode.Count 3, zeros [ 2; 0 ], zeros [ 2; 3 ]
      "no ids are no ones", categoryEncoding CategoryMode.MultiHot 3, zeros [ 2; 0 ], zeros [ 2; 3 ]
      "padding of nothing is padding", zeroPadding1D (1, 2), zeros [ 2; 0; 3 ], zeros [ 2; 3; 3 ]
      "a sequence of no steps leaves the first state", lstm 2, zeros [ 2; 0; 3 ], zeros [ 2; 2 ]
      "a sequence of no steps has no states", gruWith all 2, zeros [ 2; 0; 3 ], zeros [ 2; 0; 2 ]
      "an image without channels is enlarged",
      upSampling2DWith { UpSampling2DOptions.defaults with Interpolation = Interpolation.Bilinear } (2, 3),
      zeros [ 1; 2; 2; 0 ],
      zeros [ 1; 4; 6; 0 ]
      "an image without channels is pooled", averagePooling2D (2, 2), zeros [ 1; 4; 4; 0 ], zeros [ 1; 2; 2; 0 ] ]

[<Tests>]
let tests =
    [ for name, layer, sample in layers do
          testCase
              $"{name} gives the shape of its rule or names itself, compiled, differentiated and trained alike"
              (fun () ->
                  let variables, _ = Layer.init (Key.ofInt 1) sample layer

                  for axis, shape in emptied sample do
                      demandSame layer variables axis shape name)

      for sentence, layer, x, expected in known do
          testCase sentence (fun () ->
              let variables, _ = Layer.init (Key.ofInt 1) (x.Shape.Tail |> List.map (max 1)) layer
              Expect.True(same expected (Layer.predict variables x layer)))

      testCase "no layer is built for samples without elements" (fun () ->
          for _, layer, sample in layers do
              for axis in 0 .. sample.Length - 1 do
                  let empty = sample |> List.mapi (fun i n -> if i = axis then 0 else n)
                  Expect.Contains("has a length below 1", errorOf (fun () -> Layer.init (Key.ofInt 1) empty layer)))

      testCase "an empty batch leaves the running averages" (fun () ->
          let variables, _ = Layer.init (Key.ofInt 1) [ 3 ] batchNorm
          let y, after = batchNorm.Apply variables (training 1) (zeros [ 0; 3 ])
          Expect.Equal<Shape>([ 0; 3 ], y.Shape)
          Expect.True((variableBits variables = variableBits after))) ]
    |> testList "Layers.Empty"
