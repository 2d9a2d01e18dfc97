namespace Functional

/// Layers that put zeros around sequences [length; channels], images [height; width; channels] and volumes [depth;
/// height; width; channels], or cut their margins away.
[<AutoOpen>]
module MarginLayers =
    let private zeros (low, high) = { Low = low; High = high; Interior = 0 }

    let private padding operation kind format (settings: (string * Setting) list) (margins: (int * int) list) =
        for front, behind in margins do
            for n in [ front; behind ] do
                if n < 0 then
                    Fail.argument operation "padding" n "is negative; cut margins away by cropping instead."

        let axes = margins.Length

        let rule sample =
            let lengths, channels = Spatial.extents operation axes sample
            List.map2 (fun length (front, behind) -> front + length + behind) lengths margins @ [ channels ]

        let paddings = [ zeros (0, 0); yield! List.map zeros margins; zeros (0, 0) ]

        Spatial.stateless operation kind axes format (settings @ [ DataFormat.toSetting format ]) rule (fun _ x ->
            Core.apply (Op.Pad(paddings, 0.0)) [ x ])

    /// `zeroPadding1D` of sequences with the channels at this place.
    let zeroPadding1DIn (format: DataFormat) (front: int, behind: int) : Layer<Tensor, Tensor> =
        padding "zeroPadding1D" "zero_padding1d" format [ "padding", Spatial.pair (front, behind) ] [ front, behind ]

    /// Sequences with zeros in front and behind: [length; channels] to [front + length + behind; channels]. Negative
    /// counts are errors.
    let zeroPadding1D (front: int, behind: int) : Layer<Tensor, Tensor> =
        zeroPadding1DIn DataFormat.ChannelsLast (front, behind)

    /// `zeroPadding2DWith` of images with the channels at this place.
    let zeroPadding2DIn (format: DataFormat) (rows: int * int, columns: int * int) : Layer<Tensor, Tensor> =
        padding
            "zeroPadding2D"
            "zero_padding2d"
            format
            [ "padding", Spatial.ofPairs [ rows; columns ] ]
            [ rows; columns ]

    /// Images with rows of zeros above and below, and columns of zeros at the left and at the right, each side with a
    /// count of its own: `zeroPadding2DWith ((top, bottom), (left, right))`. Negative counts are errors.
    let zeroPadding2DWith (rows: int * int, columns: int * int) : Layer<Tensor, Tensor> =
        zeroPadding2DIn DataFormat.ChannelsLast (rows, columns)

    /// Images with `rows` rows of zeros above and below, and `columns` columns of zeros at both sides.
    let zeroPadding2D (rows: int, columns: int) : Layer<Tensor, Tensor> =
        zeroPadding2DWith ((rows, rows), (columns, columns))

    /// `zeroPadding3DWith` of volumes with the channels at this place.
    let zeroPadding3DIn
        (format: DataFormat)
        (planes: int * int, rows: int * int, columns: int * int)
        : Layer<Tensor, Tensor> =
        let margins = [ planes; rows; columns ]
        padding "zeroPadding3D" "zero_padding3d" format [ "padding", Spatial.ofPairs margins ] margins

    /// Volumes with zeros around them, each side with a count of its own: `zeroPadding3DWith ((front, back), (top,
    /// bottom), (left, right))`. Negative counts are errors.
    let zeroPadding3DWith (planes: int * int, rows: int * int, columns: int * int) : Layer<Tensor, Tensor> =
        zeroPadding3DIn DataFormat.ChannelsLast (planes, rows, columns)

    /// Volumes with so many planes, rows and columns of zeros at both sides of each axis.
    let zeroPadding3D (planes: int, rows: int, columns: int) : Layer<Tensor, Tensor> =
        zeroPadding3DWith ((planes, planes), (rows, rows), (columns, columns))

    let private cropping operation kind format settings (margins: (int * int) list) =
        for front, behind in margins do
            for n in [ front; behind ] do
                if n < 0 then
                    Fail.argument operation "cropping" n "is negative; give 0 or more."

        let axes = margins.Length

        let rule sample =
            let lengths, channels = Spatial.extents operation axes sample
            let left = List.map2 (fun length (front, behind) -> length - front - behind) lengths margins

            for name, n in List.zip (Spatial.axisNames axes) left do
                if n < 1 then
                    Fail.shapes
                        operation
                        [ "sample", sample; "what would be left", left @ [ channels ] ]
                        $"nothing would be left of the {name}; cut less away."

            left @ [ channels ]

        Spatial.stateless operation kind axes format settings rule (fun _ x ->
            rule x.Shape.Tail |> ignore

            (x, List.indexed margins)
            ||> List.fold (fun x (i, (front, behind)) -> Tensor.sliceAxis (i + 1) front (x.Shape[i + 1] - behind) 1 x))

    /// Sequences without so many elements in front and behind: [length; channels] to [length - front - behind;
    /// channels]. Negative counts are errors, and so are samples of which nothing would be left.
    let cropping1D (front: int, behind: int) : Layer<Tensor, Tensor> =
        cropping
            "cropping1D"
            "cropping1d"
            DataFormat.ChannelsLast
            [ "cropping", Spatial.pair (front, behind) ]
            [ front, behind ]

    /// `cropping2DWith` of images with the channels at this place.
    let cropping2DIn (format: DataFormat) (rows: int * int, columns: int * int) : Layer<Tensor, Tensor> =
        let margins = [ rows; columns ]
        let settings = [ "cropping", Spatial.ofPairs margins; DataFormat.toSetting format ]
        cropping "cropping2D" "cropping2d" format settings margins

    /// Images without so many rows above and below, and columns at the left and at the right: `cropping2DWith ((top,
    /// bottom), (left, right))`. Negative counts are errors, and so are samples of which nothing would be left.
    let cropping2DWith (rows: int * int, columns: int * int) : Layer<Tensor, Tensor> =
        cropping2DIn DataFormat.ChannelsLast (rows, columns)

    /// Images without `rows` rows above and below, and `columns` columns at both sides.
    let cropping2D (rows: int, columns: int) : Layer<Tensor, Tensor> = cropping2DWith ((rows, rows), (columns, columns))

    /// `cropping3DWith` of volumes with the channels at this place.
    let cropping3DIn
        (format: DataFormat)
        (planes: int * int, rows: int * int, columns: int * int)
        : Layer<Tensor, Tensor> =
        let margins = [ planes; rows; columns ]
        let settings = [ "cropping", Spatial.ofPairs margins; DataFormat.toSetting format ]
        cropping "cropping3D" "cropping3d" format settings margins

    /// Volumes without so many planes, rows and columns, each side with a count of its own: `cropping3DWith ((front,
    /// back), (top, bottom), (left, right))`. Negative counts are errors, and so are samples of which nothing would be
    /// left.
    let cropping3DWith (planes: int * int, rows: int * int, columns: int * int) : Layer<Tensor, Tensor> =
        cropping3DIn DataFormat.ChannelsLast (planes, rows, columns)

    /// Volumes without so many planes, rows and columns at both sides of each axis.
    let cropping3D (planes: int, rows: int, columns: int) : Layer<Tensor, Tensor> =
        cropping3DWith ((planes, planes), (rows, rows), (columns, columns))
