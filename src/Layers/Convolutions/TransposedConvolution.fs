namespace Functional

/// Transposed convolutions, also called deconvolutions, which enlarge sequences, images and volumes. The parameters are
/// "kernel" [sizes; filters; channels] and "bias".
[<AutoOpen>]
module TransposedConvolutionLayers =
    /// The length that n elements of one axis become, and the window whose convolution would lead back to n.
    let private along padding (outputPadding: int option) stride dilation kernel n =
        let axis = { Stride = stride; Dilation = dilation; Before = 0; After = 0 }
        let reach = ConvolutionShapes.reach axis kernel

        let size, before =
            match padding, outputPadding with
            | WindowPadding.Same, None -> n * stride, max 0 (reach - stride) / 2
            | WindowPadding.Same, Some extra ->
                // Keras adds to an image cut by half the kernel on each side, as far as the kernel reaches
                let kept = reach + reach % 2 - 2 + extra
                (n - 1) * stride + reach % 2 + extra, reach - 1 - min (kept - kept / 2) (reach - 1)
            | (WindowPadding.Valid | WindowPadding.Causal), extra ->
                (n - 1) * stride + reach + Option.defaultValue (max 0 (stride - reach)) extra, 0

        let after = max 0 ((n - 1) * stride + reach - size - before)
        size, { axis with Before = before; After = after }

    let private demandOutputPadding (form: WindowForm) outputPadding =
        for extra, stride in List.zip outputPadding form.Strides do
            if extra < 0 || extra >= stride then
                Fail.argument
                    form.Operation
                    "output padding"
                    extra
                    $"is not from 0 to below the stride, {stride}; take a smaller one, or a larger stride."

    /// The lengths that samples of these lengths get, and the windows whose convolution would lead back.
    let private windows (form: WindowForm) (outputPadding: int list option) (lengths: int list) =
        [ for i, n in List.indexed lengths do
              let extra = outputPadding |> Option.map (List.item i)
              along form.Padding extra form.Strides[i] form.DilationRate[i] form.KernelSize[i] n ]
        |> List.unzip

    let private formOf
        (sizes: Sizes<'Size>)
        (options: TransposedConvolutionOptions<'Size>)
        (kernelSize: 'Size)
        : WindowForm =
        { Operation = $"conv{sizes.Axes}DTranspose"
          Kind = $"conv{sizes.Axes}d_transpose"
          KernelSize = sizes.ToList kernelSize
          Strides = sizes.ToList options.Strides
          Padding = options.Padding
          DilationRate = sizes.ToList options.DilationRate
          DataFormat = options.DataFormat }

    let private shapesOf (form: WindowForm) outputPadding filters sample =
        let lengths, channels = WindowForm.extents form sample
        let results, _ = windows form outputPadding lengths

        if List.exists (fun n -> n < 1) results then
            Fail.shapes
                form.Operation
                [ "sample", sample; "result", results @ [ filters ] ]
                "nothing would be left of the sample; take a larger output padding."

        [ form.KernelSize @ [ filters; channels ] ], results @ [ filters ]

    let private transposed (sizes: Sizes<'Size>) (options: TransposedConvolutionOptions<'Size>) filters kernelSize =
        let form = formOf sizes options kernelSize
        let outputPadding = options.OutputPadding |> Option.map sizes.ToList
        Spatial.demandPositive form.Operation "filters" filters
        WindowForm.demand form
        Spatial.demandNotCausal form.Operation form.Padding
        Option.iter (demandOutputPadding form) outputPadding
        let shapes = shapesOf form outputPadding filters

        let product kernels x =
            x
            |> Spatial.overFitting form.Operation (WindowForm.axes form) shapes kernels (fun lengths ->
                let results, windows = windows form outputPadding lengths
                WindowConvolution.transposed windows 1 results kernels.Head)

        let extra = [ for sizes in Option.toList outputPadding -> "output_padding", Spatial.ofSizes sizes ]

        KernelLayer.create
            { Kind = form.Kind
              Operation = form.Operation
              Call = $"{form.Operation} filters size"
              Settings = ("filters", Setting.Whole filters) :: WindowForm.settings form extra
              Activation = options.Activation
              UseBias = options.UseBias
              Kernels = [ { Name = "kernel"; Word = "kernel"; Options = options.Kernel } ]
              Bias = options.Bias
              ActivityRegularizer = options.ActivityRegularizer
              Axes = WindowForm.axes form
              DataFormat = form.DataFormat
              Shapes = shapes
              Product = product }

    /// The transpose of a convolution of sequences with a kernel of this size, with options: from [length; channels] to
    /// [length'; filters]. The kernel is [size; filters; channels]. Counts and sizes below 1 are errors, and so are
    /// samples that are no sequences when the layer is built.
    let conv1DTransposeWith (options: Conv1DTransposeOptions) (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        transposed Sizes.one options filters kernelSize

    /// The transpose of a convolution of sequences with a kernel of this size, with a bias: from [length; channels] to
    /// [length + size - 1; filters]. The kernel [size; filters; channels] starts by glorot uniform.
    let conv1DTranspose (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        conv1DTransposeWith Conv1DTransposeOptions.defaults filters kernelSize

    /// The transpose of a convolution of images with a kernel of this height and width, with options: from [height;
    /// width; channels] to [height'; width'; filters]. The kernel is [height; width; filters; channels]. Counts and
    /// sizes below 1 are errors, and so are samples that are no images when the layer is built.
    let conv2DTransposeWith
        (options: Conv2DTransposeOptions)
        (filters: int)
        (kernelSize: int * int)
        : Layer<Tensor, Tensor> =
        transposed Sizes.two options filters kernelSize

    /// The transpose of a convolution of images with a kernel of this height and width, with a bias: from
    /// [height; width; channels] to sizes larger by the kernel's less 1, with this many filters. Also called a
    /// deconvolution. The kernel [height; width; filters; channels] starts by glorot uniform.
    let conv2DTranspose (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        conv2DTransposeWith Conv2DTransposeOptions.defaults filters kernelSize

    /// The transpose of a convolution of volumes with a kernel of this depth, height and width, with options: from
    /// [depth; height; width; channels] to [depth'; height'; width'; filters]. The kernel is [depth; height; width;
    /// filters; channels]. Counts and sizes below 1 are errors, and so are samples that are no volumes when the layer
    /// is built.
    let conv3DTransposeWith
        (options: Conv3DTransposeOptions)
        (filters: int)
        (kernelSize: int * int * int)
        : Layer<Tensor, Tensor> =
        transposed Sizes.three options filters kernelSize

    /// The transpose of a convolution of volumes with a kernel of this depth, height and width, with a bias: from
    /// [depth; height; width; channels] to sizes larger by the kernel's less 1, with this many filters. The kernel
    /// [depth; height; width; filters; channels] starts by glorot uniform.
    let conv3DTranspose (filters: int) (kernelSize: int * int * int) : Layer<Tensor, Tensor> =
        conv3DTransposeWith Conv3DTransposeOptions.defaults filters kernelSize
