/// The shape rules of windows that move over images: convolutions and poolings.
module internal Functional.ConvolutionShapes

/// The elements that a kernel of `size` elements spans along the axis.
let reach (axis: WindowAxis) size = (size - 1) * axis.Dilation + 1

/// The number of positions of a window that spans `reach` elements along an axis on which it fits.
let private count before after stride reach length = (length + before + after - reach) / stride + 1

/// The length that a convolution leaves of an axis, for a kernel of `size` elements that fits.
let convolved (axis: WindowAxis) size length = count axis.Before axis.After axis.Stride (reach axis size) length

/// The length that a pooling leaves of an axis on which a window fits.
let pooledLength (axis: PoolAxis) length = count axis.Before axis.After axis.Stride axis.Size length

let private demandFloat operation (s: Signature) =
    if not s.DType.IsFloat then
        Fail.dtypes
            operation
            [ "the argument", s.DType ]
            "takes float32, float64, float16 or bfloat16; cast it with Tensor.cast"

let private demandOneType operation (a: Signature) (b: Signature) =
    demandFloat operation a

    if a.DType <> b.DType then
        Fail.dtypes
            operation
            [ "the first", a.DType; "the second", b.DType ]
            "both arguments must have one type; cast one with Tensor.cast"

/// The lengths of the four axes that a value must have.
let private fourAxes operation axes name (s: Signature) =
    match s.Shape with
    | [ n; h; w; c ] -> struct (n, h, w, c)
    | _ -> Fail.shapes operation [ name, s.Shape ] $"the {name} must have the four axes {axes}; reshape it first."

let private imageAxes operation = fourAxes operation "[batch; height; width; channels]"
let private kernelAxes operation = fourAxes operation "[height; width; channels / groups; filters]" "kernel"

let private demandAtLeast operation least (argument: string) value =
    if value < least then
        Fail.argument operation argument (value: int) $"is too small; give {least} or more."

let private demandWindow operation (window: Window) =
    demandAtLeast operation 1 "groups" window.Groups

    for axis in [ window.Y; window.X ] do
        demandAtLeast operation 1 "stride" axis.Stride
        demandAtLeast operation 1 "dilation" axis.Dilation
        demandAtLeast operation 0 "padding" axis.Before
        demandAtLeast operation 0 "padding" axis.After

/// The height and width that convolving images of this size leaves, in which the kernel must fit.
let private convolvedSize operation (window: Window) (kh, kw) (h, w) =
    let along name (axis: WindowAxis) size length =
        demandAtLeast operation 1 $"kernel {name}" size

        if reach axis size > length + axis.Before + axis.After then
            Fail.shapes
                operation
                [ "image", [ h; w ]; "kernel", [ kh; kw ] ]
                $"the kernel spans {reach axis size} elements of the {name}, which has \
                  {length + axis.Before + axis.After} with its padding; take a smaller kernel or dilation, or more \
                  padding."

        convolved axis size length

    along "height" window.Y kh h, along "width" window.X kw w

let private demandGroups operation (window: Window) channels filters =
    let g = window.Groups

    if channels % g <> 0 || filters % g <> 0 then
        Fail.argument
            operation
            "groups"
            g
            $"does not divide the {channels} channels and the {filters} filters; take a common divisor of both."

let private mustBe operation name (expected: Shape) (actual: Signature) (others: (string * Shape) list) =
    if actual.Shape <> expected then
        Fail.shapes
            operation
            (others @ [ name, actual.Shape; "expected", expected ])
            $"the {name} does not belong to the others; its shape must be the expected one."

/// The rule of `Op.Convolution`.
let convolution operation window (x: Signature) (kernel: Signature) : Signature =
    demandWindow operation window
    let struct (n, h, w, c) = imageAxes operation "image" x
    let struct (kh, kw, depth, f) = kernelAxes operation kernel
    demandOneType operation x kernel
    let oh, ow = convolvedSize operation window (kh, kw) (h, w)
    demandGroups operation window c f

    if depth * window.Groups <> c then
        let inGroups = if window.Groups = 1 then "" else $" in each of its {window.Groups} groups"

        Fail.shapes
            operation
            [ "image", x.Shape; "kernel", kernel.Shape ]
            $"the kernel takes {depth} channels{inGroups}, and the image has {c}; the last axis of the image and the \
              third of the kernel must agree."

    { x with Shape = [ n; oh; ow; f ] }

