namespace Functional

open System
open System.Globalization

/// A part of a date as a number, numbered as in pandas.
[<RequireQualifiedAccess>]
type DatePart =
    /// The year.
    | Year
    /// The quarter, 1 to 4.
    | Quarter
    /// The month, 1 to 12.
    | Month
    /// The week of ISO 8601, 1 to 53.
    | Week
    /// The day of the month, 1 to 31.
    | Day
    /// The day of the week, 0 for Monday to 6 for Sunday.
    | DayOfWeek
    /// The day of the year, 1 to 366.
    | DayOfYear
    /// 1 on Saturdays and Sundays, else 0.
    | IsWeekend
    /// The hour, 0 to 23.
    | Hour
    /// The minute, 0 to 59.
    | Minute
    /// The second, 0 to 59.
    | Second

/// Dates to numbers.
module internal DateEncoding =
    let name = "date_parts"

    let private table: (DatePart * string * (DateTime -> int)) list =
        let dayOfWeek (date: DateTime) = (int date.DayOfWeek + 6) % 7

        [ DatePart.Year, "year", _.Year
          DatePart.Quarter, "quarter", (fun date -> (date.Month + 2) / 3)
          DatePart.Month, "month", _.Month
          DatePart.Week, "week", ISOWeek.GetWeekOfYear
          DatePart.Day, "day", _.Day
          DatePart.DayOfWeek, "day_of_week", dayOfWeek
          DatePart.DayOfYear, "day_of_year", _.DayOfYear
          DatePart.IsWeekend, "is_weekend", (fun date -> if dayOfWeek date >= 5 then 1 else 0)
          DatePart.Hour, "hour", _.Hour
          DatePart.Minute, "minute", _.Minute
          DatePart.Second, "second", _.Second ]

    let settingsOf (parts: DatePart list) =
        let word part = table |> List.pick (fun (p, word, _) -> if p = part then Some word else None)
        [ "parts", Setting.Items(parts |> List.map (word >> Setting.Text)) ]

    let private partsOf settings =
        [ for part in Settings.items (Scaling.settings name settings) "parts" ->
              match table |> List.tryFind (fun (_, word, _) -> part = Setting.Text word) with
              | Some(_, word, read) -> word, read
              | None -> Fail.argument name "parts" (string part) "is no part of a date." ]

    let private check settings =
        let words = partsOf settings |> List.map fst

        if words.IsEmpty || List.distinct words <> words then
            Fail.argument name "parts" (String.concat ", " words) "are no parts; name one or more, each once."

    let private apply (step: PreparedStep) (input: PreparationInput) =
        let number (read: DateTime -> int) (date: Nullable<DateTime>) =
            if date.HasValue then float (read date.Value) else nan

        input.Columns
        |> Array.collect (fun column ->
            match column with
            | Column.Dates dates ->
                [| for _, read in partsOf step.Settings -> Column.Numbers(dates |> Array.map (number read)) |]
            | Column.Numbers _
            | Column.Words _
            | Column.Flags _ -> Fail.data name "a column is not of dates.")

    let kind =
        { PreparationKind.ofNumbers name with
            Takes = [ ColumnForm.Dates ]
            Accepts = [ ColumnForm.Dates ]
            CheckSettings = check
            OutputNames =
                fun step ->
                    [| for column in step.Columns do
                           for part, _ in partsOf step.Settings -> $"{column}_{part}" |]
            Apply = apply }
