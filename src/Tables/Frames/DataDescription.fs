namespace Functional

open System
open System.Globalization
open Deedle
open Functional.Notebooks

/// What is known of a column of numbers; all NaN where it has no value.
type NumberSummary =
    {
        /// The arithmetic mean.
        Mean: float
        /// The sample standard deviation (n - 1); NaN of fewer than two values.
        Deviation: float
        /// The least value.
        Min: float
        /// The first quartile, linear between values.
        LowerQuartile: float
        /// The median.
        Median: float
        /// The third quartile, linear between values.
        UpperQuartile: float
        /// The largest value.
        Max: float
    }

/// What is known of a column of dates that has at least one.
type DateSummary =
    {
        /// The mean of the dates.
        Mean: DateTime
        /// The first date.
        Min: DateTime
        /// The first quartile, linear between dates.
        LowerQuartile: DateTime
        /// The median.
        Median: DateTime
        /// The third quartile, linear between dates.
        UpperQuartile: DateTime
        /// The last date.
        Max: DateTime
    }

/// What is known of a column of words, or of true and false.
type WordSummary =
    {
        /// How many different values there are.
        Unique: int
        /// The value that stands most often, the one that comes first of several; none where there is no value.
        Top: string option
        /// How often it stands.
        Frequency: int
    }

/// What is known of a column, by what it holds.
[<RequireQualifiedAccess>]
type ColumnSummary =
    /// Numbers.
    | Numbers of NumberSummary
    /// Dates.
    | Dates of DateSummary
    /// Words, true and false, and everything else, as text.
    | Words of WordSummary

/// The description of a column.
type ColumnDescription =
    {
        /// Its name.
        Name: string
        /// The type of its values.
        Type: Type
        /// How many values it has.
        Count: int
        /// How many values it misses.
        Missing: int
        /// What they are like.
        Summary: ColumnSummary
    }

