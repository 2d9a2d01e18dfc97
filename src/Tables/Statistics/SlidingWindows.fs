/// Statistics of the values in a window that moves along a column, in linear time. A window is the end of one block of values
/// and the start of the next one: what is known of both is merged (van Herk, 1992, for minima). Nothing is ever taken away
/// again, so rounding does not pile up along the column, and an infinity leaves with its value.
module internal Functional.SlidingWindows

open System

/// What is known of some values.
[<Struct>]
type Summary =
    {
        /// How many are not missing.
        Count: int
        /// Their sum.
        Sum: float
        /// Their mean.
        Mean: float
        /// The sum of squared differences from the mean.
        Squares: float
        /// The least of them.
        Min: float
        /// The largest of them.
        Max: float
    }

let private empty = { Count = 0; Sum = 0.0; Mean = 0.0; Squares = 0.0; Min = infinity; Max = -infinity }

let private ofValue (x: float) =
    if Double.IsNaN x then
        empty
    else
        { Count = 1; Sum = x; Mean = x; Squares = 0.0; Min = x; Max = x }

/// The summary of the values of both (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing
/// sample variances", 1979).
let private merge (a: Summary) (b: Summary) : Summary =
    if a.Count = 0 then
        b
    elif b.Count = 0 then
        a
    else
        let count = a.Count + b.Count
        let difference = b.Mean - a.Mean
        let share = float b.Count / float count

        { Count = count
          Sum = a.Sum + b.Sum
          Mean =
            if Double.IsFinite difference then
                a.Mean + difference * share
            else
                (a.Sum + b.Sum) / float count
          Squares = a.Squares + b.Squares + difference * difference * float a.Count * share
          Min = min a.Min b.Min
          Max = max a.Max b.Max }

/// A summary for each position: of the values up to it, at most `size`.
let moving (size: int) (values: float[]) : Summary[] =
    let n = values.Length
    let size = min size (max 1 n)
    // from each position to the end of its block of `size` values
    let toEnd = Array.create n empty

    for i in n - 1 .. -1 .. 0 do
        let own = ofValue values[i]
        toEnd[i] <- if i = n - 1 || (i + 1) % size = 0 then own else merge own toEnd[i + 1]

    let result = Array.create n empty
    let mutable fromStart = empty

    for i in 0 .. n - 1 do
        let own = ofValue values[i]
        fromStart <- if i % size = 0 then own else merge fromStart own
        let first = i - size + 1
        // a window that begins with a block, or before the first value, is what came since the block's start
        result[i] <-
            if first <= 0 || first % size = 0 then
                fromStart
            else
                merge toEnd[first] fromStart

    result

/// A summary for each position: of all values up to it.
let expanding (values: float[]) : Summary[] =
    let result = Array.create values.Length empty
    let mutable all = empty

    for i in 0 .. values.Length - 1 do
        all <- merge all (ofValue values[i])
        result[i] <- all

    result

/// How many of the values in a window have each rank among all values: a tree of counts (Fenwick, 1994).
[<Sealed>]
type private RankCounts(ranks: int) =
    let counts = Array.zeroCreate<int>(ranks + 1)

    let top =
        if ranks = 0 then
            0
        else
            int (Numerics.BitOperations.RoundUpToPowerOf2(uint32 ranks + 1u)) / 2

    let mutable count = 0

    /// How many values there are.
    member _.Count = count

    /// Adds to the count of a rank from 0; -1 is none.
    member _.Add(rank: int, change: int) =
        if rank >= 0 then
            count <- count + change
            let mutable i = rank + 1

            while i <= ranks do
                counts[i] <- counts[i] + change
                i <- i + (i &&& -i)

    /// The rank of the k-th value, from 0.
    member _.At(k: int) : int =
        let mutable position = 0
        let mutable left = k + 1
        let mutable step = top

        while step > 0 do
            let next = position + step

            if next <= ranks && counts[next] < left then
                position <- next
                left <- left - counts[next]

            step <- step / 2

        position

/// The median of the values up to each position, at most `size`, and how many they are: n log n.
let medians (size: int) (values: float[]) : (struct (float * int))[] =
    let sorted = Numbers.known values |> Array.distinct |> Array.sort
    let ranks = values |> Array.map (fun x -> if Double.IsNaN x then -1 else Array.BinarySearch(sorted, x))
    let held = RankCounts sorted.Length

    values
    |> Array.mapi (fun i _ ->
        held.Add(ranks[i], 1)

        if i >= size then
            held.Add(ranks[i - size], -1)

        match held.Count with
        | 0 -> struct (nan, 0)
        | count ->
            let lower, upper = sorted[held.At((count - 1) / 2)], sorted[held.At(count / 2)]
            struct ((lower + upper) / 2.0, count))