/// The rule of `Op.ConvolutionInput`.
let convolutionInput operation window (h, w) (y: Signature) (kernel: Signature) : Signature =
    demandWindow operation window
    let struct (n, _, _, _) = imageAxes operation "image" y
    let struct (kh, kw, depth, f) = kernelAxes operation kernel
    demandOneType operation y kernel
    let oh, ow = convolvedSize operation window (kh, kw) (h, w)
    demandGroups operation window (depth * window.Groups) f
    mustBe operation "image" [ n; oh; ow; f ] y [ "kernel", kernel.Shape; "size", [ h; w ] ]
    { y with Shape = [ n; h; w; depth * window.Groups ] }

/// The rule of `Op.ConvolutionKernel`.
let convolutionKernel operation window (kh, kw) (x: Signature) (y: Signature) : Signature =
    demandWindow operation window
    let struct (n, h, w, c) = imageAxes operation "input" x
    let struct (_, _, _, f) = imageAxes operation "output" y
    demandOneType operation x y
    let oh, ow = convolvedSize operation window (kh, kw) (h, w)
    demandGroups operation window c f
    mustBe operation "output" [ n; oh; ow; f ] y [ "input", x.Shape; "kernel", [ kh; kw ] ]
    { x with Shape = [ kh; kw; c / window.Groups; f ] }

/// The height and width that a pooling of images of this size leaves.
let private pooledSize operation (pool: Pool) (h, w) =
    let along name (axis: PoolAxis) length =
        demandAtLeast operation 1 $"pool {name}" axis.Size
        demandAtLeast operation 1 "stride" axis.Stride
        demandAtLeast operation 0 "padding" axis.Before
        demandAtLeast operation 0 "padding" axis.After

        if max axis.Before axis.After >= axis.Size then
            Fail.argument
                operation
                "padding"
                (max axis.Before axis.After)
                $"leaves windows of {axis.Size} without an element; pad less than the window's {name}."

        if length < 1 || axis.Size > length + axis.Before + axis.After then
            Fail.shapes
                operation
                [ "image", [ h; w ]; "window", [ pool.Y.Size; pool.X.Size ] ]
                $"the window does not fit in the {name}, which has {length + axis.Before + axis.After} elements with \
                  its padding; take a smaller window, or more padding."

        pooledLength axis length

    along "height" pool.Y h, along "width" pool.X w

let private demandIndices operation (indices: Signature) =
    if indices.DType <> Int32 then
        Fail.dtypes operation [ "the indices' type", indices.DType ] "takes the int32 indices of Op.MaxPool"

/// What `Op.MaxPool` gives of values.
let pooled operation (pool: Pool) (x: Signature) : Signature =
    let struct (n, h, w, c) = imageAxes operation "image" x
    demandFloat operation x
    let oh, ow = pooledSize operation pool (h, w)
    { x with Shape = [ n; oh; ow; c ] }

/// The rule of `Op.PoolGather`.
let poolGather operation pool (x: Signature) (indices: Signature) : Signature =
    let y = pooled operation pool x
    demandIndices operation indices
    mustBe operation "indices" y.Shape indices [ "image", x.Shape ]
    y

/// The rule of `Op.PoolScatter`.
let poolScatter operation pool (h, w) (y: Signature) (indices: Signature) : Signature =
    let struct (n, _, _, c) = imageAxes operation "image" y
    demandFloat operation y
    demandIndices operation indices
    let oh, ow = pooledSize operation pool (h, w)
    mustBe operation "image" [ n; oh; ow; c ] y [ "size", [ h; w ] ]
    mustBe operation "indices" y.Shape indices [ "image", y.Shape ]
    { y with Shape = [ n; h; w; c ] }
