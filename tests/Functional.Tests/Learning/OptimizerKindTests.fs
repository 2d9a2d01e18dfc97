/// Adafactor, FTRL, Muon, schedule-free AdamW, scaling of the loss, and averages that overwrite.
module Functional.Tests.OptimizerKindTests

open Expecto
open Functional
open Functional.Tests

let private key = Key.ofInt 91
let private shape = [ 6; 4 ]
let private start = Random.normalOf Float64 0.0 1.0 (Key.fold 1 key) shape
let private bias = Random.normalOf Float64 0.0 1.0 (Key.fold 2 key) [ 4 ]
let private count = 20
let private slopes = Random.normalOf Float64 0.0 0.3 (Key.fold 3 key) (count :: shape)
let private biasSlopes = Random.normalOf Float64 0.0 0.3 (Key.fold 4 key) [ count; 4 ]
let private treeOf w b = Tree.ofList [ "kernel", w; "bias", b ]
let private first = treeOf start bias

/// The state and the weights after so many steps with the gradients.
let private after n (optimizer: Optimizer) =
    let mutable state, weights = optimizer.Init first, first

    for step in 0 .. n - 1 do
        let updates, next = optimizer.Update (treeOf slopes[step] biasSlopes[step]) state weights
        weights <- Optimizer.apply updates weights
        state <- next

    state, weights

let private numbers tree = Tree.leaves tree |> List.map Tensor.toFloat64Array |> Array.concat

/// The rules in NumPy, written from the papers.
let private there =
    lazy
        (Peer.run
            [ "numpy" ]
            """
G, B, n = x['slopes'], x['biasSlopes'], len(x['slopes'])
def adafactor(w, g, lr=0.3):
    v = r = c = 0.0
    for t in range(1, n + 1):
        beta = 1 - t ** -0.8
        q = g[t - 1] ** 2 + 1e-30
        if w.ndim == 2:
            r = beta * r + (1 - beta) * q.mean(-1)
            c = beta * c + (1 - beta) * q.mean(-2)
            v = np.outer(r, c) / r.mean()
        else:
            v = beta * v + (1 - beta) * q
        u = g[t - 1] / np.sqrt(v)
        u = u / max(1.0, np.sqrt((u ** 2).mean()))
        w = w - max(1e-3, np.sqrt((w ** 2).mean())) * min(lr, t ** -0.5) * u
    return w
def both(name, f):
    give(name, np.concatenate([f(x['kernel'], G).reshape(-1), f(x['bias'], B).reshape(-1)]))
both('adafactor', adafactor)
def free(w, g, lr=0.1, b1=0.9, b2=0.99, warm=5):
    z, xx, v = w.copy(), w.copy(), 0 * w
    for t in range(1, n + 1):
        rate = lr * min(1.0, t / warm)
        v = b2 * v + (1 - b2) * g[t - 1] ** 2
        z = z - rate * g[t - 1] / (np.sqrt(v / (1 - b2 ** t)) + 1e-8)
        xx = (1 - 1 / t) * xx + z / t
    return xx, (1 - b1) * z + b1 * xx
both('freeAverage', lambda w, g: free(w, g)[0])
both('free', lambda w, g: free(w, g)[1])
def muon(w, g, lr=0.05):
    m = 0 * w
    for t in range(1, n + 1):
        m = 0.95 * m + g[t - 1]
        d = g[t - 1] + 0.95 * m
        X = d.T / (np.linalg.norm(d) + 1e-7)
        for _ in range(6):
            A = X @ X.T
            X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
        w = w - lr * 0.1 * w - lr * X.T * np.sqrt(max(1.0, w.shape[0] / w.shape[1]))
    return w
def adamw(w, g, lr=0.05):
    m, v = 0 * w, 0 * w
    for t in range(1, n + 1):
        m = 0.9 * m + 0.1 * g[t - 1]
        v = 0.999 * v + 0.001 * g[t - 1] ** 2
        w = w - lr * 0.1 * w - 0.1 * lr * np.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t) * m / (np.sqrt(v) + 1e-7)
    return w
give('muon', np.concatenate([muon(x['kernel'], G).reshape(-1), adamw(x['bias'], B)]))
def ftrl(w, g, lr=0.2, l1=0.01, l2=0.02, shrink=0.03, beta=0.5):
    s, z = 0 * w + 0.1, 0 * w
    for t in range(n):
        s2 = s + g[t] ** 2
        z = z + g[t] + 2 * shrink * w - (np.sqrt(s2) - np.sqrt(s)) / lr * w
        w = np.where(abs(z) <= l1, 0.0, (np.sign(z) * l1 - z) / ((beta + np.sqrt(s2)) / lr + 2 * l2))
        s = s2
    return w
both('ftrl', ftrl)
"""
            [ "kernel", start; "bias", bias; "slopes", slopes; "biasSlopes", biasSlopes ])

