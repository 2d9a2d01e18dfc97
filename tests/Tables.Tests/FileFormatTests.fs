module Functional.Tables.Tests.FileFormatTests

open System
open System.IO
open System.Text
open Deedle
open Functional
open Functional.Tests
open FsCheck
open FsCheck.FSharp
open Expecto

let private types (frame: Frame<int, string>) = [ for t in frame.ColumnTypes -> t.Name ]

let private message f =
    try
        f () |> ignore
        failtest "no error"
    with :? FunctionalException as e ->
        e.Message

let private inTemporary (action: string -> 'T) : 'T =
    let path = Path.GetTempFileName()

    try
        action path
    finally
        File.Delete path

/// A frame of columns of every type, with gaps.
let private mixed (rows: int) : Frame<int, string> =
    let series (value: int -> 'T) =
        Series.ofOptionalObservations (seq { for i in 0 .. rows - 1 -> i, (if i % 3 = 1 then None else Some(value i)) })

    frame
        [ "i" => (series id :> ISeries<int>)
          "l" => series (fun i -> int64 i * 3000000000L)
          "x" => series (fun i -> float i / 7.0)
          "f" => series (fun i -> float32 i / 3.0f)
          "b" => series (fun i -> i % 2 = 0)
          "d" => series (fun i -> DateTime(2024, 1, 1).AddHours(float i))
          "t" => series (fun i -> $"word {i}")
          "whole" => Series.ofValues [ for i in 0 .. rows - 1 -> i * i ] ]

let private sameCells (expected: Frame<int, string>) (actual: Frame<int, string>) =
    types expected = types actual
    && List.ofSeq expected.ColumnKeys = List.ofSeq actual.ColumnKeys
    && expected.ColumnKeys
       |> Seq.forall (fun name ->
           let cells (frame: Frame<int, string>) =
               [ for value in frame.GetColumn<obj>(name).ValuesAll -> string value ]

           let missing (frame: Frame<int, string>) = frame.GetColumn<obj>(name) |> Series.dropMissing |> Series.keys
           cells expected = cells actual && List.ofSeq (missing expected) = List.ofSeq (missing actual))

let private jsonLines =
    [ testCase "keys are columns, each of the narrowest type that all its values fit" (fun () ->
          let frame =
              JsonLines.parse
                  """{"i": 1, "x": 1, "l": 1, "b": true, "t": "007", "d": "2024-03-01"}

{"i": -2, "x": 2.5e-1, "l": 3000000000, "b": false, "t": "b", "d": "2024-03-01T13:45:30"}"""

          Expect.equal (types frame) [ "Int32"; "Double"; "Int64"; "Boolean"; "String"; "DateTime" ] ""
          Expect.equal (List.ofSeq (frame.GetColumn<string>("t").Values)) [ "007"; "b" ] ""
          Expect.equal (List.ofSeq (frame.GetColumn<float>("x").Values)) [ 1.0; 0.25 ] "")

      testCase "null and a key that a line has not are missing" (fun () ->
          let frame = JsonLines.parse "{\"a\": 1}\n{\"b\": \"x\"}\n{\"a\": null, \"b\": \"NA\"}\n{\"a\": 4}"

          Expect.equal
              (frame.GetColumn<int>("a") |> Series.dropMissing |> Series.observations |> List.ofSeq)
              [ 0, 1; 3, 4 ]
              ""

          Expect.equal
              (frame.GetColumn<string>("b") |> Series.dropMissing |> Series.observations |> List.ofSeq)
              [ 1, "x"; 2, "NA" ]
              "")

      testCase "values of several kinds are text as they stand in the file" (fun () ->
          let frame = JsonLines.parse "{\"a\": 1.50}\n{\"a\": \"x\"}\n{\"a\": true}"
          Expect.equal (List.ofSeq (frame.GetColumn<string>("a").Values)) [ "1.50"; "x"; "true" ] ""
          let dates = JsonLines.parse "{\"a\": \"2024-03-01\"}\n{\"a\": \"soon\"}"
          Expect.equal (List.ofSeq (dates.GetColumn<string>("a").Values)) [ "2024-03-01"; "soon" ] "")

      testCase "nested values are refused, or flattened when asked to" (fun () ->
          let text = "{\"a\": {\"b\": 1, \"c\": {\"d\": 2}}, \"t\": [5, 6]}"
          let refused = message (fun () -> JsonLines.parse text)
          Expect.stringContains refused "line 1 has an object in 'a'" ""
          Expect.stringContains refused "Flattened" ""
          let options = { JsonLinesOptions.defaults with Nested = NestedValues.Flattened "." }
          let frame = JsonLines.parseWith options text
          Expect.equal (List.ofSeq frame.ColumnKeys) [ "a.b"; "a.c.d"; "t.0"; "t.1" ] ""
          Expect.equal (List.ofSeq (frame.GetColumn<int>("t.1").Values)) [ 6 ] "")

      testCase
          "a malformed line, an array and a value of another type than asked for are errors with the line"
          (fun () ->
              let broken = message (fun () -> JsonLines.parse "{\"a\": 1}\n{\"a\": \n")
              Expect.stringContains broken "line 2" ""
              Expect.stringContains broken "{\"a\": " ""
              Expect.stringContains (message (fun () -> JsonLines.parse "[1]")) "line 1 is no JSON object" ""
              let whole = { JsonLinesOptions.defaults with Types = Map [ "a", ColumnType.Int32 ] }
              let other = message (fun () -> JsonLines.parseWith whole "{\"a\": 1}\n{\"a\": 1.5}")
              Expect.stringContains other "line 2 has no Int32 in 'a': 1.5" "")

      testCase "a file of pandas' has the numbers that pandas reads back" (fun () ->
          let source = Outside.data "iris/iris.csv"

          inTemporary (fun path ->
              let script =
                  $"import pandas, json\n\
                    d = pandas.read_csv(r'{source}')\n\
                    d.to_json(r'{path}', orient='records', lines=True)\n\
                    print(json.dumps(pandas.read_json(r'{path}', lines=True).select_dtypes('number').sum().tolist()))"

              let sums = Outside.python [ "pandas" ] script "" |> Json.JsonSerializer.Deserialize<float[]>
              let frame = JsonLines.read path

              let ours =
                  [ for name, t in Seq.zip frame.ColumnKeys frame.ColumnTypes do
                        if t = typeof<float> then
                            frame.GetColumn<float>(name).Values |> Seq.sum ]

              Peer.agree (sums |> Option.ofObj |> Option.defaultValue [||] |> List.ofArray) ours)) ]
    |> testList "JsonLines"

let private parquet =
    [ law "a frame of every type with gaps goes through a file and comes back" (fun (rows: PositiveInt) ->
          inTemporary (fun path ->
              let frame = mixed rows.Get
              ParquetFile.write path frame
              sameCells frame (ParquetFile.read path)))

      testCase "some columns are read by name" (fun () ->
          inTemporary (fun path ->
              ParquetFile.write path (mixed 10)
              Expect.equal (List.ofSeq (ParquetFile.readColumns [ "t"; "i" ] path).ColumnKeys) [ "t"; "i" ] ""

              Expect.stringContains (message (fun () -> ParquetFile.readColumns [ "no" ] path)) "'no' is no column" ""))

      testCase "what is no Parquet file, and a column of no type of Parquet's, are errors of the library" (fun () ->
          inTemporary (fun path ->
              File.WriteAllText(path, "a,b\n1,2\n and more text than a footer has")
              Expect.stringContains (message (fun () -> ParquetFile.read path)) "no Parquet file" ""
              let frame = frame [ "c" => (Series.ofValues [ 'x'; 'y' ] :> ISeries<int>) ]
              Expect.stringContains (message (fun () -> ParquetFile.write path frame)) "'c' holds Char" ""))

      testCase "a file that is not there is an error that names it" (fun () ->
          Expect.stringContains (message (fun () -> ParquetFile.read "/no/such.parquet")) "/no/such.parquet" "") ]
    |> testList "ParquetFile"

let private npy =
    [ testCase "an array of NumPy's becomes columns of its type" (fun () ->
          inTemporary (fun path ->
              Npy.save path (Tensor.ofInts [ 3; 2 ] [| 1; 2; 3; 4; 5; 6 |])
              let frame = Npy.loadFrame path
              Expect.equal (types frame) [ "Int32"; "Int32" ] ""
              Expect.equal (List.ofSeq (frame.GetColumn<int>("1").Values)) [ 2; 4; 6 ] ""
              Npy.save path (Tensor.zeros [ 2; 2; 2 ])
              Expect.stringContains (message (fun () -> Npy.loadFrame path)) "[n; k]" ""))

      testCase "an archive has a column for each array, and one for each column of an array" (fun () ->
          inTemporary (fun path ->
              let x = Tensor.ofFloat64Array [ 2; 2 ] [| 1.0; 2.0; 3.0; 4.0 |]
              Npy.saveArchive path [ "x", x; "label", Tensor.ofInts [ 2 ] [| 7; 8 |] ]
              let frame = Npy.loadArchiveFrame path
              Expect.equal (List.ofSeq frame.ColumnKeys) [ "x.0"; "x.1"; "label" ] ""
              Expect.equal (types frame) [ "Double"; "Double"; "Int32" ] ""
              Npy.saveArchive path [ "x", x; "label", Tensor.ofInts [ 3 ] [| 7; 8; 9 |] ]
              Expect.stringContains (message (fun () -> Npy.loadArchiveFrame path)) "'label' 3" ""))

      law "columns of numbers go through an archive and come back" (fun (rows: PositiveInt) ->
          inTemporary (fun path ->
              let frame = mixed rows.Get |> Frame.sliceCols [ "x"; "whole" ]
              Npy.saveFrame path frame
              sameCells frame (Npy.loadArchiveFrame path)))

      testCase "NumPy reads what a frame was written to" (fun () ->
          inTemporary (fun path ->
              let frame = mixed 5
              Npy.saveFrame path (frame |> Frame.sliceCols [ "i"; "b"; "whole" ])

              let sums = Peer.numbers $"[numpy.nansum(numpy.load(r'{path}')[k]) for k in ['i', 'b', 'whole']]" []

              Peer.agree sums [ 0.0 + 2.0 + 3.0; 2.0; 0.0 + 1.0 + 4.0 + 9.0 + 16.0 ]
              Expect.stringContains (message (fun () -> Npy.saveFrame path frame)) "'d' is of DateTime" "")) ]
    |> testList "Npy"

[<Tests>]
let tests = testList "FileFormats" [ jsonLines; parquet; npy ]
