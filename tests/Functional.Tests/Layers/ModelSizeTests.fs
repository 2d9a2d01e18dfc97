/// Numbers of parameters of networks that textbooks print, and a convolution whose kernel is given.
module Functional.Tests.ModelSizeTests

open Expecto
open Functional

let private conv filters = conv2D filters (3, 3) --> relu

let private same filters =
    conv2DWith { Conv2DOptions.defaults with Padding = WindowPadding.Same } filters (3, 3) --> relu

let private pool = maxPooling2D (2, 2)

let private poolSame =
    maxPooling2DWith { Pooling2DOptions.defaults with Padding = WindowPadding.Same } (2, 2)

let private digits = dense 10 --> softmax
let private sequences = { RecurrentOptions.defaults with ReturnSequences = true }

let private encoder = same 16 --> poolSame --> same 8 --> poolSame --> same 8 --> poolSame

let private decoder =
    let up = upSampling2D (2, 2)
    same 8 --> up --> same 8 --> up --> conv 16 --> up --> same 1

let private momentum = batchNormWith { BatchNormOptions.defaults with Momentum = 0.8 }
let private generatorPart units = dense units --> leakyReluOf 0.2 --> momentum

let private generator =
    generatorPart 256 --> generatorPart 512 --> generatorPart 1024 --> dense 784 --> tanh

let private discriminator =
    dense 512 --> leakyReluOf 0.2 --> dense 256 --> leakyReluOf 0.2 --> dense 1 --> sigmoid

/// Name, input, network, parameters, and those of them that training does not change.
let private sizes =
    [ "MLP 784-16-32-10",
      [ 784 ],
      dense 16 --> relu --> dropout 0.2 --> dense 32 --> relu --> dropout 0.2 --> digits,
      13434,
      0
      "five convolutions",
      [ 28; 28; 1 ],
      conv 32
      --> conv 32
      --> pool
      --> conv 64
      --> conv 64
      --> pool
      --> conv 64
      --> pool
      --> flatten
      --> dropout 0.5
      --> digits,
      102570,
      0
      "conv 64, dense 10", [ 28; 28; 1 ], conv 64 --> flatten --> digits, 433290, 0
      "conv 64, dense 15, dense 10", [ 28; 28; 1 ], conv 64 --> flatten --> dense 15 --> relu --> digits, 649775, 0
      "conv 64, pool, dense 15, dense 10",
      [ 28; 28; 1 ],
      conv 64 --> pool --> flatten --> dense 15 --> relu --> digits,
      163055,
      0
      "conv 32, pool, conv 16, pool, dense 10",
      [ 28; 28; 1 ],
      conv 32 --> pool --> conv 16 --> pool --> flatten --> digits,
      8954,
      0
      "SimpleRNN 4", [ 12; 1 ], simpleRnn 4 --> dense 1, 29, 0
      "two SimpleRNN 10", [ 12; 1 ], simpleRnnWith sequences 10 --> simpleRnn 10 --> dense 1, 341, 0
      "LSTM 1", [ 12; 1 ], lstm 1 --> dense 1, 14, 0
      "LSTM 3", [ 12; 1 ], lstm 3, 60, 0
      "dense 1 behind LSTM 3", [ 3 ], dense 1, 4, 0
      "convolutional autoencoder", [ 28; 28; 1 ], encoder --> decoder, 4385, 0
      "discriminator", [ 784 ], discriminator, 533505, 0
      "generator", [ 100 ], generator, 1493520, 3584
      "generator and frozen discriminator", [ 100 ], generator --> freeze discriminator, 2027025, 537089 ]

[<Tests>]
let tests =
    [ for name, input, network, all, frozen in sizes do
          testCase $"{name} has {all} parameters" (fun () ->
              let variables = (Model.create network input (Key.ofInt 1)).Variables |> Variables.flatten
              let count = List.sumBy (fun (v: Variable) -> v.Tensor.Size)
              Expect.Equal(all, count variables)
              Expect.Equal(frozen, variables |> List.filter (fun v -> not v.Trainable) |> count))

      testCase "the autoencoder's code is [4; 4; 8], and it gives images of the size it is given" (fun () ->
          Expect.Equal<Shape list>([ [ 4; 4; 8 ] ], Layer.shapes [ [ 28; 28; 1 ] ] encoder)
          Expect.Equal<Shape list>([ [ 28; 28; 1 ] ], Layer.shapes [ [ 4; 4; 8 ] ] decoder))

      testCase "a convolution with the kernel of sharpening gives the textbook's numbers" (fun () ->
          let pixels =
              tensor
                  [ [ 60; 113; 56; 139; 85 ]
                    [ 73; 121; 54; 84; 128 ]
                    [ 131; 99; 70; 129; 127 ]
                    [ 80; 57; 115; 69; 134 ]
                    [ 104; 126; 123; 95; 130 ] ]

          let kernel = [| 0.0f; -1.0f; 0.0f; -1.0f; 5.0f; -1.0f; 0.0f; -1.0f; 0.0f |]

          let sharp =
              Model.create (conv2D 1 (3, 3)) [ 5; 5; 1 ] (Key.ofInt 1)
              |> Model.setWeight "conv2d/kernel" kernel
              |> Model.predict (Tensor.cast Float32 (Tensor.reshape [ 1; 5; 5; 1 ] pixels))

          Expect.Equal<float[]>(
              [| 266.0; -61.0; -30.0; 116.0; -47.0; 295.0; -135.0; 256.0; -128.0 |],
              Tensor.toFloat64Array sharp
          )) ]
    |> testList "Layers.ModelSize"
