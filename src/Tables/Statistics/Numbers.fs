/// The numbers that statistics are taken of: NaN stands for a missing value and is skipped, as in pandas and Deedle.
module internal Functional.Numbers

/// The values that are not missing, as an array of their own.
let known (values: seq<float>) : float[] = values |> Seq.filter (System.Double.IsNaN >> not) |> Array.ofSeq

/// The known values, at least `least` of them.
let atLeast operation (least: int) (values: seq<float>) : float[] =
    let xs = known values

    if xs.Length < least then
        let needed = if least = 1 then "one value" else $"{least} values"

        Fail.data
            operation
            $"needs at least {needed} that are not missing, and there are {xs.Length}. Check the column, or drop it."

    xs

/// The known values in ascending order, at least one.
let sorted operation (values: seq<float>) : float[] =
    let xs = atLeast operation 1 values
    Array.sortInPlace xs
    xs

/// The sum with Neumaier's compensation: as accurate as one of twice the digits.
let sum (xs: float[]) : float =
    let mutable total = 0.0
    let mutable lost = 0.0

    for x in xs do
        let next = total + x
        lost <- lost + (if abs total >= abs x then (total - next) + x else (x - next) + total)
        total <- next

    // infinities leave a NaN among what was lost
    if System.Double.IsNaN lost then total else total + lost

/// The mean of one or more numbers, corrected by the mean of what is left.
let mean (xs: float[]) : float =
    let first = sum xs / float xs.Length
    let rest = sum (xs |> Array.map (fun x -> x - first)) / float xs.Length
    if System.Double.IsFinite rest then first + rest else first

/// The sum of (x - mean)^power.
let centralSum (power: int) (xs: float[]) : float =
    let center = mean xs
    sum (xs |> Array.map (fun x -> pown (x - center) power))

/// Pairs of which both values are known, as two arrays. Different lengths are an error.
let pairs operation (xs: seq<float>) (ys: seq<float>) : float[] * float[] =
    let xs, ys = Array.ofSeq xs, Array.ofSeq ys

    if xs.Length <> ys.Length then
        Fail.shapes
            operation
            [ "left", [ xs.Length ]; "right", [ ys.Length ] ]
            "both need as many values: the i-th of one belongs to the i-th of the other."

    Array.zip xs ys
    |> Array.filter (fun (x, y) -> not (System.Double.IsNaN x || System.Double.IsNaN y))
    |> Array.unzip
