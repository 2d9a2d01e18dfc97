/// Layers of images and sequences: shapes, parameters, names, summaries, and the text of their errors.
module Functional.Tests.WindowLayerTests

open Expecto
open Functional
open Functional.Tests.Chains

let private shapeOf sample (layer: Layer<Tensor, Tensor>) = List.exactlyOne (Layer.shapes [ sample ] layer)

let private parameters sample (layer: Layer<Tensor, Tensor>) =
    fst (Layer.init (Key.ofInt 1) sample layer)
    |> Variables.flatten
    |> List.map (fun v -> lastName v.Path, v.Tensor.Shape)

let private same = WindowPadding.Same

[<Tests>]
let tests =
    [ testCase "shapes are Keras's" (fun () ->
          let conv options = shapeOf [ 28; 27; 3 ] (conv2DWith options 8 (5, 3))
          Expect.Equal<Shape>([ 24; 25; 8 ], conv Conv2DOptions.defaults)
          Expect.Equal<Shape>([ 28; 27; 8 ], conv { Conv2DOptions.defaults with Padding = same })
          Expect.Equal<Shape>([ 14; 9; 8 ], conv { Conv2DOptions.defaults with Padding = same; Strides = 2, 3 })
          Expect.Equal<Shape>([ 12; 9; 8 ], conv { Conv2DOptions.defaults with Strides = 2, 3 })
          Expect.Equal<Shape>([ 20; 21; 8 ], conv { Conv2DOptions.defaults with DilationRate = 2, 3 })
          Expect.Equal<Shape>([ 8; 16 ], shapeOf [ 10; 4 ] (conv1D 16 3))

          Expect.Equal<Shape>(
              [ 5; 16 ],
              shapeOf
                  [ 10; 4 ]
                  (conv1DWith { Conv1DOptions.defaults with Padding = WindowPadding.Causal; Strides = 2 } 16 3)
          )

          let depthwise = depthwiseConv2DWith { DepthwiseConv2DOptions.defaults with DepthMultiplier = 2 } (3, 3)
          Expect.Equal<Shape>([ 26; 25; 6 ], shapeOf [ 28; 27; 3 ] depthwise)
          let transposed options = shapeOf [ 7; 7; 5 ] (conv2DTransposeWith options 4 (3, 3))
          let defaults = Conv2DTransposeOptions.defaults
          Expect.Equal<Shape>([ 9; 9; 4 ], transposed defaults)
          Expect.Equal<Shape>([ 14; 14; 4 ], transposed { defaults with Padding = same; Strides = 2, 2 })
          Expect.Equal<Shape>([ 15; 15; 4 ], transposed { defaults with Strides = 2, 2 })
          Expect.Equal<Shape>([ 16; 15; 4 ], transposed { defaults with Strides = 2, 2; OutputPadding = Some(1, 0) })
          Expect.Equal<Shape>([ 28; 28; 4 ], transposed { defaults with Strides = 4, 4 })
          Expect.Equal<Shape>([ 3; 2; 4 ], shapeOf [ 7; 4; 4 ] (maxPooling2D (2, 2)))

          Expect.Equal<Shape>(
              [ 4; 4; 4 ],
              shapeOf
                  [ 7; 4; 4 ]
                  (averagePooling2DWith { Pooling2DOptions.defaults with Strides = Some(2, 1); Padding = same } (3, 3))
          )

          Expect.Equal<Shape>([ 3; 4 ], shapeOf [ 7; 4 ] (maxPooling1D 2))
          Expect.Equal<Shape>([ 2; 4 ], shapeOf [ 7; 4 ] (averagePooling1D 3))
          Expect.Equal<Shape>([ 4 ], shapeOf [ 7; 5; 4 ] globalAveragePooling2D)

          Expect.Equal<Shape>(
              [ 1; 1; 4 ],
              shapeOf [ 7; 5; 4 ] (globalMaxPooling2DWith { GlobalPoolingOptions.defaults with KeepDims = true })
          )

          Expect.Equal<Shape>([ 4 ], shapeOf [ 7; 4 ] globalMaxPooling1D)
          Expect.Equal<Shape>([ 14; 15; 4 ], shapeOf [ 7; 5; 4 ] (upSampling2D (2, 3)))
          Expect.Equal<Shape>([ 11; 6; 4 ], shapeOf [ 7; 5; 4 ] (zeroPadding2DWith ((1, 3), (0, 1))))
          Expect.Equal<Shape>([ 10; 4 ], shapeOf [ 7; 4 ] (zeroPadding1D (1, 2))))

      testCase "parameters have Keras's names and shapes" (fun () ->
          let expect (expected: (string * Shape) list) (actual: (string * Shape) list) =
              Expect.Equal<(string * Shape) list>(expected, actual)

          expect [ "kernel", [ 5; 3; 4; 8 ]; "bias", [ 8 ] ] (parameters [ 28; 27; 4 ] (conv2D 8 (5, 3)))

          expect
              [ "kernel", [ 5; 3; 2; 8 ] ]
              (parameters
                  [ 28; 27; 4 ]
                  (conv2DWith { Conv2DOptions.defaults with Groups = 2; UseBias = false } 8 (5, 3)))

          expect [ "kernel", [ 3; 4; 16 ]; "bias", [ 16 ] ] (parameters [ 10; 4 ] (conv1D 16 3))

          expect
              [ "kernel", [ 3; 2; 4; 2 ]; "bias", [ 8 ] ]
              (parameters
                  [ 9; 9; 4 ]
                  (depthwiseConv2DWith { DepthwiseConv2DOptions.defaults with DepthMultiplier = 2 } (3, 2)))

          expect [ "kernel", [ 3; 2; 8; 4 ]; "bias", [ 8 ] ] (parameters [ 9; 9; 4 ] (conv2DTranspose 8 (3, 2))))

      testCase "kernels start by glorot uniform, fans times the receptive field" (fun () ->
          let variables, _ = Layer.init (Key.ofInt 1) [ 9; 9; 16 ] (conv2D 32 (3, 3))
          let limit = sqrt (6.0 / float (9 * 16 + 9 * 32))
          let largest = Tensor.toFloat (Tensor.max (Tensor.abs (at "kernel" variables.Parameters)))
          Expect.InRange(largest, 0.99 * limit, limit)
          Expect.Equal(0.0, Tensor.toFloat (Tensor.max (Tensor.abs (at "bias" variables.Parameters)))))

      testCase "the summary of a network of images" (fun () ->
          let net =
              conv2DWith { Conv2DOptions.defaults with Activation = Some relu } 32 (3, 3)
              --> maxPooling2D (2, 2)
              --> depthwiseConv2D (3, 3)
              --> conv2D 64 (1, 1)
              --> globalAveragePooling2D
              --> dense 10

          let variables, _ = Layer.init (Key.ofInt 0) [ 28; 28; 1 ] net

          Expect.Contains(
              """
 conv2d (Conv2D)                                    (None, 26, 26, 32)    320
 max_pooling2d (MaxPooling2D)                       (None, 13, 13, 32)    0
 depthwise_conv2d (DepthwiseConv2D)                 (None, 11, 11, 32)    320
 conv2d_1 (Conv2D)                                  (None, 11, 11, 64)    2,112
 global_average_pooling2d (GlobalAveragePooling2D)  (None, 64)            0
 dense (Dense)                                      (None, 10)            650
""",
              Summary.table "m" net [ [ 28; 28; 1 ] ] variables
          ))

      testCase "integers are cast, and a batch may have any number of axes" (fun () ->
          let net =
              conv2D 4 (3, 3)
              --> averagePooling2D (2, 2)
              --> upSampling2DWith { UpSampling2DOptions.defaults with Interpolation = Interpolation.Bilinear } (2, 2)

          let variables, _ = Layer.init (Key.ofInt 1) [ 6; 6; 2 ] net
          let counts = Tensor.ofInts [ 2; 3; 6; 6; 2 ] (Array.init 432 (fun i -> i * 7 % 11))
          let floats = Tensor.cast Float32 counts
          let together = Layer.predict variables (Tensor.reshape [ 6; 6; 6; 2 ] floats) net
          let inTwo = Layer.predict variables counts net
          Expect.Equal<Shape>([ 2; 3; 4; 4; 4 ], inTwo.Shape)
          let near (a: Tensor) (b: Tensor) = Tensor.allClose 1e-5 1e-5 a b
          Expect.True(near together (Tensor.reshape together.Shape inTwo))
          let one = Layer.predict variables floats[0, 0] net
          Expect.True(near together[0] one)
          Expect.True(near inTwo[1] (vmap (fun x -> Layer.predict variables x net) floats[1])))

      testCase "samples that do not fit are told with the fix" (fun () ->
          let build sample (layer: Layer<Tensor, Tensor>) = errorOf (fun () -> Layer.init (Key.ofInt 1) sample layer)

          Expect.Equal(
              "conv2D: a sample must be an image [height; width; channels]; put reshape [28; 28; 1] before it.\n\
               sample  [784]",
              build [ 784 ] (conv2D 8 (3, 3))
          )

          Expect.Contains("put reshape [32; 32; 3] before it.", build [ 3072 ] (maxPooling2D (2, 2)))
          Expect.Contains("put reshape [28; 28; 1] before it.", build [ 28; 28 ] globalAveragePooling2D)
          Expect.Contains("put reshape [height; width; channels] before it.", build [ 7 ] (upSampling2D (2, 2)))
          Expect.Contains("put reshape [784; 1] before it.", build [ 784 ] (conv1D 8 3))
          Expect.Contains("put reshape [length; channels] before it.", build [ 28; 28; 1 ] (maxPooling1D 2))

          Expect.Contains(
              "layer 'conv2d' cannot follow 'flatten', which gives [784]",
              build [ 28; 28; 1 ] (flatten --> conv2D 8 (3, 3))
          )

          Expect.Contains(
              "conv2D: the kernel spans 5 elements of the width, which has 4 with its padding; take a smaller kernel or \
               dilation, or more padding.",
              build [ 8; 4; 1 ] (conv2D 8 (5, 5))
          )

          Expect.Contains(
              "conv1D: the kernel spans 5 elements, and the sequence has 4; take a smaller kernel or dilation, or padding.",
              build [ 4; 1 ] (conv1DWith { Conv1DOptions.defaults with DilationRate = 2 } 8 3)
          )

          Expect.Contains(
              "conv2D: groups = 2 does not divide the 3 channels and the 8 filters; take a common divisor of both.",
              build [ 8; 8; 3 ] (conv2DWith { Conv2DOptions.defaults with Groups = 2 } 8 (3, 3))
          )

          Expect.Contains(
              "a sample must have the axes [channels; height; width], since the channels are in front",
              build [ 9 ] (conv2DWith { Conv2DOptions.defaults with DataFormat = DataFormat.ChannelsFirst } 8 (3, 3))
          )

          Expect.Contains(
              "conv3D: the kernel spans 5 elements of the depth, which has 4 with its padding; take a smaller kernel or \
               dilation, or more padding.",
              build [ 4; 8; 8; 1 ] (conv3D 8 (5, 3, 3))
          )

          Expect.Contains("put reshape [4; 8; 8; 1] before it.", build [ 4; 8; 8 ] (conv3D 8 (3, 3, 3)))
          Expect.Contains("nothing would be left of the width", build [ 8; 4; 1 ] (cropping2D (1, 2)))
          Expect.Contains("the window has 3 elements, and the sequence 2", build [ 2; 1 ] (maxPooling1D 3))
          Expect.Contains("the window does not fit in the height", build [ 2; 9; 1 ] (averagePooling2D (3, 3)))

          let variables, _ = Layer.init (Key.ofInt 1) [ 8; 8; 3 ] (conv2D 8 (3, 3))

          Expect.Contains(
              "the kernel takes 3 channels, and the sample has 1",
              errorOf (fun () -> Layer.predict variables (Tensor.ones [ 2; 8; 8; 1 ]) (conv2D 8 (3, 3)))
          ))

      testCase "options out of range are refused" (fun () ->
          let options = Conv2DOptions.defaults
          Expect.Equal("conv2D: filters = 0 is too small; give 1 or more.", errorOf (fun () -> conv2D 0 (3, 3)))
          Expect.Equal("conv2D: kernel size = 0 is too small; give 1 or more.", errorOf (fun () -> conv2D 8 (3, 0)))
          Expect.Contains("strides = 0", errorOf (fun () -> conv2DWith { options with Strides = 1, 0 } 8 (3, 3)))

          Expect.Contains(
              "dilation rate = -1",
              errorOf (fun () -> conv2DWith { options with DilationRate = -1, 1 } 8 (3, 3))
          )

          Expect.Equal(
              "conv2D: groups = 3 does not divide the 8 filters; take a divisor.",
              errorOf (fun () -> conv2DWith { options with Groups = 3 } 8 (3, 3))
          )

          Expect.Equal(
              "conv2D: padding = causal is for sequences, by conv1D; take valid or same.",
              errorOf (fun () -> conv2DWith { options with Padding = WindowPadding.Causal } 8 (3, 3))
          )

          Expect.Contains(
              "causal is for sequences",
              errorOf (fun () ->
                  maxPooling1DWith { Pooling1DOptions.defaults with Strides = None; Padding = WindowPadding.Causal } 2)
          )

          Expect.Equal(
              "conv2DTranspose: output padding = 2 is not from 0 to below the stride, 2; take a smaller one, or a larger \
               stride.",
              errorOf (fun () ->
                  conv2DTransposeWith
                      { Conv2DTransposeOptions.defaults with OutputPadding = Some(0, 2); Strides = 2, 2 }
                      1
                      (3, 3))
          )

          Expect.Contains(
              "depth multiplier = 0",
              errorOf (fun () ->
                  depthwiseConv2DWith { DepthwiseConv2DOptions.defaults with DepthMultiplier = 0 } (3, 3))
          )

          Expect.Contains("size = 0", errorOf (fun () -> upSampling2D (1, 0)))
          Expect.Contains("padding = -1 is negative", errorOf (fun () -> zeroPadding2D (0, -1)))

          Expect.Contains(
              "is made of other layers; put it behind: conv2D filters size --> activation.",
              errorOf (fun () -> conv2DWith { options with Activation = Some(relu --> relu) } 8 (3, 3))
          ))

      testCase "regularizers of convolutions cost what they say" (fun () ->
          let layer =
              depthwiseConv2DWith
                  { DepthwiseConv2DOptions.defaults with
                      DepthwiseRegularizer = Some(Regularizer.l2 0.1)
                      BiasRegularizer = Some(Regularizer.l1 0.5)
                      BiasInitializer = Initializer.ones }
                  (3, 3)

          let variables, _ = Layer.init (Key.ofInt 1) [ 5; 5; 4 ] layer
          let squares = Tensor.toFloat (Tensor.sum (Tensor.square (at "kernel" variables.Parameters)))
          Expect.Equal(0.1 * squares + 2.0, Tensor.toFloat (layer.Penalty variables).Value, 1e-5))

      testCase "a small network of images learns the digits" (fun () ->
          let digits = Dataset.digits ()

          let net =
              reshape [ 8; 8; 1 ]
              --> conv2DWith { Conv2DOptions.defaults with Padding = same; Activation = Some relu } 8 (3, 3)
              --> maxPooling2D (2, 2)
              --> conv2DWith { Conv2DOptions.defaults with Activation = Some relu } 16 (3, 3)
              --> flatten
              --> dense 10
              --> softmax

          let options =
              { Fit.defaults with
                  Optimizer = Optimizer.adam 3e-3
                  Loss = Loss.sparseCategoricalCrossentropy
                  Metrics = [ Metric.accuracy ]
                  Epochs = 12
                  ValidationSplit = 0.2 }

          let result = Learn.fit options net digits (Key.ofInt 1)
          Expect.InRange(List.last result.History["val_accuracy"], 0.9, 1.0)) ]
    |> testList "Layers.WindowLayer"
