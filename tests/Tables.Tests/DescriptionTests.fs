module Functional.Tables.Tests.DescriptionTests

open System
open Deedle
open Functional
open Functional.Tests
open FsCheck
open FsCheck.FSharp
open Expecto

let private message f =
    try
        f () |> ignore
        failtest "no error"
    with :? FunctionalException as e ->
        e.Message

let private numbersOf (column: ColumnDescription) =
    match column.Summary with
    | ColumnSummary.Numbers n -> n
    | ColumnSummary.Dates _
    | ColumnSummary.Words _ -> failtest $"{column.Name} is not of numbers"

/// Two columns with gaps, as a frame.
let private gappy count seed =
    let random = Random seed

    let column () =
        Array.init count (fun _ -> if random.Next 5 = 0 then nan else float (random.Next(-400, 400)) / 16.0)

    [ column (); column (); column () ]

let private frameOf (columns: float[] list) =
    columns |> List.mapi (fun i values -> $"c{i}" => (Series.ofValues values :> ISeries<int>)) |> frame

let private describing =
    [ testCase "numbers are described as by pandas' describe" (fun () ->
          let path = Outside.data "powerplant/Folds5x2_pp.csv"
          let gaps = gappy 101 1

          let statistics (c: ColumnDescription) =
              let n = numbersOf c
              [ float c.Count; n.Mean; n.Deviation; n.Min; n.LowerQuartile; n.Median; n.UpperQuartile; n.Max ]

          let ours frame = (Frame.describe frame).Columns |> List.collect statistics

          Peer.agree
              (Peer.numbers $"pandas.read_csv(r'{path}').describe().T.to_numpy().ravel()" [])
              (ours (Csv.read path))

          Peer.agree (Peer.numbers "pandas.DataFrame(x).T.describe().T.to_numpy().ravel()" gaps) (ours (frameOf gaps)))

      testCase "words, truth values and dates are described as by pandas' describe(include='all')" (fun () ->
          let text =
              "w,b,d\nx,true,2024-01-01\ny,false,2024-01-04\ny,false,\n,true,2024-01-02 12:00\nz,true,2024-03-01\n"

          let columns = (Csv.parse text |> Frame.describe).Columns
          Expect.equal (columns |> List.map (fun c -> c.Count, c.Missing)) [ 4, 1; 5, 0; 4, 1 ] ""

          Expect.equal
              (columns |> List.truncate 2 |> List.map _.Summary)
              [ ColumnSummary.Words { Unique = 3; Top = Some "y"; Frequency = 2 }
                ColumnSummary.Words { Unique = 2; Top = Some "True"; Frequency = 3 } ]
              ""

          let seconds (date: DateTime) = (date - DateTime(1970, 1, 1)).TotalSeconds

          let dates =
              match columns[2].Summary with
              | ColumnSummary.Dates d -> [ d.Mean; d.Min; d.LowerQuartile; d.Median; d.UpperQuartile; d.Max ]
              | ColumnSummary.Numbers _
              | ColumnSummary.Words _ -> []

          let expected =
              Peer.numbers
                  "[v.timestamp() for v in pandas.Series(pandas.to_datetime(['2024-01-01', '2024-01-04', None, \
                   '2024-01-02 12:00', '2024-03-01'])).describe(datetime_is_numeric=True)[1:]]"
                  []

          Peer.agree expected (List.map seconds dates))

      testCase "the description as a frame has pandas' rows, and nothing where a column has none" (fun () ->
          let described = Csv.parse "w,v\nx,1\ny,2\ny,\n" |> Frame.describeAsFrame

          Expect.equal
              (List.ofSeq described.RowKeys)
              [ "count"; "unique"; "top"; "freq"; "mean"; "std"; "min"; "25%"; "50%"; "75%"; "max" ]
              ""

          Expect.equal (described.GetColumn<float>("v")["mean"]) 1.5 ""
          Expect.equal (described.GetColumn<obj>("w")["top"] :?> string) "y" ""
          Expect.isFalse (described.GetColumn<obj>("w").TryGet("mean").HasValue) "")

      testCase "a column without any value, and a frame without rows, are described" (fun () ->
          let columns = (Csv.parse "a,b\n,1\n,2\n" |> Frame.describe).Columns
          Expect.equal (columns[0].Count, columns[0].Missing) (0, 2) ""
          Expect.isTrue (Double.IsNaN (numbersOf columns[0]).Mean) ""
          Expect.equal (Csv.parse "a,b\n" |> Frame.describe).RowCount 0 "")

      testCase "a description is printed as tables of numbers and of words" (fun () ->
          let text = Csv.parse "w,v\nx,1\ny,2\ny,\n" |> Frame.describe |> string
          Expect.equal (text.Split '\n' |> Array.head) "3 rows, 2 columns" ""
          Expect.stringContains text "column   type  count  missing     mean       std      min" ""
          Expect.stringContains text "v       Int32      2        1  1.50000  0.707107  1.00000" ""
          Expect.stringContains text "w       String      3        0       2    y     2" "") ]
    |> testList "Description"

