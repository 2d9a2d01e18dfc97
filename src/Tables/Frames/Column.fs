namespace Functional

open System
open System.Globalization

/// The kind of values that a column holds, as preparations tell columns apart.
[<RequireQualifiedAccess>]
type ColumnForm =
    /// Whole or real numbers.
    | Numbers
    /// Words, and every type without a form of its own by its text.
    | Words
    /// true and false.
    | Flags
    /// Dates with their time of day.
    | Dates

/// The values of one column, as preparations compute with them.
[<RequireQualifiedAccess>]
type Column =
    /// Numbers; NaN is a missing one.
    | Numbers of float[]
    /// Words; null is a missing one.
    | Words of string[]
    /// true and false; null is missing.
    | Flags of Nullable<bool>[]
    /// Dates with their time of day; null is missing.
    | Dates of Nullable<DateTime>[]

    /// The number of rows.
    member c.Length: int =
        match c with
        | Numbers values -> values.Length
        | Words values -> values.Length
        | Flags values -> values.Length
        | Dates values -> values.Length

    /// The kind of values.
    member c.Form: ColumnForm =
        match c with
        | Numbers _ -> ColumnForm.Numbers
        | Words _ -> ColumnForm.Words
        | Flags _ -> ColumnForm.Flags
        | Dates _ -> ColumnForm.Dates

/// Reading columns.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Column =
    /// A number as a word: the shortest text that reads back as the same number, "1" for 1.0.
    let internal wordOfNumber (x: float) : string =
        if Double.IsNaN x then
            null
        else
            (x + 0.0).ToString("R", CultureInfo.InvariantCulture)

    /// A date as a word: yyyy-MM-dd, with the time where it is not midnight.
    let internal wordOfDate (date: DateTime) : string =
        if date.TimeOfDay = TimeSpan.Zero then
            date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        else
            date.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture)

    /// The values as numbers, NaN where one is missing: true is 1. Words and dates are an error of `InvalidData`; `operation` and
    /// `name` stand in it.
    let numbers (operation: string) (name: string) (column: Column) : float[] =
        let refuse kind =
            Fail.data
                operation
                $"column '{name}' is of {kind} and not of numbers. Encode it as numbers first, or leave it out."

        match column with
        | Column.Numbers values -> values
        | Column.Flags values ->
            values
            |> Array.map (fun flag ->
                if not flag.HasValue then nan
                elif flag.Value then 1.0
                else 0.0)
        | Column.Words _ -> refuse "words"
        | Column.Dates _ -> refuse "dates"

    /// The values as words, null where one is missing: numbers by their shortest text ("1" for 1.0), flags as True and False,
    /// dates as yyyy-MM-dd.
    let words (column: Column) : string[] =
        match column with
        | Column.Words values -> values
        | Column.Numbers values -> values |> Array.map wordOfNumber
        | Column.Flags values ->
            values
            |> Array.map (fun flag ->
                if not flag.HasValue then null
                elif flag.Value then "True"
                else "False")
        | Column.Dates values -> values |> Array.map (fun date -> if date.HasValue then wordOfDate date.Value else null)

    /// Whether the value of each row is missing.
    let missing (column: Column) : bool[] =
        match column with
        | Column.Numbers values -> values |> Array.map Double.IsNaN
        | Column.Words values -> values |> Array.map isNull
        | Column.Flags values -> values |> Array.map (fun flag -> not flag.HasValue)
        | Column.Dates values -> values |> Array.map (fun date -> not date.HasValue)

    /// The rows of these numbers, in this order.
    let rows (indices: int[]) (column: Column) : Column =
        let pick (values: 'T[]) = indices |> Array.map (fun i -> values[i])

        match column with
        | Column.Numbers values -> Column.Numbers(pick values)
        | Column.Words values -> Column.Words(pick values)
        | Column.Flags values -> Column.Flags(pick values)
        | Column.Dates values -> Column.Dates(pick values)

    /// The different values as words, without the missing ones, in ascending order: numbers by value, false before true, dates by
    /// time, words by the codes of their characters.
    let categories (column: Column) : string[] =
        match column with
        | Column.Numbers values ->
            values
            |> Array.filter (Double.IsNaN >> not)
            |> Array.distinct
            |> Array.sort
            |> Array.map wordOfNumber
        | Column.Dates values ->
            values
            |> Array.filter _.HasValue
            |> Array.map _.Value
            |> Array.distinct
            |> Array.sort
            |> Array.map wordOfDate
        | Column.Words _
        | Column.Flags _ ->
            let different = words column |> Array.filter (isNull >> not) |> Array.distinct
            Array.sortInPlaceWith (fun (a: string) b -> String.CompareOrdinal(a, b)) different
            different

    /// The values that `words` gave, of a form; null is a missing one. A word that is not of the form is an error.
    let internal ofWords operation (form: ColumnForm) (words: string[]) : Column =
        let refuse kind (word: string) = Fail.data operation $"'{word}' is not {kind}, which its column is of."

        let number (word: string) =
            match word, Double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture) with
            | null, _ -> nan
            | _, (true, value) -> value
            | _ -> refuse "a number" word

        let flag (word: string) =
            match word with
            | null -> Nullable()
            | "True" -> Nullable true
            | "False" -> Nullable false
            | _ -> refuse "true or false" word

        let date (word: string) =
            match word, DateTime.TryParse(word, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind) with
            | null, _ -> Nullable()
            | _, (true, value) -> Nullable value
            | _ -> refuse "a date" word

        match form with
        | ColumnForm.Words -> Column.Words words
        | ColumnForm.Numbers -> Column.Numbers(Array.map number words)
        | ColumnForm.Flags -> Column.Flags(Array.map flag words)
        | ColumnForm.Dates -> Column.Dates(Array.map date words)

    /// The column in a form that it can take without loss: anything as words, true and false as numbers, and one without any value
    /// in every form. None otherwise.
    let internal tryAs (form: ColumnForm) (column: Column) : Column option =
        match form, column with
        | _, _ when column.Form = form -> Some column
        | ColumnForm.Words, _ -> Some(Column.Words(words column))
        | ColumnForm.Numbers, Column.Flags _ -> Some(Column.Numbers(numbers "" "" column))
        | _ when Array.forall id (missing column) -> Some(ofWords "" form (Array.create column.Length null))
        | _ -> None
