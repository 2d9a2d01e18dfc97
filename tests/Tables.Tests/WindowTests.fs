module Functional.Tables.Tests.WindowTests

open System
open Functional
open Functional.Tests
open FsCheck
open FsCheck.FSharp
open Expecto

/// A column with gaps, of which some are long, and far from zero.
let private column count seed =
    let random = Random seed

    Array.init count (fun i ->
        if i % 31 > 26 || random.NextDouble() < 0.1 then
            nan
        else
            1e6 + float (random.Next(-400, 400)) / 16.0)

let private statistics =
    [ WindowStatistic.Count, "count"
      WindowStatistic.Sum, "sum"
      WindowStatistic.Mean, "mean"
      WindowStatistic.Min, "min"
      WindowStatistic.Max, "max"
      WindowStatistic.Variance, "var"
      WindowStatistic.Deviation, "std"
      WindowStatistic.Median, "median" ]

let private moving =
    [ // pandas adds and takes away, and so has fewer digits of a column far from zero: it is asked for each window by itself
      testCase "every statistic of a moving window agrees with pandas', gaps included" (fun () ->
          let x = column 200 3

          for size, least in [ 1, 1; 3, 2; 7, 1; 50, 20; 199, 5; 500, 5 ] do
              let options = { MovingOptions.ofSize size with MinPeriods = Some least }

              let expected =
                  statistics
                  |> List.map (fun (_, name) ->
                      let least = if name = "count" then 0 else least
                      $"[w.{name}() if w.count() >= {least} else numpy.nan for w in pandas.Series(x[0]).rolling({size})]")
                  |> String.concat " + "

              let ours =
                  statistics |> List.collect (fun (statistic, _) -> List.ofArray (Moving.by statistic options x))

              Peer.agree (Peer.numbers expected [ x ]) ours)

      testCase "by default all values of a window must be there, as in pandas' rolling" (fun () ->
          let x = Array.init 60 (fun i -> if i % 13 = 12 then nan else float (i * i % 17) / 4.0)

          for name, ours in
              [ "mean", Moving.mean
                "sum", Moving.sum
                "min", Moving.min
                "max", Moving.max
                "std", Moving.deviation
                "median", Moving.median ] do
              Peer.agree (Peer.numbers $"pandas.Series(x[0]).rolling(4).{name}()" [ x ]) (List.ofArray (ours 4 x)))

      testCase "centered windows agree with pandas', of odd and even sizes" (fun () ->
          let x = Array.init 60 (fun i -> float (i * i % 17) / 4.0)

          for size in [ 1; 2; 5; 8 ] do
              let options = { MovingOptions.ofSize size with Centered = true; MinPeriods = Some 1 }

              Peer.agree
                  (Peer.numbers $"pandas.Series(x[0]).rolling({size}, center=True, min_periods=1).mean()" [ x ])
                  (List.ofArray (Moving.by WindowStatistic.Mean options x)))

      testCase "an infinity leaves with its value" (fun () ->
          let means = Moving.mean 2 [ 1.0; infinity; 3.0; 5.0 ]
          Expect.equal (List.ofArray means |> List.skip 1) [ infinity; infinity; 4.0 ] "")

      law "a window over the whole is that of all values so far" (fun (NonEmptyArray(xs: NormalFloat[])) ->
          let xs = xs |> Array.map _.Get

          statistics
          |> List.forall (fun (statistic, _) ->
              let options = { MovingOptions.ofSize xs.Length with MinPeriods = Some 1 }
              let moving, expanding = Moving.by statistic options xs, Expanding.by statistic 1 xs
              Array.forall2 (fun (a: float) b -> a.Equals b) moving expanding))

      testCase "sizes and periods out of range are errors" (fun () ->
          Expect.throwsC (fun () -> Moving.mean 0 [ 1.0 ] |> ignore) (fun e ->
              Expect.stringContains e.Message "Size = 0" "")

          let options = { MovingOptions.ofSize 2 with MinPeriods = Some 3 }

          Expect.throwsC (fun () -> Moving.by WindowStatistic.Sum options [ 1.0 ] |> ignore) (fun e ->
              Expect.stringContains e.Message "MinPeriods = 3" "")) ]
    |> testList "Moving"

let private expanding =
    [ testCase "every statistic of all values so far agrees with pandas'" (fun () ->
          let x = Array.init 80 (fun i -> if i % 13 = 0 then nan else float (i * i % 17) / 4.0)

          let expected =
              statistics
              |> List.map (fun (_, name) -> $"pandas.Series(x[0]).expanding(min_periods=1).{name}().tolist()")
              |> String.concat " + "

          let ours = statistics |> List.collect (fun (statistic, _) -> List.ofArray (Expanding.by statistic 1 x))

          Peer.agree (Peer.numbers expected [ x ]) ours) ]
    |> testList "Expanding"

let private exponential =
    [ testCase "weighted means, variances and deviations agree with pandas' ewm by every option" (fun () ->
          let x = Array.init 60 (fun i -> if i % 11 > 8 || i = 0 then nan else float (i * i % 17) / 4.0)

          for decay, python in
              [ Decay.Alpha 0.3, "alpha=0.3"
                Decay.Span 5.0, "span=5"
                Decay.CenterOfMass 2.5, "com=2.5"
                Decay.HalfLife 3.0, "halflife=3" ] do
              for adjust, ignoreMissing in [ true, false; true, true; false, false; false, true ] do
                  let options =
                      { ExponentialOptions.ofDecay decay with
                          Adjust = adjust
                          IgnoreMissing = ignoreMissing
                          MinPeriods = 3 }

                  let ewm =
                      $"pandas.Series(x[0]).ewm({python}, adjust={adjust}, ignore_na={ignoreMissing}, min_periods=3)"

                  let expected = Peer.numbers $"(lambda e: [*e.mean(), *e.var(), *e.std()])({ewm})" [ x ]

                  let ours =
                      [ ExponentialWindow.meanWith options x
                        ExponentialWindow.varianceWith options x
                        ExponentialWindow.deviationWith options x ]

                  Peer.agree expected (ours |> List.collect List.ofArray))

      testCase "weights out of range are errors" (fun () ->
          for decay in [ Decay.Alpha 0.0; Decay.Span 0.5; Decay.CenterOfMass -1.0; Decay.HalfLife 0.0 ] do
              Expect.throwsC (fun () -> ExponentialWindow.mean decay [ 1.0 ] |> ignore) (fun e ->
                  Expect.stringContains e.Message "Decay" "")) ]
    |> testList "ExponentialWindow"

[<Tests>]
let tests = testList "Windows" [ moving; expanding; exponential ]
