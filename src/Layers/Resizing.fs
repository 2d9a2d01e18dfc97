namespace Functional

/// What stands between the elements of an image that is enlarged.
[<RequireQualifiedAccess>]
type Interpolation =
    /// The nearest element: each one repeated.
    | Nearest
    /// A straight line between neighbours, elements being the centres of squares, and the edge continued outside. As
    /// PyTorch's `align_corners=False`.
    | Bilinear

/// Layers that enlarge sequences [length; channels] and images [height; width; channels].
[<AutoOpen>]
module ResizingLayers =
    let private onImages operation kind settings (shape: int * int * int -> Shape) (f: Tensor -> Tensor) =
        Layer.stateless
            (Layer.describe kind settings)
            (fun shapes -> [ shape (Images.image operation (Layer.single kind shapes)) ])
            (fun _ (x: Tensor) -> Images.over operation f x)

    let private onSequences operation kind settings (shape: int * int -> Shape) (f: Tensor -> Tensor) =
        Layer.stateless
            (Layer.describe kind settings)
            (fun shapes -> [ shape (Images.sequence operation (Layer.single kind shapes)) ])
            (fun _ (x: Tensor) -> Images.overSequences operation f x)

    /// [n; h; w; c] with every element `down` times below and `across` times beside itself.
    let private repeated (down, across) (x: Tensor) =
        match x.Shape with
        | [ n; h; w; c ] ->
            x
            |> Tensor.reshape [ n; h; 1; w; 1; c ]
            |> Tensor.broadcastTo [ n; h; down; w; across; c ]
            |> Tensor.reshape [ n; h * down; w * across; c ]
        | shape -> Fail.shapes "upSampling2D" [ "input", shape ] "the input must be a batch of images; reshape it."

    /// The axis `factor` times as long, on straight lines between the centres of its elements.
    let private onLines axis factor (x: Tensor) =
        let n = x.Shape[axis]

        if factor = 1 then
            x
        else
            let positions = [| for i in 0 .. n * factor - 1 -> (float i + 0.5) / float factor - 0.5 |]
            let low = positions |> Array.map (floor >> int)
            let near (i: int) = System.Math.Clamp(i, 0, n - 1)
            let at indices = Tensor.gather axis (Tensor.ofInts [ n * factor ] (Array.map near indices)) x
            let ones = List.replicate (x.Rank - 1 - axis) 1

            let share =
                Array.map2 (fun p i -> p - float i) positions low
                |> Tensor.ofFloat64Array (n * factor :: ones)
                |> Tensor.cast x.DType

            let first = at low
            first + (at (low |> Array.map ((+) 1)) - first) * share

    let private asFloats (x: Tensor) = if x.DType.IsFloat then x else Tensor.cast Float32 x

    /// Images `down` times as high and `across` times as wide, with this interpolation: from [height; width; channels]
    /// to [down·height; across·width; channels]. Factors below 1 are errors. Bilinear interpolation casts integers to
    /// float32.
    let upSampling2DWith (interpolation: Interpolation) (down: int, across: int) : Layer<Tensor, Tensor> =
        Images.demandPair "upSampling2D" "size" (down, across)

        let name, f =
            match interpolation with
            | Interpolation.Nearest -> "nearest", repeated (down, across)
            | Interpolation.Bilinear -> "bilinear", asFloats >> onLines 1 down >> onLines 2 across

        onImages
            "upSampling2D"
            "up_sampling2d"
            [ "size", Images.pair (down, across); "interpolation", Setting.Text name ]
            (fun (height, width, channels) -> [ down * height; across * width; channels ])
            f

    /// Images enlarged by repeating each element `down` times vertically and `across` times horizontally.
    let upSampling2D (down: int, across: int) : Layer<Tensor, Tensor> =
        upSampling2DWith Interpolation.Nearest (down, across)

    /// Sequences `times` as long, each element repeated: [length; channels] to [times·length; channels]. A count below 1
    /// is an error.
    let upSampling1D (times: int) : Layer<Tensor, Tensor> =
        Images.demandPositive "upSampling1D" "size" times

        onSequences
            "upSampling1D"
            "up_sampling1d"
            [ "size", Setting.Whole times ]
            (fun (length, channels) -> [ times * length; channels ])
            (repeated (1, times))

    let private demandPaddings operation paddings =
        for n in paddings do
            if n < 0 then
                Fail.argument operation "padding" n "is negative; slice elements away in a function instead."

    let private zeros low high = { Low = low; High = high; Interior = 0 }

    let private padded (top, bottom) (left, right) (x: Tensor) =
        Core.apply (Op.Pad([ zeros 0 0; zeros top bottom; zeros left right; zeros 0 0 ], 0.0)) [ x ]

    /// Images with rows of zeros above and below, and columns of zeros at the left and at the right, each side with a
    /// count of its own: `zeroPadding2DWith ((top, bottom), (left, right))`. Negative counts are errors.
    let zeroPadding2DWith ((top, bottom): int * int, (left, right): int * int) : Layer<Tensor, Tensor> =
        demandPaddings "zeroPadding2D" [ top; bottom; left; right ]

        onImages
            "zeroPadding2D"
            "zero_padding2d"
            [ "padding", Setting.Items [ Images.pair (top, bottom); Images.pair (left, right) ] ]
            (fun (height, width, channels) -> [ top + height + bottom; left + width + right; channels ])
            (padded (top, bottom) (left, right))

    /// Images with `rows` rows of zeros above and below, and `columns` columns of zeros at both sides.
    let zeroPadding2D (rows: int, columns: int) : Layer<Tensor, Tensor> =
        zeroPadding2DWith ((rows, rows), (columns, columns))

    /// Sequences with zeros in front and behind: [length; channels] to [front + length + behind; channels]. Negative
    /// counts are errors.
    let zeroPadding1D (front: int, behind: int) : Layer<Tensor, Tensor> =
        demandPaddings "zeroPadding1D" [ front; behind ]

        onSequences
            "zeroPadding1D"
            "zero_padding1d"
            [ "padding", Images.pair (front, behind) ]
            (fun (length, channels) -> [ front + length + behind; channels ])
            (padded (0, 0) (front, behind))
