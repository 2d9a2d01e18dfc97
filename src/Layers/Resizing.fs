namespace Functional

/// The interpolation between the elements of an image that is enlarged.
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
            kind
            settings
            (fun shapes -> [ shape (Spatial.image operation (Layer.single kind shapes)) ])
            (fun _ (x: Tensor) -> Spatial.over operation f x)
        |> Layer.withMaskRule MaskRule.Stops

    let private onSequences operation kind settings (shape: int * int -> Shape) (f: Tensor -> Tensor) =
        Layer.stateless
            kind
            settings
            (fun shapes -> [ shape (Spatial.sequence operation (Layer.single kind shapes)) ])
            (fun _ (x: Tensor) -> Spatial.overSequences operation f x)
        |> Layer.withMaskRule MaskRule.Stops

    /// Each element repeated.
    let private repeated (down, across) (x: Tensor) =
        match x.Shape with
        | [ count; height; width; channels ] ->
            x
            |> Tensor.reshape [ count; height; 1; width; 1; channels ]
            |> Tensor.broadcastTo [ count; height; down; width; across; channels ]
            |> Tensor.reshape [ count; down * height; across * width; channels ]
        | shape -> Fail.axis "upSampling2D" 3 shape

    /// The weights of linear interpolation along one axis that becomes `factor` times as long: a triangle of the share
    /// that an element has in its new neighbours, and the number of positions it reaches in front of its own first one.
    let private triangleWeights factor =
        let size = 2 * factor - factor % 2
        let centre = float (size - 1) / 2.0
        Array.init size (fun i -> 1.0 - abs (float i - centre) / float factor), (size - factor) / 2

    /// The sum of the interpolation weights at each position of the longer axis: below 1 at the edge.
    let private weightSums (weights: float[]) before factor length =
        let sums = Array.zeroCreate (length * factor)

        for i in 0 .. length - 1 do
            for j in 0 .. weights.Length - 1 do
                let at = i * factor + j - before

                if at >= 0 && at < sums.Length then
                    sums[at] <- sums[at] + weights[j]

        sums

    /// Bilinear interpolation, as the transpose of a depthwise convolution with triangular weights. Dividing by the sum
    /// of the weights continues the edge outside the image.
    let private interpolated (down, across) (x: Tensor) =
        let height, width, channels = x.Shape[1], x.Shape[2], x.Shape[3]
        let rows, above = triangleWeights down
        let columns, left = triangleWeights across

        let table (shape: Shape) (rows: float[]) (columns: float[]) f =
            let elements = Array.allPairs rows columns |> Array.map (fun (row, column) -> f (row * column))
            Core.beside x (fun () -> Tensor.ofFloat64Array shape elements) |> Tensor.cast x.DType

        let along factor (weights: float[]) before =
            { Stride = factor; Dilation = 1; Before = before; After = weights.Length - factor - before }

        let window: Window = { Y = along down rows above; X = along across columns left; Groups = channels }
        let kernel = table [ rows.Length; columns.Length; 1; 1 ] rows columns id
        let kernel = Tensor.broadcastTo [ rows.Length; columns.Length; 1; channels ] kernel
        let y = Tensor.conv2dTranspose window (down * height, across * width) kernel x
        let rows, columns = weightSums rows above down height, weightSums columns left across width
        y * table [ 1; rows.Length; columns.Length; 1 ] rows columns (fun weight -> 1.0 / weight)

    /// A batch of images enlarged.
    let private enlarged interpolation factors (x: Tensor) =
        let x = if x.DType.IsFloat then x else Tensor.cast Float32 x

        match interpolation with
        | Interpolation.Nearest -> repeated factors x
        | Interpolation.Bilinear when x.Size > 0 -> interpolated factors x
        | Interpolation.Bilinear ->
            let count, height, width, channels = x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]
            Tensor.zerosOf x.DType [ count; fst factors * height; snd factors * width; channels ]

    /// Images `down` times as high and `across` times as wide, with this interpolation: from [height; width; channels]
    /// to [down·height; across·width; channels]. Factors below 1 are errors. Integers are cast to float32.
    let upSampling2DWith (interpolation: Interpolation) (down: int, across: int) : Layer<Tensor, Tensor> =
        Spatial.demandPair "upSampling2D" "size" (down, across)

        let name =
            match interpolation with
            | Interpolation.Nearest -> "nearest"
            | Interpolation.Bilinear -> "bilinear"

        onImages
            "upSampling2D"
            "up_sampling2d"
            [ "size", Spatial.pair (down, across); "interpolation", Setting.Text name ]
            (fun (height, width, channels) -> [ down * height; across * width; channels ])
            (enlarged interpolation (down, across))

    /// Images enlarged by repeating each element `down` times vertically and `across` times horizontally.
    let upSampling2D (down: int, across: int) : Layer<Tensor, Tensor> =
        upSampling2DWith Interpolation.Nearest (down, across)

    /// Sequences `times` as long, each element repeated: [length; channels] to [times·length; channels]. A count below
    /// 1 is an error.
    let upSampling1D (times: int) : Layer<Tensor, Tensor> =
        Spatial.demandPositive "upSampling1D" "size" times

        onSequences
            "upSampling1D"
            "up_sampling1d"
            [ "size", Setting.Whole times ]
            (fun (length, channels) -> [ times * length; channels ])
            (enlarged Interpolation.Nearest (1, times))

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
            [ "padding", Setting.Items [ Spatial.pair (top, bottom); Spatial.pair (left, right) ] ]
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
            [ "padding", Spatial.pair (front, behind) ]
            (fun (length, channels) -> [ front + length + behind; channels ])
            (padded (0, 0) (front, behind))
