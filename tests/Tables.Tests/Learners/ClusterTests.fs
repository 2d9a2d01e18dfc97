module Functional.Tables.Tests.ClusterTests

open System
open Functional
open Functional.Kernels
open Functional.Tests
open FsCheck
open Expecto
open Functional.Tables.Tests.Sklearn

let private kmeansLines =
    "from sklearn.cluster import KMeans\nm = KMeans(len(others[0]), init=others[0], n_init=1, tol=TOL, max_iter=ITER).fit(x)\n"
    + "result = [m.cluster_centers_, m.labels_, [m.inertia_, m.n_iter_]]"

let private given centres =
    { KMeansOptions.defaults with
        Clusters = Array.length centres
        Start = KMeansStart.Given(tensorOf centres) }

let private numbers (m: KMeans) =
    List.concat
        [ List.ofArray (Array.concat m.Centres)
          m.Labels |> Array.map float |> List.ofArray
          [ m.Inertia; float m.Iterations ] ]

let private sameKMeans (table: Table) centres tolerance iterations =
    let lines = kmeansLines.Replace("TOL", string tolerance).Replace("ITER", string iterations)
    let expected = runWith [ centres ] lines table

    let options = { given centres with Tolerance = tolerance; MaxIterations = iterations }

    Peer.agree expected (numbers (KMeans.fit options (x table)))

/// Blobs on a line and noise around them.
let private blobs seed rows features =
    let random = Random(seed: int)

    Array.init rows (fun i ->
        let centre = float (i % 4) * 3.0

        Array.init features (fun _ ->
            centre + (random.NextDouble() + random.NextDouble() - 1.0) * (if i % 11 = 0 then 9.0 else 1.2)))

let private dbscan radius minSamples distance (rows: float[][]) =
    Dbscan.fit { Radius = radius; MinSamples = minSamples; Distance = distance } (tensorOf rows)

let private sameDbscan (arguments: string) radius minSamples distance rows =
    let expected =
        run
            $"from sklearn.cluster import DBSCAN\nm = DBSCAN(eps=%s{string radius}, min_samples=%d{minSamples}, %s{arguments}).fit(x)\nresult = [m.labels_, m.core_sample_indices_]"
            { X = rows; Y = [||] }

    let found = dbscan radius minSamples distance rows
    Expect.isGreaterThan found.Clusters 1 "several clusters"
    Peer.agree expected (Array.append found.Labels found.CoreSamples |> Array.map float |> List.ofArray)

