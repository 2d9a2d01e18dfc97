namespace Functional

/// Options of `maxPooling1DWith` and `averagePooling1DWith`.
type Pooling1DOptions =
    {
        /// The stride of the window; None, the default, is its size.
        Strides: int option
        /// The padding around the sequence: `Valid` (nothing, the default) or `Same`. It never counts.
        Padding: WindowPadding
        /// The place of the channels: behind the axis of time, by default.
        DataFormat: DataFormat
    }

    /// Keras's defaults: windows side by side, no padding, channels last.
    static member defaults: Pooling1DOptions =
        { Strides = None; Padding = WindowPadding.Valid; DataFormat = DataFormat.ChannelsLast }

/// Options of `maxPooling2DWith` and `averagePooling2DWith`. Pairs are (vertical, horizontal).
type Pooling2DOptions =
    {
        /// The stride of the window; None, the default, is its size.
        Strides: (int * int) option
        /// The padding around the image: `Valid` (nothing, the default) or `Same`. It never counts.
        Padding: WindowPadding
        /// The place of the channels: behind the axes of space, by default.
        DataFormat: DataFormat
    }

    /// Keras's defaults: windows side by side, no padding, channels last.
    static member defaults: Pooling2DOptions =
        { Strides = None; Padding = WindowPadding.Valid; DataFormat = DataFormat.ChannelsLast }

/// Options of `maxPooling3DWith` and `averagePooling3DWith`. Triples are (along the depth, vertical, horizontal).
type Pooling3DOptions =
    {
        /// The stride of the window; None, the default, is its size.
        Strides: (int * int * int) option
        /// The padding around the volume: `Valid` (nothing, the default) or `Same`. It never counts.
        Padding: WindowPadding
        /// The place of the channels: behind the axes of space, by default.
        DataFormat: DataFormat
    }

    /// Keras's defaults: windows side by side, no padding, channels last.
    static member defaults: Pooling3DOptions =
        { Strides = None; Padding = WindowPadding.Valid; DataFormat = DataFormat.ChannelsLast }

/// The reduction of the elements of a window.
[<RequireQualifiedAccess>]
type private PoolingReduction =
    | Largest
    | Mean

/// The options of a pooling along any number of axes, and what errors call it.
type private PoolingForm =
    { Operation: string
      Kind: string
      Reduction: PoolingReduction
      Size: int list
      Strides: int list
      Padding: WindowPadding
      DataFormat: DataFormat }

