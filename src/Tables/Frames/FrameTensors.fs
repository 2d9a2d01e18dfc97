namespace Functional

open System
open System.Collections.Generic
open Deedle

/// Frames to tensors and datasets, and back: beside Deedle's own functions of frames.
[<AutoOpen>]
module FrameTensors =
    /// Deedle's frames.
    [<RequireQualifiedAccess>]
    module Frame =
        /// The columns as floats. Another type than numbers, and a missing value, are errors.
        let private numbers operation (frame: Frame<'R, 'C>) : float[][] =
            let types = Array.ofSeq frame.ColumnTypes

            (Array.ofSeq frame.ColumnKeys, types)
            ||> Array.map2 (fun key columnType ->
                match FrameColumns.tryFloats frame key columnType with
                | None ->
                    Fail.data
                        operation
                        $"column '{key}' is of {columnType.Name} and not of numbers. Encode it as numbers, or drop it with \
                          Frame.dropCol."
                | Some values ->
                    match values |> Array.sumBy (fun value -> if Double.IsNaN value then 1 else 0) with
                    | 0 -> values
                    | missing ->
                        Fail.data
                            operation
                            $"column '{key}' misses {missing} of {values.Length} values. Fill them with \
                              Frame.fillMissingWith, or leave their rows out with Frame.dropSparseRows.")

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

        let private tensorOf operation (dtype: DType) (frame: Frame<'R, 'C>) : Tensor =
            let columns = numbers operation frame
            let shape = [ frame.RowCount; columns.Length ]

            match dtype with
            | Float64 -> Tensor.ofFloat64Array shape (rowMajor id frame.RowCount columns)
            | Float32 -> Tensor.ofArray shape (rowMajor float32 frame.RowCount columns)
            | Float16
            | BFloat16
            | Int32
            | Int64
            | Bool -> Tensor.cast dtype (Tensor.ofFloat64Array shape (rowMajor id frame.RowCount columns))

        /// All columns, which are of numbers or bool, as a tensor [rows; columns] of an element type. A column of another type
        /// and a missing value are errors of `InvalidData` that name the column.
        let toTensorOf (dtype: DType) (frame: Frame<'R, 'C>) : Tensor = tensorOf "Frame.toTensor" dtype frame

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

        /// The samples of a frame whose column `label` has their classes, as words or numbers, and whose other columns are
        /// features. Classes are numbered in ascending order, numbers by value and words by their characters; the dataset knows
        /// their names and those of the columns. A missing value is an error that names its column.
        let toDataset (label: string) (frame: Frame<'R, string>) : Dataset =
            let operation = "Frame.toDataset"
            let features, names = without operation label frame
            let labels = frame.GetColumn<obj> label

            if labels.ValueCount < frame.RowCount then
                Fail.data
                    operation
                    $"column '{label}' misses {frame.RowCount - labels.ValueCount} of {frame.RowCount} labels. Leave these rows \
                      out with Frame.dropSparseRows."

            let words = labels.Values |> Seq.map (fun value -> string value) |> Array.ofSeq

            let ordered =
                match FrameColumns.tryFloats frame label (labelType frame label) with
                | Some numbers -> Array.zip numbers words |> Array.distinct |> Array.sort |> Array.map snd
                | None -> words |> Array.distinct |> Array.sort

            let number = Dictionary(Array.mapi (fun i word -> KeyValuePair(word, i)) ordered)
            let classes = words |> Array.map (fun word -> number[word])

            Dataset.ofTensors (tensorOf operation Float32 features) (Tensor.ofInts [ classes.Length ] classes)
            |> Dataset.withFeatureNames names
            |> Dataset.withClassNames (List.ofArray ordered)

        /// The samples of a frame whose column `target` is a number to be predicted, and whose other columns are features.
        /// Labels are float32 [n; 1]. A missing value is an error that names its column.
        let toTargets (target: string) (frame: Frame<'R, string>) : Dataset =
            let operation = "Frame.toTargets"
            let features, names = without operation target frame
            let labels = frame |> Frame.sliceCols [ target ] |> tensorOf operation Float32
            Dataset.ofTensors (tensorOf operation Float32 features) labels |> Dataset.withFeatureNames names
