namespace Functional

open System
open System.Collections.Generic

/// Samples to learn from: features and labels, row by row. A dataset never changes, and has
/// at least one sample. Make one with `Dataset.ofTensors` or `Dataset.ofArrays`, and with `Dataset.ofInputs` for networks
/// of several inputs or outputs.
[<Sealed>]
type Dataset
    internal
    (
        inputs: Tensor list,
        labels: Tensor list,
        featureNames: string list,
        classNames: string list,
        sampleWeights: Tensor list
    ) =
    let only what all (tensors: Tensor list) =
        match tensors with
        | [ x ] -> x
        | several -> Fail.argument $"Dataset.{what}" "tensors" several.Length $"are not one; read {all}."

    /// The features [n; ...] of the only input, one row for each sample. Several inputs are an error.
    member _.Features = only "Features" "Inputs" inputs

    /// The labels of the only output: Int32 [n] for classes, counted from 0, or [n; ...] for numbers. Several outputs are
    /// an error.
    member _.Labels = only "Labels" "AllLabels" labels

    /// The features: a tensor [n; ...] for each input of the network, in order.
    member _.Inputs = inputs

    /// The labels [n] or [n; ...] for each output of the network, in order.
    member _.AllLabels = labels

    /// The names of the columns of `Features`, where it has the shape [n; k] and they are known; otherwise empty.
    member _.FeatureNames = featureNames

    /// The names of the classes by number, where they are known; empty for numbers.
    member _.ClassNames = classNames

    /// How much each sample counts, a float tensor of shape [n]; all count the same where there is none. Weights for each
    /// output are an error.
    member _.SampleWeights =
        if sampleWeights.IsEmpty then
            None
        else
            Some(only "SampleWeights" "AllSampleWeights" sampleWeights)

    /// How much each sample counts: a float tensor of shape [n] for all outputs or one for each output. Empty where all
    /// samples count the same.
    member _.AllSampleWeights = sampleWeights

    /// The number of samples, at least 1.
    member _.Count: int = List.head inputs.Head.Shape

    /// The shape of the features of one sample: what `Layer.Init` takes. Several inputs are an error.
    member me.SampleShape: Shape = List.tail me.Features.Shape

    /// The shape of one sample of each input.
    member _.SampleShapes: Shape list = inputs |> List.map (fun x -> List.tail x.Shape)

    /// Whether the labels are numbers of classes of one output: Int32 of shape [n].
    member _.HasClasses =
        match labels with
        | [ y ] -> y.DType = DType.Int32 && y.Rank = 1
        | _ -> false

    /// How many samples of what: 1797 samples, features float32 [64], labels int32 [], 10 classes.
    override d.ToString() =
        let text (tensors: Tensor list) =
            tensors
            |> List.map (fun x -> $"{x.DType} {Shape.toString (List.tail x.Shape)}")
            |> String.concat " and "

        let classes = if classNames.IsEmpty then "" else $", {classNames.Length} classes"
        $"{d.Count} samples, features {text inputs}, labels {text labels}{classes}"

