namespace Functional

/// Options of `maxPooling1DWith` and `averagePooling1DWith`.
type Pooling1DOptions =
    {
        /// The stride of the window; None, the default, is its size.
        Strides: int option
        /// The padding around the sequence: `Valid` (nothing, the default) or `Same`. It never counts.
        Padding: WindowPadding
    }

    /// Keras's defaults: windows side by side, no padding.
    static member defaults: Pooling1DOptions = { Strides = None; Padding = WindowPadding.Valid }

/// Options of `maxPooling2DWith` and `averagePooling2DWith`. Pairs are (vertical, horizontal).
type Pooling2DOptions =
    {
        /// The stride of the window; None, the default, is its size.
        Strides: (int * int) option
        /// The padding around the image: `Valid` (nothing, the default) or `Same`. It never counts.
        Padding: WindowPadding
    }

    /// Keras's defaults: windows side by side, no padding.
    static member defaults: Pooling2DOptions = { Strides = None; Padding = WindowPadding.Valid }

/// Options of the global poolings.
type GlobalPoolingOptions =
    {
        /// Whether the axes that were joined stay, with length 1; false by default.
        KeepDims: bool
    }

    /// Keras's defaults: the joined axes disappear.
    static member defaults = { KeepDims = false }

/// Poolings of sequences [length; channels] and images [height; width; channels], each channel by itself. Integers are
/// cast to float32.
[<AutoOpen>]
module PoolingLayers =
    let private asFloats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

    /// The shape that a pooling gives for a sample, or the error of one that does not fit.
    let private pooled operation pool sample = (ConvolutionShapes.pooled operation pool (Spatial.one sample)).Shape.Tail

    let private pooling2D
        operation
        kind
        (options: Pooling2DOptions)
        (size: int * int)
        (f: Pool -> Tensor -> Tensor)
        : Layer<Tensor, Tensor> =
        let strides = options.Strides |> Option.defaultValue size
        Spatial.demandPair operation "pool size" size
        Spatial.demandPair operation "strides" strides
        Spatial.demandNotCausal operation options.Padding
        let pool image = Pool.create options.Padding strides size image

        let rule (sample: Shape) =
            let height, width, _ = Spatial.image operation sample
            Spatial.demandExtent operation sample
            pooled operation (pool (height, width)) sample

        let settings =
            [ "pool_size", Spatial.pair size
              "strides", Spatial.pair strides
              "padding", Spatial.ofPadding options.Padding ]

        Layer.stateless kind settings (fun shapes -> [ rule (Layer.single kind shapes) ]) (fun _ x ->
            asFloats x
            |> Spatial.over operation (fun x ->
                rule x.Shape.Tail |> ignore
                f (pool (x.Shape[1], x.Shape[2])) x))
        |> Layer.withMaskRule MaskRule.Stops

    let private pooling1D
        operation
        kind
        (options: Pooling1DOptions)
        (size: int)
        (f: Pool -> Tensor -> Tensor)
        : Layer<Tensor, Tensor> =
        let stride = options.Strides |> Option.defaultValue size
        Spatial.demandPositive operation "pool size" size
        Spatial.demandPositive operation "strides" stride
        Spatial.demandNotCausal operation options.Padding
        let pool length = Pool.create options.Padding (1, stride) (1, size) (1, length)

        let rule (sample: Shape) =
            let length, _ = Spatial.sequence operation sample
            Spatial.demandExtent operation sample

            if options.Padding = WindowPadding.Valid && size > length then
                Fail.shapes
                    operation
                    [ "sample", sample ]
                    $"the window has {size} elements, and the sequence {length}; take a smaller window, or padding."

            List.tail (pooled operation (pool length) (1 :: sample))

        let settings =
            [ "pool_size", Setting.Whole size
              "strides", Setting.Whole stride
              "padding", Spatial.ofPadding options.Padding ]

        Layer.stateless kind settings (fun shapes -> [ rule (Layer.single kind shapes) ]) (fun _ x ->
            asFloats x
            |> Spatial.overSequences operation (fun x ->
                rule x.Shape.Tail.Tail |> ignore
                f (pool x.Shape[2]) x))
        |> Layer.withMaskRule MaskRule.Stops

    /// The largest element of each window of this height and width, with options. Sizes and strides below 1 are errors,
    /// and so is a window that does not fit in the samples when the layer is built.
    let maxPooling2DWith (options: Pooling2DOptions) (size: int * int) : Layer<Tensor, Tensor> =
        pooling2D "maxPooling2D" "max_pooling2d" options size Tensor.maxPool2d

    /// The largest element of each window of this height and width, windows side by side: `maxPooling2D (2, 2)` halves
    /// images. Rows and columns that fill no window are left out.
    let maxPooling2D (size: int * int) : Layer<Tensor, Tensor> = maxPooling2DWith Pooling2DOptions.defaults size

    /// The largest element of each window of this length, with options. Sizes and strides below 1 are errors, and so is
    /// a window that does not fit in the samples when the layer is built.
    let maxPooling1DWith (options: Pooling1DOptions) (size: int) : Layer<Tensor, Tensor> =
        pooling1D "maxPooling1D" "max_pooling1d" options size Tensor.maxPool2d

    /// The largest element of each window of this length, windows side by side.
    let maxPooling1D (size: int) : Layer<Tensor, Tensor> = maxPooling1DWith Pooling1DOptions.defaults size

    /// The mean of each window of this height and width, with options; what lies outside the image does not count, as
    /// in Keras. PyTorch counts it unless `count_include_pad=False`. Sizes and strides below 1 are errors, and so is a
    /// window that does not fit in the samples when the layer is built.
    let averagePooling2DWith (options: Pooling2DOptions) (size: int * int) : Layer<Tensor, Tensor> =
        pooling2D "averagePooling2D" "average_pooling2d" options size Tensor.averagePool2d

    /// The mean of each window of this height and width, windows side by side.
    let averagePooling2D (size: int * int) : Layer<Tensor, Tensor> = averagePooling2DWith Pooling2DOptions.defaults size

    /// The mean of each window of this length, with options; what lies outside the sequence does not count, as in
    /// Keras. Sizes and strides below 1 are errors, and so is a window that does not fit in the samples when the layer
    /// is built.
    let averagePooling1DWith (options: Pooling1DOptions) (size: int) : Layer<Tensor, Tensor> =
        pooling1D "averagePooling1D" "average_pooling1d" options size Tensor.averagePool2d

    /// The mean of each window of this length, windows side by side.
    let averagePooling1D (size: int) : Layer<Tensor, Tensor> = averagePooling1DWith Pooling1DOptions.defaults size

    /// The reduction of the sample's `count` axes but the channels. `demand` raises the errors of samples that have no
    /// result: nothing is the largest of no elements, but their mean is NaN, as in NumPy.
    let private globally operation kind count (options: GlobalPoolingOptions) demand over keep : Layer<Tensor, Tensor> =
        let channels sample =
            demand operation sample

            if count = 2 then
                let _, _, channels = Spatial.image operation sample
                channels
            else
                snd (Spatial.sequence operation sample)

        Layer.stateless
            kind
            [ "keepdims", Setting.Flag options.KeepDims ]
            (fun shapes ->
                let channels = channels (Layer.single kind shapes)
                [ (if options.KeepDims then List.replicate count 1 @ [ channels ] else [ channels ]) ])
            (fun _ (x: Tensor) ->
                let axes = [ for i in 1..count -> -1 - i ]

                if x.Rank > count then
                    demand operation (List.skip (x.Rank - count - 1) x.Shape)

                if options.KeepDims then keep axes (asFloats x) else over axes (asFloats x))
        |> Layer.withMaskRule MaskRule.Stops

    /// The largest element of each channel of images [height; width; channels], with options.
    let globalMaxPooling2DWith (options: GlobalPoolingOptions) : Layer<Tensor, Tensor> =
        globally
            "globalMaxPooling2D"
            "global_max_pooling2d"
            2
            options
            Spatial.demandExtent
            Tensor.maxOver
            Tensor.maxKeep

    /// The largest element of each channel: [height; width; channels] to [channels].
    let globalMaxPooling2D = globalMaxPooling2DWith GlobalPoolingOptions.defaults

    /// The largest element of each channel of sequences [length; channels], with options.
    let globalMaxPooling1DWith (options: GlobalPoolingOptions) : Layer<Tensor, Tensor> =
        globally
            "globalMaxPooling1D"
            "global_max_pooling1d"
            1
            options
            Spatial.demandExtent
            Tensor.maxOver
            Tensor.maxKeep

    /// The largest element of each channel: [length; channels] to [channels].
    let globalMaxPooling1D = globalMaxPooling1DWith GlobalPoolingOptions.defaults

    /// The mean of each channel of images [height; width; channels], with options.
    let globalAveragePooling2DWith (options: GlobalPoolingOptions) : Layer<Tensor, Tensor> =
        globally
            "globalAveragePooling2D"
            "global_average_pooling2d"
            2
            options
            (fun _ _ -> ())
            Tensor.meanOver
            Tensor.meanKeep

    /// The mean of each channel: [height; width; channels] to [channels].
    let globalAveragePooling2D = globalAveragePooling2DWith GlobalPoolingOptions.defaults

    /// The mean over the steps that a mask [batch; length] leaves, and 0 of none.
    let private maskedMean (options: GlobalPoolingOptions) (mask: Tensor) (x: Tensor) : Tensor =
        let x = asFloats x
        let sum = if options.KeepDims then Tensor.sumKeep [ 1 ] else Tensor.sumOver [ 1 ]
        let count = sum (Masks.ones x mask)
        sum (Masks.keep 0.0 x mask) / Tensor.maximum count (Tensor.onesLike count)

    /// The mean of each channel of sequences [length; channels], with options. Masked steps do not count; a sequence of
    /// masked steps alone has the mean 0.
    let globalAveragePooling1DWith (options: GlobalPoolingOptions) : Layer<Tensor, Tensor> =
        globally
            "globalAveragePooling1D"
            "global_average_pooling1d"
            1
            options
            (fun _ _ -> ())
            Tensor.meanOver
            Tensor.meanKeep
        |> Layer.mapStages (fun stage ->
            { stage with
                Apply =
                    fun inner variables run xs ->
                        match Run.mask 0 run with
                        | Some mask -> [ maskedMean options mask (List.exactlyOne xs) ], variables
                        | None -> stage.Apply inner variables run xs })

    /// The mean of each channel: [length; channels] to [channels].
    let globalAveragePooling1D = globalAveragePooling1DWith GlobalPoolingOptions.defaults
