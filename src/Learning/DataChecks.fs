namespace Functional

/// The checks of data before training and evaluation.
module internal DataChecks =
    let private rowsWithNan (x: Tensor) =
        if not x.DType.IsFloat then
            []
        else
            Tensor.reshape [ x.Shape.Head; x.Size / x.Shape.Head ] x
            |> Tensor.isNan
            |> Tensor.anyOver [ 1 ]
            |> Tensor.toBools
            |> Seq.indexed
            |> Seq.filter snd
            |> Seq.map fst
            |> List.ofSeq

    let private demandNumbers operation what (x: Tensor) =
        // a finite sum has no NaN among its terms: one quick pass where all is well
        let isClean = not x.DType.IsFloat || x.Size = 0 || System.Double.IsFinite(Tensor.toFloat (Tensor.sum x))

        match if isClean then [] else rowsWithNan x with
        | [] -> ()
        | rows ->
            let shown = rows |> List.truncate 5 |> List.map string |> String.concat ", "
            let more = if rows.Length > 5 then $" and {rows.Length - 5} more" else ""

            Fail.data
                operation
                $"the {what} hold NaN in {rows.Length} of {x.Shape.Head} rows (row {shown}{more}, from 0). Drop \
                  these rows or fill the gaps before training."

    /// The name of the layer that decides how many outputs there are: the last one with parameters.
    let private lastLayer (model: Model) =
        let stages =
            Network.variablesOfNodes model.Variables model.Network |> List.zip (Network.names model.Network)

        match stages |> List.tryFindBack (fun (_, own) -> not (Variables.flatten own).IsEmpty) with
        | Some(name, _) -> name
        | None -> ""

    /// Everything that can be known to be wrong with a dataset before a model meets it.
    let checkData operation (model: Model) (loss: Loss option) (d: Dataset) =
        if d.Features.Rank = 0 || d.Features.Shape.Head = 0 then
            Fail.data operation "the data are empty: there is no sample to learn from."

        if d.Labels.Rank = 0 || d.Labels.Shape.Head <> d.Features.Shape.Head then
            Fail.shapes
                operation
                [ "features", d.Features.Shape; "labels", d.Labels.Shape ]
                "there must be one label for each sample."

        if d.SampleShape <> model.InputShape then
            Fail.shapes
                operation
                [ "model", model.InputShape; "samples", d.SampleShape ]
                "the model was built for samples of another shape; build it for these, or reshape them with \
                 Dataset.reshapeFeatures."

        demandNumbers operation "features" d.Features

        match loss with
        | Some loss ->
            Loss.checkLabels operation (lastLayer model) model.OutputShape d.Labels loss
            LossChecks.demandFitting operation loss model.Layer.Description model.OutputShape
        | None -> demandNumbers operation "labels" d.Labels

    /// The weight of each sample: its own, times that of its class.
    let sampleWeights operation (classWeights: Map<int, float>) (labels: Tensor) (own: Tensor option) : Tensor option =
        if classWeights.IsEmpty then
            own
        else
            for KeyValue(label, weight) in classWeights do
                if not (weight >= 0.0 && System.Double.IsFinite weight) then
                    Fail.argument
                        operation
                        "classWeights"
                        weight
                        $"is no weight for class %d{label}; a weight is 0 or more, and finite."

            let classes =
                match labels.Shape with
                | [ _; columns ] when columns > 1 -> Tensor.toInts (Tensor.argmax 1 labels)
                | [ _ ]
                | [ _; _ ] -> Tensor.toInts (Tensor.cast Int32 (Tensor.flatten labels))
                | shape ->
                    Fail.shapes
                        operation
                        [ "labels", shape ]
                        "class weights need one label for each sample; give sample weights instead."

            let ofClass =
                classes |> Array.map (fun label -> Map.tryFind label classWeights |> Option.defaultValue 1.0)

            let all =
                match own |> Option.map Tensor.toFloat64Array with
                | Some own -> Array.map2 (*) own ofClass
                | None -> ofClass

            Some(Tensor.ofFloat64Array [ all.Length ] all)
