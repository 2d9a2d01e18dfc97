/// The rules of optimizers against their formulas written over plain arrays, and against PyTorch.
module Functional.Tests.OptimizerRuleTests

open System
open System.Globalization
open Expecto
open Functional
open Functional.Tests.OptimizerRuns

let private adamLike decay amsgrad =
    let m, v, largest = slots 0.0, slots 0.0, slots 0.0

    plain (fun t i w g ->
        m[i] <- 0.9 * m[i] + 0.1 * g
        v[i] <- 0.999 * v[i] + 0.001 * g * g
        largest[i] <- max largest[i] v[i]
        let a = 0.01 * sqrt (1.0 - 0.999 ** float t) / (1.0 - 0.9 ** float t)
        w - 0.01 * decay * w - a * m[i] / (sqrt (if amsgrad then largest[i] else v[i]) + 1e-7))

let private torchScript =
    """
import sys, torch
torch.set_default_dtype(torch.float64)
lines = sys.stdin.read().splitlines()
first = [float(x) for x in lines[0].split()]
gradients = [[float(x) for x in line.split()] for line in lines[1:]]
def run(make):
    p = torch.tensor(first, dtype=torch.float64, requires_grad=True)
    optimizer = make([p])
    for g in gradients:
        p.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
    print(' '.join(repr(x) for x in p.tolist()))
o = torch.optim
run(lambda p: o.SGD(p, lr=0.03))
run(lambda p: o.SGD(p, lr=0.03, momentum=0.9))
run(lambda p: o.SGD(p, lr=0.03, momentum=0.9, nesterov=True))
run(lambda p: o.SGD(p, lr=0.03, momentum=0.9, weight_decay=0.1))
run(lambda p: o.RMSprop(p, lr=0.01))
run(lambda p: o.RMSprop(p, lr=0.01, momentum=0.8, centered=True))
run(lambda p: o.Adagrad(p, lr=0.1))
run(lambda p: o.Adadelta(p, lr=1.0))
run(lambda p: o.Adam(p, lr=0.01))
run(lambda p: o.Adam(p, lr=0.01, amsgrad=True))
run(lambda p: o.AdamW(p, lr=0.01, weight_decay=0.01))
run(lambda p: o.Adamax(p, lr=0.002))
# before its version 2, PyTorch multiplied a momentum into the product twice
if int(torch.__version__.split('.')[0]) >= 2: run(lambda p: o.NAdam(p, lr=0.002))
"""

