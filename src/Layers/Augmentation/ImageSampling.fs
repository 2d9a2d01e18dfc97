namespace Functional

/// The elements outside an image, where a moved image shows them.
[<RequireQualifiedAccess>]
type FillMode =
    /// One value: k k k | a b c d | k k k.
    | Constant
    /// The element at the edge: a a a | a b c d | d d d.
    | Nearest
    /// The image mirrored at its edge: c b a | a b c d | d c b.
    | Reflect
    /// The image again: b c d | a b c d | a b c.
    | Wrap

/// Options of the layers that move, turn, stretch or shear images.
type ImageTransformOptions =
    {
        /// The elements outside the image: mirrored ones by default.
        FillMode: FillMode
        /// The value of elements outside with `FillMode.Constant`; 0.0 by default.
        FillValue: float
        /// The interpolation between elements: bilinear by default, or nearest. Others are errors.
        Interpolation: Interpolation
        /// The place of the channels: behind the axes of space, by default.
        DataFormat: DataFormat
    }

    /// Keras's defaults: mirrored at the edge, bilinear, channels last.
    static member defaults: ImageTransformOptions =
        { FillMode = FillMode.Reflect
          FillValue = 0.0
          Interpolation = Interpolation.Bilinear
          DataFormat = DataFormat.ChannelsLast }

/// Images read at places between and outside their elements.
[<RequireQualifiedAccess>]
module internal ImageSampling =
    let private fillModes =
        [ FillMode.Constant, "constant"
          FillMode.Nearest, "nearest"
          FillMode.Reflect, "reflect"
          FillMode.Wrap, "wrap" ]

    /// The options as settings, under Keras's names.
    let toSettings (options: ImageTransformOptions) =
        [ "fill_mode", Setting.Text(fillModes |> List.find (fst >> (=) options.FillMode) |> snd)
          "fill_value", Setting.Number options.FillValue
          Interpolation.toSetting options.Interpolation
          DataFormat.toSetting options.DataFormat ]

    /// The options that the settings name.
    let ofSettings (source: Settings.Source) : ImageTransformOptions =
        let text = Settings.text source "fill_mode"

        match fillModes |> List.tryFind (snd >> (=) text) with
        | Some(mode, _) ->
            { FillMode = mode
              FillValue = Settings.number source "fill_value"
              Interpolation = Interpolation.ofSettings source
              DataFormat = DataFormat.ofSettings source }
        | None ->
            Fail.argument
                source.Owner
                "fill_mode"
                $"'{text}'"
                "is no way to fill; there are constant, nearest, reflect and wrap."

    /// An error for an interpolation that sampling does not know.
    let demandInterpolation operation (options: ImageTransformOptions) =
        match options.Interpolation with
        | Interpolation.Nearest
        | Interpolation.Bilinear -> ()
        | Interpolation.Bicubic
        | Interpolation.Lanczos3
        | Interpolation.Lanczos5 ->
            Fail.argument
                operation
                "interpolation"
                options.Interpolation
                "is for resizing; take Interpolation.Nearest or Interpolation.Bilinear."

    let private whole (n: int) = Core.scalar Int32 (float n)

    /// Places on an axis of this length for those outside it.
    let private folded mode length (i: Tensor) =
        match mode with
        | FillMode.Constant
        | FillMode.Nearest -> Tensor.minimum (whole (length - 1)) (Tensor.maximum (whole 0) i)
        | FillMode.Wrap -> Tensor.remainder i (whole length)
        | FillMode.Reflect ->
            let i = Tensor.remainder i (whole (2 * length))
            Tensor.where (Tensor.less i (whole length)) i (whole (2 * length - 1) - i)

    let private isInside length (i: Tensor) =
        Tensor.logicalAnd (Tensor.greaterEqual i (whole 0)) (Tensor.less i (whole length))

    /// The elements of images [n; h; w; c] at rows and columns [n; oh; ow] inside them (Int32), as [n; oh; ow; c].
    let pick (rows: Tensor) (columns: Tensor) (x: Tensor) : Tensor =
        let n, h, w, c = x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]
        let images = Core.beside x (fun () -> Tensor.reshape [ n; 1; 1 ] (Tensor.arangeInt 0 n))
        Tensor.gather 0 (images * whole (h * w) + rows * whole w + columns) (Tensor.reshape [ n * h * w; c ] x)

    /// The elements of images [n; h; w; c] at rows and columns [n; oh; ow], which may lie between elements and outside.
    let at (options: ImageTransformOptions) (rows: Tensor) (columns: Tensor) (x: Tensor) : Tensor =
        let h, w = x.Shape[1], x.Shape[2]

        let picked (row: Tensor) (column: Tensor) =
            let found = x |> pick (folded options.FillMode h row) (folded options.FillMode w column)

            if options.FillMode = FillMode.Constant then
                let inside = Tensor.logicalAnd (isInside h row) (isInside w column) |> Tensor.expandDims -1
                Tensor.where inside found (Core.scalar x.DType options.FillValue)
            else
                found

        if options.Interpolation = Interpolation.Nearest then
            picked (Tensor.cast Int32 (Tensor.round rows)) (Tensor.cast Int32 (Tensor.round columns))
        else
            let top, left = Tensor.floor rows, Tensor.floor columns
            let share (whole: Tensor) (place: Tensor) = Tensor.expandDims -1 (place - whole) |> Tensor.cast x.DType
            let down, right = share top rows, share left columns
            let top, left = Tensor.cast Int32 top, Tensor.cast Int32 left
            let between (share: Tensor) a b = a * (1.0 - share) + b * share
            let row y = between right (picked y left) (picked y (left + whole 1))
            between down (row top) (row (top + whole 1))

    /// Images of the same size whose element (row, column) is read where `source` says, from rows [1; h; 1] and columns
    /// [1; 1; w].
    let moved options (source: Tensor * Tensor -> Tensor * Tensor) (x: Tensor) : Tensor =
        let n, h, w = x.Shape[0], x.Shape[1], x.Shape[2]
        let dtype = if x.DType = Float64 then Float64 else Float32
        let places count = Tensor.cast dtype (Tensor.arangeInt 0 count)
        let ys = Core.beside x (fun () -> Tensor.reshape [ 1; h; 1 ] (places h))
        let xs = Core.beside x (fun () -> Tensor.reshape [ 1; 1; w ] (places w))
        let rows, columns = source (ys, xs)
        at options (Tensor.broadcastTo [ n; h; w ] rows) (Tensor.broadcastTo [ n; h; w ] columns) x
