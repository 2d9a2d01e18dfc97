namespace Functional

/// Convolutions and poolings of volumes [batch; depth; height; width; channels], made of those of images.
[<AutoOpen>]
module TensorVolumeWindows =

    let private volume operation (x: Tensor) =
        match x.Shape with
        | [ n; d; h; w; c ] -> struct (n, d, h, w, c)
        | shape ->
            Fail.shapes
                operation
                [ "volume", shape ]
                "the volumes must have the five axes [batch; depth; height; width; channels]; reshape them first."

    let private kernelAxes operation (kernel: Tensor) =
        match kernel.Shape with
        | [ kd; kh; kw; c; f ] -> struct (kd, kh, kw, c, f)
        | shape ->
            Fail.shapes
                operation
                [ "kernel", shape ]
                "the kernel must have the five axes [depth; height; width; channels / groups; filters]; reshape it \
                 first."

    /// The length that a window leaves of the depth, on which the kernel must fit.
    let private depthLeft operation (axis: WindowAxis) size length =
        let whole = length + axis.Before + axis.After

        if ConvolutionShapes.reach axis size > whole then
            Fail.argument
                operation
                "kernel depth"
                size
                $"spans {ConvolutionShapes.reach axis size} elements of the depth, which has {whole} with its padding; \
                  take a smaller kernel or dilation, or more padding."

        ConvolutionShapes.convolved axis size length

    let private along axis (padding: Padding) (x: Tensor) =
        let nothing = { Low = 0; High = 0; Interior = 0 }

        if padding = nothing then
            x
        else
            let paddings = x.Shape |> List.mapi (fun i _ -> if i = axis then padding else nothing)
            Core.apply (Op.Pad(paddings, 0.0)) [ x ]

    /// The kernel of images with the depth folded into the channels: [kh; kw; kd·c; f].
    let private folded (kernel: Tensor) =
        match kernel.Shape with
        | [ kd; kh; kw; c; f ] -> kernel |> Tensor.permute [ 1; 2; 0; 3; 4 ] |> Tensor.reshape [ kh; kw; kd * c; f ]
        | shape -> Fail.axis "conv3d" 4 shape

    /// The pooling of each plane, then of the planes' results along the depth.
    let private pooled operation (f: Pool -> Tensor -> Tensor) (depth: PoolAxis) (pool: Pool) (x: Tensor) =
        let struct (n, d, h, w, c) = volume operation x
        let planes = x |> Tensor.reshape [ n * d; h; w; c ] |> f pool
        let oh, ow = planes.Shape[1], planes.Shape[2]

        let joined = planes |> Tensor.reshape [ n; d; oh * ow; c ] |> f { Y = depth; X = Pool.single }

        Tensor.reshape [ n; joined.Shape[1]; oh; ow; c ] joined

    /// Functions on tensors.
    module Tensor =

        /// The convolution of volumes [n; d; h; w; c] with a kernel [kd; kh; kw; c / groups; f], giving [n; od; oh; ow;
        /// f]: `depth` is the window along the depth, `window` that of the planes and the groups (see `Window.along`).
        /// The shifted planes of the kernel's depth stand side by side as channels of one convolution of n·od images,
        /// so that the volume is copied kd times.
        let conv3d (depth: WindowAxis) (window: Window) (kernel: Tensor) (x: Tensor) : Tensor =
            let operation = "conv3d"
            let struct (n, d, h, w, c) = volume operation x
            let struct (kd, _, _, part, _) = kernelAxes operation kernel
            let od = depthLeft operation depth kd d

            if part * window.Groups <> c then
                Fail.shapes
                    operation
                    [ "volume", x.Shape; "kernel", kernel.Shape ]
                    $"the kernel takes {part} channels in each of {window.Groups} groups, and the volume has {c}."

            let padded = along 1 { Low = depth.Before; High = depth.After; Interior = 0 } x

            let slices =
                [ for i in 0 .. kd - 1 ->
                      let first = i * depth.Dilation

                      padded
                      |> Tensor.sliceAxis 1 first (first + (od - 1) * depth.Stride + 1) depth.Stride
                      |> Tensor.reshape [ n * od; h; w; window.Groups; part ] ]

            let images = Tensor.concat -1 slices |> Tensor.reshape [ n * od; h; w; kd * c ]
            let y = Tensor.conv2d window (folded kernel) images
            Tensor.reshape [ n; od; y.Shape[1]; y.Shape[2]; y.Shape[3] ] y

        /// The transpose of `conv3d`: from its result [n; od; oh; ow; f] to volumes [n; d; h; w; c] of this depth,
        /// height and width, of which `conv3d` with the same windows and kernel would give that result's shape. Another
        /// size is an error.
        let conv3dTranspose
            (depth: WindowAxis)
            (window: Window)
            (d: int, h: int, w: int)
            (kernel: Tensor)
            (x: Tensor)
            : Tensor =
            let operation = "conv3dTranspose"
            let struct (n, od, oh, ow, f) = volume operation x
            let struct (kd, _, _, part, _) = kernelAxes operation kernel

            if depthLeft operation depth kd d <> od then
                Fail.argument
                    operation
                    "depth"
                    d
                    $"is not one of which the window leaves {od} elements; give the depth that the convolution had."

            let whole = d + depth.Before + depth.After

            let images =
                x
                |> Tensor.reshape [ n * od; oh; ow; f ]
                |> Tensor.conv2dTranspose window (h, w) (folded kernel)
                |> Tensor.reshape [ n; od; h; w; window.Groups; kd; part ]

            let spread i =
                let low = i * depth.Dilation
                let high = whole - low - (od - 1) * depth.Stride - 1

                images
                |> Tensor.sliceAxis 5 i (i + 1) 1
                |> Tensor.reshape [ n; od; h; w; window.Groups * part ]
                |> along 1 { Low = low; High = high; Interior = depth.Stride - 1 }

            [ 0 .. kd - 1 ]
            |> List.map spread
            |> List.reduce (+)
            |> Tensor.sliceAxis 1 depth.Before (depth.Before + d) 1

        /// The largest element of each window of volumes [n; d; h; w; c], giving [n; od; oh; ow; c]: `depth` are the
        /// windows along the depth, `pool` those of the planes; see `maxPool2d`.
        let maxPool3d (depth: PoolAxis) (pool: Pool) (x: Tensor) : Tensor =
            pooled "maxPool3d" Tensor.maxPool2d depth pool x

        /// The mean of each window of volumes [n; d; h; w; c], giving [n; od; oh; ow; c]; what lies outside does not
        /// count. See `averagePool2d`.
        let averagePool3d (depth: PoolAxis) (pool: Pool) (x: Tensor) : Tensor =
            pooled "averagePool3d" Tensor.averagePool2d depth pool x
