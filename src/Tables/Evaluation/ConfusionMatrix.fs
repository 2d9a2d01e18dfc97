namespace Functional

open System

/// Over what the counts of a confusion matrix are turned into shares. scikit-learn: `normalize`.
[<RequireQualifiedAccess>]
type Normalization =
    /// Over each right class: the diagonal holds the recalls. scikit-learn: "true".
    | ByRow
    /// Over each predicted class: the diagonal holds the precisions. scikit-learn: "pred".
    | ByColumn
    /// Over all samples. scikit-learn: "all".
    | ByAll

/// How disagreement is weighted by Cohen's kappa, for classes in an order.
[<RequireQualifiedAccess>]
type KappaWeights =
    /// Every wrong class counts alike.
    | Equal
    /// By the distance |i - j| of the classes.
    | Linear
    /// By its square.
    | Quadratic

/// The scores of one class against the rest.
type OneVsRestScores =
    {
        /// The name of the class.
        ClassName: string
        /// Samples of the class that are said to be of it.
        TruePositives: int
        /// Samples of other classes that are said to be of it.
        FalsePositives: int
        /// Samples of other classes that are said to be of others.
        TrueNegatives: int
        /// Samples of the class that are said to be of others.
        FalseNegatives: int
        /// TP / (TP + FP); 0 where nothing is said to be of the class.
        Precision: float
        /// TP / (TP + FN), the recall; 0 where the class has no samples.
        Sensitivity: float
        /// TN / (TN + FP); 0 where all samples are of the class.
        Specificity: float
        /// TN / (TN + FN); 0 where everything is said to be of the class.
        NegativePredictiveValue: float
        /// The harmonic mean of precision and sensitivity.
        F1: float
    }

    /// The number of samples of the class: TP + FN.
    member s.Support = s.TruePositives + s.FalseNegatives

    /// The mean of sensitivity and specificity.
    member s.BalancedAccuracy = (s.Sensitivity + s.Specificity) / 2.0

/// How often each right class (row) was taken for each class (column).
type ConfusionMatrix =
    {
        /// The names of the classes, in the order of rows and columns.
        ClassNames: string list
        /// [right; predicted]: numbers of samples.
        Counts: int[,]
    }

    /// The matrix as text: a row for each right class, a column for each predicted one, under their names.
    override m.ToString() = Report.confusionText m.ClassNames m.Counts

