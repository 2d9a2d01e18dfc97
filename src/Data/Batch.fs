namespace Functional

/// One sample of a source.
[<RequireQualifiedAccess>]
type Sample =
    {
        /// The features: one tensor for each input of the network, without the batch axis.
        Inputs: Tensor list
        /// The labels: one tensor for each output, without the batch axis.
        Labels: Tensor list
        /// How much the sample counts.
        Weight: float
    }

/// The samples that one step learns from.
type Batch =
    {
        /// The features: a tensor [n; ...] for each input of the network.
        Inputs: Tensor list
        /// The labels: a tensor [n] or [n; ...] for each output.
        Labels: Tensor list
        /// How much each sample counts, [n] (or [n; ...] for each part of it): one tensor for all outputs, or one for each
        /// output. Empty where all samples count the same.
        Weights: Tensor list
    }

    /// The number of samples.
    member batch.Count: int =
        match batch.Inputs @ batch.Labels with
        | x :: _ when x.Rank > 0 -> x.Shape.Head
        | _ -> 0

    /// The only input. Another number of inputs is an error.
    member batch.Features: Tensor =
        match batch.Inputs with
        | [ x ] -> x
        | inputs -> Fail.argument "Batch.Features" "inputs" inputs.Length "is not 1; read Inputs."

    /// The labels of the only output. Another number of outputs is an error.
    member batch.Label: Tensor =
        match batch.Labels with
        | [ y ] -> y
        | labels -> Fail.argument "Batch.Label" "labels" labels.Length "is not 1; read Labels."

    /// How much each sample counts for an output, counted from 0.
    member batch.WeightsOf(output: int) : Tensor option =
        match batch.Weights with
        | [] -> None
        | [ all ] -> Some all
        | perOutput -> List.tryItem output perOutput

/// The padding of sequences of different lengths, along the first axis of a sample.
[<RequireQualifiedAccess>]
type SequenceLengths =
    /// They stay as they are; within a batch all must have one length.
    | AsTheyAre
    /// Zeros are put behind the shorter ones of a batch, up to the longest.
    | ToLongest
    /// Zeros are put behind all, up to this length. A longer one is an error.
    | To of length: int
    /// Zeros are put behind those of a batch, up to the least of these lengths that holds them: a step is compiled for
    /// each of these lengths and for no other. A longer one is an error.
    | ToBuckets of lengths: int list

/// How samples become batches.
type BatchOptions =
    {
        /// The number of samples in a batch. Default 32.
        Size: int
        /// Whether the samples that are left at the end, too few for a batch, are left out. Default false.
        DropRest: bool
        /// The padding of sequences of different lengths. Default: they stay as they are.
        Lengths: SequenceLengths
    }

    /// Batches of 32, the last one smaller.
    static member defaults = { Size = 32; DropRest = false; Lengths = SequenceLengths.AsTheyAre }

/// Sequences brought to one length by zeros behind them.
module internal SequencePadding =
    let private longest (xs: Tensor list) = xs |> List.map (fun x -> if x.Rank > 0 then x.Shape.Head else 0) |> List.max

    /// The length to which sequences of at most `length` are brought.
    let target operation (lengths: SequenceLengths) (length: int) : int =
        let tooLong (most: int) =
            Fail.data
                operation
                $"a sequence has {length} steps, and at most {most} are asked for. Cut it, or give a larger length."

        match lengths with
        | SequenceLengths.AsTheyAre
        | SequenceLengths.ToLongest -> length
        | SequenceLengths.To most -> if length > most then tooLong most else most
        | SequenceLengths.ToBuckets all ->
            match all |> List.filter (fun bucket -> bucket >= length) with
            | [] -> tooLong (if all.IsEmpty then 0 else List.max all)
            | enough -> List.min enough

    /// The tensor with zeros behind it along an axis, up to a length.
    let pad axis (length: int) (x: Tensor) : Tensor =
        let missing = length - x.Shape[axis]

        if missing = 0 then
            x
        else
            Tensor.pad [ for i in 0 .. x.Rank - 1 -> 0, (if i = axis then missing else 0) ] x

    /// Tensors of samples, stacked to [n; ...] at one length.
    let stack operation (lengths: SequenceLengths) (xs: Tensor list) : Tensor =
        let shapes = xs |> List.map _.Shape

        match lengths with
        | _ when shapes.Head.IsEmpty -> Tensor.stack 0 xs
        | SequenceLengths.AsTheyAre ->
            match shapes |> List.tryFindIndex ((<>) shapes.Head) with
            | None -> Tensor.stack 0 xs
            | Some i ->
                Fail.shapes
                    operation
                    [ "sample 0 of the batch", shapes.Head; $"sample {i}", shapes[i] ]
                    "the samples of a batch must have one shape. Pad sequences with the option Lengths of \
                     Batches.batchWith, or resize the samples before."
        | SequenceLengths.ToLongest
        | SequenceLengths.To _
        | SequenceLengths.ToBuckets _ ->
            let length = target operation lengths (longest xs)
            xs |> List.map (pad 0 length) |> Tensor.stack 0

