namespace Functional

/// The options of a transposed convolution along any number of axes, and what errors call it.
type private TransposedForm =
    { Operation: string
      Kind: string
      Filters: int
      KernelSize: int list
      Strides: int list
      Padding: WindowPadding
      OutputPadding: int list option
      DilationRate: int list
      DataFormat: DataFormat
      Activation: Layer<Tensor, Tensor> option
      UseBias: bool
      Kernel: VariableOptions
      Bias: VariableOptions
      ActivityRegularizer: Regularizer option }

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

    let private demandOutputPadding form =
        match form.OutputPadding with
        | Some extras ->
            for extra, stride in List.zip extras form.Strides do
                if extra < 0 || extra >= stride then
                    Fail.argument
                        form.Operation
                        "output padding"
                        extra
                        $"is not from 0 to below the stride, {stride}; take a smaller one, or a larger stride."
        | None -> ()

    /// The lengths that samples of these lengths get, and the windows whose convolution would lead back.
    let private windows form (lengths: int list) : int list * WindowAxis list =
        [ for i, n in List.indexed lengths do
              let extra = form.OutputPadding |> Option.map (List.item i)
              along form.Padding extra form.Strides[i] form.DilationRate[i] form.KernelSize[i] n ]
        |> List.unzip

    /// The shapes of the kernel and of the result for a sample with the channels behind.
    let private shapes form sample =
        let lengths, channels = Spatial.extents form.Operation form.KernelSize.Length sample
        Spatial.demandExtent form.Operation sample
        let results, _ = windows form lengths

        if List.exists (fun n -> n < 1) results then
            Fail.shapes
                form.Operation
                [ "sample", sample; "result", results @ [ form.Filters ] ]
                "nothing would be left of the sample; take a larger output padding."

        [ form.KernelSize @ [ form.Filters; channels ] ], results @ [ form.Filters ]

    let private transposed form : Layer<Tensor, Tensor> =
        let axes = form.KernelSize.Length
        Spatial.demandPositive form.Operation "filters" form.Filters
        Spatial.demandWindow form.Operation form.KernelSize form.Strides form.DilationRate form.Padding
        Spatial.demandNotCausal form.Operation form.Padding
        demandOutputPadding form

        let product kernels x =
            x
            |> Spatial.overFitting form.Operation axes (shapes form) kernels (fun lengths ->
                let results, windows = windows form lengths
                WindowConvolution.transposed windows 1 results kernels.Head)

        KernelLayer.create
            { Kind = form.Kind
              Operation = form.Operation
              Call = $"{form.Operation} filters size"
              Settings =
                [ "filters", Setting.Whole form.Filters
                  "kernel_size", Spatial.ofSizes form.KernelSize
                  "strides", Spatial.ofSizes form.Strides
                  "padding", Spatial.ofPadding form.Padding
                  match form.OutputPadding with
                  | Some extra -> "output_padding", Spatial.ofSizes extra
                  | None -> ()
                  "dilation_rate", Spatial.ofSizes form.DilationRate
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

    /// The transpose of a convolution of sequences with a kernel of this size, with options: from [length; channels] to
    /// [length'; filters]. The kernel is [size; filters; channels]. Counts and sizes below 1 are errors, and so are
    /// samples that are no sequences when the layer is built.
    let conv1DTransposeWith (options: Conv1DTransposeOptions) (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        transposed
            { Operation = "conv1DTranspose"
              Kind = "conv1d_transpose"
              Filters = filters
              KernelSize = [ kernelSize ]
              Strides = [ options.Strides ]
              Padding = options.Padding
              OutputPadding = options.OutputPadding |> Option.map List.singleton
              DilationRate = [ options.DilationRate ]
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

    /// The transpose of a convolution of sequences with a kernel of this size, with a bias: from [length; channels] to
    /// [length + size - 1; filters]. The kernel [size; filters; channels] starts by glorot uniform.
    let conv1DTranspose (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        conv1DTransposeWith Conv1DTransposeOptions.defaults filters kernelSize

    let private two (a: int, b: int) = [ a; b ]

    let private three (a: int, b: int, c: int) = [ a; b; c ]

    /// The transpose of a convolution of images with a kernel of this height and width, with options: from [height;
    /// width; channels] to [height'; width'; filters]. The kernel is [height; width; filters; channels]. Counts and
    /// sizes below 1 are errors, and so are samples that are no images when the layer is built.
    let conv2DTransposeWith
        (options: Conv2DTransposeOptions)
        (filters: int)
        (kernelSize: int * int)
        : Layer<Tensor, Tensor> =
        transposed
            { Operation = "conv2DTranspose"
              Kind = "conv2d_transpose"
              Filters = filters
              KernelSize = two kernelSize
              Strides = two options.Strides
              Padding = options.Padding
              OutputPadding = options.OutputPadding |> Option.map two
              DilationRate = two options.DilationRate
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
        transposed
            { Operation = "conv3DTranspose"
              Kind = "conv3d_transpose"
              Filters = filters
              KernelSize = three kernelSize
              Strides = three options.Strides
              Padding = options.Padding
              OutputPadding = options.OutputPadding |> Option.map three
              DilationRate = three options.DilationRate
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

    /// The transpose of a convolution of volumes with a kernel of this depth, height and width, with a bias: from
    /// [depth; height; width; channels] to sizes larger by the kernel's less 1, with this many filters. The kernel
    /// [depth; height; width; filters; channels] starts by glorot uniform.
    let conv3DTranspose (filters: int) (kernelSize: int * int * int) : Layer<Tensor, Tensor> =
        conv3DTransposeWith Conv3DTransposeOptions.defaults filters kernelSize
