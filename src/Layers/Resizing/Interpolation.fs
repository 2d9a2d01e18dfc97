namespace Functional

/// The interpolation between the elements of an image that changes its size. Elements are the centres of squares, as in
/// PyTorch's `align_corners=False`.
[<RequireQualifiedAccess>]
type Interpolation =
    /// The nearest element; where an image is enlarged by a whole factor, each one repeated.
    | Nearest
    /// A straight line between neighbours, the edge continued outside.
    | Bilinear
    /// The cubic of Keys with a = -0.5 over four neighbours along each axis, as in Keras; PyTorch takes a = -0.75.
    | Bicubic
    /// The kernel of Lanczos with radius 3.
    | Lanczos3
    /// The kernel of Lanczos with radius 5.
    | Lanczos5

/// Images resized along their two axes.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Interpolation =
    let private names =
        [ Interpolation.Nearest, "nearest"
          Interpolation.Bilinear, "bilinear"
          Interpolation.Bicubic, "bicubic"
          Interpolation.Lanczos3, "lanczos3"
          Interpolation.Lanczos5, "lanczos5" ]

    /// The interpolation as a setting, under Keras's name.
    let toSetting (interpolation: Interpolation) =
        "interpolation", Setting.Text(names |> List.find (fst >> (=) interpolation) |> snd)

    /// The interpolation that the settings name.
    let ofSettings (source: Settings.Source) : Interpolation =
        let text = Settings.text source "interpolation"

        match names |> List.tryFind (snd >> (=) text) with
        | Some(interpolation, _) -> interpolation
        | None ->
            let known = names |> List.map snd |> String.concat ", "

            Fail.argument
                source.Owner
                "interpolation"
                $"'{text}'"
                $"is none that this version of the library knows; there are {known}."

    let private triangle distance = max 0.0 (1.0 - distance)

    /// Keys 1981, "Cubic convolution interpolation for digital image processing", with a = -0.5.
    let private cubic distance =
        if distance < 1.0 then
            ((1.5 * distance - 2.5) * distance) * distance + 1.0
        elif distance < 2.0 then
            ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0
        else
            0.0

    let private lanczos radius distance =
        if distance >= radius then
            0.0
        elif distance < 1e-8 then
            1.0
        else
            let x = System.Math.PI * distance
            radius * sin x * sin (x / radius) / (x * x)

    /// The element nearest to each place of the axis with another length.
    let private nearestAlong axis count (x: Tensor) =
        let length = x.Shape[axis]
        let place i = min (length - 1) (int (floor ((float i + 0.5) * float length / float count)))
        let indices = Core.beside x (fun () -> Tensor.ofInts [ count ] (Array.init count place))
        Tensor.gather axis indices x

    /// The axis with another length.
    let private along interpolation antialias axis count (x: Tensor) =
        let weighted kernel =
            AxisWeights.along axis count (AxisWeights.interpolation kernel antialias x.Shape[axis] count) x

        if x.Shape[axis] = count then
            x
        else
            match interpolation with
            | Interpolation.Nearest -> nearestAlong axis count x
            | Interpolation.Bilinear -> weighted triangle
            | Interpolation.Bicubic -> weighted cubic
            | Interpolation.Lanczos3 -> weighted (lanczos 3.0)
            | Interpolation.Lanczos5 -> weighted (lanczos 5.0)

    /// A batch of images [n; h; w; c], whose axes are not empty, with another height and width.
    let resize interpolation antialias (height, width) (x: Tensor) : Tensor =
        x |> along interpolation antialias 1 height |> along interpolation antialias 2 width
