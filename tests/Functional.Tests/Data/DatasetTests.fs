module Functional.Tests.DatasetTests

open System
open FsCheck
open FsCheck.FSharp
open Expecto
open Functional
open Functional.Tests.Sample

/// A dataset of n rows whose feature, label and weight all tell the row: i, i * 10 and i + 1.
let private numbered (n: int) : Dataset =
    Dataset.ofTensors
        (Tensor.ofArray [ n; 1 ] (Array.init n float32))
        (Tensor.ofFloat64Array [ n; 1; 1 ] (Array.init n (fun i -> float i * 10.0)))
    |> Dataset.withFeatureNames [ "row" ]
    |> Dataset.withSampleWeights (Tensor.ofArray [ n ] (Array.init n (fun i -> float32 i + 1.0f)))

/// The rows that a part of it has, which must agree in all its tensors.
let private rowsOf (d: Dataset) : int list =
    let rows = Tensor.toArray d.Features |> Array.map int
    Expect.Equal<float[]>(rows |> Array.map (fun i -> float i * 10.0), Tensor.toFloat64Array d.Labels)
    let weights = d.SampleWeights |> Option.map Tensor.toArray
    Expect.Equal<float32[] option>(Some(rows |> Array.map (fun i -> float32 i + 1.0f)), weights)
    Expect.Equal<Shape>([ rows.Length; 1 ], d.Features.Shape)
    Expect.Equal<Shape>([ rows.Length; 1; 1 ], d.Labels.Shape)
    Expect.Equal<string list>([ "row" ], d.FeatureNames)
    List.ofArray rows

