namespace Functional

open System

/// How missing values between known ones are filled.
[<RequireQualifiedAccess>]
type GapFilling =
    /// On a line between the values around, position by position, whatever the times (pandas: linear).
    | Linear
    /// On a line between the values around, by the time that has passed (pandas: time).
    | Time
    /// The value before (pandas: ffill).
    | Previous
    /// The value behind (pandas: bfill).
    | Next
    /// The value nearest in position, the earlier of two.
    | Nearest

/// Filling the gaps of arrays, in which NaN is a missing value.
module internal Interpolate =
    /// The nearest position before and behind each that has a value; -1 and n where there is none.
    let private neighbours (values: float[]) : int[] * int[] =
        let n = values.Length
        let before, behind = Array.create n -1, Array.create n n

        for i in 0 .. n - 1 do
            before[i] <-
                if not (Double.IsNaN values[i]) then i
                elif i = 0 then -1
                else before[i - 1]

        for i in n - 1 .. -1 .. 0 do
            behind[i] <-
                if not (Double.IsNaN values[i]) then i
                elif i = n - 1 then n
                else behind[i + 1]

        before, behind

    let private between (values: float[]) (share: float) (first: int) (last: int) =
        values[first] + share * (values[last] - values[first])

    /// The values without gaps where they can be filled; `limit` is the most values in a row that are filled, from the earlier
    /// side. What lies before the first value stays missing but for `Next`; behind the last one it is the last value but for
    /// `Next` and `Nearest`.
    let fill (rule: GapFilling) (limit: int) (times: int64[]) (values: float[]) : float[] =
        let before, behind = neighbours values
        let n = values.Length

        let filled i =
            let first, last = before[i], behind[i]

            match rule with
            | GapFilling.Next -> if last = n then nan else values[last]
            | GapFilling.Nearest when first < 0 || last = n -> nan
            | GapFilling.Nearest -> if last - i < i - first then values[last] else values[first]
            | GapFilling.Linear
            | GapFilling.Time
            | GapFilling.Previous when first < 0 -> nan
            | GapFilling.Previous -> values[first]
            | GapFilling.Linear
            | GapFilling.Time when last = n -> values[first]
            | GapFilling.Linear -> between values (float (i - first) / float (last - first)) first last
            | GapFilling.Time ->
                between values (float (times[i] - times[first]) / float (times[last] - times[first])) first last

        let isWithin i =
            match rule with
            | GapFilling.Next -> behind[i] - i <= limit
            | GapFilling.Linear
            | GapFilling.Time
            | GapFilling.Previous
            | GapFilling.Nearest -> i - before[i] <= limit

        values |> Array.mapi (fun i value -> if Double.IsNaN value && isWithin i then filled i else value)
