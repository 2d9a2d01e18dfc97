namespace Functional

open Deedle

/// Tables of scores as frames.
[<AutoOpen>]
module ClassificationFrames =
    let private columns (names: string list) (columns: (string * float list) list) : Frame<string, string> =
        Frame.ofColumns [ for title, values in columns -> title => Series(names, values) ]

    /// Classification reports as frames.
    module ClassificationReport =
        /// The report as a frame: a row for each class, then "macro avg" and "weighted avg"; columns precision, recall,
        /// f1-score, support. Two classes of one name are an error.
        let toFrame (report: ClassificationReport) : Frame<string, string> =
            let rows = report.Classes @ [ report.Macro; report.Weighted ]
            let names = rows |> List.map _.Name

            if List.distinct names <> names then
                Fail.data
                    "ClassificationReport.toFrame"
                    "two rows have the same name, and the rows of a frame differ; rename a class."

            columns
                names
                [ "precision", rows |> List.map _.Precision
                  "recall", rows |> List.map _.Recall
                  "f1-score", rows |> List.map _.F1
                  "support", rows |> List.map (fun row -> float row.Support) ]

    /// Confusion matrices as frames.
    module ConfusionMatrix =
        let private demandDistinct operation (names: string list) =
            if List.distinct names <> names then
                Fail.data operation "two classes have the same name, and the rows of a frame differ; rename one."

        /// The counts as a frame: a row for each right class, a column for each predicted one.
        let toFrame (matrix: ConfusionMatrix) : Frame<string, string> =
            demandDistinct "ConfusionMatrix.toFrame" matrix.ClassNames
            let counts j = matrix.Counts[*, j] |> Array.map float |> List.ofArray
            columns matrix.ClassNames (matrix.ClassNames |> List.mapi (fun j name -> name, counts j))

        /// Precision, sensitivity, specificity and F1 of each class as a frame with a row for each class.
        let perClassFrame (matrix: ConfusionMatrix) : Frame<string, string> =
            demandDistinct "ConfusionMatrix.perClassFrame" matrix.ClassNames
            let scores = ConfusionMatrix.perClass matrix

            columns
                matrix.ClassNames
                [ "precision", scores |> List.map _.Precision
                  "sensitivity", scores |> List.map _.Sensitivity
                  "specificity", scores |> List.map _.Specificity
                  "f1", scores |> List.map _.F1
                  "support", scores |> List.map (fun score -> float score.Support) ]
