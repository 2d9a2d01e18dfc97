namespace Functional

open System
open System.Globalization
open MetricParts

/// The scores of one class, or of an average of classes, in a report.
type ClassScore =
    {
        /// The name of the class, or "macro avg", "weighted avg".
        Name: string
        /// Of the samples said to be of the class, the share that are.
        Precision: float
        /// Of the samples of the class, the share that are said to be.
        Recall: float
        /// The harmonic mean of precision and recall.
        F1: float
        /// How many samples of the class there are.
        Support: int
    }

/// How well classes are told apart. `ToString` gives scikit-learn's table.
type ClassificationReport =
    {
        /// Every class, in order, also those without samples.
        Classes: ClassScore list
        /// The share of samples that are right.
        Accuracy: float
        /// The plain mean over the classes.
        Macro: ClassScore
        /// The mean over the classes weighted by their support.
        Weighted: ClassScore
        /// How often each right class (row) was taken for each class (column).
        Confusion: int[,]
    }

    /// The table that scikit-learn's classification_report prints, with so many decimals; a negative number is an error.
    member r.ToText(digits: int) : string =
        if digits < 0 then
            Fail.argument "ClassificationReport" "digits" digits "is no number of decimals; give 0 or more."

        let longest = r.Classes |> List.fold (fun w c -> max w c.Name.Length) "weighted avg".Length
        let width = max longest digits
        let text (v: float) = v.ToString($"F{digits}", CultureInfo.InvariantCulture)

        let line (name: string) cells =
            name.PadLeft width
            + " "
            + (cells |> List.map (fun (c: string) -> " " + c.PadLeft 9) |> String.concat "")

        let row (c: ClassScore) = line c.Name [ text c.Precision; text c.Recall; text c.F1; string c.Support ]

        [ line "" [ "precision"; "recall"; "f1-score"; "support" ]
          ""
          yield! List.map row r.Classes
          ""
          line "accuracy" [ ""; ""; text r.Accuracy; string r.Macro.Support ]
          row r.Macro
          row r.Weighted ]
        |> String.concat "\n"

    /// The table that scikit-learn's classification_report prints, with two decimals.
    override r.ToString() = r.ToText 2

/// Reports on a trained model, as text for the terminal.
[<AutoOpen>]
module ReportsOfClasses =

    /// Reports on how well outputs fit labels.
    module Report =

        let private name = "Report.scores"

        /// The right and the predicted class numbers and the number of classes, where predictions are class numbers.
        let private ofNumbers (names: string list) (labels: Tensor) (output: Tensor) =
            let highest = max (Tensor.item (Tensor.max output)) (Tensor.item (Tensor.max labels))
            let classes = if names.IsEmpty then int highest + 1 else names.Length
            let right = Classes.numbers name classes (Tensor.flatten labels)
            let predicted = Classes.numbers name classes (Tensor.flatten output)

            if right.Length <> predicted.Length then
                Fail.shapes
                    name
                    [ "labels", labels.Shape; "predicted", output.Shape ]
                    "there must be one prediction for each label."

            right, predicted, classes

        /// The right and the predicted class numbers, and the number of classes. Int32 is taken as predicted class
        /// numbers, and there are as many classes as names or numbers.
        let private classesOf threshold (names: string list) (labels: Tensor) (output: Tensor) =
            if Classes.isSingle output.Shape && (not output.DType.IsFloat || names.Length > 2) then
                ofNumbers names labels output
            else
                Classes.check name true (fun _ -> true) labels output
                let right = Tensor.toInts (fst (Classes.right name labels output))
                right, Tensor.toInts (Classes.predicted threshold output), Classes.count output.Shape

        /// The number of samples of each class (a row each) that were taken for each class (a column each).
        let private confusionOf classes (right: int[]) (predicted: int[]) =
            let cells = Array2D.zeroCreate classes classes

            for i in 0 .. right.Length - 1 do
                cells[right[i], predicted[i]] <- cells[right[i], predicted[i]] + 1

            cells

        let private scoresOf (counts: ClassCounts) c title =
            let counts = Scores.ofClass counts c

            { Name = title
              Precision = Scores.precision counts
              Recall = Scores.recall counts
              F1 = Scores.fBeta 1.0 counts
              Support = int counts.Support }

        let private averageOf (counts: ClassCounts) classes support title average =
            let everyClass = Array.init classes id
            let score of' = Scores.averaged name (Some average) of' everyClass counts

            { Name = title
              Precision = score Scores.precision
              Recall = score Scores.recall
              F1 = score (Scores.fBeta 1.0)
              Support = support }

        /// The scores of every class, from labels (class numbers or one-hot) and outputs: a row a class, or one
        /// probability a sample for two classes.
        ///
        /// `names` has a name for each class; the empty list names them 0, 1, and so on. Zero division gives 0. Classes
        /// that do not appear count in the averages, as in scikit-learn where all labels are passed. Empty data, a
        /// class out of range and another number of names are errors.
        ///
        /// A single output a sample is of the class 1 where it is strictly above the threshold: 0.5 for probabilities,
        /// 0 for logits.
        let scoresAt (threshold: float) (names: string list) (labels: Tensor) (output: Tensor) : ClassificationReport =
            if output.Size = 0 then
                Fail.data name "there are no samples to report on: the output is empty."

            let right, predicted, classes = classesOf threshold names labels output

            if not names.IsEmpty && names.Length <> classes then
                Fail.argument
                    name
                    "names"
                    names.Length
                    $"is the number of names, and there are {classes} classes; name each one."

            let names = if names.IsEmpty then List.init classes string else names
            let cells = confusionOf classes right predicted
            let counts = ClassCounts.OfConfusion cells
            let average = averageOf counts classes right.Length

            { Classes = names |> List.mapi (scoresOf counts)
              Accuracy = ratio (Array.sum counts.Hits) counts.Total
              Macro = average "macro avg" Average.Macro
              Weighted = average "weighted avg" Average.Weighted
              Confusion = cells }

        /// `scoresAt` the threshold 0.5 of probabilities.
        let scores (names: string list) (labels: Tensor) (output: Tensor) : ClassificationReport =
            scoresAt Classes.half names labels output

        /// A confusion matrix as text: a row for each right class, a column for each predicted one, under their names.
        /// A `·` stands for 0. The matrix is square with a name for each class; the empty list names them 0, 1, and so
        /// on.
        let confusionText (names: string list) (matrix: int[,]) : string =
            let n = Array2D.length1 matrix

            if Array2D.length2 matrix <> n then
                Fail.shapes
                    "Report.confusionText"
                    [ "matrix", [ n; Array2D.length2 matrix ] ]
                    "a confusion matrix has a row and a column for each class."

            if not names.IsEmpty && names.Length <> n then
                Fail.argument
                    "Report.confusionText"
                    "names"
                    names.Length
                    $"is the number of names, and there are {n} classes."

            let names = if names.IsEmpty then List.init n string else names
            let cell v = if v = 0 then "·" else string v

            let widths =
                names
                |> List.mapi (fun c name ->
                    Seq.fold (fun w r -> max w (cell matrix[r, c]).Length) name.Length (seq { 0 .. n - 1 }))

            let corner = "true \\ predicted"
            let left = names |> List.fold (fun w name -> max w name.Length) corner.Length

            let line (title: string) (cells: string list) =
                title.PadLeft left
                + "  "
                + String.Join("  ", List.map2 (fun (c: string) (w: int) -> c.PadLeft w) cells widths)

            line corner names
            :: (names |> List.mapi (fun r name -> line name [ for c in 0 .. n - 1 -> cell matrix[r, c] ]))
            |> String.concat "\n"
