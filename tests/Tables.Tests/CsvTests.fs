module Functional.Tables.Tests.CsvTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Deedle
open Functional
open Functional.Tests
open Expecto

let private types (frame: Frame<int, string>) = [ for t in frame.ColumnTypes -> t.Name ]

let private floats name (frame: Frame<int, string>) = frame.GetColumn<float>(name).ValuesAll |> List.ofSeq

let private texts name (frame: Frame<int, string>) = frame.GetColumn<string>(name).Values |> List.ofSeq

let private inFile (bytes: byte[]) (use': string -> 'T) : 'T =
    let path = Path.GetTempFileName()

    try
        File.WriteAllBytes(path, bytes)
        use' path
    finally
        File.Delete path

let private message f =
    try
        f () |> ignore
        failtest "no error"
    with :? FunctionalException as e ->
        e.Message

[<Tests>]
let tests =
    [ testCase "a column has the narrowest type that all its cells fit" (fun () ->
          let frame =
              Csv.parse
                  "whole,long,number,yes,day,text\n\
                   1,1,1,true,2024-03-01,1\n\
                   2,3000000000,2.5,False,2024-03-01 13:45,true\n\
                   -3,5,1e3,TRUE,2024-03-01T13:45:30.5,007\n"

          Expect.equal (types frame) [ "Int32"; "Int64"; "Double"; "Boolean"; "DateTime"; "String" ] ""
          Expect.equal (floats "number" frame) [ 1.0; 2.5; 1000.0 ] ""

          Expect.equal
              (frame.GetColumn<DateTime>("day").Values |> Seq.last)
              (DateTime(2024, 3, 1, 13, 45, 30).AddMilliseconds 500.0)
              "")

      testCase "a column that turns out to be text keeps its first cells as they were written" (fun () ->
          let frame = Csv.parse "a\n007\n1.50\nx\n"
          Expect.equal (texts "a" frame) [ "007"; "1.50"; "x" ] "")

      testCase "gaps are missing in the frame, whatever the type" (fun () ->
          let frame =
              Csv.parse "i,f,b,d,t,none\n1,NA,true,2024-01-01,x,\n,2.5,,,null,\n3,1,false,2024-01-02,y,NaN\n"

          let present (name: string) = frame.GetColumn<obj>(name).ValueCount
          Expect.equal [ for name in frame.ColumnKeys -> present name ] [ 2; 2; 2; 2; 2; 0 ] ""
          Expect.equal (types frame |> List.last) "Double" "")

      testCase "quotation marks hold separators, ends of lines and themselves" (fun () ->
          let frame = Csv.parse "a,b\n\"x, y\",\"two\nlines\"\n\"say \"\"hi\"\"\",5\" screen\n"
          Expect.equal (texts "a" frame) [ "x, y"; "say \"hi\"" ] ""
          Expect.equal (texts "b" frame) [ "two\nlines"; "5\" screen" ] "")

      testCase "the messages with an unclosed mark are 5,572 as pandas reads them, and 5,574 lines" (fun () ->
          let path = Outside.data "sms/SMSSpamCollection"

          let rows quoting =
              let options = { CsvOptions.defaults with Separator = Some '\t'; HasHeader = false; Quoting = quoting }

              (Csv.readWith options path).RowCount

          Expect.equal (rows Quoting.Standard) 5572 ""
          Expect.equal (rows Quoting.Ignored) 5574 "")

      testCase
          "numbers of other cultures, comments, lines in front and files without a header are read as asked"
          (fun () ->
              let options =
                  { CsvOptions.defaults with
                      DecimalSeparator = ','
                      ThousandsSeparator = Some '.'
                      Comment = Some '#'
                      SkipLines = 1
                      HasHeader = false }

              let frame = Csv.parseWith options "made by hand\n# a comment\n1.234,5;2\n\n7,25;3\n"
              Expect.equal (List.ofSeq frame.ColumnKeys) [ "0"; "1" ] ""
              Expect.equal (floats "0" frame) [ 1234.5; 7.25 ] "")

      testCase "gzip, byte order marks and encodings are seen" (fun () ->
          let text = "näme\nå\n"

          let packed =
              use memory = new MemoryStream()

              using (new GZipStream(memory, CompressionMode.Compress)) (fun gzip ->
                  gzip.Write(Encoding.UTF8.GetBytes text))

              memory.ToArray()

          let marked = Array.append (Encoding.Unicode.GetPreamble()) (Encoding.Unicode.GetBytes text)
          let latin = { CsvOptions.defaults with Encoding = Encoding.Latin1 }
          Expect.equal (texts "näme" (inFile packed Csv.read)) [ "å" ] "gzip"
          Expect.equal (texts "näme" (inFile marked Csv.read)) [ "å" ] "UTF-16"
          Expect.equal (texts "näme" (inFile (Encoding.Latin1.GetBytes text) (Csv.readWith latin))) [ "å" ] "Latin-1")

      testCase "a malformed line is an error with its number and text" (fun () ->
          let said = message (fun () -> Csv.parse "a,b\n1,2\n3\n")
          Expect.stringContains said "line 3" ""
          Expect.stringContains said ": 3" "")

      testCase "a cell that is not of the type asked for is an error with its line" (fun () ->
          let options = { CsvOptions.defaults with Types = Map [ "a", ColumnType.Int32 ] }
          let said = message (fun () -> Csv.parseWith options "a\n1\nx\n")
          Expect.stringContains said "line 3" ""
          Expect.stringContains said "Int32" ""
          let text = { CsvOptions.defaults with Types = Map [ "a", ColumnType.Text ] }
          Expect.equal (texts "a" (Csv.parseWith text "a\n01\n")) [ "01" ] "")

      testCase "a file that is not there is an error that names it" (fun () ->
          Expect.stringContains (message (fun () -> Csv.read "/no/such.csv")) "/no/such.csv" "")

      testCase "columns of one name are told apart as in pandas" (fun () ->
          let frame = Csv.parse "a,a,b,a\n1,2,3,4\n"
          Expect.equal (List.ofSeq frame.ColumnKeys) [ "a"; "a.1"; "b"; "a.2" ] "")

      testCase "numbers agree with pandas' on a real file, and go through a file of Deedle's" (fun () ->
          let path = Outside.data "powerplant/Folds5x2_pp.csv"
          let frame = Csv.read path

          let sums = [ for column in frame.ColumnKeys -> frame.GetColumn<float>(column).Values |> Seq.sum ]

          Peer.agree (Peer.numbers $"pandas.read_csv(r'%s{path}').sum()" []) sums
          let copy = Path.GetTempFileName()

          try
              frame.SaveCsv(copy, includeRowKeys = false)
              let again = Csv.read copy

              for column in frame.ColumnKeys do
                  Expect.equal (floats column again) (floats column frame) column
          finally
              File.Delete copy) ]
    |> testList "Csv"
