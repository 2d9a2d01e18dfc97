namespace Functional

/// Options of convolutions of each channel by itself whose results are then mixed; sizes along the axes are numbers or
/// pairs.
type SeparableConvolutionOptions<'Size> =
    {
        /// The stride of the kernel; 1 by default.
        Strides: 'Size
        /// The padding around the sample: `Valid` (nothing, the default), `Same`, or of sequences `Causal`.
        Padding: WindowPadding
        /// The dilation rate: the distance of neighbours in the kernel; 1 by default.
        DilationRate: 'Size
        /// The number of filters of each channel before the channels are mixed; 1 by default.
        DepthMultiplier: int
        /// The place of the channels: behind the axes of time or space, by default.
        DataFormat: DataFormat
        /// The activation inside the layer: `Some relu`. None by default. It must have no parameters.
        Activation: Layer<Tensor, Tensor> option
        /// Whether a bias is added; true by default.
        UseBias: bool
        /// The initializer of the kernel of each channel: glorot uniform by default.
        DepthwiseInitializer: Initializer
        /// The initializer of the kernel that mixes the channels: glorot uniform by default.
        PointwiseInitializer: Initializer
        /// The initializer of the bias: zeros by default.
        BiasInitializer: Initializer
        /// The regularizer of the kernel of each channel; none by default.
        DepthwiseRegularizer: Regularizer option
        /// The regularizer of the kernel that mixes the channels; none by default.
        PointwiseRegularizer: Regularizer option
        /// The regularizer of the bias; none by default.
        BiasRegularizer: Regularizer option
        /// The constraint of the kernel of each channel, applied after each update; none by default.
        DepthwiseConstraint: Constraint option
        /// The constraint of the kernel that mixes the channels, applied after each update; none by default.
        PointwiseConstraint: Constraint option
        /// The constraint of the bias; none by default.
        BiasConstraint: Constraint option
        /// The penalty on the layer's results, summed over the batch as in Keras 3; none by default.
        ActivityRegularizer: Regularizer option
    }

    static member internal ofStrides(one: 'Size) : SeparableConvolutionOptions<'Size> =
        { Strides = one
          Padding = WindowPadding.Valid
          DilationRate = one
          DepthMultiplier = 1
          DataFormat = DataFormat.ChannelsLast
          Activation = None
          UseBias = true
          DepthwiseInitializer = Initializer.glorotUniform
          PointwiseInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          DepthwiseRegularizer = None
          PointwiseRegularizer = None
          BiasRegularizer = None
          DepthwiseConstraint = None
          PointwiseConstraint = None
          BiasConstraint = None
          ActivityRegularizer = None }

    member internal options.Depthwise: VariableOptions =
        { Initializer = options.DepthwiseInitializer
          Regularizer = options.DepthwiseRegularizer
          Constraint = options.DepthwiseConstraint }

    member internal options.Pointwise: VariableOptions =
        { Initializer = options.PointwiseInitializer
          Regularizer = options.PointwiseRegularizer
          Constraint = options.PointwiseConstraint }

    member internal options.Bias: VariableOptions =
        { Initializer = options.BiasInitializer
          Regularizer = options.BiasRegularizer
          Constraint = options.BiasConstraint }

/// Options of `separableConv1DWith`, whose sizes are numbers.
type SeparableConv1DOptions = SeparableConvolutionOptions<int>

/// Options of `separableConv1DWith`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module SeparableConv1DOptions =
    /// Keras's defaults: stride 1, no padding, no gaps, one filter a channel, channels last, no activation, a bias of zeros,
    /// kernels by glorot uniform, no regularizers or constraints.
    let defaults: SeparableConv1DOptions = SeparableConvolutionOptions.ofStrides 1

/// Options of `separableConv2DWith`, whose sizes are pairs (vertical, horizontal).
type SeparableConv2DOptions = SeparableConvolutionOptions<int * int>

/// Options of `separableConv2DWith`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module SeparableConv2DOptions =
    /// Keras's defaults: stride 1, no padding, no gaps, one filter a channel, channels last, no activation, a bias of zeros,
    /// kernels by glorot uniform, no regularizers or constraints.
    let defaults: SeparableConv2DOptions = SeparableConvolutionOptions.ofStrides (1, 1)

/// Convolutions of each channel by itself, followed by a mixture of the channels at each place: the factors of a
/// convolution, with fewer parameters (Chollet 2017, "Xception"). The parameters are "depthwise_kernel" [sizes;
/// channels; multiplier], "pointwise_kernel" [1; ...; channels·multiplier; filters] and "bias".
[<AutoOpen>]
module SeparableConvolutionLayers =
    let private formOf
        (sizes: Sizes<'Size>)
        (options: SeparableConvolutionOptions<'Size>)
        (kernelSize: 'Size)
        : WindowForm =
        { Operation = $"separableConv{sizes.Axes}D"
          Kind = $"separable_conv{sizes.Axes}d"
          KernelSize = sizes.ToList kernelSize
          Strides = sizes.ToList options.Strides
          Padding = options.Padding
          DilationRate = sizes.ToList options.DilationRate
          DataFormat = options.DataFormat }

    /// The shapes of the kernels and of the result for a sample with the channels behind.
    let private shapesOf (form: WindowForm) multiplier filters sample =
        let axes = WindowForm.axes form
        let lengths, channels = WindowForm.extents form sample
        let between = DepthwiseKernel.shape form multiplier lengths channels sample

        [ form.KernelSize @ [ channels; multiplier ]
          List.replicate axes 1 @ [ channels * multiplier; filters ] ],
        List.take axes between @ [ filters ]

    let private separable
        sizes
        (options: SeparableConvolutionOptions<'Size>)
        filters
        kernelSize
        : Layer<Tensor, Tensor> =
        let form, multiplier = formOf sizes options kernelSize, options.DepthMultiplier
        Spatial.demandPositive form.Operation "filters" filters
        Spatial.demandPositive form.Operation "depth multiplier" multiplier
        WindowForm.demand form
        let axes, shapes = WindowForm.axes form, shapesOf form multiplier filters
        let points = List.replicate axes { Stride = 1; Dilation = 1; Before = 0; After = 0 }

        let product (kernels: Tensor list) x =
            x
            |> Spatial.overFitting form.Operation axes shapes kernels (fun lengths x ->
                x
                |> DepthwiseKernel.convolve form lengths kernels[0]
                |> WindowConvolution.convolve points 1 kernels[1])

        KernelLayer.create
            { Kind = form.Kind
              Operation = form.Operation
              Call = $"{form.Operation} filters size"
              Settings =
                ("filters", Setting.Whole filters)
                :: WindowForm.settings form [ "depth_multiplier", Setting.Whole multiplier ]
              Activation = options.Activation
              UseBias = options.UseBias
              Kernels =
                [ { Name = "depthwise_kernel"; Word = "depthwise"; Options = options.Depthwise }
                  { Name = "pointwise_kernel"; Word = "pointwise"; Options = options.Pointwise } ]
              Bias = options.Bias
              ActivityRegularizer = options.ActivityRegularizer
              Axes = WindowForm.axes form
              DataFormat = form.DataFormat
              Shapes = shapes
              Product = product }

    /// Convolution of each channel of sequences by itself with `DepthMultiplier` filters of this size, and of the
    /// results with a kernel of size 1, with options: from [length; channels] to [length'; filters]. Counts and sizes
    /// below 1 are errors, and so are samples that do not fit when the layer is built.
    let separableConv1DWith (options: SeparableConv1DOptions) (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        separable Sizes.one options filters kernelSize

    /// Convolution of each channel of sequences [length; channels] by itself with one filter of this size, then of the
    /// results with a kernel of size 1, to [length - size + 1; filters], with a bias.
    let separableConv1D (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        separableConv1DWith SeparableConv1DOptions.defaults filters kernelSize

    /// Convolution of each channel of images by itself with `DepthMultiplier` filters of this height and width, and of
    /// the results with a kernel of size 1, with options: from [height; width; channels] to [height'; width'; filters].
    /// Counts and sizes below 1 are errors, and so are samples that do not fit when the layer is built.
    let separableConv2DWith
        (options: SeparableConv2DOptions)
        (filters: int)
        (kernelSize: int * int)
        : Layer<Tensor, Tensor> =
        separable Sizes.two options filters kernelSize

    /// Convolution of each channel of images [height; width; channels] by itself with one filter of this height and
    /// width, then of the results with a kernel of size 1, to [height'; width'; filters], with a bias.
    let separableConv2D (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        separableConv2DWith SeparableConv2DOptions.defaults filters kernelSize
