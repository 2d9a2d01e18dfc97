namespace Functional

/// Options of `convLstm1D`, `convLstm2D` and `convLstm3D`, with Keras's names and defaults.
type ConvLstmOptions =
    {
        /// The strides of the convolution of the inputs, one for each axis of space, or one for all; [1] by default. That
        /// of the state has none.
        Strides: int list
        /// The padding of the convolution of the inputs: `Valid` (nothing, the default) or `Same`. That of the state is
        /// padded to keep its size.
        Padding: WindowPadding
        /// The gaps in the kernel of the inputs, one for each axis of space, or one for all; [1], none, by default.
        DilationRate: int list
        /// The place of the channels: behind the axes of space, by default.
        DataFormat: DataFormat
        /// The activation of the candidate and of the output; tanh by default. It must have no parameters.
        Activation: Layer<Tensor, Tensor>
        /// The activation of the gates; sigmoid by default. It must have no parameters.
        RecurrentActivation: Layer<Tensor, Tensor>
        /// Whether biases are added; true by default.
        UseBias: bool
        /// The initializer of the kernel of the inputs; glorot uniform by default.
        KernelInitializer: Initializer
        /// The initializer of the recurrent kernel; orthogonal by default.
        RecurrentInitializer: Initializer
        /// The initializer of the bias: zeros by default.
        BiasInitializer: Initializer
        /// Whether the bias of the forget gate starts at one; true by default.
        UnitForgetBias: bool
        /// The regularizer of the kernel; none by default.
        KernelRegularizer: Regularizer option
        /// The regularizer of the recurrent kernel; none by default.
        RecurrentRegularizer: Regularizer option
        /// The regularizer of the bias; none by default.
        BiasRegularizer: Regularizer option
        /// The constraint of the kernel, applied after each update; none by default.
        KernelConstraint: Constraint option
        /// The constraint of the recurrent kernel; none by default.
        RecurrentConstraint: Constraint option
        /// The constraint of the bias; none by default.
        BiasConstraint: Constraint option
        /// The penalty on the layer's output, summed over the batch as in Keras 3; none by default.
        ActivityRegularizer: Regularizer option
        /// The share of the input's elements that are zero while training, the same ones in every step; 0 by default.
        Dropout: float
        /// The share of the state's elements that are zero in the recurrent convolution while training; 0 by default.
        RecurrentDropout: float
        /// Whether the layer gives the state after every step, or after the last one; false by default.
        ReturnSequences: bool
        /// Whether the last step is read first; false by default.
        GoBackwards: bool
        /// The batch size of a stateful layer; None, the default, of one that is not. See `RecurrentOptions`.
        Stateful: int option
    }

    /// Keras's defaults.
    static member defaults: ConvLstmOptions =
        { Strides = [ 1 ]
          Padding = WindowPadding.Valid
          DilationRate = [ 1 ]
          DataFormat = DataFormat.ChannelsLast
          Activation = tanh'
          RecurrentActivation = sigmoid
          UseBias = true
          KernelInitializer = Initializer.glorotUniform
          RecurrentInitializer = Initializer.orthogonal 1.0
          BiasInitializer = Initializer.zeros
          UnitForgetBias = true
          KernelRegularizer = None
          RecurrentRegularizer = None
          BiasRegularizer = None
          KernelConstraint = None
          RecurrentConstraint = None
          BiasConstraint = None
          ActivityRegularizer = None
          Dropout = 0.0
          RecurrentDropout = 0.0
          ReturnSequences = false
          GoBackwards = false
          Stateful = None }

    member internal options.Kernel: VariableOptions =
        { Initializer = options.KernelInitializer
          Regularizer = options.KernelRegularizer
          Constraint = options.KernelConstraint }

    member internal options.Recurrent: VariableOptions =
        { Initializer = options.RecurrentInitializer
          Regularizer = options.RecurrentRegularizer
          Constraint = options.RecurrentConstraint }

    member internal options.Bias: VariableOptions =
        { Initializer = options.BiasInitializer
          Regularizer = options.BiasRegularizer
          Constraint = options.BiasConstraint }

