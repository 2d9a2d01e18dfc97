namespace Functional

open System

/// The time from one value of a series to the next.
[<RequireQualifiedAccess>]
type Period =
    /// A length of time that is always the same: seconds, hours, days, weeks.
    | Every of TimeSpan
    /// So many months of the calendar; 3 for quarters, 12 for years.
    | Months of int

    /// Hours.
    static member hours(count: int) = Period.Every(TimeSpan.FromHours(float count))

    /// Days.
    static member days(count: int) = Period.Every(TimeSpan.FromDays(float count))

    override p.ToString() =
        match p with
        | Period.Every span -> string span
        | Period.Months 1 -> "1 month"
        | Period.Months months -> $"{months} months"

/// Counting periods.
module internal Periods =
    /// A time as text, whatever the culture.
    let text (time: DateTime) : string =
        time.ToString("yyyy-MM-dd HH:mm:ss", Globalization.CultureInfo.InvariantCulture)

    let check operation (period: Period) : unit =
        match period with
        | Period.Every span when span <= TimeSpan.Zero ->
            Fail.argument operation "period" span "is no time from one value to the next; give more than 0."
        | Period.Months months when months < 1 ->
            Fail.argument operation "period" months "is no number of months; give 1 or more."
        | Period.Every _
        | Period.Months _ -> ()

    let private monthOf (time: DateTime) = time.Year * 12 + time.Month - 1

    /// The day in the month of a start, or the last one of a month that has no such day. A start at the end of its month stands
    /// for the ends of all months.
    let private inMonth (start: DateTime) (months: int) : DateTime =
        let moved = start.AddMonths months

        if start.Day = DateTime.DaysInMonth(start.Year, start.Month) then
            moved.AddDays(float (DateTime.DaysInMonth(moved.Year, moved.Month) - moved.Day))
        else
            moved

    /// The time so many periods after a start.
    let after (start: DateTime) (period: Period) (count: int) : DateTime =
        match period with
        | Period.Every span -> start.AddTicks(span.Ticks * int64 count)
        | Period.Months months -> inMonth start (months * count)

    /// How many whole periods lie between a start and a time that is not before it.
    let between (start: DateTime) (period: Period) (time: DateTime) : int =
        match period with
        | Period.Every span -> int ((time - start).Ticks / span.Ticks)
        | Period.Months months ->
            let count = (monthOf time - monthOf start) / months
            if after start period count > time then count - 1 else count

    /// The period of ascending times: of months where all lie on one day of their months (or all on the last) and their
    /// most frequent distance is one of months, else the most frequent distance. Needs two times.
    let infer (times: DateTime[]) : Period =
        let mostFrequent (distances: 'T[]) = distances |> Array.countBy id |> Array.maxBy snd |> fst
        let isLast (time: DateTime) = time.Day = DateTime.DaysInMonth(time.Year, time.Month)
        let months = times |> Array.pairwise |> Array.map (fun (a, b) -> monthOf b - monthOf a) |> mostFrequent

        let onOneDay =
            times |> Array.forall (fun time -> time.TimeOfDay = times[0].TimeOfDay)
            && (times |> Array.forall (fun time -> time.Day = times[0].Day) || Array.forall isLast times)

        if onOneDay && months > 0 then
            Period.Months months
        else
            Period.Every(times |> Array.pairwise |> Array.map (fun (a, b) -> b - a) |> mostFrequent)
