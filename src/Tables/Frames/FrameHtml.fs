namespace Functional

open System
open System.Globalization
open System.Text
open Deedle

/// How much of a frame a table shows. Begin with `HtmlOptions.defaults`.
type HtmlOptions =
    {
        /// The most rows that are shown: of more the first and the last ones. Default 20.
        MaxRows: int
        /// The most columns that are shown: of more the first and the last ones. Default 20.
        MaxColumns: int
    }

    /// 20 rows and 20 columns.
    static member defaults = { MaxRows = 20; MaxColumns = 20 }

/// Frames as tables of web pages and notebooks.
[<AutoOpen>]
module FrameHtml =
    /// Deedle's frames.
    [<RequireQualifiedAccess>]
    module Frame =
        /// The positions that are shown, with none between the first and the last ones where some are left out.
        let private shown (most: int) (count: int) : int option list =
            if count <= most then
                [ for i in 0 .. count - 1 -> Some i ]
            else
                let last = most / 2

                [ for i in 0 .. most - last - 1 -> Some i ]
                @ [ None ]
                @ [ for i in count - last .. count - 1 -> Some i ]

        let private text (value: obj) : string =
            match value with
            | :? float as number -> TextTable.number number
            | :? float32 as number -> TextTable.number (float number)
            | :? DateTime as date -> TextTable.date date
            | value -> Convert.ToString(value, CultureInfo.InvariantCulture)

        let private isNumber (columnType: Type) =
            columnType.IsPrimitive && columnType <> typeof<bool> || columnType = typeof<decimal>

        /// The frame as an HTML table: row keys, column names and cells, numbers in six figures and to the right, `missing` where
        /// a value is, an ellipsis where rows or columns are left out, and below it how many there are. All text is encoded.
        let toHtmlWith (options: HtmlOptions) (frame: Frame<'R, 'C>) : string =
            let operation = "Frame.toHtml"

            if options.MaxRows < 1 then
                Fail.argument operation "MaxRows" options.MaxRows "shows nothing; give 1 or more."

            if options.MaxColumns < 1 then
                Fail.argument operation "MaxColumns" options.MaxColumns "shows nothing; give 1 or more."

            let keys, types = Array.ofSeq frame.ColumnKeys, Array.ofSeq frame.ColumnTypes
            let columns = shown options.MaxColumns keys.Length

            let series =
                [ for column in columns ->
                      column |> Option.map (fun i -> isNumber types[i], frame.GetColumn<obj> keys[i]) ]

            let html = StringBuilder(HtmlTable.style + "<table class=\"functional-frame\"><thead><tr><th></th>")
            let add (piece: string) = html.Append piece |> ignore

            for column in columns do
                match column with
                | Some i -> add $"<th>{HtmlTable.encoded (string keys[i])}</th>"
                | None -> add "<th>&hellip;</th>"

            add "</tr></thead><tbody>"

            for row in shown options.MaxRows frame.RowCount do
                match row with
                | None -> add ("<tr>" + String.replicate (columns.Length + 1) "<td class=\"m\">&hellip;</td>" + "</tr>")
                | Some row ->
                    add $"<tr><th>{HtmlTable.encoded (text (box (frame.GetRowKeyAt row)))}</th>"

                    for column in series do
                        match column |> Option.map (fun (isNumber, series) -> isNumber, series.TryGetAt row) with
                        | None -> add "<td class=\"m\">&hellip;</td>"
                        | Some(_, cell) when not cell.HasValue -> add "<td class=\"m\">missing</td>"
                        | Some(true, cell) -> add $"<td class=\"n\">{HtmlTable.encoded (text cell.Value)}</td>"
                        | Some(false, cell) -> add $"<td>{HtmlTable.encoded (text cell.Value)}</td>"

                    add "</tr>"

            add $"</tbody></table><p>{frame.RowCount} rows, {keys.Length} columns</p>"
            html.ToString()

        /// The frame as an HTML table of at most 20 rows and columns; see `toHtmlWith`.
        let toHtml (frame: Frame<'R, 'C>) : string = toHtmlWith HtmlOptions.defaults frame
