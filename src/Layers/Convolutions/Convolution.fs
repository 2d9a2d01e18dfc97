namespace Functional

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

    let private formOf (sizes: Sizes<'Size>) (options: ConvolutionOptions<'Size>) (kernelSize: 'Size) : WindowForm =
        { Operation = $"conv{sizes.Axes}D"
          Kind = $"conv{sizes.Axes}d"
          KernelSize = sizes.ToList kernelSize
          Strides = sizes.ToList options.Strides
          Padding = options.Padding
          DilationRate = sizes.ToList options.DilationRate
          DataFormat = options.DataFormat }

    let private convolution sizes (options: ConvolutionOptions<'Size>) filters kernelSize : Layer<Tensor, Tensor> =
        let form, groups = formOf sizes options kernelSize, options.Groups
        demandGroups form.Operation filters groups
        WindowForm.demand form

        // of the kernel and of the result, for a sample with the channels behind
        let shapes sample =
            let lengths, channels = WindowForm.extents form sample
            let kernel = form.KernelSize @ [ channels / groups; filters ]
            [ kernel ], WindowConvolution.shape form.Operation (WindowForm.windows form lengths) groups kernel sample

        let product kernels x =
            x
            |> Spatial.overFitting form.Operation (WindowForm.axes form) shapes kernels (fun lengths ->
                WindowConvolution.convolve (WindowForm.windows form lengths) groups kernels.Head)

        KernelLayer.create
            { Kind = form.Kind
              Operation = form.Operation
              Call = $"{form.Operation} filters size"
              Settings =
                ("filters", Setting.Whole filters) :: WindowForm.settings form [ "groups", Setting.Whole groups ]
              Activation = options.Activation
              UseBias = options.UseBias
              Kernels = [ { Name = "kernel"; Word = "kernel"; Options = options.Kernel } ]
              Bias = options.Bias
              ActivityRegularizer = options.ActivityRegularizer
              Axes = WindowForm.axes form
              DataFormat = form.DataFormat
              Shapes = shapes
              Product = product }

    /// Convolution of sequences with a kernel of this size [size; channels / groups; filters], with options: from
    /// [length; channels] to [length'; filters]. Counts and sizes below 1 are errors, and so are samples that do not
    /// fit when the layer is built.
    let conv1DWith (options: Conv1DOptions) (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        convolution Sizes.one options filters kernelSize

    /// Convolution of sequences [length; channels] to [length - size + 1; filters], with a bias. The kernel
    /// [size; channels; filters] starts by glorot uniform.
    let conv1D (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        conv1DWith Conv1DOptions.defaults filters kernelSize

    /// Convolution of images with a kernel of this height and width [height; width; channels / groups; filters], with
    /// options: from [height; width; channels] to [height'; width'; filters]. Counts and sizes below 1 are errors, and
    /// so are samples that do not fit when the layer is built.
    let conv2DWith (options: Conv2DOptions) (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        convolution Sizes.two options filters kernelSize

    /// Convolution of images [height; width; channels] with a kernel of this height and width, with a bias; the kernel
    /// stays inside, so that height and width lose its size less 1. The kernel [height; width; channels; filters]
    /// starts by glorot uniform, as in Keras; PyTorch starts it and the bias uniform in ±1/sqrt(height·width·channels).
    let conv2D (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        conv2DWith Conv2DOptions.defaults filters kernelSize

    /// Convolution of volumes with a kernel of this depth, height and width [depth; height; width; channels / groups;
    /// filters], with options: from [depth; height; width; channels] to [depth'; height'; width'; filters]. Counts and
    /// sizes below 1 are errors, and so are samples that do not fit when the layer is built.
    let conv3DWith (options: Conv3DOptions) (filters: int) (kernelSize: int * int * int) : Layer<Tensor, Tensor> =
        convolution Sizes.three options filters kernelSize

    /// Convolution of volumes [depth; height; width; channels] with a kernel of this depth, height and width, with a
    /// bias; each axis loses the kernel's size less 1. The kernel [depth; height; width; channels; filters] starts by
    /// glorot uniform.
    let conv3D (filters: int) (kernelSize: int * int * int) : Layer<Tensor, Tensor> =
        conv3DWith Conv3DOptions.defaults filters kernelSize
