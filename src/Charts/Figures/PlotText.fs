/// Text as plotly.js shows it literally: its markup (`<b>`, `<br>`, `<a>`, `&lt;`) escaped, new lines kept.
module internal Functional.PlotText

open System.Text.RegularExpressions

// plotly.js decodes entities once more when it makes pictures: an invisible space keeps a user's own entity from being one
let private entity = Regex("&(?=#?[0-9A-Za-z]+;)", RegexOptions.CultureInvariant)

/// A user's text, to be shown as it stands.
let literal (text: string) : string =
    match text with
    | null -> ""
    | text ->
        entity
            .Replace(text, "&\u200b")
            .Replace("&", "&amp;")
            .Replace("<", "&lt;")
            .Replace(">", "&gt;")
            .Replace("\r\n", "<br>")
            .Replace("\n", "<br>")
            .Replace("\r", "<br>")
            // plotly.js fills %{...} of templates
            .Replace("%{", "%\u200b{")
