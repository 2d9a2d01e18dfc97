module Functional.Tables.Tests.TimeSeriesTests

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

let private start = DateTime(2024, 1, 30, 13, 30, 0)

/// A series at these hours after the start; NaN is missing.
let private hourly (hours: float[]) (values: float[]) : Series<DateTime, float> =
    Series(hours |> Array.map start.AddHours, values)

/// Its values in order, NaN where one is missing.
let private valuesOf (series: Series<DateTime, float>) : float list =
    series |> Series.observationsAll |> Seq.map (snd >> Option.defaultValue nan) |> List.ofSeq

let private hoursOf (series: Series<DateTime, float>) : float list =
    [ for time in series.Keys -> (time - DateTime(2024, 1, 1)).TotalHours ]

/// Irregular hours and values with gaps.
let private irregular count seed =
    let random = Random seed
    let hours = Array.init count (fun _ -> float (random.Next 4000) / 4.0) |> Array.distinct |> Array.sort
    hours, hours |> Array.map (fun _ -> if random.Next 4 = 0 then nan else float (random.Next 100) / 8.0)

let private pythonSeries =
    "pandas.Series(x[1], index=pandas.Timestamp('2024-01-30 13:30') + pandas.to_timedelta(numpy.array(x[0]) * 60, 'min'))"

let private interpolation =
    [ testCase "gaps are filled as by pandas' interpolate, ends and limits included" (fun () ->
          let hours, values = irregular 80 5
          values[0] <- nan
          values[1] <- nan
          values[values.Length - 1] <- nan
          values[values.Length - 2] <- nan

          for rule, python in
              [ GapFilling.Linear, "interpolate('linear'"
                GapFilling.Time, "interpolate('time'"
                GapFilling.Previous, "ffill("
                GapFilling.Next, "bfill(" ] do
              for limit in [ None; Some 1; Some 2 ] do
                  let argument =
                      match limit, python.EndsWith '(' with
                      | None, _ -> ")"
                      | Some n, true -> $"limit={n})"
                      | Some n, false -> $", limit={n})"

                  let ours = hourly hours values |> TimeSeries.interpolateWith rule limit |> valuesOf
                  Peer.agree (Peer.numbers $"({pythonSeries}).{python}{argument}" [ hours; values ]) ours)

      testCase "the nearest value is that nearest in position, the earlier of two" (fun () ->
          let filled = hourly [| 0.0 .. 6.0 |] [| nan; 1.0; nan; nan; nan; 5.0; nan |]
          let nearest = filled |> TimeSeries.interpolate GapFilling.Nearest |> valuesOf
          Peer.agree [ nan; 1.0; 1.0; 1.0; 5.0; 5.0; nan ] nearest) ]
    |> testList "GapFilling"

