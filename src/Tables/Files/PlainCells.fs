/// Parsing numbers and dates that are written plainly, as nearly all are: digits, one point, an exponent; 2024-03-01 13:45:30.
/// .NET's parsers know every culture and take several times as long. A cell that is not plain is left to them.
module internal Functional.PlainCells

open System

/// The powers of ten that a float holds exactly.
let private exactPowers = Array.init 23 (fun i -> Math.Pow(10.0, float i))

/// Whole numbers up to 2^53 are floats without rounding.
let private exactWhole = 1L <<< 53

let inline private isDigit (c: char) = uint32 c - uint32 '0' <= 9u

/// A whole number of at most 18 digits, with or without a sign.
let tryWhole (cell: ReadOnlySpan<char>, value: byref<int64>) : bool =
    let signed = cell.Length > 0 && (cell[0] = '-' || cell[0] = '+')
    let first = if signed then 1 else 0

    if cell.Length = first || cell.Length - first > 18 then
        false
    else
        let mutable whole = 0L
        let mutable i = first

        while i < cell.Length && isDigit cell[i] do
            whole <- whole * 10L + int64 (int cell[i] - int '0')
            i <- i + 1

        value <- if signed && cell[0] = '-' then -whole else whole
        i = cell.Length

/// Reads the exponent behind an e. False where it is none, or has more than three digits.
let private tryExponent (digits: ReadOnlySpan<char>, value: byref<int>) : bool =
    let mutable exponent = 0L
    let isOne = digits.Length <= 4 && tryWhole (digits, &exponent)
    value <- int exponent
    isOne

/// A number whose digits fit 53 bits, times or by a power of ten up to 22: one rounding, so the nearest float (Clinger, "How to
/// read floating point numbers accurately", 1990).
let tryFloat (cell: ReadOnlySpan<char>, point: char, value: byref<float>) : bool =
    let negative = cell.Length > 0 && cell[0] = '-'
    let start = if negative then 1 else 0
    let mutable i = start
    let mutable whole = 0L
    let mutable digits = 0
    let mutable fraction = 0
    let mutable seenPoint = false
    let mutable goesOn = true

    while goesOn && i < cell.Length do
        let c = cell[i]

        if isDigit c then
            whole <- whole * 10L + int64 (int c - int '0')
            digits <- digits + 1

            if seenPoint then
                fraction <- fraction + 1

            i <- i + 1
        elif c = point && not seenPoint then
            seenPoint <- true
            i <- i + 1
        else
            goesOn <- false

    let mutable exponent = 0

    let isPlain =
        digits > 0
        && digits <= 18
        && whole <= exactWhole
        && (i = cell.Length || ((cell[i] = 'e' || cell[i] = 'E') && tryExponent (cell.Slice(i + 1), &exponent)))

    let power = exponent - fraction

    if isPlain && abs power < exactPowers.Length then
        let size = float whole
        let size = if power < 0 then size / exactPowers[-power] else size * exactPowers[power]
        value <- if negative then -size else size
        true
    else
        false

/// The number of so many digits from a place on; -1 where one is none.
let private fixedDigits (cell: ReadOnlySpan<char>, start: int, count: int) : int =
    let mutable number = 0
    let mutable i = start

    while i < start + count do
        number <-
            if number >= 0 && isDigit cell[i] then
                number * 10 + (int cell[i] - int '0')
            else
                -1

        i <- i + 1

    number

/// Ticks of a fraction of a second: a point and one to seven digits. -1 where it is none.
let private fractionTicks (cell: ReadOnlySpan<char>) : int64 =
    let digits = cell.Length - 1

    if cell[0] <> '.' || digits < 1 || digits > 7 then
        -1L
    else
        match fixedDigits (cell, 1, digits) with
        | -1 -> -1L
        | number -> int64 number * pown 10L (7 - digits)

/// yyyy-MM-dd, alone or with a space or T and HH:mm, HH:mm:ss or HH:mm:ss.f to .fffffff.
let tryDate (cell: ReadOnlySpan<char>, value: byref<DateTime>) : bool =
    let n = cell.Length

    if n < 10 || cell[4] <> '-' || cell[7] <> '-' then
        false
    else
        let year, month, day = fixedDigits (cell, 0, 4), fixedDigits (cell, 5, 2), fixedDigits (cell, 8, 2)

        let isDay =
            year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month)

        let hasTime = (n = 16 || n = 19 || n > 20) && (cell[10] = ' ' || cell[10] = 'T') && cell[13] = ':'
        let hour = if hasTime then fixedDigits (cell, 11, 2) else 0
        let minute = if hasTime then fixedDigits (cell, 14, 2) else 0

        let second =
            if not hasTime || n = 16 then 0
            elif cell[16] = ':' then fixedDigits (cell, 17, 2)
            else -1

        let ticks = if hasTime && n > 20 then fractionTicks (cell.Slice 19) else 0L

        let isPlain =
            isDay
            && (n = 10 || hasTime)
            && uint32 hour < 24u
            && uint32 minute < 60u
            && uint32 second < 60u
            && ticks >= 0L

        if isPlain then
            value <- DateTime(year, month, day, hour, minute, second).AddTicks ticks

        isPlain
