namespace Functional

/// Layers that read a sequence step by step and pass a state on. They take batches of sequences, [batch; time;
/// features], of any length. All inputs meet the kernel in one product before the loop over time. Steps that a mask leaves
/// out keep the state and repeat the output.
[<AutoOpen>]
module RecurrentLayers =
    let private loopOptions (options: RecurrentOptions) : RnnOptions =
        { ReturnSequences = options.ReturnSequences
          GoBackwards = options.GoBackwards
          ZeroOutputForMask = options.ZeroOutputForMask
          Stateful = options.Stateful }

    let private loopOf (cell: RecurrentCell) : RecurrentLoop =
        { Kind = cell.Kind
          Options = loopOptions cell.Options
          OutputState = Some 0
          Output = [ cell.Units ]
          States = RecurrentCells.states cell }

    let private demandSequence kind (shapes: Shape list) =
        match shapes with
        | [ _; features ] :: _ -> features
        | sequence ->
            Fail.shapes
                kind
                [ "sample", List.tryHead sequence |> Option.defaultValue [] ]
                "a sample must be a sequence [time; features]; reshape it, or put an embedding before it."

    let private apply (cell: RecurrentCell) returnsState (variables: Variables) (run: Run) (inputs: Tensor list) =
        let kernel = variables.Parameters["kernel"]
        let x = inputs.Head

        if x.Rank <> 3 then
            Fail.shapes
                cell.Kind
                [ "input", x.Shape; "kernel", kernel.Shape ]
                $"takes sequences [batch; time; {kernel.Shape[0]}]."

        // pixels and counts come as integers
        let x = if x.DType.IsFloat then x else Tensor.cast kernel.DType x
        let running = RecurrentCells.start cell.Kind cell variables run x.Shape[0]
        let products = running.Products(Tensor.permute [ 1; 0; 2 ] x)
        let loop = loopOf cell

        let step (slices: Tensor list) states =
            let states = running.Step slices.Head states
            states.Head, states

        RecurrentLoop.run loop variables run kernel inputs.Tail [ products ] step
        |> RecurrentLoop.results loop returnsState variables

    let rec private layer returnsState (cell: RecurrentCell) : Layer<Tensor list, Tensor list> =
        RecurrentCells.demand cell.Kind cell
        RecurrentSettings.demandStateful cell.Kind cell.Options.Stateful
        let loop = loopOf cell

        let build shapes : Blueprint =
            let features = demandSequence cell.Kind shapes
            let outputs = RecurrentLoop.shapes loop returnsState shapes

            { Parameters = Tree.ofList (RecurrentCells.parameters cell.Kind cell features)
              State = Tree.ofList (RecurrentLoop.keptStates loop.Options loop.States)
              Outputs = outputs }

        let settings = RecurrentCells.settings cell @ RecurrentSettings.ofLoop loop.Options returnsState

        Layer.stage cell.Kind settings build (apply cell returnsState)
        |> Layer.ofStage
        |> Layer.withVariableOptions (RecurrentCells.variableOptions cell.Options)
        |> Layer.withActivations cell.Inside
        |> Layer.withActivityRegularizer cell.Options.ActivityRegularizer
        |> Layer.withMaskRule (RecurrentLoop.maskRule loop.Options)
        |> Layer.mapStages (
            RecurrentLoop.withStepwise loop.Options returnsState (fun stateful ->
                layer false { cell with Options = { cell.Options with Stateful = stateful.Stateful } })
        )

    /// The output alone.
    let private outputOf cell = Layer.adapt List.singleton List.head (layer false cell)

    /// `simpleRnn` with options.
    let simpleRnnWith (options: RecurrentOptions) (units: int) : Layer<Tensor, Tensor> =
        outputOf (RecurrentCells.simple options units)

    /// The recurrence h = tanh(x·kernel + h·recurrent_kernel + bias), from h = 0: [batch; time; features] to the last
    /// h, [batch; units]. Parameters: "kernel" [features; units], "recurrent_kernel" [units; units], "bias" [units]. A
    /// unit count below 1 is an error, and so are samples that are not sequences when the layer is built. PyTorch's RNN
    /// has two biases, whose sum is this one, and gives all states, as `ReturnSequences` does. (Elman 1990, "Finding
    /// structure in time".)
    let simpleRnn (units: int) : Layer<Tensor, Tensor> = simpleRnnWith RecurrentOptions.defaults units

    /// `simpleRnnWith` that takes its first state and gives its last one (Keras's `return_state`): from [x] or [x; h]
    /// to [output; h].
    let simpleRnnWithState (options: RecurrentOptions) (units: int) : Layer<Tensor list, Tensor list> =
        layer true (RecurrentCells.simple options units)

    /// `lstm` with options.
    let lstmWith (options: RecurrentOptions) (units: int) : Layer<Tensor, Tensor> =
        outputOf (RecurrentCells.lstm options units)

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
        layer true (RecurrentCells.lstm options units)

    /// `gru` with options.
    let gruWith (options: RecurrentOptions) (units: int) : Layer<Tensor, Tensor> =
        outputOf (RecurrentCells.gru options units)

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
        layer true (RecurrentCells.gru options units)
