/// Numbering the values of key columns (pandas: factorize): rows to codes 0, 1, ... in ascending order of the values.
module internal Functional.KeyCodes

open System
open System.Collections.Generic
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

/// Codes of whole numbers that lie close together, by a table with a place for each: no hashing.
let private tabled (least: int64) (range: int) (values: 'T[]) (toWhole: 'T -> int64) (isKnown: int -> bool) : KeyCodes =
    let rank = Array.zeroCreate<int> range

    for row in 0 .. values.Length - 1 do
        if isKnown row then
            rank[int (toWhole values[row] - least)] <- 1

    let mutable count = 0

    for i in 0 .. range - 1 do
        if rank[i] = 1 then
            rank[i] <- count
            count <- count + 1

    let codes = Array.zeroCreate values.Length

    for row in 0 .. values.Length - 1 do
        codes[row] <- if isKnown row then rank[int (toWhole values[row] - least)] else -1

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

    let isKnown row = all || known[row]

    if most < least then
        { Codes = Array.create values.Length -1; Count = 0 }
    elif bigint most - bigint least < bigint (max 65536 (2 * values.Length)) then
        tabled least (int (most - least) + 1) values toWhole isKnown
    else
        hashed EqualityComparer.Default (Comparison(fun a b -> compare a b)) (Array.map toWhole values) isKnown

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
        let codes = Array.zeroCreate<int64> first.Codes.Length
        let width = int64 second.Count

        for row in 0 .. codes.Length - 1 do
            let a, b = first.Codes[row], second.Codes[row]
            codes[row] <- if a < 0 || b < 0 then -1L else int64 a * width + int64 b

        let known =
            if Array.contains -1 first.Codes || Array.contains -1 second.Codes then
                Some(codes |> Array.map (fun code -> code >= 0L))
            else
                None

        whole id (codes, known)

    match parts with
    | [ one ] -> one
    | parts -> parts |> List.reduce pair
