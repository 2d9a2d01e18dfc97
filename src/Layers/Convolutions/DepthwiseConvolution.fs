namespace Functional

/// Options of convolutions of each channel by itself, whose sizes along the axes are numbers or pairs.
type DepthwiseConvolutionOptions<'Size> =
    {
        /// The stride of the kernel; 1 by default.
        Strides: 'Size
        /// The padding around the sample: `Valid` (nothing, the default), `Same`, or of sequences `Causal`.
        Padding: WindowPadding
        /// The dilation rate: the distance of neighbours in the kernel; 1 by default.
        DilationRate: 'Size
        /// The number of filters of each channel; 1 by default.
        DepthMultiplier: int
        /// The place of the channels: behind the axes of time or space, by default.
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

    static member internal ofStrides(one: 'Size) : DepthwiseConvolutionOptions<'Size> =
        { Strides = one
          Padding = WindowPadding.Valid
          DilationRate = one
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

    member internal options.Depthwise: VariableOptions =
        { Initializer = options.DepthwiseInitializer
          Regularizer = options.DepthwiseRegularizer
          Constraint = options.DepthwiseConstraint }

    member internal options.Bias: VariableOptions =
        { Initializer = options.BiasInitializer
          Regularizer = options.BiasRegularizer
          Constraint = options.BiasConstraint }

/// Options of `depthwiseConv1DWith`, whose sizes are numbers.
type DepthwiseConv1DOptions = DepthwiseConvolutionOptions<int>

/// Options of `depthwiseConv1DWith`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module DepthwiseConv1DOptions =
    /// Keras's defaults: stride 1, no padding, no gaps, one filter a channel, channels last, no activation, a bias of zeros,
    /// kernels by glorot uniform, no regularizers or constraints.
    let defaults: DepthwiseConv1DOptions = DepthwiseConvolutionOptions.ofStrides 1

/// Options of `depthwiseConv2DWith`, whose sizes are pairs (vertical, horizontal).
type DepthwiseConv2DOptions = DepthwiseConvolutionOptions<int * int>

/// Options of `depthwiseConv2DWith`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module DepthwiseConv2DOptions =
    /// Keras's defaults: stride 1, no padding, no gaps, one filter a channel, channels last, no activation, a bias of zeros,
    /// kernels by glorot uniform, no regularizers or constraints.
    let defaults: DepthwiseConv2DOptions = DepthwiseConvolutionOptions.ofStrides (1, 1)

/// Kernels [sizes; channels; multiplier] of convolutions of each channel by itself, which are convolutions in one group a
/// channel.
module internal DepthwiseKernel =
    let private grouped (form: WindowForm) channels multiplier = form.KernelSize @ [ 1; channels * multiplier ]

    /// The shape of the result for a sample with the channels behind.
    let shape (form: WindowForm) multiplier lengths channels (sample: Shape) =
        let kernel = grouped form channels multiplier
        WindowConvolution.shape form.Operation (WindowForm.windows form lengths) channels kernel sample

    /// The convolution of a batch.
    let convolve (form: WindowForm) lengths (kernel: Tensor) x =
        let axes = WindowForm.axes form
        let channels = kernel.Shape[axes]
        let inGroups = Tensor.reshape (grouped form channels kernel.Shape[axes + 1]) kernel
        WindowConvolution.convolve (WindowForm.windows form lengths) channels inGroups x

/// Convolutions of each channel by itself. The parameters are "kernel" [sizes; channels; multiplier] and "bias".
[<AutoOpen>]
module DepthwiseConvolutionLayers =
    let private formOf
        (sizes: Sizes<'Size>)
        (options: DepthwiseConvolutionOptions<'Size>)
        (kernelSize: 'Size)
        : WindowForm =
        { Operation = $"depthwiseConv{sizes.Axes}D"
          Kind = $"depthwise_conv{sizes.Axes}d"
          KernelSize = sizes.ToList kernelSize
          Strides = sizes.ToList options.Strides
          Padding = options.Padding
          DilationRate = sizes.ToList options.DilationRate
          DataFormat = options.DataFormat }

    let private depthwise sizes (options: DepthwiseConvolutionOptions<'Size>) kernelSize : Layer<Tensor, Tensor> =
        let form, multiplier = formOf sizes options kernelSize, options.DepthMultiplier
        Spatial.demandPositive form.Operation "depth multiplier" multiplier
        WindowForm.demand form

        // of the kernel and of the result, for a sample with the channels behind
        let shapes sample =
            let lengths, channels = WindowForm.extents form sample

            [ form.KernelSize @ [ channels; multiplier ] ],
            DepthwiseKernel.shape form multiplier lengths channels sample

        let product (kernels: Tensor list) x =
            x
            |> Spatial.overFitting form.Operation (WindowForm.axes form) shapes kernels (fun lengths ->
                DepthwiseKernel.convolve form lengths kernels.Head)

        KernelLayer.create
            { Kind = form.Kind
              Operation = form.Operation
              Call = $"{form.Operation} size"
              Settings = WindowForm.settings form [ "depth_multiplier", Setting.Whole multiplier ]
              Activation = options.Activation
              UseBias = options.UseBias
              Kernels = [ { Name = "kernel"; Word = "depthwise"; Options = options.Depthwise } ]
              Bias = options.Bias
              ActivityRegularizer = options.ActivityRegularizer
              Axes = WindowForm.axes form
              DataFormat = form.DataFormat
              Shapes = shapes
              Product = product }

    /// Convolution of each channel of sequences by itself with `DepthMultiplier` filters of this size, with options:
    /// from [length; channels] to [length'; channels·multiplier], the filters of a channel side by side. The kernel is
    /// [size; channels; multiplier]. Counts and sizes below 1 are errors, and so are samples that do not fit when the
    /// layer is built.
    let depthwiseConv1DWith (options: DepthwiseConv1DOptions) (kernelSize: int) : Layer<Tensor, Tensor> =
        depthwise Sizes.one options kernelSize

    /// Convolution of each channel of sequences [length; channels] by itself with one filter of this size, with a bias.
    /// The kernel [size; channels; 1] starts by glorot uniform.
    let depthwiseConv1D (kernelSize: int) : Layer<Tensor, Tensor> =
        depthwiseConv1DWith DepthwiseConv1DOptions.defaults kernelSize

    /// Convolution of each channel of images by itself with `DepthMultiplier` filters of this height and width, with
    /// options: from [height; width; channels] to [height'; width'; channels·multiplier], the filters of a channel side
    /// by side. The kernel is [height; width; channels; multiplier]. Counts and sizes below 1 are errors, and so are
    /// samples that do not fit when the layer is built.
    let depthwiseConv2DWith (options: DepthwiseConv2DOptions) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        depthwise Sizes.two options kernelSize

    /// Convolution of each channel of images [height; width; channels] by itself with one filter of this height and
    /// width, with a bias. The kernel [height; width; channels; 1] starts by glorot uniform.
    let depthwiseConv2D (kernelSize: int * int) : Layer<Tensor, Tensor> =
        depthwiseConv2DWith DepthwiseConv2DOptions.defaults kernelSize
