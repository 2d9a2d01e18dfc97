namespace Functional

/// Options of `resizingWith`.
type ResizingOptions =
    {
        /// The interpolation between the elements: bilinear by default.
        Interpolation: Interpolation
        /// Whether the largest part of the image in the target's proportions, from its middle, is resized, so that
        /// nothing is distorted; false by default.
        CropToAspectRatio: bool
        /// Whether the image is filled up at two sides to the target's proportions before it is resized; false by
        /// default. Not together with `CropToAspectRatio`.
        PadToAspectRatio: bool
        /// The value that fills the sides; 0.0 by default.
        FillValue: float
        /// Whether an image that becomes smaller is smoothed first, so that no pattern appears; false by default.
        Antialias: bool
        /// The place of the channels: behind the axes of space, by default.
        DataFormat: DataFormat
    }

    /// Keras's defaults: bilinear interpolation, proportions not kept, no smoothing, channels last.
    static member defaults: ResizingOptions =
        { Interpolation = Interpolation.Bilinear
          CropToAspectRatio = false
          PadToAspectRatio = false
          FillValue = 0.0
          Antialias = false
          DataFormat = DataFormat.ChannelsLast }

/// Layers that give images [height; width; channels] a height and a width.
[<AutoOpen>]
module ResizingLayers =
    /// The lengths of the largest part, or the smallest whole, of an image in the target's proportions. Rounded down, as
    /// in Keras.
    let private inProportion (height, width) (toHeight, toWidth) =
        let proportional a b c = int (float a * float b / float c)
        proportional width toHeight toWidth, proportional height toWidth toHeight

    /// The middle part of the images in the target's proportions.
    let private cropped (toHeight, toWidth) (x: Tensor) =
        let height, width = x.Shape[1], x.Shape[2]
        let h, w = inProportion (height, width) (toHeight, toWidth)
        let h, w = max 1 (min height h), max 1 (min width w)
        let top, left = (height - h) / 2, (width - w) / 2
        x |> Tensor.sliceAxis 1 top (top + h) 1 |> Tensor.sliceAxis 2 left (left + w) 1

    /// The images filled up to the target's proportions.
    let private filled value (toHeight, toWidth) (x: Tensor) =
        let height, width = x.Shape[1], x.Shape[2]
        let h, w = inProportion (height, width) (toHeight, toWidth)
        let h, w = max height h, max width w
        let top, left = (h - height) / 2, (w - width) / 2
        Tensor.padWith value [ 0, 0; top, h - height - top; left, w - width - left; 0, 0 ] x

    /// A batch of images resized, in whose middle the target's proportions are kept.
    let internal resizeCropped interpolation size (x: Tensor) =
        x |> cropped size |> Interpolation.resize interpolation false size

    /// Images with this height and width, with options: from [height; width; channels] to [height'; width'; channels].
    /// Sizes below 1 are errors. Integers are cast to float32.
    let resizingWith (options: ResizingOptions) (height: int, width: int) : Layer<Tensor, Tensor> =
        let operation = "resizing"
        Spatial.demandSizes operation "size" [ height; width ]

        if options.CropToAspectRatio && options.PadToAspectRatio then
            Fail.argument
                operation
                "pad to aspect ratio"
                true
                "cannot be had together with crop to aspect ratio; choose one of them."

        let rule sample =
            let _, channels = Spatial.extents operation 2 sample
            Spatial.demandExtent operation sample
            [ height; width; channels ]

        let settings =
            [ "height", Setting.Whole height
              "width", Setting.Whole width
              Interpolation.toSetting options.Interpolation
              "crop_to_aspect_ratio", Setting.Flag options.CropToAspectRatio
              "pad_to_aspect_ratio", Setting.Flag options.PadToAspectRatio
              "fill_value", Setting.Number options.FillValue
              "antialias", Setting.Flag options.Antialias
              DataFormat.toSetting options.DataFormat ]

        Spatial.stateless operation "resizing" 2 options.DataFormat settings rule (fun _ x ->
            rule x.Shape.Tail |> ignore
            let x = Spatial.asFloats x

            let x =
                if options.CropToAspectRatio then cropped (height, width) x
                elif options.PadToAspectRatio then filled options.FillValue (height, width) x
                else x

            Interpolation.resize options.Interpolation options.Antialias (height, width) x)

    /// Images with this height and width, by bilinear interpolation: from [height; width; channels] to [height'; width';
    /// channels]. Sizes below 1 are errors. Integers are cast to float32.
    let resizing (height: int, width: int) : Layer<Tensor, Tensor> =
        resizingWith ResizingOptions.defaults (height, width)

    /// `centerCrop` of images with the channels at this place.
    let centerCropIn (format: DataFormat) (height: int, width: int) : Layer<Tensor, Tensor> =
        let operation = "centerCrop"
        Spatial.demandSizes operation "size" [ height; width ]

        let rule sample =
            let _, channels = Spatial.extents operation 2 sample
            Spatial.demandExtent operation sample
            [ height; width; channels ]

        let middle (x: Tensor) =
            let top, left = (x.Shape[1] - height) / 2, (x.Shape[2] - width) / 2
            x |> Tensor.sliceAxis 1 top (top + height) 1 |> Tensor.sliceAxis 2 left (left + width) 1

        let settings =
            [ "height", Setting.Whole height; "width", Setting.Whole width; DataFormat.toSetting format ]

        Spatial.stateless operation "center_crop" 2 format settings rule (fun _ x ->
            rule x.Shape.Tail |> ignore
            let x = Spatial.asFloats x

            if x.Shape[1] >= height && x.Shape[2] >= width then
                middle x
            else
                resizeCropped Interpolation.Bilinear (height, width) x)

    /// The middle of images with this height and width; smaller images are enlarged, and cut to these proportions.
    /// [height; width; channels] to [height'; width'; channels]. Sizes below 1 are errors. Integers are cast to float32.
    let centerCrop (height: int, width: int) : Layer<Tensor, Tensor> =
        centerCropIn DataFormat.ChannelsLast (height, width)
