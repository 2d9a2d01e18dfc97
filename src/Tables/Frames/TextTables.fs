namespace Functional

open System
open System.Globalization
open System.Net

/// Text of tables with columns as wide as they need.
module internal TextTable =
    /// A number in six figures, whatever the culture.
    let number (value: float) : string =
        if Double.IsNaN value then
            "NaN"
        elif value = 0.0 || (abs value >= 1e-4 && abs value < 1e9) then
            let figures = if value = 0.0 then 0 else int (floor (log10 (abs value))) + 1
            value.ToString("F" + string (Math.Clamp(6 - figures, 0, 6)), CultureInfo.InvariantCulture)
        else
            value.ToString("E5", CultureInfo.InvariantCulture)

    /// A date, with its time where it has one.
    let date (value: DateTime) : string =
        let format = if value.TimeOfDay = TimeSpan.Zero then "yyyy-MM-dd" else "yyyy-MM-dd HH:mm:ss"
        value.ToString(format, CultureInfo.InvariantCulture)

    /// Lines of cells: the first cell to the left, the others to the right.
    let lines (rows: string list list) : string list =
        let widths = rows |> List.transpose |> List.map (List.map String.length >> List.max)

        [ for row in rows ->
              List.zip row widths
              |> List.mapi (fun i (cell, width) -> if i = 0 then cell.PadRight width else cell.PadLeft width)
              |> String.concat "  " ]

/// Tables of web pages and notebooks.
module internal HtmlTable =
    /// What a table looks like.
    let style =
        "<style>.functional-frame{border-collapse:collapse;font-size:90%}"
        + ".functional-frame th,.functional-frame td{padding:2px 10px;border-bottom:1px solid #ddd;text-align:left}"
        + ".functional-frame .n{text-align:right;font-variant-numeric:tabular-nums}"
        + ".functional-frame .m{color:#999}</style>"

    /// Text as a page shows it.
    let encoded (text: string) : string = WebUtility.HtmlEncode text

    /// A table of texts: the first cell of a row names it, the others stand to the right.
    let ofTexts (header: string list) (rows: string list list) : string =
        let cell name i text =
            if i = 0 then
                $"<th>{encoded text}</th>"
            else
                $"<{name} class=\"n\">{encoded text}</{name}>"

        let line name cells = "<tr>" + (cells |> List.mapi (cell name) |> String.concat "") + "</tr>"
        let head, body = line "th" header, rows |> List.map (line "td") |> String.concat ""
        $"<table class=\"functional-frame\"><thead>{head}</thead><tbody>{body}</tbody></table>"
