module Functional.Tables.Tests.NeuronTests

open System
open Functional
open Functional.Tests
open FsCheck
open Expecto
open Functional.Tables.Tests.Sklearn

let private corners = [| [| 0.0; 0.0 |]; [| 0.0; 1.0 |]; [| 1.0; 0.0 |]; [| 1.0; 1.0 |] |]
let private vector (values: float list) = Tensor.ofFloat64Array [ values.Length ] (Array.ofList values)
let private zeros = { NeuronOptions.defaults with Start = NeuronStart.Zeros }

let private two (table: Table) =
    let kept = Array.zip table.X table.Y |> Array.filter (fun (_, y) -> y < 2.0)
    { X = Array.map fst kept; Y = Array.map snd kept }

/// One step of each loss by its definition, the gradient by central differences.
let private numericalStep activation loss (weights: float[][]) (biases: float[]) (row: float[]) label =
    let classes = biases.Length

    let targets =
        Array.init classes (fun k ->
            if k = label then 1.0
            elif activation = NeuronActivation.Tanh then -1.0
            else 0.0)

    let value (weights: float[][]) (biases: float[]) =
        let z =
            Array.map2 (fun (w: float[]) b -> b + Array.fold2 (fun s a b -> s + a * b) 0.0 w row) weights biases

        let y =
            match activation with
            | NeuronActivation.Linear -> z
            | NeuronActivation.Sigmoid -> z |> Array.map (fun z -> 1.0 / (1.0 + exp -z))
            | NeuronActivation.Tanh -> z |> Array.map tanh
            | NeuronActivation.Softmax -> z |> Array.map (fun z' -> exp z' / Array.sumBy exp z)

        Array.map2
            (fun t y ->
                match loss with
                | NeuronLoss.SquaredError -> (t - y) ** 2.0 / 2.0
                | NeuronLoss.BinaryCrossentropy -> -t * log y - (1.0 - t) * log (1.0 - y)
                | NeuronLoss.CategoricalCrossentropy -> -t * log y)
            targets
            y
        |> Array.sum

    let slope k j =
        let moved d =
            let weights, biases = Array.map Array.copy weights, Array.copy biases

            if j < row.Length then
                weights[k].[j] <- weights[k].[j] + d
            else
                biases[k] <- biases[k] + d

            value weights biases

        (moved 1e-6 - moved -1e-6) / 2e-6

    Array.init classes (fun k -> Array.init (row.Length + 1) (slope k))

