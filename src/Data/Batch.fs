namespace Functional

/// One sample of a source.
[<RequireQualifiedAccess>]
type Sample =
    {
        /// What the network is given, one tensor for each input, without the batch axis.
        Inputs: Tensor list
        /// What it should give, one tensor for each output, without the batch axis.
        Labels: Tensor list
        /// How much the sample counts.
        Weight: float
    }

/// The samples that one step learns from.
type Batch =
    {
        /// What the network is given: a tensor [n; ...] for each input.
        Inputs: Tensor list
        /// What it should give: a tensor [n] or [n; ...] for each output.
        Labels: Tensor list
        /// How much each sample counts, [n] (or [n; ...] for each part of it); all the same where there is none.
        Weights: Tensor option
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

/// What becomes of sequences of different lengths, along the first axis of a sample.
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
        /// What becomes of sequences of different lengths. Default: they stay as they are.
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
        { Inputs = [ features ]; Labels = [ labels ]; Weights = None }

    /// The batch with a weight for each sample, [n].
    let withWeights (weights: Tensor) (batch: Batch) : Batch = { batch with Weights = Some weights }

    /// The samples of a dataset as one batch.
    let ofDataset (d: Dataset) : Batch = { Inputs = [ d.Features ]; Labels = [ d.Labels ]; Weights = d.SampleWeights }

    let private column (pick: Sample -> Tensor list) what lengths (samples: Sample list) =
        let operation = "Batches.batch"
        let count = (pick samples.Head).Length

        if samples |> List.exists (fun sample -> (pick sample).Length <> count) then
            Fail.data operation $"the samples have different numbers of {what}; all must have {count}."

        [ for i in 0 .. count - 1 ->
              samples |> List.map (fun sample -> (pick sample)[i]) |> SequencePadding.stack operation lengths ]

    /// A weight for each step of each sample where labels were padded: 0 for what was added, and for the others so much
    /// that the mean over all steps is the mean over those that were there.
    let private stepWeights (samples: Sample list) (labels: Tensor) =
        let lengths = samples |> List.map (fun sample -> sample.Labels.Head.Shape.Head)
        let total = labels.Shape[1]
        let scale = float (total * lengths.Length) / float (List.sum lengths)

        let row (sample: Sample) length =
            Array.init total (fun step -> if step < length then sample.Weight * scale else 0.0)

        List.map2 row samples lengths |> Array.concat |> Tensor.ofFloat64Array [ lengths.Length; total ]

    let private arePadded (samples: Sample list) (labels: Tensor list) =
        match labels, samples.Head.Labels with
        | [ all ], [ first ] when first.Rank > 0 && all.Rank > 1 ->
            samples |> List.exists (fun sample -> sample.Labels.Head.Shape.Head <> all.Shape[1])
        | _ -> false

    /// Samples as one batch, with sequences at one length. Where labels of one output are sequences and are padded, what
    /// was added gets the weight 0. No samples, and samples that do not fit each other, are an error.
    let ofSamples (lengths: SequenceLengths) (samples: Sample list) : Batch =
        if samples.IsEmpty then
            Fail.data "Batch.ofSamples" "there are no samples, and a batch has at least one."

        let labels = column _.Labels "labels" lengths samples

        let weights =
            if arePadded samples labels then
                Some(stepWeights samples labels.Head |> Tensor.cast Float32)
            elif samples |> List.forall (fun sample -> sample.Weight = 1.0) then
                None
            else
                let weights = samples |> List.map _.Weight |> Array.ofList
                Some(Tensor.ofFloat64Array [ weights.Length ] weights |> Tensor.cast Float32)

        { Inputs = column _.Inputs "inputs" lengths samples; Labels = labels; Weights = weights }

    /// The batch with its inputs along their second axis brought to a length, and its labels too where they are sequences.
    let internal withLengths (lengths: SequenceLengths) (areLabelsSequences: bool) (batch: Batch) : Batch =
        let ofInput (x: Tensor) =
            if x.Rank < 2 then
                x
            else
                SequencePadding.pad 1 (SequencePadding.target "Fit" lengths x.Shape[1]) x

        let given = batch.Inputs |> List.tryPick (fun x -> if x.Rank < 2 then None else Some x.Shape[1])
        let inputs = batch.Inputs |> List.map ofInput

        match given, batch.Labels with
        | Some length, [ y ] when
            areLabelsSequences && y.Rank >= 2 && y.Shape[1] = length && inputs.Head.Shape[1] <> length
            ->
            let padded = inputs.Head.Shape[1]
            let own = Option.defaultWith (fun () -> Tensor.ones [ batch.Count ]) batch.Weights
            let scaled = own * (float padded / float length)
            let perStep = Tensor.broadcastTo [ batch.Count; length ] (Tensor.expandDims 1 scaled)

            { Inputs = inputs
              Labels = [ SequencePadding.pad 1 padded y ]
              Weights = Some(SequencePadding.pad 1 padded perStep) }
        | _ -> { batch with Inputs = inputs }

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

        /// The samples of a dataset in their order, `size` at a time: whole slices of it, no sample by itself.
        let ofDatasetBy (size: int) (d: Dataset) : Batches<Batch> =
            let count = (d.Count + size - 1) / max 1 size
            Batches.ofPasses (Some count) (fun _ -> Dataset.batches size d |> Seq.map Batch.ofDataset)
