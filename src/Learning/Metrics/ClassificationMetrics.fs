namespace Functional

open LossParts
open MetricParts

/// Metrics of classes.
[<AutoOpen>]
module MetricsOfClasses =

    /// Metrics of classes.
    ///
    /// A single output a sample ([n] or [n; 1]) means the class 1 where it is above a threshold, strictly; a row of
    /// outputs [n; C] means the class of the largest, the first of equals. Labels are class numbers or one-hot rows.
    module Metric =

        /// The share of each row's outputs that are on the right side of the threshold.
        let private binaryHits name threshold (labels: Tensor) (output: Tensor) =
            let y, p = elementwiseRows name labels output
            let hits = Tensor.equal y (real (Tensor.greater p (number threshold)))
            Tensor.reshape (Classes.rows output.Shape) (Tensor.meanOver [ -1 ] (real hits))

        /// Whether each row's largest output is that of its label's class.
        let private classHits name (labels: Tensor) (output: Tensor) =
            let right, isClass = Classes.right name labels output
            let hits = Tensor.equal right (Classes.predicted Classes.half output)
            Classes.orNan isClass (real hits)

        let private orFail name value = if System.Double.IsNaN value then Classes.failOfNan name else value

        let private binary name threshold = mean name true noCheck id (binaryHits name threshold)

        /// `binaryAccuracy` with another threshold: 0 for logits, for example.
        let binaryAccuracyAt (threshold: float) : Metric = binary "binary_accuracy" threshold

        /// The share of outputs on the right side of 0.5, where only what is strictly above means 1; beside a loss of
        /// logits the right side of 0. Labels are 0 and 1 in the shape of the output; with several outputs a sample
        /// each is a question of its own. Keras: BinaryAccuracy.
        let binaryAccuracy: Metric =
            { binaryAccuracyAt Classes.half with OfLogits = Some(binaryAccuracyAt 0.0) }

        let private ofClasses name demandShapes hits =
            let check rowCounts (labels: Tensor) (output: Tensor) =
                demandShapes labels.Shape output.Shape
                Classes.check name false rowCounts labels output

            mean name true check (orFail name) hits

        /// The share of rows whose largest output is where the label's largest number is. Labels and outputs [n; C].
        /// Keras: CategoricalAccuracy.
        let categoricalAccuracy: Metric =
            let name = "categorical_accuracy"

            let demand (labels: Shape) output =
                if labels <> output then
                    mismatch name "" LabelKind.Shares labels output

            mean name true noCheck id (fun labels output ->
                demand labels.Shape output.Shape
                real (Tensor.equal (Tensor.argmax -1 labels) (Tensor.argmax -1 output)))

        /// The share of rows whose largest output is that of the class the label names. Labels [n] or [n; 1] of class
        /// numbers, outputs [n; C]. Keras: SparseCategoricalAccuracy.
        let sparseCategoricalAccuracy: Metric =
            let name = "sparse_categorical_accuracy"

            let demand labels output =
                if not (isClassNumbers labels output) then
                    mismatch name "" LabelKind.Classes labels output

            let hits (labels: Tensor) (output: Tensor) =
                demand labels.Shape output.Shape

                if Classes.isSingle output.Shape then
                    // of one class, which is always the largest
                    real (Tensor.equal (real labels) (number 0.0)) |> Tensor.reshape (leading output.Shape)
                else
                    classHits name labels output

            ofClasses name demand hits

        let private accuracyAt threshold =
            let name = "accuracy"

            let hits (labels: Tensor) (output: Tensor) =
                if Classes.isSingle output.Shape then
                    binaryHits name threshold labels output
                else
                    classHits name labels output

            let check rowCounts (labels: Tensor) (output: Tensor) =
                if not (Classes.isSingle output.Shape) then
                    Classes.check name false rowCounts labels output

            mean name true check (orFail name) hits

        /// The share of samples that are right, as the shapes tell it: `binaryAccuracy` for one output a sample,
        /// `sparseCategoricalAccuracy` for labels that are class numbers, `categoricalAccuracy` for labels in the shape
        /// of the output.
        ///
        /// As in Keras, labels with several ones a row are taken as one-hot too: use `binaryAccuracy` for several
        /// questions. A single output is decided at 0.5, and at 0 beside a loss of logits.
        let accuracy: Metric = { accuracyAt Classes.half with OfLogits = Some(accuracyAt 0.0) }

        /// The share of samples whose right class is among the k largest outputs; `topK 1` is the accuracy.
        ///
        /// Of equal outputs the first counts as larger, as for argmax (Keras counts all of them as among the k,
        /// scikit-learn the last first); a right class whose output is NaN is a miss. Keras: TopKCategoricalAccuracy,
        /// whose default is 5. A `k` below 1 is an error.
        let topK (k: int) : Metric =
            let name = $"top_{k}_accuracy"

            if k < 1 then
                Fail.argument "topK" "k" k "is below 1; count how many of the largest outputs may hold the right class."

            let demand _ (output: Shape) =
                if Classes.isSingle output then
                    Fail.shapes name [ "output", output ] "a row of outputs is needed, one a class."

            let hits (labels: Tensor) (output: Tensor) =
                demand labels.Shape output.Shape
                let right, isClass = Classes.right name labels output
                let right = Tensor.expandDims -1 right
                let classes = Tensor.arangeInt 0 (Classes.count output.Shape)
                let scores = real output
                let own = Tensor.sumKeep [ -1 ] (Tensor.where (Tensor.equal classes right) scores (number 0.0))
                let earlier = Tensor.logicalAnd (Tensor.equal scores own) (Tensor.less classes right)
                let before = Tensor.sumOver [ -1 ] (real (Tensor.logicalOr (Tensor.greater scores own) earlier))
                let isNumber = Tensor.logicalNot (Tensor.isNan own) |> Tensor.squeezeAxes [ -1 ]
                let isHit = Tensor.logicalAnd (Tensor.less before (number (float k))) isNumber
                Classes.orNan isClass (real isHit)

            ofClasses name demand hits

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

        /// `iou` with an average and a threshold.
        let iouWith (options: ScoreOptions) : Metric = Scores.metric "iou" options Scores.iou

        /// Intersection over union: how many samples (or pixels) are of a class and said to be, over how many are either.
        /// The class 1 where there are two, the mean of the classes where there are more. scikit-learn: jaccard_score;
        /// Keras: IoU, whose target classes these are.
        let iou: Metric = iouWith ScoreOptions.defaults

        /// The mean of `iou` over the classes that appear, also where there are two. Keras: MeanIoU and OneHotMeanIoU.
        let meanIou: Metric =
            let metric = iouWith { ScoreOptions.defaults with Average = Some Average.Macro }

            { metric with
                Name = "mean_iou"
                OfLogits = metric.OfLogits |> Option.map (fun ofLogits -> { ofLogits with Name = "mean_iou" }) }

        let private fewer (metric: Metric) = { metric with HigherIsBetter = false }

        /// `truePositives` with an average and a threshold.
        let truePositivesWith (options: ScoreOptions) : Metric = Scores.metric "true_positives" options _.Hits

        /// How many samples of a class, or what weight of them, are said to be of it. The class 1 where there are two,
        /// the mean of the classes where there are more. Keras: TruePositives.
        let truePositives: Metric = truePositivesWith ScoreOptions.defaults

        /// `falsePositives` with an average and a threshold.
        let falsePositivesWith (options: ScoreOptions) : Metric =
            fewer (Scores.metric "false_positives" options Scores.falsePositives)

        /// How many samples, or what weight of them, are wrongly said to be of a class. The class 1 where there are two,
        /// the mean of the classes where there are more. Less is better. Keras: FalsePositives.
        let falsePositives: Metric = falsePositivesWith ScoreOptions.defaults

        /// `trueNegatives` with an average and a threshold.
        let trueNegativesWith (options: ScoreOptions) : Metric =
            Scores.metric "true_negatives" options Scores.trueNegatives

        /// How many samples that are not of a class, or what weight of them, are not said to be. The class 1 where there
        /// are two, the mean of the classes where there are more. Keras: TrueNegatives.
        let trueNegatives: Metric = trueNegativesWith ScoreOptions.defaults

        /// `falseNegatives` with an average and a threshold.
        let falseNegativesWith (options: ScoreOptions) : Metric =
            fewer (Scores.metric "false_negatives" options Scores.falseNegatives)

        /// How many samples of a class, or what weight of them, are not said to be of it. The class 1 where there are two,
        /// the mean of the classes where there are more. Less is better. Keras: FalseNegatives.
        let falseNegatives: Metric = falseNegativesWith ScoreOptions.defaults

        /// `classesOf` with another threshold: 0 for logits.
        let classesAt (threshold: float) (output: Tensor) : Tensor =
            if Classes.isSingle output.Shape && not output.DType.IsFloat then
                Tensor.reshape (Classes.rows output.Shape) (Tensor.cast Int32 output)
            else
                Classes.predicted threshold output

        /// The class of each row (Int32): for a row of outputs [...; C] that of the largest; for a single output a
        /// sample, 1 where it is strictly above 0.5. Int32 of one number a sample is taken as class numbers already.
        let classesOf (output: Tensor) : Tensor = classesAt Classes.half output

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
                if Classes.isSingle t.Shape then
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
