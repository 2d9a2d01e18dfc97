/// Numbering the values of key columns (pandas: factorize): rows to codes 0, 1, ... in ascending order of the values.
module internal Functional.KeyCodes

open System
open System.Collections.Generic
open System.Threading.Tasks
open Deedle

/// The values of a column, numbered.
type KeyCodes =
    {
        /// The code of each row; -1 where the value is missing.
        Codes: int[]
        /// The number of codes.
        Count: int
    }

/// Codes in the order of first appearance, given new numbers in ascending order of the keys.
let private ascending (compare: Comparison<'K>) (keys: List<'K>) (codes: int[]) : KeyCodes =
    let order = Array.init keys.Count id
    let sorted = keys.ToArray()
    Array.Sort(sorted, order, Comparer.Create compare)
    let rank = Array.zeroCreate keys.Count
    order |> Array.iteri (fun i code -> rank[code] <- i)

    for row in 0 .. codes.Length - 1 do
        if codes[row] >= 0 then
            codes[row] <- rank[codes[row]]

    { Codes = codes; Count = keys.Count }

/// Codes by a hash table.
let private hashed (comparer: IEqualityComparer<'K>) (compare: Comparison<'K>) (values: 'K[]) (isKnown: int -> bool) =
    let numbers = Dictionary<'K, int>(comparer)
    let keys = List<'K>()
    let codes = Array.zeroCreate values.Length

    for row in 0 .. values.Length - 1 do
        codes[row] <-
            if isKnown row then
                let mutable code = 0

                if not (numbers.TryGetValue(values[row], &code)) then
                    code <- keys.Count
                    numbers.Add(values[row], code)
                    keys.Add values[row]

                code
            else
                -1

    ascending compare keys codes

/// Calls `f first last` for ranges of rows, each of which ends before `last`, on all processors.
let private inRanges (rows: int) (f: int -> int -> unit) =
    let length = 1 <<< 17

    Parallel.For(0, (rows + length - 1) / length, (fun i -> f (i * length) (min rows ((i + 1) * length))))
    |> ignore

/// Gives the marked places of a table the numbers 0, 1, ... in their order, and tells how many there are.
let private number (table: int[]) : int =
    let mutable count = 0

    for i in 0 .. table.Length - 1 do
        if table[i] = 1 then
            table[i] <- count
            count <- count + 1

    count

/// A table has a place for each number of the range; without hashing, as long as that is no larger than a few times the rows.
let private fitsTable (range: bigint) (rows: int) = range <= bigint (max 65536 (2 * rows))

/// Codes of rows whose values lie close together, by a table with a place for each: no hashing. `place` is that of a row, -1
/// where its value is missing. (That many threads mark one place is harmless: all write 1.)
let inline private tabled (range: int) (rows: int) ([<InlineIfLambda>] place: int -> int) : KeyCodes =
    let table = Array.zeroCreate<int> range

    inRanges rows (fun first last ->
        for row in first .. last - 1 do
            let at = place row

            if at >= 0 then
                table[at] <- 1)

    let count = number table
    let codes = Array.zeroCreate<int> rows

    inRanges rows (fun first last ->
        for row in first .. last - 1 do
            let at = place row
            codes[row] <- if at >= 0 then table[at] else -1)

    { Codes = codes; Count = count }

/// Codes of whole numbers: by a table where it is no larger than a few times the rows, else by hashing.
let inline private whole ([<InlineIfLambda>] toWhole: 'T -> int64) (values: 'T[], known: bool[] option) : KeyCodes =
    let known = defaultArg known [||]
    let all = known.Length = 0
    let mutable least = Int64.MaxValue
    let mutable most = Int64.MinValue

    for row in 0 .. values.Length - 1 do
        if all || known[row] then
            let value = toWhole values[row]
            least <- min least value
            most <- max most value

    // values that the lambdas below may take along
    let first, last = least, most

    if last < first then
        { Codes = Array.create values.Length -1; Count = 0 }
    elif fitsTable (bigint last - bigint first + 1I) values.Length then
        tabled (int (last - first) + 1) values.Length (fun row ->
            if all || known[row] then int (toWhole values[row] - first) else -1)
    else
        hashed EqualityComparer.Default (Comparison(fun a b -> compare a b)) (Array.map toWhole values) (fun row ->
            all || known[row])

let private floats (values: float[]) : KeyCodes =
    hashed EqualityComparer.Default (Comparison(fun (a: float) b -> compare a b)) values (fun row ->
        not (Double.IsNaN values[row]))

let private others (comparer: IEqualityComparer<'T>) compare (values: 'T[], known: bool[] option) : KeyCodes =
    match known with
    | None -> hashed comparer compare values (fun _ -> true)
    | Some known -> hashed comparer compare values (fun row -> known[row])

/// The codes of a column of a frame. A type without an order is an error.
let ofColumn operation (frame: Frame<'R, string>) (name: string) (columnType: Type) : KeyCodes =
    if columnType = typeof<int> then
        whole int64 (FrameColumns.values<int, _, _> frame name)
    elif columnType = typeof<int64> then
        whole id (FrameColumns.values<int64, _, _> frame name)
    elif columnType = typeof<bool> then
        whole (fun (value: bool) -> if value then 1L else 0L) (FrameColumns.values<bool, _, _> frame name)
    elif columnType = typeof<DateTime> then
        whole (fun (value: DateTime) -> value.Ticks) (FrameColumns.values<DateTime, _, _> frame name)
    elif columnType = typeof<string> then
        let compare = Comparison(fun (a: string) b -> String.CompareOrdinal(a, b))
        others StringComparer.Ordinal compare (FrameColumns.values<string, _, _> frame name)
    else
        match FrameColumns.tryFloats frame name columnType with
        | Some values -> floats values
        | None ->
            let values, known = FrameColumns.values<obj, _, _> frame name

            match values |> Array.tryFind (fun value -> not (isNull value) && not (value :? IComparable)) with
            | Some value ->
                Fail.data
                    operation
                    $"column '{name}' holds {value.GetType().Name}, which has no order; group by numbers, dates or words."
            | None ->
                let compare = Comparison(fun (a: obj) (b: obj) -> Comparer.Default.Compare(a, b))
                others EqualityComparer.Default compare (values, known)

/// The codes of several columns together: rows with the same values in all of them share one. A row that misses one of them
/// has none. At most as many codes as rows.
let combined (parts: KeyCodes list) : KeyCodes =
    let pair (first: KeyCodes) (second: KeyCodes) =
        let rows, width = first.Codes.Length, second.Count

        if fitsTable (bigint first.Count * bigint width) rows then
            tabled (first.Count * width) rows (fun row ->
                let a, b = first.Codes[row], second.Codes[row]
                if a < 0 || b < 0 then -1 else a * width + b)
        else
            let code row = int64 first.Codes[row] * int64 width + int64 second.Codes[row]
            let isKnown row = first.Codes[row] >= 0 && second.Codes[row] >= 0
            hashed EqualityComparer.Default (Comparison(fun a b -> compare a b)) (Array.init rows code) isKnown

    match parts with
    | [ one ] -> one
    | parts -> parts |> List.reduce pair
