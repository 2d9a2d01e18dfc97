namespace Functional

/// Layers that give the same elements in another shape. The batch axis stays in front.
[<AutoOpen>]
module ReshapingLayers =
    let private reshaping kind settings rule : Layer<Tensor, Tensor> =
        Layer.stateless kind settings (fun shapes -> [ rule (Layer.single kind shapes) ]) (fun _ (x: Tensor) ->
            match x.Shape with
            | batch :: sample -> Tensor.reshape (batch :: rule sample) x
            | [] -> Fail.shapes kind [ "input", [] ] "the input must have a batch axis in front.")
        |> Layer.withMaskRule MaskRule.Stops

    /// `flatten` of samples with the channels at this place: those in front are moved behind first, so that the row is
    /// the same for both, as in Keras.
    let flattenIn (format: DataFormat) : Layer<Tensor, Tensor> =
        let rule sample = [ Shape.size sample ]

        Layer.stateless
            "flatten"
            [ DataFormat.toSetting format ]
            (fun shapes -> [ rule (Layer.single "flatten" shapes) ])
            (fun _ (x: Tensor) ->
                match format, x.Shape with
                | _, [] -> Fail.shapes "flatten" [ "input", [] ] "the input must have a batch axis in front."
                | DataFormat.ChannelsFirst, batch :: sample when sample.Length > 1 ->
                    Tensor.reshape (batch :: rule sample) (Tensor.moveAxis 1 -1 x)
                | _, batch :: sample -> Tensor.reshape (batch :: rule sample) x)
        |> Layer.withMaskRule MaskRule.Stops

    /// Each sample as one row: [batch; a; b; ...] to [batch; a·b·...], in row-major order.
    let flatten = flattenIn DataFormat.ChannelsLast

    /// Each sample in another shape, without the batch axis, of the same size; one length may be -1 and is found from
    /// the others. Another size is an error when the layer is built.
    let reshape (target: Shape) : Layer<Tensor, Tensor> =
        let unknown = target |> List.filter (fun n -> n = -1)

        if unknown.Length > 1 || target |> List.exists (fun n -> n < -1 || n = 0) then
            Fail.argument
                "reshape"
                "target"
                target
                "must have lengths of 1 or more, and at most one -1, which is found from the others."

        let rule (sample: Shape) =
            let size = Shape.size sample
            let known = target |> List.filter (fun n -> n <> -1) |> Shape.size

            if (unknown.IsEmpty && known <> size) || size % known <> 0 then
                Fail.shapes
                    "reshape"
                    [ "sample", sample; "target", target ]
                    $"a sample has {size} elements, which the target does not hold; take a target of the same size."

            target |> List.map (fun n -> if n = -1 then size / known else n)

        reshaping "reshape" [ "target_shape", Settings.ofWholes target ] rule

    /// The axes of each sample in another order; they count from 1, since 0 is the batch, as in Keras: `permute [2; 1]`
    /// swaps two. An order that is not a permutation of the sample's axes is an error when the layer is built.
    let permute (order: int list) : Layer<Tensor, Tensor> =
        if List.sort order <> [ 1 .. order.Length ] then
            Fail.argument
                "permute"
                "order"
                order
                "must name each axis of a sample once; they count from 1, since 0 is the batch."

        let rule (sample: Shape) =
            if sample.Length <> order.Length then
                Fail.shapes
                    "permute"
                    [ "sample", sample; "order", order ]
                    $"the order is one of {order.Length} axes, and a sample has {sample.Length}; name each once."

            order |> List.map (fun axis -> sample[axis - 1])

        Layer.stateless
            "permute"
            [ "dims", Settings.ofWholes order ]
            (fun shapes -> [ rule (Layer.single "permute" shapes) ])
            (fun _ x -> Tensor.permute (0 :: order) x)
        |> Layer.withMaskRule MaskRule.Stops

    /// Each row n times: [batch; features] to [batch; n; features]. A count below 1 is an error, and so are samples
    /// that are not rows when the layer is built.
    let repeatVector (n: int) : Layer<Tensor, Tensor> =
        if n < 1 then
            Fail.argument "repeatVector" "n" n "is not a number of copies; give 1 or more."

        let rule (sample: Shape) =
            match sample with
            | [ features ] -> [ n; features ]
            | sample ->
                Fail.shapes "repeatVector" [ "sample", sample ] "a sample must be a row of features; flatten it first."

        Layer.stateless
            "repeat_vector"
            [ "n", Setting.Whole n ]
            (fun shapes -> [ rule (Layer.single "repeat_vector" shapes) ])
            (fun _ (x: Tensor) -> Tensor.broadcastTo [ x.Shape[0]; n; x.Shape[1] ] (Tensor.expandDims 1 x))
        |> Layer.withMaskRule MaskRule.Stops
