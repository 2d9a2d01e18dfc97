namespace Functional

open LossParts
open MetricParts

/// How scores of single classes become one, as in scikit-learn. Where it says all classes, those that appear neither in
/// the labels nor in the predictions are left out.
[<RequireQualifiedAccess>]
type Average =
    /// The score of the class 1 of two.
    | Binary
    /// From the counts of all classes together; for one class a sample, precision and recall are then the accuracy.
    | Micro
    /// The mean of all classes, each counting alike.
    | Macro
    /// The mean of all classes, each weighted by the number (or weight) of its labels.
    | Weighted

/// Options of precision, recall and the scores made of them.
type ScoreOptions =
    {
        /// How classes become one number. Default None: Binary where there are two classes, Macro where there are more.
        Average: Average option
        /// Above what (strictly) a single output is the class 1; 0 for logits. Default 0.5. Rows of outputs are decided
        /// by the largest.
        Threshold: float
    }

    /// The defaults.
    static member defaults = { Average = None; Threshold = 0.5 }

/// Labels and outputs as classes.
module internal Classes =
    /// The first largest of a row, or its first NaN, as argmax.
    let argmax (values: float[]) start count =
        let mutable best = start

        for i in start + 1 .. start + count - 1 do
            if
                values[i] > values[best]
                || (System.Double.IsNaN values[i] && not (System.Double.IsNaN values[best]))
            then
                best <- i

        best - start

    let private show (v: float) = v.ToString(System.Globalization.CultureInfo.InvariantCulture)

    /// The class numbers that labels are, each checked to be one of `classes`.
    let numbers name classes (labels: Tensor) =
        Tensor.toFloat64Array labels
        |> Array.mapi (fun row v ->
            if v >= 0.0 && v < float classes && v = floor v then
                int v
            else
                Fail.data
                    name
                    $"the label {show v} in row {row} (counted from 0) is none of the classes 0 to {classes - 1}. \
                      Number the classes from 0, and give the model an output for each.")

    /// Whether the output is one number a sample, decided by a threshold.
    let single (output: Shape) = output.Length <= 1 || List.last output = 1

    /// The right class of each row, from class numbers or one-hot rows, for an output with a row of classes.
    let right name strict (labels: Tensor) (output: Tensor) =
        let classes = List.last output.Shape

        if isClassNumbers labels.Shape output.Shape then
            numbers name classes labels
        elif labels.Shape = output.Shape then
            let values = Tensor.toFloat64Array labels

            Array.init (values.Length / max 1 classes) (fun row ->
                let start = row * classes

                if strict then
                    let mutable sum = 0.0

                    for i in start .. start + classes - 1 do
                        sum <- sum + values[i]

                    if not (abs (sum - 1.0) < 1e-3) then
                        Fail.data
                            name
                            $"the labels of row {row} (counted from 0) add up to {show sum} and not to 1, so they \
                              name no class. This metric takes one class a sample; for several, measure each column \
                              by itself."

                argmax values start classes)
        elif labels.Rank = output.Rank then
            mismatch name "" LabelKind.Shares labels.Shape output.Shape
        else
            mismatch name "" LabelKind.Classes labels.Shape output.Shape

    /// Right and predicted classes of the rows of a batch, how many classes there are, and the rows' weights.
    let decide name threshold (labels: Tensor) (output: Tensor) weights =
        if single output.Shape then
            if not (elementwise labels.Shape output.Shape) then
                mismatch name "" LabelKind.Numbers labels.Shape output.Shape

            let predicted = Tensor.toFloat64Array output |> Array.map (fun p -> if p > threshold then 1 else 0)

            numbers name 2 labels, predicted, 2, rowWeights name weights (fst (rowsOf output.Shape))
        else
            let classes = List.last output.Shape
            let scores = Tensor.toFloat64Array output
            let right = right name true labels output
            let predicted = Array.init right.Length (fun row -> argmax scores (row * classes) classes)
            right, predicted, classes, rowWeights name weights (leading output.Shape)

