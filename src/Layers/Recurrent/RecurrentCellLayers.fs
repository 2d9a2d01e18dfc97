namespace Functional

/// Recurrent cells as layers of one step, from [x] or [x; states] to [output; states], and the loop over time of any of
/// them. x is a step of the sequences, [batch; features]; states are [batch; ...], zeros where they are not given.
[<AutoOpen>]
module RecurrentCellLayers =
    let private demandLoopDefaults kind (options: RecurrentOptions) =
        let ofLoop =
            options.ReturnSequences
            || options.GoBackwards
            || options.ZeroOutputForMask
            || options.Stateful.IsSome
            || options.ActivityRegularizer.IsSome

        if ofLoop then
            Fail.argument
                kind
                "options"
                "of the loop over time"
                "say nothing in a cell; give them to the loop: rnnWith { RnnOptions.defaults with ... } cell."

    let private cellLayer (cell: RecurrentCell) : Layer<Tensor list, Tensor list> =
        let kind = cell.Kind + "_cell"
        RecurrentCells.demand kind cell
        demandLoopDefaults kind cell.Options
        let states = RecurrentCells.states cell

        let build (shapes: Shape list) : Blueprint =
            match shapes with
            | [ features ] :: given when given.IsEmpty || given = states ->
                { Parameters = Tree.ofList (RecurrentCells.parameters kind cell features)
                  State = Tree.empty
                  Outputs = [ cell.Units ] :: states }
            | shapes ->
                Fail.shapes
                    kind
                    (shapes |> List.mapi (fun i shape -> $"input {i}", shape))
                    $"it takes the features of one step, and behind them no state or {cell.States} of [{cell.Units}]."

        let apply (variables: Variables) (run: Run) (xs: Tensor list) =
            let kernel = variables.Parameters["kernel"]
            let x = if xs.Head.DType.IsFloat then xs.Head else Tensor.cast kernel.DType xs.Head
            let batch = x.Shape.Head
            let running = RecurrentCells.start kind cell variables run batch

            let before =
                if xs.Tail.IsEmpty then
                    states
                    |> List.map (fun state ->
                        Core.beside kernel (fun () -> Tensor.zerosOf kernel.DType (batch :: state)))
                else
                    xs.Tail

            let after = running.Step (running.Products x) before
            after.Head :: after, variables

        Layer.stage kind (RecurrentCells.settings cell) build apply
        |> Layer.ofStage
        |> Layer.withVariableOptions (RecurrentCells.variableOptions cell.Options)
        |> Layer.withActivations cell.Inside
        |> Layer.withMaskRule MaskRule.Stops

    /// `simpleRnnCell` with options, without those of a loop over time.
    let simpleRnnCellWith (options: RecurrentOptions) (units: int) : Layer<Tensor list, Tensor list> =
        cellLayer (RecurrentCells.simple options units)

    /// One step of `simpleRnn`: [x] or [x; h] to [h; h]. Keras: SimpleRNNCell.
    let simpleRnnCell (units: int) : Layer<Tensor list, Tensor list> = simpleRnnCellWith RecurrentOptions.defaults units

    /// `lstmCell` with options, without those of a loop over time.
    let lstmCellWith (options: RecurrentOptions) (units: int) : Layer<Tensor list, Tensor list> =
        cellLayer (RecurrentCells.lstm options units)

    /// One step of `lstm`: [x] or [x; h; c] to [h; h; c]. Keras: LSTMCell.
    let lstmCell (units: int) : Layer<Tensor list, Tensor list> = lstmCellWith RecurrentOptions.defaults units

    /// `gruCell` with options, without those of a loop over time.
    let gruCellWith (options: RecurrentOptions) (units: int) : Layer<Tensor list, Tensor list> =
        cellLayer (RecurrentCells.gru options units)

    /// One step of `gru`: [x] or [x; h] to [h; h]. Keras: GRUCell.
    let gruCell (units: int) : Layer<Tensor list, Tensor list> = gruCellWith RecurrentOptions.defaults units

    /// Zeros for the states of one's own cell.
    let private zeroStates (x: Tensor) (states: Shape list) =
        states
        |> List.map (fun state -> Core.beside x (fun () -> Tensor.zerosOf x.DType (x.Shape.Head :: state)))

    /// The shapes, for a sample, of what a step gives, found by tracing it on a batch of two.
    let private tracedShapes kind (step: Tensor list -> Tensor list) (given: Shape list) : Shape list =
        let graph, _ =
            Trace.trace step (given |> List.map (fun shape -> ({ Shape = 2 :: shape; DType = Float32 }: Signature)))

        graph.Outputs
        |> List.map (fun output ->
            match (Graph.signature graph output).Shape with
            | 2 :: shape -> shape
            | shape ->
                Fail.shapes kind [ "a result for a batch of two", shape ] "a cell must keep the batch axis in front.")

    /// A cell of one's own, for `rnn`. `init` gives the parameters under names and the shapes of the states, from a key
    /// and the shape of one step of a sample; `step` gives the output and the next states, from the parameters, a step
    /// of a batch, and the states. States begin as zeros; results keep the batch axis, and the states their shapes.
    /// Saving a model that holds such a cell saves its weights, not its code.
    let cellOf
        (kind: string)
        (init: Key -> Shape -> (string * Tensor) list * Shape list)
        (step: Tree<Tensor> -> Tensor -> Tensor list -> Tensor * Tensor list)
        : Layer<Tensor list, Tensor list> =
        Layer.demandKind kind

        let all (parameters: Tree<Tensor>) (xs: Tensor list) =
            let output, states = step parameters xs.Head xs.Tail
            output :: states

        let build (shapes: Shape list) : Blueprint =
            let draw = Network.rememberLatest (fun key -> init key shapes.Head)
            let parameters, states = draw (Key.ofInt 0)
            let tree = Tree.ofList parameters
            let outputs = tracedShapes kind (all tree) (shapes.Head :: states)

            if outputs.Tail <> states || (shapes.Length > 1 && shapes.Tail <> states) then
                Fail.shapes
                    kind
                    ((states |> List.mapi (fun i state -> $"state {i}", state))
                     @ ((if outputs.Tail <> states then outputs.Tail else shapes.Tail)
                        |> List.mapi (fun i state -> $"given {i}", state)))
                    "the states that a step takes and gives must be as many, and of the shapes, that the cell says."

            let start name (x: Tensor) : VariableStart =
                { Shape = x.Shape
                  DType = x.DType
                  Draw = fun key -> draw key |> fst |> List.find (fst >> (=) name) |> snd }

            { Parameters = Tree.ofList (parameters |> List.map (fun (name, x) -> name, start name x))
              State = Tree.empty
              Outputs = outputs }

        let apply (variables: Variables) (_: Run) (xs: Tensor list) =
            let xs =
                if xs.Tail.IsEmpty then
                    xs.Head :: zeroStates xs.Head (snd (init (Key.ofInt 0) xs.Head.Shape.Tail))
                else
                    xs

            all variables.Parameters xs, variables

        Layer.stage kind [ Network.ownCode ] build apply
        |> Layer.ofStage
        |> Layer.withMaskRule MaskRule.Stops

    /// How many states each cell of a stack has, for a step of this shape.
    let private statesOfEach (cells: NetworkNode list) (step: Shape) : int list =
        (step, cells)
        ||> List.mapFold (fun step cell ->
            let outputs = (cell.Stage.Build cell.Stage.Inner [ step ]).Outputs
            outputs.Length - 1, outputs.Head)
        |> fst

    /// The cells as a network, each on the output of the one before, that takes [x] or [x; all states] and gives [output;
    /// all states].
    let private stack (counts: int list) givesStates (cells: Network) : Network =
        let firsts = List.scan (+) 1 counts

        let node i (cell: NetworkNode) : NetworkNode =
            let input = if i = 0 then Connection.Input 0 else Connection.Result(i - 1, 0)

            let states =
                if givesStates then
                    List.init counts[i] (fun k -> Connection.Input(firsts[i] + k))
                else
                    []

            { cell with From = input :: states }

        { Inputs = []
          Nodes = List.mapi node cells.Nodes
          Outputs =
            Connection.Result(counts.Length - 1, 0)
            :: (counts
                |> List.mapi (fun i count -> List.init count (fun k -> Connection.Result(i, 1 + k)))
                |> List.concat)
          OutputNames = [] }

    /// Cells on top of each other as one cell: each reads the output of the one before, and their states stand side by
    /// side, those of the first cell first. Keras: StackedRNNCells. No cell is an error.
    let stackedRnnCells (cells: Layer<Tensor list, Tensor list> list) : Layer<Tensor list, Tensor list> =
        if cells.IsEmpty then
            Fail.argument "stackedRnnCells" "cells" "[]" "is empty; give one cell or more."

        let node (cell: Layer<Tensor list, Tensor list>) : NetworkNode =
            let stage = Network.toStage cell.Network
            { Stage = { stage with Kind = stage.Kind }; From = [ Connection.Inputs ] }

        let inner: Network =
            { Inputs = []; Nodes = List.map node cells; Outputs = [ Connection.Inputs ]; OutputNames = [] }

        Network.names inner |> ignore

        let wired (inner: Network) step given = stack (statesOfEach inner.Nodes step) (given > 1) inner

        let build (inner: Network) (shapes: Shape list) =
            Network.blueprint shapes (wired inner shapes.Head shapes.Length)

        let apply (inner: Network) variables run (xs: Tensor list) =
            Network.apply variables run xs (wired inner xs.Head.Shape.Tail xs.Length)

        Layer.ofStage (Combinators.around "stacked_rnn_cells" [] InnerUse.Repeated inner build apply)
        |> Layer.withMaskRule MaskRule.Stops

    /// The state that is the cell's output as well, for cells of the library.
    let private outputState (states: int) (stage: Stage) : int option =
        match stage.Kind with
        | "simple_rnn_cell"
        | "lstm_cell"
        | "gru_cell" -> Some 0
        | "stacked_rnn_cells" ->
            let last = (List.last stage.Inner.Head.Nodes).Stage

            match last.Kind with
            | "lstm_cell" -> Some(states - 2)
            | "simple_rnn_cell"
            | "gru_cell" -> Some(states - 1)
            | _ -> None
        | _ -> None

    let private loopOf (options: RnnOptions) (cell: Network) (step: Shape) : RecurrentLoop =
        match Network.shapes [ step ] cell with
        | output :: (_ :: _ as states) ->
            { Kind = "rnn"
              Options = options
              OutputState = outputState states.Length cell.Nodes.Head.Stage
              Output = output
              States = states }
        | results ->
            Fail.shapes
                "rnn"
                (results |> List.mapi (fun i shape -> $"result {i}", shape))
                "the cell must give its output and one state or more; make one with lstmCell, gruCell or cellOf."

    let private demandSequence (shapes: Shape list) =
        match shapes with
        | (_ :: (_ :: _ as step)) :: _ -> step
        | sequence ->
            Fail.shapes
                "rnn"
                [ "sample", List.tryHead sequence |> Option.defaultValue [] ]
                "a sample must be a sequence [time; ...]."

    let rec private layer
        returnsState
        (options: RnnOptions)
        (cell: Layer<Tensor list, Tensor list>)
        : Layer<Tensor list, Tensor list> =
        RecurrentSettings.demandStateful "rnn" options.Stateful
        // the cell is one stage, whose variables stand under its name
        let inner = Network.ofStage false false (Network.toStage cell.Network)

        let build (inner: Network) (shapes: Shape list) : Blueprint =
            let step = demandSequence shapes
            let loop = loopOf options inner step
            let ofCell = Network.blueprint [ step ] inner
            let kept = RecurrentLoop.keptStates options loop.States

            { Parameters = ofCell.Parameters
              State = RecurrentLoop.withKept kept ofCell.State
              Outputs = RecurrentLoop.shapes loop returnsState shapes }

        let apply (inner: Network) (variables: Variables) (run: Run) (xs: Tensor list) =
            let x = xs.Head
            let loop = loopOf options inner (demandSequence [ x.Shape.Tail ])

            let like = Tree.leaves variables.Parameters |> List.tryFind _.DType.IsFloat |> Option.defaultValue x

            let x = if x.DType.IsFloat then x else Tensor.cast like.DType x
            let ofCell = RecurrentLoop.ofCell variables
            let inStep = { run with Masks = [] }

            let step (slices: Tensor list) states =
                let results = fst (Network.apply ofCell inStep (slices.Head :: states) inner)
                results.Head, results.Tail

            let sequences = [ Tensor.permute (1 :: 0 :: [ 2 .. x.Rank - 1 ]) x ]

            RecurrentLoop.run loop variables run like xs.Tail sequences step
            |> RecurrentLoop.results loop returnsState variables

        let settings = RecurrentSettings.ofLoop options returnsState

        { Combinators.around "rnn" settings InnerUse.Repeated inner build apply with
            Penalties = fun inner variables -> Network.penalties (RecurrentLoop.ofCell variables) inner.Head }
        |> RecurrentLoop.withStepwise options returnsState (fun stateful -> layer false stateful cell)
        |> Layer.ofStage
        |> Layer.withMaskRule (RecurrentLoop.maskRule options)

    /// `rnn` with options.
    let rnnWith (options: RnnOptions) (cell: Layer<Tensor list, Tensor list>) : Layer<Tensor, Tensor> =
        Layer.adapt List.singleton List.head (layer false options cell)

    /// A cell over the steps of sequences: [batch; time; ...] to the last output, [batch; ...]. The cell is `lstmCell`,
    /// `gruCell`, `simpleRnnCell`, several as `stackedRnnCells`, or one's own as `cellOf`. Variables: those of the cell,
    /// under its name: "rnn/lstm_cell/kernel". `lstm`, `gru` and `simpleRnn` compute the same of their cells, and faster:
    /// all inputs meet the kernel at once. Keras: RNN.
    let rnn (cell: Layer<Tensor list, Tensor list>) : Layer<Tensor, Tensor> = rnnWith RnnOptions.defaults cell

    /// `rnnWith` that takes its first states and gives its last ones (Keras's `return_state`): from [x] or [x; states]
    /// to [output; states].
    let rnnWithState (options: RnnOptions) (cell: Layer<Tensor list, Tensor list>) : Layer<Tensor list, Tensor list> =
        layer true options cell