[<Tests>]
let tests =
    [ testCase "k-means from given starts is scikit-learn's" (fun () ->
          let iris, digits, wine = iris (), digits (), wine ()
          sameKMeans iris iris.X[48..50] 1e-4 300
          sameKMeans digits digits.X[..9] 1e-4 300
          sameKMeans digits digits.X[..9] 0.0 4
          sameKMeans wine wine.X[..4] 0.0 300)

      testCase "clusters that lose all samples start anew at the farthest ones, as in scikit-learn" (fun () ->
          let iris = iris ()
          let away = Array.create 4 1000.0
          sameKMeans iris [| iris.X[0]; away; iris.X[100]; Array.map (~-) away |] 1e-4 300)

      testCase "inertia never rises, and ends as low as scikit-learn's best of 20 runs" (fun () ->
          let digits = digits ()

          for start in [ KMeansStart.PlusPlus; KMeansStart.RandomSamples ] do
              let m =
                  KMeans.fit { KMeansOptions.defaults with Clusters = 10; Start = start; Restarts = 20 } (x digits)

              for a, b in Array.pairwise m.InertiaHistory do
                  Expect.isLessThanOrEqual b (a * (1.0 + 1e-12)) "falls"

              let best =
                  run
                      "from sklearn.cluster import KMeans\nresult = [KMeans(10, n_init=20, random_state=0).fit(x).inertia_]"
                      digits

              Expect.isLessThan m.Inertia (best.Head * 1.002) "inertia")

      testCase
          "each sample is in the cluster of its nearest centre, and kept histories start and end at the centres"
          (fun () ->
              let iris = iris ()
              let m = KMeans.fit { KMeansOptions.defaults with Clusters = 3; KeepHistory = true } (x iris)
              Expect.equal (Tensor.toInts (KMeans.predict (x iris) m)) m.Labels "labels"
              Expect.equal (Tensor.toInts (Tensor.argmin -1 (KMeans.distances (x iris) m))) m.Labels "by distances"
              Expect.equal m.CentreHistory.Length (m.Iterations + 1) "history"
              Expect.equal (Array.last m.CentreHistory) m.Centres "last"
              comesBack (x iris) (KMeans.fitted m))

      testCase "k-means does not depend on the number of threads" (fun () ->
          let rows = tensorOf (blobs 3 5000 7)

          let onThreads (n: int) =
              use _ = KernelScope.UseThreads n
              let m = KMeans.fit { KMeansOptions.defaults with Clusters = 9; Restarts = 2 } rows
              m.Centres, m.Labels, m.Inertia

          Expect.equal (onThreads 4) (onThreads 1) "")

      testCase "DBSCAN's labels are scikit-learn's by every distance, in few features and in many" (fun () ->
          let plane, space = blobs 1 2000 2, blobs 2 600 12
          sameDbscan "metric='euclidean'" 0.2 6 Distance.Euclidean plane
          sameDbscan "metric='manhattan'" 0.25 5 Distance.Manhattan plane
          sameDbscan "metric='chebyshev'" 0.15 4 Distance.Chebyshev plane
          sameDbscan "metric='minkowski', p=3" 0.17 4 (Distance.Minkowski 3.0) plane
          sameDbscan "metric='euclidean'" 1.9 4 Distance.Euclidean space
          sameDbscan "metric='manhattan'" 5.5 4 Distance.Manhattan space
          sameDbscan "metric='euclidean'" 22.0 5 Distance.Euclidean (digits ()).X)

      testCase
          "samples at exactly the radius are neighbours, and those at the border of two clusters join the first"
          (fun () ->
              let line = [| 0.0; 1.0; 2.0; 4.0; 6.0; 7.0; 8.0 |] |> Array.map (fun v -> [| v |])
              let found = dbscan 2.0 4 Distance.Euclidean line

              let expected =
                  run
                      "from sklearn.cluster import DBSCAN\nresult = DBSCAN(eps=2, min_samples=4).fit(x).labels_"
                      { X = line; Y = [||] }

              Expect.equal (found.Labels |> Array.map float |> List.ofArray) expected "labels")

      lawWith 30 "DBSCAN in a tree finds what looking at all pairs finds, on any number of threads" (fun (seed: int) ->
          let rows = blobs seed 300 2 |> Array.map (Array.map (fun v -> Math.Round(v * 8.0) / 8.0))
          let own = Distance.Function(fun a b -> Distance.between Distance.Euclidean a b)
          use _ = KernelScope.UseThreads(1 + abs (seed % 4))
          dbscan 0.25 5 Distance.Euclidean rows = dbscan 0.25 5 own rows)

      testCase "clusters are scored as by scikit-learn, and by Dunn's definition" (fun () ->
          for table, k in [ iris (), 3; every 5 0 (digits ()), 10 ] do
              let labels = (KMeans.fit { KMeansOptions.defaults with Clusters = k; Restarts = 1 } (x table)).Labels
              let table = { table with Y = labels |> Array.map float }

              let expected =
                  run
                      "from sklearn.metrics import *\nfrom sklearn.metrics import pairwise_distances\nd = pairwise_distances(x)\nd = numpy.sqrt(((x[:, None] - x[None]) ** 2).sum(-1))\nsame = y[:, None] == y\nresult = [silhouette_score(x, y), davies_bouldin_score(x, y), calinski_harabasz_score(x, y), d[~same].min() / d[same].max(), silhouette_score(x, y, metric='manhattan'), silhouette_samples(x, y)]"
                      table

              let x, y = x table, Tensor.ofInts [ labels.Length ] labels

              Peer.agree
                  expected
                  ([ ClusterScores.silhouette Distance.Euclidean x y
                     ClusterScores.daviesBouldin x y
                     ClusterScores.calinskiHarabasz x y
                     ClusterScores.dunn Distance.Euclidean x y
                     ClusterScores.silhouette Distance.Manhattan x y ]
                   @ floats (ClusterScores.silhouettes Distance.Euclidean x y)))

      testCase "the elbow of four blobs is at four clusters" (fun () ->
          let random = Random 5

          let rows =
              Array.init 400 (fun i ->
                  [| float (i % 2) * 10.0 + random.NextDouble(); float (i / 2 % 2) * 10.0 + random.NextDouble() |])

          let elbow = Elbow.ofKMeans KMeansOptions.defaults [ 1..8 ] (tensorOf rows)
          Expect.equal elbow.Knee 4 "knee"
          Expect.equal elbow.Clusters [| 1..8 |] "clusters")

      testCase "more clusters than samples and a given start of another shape are errors that say so" (fun () ->
          let x = tensorOf [| [| 1.0; 2.0 |]; [| 3.0; 4.0 |] |]

          let says part options =
              Expect.throwsC (fun () -> KMeans.fit options x |> ignore) (fun e ->
                  Expect.stringContains e.Message part "")

          says "number of samples, 2" KMeansOptions.defaults
          says "as many features" (given [| [| 1.0 |] |])) ]
    |> testList "Learners.Clusters"
