namespace Functional

/// Poolings of images [batch; height; width; channels].
[<AutoOpen>]
module TensorPooling =

    /// For each window along one axis, how many elements of it are inside the image.
    let private inside (axis: PoolAxis) length =
        [| for i in 0 .. ConvolutionShapes.pooledLength axis length - 1 ->
               let start = i * axis.Stride - axis.Before
               float (min length (start + axis.Size) - max 0 start) |]

    let private sumOfWindows (pool: Pool) (x: Tensor) =
        let along (axis: PoolAxis) =
            { Stride = axis.Stride; Dilation = 1; Before = axis.Before; After = axis.After }

        let c = x.Shape[3]
        let window: Window = { Y = along pool.Y; X = along pool.X; Groups = c }
        let ones = Core.beside x (fun () -> Tensor.onesOf x.DType [ pool.Y.Size; pool.X.Size; 1; c ])
        Tensor.conv2d window ones x

    /// Functions on tensors.
    module Tensor =

        /// The largest element of each window of images [n; h; w; c], giving [n; oh; ow; c], and where it stands in its
        /// image, as y * w + x (Int32). What lies outside the image does not count. The first of equals; NaN counts as
        /// the largest. float32, float64, float16 or bfloat16. A window that does not fit in the padded image, or a padding as long as the
        /// window, is an error.
        let maxPool2dWithIndices (pool: Pool) (x: Tensor) : Tensor * Tensor =
            match Core.applyMany (Op.MaxPool pool) [ x ] with
            | [ values; indices ] -> values, indices
            | results -> Fail.argument "maxPool2d" "results" results.Length "came of a pooling, which gives two."

        /// The largest element of each window of images [n; h; w; c], giving [n; oh; ow; c]; see
        /// `maxPool2dWithIndices`. The derivative goes to the first of equals, as in PyTorch.
        let maxPool2d (pool: Pool) (x: Tensor) : Tensor = fst (maxPool2dWithIndices pool x)

        /// The mean of each window of images [n; h; w; c], giving [n; oh; ow; c]. What lies outside the image does not
        /// count, as in Keras; PyTorch counts it as zeros unless `count_include_pad=False`. float32, float64, float16 or bfloat16. A
        /// window that does not fit in the padded image, or a padding as long as the window, is an error.
        let averagePool2d (pool: Pool) (x: Tensor) : Tensor =
            let result = ConvolutionShapes.pooled "averagePool2d" pool x.Signature

            let shares =
                if pool.Y.Before + pool.Y.After + pool.X.Before + pool.X.After = 0 then
                    Tensor.scalarOf x.DType (1.0 / float (pool.Y.Size * pool.X.Size))
                else
                    let shares =
                        Array.allPairs (inside pool.Y x.Shape[1]) (inside pool.X x.Shape[2])
                        |> Array.map (fun (rows, columns) -> 1.0 / (rows * columns))

                    Core.beside x (fun () -> Tensor.ofFloat64Array [ 1; result.Shape[1]; result.Shape[2]; 1 ] shares)
                    |> Tensor.cast x.DType

            // a convolution has no groups for no channels
            if x.Size = 0 then
                Tensor.zerosOf x.DType result.Shape
            else
                sumOfWindows pool x * shares
