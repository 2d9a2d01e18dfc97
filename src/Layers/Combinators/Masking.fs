namespace Functional

/// Layers that make masks: what they give says which steps of a sequence are there, and the layers behind leave out the
/// others.
[<AutoOpen>]
module MaskingLayers =
    let private notAll (value: float) (x: Tensor) =
        Tensor.notEqual x (Core.beside x (fun () -> Tensor.scalarOf x.DType value))

    /// Masks the steps whose features are all this value: [batch; time; features], or any shape with features behind,
    /// to the same, with zeros at the masked steps. The mask is [batch; time]. Recurrent layers, poolings, attention,
    /// losses and metrics behind leave masked steps out. Keras: Masking. A value that is no number is an error.
    let maskingOf (value: float) : Layer<Tensor, Tensor> =
        if not (System.Double.IsFinite value) then
            Fail.argument "masking" "value" value "is no number that features can be compared with."

        let demandFeatures (sample: Shape) =
            if sample.IsEmpty then
                Fail.shapes "masking" [ "sample", sample ] "a sample must have an axis of features."

            [ sample ]

        let rule (_: Run) (xs: Tensor list) (_: Tensor list) = [ Some(Tensor.anyOver [ -1 ] (notAll value xs.Head)) ]

        Layer.stateless
            "masking"
            [ "mask_value", Setting.Number value ]
            (fun shapes -> demandFeatures (Layer.single "masking" shapes))
            (fun _ x -> Masks.keep 0.0 x (Tensor.anyOver [ -1 ] (notAll value x)))
        |> Layer.withMaskRule (MaskRule.Computed rule)

    /// `maskingOf` zero: steps of zeros alone are masked.
    let masking = maskingOf 0.0

    /// The first of two tensors, with the second one as its mask: [x; mask], where the mask has the first axes of x,
    /// [batch; time]. It is Bool, or numbers that differ from 0 where something is. For graphs in which the mask is an
    /// input of its own; Keras gives it as an argument of a call.
    let attachMask: Layer<Tensor list, Tensor> =
        let demand (shapes: Shape list) =
            match shapes with
            | [ x; mask ] when mask.Length <= x.Length && List.truncate mask.Length x = mask -> [ x ]
            | shapes ->
                Fail.shapes
                    "attach_mask"
                    (shapes |> List.mapi (fun i shape -> $"input {i}", shape))
                    "it takes a tensor and its mask, which has the first axes of the tensor: [time] for a sequence."

        let asBool (mask: Tensor) = if mask.DType = Bool then mask else notAll 0.0 mask

        Layer.stateless "attach_mask" [] demand (fun _ (xs: Tensor list) -> xs.Head)
        |> Layer.withMaskRule (MaskRule.Computed(fun _ xs _ -> [ Some(asBool xs[1]) ]))
