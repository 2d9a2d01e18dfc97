namespace Functional

/// Options of the recurrent layers, with Keras's names and defaults.
type RecurrentOptions =
    {
        /// The activation of the new state, or of the candidate; tanh by default. It must have no parameters.
        Activation: Layer<Tensor, Tensor>
        /// The activation of the gates of `lstm` and `gru`; sigmoid by default. It must have no parameters.
        RecurrentActivation: Layer<Tensor, Tensor>
        /// Whether biases are added; true by default.
        UseBias: bool
        /// The initializer of the kernel of the inputs; glorot uniform by default.
        KernelInitializer: Initializer
        /// The initializer of the recurrent kernel; orthogonal by default, in one draw for all gates.
        RecurrentInitializer: Initializer
        /// The initializer of the bias: zeros by default.
        BiasInitializer: Initializer
        /// Whether the bias of the forget gate of `lstm` starts at one; true by default. (Jozefowicz et al. 2015.)
        UnitForgetBias: bool
        /// Whether the reset gate of `gru` meets the state after its product with the recurrent kernel; true by
        /// default, as PyTorch and cuDNN have it. Without it the gate meets the state before the product. (Cho et al.
        /// 2014.)
        ResetAfter: bool
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
        /// The share of the input's features that are zero while training; 0 by default. One draw for each sequence:
        /// the same features in every step. (Gal and Ghahramani 2016.)
        Dropout: float
        /// The share of the state's units that are zero in the recurrent product while training; 0 by default. One draw
        /// for each sequence.
        RecurrentDropout: float
        /// Whether the layer gives the state after every step, [time; units], or after the last one, [units]; false by
        /// default.
        ReturnSequences: bool
        /// Whether the last step is read first; false by default. States of all steps then come in the order in which
        /// they were computed, as Keras gives them.
        GoBackwards: bool
    }

    /// Keras's defaults.
    static member defaults =
        { Activation = tanh'
          RecurrentActivation = sigmoid
          UseBias = true
          KernelInitializer = Initializer.glorotUniform
          RecurrentInitializer = Initializer.orthogonal 1.0
          BiasInitializer = Initializer.zeros
          UnitForgetBias = true
          ResetAfter = true
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
          GoBackwards = false }

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

/// The cell of a recurrent layer: one step, and the parameters and settings of its kind.
type private Cell =
    {
        Kind: string
        /// The blocks of units side by side in the kernels.
        Gates: int
        /// The states that pass from step to step, of which the first is the output.
        States: int
        /// The activations that stand inside, as children of the description.
        Inside: Layer<Tensor, Tensor> list
        /// The options that no other cell has.
        Settings: (string * Setting) list
        BiasShape: Shape
        /// The first bias, from the draw of a shape.
        Bias: (Shape -> Tensor) -> Tensor
        /// The bias of the products with the inputs, which all steps share.
        InputBias: Tensor -> Tensor
        /// From the recurrent kernel, the bias, and what dropout makes of a state: one step, from the product of its
        /// input and the states to the new states.
        Step: Tensor -> Tensor option -> (Tensor -> Tensor) -> Tensor -> Tensor list -> Tensor list
    }

