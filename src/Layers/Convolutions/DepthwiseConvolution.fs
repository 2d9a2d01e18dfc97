namespace Functional

/// Options of `depthwiseConv1DWith`.
type DepthwiseConv1DOptions =
    {
        /// The stride of the kernel; 1 by default.
        Strides: int
        /// The padding around the sequence: `Valid` (nothing, the default), `Same` or `Causal`.
        Padding: WindowPadding
        /// The dilation rate: the distance of neighbours in the kernel; 1 by default.
        DilationRate: int
        /// The number of filters of each channel; 1 by default.
        DepthMultiplier: int
        /// The place of the channels: behind the axes of time, by default.
        DataFormat: DataFormat
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

    /// Keras's defaults: stride 1, no padding, no gaps, one filter a channel, channels last, no activation, a bias of
    /// zeros, a kernel by glorot uniform, no regularizers or constraints.
    static member defaults: DepthwiseConv1DOptions =
        { Strides = 1
          Padding = WindowPadding.Valid
          DilationRate = 1
          DepthMultiplier = 1
          DataFormat = DataFormat.ChannelsLast
          Activation = None
          UseBias = true
          DepthwiseInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          DepthwiseRegularizer = None
          BiasRegularizer = None
          DepthwiseConstraint = None
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
        /// The place of the channels: behind the axes of space, by default.
        DataFormat: DataFormat
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

    /// Keras's defaults: stride 1, no padding, no gaps, one filter a channel, channels last, no activation, a bias of
    /// zeros, a kernel by glorot uniform, no regularizers or constraints.
    static member defaults: DepthwiseConv2DOptions =
        { Strides = 1, 1
          Padding = WindowPadding.Valid
          DilationRate = 1, 1
          DepthMultiplier = 1
          DataFormat = DataFormat.ChannelsLast
          Activation = None
          UseBias = true
          DepthwiseInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          DepthwiseRegularizer = None
          BiasRegularizer = None
          DepthwiseConstraint = None
          BiasConstraint = None
          ActivityRegularizer = None }

/// The options of a depthwise convolution along any number of axes, and what errors call it.
type private DepthwiseForm =
    { Operation: string
      Kind: string
      KernelSize: int list
      Strides: int list
      Padding: WindowPadding
      DilationRate: int list
      DepthMultiplier: int
      DataFormat: DataFormat
      Activation: Layer<Tensor, Tensor> option
      UseBias: bool
      Kernel: VariableOptions
      Bias: VariableOptions
      ActivityRegularizer: Regularizer option }

/// Convolutions of each channel by itself. The parameters are "kernel" [sizes; channels; multiplier] and "bias".
[<AutoOpen>]
module DepthwiseConvolutionLayers =
    let private windows form =
        WindowConvolution.axesFor form.Padding form.Strides form.DilationRate form.KernelSize

    /// The kernel's shape as a convolution in one group a channel takes it.
    let private grouped form channels = form.KernelSize @ [ 1; channels * form.DepthMultiplier ]

    /// The shapes of the kernel and of the result for a sample with the channels behind.
    let private shapes form sample =
        let lengths, channels = Spatial.extents form.Operation form.KernelSize.Length sample
        Spatial.demandExtent form.Operation sample

        [ form.KernelSize @ [ channels; form.DepthMultiplier ] ],
        WindowConvolution.shape form.Operation (windows form lengths) channels (grouped form channels) sample

    let private product form (kernels: Tensor list) x =
        let axes = form.KernelSize.Length
        let channels = kernels.Head.Shape[axes]
        let inGroups = Tensor.reshape (grouped form channels) kernels.Head

        x
        |> Spatial.overFitting form.Operation axes (shapes form) kernels (fun lengths ->
            WindowConvolution.convolve (windows form lengths) channels inGroups)

    let private depthwise form : Layer<Tensor, Tensor> =
        Spatial.demandPositive form.Operation "depth multiplier" form.DepthMultiplier
        Spatial.demandWindow form.Operation form.KernelSize form.Strides form.DilationRate form.Padding

        KernelLayer.create
            { Kind = form.Kind
              Operation = form.Operation
              Call = $"{form.Operation} size"
              Settings =
                [ "kernel_size", Spatial.ofSizes form.KernelSize
                  "strides", Spatial.ofSizes form.Strides
                  "padding", Spatial.ofPadding form.Padding
                  "dilation_rate", Spatial.ofSizes form.DilationRate
                  "depth_multiplier", Setting.Whole form.DepthMultiplier
                  DataFormat.toSetting form.DataFormat ]
              Activation = form.Activation
              UseBias = form.UseBias
              Kernels = [ { Name = "kernel"; Word = "depthwise"; Options = form.Kernel } ]
              Bias = form.Bias
              ActivityRegularizer = form.ActivityRegularizer
              Axes = form.KernelSize.Length
              DataFormat = form.DataFormat
              Shapes = shapes form
              Product = product form }

    /// Convolution of each channel of sequences by itself with `DepthMultiplier` filters of this size, with options:
    /// from [length; channels] to [length'; channels·multiplier], the filters of a channel side by side. The kernel is
    /// [size; channels; multiplier]. Counts and sizes below 1 are errors, and so are samples that do not fit when the
    /// layer is built.
    let depthwiseConv1DWith (options: DepthwiseConv1DOptions) (kernelSize: int) : Layer<Tensor, Tensor> =
        depthwise
            { Operation = "depthwiseConv1D"
              Kind = "depthwise_conv1d"
              KernelSize = [ kernelSize ]
              Strides = [ options.Strides ]
              Padding = options.Padding
              DilationRate = [ options.DilationRate ]
              DepthMultiplier = options.DepthMultiplier
              DataFormat = options.DataFormat
              Activation = options.Activation
              UseBias = options.UseBias
              Kernel =
                { Initializer = options.DepthwiseInitializer
                  Regularizer = options.DepthwiseRegularizer
                  Constraint = options.DepthwiseConstraint }
              Bias =
                { Initializer = options.BiasInitializer
                  Regularizer = options.BiasRegularizer
                  Constraint = options.BiasConstraint }
              ActivityRegularizer = options.ActivityRegularizer }

    /// Convolution of each channel of sequences [length; channels] by itself with one filter of this size, with a bias.
    /// The kernel [size; channels; 1] starts by glorot uniform.
    let depthwiseConv1D (kernelSize: int) : Layer<Tensor, Tensor> =
        depthwiseConv1DWith DepthwiseConv1DOptions.defaults kernelSize

    /// Convolution of each channel of images by itself with `DepthMultiplier` filters of this height and width, with
    /// options: from [height; width; channels] to [height'; width'; channels·multiplier], the filters of a channel side
    /// by side. The kernel is [height; width; channels; multiplier]. Counts and sizes below 1 are errors, and so are
    /// samples that do not fit when the layer is built.
    let depthwiseConv2DWith (options: DepthwiseConv2DOptions) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        depthwise
            { Operation = "depthwiseConv2D"
              Kind = "depthwise_conv2d"
              KernelSize = [ fst kernelSize; snd kernelSize ]
              Strides = [ fst options.Strides; snd options.Strides ]
              Padding = options.Padding
              DilationRate = [ fst options.DilationRate; snd options.DilationRate ]
              DepthMultiplier = options.DepthMultiplier
              DataFormat = options.DataFormat
              Activation = options.Activation
              UseBias = options.UseBias
              Kernel =
                { Initializer = options.DepthwiseInitializer
                  Regularizer = options.DepthwiseRegularizer
                  Constraint = options.DepthwiseConstraint }
              Bias =
                { Initializer = options.BiasInitializer
                  Regularizer = options.BiasRegularizer
                  Constraint = options.BiasConstraint }
              ActivityRegularizer = options.ActivityRegularizer }

    /// Convolution of each channel of images [height; width; channels] by itself with one filter of this height and
    /// width, with a bias. The kernel [height; width; channels; 1] starts by glorot uniform.
    let depthwiseConv2D (kernelSize: int * int) : Layer<Tensor, Tensor> =
        depthwiseConv2DWith DepthwiseConv2DOptions.defaults kernelSize
