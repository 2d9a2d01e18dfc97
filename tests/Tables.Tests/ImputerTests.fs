module Functional.Tables.Tests.ImputerTests

open System
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

let private words (column: string) (frame: Frame<int, string>) = frame.GetColumn<string>(column).Values |> List.ofSeq
let private numbers (column: string) (frame: Frame<int, string>) = frame.GetColumn<float>(column).Values |> List.ofSeq
let private onto frame preparation = preparation |> Preparation.fit frame |> Prepared.apply frame

let private regression alpha = Imputer.regressionWith { RegressionImputerOptions.defaults with Alpha = alpha }

let private imputers =
    [ "SimpleImputer()", Imputer.mean
      "SimpleImputer(strategy='median')", Imputer.median
      "SimpleImputer(strategy='most_frequent')", Imputer.mode
      "SimpleImputer(strategy='constant', fill_value=-1.5)", Imputer.constant -1.5
      "KNNImputer(n_neighbors=3)", Imputer.nearest 3
      "KNNImputer(n_neighbors=4, weights='distance')", Imputer.nearestBy NeighbourWeights.Distance 4
      "IterativeImputer(__import__('sklearn.linear_model').linear_model.Ridge(alpha=1.0, solver='cholesky'))",
      Imputer.regression
      "IterativeImputer(__import__('sklearn.linear_model').linear_model.Ridge(alpha=0.1, solver='cholesky'))",
      regression 0.1 ]

let private discretizers =
    [ "pd.cut(X[:, 0], [-np.inf, -0.5, 0, 1.25, np.inf], labels=False)", Discretizer.limits [ -0.5; 0.0; 1.25 ]
      "pd.cut(X[:, 0], 5, labels=False)", Discretizer.equalWidth 5
      "pd.qcut(X[:, 0], 4, labels=False, duplicates='drop')", Discretizer.equalFrequency 4
      "pd.qcut(np.round(X[:, 0] * 20), 7, labels=False, duplicates='drop')", Discretizer.equalFrequency 7 ]

let private imputing =
    [ testCase "imputers agree with scikit-learn on new rows" (fun () ->
          let whole = List.map (Array.map round) (random true 3 40 3)
          // equally near neighbours are in no order in scikit-learn
          let isOrdered (peer: string) = not (peer.StartsWith "KNN")
          let ordered = imputers |> List.filter (fst >> isOrdered)

          // of one scale, since scikit-learn loses digits of distances to large numbers
          let even seed rows count =
              random true seed rows count |> List.mapi (fun i -> Array.map (fun x -> x / 10.0 ** float (i - 1)))

          for columns, imputers in [ even 1 60 4, imputers; even 2 90 5, imputers; whole, ordered ] do
              let half = frameOf (columns |> List.map (Array.truncate (columns.Head.Length / 2)))

              let expected =
                  columns |> rowsOf [ for peer, _ in imputers -> $"%s{peer}.fit(X[:len(X) // 2]).transform(X)" ]

              for (peer, imputer), expected in List.zip imputers expected do
                  agree
                      peer
                      expected
                      (imputer |> Preparation.fit half |> Prepared.apply (frameOf columns) |> columnsOf))

      law "no value is missing after an imputer, and known ones stay" (fun (seed: int) (rows: PositiveInt) ->
          let columns = random true seed (rows.Get + 2) 3

          imputers
          |> List.forall (fun (_, imputer) ->
              let filled = imputer |> onto (frameOf columns) |> columnsOf

              List.forall2
                  (Array.forall2 (fun before after ->
                      (Double.IsNaN before && Double.IsFinite after) || before = after))
                  columns
                  filled))

      testCase "the class of a row gives its mean, and without a class the mean of all" (fun () ->
          let frame = Csv.parse "kind,x\na,1\na,3\na,\nb,10\nb,\n,\n"
          let fitted = Imputer.classMean "kind" |> Preparation.fit frame
          Expect.equal (fitted |> Prepared.apply frame |> numbers "x") [ 1.0; 3.0; 2.0; 10.0; 10.0; 14.0 / 3.0 ] ""
          let other = Csv.parse "kind,x\nz,\nb,\n"
          Expect.equal (fitted |> Prepared.apply other |> numbers "x") [ 14.0 / 3.0; 10.0 ] ""

          let target, filled =
              Imputer.targetMean |> Preparation.fitApplyTo "kind" (frame |> Frame.sliceRows [ 0..4 ])

          Expect.equal (numbers "x" filled) [ 1.0; 3.0; 2.0; 10.0; 10.0 ] ""
          let unlabelled = other |> Frame.dropCol "kind"
          Expect.equal (target |> Prepared.apply unlabelled |> numbers "x") [ 14.0 / 3.0; 14.0 / 3.0 ] "")

      testCase "words are filled by the most frequent, or by a word" (fun () ->
          let frame = Csv.parse "w,n\nb,1\na,2\n,3\nb,4\na,5\n"
          Expect.equal (Imputer.mode |> onto frame |> words "w") [ "b"; "a"; "a"; "b"; "a" ] "of equals the first"
          Expect.equal (Imputer.word "none" |> onto frame |> words "w") [ "b"; "a"; "none"; "b"; "a" ] "")

      testCase "a column without a value is an error" (fun () ->
          let frame = Csv.parse "a,b\n1,\n2,\n"

          for imputer in [ Imputer.mean; Imputer.mode; Imputer.nearest 2; Imputer.regression ] do
              Expect.stringContains (message (fun () -> imputer |> Preparation.fit frame)) "column 'b' has no value" "") ]

