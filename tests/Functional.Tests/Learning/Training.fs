/// What the tests of training share.
module Functional.Tests.Training

open System
open Expecto
open Functional

/// Points in the plane, of three classes by their angle.
let points count seed =
    let x = Random.normal (Key.ofInt seed) [ count; 2 ]
    let values = Tensor.toArray x

    let labels =
        Array.init count (fun i ->
            let angle = atan2 (float values[2 * i + 1]) (float values[2 * i]) + Math.PI
            min 2 (int (angle / (2.0 * Math.PI) * 3.0)))

    Dataset.ofTensors x (Tensor.ofInts [ count ] labels)

let train = points 200 1

let net = dense 16 --> relu --> dropout 0.1 --> dense 3 --> softmax

let options =
    { Fit.defaults with
        Optimizer = Optimizer.adam 0.01
        Loss = Loss.sparseCategoricalCrossentropy
        Metrics = [ Metric.accuracy ]
        Epochs = 3 }

let weights (model: Model) =
    Variables.flatten model.Variables
    |> List.map (fun v -> Tensor.toFloat64Array v.Tensor)
    |> Array.concat

let sameBits (a: Model) (b: Model) = Expect.Equal<float[]>(weights a, weights b)