/// LSTMs whose products are convolutions, for sequences of rows, images or volumes: [batch; time; space; channels].
[<AutoOpen>]
module ConvLstmLayers =
    open RecurrentSettings

    /// A layer over so many axes of space as its kernel has.
    type private Form =
        { Operation: string; Kind: string; Filters: int; KernelSize: int list; Options: ConvLstmOptions }

    let private axes (form: Form) = form.KernelSize.Length

    let private each (form: Form) (numbers: int list) =
        match numbers with
        | [ one ] -> List.replicate (axes form) one
        | several -> several

    let private demand (form: Form) =
        let options = form.Options
        Spatial.demandPositive form.Operation "filters" form.Filters

        for name, numbers in [ "strides", options.Strides; "dilation rate", options.DilationRate ] do
            if numbers.Length <> 1 && numbers.Length <> axes form then
                Fail.argument
                    form.Operation
                    name
                    (Shape.toString numbers)
                    $"are not one number for all axes, or one for each of {axes form}."

        Spatial.demandWindow
            form.Operation
            form.KernelSize
            (each form options.Strides)
            (each form options.DilationRate)
            options.Padding

        Spatial.demandNotCausal form.Operation options.Padding
        demandDropout form.Kind options.Dropout options.RecurrentDropout
        demandStateful form.Kind options.Stateful
        List.iter (demandActivation form.Kind) [ options.Activation; options.RecurrentActivation ]

    /// The windows of the convolution of inputs of these lengths.
    let private inputWindows (form: Form) lengths =
        WindowConvolution.axesFor
            form.Options.Padding
            (each form form.Options.Strides)
            (each form form.Options.DilationRate)
            form.KernelSize
            lengths

    /// The windows of the convolution of states of these lengths.
    let private stateWindows (form: Form) lengths =
        let ones = form.KernelSize |> List.map (fun _ -> 1)
        WindowConvolution.axesFor WindowPadding.Same ones ones form.KernelSize lengths

    /// The kernels' shapes, and that of the state, for a step of a sample with the channels behind.
    let private shapes (form: Form) (step: Shape) =
        let lengths, channels = Spatial.extents form.Operation (axes form) step
        Spatial.demandExtent form.Operation step
        let kernel = form.KernelSize @ [ channels; 4 * form.Filters ]
        let result = WindowConvolution.shape form.Operation (inputWindows form lengths) 1 kernel step
        let state = List.truncate (axes form) result @ [ form.Filters ]
        kernel, form.KernelSize @ [ form.Filters; 4 * form.Filters ], state

    let private parameters (form: Form) (kernel: Shape) (recurrentKernel: Shape) =
        let options = form.Options
        let start part shape draw = Layer.start shape (fun key -> draw (Key.splitMany 3 key |> List.item part))

        let bias key =
            let draw = options.BiasInitializer.Draw key

            if options.UnitForgetBias then
                Tensor.concat 0 [ draw [ form.Filters ]; Tensor.ones [ form.Filters ]; draw [ 2 * form.Filters ] ]
            else
                draw [ 4 * form.Filters ]

        [ "kernel", start 0 kernel (fun key -> options.KernelInitializer.Draw key kernel)
          "recurrent_kernel", start 1 recurrentKernel (fun key -> options.RecurrentInitializer.Draw key recurrentKernel)
          if options.UseBias then
              "bias", start 2 [ 4 * form.Filters ] bias ]

    let private loopOf (form: Form) (state: Shape) : RecurrentLoop =
        { Kind = form.Kind
          Options =
            { ReturnSequences = form.Options.ReturnSequences
              GoBackwards = form.Options.GoBackwards
              ZeroOutputForMask = false
              Stateful = form.Options.Stateful }
          OutputState = Some 0
          Output = state
          States = [ state; state ] }

    let private block (form: Form) i (x: Tensor) = Tensor.sliceAxis -1 (i * form.Filters) ((i + 1) * form.Filters) 1 x

    /// A step from the convolution of its input and the states.
    let private stepOf (form: Form) (drop: Tensor -> Tensor) (kernel: Tensor) (input: Tensor) (states: Tensor list) =
        let options = form.Options
        let lengths = List.take (axes form) states[0].Shape.Tail
        let all = input + WindowConvolution.convolve (stateWindows form lengths) 1 kernel (drop states[0])
        let gate i = applied options.RecurrentActivation (block form i all)
        let candidate = applied options.Activation (block form 2 all)
        let memory = gate 1 * states[1] + gate 0 * candidate
        let output = gate 3 * applied options.Activation memory
        output, [ output; memory ]

    /// The convolutions of all steps [time; batch; ...] as one batch, with the bias.
    let private inputConvolutions (form: Form) (variables: Variables) drop (x: Tensor) =
        let kernel = variables.Parameters["kernel"]
        let x: Tensor = drop x
        let lengths = List.take (axes form) (List.skip 2 x.Shape)
        let rows = Tensor.reshape (x.Shape[0] * x.Shape[1] :: List.skip 2 x.Shape) x
        let y = WindowConvolution.convolve (inputWindows form lengths) 1 kernel rows
        let y = if form.Options.UseBias then y + variables.Parameters["bias"] else y
        Tensor.reshape (x.Shape[0] :: x.Shape[1] :: y.Shape.Tail) y

    /// A tensor with the channels behind, in the layer's format.
    let private fromLast (form: Form) (x: Tensor) =
        match form.Options.DataFormat with
        | DataFormat.ChannelsLast -> x
        | DataFormat.ChannelsFirst ->
            let front = [ 0 .. x.Rank - axes form - 2 ]
            Tensor.permute (front @ [ x.Rank - 1 ] @ [ front.Length .. x.Rank - 2 ]) x

    /// A tensor in the layer's format with the channels behind.
    let private channelsBehind (form: Form) (x: Tensor) =
        match form.Options.DataFormat with
        | DataFormat.ChannelsLast -> x
        | DataFormat.ChannelsFirst ->
            let channels = x.Rank - axes form - 1
            Tensor.permute ([ 0 .. channels - 1 ] @ [ channels + 1 .. x.Rank - 1 ] @ [ channels ]) x

    let private shapeFromLast (form: Form) (sample: Shape) : Shape =
        match form.Options.DataFormat with
        | DataFormat.ChannelsLast -> sample
        | DataFormat.ChannelsFirst -> List.last sample :: List.truncate (sample.Length - 1) sample

    let private demandSequence (form: Form) (shapes: Shape list) =
        match shapes with
        | (time :: step) :: _ when step.Length = axes form + 1 ->
            time, DataFormat.channelsLast form.Options.DataFormat (axes form) step
        | sequence ->
            let space = Spatial.axisNames (axes form)

            Fail.shapes
                form.Operation
                [ "sample", List.tryHead sequence |> Option.defaultValue [] ]
                $"a sample must be a sequence [time; {space}; channels], or [time; channels; {space}] with the channels \
                  in front."

    let private build (form: Form) returnsState (given: Shape list) : Blueprint =
        let time, step = demandSequence form given
        let kernel, recurrentKernel, state = shapes form step
        demandNoVariables form.Kind state [ form.Options.Activation; form.Options.RecurrentActivation ]
        let ofFormat = loopOf form (shapeFromLast form state)

        { Parameters = Tree.ofList (parameters form kernel recurrentKernel)
          State = Tree.ofList (RecurrentLoop.keptStates ofFormat.Options [ state; state ])
          Outputs = RecurrentLoop.shapes ofFormat returnsState ((time :: step) :: given.Tail) }

    let private apply (form: Form) returnsState (variables: Variables) (run: Run) (xs: Tensor list) =
        let kernel = variables.Parameters["kernel"]
        let given = if xs.Head.DType.IsFloat then xs.Head else Tensor.cast kernel.DType xs.Head
        demandSequence form [ given.Shape.Tail ] |> ignore
        let x = channelsBehind form given
        let step = List.skip 2 x.Shape
        let _, _, state = shapes form step
        let batch = x.Shape.Head
        let ofInputs, ofStates = Key.split run.Key
        let dropInput = drop run form.Options.Dropout ofInputs kernel (batch :: step)
        let dropState = drop run form.Options.RecurrentDropout ofStates kernel (batch :: state)
        let swapped = Tensor.permute (1 :: 0 :: [ 2 .. x.Rank - 1 ]) x
        let convolutions = inputConvolutions form variables dropInput swapped
        let next = stepOf form dropState variables.Parameters["recurrent_kernel"]
        let loop = loopOf form state
        let first = xs.Tail |> List.map (channelsBehind form)

        let output, last =
            RecurrentLoop.run loop variables run kernel first [ convolutions ] (fun slices -> next slices.Head)

        let ys, variables = RecurrentLoop.results loop returnsState variables (output, last)
        List.map (fromLast form) ys, variables

    let private settings (form: Form) returnsState =
        let options = form.Options

        [ "filters", Setting.Whole form.Filters
          "kernel_size", Spatial.ofSizes form.KernelSize
          "strides", Spatial.ofSizes (each form options.Strides)
          "padding", Spatial.ofPadding options.Padding
          "dilation_rate", Spatial.ofSizes (each form options.DilationRate)
          DataFormat.toSetting options.DataFormat
          "use_bias", Setting.Flag options.UseBias
          "unit_forget_bias", Setting.Flag options.UnitForgetBias
          "dropout", Setting.Number options.Dropout
          "recurrent_dropout", Setting.Number options.RecurrentDropout ]
        @ ((ofLoop (loopOf form []).Options returnsState) |> List.filter (fst >> (<>) "zero_output_for_mask"))
        @ VariableOptions.settings "kernel" options.Kernel
        @ VariableOptions.settings "recurrent" options.Recurrent
        @ VariableOptions.settings "bias" options.Bias

    let private layer returnsState (form: Form) : Layer<Tensor list, Tensor list> =
        demand form

        Layer.stage form.Kind (settings form returnsState) (build form returnsState) (apply form returnsState)
        |> Layer.ofStage
        |> Layer.withVariableOptions
            [ "kernel", form.Options.Kernel
              "recurrent_kernel", form.Options.Recurrent
              "bias", form.Options.Bias ]
        |> Layer.withActivations [ form.Options.Activation; form.Options.RecurrentActivation ]
        |> Layer.withActivityRegularizer form.Options.ActivityRegularizer
        |> Layer.withMaskRule (RecurrentLoop.maskRule (loopOf form []).Options)

    let private outputOf (form: Form) = Layer.adapt List.singleton List.head (layer false form)

    let private ofSequences options filters size =
        { Operation = "convLstm1D"
          Kind = "conv_lstm1d"
          Filters = filters
          KernelSize = [ size ]
          Options = options }

    let private ofImages options filters (height, width) =
        { Operation = "convLstm2D"
          Kind = "conv_lstm2d"
          Filters = filters
          KernelSize = [ height; width ]
          Options = options }

    let private ofVolumes options filters (depth, height, width) =
        { Operation = "convLstm3D"
          Kind = "conv_lstm3d"
          Filters = filters
          KernelSize = [ depth; height; width ]
          Options = options }

    /// `convLstm1D` with options.
    let convLstm1DWith (options: ConvLstmOptions) (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        outputOf (ofSequences options filters kernelSize)

    /// An LSTM over sequences of rows, whose products are convolutions: [batch; time; length; channels] to the last state
    /// [batch; length'; filters]. Parameters: "kernel" [size; channels; 4·filters], "recurrent_kernel" [size; filters;
    /// 4·filters], "bias" [4·filters], in the order of `lstm`'s blocks. Counts and sizes below 1 are errors, and so are
    /// samples that do not fit when the layer is built. Keras: ConvLSTM1D. (Shi et al. 2015, "Convolutional LSTM
    /// network".)
    let convLstm1D (filters: int) (kernelSize: int) : Layer<Tensor, Tensor> =
        convLstm1DWith ConvLstmOptions.defaults filters kernelSize

    /// `convLstm2D` with options.
    let convLstm2DWith (options: ConvLstmOptions) (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        outputOf (ofImages options filters kernelSize)

    /// `convLstm1D` over sequences of images: [batch; time; height; width; channels] to [batch; height'; width';
    /// filters]. Keras: ConvLSTM2D.
    let convLstm2D (filters: int) (kernelSize: int * int) : Layer<Tensor, Tensor> =
        convLstm2DWith ConvLstmOptions.defaults filters kernelSize

    /// `convLstm3D` with options.
    let convLstm3DWith (options: ConvLstmOptions) (filters: int) (kernelSize: int * int * int) : Layer<Tensor, Tensor> =
        outputOf (ofVolumes options filters kernelSize)

    /// `convLstm1D` over sequences of volumes: [batch; time; depth; height; width; channels] to [batch; depth'; height';
    /// width'; filters]. Keras: ConvLSTM3D.
    let convLstm3D (filters: int) (kernelSize: int * int * int) : Layer<Tensor, Tensor> =
        convLstm3DWith ConvLstmOptions.defaults filters kernelSize

    /// `convLstm1DWith` that takes its first states and gives its last ones: from [x] or [x; h; c] to [output; h; c].
    let convLstm1DWithState (options: ConvLstmOptions) (filters: int) (kernelSize: int) =
        layer true (ofSequences options filters kernelSize)

    /// `convLstm2DWith` that takes its first states and gives its last ones: from [x] or [x; h; c] to [output; h; c].
    let convLstm2DWithState (options: ConvLstmOptions) (filters: int) (kernelSize: int * int) =
        layer true (ofImages options filters kernelSize)

    /// `convLstm3DWith` that takes its first states and gives its last ones: from [x] or [x; h; c] to [output; h; c].
    let convLstm3DWithState (options: ConvLstmOptions) (filters: int) (kernelSize: int * int * int) =
        layer true (ofVolumes options filters kernelSize)
