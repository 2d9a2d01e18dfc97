namespace Functional

/// The way in which `bidirectional` merges the results of both directions.
[<RequireQualifiedAccess>]
type MergeMode =
    /// Side by side on the last axis: the default.
    | Concat
    /// Added.
    | Sum
    /// Multiplied.
    | Mul
    /// Their mean.
    | Ave

/// Layers that read sequences in both directions.
[<AutoOpen>]
module BidirectionalLayers =
    let private modes =
        [ MergeMode.Concat, "concat"; MergeMode.Sum, "sum"; MergeMode.Mul, "mul"; MergeMode.Ave, "ave" ]

    let internal modeOf owner text =
        match modes |> List.tryFind (snd >> (=) text) with
        | Some(mode, _) -> mode
        | None ->
            let known = modes |> List.map snd |> String.concat ", "
            Fail.argument owner "merge_mode" $"'{text}'" $"is none of {known}."

    /// How both directions are made and joined.
    type private Directions =
        {
            /// None gives both results apart.
            Mode: MergeMode option
            /// Whether the network inside is a layer for each direction, or one layer for both.
            HasOwnBackward: bool
            /// Whether the layers take states and give them.
            HasStates: bool
        }

    /// Both results in one, on the last axis where they stand side by side.
    let private merged mode (forward: Tensor) (backward: Tensor) =
        match mode with
        | MergeMode.Concat -> Tensor.concat -1 [ forward; backward ]
        | MergeMode.Sum -> forward + backward
        | MergeMode.Mul -> forward * backward
        | MergeMode.Ave -> (forward + backward) * 0.5

    let private mergedShape mode (shape: Shape) =
        match mode with
        | MergeMode.Concat -> shape |> List.mapi (fun i n -> if i = shape.Length - 1 then 2 * n else n)
        | MergeMode.Sum
        | MergeMode.Mul
        | MergeMode.Ave -> shape

    let private goesBackwards (stage: Stage) = List.contains ("go_backwards", Setting.Flag true) stage.Settings

    /// The layer of each direction.
    let private layersOf directions (inner: Network) : Stage * Stage =
        if directions.HasOwnBackward then
            inner.Nodes[0].Stage, inner.Nodes[1].Stage
        else
            let stage = Network.toStage inner
            let name = if stage.Name = "" then stage.Kind else stage.Name
            { stage with Name = "forward_" + name }, { stage with Name = "backward_" + name }

    /// Both layers as a network that takes the sequence as each layer reads it, and so many states for both together.
    let private bothWays directions states (inner: Network) : Network =
        let forward, backward = layersOf directions inner
        let half = states / 2

        let node (stage: Stage) input first : NetworkNode =
            { Stage = stage
              From = Connection.Input input :: List.init half (fun i -> Connection.Input(first + i)) }

        { Inputs = []
          Nodes = [ node forward 0 2; node backward 1 (2 + half) ]
          Outputs = [ Connection.Results 0; Connection.Results 1 ]
          OutputNames = [] }

    let private demandSequence (given: Shape list) (results: Shape list) =
        let isWhole (sample: Shape) (result: Shape) = result.Length = sample.Length - 1
        let isOfSteps (sample: Shape) (result: Shape) = result.Length = sample.Length && result.Head = sample.Head

        match given, results with
        | (_ :: _ as sample) :: _, result :: _ when isWhole sample result || isOfSteps sample result -> ()
        | given, results ->
            let named kind = List.mapi (fun i shape -> $"{kind} {i}", shape)

            Fail.shapes
                "bidirectional"
                (named "input" given @ named "its result" (List.truncate 1 results))
                "the layer inside must give one result for each step of a sequence, or one for the whole."

    let private build directions (inner: Network) (shapes: Shape list) : Blueprint =
        if shapes.Length > 1 && (not directions.HasStates || shapes.Length % 2 = 0) then
            Fail.shapes
                "bidirectional"
                (shapes |> List.mapi (fun i shape -> $"input {i}", shape))
                "behind the sequence it takes no state, or as many for each direction."

        let both =
            bothWays directions (shapes.Length - 1) inner
            |> Network.blueprint (shapes.Head :: shapes.Head :: shapes.Tail)

        let forward, backward = List.splitAt (both.Outputs.Length / 2) both.Outputs
        demandSequence shapes forward

        if List.truncate 1 backward <> List.truncate 1 forward && directions.Mode <> Some MergeMode.Concat then
            Fail.shapes
                "bidirectional"
                [ "forward", forward.Head; "backward", backward.Head ]
                "both layers must give results of one shape, to be merged."

        let results =
            match directions.Mode with
            | Some MergeMode.Concat when backward.Head <> forward.Head ->
                [ List.truncate (forward.Head.Length - 1) forward.Head
                  @ [ List.last forward.Head + List.last backward.Head ] ]
            | Some mode -> [ mergedShape mode forward.Head ]
            | None -> [ forward.Head; backward.Head ]

        { both with
            Outputs = results @ (if directions.HasStates then forward.Tail @ backward.Tail else []) }

    /// Zeros at masked steps, of results of all steps.
    let private zeroed (mask: Tensor option) isOfSteps (y: Tensor) =
        match mask with
        | Some mask when isOfSteps -> Masks.keep 0.0 y mask
        | Some _
        | None -> y

    let private apply directions (inner: Network) variables (run: Run) (xs: Tensor list) =
        let x, mask = xs.Head, Run.mask 0 run
        let _, backward = layersOf directions inner
        let flips = not (directions.HasOwnBackward && goesBackwards backward)
        let turned (x: Tensor) = if flips then Tensor.flip [ 1 ] x else x
        let run = { run with Masks = (if mask.IsNone then [] else [ mask; Option.map turned mask ]) }
        let network = bothWays directions (xs.Length - 1) inner
        let ys, variables = Network.apply variables run (x :: turned x :: xs.Tail) network
        let there, back = List.splitAt (ys.Length / 2) ys
        let isOfSteps = there.Head.Rank = x.Rank
        let forward = zeroed mask isOfSteps there.Head
        let backward = zeroed mask isOfSteps (if isOfSteps then Tensor.flip [ 1 ] back.Head else back.Head)

        let results =
            match directions.Mode with
            | Some mode -> [ merged mode forward backward ]
            | None -> [ forward; backward ]

        results @ (if directions.HasStates then there.Tail @ back.Tail else []), variables

    let private maskRule directions =
        let rule (run: Run) (xs: Tensor list) (ys: Tensor list) =
            let mask = Run.mask 0 run |> Option.filter (fun mask -> Masks.fits mask xs.Head ys.Head)
            if directions.Mode.IsNone then [ mask; mask ] else [ mask ]

        MaskRule.Computed rule

    let private demandForwards (layer: Network) =
        if (Network.toStage layer).Settings |> List.contains ("go_backwards", Setting.Flag true) then
            Fail.argument
                "bidirectional"
                "go_backwards"
                "true"
                "of the forward layer makes both directions one; give a layer that reads the first step first."

    let private stage directions (forward: Network) (backward: Network option) : Stage =
        demandForwards forward

        let inner =
            match backward with
            | None -> forward
            | Some backward ->
                let node (network: Network) : NetworkNode =
                    let stage = Network.toStage network
                    { Stage = { stage with Kind = stage.Kind }; From = [ Connection.Inputs ] }

                { Inputs = []
                  Nodes = [ node forward; node backward ]
                  Outputs = [ Connection.Inputs ]
                  OutputNames = [] }

        let mode =
            directions.Mode
            |> Option.map (fun mode -> List.find (fst >> (=) mode) modes |> snd)
            |> Option.defaultValue "none"

        let settings =
            [ "merge_mode", Setting.Text mode
              if directions.HasOwnBackward then
                  Network.ownBackward
              if directions.HasStates then
                  "return_state", Setting.Flag true ]

        { Combinators.around "bidirectional" settings InnerUse.Repeated inner (build directions) (apply directions) with
            Penalties = fun inner variables -> Network.penalties variables (bothWays directions 0 inner.Head)
            Constrain = fun inner parameters -> Network.constrain parameters (bothWays directions 0 inner.Head)
            Masks = maskRule directions }

    let private directions mode hasOwnBackward hasStates =
        { Mode = mode; HasOwnBackward = hasOwnBackward; HasStates = hasStates }

    /// Two layers like this one, one of which reads the sequence from its end; results of single steps stand at the
    /// step that they are of, and are zero at masked steps. What both give is joined as `mode` says. Variables:
    /// "forward_lstm/..." and "backward_lstm/..." for a layer named "lstm". A layer that gives neither one result for
    /// each step nor one for the whole sequence is an error when the layer is built. (Schuster and Paliwal 1997,
    /// "Bidirectional recurrent neural networks".)
    let bidirectionalWith (mode: MergeMode) (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> =
        Layer.ofStage (stage (directions (Some mode) false false) layer.Network None)

    /// `bidirectionalWith` that joins both directions side by side, as in Keras: twice as many units.
    let bidirectional (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> = bidirectionalWith MergeMode.Concat layer

    /// `bidirectional` that gives both results apart: [forwards; backwards]. Keras: merge_mode=None.
    let bidirectionalPair (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor list> =
        Layer.ofStage (stage (directions None false false) layer.Network None)

    /// `bidirectionalWith` with a layer of its own for the way back (Keras's `backward_layer`), which goes backwards by
    /// its option `GoBackwards`, or is given the sequence turned round. Variables stand under the names of the layers;
    /// two of one kind are counted: "lstm/...", "lstm_1/...".
    let bidirectionalOf
        (mode: MergeMode)
        (forward: Layer<Tensor, Tensor>)
        (backward: Layer<Tensor, Tensor>)
        : Layer<Tensor, Tensor> =
        Layer.ofStage (stage (directions (Some mode) true false) forward.Network (Some backward.Network))

    /// `bidirectionalOf` that gives both results apart: [forwards; backwards].
    let bidirectionalPairOf
        (forward: Layer<Tensor, Tensor>)
        (backward: Layer<Tensor, Tensor>)
        : Layer<Tensor, Tensor list> =
        Layer.ofStage (stage (directions None true false) forward.Network (Some backward.Network))

    /// `bidirectionalWith` of a layer that takes its first states and gives its last ones, such as `lstmWithState`: from
    /// [x] or [x; states of both] to [output; states of both], those of the forward layer first.
    let bidirectionalWithState
        (mode: MergeMode)
        (layer: Layer<Tensor list, Tensor list>)
        : Layer<Tensor list, Tensor list> =
        Layer.ofStage (stage (directions (Some mode) false true) layer.Network None)

    /// `bidirectionalWithState` with a layer of its own for the way back.
    let bidirectionalWithStateOf
        (mode: MergeMode)
        (forward: Layer<Tensor list, Tensor list>)
        (backward: Layer<Tensor list, Tensor list>)
        : Layer<Tensor list, Tensor list> =
        Layer.ofStage (stage (directions (Some mode) true true) forward.Network (Some backward.Network))

    /// From settings and the layers inside, as the catalog reads them.
    let internal bidirectionalFrom
        (mode: MergeMode option)
        hasStates
        (layers: Layer<Tensor list, Tensor list> list)
        : Layer<Tensor list, Tensor list> option =
        match layers with
        | [ one ] -> Some(Layer.ofStage (stage (directions mode false hasStates) one.Network None))
        | [ forward; backward ] ->
            Some(Layer.ofStage (stage (directions mode true hasStates) forward.Network (Some backward.Network)))
        | _ -> None
