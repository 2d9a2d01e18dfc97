namespace Functional

/// Options of `separableConv1DWith`.
type SeparableConv1DOptions =
    {
        /// The stride of the kernel; 1 by default.
        Strides: int
        /// The padding around the sequence: `Valid` (nothing, the default), `Same` or `Causal`.
        Padding: WindowPadding
        /// The dilation rate: the distance of neighbours in the kernel; 1 by default.
        DilationRate: int
        /// The number of filters of each channel before the channels are mixed; 1 by default.
        DepthMultiplier: int
        /// The place of the channels: behind the axes of time, by default.
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
        /// The constraint of the kernel that mixes the channels; none by default.
        PointwiseConstraint: Constraint option
        /// The constraint of the bias; none by default.
        BiasConstraint: Constraint option
        /// The penalty on the layer's results, summed over the batch as in Keras 3; none by default.
        ActivityRegularizer: Regularizer option
    }

    /// Keras's defaults: stride 1, no padding, no gaps, one filter a channel, channels last, no activation, a bias of
    /// zeros, kernels by glorot uniform, no regularizers or constraints.
    static member defaults: SeparableConv1DOptions =
        { Strides = 1
          Padding = WindowPadding.Valid
          DilationRate = 1
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

/// Options of `separableConv2DWith`. Pairs are (vertical, horizontal).
type SeparableConv2DOptions =
    {
        /// The stride of the kernel; (1, 1) by default.
        Strides: int * int
        /// The padding around the image: `Valid` (nothing, the default) or `Same`.
        Padding: WindowPadding
        /// The dilation rate: the distance of neighbours in the kernel; (1, 1) by default.
        DilationRate: int * int
        /// The number of filters of each channel before the channels are mixed; 1 by default.
        DepthMultiplier: int
        /// The place of the channels: behind the axes of space, by default.
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
        /// The constraint of the kernel that mixes the channels; none by default.
        PointwiseConstraint: Constraint option
        /// The constraint of the bias; none by default.
        BiasConstraint: Constraint option
        /// The penalty on the layer's results, summed over the batch as in Keras 3; none by default.
        ActivityRegularizer: Regularizer option
    }

    /// Keras's defaults: stride 1, no padding, no gaps, one filter a channel, channels last, no activation, a bias of
    /// zeros, kernels by glorot uniform, no regularizers or constraints.
    static member defaults: SeparableConv2DOptions =
        { Strides = 1, 1
          Padding = WindowPadding.Valid
          DilationRate = 1, 1
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

/// The options of a separable convolution along any number of axes, and what errors call it.
type private SeparableForm =
    { Operation: string
      Kind: string
      Filters: int
      KernelSize: int list
      Strides: int list
      Padding: WindowPadding
      DilationRate: int list
      DepthMultiplier: int
      DataFormat: DataFormat
      Activation: Layer<Tensor, Tensor> option
      UseBias: bool
      Depthwise: KernelVariable
      Pointwise: KernelVariable
      Bias: VariableOptions
      ActivityRegularizer: Regularizer option }

/// Convolutions of each channel by itself, followed by a mixture of the channels at each place: the factors of a
/// convolution, with fewer parameters (Chollet 2017, "Xception"). The parameters are "depthwise_kernel" [sizes;
/// channels; multiplier], "pointwise_kernel" [1; ...; channels·multiplier; filters] and "bias".
[<AutoOpen>]
module SeparableConvolutionLayers =
    let private windows form =
        WindowConvolution.axesFor form.Padding form.Strides form.DilationRate form.KernelSize

    /// The depthwise kernel's shape as a convolution in one group a channel takes it.
    let private grouped form channels = form.KernelSize @ [ 1; channels * form.DepthMultiplier ]

    /// The shapes of the kernels and of the result for a sample with the channels behind.
    let private shapes form sample =
        let axes = form.KernelSize.Length
        let lengths, channels = Spatial.extents form.Operation axes sample
        Spatial.demandExtent form.Operation sample
        let window = windows form lengths
        let between = WindowConvolution.shape form.Operation window channels (grouped form channels) sample

        [ form.KernelSize @ [ channels; form.DepthMultiplier ]
          List.replicate axes 1 @ [ channels * form.DepthMultiplier; form.Filters ] ],
        List.take axes between @ [ form.Filters ]

    let private product form (kernels: Tensor list) x =
        let axes = form.KernelSize.Length
        let depthwise, pointwise = kernels[0], kernels[1]
        let channels = depthwise.Shape[axes]
        let inGroups = Tensor.reshape (grouped form channels) depthwise
        let point = { Stride = 1; Dilation = 1; Before = 0; After = 0 }

        x
        |> Spatial.overFitting form.Operation axes (shapes form) kernels (fun lengths x ->
            x
            |> WindowConvolution.convolve (windows form lengths) channels inGroups
            |> WindowConvolution.convolve (List.replicate axes point) 1 pointwise)

    let private separable form : Layer<Tensor, Tensor> =
        Spatial.demandPositive form.Operation "filters" form.Filters
        Spatial.demandPositive form.Operation "depth multiplier" form.DepthMultiplier
        Spatial.demandWindow form.Operation form.KernelSize form.Strides form.DilationRate form.Padding

        KernelLayer.create
            { Kind = form.Kind
              Operation = form.Operation
              Call = $"{form.Operation} filters size"
              Settings =
                [ "filters", Setting.Whole form.Filters
                  "kernel_size", Spatial.ofSizes form.KernelSize
                  "strides", Spatial.ofSizes form.Strides
                  "padding", Spatial.ofPadding form.Padding
                  "dilation_rate", Spatial.ofSizes form.DilationRate
                  "depth_multiplier", Setting.Whole form.DepthMultiplier
                  DataFormat.toSetting form.DataFormat ]
              Activation = form.Activation
              UseBias = form.UseBias
              Kernels = [ form.Depthwise; form.Pointwise ]
              Bias = form.Bias
              ActivityRegularizer = form.ActivityRegularizer
              Axes = form.KernelSize.Length
              DataFormat = form.DataFormat
              Shapes = shapes form
              Product = product form }

    let private depthwiseOf options : KernelVariable =
        { Name = "depthwise_kernel"; Word = "depthwise"; Options = options }

    let private pointwiseOf options : KernelVariable =
        { Name = "pointwise_kernel"; Word = "pointwise"; Options = options }

    /// Convolution of each channel of sequences by itself with `DepthMultiplier` filters of this size, and of the
    /// results with a kernel of size 1, with options: from [length; channels] to [length'; filters]. Counts and sizes
    /// below 1 are errors, and so are samples that do not fit when the layer is built.
    let separableConv1DWith (options: SeparableConv1DOptions) (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        separable
            { Operation = "separableConv1D"
              Kind = "separable_conv1d"
              Filters = filters
              KernelSize = [ kernelSize ]
              Strides = [ options.Strides ]
              Padding = options.Padding
              DilationRate = [ options.DilationRate ]
              DepthMultiplier = options.DepthMultiplier
              DataFormat = options.DataFormat
              Activation = options.Activation
              UseBias = options.UseBias
              Depthwise =
                depthwiseOf
                    { Initializer = options.DepthwiseInitializer
                      Regularizer = options.DepthwiseRegularizer
                      Constraint = options.DepthwiseConstraint }
              Pointwise =
                pointwiseOf
                    { Initializer = options.PointwiseInitializer
                      Regularizer = options.PointwiseRegularizer
                      Constraint = options.PointwiseConstraint }
              Bias =
                { Initializer = options.BiasInitializer
                  Regularizer = options.BiasRegularizer
                  Constraint = options.BiasConstraint }
              ActivityRegularizer = options.ActivityRegularizer }

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
        separable
            { Operation = "separableConv2D"
              Kind = "separable_conv2d"
              Filters = filters
              KernelSize = [ fst kernelSize; snd kernelSize ]
              Strides = [ fst options.Strides; snd options.Strides ]
              Padding = options.Padding
              DilationRate = [ fst options.DilationRate; snd options.DilationRate ]
              DepthMultiplier = options.DepthMultiplier
              DataFormat = options.DataFormat
              Activation = options.Activation
              UseBias = options.UseBias
              Depthwise =
                depthwiseOf
                    { Initializer = options.DepthwiseInitializer
                      Regularizer = options.DepthwiseRegularizer
                      Constraint = options.DepthwiseConstraint }
              Pointwise =
                pointwiseOf
                    { Initializer = options.PointwiseInitializer
                      Regularizer = options.PointwiseRegularizer
                      Constraint = options.PointwiseConstraint }
              Bias =
                { Initializer = options.BiasInitializer
                  Regularizer = options.BiasRegularizer
                  Constraint = options.BiasConstraint }
              ActivityRegularizer = options.ActivityRegularizer }

    /// Convolution of each channel of images [height; width; channels] by itself with one filter of this height and
    /// width, then of the results with a kernel of size 1, to [height'; width'; filters], with a bias.
    let separableConv2D (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        separableConv2DWith SeparableConv2DOptions.defaults filters kernelSize
