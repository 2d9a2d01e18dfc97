module Functional.Tables.Tests.SplitTests

open Deedle
open Functional
open Functional.Tests
open Functional.Tables.Tests.PreparationPeer
open FsCheck
open FsCheck.FSharp
open Expecto

let private message f =
    try
        f () |> ignore
        failtest "no error"
    with :? FunctionalException as e ->
        e.Message

let private isPartition (n: int) (parts: int[] list) = List.ofArray (Array.sort (Array.concat parts)) = [ 0 .. n - 1 ]

let private key = Key.ofInt

/// Labels 0 .. classes - 1 at random.
let private labelsOf (seed: int) (classes: int) (n: int) = Random.randint 0 classes (key seed) [ n ] |> Tensor.toInts

/// The test rows of every fold that scikit-learn makes: row numbers, a line a row of (fold, row).
let private peerFolds (splitter: string) (arguments: string) (columns: float[] list) =
    let parts part =
        columns
        |> rows $"[[i, r] for i, s in enumerate(%s{splitter}.split(%s{arguments})) for r in s[%d{part}]]"
        |> Array.groupBy (fun pair -> int pair[0])
        |> Array.map (snd >> Array.map (fun pair -> int pair[1]))

    Array.zip (parts 0) (parts 1)

let private sameFolds expected (folds: TrainTest[]) =
    Expect.equal (folds |> Array.map (fun fold -> fold.Train, fold.Test)) expected ""

