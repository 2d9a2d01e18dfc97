namespace Functional

/// How loss and metrics of a run are gathered: inside the compiled step where a metric can be, else on the host.
[<Sealed>]
type internal MetricPlan
    (losses: string list, metrics: ReportedMetric list, labels: Signature list, outputs: Signature list) =
    // the number of samples, then a sum for each loss, then the states of metrics one after the other
    let inStep, onHost, counts =
        let found =
            metrics
            |> List.map (fun reported ->
                let labels = labels |> List.tryItem reported.Output
                let output = outputs |> List.tryItem reported.Output

                match labels, output with
                | Some labels, Some output -> reported, reported.Metric.Accumulator labels output
                | _ -> reported, None)

        let inStep = found |> List.choose (fun (reported, a) -> a |> Option.map (fun a -> reported, a))
        let onHost = found |> List.choose (fun (reported, a) -> if a.IsNone then Some reported else None)
        let starts = inStep |> List.scan (fun start (_, a) -> start + a.Init.Length) (1 + losses.Length)
        List.zip inStep (List.truncate inStep.Length starts), onHost, losses.Length

    let zero = Tensor.ofFloat64Array [] [| 0.0 |]

    /// The number of outputs that the model has.
    member _.OutputCount = outputs.Length

    /// The names of the losses.
    member _.Losses = losses

    /// The metrics gathered in the step, each with the place of its state among the sums.
    member _.InStep = inStep

    /// The metrics that are given every batch on the host.
    member _.OnHost: ReportedMetric list = onHost

    /// The sums before the first batch.
    member _.Initial: Tensor list =
        zero :: List.replicate counts zero @ (inStep |> List.collect (fun ((_, a), _) -> a.Init))

    /// Losses and metrics of the step by their names, of these sums.
    member _.ValuesOf(sums: Tensor list) : (string * float) list =
        let count = Tensor.toFloat sums.Head
        let mean (sum: Tensor) = if count = 0.0 then nan else Tensor.toFloat sum / count
        let ofLosses = losses |> List.mapi (fun i name -> name, mean sums[1 + i])

        let ofMetrics =
            inStep
            |> List.map (fun ((reported, a), start) ->
                reported.Name, a.Result(sums |> List.skip start |> List.truncate a.Init.Length))

        List.sortBy fst (ofLosses @ ofMetrics)

    /// The sums after a batch: a part of the compiled step.
    member _.Accumulate (sums: Tensor list) (batch: Batch) (outcome: StepOutcome) : Tensor list =
        let n = float batch.Count
        let seen = sums.Head + n

        let ofLosses =
            List.map2
                (fun (sum: Tensor) (loss: Tensor) -> sum + Tensor.cast Float64 loss * n)
                (sums |> List.skip 1 |> List.truncate counts)
                outcome.Losses

        let ofMetrics =
            inStep
            |> List.collect (fun ((reported, a), start) ->
                let state = sums |> List.skip start |> List.truncate a.Init.Length

                a.Update
                    state
                    batch.Labels[reported.Output]
                    outcome.Outputs[reported.Output]
                    (batch.WeightsOf reported.Output))

        seen :: ofLosses @ ofMetrics

/// The means of loss and metrics over the batches of an epoch so far, whose sums are a group of a store.
[<Sealed>]
type internal RunningMetrics(plan: MetricPlan, store: TrainingStore, group: int) =
    let mutable hosts = plan.OnHost |> List.map (fun reported -> reported, reported.Metric.Create())

    let branch name (memory: Tree<Tensor>) =
        match Tree.tryFind name memory with
        | Some(Node branches) -> branches
        | Some(Leaf _)
        | None -> []

    /// Whether a metric has to be given labels and outputs of each batch.
    member _.NeedsOutputs = not hosts.IsEmpty

    /// Begins anew.
    member _.Reset() =
        store.Set(group, plan.Initial)
        hosts <- plan.OnHost |> List.map (fun reported -> reported, reported.Metric.Create())

    /// Gives a batch to the metrics on the host. Their tensors are copies that stay.
    member _.Add(batch: Batch, outputs: Tensor list) =
        let host = Tensor.toDevice Device.cpu

        for reported, state in hosts do
            let labels, output = host batch.Labels[reported.Output], host outputs[reported.Output]
            state.Add(labels, output, Option.map host (batch.WeightsOf reported.Output))

    /// The mean of the loss so far; NaN before the first batch.
    member _.Loss: float =
        let count = store.Number(group, 0)
        if count = 0.0 then nan else store.Number(group, 1) / count

    /// The means of the losses: the whole one, then those of several outputs.
    member _.Losses: (string * float) list =
        let count = store.Number(group, 0)

        plan.Losses
        |> List.mapi (fun i name -> name, (if count = 0.0 then nan else store.Number(group, 1 + i) / count))

    /// The values of the metrics so far.
    member _.Metrics: (string * float) list =
        let sums = store.Get group |> List.map (Tensor.toDevice Device.cpu)

        let ofStep =
            plan.InStep
            |> List.map (fun ((reported, a), start) ->
                reported.Name, a.Result(sums |> List.skip start |> List.truncate a.Init.Length))

        ofStep @ (hosts |> List.map (fun (reported, state) -> reported.Name, state.Result))

    /// Losses and metrics so far, in the order of their names.
    member me.Values: (string * float) list = me.Losses @ me.Metrics |> List.sortBy fst

    /// The sums and the states of metrics, to go on from here.
    member _.Memory: Tree<Tensor> =
        let ofHost =
            hosts
            |> List.choose (fun (reported, state) -> state.Memory |> Option.map (fun memory -> reported.Name, memory))

        Node
            [ "sums", Node [ for i, sum in List.indexed (store.Get group) -> string i, Leaf sum ]
              "metrics", Node ofHost ]

    /// Goes on from what `Memory` gave.
    member _.Restore(memory: Tree<Tensor>) =
        let sums = branch "sums" memory |> List.map snd |> List.collect Tree.leaves
        let expected = plan.Initial |> List.map _.Signature

        if List.map (fun (x: Tensor) -> x.Signature) sums = expected then
            store.Set(group, sums)

        let known = branch "metrics" memory

        for reported, state in hosts do
            known |> List.tryFind (fst >> (=) reported.Name) |> Option.iter (snd >> state.Restore)

    /// The metrics that cannot be continued from a saved state.
    member _.Forgetful: string list =
        hosts
        |> List.filter (fun (_, state) -> state.Memory.IsNone)
        |> List.map (fun (reported, _) -> reported.Name)
