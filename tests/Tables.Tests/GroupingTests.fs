module Functional.Tables.Tests.GroupingTests

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

/// Two keys and a column of values, each with gaps.
let private table rows seed =
    let random = Random seed
    let gap chance value = if random.NextDouble() < chance then nan else value

    [ Array.init rows (fun _ -> gap 0.05 (float (random.Next 4)))
      Array.init rows (fun _ -> gap 0.05 (float (random.Next(-3, 3)) / 2.0))
      Array.init rows (fun _ -> gap 0.2 (float (random.Next(-400, 400)) / 16.0)) ]

let private frameOf (columns: float[] list) =
    List.zip [ "a"; "b"; "v" ] columns
    |> List.map (fun (name, values) -> name => (Series.ofValues values :> ISeries<int>))
    |> frame

let private cells (frame: Frame<int, string>) : float list =
    [ for name, columnType in Seq.zip frame.ColumnKeys frame.ColumnTypes do
          yield! FrameColumns.tryFloats frame name columnType |> Option.defaultValue [||] ]

let private all =
    [ "n", Aggregate.Size, "('v', 'size')"
      "count", Aggregate.Count "v", "('v', 'count')"
      "sum", Aggregate.Sum "v", "('v', 'sum')"
      "mean", Aggregate.Mean "v", "('v', 'mean')"
      "min", Aggregate.Min "v", "('v', 'min')"
      "max", Aggregate.Max "v", "('v', 'max')"
      "var", Aggregate.Variance "v", "('v', 'var')"
      "std", Aggregate.Deviation "v", "('v', 'std')"
      "median", Aggregate.Median "v", "('v', 'median')"
      "q", Aggregate.Quantile("v", 0.3), "('v', lambda s: s.quantile(0.3))"
      "first", Aggregate.First "v", "('v', 'first')"
      "last", Aggregate.Last "v", "('v', 'last')"
      "distinct", Aggregate.Distinct "v", "('v', 'nunique')" ]

let private named = all |> List.map (fun (name, aggregation, _) -> name, aggregation)

let private python = all |> List.map (fun (name, _, python) -> $"{name}={python}") |> String.concat ", "

[<Tests>]
let tests =
    [ testCase "every aggregation by one key and by two agrees with pandas, gaps included" (fun () ->
          for seed, keys, list in [ 1, [ "a"; "b" ], "['a', 'b']"; 2, [ "b" ], "['b']" ] do
              let columns = table 500 seed

              let expected =
                  Peer.numbers
                      $"pandas.DataFrame(dict(a=x[0], b=x[1], v=x[2])).groupby({list}, as_index=False).agg({python})\
                        .to_numpy().T.ravel()"
                      columns

              Peer.agree expected (frameOf columns |> Grouping.by keys named |> cells))

      testCase "keys may be words, dates, bool and whole numbers far apart; groups ascend by them" (fun () ->
          let sales =
              Csv.parse
                  "city,day,far,yes,price\n\
                   Wien,2024-01-02,-9000000000000,true,1\n\
                   Graz,2024-01-01,9000000000000,false,2\n\
                   Wien,2024-01-02,-9000000000000,true,4\n\
                   ,2024-01-02,1,true,8\n"

          let by keys = sales |> Grouping.by keys [ "sum", Aggregate.Sum "price" ]
          let sums keys = List.ofSeq ((by keys).GetColumn<int64>("sum").Values)
          Expect.equal (sums [ "city" ]) [ 2L; 5L ] "a row that misses a key is in no group"
          Expect.equal (List.ofSeq ((by [ "city" ]).GetColumn<string>("city").Values)) [ "Graz"; "Wien" ] ""
          Expect.equal (sums [ "day" ]) [ 2L; 13L ] ""
          Expect.equal (sums [ "far" ]) [ 5L; 8L; 2L ] ""
          Expect.equal (sums [ "yes" ]) [ 2L; 13L ] ""
          Expect.equal (sums [ "yes"; "city"; "far" ]) [ 2L; 5L ] ""
          Expect.equal ((by [ "day" ]).ColumnTypes |> List.ofSeq) [ typeof<DateTime>; typeof<int64> ] "")

      testCase "the least and the first of words and dates keep their type" (fun () ->
          let frame = Csv.parse "k,w,d\n1,b,2024-01-02\n1,a,2024-01-01\n2,,\n2,c,2024-01-03\n"

          let grouped =
              frame
              |> Grouping.by
                  [ "k" ]
                  [ "least", Aggregate.Min "w"
                    "first", Aggregate.First "w"
                    "latest", Aggregate.Max "d"
                    "words", Aggregate.Count "w" ]

          Expect.equal (List.ofSeq (grouped.GetColumn<string>("least").Values)) [ "a"; "c" ] ""
          Expect.equal (List.ofSeq (grouped.GetColumn<string>("first").Values)) [ "b"; "c" ] ""

          Expect.equal
              (List.ofSeq (grouped.GetColumn<DateTime>("latest").Values))
              [ DateTime(2024, 1, 2); DateTime(2024, 1, 3) ]
              ""

          Expect.equal (List.ofSeq (grouped.GetColumn<int>("words").Values)) [ 2; 1 ] "")

      law "the groups of a frame are its rows, none twice" (fun (keys: int list) ->
          let keys = 1 :: keys
          let frame = frame [ "k" => (Series.ofValues (keys |> List.map (fun k -> k % 5)) :> ISeries<int>) ]
          let parts = frame |> Grouping.split [ "k" ]

          (parts |> List.collect (fun part -> List.ofSeq part.RowKeys) |> List.sort) = List.ofSeq frame.RowKeys
          && parts |> List.forall (fun part -> part.GetColumn<int>("k").Values |> Seq.distinct |> Seq.length = 1))

      testCase "no key, an unknown column, a name that stands twice and the mean of words are errors" (fun () ->
          let frame = Csv.parse "k,w\n1,b\n"
          let by keys columns = message (fun () -> frame |> Grouping.by keys columns)
          Expect.stringContains (by [] []) "name at least one" ""
          Expect.stringContains (by [ "z" ] []) "'z' is no column" ""
          Expect.stringContains (by [ "k" ] [ "k", Aggregate.Size ]) "two columns" ""
          Expect.stringContains (by [ "k" ] [ "m", Aggregate.Mean "w" ]) "'w' is of String" "") ]
    |> testList "Grouping"
