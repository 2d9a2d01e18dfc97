module Functional.Tests.Kernels.NeighbourTests

open System
open FsCheck
open FsCheck.FSharp
open Functional.Kernels
open Functional.Tests
open Expecto

/// Points and queries of whole coordinates, so that distances are exact and many are equal.
type private Cloud = { Points: float[][]; Queries: float[][]; Wanted: int }

let private clouds =
    gen {
        let! dimensions = Gen.choose (1, 7)
        // more than a leaf of the tree, more than a block of rows
        let! count = Gen.frequency [ 4, Gen.choose (1, 60); 1, Gen.choose (1000, 1300) ]
        let! queries = Gen.frequency [ 4, Gen.choose (1, 8); 1, Gen.choose (60, 140) ]

        let rows n =
            Gen.choose (-4, 4) |> Gen.map float |> Gen.arrayOfLength dimensions |> Gen.arrayOfLength n

        let! points = rows count
        let! asked = rows queries
        let! wanted = Gen.choose (1, min count 12)
        return { Points = points; Queries = asked; Wanted = wanted }
    }
    |> Arb.fromGen

let private exponents = [ 1.0; 2.0; infinity ]

let private distance p (a: float[]) (b: float[]) =
    let differences = Array.map2 (fun x y -> abs (x - y)) a b

    if Double.IsInfinity p then
        Array.max differences
    else
        (differences |> Array.sumBy (fun d -> d ** p)) ** (1.0 / p)

/// The nearest points by looking at all: by distance, then by index.
let private nearest p count (points: float[][]) (query: float[]) =
    points
    |> Array.mapi (fun i point -> distance p query point, i)
    |> Array.sort
    |> Array.truncate count

let private within p radius (points: float[][]) query =
    points
    |> Array.indexed
    |> Array.filter (fun (_, point) -> distance p query point <= radius)
    |> Array.map fst

let private near (a: float) b = abs (a - b) <= 1e-12 * max 1.0 (abs b)

let private agree (expected: (float * int)[]) (indices: int[]) (distances: float[]) =
    Expect.equal indices (Array.map snd expected) "indices"
    Expect.isTrue (Array.forall2 near distances (Array.map fst expected)) "distances"

let private scan p (cloud: Cloud) =
    let n, m, k = cloud.Points.Length, cloud.Queries.Length, cloud.Wanted
    let indices, distances = Array.zeroCreate (m * k), Array.zeroCreate (m * k)
    let rows, queries = Array.concat cloud.Points, Array.concat cloud.Queries
    NearestRows.Find(rows, n, queries, m, cloud.Points[0].Length, p, k, indices, distances)
    Array.chunkBySize k indices, Array.chunkBySize k distances

let private tree p (cloud: Cloud) =
    KdTree.Build(Array.concat cloud.Points, cloud.Points.Length, cloud.Points[0].Length, p)

let private laws =
    [ "the nearest rows are those of a look at all, equal ones by their index",
      (fun cloud ->
          for p in exponents do
              let indices, distances = scan p cloud

              cloud.Queries
              |> Array.iteri (fun q query -> agree (nearest p cloud.Wanted cloud.Points query) indices[q] distances[q]))
      "a tree finds the same nearest points, and their distances",
      (fun cloud ->
          for p in exponents do
              let tree = tree p cloud
              let indices, distances = Array.zeroCreate cloud.Wanted, Array.zeroCreate cloud.Wanted

              for query in cloud.Queries do
                  tree.Nearest(ReadOnlySpan query, Span indices, Span distances)
                  agree (nearest p cloud.Wanted cloud.Points query) indices distances)
      "a tree finds the points within a radius, it included, and counts them as far as asked",
      (fun cloud ->
          for p in exponents do
              let tree = tree p cloud
              let mutable found = Array.zeroCreate<int> 1

              for query in cloud.Queries do
                  for radius in [ 0.0; 2.0; 5.0; 100.0 ] do
                      let expected = within p radius cloud.Points query
                      let count = tree.Within(ReadOnlySpan query, radius, &found)
                      Expect.equal (Array.sort found[.. count - 1]) expected $"within {radius}"
                      let all = tree.Count(ReadOnlySpan query, radius, Int32.MaxValue)
                      Expect.equal all expected.Length "all of them"
                      let some = tree.Count(ReadOnlySpan query, radius, 3)
                      Expect.isTrue (some >= min 3 all && some <= all) "three of them")
      "a tree has each point once in the order of its leaves",
      (fun cloud ->
          let order = (tree 2.0 cloud).Order.ToArray()
          Expect.equal (Array.sort order) [| 0 .. cloud.Points.Length - 1 |] "a permutation")
      "other exponents give distances to the same precision",
      (fun cloud ->
          let indices, distances = scan 3.0 cloud

          cloud.Queries
          |> Array.iteri (fun q query ->
              let expected = nearest 3.0 cloud.Wanted cloud.Points query |> Array.map fst
              Expect.isTrue (Array.forall2 near distances[q] expected) "distances"

              for i, d in Array.zip indices[q] distances[q] do
                  Expect.isTrue (near d (distance 3.0 query cloud.Points[i])) "of its row"))
      "centres take the rows nearest to them, equal ones the first centre, and add them up",
      (fun cloud ->
          let rows, centres = cloud.Points, Array.truncate 40 cloud.Queries
          let n, d, k = rows.Length, rows[0].Length, centres.Length
          let labels, sums, counts = Array.zeroCreate n, Array.zeroCreate (k * d), Array.zeroCreate k
          let rest = NearestCentres.Assign(Array.concat rows, n, d, Array.concat centres, k, labels, sums, counts)
          let expected = rows |> Array.map (fun row -> (nearest 2.0 1 centres row)[0] |> snd)
          Expect.equal labels expected "labels"

          let members c =
              rows |> Array.indexed |> Array.filter (fun (i, _) -> expected[i] = c) |> Array.map snd

          Expect.equal counts (Array.init k (fun c -> (members c).Length)) "counts"

          Expect.equal
              (Array.chunkBySize d sums)
              (Array.init k (fun c -> Array.init d (fun j -> members c |> Array.sumBy (fun row -> row[j]))))
              "sums"

          let squares = rows |> Array.sumBy (Array.sumBy (fun v -> v * v))
          let inertia = Array.map2 (fun row c -> distance 2.0 row centres[c] ** 2.0) rows expected |> Array.sum
          Expect.isTrue (abs (squares + rest - inertia) <= 1e-9 * max 1.0 inertia) "the sum of squared distances") ]

[<Tests>]
let tests =
    [ for name, law in laws ->
          testCase name (fun () ->
              Law.checkWith
                  40
                  name
                  (Prop.forAll clouds (fun cloud ->
                      law cloud
                      true))) ]
    |> testList "Kernels.Neighbours"