let private discretizing =
    [ testCase "four intervals from 69 to 238 are 42.25 wide, with limits at 111.25, 153.5 and 195.75" (fun () ->
          let frame = frameOf [ [| 69.0; 111.25; 111.26; 153.5; 195.75; 196.0; 238.0; nan; 0.0; 1000.0 |] ]
          let named = Discretizer.equalWidth 4 (IntervalNames.Labels [ "short"; "middle"; "long"; "very long" ])
          let fitted = named |> Preparation.fit (frame |> Frame.sliceRows [ 0..6 ])
          Expect.equal ((Prepared.step fitted).NumberLists "limits") [| [| 111.25; 153.5; 195.75 |] |] ""

          let expected =
              [ "short"; "short"; "middle"; "middle"; "long"; "very long"; "very long"; "short"; "very long" ]

          Expect.equal (fitted |> Prepared.apply frame |> words "x0") expected "closed on the right, open ends"

          let ends =
              Discretizer.equalWidth 4 IntervalNames.Ends |> Preparation.fit (frame |> Frame.sliceRows [ 0..6 ])

          let found = ends |> Prepared.apply frame |> words "x0" |> List.distinct
          Expect.equal found [ "(-inf, 111.25]"; "(111.25, 153.5]"; "(153.5, 195.75]"; "(195.75, inf)" ] "")

      testCase "names of intervals have as many digits as pandas gives them" (fun () ->
          let lists =
              [ [ 1.0 / 3.0; 2.0 / 3.0 ]
                [ -12345.67891; -0.000123456; 0.0; 0.045678; 7.7777777; 1e6 / 7.0 ]
                [ 0.1234561; 0.1234569; 5.0 ]
                [ 3.00001; 3.00002; 3.5 ] ]

          let script =
              "import sys, json, pandas as pd\n\
               def name(x): return repr(float(x)).removesuffix('.0')\n\
               for limits in json.load(sys.stdin):\n\
               \x20   edges = [float('-inf')] + limits + [float('inf')]\n\
               \x20   for i in pd.cut([], edges).categories: print(f'({name(i.left)}, {name(i.right)}' + (')' if i.right == edges[-1] else ']'))"

          let json =
              lists
              |> List.map (List.map (fun x -> x.ToString "R") >> String.concat "," >> sprintf "[%s]")
              |> String.concat ","

          let expected = (Outside.python [ "pandas" ] script $"[{json}]").Trim().Split '\n' |> List.ofArray

          let found =
              [ for limits in lists do
                    // a value in each interval, from the first on
                    let values =
                        (limits.Head - 1.0)
                        :: List.map2 (fun a b -> (a + b) / 2.0) limits (limits.Tail @ [ List.last limits + 2.0 ])

                    let frame = Frame.ofColumns [ "x0", Series.ofValues values ]

                    yield!
                        Discretizer.limits limits IntervalNames.Ends
                        |> Preparation.fit frame
                        |> Prepared.apply frame
                        |> words "x0" ]

          Expect.equal found expected "")

      testCase "intervals agree with pandas" (fun () ->
          for columns in [ random false 4 70 1; random true 5 50 1 ] do
              let expected = columns |> rowsOf (List.map fst discretizers)

              for (peer, discretizer), expected in List.zip discretizers expected do
                  let columns =
                      if peer.Contains "round" then
                          List.map (Array.map (fun x -> round (x * 20.0))) columns
                      else
                          columns

                  agree peer expected (discretizer IntervalNames.Numbers |> onto (frameOf columns) |> columnsOf))

      testCase "limits and labels that do not fit are errors" (fun () ->
          let frame = frameOf [ [| 1.0; 2.0; 3.0 |] ]
          let error preparation = message (fun () -> preparation |> Preparation.fit frame)
          Expect.stringContains (error (Discretizer.limits [ 2.0; 1.0 ] IntervalNames.Ends)) "ascending order" ""
          Expect.stringContains (error (Discretizer.limits [ 2.0 ] (IntervalNames.Labels [ "a" ]))) "which is 2" ""
          Expect.stringContains (error (Discretizer.equalWidth 1 IntervalNames.Ends)) "at least 2" "") ]

