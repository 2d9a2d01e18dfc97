namespace Functional

open System
open System.Text
open nietras.SeparatedValues

/// The rows of a file of separated values, one after the other. Sep splits lines into cells without regard to quotation marks;
/// a cell that begins with one is put together again here, over as many cells and lines as it spans. (Sep's own rule takes any
/// mark in a cell as an opening one, so that a line with an odd one swallows the next lines.)
[<Sealed>]
type internal CsvRows(reader: SepReader, separator: char, options: CsvOptions) =
    // the cells of a row with quotation marks; null where the row is as Sep has it
    let mutable joined: ResizeArray<string> = null
    let mutable line = 0
    let text = StringBuilder()

    /// Adds the text of a cell behind its opening mark to `text`. Gives whether the closing mark was in it.
    let addQuoted (cell: ReadOnlySpan<char>) =
        let mutable i = 0
        let mutable isClosed = false

        while i < cell.Length do
            if cell[i] <> '"' || isClosed then
                text.Append cell[i] |> ignore
                i <- i + 1
            elif i + 1 < cell.Length && cell[i + 1] = '"' then
                text.Append '"' |> ignore
                i <- i + 2
            else
                isClosed <- true
                i <- i + 1

        isClosed

    /// The cells of the row that begins in Sep's current line.
    let join () =
        let cells = ResizeArray<string>()
        let mutable isOpen = false
        let mutable goesOn = true

        while goesOn do
            let row = reader.Current

            for i in 0 .. row.ColCount - 1 do
                let cell = row[i].Span

                if isOpen then
                    if i > 0 then
                        text.Append separator |> ignore

                    isOpen <- not (addQuoted cell)
                elif cell.Length > 0 && cell[0] = '"' then
                    text.Clear() |> ignore
                    isOpen <- not (addQuoted (cell.Slice 1))
                else
                    text.Clear().Append cell |> ignore

                if not isOpen then
                    cells.Add(text.ToString())

            if isOpen && reader.MoveNext() then
                text.Append '\n' |> ignore
            else
                goesOn <- false

        // at the end of the file an open mark closes by itself
        if isOpen then
            cells.Add(text.ToString())

        joined <- cells

    let isLeftOut () =
        let whole = reader.Current.Span

        whole.IsEmpty
        || (match options.Comment with
            | Some mark -> whole[0] = mark
            | None -> false)

    /// Goes to the next row that is neither empty nor a comment, if there is one.
    member _.MoveNext() : bool =
        let mutable found = reader.MoveNext()

        while found && isLeftOut () do
            found <- reader.MoveNext()

        if found then
            line <- reader.Current.LineNumberFrom
            joined <- null

            if options.Quoting = Quoting.Standard && reader.Current.Span.Contains '"' then
                join ()

        found

    /// The number of cells of the current row.
    member _.Count: int = if isNull joined then reader.Current.ColCount else joined.Count

    /// The text of a cell of the current row, without its marks.
    member _.Cell(i: int) : ReadOnlySpan<char> = if isNull joined then reader.Current[i].Span else joined[i].AsSpan()

    /// The line, from 1, in which the current row begins.
    member _.Line: int = line

    /// The cells of the current row as they are, for errors.
    member me.Text: string =
        let cells = [ for i in 0 .. min 20 me.Count - 1 -> me.Cell(i).ToString() ]
        let whole = String.Join(separator, cells)
        if whole.Length > 200 then whole.Substring(0, 200) + "..." else whole

    interface IDisposable with
        member _.Dispose() = reader.Dispose()
