namespace Functional

/// How `bidirectional` joins what the layer gives in both directions.
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

    /// What the layer gives forwards and backwards, the latter in the order of time.
    let private bothWays mode (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor list> =
        let d = layer.Description
        let name = List.head (Chain.names [ { d with Name = (if d.Name = "" then d.Kind else d.Name) } ])
        let names = [ "forward_" + name; "backward_" + name ]

        let rule (shapes: Shape list) (result: Shape list) =
            match shapes, result with
            | [ time :: _ ], [ (first :: _ :: _) as output ] when first = time -> [ output; output ]
            | [ _ :: _ ], [ [ _ ] as output ] -> [ output; output ]
            | given, result ->
                let named kind = List.mapi (fun i shape -> $"{kind} {i}", shape)

                Fail.shapes
                    "bidirectional"
                    (named "input" given @ named "its result" result)
                    "the layer inside must give one result for each step of a sequence, or one for the whole."

        let collect (ways: Variables list) =
            { Parameters = Node(List.map2 (fun name v -> name, v.Parameters) names ways)
              State = Node(List.map2 (fun name v -> name, v.State) names ways) }

        let apart variables =
            match variables.Parameters, variables.State with
            | Node [ _, forward; _, backward ], Node [ _, forwardState; _, backwardState ] ->
                { Parameters = forward; State = forwardState }, { Parameters = backward; State = backwardState }
            | _ -> Fail.data "bidirectional" "the variables are not those of its two layers; make them with Layer.init."

        let settings =
            [ "merge_mode",
              Setting.Text(
                  mode
                  |> Option.map (fun mode -> List.find (fst >> (=) mode) modes |> snd)
                  |> Option.defaultValue "none"
              ) ]

        { Description = { Layer.describe "bidirectional" settings with Children = [ d ] }
          Stages = fun shapes -> [ rule shapes (Layer.shapes shapes layer) ]
          Init =
            fun key shapes ->
                let forward, result = Layer.initMany (Key.fold 0 key) shapes layer
                let backward, _ = Layer.initMany (Key.fold 1 key) shapes layer
                collect [ forward; backward ], rule shapes result
          Apply =
            fun variables run x ->
                let forward, backward = apart variables
                let way i x variables = layer.Apply variables { run with Key = Key.fold i run.Key } x
                let there, forward = way 0 x forward
                let back, backward = way 1 (Tensor.flip [ 1 ] x) backward
                let aligned = if back.Rank > 2 then Tensor.flip [ 1 ] back else back
                [ there; aligned ], collect [ forward; backward ]
          Logits = None
          Penalties =
            fun variables ->
                let forward, backward = apart variables
                layer.Penalties forward @ layer.Penalties backward }

    /// Two layers like this one, one of which reads the sequence from its end; results of single steps stand at the
    /// step that they are of. What both give is joined as `mode` says. Variables: "forward_lstm/..." and
    /// "backward_lstm/..." for a layer named "lstm". A layer that gives neither one result for each step nor one for
    /// the whole sequence is an error when the layer is built. (Schuster and Paliwal 1997, "Bidirectional recurrent
    /// neural networks".)
    let bidirectionalWith (mode: MergeMode) (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> =
        let join (results: Tensor list) =
            match mode with
            | MergeMode.Concat -> Tensor.concat -1 results
            | MergeMode.Sum -> results[0] + results[1]
            | MergeMode.Mul -> results[0] * results[1]
            | MergeMode.Ave -> (results[0] + results[1]) * 0.5

        let joined (shapes: Shape list) =
            match mode with
            | MergeMode.Concat ->
                [ shapes.Head |> List.mapi (fun i n -> if i = shapes.Head.Length - 1 then 2 * n else n) ]
            | MergeMode.Sum
            | MergeMode.Mul
            | MergeMode.Ave -> [ shapes.Head ]

        let both = bothWays (Some mode) layer

        { Layer.adapt id join both with
            Stages = fun shapes -> both.Stages shapes |> List.map joined
            Init =
                fun key shapes ->
                    let variables, shapes = both.Init key shapes
                    variables, joined shapes }

    /// `bidirectionalWith` that joins both directions side by side, as in Keras: twice as many units.
    let bidirectional (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> = bidirectionalWith MergeMode.Concat layer

    /// `bidirectional` that gives both results apart: [forwards; backwards]. Keras: merge_mode=None.
    let bidirectionalPair (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor list> = bothWays None layer

    /// The layer on each step of a sequence by itself, with the same variables: [batch; time; ...] to [batch; time;
    /// ...]. The layer sees the steps of all sequences as one batch.
    let timeDistributed (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> =
        let d = layer.Description

        let parts (shapes: Shape list) =
            match Layer.single "time_distributed" shapes with
            | time :: sample -> time, [ sample ]
            | [] ->
                Fail.shapes
                    "time_distributed"
                    [ "sample", [] ]
                    "a sample must be a sequence [time; ...], each step of which the layer inside takes."

        let after time (result: Shape list) = [ time :: Layer.single "time_distributed" result ]

        let apply variables run (x: Tensor) =
            match x.Shape with
            | batch :: time :: sample ->
                let rows = Tensor.reshape (batch * time :: sample) x
                let y, inner = layer.Apply (Chain.outside d variables) { run with Key = Chain.enter d run.Key } rows
                Tensor.reshape (batch :: time :: y.Shape.Tail) y, Chain.inside d inner
            | shape -> Fail.shapes "time_distributed" [ "input", shape ] "takes sequences [batch; time; ...]."

        { Description = { Layer.describe "time_distributed" [] with Children = [ d ] }
          Stages =
            fun shapes ->
                let time, inner = parts shapes
                [ after time (Layer.shapes inner layer) ]
          Init =
            fun key shapes ->
                let time, inner = parts shapes
                let variables, result = Layer.initMany (Chain.enter d key) inner layer
                Chain.inside d variables, after time result
          Apply = apply
          Logits = None
          Penalties = fun variables -> layer.Penalties(Chain.outside d variables) }