let private periods =
    [ testCase "the period of a series is found, and its gaps are listed" (fun () ->
          let check =
              hourly [| 0.0; 1.0; 2.0; 5.0; 6.0; 6.5; 7.5 |] (Array.create 7 1.0) |> TimeSeries.checkPeriod

          Expect.equal check.Period (Period.Every(TimeSpan.FromHours 1.0)) ""
          Expect.isFalse check.IsRegular ""
          Expect.equal (check.Gaps |> List.map _.Missing) [ 2; 0 ] ""
          Expect.equal check.Gaps[0].After (start.AddHours 2.0) ""
          Expect.stringContains (string check) "2 missing after 2024-01-30 15:30:00" "")

      testCase "months are a period, from their first days and from their ends" (fun () ->
          let monthly (first: DateTime) keep =
              let months =
                  [| for i in 0..30 do
                         if keep i then
                             i |]

              let times = months |> Array.map (fun i -> first.AddMonths i)

              let times =
                  if first.Day < 28 then
                      times
                  else
                      times |> Array.map (fun t -> DateTime(t.Year, t.Month, DateTime.DaysInMonth(t.Year, t.Month)))

              Series(times, Array.map float months) |> TimeSeries.checkPeriod

          let whole = monthly (DateTime(2023, 1, 31)) (fun _ -> true)
          Expect.equal whole.Period (Period.Months 1) ""
          Expect.isTrue whole.IsRegular ""
          let gaps = monthly (DateTime(2023, 1, 1)) (fun i -> i <> 4 && i <> 5 && i <> 20)
          Expect.equal (gaps.Gaps |> List.map _.Missing) [ 2; 1 ] "")

      testCase "the passengers of an airline and the daily temperatures are regular, but for days left out" (fun () ->
          let file = Outside.data "airline/airline-passengers.csv"
          let options = { CsvOptions.defaults with DateFormats = [ "yyyy-MM" ] }
          let frame = Csv.readWith options file
          let columns = List.ofSeq frame.ColumnKeys

          let check =
              frame |> TimeSeries.ofFrame Duplicates.Refused columns[0] columns[1] |> TimeSeries.checkPeriod

          Expect.equal check.Period (Period.Months 1) ""
          Expect.isTrue check.IsRegular "")

      law
          "a series at every time of its period is regular, and has the values it had"
          (fun (steps: NonEmptyArray<PositiveInt>) ->
              let hours = steps.Get |> Array.map (fun step -> float (1 + step.Get % 5)) |> Array.scan (+) 0.0
              let series = hourly hours (Array.map (fun h -> h * 2.0) hours)
              let full = series |> TimeSeries.everyPeriod (Period.hours 1)

              (TimeSeries.checkPeriod full).IsRegular
              && full.KeyCount = int (Array.last hours) + 1
              && (full |> Series.dropMissing |> Series.observations |> List.ofSeq) =
                  (series |> Series.observations |> List.ofSeq)) ]
    |> testList "Period"

let private resampling =
    [ testCase "resampling to hours, days, weeks of days, months, quarters and years agrees with pandas" (fun () ->
          let hours, values = irregular 150 6

          for period, python in
              [ Period.hours 5, "5H"
                Period.days 1, "D"
                Period.days 3, "3D"
                Period.Every(TimeSpan.FromMinutes 45.0), "45T"
                Period.Months 1, "MS"
                Period.Months 3, "QS"
                Period.Months 12, "YS" ] do
              for rule, name in
                  [ Resampling.Statistic WindowStatistic.Mean, "mean"
                    Resampling.Statistic WindowStatistic.Sum, "sum"
                    Resampling.Statistic WindowStatistic.Count, "count"
                    Resampling.Statistic WindowStatistic.Min, "min"
                    Resampling.Statistic WindowStatistic.Max, "max"
                    Resampling.Statistic WindowStatistic.Deviation, "std"
                    Resampling.Statistic WindowStatistic.Median, "median"
                    Resampling.First, "first"
                    Resampling.Last, "last" ] do
                  if period = Period.days 1 || name = "mean" then
                      let resampled = hourly hours values |> TimeSeries.resample period rule

                      let expected =
                          Peer.numbers
                              $"(lambda r: [*((r.index - pandas.Timestamp('2024-01-01')) / pandas.Timedelta('1H')), *r])\
                                ({pythonSeries}.resample('{python}').{name}())"
                              [ hours; values ]

                      Peer.agree expected (hoursOf resampled @ valuesOf resampled)) ]
    |> testList "Resampling"

let private ofFrames =
    [ testCase "a series of a frame is in the order of its dates, and has each once as asked" (fun () ->
          let frame = Csv.parse "day,v\n2024-01-03,3\n2024-01-01,1\n2024-01-03,5\n,9\n2024-01-02,\n"

          let values duplicates = frame |> TimeSeries.ofFrame duplicates "day" "v" |> valuesOf

          Peer.agree [ 1.0; nan; 3.0 ] (values Duplicates.First)
          Peer.agree [ 1.0; nan; 5.0 ] (values Duplicates.Last)
          Peer.agree [ 1.0; nan; 4.0 ] (values Duplicates.Mean)
          Expect.stringContains (message (fun () -> values Duplicates.Refused)) "2 rows have the time 2024-01-03" ""

          Expect.stringContains
              (message (fun () -> frame |> TimeSeries.ofFrame Duplicates.First "v" "v"))
              "'v' is of Int32 and not of dates"
              "")

      testCase "times that do not ascend are an error" (fun () ->
          let series = hourly [| 1.0; 0.0 |] [| 1.0; 2.0 |]
          Expect.stringContains (message (fun () -> TimeSeries.checkPeriod series)) "must ascend" "") ]
    |> testList "ofFrame"

