namespace Functional

open System.Text

/// Charts as files of pictures, drawn by an installed Chromium.
[<AutoOpen>]
module PictureCharts =

    let private write path (bytes: byte[]) = AtomicFile.write path (fun stream -> stream.Write(bytes, 0, bytes.Length))

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Writes the chart as a PNG of twice its size in pixels, by a Chromium that is started for it (about a second; a
        /// `ChartRenderer` draws many). No Chromium is an error that says how to mend it; pages need none.
        let savePng (path: string) (figure: Figure) : unit =
            use renderer = ChartRenderer.Start()
            write path (renderer.Png(figure, 2.0))

        /// Writes the chart as SVG; see `savePng`.
        let saveSvg (path: string) (figure: Figure) : unit =
            use renderer = ChartRenderer.Start()
            write path (Encoding.UTF8.GetBytes(renderer.Svg figure))

        /// Writes the frames of an animation as a GIF that runs again and again, 200 ms a frame, of the chart's size; see `savePng`.
        let saveGif (path: string) (figure: Figure) : unit =
            use renderer = ChartRenderer.Start()
            write path (renderer.Gif(figure, 200, 1.0))