[<Tests>]
let tests =
    [ testCase "801 rows become 528 to train and 265 to test with: 0.66 rounds down and 0.33 up" (fun () ->
          let options =
              { SplitOptions.defaults with
                  TrainSize = Some(PartSize.Share 0.66)
                  TestSize = Some(PartSize.Share 0.33) }

          let split = 801 |> Split.trainTestWith options (key 1)
          Expect.equal (split.Train.Length, split.Test.Length) (528, 265) ""
          Expect.equal (Array.append split.Train split.Test |> Array.distinct |> Array.length) 793 "no row twice"
          let stratified = labelsOf 3 5 801 |> Split.stratifiedWith options (key 1)
          Expect.equal (stratified.Train.Length, stratified.Test.Length) (528, 265) "")

      testCase "sizes of parts are those of scikit-learn" (fun () ->
          let shares = [ for i in 1..16 -> 0.05 * float i ]
          let sizes = [ 7; 20; 100; 801 ]

          let peer =
              [ List.map float sizes |> Array.ofList ]
              |> rows (
                  "[[len(p) for i in range(1, 17) for p in train_test_split(np.arange(n), test_size=0.05 * i)]"
                  + " for n in X[:, 0].astype(int)]"
              )

          for n, expected in List.zip sizes (List.ofArray peer) do
              let own =
                  [ for share in shares do
                        let split = Split.trainTest share (key 2) n
                        float split.Train.Length
                        float split.Test.Length ]

              Expect.equal own (List.ofArray expected) $"%d{n} rows")

      law "two parts have every row once, and the same key gives the same parts" (fun (seed: int) (rows: PositiveInt) ->
          let n = rows.Get + 1
          let split = Split.trainTest 0.3 (key seed) n

          isPartition n [ split.Train; split.Test ] && split = Split.trainTest 0.3 (key seed) n)

      law "parts that are not drawn follow each other" (fun (rows: PositiveInt) ->
          let n = rows.Get + 1
          let split = n |> Split.trainTestWith { SplitOptions.defaults with Shuffle = false } (key 0)
          Array.append split.Train split.Test = [| 0 .. n - 1 |])

      law "stratified parts have each class in proportion" (fun (seed: int) (rows: PositiveInt) ->
          let n = 40 + rows.Get
          let labels = labelsOf seed 3 n
          let split = labels |> Split.stratified 0.25 (key seed)
          let share (part: int[]) c = part |> Array.sumBy (fun row -> if labels[row] = c then 1.0 else 0.0)

          isPartition n [ split.Train; split.Test ]
          && [ 0..2 ]
             |> List.forall (fun c ->
                 let size = labels |> Array.sumBy (fun label -> if label = c then 1.0 else 0.0)
                 abs (share split.Test c - size * float split.Test.Length / float n) < 1.0 + 1e-9))

      testCase "stratified parts have as many rows of each class as scikit-learn's" (fun () ->
          let labels = Array.concat [ Array.create 61 0.0; Array.create 17 1.0; Array.create 30 2.0 ]
          let split = labels |> Split.stratified 0.3 (key 4)

          let peer =
              [ labels ]
              |> rows "[np.bincount(train_test_split(X[:, 0].astype(int), test_size=0.3, stratify=X[:, 0])[1])]"

          let own = split.Test |> Array.countBy (fun row -> labels[row]) |> Array.sort |> Array.map (snd >> float)
          Expect.equal own peer[0] "")

      law "three parts have every row once, in the sizes asked for" (fun (seed: int) (rows: PositiveInt) ->
          let n = 30 + rows.Get
          let split = n |> Split.trainValidationTest (PartSize.Share 0.2) (PartSize.Count 5) (key seed)

          let byClass =
              labelsOf seed 3 n
              |> Split.stratifiedTrainValidationTest (PartSize.Share 0.2) (PartSize.Count 5) (key seed)

          [ split; byClass ]
          |> List.forall (fun s ->
              isPartition n [ s.Train; s.Validation; s.Test ]
              && s.Test.Length = 5
              && s.Validation.Length = int (ceil (0.2 * float n))))

      law "no group is in both parts" (fun (seed: int) ->
          let groups = labelsOf seed 7 60
          let split = groups |> Split.grouped 0.3 (key seed)
          let of' rows = rows |> Array.map (fun row -> groups[row]) |> Set.ofArray

          isPartition 60 [ split.Train; split.Test ]
          && Set.isEmpty (Set.intersect (of' split.Train) (of' split.Test)))

      testCase "folds that nothing is drawn for are those of scikit-learn" (fun () ->
          let labels = labelsOf 5 3 50 |> Array.map float
          // groups of different sizes, since ties are in no order
          let groups = Array.concat [ for g in 1..9 -> Array.create (g * 2 + 1) (float (g * 5 % 9)) ]
          let x = [ Array.zeroCreate<float> 50 ]
          sameFolds (peerFolds "KFold(4)" "X" x) (Folds.kFold 4 50)
          sameFolds (peerFolds "LeaveOneOut()" "X" x) (Folds.leaveOneOut 50)

          sameFolds
              (peerFolds "StratifiedKFold(4)" "X, X[:, 0].astype(int)" [ labels ])
              (Folds.stratifiedKFold 4 labels)

          sameFolds (peerFolds "GroupKFold(3)" "X, groups=X[:, 0]" [ groups ]) (Folds.groupedKFold 3 groups)
          sameFolds (peerFolds "TimeSeriesSplit(5)" "X" x) (Folds.timeSeries 5 50)

          let options: TimeSeriesOptions = { Splits = 3; MaxTrainSize = Some 10; TestSize = Some 6; Gap = 2 }

          sameFolds
              (peerFolds "TimeSeriesSplit(3, max_train_size=10, test_size=6, gap=2)" "X" x)
              (Folds.timeSeriesWith options 50))

      law
          "every row is a test row once, and never a training row at the same time"
          (fun (seed: int) (rows: PositiveInt) ->
              let n = rows.Get + 20
              let labels = labelsOf seed 2 n

              [ Folds.kFold 3 n
                Folds.shuffledKFold 4 (key seed) n
                Folds.stratifiedKFold 3 labels
                Folds.shuffledStratifiedKFold 3 (key seed) labels
                Folds.groupedKFold 2 labels ]
              |> List.forall (fun folds ->
                  isPartition n [ for fold in folds -> fold.Test ]
                  && folds |> Array.forall (fun fold -> isPartition n [ fold.Train; fold.Test ])))

      law "shuffled stratified folds have as many of each class as those in order" (fun (seed: int) ->
          let labels = labelsOf seed 3 45

          let counts (folds: TrainTest[]) =
              folds |> Array.map (fun f -> f.Test |> Array.countBy (fun r -> labels[r]) |> Set.ofArray)

          counts (Folds.shuffledStratifiedKFold 3 (key seed) labels) = counts (Folds.stratifiedKFold 3 labels))

      testCase "frames keep the keys and the types of their rows, and datasets follow" (fun () ->
          let data = Csv.parse "a,b,c\n1,x,2.5\n3,,4.5\n5,z,\n7,w,8.5\n"
          let split: TrainTest = { Train = [| 3; 0; 1 |]; Test = [| 2 |] }
          let train, test = data |> Split.frame split
          Expect.equal (List.ofSeq train.RowKeys) [ 3; 0; 1 ] ""
          Expect.equal (List.ofSeq train.ColumnTypes) [ typeof<int>; typeof<string>; typeof<float> ] ""
          Expect.equal (train.GetColumn<int>("a").Values |> List.ofSeq) [ 7; 1; 3 ] ""
          Expect.equal (train.GetColumn<string>("b").ValueCount) 2 "a gap stays one"
          Expect.equal (train.GetColumn<string>("b").Get 3) "w" ""
          Expect.equal (test.GetColumn<float>("c").ValueCount) 0 ""

          let whole =
              Dataset.ofTensors
                  (Tensor.ofArray [ 4; 1 ] [| 0.0f; 1.0f; 2.0f; 3.0f |])
                  (Tensor.ofInts [ 4 ] [| 0; 1; 0; 1 |])

          let first, _ = whole |> Split.dataset split
          Expect.equal (Tensor.toFloat64Array first.Features) [| 3.0; 0.0; 1.0 |] "")

      testCase "what cannot be split is an error that says why" (fun () ->
          let has text f = Expect.stringContains (message f) text ""
          has "testSize = 1.5" (fun () -> Split.trainTest 1.5 (key 0) 10)
          has "single row" (fun () -> Split.stratified 0.5 (key 0) [| 0; 0; 0; 1 |])
          has "too few for 6 folds" (fun () -> Folds.timeSeries 6 6)
          has "k = 11" (fun () -> Folds.kFold 11 10)
          has "fewer folds" (fun () -> Folds.groupedKFold 3 [| 1; 1; 2 |])
          has "'z' is no column" (fun () -> Csv.parse "a\n1\n" |> Split.labels "z")
          has "misses the value of row 1" (fun () -> Csv.parse "a,b\nx,1\n,2\n" |> Split.labels "a")) ]
    |> testList "Tables.Splits"
