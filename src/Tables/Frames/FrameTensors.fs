namespace Functional

open System
open System.Collections.Generic
open Deedle

/// How the rows of a frame become samples of a batch.
type FrameBatchOptions =
    {
        /// The column of the labels.
        Label: string
        /// The names of the classes by number, where labels are classes: `Frame.classNames` finds them. None where labels are
        /// numbers to be predicted. Default none.
        Classes: string list
        /// What stands for missing values of features. Default `MissingValues.Refused`.
        Missing: MissingValues
    }

    /// Labels of a column that are numbers to be predicted.
    static member ofLabel(label: string) = { Label = label; Classes = []; Missing = MissingValues.Refused }

/// Frames to tensors and datasets, and back: beside Deedle's own functions of frames.
[<AutoOpen>]
module FrameTensors =
    /// Deedle's frames.
    [<RequireQualifiedAccess>]
    module Frame =
        /// The columns as floats without gaps. Another type than numbers is an error.
        let private numbers operation missing (frame: Frame<'R, 'C>) : float[][] =
            let types = Array.ofSeq frame.ColumnTypes

            (Array.ofSeq frame.ColumnKeys, types)
            ||> Array.map2 (fun key columnType ->
                match FrameColumns.tryFloats frame key columnType with
                | None ->
                    Fail.data
                        operation
                        $"column '{key}' is of {columnType.Name} and not of numbers. Encode it as numbers, or drop it with \
                          Frame.dropCol."
                | Some values -> MissingValues.fill operation $"{key}" missing values)

        /// The columns side by side in row-major order. Sixteen columns at a time: a row of them is a line of the cache.
        let private rowMajor (convert: float -> 'T) (rows: int) (columns: float[][]) : 'T[] =
            let width = columns.Length
            let all = Array.zeroCreate (rows * width)

            for first in 0..16 .. width - 1 do
                let last = min width (first + 16) - 1

                for row in 0 .. rows - 1 do
                    for i in first..last do
                        all[row * width + i] <- convert (columns[i].[row])

            all

        let private tensorOf operation (dtype: DType) missing (frame: Frame<'R, 'C>) : Tensor =
            let columns = numbers operation missing frame
            let shape = [ frame.RowCount; columns.Length ]

            match dtype with
            | Float64 -> Tensor.ofFloat64Array shape (rowMajor id frame.RowCount columns)
            | Float32 -> Tensor.ofArray shape (rowMajor float32 frame.RowCount columns)
            | (Int32 | Int64 | Bool) when missing = MissingValues.KeptAsNaN ->
                Fail.argument
                    operation
                    "missing"
                    missing
                    $"is of no use in a tensor of {dtype}, which has no NaN; fill them."
            | Float16
            | BFloat16
            | Int32
            | Int64
            | Bool -> Tensor.cast dtype (Tensor.ofFloat64Array shape (rowMajor id frame.RowCount columns))

        /// All columns, which are of numbers or bool, as a tensor [rows; columns] of an element type, with missing values filled
        /// as asked, each column by itself. A column of another type and a value that cannot be filled are errors of
        /// `InvalidData` that name the column.
        let toTensorWith (missing: MissingValues) (dtype: DType) (frame: Frame<'R, 'C>) : Tensor =
            tensorOf "Frame.toTensor" dtype missing frame

        /// All columns, which are of numbers or bool, as a tensor [rows; columns] of an element type. A column of another type
        /// and a missing value are errors of `InvalidData` that name the column.
        let toTensorOf (dtype: DType) (frame: Frame<'R, 'C>) : Tensor = toTensorWith MissingValues.Refused dtype frame

        /// All columns, which are of numbers or bool, as a float32 tensor [rows; columns]; see `toTensorOf`.
        let toTensor (frame: Frame<'R, 'C>) : Tensor = toTensorOf Float32 frame

        /// The rows of a tensor [n; k] as a frame of k named columns of floats.
        let ofTensor (names: seq<string>) (x: Tensor) : Frame<int, string> =
            let names = Array.ofSeq names

            match x.Shape with
            | [ rows; columns ] when columns = names.Length ->
                let all = Tensor.toFloat64Array x

                let column i =
                    Vector.ofValues (Array.init rows (fun row -> all[row * columns + i])) :> IVector

                Frames.ofVectors (names, rows, Array.init columns column)
            | shape ->
                Fail.shapes
                    "Frame.ofTensor"
                    [ "the tensor", shape; "the names", [ names.Length ] ]
                    "the tensor must be [n; k] for k names."

        let private without operation (label: string) (frame: Frame<'R, string>) =
            if not (Seq.contains label frame.ColumnKeys) then
                let known = frame.ColumnKeys |> Seq.truncate 20 |> String.concat ", "
                Fail.argument operation "label" $"'{label}'" $"is no column of the frame; there is {known}."

            let features = frame |> Frame.dropCol label
            features, List.ofSeq features.ColumnKeys

        let private labelType (frame: Frame<'R, string>) (label: string) =
            Seq.zip frame.ColumnKeys frame.ColumnTypes |> Seq.find (fst >> (=) label) |> snd

        /// The words of the labels of a frame, row by row. A missing one is an error.
        let private labelWords operation (label: string) (frame: Frame<'R, string>) : string[] =
            let labels = frame.GetColumn<obj> label

            if labels.ValueCount < frame.RowCount then
                Fail.data
                    operation
                    $"column '{label}' misses {frame.RowCount - labels.ValueCount} of {frame.RowCount} labels. Leave these rows \
                      out with Frame.dropSparseRows."

            labels.Values |> Seq.map (fun value -> string value) |> Array.ofSeq

        let private orderedClasses (label: string) (words: string[]) (frame: Frame<'R, string>) : string[] =
            match FrameColumns.tryFloats frame label (labelType frame label) with
            | Some numbers -> Array.zip numbers words |> Array.distinct |> Array.sort |> Array.map snd
            | None -> words |> Array.distinct |> Array.sort

        /// The classes that a column holds: words in the order of their characters, numbers by value.
        let classNames (label: string) (frame: Frame<'R, string>) : string list =
            let operation = "Frame.classNames"
            without operation label frame |> ignore
            orderedClasses label (labelWords operation label frame) frame |> List.ofArray

        let private numbered operation (label: string) (classes: string list) (words: string[]) : Tensor =
            let number = Dictionary(classes |> List.mapi (fun i word -> KeyValuePair(word, i)))

            let numbers =
                words
                |> Array.map (fun word ->
                    match number.TryGetValue word with
                    | true, i -> i
                    | _ ->
                        let known = classes |> List.truncate 20 |> String.concat ", "
                        Fail.data operation $"column '{label}' has the class '{word}', and there are {known}.")

            Tensor.ofInts [ numbers.Length ] numbers

        /// The samples of a frame whose column `label` has their classes, as words or numbers, and whose other columns are
        /// features, with missing values filled as asked. Classes are numbered in ascending order, numbers by value and words by
        /// their characters; the dataset knows their names and those of the columns. A missing label is an error.
        let toDatasetWith (missing: MissingValues) (label: string) (frame: Frame<'R, string>) : Dataset =
            let operation = "Frame.toDataset"
            let features, names = without operation label frame
            let words = labelWords operation label frame
            let classes = orderedClasses label words frame |> List.ofArray

            Dataset.ofTensors (tensorOf operation Float32 missing features) (numbered operation label classes words)
            |> Dataset.withFeatureNames names
            |> Dataset.withClassNames classes

        /// The samples of a frame whose column `label` has their classes, as words or numbers, and whose other columns are
        /// features; see `toDatasetWith`. A missing value is an error that names its column.
        let toDataset (label: string) (frame: Frame<'R, string>) : Dataset =
            toDatasetWith MissingValues.Refused label frame

        let private targetsOf operation target (frame: Frame<'R, string>) : Tensor =
            frame |> Frame.sliceCols [ target ] |> tensorOf operation Float32 MissingValues.Refused

        /// The samples of a frame whose column `target` is a number to be predicted, and whose other columns are features, with
        /// missing values filled as asked. Labels are float32 [n; 1]; a missing one is an error.
        let toTargetsWith (missing: MissingValues) (target: string) (frame: Frame<'R, string>) : Dataset =
            let operation = "Frame.toTargets"
            let features, names = without operation target frame

            Dataset.ofTensors (tensorOf operation Float32 missing features) (targetsOf operation target frame)
            |> Dataset.withFeatureNames names

        /// The samples of a frame whose column `target` is a number to be predicted, and whose other columns are features.
        /// Labels are float32 [n; 1]. A missing value is an error that names its column.
        let toTargets (target: string) (frame: Frame<'R, string>) : Dataset =
            toTargetsWith MissingValues.Refused target frame

        /// The rows of a frame as one batch: features float32 [n; k] of all columns but that of the labels. Labels are the
        /// numbers of their classes, Int32 [n], where the options name classes, and else float32 [n; 1].
        let toBatch (options: FrameBatchOptions) (frame: Frame<'R, string>) : Batch =
            let operation = "Frame.toBatch"
            let features, _ = without operation options.Label frame

            let labels =
                match options.Classes with
                | [] -> targetsOf operation options.Label frame
                | classes -> labelWords operation options.Label frame |> numbered operation options.Label classes

            { Inputs = [ tensorOf operation Float32 options.Missing features ]
              Labels = [ labels ]
              Weights = [] }

        let private rowsOf (batch: Batch) : seq<Tensor * Tensor> =
            Seq.init batch.Count (fun row -> batch.Features[row], batch.Label[row])

        /// The rows of a frame as a source of samples, features [k] and label each, to be shuffled and batched. The frame becomes
        /// tensors once.
        let toSamples (options: FrameBatchOptions) (frame: Frame<'R, string>) : Batches<Tensor * Tensor> =
            let batch = toBatch options frame
            Batches.ofPasses (Some frame.RowCount) (fun _ -> rowsOf batch)

        /// The rows of a source of frames, such as `Csv.chunks`, as a source of samples: one frame is held at a time. `Mean`,
        /// `Median` and `MostFrequent` are those of a frame by itself.
        let samplesOfChunks
            (options: FrameBatchOptions)
            (chunks: Batches<Frame<'R, string>>)
            : Batches<Tensor * Tensor> =
            Batches.ofPasses None (fun pass ->
                seq {
                    use frames = chunks.Start pass

                    while frames.MoveNext() do
                        yield! rowsOf (toBatch options frames.Current)
                })
