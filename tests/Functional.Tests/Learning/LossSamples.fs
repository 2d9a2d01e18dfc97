/// Labels and outputs for every loss.
module Functional.Tests.LossSamples

open Functional

let rows, classes = 7, 4

let key = Key.ofInt 11
let normal i shape = Random.normalOf Float64 0.0 1.5 (Key.fold i key) shape
let uniform i shape = Random.uniformOf Float64 0.05 0.95 (Key.fold i key) shape

let logits = normal 1 [ rows; classes ]
let probabilities = Tensor.softmax -1 logits
let yesNo = uniform 2 [ rows; classes ]
let bits = Tensor.cast Float64 (Random.bernoulli 0.5 (Key.fold 3 key) [ rows; classes ])
let numbers = normal 4 [ rows; classes ]
let indices = Tensor.ofInts [ rows ] [| 0; 3; 1; 2; 3; 3; 0 |]
let oneHot = Tensor.oneHotOf Float64 classes indices
let shares = Tensor.softmax -1 (normal 5 [ rows; classes ])
let counts = Tensor.floor (uniform 6 [ rows; classes ] * 6.0)
let sampleWeights = uniform 7 [ rows ]

/// Labels and an output that the loss takes, away from kinks.
let example (loss: Loss) =
    match loss.Labels, loss.Name with
    | LabelKind.Classes, _ when loss.Outputs = OutputKind.Logits -> indices, logits
    | LabelKind.Binary, _ when loss.Outputs = OutputKind.Logits -> bits, logits
    | LabelKind.Shares, _ when loss.Outputs = OutputKind.Logits -> oneHot, logits
    | LabelKind.Classes, _ -> indices, probabilities
    | LabelKind.Counts, _ -> counts, yesNo * 3.0
    | LabelKind.Binary, _ -> bits, yesNo
    | LabelKind.Signs, _ -> bits, numbers
    | LabelKind.Shares, "kl_divergence" -> shares, probabilities
    | LabelKind.Shares, "categorical_hinge" -> oneHot, numbers
    | LabelKind.Shares, _ -> oneHot, probabilities
    | _, "mean_squared_logarithmic_error" -> counts, yesNo * 3.0
    | _ -> logits, numbers

let find name = Loss.all |> List.find (fun (n, _) -> n = name) |> snd

let smoothed =
    let options smoothing = { CrossentropyOptions.defaults with LabelSmoothing = smoothing }

    [ Loss.binaryCrossentropyWith (options 0.2), bits
      Loss.categoricalCrossentropyWith (options 0.2), oneHot
      Loss.sparseCategoricalCrossentropyWith (options 0.2), indices
      Loss.binaryFocalWith { BinaryFocalOptions.defaults with LabelSmoothing = 0.2; Alpha = Some 0.3; Gamma = 0.5 },
      bits
      Loss.binaryFocalWith { BinaryFocalOptions.defaults with Gamma = 0.0 }, bits
      Loss.categoricalFocalWith
          { CategoricalFocalOptions.defaults with
              LabelSmoothing = 0.1
              Alpha = [ 0.1; 0.2; 0.3; 0.4 ]
              Gamma = 1.3 },
      oneHot
      Loss.binaryCrossentropy, bits
      Loss.categoricalCrossentropy, shares
      Loss.sparseCategoricalCrossentropy, indices
      Loss.binaryFocal, bits
      Loss.categoricalFocal, oneHot ]