let private correlating =
    [ testCase
          "correlations and covariances of a frame agree with pandas, pair by pair where values are missing"
          (fun () ->
              let columns = gappy 60 2

              let cells (frame: Frame<string, string>) =
                  [ for name in frame.ColumnKeys do
                        yield! frame.GetColumn<float>(name).Values ]

              for method, name in
                  [ CorrelationMethod.Pearson, "pearson"
                    CorrelationMethod.Spearman, "spearman"
                    CorrelationMethod.Kendall, "kendall" ] do
                  Peer.agree
                      (Peer.numbers $"pandas.DataFrame(x).T.corr('{name}').to_numpy().ravel()" columns)
                      (cells (Frame.correlations method (frameOf columns)))

              Peer.agree
                  (Peer.numbers "pandas.DataFrame(x).T.cov().to_numpy().ravel()" columns)
                  (cells (Frame.covariances (frameOf columns))))

      testCase "words have no correlations" (fun () ->
          let found = Csv.parse "w,v\nx,1\ny,2\n" |> Frame.correlations CorrelationMethod.Pearson
          Expect.equal (List.ofSeq found.ColumnKeys) [ "v" ] ""

          Expect.stringContains
              (message (fun () -> Csv.parse "w\nx\ny\n" |> Frame.covariances))
              "no column of numbers"
              "") ]
    |> testList "Correlations"

let private html =
    [ testCase "a table has every cell, encoded, and says what is missing" (fun () ->
          let table = Csv.parse "a<b,v,d\nx & y,1.5,2024-01-01\n,,2024-01-02 10:30\n" |> Frame.toHtml
          Expect.stringContains table "<th>a&lt;b</th><th>v</th><th>d</th>" ""

          Expect.stringContains
              table
              "<tr><th>0</th><td>x &amp; y</td><td class=\"n\">1.50000</td><td>2024-01-01</td></tr>"
              ""

          Expect.stringContains
              table
              "<tr><th>1</th><td class=\"m\">missing</td><td class=\"m\">missing</td><td>2024-01-02 10:30:00</td></tr>"
              ""

          Expect.stringContains table "2 rows, 3 columns" "")

      law "a table shows at most as many rows and columns as asked for" (fun (rows: PositiveInt) (most: PositiveInt) ->
          let frame = Frame.ofTensor [ "a"; "b"; "c" ] (Tensor.ones [ rows.Get; 3 ])
          let table = frame |> Frame.toHtmlWith { MaxRows = most.Get; MaxColumns = 2 }
          let count (piece: string) = (table.Length - (table.Replace(piece, "")).Length) / piece.Length

          count "<tr><th>" = min rows.Get most.Get + 1
          && count "<td class=\"n\">1.00000" = 2 * min rows.Get most.Get)

      testCase "no rows to show is an error" (fun () ->
          let frame = Csv.parse "a\n1\n"

          Expect.stringContains
              (message (fun () -> frame |> Frame.toHtmlWith { MaxRows = 0; MaxColumns = 1 }))
              "MaxRows"
              "") ]
    |> testList "Html"

