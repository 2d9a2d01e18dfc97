/// Pages of HTML that show figures.
module internal Functional.Page

open System.Net
open System.Text

/// The title of the page as plain text: markup of plotly.js undone.
let plainTitle (figure: Figure) =
    match figure.Title with
    | None -> "Chart"
    | Some text -> WebUtility.HtmlDecode(text.Replace("<br>", " ").Replace("\u200b", ""))

/// A page with one figure.
let ofFigure (source: PlotlySource) (figure: Figure) : string =
    StringBuilder()
        .Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .Append($"<title>{WebUtility.HtmlEncode(plainTitle figure)}</title>\n")
        .Append("<link rel=\"icon\" href=\"data:,\">\n")
        .Append("<style>body { margin: 0; background: #fff; } .chart { margin: 0 auto; }</style>\n")
        .Append(PlotlyScript.element source)
        .Append("\n</head>\n<body>\n")
        .Append(Drawing.inPage "chart" figure.Width figure.Height (Figure.json figure))
        .Append("\n</body>\n</html>\n")
        .ToString()
