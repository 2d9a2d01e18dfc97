module Functional.Tables.Tests.NeighbourTests

open System
open Functional
open Functional.Kernels
open Functional.Tests
open FsCheck
open Expecto
open Functional.Tables.Tests.Sklearn

let private defaults = KNearestNeighboursOptions.defaults

let private metrics =
    [ "metric='euclidean'", Distance.Euclidean
      "metric='manhattan'", Distance.Manhattan
      "metric='chebyshev'", Distance.Chebyshev
      "metric='minkowski', p=3", Distance.Minkowski 3.0
      "metric='cosine'", Distance.Cosine ]

/// Samples on a coarse grid: many distances are equal.
let private random seed rows features =
    let random = Random(seed: int)
    Array.init rows (fun _ -> Array.init features (fun _ -> float (random.Next 20) / 4.0))

let private nearest distance k (rows: float[][]) (queries: float[][]) =
    let y = Tensor.zerosOf Float64 [ rows.Length ]

    KNearestNeighbours.fitRegressor { defaults with Distance = distance; Neighbours = k } (tensorOf rows) y
    |> KNearestNeighbours.neighbours k (tensorOf queries)

/// What it means: all distances, sorted by distance and index.
let private byHand distance k (rows: float[][]) (query: float[]) =
    rows
    |> Array.mapi (fun i row -> Distance.between distance query row, i)
    |> Array.sort
    |> Array.take k

[<Tests>]
let tests =
    [ testCase
          "distances to the nearest samples are scikit-learn's by every metric, in few features and in many"
          (fun () ->
              for table in [ iris (); every 4 0 (digits ()); scaled (wine ()) ] do
                  for name, distance in metrics do
                      let expected =
                          run
                              ("from sklearn.neighbors import NearestNeighbors\n"
                               + $"result = NearestNeighbors(n_neighbors=7, %s{name}).fit(x).kneighbors(x[:100])[0]")
                              table

                      let _, distances = nearest distance 7 table.X table.X[..99]
                      Peer.agree expected (floats distances))

      testCase "predictions and probabilities are scikit-learn's" (fun () ->
          // scaled wine has no two neighbours at the same distance
          let train, test = every 2 0 (scaled (wine ())), every 2 1 (scaled (wine ()))

          for name, weights in [ "uniform", NeighbourWeights.Uniform; "distance", NeighbourWeights.Distance ] do
              let options = { defaults with Weights = weights }

              let lines kind results =
                  $"from sklearn.neighbors import *\nm = %s{kind}(weights='%s{name}').fit(x, y)\nresult = [%s{results}]"

              let expected =
                  runWith
                      [ test.X ]
                      (lines "KNeighborsClassifier" "m.predict(others[0]), m.predict_proba(others[0])")
                      train

              let model = KNearestNeighbours.fitClassifier options (x train) (y train)

              Peer.agree
                  expected
                  (floats (KNearestNeighbours.predict (x test) model)
                   @ floats (KNearestNeighbours.probabilities (x test) model))

              comesBack (x test) (KNearestNeighbours.fitted model)

              let expected =
                  runWith [ test.X ] (lines "KNeighborsRegressor" "m.predict(others[0]), m.predict(x)") train

              let model = KNearestNeighbours.fitRegressor options (x train) (y train)

              Peer.agree
                  expected
                  (floats (KNearestNeighbours.predict (x test) model)
                   @ floats (KNearestNeighbours.predict (x train) model))

              comesBack (x test) (KNearestNeighbours.fitted model))

      lawWith
          20
          "the search finds what sorting all distances finds, ties in the order of the samples"
          (fun (seed: int) ->
              for features in [ 2; 12 ] do
                  let rows, queries = random seed 300 features, random (seed + 1) 9 features

                  for _, distance in metrics do
                      let indices, distances = nearest distance 6 rows queries

                      if
                          (match distance with
                           | Distance.Cosine -> false
                           | _ -> true)
                      then
                          let expected = queries |> Array.collect (byHand distance 6 rows)
                          Expect.equal (Tensor.toInts indices) (Array.map snd expected) "indices"
                          Peer.agree (List.ofArray (Array.map fst expected)) (floats distances))

      testCase "a function as a distance finds the same as the distance it computes" (fun () ->
          let rows = random 3 200 4
          let own = Distance.Function(fun a b -> Array.map2 (fun x y -> abs (x - y)) a b |> Array.sum)
          let indices, distances = nearest own 5 rows rows
          let expectedIndices, expectedDistances = nearest Distance.Manhattan 5 rows rows
          Expect.equal (Tensor.toInts indices) (Tensor.toInts expectedIndices) "indices"
          Expect.equal (floats distances) (floats expectedDistances) "distances")

      testCase "distances far from the origin lose no digits" (fun () ->
          let rows = random 5 2000 16 |> Array.map (Array.map (fun v -> v * 1e-3 + 1e6))
          let indices, distances = nearest Distance.Euclidean 4 rows rows[..20]
          let expected = rows[..20] |> Array.collect (byHand Distance.Euclidean 4 rows)
          Expect.equal (Tensor.toInts indices) (Array.map snd expected) "indices"
          Expect.equal (Tensor.toFloat64Array distances) (Array.map fst expected) "distances")

      law "one neighbour predicts the training samples" (fun (seed: int) ->
          let random = Random seed
          let rows = Array.init 40 (fun i -> [| float i; random.NextDouble() |])
          let y = Tensor.ofInts [ 40 ] (Array.init 40 (fun _ -> random.Next 3))
          let model = KNearestNeighbours.fitClassifier { defaults with Neighbours = 1 } (tensorOf rows) y
          Tensor.toInts (KNearestNeighbours.predict (tensorOf rows) model) = Tensor.toInts y)

      testCase "the result does not depend on the number of threads" (fun () ->
          let rows, queries = random 1 3000 20, random 2 500 20

          let onThreads (n: int) =
              use _ = KernelScope.UseThreads n
              let indices, distances = nearest Distance.Euclidean 9 rows queries
              Tensor.toInts indices, Tensor.toFloat64Array distances

          Expect.equal (onThreads 4) (onThreads 1) "")

      testCase "more neighbours than samples are an error that says so" (fun () ->
          Expect.throwsC (fun () -> nearest Distance.Euclidean 9 (random 1 3 2) (random 1 3 2) |> ignore) (fun e ->
              Expect.stringContains e.Message "number of samples, 3" "")) ]
    |> testList "Learners.Neighbours"
