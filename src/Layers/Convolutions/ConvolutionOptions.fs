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
        /// The place of the channels: behind the axes of time, by default.
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

    /// Keras's defaults: stride 1, no padding, no gaps, one group, channels last, no activation, a bias of zeros, a
    /// kernel by glorot uniform, no regularizers or constraints.
    static member defaults: Conv1DOptions =
        { Strides = 1
          Padding = WindowPadding.Valid
          DilationRate = 1
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
        /// The place of the channels: behind the axes of space, by default.
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

    /// Keras's defaults: stride 1, no padding, no gaps, one group, channels last, no activation, a bias of zeros, a
    /// kernel by glorot uniform, no regularizers or constraints.
    static member defaults: Conv2DOptions =
        { Strides = 1, 1
          Padding = WindowPadding.Valid
          DilationRate = 1, 1
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

/// Options of `conv3DWith`. Triples are (along the depth, vertical, horizontal).
type Conv3DOptions =
    {
        /// The stride of the kernel; (1, 1, 1) by default.
        Strides: int * int * int
        /// The padding around the volume: `Valid` (nothing, the default) or `Same`.
        Padding: WindowPadding
        /// The dilation rate: the distance of neighbours in the kernel; (1, 1, 1) by default.
        DilationRate: int * int * int
        /// Into how many groups channels and filters are parted; 1 by default. It must divide both.
        Groups: int
        /// The place of the channels: behind the axes of space, by default.
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

    /// Keras's defaults: stride 1, no padding, no gaps, one group, channels last, no activation, a bias of zeros, a
    /// kernel by glorot uniform, no regularizers or constraints.
    static member defaults: Conv3DOptions =
        { Strides = 1, 1, 1
          Padding = WindowPadding.Valid
          DilationRate = 1, 1, 1
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
