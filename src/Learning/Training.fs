namespace Functional

/// The compiled functions of training, and the checks before it.
module internal Training =
    /// The loss in the form that training uses, the function that gives what it takes, and what makes the layer's
    /// output of that. Where a loss of probabilities meets a layer that ends in them, the loss is taken of the logits.
    let private route (loss: Loss) (layer: Layer<Tensor, Tensor>) =
        match loss.FromLogits, layer.Logits with
        | Some(wanted, form), Some(kind, apply) when wanted = kind ->
            form, apply, (if kind = "softmax" then Tensor.softmax -1 else Tensor.sigmoid)
        | _ -> loss, layer.Apply, id

    let private part (like: Tree<Tensor>) (flat: Tensor list) =
        let leaves, rest = List.splitAt (Tree.count like) flat
        Tree.withLeaves like leaves, rest

    /// The loss of a batch with what layers add for their variables, the output in the form of `apply`, and the state
    /// that follows.
    let private total loss apply (layer: Layer<Tensor, Tensor>) variables run (x: Tensor) y weights =
        let output, next = apply variables run x
        let value = Loss.value loss y output weights

        let value =
            match layer.Penalty variables with
            | Some penalty -> value + penalty
            | None -> value

        value, output, (next: Variables).State

    let batchOf (dtype: DType) (batch: TrainingBatch) =
        Compiled.inType dtype batch.Features
        :: Compiled.inType dtype batch.Labels
        :: (batch.SampleWeights |> Option.map (Tensor.cast dtype) |> Option.toList)

    /// One step of training as a function of tensors alone: loss, gradient, update. Takes the leaves of parameters, state
    /// and optimizer memory, the number of the step, the run's key, and the batch; gives the loss, the output, then those
    /// leaves and that number for the next step.
    let stepFunction (optimizer: Optimizer) (loss: Loss) (layer: Layer<Tensor, Tensor>) (like: TrainState) =
        let form, apply, finish = route loss layer

        fun (flat: Tensor list) ->
            let parameters, rest = part like.Variables.Parameters flat
            let state, rest = part like.Variables.State rest
            let memory, rest = part like.OptimizerState rest

            match rest with
            | count :: key :: x :: y :: weights ->
                let run = { Training = true; Key = Key.foldTensor count (Key.ofTensor key) }

                let f parameters =
                    let variables = { Parameters = parameters; State = state }
                    let value, output, state = total form apply layer variables run x y (List.tryHead weights)
                    value, Node [ "output", Leaf output; "state", state ]

                let (value, beside), gradients = Tree.valueAndGradWith f parameters
                let updates, memory = optimizer.Update gradients memory parameters
                let next = Tree.tryFind "state" beside |> Option.defaultValue Tree.empty

                [ value; finish beside["output"] ]
                @ Tree.leaves (Optimizer.apply updates parameters)
                @ Tree.leaves next
                @ Tree.leaves memory
                @ [ count + 1 ]
            | _ -> Fail.argument "fit" "arguments" flat.Length "are too few."

    /// The leaves that one step hands to the next, its number last.
    let carriedLeaves (state: TrainState) =
        Tree.leaves state.Variables.Parameters
        @ Tree.leaves state.Variables.State
        @ Tree.leaves state.OptimizerState
        @ [ Tensor.ofInts [] [| state.Step |] ]

    /// The state with these leaves in place of its own; the number of the step is counted outside.
    let withCarried (leaves: Tensor list) (state: TrainState) =
        let parameters, rest = part state.Variables.Parameters leaves
        let layers, rest = part state.Variables.State rest
        let memory, _ = part state.OptimizerState rest

        { state with Variables = { Parameters = parameters; State = layers }; OptimizerState = memory }

    /// One step of training, compiled. Gives the next state, the loss and the output.
    let step (optimizer: Optimizer) (loss: Loss) (layer: Layer<Tensor, Tensor>) (like: TrainState) =
        let run = Jit.compile (stepFunction optimizer loss layer like)

        fun dtype (state: TrainState) (batch: TrainingBatch) ->
            match run (carriedLeaves state @ [ Key.toTensor state.Key ] @ batchOf dtype batch) with
            | value :: output :: carried -> { withCarried carried state with Step = state.Step + 1 }, value, output
            | results -> Fail.argument "fit" "results" results.Length "are too few."

    /// The loss and the output of a batch outside training, compiled.
    let evaluation (loss: Loss) (layer: Layer<Tensor, Tensor>) (like: Variables) =
        let form, apply, finish = route loss layer

        let run =
            Jit.compile (fun flat ->
                let parameters, rest = part like.Parameters flat
                let state, rest = part like.State rest

                match rest with
                | x :: y :: weights ->
                    let variables = { Parameters = parameters; State = state }
                    let circumstances = { Training = false; Key = Key.ofInt 0 }
                    let value, output, _ = total form apply layer variables circumstances x y (List.tryHead weights)
                    [ value; finish output ]
                | _ -> Fail.argument "evaluate" "arguments" flat.Length "are too few.")

        fun dtype (variables: Variables) (batch: TrainingBatch) ->
            match run (Tree.leaves variables.Parameters @ Tree.leaves variables.State @ batchOf dtype batch) with
            | [ value; output ] -> value, output
            | results -> Fail.argument "evaluate" "results" results.Length "are too many."

    /// Running means of loss and metrics, batch by batch, as Keras computes them. `memory` is that of a tally to go on
    /// from, or empty.
    type Tally(metrics: Metric list, memory: Tree<Tensor>) =
        let names =
            (Set.singleton "loss", metrics)
            ||> List.mapFold (fun taken metric ->
                let rec free i =
                    let name = if i = 0 then metric.Name else $"{metric.Name}_{i}"
                    if Set.contains name taken then free (i + 1) else name

                let name = free 0
                name, Set.add name taken)
            |> fst

        let states = metrics |> List.map (fun metric -> metric.Create())
        let mutable sum = 0.0
        let mutable count = 0.0

        let branches path =
            match Tree.tryFind path memory with
            | Some(Node branches) -> branches
            | Some(Leaf _)
            | None -> []

        do
            match MetricParts.numbersAt "loss" memory with
            | [| s; n |] ->
                sum <- s
                count <- n
            | _ -> ()

            for name, state in List.zip names states do
                branches "metrics" |> List.tryFind (fst >> (=) name) |> Option.iter (snd >> state.Restore)

        /// The names in the order in which they are shown.
        static member Names(metrics: Metric list) = List.sort ("loss" :: Tally(metrics, Tree.empty).MetricNames)

        member _.MetricNames: string list = names

        /// The metrics that cannot be continued from a saved state.
        member _.Forgetful =
            List.zip names states |> List.filter (fun (_, state) -> state.Memory.IsNone) |> List.map fst

        /// What a tally needs to go on from here.
        member _.Memory =
            let ofMetrics =
                List.zip names states
                |> List.choose (fun (name, state) -> state.Memory |> Option.map (fun memory -> name, memory))

            Node [ "loss", Leaf(MetricParts.vector [| sum; count |]); "metrics", Node ofMetrics ]

        /// Adds a batch of n samples. Labels, outputs and weights are asked for only if a metric wants them.
        member _.Add(n: int, loss: float, judged: unit -> struct (Tensor * Tensor * Tensor option)) =
            sum <- sum + loss * float n
            count <- count + float n

            if not states.IsEmpty then
                let struct (labels, output, weights) = judged ()

                for state in states do
                    state.Add(labels, output, weights)

        member _.Loss = if count = 0.0 then nan else sum / count

        member _.Metrics = List.map2 (fun name (state: MetricState) -> name, state.Result) names states

        /// Everything, in the order of the names.
        member me.Values = ("loss", me.Loss) :: me.Metrics |> List.sortBy fst

    let batchOfDataset (d: Dataset) : TrainingBatch =
        { Features = d.Features; Labels = d.Labels; SampleWeights = d.SampleWeights }

    /// Loss and metrics of a dataset; `keep` is called with the outputs of each batch.
    let evaluate run dtype batchSize (metrics: Metric list) (variables: Variables) (d: Dataset) (keep: Tensor -> unit) =
        let tally = Tally(metrics, Tree.empty)

        for part in Dataset.batches batchSize d do
            let batch = batchOfDataset part
            let loss, output = run dtype variables batch
            tally.Add(part.Count, Tensor.toFloat loss, fun () -> struct (batch.Labels, output, batch.SampleWeights))
            keep output

        tally

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
        match if x.Size = 0 then [] else rowsWithNan x with
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
    let sampleWeights operation (classWeights: Map<int, float>) (d: Dataset) : Tensor option =
        if classWeights.IsEmpty then
            d.SampleWeights
        else
            for KeyValue(label, weight) in classWeights do
                if not (weight >= 0.0 && System.Double.IsFinite weight) then
                    Fail.argument
                        operation
                        "classWeights"
                        weight
                        $"is no weight for class {label}; a weight is 0 or more, and finite."

            let labels =
                match d.Labels.Shape with
                | [ _; columns ] when columns > 1 -> Tensor.toInts (Tensor.argmax 1 d.Labels)
                | [ _ ]
                | [ _; _ ] -> Tensor.toInts (Tensor.cast Int32 (Tensor.flatten d.Labels))
                | shape ->
                    Fail.shapes
                        operation
                        [ "labels", shape ]
                        "class weights need one label for each sample; give sample weights instead."

            let ofClass =
                labels |> Array.map (fun label -> Map.tryFind label classWeights |> Option.defaultValue 1.0)

            let own = d.SampleWeights |> Option.map Tensor.toFloat64Array

            let all =
                match own with
                | Some own -> Array.map2 (*) own ofClass
                | None -> ofClass

            Some(Tensor.ofFloat64Array [ all.Length ] all)

