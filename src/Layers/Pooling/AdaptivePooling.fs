namespace Functional

/// Options of the adaptive poolings.
type AdaptivePoolingOptions =
    {
        /// The place of the channels: behind the axes of time or space, by default.
        DataFormat: DataFormat
    }

    /// Keras's defaults: channels last.
    static member defaults: AdaptivePoolingOptions = { DataFormat = DataFormat.ChannelsLast }

/// Poolings to a given size: window i of m along an axis of n elements goes from i·n/m, rounded down, to (i + 1)·n/m,
/// rounded up, as in Keras and PyTorch. Integers are cast to float32.
[<AutoOpen>]
module AdaptivePoolingLayers =
    let private bounds length count =
        let share i = int64 i * int64 length

        [| for i in 0 .. count - 1 ->
               int (share i / int64 count), int ((share (i + 1) + int64 count - 1L) / int64 count) |]

    /// The largest element of each window along one axis; short windows repeat their last element.
    let private largestAlong axis count (x: Tensor) =
        let bounds = bounds x.Shape[axis] count
        let size = bounds |> Array.map (fun (first, stop) -> stop - first) |> Array.max

        let places =
            [| for first, stop in bounds do
                   for j in 0 .. size - 1 -> min (first + j) (stop - 1) |]

        let indices = Core.beside x (fun () -> Tensor.ofInts [ count; size ] places)
        x |> Tensor.gather axis indices |> Tensor.maxOver [ axis + 1 ]

    /// The mean of each window along one axis.
    let private meanAlong axis count (x: Tensor) =
        let length = x.Shape[axis]

        let weights =
            [| for first, stop in bounds length count do
                   for i in 0 .. length - 1 -> if first <= i && i < stop then 1.0 / float (stop - first) else 0.0 |]

        AxisWeights.along axis count weights x

    let private adaptive operation kind (options: AdaptivePoolingOptions) (size: int list) along =
        let axes = size.Length
        Spatial.demandSizes operation "output size" size

        let rule sample =
            let _, channels = Spatial.extents operation axes sample
            Spatial.demandExtent operation sample
            size @ [ channels ]

        Spatial.stateless
            operation
            kind
            axes
            options.DataFormat
            [ "output_size", Spatial.ofSizes size; DataFormat.toSetting options.DataFormat ]
            rule
            (fun _ x ->
                rule x.Shape.Tail |> ignore

                (Spatial.asFloats x, List.indexed size) ||> List.fold (fun x (i, count) -> along (i + 1) count x))

    let private three (depth, height, width) = [ depth; height; width ]

    /// The largest elements of so many windows of sequences, with options: [length; channels] to [size; channels].
    let adaptiveMaxPooling1DWith (options: AdaptivePoolingOptions) (size: int) : Layer<Tensor, Tensor> =
        adaptive "adaptiveMaxPooling1D" "adaptive_max_pooling1d" options [ size ] largestAlong

    /// The largest elements of so many windows: [length; channels] to [size; channels]. A size below 1 is an error.
    let adaptiveMaxPooling1D (size: int) : Layer<Tensor, Tensor> =
        adaptiveMaxPooling1DWith AdaptivePoolingOptions.defaults size

    /// The largest elements of so many windows of images, with options: to [height'; width'; channels].
    let adaptiveMaxPooling2DWith (options: AdaptivePoolingOptions) (height: int, width: int) : Layer<Tensor, Tensor> =
        adaptive "adaptiveMaxPooling2D" "adaptive_max_pooling2d" options [ height; width ] largestAlong

    /// The largest elements of so many windows: [height; width; channels] to [height'; width'; channels]. Sizes below 1
    /// are errors.
    let adaptiveMaxPooling2D (height: int, width: int) : Layer<Tensor, Tensor> =
        adaptiveMaxPooling2DWith AdaptivePoolingOptions.defaults (height, width)

    /// The largest elements of so many windows of volumes, with options: to [depth'; height'; width'; channels].
    let adaptiveMaxPooling3DWith (options: AdaptivePoolingOptions) (size: int * int * int) : Layer<Tensor, Tensor> =
        adaptive "adaptiveMaxPooling3D" "adaptive_max_pooling3d" options (three size) largestAlong

    /// The largest elements of so many windows: [depth; height; width; channels] to [depth'; height'; width';
    /// channels]. Sizes below 1 are errors.
    let adaptiveMaxPooling3D (size: int * int * int) : Layer<Tensor, Tensor> =
        adaptiveMaxPooling3DWith AdaptivePoolingOptions.defaults size

    /// The means of so many windows of sequences, with options: [length; channels] to [size; channels].
    let adaptiveAveragePooling1DWith (options: AdaptivePoolingOptions) (size: int) : Layer<Tensor, Tensor> =
        adaptive "adaptiveAveragePooling1D" "adaptive_average_pooling1d" options [ size ] meanAlong

    /// The means of so many windows: [length; channels] to [size; channels]. A size below 1 is an error.
    let adaptiveAveragePooling1D (size: int) : Layer<Tensor, Tensor> =
        adaptiveAveragePooling1DWith AdaptivePoolingOptions.defaults size

    /// The means of so many windows of images, with options: to [height'; width'; channels].
    let adaptiveAveragePooling2DWith
        (options: AdaptivePoolingOptions)
        (height: int, width: int)
        : Layer<Tensor, Tensor> =
        adaptive "adaptiveAveragePooling2D" "adaptive_average_pooling2d" options [ height; width ] meanAlong

    /// The means of so many windows: [height; width; channels] to [height'; width'; channels]. Sizes below 1 are
    /// errors.
    let adaptiveAveragePooling2D (height: int, width: int) : Layer<Tensor, Tensor> =
        adaptiveAveragePooling2DWith AdaptivePoolingOptions.defaults (height, width)

    /// The means of so many windows of volumes, with options: to [depth'; height'; width'; channels].
    let adaptiveAveragePooling3DWith (options: AdaptivePoolingOptions) (size: int * int * int) : Layer<Tensor, Tensor> =
        adaptive "adaptiveAveragePooling3D" "adaptive_average_pooling3d" options (three size) meanAlong

    /// The means of so many windows: [depth; height; width; channels] to [depth'; height'; width'; channels]. Sizes
    /// below 1 are errors.
    let adaptiveAveragePooling3D (size: int * int * int) : Layer<Tensor, Tensor> =
        adaptiveAveragePooling3DWith AdaptivePoolingOptions.defaults size
