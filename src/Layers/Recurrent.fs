namespace Functional

/// Options of the recurrent layers, with Keras's names and defaults.
type RecurrentOptions =
    {
        /// What makes the new state (or candidate) of a step; tanh by default. It must have no parameters.
        Activation: Layer<Tensor, Tensor>
        /// What makes the gates of `lstm` and `gru`; sigmoid by default. It must have no parameters.
        RecurrentActivation: Layer<Tensor, Tensor>
        /// Whether biases are added; true by default.
        UseBias: bool
        /// How the kernel of the inputs starts; glorot uniform by default.
        KernelInitializer: Initializer
        /// How the kernel of the state starts; orthogonal by default, in one draw for all gates.
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
          Dropout = 0.0
          RecurrentDropout = 0.0
          ReturnSequences = false
          GoBackwards = false }

/// What tells one recurrent layer from another.
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
        /// How the bias starts, from the draw of a shape.
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

    let private applied (activation: Layer<Tensor, Tensor>) x = Layer.predictAlone activation x

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

    let private gruCell (options: RecurrentOptions) units =
        let gate = applied options.RecurrentActivation
        let biasShape = if options.ResetAfter then [ 2; 3 * units ] else [ 3 * units ]

        let next (h: Tensor) (update: Tensor) candidate = update * h + (1.0 - update) * candidate

        // z, r, then the candidate, in the order of the kernel's blocks
        let after (kernel: Tensor) bias drop (input: Tensor) (states: Tensor list) =
            let h = states[0]
            let product = Tensor.matmul (drop h) kernel

            let own =
                match bias with
                | Some bias -> product + block (3 * units) 1 (Tensor.flatten bias)
                | None -> product

            let of' i = block units i input, block units i own
            let joint i = of' i ||> (+) |> gate
            let fresh, old = of' 2
            [ next h (joint 0) (applied options.Activation (fresh + joint 1 * old)) ]

        let before (kernel: Tensor) _ drop =
            let gates = Tensor.sliceAxis 1 0 (2 * units) 1 kernel
            let candidate = block units 2 kernel

            fun (input: Tensor) (states: Tensor list) ->
                let h = states[0]
                let dropped = drop h
                let own = Tensor.matmul dropped gates
                let joint i = gate (block units i input + block units i own)
                let old = Tensor.matmul (joint 1 * dropped) candidate
                [ next h (joint 0) (applied options.Activation (block units 2 input + old)) ]

        { Kind = "gru"
          Gates = 3
          States = 1
          Inside = [ options.Activation; options.RecurrentActivation ]
          Settings = [ "reset_after", Setting.Flag options.ResetAfter ]
          BiasShape = biasShape
          Bias = fun draw -> draw biasShape
          InputBias =
            if options.ResetAfter then
                fun bias -> block (3 * units) 0 (Tensor.flatten bias)
            else
                id
          Step = if options.ResetAfter then after else before }

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

    let private run
        (cell: Cell)
        (options: RecurrentOptions)
        units
        variables
        (circumstances: Run)
        (inputs: Tensor list)
        =
        let kernel: Tensor = variables.Parameters["kernel"]
        let recurrentKernel: Tensor = variables.Parameters["recurrent_kernel"]
        let bias = if options.UseBias then Some variables.Parameters["bias"] else None
        let x = inputs.Head
        // pixels and counts come as integers
        let x = if x.DType.IsFloat then x else Tensor.cast kernel.DType x
        let ofInputs, ofStates = Key.split circumstances.Key
        let drops rate = circumstances.Training && rate > 0.0

        let x =
            match x.Shape with
            | [ batch; _; features ] when drops options.Dropout ->
                x * mask options.Dropout ofInputs x [ batch; 1; features ]
            | _ -> x

        let batch = if x.Rank = 0 then 1 else x.Shape[0]

        let drop =
            if drops options.RecurrentDropout then
                let mask = mask options.RecurrentDropout ofStates kernel [ batch; units ]
                fun (state: Tensor) -> state * mask
            else
                id

        let all = products cell.Kind kernel x

        let all =
            match bias with
            | Some bias -> all + cell.InputBias bias
            | None -> all

        let start =
            match inputs.Tail with
            | [] ->
                Core.beside kernel (fun () -> Tensor.zerosOf kernel.DType [ batch; units ])
                |> List.replicate cell.States
            | states ->
                for state in states do
                    if state.Shape <> [ batch; units ] then
                        Fail.shapes
                            cell.Kind
                            [ "initial state", state.Shape; "expected", [ batch; units ] ]
                            "a state has one row of units for each sequence."

                states

        let step = cell.Step recurrentKernel bias drop

        let body states (slices: Tensor list) _ =
            let states = step slices.Head states
            states, (if options.ReturnSequences then [ states.Head ] else [])

        let loop = ScanTracing.prepare options.GoBackwards x.Shape[1] body start [ all ] []
        let last, given = ScanTracing.apply loop |> List.splitAt cell.States

        let output =
            match given with
            | [ every ] ->
                let inOrder = if options.GoBackwards then Tensor.flip [ 0 ] every else every
                Tensor.permute [ 1; 0; 2 ] inOrder
            | _ -> last.Head

        output :: last, variables

    let private layer (cell: Cell) (options: RecurrentOptions) units returnsState : Layer<Tensor list, Tensor list> =
        demandOptions cell.Kind options units

        let regularizer name option = option |> Option.map (fun r -> name, Regularizer.toSetting r) |> Option.toList

        let settings =
            [ "units", Setting.Whole units
              "use_bias", Setting.Flag options.UseBias
              "kernel_initializer", Initializer.toSetting options.KernelInitializer
              "recurrent_initializer", Initializer.toSetting options.RecurrentInitializer
              "bias_initializer", Initializer.toSetting options.BiasInitializer
              "dropout", Setting.Number options.Dropout
              "recurrent_dropout", Setting.Number options.RecurrentDropout
              "return_sequences", Setting.Flag options.ReturnSequences
              "return_state", Setting.Flag returnsState
              "go_backwards", Setting.Flag options.GoBackwards ]
            @ cell.Settings
            @ regularizer "kernel_regularizer" options.KernelRegularizer
            @ regularizer "recurrent_regularizer" options.RecurrentRegularizer
            @ regularizer "bias_regularizer" options.BiasRegularizer

        let shape (shapes: Shape list) =
            let time =
                match shapes with
                | [ time; _ ] :: _ -> time
                | sequence ->
                    Fail.shapes
                        cell.Kind
                        [ "sample", List.tryHead sequence |> Option.defaultValue [] ]
                        "a sample must be a sequence [time; features]; reshape it, or put an embedding before it."

            match shapes.Tail with
            | [] -> ()
            | states when returnsState && states = List.replicate cell.States [ units ] -> ()
            | states ->
                Fail.shapes
                    cell.Kind
                    (states |> List.mapi (fun i state -> $"state {i}", state))
                    $"behind the sequence it takes no state, or {cell.States} of shape [{units}]."

            let output = if options.ReturnSequences then [ time; units ] else [ units ]

            if returnsState then
                output :: List.replicate cell.States [ units ]
            else
                [ output ]

        let parameters (shapes: Shape list) =
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
              "recurrent_kernel",
              start 1 recurrentKernel (fun key -> options.RecurrentInitializer.Draw key recurrentKernel)
              if options.UseBias then
                  "bias", start 2 cell.BiasShape (fun key -> cell.Bias(options.BiasInitializer.Draw key)) ]

        let penalties variables =
            Regularizer.terms
                [ options.KernelRegularizer, variables.Parameters["kernel"]
                  options.RecurrentRegularizer, variables.Parameters["recurrent_kernel"]
                  if options.UseBias then
                      options.BiasRegularizer, variables.Parameters["bias"] ]

        Layer.define cell.Kind settings shape parameters (run cell options units)
        |> Layer.withPenalties penalties
        |> Layer.withActivations cell.Inside

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
