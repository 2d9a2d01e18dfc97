namespace Functional

/// Options of convolutions, whose sizes along the axes are numbers, pairs or triples.
type ConvolutionOptions<'Size> =
    {
        /// The stride of the kernel; 1 by default.
        Strides: 'Size
        /// The padding around the sample: `Valid` (nothing, the default), `Same`, or of sequences `Causal`.
        Padding: WindowPadding
        /// The dilation rate: the distance of neighbours in the kernel; 1 by default.
        DilationRate: 'Size
        /// Into how many groups channels and filters are parted; 1 by default. It must divide both.
        Groups: int
        /// The place of the channels: behind the axes of time or space, by default.
        DataFormat: DataFormat
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

    static member internal ofStrides(one: 'Size) : ConvolutionOptions<'Size> =
        { Strides = one
          Padding = WindowPadding.Valid
          DilationRate = one
          Groups = 1
          DataFormat = DataFormat.ChannelsLast
          Activation = None
          UseBias = true
          KernelInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          KernelRegularizer = None
          BiasRegularizer = None
          KernelConstraint = None
          BiasConstraint = None
          ActivityRegularizer = None }

    member internal options.Kernel: VariableOptions =
        { Initializer = options.KernelInitializer
          Regularizer = options.KernelRegularizer
          Constraint = options.KernelConstraint }

    member internal options.Bias: VariableOptions =
        { Initializer = options.BiasInitializer
          Regularizer = options.BiasRegularizer
          Constraint = options.BiasConstraint }

/// Options of `conv1DWith`, whose sizes are numbers.
type Conv1DOptions = ConvolutionOptions<int>

/// Options of `conv1DWith`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Conv1DOptions =
    /// Keras's defaults: stride 1, no padding, no gaps, one group, channels last, no activation, a bias of zeros, a
    /// kernel by glorot uniform, no regularizers or constraints.
    let defaults: Conv1DOptions = ConvolutionOptions.ofStrides 1

/// Options of `conv2DWith`, whose sizes are pairs (vertical, horizontal).
type Conv2DOptions = ConvolutionOptions<int * int>

/// Options of `conv2DWith`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Conv2DOptions =
    /// Keras's defaults: stride 1, no padding, no gaps, one group, channels last, no activation, a bias of zeros, a
    /// kernel by glorot uniform, no regularizers or constraints.
    let defaults: Conv2DOptions = ConvolutionOptions.ofStrides (1, 1)

/// Options of `conv3DWith`, whose sizes are triples (along the depth, vertical, horizontal).
type Conv3DOptions = ConvolutionOptions<int * int * int>

/// Options of `conv3DWith`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Conv3DOptions =
    /// Keras's defaults: stride 1, no padding, no gaps, one group, channels last, no activation, a bias of zeros, a
    /// kernel by glorot uniform, no regularizers or constraints.
    let defaults: Conv3DOptions = ConvolutionOptions.ofStrides (1, 1, 1)
