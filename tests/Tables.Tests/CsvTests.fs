module Functional.Tables.Tests.CsvTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Deedle
open Functional
open Functional.Tests
open FsCheck
open FsCheck.FSharp
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
              File.Delete copy)

      testCase "a column names the rows: dates, words or numbers, and is no column of the frame" (fun () ->
          inFile (Encoding.UTF8.GetBytes "day,x,name\n2024-03-02,1,b\n2024-03-01,2,a\n") (fun path ->
              let byDay = Csv.readIndexed<DateTime> "day" CsvOptions.defaults path
              Expect.equal (List.ofSeq byDay.ColumnKeys) [ "x"; "name" ] ""
              Expect.equal (byDay.GetColumn<int>("x")[DateTime(2024, 3, 1)]) 2 ""
              let some = { CsvOptions.defaults with Columns = [ "x" ] }
              let byName = Csv.readIndexed<string> "name" some path
              Expect.equal (List.ofSeq byName.RowKeys) [ "b"; "a" ] ""
              Expect.equal (List.ofSeq byName.ColumnKeys) [ "x" ] ""))

      testCase "a frame by dates comes back from Deedle's own file" (fun () ->
          let days = [ DateTime(2024, 3, 1); DateTime(2024, 12, 31, 13, 45, 7); DateTime(1999, 10, 9) ]
          let frame = Frame.ofColumns [ "x" => Series(days, [ 1.5; 2.5; 3.5 ]) ]
          let path = Path.GetTempFileName()

          try
              frame.SaveCsv(path, keyNames = [ "day" ])
              let again = Csv.readIndexed<DateTime> "day" CsvOptions.defaults path
              Expect.equal (List.ofSeq again.RowKeys) days "days"
              let numbers (frame: Frame<DateTime, string>) = (frame.GetColumn<float> "x").Values |> List.ofSeq
              Expect.equal (numbers again) (numbers frame) "numbers"
          finally
              File.Delete path)

      testCase "a name of rows that stands twice, is missing, or of no type of keys is an error that says so" (fun () ->
          let index text =
              message (fun () ->
                  inFile (Encoding.UTF8.GetBytes(text: string)) (Csv.readIndexed<string> "k" CsvOptions.defaults))

          Expect.stringContains (index "k,x\na,1\nb,2\na,3\n") "rows 0 and 2 both have 'a'" ""
          Expect.stringContains (index "k,x\na,1\n,2\n") "row 1 has no value in column 'k'" ""
          Expect.stringContains (index "x\n1\n") "'k' is no column" "")

      testCase "columns are chosen by name, in the order asked for, and rows up to a number" (fun () ->
          let options = { CsvOptions.defaults with Columns = [ "c"; "a" ]; MaxRows = Some 2 }
          let frame = Csv.parseWith options "a,b,c\n1,x,7\n2,y,8\n3,z,w\n"
          Expect.equal (List.ofSeq frame.ColumnKeys) [ "c"; "a" ] ""
          Expect.equal frame.RowCount 2 ""
          Expect.equal (types frame) [ "Int32"; "Int32" ] "the third row is not looked at"
          let wrong = { options with Columns = [ "d" ] }
          Expect.stringContains (message (fun () -> Csv.parseWith wrong "a\n1\n")) "'d' is no column" "")

      testCase "thousands are parted by threes, and what is parted otherwise is no number" (fun () ->
          let options =
              { CsvOptions.defaults with
                  Separator = Some ';'
                  DecimalSeparator = ','
                  ThousandsSeparator = Some '.'
                  DateFormats = [ "dd.MM.yyyy" ] }

          let frame =
              Csv.parseWith options "a;b;c;d\n1.234.567;31.12.2024;1.23;1234.567,5\n12.345;01.02.2024;5;1,5\n"

          Expect.equal (types frame) [ "Int32"; "DateTime"; "String"; "String" ] ""
          Expect.equal (List.ofSeq (frame.GetColumn<int>("a").Values)) [ 1234567; 12345 ] "")

      testCase "separators are found, or taken as told" (fun () ->
          for separator in [ ","; ";"; "\t"; "|" ] do
              let frame = Csv.parse ($"a{separator}b\n1{separator}2\n")
              Expect.equal (List.ofSeq frame.ColumnKeys) [ "a"; "b" ] separator

          let spaced = { CsvOptions.defaults with Separator = Some ' ' }
          Expect.equal (floats "b" (Csv.parseWith spaced "a b\n1 2.5\n")) [ 2.5 ] "")

      testCase "words for missing values are those asked for and no others" (fun () ->
          let options = { CsvOptions.defaults with MissingValues = [ "-999"; "fehlt" ] }
          let frame = Csv.parseWith options "a,b\n1,NA\n-999,x\nfehlt,y\n"
          Expect.equal (frame.GetColumn<int>("a").ValueCount) 1 ""
          Expect.equal (texts "b" frame) [ "NA"; "x"; "y" ] "")

      testCase "a gzip file that is cut off, and a folder, are errors of the library" (fun () ->
          let packed =
              use memory = new MemoryStream()

              using (new GZipStream(memory, CompressionMode.Compress)) (fun gzip ->
                  gzip.Write(Encoding.UTF8.GetBytes("a,b\n" + String.replicate 5000 "1.5,2.25\n")))

              memory.ToArray()

          let damaged = Array.mapi (fun i b -> if i > 30 then 0xFFuy else b) packed
          Expect.stringContains (message (fun () -> inFile damaged Csv.read)) "damaged" ""
          Expect.stringContains (message (fun () -> Csv.read (Path.GetTempPath()))) "folder" "")

      law
          "a number that is written to the last digit is read as the same number"
          (fun (NormalFloat x) (NormalFloat y) ->
              let text (v: float) = v.ToString("R", Globalization.CultureInfo.InvariantCulture)
              let short = Math.Round(y, 3)
              floats "a" (Csv.parse $"a\n{text x}\n{text short}\n0.5\n") = [ x; short; 0.5 ])

      law "a date goes through a file, with or without its time" (fun (day: DateTime) (ticks: PositiveInt) ->
          let day = day.Date.AddTicks(int64 ticks.Get * 12345L)
          let text (format: string) = day.ToString(format, Globalization.CultureInfo.InvariantCulture)

          let read (cell: string) = (Csv.parse $"a\n{cell}\n").GetColumn<DateTime>("a").Values |> Seq.exactlyOne

          read (text "yyyy-MM-dd") = day.Date
          && read (text "yyyy-MM-ddTHH:mm:ss.fffffff") = day
          && read (text "yyyy-MM-dd HH:mm") = day.Date.AddMinutes(floor day.TimeOfDay.TotalMinutes))

      law "chunks of a file are the file, with the types of the whole" (fun (rows: PositiveInt) (size: PositiveInt) ->
          let last = rows.Get - 1
          let line i = if i = last then $"{i},x{i},2.5" else $"{i},{i},{i}"
          let text = "a,b,c\n" + String.concat "\n" (List.init rows.Get line)

          inFile (Encoding.UTF8.GetBytes text) (fun path ->
              let whole = Csv.read path
              let chunks = Csv.chunks size.Get path |> List.ofSeq

              chunks |> List.forall (fun chunk -> types chunk = types whole && chunk.RowCount <= size.Get)
              && (chunks |> List.collect (fun chunk -> List.ofSeq chunk.RowKeys)) = List.ofSeq whole.RowKeys
              && (chunks |> List.collect (texts "b")) = texts "b" whole
              && (chunks |> List.collect (floats "c")) = floats "c" whole))

      law
          "a frame of every type goes through Deedle's SaveCsv and comes back"
          (fun (cells: (int * NormalFloat * bool)[]) ->
              let cells = Array.append cells [| 1, NormalFloat 0.5, true; -7, NormalFloat 1e300, false |]
              let words = [| "a, b"; "\"quoted\""; "two\nlines"; "plain" |]

              let frame =
                  frame
                      [ "i" => (Series.ofValues (cells |> Array.map (fun (i, _, _) -> i)) :> ISeries<int>)
                        "x" => Series.ofValues (cells |> Array.map (fun (_, x, _) -> x.Get + 0.1))
                        "b" => Series.ofValues (cells |> Array.map (fun (_, _, b) -> b))
                        "t" => Series.ofValues (cells |> Array.mapi (fun i _ -> words[i % words.Length])) ]

              let path = Path.GetTempFileName()

              try
                  frame.SaveCsv(path, includeRowKeys = false)
                  let again = Csv.read path

                  List.ofSeq (again.GetColumn<int>("i").Values) = List.ofSeq (frame.GetColumn<int>("i").Values)
                  && floats "x" again = floats "x" frame
                  && List.ofSeq (again.GetColumn<bool>("b").Values) = List.ofSeq (frame.GetColumn<bool>("b").Values)
                  && texts "t" again = texts "t" frame
              finally
                  File.Delete path) ]
    |> testList "Csv"
