namespace Functional

/// Options of `upSampling2DWith`.
type UpSampling2DOptions =
    {
        /// The interpolation between the elements: nearest by default, which repeats them.
        Interpolation: Interpolation
        /// The place of the channels: behind the axes of space, by default.
        DataFormat: DataFormat
    }

    /// Keras's defaults: each element repeated, channels last.
    static member defaults: UpSampling2DOptions =
        { Interpolation = Interpolation.Nearest; DataFormat = DataFormat.ChannelsLast }

/// Layers that enlarge sequences [length; channels], images [height; width; channels] and volumes [depth; height;
/// width; channels] by whole factors.
[<AutoOpen>]
module UpSamplingLayers =
    /// Each element repeated along each axis behind the first.
    let private repeated (factors: int list) (x: Tensor) =
        let count, channels = x.Shape.Head, List.last x.Shape
        let lengths = x.Shape |> List.skip 1 |> List.take factors.Length
        let axes of' = List.zip lengths factors |> List.collect of'

        x
        |> Tensor.reshape (count :: axes (fun (length, _) -> [ length; 1 ]) @ [ channels ])
        |> Tensor.broadcastTo (count :: axes (fun (length, factor) -> [ length; factor ]) @ [ channels ])
        |> Tensor.reshape (count :: axes (fun (length, factor) -> [ length * factor ]) @ [ channels ])

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
    let private bilinear (down, across) (x: Tensor) =
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
    let private enlarged interpolation (down, across) (x: Tensor) =
        let count, height, width, channels = x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]

        match interpolation with
        | Interpolation.Nearest -> repeated [ down; across ] x
        | _ when x.Size = 0 -> Tensor.zerosOf x.DType [ count; down * height; across * width; channels ]
        | Interpolation.Bilinear -> bilinear (down, across) x
        | Interpolation.Bicubic
        | Interpolation.Lanczos3
        | Interpolation.Lanczos5 -> Interpolation.resize interpolation false (down * height, across * width) x

    let private upSampling operation kind format settings (factors: int list) f =
        let axes = factors.Length
        Spatial.demandSizes operation "size" factors

        let rule sample =
            let lengths, channels = Spatial.extents operation axes sample
            List.map2 (*) factors lengths @ [ channels ]

        Spatial.stateless operation kind axes format (("size", Spatial.ofSizes factors) :: settings) rule (fun _ x ->
            f (Spatial.asFloats x))

    /// Images `down` times as high and `across` times as wide, with options: from [height; width; channels] to
    /// [down·height; across·width; channels]. Factors below 1 are errors. Integers are cast to float32.
    let upSampling2DWith (options: UpSampling2DOptions) (down: int, across: int) : Layer<Tensor, Tensor> =
        upSampling
            "upSampling2D"
            "up_sampling2d"
            options.DataFormat
            [ Interpolation.toSetting options.Interpolation; DataFormat.toSetting options.DataFormat ]
            [ down; across ]
            (enlarged options.Interpolation (down, across))

    /// Images enlarged by repeating each element `down` times vertically and `across` times horizontally.
    let upSampling2D (down: int, across: int) : Layer<Tensor, Tensor> =
        upSampling2DWith UpSampling2DOptions.defaults (down, across)

    /// Sequences `times` as long, each element repeated: [length; channels] to [times·length; channels]. A count below
    /// 1 is an error.
    let upSampling1D (times: int) : Layer<Tensor, Tensor> =
        upSampling "upSampling1D" "up_sampling1d" DataFormat.ChannelsLast [] [ times ] (repeated [ times ])

    /// `upSampling3D` of volumes with the channels at this place.
    let upSampling3DIn (format: DataFormat) (deep: int, down: int, across: int) : Layer<Tensor, Tensor> =
        let factors = [ deep; down; across ]
        upSampling "upSampling3D" "up_sampling3d" format [ DataFormat.toSetting format ] factors (repeated factors)

    /// Volumes enlarged by repeating each element `deep` times along the depth, `down` times vertically and `across`
    /// times horizontally. Factors below 1 are errors.
    let upSampling3D (deep: int, down: int, across: int) : Layer<Tensor, Tensor> =
        upSampling3DIn DataFormat.ChannelsLast (deep, down, across)
