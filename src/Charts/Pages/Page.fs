/// Pages of HTML that show figures.
module internal Functional.Page

open System.Net
open System.Text

/// The element and the script that draw a figure, by an id that the page has once. plotly.js must stand before it.
let drawing (id: string) (figure: Figure) : string =
    let json = PlotJson.script (Figure.json figure)

    $"""<div id="{id}" class="chart" style="width:100%%;max-width:{figure.Width}px;height:{figure.Height}px"></div>
<script>
(function () {{
  var figure = {json};
  Plotly.newPlot("{id}", figure);
}})();
</script>"""

/// The title of the page as plain text: markup of plotly.js undone.
let plainTitle (figure: Figure) =
    match figure.Title with
    | None -> "Chart"
    | Some text -> WebUtility.HtmlDecode(text.Replace("<br>", " "))

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
        .Append(drawing "chart" figure)
        .Append("\n</body>\n</html>\n")
        .ToString()
