namespace Functional

/// Options of `conv1DTransposeWith`.
type Conv1DTransposeOptions =
    {
        /// The stride: the distance of neighbouring elements of the sequence in the result; 1 by default.
        Strides: int
        /// How much of the result is kept: all that the kernel reaches with `Valid` (the default), `strides` times the
        /// size with `Same`.
        Padding: WindowPadding
        /// What is added to the size behind each axis: `Some 1`; each is below its stride. None, the default, means
        /// what Keras makes of it: sizes of (n - 1)·stride + max(kernel, stride), or n·stride for `Same`. With `Same`
        /// and a number p the size is (n - 1)·stride + kernel mod 2 + p.
        OutputPadding: int option
        /// The dilation rate: the distance of neighbours in the kernel; 1 by default.
        DilationRate: int
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

    /// Keras's defaults: stride 1, all of the result, no gaps, channels last, no activation, a bias of zeros, a kernel
    /// by glorot uniform, no regularizers or constraints.
    static member defaults: Conv1DTransposeOptions =
        { Strides = 1
          Padding = WindowPadding.Valid
          OutputPadding = None
          DilationRate = 1
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

/// Options of `conv2DTransposeWith`. Pairs are (vertical, horizontal).
type Conv2DTransposeOptions =
    {
        /// The stride: the distance of neighbouring elements of the image in the result; (1, 1) by default.
        Strides: int * int
        /// How much of the result is kept: all that the kernel reaches with `Valid` (the default), `strides` times the
        /// size with `Same`.
        Padding: WindowPadding
        /// What is added to the size behind each axis: `Some (1, 1)`; each is below its stride. None, the default,
        /// means what Keras makes of it: sizes of (n - 1)·stride + max(kernel, stride), or n·stride for `Same`. With
        /// `Same` and a number p the size is (n - 1)·stride + kernel mod 2 + p.
        OutputPadding: (int * int) option
        /// The dilation rate: the distance of neighbours in the kernel; (1, 1) by default.
        DilationRate: int * int
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

    /// Keras's defaults: stride 1, all of the result, no gaps, channels last, no activation, a bias of zeros, a kernel
    /// by glorot uniform, no regularizers or constraints.
    static member defaults: Conv2DTransposeOptions =
        { Strides = 1, 1
          Padding = WindowPadding.Valid
          OutputPadding = None
          DilationRate = 1, 1
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

/// Options of `conv3DTransposeWith`. Triples are (along the depth, vertical, horizontal).
type Conv3DTransposeOptions =
    {
        /// The stride: the distance of neighbouring elements of the volume in the result; (1, 1, 1) by default.
        Strides: int * int * int
        /// How much of the result is kept: all that the kernel reaches with `Valid` (the default), `strides` times the
        /// size with `Same`.
        Padding: WindowPadding
        /// What is added to the size behind each axis: `Some (1, 1, 1)`; each is below its stride. None, the default,
        /// means what Keras makes of it: sizes of (n - 1)·stride + max(kernel, stride), or n·stride for `Same`. With
        /// `Same` and a number p the size is (n - 1)·stride + kernel mod 2 + p.
        OutputPadding: (int * int * int) option
        /// The dilation rate: the distance of neighbours in the kernel; (1, 1, 1) by default.
        DilationRate: int * int * int
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

    /// Keras's defaults: stride 1, all of the result, no gaps, channels last, no activation, a bias of zeros, a kernel
    /// by glorot uniform, no regularizers or constraints.
    static member defaults: Conv3DTransposeOptions =
        { Strides = 1, 1, 1
          Padding = WindowPadding.Valid
          OutputPadding = None
          DilationRate = 1, 1, 1
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
