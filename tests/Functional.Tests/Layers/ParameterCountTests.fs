/// Networks of a course on images: how many parameters they have, as its documents print them.
module Functional.Tests.ParameterCountTests

open Expecto
open Functional
open Functional.Tests.Chains

let private active = { Conv2DOptions.defaults with Activation = Some relu }
let private same = { active with Padding = WindowPadding.Same }
let private samePool = { Pooling2DOptions.defaults with Padding = WindowPadding.Same }

let private encoder =
    conv2DWith same 16 (3, 3)
    --> maxPooling2DWith samePool (2, 2)
    --> conv2DWith same 8 (3, 3)
    --> maxPooling2DWith samePool (2, 2)
    --> conv2DWith same 8 (3, 3)
    --> maxPooling2DWith samePool (2, 2)

let private decoder =
    conv2DWith same 8 (3, 3)
    --> upSampling2D (2, 2)
    --> conv2DWith same 8 (3, 3)
    --> upSampling2D (2, 2)
    --> conv2DWith active 16 (3, 3)
    --> upSampling2D (2, 2)
    --> conv2DWith { same with Activation = Some sigmoid } 1 (3, 3)

let private normalized units =
    dense units --> leakyReluOf 0.2 --> batchNormWith { BatchNormOptions.defaults with Momentum = 0.8 }

let private generator = normalized 256 --> normalized 512 --> normalized 1024 --> dense 784 --> tanh'

let private discriminator =
    dense 512 --> leakyReluOf 0.2 --> dense 256 --> leakyReluOf 0.2 --> dense 1 --> sigmoid

/// The networks, the shapes of their samples and their results, all parameters, and those that training does not change.
let private networks: (string * Layer<Tensor, Tensor> * Shape * Shape * int64 * int64) list =
    let image = [ 28; 28; 1 ]

    [ "one convolution and one dense layer",
      conv2DWith active 64 (3, 3) --> flatten --> dense 10,
      image,
      [ 10 ],
      433290L,
      0L
      "one convolution and two dense layers",
      conv2DWith active 64 (3, 3) --> flatten --> dense 15 --> dense 10,
      image,
      [ 10 ],
      649775L,
      0L
      "the same with pooling",
      conv2DWith active 64 (3, 3) --> maxPooling2D (2, 2) --> flatten --> dense 15 --> dense 10,
      image,
      [ 10 ],
      163055L,
      0L
      "two convolutions with pooling",
      conv2DWith active 32 (3, 3)
      --> maxPooling2D (2, 2)
      --> conv2DWith active 16 (3, 3)
      --> maxPooling2D (2, 2)
      --> flatten
      --> dense 10,
      image,
      [ 10 ],
      8954L,
      0L
      "five convolutions",
      conv2DWith active 32 (3, 3)
      --> conv2DWith active 32 (3, 3)
      --> maxPooling2D (2, 2)
      --> conv2DWith active 64 (3, 3)
      --> conv2DWith active 64 (3, 3)
      --> maxPooling2D (2, 2)
      --> conv2DWith active 64 (3, 3)
      --> maxPooling2D (2, 2)
      --> flatten
      --> dense 10,
      image,
      [ 10 ],
      102570L,
      0L
      "the encoder of a convolutional autoencoder", encoder, image, [ 4; 4; 8 ], 1904L, 0L
      "its decoder", decoder, [ 4; 4; 8 ], image, 2481L, 0L
      "a convolutional autoencoder", encoder --> decoder, image, image, 4385L, 0L
      "the discriminator of a generative adversarial network", discriminator, [ 784 ], [ 1 ], 533505L, 0L
      "its generator", generator, [ 100 ], [ 784 ], 1493520L, 3584L
      "the generator before the frozen discriminator",
      generator --> freeze discriminator,
      [ 100 ],
      [ 1 ],
      2027025L,
      537089L ]

[<Tests>]
let tests =
    [ for name, network, sample, result, all, frozen in networks do
          testCase $"{name} has {all} parameters" (fun () ->
              let variables, shape = Layer.init (Key.ofInt 1) sample network
              Expect.Equal<Shape>(result, shape)
              Expect.Equal(frozen, Variables.nonTrainableCount variables)
              Expect.Equal(all, Variables.trainableCount variables + Variables.nonTrainableCount variables)

              let table = Summary.table "m" network [ sample ] variables
              let grouped = all.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)
              Expect.Contains($"Total params: {grouped}", table))

      testCase "summaries show three axes, and channels in front" (fun () ->
          let first = DataFormat.ChannelsFirst

          let net =
              conv3DWith { Conv3DOptions.defaults with DataFormat = first } 8 (3, 3, 2)
              --> maxPooling3DWith { Pooling3DOptions.defaults with DataFormat = first } (2, 2, 2)
              --> conv3DTransposeWith { Conv3DTransposeOptions.defaults with DataFormat = first } 4 (2, 2, 2)
              --> globalAveragePooling3DWith { GlobalPoolingOptions.defaults with DataFormat = first }

          let variables, _ = Layer.init (Key.ofInt 0) [ 2; 10; 12; 9 ] net

          Expect.Contains(
              """
 conv3d (Conv3D)                                    (None, 8, 8, 10, 8)   296
 max_pooling3d (MaxPooling3D)                       (None, 8, 4, 5, 4)    0
 conv3d_transpose (Conv3DTranspose)                 (None, 4, 5, 6, 5)    260
 global_average_pooling3d (GlobalAveragePooling3D)  (None, 4)             0
""",
              Summary.table "m" net [ [ 2; 10; 12; 9 ] ] variables
          ))

      testCase "separable convolutions have fewer parameters than full ones" (fun () ->
          let count layer = Variables.trainableCount (fst (Layer.init (Key.ofInt 0) [ 9; 9; 16 ] layer))
          Expect.Equal(9L * 16L * 32L + 32L, count (conv2D 32 (3, 3)))
          Expect.Equal(9L * 16L + 16L * 32L + 32L, count (separableConv2D 32 (3, 3)))

          let variables, _ = Layer.init (Key.ofInt 0) [ 9; 9; 16 ] (separableConv2D 32 (3, 3))

          Expect.Equal<(string * Shape) list>(
              [ "depthwise_kernel", [ 3; 3; 16; 1 ]; "pointwise_kernel", [ 1; 1; 16; 32 ]; "bias", [ 32 ] ],
              Variables.flatten variables |> List.map (fun v -> lastName v.Path, v.Tensor.Shape)
          )) ]
    |> testList "Layers.ParameterCount"