/// Making datasets, and taking them apart.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Dataset =
    let private checkRows operation name (count: int) (x: Tensor) =
        match x.Shape with
        | n :: _ when n = count -> ()
        | shape -> Fail.shapes operation [ name, shape ] $"the features have {count} rows; {name} needs as many."

    // NumPy keeps class numbers as int64, which is its default
    let private inLabelType (labels: Tensor) =
        if labels.DType = DType.Int64 then Tensor.cast DType.Int32 labels else labels

    let private checkFeatures operation name (features: Tensor) =
        match features.Shape with
        | [] -> Fail.shapes operation [ name, [] ] $"the {name} need a first axis that counts the samples."
        | 0 :: _ -> Fail.data operation $"there are no samples: the first axis of the {name} has length 0."
        | _ -> ()

    /// A dataset of features [n; ...] and labels: Int32 [n] for classes counted from 0, or [n; ...] for numbers, such
    /// as the values of a regression [n; k], rows of one-hot classes, or the features themselves where a network is to
    /// give them back. Labels of Int64 become Int32.
    ///
    /// Raises `ShapeMismatch` where the numbers of rows differ, and `InvalidData` where there is no row.
    let ofTensors (features: Tensor) (labels: Tensor) : Dataset =
        checkFeatures "Dataset.ofTensors" "features" features
        checkRows "Dataset.ofTensors" "labels" features.Shape.Head labels
        Dataset([ features ], [ inLabelType labels ], [], [], [])

    /// A dataset for a network of several inputs or outputs: a tensor [n; ...] for each input and labels, Int32 [n] or
    /// [n; ...], for each output, in the order of the network's. Labels of Int64 become Int32.
    ///
    /// Raises `ShapeMismatch` where the numbers of rows differ, and `InvalidData` where there is no row, no input or no
    /// output.
    let ofInputs (inputs: Tensor list) (labels: Tensor list) : Dataset =
        let operation = "Dataset.ofInputs"

        if inputs.IsEmpty || labels.IsEmpty then
            Fail.data operation "there must be features of one input at least, and labels of one output."

        inputs |> List.iteri (fun i x -> checkFeatures operation $"features of input {i}" x)
        let count = inputs.Head.Shape.Head
        inputs |> List.iteri (fun i x -> checkRows operation $"input {i}" count x)
        labels |> List.iteri (fun i y -> checkRows operation $"labels of output {i}" count y)
        Dataset(inputs, labels |> List.map inLabelType, [], [], [])

    let private kindOfLabels (d: Dataset) =
        match d.AllLabels with
        | [ labels ] -> $"labels of type {labels.DType} and shape {Shape.toString labels.Shape}"
        | several -> $"labels of {several.Length} outputs"

    let private flatten operation name (rows: 'T[][]) : 'T[] * Shape =
        if rows.Length = 0 then
            Fail.data operation "there are no samples: the array of features is empty."

        let width = rows[0].Length

        match rows |> Array.tryFindIndex (fun row -> row.Length <> width) with
        | Some i -> Fail.data operation $"row {i} of {name} has {rows[i].Length} values, and row 0 has {width}."
        | None -> Array.concat rows, [ rows.Length; width ]

    /// A dataset of rows of features, float32 or float, and the number of each row's class, counted from 0.
    ///
    /// Raises `InvalidData` where there is no row or rows differ in length, and `ShapeMismatch` where the labels are
    /// not as many.
    let ofArrays (features: 'T[][]) (labels: int[]) : Dataset =
        let elements, shape = flatten "Dataset.ofArrays" "the features" features
        ofTensors (Tensor.ofArray shape elements) (Tensor.ofInts [ labels.Length ] labels)

    /// A dataset of rows of features and the row of numbers that each should give, float32 or float, for regression.
    ///
    /// Raises `InvalidData` where there is no row or rows differ in length, and `ShapeMismatch` where the targets are
    /// not as many.
    let ofTargets (features: 'T[][]) (targets: 'U[][]) : Dataset =
        let elements, shape = flatten "Dataset.ofTargets" "the features" features
        let wanted, wantedShape = flatten "Dataset.ofTargets" "the targets" targets
        ofTensors (Tensor.ofArray shape elements) (Tensor.ofArray wantedShape wanted)

    /// The dataset with names for the columns of its features, which have the shape [n; k].
    ///
    /// Raises `InvalidArgument` where the names are not k.
    let withFeatureNames (names: string list) (d: Dataset) : Dataset =
        if d.SampleShape <> [ names.Length ] then
            Fail.argument
                "Dataset.withFeatureNames"
                "names"
                names.Length
                $"names do not fit features of shape {Shape.toString d.SampleShape}; give one for each column."

        Dataset(d.Inputs, d.AllLabels, names, d.ClassNames, d.AllSampleWeights)

    /// The dataset with names for its classes: the first is that of class 0.
    ///
    /// Raises `InvalidData` where a label has no name, or the labels are numbers. Rows of one-hot classes need as many
    /// columns as there are names.
    let withClassNames (names: string list) (d: Dataset) : Dataset =
        let operation = "Dataset.withClassNames"

        if d.HasClasses then
            let labels = Tensor.toInts d.Labels

            match labels |> Array.tryFindIndex (fun label -> label < 0 || label >= names.Length) with
            | Some i ->
                Fail.data
                    operation
                    $"the label of row {i} is %d{labels[i]}, and there are names for {names.Length} classes."
            | None -> ()
        elif List.tail d.Labels.Shape <> [ names.Length ] then
            Fail.data operation $"{kindOfLabels d} are not {names.Length} classes."

        Dataset(d.Inputs, d.AllLabels, d.FeatureNames, names, d.AllSampleWeights)

    let private checkWeights operation (count: int) (weights: Tensor) =
        if weights.Shape <> [ count ] then
            Fail.shapes operation [ "weights", weights.Shape; "samples", [ count ] ] "give one weight for each sample."

        if not weights.DType.IsFloat then
            Fail.dtypes operation [ "weights", weights.DType ] "weights are floats; use Tensor.cast Float32."

        let values = Tensor.toFloat64Array weights

        match values |> Array.tryFindIndex (fun w -> not (w >= 0.0 && Double.IsFinite w)) with
        | Some i ->
            Fail.data operation $"the weight of sample {i} is {string values[i]}; a weight is 0 or more, and finite."
        | None -> ()

    /// The dataset with a weight for each sample: a float tensor of shape [n], none negative. A sample of weight 2
    /// counts as if it stood there twice, for every output.
    ///
    /// Raises `ShapeMismatch`, `DTypeMismatch` or `InvalidData` for other weights.
    let withSampleWeights (weights: Tensor) (d: Dataset) : Dataset =
        checkWeights "Dataset.withSampleWeights" d.Count weights
        Dataset(d.Inputs, d.AllLabels, d.FeatureNames, d.ClassNames, [ weights ])

    /// The dataset with weights of its samples for each output: float tensors of shape [n], none negative, in the order of
    /// the outputs. A sample without a label for an output has the weight 0 there.
    ///
    /// Raises `InvalidArgument` where they are not as many as the outputs, and the errors of `withSampleWeights`.
    let withOutputWeights (weights: Tensor list) (d: Dataset) : Dataset =
        let operation = "Dataset.withOutputWeights"

        if weights.Length <> d.AllLabels.Length then
            Fail.argument
                operation
                "weights"
                weights.Length
                $"is not the number of outputs, which is {d.AllLabels.Length}; give weights for each of them."

        weights |> List.iter (checkWeights operation d.Count)
        Dataset(d.Inputs, d.AllLabels, d.FeatureNames, d.ClassNames, weights)

    /// The number of samples.
    let count (d: Dataset) : int = d.Count

    /// The number of classes: of the names where there are names, of the columns of one-hot labels, or the largest
    /// label and 1.
    ///
    /// Raises `InvalidData` where the labels are one number for each sample, not classes.
    let classCount (d: Dataset) : int =
        match d.ClassNames, d.Labels.Shape with
        | _ :: _, _ -> d.ClassNames.Length
        | [], _ when d.HasClasses -> 1 + Array.max (Tensor.toInts d.Labels)
        | [], [ _; columns ] when columns > 1 -> columns
        | [], shape ->
            Fail.data
                "Dataset.classCount"
                $"labels of type {d.Labels.DType} and shape {Shape.toString shape} are numbers, not classes."

    /// Changes every tensor that has a row for each sample. A tensor that stands there twice, as features and as labels
    /// of a network that gives back its input, stays one.
    let private onRows (change: Tensor -> Tensor) (d: Dataset) : Dataset =
        let changed = Dictionary<Tensor, Tensor>(HashIdentity.Reference)

        let changeOnce x =
            match changed.TryGetValue x with
            | true, known -> known
            | _ ->
                let y = change x
                changed[x] <- y
                y

        let change = List.map changeOnce
        Dataset(change d.Inputs, change d.AllLabels, d.FeatureNames, d.ClassNames, change d.AllSampleWeights)

    let private gathered (indices: int[]) (d: Dataset) : Dataset =
        let rowsOf x =
            Tensor.gather 0 (Core.beside x (fun () -> Tensor.ofInts [ indices.Length ] indices)) x

        onRows rowsOf d

    let private sliced (start: int) (length: int) (d: Dataset) : Dataset =
        if length = d.Count then
            d
        else
            onRows (Tensor.sliceAxis 0 start (start + length) 1) d

    /// The samples of these row numbers, in this order; a number may stand several times.
    ///
    /// Raises `InvalidArgument` for a number outside 0 .. n - 1, and `InvalidData` for no number.
    let rows (indices: int[]) (d: Dataset) : Dataset =
        match indices |> Array.tryFind (fun i -> i < 0 || i >= d.Count) with
        | Some i ->
            Fail.argument "Dataset.rows" "indices" i $"is not a row of {d.Count} samples, which are 0 to {d.Count - 1}."
        | None when indices.Length = 0 -> Fail.data "Dataset.rows" "no rows are named, and a dataset has at least one."
        | None -> gathered indices d

    /// `length` samples from row `start` on.
    ///
    /// Raises `InvalidArgument` where they are none, or not all within the dataset.
    let range (start: int) (length: int) (d: Dataset) : Dataset =
        if start < 0 || start >= d.Count then
            Fail.argument
                "Dataset.range"
                "start"
                start
                $"is not a row of {d.Count} samples, which are 0 to {d.Count - 1}."

        if length < 1 || length > d.Count - start then
            Fail.argument
                "Dataset.range"
                "length"
                length
                $"is not from 1 to {d.Count - start}, the samples from row {start} on."

        sliced start length d

    /// The first `n` samples, or all if there are fewer.
    ///
    /// Raises `InvalidArgument` for less than 1.
    let take (n: int) (d: Dataset) : Dataset =
        if n < 1 then
            Fail.argument "Dataset.take" "n" n "is less than 1, and a dataset has at least one sample."

        sliced 0 (min n d.Count) d

    /// All samples but the first `n`.
    ///
    /// Raises `InvalidArgument` for less than 0, and where none would be left.
    let skip (n: int) (d: Dataset) : Dataset =
        if n < 0 || n >= d.Count then
            Fail.argument
                "Dataset.skip"
                "n"
                n
                $"is not from 0 to {d.Count - 1}: at least one of {d.Count} samples must be left."

        sliced n (d.Count - n) d

    let private order (key: Key) (d: Dataset) : int[] = Tensor.toInts (Random.permutation key d.Count)

    /// The samples in random order; the same key gives the same order.
    let shuffle (key: Key) (d: Dataset) : Dataset = gathered (order key d) d

    /// How many of n samples a share is: rounded up, as scikit-learn does, but for the rounding of the product itself.
    let private partOf operation (share: float) (n: int) : int =
        if not (share > 0.0 && share < 1.0) then
            Fail.argument
                operation
                "testShare"
                share
                "is not between 0 and 1; 0.25 puts a quarter of the samples aside."

        let part = max 1 (int (ceil (share * float n - 1e-9)))

        if part >= n then
            Fail.data operation $"{n} samples cannot be split in two so that {string share} of them are in one part."

        part

    /// Two datasets, to train and to test with: `testShare` of the samples, rounded up, are drawn at random for the
    /// second. Both parts are in random order; the same key gives the same parts.
    ///
    /// Raises `InvalidArgument` for a share that is not between 0 and 1, and `InvalidData` where a part would be empty.
    let split (testShare: float) (key: Key) (d: Dataset) : Dataset * Dataset =
        let test = partOf "Dataset.split" testShare d.Count
        let order = order key d
        gathered order[test..] d, gathered order[.. test - 1] d

    /// How many of n samples come first where the last share of them is split off: floor(n (1 - share)), but for the
    /// rounding of the product itself.
    let internal firstPart (share: float) (n: int) : int = int (floor (float n * (1.0 - share) + 1e-9))

    /// The first and the last samples in their order: the first part has floor(n (1 - share)) of n samples, as Keras
    /// counts them for a validation split, and the second the rest.
    ///
    /// Raises `InvalidArgument` for a share that is not between 0 and 1, and `InvalidData` where a part would be empty.
    let splitLast (share: float) (d: Dataset) : Dataset * Dataset =
        let operation = "Dataset.splitLast"

        if not (share > 0.0 && share < 1.0) then
            Fail.argument operation "share" share "is not between 0 and 1; 0.2 takes the last fifth of the samples."

        let first = firstPart share d.Count

        if first < 1 || first >= d.Count then
            Fail.data
                operation
                $"{d.Count} samples cannot be split in two so that the last {string share} of them are one part."

        sliced 0 first d, sliced first (d.Count - first) d

    /// How many samples of each class are for testing: its share, rounded up or down, and at least one in each part.
    let private stratify operation (share: float) (total: int) (sizes: (int * int) list) : Dictionary<int, int> =
        match sizes |> List.tryFind (fun (_, size) -> size < 2) with
        | Some(label, _) ->
            Fail.data
                operation
                $"class %d{label} has 1 sample, and each part needs one; use Dataset.split, or drop the class."
        | None -> ()

        let quotas = Dictionary<int, int>()
        let mutable left = total

        for label, size in sizes do
            let least = max 1 (int (floor (share * float size + 1e-9)))
            quotas[label] <- least
            left <- left - least

        // What rounding down left over goes to the classes that lost most by it; of equals, the first.
        let losses =
            [ for label, size in sizes do
                  let loss = share * float size - float quotas[label]

                  if loss > 1e-9 && quotas[label] < size - 1 then
                      loss, label ]

        for _, label in losses |> List.sortBy (fun (loss, label) -> -loss, label) |> List.truncate (max 0 left) do
            quotas[label] <- quotas[label] + 1

        quotas

    /// As `split`, but every class is split by the same share, to within one sample, and is in both parts: for classes
    /// of different sizes. Both parts are in random order; the same key gives the same parts.
    ///
    /// Raises `InvalidArgument` for a share that is not between 0 and 1, and `InvalidData` where the labels are not
    /// classes (Int32 of shape [n]) or a class has a single sample.
    let splitStratified (testShare: float) (key: Key) (d: Dataset) : Dataset * Dataset =
        let operation = "Dataset.splitStratified"
        let total = partOf operation testShare d.Count

        if not d.HasClasses then
            Fail.data operation $"{kindOfLabels d} are not classes (int32 [n])."

        let labels = Tensor.toInts d.Labels
        let sizes = labels |> Array.countBy id |> Array.sort |> List.ofArray
        let quotas = stratify operation testShare total sizes
        let train, test = List<int>(), List<int>()

        for row in order key d do
            let label = labels[row]

            if quotas[label] > 0 then
                quotas[label] <- quotas[label] - 1
                test.Add row
            else
                train.Add row

        gathered (train.ToArray()) d, gathered (test.ToArray()) d

    let private checkSize operation (size: int) =
        if size < 1 then
            Fail.argument operation "size" size "is less than 1; a batch has at least one sample."

    /// The samples in their order, `size` at a time; the last batch may be smaller. Each batch is made when it is asked
    /// for.
    ///
    /// Raises `InvalidArgument` for a size less than 1.
    let batches (size: int) (d: Dataset) : seq<Dataset> =
        checkSize "Dataset.batches" size

        seq {
            for start in 0..size .. d.Count - 1 do
                sliced start (min size (d.Count - start)) d
        }

    /// The samples in random order, `size` at a time; the last batch may be smaller. Each batch gathers its own rows
    /// when it is asked for: the dataset is not copied. The same key gives the same batches.
    ///
    /// Raises `InvalidArgument` for a size less than 1.
    let shuffledBatches (size: int) (key: Key) (d: Dataset) : seq<Dataset> =
        checkSize "Dataset.shuffledBatches" size
        let order = order key d

        seq {
            for start in 0..size .. d.Count - 1 do
                gathered order[start .. min (start + size) d.Count - 1] d
        }

    /// The dataset with other features, from a function of all of them: [n; ...] to [n; ...]. Their names stay where
    /// the shape does.
    ///
    /// Raises `ShapeMismatch` where the rows are not as many as before.
    let mapFeatures (f: Tensor -> Tensor) (d: Dataset) : Dataset =
        let features = f d.Features
        checkRows "Dataset.mapFeatures" "the new features" d.Count features
        let names = if features.Shape = d.Features.Shape then d.FeatureNames else []
        Dataset([ features ], d.AllLabels, names, d.ClassNames, d.AllSampleWeights)

    /// The dataset with other labels, from a function of all of them, such as `Tensor.oneHot 10`. The names of the
    /// classes stay where the new labels are classes or have a column for each name.
    ///
    /// Raises `ShapeMismatch` where the rows are not as many as before.
    let mapLabels (f: Tensor -> Tensor) (d: Dataset) : Dataset =
        let labels = f d.Labels
        checkRows "Dataset.mapLabels" "the new labels" d.Count labels
        let plain = Dataset(d.Inputs, [ labels ], d.FeatureNames, [], d.AllSampleWeights)

        match d.ClassNames with
        | [] -> plain
        | names when plain.HasClasses || List.tail labels.Shape = [ names.Length ] -> withClassNames names plain
        | _ -> plain

    /// The dataset with the features of each sample in another shape, such as [28; 28; 1] for flat images of 784
    /// pixels.
    ///
    /// Raises `ShapeMismatch` for a shape of another number of elements.
    let reshapeFeatures (shape: Shape) (d: Dataset) : Dataset = mapFeatures (Tensor.reshape (d.Count :: shape)) d
