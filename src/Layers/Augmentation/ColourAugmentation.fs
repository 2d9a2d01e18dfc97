namespace Functional

/// Options of the layers that change the values of images.
type ValueRangeOptions =
    {
        /// The smallest and the largest value of the images, to which results are clipped; (0.0, 255.0) by default.
        ValueRange: float * float
        /// The place of the channels: behind the axes of space, by default.
        DataFormat: DataFormat
    }

    /// Keras's defaults: values from 0 to 255, channels last.
    static member defaults: ValueRangeOptions = { ValueRange = 0.0, 255.0; DataFormat = DataFormat.ChannelsLast }

/// Layers that change the contrast and the brightness of images [height; width; channels] at random: while training
/// alone, each image by a draw of its own from the key of the run. Integers are cast to float32.
[<AutoOpen>]
module ColourAugmentationLayers =
    let private demandValues operation (low: float, high: float) =
        if not (low < high && System.Double.IsFinite(high - low)) then
            Fail.argument
                operation
                "value range"
                $"({string low}, {string high})"
                "is not one of the smallest and the largest value; give the smaller one first."

    let private toSettings (options: ValueRangeOptions) =
        [ "value_range", Augmentation.ofRange options.ValueRange; DataFormat.toSetting options.DataFormat ]

    let private clipped (options: ValueRangeOptions) x =
        Tensor.clamp (fst options.ValueRange) (snd options.ValueRange) x

    let private ofImage (draw: Tensor) (x: Tensor) = Tensor.expandDims -1 draw |> Tensor.cast x.DType

    /// Multiplies the distance of each element from the mean of its channel in its image, while training, by a factor
    /// between 1 - lower and 1 + upper, with options. Results are clipped to the range of values. Bounds outside [0, 1]
    /// are errors.
    let randomContrastWith (options: ValueRangeOptions) (lower: float, upper: float) : Layer<Tensor, Tensor> =
        let operation = "randomContrast"
        demandValues operation options.ValueRange
        Augmentation.demandRange operation "lower" (0.0, 1.0) (lower, lower)
        Augmentation.demandRange operation "upper" (0.0, 1.0) (upper, upper)

        Augmentation.ofSameShape
            operation
            "random_contrast"
            options.DataFormat
            (("factor", Augmentation.ofRange (lower, upper)) :: toSettings options)
            (fun key x ->
                let factor = ofImage (Augmentation.uniform 0 (1.0 - lower, 1.0 + upper) key x) x
                let mean = Tensor.meanKeep [ 1; 2 ] x
                clipped options ((x - mean) * factor + mean))

    /// Changes the contrast of each image of values from 0 to 255 while training, by at most this share.
    let randomContrast (factor: float) : Layer<Tensor, Tensor> =
        randomContrastWith ValueRangeOptions.defaults (factor, factor)

    /// Adds to each image, while training, a share of the range of values between the bounds, with options. Results are
    /// clipped to the range. Bounds outside [-1, 1] or out of order are errors.
    let randomBrightnessWith (options: ValueRangeOptions) (low: float, high: float) : Layer<Tensor, Tensor> =
        let operation = "randomBrightness"
        demandValues operation options.ValueRange
        Augmentation.demandRange operation "factor" (-1.0, 1.0) (low, high)
        let span = snd options.ValueRange - fst options.ValueRange

        Augmentation.ofSameShape
            operation
            "random_brightness"
            options.DataFormat
            (("factor", Augmentation.ofRange (low, high)) :: toSettings options)
            (fun key x -> clipped options (x + ofImage (Augmentation.uniform 0 (low, high) key x * span) x))

    /// Makes each image of values from 0 to 255 lighter or darker while training, by at most this share of 255.
    let randomBrightness (factor: float) : Layer<Tensor, Tensor> =
        randomBrightnessWith ValueRangeOptions.defaults (-abs factor, abs factor)