/// How often, or with what weight, each right class (row) met each prediction (column).
type internal Confusion(name: string) =
    let mutable cells: float[,] = Array2D.zeroCreate 0 0
    let mutable seen: bool[] = [||]

    /// Adds a batch of right and predicted classes.
    member _.Add(right: int[], predicted: int[], classes, weights: float[]) =
        if seen.Length = 0 then
            cells <- Array2D.zeroCreate classes classes
            seen <- Array.zeroCreate classes
        elif seen.Length <> classes then
            Fail.shapes
                name
                [ "output", [ Shape.unknown; classes ] ]
                $"the batches before had {seen.Length} classes.\nEvery batch must have as many."

        for row in 0 .. right.Length - 1 do
            let r, p = right[row], predicted[row]
            cells[r, p] <- cells[r, p] + weights[row]
            seen[r] <- true
            seen[p] <- true

    /// The number of classes; 0 before the first batch.
    member _.Count = seen.Length

    /// The classes that appear in labels or predictions.
    member _.Seen = [| for c in 0 .. seen.Length - 1 -> c |] |> Array.filter (fun c -> seen[c])

    /// The weight of rows right about the class.
    member _.Hits c = cells[c, c]

    /// The weight of rows of the class.
    member _.Support c = Array.sum cells[c, *]

    /// The weight of rows said to be of the class.
    member _.Predicted c = Array.sum cells[*, c]

    /// The weight of all rows.
    member _.Total = cells |> Seq.cast<float> |> Seq.sum

/// Scores of classes from their counts, as scikit-learn's precision_recall_fscore_support.
module internal Scores =
    /// What precision, recall and the like are made of, for a class or for all together.
    [<Struct>]
    type Counts = { Hits: float; Predicted: float; Support: float; Total: float }

    let precision (c: Counts) = ratio c.Hits c.Predicted
    let recall (c: Counts) = ratio c.Hits c.Support

    let fBeta beta (c: Counts) =
        let p, r = precision c, recall c
        ratio ((1.0 + beta * beta) * p * r) (beta * beta * p + r)

    let specificity (c: Counts) =
        let falsely = c.Predicted - c.Hits
        let others = c.Total - c.Support
        ratio (others - falsely) others

    let ofClass (confusion: Confusion) c =
        { Hits = confusion.Hits c
          Predicted = confusion.Predicted c
          Support = confusion.Support c
          Total = confusion.Total }

    /// The score over these classes, by this average.
    let averaged name average (score: Counts -> float) (classes: int[]) (confusion: Confusion) =
        let each = classes |> Array.map (ofClass confusion)

        let average =
            match average with
            | Some average -> average
            | None when confusion.Count <= 2 -> Average.Binary
            | None -> Average.Macro

        match average with
        | _ when each.Length = 0 -> 0.0
        | Average.Binary when confusion.Count <> 2 ->
            Fail.argument
                name
                "average"
                "Binary"
                $"needs two classes, and there are {confusion.Count}; use Macro, Micro or Weighted."
        | Average.Binary -> score (ofClass confusion 1)
        | Average.Micro ->
            score
                { Hits = each |> Array.sumBy _.Hits
                  Predicted = each |> Array.sumBy _.Predicted
                  Support = each |> Array.sumBy _.Support
                  Total = each |> Array.sumBy _.Total }
        | Average.Macro -> each |> Array.averageBy score
        | Average.Weighted -> ratio (each |> Array.sumBy (fun c -> c.Support * score c)) (each |> Array.sumBy _.Support)

    let metric name (options: ScoreOptions) score =
        let name =
            match options.Average with
            | None -> name
            | Some average -> name + "_" + (string average).ToLowerInvariant()

        if System.Double.IsNaN options.Threshold then
            Fail.argument name "threshold" options.Threshold "is no number."

        { Name = name
          HigherIsBetter = true
          Create =
            fun () ->
                let confusion = Confusion name

                { new MetricState() with
                    override _.Add(labels, output, weights) =
                        confusion.Add(Classes.decide name options.Threshold labels output weights)

                    override _.Result = averaged name options.Average score confusion.Seen confusion } }

