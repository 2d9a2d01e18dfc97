namespace Functional

open System
open System.ComponentModel
open System.Diagnostics
open System.IO
open System.Text

/// Charts as pages.
[<AutoOpen>]
module PageCharts =
    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// A page of HTML with the chart, and plotly.js from where `source` says.
        let toHtmlFrom (source: PlotlySource) (figure: Figure) : string = Page.ofFigure source figure

        /// A page of HTML with the chart; it holds plotly.js (4.6 MB) and works without a network.
        let toHtml (figure: Figure) : string = Page.ofFigure Embedded figure

        /// Writes the page of `toHtmlFrom` to a file, atomically.
        let saveHtmlFrom (source: PlotlySource) (path: string) (figure: Figure) : unit =
            let page = Encoding.UTF8.GetBytes(Page.ofFigure source figure)
            AtomicFile.write path (fun stream -> stream.Write(page, 0, page.Length))

        /// Writes a page that works without a network to a file (4.6 MB and the data), atomically.
        let saveHtml (path: string) (figure: Figure) : unit = saveHtmlFrom Embedded path figure

        /// Opens the chart in the machine's browser, from a page in the folder of temporary files. Where no browser can be opened
        /// the error names the page.
        let show (figure: Figure) : unit =
            let path = Path.Combine(Path.GetTempPath(), $"functional-chart-{Guid.NewGuid():N}.html")
            saveHtml path figure

            try
                use _ = Process.Start(ProcessStartInfo(path, UseShellExecute = true))
                ()
            with
            | :? Win32Exception
            | :? PlatformNotSupportedException ->
                Fail.file path "holds the chart, but this machine has no browser to open it. Open the page by hand."