/// Confusion matrices, and the scores that follow from them.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module ConfusionMatrix =
    /// The matrix of a classification report.
    let ofReport (report: ClassificationReport) : ConfusionMatrix =
        { ClassNames = report.Classes |> List.map _.Name; Counts = report.Confusion }

    /// The matrix of labels (class numbers or one-hot) and outputs: predicted class numbers (Int32), a row of numbers a
    /// class, or one probability a sample for two classes. The empty list of names calls the classes 0, 1, and so on.
    ///
    /// Raises `InvalidData` for no samples or a label that is no class, and `ShapeMismatch` where the rows are not as many.
    /// scikit-learn: confusion_matrix.
    let ofOutputs (classNames: string list) (labels: Tensor) (outputs: Tensor) : ConfusionMatrix =
        ofReport (Report.scores classNames labels outputs)

    /// The matrix of a model's evaluation. Labels that are no classes, and several outputs, are errors.
    let ofEvaluation (evaluation: Evaluation) : ConfusionMatrix =
        Report.scoresAt evaluation.Threshold evaluation.ClassNames evaluation.Labels evaluation.Outputs
        |> ofReport

    /// The number of samples.
    let count (matrix: ConfusionMatrix) : int = matrix.Counts |> Seq.cast<int> |> Seq.sum

    /// The counts as shares. A row or column without samples is 0, as in scikit-learn.
    let normalized (by: Normalization) (matrix: ConfusionMatrix) : float[,] =
        let counts = matrix.Counts
        let sumOf (cells: int[]) = float (Array.sum cells)
        let all = float (count matrix)

        let whole i j =
            match by with
            | Normalization.ByRow -> sumOf counts[i, *]
            | Normalization.ByColumn -> sumOf counts[*, j]
            | Normalization.ByAll -> all

        counts |> Array2D.mapi (fun i j cell -> MetricParts.ratio (float cell) (whole i j))

    /// Precision, sensitivity, specificity and F1 of each class against the rest. Where a definition divides by 0 the
    /// score is 0.
    let perClass (matrix: ConfusionMatrix) : OneVsRestScores list =
        let counts = ClassCounts.OfConfusion matrix.Counts

        let scores c name =
            let class' = Scores.ofClass counts c
            let negatives, misses = Scores.trueNegatives class', Scores.falseNegatives class'

            { ClassName = name
              TruePositives = int class'.Hits
              FalsePositives = int (Scores.falsePositives class')
              TrueNegatives = int negatives
              FalseNegatives = int misses
              Precision = Scores.precision class'
              Sensitivity = Scores.recall class'
              Specificity = Scores.specificity class'
              NegativePredictiveValue = MetricParts.ratio negatives (negatives + misses)
              F1 = Scores.fBeta 1.0 class' }

        matrix.ClassNames |> List.mapi scores

    /// The share of samples that are right. scikit-learn: accuracy_score.
    let accuracy (matrix: ConfusionMatrix) : float =
        let counts = ClassCounts.OfConfusion matrix.Counts
        MetricParts.ratio (Array.sum counts.Hits) counts.Total

    let private meanRecall (matrix: ConfusionMatrix) =
        let present = perClass matrix |> List.filter (fun c -> c.Support > 0)
        present.Length, present |> List.averageBy _.Sensitivity

    /// The mean of the recalls of the classes that have samples: the accuracy as if all classes were as large.
    /// scikit-learn: balanced_accuracy_score.
    let balancedAccuracy (matrix: ConfusionMatrix) : float = snd (meanRecall matrix)

    /// `balancedAccuracy` scaled so that guessing gives 0 and no error 1: (score - 1/k) / (1 - 1/k) for the k classes that
    /// have samples; NaN where k is 1. scikit-learn: balanced_accuracy_score with adjusted=True.
    let adjustedBalancedAccuracy (matrix: ConfusionMatrix) : float =
        let classes, score = meanRecall matrix
        let chance = 1.0 / float classes
        if classes = 1 then nan else (score - chance) / (1.0 - chance)

    /// Matthews' correlation coefficient, from -1 to 1, for any number of classes (Gorodkin 2004); 0 where all samples are
    /// of one class or said to be. scikit-learn: matthews_corrcoef.
    let matthews (matrix: ConfusionMatrix) : float =
        let counts = ClassCounts.OfConfusion matrix.Counts
        let dot xs ys = Array.sum (Array.map2 (*) xs ys)
        let n = counts.Total
        let both = Array.sum counts.Hits * n - dot counts.Support counts.Predicted
        let right = n * n - dot counts.Support counts.Support
        let predicted = n * n - dot counts.Predicted counts.Predicted
        MetricParts.ratio both (sqrt right * sqrt predicted)

    /// Cohen's kappa with weights of disagreement: 1 less the weighted disagreement over that of chance. NaN where chance
    /// leaves no disagreement: all samples are of one class and said to be of it. scikit-learn: cohen_kappa_score.
    let kappaWeighted (weights: KappaWeights) (matrix: ConfusionMatrix) : float =
        let counts = ClassCounts.OfConfusion matrix.Counts

        let weight i j =
            let distance = float (abs (i - j))

            match weights with
            | KappaWeights.Equal -> min 1.0 distance
            | KappaWeights.Linear -> distance
            | KappaWeights.Quadratic -> distance * distance

        let mutable observed, expected = 0.0, 0.0

        matrix.Counts
        |> Array2D.iteri (fun i j cell ->
            observed <- observed + weight i j * float cell
            expected <- expected + weight i j * counts.Support[i] * counts.Predicted[j] / counts.Total)

        1.0 - observed / expected

    /// Cohen's kappa: agreement beyond chance, from -1 to 1. scikit-learn: cohen_kappa_score.
    let kappa (matrix: ConfusionMatrix) : float = kappaWeighted KappaWeights.Equal matrix