/// Metrics of classes.
[<AutoOpen>]
module MetricsOfClasses =

    /// Metrics of classes.
    ///
    /// A single output a sample ([n] or [n; 1]) means the class 1 where it is above a threshold, strictly; a row of
    /// outputs [n; C] means the class of the largest, the first of equals. Labels are class numbers or one-hot rows.
    module Metric =

        let private binaryRows name threshold (labels: Tensor) (output: Tensor) weights =
            let y, p, columns, weights = elementwiseRows name labels output weights

            let hits =
                Array.init weights.Length (fun row ->
                    let mutable sum = 0.0

                    for i in row * columns .. (row + 1) * columns - 1 do
                        if y[i] = (if p[i] > threshold then 1.0 else 0.0) then
                            sum <- sum + 1.0

                    sum / float columns)

            hits, weights

        let private classRows name (labels: Tensor) (output: Tensor) weights =
            let scores = Tensor.toFloat64Array output
            let classes = List.last output.Shape
            let right = Classes.right name false labels output

            right
            |> Array.mapi (fun row r -> if Classes.argmax scores (row * classes) classes = r then 1.0 else 0.0),
            rowWeights name weights (leading output.Shape)

        /// `binaryAccuracy` with another threshold: 0 for logits, for example.
        let binaryAccuracyAt (threshold: float) : Metric =
            mean "binary_accuracy" true id (binaryRows "binary_accuracy" threshold)

        /// The share of outputs on the right side of 0.5, where only what is strictly above means 1. Labels are 0 and 1
        /// in the shape of the output; with several outputs a sample each is a question of its own. Keras:
        /// BinaryAccuracy.
        let binaryAccuracy: Metric = binaryAccuracyAt 0.5

        /// The share of rows whose largest output is where the label's largest number is. Labels and outputs [n; C].
        /// Keras: CategoricalAccuracy.
        let categoricalAccuracy: Metric =
            let name = "categorical_accuracy"

            mean name true id (fun labels output weights ->
                if labels.Shape <> output.Shape then
                    mismatch name "" LabelKind.Shares labels.Shape output.Shape

                classRows name labels output weights)

        /// The share of rows whose largest output is that of the class the label names. Labels [n] or [n; 1] of class
        /// numbers, outputs [n; C]. Keras: SparseCategoricalAccuracy.
        let sparseCategoricalAccuracy: Metric =
            let name = "sparse_categorical_accuracy"

            mean name true id (fun labels output weights ->
                if not (isClassNumbers labels.Shape output.Shape) then
                    mismatch name "" LabelKind.Classes labels.Shape output.Shape

                classRows name labels output weights)

        /// The share of samples that are right, as the shapes tell it: `binaryAccuracy` for one output a sample,
        /// `sparseCategoricalAccuracy` for labels that are class numbers, `categoricalAccuracy` for labels in the shape
        /// of the output.
        ///
        /// As in Keras, labels with several ones a row are taken as one-hot too: use `binaryAccuracy` for several
        /// questions.
        let accuracy: Metric =
            mean "accuracy" true id (fun labels output weights ->
                if Classes.single output.Shape then
                    binaryRows "accuracy" 0.5 labels output weights
                else
                    classRows "accuracy" labels output weights)

        /// The share of samples whose right class is among the k largest outputs; `topK 1` is the accuracy.
        ///
        /// Of equal outputs the first counts as larger, as for argmax (Keras counts all of them as among the k,
        /// scikit-learn the last first); a right class whose output is NaN is a miss. Keras: TopKCategoricalAccuracy,
        /// whose default is 5. A `k` below 1 is an error.
        let topK (k: int) : Metric =
            let name = $"top_{k}_accuracy"

            if k < 1 then
                Fail.argument "topK" "k" k "is below 1; count how many of the largest outputs may hold the right class."

            mean name true id (fun labels output weights ->
                if Classes.single output.Shape then
                    Fail.shapes name [ "output", output.Shape ] "a row of outputs is needed, one a class."

                let scores = Tensor.toFloat64Array output
                let classes = List.last output.Shape

                let hits =
                    Classes.right name false labels output
                    |> Array.mapi (fun row right ->
                        let start = row * classes
                        let own = scores[start + right]
                        let mutable before = 0

                        for c in 0 .. classes - 1 do
                            let other = scores[start + c]

                            if other > own || (other = own && c < right) then
                                before <- before + 1

                        if before < k && not (System.Double.IsNaN own) then 1.0 else 0.0)

                hits, rowWeights name weights (leading output.Shape))

        /// `precision` with an average and a threshold.
        let precisionWith (options: ScoreOptions) : Metric = Scores.metric "precision" options Scores.precision

        /// Precision: of the samples said to be of a class, the share that are. The class 1 where there are two, the
        /// mean of the classes where there are more (`precisionWith` has scikit-learn's other averages). 0 where
        /// nothing is said to be of the class. scikit-learn: precision_score; Keras: Precision.
        let precision: Metric = precisionWith ScoreOptions.defaults

        /// `recall` with an average and a threshold.
        let recallWith (options: ScoreOptions) : Metric = Scores.metric "recall" options Scores.recall

        /// Recall: of the samples of a class, the share that are said to be. The class 1 where there are two, the mean
        /// of the classes where there are more (`recallWith` has scikit-learn's other averages). 0 where the class has
        /// no samples. scikit-learn: recall_score; Keras: Recall.
        let recall: Metric = recallWith ScoreOptions.defaults

        let private demandBeta beta =
            if not (beta >= 0.0 && beta < infinity) then
                Fail.argument "fBeta" "beta" beta "is not a number from 0 on; 1 weighs precision and recall alike."

        /// `fBeta` with an average and a threshold.
        let fBetaWith (beta: float) (options: ScoreOptions) : Metric =
            demandBeta beta
            Scores.metric (if beta = 1.0 then "f1_score" else "fbeta_score") options (Scores.fBeta beta)

        /// The F-score (1 + b^2) p r / (b^2 p + r) of precision p and recall r: recall counts b times as much as
        /// precision. The class 1 where there are two, the mean of the classes where there are more. 0 where p and r
        /// are 0. scikit-learn: fbeta_score; Keras: FBetaScore, whose threshold None is for one-hot labels. A negative
        /// `beta` is an error.
        let fBeta (beta: float) : Metric = fBetaWith beta ScoreOptions.defaults

        /// `f1` with an average and a threshold.
        let f1With (options: ScoreOptions) : Metric = fBetaWith 1.0 options

        /// The harmonic mean of precision and recall: `fBeta 1.0`. scikit-learn: f1_score; Keras: F1Score.
        let f1: Metric = f1With ScoreOptions.defaults

        /// `specificity` with an average and a threshold.
        let specificityWith (options: ScoreOptions) : Metric = Scores.metric "specificity" options Scores.specificity

        /// Specificity: of the samples that are not of a class, the share that are not said to be. The class 1 where
        /// there are two, the mean of the classes where there are more. 0 where all samples are of the class. (Keras's
        /// SpecificityAtSensitivity is another thing.)
        let specificity: Metric = specificityWith ScoreOptions.defaults

        /// The class of each row (Int32): for a row of outputs [...; C] that of the largest; for a single output a
        /// sample, 1 where it is strictly above 0.5. Int32 of one number a sample is taken as class numbers already.
        let classesOf (output: Tensor) : Tensor =
            let shape, _ = rowsOf output.Shape

            if Classes.single output.Shape then
                let numbers =
                    if output.DType.IsFloat then
                        Tensor.greater output (Tensor.scalarOf output.DType 0.5)
                    else
                        output

                Tensor.reshape shape (Tensor.cast Int32 numbers)
            else
                Tensor.argmax -1 output

        /// How often each class was taken for each: an Int32 matrix [classes; classes] whose rows are the right classes
        /// and whose columns are the predicted ones.
        ///
        /// `labels` and `predicted` are class numbers (Int32) or rows of numbers a class, of which the largest counts;
        /// `predicted` may also be one probability a sample. A class out of range is an error that names the row.
        /// scikit-learn: confusion_matrix.
        let confusionMatrix (classes: int) (labels: Tensor) (predicted: Tensor) : Tensor =
            let name = "confusionMatrix"

            if classes < 1 then
                Fail.argument name "classes" classes "is below 1; give the number of classes."

            let flat (t: Tensor) =
                // Numbers of any type name classes in labels; only single floats of predictions are probabilities.
                if Classes.single t.Shape then
                    Tensor.flatten t
                else
                    Tensor.flatten (Tensor.argmax -1 t)

            let right = Classes.numbers name classes (flat labels)
            let predicted = Classes.numbers name classes (Tensor.flatten (classesOf predicted))

            if right.Length <> predicted.Length then
                Fail.shapes
                    name
                    [ "labels", [ right.Length ]; "predicted", [ predicted.Length ] ]
                    "there must be one prediction for each label."

            let cells = Array.zeroCreate<int>(classes * classes)

            for row in 0 .. right.Length - 1 do
                let i = right[row] * classes + predicted[row]
                cells[i] <- cells[i] + 1

            Tensor.ofInts [ classes; classes ] cells