let private lagged =
    [ law
          "each sample is a window and what follows it"
          (fun (extra: PositiveInt) (PositiveInt size) (PositiveInt horizon) ->
              let options =
                  { Window = 1 + size % 6; Horizon = 1 + horizon % 3; Gap = extra.Get % 2; Stride = 1 + size % 2 }

              let needed = options.Window + options.Gap + options.Horizon
              let values = Array.init (needed + extra.Get) float
              let data = LaggedWindows.ofValues options values
              let x, y = Tensor.toFloat64Array data.Features, Tensor.toFloat64Array data.Labels
              let count = extra.Get / options.Stride + 1

              data.Features.Shape = [ count; options.Window; 1 ]
              && data.Labels.Shape = [ count; options.Horizon ]
              && Seq.forall
                  (fun i ->
                      let first = float (i * options.Stride)

                      x[i * options.Window] = first
                      && y[i * options.Horizon] = first + float (options.Window + options.Gap))
                  [ 0 .. count - 1 ])

      testCase "a frame gives windows of all columns, and labels of the targets" (fun () ->
          let frame = Csv.parse "a,b\n1,10\n2,20\n3,30\n4,40\n"
          let options = { WindowOptions.defaults with Window = 2 }
          let one = frame |> LaggedWindows.ofFrame options [ "b" ]
          Expect.equal one.Features.Shape [ 2; 2; 2 ] ""
          Expect.equal (Tensor.toFloat64Array one.Features) [| 1.0; 10.0; 2.0; 20.0; 2.0; 20.0; 3.0; 30.0 |] ""
          Expect.equal (Tensor.toFloat64Array one.Labels) [| 30.0; 40.0 |] ""
          let two = frame |> LaggedWindows.ofFrame options [ "b"; "a" ]
          Expect.equal two.Labels.Shape [ 2; 1; 2 ] ""
          Expect.equal (Tensor.toFloat64Array two.Labels) [| 30.0; 3.0; 40.0; 4.0 |] "")

      testCase "a supervised frame has columns of earlier and later values, as by pandas' shift" (fun () ->
          let series = hourly [| 0.0 .. 5.0 |] [| 0.0; 1.0; 4.0; 9.0; 16.0; 25.0 |]
          let frame = series |> LaggedWindows.toFrame [ 1; 2 ] 2 "v"
          Expect.equal (List.ofSeq frame.ColumnKeys) [ "v(t-2)"; "v(t-1)"; "v(t)"; "v(t+1)" ] ""
          Expect.equal (Seq.head frame.RowKeys) (start.AddHours 2.0) ""
          Expect.equal (List.ofSeq (frame.GetColumn<float>("v(t-2)").Values)) [ 0.0; 1.0; 4.0 ] ""
          Expect.equal (List.ofSeq (frame.GetColumn<float>("v(t+1)").Values)) [ 9.0; 16.0; 25.0 ] "")

      testCase "too few values, and a missing one, are errors" (fun () ->
          Expect.stringContains
              (message (fun () -> LaggedWindows.ofValues WindowOptions.defaults [ 1.0 ]))
              "takes 25 values in a row"
              ""

          let options = { WindowOptions.defaults with Window = 1 }
          Expect.stringContains (message (fun () -> LaggedWindows.ofValues options [ 1.0; nan ])) "row 1" "") ]
    |> testList "LaggedWindows"

[<Tests>]
let tests = testList "TimeSeries" [ interpolation; periods; resampling; ofFrames; lagged ]