open Training

/// Judging models.
[<AutoOpen>]
module ModelEvaluation =
    /// Judging models.
    module Model =
        let internal evaluateFor
            operation
            batchSize
            (objective: Objective option)
            (d: Dataset)
            (model: Model)
            : Evaluation =
            checkData operation model (objective |> Option.map _.Loss) d

            let loss, metrics, outputs =
                match objective with
                | Some objective ->
                    let metrics = objective.Metrics |> List.map (Metric.forLoss objective.Loss)
                    let run = evaluation objective.Loss model.Layer model.Variables
                    let outputs = ResizeArray<Tensor>()
                    let tally = evaluate run model.DType batchSize metrics model.Variables d outputs.Add
                    Some tally.Loss, tally.Metrics, Tensor.concat 0 (List.ofSeq outputs)
                | None -> None, [], Model.predictWith batchSize model d.Features

            { Loss = loss
              Metrics = metrics
              Labels = d.Labels
              Outputs = outputs
              SampleWeights = d.SampleWeights
              ClassNames = d.ClassNames
              Threshold = objective |> Option.map (fun o -> Loss.threshold o.Loss) |> Option.defaultValue 0.5 }

        /// What the model says of a dataset, with the loss and the metrics that it was trained for, where it was: a
        /// loaded model knows none, so give it some with `withObjective`. `Report.classification` makes a table of the
        /// result.
        let evaluate (d: Dataset) (model: Model) : Evaluation = evaluateFor "Model.evaluate" 256 model.Objective d model

/// Reports on evaluations.
[<AutoOpen>]
module ReportsOfEvaluations =
    /// Reports on how well a model's outputs fit labels.
    module Report =
        /// The table that scikit-learn's classification_report prints, of what a model says of a dataset: precision,
        /// recall, F1 and support of each class. `run.Model |> Model.evaluate test |> Report.classification |> printfn
        /// "%s"`.
        let classification (evaluation: Evaluation) : string =
            string (Report.scoresAt evaluation.Threshold evaluation.ClassNames evaluation.Labels evaluation.Outputs)

        /// How many samples of each class (a row each) a model takes for which class (a column each), as a table.
        let confusion (evaluation: Evaluation) : string =
            let scores =
                Report.scoresAt evaluation.Threshold evaluation.ClassNames evaluation.Labels evaluation.Outputs

            Report.confusionText (scores.Classes |> List.map _.Name) scores.Confusion