/// Describing columns.
module internal ColumnDescriptions =
    let private numbersOf (values: float[]) : NumberSummary =
        match values |> Numbers.known |> Array.sort with
        | [||] ->
            { Mean = nan
              Deviation = nan
              Min = nan
              LowerQuartile = nan
              Median = nan
              UpperQuartile = nan
              Max = nan }
        | known ->
            let quartile share = Quantiles.ofSorted QuantileMethod.Linear share known

            { Mean = Numbers.mean known
              Deviation = if known.Length < 2 then nan else Statistics.deviation known
              Min = known[0]
              LowerQuartile = quartile 0.25
              Median = quartile 0.5
              UpperQuartile = quartile 0.75
              Max = known[known.Length - 1] }

    /// Dates are counted from the first one, so that ticks are whole numbers in floats for 28 years and right to 2^-52 beyond.
    let private datesOf (dates: DateTime[]) : DateSummary =
        let first = Array.min dates
        let since = numbersOf (dates |> Array.map (fun date -> float (date.Ticks - first.Ticks)))
        let date (ticks: float) = first.AddTicks(int64 (Math.Round ticks))

        { Mean = date since.Mean
          Min = first
          LowerQuartile = date since.LowerQuartile
          Median = date since.Median
          UpperQuartile = date since.UpperQuartile
          Max = date since.Max }

    let private wordsOf (words: string[]) : WordSummary =
        match words |> Array.countBy id with
        | [||] -> { Unique = 0; Top = None; Frequency = 0 }
        | counts ->
            let top, frequency = counts |> Array.maxBy snd
            { Unique = counts.Length; Top = Some top; Frequency = frequency }

    let private known (values: 'T[], isKnown: bool[] option) : 'T[] =
        match isKnown with
        | None -> values
        | Some isKnown -> Array.zip values isKnown |> Array.filter snd |> Array.map fst

    let private textOf (value: obj) : string = Convert.ToString(value, CultureInfo.InvariantCulture)

    /// The description of a column.
    let ofColumn (frame: Frame<'R, string>) (name: string) (columnType: Type) : ColumnDescription =
        let describe count summary =
            { Name = name
              Type = columnType
              Count = count
              Missing = frame.RowCount - count
              Summary = summary }

        let words (words: string[]) = describe words.Length (ColumnSummary.Words(wordsOf words))

        if columnType = typeof<DateTime> then
            match known (FrameColumns.values<DateTime, _, _> frame name) with
            | [||] -> words [||]
            | dates -> describe dates.Length (ColumnSummary.Dates(datesOf dates))
        elif columnType = typeof<bool> then
            FrameColumns.values<bool, _, _> frame name
            |> known
            |> Array.map (fun value -> textOf (box value))
            |> words
        elif columnType = typeof<string> then
            FrameColumns.values<string, _, _> frame name |> known |> words
        else
            match FrameColumns.tryFloats frame name columnType with
            | Some values -> describe (Numbers.known values).Length (ColumnSummary.Numbers(numbersOf values))
            | None -> (frame.GetColumn<obj> name).Values |> Seq.map textOf |> Array.ofSeq |> words

/// The description of a frame, column by column (pandas: describe(include="all")).
[<TypeFormatterSource(typeof<NotebookFormatterSource>)>]
type DataDescription =
    {
        /// The number of rows.
        RowCount: int
        /// The columns, in order.
        Columns: ColumnDescription list
    }

    /// A table of the columns of numbers, one of those of dates and one of those of words, each with its header; none that is empty.
    member private d.Tables: (string list * string list list) list =
        let head (column: ColumnDescription) =
            [ column.Name; column.Type.Name; string column.Count; string column.Missing ]

        let table titles (cells: ColumnDescription -> string list option) =
            [ "column"; "type"; "count"; "missing" ] @ titles,
            d.Columns |> List.choose (fun column -> cells column |> Option.map (List.append (head column)))

        let quartiles = [ "min"; "25%"; "50%"; "75%"; "max" ]

        let ofNumbers column =
            match column.Summary with
            | ColumnSummary.Numbers n ->
                [ n.Mean; n.Deviation; n.Min; n.LowerQuartile; n.Median; n.UpperQuartile; n.Max ]
                |> List.map TextTable.number
                |> Some
            | ColumnSummary.Dates _
            | ColumnSummary.Words _ -> None

        let ofDates column =
            match column.Summary with
            | ColumnSummary.Dates d ->
                [ d.Mean; d.Min; d.LowerQuartile; d.Median; d.UpperQuartile; d.Max ]
                |> List.map TextTable.date
                |> Some
            | ColumnSummary.Numbers _
            | ColumnSummary.Words _ -> None

        let ofWords column =
            match column.Summary with
            | ColumnSummary.Words w -> Some [ string w.Unique; defaultArg w.Top ""; string w.Frequency ]
            | ColumnSummary.Numbers _
            | ColumnSummary.Dates _ -> None

        [ table ([ "mean"; "std" ] @ quartiles) ofNumbers
          table ("mean" :: quartiles) ofDates
          table [ "unique"; "top"; "freq" ] ofWords ]
        |> List.filter (fun (_, rows) -> not rows.IsEmpty)

    member private d.Size = $"{d.RowCount} rows, {d.Columns.Length} columns"

    /// A table of the columns of numbers, one of those of dates and one of those of words.
    override d.ToString() =
        let lines = [ for header, rows in d.Tables -> "" :: TextTable.lines (header :: rows) ]
        d.Size :: List.concat lines |> String.concat "\n"

    interface IShownInNotebooks with
        member d.NotebookHtml() =
            let tables = d.Tables |> List.map (fun (header, rows) -> HtmlTable.ofTexts header rows)
            HtmlTable.style + String.concat "<br>" tables + $"<p>{d.Size}</p>"

/// Statistics of whole frames: beside Deedle's own functions of frames.
[<AutoOpen>]
module FrameStatistics =
    /// Deedle's frames.
    [<RequireQualifiedAccess>]
    module Frame =
        /// The description of a frame: of each column how many values it has and misses, and what they are like.
        let describe (frame: Frame<'R, string>) : DataDescription =
            { RowCount = frame.RowCount
              Columns =
                [ for name, columnType in Seq.zip frame.ColumnKeys frame.ColumnTypes ->
                      ColumnDescriptions.ofColumn frame name columnType ] }

        /// The description of a frame as a frame: a row for each statistic under pandas' names (count, unique, top, freq, mean,
        /// std, min, 25%, 50%, 75%, max), a column for each of the frame's; what a column has not is missing.
        let describeAsFrame (frame: Frame<'R, string>) : Frame<string, string> =
            let quartiles values = List.zip [ "min"; "25%"; "50%"; "75%"; "max" ] values

            let column (c: ColumnDescription) : ISeries<string> =
                match c.Summary with
                | ColumnSummary.Numbers n ->
                    [ "count", float c.Count; "mean", n.Mean; "std", n.Deviation ]
                    @ quartiles [ n.Min; n.LowerQuartile; n.Median; n.UpperQuartile; n.Max ]
                    |> series
                    :> _
                | ColumnSummary.Dates d ->
                    [ "count", box c.Count; "mean", box d.Mean ]
                    @ quartiles [ box d.Min; box d.LowerQuartile; box d.Median; box d.UpperQuartile; box d.Max ]
                    |> series
                    :> _
                | ColumnSummary.Words w ->
                    [ "count", box c.Count
                      "unique", box w.Unique
                      match w.Top with
                      | Some top -> "top", box top
                      | None -> ()
                      "freq", box w.Frequency ]
                    |> series
                    :> _

            let order = [ "count"; "unique"; "top"; "freq"; "mean"; "std"; "min"; "25%"; "50%"; "75%"; "max" ]
            let all = Frame.ofColumns [ for c in (describe frame).Columns -> c.Name, column c ]
            all |> Frame.sliceRows (order |> List.filter (fun name -> Seq.contains name all.RowKeys))

        /// The columns of numbers and bool, as floats.
        let private numbers operation (frame: Frame<'R, string>) : (string * float[]) list =
            match
                [ for name, columnType in Seq.zip frame.ColumnKeys frame.ColumnTypes do
                      match FrameColumns.tryFloats frame name columnType with
                      | Some values -> name, values
                      | None -> () ]
            with
            | [] -> Fail.data operation "there is no column of numbers; encode the words, or choose other columns."
            | columns -> columns

        /// A symmetric table of a function of each pair of columns.
        let private ofPairs
            operation
            (f: float[] -> float[] -> float)
            (frame: Frame<'R, string>)
            : Frame<string, string> =
            let columns = numbers operation frame |> Array.ofList
            let k = columns.Length
            let cells = Array2D.zeroCreate k k

            for i in 0 .. k - 1 do
                for j in 0..i do
                    cells[i, j] <- f (snd columns[i]) (snd columns[j])
                    cells[j, i] <- cells[i, j]

            let names = Array.map fst columns

            Frames.ofVectorsBy
                names
                names
                [| for j in 0 .. k - 1 -> Vector.ofValues [| for i in 0 .. k - 1 -> cells[i, j] |] |]

        let private pairwise least f (xs: float[]) (ys: float[]) =
            let xs, ys = Numbers.pairs "Frame.correlations" xs ys
            if xs.Length < least then nan else f xs ys

        /// The correlations of all columns of numbers with each other, as a frame whose rows and columns they are (pandas:
        /// corr). Pairs of which a value is missing are skipped; missing where a column is constant or has fewer than two
        /// pairs.
        let correlations (method: CorrelationMethod) (frame: Frame<'R, string>) : Frame<string, string> =
            frame |> ofPairs "Frame.correlations" (pairwise 2 (Correlation.by method))

        /// The sample covariances of all columns of numbers with each other, as a frame whose rows and columns they are (pandas:
        /// cov). Pairs of which a value is missing are skipped.
        let covariances (frame: Frame<'R, string>) : Frame<string, string> =
            frame |> ofPairs "Frame.covariances" (pairwise 2 Correlation.covariance)
