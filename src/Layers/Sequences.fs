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

/// Layers around a layer that reads sequences.
[<AutoOpen>]
module SequenceLayers =
    let private modes =
        [ MergeMode.Concat, "concat"; MergeMode.Sum, "sum"; MergeMode.Mul, "mul"; MergeMode.Ave, "ave" ]

    let internal modeOf owner text =
        match modes |> List.tryFind (snd >> (=) text) with
        | Some(mode, _) -> mode
        | None ->
            let known = modes |> List.map snd |> String.concat ", "
            Fail.argument owner "merge_mode" $"'{text}'" $"is none of {known}."

    /// Both results in one, on the last axis where they stand side by side.
    let private merged mode (results: Tensor list) =
        match mode with
        | MergeMode.Concat -> Tensor.concat -1 results
        | MergeMode.Sum -> results[0] + results[1]
        | MergeMode.Mul -> results[0] * results[1]
        | MergeMode.Ave -> (results[0] + results[1]) * 0.5

    let private mergedShape mode (shape: Shape) =
        match mode with
        | MergeMode.Concat -> shape |> List.mapi (fun i n -> if i = shape.Length - 1 then 2 * n else n)
        | MergeMode.Sum
        | MergeMode.Mul
        | MergeMode.Ave -> shape

    /// The layer as two stages, of which the first reads the sequence forwards and the second backwards.
    let private bothWays (inner: Network) : Network =
        let stage = Network.toStage inner
        let name = if stage.Name = "" then stage.Kind else stage.Name

        { Inputs = []
          Nodes =
            [ { Stage = { stage with Name = "forward_" + name }; From = [ Connection.Input 0 ] }
              { Stage = { stage with Name = "backward_" + name }; From = [ Connection.Input 1 ] } ]
          Outputs = [ Connection.Result(0, 0); Connection.Result(1, 0) ]
          OutputNames = [] }

    let private demandSequence (given: Shape list) (results: Shape list) =
        match given, results with
        | [ time :: _ ], [ first :: _ :: _; _ ] when first = time -> ()
        | [ _ :: _ ], [ [ _ ]; _ ] -> ()
        | given, results ->
            let named kind = List.mapi (fun i shape -> $"{kind} {i}", shape)

            Fail.shapes
                "bidirectional"
                (named "input" given @ named "its result" (List.truncate 1 results))
                "the layer inside must give one result for each step of a sequence, or one for the whole."

    /// The results of both directions, those of steps in the order of time, merged or as two tensors.
    let private bidirectionalStage (mode: MergeMode option) (inner: Network) =
        let build inner (shapes: Shape list) : Blueprint =
            let shape = Layer.single "bidirectional" shapes
            let both = Network.blueprint [ shape; shape ] (bothWays inner)
            demandSequence shapes both.Outputs

            match mode with
            | Some mode -> { both with Outputs = [ mergedShape mode both.Outputs.Head ] }
            | None -> both

        let apply inner variables (run: Run) (xs: Tensor list) =
            let x = xs.Head
            let mask = Run.mask 0 run
            let run = { run with Masks = [ mask; Option.map (Tensor.flip [ 1 ]) mask ] }
            let ys, variables = Network.apply variables run [ x; Tensor.flip [ 1 ] x ] (bothWays inner)

            let inTime =
                match ys with
                | [ forward; backward ] when backward.Rank > 2 -> [ forward; Tensor.flip [ 1 ] backward ]
                | ys -> ys

            match mode with
            | Some mode -> [ merged mode inTime ], variables
            | None -> inTime, variables

        let name =
            mode
            |> Option.map (fun mode -> List.find (fst >> (=) mode) modes |> snd)
            |> Option.defaultValue "none"

        { Combinators.around "bidirectional" [ "merge_mode", Setting.Text name ] InnerUse.Repeated inner build apply with
            Penalties = fun inner variables -> Network.penalties variables (bothWays inner.Head)
            Constrain = fun inner parameters -> Network.constrain parameters (bothWays inner.Head) }

    /// Two layers like this one, one of which reads the sequence from its end; results of single steps stand at the
    /// step that they are of. What both give is joined as `mode` says. Variables: "forward_lstm/..." and
    /// "backward_lstm/..." for a layer named "lstm". A layer that gives neither one result for each step nor one for
    /// the whole sequence is an error when the layer is built. (Schuster and Paliwal 1997, "Bidirectional recurrent
    /// neural networks".)
    let bidirectionalWith (mode: MergeMode) (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> =
        Layer.ofStage (bidirectionalStage (Some mode) layer.Network)

    /// `bidirectionalWith` that joins both directions side by side, as in Keras: twice as many units.
    let bidirectional (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> = bidirectionalWith MergeMode.Concat layer

    /// `bidirectional` that gives both results apart: [forwards; backwards]. Keras: merge_mode=None.
    let bidirectionalPair (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor list> =
        Layer.ofStage (bidirectionalStage None layer.Network)

    /// The layer on each step of a sequence by itself, with the same variables: [batch; time; ...] to [batch; time;
    /// ...]. The layer sees the steps of all sequences as one batch.
    let timeDistributed (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> =
        let build inner (shapes: Shape list) : Blueprint =
            match Layer.single "time_distributed" shapes with
            | time :: sample ->
                let blueprint = Network.blueprint [ sample ] inner
                { blueprint with Outputs = [ time :: Layer.single "time_distributed" blueprint.Outputs ] }
            | [] ->
                Fail.shapes
                    "time_distributed"
                    [ "sample", [] ]
                    "a sample must be a sequence [time; ...], each step of which the layer inside takes."

        let apply inner variables (run: Run) (xs: Tensor list) =
            let x = xs.Head

            match x.Shape with
            | batch :: time :: sample ->
                let rows = Tensor.reshape (batch * time :: sample) x
                let ofRows (mask: Tensor) = Tensor.reshape (batch * time :: List.skip 2 mask.Shape) mask

                let run =
                    { run with
                        Masks = [ Run.mask 0 run |> Option.filter (fun mask -> mask.Rank > 1) |> Option.map ofRows ] }

                let ys, variables = Network.apply variables run [ rows ] inner
                let y: Tensor = List.exactlyOne ys
                [ Tensor.reshape (batch :: time :: y.Shape.Tail) y ], variables
            | shape -> Fail.shapes "time_distributed" [ "input", shape ] "takes sequences [batch; time; ...]."

        Layer.ofStage (Combinators.around "time_distributed" [] InnerUse.Repeated layer.Network build apply)
