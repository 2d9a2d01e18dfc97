/// Convolutions and poolings of buffers. Each comes in two forms: `...Into` writes to memory that is given, as a plan that owns
/// its memory wants it; the other makes room for the result first.
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

/// y from x and the kernel; all are contiguous, and y overlaps neither.
let convolutionInto window (x: CpuBuffer<'T>) (kernel: CpuBuffer<'T>) (y: CpuBuffer<'T>) =
    if y.Size > 0 then
        if x.Size = 0 || kernel.Size = 0 then
            y.Target.Clear()
        else
            let shape = convolutionShape window x.Shape kernel.Shape y.Shape
            use px = fixed &x.Elements[x.Offset]
            use pk = fixed &kernel.Elements[kernel.Offset]
            use py = fixed &y.Elements[y.Offset]
            Convolution.Forward(&shape, px, pk, py)

/// x from y and the kernel; all are contiguous, and x overlaps neither.
let inputInto window (y: CpuBuffer<'T>) (kernel: CpuBuffer<'T>) (x: CpuBuffer<'T>) =
    if x.Size > 0 then
        if y.Size = 0 || kernel.Size = 0 then
            x.Target.Clear()
        else
            let shape = convolutionShape window x.Shape kernel.Shape y.Shape
            use py = fixed &y.Elements[y.Offset]
            use pk = fixed &kernel.Elements[kernel.Offset]
            use px = fixed &x.Elements[x.Offset]
            Convolution.InputGradient(&shape, py, pk, px)

/// The kernel from x and y; all are contiguous, and the kernel overlaps neither.
let kernelInto window (x: CpuBuffer<'T>) (y: CpuBuffer<'T>) (kernel: CpuBuffer<'T>) =
    if kernel.Size > 0 then
        if x.Size = 0 || y.Size = 0 then
            kernel.Target.Clear()
        else
            let shape = convolutionShape window x.Shape kernel.Shape y.Shape
            use px = fixed &x.Elements[x.Offset]
            use py = fixed &y.Elements[y.Offset]
            use pk = fixed &kernel.Elements[kernel.Offset]
            Convolution.KernelGradient(&shape, px, py, pk)

/// The largest of each window and where it stands; all are contiguous, and none overlaps another.
let maxPoolInto pool (x: CpuBuffer<'T>) (values: CpuBuffer<'T>) (indices: CpuBuffer<int>) =
    if values.Size > 0 then
        let shape = poolingShape pool x.Shape values.Shape
        use px = fixed &x.Elements[x.Offset]
        use pv = fixed &values.Elements[values.Offset]
        use pi = fixed &indices.Elements[indices.Offset]
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
        use px = fixed &x.Elements[x.Offset]
        use pi = fixed &indices.Elements[indices.Offset]
        use py = fixed &y.Elements[y.Offset]
        Pooling.Gather(&shape, px, pi, py)

/// The elements of y added up at the indices, which lie inside the images of x; all are contiguous, and x overlaps neither.
let scatterInto pool (y: CpuBuffer<'T>) (indices: CpuBuffer<int>) (x: CpuBuffer<'T>) =
    if y.Size = 0 then
        x.Target.Clear()
    else
        let shape = poolingShape pool x.Shape y.Shape
        use py = fixed &y.Elements[y.Offset]
        use pi = fixed &indices.Elements[indices.Offset]
        use px = fixed &x.Elements[x.Offset]
        Pooling.Scatter(&shape, py, pi, px)

let private wrongType operation (x: CpuBuffer) =
    Fail.dtypes operation [ "the argument", x.DType ] "takes float32 or float64; cast it with Tensor.cast"

/// A buffer for the result, filled from two contiguous arguments of its type.
let private filled backend (result: Signature) (a: CpuBuffer<'T>) (b: CpuBuffer<'U>) into : CpuBuffer =
    let target = CpuBuffer<'T>.Allocate(backend, result)
    into a.PackedElements b.PackedElements target
    target

let convolution backend window (x: CpuBuffer) (kernel: CpuBuffer) result =
    match x, kernel with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as k) -> filled backend result x k (convolutionInto window)
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as k) -> filled backend result x k (convolutionInto window)
    | x, _ -> wrongType "conv2d" x

let input backend window (y: CpuBuffer) (kernel: CpuBuffer) result =
    match y, kernel with
    | (:? CpuBuffer<float32> as y), (:? CpuBuffer<float32> as k) -> filled backend result y k (inputInto window)
    | (:? CpuBuffer<float> as y), (:? CpuBuffer<float> as k) -> filled backend result y k (inputInto window)
    | y, _ -> wrongType "conv2dTranspose" y

let kernel backend window (x: CpuBuffer) (y: CpuBuffer) result =
    match x, y with
    | (:? CpuBuffer<float32> as x), (:? CpuBuffer<float32> as y) -> filled backend result x y (kernelInto window)
    | (:? CpuBuffer<float> as x), (:? CpuBuffer<float> as y) -> filled backend result x y (kernelInto window)
    | x, _ -> wrongType "conv2dKernel" x

let maxPool backend pool (x: CpuBuffer) (values: Signature) (indices: Signature) : CpuBuffer list =
    let at = CpuBuffer<int>.Allocate(backend, indices)

    let largest: CpuBuffer =
        match x with
        | :? CpuBuffer<float32> as x ->
            let y = CpuBuffer<float32>.Allocate(backend, values)
            maxPoolInto pool x.PackedElements y at
            y
        | :? CpuBuffer<float> as x ->
            let y = CpuBuffer<float>.Allocate(backend, values)
            maxPoolInto pool x.PackedElements y at
            y
        | x -> wrongType "maxPool2d" x

    [ largest; at ]

let gather backend pool (x: CpuBuffer) (indices: CpuBuffer) result =
    let indices = (indices :?> CpuBuffer<int>).PackedElements
    checkIndices "poolGather" x.Shape indices

    match x with
    | :? CpuBuffer<float32> as x -> filled backend result x indices (gatherInto pool)
    | :? CpuBuffer<float> as x -> filled backend result x indices (gatherInto pool)
    | x -> wrongType "poolGather" x

let scatter backend pool (y: CpuBuffer) (indices: CpuBuffer) (result: Signature) =
    let indices = (indices :?> CpuBuffer<int>).PackedElements
    checkIndices "poolScatter" result.Shape indices

    match y with
    | :? CpuBuffer<float32> as y -> filled backend result y indices (scatterInto pool)
    | :? CpuBuffer<float> as y -> filled backend result y indices (scatterInto pool)
    | y -> wrongType "poolScatter" y