/// Making batches.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Batch =
    /// A batch of one input [n; ...] and one output with labels [n] or [n; ...].
    let ofTensors (features: Tensor) (labels: Tensor) : Batch =
        { Inputs = [ features ]; Labels = [ labels ]; Weights = [] }

    /// A batch of tensors [n; ...], one for each input, and labels [n] or [n; ...], one for each output.
    let ofInputs (inputs: Tensor list) (labels: Tensor list) : Batch =
        { Inputs = inputs; Labels = labels; Weights = [] }

    /// The batch with a weight for each sample, [n], which counts for all outputs.
    let withWeights (weights: Tensor) (batch: Batch) : Batch = { batch with Weights = [ weights ] }

    /// The batch with weights of samples for each output, [n] each, in the order of the outputs.
    let withOutputWeights (weights: Tensor list) (batch: Batch) : Batch = { batch with Weights = weights }

    /// The samples of a dataset as one batch.
    let ofDataset (d: Dataset) : Batch = { Inputs = d.Inputs; Labels = d.AllLabels; Weights = d.AllSampleWeights }

    let private column (pick: Sample -> Tensor list) what (lengthsOf: int -> SequenceLengths) (samples: Sample list) =
        let operation = "Batches.batch"
        let count = (pick samples.Head).Length

        if samples |> List.exists (fun sample -> (pick sample).Length <> count) then
            Fail.data operation $"the samples have different numbers of {what}; all must have {count}."

        [ for i in 0 .. count - 1 ->
              samples
              |> List.map (fun sample -> (pick sample)[i])
              |> SequencePadding.stack operation (lengthsOf i) ]

    let private lengthOf (x: Tensor) = if x.Rank > 0 then Some x.Shape.Head else None

    let private differ (pick: Sample -> Tensor) (samples: Sample list) =
        samples |> List.exists (fun sample -> lengthOf (pick sample) <> lengthOf (pick samples.Head))

    /// Whether an input is a sequence. Beside other inputs a float vector is a row of features.
    let private isSequence (inputs: Tensor list) (x: Tensor) = inputs.Length = 1 || x.Rank > 1 || not x.DType.IsFloat

    /// Whether labels of an output are sequences: as long as an input of their sample, or of different lengths.
    let private areSequences (samples: Sample list) output =
        let label (sample: Sample) = lengthOf sample.Labels[output]

        differ (fun sample -> sample.Labels[output]) samples
        || samples
           |> List.forall (fun sample ->
               sample.Inputs
               |> List.filter (isSequence sample.Inputs)
               |> List.exists (fun x -> lengthOf x = label sample))

    /// A weight for each step of each sample where labels of an output were padded: 0 for what was added, and for the
    /// others so much that the mean over all steps is the mean over those that were there.
    let private stepWeights (samples: Sample list) output (labels: Tensor) =
        let lengths = samples |> List.map (fun sample -> sample.Labels[output].Shape.Head)
        let total = labels.Shape[1]
        let scale = float (total * lengths.Length) / float (List.sum lengths)

        let row (sample: Sample) length =
            Array.init total (fun step -> if step < length then sample.Weight * scale else 0.0)

        List.map2 row samples lengths |> Array.concat |> Tensor.ofFloat64Array [ lengths.Length; total ]

    let private sampleWeights (samples: Sample list) =
        let weights = samples |> List.map _.Weight |> Array.ofList
        Tensor.ofFloat64Array [ weights.Length ] weights

    let private isPadded (samples: Sample list) output (labels: Tensor) =
        labels.Rank > 1
        && samples |> List.exists (fun sample -> sample.Labels[output].Shape.Head <> labels.Shape[1])

    /// The weights of a batch of samples: for each output where labels were padded, else one for all.
    let private weightsOf (samples: Sample list) (labels: Tensor list) : Tensor list =
        let padded = labels |> List.mapi (isPadded samples)
        let perOutput i y isPadded = if isPadded then stepWeights samples i y else sampleWeights samples

        let weights =
            if List.contains true padded then List.mapi2 perOutput labels padded
            elif samples |> List.forall (fun sample -> sample.Weight = 1.0) then []
            else [ sampleWeights samples ]

        weights |> List.map (Tensor.cast Float32)

    /// Samples as one batch, with sequences at one length. Inputs are sequences along their first axis; beside other
    /// inputs, float vectors of one length are rows of features and stay. Labels are sequences where they are as long as an
    /// input, or differ in length; what is added to them gets the weight 0. No samples, and samples that do not fit each
    /// other, are an error.
    let ofSamples (lengths: SequenceLengths) (samples: Sample list) : Batch =
        if samples.IsEmpty then
            Fail.data "Batch.ofSamples" "there are no samples, and a batch has at least one."

        let first = samples.Head
        let where holds = if holds then lengths else SequenceLengths.AsTheyAre

        let ofInput i =
            where (isSequence first.Inputs first.Inputs[i] || differ (fun sample -> sample.Inputs[i]) samples)

        let inputs = column _.Inputs "inputs" ofInput samples
        let labels = column _.Labels "labels" (areSequences samples >> where) samples
        { Inputs = inputs; Labels = labels; Weights = weightsOf samples labels }

    /// Labels [n; length; ...] of sequences and the weights of their samples, padded to another length. The mean over all
    /// steps stays the mean over those that were there.
    let private padLabels length (weights: Tensor option) (y: Tensor) =
        let count, given = y.Shape[0], y.Shape[1]
        let own = Option.defaultWith (fun () -> Tensor.ones [ count ]) weights
        let scaled = own * (float length / float given)

        let perStep =
            if scaled.Rank > 1 then
                scaled
            else
                Tensor.broadcastTo [ count; given ] (Tensor.expandDims 1 scaled)

        SequencePadding.pad 1 length y, SequencePadding.pad 1 length perStep

    /// The batch with those of its inputs that are sequences, along their second axis, brought to lengths, and with them
    /// the labels of the same length of those outputs whose flag is set.
    let private lengthened (lengths: SequenceLengths) (areLabelsSequences: bool list) (batch: Batch) : Batch =
        let isSequence (x: Tensor) = x.Rank > 2 || (x.Rank = 2 && (batch.Inputs.Length = 1 || not x.DType.IsFloat))
        let target (x: Tensor) = SequencePadding.target "Fit" lengths x.Shape[1]

        let changes =
            batch.Inputs
            |> List.filter isSequence
            |> List.map (fun x -> x.Shape[1], target x)
            |> List.filter (fun (given, wanted) -> given <> wanted)

        let padInput (x: Tensor) = if isSequence x then SequencePadding.pad 1 (target x) x else x

        let ofLabels i (y: Tensor) =
            let change =
                if y.Rank >= 2 && List.tryItem i areLabelsSequences = Some true then
                    changes |> List.tryFind (fun (given, _) -> given = y.Shape[1])
                else
                    None

            match change with
            | Some(_, length) ->
                let y, weights = padLabels length (batch.WeightsOf i) y
                true, y, weights
            | None -> false, y, Option.defaultWith (fun () -> Tensor.ones [ batch.Count ]) (batch.WeightsOf i)

        let labels = batch.Labels |> List.mapi ofLabels

        { Inputs = batch.Inputs |> List.map padInput
          Labels = labels |> List.map (fun (_, y, _) -> y)
          Weights =
            if labels |> List.exists (fun (isPadded, _, _) -> isPadded) then
                labels |> List.map (fun (_, _, weights) -> weights)
            else
                batch.Weights }

    /// The batch with its sequences at the lengths that are asked for, those of labels only for the outputs whose flag is
    /// set.
    let internal withLengths (lengths: SequenceLengths) (areLabelsSequences: bool list) (batch: Batch) : Batch =
        match lengths with
        | SequenceLengths.AsTheyAre
        | SequenceLengths.ToLongest -> batch
        | SequenceLengths.To _
        | SequenceLengths.ToBuckets _ -> lengthened lengths areLabelsSequences batch

