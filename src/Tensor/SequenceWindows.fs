namespace Functional

/// Convolutions and poolings of sequences [batch; length; channels]: those of images of height 1.
[<AutoOpen>]
module TensorSequenceWindows =

    let private demandSequence operation (x: Tensor) =
        if x.Rank <> 3 then
            Fail.shapes
                operation
                [ "sequence", x.Shape ]
                "the sequences must have the three axes [batch; length; channels]; reshape them first."

    let private overRows operation (f: Tensor -> Tensor) (x: Tensor) =
        demandSequence operation x
        x |> Tensor.expandDims 1 |> f |> Tensor.squeezeAxes [ 1 ]

    let private row (axis: WindowAxis) groups : Window = { Y = Window.plain.Y; X = axis; Groups = groups }

    let private demandKernel operation (kernel: Tensor) =
        if kernel.Rank <> 3 then
            Fail.shapes
                operation
                [ "kernel", kernel.Shape ]
                "the kernel must have the three axes [size; channels / groups; filters]; reshape it first."

    /// Functions on tensors.
    module Tensor =

        /// The convolution of sequences [n; length; c] in so many groups with a kernel [size; c / groups; f], giving
        /// [n; length'; f]; see `conv2d`. `Window.along` makes the window.
        let conv1d (window: WindowAxis) (groups: int) (kernel: Tensor) (x: Tensor) : Tensor =
            demandKernel "conv1d" kernel
            overRows "conv1d" (Tensor.conv2d (row window groups) (Tensor.expandDims 0 kernel)) x

        /// The transpose of `conv1d`: from its result [n; length'; f] to sequences [n; length; c] of this length, of
        /// which `conv1d` with the same window and kernel would give that result's shape. Another length is an error.
        let conv1dTranspose (window: WindowAxis) (groups: int) (length: int) (kernel: Tensor) (x: Tensor) : Tensor =
            demandKernel "conv1dTranspose" kernel

            overRows
                "conv1dTranspose"
                (Tensor.conv2dTranspose (row window groups) (1, length) (Tensor.expandDims 0 kernel))
                x

        /// The largest element of each window of sequences [n; length; c], giving [n; length'; c]; see `maxPool2d`.
        /// `Pool.along` makes the windows.
        let maxPool1d (pool: PoolAxis) (x: Tensor) : Tensor =
            overRows "maxPool1d" (Tensor.maxPool2d { Y = Pool.single; X = pool }) x

        /// The mean of each window of sequences [n; length; c], giving [n; length'; c]; see `averagePool2d`.
        let averagePool1d (pool: PoolAxis) (x: Tensor) : Tensor =
            overRows "averagePool1d" (Tensor.averagePool2d { Y = Pool.single; X = pool }) x
