namespace Functional

/// Options of `randomErasingWith`.
type RandomErasingOptions =
    {
        /// The bounds of the probability with which an image is changed; (0.0, 1.0) by default, so that half of them are.
        /// (1.0, 1.0) changes every image.
        Factor: float * float
        /// The bounds between which the squares of the rectangle's shares of the height and of the width are drawn;
        /// (0.02, 0.33) by default.
        Scale: float * float
        /// The value of the rectangle; None, the default, means normal noise times the largest value.
        FillValue: float option
        /// The smallest and the largest value of the images, to which what fills is clipped; (0.0, 255.0) by default.
        ValueRange: float * float
        /// The place of the channels: behind the axes of space, by default.
        DataFormat: DataFormat
    }

    /// Keras's defaults: a probability up to 1, shares of 0.02 to 0.33, noise, values from 0 to 255, channels last.
    static member defaults: RandomErasingOptions =
        { Factor = 0.0, 1.0
          Scale = 0.02, 0.33
          FillValue = None
          ValueRange = 0.0, 255.0
          DataFormat = DataFormat.ChannelsLast }

/// Layers that cut patches out of images [height; width; channels], or blot them out, at random: while training alone,
/// each image by a draw of its own from the key of the run. Integers are cast to float32.
[<AutoOpen>]
module PatchAugmentationLayers =
    /// For each image a patch of this size at a place of its own.
    let private patches (height, width) key (x: Tensor) =
        let along i length size axisShape =
            let free = length - size

            let start =
                Tensor.floor (Augmentation.uniform i (0.0, float (free + 1)) key x) |> Tensor.clamp 0.0 (float free)

            Tensor.cast Int32 start + Tensor.reshape axisShape (Tensor.arangeInt 0 size)

        let n = x.Shape[0]
        let rows = along 0 x.Shape[1] height [ 1; height; 1 ]
        let columns = along 1 x.Shape[2] width [ 1; 1; width ]

        x
        |> ImageSampling.pick
            (Tensor.broadcastTo [ n; height; width ] rows)
            (Tensor.broadcastTo [ n; height; width ] columns)

    /// `randomCrop` of images with the channels at this place.
    let randomCropIn (format: DataFormat) (height: int, width: int) : Layer<Tensor, Tensor> =
        let operation = "randomCrop"
        Spatial.demandSizes operation "size" [ height; width ]

        let rule sample =
            let _, channels = Spatial.extents operation 2 sample
            Spatial.demandExtent operation sample
            [ height; width; channels ]

        let resting (x: Tensor) =
            rule x.Shape.Tail |> ignore
            resizeCropped Interpolation.Bilinear (height, width) x

        let training key (x: Tensor) =
            let fits = x.Shape[1] >= height && x.Shape[2] >= width
            if fits && x.Size > 0 then patches (height, width) key x else resting x

        Augmentation.layer
            operation
            "random_crop"
            format
            [ "height", Setting.Whole height; "width", Setting.Whole width; DataFormat.toSetting format ]
            rule
            training
            resting

    /// A patch of this height and width from each image while training, at a place drawn for each (Keras draws one for
    /// all images of a batch): [height; width; channels] to [height'; width'; channels]. Outside training, and where an
    /// image is smaller, it is the largest part of the image in these proportions, from its middle, resized. Sizes below
    /// 1 are errors.
    let randomCrop (height: int, width: int) : Layer<Tensor, Tensor> =
        randomCropIn DataFormat.ChannelsLast (height, width)

    /// For each image which places [n; 1 or length] lie in a stretch of the square root of a share of the axis.
    let private stretch i scale key axis (x: Tensor) =
        let length = x.Shape[axis]
        let size = Tensor.sqrt (Augmentation.uniform i scale key x) * float length
        let start = Augmentation.uniform (i + 1) (0.0, 1.0) key x * (float length - size)
        let shape = [ for j in 0..2 -> if j = axis then length else 1 ]
        let places = Tensor.cast size.DType (Tensor.reshape shape (Tensor.arangeInt 0 length))
        Tensor.logicalAnd (Tensor.greaterEqual places start) (Tensor.less places (start + size))

    /// Fills a rectangle at a random place of some images while training, with options. Shares outside [0, 1] are errors
    /// (Zhong et al. 2017, "Random erasing data augmentation"; DeVries and Taylor 2017, "Cutout").
    let randomErasingWith (options: RandomErasingOptions) : Layer<Tensor, Tensor> =
        let operation = "randomErasing"
        Augmentation.demandRange operation "factor" (0.0, 1.0) options.Factor
        Augmentation.demandRange operation "scale" (0.0, 1.0) options.Scale
        let low, high = options.ValueRange

        let filling key (x: Tensor) =
            match options.FillValue with
            | Some value -> Core.scalar x.DType (min high (max low value))
            | None -> Random.normalOf x.DType 0.0 (abs high) (Key.fold 6 key) x.Shape |> Tensor.clamp low high

        let training key (x: Tensor) =
            let inside = Tensor.logicalAnd (stretch 0 options.Scale key 2 x) (stretch 2 options.Scale key 1 x)

            let isChanged =
                Tensor.less (Augmentation.uniform 5 (0.0, 1.0) key x) (Augmentation.uniform 4 options.Factor key x)

            Tensor.where (Tensor.expandDims -1 (Tensor.logicalAnd inside isChanged)) (filling key x) x

        let settings =
            [ "factor", Augmentation.ofRange options.Factor
              "scale", Augmentation.ofRange options.Scale
              match options.FillValue with
              | Some value -> "fill_value", Setting.Number value
              | None -> ()
              "value_range", Augmentation.ofRange options.ValueRange
              DataFormat.toSetting options.DataFormat ]

        Augmentation.ofSameShape operation "random_erasing" options.DataFormat settings training

    /// Fills a rectangle at a random place of each image with noise while training, with a probability drawn up to 1.
    let randomErasing: Layer<Tensor, Tensor> = randomErasingWith RandomErasingOptions.defaults
