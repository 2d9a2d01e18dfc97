namespace Functional

/// The options of a convolution along any number of axes, and what errors call it.
type private ConvolutionForm =
    { Operation: string
      Kind: string
      Filters: int
      KernelSize: int list
      Strides: int list
      Padding: WindowPadding
      DilationRate: int list
      Groups: int
      DataFormat: DataFormat
      Activation: Layer<Tensor, Tensor> option
      UseBias: bool
      Kernel: VariableOptions
      Bias: VariableOptions
      ActivityRegularizer: Regularizer option }

/// Convolutions of sequences [length; channels], images [height; width; channels] and volumes [depth; height; width;
/// channels], or with the channels in front. As in Keras and PyTorch the kernel is not flipped. The parameters are
/// "kernel" and "bias", in Keras's shapes whatever the data format; PyTorch keeps kernels as [filters; channels /
/// groups; height; width].
[<AutoOpen>]
module ConvolutionLayers =
    let private demandGroups operation filters groups =
        Spatial.demandPositive operation "filters" filters
        Spatial.demandPositive operation "groups" groups

        if filters % groups <> 0 then
            Fail.argument operation "groups" groups $"does not divide the {filters} filters; take a divisor."

    let private windows form =
        WindowConvolution.axesFor form.Padding form.Strides form.DilationRate form.KernelSize

    /// The shapes of the kernel and of the result for a sample with the channels behind.
    let private shapes form sample =
        let lengths, channels = Spatial.extents form.Operation form.KernelSize.Length sample
        Spatial.demandExtent form.Operation sample
        let kernel = form.KernelSize @ [ channels / form.Groups; form.Filters ]
        [ kernel ], WindowConvolution.shape form.Operation (windows form lengths) form.Groups kernel sample

    let private convolution form : Layer<Tensor, Tensor> =
        let axes = form.KernelSize.Length
        demandGroups form.Operation form.Filters form.Groups
        Spatial.demandWindow form.Operation form.KernelSize form.Strides form.DilationRate form.Padding

        let product kernels x =
            x
            |> Spatial.overFitting form.Operation axes (shapes form) kernels (fun lengths ->
                WindowConvolution.convolve (windows form lengths) form.Groups kernels.Head)

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
                  "groups", Setting.Whole form.Groups
                  DataFormat.toSetting form.DataFormat ]
              Activation = form.Activation
              UseBias = form.UseBias
              Kernels = [ { Name = "kernel"; Word = "kernel"; Options = form.Kernel } ]
              Bias = form.Bias
              ActivityRegularizer = form.ActivityRegularizer
              Axes = axes
              DataFormat = form.DataFormat
              Shapes = shapes form
              Product = product }

    /// Convolution of sequences with a kernel of this size [size; channels / groups; filters], with options: from
    /// [length; channels] to [length'; filters]. Counts and sizes below 1 are errors, and so are samples that do not
    /// fit when the layer is built.
    let conv1DWith (options: Conv1DOptions) (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        convolution
            { Operation = "conv1D"
              Kind = "conv1d"
              Filters = filters
              KernelSize = [ kernelSize ]
              Strides = [ options.Strides ]
              Padding = options.Padding
              DilationRate = [ options.DilationRate ]
              Groups = options.Groups
              DataFormat = options.DataFormat
              Activation = options.Activation
              UseBias = options.UseBias
              Kernel =
                { Initializer = options.KernelInitializer
                  Regularizer = options.KernelRegularizer
                  Constraint = options.KernelConstraint }
              Bias =
                { Initializer = options.BiasInitializer
                  Regularizer = options.BiasRegularizer
                  Constraint = options.BiasConstraint }
              ActivityRegularizer = options.ActivityRegularizer }

    /// Convolution of sequences [length; channels] to [length - size + 1; filters], with a bias. The kernel
    /// [size; channels; filters] starts by glorot uniform.
    let conv1D (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        conv1DWith Conv1DOptions.defaults filters kernelSize

    let private two (a: int, b: int) = [ a; b ]

    let private three (a: int, b: int, c: int) = [ a; b; c ]

    /// Convolution of images with a kernel of this height and width [height; width; channels / groups; filters], with
    /// options: from [height; width; channels] to [height'; width'; filters]. Counts and sizes below 1 are errors, and
    /// so are samples that do not fit when the layer is built.
    let conv2DWith (options: Conv2DOptions) (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        convolution
            { Operation = "conv2D"
              Kind = "conv2d"
              Filters = filters
              KernelSize = two kernelSize
              Strides = two options.Strides
              Padding = options.Padding
              DilationRate = two options.DilationRate
              Groups = options.Groups
              DataFormat = options.DataFormat
              Activation = options.Activation
              UseBias = options.UseBias
              Kernel =
                { Initializer = options.KernelInitializer
                  Regularizer = options.KernelRegularizer
                  Constraint = options.KernelConstraint }
              Bias =
                { Initializer = options.BiasInitializer
                  Regularizer = options.BiasRegularizer
                  Constraint = options.BiasConstraint }
              ActivityRegularizer = options.ActivityRegularizer }

    /// Convolution of images [height; width; channels] with a kernel of this height and width, with a bias; the kernel
    /// stays inside, so that height and width lose its size less 1. The kernel [height; width; channels; filters]
    /// starts by glorot uniform, as in Keras; PyTorch starts it and the bias uniform in ±1/sqrt(height·width·channels).
    let conv2D (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        conv2DWith Conv2DOptions.defaults filters kernelSize

    /// Convolution of volumes with a kernel of this depth, height and width [depth; height; width; channels / groups;
    /// filters], with options: from [depth; height; width; channels] to [depth'; height'; width'; filters]. Counts and
    /// sizes below 1 are errors, and so are samples that do not fit when the layer is built.
    let conv3DWith (options: Conv3DOptions) (filters: int) (kernelSize: int * int * int) : Layer<Tensor, Tensor> =
        convolution
            { Operation = "conv3D"
              Kind = "conv3d"
              Filters = filters
              KernelSize = three kernelSize
              Strides = three options.Strides
              Padding = options.Padding
              DilationRate = three options.DilationRate
              Groups = options.Groups
              DataFormat = options.DataFormat
              Activation = options.Activation
              UseBias = options.UseBias
              Kernel =
                { Initializer = options.KernelInitializer
                  Regularizer = options.KernelRegularizer
                  Constraint = options.KernelConstraint }
              Bias =
                { Initializer = options.BiasInitializer
                  Regularizer = options.BiasRegularizer
                  Constraint = options.BiasConstraint }
              ActivityRegularizer = options.ActivityRegularizer }

    /// Convolution of volumes [depth; height; width; channels] with a kernel of this depth, height and width, with a
    /// bias; each axis loses the kernel's size less 1. The kernel [depth; height; width; channels; filters] starts by
    /// glorot uniform.
    let conv3D (filters: int) (kernelSize: int * int * int) : Layer<Tensor, Tensor> =
        conv3DWith Conv3DOptions.defaults filters kernelSize
