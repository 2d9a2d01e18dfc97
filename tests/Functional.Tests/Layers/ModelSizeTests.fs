/// Numbers of parameters of networks that textbooks print, and a convolution whose kernel is given.
module Functional.Tests.ModelSizeTests

open Expecto
open Functional

let private digits = dense 10 --> softmax
let private sequences = { RecurrentOptions.defaults with ReturnSequences = true }

/// Name, input, network and parameters; ParameterCountTests has those of convolutional ones.
let private sizes =
    [ "MLP 784-16-32-10",
      [ 784 ],
      dense 16 --> relu --> dropout 0.2 --> dense 32 --> relu --> dropout 0.2 --> digits,
      13434
      "SimpleRNN 4", [ 12; 1 ], simpleRnn 4 --> dense 1, 29
      "two SimpleRNN 10", [ 12; 1 ], simpleRnnWith sequences 10 --> simpleRnn 10 --> dense 1, 341
      "LSTM 1", [ 12; 1 ], lstm 1 --> dense 1, 14
      "LSTM 3", [ 12; 1 ], lstm 3, 60
      "dense 1 behind LSTM 3", [ 3 ], dense 1, 4 ]

[<Tests>]
let tests =
    [ for name, input, network, count in sizes do
          testCase $"{name} has {count} parameters" (fun () ->
              Expect.Equal(int64 count, Model.parameterCount (Model.create network input (Key.ofInt 1))))

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
