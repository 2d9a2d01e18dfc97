namespace Functional

open System.IO
open System.IO.Compression
open System.Net

/// Where a page has plotly.js from.
type PlotlySource =
    /// Inside the page, 4.6 MB: it works without a network.
    | Embedded
    /// Linked to cdn.plot.ly: the page is small and needs a network.
    | Cdn
    /// Linked to a script of one's own, by an address or a path.
    | Linked of address: string

/// plotly.js 2.35.3 and the encoder of GIF, kept as resources of the assembly.
module internal PlotlyScript =
    /// The CDN's address of the version that is embedded.
    let cdn = "https://cdn.plot.ly/plotly-2.35.3.min.js"

    let private resource name =
        match typeof<PlotlySource>.Assembly.GetManifestResourceStream name with
        | null -> invalidOp $"The resource {name} is missing."
        | stream -> stream

    let private plotly =
        lazy
            use stream = resource "Functional.Charts.plotly.js.br"
            use plain = new BrotliStream(stream, CompressionMode.Decompress)
            use reader = new StreamReader(plain)
            reader.ReadToEnd()

    /// plotly.js as text.
    let text () = plotly.Value

    /// The encoder of GIF as text.
    let gifEncoder () =
        use reader = new StreamReader(resource "Functional.Charts.gifenc.js")
        reader.ReadToEnd()

    /// The element of a page's head that brings plotly.js.
    let element (source: PlotlySource) =
        match source with
        | Embedded -> $"<script>{text ()}</script>"
        | Cdn -> $"<script src=\"{cdn}\" charset=\"utf-8\"></script>"
        | Linked address -> $"<script src=\"{WebUtility.HtmlEncode address}\" charset=\"utf-8\"></script>"
