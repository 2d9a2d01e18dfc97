namespace Functional

open Newtonsoft.Json.Linq

/// How colours stand for numbers in several pictures beside each other.
[<RequireQualifiedAccess>]
type ColorScaling =
    /// One scale for all, so that they can be compared.
    | Shared
    /// A scale for each, from its least number to its largest, so that each shows what it has.
    | Each

/// Charts of what is inside a network: activations, filters, feature maps, latent planes.
[<AutoOpen>]
module NetworkCharts =
    let private activationPanel (curve: ActivationCurve) : Figure =
        // of functions that grow fast the part near 0
        let shown = Array.append curve.Values curve.Derivatives |> Array.map (min 8.0)
        let low, high = PlaneGrid.rangeOf 0.08 shown

        [ Marks.line "activation" (Palette.color 0) curve.Xs curve.Values []
          Marks.line "derivative" (Palette.color 1) curve.Xs curve.Derivatives [ "line.dash", box "dash" ] ]
        |> Marks.figure
            (400, 300)
            [ "title.text", box (PlotText.literal curve.Name); "yaxis.range", box [| low; high |] ]

    /// The images [n; height; width] as matrices.
    let private matrices (images: Tensor) : float[,][] =
        match images.Shape with
        | [ n; height; width ] ->
            let values = Tensor.toFloat64Array images

            Array.init n (fun i ->
                Array2D.init height width (fun row column -> values[(i * height + row) * width + column]))
        | shape -> Fail.shapes "Chart.imageMosaic" [ "images", shape ] "give images [n; height; width]."

    /// A mosaic as a picture: white between tiles, no axes, labels at the tiles.
    let private mosaicFigure
        (title: string)
        scaling
        (isSigned: bool)
        (labels: string list)
        (images: float[,][])
        : Figure =
        let scaled =
            if scaling = ColorScaling.Each then
                images |> Array.map (ImageMosaic.normalized isSigned)
            else
                images

        let mosaic = ImageMosaic.ofImages 1 scaled

        let largest =
            scaled
            |> Seq.collect Seq.cast<float>
            |> Seq.map abs
            |> Seq.filter System.Double.IsFinite
            |> Seq.fold max 0.0

        let height, width = Array2D.length1 mosaic.Pixels, Array2D.length2 mosaic.Pixels
        let pixel = System.Math.Clamp(820.0 / float width, 1.0, 40.0)

        let notes =
            [| for i, label in List.indexed labels do
                   let row, column = mosaic.Places[i]

                   Marks.note
                       (PlotText.literal label)
                       (float column - 0.5)
                       (float row - 0.5)
                       [ "xanchor", box "left"; "yanchor", box "bottom"; "font.size", box 10; "borderpad", box 0 ] |]

        [ Marks.heatmap
              mosaic.Pixels
              [ "colorscale", Style.scale (if isSigned then Palette.diverging else Palette.sequential)
                if isSigned then
                    "zmin", box -largest
                    "zmax", box largest
                "showscale", box (scaling = ColorScaling.Shared)
                "hovertemplate", box "%{z:.4g}<extra></extra>"
                "hoverongaps", box false ] ]
        |> Marks.figure
            (int (pixel * float width) + 160, int (pixel * float height) + 110)
            [ "title.text", box (PlotText.literal title)
              "annotations", box notes
              "xaxis.visible", box false
              "yaxis.visible", box false
              "yaxis.autorange", box "reversed"
              "yaxis.scaleanchor", box "x"
              "xaxis.constrain", box "domain"
              "yaxis.constrain", box "domain"
              "margin.l", box 30 ]

    let private note scaling =
        match scaling with
        | ColorScaling.Shared -> "one colour scale"
        | ColorScaling.Each -> "a colour scale each"

    /// The images of filters [n; height; width; channels]: one a filter and channel for up to 4 channels, else the mean over
    /// the channels; and their labels.
    let private filterImages (most: int) (filters: Tensor) =
        let n, channels = min most filters.Shape[0], filters.Shape[3]
        let shown = Tensor.sliceAxis 0 0 n 1 filters

        if channels <= 4 then
            let images =
                Tensor.permute [ 0; 3; 1; 2 ] shown |> fun x -> Tensor.reshape (n * channels :: x.Shape[2..]) x

            let labels =
                [ for f in 0 .. n - 1 do
                      for c in 0 .. channels - 1 do
                          if channels = 1 then $"{f}" else $"{f}, channel {c}" ]

            images, labels, ""
        else
            Tensor.meanOver [ 3 ] shown, List.init n string, $", mean over {channels} channels"

    /// The planes of a colour image as plotly.js takes them: rows of pixels of three numbers from 0 to 255.
    let private colorRows (plane: LatentPlane) =
        let values = Tensor.toFloat64Array plane.Images
        let scale = if Array.max values > 1.5 then 1.0 else 255.0

        match plane.Images.Shape with
        | [ rows; columns; height; width; channels ] ->
            [| for row in rows - 1 .. -1 .. 0 do
                   for y in 0 .. height - 1 ->
                       [| for column in 0 .. columns - 1 do
                              for x in 0 .. width - 1 ->
                                  let first = (((row * columns + column) * height + y) * width + x) * channels

                                  Array.init 3 (fun c ->
                                      System.Math.Clamp(values[first + min c (channels - 1)] * scale, 0.0, 255.0)) |] |]
        | shape ->
            Fail.shapes "Chart.latentPlane" [ "images", shape ] "give images [rows; columns; height; width; channels]."

    /// Codes at the middles of tiles, as ticks of an axis: at most 12 of them.
    let private ticks (codes: float[]) (tile: int) (isDownward: bool) =
        let every = max 1 ((codes.Length + 11) / 12)
        let codes = if isDownward then Array.rev codes else codes
        let shown = [| 0..every .. codes.Length - 1 |]

        shown |> Array.map (fun i -> (float i + 0.5) * float tile - 0.5),
        shown
        |> Array.map (fun i -> codes[i].ToString("0.##", System.Globalization.CultureInfo.InvariantCulture))

    /// Charts.
    [<RequireQualifiedAccess>]
    module Chart =
        /// Functions of one number with their derivatives, a panel each: from `ActivationCurves.all`, or of one's own, from -5 to 5.
        let activationsOf (functions: seq<string * (Tensor -> Tensor)>) : Figure =
            let functions = List.ofSeq functions

            if functions.IsEmpty then
                Fail.argument "Chart.activations" "functions" 0 "are no functions; give one at least."

            functions
            |> List.map (ActivationCurves.ofFunction 401 (-5.0, 5.0) >> activationPanel)
            |> Chart.subplotsWith
                { SubplotOptions.defaults with
                    Columns = min 4 functions.Length
                    CellWidth = 210
                    CellHeight = 160
                    GapX = 50
                    GapY = 64
                    TitleSize = 13 }
            |> Chart.withTitle "Activations and their derivatives"

        /// Activations by name with their derivatives, a panel each; all of the library's for no name. An unknown name is an error
        /// that lists them.
        let activations (names: string list) : Figure =
            activationsOf (if names.IsEmpty then ActivationCurves.all else ActivationCurves.named names)

        /// Images [n; height; width] beside each other as one picture, with labels above them where there are some. Signed numbers
        /// have a scale with white at 0.
        let imageMosaic (title: string) (scaling: ColorScaling) (labels: string list) (images: Tensor) : Figure =
            let matrices = matrices images

            if matrices.Length = 0 then
                Fail.shapes "Chart.imageMosaic" [ "images", images.Shape ] "there is no image."

            if not labels.IsEmpty then
                Marks.demandSame "Chart.imageMosaic" ("labels", labels.Length) ("images", matrices.Length)

            let isSigned = matrices |> Seq.collect Seq.cast<float> |> Seq.exists (fun v -> v < 0.0)
            mosaicFigure title scaling isSigned labels matrices

        /// The first 64 filters of the convolution at a path: for up to 4 channels an image a channel, else the mean over the channels.
        /// A layer without such a kernel is an error that names those there are.
        let filters (scaling: ColorScaling) (path: string) (model: Model) : Figure =
            let images, labels, of' = filterImages 64 (FeatureMaps.filters path model)
            mosaicFigure $"Filters of {path}{of'} ({note scaling})" scaling true labels (matrices images)

        /// The first 64 feature maps of the layer at a path for one sample, without the batch axis. A layer whose result is not [height;
        /// width; channels] is an error.
        let featureMaps (scaling: ColorScaling) (path: string) (sample: Tensor) (model: Model) : Figure =
            let maps = FeatureMaps.ofLayer path sample model
            let shown = Tensor.sliceAxis 0 0 (min 64 maps.Shape[0]) 1 maps
            imageMosaic $"Feature maps of {path} ({note scaling})" scaling (List.init shown.Shape[0] string) shown

        /// The decoded images of a plane of codes, the first code to the right and the second upward.
        let latentPlane (plane: LatentPlane) : Figure =
            let shape = Array.ofList plane.Images.Shape
            let height, width, channels = shape[2], shape[3], shape[4]
            let xTicks, xTexts = ticks plane.Xs width false
            let yTicks, yTexts = ticks plane.Ys height true
            let pixels = colorRows plane
            let grey () = pixels |> Array.map (Array.map Array.head)

            [ if channels >= 3 then
                  Marks.trace "image" [ "z", box pixels; "hoverinfo", box "skip" ]
              else
                  Marks.trace
                      "heatmap"
                      [ "z", box (grey ())
                        "colorscale", box "Greys"
                        "reversescale", box false
                        "showscale", box false
                        "hoverinfo", box "skip" ] ]
            |> Marks.figure
                (760, 780)
                [ "title.text", box "Decoded codes"
                  "xaxis.title.text", box "code 1"
                  "yaxis.title.text", box "code 2"
                  "xaxis.tickvals", box xTicks
                  "xaxis.ticktext", box xTexts
                  "yaxis.tickvals", box yTicks
                  "yaxis.ticktext", box yTexts
                  "yaxis.autorange", box "reversed"
                  "xaxis.showgrid", box false
                  "yaxis.showgrid", box false
                  "yaxis.scaleanchor", box "x"
                  "xaxis.constrain", box "domain"
                  "yaxis.constrain", box "domain" ]
