namespace Functional

/// Options of transposed convolutions, whose sizes along the axes are numbers, pairs or triples.
type TransposedConvolutionOptions<'Size> =
    {
        /// The stride: the distance of neighbouring elements of the sample in the result; 1 by default.
        Strides: 'Size
        /// How much of the result is kept: all that the kernel reaches with `Valid` (the default), `strides` times the size
        /// with `Same`.
        Padding: WindowPadding
        /// What is added to the size behind each axis; each is below its stride. None, the default, means what Keras makes of
        /// it: sizes of (n - 1)·stride + max(kernel, stride), or n·stride for `Same`. With `Same` and a number p the size is
        /// (n - 1)·stride + kernel mod 2 + p.
        OutputPadding: 'Size option
        /// The dilation rate: the distance of neighbours in the kernel; 1 by default.
        DilationRate: 'Size
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

    static member internal ofStrides(one: 'Size) : TransposedConvolutionOptions<'Size> =
        { Strides = one
          Padding = WindowPadding.Valid
          OutputPadding = None
          DilationRate = one
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

/// Options of `conv1DTransposeWith`, whose sizes are numbers.
type Conv1DTransposeOptions = TransposedConvolutionOptions<int>

/// Options of `conv1DTransposeWith`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Conv1DTransposeOptions =
    /// Keras's defaults: stride 1, all of the result, no gaps, channels last, no activation, a bias of zeros, a kernel by
    /// glorot uniform, no regularizers or constraints.
    let defaults: Conv1DTransposeOptions = TransposedConvolutionOptions.ofStrides 1

/// Options of `conv2DTransposeWith`, whose sizes are pairs (vertical, horizontal).
type Conv2DTransposeOptions = TransposedConvolutionOptions<int * int>

/// Options of `conv2DTransposeWith`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Conv2DTransposeOptions =
    /// Keras's defaults: stride 1, all of the result, no gaps, channels last, no activation, a bias of zeros, a kernel by
    /// glorot uniform, no regularizers or constraints.
    let defaults: Conv2DTransposeOptions = TransposedConvolutionOptions.ofStrides (1, 1)

/// Options of `conv3DTransposeWith`, whose sizes are triples (along the depth, vertical, horizontal).
type Conv3DTransposeOptions = TransposedConvolutionOptions<int * int * int>

/// Options of `conv3DTransposeWith`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Conv3DTransposeOptions =
    /// Keras's defaults: stride 1, all of the result, no gaps, channels last, no activation, a bias of zeros, a kernel by
    /// glorot uniform, no regularizers or constraints.
    let defaults: Conv3DTransposeOptions = TransposedConvolutionOptions.ofStrides (1, 1, 1)