/// Layers that read a sequence step by step and pass a state on. They take batches of sequences, [batch; time;
/// features], of any length. All inputs meet the kernel in one product before the loop over time.
[<AutoOpen>]
module RecurrentLayers =
    let private demandShare kind name (rate: float) =
        if not (rate >= 0.0 && rate < 1.0) then
            Fail.argument kind name rate "is not a share to drop; give 0 or more, and less than 1."

    let private demandOptions kind (options: RecurrentOptions) units =
        if units < 1 then
            Fail.argument kind "units" units "is not a number of units; give 1 or more."

        demandShare kind "dropout" options.Dropout
        demandShare kind "recurrent_dropout" options.RecurrentDropout

        for activation in [ options.Activation; options.RecurrentActivation ] do
            if not activation.Description.Children.IsEmpty then
                Fail.argument
                    kind
                    "activation"
                    $"'{activation.Description.Kind}'"
                    "is made of other layers; make one of it with Layer.ofFunction."

    let private applied (activation: Layer<Tensor, Tensor>) x = Layer.predictAlone x activation

    /// One block of units of a step's product.
    let private block units i (x: Tensor) = Tensor.sliceAxis -1 (i * units) ((i + 1) * units) 1 x

    let private simpleCell (options: RecurrentOptions) units =
        let step kernel _ drop input states =
            [ applied options.Activation (input + Tensor.matmul (drop (List.head states)) kernel) ]

        { Kind = "simple_rnn"
          Gates = 1
          States = 1
          Inside = [ options.Activation ]
          Settings = []
          BiasShape = [ units ]
          Bias = fun draw -> draw [ units ]
          InputBias = id
          Step = step }

    let private lstmCell (options: RecurrentOptions) units =
        let bias draw =
            if options.UnitForgetBias then
                Tensor.concat 0 [ draw [ units ]; Tensor.ones [ units ]; draw [ 2 * units ] ]
            else
                draw [ 4 * units ]

        let step kernel _ drop input (states: Tensor list) =
            let all = input + Tensor.matmul (drop states[0]) kernel
            let gate i = applied options.RecurrentActivation (block units i all)
            let candidate = applied options.Activation (block units 2 all)
            let memory = gate 1 * states[1] + gate 0 * candidate
            [ gate 3 * applied options.Activation memory; memory ]

        { Kind = "lstm"
          Gates = 4
          States = 2
          Inside = [ options.Activation; options.RecurrentActivation ]
          Settings = [ "unit_forget_bias", Setting.Flag options.UnitForgetBias ]
          BiasShape = [ 4 * units ]
          Bias = bias
          InputBias = id
          Step = step }

    /// The state that follows where a share `update` of it is kept and the candidate takes the rest.
    let private interpolated (h: Tensor) (update: Tensor) candidate = update * h + (1.0 - update) * candidate

    /// A step of a GRU whose reset gate multiplies the product of the state: Keras's default, and cuDNN's form. The
    /// blocks of the kernel are z, r and the candidate.
    let private gruResetAfter (options: RecurrentOptions) units (kernel: Tensor) bias drop =
        let ownBias = bias |> Option.map (Tensor.flatten >> block (3 * units) 1)

        fun (input: Tensor) (states: Tensor list) ->
            let h = states[0]
            let product = Tensor.matmul (drop h) kernel

            let own =
                match ownBias with
                | Some bias -> product + bias
                | None -> product

            let gate i = applied options.RecurrentActivation (block units i input + block units i own)
            let candidate = applied options.Activation (block units 2 input + gate 1 * block units 2 own)
            [ interpolated h (gate 0) candidate ]

    /// A step of a GRU whose reset gate multiplies the state itself, as in the paper.
    let private gruResetBefore (options: RecurrentOptions) units (kernel: Tensor) (_: Tensor option) drop =
        let gates = Tensor.sliceAxis 1 0 (2 * units) 1 kernel
        let ofCandidate = block units 2 kernel

        fun (input: Tensor) (states: Tensor list) ->
            let h = states[0]
            let dropped = drop h
            let own = Tensor.matmul dropped gates
            let gate i = applied options.RecurrentActivation (block units i input + block units i own)
            let old = Tensor.matmul (gate 1 * dropped) ofCandidate
            [ interpolated h (gate 0) (applied options.Activation (block units 2 input + old)) ]

    let private gruCell (options: RecurrentOptions) units =
        let biasShape = if options.ResetAfter then [ 2; 3 * units ] else [ 3 * units ]
        let inputBias bias = block (3 * units) 0 (Tensor.flatten bias)

        { Kind = "gru"
          Gates = 3
          States = 1
          Inside = [ options.Activation; options.RecurrentActivation ]
          Settings = [ "reset_after", Setting.Flag options.ResetAfter ]
          BiasShape = biasShape
          Bias = fun draw -> draw biasShape
          InputBias = if options.ResetAfter then inputBias else id
          Step =
            if options.ResetAfter then
                gruResetAfter options units
            else
                gruResetBefore options units }

    /// Elements kept with this probability and scaled up, the others zero.
    let private mask rate key (like: Tensor) shape =
        Core.beside like (fun () ->
            let kept = Random.bernoulli (1.0 - rate) key shape
            Tensor.where kept (Tensor.fullOf like.DType shape (1.0 / (1.0 - rate))) (Tensor.zerosOf like.DType shape))

    /// The products of all inputs with the kernel: [batch; time; features] to [time; batch; gates·units].
    let private products kind (kernel: Tensor) (x: Tensor) =
        match x.Shape with
        | [ batch; time; features ] when features = kernel.Shape[0] ->
            let rows = Tensor.permute [ 1; 0; 2 ] x |> Tensor.reshape [ time * batch; features ]
            Tensor.matmul rows kernel |> Tensor.reshape [ time; batch; kernel.Shape[1] ]
        | shape ->
            Fail.shapes
                kind
                [ "input", shape; "kernel", kernel.Shape ]
                $"takes sequences [batch; time; {kernel.Shape[0]}]: the kernel takes {kernel.Shape[0]} features in \
                  each step."

    /// The input with the dropout of a layer that is trained: each feature of a sequence is dropped in all of its steps.
    let private droppedInput (options: RecurrentOptions) (run: Run) key (x: Tensor) =
        match x.Shape with
        | [ batch; _; features ] when run.Training && options.Dropout > 0.0 ->
            x * mask options.Dropout key x [ batch; 1; features ]
        | _ -> x

    /// The dropout of a state [batch; units], with one mask for all steps.
    let private stateDropout
        (options: RecurrentOptions)
        (run: Run)
        key
        (like: Tensor)
        (shape: Shape)
        : Tensor -> Tensor =
        if run.Training && options.RecurrentDropout > 0.0 then
            let mask = mask options.RecurrentDropout key like shape
            fun state -> state * mask
        else
            id

    /// The states before the first step: zeros, or those that were given, which must have this shape.
    let private firstStates (cell: Cell) (like: Tensor) (shape: Shape) (given: Tensor list) =
        for state in given do
            if state.Shape <> shape then
                Fail.shapes
                    cell.Kind
                    [ "initial state", state.Shape; "expected", shape ]
                    "a state has one row of units for each sequence."

        if given.IsEmpty then
            Core.beside like (fun () -> Tensor.zerosOf like.DType shape) |> List.replicate cell.States
        else
            given

    /// The states after the last step, and those after each step, [time; batch; units], if they are wanted.
    let private overTime
        (cell: Cell)
        (options: RecurrentOptions)
        (step: Tensor -> Tensor list -> Tensor list)
        time
        start
        products
        =
        let body states (slices: Tensor list) _ =
            let states = step slices.Head states
            states, (if options.ReturnSequences then [ states.Head ] else [])

        let loop = ScanTracing.prepare options.GoBackwards time body start [ products ] []
        ScanTracing.apply loop |> List.splitAt cell.States

    let private apply
        (cell: Cell)
        (options: RecurrentOptions)
        units
        (variables: Variables)
        (run: Run)
        (inputs: Tensor list)
        =
        let kernel, recurrentKernel = variables.Parameters["kernel"], variables.Parameters["recurrent_kernel"]
        let bias = if options.UseBias then Some variables.Parameters["bias"] else None
        let x = inputs.Head
        // pixels and counts come as integers
        let x = if x.DType.IsFloat then x else Tensor.cast kernel.DType x
        let ofInputs, ofStates = Key.split run.Key
        let products = products cell.Kind kernel (droppedInput options run ofInputs x)

        let products =
            match bias with
            | Some bias -> products + cell.InputBias bias
            | None -> products

        let stateShape = [ x.Shape[0]; units ]
        let start = firstStates cell kernel stateShape inputs.Tail
        let step = cell.Step recurrentKernel bias (stateDropout options run ofStates kernel stateShape)
        let last, all = overTime cell options step x.Shape[1] start products

        let output =
            match all with
            | [ all ] ->
                let inOrder = if options.GoBackwards then Tensor.flip [ 0 ] all else all
                Tensor.permute [ 1; 0; 2 ] inOrder
            | _ -> last.Head

        output :: last, variables

    let private settings (cell: Cell) (options: RecurrentOptions) units returnsState =
        [ "units", Setting.Whole units
          "use_bias", Setting.Flag options.UseBias
          "dropout", Setting.Number options.Dropout
          "recurrent_dropout", Setting.Number options.RecurrentDropout
          "return_sequences", Setting.Flag options.ReturnSequences
          "return_state", Setting.Flag returnsState
          "go_backwards", Setting.Flag options.GoBackwards ]
        @ cell.Settings
        @ VariableOptions.settings "kernel" options.Kernel
        @ VariableOptions.settings "recurrent" options.Recurrent
        @ VariableOptions.settings "bias" options.Bias

    /// The shapes of the results for a sample [time; features] and, if the layer returns its state, first states.
    let private shapes (cell: Cell) (options: RecurrentOptions) units returnsState (given: Shape list) =
        let states = List.replicate cell.States [ units ]

        let time =
            match given with
            | [ time; _ ] :: _ -> time
            | sequence ->
                Fail.shapes
                    cell.Kind
                    [ "sample", List.tryHead sequence |> Option.defaultValue [] ]
                    "a sample must be a sequence [time; features]; reshape it, or put an embedding before it."

        if not (given.Tail.IsEmpty || (returnsState && given.Tail = states)) then
            Fail.shapes
                cell.Kind
                (given.Tail |> List.mapi (fun i state -> $"state {i}", state))
                $"behind the sequence it takes no state, or {cell.States} of shape [{units}]."

        let output = if options.ReturnSequences then [ time; units ] else [ units ]
        if returnsState then output :: states else [ output ]

    let private parameters (cell: Cell) (options: RecurrentOptions) units (shapes: Shape list) =
        for activation in cell.Inside do
            if Network.hasVariables [ [ units ] ] activation.Network then
                Fail.argument
                    cell.Kind
                    "activation"
                    $"'{activation.Description.Kind}'"
                    "has variables of its own; take one without."

        let width = cell.Gates * units
        let kernel, recurrentKernel = [ shapes.Head[1]; width ], [ units; width ]

        /// The start from one of the three keys that the layer's key is split into.
        let start part shape draw = Layer.start shape (fun key -> draw (Key.splitMany 3 key |> List.item part))

        [ "kernel", start 0 kernel (fun key -> options.KernelInitializer.Draw key kernel)
          "recurrent_kernel", start 1 recurrentKernel (fun key -> options.RecurrentInitializer.Draw key recurrentKernel)
          if options.UseBias then
              "bias", start 2 cell.BiasShape (fun key -> cell.Bias(options.BiasInitializer.Draw key)) ]

    let private layer (cell: Cell) (options: RecurrentOptions) units returnsState : Layer<Tensor list, Tensor list> =
        demandOptions cell.Kind options units

        Layer.define
            cell.Kind
            (settings cell options units returnsState)
            (shapes cell options units returnsState)
            (parameters cell options units)
            (apply cell options units)
        |> Layer.withVariableOptions
            [ "kernel", options.Kernel; "recurrent_kernel", options.Recurrent; "bias", options.Bias ]
        |> Layer.withActivations cell.Inside
        |> Layer.withActivityRegularizer options.ActivityRegularizer

    /// The output alone.
    let private outputOf cell options units = Layer.adapt List.singleton List.head (layer cell options units false)

    /// `simpleRnn` with options.
    let simpleRnnWith (options: RecurrentOptions) (units: int) : Layer<Tensor, Tensor> =
        outputOf (simpleCell options units) options units

    /// The recurrence h = tanh(x·kernel + h·recurrent_kernel + bias), from h = 0: [batch; time; features] to the last
    /// h, [batch; units]. Parameters: "kernel" [features; units], "recurrent_kernel" [units; units], "bias" [units]. A
    /// unit count below 1 is an error, and so are samples that are not sequences when the layer is built. PyTorch's RNN
    /// has two biases, whose sum is this one, and gives all states, as `ReturnSequences` does.
    let simpleRnn (units: int) : Layer<Tensor, Tensor> = simpleRnnWith RecurrentOptions.defaults units

    /// `simpleRnnWith` that takes its first state and gives its last one (Keras's `return_state`): from [x] or [x; h]
    /// to [output; h].
    let simpleRnnWithState (options: RecurrentOptions) (units: int) : Layer<Tensor list, Tensor list> =
        layer (simpleCell options units) options units true

    /// `lstm` with options.
    let lstmWith (options: RecurrentOptions) (units: int) : Layer<Tensor, Tensor> =
        outputOf (lstmCell options units) options units

    /// Long short-term memory: [batch; time; features] to the last h, [batch; units]. With the blocks i, f, g, o of
    /// x·kernel + h·recurrent_kernel + bias, a step gives c = σ(f)·c + σ(i)·tanh(g) and h = σ(o)·tanh(c), from h = c =
    /// 0. Parameters: "kernel" [features; 4·units], "recurrent_kernel" [units; 4·units], "bias" [4·units], which starts
    /// at 1 for f and 0 elsewhere. A unit count below 1 is an error, and so are samples that are not sequences when the
    /// layer is built. PyTorch has the blocks in the same order, transposed kernels, and two biases, whose sum is this
    /// one. (Hochreiter and Schmidhuber 1997, "Long short-term memory".)
    let lstm (units: int) : Layer<Tensor, Tensor> = lstmWith RecurrentOptions.defaults units

    /// `lstmWith` that takes its first states and gives its last ones (Keras's `return_state`): from [x] or [x; h; c]
    /// to [output; h; c].
    let lstmWithState (options: RecurrentOptions) (units: int) : Layer<Tensor list, Tensor list> =
        layer (lstmCell options units) options units true

    /// `gru` with options.
    let gruWith (options: RecurrentOptions) (units: int) : Layer<Tensor, Tensor> =
        outputOf (gruCell options units) options units

    /// The gated recurrent unit: [batch; time; features] to the last h, [batch; units]. With the blocks z, r, n of
    /// x·kernel + b and of h·recurrent_kernel + b', a step gives h = σ(z + z')·h + (1 - σ(z + z'))·tanh(n + σ(r +
    /// r')·n'), from h = 0. Parameters: "kernel" [features; 3·units], "recurrent_kernel" [units; 3·units], "bias" [2;
    /// 3·units], of which row 0 is b and row 1 is b' (without `ResetAfter` there is one bias, [3·units]). A unit count
    /// below 1 is an error, and so are samples that are not sequences when the layer is built. PyTorch has the blocks
    /// in the order r, z, n. (Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder".)
    let gru (units: int) : Layer<Tensor, Tensor> = gruWith RecurrentOptions.defaults units

    /// `gruWith` that takes its first state and gives its last one (Keras's `return_state`): from [x] or [x; h] to
    /// [output; h].
    let gruWithState (options: RecurrentOptions) (units: int) : Layer<Tensor list, Tensor list> =
        layer (gruCell options units) options units true
