namespace Functional

open LossParts

/// Checks of labels before training.
[<AutoOpen>]
module ChecksOfLabels =

    /// Checks of labels before training.
    module Loss =

        let private show (v: float) = v.ToString(System.Globalization.CultureInfo.InvariantCulture)

        /// Raises the error of the first label that is bad, with the reason.
        let private refuse operation (labels: Tensor) (values: float[]) (bad: float -> bool) (reason: float -> string) =
            let rowSize = max 1 (Shape.size (List.truncate labels.Rank labels.Shape |> List.skip 1))

            match Array.tryFindIndex bad values with
            | Some i ->
                let column = if rowSize = 1 then "" else $", column {i % rowSize}"

                Fail.data
                    operation
                    $"the label {show values[i]} in row {i / rowSize}{column} (counted from 0) {reason values[i]}"
            | None -> ()

        /// Why a class number is out of range, and the fix; `most` is the largest label.
        let private outOfRange layer classes (most: float) (label: float) =
            let range = $"is outside 0 to {classes - 1}: {outputOf layer} {classes} outputs, one a class."

            let fix =
                if classes = 1 then
                    "Use Loss.binaryCrossentropy for one output, or make the last layer "
                    + $"Dense({show (most + 1.0)})."
                elif label < 0.0 then
                    "Number the classes from 0."
                else
                    $"Number the classes from 0, or make the last layer Dense({show (most + 1.0)})."

            range + " " + fix

        /// Raises the error of the first label that the loss does not take, for labels whose shape fits an output with its
        /// classes last.
        let internal checkLabelValues operation layer (loss: Loss) (output: Shape) (labels: Tensor) =
            let values =
                match loss.IgnoreClass with
                | None -> Tensor.toFloat64Array labels
                // a label that is left out may be any number
                | Some ignored ->
                    Tensor.toFloat64Array labels |> Array.map (fun v -> if v = float ignored then 0.0 else v)

            let refuse = refuse operation labels values

            refuse (System.Double.IsFinite >> not) (fun _ ->
                "cannot be learned from. Remove such rows, or fill in what is missing, before training.")

            match loss.Labels with
            | LabelKind.Own
            | LabelKind.Numbers -> ()
            | LabelKind.Counts ->
                refuse (fun v -> v < 0.0) (fun _ ->
                    $"is below 0, and {loss.Name} takes counts. Check the column of labels.")
            | LabelKind.Binary ->
                refuse (fun v -> v < 0.0 || v > 1.0) (fun _ ->
                    $"is outside [0, 1], and {loss.Name} takes 0 for no and 1 for yes. Number the two classes 0 and \
                      1, or, where there are more, use Loss.sparseCategoricalCrossentropy.")
            | LabelKind.Signs ->
                refuse (fun v -> v < -1.0 || v > 1.0) (fun _ ->
                    $"is outside [-1, 1], and {loss.Name} takes -1 and 1, or 0 and 1. Number the two classes so.")
            | LabelKind.Shares ->
                refuse (fun v -> v < 0.0 || v > 1.0) (fun _ ->
                    $"is outside [0, 1], and {loss.Name} takes shares of the classes. Make rows of class numbers with \
                      Tensor.oneHot.")
            | LabelKind.Classes ->
                let classes = List.last output

                refuse (fun v -> v <> floor v) (fun _ ->
                    $"is not a whole number, and {loss.Name} takes class numbers. Use a loss of numbers for measured \
                      values.")

                refuse (fun v -> v < 0.0 || v >= float classes) (outOfRange layer classes (Array.max values))

        /// Labels that no loss can take: none at all, or of no class.
        let private demandLabels operation (labels: Tensor) =
            if labels.Rank = 0 then
                Fail.shapes
                    operation
                    [ "labels", labels.Shape ]
                    "the labels are a scalar; they need an axis of samples in front."

            if labels.Shape.Head = 0 then
                Fail.data
                    operation
                    "there are no labels: the data have 0 samples. Check the file, and how it was filtered or split."

            if labels.Shape.Tail |> List.contains 0 then
                Fail.shapes
                    operation
                    [ "labels", labels.Shape ]
                    "the labels have 0 classes or values. Check the column of labels."

        /// Checks labels before training: shapes, NaN and infinities, and values that the loss does not take, such as a
        /// class number out of range. It reads all labels, so it is done once and not for each batch.
        ///
        /// `operation` begins the error ("Fit"), `layer` is the name of the last layer or "", and `output` is the shape
        /// of the output of one sample. The error names the first bad row and its value. No labels at all are an error.
        let checkLabels (operation: string) (layer: string) (output: Shape) (labels: Tensor) (loss: Loss) : unit =
            demandLabels operation labels

            // The batch axis agrees by nature; in the error the output's is not known yet.
            let given, known = classesLastShapes loss.Name loss.Axis labels.Shape (labels.Shape.Head :: output)

            let fits =
                match loss.Labels with
                | LabelKind.Own -> true
                | LabelKind.Classes -> isClassNumbers given known
                | LabelKind.Numbers
                | LabelKind.Counts
                | LabelKind.Binary
                | LabelKind.Signs
                | LabelKind.Shares -> elementwise given known

            if fits && not (List.contains 0 output) then
                checkLabelValues operation layer loss known labels
            else
                try
                    checkShapes operation layer loss.Labels given known
                with :? FunctionalException as e ->
                    match e.Error with
                    | FunctionalError.ShapeMismatch(operation, [ labels; "output", _ ], reason) ->
                        Fail.shapes operation [ labels; "output", Shape.unknown :: known.Tail ] reason
                    | _ -> raise e
