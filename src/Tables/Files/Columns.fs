namespace Functional

open System
open System.Collections.Generic
open System.Globalization
open Deedle

/// How the cells of a file are read, with all that the options say prepared.
[<Sealed>]
type internal CellParser(options: CsvOptions) =
    let missing = HashSet<string>(options.MissingValues)
    let missingSpans = missing.GetAlternateLookup<ReadOnlySpan<char>>()
    let longest = if missing.Count = 0 then -1 else missing |> Seq.map _.Length |> Seq.max

    /// Whether a missing word begins and ends with these characters: most cells are seen by them not to be missing.
    let endsOfMissing =
        let ends = Array.zeroCreate<bool>(128 * 128)

        for word in missing do
            if word.Length > 0 && word[0] < '\128' && word[word.Length - 1] < '\128' then
                ends[int word[0] * 128 + int word[word.Length - 1]] <- true

        ends

    let isEmptyMissing = missing.Contains ""
    let hasOtherMissing = missing |> Seq.exists (Seq.exists (fun c -> c >= '\128'))

    let numbers =
        let format = NumberFormatInfo.InvariantInfo.Clone() :?> NumberFormatInfo
        format.NumberDecimalSeparator <- string options.DecimalSeparator

        match options.ThousandsSeparator with
        | Some separator -> format.NumberGroupSeparator <- string separator
        | None -> format.NumberGroupSeparator <- if options.DecimalSeparator = ',' then "." else ","

        format

    let thousands =
        if options.ThousandsSeparator.IsSome then
            NumberStyles.AllowThousands
        else
            NumberStyles.None

    let isDigit (cell: ReadOnlySpan<char>) i = i < cell.Length && Char.IsAsciiDigit cell[i]

    /// Whether thousands, where they are parted, are groups of three digits: 31.12.2024 is no number. (.NET takes any groups.)
    let isGrouped (cell: ReadOnlySpan<char>) =
        match options.ThousandsSeparator with
        | None -> true
        | Some separator ->
            let mutable grouped = true
            let mutable first = true

            for i in 0 .. cell.Length - 1 do
                if cell[i] = separator then
                    let threeBehind =
                        isDigit cell (i + 1)
                        && isDigit cell (i + 2)
                        && isDigit cell (i + 3)
                        && not (isDigit cell (i + 4))

                    let fewBefore = not first || (i >= 1 && not (i >= 4 && isDigit cell (i - 4)))
                    grouped <- grouped && threeBehind && fewBefore
                    first <- false

            grouped

    let isoFormats =
        [| "yyyy-MM-dd"
           "yyyy-MM-dd HH:mm"
           "yyyy-MM-dd HH:mm:ss"
           "yyyy-MM-dd HH:mm:ss.FFFFFFF"
           "yyyy-MM-ddTHH:mm"
           "yyyy-MM-ddTHH:mm:ss"
           "yyyy-MM-ddTHH:mm:ss.FFFFFFF"
           "yyyy-MM-ddTHH:mm:ss.FFFFFFFK" |]

    let formats = Array.append isoFormats (Array.ofList options.DateFormats)

    // with ISO formats alone most cells are seen not to be dates by two characters
    let isoOnly = options.DateFormats.IsEmpty

    /// Whether a cell stands for a missing value.
    member _.IsMissing(cell: ReadOnlySpan<char>) : bool =
        if cell.Length = 0 then
            isEmptyMissing
        elif cell.Length > longest then
            false
        else
            let first, last = int cell[0], int cell[cell.Length - 1]

            (hasOtherMissing || (first < 128 && last < 128 && endsOfMissing[first * 128 + last]))
            && missingSpans.Contains cell

    member _.TryInt64(cell: ReadOnlySpan<char>, value: byref<int64>) : bool =
        PlainCells.tryWhole (cell, &value)
        || (Int64.TryParse(cell, NumberStyles.Integer ||| thousands, numbers, &value) && isGrouped cell)

    member _.TryFloat(cell: ReadOnlySpan<char>, value: byref<float>) : bool =
        if PlainCells.tryFloat (cell, options.DecimalSeparator, &value) then
            true
        elif Double.TryParse(cell, NumberStyles.Float ||| thousands, numbers, &value) && isGrouped cell then
            true
        else
            let word = cell.Trim().TrimStart '+'

            if word.Equals("inf", StringComparison.OrdinalIgnoreCase) then
                value <- Double.PositiveInfinity
                true
            elif word.Equals("-inf", StringComparison.OrdinalIgnoreCase) then
                value <- Double.NegativeInfinity
                true
            else
                false

    member _.TryDate(cell: ReadOnlySpan<char>, value: byref<DateTime>) : bool =
        PlainCells.tryDate (cell, &value)
        || ((not isoOnly || (cell.Length >= 10 && cell[4] = '-' && cell[7] = '-'))
            && DateTime.TryParseExact(
                cell,
                formats,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AllowWhiteSpaces ||| DateTimeStyles.RoundtripKind,
                &value
            ))