[<Tests>]
let tests =
    [ testCase "a perceptron learns AND: no sample is wrong at the end, and the line parts the corners" (fun () ->
          let x = tensorOf corners

          for output, targets in
              [ PerceptronOutput.Step, [ 0.0; 0.0; 0.0; 1.0 ]
                PerceptronOutput.Linear, [ -1.0; -1.0; -1.0; 1.0 ] ] do
              let learned =
                  Perceptron.fit
                      output
                      { NeuronOptions.defaults with LearningRate = 0.1; Keep = NeuronHistory.Updates }
                      x
                      (vector targets)

              Expect.equal (floats (Perceptron.predict x learned)) targets "predictions"
              Expect.equal (Array.last learned.Errors) 0.0 "errors"
              Expect.isGreaterThan learned.Errors[0] 0.0 "it had to learn"

              Expect.equal
                  (learned.History.Weights.Length, learned.History.Biases.Length)
                  (1 + int (Array.sum learned.Errors), 1 + int (Array.sum learned.Errors))
                  "a line for each change, and the first"

              Expect.equal
                  (Array.last learned.History.Weights, Array.last learned.History.Biases)
                  (learned.Weights, learned.Bias)
                  "the last line")

      testCase "the linear perceptron is scikit-learn's" (fun () ->
          let table = two (wine ()) |> scaled
          let targets = { table with Y = table.Y |> Array.map (fun v -> 2.0 * v - 1.0) }

          let expected =
              run
                  "from sklearn.linear_model import Perceptron\nm = Perceptron(eta0=0.3, shuffle=False, tol=None, max_iter=5).fit(x, y)\nresult = [m.coef_, m.intercept_]"
                  targets

          let learned =
              Perceptron.fit
                  PerceptronOutput.Linear
                  { zeros with LearningRate = 0.3; Iterations = 5; ErrorBound = -1.0 }
                  (x targets)
                  (y targets)

          Peer.agree expected (List.ofArray learned.Weights @ [ learned.Bias ]))

      testCase
          "the learner of perceptrons tells the classes 0 and 1 apart, and comes back from its saved form"
          (fun () ->
              let table = two (iris ())

              for output in [ PerceptronOutput.Step; PerceptronOutput.Linear ] do
                  let fitted = Perceptron.learner output NeuronOptions.defaults |> Learner.fit (x table) (y table)
                  Expect.equal (Learner.score (x table) (y table) fitted) 1.0 "setosa and versicolor are apart"
                  comesBack (x table) fitted)

      testCase "ADALINE on three points comes to the line through them" (fun () ->
          let x = tensorOf [| [| 1.0 |]; [| 2.0 |]; [| 3.0 |] |]

          let learned =
              Adaline.fit
                  { NeuronOptions.defaults with LearningRate = 0.05; Iterations = 5000; ErrorBound = 1e-16 }
                  x
                  (vector [ 3.0; 5.0; 7.0 ])

          Expect.floatClose Accuracy.medium learned.Weights[0] 2.0 "slope"
          Expect.floatClose Accuracy.medium learned.Bias 1.0 "intercept"
          Expect.isLessThan learned.Errors.Length 5000 "ends at the bound"
          Expect.isLessThanOrEqual (Array.last learned.Errors) 1e-16 "error"
          Expect.equal learned.History.Weights.Length (learned.Errors.Length + 1) "a line an iteration, and the first")

      testCase "ADALINE and the sigmoid neuron are scikit-learn's stochastic gradient" (fun () ->
          let table = two (iris ()) |> scaled

          let lines model =
              "from sklearn.linear_model import *\nm = " + model + ".fit(x, y)\nresult = [m.coef_, m.intercept_]"

          let options = { zeros with LearningRate = 0.02; Iterations = 7 }
          let numbers (n: Neuron) = List.ofArray n.Weights @ [ n.Bias ]
          let arguments = "learning_rate='constant', eta0=0.02, penalty=None, shuffle=False, tol=None, max_iter=7"

          Peer.agree
              (run (lines $"SGDRegressor(loss='squared_error', %s{arguments})") table)
              (numbers (Adaline.fit options (x table) (y table)))

          Peer.agree
              (run (lines $"SGDClassifier(loss='log_loss', %s{arguments})") table)
              (numbers (Neuron.fit NeuronActivation.Sigmoid NeuronLoss.BinaryCrossentropy options (x table) (y table))))

      testCase "a layer moves by alpha times the negative gradient, for every activation and loss" (fun () ->
          let weights, biases = [| [| 0.3; -0.2 |]; [| 0.1; 0.4 |]; [| -0.5; 0.2 |] |], [| 0.1; -0.3; 0.2 |]
          let rows, labels = [| [| 0.7; -1.1 |]; [| 0.2; 0.3 |]; [| -0.4; 0.9 |] |], [ 0.0; 1.0; 2.0 ]

          for activation, loss in
              [ NeuronActivation.Linear, NeuronLoss.SquaredError
                NeuronActivation.Sigmoid, NeuronLoss.SquaredError
                NeuronActivation.Tanh, NeuronLoss.SquaredError
                NeuronActivation.Softmax, NeuronLoss.SquaredError
                NeuronActivation.Sigmoid, NeuronLoss.BinaryCrossentropy
                NeuronActivation.Softmax, NeuronLoss.CategoricalCrossentropy ] do
              let options =
                  { zeros with
                      LearningRate = 0.5
                      Iterations = 1
                      BatchSize = 3
                      Start = NeuronStart.Given(weights, biases) }

              let learned = NeuronLayer.fit activation loss options (tensorOf rows) (vector labels)
              let slopes = rows |> Array.mapi (fun i row -> numericalStep activation loss weights biases row i)

              for k in 0..2 do
                  for j in 0..2 do
                      let before, after =
                          if j < 2 then
                              weights[k].[j], learned.Weights[k].[j]
                          else
                              biases[k], learned.Biases[k]

                      let slope = slopes |> Array.averageBy (fun s -> s[k].[j])

                      Expect.floatClose
                          { absolute = 1e-8; relative = 1e-8 }
                          after
                          (before - 0.5 * slope)
                          $"{activation}, {loss}: {k}, {j}")

      testCase "layers tell the kinds of iris apart, and come back from their saved form" (fun () ->
          let table = scaled (iris ())

          for activation, loss in
              [ NeuronActivation.Softmax, NeuronLoss.CategoricalCrossentropy
                NeuronActivation.Sigmoid, NeuronLoss.BinaryCrossentropy
                NeuronActivation.Tanh, NeuronLoss.SquaredError ] do
              let options = { NeuronOptions.defaults with LearningRate = 0.05; Iterations = 200; Shuffle = true }
              let fitted = NeuronLayer.learner activation loss options |> Learner.fit (x table) (y table)
              Expect.isGreaterThan (Learner.score (x table) (y table) fitted) 0.88 "accuracy"
              comesBack (x table) fitted)

      testCase "outputs of neurons come back from their saved form" (fun () ->
          let table = scaled (iris ())

          comesBack
              (x table)
              (Neuron.learner NeuronActivation.Tanh NeuronLoss.SquaredError NeuronOptions.defaults
               |> Learner.fit (x table) (y table)))

      testCase "losses and targets that do not fit, and steps that are too long, are errors that say so" (fun () ->
          let x, y = tensorOf corners, vector [ 0.0; 0.0; 0.0; 1.0 ]

          let says part (action: unit -> 'T) =
              Expect.throwsC (fun () -> action () |> ignore) (fun e -> Expect.stringContains e.Message part "")

          says "takes -1 and 1" (fun () -> Perceptron.fit PerceptronOutput.Linear zeros x y)

          says "goes with the sigmoid" (fun () ->
              Neuron.fit NeuronActivation.Tanh NeuronLoss.BinaryCrossentropy zeros x y)

          says "smaller LearningRate" (fun () -> Adaline.fit { zeros with LearningRate = 1e3; Iterations = 10000 } x y)

          says "rows of 2 weights" (fun () ->
              Adaline.fit { zeros with Start = NeuronStart.Given([| [| 1.0 |] |], [| 0.0 |]) } x y)) ]
    |> testList "Learners.Neurons"
