namespace Functional

/// Options of `conv1DWith`.
type Conv1DOptions =
    {
        /// The stride of the kernel; 1 by default.
        Strides: int
        /// The padding around the sequence: `Valid` (nothing, the default), `Same` or `Causal`.
        Padding: WindowPadding
        /// The dilation rate: the distance of neighbours in the kernel; 1 by default.
        DilationRate: int
        /// Into how many groups channels and filters are parted; 1 by default. It must divide both.
        Groups: int
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

    /// Keras's defaults: stride 1, no padding, no gaps, one group, no activation, a bias of zeros, a kernel by glorot
    /// uniform, no regularizers.
    static member defaults =
        { Strides = 1
          Padding = WindowPadding.Valid
          DilationRate = 1
          Groups = 1
          Activation = None
          UseBias = true
          KernelInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          KernelRegularizer = None
          BiasRegularizer = None
          KernelConstraint = None
          BiasConstraint = None
          ActivityRegularizer = None }

/// Options of `conv2DWith`. Pairs are (vertical, horizontal).
type Conv2DOptions =
    {
        /// The stride of the kernel; (1, 1) by default.
        Strides: int * int
        /// The padding around the image: `Valid` (nothing, the default) or `Same`.
        Padding: WindowPadding
        /// The dilation rate: the distance of neighbours in the kernel; (1, 1) by default.
        DilationRate: int * int
        /// Into how many groups channels and filters are parted; 1 by default. It must divide both.
        Groups: int
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

    /// Keras's defaults: strides 1, no padding, no gaps, one group, no activation, a bias of zeros, a kernel by glorot
    /// uniform, no regularizers.
    static member defaults: Conv2DOptions =
        { Strides = 1, 1
          Padding = WindowPadding.Valid
          DilationRate = 1, 1
          Groups = 1
          Activation = None
          UseBias = true
          KernelInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          KernelRegularizer = None
          BiasRegularizer = None
          KernelConstraint = None
          BiasConstraint = None
          ActivityRegularizer = None }

/// Options of `depthwiseConv2DWith`. Pairs are (vertical, horizontal).
type DepthwiseConv2DOptions =
    {
        /// The stride of the kernel; (1, 1) by default.
        Strides: int * int
        /// The padding around the image: `Valid` (nothing, the default) or `Same`.
        Padding: WindowPadding
        /// The dilation rate: the distance of neighbours in the kernel; (1, 1) by default.
        DilationRate: int * int
        /// The number of filters of each channel; 1 by default.
        DepthMultiplier: int
        /// The activation inside the layer: `Some relu`. None by default. It must have no parameters.
        Activation: Layer<Tensor, Tensor> option
        /// Whether a bias is added; true by default.
        UseBias: bool
        /// The initializer of the kernel: glorot uniform by default.
        DepthwiseInitializer: Initializer
        /// The initializer of the bias: zeros by default.
        BiasInitializer: Initializer
        /// The regularizer of the kernel; none by default.
        DepthwiseRegularizer: Regularizer option
        /// The regularizer of the bias; none by default.
        BiasRegularizer: Regularizer option
        /// The constraint of the kernel, applied after each update; none by default.
        DepthwiseConstraint: Constraint option
        /// The constraint of the bias; none by default.
        BiasConstraint: Constraint option
        /// The penalty on the layer's results, summed over the batch as in Keras 3; none by default.
        ActivityRegularizer: Regularizer option
    }

    /// Keras's defaults: strides 1, no padding, no gaps, one filter a channel, no activation, a bias of zeros, a kernel
    /// by glorot uniform, no regularizers.
    static member defaults =
        { Strides = 1, 1
          Padding = WindowPadding.Valid
          DilationRate = 1, 1
          DepthMultiplier = 1
          Activation = None
          UseBias = true
          DepthwiseInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          DepthwiseRegularizer = None
          BiasRegularizer = None
          DepthwiseConstraint = None
          BiasConstraint = None
          ActivityRegularizer = None }

/// Convolutions of sequences [length; channels] and images [height; width; channels]. As in Keras and PyTorch the
/// kernel is not flipped. The parameters are "kernel" and "bias", in Keras's shapes; PyTorch keeps channels in front,
/// and kernels as [filters; channels / groups; height; width].
[<AutoOpen>]
module ConvolutionLayers =
    let private demandGroups operation filters groups =
        Spatial.demandPositive operation "filters" filters
        Spatial.demandPositive operation "groups" groups

        if filters % groups <> 0 then
            Fail.argument operation "groups" groups $"does not divide the {filters} filters; take a divisor."

    /// The shape that a convolution gives for a sample, or the error of one that does not fit.
    let private convolved operation window sample kernel =
        (ConvolutionShapes.convolution operation window (Spatial.one sample) { Shape = kernel; DType = Float32 })
            .Shape.Tail

    /// The window of a convolution of sequences of this length. A sequence is an image of height 1, above which nothing
    /// lies.
    let private sequenceWindow (options: Conv1DOptions) kernelSize length : Window =
        let window =
            Window.create
                options.Padding
                (1, options.Strides)
                (1, options.DilationRate)
                options.Groups
                (1, kernelSize)
                (1, length)

        { window with Y = Window.plain.Y }

    /// The shapes of the kernel and of the result for a sample [length; channels].
    let private sequenceShapes operation (options: Conv1DOptions) filters kernelSize sample =
        let length, channels = Spatial.sequence operation sample
        Spatial.demandExtent operation sample
        let window = sequenceWindow options kernelSize length
        let reach = ConvolutionShapes.reach window.X kernelSize

        if options.Padding = WindowPadding.Valid && reach > length then
            Fail.shapes
                operation
                [ "sample", sample ]
                $"the kernel spans {reach} elements, and the sequence has {length}; take a smaller kernel or \
                  dilation, or padding."

        let kernel = [ kernelSize; channels / options.Groups; filters ]
        kernel, List.tail (convolved operation window (1 :: sample) (1 :: kernel))

    /// Convolution of sequences with a kernel of this size [size; channels / groups; filters], with options: from
    /// [length; channels] to [length'; filters]. Counts and sizes below 1 are errors, and so are samples that do not
    /// fit when the layer is built.
    let conv1DWith (options: Conv1DOptions) (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        let operation = "conv1D"
        demandGroups operation filters options.Groups
        Spatial.demandPositive operation "kernel size" kernelSize
        Spatial.demandPositive operation "strides" options.Strides
        Spatial.demandPositive operation "dilation rate" options.DilationRate

        let shapes = sequenceShapes operation options filters kernelSize

        let product (kernel: Tensor) x =
            let convolve (x: Tensor) =
                Spatial.demandFit operation shapes kernel x.Shape.Tail.Tail
                Tensor.conv2d (sequenceWindow options kernelSize x.Shape[2]) (Tensor.expandDims 0 kernel) x

            Spatial.overSequences operation convolve x

        KernelLayer.create
            { Kind = "conv1d"
              Operation = operation
              Call = "conv1D filters size"
              Settings =
                [ "filters", Setting.Whole filters
                  "kernel_size", Setting.Whole kernelSize
                  "strides", Setting.Whole options.Strides
                  "padding", Spatial.ofPadding options.Padding
                  "dilation_rate", Setting.Whole options.DilationRate
                  "groups", Setting.Whole options.Groups ]
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
              Product = product }

    /// Convolution of sequences [length; channels] to [length - size + 1; filters], with a bias. The kernel
    /// [size; channels; filters] starts by glorot uniform.
    let conv1D (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        conv1DWith Conv1DOptions.defaults filters kernelSize

    /// Convolution of images with a kernel of this height and width [height; width; channels / groups; filters], with
    /// options: from [height; width; channels] to [height'; width'; filters]. Counts and sizes below 1 are errors, and
    /// so are samples that do not fit when the layer is built.
    let conv2DWith (options: Conv2DOptions) (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        let operation = "conv2D"
        demandGroups operation filters options.Groups
        Spatial.demandWindow operation kernelSize options.Strides options.DilationRate options.Padding

        let window size =
            Window.create options.Padding options.Strides options.DilationRate options.Groups kernelSize size

        let shapes sample =
            let height, width, channels = Spatial.image operation sample
            Spatial.demandExtent operation sample
            let kernel = [ fst kernelSize; snd kernelSize; channels / options.Groups; filters ]
            kernel, convolved operation (window (height, width)) sample kernel

        let product kernel x =
            x |> Spatial.overFitting operation shapes kernel (fun size -> Tensor.conv2d (window size) kernel)

        KernelLayer.create
            { Kind = "conv2d"
              Operation = operation
              Call = "conv2D filters size"
              Settings =
                [ "filters", Setting.Whole filters
                  "kernel_size", Spatial.pair kernelSize
                  "strides", Spatial.pair options.Strides
                  "padding", Spatial.ofPadding options.Padding
                  "dilation_rate", Spatial.pair options.DilationRate
                  "groups", Setting.Whole options.Groups ]
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
              Product = product }

    /// Convolution of images [height; width; channels] with a kernel of this height and width, with a bias; the kernel
    /// stays inside, so that height and width lose its size less 1. The kernel [height; width; channels; filters]
    /// starts by glorot uniform, as in Keras; PyTorch starts it and the bias uniform in ±1/sqrt(height·width·channels).
    let conv2D (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        conv2DWith Conv2DOptions.defaults filters kernelSize

    let private depthwiseWindow (options: DepthwiseConv2DOptions) kernelSize channels size =
        Window.create options.Padding options.Strides options.DilationRate channels kernelSize size

    /// The kernel's shape as a convolution in one group a channel takes it.
    let private depthwiseKernel (options: DepthwiseConv2DOptions) kernelSize channels =
        [ fst kernelSize; snd kernelSize; 1; channels * options.DepthMultiplier ]

    /// Convolution of each channel by itself with `DepthMultiplier` filters of this height and width, with options:
    /// from [height; width; channels] to [height'; width'; channels·multiplier], the filters of a channel side by side.
    /// The kernel is [height; width; channels; multiplier]. Counts and sizes below 1 are errors, and so are samples
    /// that do not fit when the layer is built.
    let depthwiseConv2DWith (options: DepthwiseConv2DOptions) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        let operation = "depthwiseConv2D"
        Spatial.demandPositive operation "depth multiplier" options.DepthMultiplier
        Spatial.demandWindow operation kernelSize options.Strides options.DilationRate options.Padding

        let window, grouped = depthwiseWindow options kernelSize, depthwiseKernel options kernelSize

        let shapes sample =
            let height, width, channels = Spatial.image operation sample
            Spatial.demandExtent operation sample

            [ fst kernelSize; snd kernelSize; channels; options.DepthMultiplier ],
            convolved operation (window channels (height, width)) sample (grouped channels)

        let product (kernel: Tensor) x =
            let channels = kernel.Shape[2]
            let inGroups = Tensor.reshape (grouped channels) kernel

            x
            |> Spatial.overFitting operation shapes kernel (fun size -> Tensor.conv2d (window channels size) inGroups)

        KernelLayer.create
            { Kind = "depthwise_conv2d"
              Operation = operation
              Call = "depthwiseConv2D size"
              Settings =
                [ "kernel_size", Spatial.pair kernelSize
                  "strides", Spatial.pair options.Strides
                  "padding", Spatial.ofPadding options.Padding
                  "dilation_rate", Spatial.pair options.DilationRate
                  "depth_multiplier", Setting.Whole options.DepthMultiplier ]
              Activation = options.Activation
              UseBias = options.UseBias
              KernelSettings = "depthwise"
              Kernel =
                { Initializer = options.DepthwiseInitializer
                  Regularizer = options.DepthwiseRegularizer
                  Constraint = options.DepthwiseConstraint }
              Bias =
                { Initializer = options.BiasInitializer
                  Regularizer = options.BiasRegularizer
                  Constraint = options.BiasConstraint }
              ActivityRegularizer = options.ActivityRegularizer
              Shapes = shapes
              Product = product }

    /// Convolution of each channel of images [height; width; channels] by itself with one filter of this height and
    /// width, with a bias. The kernel [height; width; channels; 1] starts by glorot uniform.
    let depthwiseConv2D (kernelSize: int * int) : Layer<Tensor, Tensor> =
        depthwiseConv2DWith DepthwiseConv2DOptions.defaults kernelSize
