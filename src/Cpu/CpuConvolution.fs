/// Convolutions and poolings of buffers.
module internal Functional.CpuConvolution

#nowarn "9" // kernels take pointers

open System
open Functional
open Functional.Kernels

/// The sizes of a convolution from the shapes of its three tensors.
let convolutionShape (window: Window) (x: Shape) (kernel: Shape) (y: Shape) =
    ConvolutionShape(
        x[0],
        Height = x[1],
        Width = x[2],
        Channels = x[3],
        KernelHeight = kernel[0],
        KernelWidth = kernel[1],
        OutHeight = y[1],
        OutWidth = y[2],
        Filters = y[3],
        StrideY = window.Y.Stride,
        StrideX = window.X.Stride,
        PadTop = window.Y.Before,
        PadLeft = window.X.Before,
        DilationY = window.Y.Dilation,
        DilationX = window.X.Dilation,
        Groups = window.Groups
    )

/// The sizes of a pooling from the shapes of its image and its result.
let poolingShape (pool: Pool) (x: Shape) (y: Shape) =
    PoolingShape(
        x[0],
        Height = x[1],
        Width = x[2],
        Channels = x[3],
        WindowHeight = pool.Y.Size,
        WindowWidth = pool.X.Size,
        OutHeight = y[1],
        OutWidth = y[2],
        StrideY = pool.Y.Stride,
        StrideX = pool.X.Stride,
        PadTop = pool.Y.Before,
        PadLeft = pool.X.Before
    )

/// The epilogue, if there is one, over all of a result.
let private whole (y: CpuBuffer) (epilogue: Epilogue | null) =
    match epilogue with
    | null -> ()
    | epilogue -> epilogue.Run(0L, int64 (y.Size / y.Lengths[3]), 0, y.Lengths[3])

