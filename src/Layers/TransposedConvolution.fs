namespace Functional

/// Options of `conv2DTransposeWith`. Pairs are (vertical, horizontal).
type Conv2DTransposeOptions =
    {
        /// The stride: the distance of neighbouring elements of the image in the result; (1, 1) by default.
        Strides: int * int
        /// How much of the result is kept: all that the kernel reaches with `Valid` (the default), `strides` times the
        /// size with `Same`.
        Padding: WindowPadding
        /// What is added to the size at the bottom and the right: `Some (1, 1)`; each is below its stride. None, the
        /// default, means what Keras makes of it: sizes of (n - 1)·stride + max(kernel, stride), or n·stride for
        /// `Same`. With `Same` and a number p the size is (n - 1)·stride + kernel mod 2 + p.
        OutputPadding: (int * int) option
        /// The dilation rate: the distance of neighbours in the kernel; (1, 1) by default.
        DilationRate: int * int
        /// The activation inside the layer: `Some relu`. None by default. It must have no parameters.
        Activation: Layer<Tensor, Tensor> option
        /// Whether a bias is added; true by default.
        UseBias: bool
        /// The initializer of the kernel: glorot uniform by default.
        KernelInitializer: Initializer
        /// The initializer of the bias: zeros by default.
        BiasInitializer: Initializer
        /// The regularizer of the kernel; none by default.
        KernelRegularizer: Regularizer option
        /// The regularizer of the bias; none by default.
        BiasRegularizer: Regularizer option
        /// The constraint of the kernel, applied after each update; none by default.
        KernelConstraint: Constraint option
        /// The constraint of the bias; none by default.
        BiasConstraint: Constraint option
        /// The penalty on the layer's results, summed over the batch as in Keras 3; none by default.
        ActivityRegularizer: Regularizer option
    }

    /// Keras's defaults: strides 1, all of the result, no gaps, no activation, a bias of zeros, a kernel by glorot
    /// uniform, no regularizers.
    static member defaults =
        { Strides = 1, 1
          Padding = WindowPadding.Valid
          OutputPadding = None
          DilationRate = 1, 1
          Activation = None
          UseBias = true
          KernelInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          KernelRegularizer = None
          BiasRegularizer = None
          KernelConstraint = None
          BiasConstraint = None
          ActivityRegularizer = None }

/// Convolutions turned around, which enlarge images.
[<AutoOpen>]
module TransposedConvolutionLayers =
    /// The size that n elements of one axis become, and the window whose convolution would lead back to n.
    let private along padding (outputPadding: int option) stride dilation kernel n =
        let axis = { Stride = stride; Dilation = dilation; Before = 0; After = 0 }
        let reach = ConvolutionShapes.reach axis kernel

        let size, before =
            match padding, outputPadding with
            | WindowPadding.Same, None -> n * stride, max 0 (reach - stride) / 2
            | WindowPadding.Same, Some extra ->
                // Keras adds to an image cut by half the kernel on each side, as far as the kernel reaches
                let kept = reach + reach % 2 - 2 + extra
                (n - 1) * stride + reach % 2 + extra, reach - 1 - min (kept - kept / 2) (reach - 1)
            | (WindowPadding.Valid | WindowPadding.Causal), extra ->
                (n - 1) * stride + reach + Option.defaultValue (max 0 (stride - reach)) extra, 0

        let after = max 0 ((n - 1) * stride + reach - size - before)
        size, { axis with Before = before; After = after }

    let private demandOutputPadding operation (options: Conv2DTransposeOptions) =
        match options.OutputPadding with
        | Some(bottom, right) ->
            for extra, stride in [ bottom, fst options.Strides; right, snd options.Strides ] do
                if extra < 0 || extra >= stride then
                    Fail.argument
                        operation
                        "output padding"
                        extra
                        $"is not from 0 to below the stride, {stride}; take a smaller one, or a larger stride."
        | None -> ()

    /// The size that images of this size become, and the window whose convolution would lead back.
    let private window (options: Conv2DTransposeOptions) kernelSize (height, width) : (int * int) * Window =
        let axis part = along options.Padding (Option.map part options.OutputPadding)
        let h, y = axis fst (fst options.Strides) (fst options.DilationRate) (fst kernelSize) height
        let w, x = axis snd (snd options.Strides) (snd options.DilationRate) (snd kernelSize) width
        (h, w), { Y = y; X = x; Groups = 1 }

    /// The shapes of the kernel and of the result for a sample [height; width; channels].
    let private shapes operation options filters kernelSize sample =
        let height, width, channels = Spatial.image operation sample
        Spatial.demandExtent operation sample
        let (h, w), _ = window options kernelSize (height, width)

        if h < 1 || w < 1 then
            Fail.shapes
                operation
                [ "sample", sample; "result", [ h; w; filters ] ]
                "nothing would be left of the image; take a larger output padding."

        [ fst kernelSize; snd kernelSize; filters; channels ], [ h; w; filters ]

    /// The transpose of a convolution of images with a kernel of this height and width, with options: from [height;
    /// width; channels] to [height'; width'; filters]. The kernel is [height; width; filters; channels]. Counts and
    /// sizes below 1 are errors, and so are samples that are no images when the layer is built.
    let conv2DTransposeWith
        (options: Conv2DTransposeOptions)
        (filters: int)
        (kernelSize: int * int)
        : Layer<Tensor, Tensor> =
        let operation = "conv2DTranspose"
        Spatial.demandPositive operation "filters" filters
        Spatial.demandWindow operation kernelSize options.Strides options.DilationRate options.Padding
        demandOutputPadding operation options

        let shapes = shapes operation options filters kernelSize

        let transposed kernel size =
            let size, window = window options kernelSize size
            Tensor.conv2dTranspose window size kernel

        KernelLayer.create
            { Kind = "conv2d_transpose"
              Operation = operation
              Call = "conv2DTranspose filters size"
              Settings =
                [ "filters", Setting.Whole filters
                  "kernel_size", Spatial.pair kernelSize
                  "strides", Spatial.pair options.Strides
                  "padding", Spatial.ofPadding options.Padding
                  match options.OutputPadding with
                  | Some extra -> "output_padding", Spatial.pair extra
                  | None -> ()
                  "dilation_rate", Spatial.pair options.DilationRate ]
              Activation = options.Activation
              UseBias = options.UseBias
              KernelSettings = "kernel"
              Kernel =
                { Initializer = options.KernelInitializer
                  Regularizer = options.KernelRegularizer
                  Constraint = options.KernelConstraint }
              Bias =
                { Initializer = options.BiasInitializer
                  Regularizer = options.BiasRegularizer
                  Constraint = options.BiasConstraint }
              ActivityRegularizer = options.ActivityRegularizer
              Shapes = shapes
              Product = fun kernel -> Spatial.overFitting operation shapes kernel (transposed kernel) }

    /// The transpose of a convolution of images with a kernel of this height and width, with a bias: from
    /// [height; width; channels] to sizes larger by the kernel's less 1, with this many filters. Also called a
    /// deconvolution. The kernel [height; width; filters; channels] starts by glorot uniform.
    let conv2DTranspose (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        conv2DTransposeWith Conv2DTransposeOptions.defaults filters kernelSize
