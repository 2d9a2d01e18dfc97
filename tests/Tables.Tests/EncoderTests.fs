module Functional.Tables.Tests.EncoderTests

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

let private onto frame preparation = preparation |> Preparation.fit frame |> Prepared.apply frame
let private x0 = [ "x0"; "x1" ]

/// Whole numbers from 0, more of the smaller ones.
let private codes seed rows count = random false seed rows count |> List.map (Array.map (fun x -> round (abs x)))

let private oneHots =
    let options = OneHotOptions.defaults

    [ "OneHotEncoder()", options
      "OneHotEncoder(drop='first')", { options with Drop = DroppedCategory.First }
      "OneHotEncoder(drop='if_binary')", { options with Drop = DroppedCategory.IfBinary }
      "OneHotEncoder(min_frequency=4)", { options with MinFrequency = 4 }
      "OneHotEncoder(max_categories=3)", { options with MaxCategories = 3 }
      "OneHotEncoder(min_frequency=3, max_categories=3)", { options with MinFrequency = 3; MaxCategories = 3 }
      "OneHotEncoder(min_frequency=4, drop='first')", { options with MinFrequency = 4; Drop = DroppedCategory.First } ]

[<Tests>]
let tests =
    [ testCase "one-hot columns agree with scikit-learn" (fun () ->
          for columns in [ codes 1 60 2; codes 2 40 2 |> List.map (Array.map (fun x -> min x 1.0)) ] do
              let expected = columns |> rowsOf [ for peer, _ in oneHots -> $"%s{peer}.fit_transform(X).toarray()" ]

              for (peer, options), expected in List.zip oneHots expected do
                  let encoder = Encoder.oneHotWith options |> Preparation.on x0
                  agree peer expected (encoder |> onto (frameOf columns) |> columnsOf))

      testCase "values that were not there at the fit are zeros or an error" (fun () ->
          let columns = codes 3 40 1
          let known = columns |> List.map (Array.map (fun x -> min x 2.0))
          let ignoring = Encoder.oneHotWith { OneHotOptions.defaults with HandleUnknown = UnknownValues.Ignore }
          let fitted = ignoring |> Preparation.on [ "x0" ] |> Preparation.fit (frameOf known)

          let expected =
              columns
              |> rows "OneHotEncoder(handle_unknown='ignore').fit(np.minimum(X, 2)).transform(X).toarray()"

          agree "ignored" expected (fitted |> Prepared.apply (frameOf columns) |> columnsOf)
          let strict = Encoder.oneHot |> Preparation.on [ "x0" ] |> Preparation.fit (frameOf [ [| 1.0; 2.0 |] ])
          let error = message (fun () -> strict |> Prepared.apply (frameOf [ [| 3.0 |] ]))
          Expect.stringContains error "column 'x0' has '3'" "")

      testCase "names of columns, missing values and the way back" (fun () ->
          let frame = Csv.parse "size,n,ok\nsmall,1,true\nlarge,2,false\n,3,true\nsmall,4,false\n"
          let fitted = Encoder.oneHot |> Preparation.fit frame
          let encoded = fitted |> Prepared.apply frame
          let names = [ "size_large"; "size_small"; "size_missing"; "ok_False"; "ok_True"; "n" ]
          Expect.equal (List.ofSeq encoded.ColumnKeys) names ""
          Expect.equal (Prepared.columnNames [ "size"; "n"; "ok" ] fitted) names ""
          let back = fitted |> Prepared.invert encoded
          Expect.equal (List.ofSeq back.ColumnTypes) [ typeof<string>; typeof<bool>; typeof<int> ] ""
          Expect.equal (back.GetColumn<string>("size").Values |> List.ofSeq) [ "small"; "large"; "small" ] ""
          Expect.equal (back.GetColumn<bool>("ok").Values |> List.ofSeq) [ true; false; true; false ] "")

      law "encoding and back gives the words" (fun (seed: int) (rows: PositiveInt) ->
          // two values at least, so that a column is left where the first is dropped
          let frame = codes seed (rows.Get + 1) 2 |> List.map (Array.append [| 0.0; 1.0 |]) |> frameOf

          [ Encoder.oneHot
            Encoder.oneHotWith { OneHotOptions.defaults with Drop = DroppedCategory.First }
            Encoder.oneHotWith { OneHotOptions.defaults with Drop = DroppedCategory.IfBinary }
            Encoder.ordinal ]
          |> List.forall (fun encoder ->
              let fitted = encoder |> Preparation.on x0 |> Preparation.fit frame
              columnsOf (fitted |> Prepared.invert (fitted |> Prepared.apply frame)) = columnsOf frame))

      testCase "ordinal codes agree with scikit-learn, and follow an order that is given" (fun () ->
          let columns = codes 4 50 2
          let fitted = Encoder.ordinal |> Preparation.on x0 |> Preparation.fit (frameOf columns)

          agree
              "ordinal"
              (columns |> rows "OrdinalEncoder().fit_transform(X)")
              (fitted |> Prepared.apply (frameOf columns) |> columnsOf)

          let frame = Csv.parse "size,n\nlarge,1\nsmall,2\n"
          let ordered = Encoder.ordered "size" [ "small"; "middle"; "large" ] |> onto frame
          Expect.equal (ordered.GetColumn<float>("size").Values |> List.ofSeq) [ 2.0; 0.0 ] ""
          let error = message (fun () -> Encoder.ordered "size" [ "small" ] |> Preparation.fit frame)
          Expect.stringContains error "'large', which is none of its categories" "")

      testCase "labels are numbered as in scikit-learn, and come back" (fun () ->
          let labels = [ "b"; "a"; "c"; "a" ]
          let encoder = LabelEncoder.fit labels
          let numbers = encoder |> LabelEncoder.encode labels
          let peer = rows "LabelEncoder().fit_transform(['b', 'a', 'c', 'a'])" [ [| 0.0 |] ]
          Expect.equal (Tensor.toFloat64Array (Tensor.cast Float64 numbers)) (Array.concat peer) ""
          Expect.equal (encoder |> LabelEncoder.decode numbers) labels ""
          let column = Csv.parse "n\n10\n9\n-1\n" |> LabelEncoder.ofColumn "n"
          Expect.equal column.Classes [ "-1"; "9"; "10" ] "numbers by value"
          let unknown = message (fun () -> encoder |> LabelEncoder.encode [ "z" ])
          Expect.stringContains unknown "'z' is none of the classes, which are a, b, c" "")

      testCase "target encodings agree with their formulas in pandas" (fun () ->
          let columns = codes 5 80 1 @ [ (random false 6 80 1).Head ]
          let frame = frameOf columns

          let auto =
              "(lambda g, v, m: (v * g.count() / (v * g.count() + g.var(ddof=0))) * g.mean() + (1 - v * g.count() / (v * g.count() + g.var(ddof=0))) * m)"

          let peers =
              [ "(lambda g: (g.sum() + 5 * X[:, 1].mean()) / (g.count() + 5))(pd.Series(X[:, 1]).groupby(X[:, 0]))[X[:, 0]]",
                TargetSmoothing.Rows 5.0
                $"%s{auto}(pd.Series(X[:, 1]).groupby(X[:, 0]), X[:, 1].var(), X[:, 1].mean())[X[:, 0]]",
                TargetSmoothing.Auto ]

          for (_, smoothing), expected in List.zip peers (columns |> rowsOf (List.map fst peers)) do
              let fitted = Encoder.targetWith smoothing |> Preparation.on [ "x0" ] |> Preparation.fitTo "x1" frame
              agree "target" expected [ (fitted |> Prepared.apply frame |> columnsOf).Head ]
              let unseen = fitted |> Prepared.apply (frameOf [ [| -77.0 |] ]) |> columnsOf
              let first = unseen.Head.[0]
              Expect.floatClose Accuracy.high first (Array.average columns[1]) "the mean for what was not seen"

          let classes = Csv.parse "c,y\na,no\na,yes\nb,yes\n"
          let fitted = Encoder.targetWith (TargetSmoothing.Rows 0.0) |> Preparation.fitTo "y" classes

          Expect.equal
              ((fitted |> Prepared.apply classes).GetColumn<float>("c").Values |> List.ofSeq)
              [ 0.5; 0.5; 1.0 ]
              ""

          Expect.stringContains (message (fun () -> Encoder.target |> Preparation.fit classes)) "Preparation.fitTo" "")

      testCase "parts of dates agree with pandas" (fun () ->
          let parts =
              [ DatePart.Year
                DatePart.Quarter
                DatePart.Month
                DatePart.Week
                DatePart.Day
                DatePart.DayOfWeek
                DatePart.DayOfYear
                DatePart.IsWeekend
                DatePart.Hour
                DatePart.Minute
                DatePart.Second ]

          let seconds = random false 7 60 1 |> List.map (Array.map (fun x -> round (1.6e9 + 3e8 * x)))
          let dates = seconds.Head |> Array.map (fun s -> DateTime.UnixEpoch.AddSeconds s)
          let frame = Frame.ofColumns [ "when" => Series.ofValues dates ]

          let peer =
              "(lambda d: np.array([d.year, d.quarter, d.month, d.isocalendar().week, d.day, d.dayofweek, d.dayofyear,"
              + " d.dayofweek >= 5, d.hour, d.minute, d.second], dtype=float).T)(pd.DatetimeIndex(pd.to_datetime(X[:, 0], unit='s')))"

          let encoded = Encoder.dateParts parts |> onto frame
          agree "dates" (seconds |> rows peer) (columnsOf encoded)
          Expect.equal (Seq.head encoded.ColumnKeys) "when_year" "") ]
    |> testList "Tables.Encoders"