let private filling =
    [ testCase "missing values are filled on the way to a tensor, each column by itself" (fun () ->
          let columns = [ [| nan; 1.0; nan; 4.0; 4.0 |]; [| 2.0; nan; 6.0; nan; nan |] ]
          let frame = frameOf columns

          for rule, python in
              [ MissingValues.Mean, "d.fillna(d.mean())"
                MissingValues.Median, "d.fillna(d.median())"
                MissingValues.MostFrequent, "d.fillna(d.mode().iloc[0])"
                MissingValues.Constant -1.0, "d.fillna(-1)"
                MissingValues.KeptAsNaN, "d" ] do
              let ours = frame |> Frame.toTensorWith rule Float64 |> Tensor.toFloat64Array |> List.ofArray
              Peer.agree (Peer.numbers $"(lambda d: {python}.to_numpy().ravel())(pandas.DataFrame(x).T)" columns) ours)

      testCase "a value before, or behind, fills a gap where there is one" (fun () ->
          let frame = frameOf [ [| 1.0; nan; 3.0 |] ]
          let filled rule = frame |> Frame.toTensorWith rule Float64 |> Tensor.toFloat64Array
          Expect.equal (filled MissingValues.Previous) [| 1.0; 1.0; 3.0 |] ""
          Expect.equal (filled MissingValues.Next) [| 1.0; 3.0; 3.0 |] ""
          let first = frameOf [ [| nan; 2.0 |] ]

          Expect.stringContains
              (message (fun () -> first |> Frame.toTensorWith MissingValues.Previous Float64))
              "'c0' misses a value in row 0"
              ""

          Expect.stringContains
              (message (fun () -> frameOf [ [| nan |] ] |> Frame.toTensorWith MissingValues.Mean Float64))
              "'c0' has no value at all"
              "") ]
    |> testList "MissingValues"

let private batches =
    [ testCase "a file larger than asked for at once trains as the whole does: its chunks are the batches" (fun () ->
          let path = Outside.data "iris/iris.csv"
          let whole = Csv.read path
          let label = Seq.last whole.ColumnKeys
          let options = { FrameBatchOptions.ofLabel label with Classes = Frame.classNames label whole }

          let batches =
              Csv.chunks 32 path |> Batches.map (Frame.toBatch options) |> Batches.prefetch 2 |> List.ofSeq

          Expect.equal (batches |> List.map _.Count) [ 32; 32; 32; 32; 22 ] ""
          let dataset = whole |> Frame.toDataset label
          let joined f = Tensor.concat 0 (batches |> List.map f) |> Tensor.toFloat64Array
          Expect.equal (joined _.Features) (Tensor.toFloat64Array dataset.Features) ""
          Expect.equal (joined _.Label) (Tensor.toFloat64Array dataset.Labels) "")

      testCase "rows of chunks are samples, to be shuffled and batched again" (fun () ->
          let path = Outside.data "powerplant/Folds5x2_pp.csv"
          let options = FrameBatchOptions.ofLabel "PE"

          let samples =
              Csv.chunks 1000 path |> Frame.samplesOfChunks options |> Batches.shuffle 2000 (Key.ofInt 1)

          let ours = samples |> Seq.sumBy (snd >> Tensor.item)
          let all = Csv.read path |> Frame.toSamples options
          Expect.equal all.Count (Some 9568) ""
          Expect.floatClose Accuracy.medium ours (all |> Seq.sumBy (snd >> Tensor.item)) "")

      testCase "a class that is not among those named is an error" (fun () ->
          let options = { FrameBatchOptions.ofLabel "l" with Classes = [ "x" ] }

          Expect.stringContains
              (message (fun () -> Csv.parse "a,l\n1,y\n" |> Frame.toBatch options))
              "the class 'y'"
              "") ]
    |> testList "Batches"

[<Tests>]
let tests = testList "FrameTools" [ describing; correlating; html; filling; batches ]