let private added =
    [ Optimizer.adafactor 0.01
      Optimizer.ftrl 0.1
      Optimizer.muon 0.02
      Optimizer.scheduleFreeAdamw 0.01
      Optimizer.lossScaling LossScalingOptions.defaults (Optimizer.adam 0.01)
      Optimizer.emaWith { Momentum = 0.9; OverwriteFrequency = Some 3 } (Optimizer.sgd 0.1) ]

/// A run of training whose every step is compiled, in so many epochs.
let private train (optimizer: Optimizer) epochs =
    let options = { Training.options with Optimizer = optimizer; Epochs = epochs }
    Learn.fit options Training.net Training.train key

[<Tests>]
let tests =
    [ testCase "Adafactor, FTRL, Muon and schedule-free AdamW are their papers' rules in NumPy" (fun () ->
          let run name optimizer = Peer.agree 1e-9 name there.Value[name] (numbers (snd (after count optimizer)))
          run "adafactor" (Optimizer.adafactor 0.3)
          run "muon" (Optimizer.muon 0.05)

          run
              "ftrl"
              (Optimizer.ftrlWith
                  { FtrlOptions.defaults with
                      LearningRate = 0.2
                      L1 = 0.01
                      L2 = 0.02
                      L2Shrinkage = 0.03
                      Beta = 0.5 })

          let free =
              Optimizer.scheduleFreeAdamwWith
                  { ScheduleFreeOptions.defaults with LearningRate = 0.1; Beta2 = 0.99; WarmupSteps = 5 }

          run "free" free
          let averages = (Optimizer.averages (fst (after count free))).Value
          Peer.agree 1e-9 "average" there.Value["freeAverage"] (numbers averages))

      testCase "Muon's matrices move by nearly orthogonal steps, and what is excluded by Adam's" (fun () ->
          let step (optimizer: Optimizer) =
              let updates, _ = optimizer.Update (treeOf slopes[0] biasSlopes[0]) (optimizer.Init first) first
              updates["kernel"]

          let plain = { MuonOptions.defaults with LearningRate = 1.0; WeightDecay = 0.0 }
          let moved = step (Optimizer.muonWith plain) / sqrt 1.5
          let square = Tensor.matmul (Tensor.transpose moved) moved

          for i in 0..3 do
              for j in 0..3 do
                  let wanted = if i = j then 1.0 else 0.0
                  let found = Tensor.toFloat square[i, j]
                  Expect.True(abs (found - wanted) < 0.45, $"{i}, {j}: {found}")

          let excluded = step (Optimizer.muonWith { plain with ExcludeLayers = [ "kernel" ] })

          Peer.agree
              1e-3
              "Adam's first step"
              (slopes[0] |> Tensor.sign |> Tensor.toFloat64Array)
              (Tensor.toFloat64Array (excluded * -10.0)))

      testCase "all of them train in the compiled step, and a run that is resumed ends in the same bits" (fun () ->
          for optimizer in added do
              let whole = train optimizer 4

              Expect.True(
                  List.last whole.History["loss"] < whole.History["loss"].Head,
                  $"{optimizer.Name}: {whole.History}"
              )

              let half = train optimizer 2
              let options = { Training.options with Optimizer = optimizer; Epochs = 4 }
              let resumed = Learn.resume options Training.net Training.train half.State
              Training.sameBits whole.Model resumed.Model)

      testCase "memory of Adafactor is that of rows and columns" (fun () ->
          let state = (Optimizer.adafactor 0.1).Init(Tree.ofList [ "w", Tensor.zeros [ 30; 50 ] ])
          Expect.True(Tree.leaves state |> List.sumBy _.Size < 90, "no more than 30 + 50 numbers and a few"))

      testCase "Adafactor leaves rows and columns without a gradient, in float32 too" (fun () ->
          let w = Tree.ofList [ "w", Tensor.ones [ 3; 3 ] ]
          let slope = Tree.ofList [ "w", tensor [ [ 0.0; 0.0; 0.0 ]; [ 0.0; 5.0; 1.0 ]; [ 0.0; 1.0; 2.0 ] ] ]
          let optimizer = Optimizer.adafactor 0.1
          let updates, _ = optimizer.Update slope (optimizer.Init w) w
          let moved = numbers updates |> Array.map ((<>) 0.0)
          Expect.True(numbers updates |> Array.forall System.Double.IsFinite, $"{updates}")
          Expect.Equal<bool[]>([| false; false; false; false; true; true; false; true; true |], moved))

      testCase "Nesterov without momentum is plain descent" (fun () ->
          let plain = snd (after 5 (Optimizer.sgd 0.1))
          let options = { SgdOptions.defaults with LearningRate = 0.1; Nesterov = true }
          Expect.Equal<float[]>(numbers plain, numbers (snd (after 5 (Optimizer.sgdWith options)))))

      testCase "an average begins with the weights of the first step, and overwrites them when it is time" (fun () ->
          let optimizer = Optimizer.emaWith { Momentum = 0.9; OverwriteFrequency = Some 3 } (Optimizer.sgd 1.0)
          let one = Tree.ofList [ "w", tensorOf Float64 [ 3.0 ] ]
          let slope = Tree.ofList [ "w", tensorOf Float64 [ 1.0 ] ]

          let found =
              ((one, optimizer.Init one), [ 1..3 ])
              ||> List.scan (fun (w, state) _ ->
                  let updates, state = optimizer.Update slope state w
                  Optimizer.apply updates w, state)
              |> List.map (fun (w, _) -> (numbers w)[0])

          Peer.agree 1e-12 "weights" [| 3.0; 2.0; 1.0; 1.71 |] (Array.ofList found))

      testCase "weight decay leaves out parameters by text and by predicate" (fun () ->
          let zero = treeOf (Tensor.zerosLike start) (Tensor.zerosLike bias)

          let decayed (optimizer: Optimizer) =
              let updates, _ = optimizer.Update zero (optimizer.Init first) first
              numbers updates |> Array.map ((<>) 0.0)

          let expected = Array.append (Array.create 24 true) (Array.create 4 false)
          Expect.Equal<bool[]>(expected, decayed (Optimizer.withWeightDecayExcept [ "bias" ] 0.1 (Optimizer.sgd 0.1)))
          let isKernel (path: string) = path.EndsWith "kernel"
          Expect.Equal<bool[]>(expected, decayed (Optimizer.withWeightDecayOf isKernel 0.1 (Optimizer.sgd 0.1))))

      testCase "a scaled loss gives the same weights in float64, and its reported value is not scaled" (fun () ->
          let plain, scaled = Optimizer.sgd 0.1, Optimizer.lossScale 1024.0 (Optimizer.sgd 0.1)
          let options optimizer = { Training.options with Optimizer = optimizer; Epochs = 2 }
          let model = Model.cast Float64 (Model.create (dense 8 --> tanh --> dense 3 --> softmax) [ 2 ] key)
          let run optimizer = Learn.fitModel (options optimizer) model Training.train key
          let a, b = run plain, run scaled
          Peer.agree 1e-12 "weights" (Training.weights a.Model) (Training.weights b.Model)
          Peer.agree 1e-12 "loss" (Array.ofList a.History["loss"]) (Array.ofList b.History["loss"]))

      testCase
          "a gradient that is not finite leaves the weights, and halves the scale; finite ones double it"
          (fun () ->
              let optimizer =
                  Optimizer.lossScaling { InitialScale = 8.0; DynamicGrowthSteps = 2 } (Optimizer.adam 0.1)

              let w = Tree.ofList [ "w", tensorOf Float64 [ 1.0 ] ]
              let slope (v: float) = Tree.ofList [ "w", tensorOf Float64 [ v ] ]
              let scaleOf (state: Tree<Tensor>) = Tensor.toFloat state["loss_scale"]
              let step v state = optimizer.Update (slope v) state w
              let start = optimizer.Init w
              let skipped, s1 = step infinity start
              Expect.Equal<float[]>([| 0.0 |], numbers skipped)
              Expect.Equal(4.0, scaleOf s1)
              let _, s2 = step 1.0 s1
              let moved, s3 = step 1.0 s2
              Expect.Equal(8.0, scaleOf s3)
              Expect.True((numbers moved)[0] < 0.0, "it moves")
              let kept (state: Tree<Tensor>) = Tree.tryFind "optimizer" state |> Option.map numbers
              Expect.Equal<float[] option>(kept start, kept s1))

      testCase "in float16 a loss whose gradients vanish is learned from with scaling alone" (fun () ->
          let tiny = Loss.custom "tiny" (fun y p -> 1e-6 * Tensor.meanOver [ -1 ] (Tensor.square (y - p)))
          let model = Model.cast Float16 (Model.create (dense 1) [ 2 ] key)
          let x = Tensor.ones [ 8; 2 ]
          let data = Dataset.ofTensors x (Tensor.full [ 8; 1 ] 0.01)

          let run optimizer =
              let options = { Fit.defaults with Loss = tiny; Optimizer = optimizer; Epochs = 3 }
              Learn.fitModel options model data key

          let adam = Optimizer.sgd 1000.0
          let scaled = run (Optimizer.lossScaling { LossScalingOptions.defaults with InitialScale = 1024.0 } adam)
          Expect.True(Training.weights scaled.Model <> Training.weights model, "scaling moves the weights")) ]
    |> testList "Learning.OptimizerKinds"
