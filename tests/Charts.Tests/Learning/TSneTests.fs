module Functional.Charts.Tests.TSneTests

open System
open System.Globalization
open Functional
open Functional.Tests
open Expecto

let private text (values: float[]) =
    String.Join(" ", values |> Array.map (fun v -> v.ToString("R", CultureInfo.InvariantCulture)))

let private numbers (output: string) =
    output.Split([| ' '; '\n' |], StringSplitOptions.RemoveEmptyEntries)
    |> Array.map (fun s -> Double.Parse(s, CultureInfo.InvariantCulture))

/// What a script of scikit-learn prints for samples `x`, as numbers.
let private sklearn (script: string) (x: Tensor) =
    let read =
        "import sys, numpy as np\n"
        + $"x = np.array(sys.stdin.read().split(), dtype=float).reshape(%d{x.Shape[0]}, %d{x.Shape[1]})\n"

    Outside.python [ "numpy"; "sklearn" ] (read + script) (text (Tensor.toFloat64Array x)) |> numbers

let private squaredDistances (x: Tensor) =
    let rows = Tensor.toFloat64Array x |> Array.chunkBySize x.Shape[1]

    Array.init rows.Length (fun i ->
        [| for j in 0 .. rows.Length - 1 do
               if j <> i then
                   Array.fold2 (fun sum a b -> sum + (a - b) * (a - b)) 0.0 rows[i] rows[j] |])

let private iris = lazy (Dataset.iris ()).Features
let private digits = lazy (Dataset.digits ()).Features

/// Points of a random cloud.
let private cloud (seed: int) n =
    let random = Random seed
    Array.init n (fun _ -> random.NextDouble() * 4.0), Array.init n (fun _ -> random.NextDouble() * 4.0)

let private sumsByPairs (xs: float[]) (ys: float[]) i =
    let mutable total, forceX, forceY = 0.0, 0.0, 0.0

    for j in 0 .. xs.Length - 1 do
        let dx, dy = xs[i] - xs[j], ys[i] - ys[j]
        let q = 1.0 / (1.0 + dx * dx + dy * dy)
        total <- total + q
        forceX <- forceX + q * q * dx
        forceY <- forceY + q * q * dy

    total, forceX, forceY

