namespace Functional

/// Options of the global poolings.
type GlobalPoolingOptions =
    {
        /// Whether the axes that were joined stay, with length 1; false by default.
        KeepDims: bool
        /// The place of the channels: behind the axes of time or space, by default.
        DataFormat: DataFormat
    }

    /// Keras's defaults: the joined axes disappear, channels last.
    static member defaults = { KeepDims = false; DataFormat = DataFormat.ChannelsLast }

/// Poolings of whole sequences, images and volumes to one number a channel. Integers are cast to float32.
[<AutoOpen>]
module GlobalPoolingLayers =
    /// The kind that leaves masked steps out.
    let private averageOfSequences = "global_average_pooling1d"

    /// The mean over the first axis of samples of the elements that a mask leaves, and 0 of none.
    let private maskedMean keepsDims (mask: Tensor) (x: Tensor) : Tensor =
        let sum = if keepsDims then Tensor.sumKeep [ 1 ] else Tensor.sumOver [ 1 ]
        let count = sum (Masks.ones x mask)
        sum (Masks.keep 0.0 x mask) / Tensor.maximum count (Tensor.onesLike count)

    /// The reduction over the sample's axes of time or space. `demand` raises the errors of samples that have no result.
    let private globally operation kind axes (options: GlobalPoolingOptions) demand over keep : Layer<Tensor, Tensor> =
        let rule sample =
            demand operation sample
            let _, channels = Spatial.extents operation axes sample
            if options.KeepDims then List.replicate axes 1 @ [ channels ] else [ channels ]

        let reduced = [ 1..axes ]

        Spatial.stateless
            operation
            kind
            axes
            options.DataFormat
            [ "keepdims", Setting.Flag options.KeepDims; DataFormat.toSetting options.DataFormat ]
            rule
            (fun run x ->
                demand operation x.Shape.Tail
                let x = Spatial.asFloats x

                match Run.mask 0 run with
                | Some mask when kind = averageOfSequences -> maskedMean options.KeepDims mask x
                | Some _
                | None when options.KeepDims -> keep reduced x
                | Some _
                | None -> over reduced x)

    let private largest operation kind axes options =
        // nothing is the largest of no elements
        globally operation kind axes options Spatial.demandExtent Tensor.maxOver Tensor.maxKeep

    let private mean operation kind axes options =
        // the mean of no elements is NaN, as in NumPy
        globally operation kind axes options (fun _ _ -> ()) Tensor.meanOver Tensor.meanKeep

    /// The largest element of each channel of sequences [length; channels], with options.
    let globalMaxPooling1DWith (options: GlobalPoolingOptions) : Layer<Tensor, Tensor> =
        largest "globalMaxPooling1D" "global_max_pooling1d" 1 options

    /// The largest element of each channel: [length; channels] to [channels].
    let globalMaxPooling1D = globalMaxPooling1DWith GlobalPoolingOptions.defaults

    /// The largest element of each channel of images [height; width; channels], with options.
    let globalMaxPooling2DWith (options: GlobalPoolingOptions) : Layer<Tensor, Tensor> =
        largest "globalMaxPooling2D" "global_max_pooling2d" 2 options

    /// The largest element of each channel: [height; width; channels] to [channels].
    let globalMaxPooling2D = globalMaxPooling2DWith GlobalPoolingOptions.defaults

    /// The largest element of each channel of volumes [depth; height; width; channels], with options.
    let globalMaxPooling3DWith (options: GlobalPoolingOptions) : Layer<Tensor, Tensor> =
        largest "globalMaxPooling3D" "global_max_pooling3d" 3 options

    /// The largest element of each channel: [depth; height; width; channels] to [channels].
    let globalMaxPooling3D = globalMaxPooling3DWith GlobalPoolingOptions.defaults

    /// The mean of each channel of sequences [length; channels], with options. Masked steps do not count; a sequence of
    /// masked steps alone has the mean 0.
    let globalAveragePooling1DWith (options: GlobalPoolingOptions) : Layer<Tensor, Tensor> =
        mean "globalAveragePooling1D" averageOfSequences 1 options

    /// The mean of each channel: [length; channels] to [channels].
    let globalAveragePooling1D = globalAveragePooling1DWith GlobalPoolingOptions.defaults

    /// The mean of each channel of images [height; width; channels], with options.
    let globalAveragePooling2DWith (options: GlobalPoolingOptions) : Layer<Tensor, Tensor> =
        mean "globalAveragePooling2D" "global_average_pooling2d" 2 options

    /// The mean of each channel: [height; width; channels] to [channels].
    let globalAveragePooling2D = globalAveragePooling2DWith GlobalPoolingOptions.defaults

    /// The mean of each channel of volumes [depth; height; width; channels], with options.
    let globalAveragePooling3DWith (options: GlobalPoolingOptions) : Layer<Tensor, Tensor> =
        mean "globalAveragePooling3D" "global_average_pooling3d" 3 options

    /// The mean of each channel: [depth; height; width; channels] to [channels].
    let globalAveragePooling3D = globalAveragePooling3DWith GlobalPoolingOptions.defaults
