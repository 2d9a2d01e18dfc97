/// Convolutions along one axis of time, or two or three of space, with the channels behind.
module internal Functional.WindowConvolution

/// The window over images that goes along the last two axes.
let private plane (axes: WindowAxis list) groups : Window =
    match List.rev axes with
    | x :: y :: _ -> { Y = y; X = x; Groups = groups }
    | [ x ] -> { Window.plain with X = x; Groups = groups }
    | [] -> { Window.plain with Groups = groups }

/// The convolution of a batch.
let convolve (axes: WindowAxis list) groups (kernel: Tensor) (x: Tensor) : Tensor =
    match axes with
    | [ length ] -> Tensor.conv1d length groups kernel x
    | depth :: _ :: _ :: _ -> Tensor.conv3d depth (plane axes groups) kernel x
    | _ -> Tensor.conv2d (plane axes groups) kernel x

/// The transpose of the convolution, for results of these lengths.
let transposed (axes: WindowAxis list) groups (lengths: int list) (kernel: Tensor) (x: Tensor) : Tensor =
    match axes, lengths with
    | [ axis ], [ length ] -> Tensor.conv1dTranspose axis groups length kernel x
    | depth :: _ :: _ :: _, [ d; h; w ] -> Tensor.conv3dTranspose depth (plane axes groups) (d, h, w) kernel x
    | _ -> Tensor.conv2dTranspose (plane axes groups) (lengths[0], lengths[1]) kernel x

/// The shape that a convolution gives for a sample, or the error of one that does not fit.
let shape operation (axes: WindowAxis list) groups (kernel: Shape) (sample: Shape) : Shape =
    let tooLarge (axis: WindowAxis) size length = ConvolutionShapes.reach axis size > length + axis.Before + axis.After

    let planeOf sample kernel =
        (ConvolutionShapes.convolution
            operation
            (plane axes groups)
            (Spatial.one sample)
            { Shape = kernel; DType = Float32 })
            .Shape.Tail

    match axes with
    | [ axis ] when tooLarge axis kernel.Head sample.Head ->
        Fail.shapes
            operation
            [ "sample", sample ]
            $"the kernel spans {ConvolutionShapes.reach axis kernel.Head} elements, and the sequence has {sample.Head}; \
              take a smaller kernel or dilation, or padding."
    | [ _ ] -> List.tail (planeOf (1 :: sample) (1 :: kernel))
    | [ depth; _; _ ] when tooLarge depth kernel.Head sample.Head ->
        Fail.shapes
            operation
            [ "sample", sample ]
            $"the kernel spans {ConvolutionShapes.reach depth kernel.Head} elements of the depth, which has \
              {sample.Head + depth.Before + depth.After} with its padding; take a smaller kernel or dilation, or more \
              padding."
    | [ depth; _; _ ] -> ConvolutionShapes.convolved depth kernel.Head sample.Head :: planeOf sample.Tail kernel.Tail
    | _ -> planeOf sample kernel

/// The window along each axis of these lengths.
let axesFor padding strides dilations (kernelSize: int list) (lengths: int list) : WindowAxis list =
    List.zip (List.zip strides dilations) (List.zip kernelSize lengths)
    |> List.map (fun ((stride, dilation), (size, length)) -> Window.along padding stride dilation size length)
