/// The parts of a report as HTML, and the page that they make.
module internal Functional.ReportHtml

open System.Globalization
open System.Net
open System.Text

/// A part of a section.
type Part =
    | Paragraph of string
    /// Text whose lines and spaces stay, as tables for the terminal.
    | Preformatted of string
    /// Cells; columns after the first stand to the right where they are numbers.
    | Table of header: string list * rows: string list list
    /// HTML that the library made itself.
    | Html of string
    | Chart of caption: string * Figure

type Section = { Title: string; Parts: Part list }

let private encode (text: string) = WebUtility.HtmlEncode text

let private isNumber (text: string) =
    System.Double.TryParse(text.TrimEnd('%', ' '), NumberStyles.Any, CultureInfo.InvariantCulture)
    |> fst

let private cell tag (text: string) =
    let kind = if isNumber text then " class=\"number\"" else ""
    $"<{tag}{kind}>{encode text}</{tag}>"

let private table (header: string list) (rows: string list list) =
    let line tag cells = cells |> List.map (cell tag) |> String.concat ""
    // names of columns of numbers stand as their numbers do
    let numeric i = rows |> List.exists (fun row -> List.tryItem i row |> Option.exists isNumber)

    let head =
        header
        |> List.mapi (fun i name ->
            if numeric i then
                $"<th class=\"number\">{encode name}</th>"
            else
                $"<th>{encode name}</th>")
        |> String.concat ""

    let row cells =
        let cells = line "td" cells
        $"<tr>{cells}</tr>"

    let body = rows |> List.map row |> String.concat "\n"
    let head = if List.forall ((=) "") header then "" else $"<thead><tr>{head}</tr></thead>\n"
    $"<div class=\"wide\"><table>\n{head}<tbody>\n{body}\n</tbody></table></div>"

/// The HTML of a part; charts have the ids "chart-1", "chart-2", ... in order.
let private part (charts: int) (part: Part) : string * int =
    match part with
    | Paragraph text -> $"<p>{encode text}</p>", charts
    | Preformatted text -> $"<pre>{encode text}</pre>", charts
    | Table(header, rows) -> table header rows, charts
    | Html html -> $"<div class=\"wide\">{html}</div>", charts
    | Chart(caption, figure) ->
        let drawing = Drawing.inPage $"chart-{charts + 1}" figure.Width figure.Height (Figure.json figure)

        let text = if caption = "" then "" else $"\n<figcaption>{encode caption}</figcaption>"
        $"<figure>\n{drawing}{text}\n</figure>", charts + 1

let private css =
    """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #f4f6f8; color: #1f2933; line-height: 1.55;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
.page { max-width: 1040px; margin: 0 auto; padding: 40px 48px 64px; background: #fff; min-height: 100vh; }
header { border-bottom: 3px solid #0072b2; padding-bottom: 16px; }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 48px 0 12px; font-size: 1.35rem; padding-bottom: 6px; border-bottom: 1px solid #e3e8ed; overflow-wrap: anywhere; }
.made { margin: 8px 0 0; color: #52606d; font-size: 0.9rem; }
nav { margin: 24px 0 0; padding: 14px 20px; background: #f4f6f8; border-radius: 6px; }
nav ol { margin: 0; padding-left: 22px; columns: 2; column-gap: 40px; }
nav a { color: #005a8d; text-decoration: none; }
nav a:hover { text-decoration: underline; }
p { overflow-wrap: anywhere; }
pre { padding: 14px 16px; background: #f4f6f8; border-radius: 6px; overflow-x: auto; line-height: 1.35; font-size: 0.82rem;
  font-family: ui-monospace, "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.wide { overflow-x: auto; margin: 14px 0; }
table { border-collapse: collapse; font-size: 0.88rem; }
th, td { padding: 5px 14px; border-bottom: 1px solid #e3e8ed; text-align: left; white-space: nowrap; }
thead th { border-bottom: 2px solid #9aa5b1; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 20px 0; }
.chart { margin: 0 auto; }
figcaption { margin: 6px auto 0; max-width: 760px; text-align: center; color: #52606d; font-size: 0.9rem; }
@media print {
  body, .page { background: #fff; }
  .page { padding: 0; max-width: none; }
  figure, table, pre { break-inside: avoid; }
  h2 { break-after: avoid; }
  pre, .wide { overflow: visible; white-space: pre-wrap; }
}
@media (max-width: 700px) { .page { padding: 20px 16px; } nav ol { columns: 1; } }
"""

/// A section; one that has the page's title needs no heading of its own.
let private sectionHtml (pageTitle: string) (number: int) charts (section: Section) =
    let parts, charts = section.Parts |> List.mapFold part charts

    let parts = String.concat "\n" parts
    let heading = if section.Title = pageTitle then "" else $"<h2>{encode section.Title}</h2>\n"
    $"<section id=\"section-{number}\">\n{heading}{parts}\n</section>", charts

let private contents (sections: Section list) =
    let line i (section: Section) = $"<li><a href=\"#section-{i + 1}\">{encode section.Title}</a></li>"

    if sections.Length < 2 then
        ""
    else
        let lines = sections |> List.mapi line |> String.concat "\n"
        $"<nav aria-label=\"Contents\"><ol>\n{lines}\n</ol></nav>\n"

/// The page. plotly.js stands in it once, and only where there is a chart.
let page (source: PlotlySource) (title: string) (made: string) (sections: Section list) : string =
    let bodies, charts =
        ((0, 0), sections)
        ||> List.mapFold (fun (number, charts) section ->
            let html, charts = sectionHtml title (number + 1) charts section
            html, (number + 1, charts))
        |> fun (bodies, (_, charts)) -> bodies, charts

    StringBuilder()
        .Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .Append($"<title>{encode title}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{css}</style>\n")
        .Append(if charts > 0 then PlotlyScript.element source else "")
        .Append("\n</head>\n<body>\n<div class=\"page\">\n<header>\n")
        .Append($"<h1>{encode title}</h1>\n<p class=\"made\">{encode made}</p>\n</header>\n")
        .Append(contents sections)
        .Append("<main>\n")
        .AppendJoin("\n", bodies)
        .Append("\n</main>\n</div>\n</body>\n</html>\n")
        .ToString()
