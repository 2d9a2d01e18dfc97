namespace Functional

/// A loop over the steps of sequences that passes states on, for recurrent layers of any cell.
[<RequireQualifiedAccess>]
type internal RecurrentLoop =
    {
        /// The kind of layer, for errors.
        Kind: string
        Options: RnnOptions
        /// Which of the states is the output as well, if one is: masked steps then repeat it. An output of its own is
        /// carried from step to step instead, from zeros on.
        OutputState: int option
        /// The shape of the output for a sample.
        Output: Shape
        /// The shapes of the states for a sample.
        States: Shape list
    }

module internal RecurrentLoop =
    let private stateName i = $"rnn_state_{i}"

    /// The variables in which a stateful layer keeps its states.
    let keptStates (options: RnnOptions) (states: Shape list) : (string * VariableStart) list =
        match options.Stateful with
        | None -> []
        | Some batch ->
            states
            |> List.mapi (fun i state ->
                stateName i, Layer.start (batch :: state) (fun _ -> Tensor.zeros (batch :: state)))

    let private withoutKept (tree: Tree<'T>) : Tree<'T> =
        match tree with
        | Node branches -> Node(branches |> List.filter (fst >> Variables.isKeptState >> not))
        | Leaf _ -> tree

    /// The variables of the cell inside a layer, without the states that the layer keeps.
    let ofCell (variables: Variables) : Variables =
        Variables.ofTrees (withoutKept variables.Parameters) (withoutKept variables.State)

    /// The state of a cell and of the layer around it.
    let withKept (kept: (string * VariableStart) list) (state: Tree<VariableStart>) : Tree<VariableStart> =
        match state with
        | Node branches -> Node(branches @ (kept |> List.map (fun (name, start) -> name, Leaf start)))
        | Leaf _ -> state

    /// The shapes of the results for a sample [time; ...] and, if the layer takes states, first states.
    let shapes (loop: RecurrentLoop) returnsState (given: Shape list) : Shape list =
        let time = given.Head.Head

        if not (given.Tail.IsEmpty || (returnsState && given.Tail = loop.States)) then
            let expected = loop.States |> List.map Shape.toString |> List.distinct |> String.concat ", "

            Fail.shapes
                loop.Kind
                (given.Tail |> List.mapi (fun i state -> $"state {i}", state))
                $"behind the sequence it takes no state, or {loop.States.Length} of shape {expected}."

        let output = if loop.Options.ReturnSequences then time :: loop.Output else loop.Output
        if returnsState then output :: loop.States else [ output ]

    let private zeros (like: Tensor) shape = Core.beside like (fun () -> Tensor.zerosOf like.DType shape)

    /// The states before the first step: those that were given, else those that the layer kept, else zeros.
    let private firstStates (loop: RecurrentLoop) (variables: Variables) (like: Tensor) batch (given: Tensor list) =
        let expected = loop.States |> List.map (fun state -> batch :: state)

        if not given.IsEmpty && List.map (fun (x: Tensor) -> x.Shape) given <> expected then
            Fail.shapes
                loop.Kind
                ((given |> List.mapi (fun i x -> $"initial state {i}", x.Shape))
                 @ (expected |> List.mapi (fun i shape -> $"expected {i}", shape)))
                "a state has one row of units for each sequence."

        match loop.Options.Stateful with
        | _ when not given.IsEmpty -> given
        | None -> expected |> List.map (zeros like)
        | Some size when size <> batch ->
            Fail.argument
                loop.Kind
                "batch"
                batch
                $"is not the batch size of this stateful layer, which is {size}; give batches of {size} samples."
        | Some _ -> expected |> List.mapi (fun i _ -> variables.State[stateName i])

    /// The order of the axes that swaps the first two.
    let private swapped (x: Tensor) = Tensor.permute (1 :: 0 :: [ 2 .. x.Rank - 1 ]) x

    let private choose (mask: Tensor) (here: Tensor) (elsewhere: Tensor) =
        Tensor.where (Masks.ofRank here.Rank mask) here elsewhere

    /// One step of the loop, from the carries and the slices of the sequences and of the mask: the next carries, and
    /// what is kept of every step. The carries are the states and, where the output is none of them, the output.
    let private body (loop: RecurrentLoop) carriesOutput isMasked step (carries: Tensor list) (slices: Tensor list) =
        let before, previous = List.splitAt loop.States.Length carries

        let sequences, mask =
            if isMasked then
                slices[.. slices.Length - 2], Some(List.last slices)
            else
                slices, None

        let output, after = step sequences before

        let states =
            match mask with
            | Some mask -> List.map2 (choose mask) after before
            | None -> after

        let output =
            match mask, loop.OutputState with
            | None, _ -> output
            | Some mask, _ when loop.Options.ZeroOutputForMask && loop.Options.ReturnSequences ->
                choose mask output (Tensor.zerosLike output)
            | Some _, Some state -> states[state]
            | Some mask, None -> choose mask output previous.Head

        (if carriesOutput then states @ [ output ] else states),
        (if loop.Options.ReturnSequences then [ output ] else [])

    /// The output and the last states. `step` gives the output and the next states from slices of the sequences, whose
    /// first two axes are [time; batch], and the states. A mask [batch; time] leaves steps out.
    let run
        (loop: RecurrentLoop)
        (variables: Variables)
        (run: Run)
        (like: Tensor)
        (given: Tensor list)
        (sequences: Tensor list)
        (step: Tensor list -> Tensor list -> Tensor * Tensor list)
        : Tensor * Tensor list =
        let time, batch = sequences.Head.Shape[0], sequences.Head.Shape[1]
        let mask = Run.mask 0 run |> Option.map swapped
        let states = firstStates loop variables like batch given

        let carriesOutput = loop.OutputState.IsNone && (mask.IsSome || not loop.Options.ReturnSequences)

        let start = if carriesOutput then states @ [ zeros like (batch :: loop.Output) ] else states
        let step carries slices _ = body loop carriesOutput mask.IsSome step carries slices
        let backwards = loop.Options.GoBackwards

        let last, all =
            ScanTracing.prepare backwards time step start (sequences @ Option.toList mask) []
            |> ScanTracing.apply
            |> List.splitAt start.Length

        let last, carried = List.splitAt states.Length last

        match all, carried, loop.OutputState with
        | [ all ], _, _ -> swapped (if backwards then Tensor.flip [ 0 ] all else all), last
        | _, [ output ], _ -> output, last
        | _, _, state -> last[Option.defaultValue 0 state], last

    /// The results of the layer from the output and the last states, and the variables in which a stateful layer keeps
    /// these.
    let results (loop: RecurrentLoop) returnsState (variables: Variables) (output, last: Tensor list) =
        let kept =
            match loop.Options.Stateful with
            | None -> variables
            | Some _ ->
                let states = last |> List.mapi (fun i state -> stateName i, Tensor.stopGradient state) |> dict

                { variables with
                    State =
                        variables.State
                        |> Tree.mapi (fun path old ->
                            match states.TryGetValue path with
                            | true, state -> state
                            | _ -> old) }

        (if returnsState then output :: last else [ output ]), kept

    /// Masks go on with the outputs of all steps.
    let maskRule (options: RnnOptions) = if options.ReturnSequences then MaskRule.Passes else MaskRule.Stops

    /// The stage with one for a position at a time, where the layer reads forwards and gives all outputs: the stateful layer of
    /// the options that it is made of, which begins with zeros.
    let withStepwise
        (options: RnnOptions)
        returnsState
        (layer: RnnOptions -> Layer<Tensor list, Tensor list>)
        (stage: Stage)
        : Stage =
        if options.ReturnSequences && not options.GoBackwards && options.Stateful.IsNone && not returnsState then
            let stepwise (sizes: StepSizes) =
                Network.toStage (layer { options with Stateful = Some sizes.Batch }).Network

            { stage with Stepwise = Some stepwise }
        else
            stage
