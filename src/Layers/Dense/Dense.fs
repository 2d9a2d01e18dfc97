namespace Functional

/// Options of `denseWith`.
type DenseOptions =
    {
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

    /// Keras's defaults: no activation, a bias of zeros, a kernel by glorot uniform, no regularizers.
    static member defaults =
        { Activation = None
          UseBias = true
          KernelInitializer = Initializer.glorotUniform
          BiasInitializer = Initializer.zeros
          KernelRegularizer = None
          BiasRegularizer = None
          KernelConstraint = None
          BiasConstraint = None
          ActivityRegularizer = None }

/// The dense layer.
[<AutoOpen>]
module DenseLayers =
    let private product (x: Tensor) (kernel: Tensor) =
        let inputs, units = kernel.Shape[0], kernel.Shape[1]

        if x.Rank = 0 || List.last x.Shape <> inputs then
            Fail.shapes
                "dense"
                [ "input", x.Shape; "kernel", kernel.Shape ]
                $"the kernel takes {inputs} features along the input's last axis; give it as many, or build the \
                  layer anew."

        if x.Rank <= 2 then
            Tensor.matmul x kernel
        else
            let front = List.take (x.Rank - 1) x.Shape
            // one product of matrices instead of one an outer index
            Tensor.matmul (Tensor.reshape [ Shape.size front; inputs ] x) kernel
            |> Tensor.reshape (front @ [ units ])

    /// x·kernel + bias on the last axis, [..., in] to [..., units], with options. Parameters: "kernel" [in; units] and
    /// "bias" [units]. A unit count below 1 is an error, and so is an activation with parameters when the layer is
    /// built.
    let denseWith (options: DenseOptions) (units: int) : Layer<Tensor, Tensor> =
        if units < 1 then
            Fail.argument "dense" "units" units "is not a number of outputs; give 1 or more."

        let shapes sample =
            match List.rev sample with
            | [] ->
                Fail.shapes
                    "dense"
                    [ "sample", [] ]
                    "a sample is a number, but dense takes rows of features; reshape [1] before it."
            | inputs :: front -> [ [ inputs; units ] ], List.rev (units :: front)

        KernelLayer.create
            { Kind = "dense"
              Operation = "dense"
              Call = "dense units"
              Settings = [ "units", Setting.Whole units ]
              Activation = options.Activation
              UseBias = options.UseBias
              Kernels =
                [ { Name = "kernel"
                    Word = "kernel"
                    Options =
                      { Initializer = options.KernelInitializer
                        Regularizer = options.KernelRegularizer
                        Constraint = options.KernelConstraint } } ]
              Bias =
                { Initializer = options.BiasInitializer
                  Regularizer = options.BiasRegularizer
                  Constraint = options.BiasConstraint }
              ActivityRegularizer = options.ActivityRegularizer
              Axes = 0
              DataFormat = DataFormat.ChannelsLast
              Shapes = shapes
              Product = fun kernels x -> product x kernels.Head }
        |> Layer.withMaskRule MaskRule.Passes

    /// x·kernel + bias on the last axis: [..., in] to [..., units]. The kernel [in; units] starts by glorot uniform,
    /// the bias at zero, as in Keras. PyTorch's Linear keeps the transposed kernel, and starts both uniform in
    /// ±1/sqrt(in). Integers and booleans are cast to the kernel's type. A unit count below 1 is an error.
    let dense (units: int) : Layer<Tensor, Tensor> = denseWith DenseOptions.defaults units