[<Tests>]
let tests =
    [ testCase "sgd follows its formula" (fun () ->
          plain (fun _ _ w g -> w - 0.03 * g) |> near "sgd" <| ours (Optimizer.sgd 0.03))

      testCase "momentum and Nesterov follow their formulas" (fun () ->
          let v = slots 0.0

          plain (fun _ i w g ->
              v[i] <- 0.9 * v[i] - 0.03 * g
              w + v[i])
          |> near "momentum"
          <| ours (Optimizer.momentum 0.03 0.9)

          let v = slots 0.0

          plain (fun _ i w g ->
              v[i] <- 0.9 * v[i] - 0.03 * g
              w + 0.9 * v[i] - 0.03 * g)
          |> near "nesterov"
          <| ours (Optimizer.nesterov 0.03 0.9))

      testCase "RMSprop follows its formula, centered and with momentum" (fun () ->
          let s = slots 0.0

          plain (fun _ i w g ->
              s[i] <- 0.9 * s[i] + 0.1 * g * g
              w - 0.01 * g / sqrt (s[i] + 1e-7))
          |> near "rmsprop"
          <| ours (Optimizer.rmsprop 0.01)

          let s, m, v = slots 0.0, slots 0.0, slots 0.0

          plain (fun _ i w g ->
              s[i] <- 0.9 * s[i] + 0.1 * g * g
              m[i] <- 0.9 * m[i] + 0.1 * g
              v[i] <- 0.8 * v[i] + 0.01 * g / sqrt (s[i] - m[i] * m[i] + 1e-7)
              w - v[i])
          |> near "centered rmsprop"
          <| ours (
              Optimizer.rmspropWith
                  { RmspropOptions.defaults with LearningRate = 0.01; Momentum = 0.8; Centered = true }
          ))

      testCase "Adagrad and Adadelta follow their formulas" (fun () ->
          let s = slots 0.1

          plain (fun _ i w g ->
              s[i] <- s[i] + g * g
              w - 0.1 * g / sqrt (s[i] + 1e-7))
          |> near "adagrad"
          <| ours (Optimizer.adagrad 0.1)

          let a, d = slots 0.0, slots 0.0

          plain (fun _ i w g ->
              a[i] <- 0.95 * a[i] + 0.05 * g * g
              let step = sqrt (d[i] + 1e-7) / sqrt (a[i] + 1e-7) * g
              d[i] <- 0.95 * d[i] + 0.05 * step * step
              w - 0.5 * step)
          |> near "adadelta"
          <| ours (Optimizer.adadelta 0.5))

      testCase "Adam, AMSGrad and AdamW follow their formulas" (fun () ->
          adamLike 0.0 false |> near "adam" <| ours (Optimizer.adam 0.01)

          adamLike 0.0 true |> near "amsgrad"
          <| ours (Optimizer.adamWith { AdamOptions.defaults with LearningRate = 0.01; AmsGrad = true })

          adamLike 0.004 false |> near "adamw" <| ours (Optimizer.adamw 0.01))

      testCase "Adamax follows its formula" (fun () ->
          let m, u = slots 0.0, slots 0.0

          plain (fun t i w g ->
              m[i] <- 0.9 * m[i] + 0.1 * g
              u[i] <- max (0.999 * u[i]) (abs g)
              w - 0.01 * m[i] / ((1.0 - 0.9 ** float t) * (u[i] + 1e-7)))
          |> near "adamax"
          <| ours (Optimizer.adamax 0.01))

      testCase "Nadam follows its formula" (fun () ->
          let m, v = slots 0.0, slots 0.0
          let momentum t = 0.9 * (1.0 - 0.5 * 0.96 ** float t)
          let product t = Seq.fold (fun p s -> p * momentum s) 1.0 (seq { 1..t })

          plain (fun t i w g ->
              m[i] <- 0.9 * m[i] + 0.1 * g
              v[i] <- 0.999 * v[i] + 0.001 * g * g

              let ahead =
                  momentum (t + 1) * m[i] / (1.0 - product (t + 1)) + (1.0 - momentum t) * g / (1.0 - product t)

              w - 0.01 * ahead / (sqrt (v[i] / (1.0 - 0.999 ** float t)) + 1e-7))
          |> near "nadam"
          <| ours (Optimizer.nadam 0.01))

      testCase "Lion follows its formula" (fun () ->
          let m = slots 0.0

          plain (fun _ i w g ->
              let step = float (sign (0.9 * m[i] + 0.1 * g))
              m[i] <- 0.99 * m[i] + 0.01 * g
              w - 0.003 * step)
          |> near "lion"
          <| ours (Optimizer.lion 0.003))

      testCase "LAMB follows its formula, with a norm for each parameter" (fun () ->
          let m, v = slots 0.0, slots 0.0
          let weights = Array.copy first
          let norm (x: float[]) = sqrt (Array.sumBy (fun v -> v * v) x)

          for t in 1..steps do
              let directions =
                  Array.init size (fun i ->
                      let g = gradients[t - 1][i]
                      m[i] <- 0.9 * m[i] + 0.1 * g
                      v[i] <- 0.999 * v[i] + 0.001 * g * g
                      m[i] / (1.0 - 0.9 ** float t) / (sqrt (v[i] / (1.0 - 0.999 ** float t)) + 1e-7))

              // the tree of the weights has the first three and the other four
              for part in [ [| 0..2 |]; [| 3 .. size - 1 |] ] do
                  let ratio = norm (Array.map (Array.get weights) part) / norm (Array.map (Array.get directions) part)

                  for i in part do
                      weights[i] <- weights[i] - 0.01 * ratio * directions[i]

          near "lamb" weights (ours (Optimizer.lamb 0.01)))

      testCase "the PyTorch forms agree with PyTorch after 50 steps" (fun () ->
          let text (values: float[]) =
              values |> Array.map (fun v -> v.ToString("R", CultureInfo.InvariantCulture)) |> String.concat " "

          let input = text first :: (gradients |> Array.map text |> List.ofArray) |> String.concat "\n"

          let theirs =
              (Outside.python [ "torch" ] torchScript input).Trim().Split '\n'
              |> Array.map (fun line ->
                  line.Split ' ' |> Array.map (fun v -> Double.Parse(v, CultureInfo.InvariantCulture)))

          let torchSgd nesterov =
              Optimizer.sgdWith { LearningRate = 0.03; Momentum = 0.9; Nesterov = nesterov; Form = UpdateForm.PyTorch }

          let adam = { AdamOptions.pytorch with LearningRate = 0.01 }

          let cases =
              [ "SGD", Optimizer.sgd 0.03
                "SGD with momentum", torchSgd false
                "SGD with Nesterov", torchSgd true
                "SGD with weight decay", Optimizer.chain [ Optimizer.addDecayedWeights 0.1; torchSgd false ]
                "RMSprop", Optimizer.rmspropWith RmspropOptions.pytorch
                "centered RMSprop",
                Optimizer.rmspropWith { RmspropOptions.pytorch with Momentum = 0.8; Centered = true }
                "Adagrad", Optimizer.adagradWith { AdagradOptions.pytorch with LearningRate = 0.1 }
                "Adadelta", Optimizer.adadeltaWith AdadeltaOptions.pytorch
                "Adam", Optimizer.adamWith adam
                "AMSGrad", Optimizer.adamWith { adam with AmsGrad = true }
                "AdamW", Optimizer.adamwWith { adam with WeightDecay = 0.01 }
                "Adamax", Optimizer.adamaxWith AdamaxOptions.pytorch
                "NAdam", Optimizer.nadamWith NadamOptions.pytorch ]

          Expect.InRange(theirs.Length, cases.Length - 1, cases.Length)

          for (name, optimizer), expected in Seq.zip cases theirs do
              near name expected (ours optimizer)) ]
    |> testList "Learning.OptimizerRule"
