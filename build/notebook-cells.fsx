// Writes the code cells of a notebook, each ended by ";;", as `dotnet fsi` reads them from its input:
//   dotnet fsi build/notebook-cells.fsx NOTEBOOK.ipynb

open System.IO
open System.Text.Json

let notebook = JsonDocument.Parse(File.ReadAllText fsi.CommandLineArgs[1])

/// A text, or a list of lines that end in newlines.
let text (source: JsonElement) =
    if source.ValueKind = JsonValueKind.String then
        source.GetString()
    else
        source.EnumerateArray() |> Seq.map _.GetString() |> String.concat ""

for cell in notebook.RootElement.GetProperty("cells").EnumerateArray() do
    if cell.GetProperty("cell_type").GetString() = "code" then
        printfn "%s\n;;" (text (cell.GetProperty "source"))
