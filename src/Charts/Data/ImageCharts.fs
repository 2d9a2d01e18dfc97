namespace Functional

open System
open XPlot.Plotly

/// How a grid of images looks.
type ImageGridOptions =
    {
        /// Images in a row; 0 for as many as make the grid about square.
        Columns: int
        /// A title above each image, of one or more lines; empty for none.
        Titles: string list
        /// The colour of each title; empty for all in the colour of text.
        TitleColors: string list
        /// Whether each grey image has a scale of its own, from its least to its greatest number, instead of one for all.
        OwnScales: bool
        /// The colour scale of images of one channel: (position from 0 to 1, colour).
        Colors: (float * string) list
        /// Whether the colour scale of images of one channel stands beside them (where they have one for all).
        ShowScale: bool
    }

    /// About square, no titles, one scale for all, from black to white, not shown.
    static member defaults =
        { Columns = 0
          Titles = []
          TitleColors = []
          OwnScales = false
          Colors = [ 0.0, "#000000"; 1.0, "#FFFFFF" ]
          ShowScale = false }

/// Grids of images.
[<AutoOpen>]
module ImageCharts =

    let private operation = "Chart.images"

    /// Images as numbers: [count; height; width; channels] in row-major order.
    type private Images = { Count: int; Height: int; Width: int; Channels: int; Numbers: float[] }

    let private read (images: Tensor) : Images =
        let images' count height width channels =
            if count = 0 || height = 0 || width = 0 then
                Fail.shapes operation [ "images", images.Shape ] "there is no pixel."

            { Count = count
              Height = height
              Width = width
              Channels = channels
              Numbers = Tensor.toFloat64Array images }

        match images.Shape with
        | [ count; height; width ] -> images' count height width 1
        | [ count; height; width; channels ] when channels = 1 || channels = 3 -> images' count height width channels
        | shape ->
            Fail.shapes
                operation
                [ "images", shape ]
                "give [n; height; width], [n; height; width; 1], or [n; height; width; 3] for red, green and blue."

    /// Where images stand, in pixels of the chart.
    type private Grid = { Columns: int; Zoom: float; CellWidth: float; CellHeight: float; TitleHeight: float }

    let private gridOf (options: ImageGridOptions) (images: Images) : Grid =
        let columns =
            if options.Columns > 0 then
                min options.Columns images.Count
            else
                int (ceil (sqrt (float images.Count)))

        let target =
            if images.Count = 1 then 360.0
            elif images.Count <= 9 then 170.0
            else 96.0

        let zoom = target / float (max images.Height images.Width)
        let lines = options.Titles |> List.collect (fun title -> List.ofArray (title.Split '\n'))
        // a letter of 12 pixels is at most 8 wide
        let longest = lines |> List.fold (fun most line -> max most line.Length) 0
        let perTitle = options.Titles |> List.fold (fun most title -> max most (title.Split('\n').Length)) 0
        let titleHeight = float (perTitle * 17)

        { Columns = columns
          Zoom = zoom
          CellWidth = max (float images.Width * zoom + 8.0) (float longest * 8.0 + 8.0)
          CellHeight = float images.Height * zoom + titleHeight + 10.0
          TitleHeight = titleHeight }

    /// The left and upper edge of image i.
    let private placeOf grid (images: Images) i =
        let row, column = i / grid.Columns, i % grid.Columns
        let left = float column * grid.CellWidth + (grid.CellWidth - float images.Width * grid.Zoom) / 2.0
        left, float row * grid.CellHeight + grid.TitleHeight + 4.0

    let private pixelsOf (images: Images) i =
        let size = images.Height * images.Width * images.Channels
        ReadOnlySpan(images.Numbers, i * size, size).ToArray()

    let private greyTrace options grid images limits i : Trace =
        let left, top = placeOf grid images i
        let pixels = pixelsOf images i
        let low, high = if options.OwnScales then Limits.ofNumbers pixels else limits

        Traces.ofType
            "heatmap"
            [ "z", box (Array.chunkBySize images.Width pixels)
              "x0", box (left + grid.Zoom / 2.0)
              "dx", box grid.Zoom
              "y0", box (top + grid.Zoom / 2.0)
              "dy", box grid.Zoom
              "zmin", box low
              "zmax", box high
              "colorscale", Style.scale options.Colors
              "showscale", box (options.ShowScale && not options.OwnScales && i = 0)
              "hovertemplate", box $"image {i}: %%{{z}}<extra></extra>" ]

    let private colorTrace grid images (low, high) i : Trace =
        let left, top = placeOf grid images i

        let bytes =
            pixelsOf images i
            |> Array.map (fun value -> byte (Math.Round(255.0 * Math.Clamp((value - low) / (high - low), 0.0, 1.0))))

        let png = Convert.ToBase64String(Png.encode images.Width images.Height bytes)

        Traces.ofType
            "image"
            [ "source", box ("data:image/png;base64," + png)
              "x0", box (left + grid.Zoom / 2.0)
              "dx", box grid.Zoom
              "y0", box (top + grid.Zoom / 2.0)
              "dy", box grid.Zoom
              "hoverinfo", box "skip" ]

    let private titleOf options grid (images: Images) i (title: string) =
        let left, top = placeOf grid images i
        let color = options.TitleColors |> List.tryItem i |> Option.defaultValue Style.ink

        PlotJson.ofValues
            [ "text", box (PlotText.literal title)
              "x", box (left + float images.Width * grid.Zoom / 2.0)
              "y", box (top - 2.0)
              "xref", box "x"
              "yref", box "y"
              "xanchor", box "center"
              "yanchor", box "bottom"
              "showarrow", box false
              "borderpad", box 0
              "font.size", box 12
              "font.color", box color ]

    let private axis name (low: float) (high: float) =
        [ name + ".range", box [| low; high |]
          name + ".visible", box false
          name + ".constrain", box "domain" ]

    let private figureOf options grid (images: Images) traces : Figure =
        let rows = (images.Count + grid.Columns - 1) / grid.Columns
        let width, height = float grid.Columns * grid.CellWidth, float rows * grid.CellHeight
        let margins = PlotJson.ofValues [ "l", box 20; "r", box 20; "b", box 20 ]

        Chart.ofTraces traces
        |> Chart.withLayoutValues
            [ yield! axis "xaxis" 0.0 width
              yield! axis "yaxis" height 0.0
              "yaxis.scaleanchor", box "x"
              "margin", box margins
              "annotations", box (options.Titles |> List.mapi (titleOf options grid images) |> Array.ofList) ]
        |> Chart.withSize
            (Math.Clamp(int width + 40 + (if options.ShowScale then 70 else 0), 200, 10000))
            (Math.Clamp(int height + 90, 200, 10000))

    let private labelTitle (names: string list) (label: int) =
        match List.tryItem label names with
        | Some name -> name
        | None -> string label

    let private labelsOf (images: Tensor) (name: string) (labels: Tensor) =
        match images.Shape, labels.Shape with
        | count :: _, [ n ] when n = count -> Tensor.toInts labels
        | _ ->
            Fail.shapes
                operation
                [ "images", images.Shape; name, labels.Shape ]
                "give a class number for each image, [n]; of probabilities [n; classes] take Tensor.argmax -1."

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Images in a grid, row by row: [n; height; width] or [n; height; width; 1] in shades from the least number to the greatest, or
        /// [n; height; width; 3] in colours of red, green and blue. Colours of floats are taken from 0 to 1 where all lie there, else from
        /// 0 to 255 where all lie there, as those of whole numbers are; else from the least to the greatest number. Another shape, and
        /// more or less titles than images, are errors.
        let imagesWith (options: ImageGridOptions) (images: Tensor) : Figure =
            let read = read images
            ChartChecks.numbers operation "images" read.Numbers |> ignore

            for name, given in [ "Titles", options.Titles.Length; "TitleColors", options.TitleColors.Length ] do
                if given <> 0 then
                    ChartChecks.sameLength operation (name, given) ("images", read.Count)

            let grid = gridOf options read

            let trace =
                if read.Channels = 1 then
                    greyTrace options grid read (Limits.ofNumbers read.Numbers)
                else
                    colorTrace grid read (Limits.ofColors images.DType.IsFloat read.Numbers)

            figureOf options grid read (List.init read.Count trace)

        /// Images in a grid about square; see `imagesWith`.
        let images (images: Tensor) : Figure = imagesWith ImageGridOptions.defaults images

        /// Images in a grid, each below "Label: " and the name of its class. Labels are class numbers [n]; without names, numbers are shown.
        let imagesWithLabels (classNames: seq<string>) (labels: Tensor) (images: Tensor) : Figure =
            let names = List.ofSeq classNames
            let titles = [ for label in labelsOf images "labels" labels -> "Label: " + labelTitle names label ]
            imagesWith { ImageGridOptions.defaults with Titles = titles } images

        /// Images in a grid, each below "Label: " and "Pred: " with the names of its class and of the predicted one; wrong ones in red. Labels
        /// and predictions are class numbers [n]; without names, numbers are shown.
        let imagePredictions (classNames: seq<string>) (labels: Tensor) (predicted: Tensor) (images: Tensor) : Figure =
            let names = List.ofSeq classNames

            let pairs =
                Array.zip (labelsOf images "labels" labels) (labelsOf images "predicted" predicted) |> List.ofArray

            let title (label, guess) = $"Label: {labelTitle names label}\nPred: {labelTitle names guess}"

            let options =
                { ImageGridOptions.defaults with
                    Titles = List.map title pairs
                    TitleColors =
                        pairs |> List.map (fun (label, guess) -> if label = guess then Palette.right else Palette.wrong) }

            imagesWith options images