/// Poolings of sequences [length; channels], images [height; width; channels] and volumes [depth; height; width;
/// channels], each channel by itself. Integers are cast to float32.
[<AutoOpen>]
module PoolingLayers =
    let private windows form (lengths: int list) =
        List.zip3 form.Strides form.Size lengths
        |> List.map (fun (stride, size, length) -> Pool.along form.Padding stride size length)

    let private tooLarge (axis: PoolAxis) length = axis.Size > length + axis.Before + axis.After

    let private planeShape operation (y: PoolAxis) (x: PoolAxis) (sample: Shape) =
        (ConvolutionShapes.pooled operation { Y = y; X = x } (Spatial.one sample)).Shape.Tail

    /// The shape that a pooling gives for a sample, or the error of one that does not fit.
    let private shape form (sample: Shape) : Shape =
        let lengths, _ = Spatial.extents form.Operation form.Size.Length sample
        Spatial.demandExtent form.Operation sample

        match windows form lengths with
        | [ axis ] when tooLarge axis lengths.Head ->
            Fail.shapes
                form.Operation
                [ "sample", sample ]
                $"the window has {axis.Size} elements, and the sequence {lengths.Head}; take a smaller window, or \
                  padding."
        | [ axis ] -> List.tail (planeShape form.Operation Pool.single axis (1 :: sample))
        | [ depth; _; _ ] when tooLarge depth lengths.Head ->
            Fail.shapes
                form.Operation
                [ "sample", sample ]
                $"the window has {depth.Size} elements of the depth, and the sample {lengths.Head}; take a smaller \
                  window, or padding."
        | [ depth; y; x ] ->
            ConvolutionShapes.pooledLength depth lengths.Head :: planeShape form.Operation y x sample.Tail
        | axes -> planeShape form.Operation axes[0] axes[1] sample

    let private pool form (axes: PoolAxis list) (x: Tensor) =
        match form.Reduction, axes with
        | PoolingReduction.Largest, [ axis ] -> Tensor.maxPool1d axis x
        | PoolingReduction.Mean, [ axis ] -> Tensor.averagePool1d axis x
        | PoolingReduction.Largest, [ depth; v; h ] -> Tensor.maxPool3d depth { Y = v; X = h } x
        | PoolingReduction.Mean, [ depth; v; h ] -> Tensor.averagePool3d depth { Y = v; X = h } x
        | PoolingReduction.Largest, axes -> Tensor.maxPool2d { Y = axes[0]; X = axes[1] } x
        | PoolingReduction.Mean, axes -> Tensor.averagePool2d { Y = axes[0]; X = axes[1] } x

    let private pooling form : Layer<Tensor, Tensor> =
        Spatial.demandSizes form.Operation "pool size" form.Size
        Spatial.demandSizes form.Operation "strides" form.Strides
        Spatial.demandNotCausal form.Operation form.Padding

        let settings =
            [ "pool_size", Spatial.ofSizes form.Size
              "strides", Spatial.ofSizes form.Strides
              "padding", Spatial.ofPadding form.Padding
              DataFormat.toSetting form.DataFormat ]

        Spatial.stateless form.Operation form.Kind form.Size.Length form.DataFormat settings (shape form) (fun _ x ->
            let sample = x.Shape.Tail
            shape form sample |> ignore
            pool form (windows form (List.take form.Size.Length sample)) (Spatial.asFloats x))

    let private pooling1D operation kind reduction (options: Pooling1DOptions) (size: int) =
        pooling
            { Operation = operation
              Kind = kind
              Reduction = reduction
              Size = [ size ]
              Strides = [ Option.defaultValue size options.Strides ]
              Padding = options.Padding
              DataFormat = options.DataFormat }

    let private pooling2D operation kind reduction (options: Pooling2DOptions) (size: int * int) =
        let strides = Option.defaultValue size options.Strides

        pooling
            { Operation = operation
              Kind = kind
              Reduction = reduction
              Size = [ fst size; snd size ]
              Strides = [ fst strides; snd strides ]
              Padding = options.Padding
              DataFormat = options.DataFormat }

    let private pooling3D operation kind reduction (options: Pooling3DOptions) (size: int * int * int) =
        let list (depth, height, width) = [ depth; height; width ]

        pooling
            { Operation = operation
              Kind = kind
              Reduction = reduction
              Size = list size
              Strides = list (Option.defaultValue size options.Strides)
              Padding = options.Padding
              DataFormat = options.DataFormat }

    /// The largest element of each window of this height and width, with options. Sizes and strides below 1 are errors,
    /// and so is a window that does not fit in the samples when the layer is built.
    let maxPooling2DWith (options: Pooling2DOptions) (size: int * int) : Layer<Tensor, Tensor> =
        pooling2D "maxPooling2D" "max_pooling2d" PoolingReduction.Largest options size

    /// The largest element of each window of this height and width, windows side by side: `maxPooling2D (2, 2)` halves
    /// images. Rows and columns that fill no window are left out.
    let maxPooling2D (size: int * int) : Layer<Tensor, Tensor> = maxPooling2DWith Pooling2DOptions.defaults size

    /// The largest element of each window of this length, with options. Sizes and strides below 1 are errors, and so is
    /// a window that does not fit in the samples when the layer is built.
    let maxPooling1DWith (options: Pooling1DOptions) (size: int) : Layer<Tensor, Tensor> =
        pooling1D "maxPooling1D" "max_pooling1d" PoolingReduction.Largest options size

    /// The largest element of each window of this length, windows side by side.
    let maxPooling1D (size: int) : Layer<Tensor, Tensor> = maxPooling1DWith Pooling1DOptions.defaults size

    /// The largest element of each window of this depth, height and width, with options. Sizes and strides below 1 are
    /// errors, and so is a window that does not fit in the samples when the layer is built.
    let maxPooling3DWith (options: Pooling3DOptions) (size: int * int * int) : Layer<Tensor, Tensor> =
        pooling3D "maxPooling3D" "max_pooling3d" PoolingReduction.Largest options size

    /// The largest element of each window of this depth, height and width, windows side by side.
    let maxPooling3D (size: int * int * int) : Layer<Tensor, Tensor> = maxPooling3DWith Pooling3DOptions.defaults size

    /// The mean of each window of this height and width, with options; what lies outside the image does not count, as
    /// in Keras. PyTorch counts it unless `count_include_pad=False`. Sizes and strides below 1 are errors, and so is a
    /// window that does not fit in the samples when the layer is built.
    let averagePooling2DWith (options: Pooling2DOptions) (size: int * int) : Layer<Tensor, Tensor> =
        pooling2D "averagePooling2D" "average_pooling2d" PoolingReduction.Mean options size

    /// The mean of each window of this height and width, windows side by side.
    let averagePooling2D (size: int * int) : Layer<Tensor, Tensor> = averagePooling2DWith Pooling2DOptions.defaults size

    /// The mean of each window of this length, with options; what lies outside the sequence does not count, as in
    /// Keras. Sizes and strides below 1 are errors, and so is a window that does not fit in the samples when the layer
    /// is built.
    let averagePooling1DWith (options: Pooling1DOptions) (size: int) : Layer<Tensor, Tensor> =
        pooling1D "averagePooling1D" "average_pooling1d" PoolingReduction.Mean options size

    /// The mean of each window of this length, windows side by side.
    let averagePooling1D (size: int) : Layer<Tensor, Tensor> = averagePooling1DWith Pooling1DOptions.defaults size

    /// The mean of each window of this depth, height and width, with options; what lies outside the volume does not
    /// count, as in Keras. Sizes and strides below 1 are errors, and so is a window that does not fit in the samples
    /// when the layer is built.
    let averagePooling3DWith (options: Pooling3DOptions) (size: int * int * int) : Layer<Tensor, Tensor> =
        pooling3D "averagePooling3D" "average_pooling3d" PoolingReduction.Mean options size

    /// The mean of each window of this depth, height and width, windows side by side.
    let averagePooling3D (size: int * int * int) : Layer<Tensor, Tensor> =
        averagePooling3DWith Pooling3DOptions.defaults size