[<Tests>]
let tests =
    [ testCase "conditional probabilities agree with scikit-learn's" (fun () ->
          for perplexity in [ 5.0; 30.0 ] do
              let script =
                  "from sklearn.manifold import _utils\n"
                  + "from sklearn.metrics import pairwise_distances\n"
                  + "d = ((x[:, None, :] - x[None, :, :]) ** 2).sum(-1).astype(np.float32)\n"
                  + $"p = _utils._binary_search_perplexity(d, %g{perplexity}, 0)\n"
                  + "print(' '.join(repr(v) for i in range(len(x)) for j, v in enumerate(p[i]) if j != i))"

              let expected = sklearn script iris.Value
              let actual = squaredDistances iris.Value |> Array.collect (Affinities.conditional perplexity)
              Expect.equal actual.Length expected.Length "as many"
              let largest = Array.map2 (fun a b -> abs (a - b)) expected actual |> Array.max
              Expect.isLessThan largest 1e-6 $"perplexity {perplexity}")

      law "conditional probabilities sum to 1, and their perplexity is the one wanted" (fun (seed: int) ->
          let random = Random seed
          let squared = Array.init (random.Next(20, 60)) (fun _ -> 10.0 * random.NextDouble())
          let perplexity = 2.0 + 10.0 * random.NextDouble()
          let p = Affinities.conditional perplexity squared
          let entropy = -(p |> Array.sumBy (fun p -> if p > 0.0 then p * log p else 0.0))
          abs (Array.sum p - 1.0) < 1e-9 && abs (entropy - log perplexity) < 2e-5)

      law "affinities are symmetric and sum to 1" (fun (seed: int) ->
          let random = Random seed
          let n = random.Next(3, 15)

          let neighbours =
              Array.init n (fun i -> [| 0 .. n - 1 |] |> Array.filter (fun j -> j <> i && random.NextDouble() < 0.5))

          let p =
              Affinities.symmetric neighbours (neighbours |> Array.map (Array.map (fun _ -> random.NextDouble())))

          let dense = Array2D.zeroCreate<float> n n

          for i in 0 .. n - 1 do
              for k in p.Starts[i] .. p.Starts[i + 1] - 1 do
                  dense[i, p.Columns[k]] <- dense[i, p.Columns[k]] + p.Values[k]

          let isSymmetric =
              Seq.forall
                  id
                  (seq {
                      for i in 0 .. n - 1 do
                          for j in 0 .. n - 1 -> abs (dense[i, j] - dense[j, i]) < 1e-12
                  })

          isSymmetric && (p.Values.Length = 0 || abs (Array.sum p.Values - 1.0) < 1e-9))

      law "with an angle of 0 a quadtree's sums are those over all pairs" (fun (seed: int) ->
          let xs, ys = cloud seed 40
          // two of the same place
          xs[1] <- xs[0]
          ys[1] <- ys[0]
          let tree = QuadTree(xs, ys)

          Seq.forall
              id
              (seq {
                  for i in 0..39 do
                      let struct (total, forceX, forceY) = tree.Sums(xs[i], ys[i], 0.0)
                      let total', forceX', forceY' = sumsByPairs xs ys i
                      abs (total - total') < 1e-9 && abs (forceX - forceX') < 1e-9 && abs (forceY - forceY') < 1e-9
              }))

      law "with an angle of a half a quadtree's sums are near those over all pairs" (fun (seed: int) ->
          let xs, ys = cloud seed 200
          let tree = QuadTree(xs, ys)

          Seq.forall
              id
              (seq {
                  for i in 0..199 do
                      let struct (total, _, _) = tree.Sums(xs[i], ys[i], 0.5)
                      let expected, _, _ = sumsByPairs xs ys i
                      abs (total - expected) < 0.02 * expected
              }))

      testCase "the gradient is that of the divergence, by central differences" (fun () ->
          let x = Tensor.sliceAxis 0 0 30 5 iris.Value |> fun x -> Tensor.sliceAxis 0 0 6 1 x
          let all = Array.init 6 (fun i -> [| 0..5 |] |> Array.filter ((<>) i))
          let p = Affinities.ofNeighbours 3.0 all (squaredDistances x)
          let random = Random 2
          let positions = Array.init 12 (fun _ -> random.NextDouble())
          let value positions = snd (TSneDescent.gradient p 1.0 TSneDescent.exact positions)
          let slope, _ = TSneDescent.gradient p 1.0 TSneDescent.exact positions
          let h = 1e-5

          for i in 0..11 do
              let at d = positions |> Array.mapi (fun j v -> if i = j then v + d else v)
              let expected = (value (at h) - value (at -h)) / (2.0 * h)
              Expect.floatClose { absolute = 1e-8; relative = 1e-6 } slope[i] expected $"coordinate {i}")

      testCase "divergences are no worse than scikit-learn's by 5 percent" (fun () ->
          for name, x, method' in
              [ "iris", iris.Value, TSneMethod.Exact
                "iris by Barnes-Hut", iris.Value, TSneMethod.BarnesHut
                "digits by Barnes-Hut", digits.Value, TSneMethod.BarnesHut ] do
              let kind = if method' = TSneMethod.Exact then "exact" else "barnes_hut"

              let script =
                  "from sklearn.manifold import TSNE\n"
                  + $"print(TSNE(method='%s{kind}', init='pca', learning_rate='auto', random_state=0).fit(x).kl_divergence_)"

              let expected = (sklearn script x)[0]
              let result = TSne.embedWith { TSneOptions.defaults with Method = method' } x
              Expect.isLessThanOrEqual result.Divergence (1.05 * expected) name)

      testCase "classes of digits come apart" (fun () ->
          let data = Dataset.digits ()
          let labels = Tensor.toInts data.Labels
          let positions = (TSne.embed data.Features).Positions |> Tensor.toFloat64Array |> Array.chunkBySize 2

          let nearest i =
              [| 0 .. positions.Length - 1 |]
              |> Array.minBy (fun j ->
                  if i = j then
                      infinity
                  else
                      (positions[i].[0] - positions[j].[0]) ** 2.0 + (positions[i].[1] - positions[j].[1]) ** 2.0)

          let right =
              [| for i in 0..3 .. positions.Length - 1 -> if labels[nearest i] = labels[i] then 1.0 else 0.0 |]

          Expect.isGreaterThan (Array.average right) 0.95 "the share of neighbours of the same class")

      testCase "the same samples and key give the same points" (fun () ->
          let run () =
              TSne.embedWith
                  { TSneOptions.defaults with Start = TSneStart.Random(Key.ofInt 1); Iterations = 300 }
                  iris.Value

          Expect.equal (Tensor.toFloat64Array (run ()).Positions) (Tensor.toFloat64Array (run ()).Positions) "")

      testCase "a perplexity that is not below the number of samples is an error" (fun () ->
          Expect.throwsC (fun () -> TSne.embed (Tensor.sliceAxis 0 0 20 1 iris.Value) |> ignore) (fun e ->
              Expect.stringContains e.Message "below the number of samples, 20" "")) ]
    |> testList "Learning.TSne"