/// Batches of the samples of a source.
[<AutoOpen>]
module SamplesToBatches =
    /// Sources of samples and batches.
    module Batches =
        /// Batches of samples with any number of inputs, outputs and a weight.
        let batchSamples (options: BatchOptions) (source: Batches<Sample>) : Batches<Batch> =
            source
            |> Batches.group options.Size options.DropRest
            |> Batches.map (fun samples -> Batch.ofSamples options.Lengths (List.ofArray samples))

        let private sample (features, label) : Sample = { Inputs = [ features ]; Labels = [ label ]; Weight = 1.0 }

        /// Batches of samples of features and a label, both without the batch axis.
        let batchWith (options: BatchOptions) (source: Batches<Tensor * Tensor>) : Batches<Batch> =
            source |> Batches.map sample |> batchSamples options

        /// Batches of `size` samples of features and a label; the last one may be smaller.
        let batch (size: int) (source: Batches<Tensor * Tensor>) : Batches<Batch> =
            batchWith { BatchOptions.defaults with Size = size } source

        /// The samples of a dataset in their order, with all their inputs, labels and their weight: for a dataset of one
        /// input and one output see `Batches.ofDataset`. Weights for each output are an error.
        let ofDatasetSamples (d: Dataset) : Batches<Sample> =
            let weights = d.SampleWeights |> Option.map Tensor.toFloat64Array

            Batches.init d.Count (fun row ->
                { Inputs = d.Inputs |> List.map (fun x -> x[row])
                  Labels = d.AllLabels |> List.map (fun y -> y[row])
                  Weight = weights |> Option.map (Array.item row) |> Option.defaultValue 1.0 }
                : Sample)

        /// The samples of a dataset in their order, `size` at a time: whole slices of it, no sample by itself.
        let ofDatasetBy (size: int) (d: Dataset) : Batches<Batch> =
            let count = (d.Count + size - 1) / max 1 size
            Batches.ofPasses (Some count) (fun _ -> Dataset.batches size d |> Seq.map Batch.ofDataset)
