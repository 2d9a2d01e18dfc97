namespace Functional

/// Layers around a layer that reads the steps of sequences.
[<AutoOpen>]
module SequenceLayers =
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