let private message (action: unit -> 'T) : string =
    Expect.Throws<FunctionalException>(fun () -> action () |> ignore).Message

let private small =
    Dataset.ofArrays [| [| 1.0f; 2.0f |]; [| 3.0f; 4.0f |]; [| 5.0f; 6.0f |] |] [| 0; 2; 1 |]

let private counts = Gen.choose (2, 60)

[<Tests>]
let tests =
    [ testCase "arrays become tensors" (fun () ->
          assertSame (Tensor.ofArray [ 3; 2 ] [| 1.0f .. 6.0f |]) small.Features
          assertSame (Tensor.ofInts [ 3 ] [| 0; 2; 1 |]) small.Labels
          Expect.Equal(3, Dataset.count small)
          Expect.Equal<Shape>([ 2 ], small.SampleShape)
          Expect.True small.HasClasses
          Expect.Equal("3 samples, features float32 [2], labels int32 []", string small)
          let values = Dataset.ofTargets [| [| 1.0f |]; [| 2.0f |] |] [| [| 1.0f; 2.0f |]; [| 3.0f; 4.0f |] |]
          assertSame (Tensor.ofArray [ 2; 2 ] [| 1.0f .. 4.0f |]) values.Labels
          Expect.False values.HasClasses
          let longs = Dataset.ofTensors small.Features (Tensor.ofInt64s [ 3 ] [| 0L; 2L; 1L |])
          Expect.True longs.HasClasses)

      testCase "data that are no dataset are refused with the reason" (fun () ->
          for action, expected in
              [ (fun () -> Dataset.ofArrays [||] [||]), "Dataset.ofArrays: there are no samples"
                (fun () -> Dataset.ofArrays [| [| 1.0f |]; [||] |] [| 0; 1 |]),
                "Dataset.ofArrays: row 1 of the features has 0 values, and row 0 has 1."
                (fun () -> Dataset.ofArrays [| [| 1.0f |] |] [| 0; 1 |]),
                "the features have 1 rows; labels needs as many"
                (fun () -> Dataset.ofTargets [| [| 1.0f |] |] [||]), "Dataset.ofTargets: there are no samples"
                (fun () -> Dataset.ofTensors (Tensor.zeros []) (Tensor.zeros [])),
                "a first axis that counts the samples"
                (fun () -> Dataset.ofTensors (Tensor.zeros [ 0; 2 ]) (Tensor.zeros [ 0 ])), "there are no samples"
                (fun () -> Dataset.ofTensors (Tensor.zeros [ 2; 2 ]) (Tensor.zeros [])), "labels  []"
                (fun () -> Dataset.withFeatureNames [ "a" ] small), "names = 1 names do not fit features of shape [2]"
                (fun () -> Dataset.withClassNames [ "a"; "b" ] small),
                "the label of row 1 is 2, and there are names for 2 classes"
                (fun () -> Dataset.withClassNames [ "a" ] (numbered 3 |> Dataset.mapLabels (Tensor.cast Int32))),
                "labels of type int32 and shape [3; 1; 1] are not 1 classes"
                (fun () -> Dataset.withSampleWeights (Tensor.ones [ 2 ]) small), "give one weight for each sample"
                (fun () -> Dataset.withSampleWeights (Tensor.onesOf Int32 [ 3 ]) small), "weights are floats"
                (fun () -> Dataset.withSampleWeights (Tensor.ofArray [ 3 ] [| 1.0f; -1.0f; 1.0f |]) small),
                "the weight of sample 1 is -1"
                (fun () -> Dataset.withSampleWeights (Tensor.ofArray [ 3 ] [| 1.0f; 1.0f; nanf |]) small),
                "the weight of sample 2 is NaN"
                (fun () -> Dataset.rows [| 0; 3 |] small), "indices = 3 is not a row of 3 samples, which are 0 to 2."
                (fun () -> Dataset.rows [| -1 |] small), "indices = -1 is not a row"
                (fun () -> Dataset.rows [||] small), "no rows are named"
                (fun () -> Dataset.range 3 1 small), "start = 3 is not a row"
                (fun () -> Dataset.range 1 3 small), "length = 3 is not from 1 to 2"
                (fun () -> Dataset.range 1 0 small), "length = 0 is not from 1 to 2"
                (fun () -> Dataset.take 0 small), "n = 0 is less than 1"
                (fun () -> Dataset.skip 3 small), "n = 3 is not from 0 to 2"
                (fun () -> Dataset.split 0.0 (Key.ofInt 1) small |> fst), "testShare = 0 is not between 0 and 1"
                (fun () -> Dataset.split nan (Key.ofInt 1) small |> fst), "testShare = NaN is not between 0 and 1"
                (fun () -> Dataset.split 0.9 (Key.ofInt 1) small |> fst), "3 samples cannot be split in two"
                (fun () -> Dataset.split 0.5 (Key.ofInt 1) (Dataset.take 1 small) |> fst),
                "1 samples cannot be split in two"
                (fun () -> Dataset.splitStratified 0.5 (Key.ofInt 1) small |> fst), "class 0 has 1 sample"
                (fun () -> Dataset.splitStratified 0.5 (Key.ofInt 1) (numbered 4) |> fst),
                "are not classes (int32 [n])"
                (fun () -> Dataset.splitLast 1.0 small |> fst), "share = 1 is not between 0 and 1"
                (fun () -> Dataset.splitLast 0.9 small |> fst), "3 samples cannot be split in two"
                (fun () -> Dataset.batches 0 small |> Seq.head), "size = 0 is less than 1"
                (fun () -> Dataset.shuffledBatches -1 (Key.ofInt 1) small |> Seq.head), "size = -1 is less than 1"
                (fun () -> Dataset.mapFeatures (Tensor.sumOver [ 0 ]) small), "the features have 3 rows"
                (fun () -> Dataset.mapLabels (Tensor.sum) small), "the features have 3 rows" ] do
              Expect.Contains(expected, message action)

          Expect.Contains("are numbers, not classes", message (fun () -> Dataset.classCount (numbered 3))))

      testCase "classes are counted by their names, their columns or their numbers" (fun () ->
          Expect.Equal(3, Dataset.classCount small)
          let named = Dataset.withClassNames [ "a"; "b"; "c"; "d" ] small
          Expect.Equal(4, Dataset.classCount named)
          Expect.EndsWith(", 4 classes", string named)
          let columns = small |> Dataset.mapLabels (Tensor.oneHot 3)
          Expect.Equal(3, Dataset.classCount columns)
          Expect.Equal<string list>([ "a"; "b"; "c" ], (Dataset.withClassNames [ "a"; "b"; "c" ] columns).ClassNames))

      testCase "names stay as long as they say something" (fun () ->
          let d = small |> Dataset.withFeatureNames [ "x"; "y" ] |> Dataset.withClassNames [ "a"; "b"; "c" ]

          Expect.Equal<string list>([ "x"; "y" ], (Dataset.mapFeatures (fun x -> x * 2.0) d).FeatureNames)
          Expect.Empty((Dataset.reshapeFeatures [ 2; 1 ] d).FeatureNames)
          Expect.Equal<Shape>([ 3; 2; 1 ], (Dataset.reshapeFeatures [ 2; 1 ] d).Features.Shape)
          Expect.Equal<string list>([ "a"; "b"; "c" ], (Dataset.mapLabels (Tensor.oneHot 3) d).ClassNames)
          Expect.Empty((Dataset.mapLabels (Tensor.oneHot 5) d).ClassNames)
          Expect.Equal<string list>([ "a"; "b"; "c" ], (Dataset.rows [| 2; 2 |] d).ClassNames))

      testCase "rows are taken as they are named" (fun () ->
          let d = numbered 10
          Expect.Equal<int list>([ 3; 0; 3 ], rowsOf (Dataset.rows [| 3; 0; 3 |] d))
          Expect.Equal<int list>([ 2; 3; 4 ], rowsOf (Dataset.range 2 3 d))
          Expect.Equal<int list>([ 0; 1 ], rowsOf (Dataset.take 2 d))
          Expect.Equal<int list>([ 0..9 ], rowsOf (Dataset.take 20 d))
          Expect.Equal<int list>([ 8; 9 ], rowsOf (Dataset.skip 8 d))
          let first, last = Dataset.splitLast 0.25 d
          Expect.Equal<int list>([ 0..6 ], rowsOf first)
          Expect.Equal<int list>([ 7..9 ], rowsOf last))

      testCase "a network that gives back its input has one tensor in every part" (fun () ->
          let x = Tensor.ofArray [ 4; 1 ] [| 0.0f .. 3.0f |]
          let d = Dataset.ofTensors x x |> Dataset.rows [| 1; 2 |]
          Expect.True(obj.ReferenceEquals(d.Features, d.Labels)))

      testCase "a split keeps every sample, once" (fun () ->
          let cases =
              gen {
                  let! n = counts
                  let! share = Gen.choose (1, 99)
                  let! seed = Gen.choose (0, 1000)
                  return n, float share / 100.0, seed
              }

          Law.check
              "split"
              (Prop.forAll (Arb.fromGen cases) (fun (n, share, seed) ->
                  let d = numbered n
                  let wanted = int (ceil (share * float n - 1e-9))

                  if wanted < n then
                      let train, test = Dataset.split share (Key.ofInt seed) d
                      let again, _ = Dataset.split share (Key.ofInt seed) d
                      Expect.Equal(wanted, test.Count)
                      Expect.Equal<int list>([ 0 .. n - 1 ], List.sort (rowsOf train @ rowsOf test))
                      Expect.Equal<int list>(rowsOf train, rowsOf again))))

      testCase "a stratified split keeps every sample, and the shares of the classes to within one" (fun () ->
          let cases =
              gen {
                  let! sizes = Gen.nonEmptyListOf (Gen.choose (2, 12))
                  let! share = Gen.choose (1, 99)
                  let! seed = Gen.choose (0, 1000)
                  return List.truncate 5 sizes, float share / 100.0, seed
              }

          Law.check
              "splitStratified"
              (Prop.forAll (Arb.fromGen cases) (fun (sizes, share, seed) ->
                  let labels =
                      [| for label, size in List.indexed sizes do
                             yield! Array.replicate size label |]

                  let n = labels.Length
                  let d = Dataset.ofArrays (Array.init n (fun i -> [| float32 i |])) labels

                  if int (ceil (share * float n - 1e-9)) < n then
                      let train, test = Dataset.splitStratified share (Key.ofInt seed) d

                      let rows (part: Dataset) =
                          let rows = Tensor.toInts part.Features
                          Expect.Equal<int[]>(rows |> Array.map (fun i -> labels[i]), Tensor.toInts part.Labels)
                          List.ofArray rows

                      Expect.Equal<int list>([ 0 .. n - 1 ], List.sort (rows train @ rows test))

                      for label, size in List.indexed sizes do
                          let part = rows test |> List.filter (fun i -> labels[i] = label) |> List.length
                          Expect.InRange(part, 1, size - 1)
                          Expect.InRange(float part, share * float size - 1.0001, share * float size + 1.0001))))

      testCase "a stratified split has the size of a plain one where the classes are large enough" (fun () ->
          let labels = Array.init 150 (fun i -> i / 50)
          let d = Dataset.ofArrays (Array.init 150 (fun i -> [| float32 i |])) labels

          for share in [ 0.1; 0.2; 0.25; 0.33; 0.5; 0.77 ] do
              let _, plain = Dataset.split share (Key.ofInt 3) d
              let _, stratified = Dataset.splitStratified share (Key.ofInt 3) d
              Expect.Equal(plain.Count, stratified.Count))

      testCase "keys decide the order" (fun () ->
          let d = numbered 40
          let once = rowsOf (Dataset.shuffle (Key.ofInt 1) d)
          Expect.Equal<int list>(once, rowsOf (Dataset.shuffle (Key.ofInt 1) d))
          Expect.NotEqual<int list>(once, rowsOf (Dataset.shuffle (Key.ofInt 2) d))
          Expect.NotEqual<int list>([ 0..39 ], once)
          Expect.Equal<int list>([ 0..39 ], List.sort once))

      testCase "batches hold every sample, once" (fun () ->
          let cases = Gen.zip counts (Gen.choose (1, 70))

          Law.check
              "batches"
              (Prop.forAll (Arb.fromGen cases) (fun (n, size) ->
                  let d = numbered n

                  let check (batches: seq<Dataset>) =
                      let sizes = [ for b in batches -> b.Count ]
                      Expect.Equal((n + size - 1) / size, sizes.Length)
                      Expect.All(List.truncate (sizes.Length - 1) sizes, (fun k -> Expect.Equal(size, k)))

                      [ for b in batches do
                            yield! rowsOf b ]

                  Expect.Equal<int list>([ 0 .. n - 1 ], check (Dataset.batches size d))
                  let shuffled = check (Dataset.shuffledBatches size (Key.ofInt n) d)
                  Expect.Equal<int list>(rowsOf (Dataset.shuffle (Key.ofInt n) d), shuffled)))) ]
    |> testList "Data.Dataset"