/// y from x and the kernel; all are contiguous, and y overlaps neither.
let convolutionInto window (x: CpuBuffer<'T>) (kernel: CpuBuffer<'T>) (y: CpuBuffer<'T>) epilogue =
    if y.Size > 0 then
        if x.Size = 0 || kernel.Size = 0 then
            y.Target.Clear()
            whole y epilogue
        else
            let shape = convolutionShape window x.Shape kernel.Shape y.Shape
            use px = fixed &x.First
            use pk = fixed &kernel.First
            use py = fixed &y.First
            Convolution.Forward(&shape, px, pk, py, epilogue)

/// x from y and the kernel; all are contiguous, and x overlaps neither.
let inputInto window (y: CpuBuffer<'T>) (kernel: CpuBuffer<'T>) (x: CpuBuffer<'T>) epilogue =
    if x.Size > 0 then
        if y.Size = 0 || kernel.Size = 0 then
            x.Target.Clear()
            whole x epilogue
        else
            let shape = convolutionShape window x.Shape kernel.Shape y.Shape
            use py = fixed &y.First
            use pk = fixed &kernel.First
            use px = fixed &x.First
            Convolution.InputGradient(&shape, py, pk, px, epilogue)

/// The kernel from x and y; all are contiguous, and the kernel overlaps neither.
let kernelInto window (x: CpuBuffer<'T>) (y: CpuBuffer<'T>) (kernel: CpuBuffer<'T>) =
    if kernel.Size > 0 then
        if x.Size = 0 || y.Size = 0 then
            kernel.Target.Clear()
        else
            let shape = convolutionShape window x.Shape kernel.Shape y.Shape
            use px = fixed &x.First
            use py = fixed &y.First
            use pk = fixed &kernel.First
            Convolution.KernelGradient(&shape, px, py, pk)

/// The largest of each window and where it stands; all are contiguous, and none overlaps another.
let maxPoolInto pool (x: CpuBuffer<'T>) (values: CpuBuffer<'T>) (indices: CpuBuffer<int>) =
    if values.Size > 0 then
        let shape = poolingShape pool x.Shape values.Shape
        use px = fixed &x.First
        use pv = fixed &values.First
        use pi = fixed &indices.First
        Pooling.Max(&shape, px, pv, pi)

/// An index outside the image would have a kernel reach outside its memory.
let private checkIndices operation (image: Shape) (indices: CpuBuffer<int>) =
    match GatherKernels.FirstOutside(indices.Span, image[1] * image[2]) with
    | -1 -> ()
    | i ->
        Fail.argument
            operation
            "index"
            indices.Span[i]
            $"is outside an image of {image[1]} by {image[2]} elements; take the indices that Op.MaxPool gave."

/// The elements of x at the indices, which lie inside its images; all are contiguous, and y overlaps neither.
let gatherInto pool (x: CpuBuffer<'T>) (indices: CpuBuffer<int>) (y: CpuBuffer<'T>) =
    if y.Size > 0 then
        let shape = poolingShape pool x.Shape y.Shape
        use px = fixed &x.First
        use pi = fixed &indices.First
        use py = fixed &y.First
        Pooling.Gather(&shape, px, pi, py)

/// The elements of y added up at the indices, which lie inside the images of x; all are contiguous, and x overlaps
/// neither.
let scatterInto pool (y: CpuBuffer<'T>) (indices: CpuBuffer<int>) (x: CpuBuffer<'T>) =
    if y.Size = 0 then
        x.Target.Clear()
    else
        let shape = poolingShape pool x.Shape y.Shape
        use py = fixed &y.First
        use pi = fixed &indices.First
        use px = fixed &x.First
        Pooling.Scatter(&shape, py, pi, px)

let private wrongType operation (x: CpuBuffer) =
    Fail.dtypes operation [ "the argument", x.DType ] "takes float32 or float64; cast it with Tensor.cast"

let convolution window (x: CpuBuffer) (kernel: CpuBuffer) (y: CpuBuffer) epilogue =
    match x.Packed(), kernel.Packed(), y with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as k), (:? CpuBuffer<float32> as y) ->
        convolutionInto window x k y epilogue
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as k), (:? CpuBuffer<float> as y) ->
        convolutionInto window x k y epilogue
    | x, _, _ -> wrongType "conv2d" x

let input window (y: CpuBuffer) (kernel: CpuBuffer) (x: CpuBuffer) epilogue =
    match y.Packed(), kernel.Packed(), x with
    | (:? CpuBuffer<float32> as y), (:? CpuBuffer<float32> as k), (:? CpuBuffer<float32> as x) ->
        inputInto window y k x epilogue
    | (:? CpuBuffer<float> as y), (:? CpuBuffer<float> as k), (:? CpuBuffer<float> as x) ->
        inputInto window y k x epilogue
    | y, _, _ -> wrongType "conv2dTranspose" y

let kernel window (x: CpuBuffer) (y: CpuBuffer) (kernel: CpuBuffer) =
    match x.Packed(), y.Packed(), kernel with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y), (:? CpuBuffer<float32> as k) ->
        kernelInto window x y k
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y), (:? CpuBuffer<float> as k) -> kernelInto window x y k
    | x, _, _ -> wrongType "conv2dKernel" x

let maxPool pool (x: CpuBuffer) (y: CpuBuffer) (indices: CpuBuffer) =
    let at = indices :?> CpuBuffer<int>

    match x.Packed(), y with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y) -> maxPoolInto pool x y at
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y) -> maxPoolInto pool x y at
    | x, _ -> wrongType "maxPool2d" x

let gather pool (x: CpuBuffer) (indices: CpuBuffer) (y: CpuBuffer) =
    let indices = (indices :?> CpuBuffer<int>).PackedElements
    checkIndices "poolGather" x.Shape indices

    match x.Packed(), y with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y) -> gatherInto pool x indices y
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y) -> gatherInto pool x indices y
    | x, _ -> wrongType "poolGather" x

let scatter pool (y: CpuBuffer) (indices: CpuBuffer) (x: CpuBuffer) =
    let indices = (indices :?> CpuBuffer<int>).PackedElements
    checkIndices "poolScatter" x.Shape indices

    match y.Packed(), x with
    | (:? CpuBuffer<float32> as y), (:? CpuBuffer<float32> as x) -> scatterInto pool y indices x
    | (:? CpuBuffer<float> as y), (:? CpuBuffer<float> as x) -> scatterInto pool y indices x
    | y, _ -> wrongType "poolScatter" y
