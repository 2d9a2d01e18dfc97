module Functional.Tests.SummaryTests

open Expecto
open Functional
open Functional.Tests.Chains

[<Tests>]
let tests =
    [ testCase "the summary is Keras's table" (fun () ->
          let net = dense 512 --> relu --> dropout 0.2 --> dense 10 --> softmax
          let variables, _ = Layer.init (Key.ofInt 0) [ 784 ] net

          let expected =
              """Model: "mnist"
__________________________________________________________________
 Layer (type)                  Output Shape          Param #
==================================================================
 dense (Dense)                 (None, 512)           401,920
 relu (ReLU)                   (None, 512)           0
 dropout (Dropout)             (None, 512)           0
 dense_1 (Dense)               (None, 10)            5,130
 softmax (Softmax)             (None, 10)            0
==================================================================
Total params: 407,050 (1.55 MB)
Trainable params: 407,050 (1.55 MB)
Non-trainable params: 0 (0.00 B)"""

          Expect.Equal(expected, Summary.table "mnist" net [ [ 784 ] ] variables))

      testCase "a summary tells what is trained and what is not" (fun () ->
          let net = freeze (dense 8) --> batchNorm --> branch [ dense 2; dense 3 ] --> concatenate -1

          let variables, _ = Layer.init (Key.ofInt 0) [ 4 ] net
          let table = Summary.table "m" net [ [ 4 ] ] variables
          Expect.Contains(" branch (Branch)                           [(None, 2), (None, 3)]  45\n", table)
          Expect.Contains(" batch_normalization (BatchNormalization)  (None, 8)               32\n", table)

          Expect.Contains(
              "Total params: 117 (468.00 B)\nTrainable params: 61 (244.00 B)\nNon-trainable params: 56 (224.00 B)",
              table
          ))

      testCase "a summary of one layer, and of float64" (fun () ->
          let variables, _ = Layer.init (Key.ofInt 0) [ 2; 3 ] (dense 5)
          let table = Summary.table "m" (dense 5) [ [ 2; 3 ] ] (Variables.cast Float64 variables)
          Expect.Contains(" dense (Dense)                 (None, 2, 5)          20\n", table)
          Expect.Contains("Total params: 20 (160.00 B)", table))

      testCase "a summary with variables of another layer is refused" (fun () ->
          let variables, _ = Layer.init (Key.ofInt 0) [ 3 ] (dense 5 --> relu)

          Expect.Contains(
              "the variables are not those of this network of 3 layers",
              errorOf (fun () -> Summary.table "m" (dense 5 --> relu --> dense 1) [ [ 3 ] ] variables)
          )) ]
    |> testList "Layers.Summary"
