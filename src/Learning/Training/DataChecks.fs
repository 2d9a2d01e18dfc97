namespace Functional

open System.Runtime.CompilerServices

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

    // tensors never change: one that was found without NaN is not read again by the next run
    let private clean = ConditionalWeakTable<Tensor, obj>()

    /// Whether a tensor is known to have no NaN after one quick pass: a finite sum has none among its terms.
    let private isClean (x: Tensor) =
        if not x.DType.IsFloat || x.Size = 0 || fst (clean.TryGetValue x) then
            true
        elif System.Double.IsFinite(Tensor.toFloat (Tensor.sum x)) then
            clean.AddOrUpdate(x, clean)
            true
        else
            false

    let private demandNumbers operation what (x: Tensor) =
        match if isClean x then [] else rowsWithNan x with
        | [] -> ()
        | rows ->
            let shown = rows |> List.truncate 5 |> List.map string |> String.concat ", "
            let more = if rows.Length > 5 then $" and {rows.Length - 5} more" else ""

            Fail.data
                operation
                $"the {what} hold NaN in {rows.Length} of {x.Shape.Head} rows (row {shown}{more}, from 0). Drop \
                  these rows or fill the gaps before training."

    /// The name of the layer that decides how many numbers an output has: the last one with parameters before it.
    let private lastLayer (model: Model) output =
        let network = model.Network
        let names = Array.ofList (Network.names network)
        let variables = Array.ofList (Network.variablesOfNodes model.Variables network)

        let rec follow source =
            match source with
            | Connection.Results node
            | Connection.Result(node, _) ->
                if not (Variables.flatten variables[node]).IsEmpty then
                    names[node]
                else
                    network.Nodes[node].From |> List.tryLast |> Option.map follow |> Option.defaultValue ""
            | Connection.Inputs
            | Connection.Input _ -> ""

        follow (Network.pick output network.Outputs)

    let private demandCount operation what (names: string list) given =
        if given <> names.Length then
            let known = String.concat ", " names

            Fail.argument
                operation
                what
                given
                $"is not the number of {what} that the model has, which is {names.Length}: {known}. Make the dataset \
                  with Dataset.ofInputs, a tensor for each of them."

    let private checkInputs operation (model: Model) (d: Dataset) =
        demandCount operation "inputs" model.InputNames d.Inputs.Length

        for name, wanted, x in List.zip3 model.InputNames model.InputShapes d.Inputs do
            let isOnly = d.Inputs.Length = 1
            let subject = if isOnly then operation else $"{operation}, input '{name}'"

            if x.Shape.Tail <> wanted then
                Fail.shapes
                    subject
                    [ "model", wanted; "samples", x.Shape.Tail ]
                    "the model was built for samples of another shape; build it for these, or reshape them with \
                     Dataset.reshapeFeatures."

            demandNumbers operation (if isOnly then "features" else $"features of input '{name}'") x

    let private checkLabels operation (model: Model) (objectives: Objective list) (d: Dataset) =
        demandCount operation "outputs" model.OutputNames d.AllLabels.Length

        d.AllLabels
        |> List.iteri (fun i labels ->
            let subject = Objectives.subject operation model.OutputNames i
            let shape = model.OutputShapes[i]

            match List.tryItem i objectives with
            | Some objective ->
                Loss.checkLabels subject (lastLayer model i) shape labels objective.Loss
                LossChecks.demandFitting subject objective.Loss model.Network i shape
            | None -> demandNumbers subject "labels" labels)

    /// Checks a dataset against a model before training or evaluation. Without objectives labels are only checked for
    /// NaN.
    let checkData operation (model: Model) (objectives: Objective list) (d: Dataset) =
        checkInputs operation model d
        checkLabels operation model objectives d

    let private demandClassWeights operation (classWeights: Map<int, float>) =
        for KeyValue(label, weight) in classWeights do
            if not (weight >= 0.0 && System.Double.IsFinite weight) then
                Fail.argument
                    operation
                    "classWeights"
                    weight
                    $"is no weight for class %d{label}; a weight is 0 or more, and finite."

    let private classesOf operation (labels: Tensor) : int[] =
        match labels.Shape with
        | [ _; columns ] when columns > 1 -> Tensor.toInts (Tensor.argmax 1 labels)
        | [ _ ]
        | [ _; _ ] -> Tensor.toInts (Tensor.cast Int32 (Tensor.flatten labels))
        | shape ->
            Fail.shapes
                operation
                [ "labels", shape ]
                "class weights need one label for each sample; give sample weights instead."

    /// The batch with the weight of each sample times that of its class.
    let weighClasses operation (classWeights: Map<int, float>) (batch: Batch) : Batch =
        if classWeights.IsEmpty then
            batch
        else
            demandClassWeights operation classWeights

            match batch.Labels with
            | [ labels ] ->
                let ofClass =
                    classesOf operation labels
                    |> Array.map (fun label -> Map.tryFind label classWeights |> Option.defaultValue 1.0)

                let all =
                    match batch.WeightsOf 0 |> Option.map Tensor.toFloat64Array with
                    | Some own -> Array.map2 (*) own ofClass
                    | None -> ofClass

                { batch with Weights = [ Tensor.ofFloat64Array [ all.Length ] all ] }
            | several ->
                Fail.argument
                    operation
                    "classWeights"
                    "for classes"
                    $"do not say of which of {several.Length} outputs the classes are; give weights of samples with \
                      Dataset.withOutputWeights."