let private rowsLeft =
    [ testCase "outliers and gaps leave training, and nothing else" (fun () ->
          let frame = Csv.parse "a,b,w\n1,2,x\n2,,y\n3,2,\n2,2,z\n100,2,x\n2,2,y\n"
          let outliers = Rows.dropOutliers (OutlierLimits.InterquartileRanges 1.5)
          let fitted, left = outliers |> Preparation.fitApply frame
          Expect.equal (List.ofSeq left.RowKeys) [ 0; 1; 2; 3; 5 ] "the row of 100"
          Expect.equal (List.ofSeq left.ColumnTypes) (List.ofSeq frame.ColumnTypes) "types stay"
          Expect.equal (fitted |> Prepared.apply frame).RowCount 6 "all rows stay afterwards"
          let _, whole = Rows.dropMissing |> Preparation.fitApply frame
          Expect.equal (List.ofSeq whole.RowKeys) [ 0; 3; 4; 5 ] ""
          let part = Preparation.chain [ Rows.dropMissing |> Preparation.on [ "b" ]; Scaler.minMax ]
          let _, scaled = part |> Preparation.on [ "a"; "b" ] |> Preparation.fitApply frame
          Expect.equal (List.ofSeq scaled.RowKeys) [ 0; 2; 3; 4; 5 ] "a chain on some columns"
          Expect.equal (scaled.GetColumn<string>("w").ValueCount) 4 "the other columns lose the same rows")

      testCase "limits of outliers are those of the quartiles, deviations and quantiles" (fun () ->
          let columns = random true 6 80 2

          let peers =
              [ "np.array([np.nanpercentile(X, 25, axis=0) - 3 * (np.nanpercentile(X, 75, axis=0) - np.nanpercentile(X, 25, axis=0))])",
                OutlierLimits.InterquartileRanges 3.0
                "np.array([np.nanmean(X, axis=0) - 2 * np.nanstd(X, axis=0)])", OutlierLimits.Deviations 2.0
                "np.array([np.nanquantile(X, 0.05, axis=0)])", OutlierLimits.Quantiles(0.05, 0.95) ]

          for (peer, limits), expected in List.zip peers (columns |> rowsOf (List.map fst peers)) do
              let step = Rows.dropOutliers limits |> Preparation.fit (frameOf columns) |> Prepared.step
              agree peer (Array.transpose expected) [ step.Numbers "low" ])

      testCase "functions of one's own, and columns dropped and kept" (fun () ->
          let frame = Csv.parse "a,b,c\n1,2,x\n3,4,y\n"
          let halve = Preparation.ofFunctions "halve" (fun x -> x / 2.0) (fun x -> x * 2.0)
          let fitted = Preparation.chain [ Preparation.dropColumns [ "c" ]; halve ] |> Preparation.fit frame
          let halved = fitted |> Prepared.apply frame
          Expect.equal (List.ofSeq halved.ColumnKeys) [ "a"; "b" ] ""
          Expect.equal (numbers "b" halved) [ 1.0; 2.0 ] ""
          Expect.equal (Prepared.columnNames [ "a"; "b"; "c" ] fitted) [ "a"; "b" ] ""
          let kept = Preparation.keepColumns [ "c"; "a" ] |> onto frame
          Expect.equal (List.ofSeq kept.ColumnKeys) [ "a"; "c" ] "") ]

[<Tests>]
let tests = testList "Tables.Imputers" [ yield! imputing; yield! discretizing; yield! rowsLeft ]