/// One column while a file is read.
[<AbstractClass>]
type internal ColumnBuilder() =
    abstract Type: ColumnType

    /// Adds a cell that is not missing. False where it is not of the column's type.
    abstract TryAdd: cell: ReadOnlySpan<char> -> bool

    abstract AddMissing: unit -> unit

    /// A builder of the next wider type with the same values; none where the text of the cells is needed.
    abstract Widened: ColumnBuilder option

    /// The column as Deedle holds it.
    abstract ToVector: unit -> IVector

/// The values of a column of a type without a value for "missing": those that are missing are known by their rows.
[<Sealed>]
type internal ColumnValues<'T>() =
    let values = List<'T>()
    let gaps = List<int>()

    member _.Add(value: 'T) = values.Add value

    member _.AddMissing() =
        gaps.Add values.Count
        values.Add Unchecked.defaultof<'T>

    /// The same column with other values.
    member _.Map(f: 'T -> 'U) : ColumnValues<'U> =
        let mapped = ColumnValues<'U>()
        let mutable gap = 0

        for i in 0 .. values.Count - 1 do
            if gap < gaps.Count && gaps[gap] = i then
                mapped.AddMissing()
                gap <- gap + 1
            else
                mapped.Add(f values[i])

        mapped

    /// The values as floats, NaN where one is missing.
    member _.ToFloats(f: 'T -> float) : List<float> =
        let floats = List<float>(values.Count)

        for value in values do
            floats.Add(f value)

        for row in gaps do
            floats[row] <- nan

        floats

    member _.ToVector() : IVector =
        let all = values.ToArray()

        if gaps.Count = 0 then
            Vector.ofValues all
        else
            let optional = Array.map OptionalValue all

            for row in gaps do
                optional[row] <- OptionalValue.Missing

            Deedle.Vectors.ArrayVector.ArrayVectorBuilder.Instance.CreateMissing optional

/// Text, of which repeated words are kept once.
[<Sealed>]
type internal TextBuilder() =
    inherit ColumnBuilder()

    // columns of many different texts are not worth remembering
    let mostWords = 4096
    let values = ColumnValues<string>()
    let words = HashSet<string>()
    let spans = words.GetAlternateLookup<ReadOnlySpan<char>>()

    override _.Type = ColumnType.Text

    override _.TryAdd cell =
        let mutable known = ""

        if not (spans.TryGetValue(cell, &known)) then
            known <- cell.ToString()

            if words.Count < mostWords then
                words.Add known |> ignore

        values.Add known
        true

    override _.AddMissing() = values.AddMissing()
    override _.Widened = None
    override _.ToVector() = values.ToVector()

/// Numbers; NaN is a missing one, as Deedle has it.
[<Sealed>]
type internal FloatBuilder(parser: CellParser, values: List<float>) =
    inherit ColumnBuilder()

    override _.Type = ColumnType.Float

    override _.TryAdd cell =
        let mutable value = 0.0

        if parser.TryFloat(cell, &value) then
            values.Add value
            true
        else
            false

    override _.AddMissing() = values.Add nan
    override _.Widened = None
    override _.ToVector() = Vector.ofValues (values.ToArray())

/// Values of a type that has none for "missing".
[<AbstractClass>]
type internal ValueBuilder<'T>(columnType: ColumnType, values: ColumnValues<'T>) =
    inherit ColumnBuilder()

    abstract TryParse: cell: ReadOnlySpan<char> * value: byref<'T> -> bool

    override _.Type = columnType

    override me.TryAdd cell =
        let mutable value = Unchecked.defaultof<'T>

        if me.TryParse(cell, &value) then
            values.Add value
            true
        else
            false

    override _.AddMissing() = values.AddMissing()
    override _.Widened = None
    override _.ToVector() = values.ToVector()

/// Whole numbers of 64 bits.
[<Sealed>]
type internal Int64Builder(parser: CellParser, values: ColumnValues<int64>) =
    inherit ValueBuilder<int64>(ColumnType.Int64, values)
    override _.TryParse(cell, value) = parser.TryInt64(cell, &value)
    override _.Widened = Some(FloatBuilder(parser, values.ToFloats float))

/// Whole numbers of 32 bits.
[<Sealed>]
type internal Int32Builder(parser: CellParser, values: ColumnValues<int>) =
    inherit ValueBuilder<int>(ColumnType.Int32, values)

    override _.TryParse(cell, value) =
        let mutable whole = 0L
        let isOne = parser.TryInt64(cell, &whole) && whole >= -2147483648L && whole <= 2147483647L

        if isOne then
            value <- int whole

        isOne

    override _.Widened = Some(Int64Builder(parser, values.Map int64))

/// true and false.
[<Sealed>]
type internal BoolBuilder() =
    inherit ValueBuilder<bool>(ColumnType.Bool, ColumnValues<bool>())
    override _.TryParse(cell, value) = Boolean.TryParse(cell, &value)

/// Dates.
[<Sealed>]
type internal DateBuilder(parser: CellParser) =
    inherit ValueBuilder<DateTime>(ColumnType.Date, ColumnValues<DateTime>())
    override _.TryParse(cell, value) = parser.TryDate(cell, &value)

/// A column whose cells were all missing so far.
[<Sealed>]
type internal EmptyBuilder() =
    inherit ColumnBuilder()
    let mutable count = 0

    member _.Count = count
    override _.Type = ColumnType.Float
    override _.TryAdd _ = false
    override _.AddMissing() = count <- count + 1
    override _.Widened = None
    // a column without values is one of numbers, as in pandas
    override _.ToVector() = Vector.ofValues (Array.create count nan)

/// Making builders.
module internal ColumnBuilder =
    /// An empty builder of a type.
    let ofType (parser: CellParser) (columnType: ColumnType) : ColumnBuilder =
        match columnType with
        | ColumnType.Bool -> BoolBuilder()
        | ColumnType.Int32 -> Int32Builder(parser, ColumnValues<int>())
        | ColumnType.Int64 -> Int64Builder(parser, ColumnValues<int64>())
        | ColumnType.Float -> FloatBuilder(parser, List<float>())
        | ColumnType.Date -> DateBuilder parser
        | ColumnType.Text -> TextBuilder()

    /// The narrowest type that a cell fits.
    let typeOf (parser: CellParser) (cell: ReadOnlySpan<char>) : ColumnType =
        let mutable whole = 0L
        let mutable number = 0.0
        let mutable isTrue = false
        let mutable date = DateTime.MinValue

        if parser.TryInt64(cell, &whole) then
            if whole >= -2147483648L && whole <= 2147483647L then
                ColumnType.Int32
            else
                ColumnType.Int64
        elif parser.TryFloat(cell, &number) then
            ColumnType.Float
        elif Boolean.TryParse(cell, &isTrue) then
            ColumnType.Bool
        elif parser.TryDate(cell, &date) then
            ColumnType.Date
        else
            ColumnType.Text

    /// The narrowest type, not narrower than the one known, that a cell fits.
    let rec widened (parser: CellParser) (known: ColumnType) (cell: ReadOnlySpan<char>) : ColumnType =
        let mutable whole = 0L
        let mutable number = 0.0
        let mutable isTrue = false
        let mutable date = DateTime.MinValue

        match known with
        | ColumnType.Int32 ->
            if parser.TryInt64(cell, &whole) && whole >= -2147483648L && whole <= 2147483647L then
                known
            else
                widened parser ColumnType.Int64 cell
        | ColumnType.Int64 ->
            if parser.TryInt64(cell, &whole) then
                known
            else
                widened parser ColumnType.Float cell
        | ColumnType.Float -> if parser.TryFloat(cell, &number) then known else ColumnType.Text
        | ColumnType.Bool -> if Boolean.TryParse(cell, &isTrue) then known else ColumnType.Text
        | ColumnType.Date -> if parser.TryDate(cell, &date) then known else ColumnType.Text
        | ColumnType.Text -> known

    /// A builder that holds so many missing values.
    let ofMissing (parser: CellParser) (columnType: ColumnType) (count: int) : ColumnBuilder =
        let builder = ofType parser columnType

        for _ in 1..count do
            builder.AddMissing()

        builder
