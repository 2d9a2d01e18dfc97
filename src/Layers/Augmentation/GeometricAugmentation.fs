namespace Functional

/// The directions in which `randomFlip` mirrors images.
[<RequireQualifiedAccess>]
type FlipMode =
    /// Left and right change places.
    | Horizontal
    /// Top and bottom change places.
    | Vertical
    /// Each with a draw of its own.
    | HorizontalAndVertical

/// Layers that mirror, turn, move, stretch and shear images [height; width; channels] at random: while training alone,
/// each image by a draw of its own. Their derivative by the image passes; random numbers come from the key of the run, so
/// that the same key gives the same images. Integers are cast to float32.
[<AutoOpen>]
module GeometricAugmentationLayers =
    let private flipModes =
        [ FlipMode.Horizontal, "horizontal"
          FlipMode.Vertical, "vertical"
          FlipMode.HorizontalAndVertical, "horizontal_and_vertical" ]

    let internal flipModeOf (source: Settings.Source) : FlipMode =
        let text = Settings.text source "mode"

        match flipModes |> List.tryFind (snd >> (=) text) with
        | Some(mode, _) -> mode
        | None ->
            let known = flipModes |> List.map snd |> String.concat ", "
            Fail.argument source.Owner "mode" $"'{text}'" $"is no direction; there are {known}."

    /// `randomFlip` of images with the channels at this place.
    let randomFlipIn (format: DataFormat) (mode: FlipMode) : Layer<Tensor, Tensor> =
        let settings =
            [ "mode", Setting.Text(flipModes |> List.find (fst >> (=) mode) |> snd)
              DataFormat.toSetting format ]

        let flipped i axis key x = Tensor.where (Augmentation.isDrawn i 0.5 key x) (Tensor.flip [ axis ] x) x

        Augmentation.ofSameShape "randomFlip" "random_flip" format settings (fun key x ->
            match mode with
            | FlipMode.Horizontal -> flipped 0 2 key x
            | FlipMode.Vertical -> flipped 1 1 key x
            | FlipMode.HorizontalAndVertical -> x |> flipped 0 2 key |> flipped 1 1 key)

    /// Mirrors half of the images while training, in the directions of the mode.
    let randomFlip (mode: FlipMode) : Layer<Tensor, Tensor> = randomFlipIn DataFormat.ChannelsLast mode

    let private moving operation kind (options: ImageTransformOptions) settings source : Layer<Tensor, Tensor> =
        ImageSampling.demandInterpolation operation options

        Augmentation.ofSameShape
            operation
            kind
            options.DataFormat
            (settings @ ImageSampling.toSettings options)
            (fun key x -> ImageSampling.moved options (source key x) x)

    let private middle length = float (length - 1) / 2.0

    /// Turns each image about its middle while training, with options, by an angle between the bounds, which are shares
    /// of a full turn: 0.25 is a quarter to the left (counter-clockwise), -0.25 one to the right. Bounds out of order
    /// are an error.
    let randomRotationWith (options: ImageTransformOptions) (low: float, high: float) : Layer<Tensor, Tensor> =
        let operation = "randomRotation"
        Augmentation.demandRange operation "factor" (-infinity, infinity) (low, high)

        let source key (x: Tensor) (y: Tensor, z: Tensor) =
            let angle = Augmentation.uniform 0 (low, high) key x * (2.0 * System.Math.PI)
            let cos, sin = Tensor.cos angle, Tensor.sin angle
            let y0, x0 = middle x.Shape[1], middle x.Shape[2]
            let y, z = y - y0, z - x0
            sin * z + cos * y + y0, cos * z - sin * y + x0

        moving operation "random_rotation" options [ "factor", Augmentation.ofRange (low, high) ] source

    /// Turns each image about its middle while training, by at most this share of a full turn either way: 0.1 turns by
    /// up to 36 degrees. What comes in from outside is mirrored at the edge.
    let randomRotation (factor: float) : Layer<Tensor, Tensor> =
        randomRotationWith ImageTransformOptions.defaults (-abs factor, abs factor)

    /// Moves each image while training, with options, by shares of its height and its width between the bounds:
    /// positive ones move down and to the right. Bounds outside [-1, 1] or out of order are errors.
    let randomTranslationWith
        (options: ImageTransformOptions)
        (heightFactor: float * float, widthFactor: float * float)
        : Layer<Tensor, Tensor> =
        let operation = "randomTranslation"
        Augmentation.demandRange operation "height factor" (-1.0, 1.0) heightFactor
        Augmentation.demandRange operation "width factor" (-1.0, 1.0) widthFactor

        let source key (x: Tensor) (y: Tensor, z: Tensor) =
            let down = Augmentation.uniform 0 heightFactor key x * float x.Shape[1]
            let right = Augmentation.uniform 1 widthFactor key x * float x.Shape[2]
            y - down, z - right

        moving
            operation
            "random_translation"
            options
            [ "height_factor", Augmentation.ofRange heightFactor
              "width_factor", Augmentation.ofRange widthFactor ]
            source

    /// Moves each image while training by at most these shares of its height, up or down, and of its width, left or
    /// right. What comes in from outside is mirrored at the edge.
    let randomTranslation (heightFactor: float, widthFactor: float) : Layer<Tensor, Tensor> =
        let around factor = -abs factor, abs factor
        randomTranslationWith ImageTransformOptions.defaults (around heightFactor, around widthFactor)

    /// Stretches each image about its middle while training, with options: 0.2 shows 20 % more of the height (zooming
    /// out), -0.2 20 % less (zooming in). Without bounds for the width, it is stretched as the height is. Bounds outside
    /// [-1, 1] or out of order are errors.
    let randomZoomWith
        (options: ImageTransformOptions)
        (heightFactor: float * float, widthFactor: (float * float) option)
        : Layer<Tensor, Tensor> =
        let operation = "randomZoom"
        Augmentation.demandRange operation "height factor" (-1.0, 1.0) heightFactor
        Option.iter (Augmentation.demandRange operation "width factor" (-1.0, 1.0)) widthFactor

        let source key (x: Tensor) (y: Tensor, z: Tensor) =
            let vertical = Augmentation.uniform 0 heightFactor key x + 1.0

            let horizontal =
                match widthFactor with
                | Some range -> Augmentation.uniform 1 range key x + 1.0
                | None -> vertical

            let y0, x0 = middle x.Shape[1], middle x.Shape[2]
            (y - y0) * vertical + y0, (z - x0) * horizontal + x0

        let settings =
            [ "height_factor", Augmentation.ofRange heightFactor
              match widthFactor with
              | Some range -> "width_factor", Augmentation.ofRange range
              | None -> () ]

        moving operation "random_zoom" options settings source

    /// Stretches each image about its middle while training, keeping its proportions, by at most this share out or in.
    let randomZoom (factor: float) : Layer<Tensor, Tensor> =
        randomZoomWith ImageTransformOptions.defaults ((-abs factor, abs factor), None)

    /// Shears each image while training, with options: each row is moved by a share of its distance from the top, each
    /// column by a share of its distance from the left, drawn between the bounds, both in one of two directions by the
    /// toss of a coin. Bounds outside [-1, 1] or out of order are errors.
    let randomShearWith
        (options: ImageTransformOptions)
        (xFactor: float * float, yFactor: float * float)
        : Layer<Tensor, Tensor> =
        let operation = "randomShear"
        Augmentation.demandRange operation "x factor" (-1.0, 1.0) xFactor
        Augmentation.demandRange operation "y factor" (-1.0, 1.0) yFactor

        let source key (x: Tensor) (y: Tensor, z: Tensor) =
            let toss = Augmentation.uniform 2 (-1.0, 1.0) key x

            let direction =
                Tensor.where (Tensor.less toss (Tensor.zerosLike toss)) (-Tensor.onesLike toss) (Tensor.onesLike toss)

            let along = Augmentation.uniform 0 xFactor key x * direction
            let down = Augmentation.uniform 1 yFactor key x * direction
            y + down * z, z + along * y

        moving
            operation
            "random_shear"
            options
            [ "x_factor", Augmentation.ofRange xFactor; "y_factor", Augmentation.ofRange yFactor ]
            source

    /// Shears each image while training, by at most these shares along the width and along the height. What comes in
    /// from outside is mirrored at the edge.
    let randomShear (xFactor: float, yFactor: float) : Layer<Tensor, Tensor> =
        let around factor = -abs factor, abs factor
        randomShearWith ImageTransformOptions.defaults (around xFactor, around yFactor)
