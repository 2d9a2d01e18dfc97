namespace Functional

/// The equations of a recurrent cell: one step, and the parameters and settings of its kind.
type internal RecurrentCell =
    {
        /// The kind of the layer over time: "lstm".
        Kind: string
        Units: int
        Options: RecurrentOptions
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

/// A recurrent cell at work on a batch: the products of inputs [...; batch; features], all steps at once or one alone, and
/// a step from the product of its input and the states.
type internal RunningCell = { Products: Tensor -> Tensor; Step: Tensor -> Tensor list -> Tensor list }

/// The cells of Elman networks, LSTM and GRU.
module internal RecurrentCells =
    open RecurrentSettings

    /// One block of units of a step's product.
    let private block units i (x: Tensor) = Tensor.sliceAxis -1 (i * units) ((i + 1) * units) 1 x

    let simple (options: RecurrentOptions) units : RecurrentCell =
        let step kernel _ drop input states =
            [ applied options.Activation (input + Tensor.matmul (drop (List.head states)) kernel) ]

        { Kind = "simple_rnn"
          Units = units
          Options = options
          Gates = 1
          States = 1
          Inside = [ options.Activation ]
          Settings = []
          BiasShape = [ units ]
          Bias = fun draw -> draw [ units ]
          InputBias = id
          Step = step }

    let lstm (options: RecurrentOptions) units : RecurrentCell =
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
          Units = units
          Options = options
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

    let gru (options: RecurrentOptions) units : RecurrentCell =
        let biasShape = if options.ResetAfter then [ 2; 3 * units ] else [ 3 * units ]
        let inputBias bias = block (3 * units) 0 (Tensor.flatten bias)

        { Kind = "gru"
          Units = units
          Options = options
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

    /// Errors of options out of range.
    let demand kind (cell: RecurrentCell) =
        if cell.Units < 1 then
            Fail.argument kind "units" cell.Units "is not a number of units; give 1 or more."

        demandDropout kind cell.Options.Dropout cell.Options.RecurrentDropout
        List.iter (demandActivation kind) [ cell.Options.Activation; cell.Options.RecurrentActivation ]

    /// The settings of the cell, without those of a loop over time.
    let settings (cell: RecurrentCell) : (string * Setting) list =
        let options = cell.Options

        [ "units", Setting.Whole cell.Units
          "use_bias", Setting.Flag options.UseBias
          "dropout", Setting.Number options.Dropout
          "recurrent_dropout", Setting.Number options.RecurrentDropout ]
        @ cell.Settings
        @ VariableOptions.settings "kernel" options.Kernel
        @ VariableOptions.settings "recurrent" options.Recurrent
        @ VariableOptions.settings "bias" options.Bias

    /// The shapes of the states for a sample.
    let states (cell: RecurrentCell) : Shape list = List.replicate cell.States [ cell.Units ]

    /// The parameters for so many features in a step.
    let parameters kind (cell: RecurrentCell) features : (string * VariableStart) list =
        let options = cell.Options
        demandNoVariables kind [ cell.Units ] cell.Inside
        let width = cell.Gates * cell.Units
        let kernel, recurrentKernel = [ features; width ], [ cell.Units; width ]

        /// The start from one of the three keys that the layer's key is split into.
        let start part shape draw = Layer.start shape (fun key -> draw (Key.splitMany 3 key |> List.item part))

        [ "kernel", start 0 kernel (fun key -> options.KernelInitializer.Draw key kernel)
          "recurrent_kernel", start 1 recurrentKernel (fun key -> options.RecurrentInitializer.Draw key recurrentKernel)
          if options.UseBias then
              "bias", start 2 cell.BiasShape (fun key -> cell.Bias(options.BiasInitializer.Draw key)) ]

    /// The options of the parameters under the parameters' names.
    let variableOptions (options: RecurrentOptions) =
        [ "kernel", options.Kernel; "recurrent_kernel", options.Recurrent; "bias", options.Bias ]

    /// The product of inputs [...; features] with the kernel.
    let private product kind (kernel: Tensor) (x: Tensor) =
        if x.Rank < 1 || List.last x.Shape <> kernel.Shape[0] then
            Fail.shapes
                kind
                [ "input", x.Shape; "kernel", kernel.Shape ]
                $"takes sequences [batch; time; {kernel.Shape[0]}]: the kernel takes {kernel.Shape[0]} features in \
                  each step."

        let front = List.truncate (x.Rank - 1) x.Shape
        let rows = Tensor.reshape [ Shape.size front; kernel.Shape[0] ] x
        Tensor.matmul rows kernel |> Tensor.reshape (front @ [ kernel.Shape[1] ])

    /// The cell at work on a batch of this size, with dropout of the run's key.
    let start kind (cell: RecurrentCell) (variables: Variables) (run: Run) batch : RunningCell =
        let kernel, recurrentKernel = variables.Parameters["kernel"], variables.Parameters["recurrent_kernel"]
        let bias = if cell.Options.UseBias then Some variables.Parameters["bias"] else None
        let ofInputs, ofStates = Key.split run.Key
        let dropInput = drop run cell.Options.Dropout ofInputs kernel [ batch; kernel.Shape[0] ]
        let dropState = drop run cell.Options.RecurrentDropout ofStates kernel [ batch; cell.Units ]

        let products (x: Tensor) =
            let products = product kind kernel (dropInput x)

            match bias with
            | Some bias -> products + cell.InputBias bias
            | None -> products

        { Products = products; Step = cell.Step recurrentKernel bias dropState }
