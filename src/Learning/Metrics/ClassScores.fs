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
        /// How classes become one number. Default None: Binary where there are two classes, Macro where there are more,
        /// and with MultiLabel.
        Average: Average option
        /// Above what (strictly) a single output is the class 1. Default 0.5, which beside a loss of logits is taken as
        /// 0. Rows of outputs are decided by the largest.
        Threshold: float
        /// Whether each column of the output is a yes or no of its own, decided by the threshold, for labels with any
        /// number of ones a row. The columns are then the classes, and all of them count. Default false.
        MultiLabel: bool
        /// The class whose score it is, instead of an average of all (Keras: class_id). Default None.
        Class: int option
        /// With MultiLabel, how many of the largest outputs of a row may be taken as ones, of those above the threshold
        /// (Keras: top_k). Default None: any number.
        TopK: int option
        /// Whether classes that appear neither in the labels nor in the outputs count in averages too, with the score 0,
        /// as in Keras; scikit-learn leaves them out. Default false.
        CountsAbsent: bool
    }

    /// The defaults.
    static member defaults =
        { Average = None
          Threshold = 0.5
          MultiLabel = false
          Class = None
          TopK = None
          CountsAbsent = false }

    /// The k largest outputs of each row taken as ones, whatever they are, and one score from the counts of all columns
    /// together: what Keras's Precision and Recall do with `top_k`.
    static member ofTopK(k: int) =
        { ScoreOptions.defaults with
            Average = Some Average.Micro
            Threshold = -infinity
            MultiLabel = true
            TopK = Some k }

/// Labels and outputs as classes.
module internal Classes =
    /// The threshold of probabilities.
    let half = 0.5

    let private show (v: float) = v.ToString(System.Globalization.CultureInfo.InvariantCulture)

    /// The class numbers that labels are, each checked to be one of `classes` where its row counts.
    let numbersWhere rowCounts name classes (labels: Tensor) =
        Tensor.toFloat64Array labels
        |> Array.mapi (fun row v ->
            if (v >= 0.0 && v < float classes && v = floor v) || not (rowCounts row) then
                int v
            else
                Fail.data
                    name
                    $"the label {show v} in row {row} (counted from 0) is none of the classes 0 to {classes - 1}. \
                      Number the classes from 0, and give the model an output for each.")

    /// The class numbers that labels are, each checked to be one of `classes`.
    let numbers name classes labels = numbersWhere (fun _ -> true) name classes labels

    /// Whether the output is one number a sample, decided by a threshold.
    let isSingle (output: Shape) = output.Length <= 1 || List.last output = 1

    /// How many classes an output tells apart.
    let count (output: Shape) = if isSingle output then 2 else List.last output

    /// The shape of the rows of an output, each of which names one class.
    let rows (output: Shape) = fst (rowsOf output)

    /// Raises the error of labels whose shape does not fit the output: class numbers, one-hot rows, or for a single
    /// output a sample 0 and 1.
    let demandShapes name (labels: Shape) (output: Shape) =
        if isSingle output then
            if not (elementwise labels output) then
                mismatch name "" LabelKind.Numbers labels output
        elif not (isClassNumbers labels output || labels = output) then
            let kind = if labels.Length = output.Length then LabelKind.Shares else LabelKind.Classes
            mismatch name "" kind labels output

    let private demandOneClass rowCounts name classes (labels: Tensor) =
        Tensor.toFloat64Array (Tensor.sumOver [ -1 ] (Tensor.reshape [ labels.Size / max 1 classes; classes ] labels))
        |> Array.iteri (fun row sum ->
            if not (abs (sum - 1.0) < 1e-3) && rowCounts row then
                Fail.data
                    name
                    $"the labels of row {row} (counted from 0) add up to {show sum} and not to 1, so they name no \
                      class. This metric takes one class a sample; for several, set MultiLabel.")

    /// Raises the error of labels of rows that count and name no class of the output; with `strict` also that of rows
    /// that are not one-hot.
    let check name strict rowCounts (labels: Tensor) (output: Tensor) =
        demandShapes name labels.Shape output.Shape

        if isSingle output.Shape || isClassNumbers labels.Shape output.Shape then
            numbersWhere rowCounts name (count output.Shape) labels |> ignore
        elif strict then
            demandOneClass rowCounts name (count output.Shape) labels

    /// The right class of each row, Int32, and whether it is one of the classes.
    let right name (labels: Tensor) (output: Tensor) : Tensor * Tensor =
        demandShapes name labels.Shape output.Shape
        let rows = rows output.Shape

        if isSingle output.Shape || isClassNumbers labels.Shape output.Shape then
            let labels = Tensor.reshape rows labels
            let bound = Tensor.scalarOf labels.DType (float (count output.Shape))

            let inRange (labels: Tensor) =
                Tensor.logicalAnd (Tensor.greaterEqual labels (Tensor.zerosLike labels)) (Tensor.less labels bound)

            if labels.DType.IsFloat then
                let whole = Tensor.equal labels (Tensor.floor labels)
                Tensor.cast Int32 labels, Tensor.logicalAnd whole (inRange labels)
            elif labels.DType = Bool then
                Tensor.cast Int32 labels, Tensor.onesOf Bool rows
            else
                labels, inRange labels
        else
            Tensor.argmax -1 labels, Tensor.onesOf Bool rows

    /// The class that the output says for each row, Int32: for a single output 1 where it is above the threshold, else
    /// the class of the largest, or of the first NaN.
    let predicted threshold (output: Tensor) : Tensor =
        if isSingle output.Shape then
            let above = Tensor.greater (real output) (number threshold)
            Tensor.cast Int32 (Tensor.reshape (rows output.Shape) above)
        else
            Tensor.argmax -1 output

    /// Float64 values with NaN where a row's label is no class, so that the sum tells it.
    let orNan isClass values = Tensor.where isClass values (number nan)

    /// The error of a sum that `orNan` made NaN.
    let failOfNan name =
        Fail.data
            name
            "a label is none of the classes of the output, or a weight is NaN. Number the classes from 0, and give the \
             model an output for each."

/// How many samples, or what weight of them, are of each class, said to be of it, and both.
type internal ClassCounts =
    {
        Hits: float[]
        Predicted: float[]
        Support: float[]
        /// The weight of all samples.
        Total: float
    }

    /// The number of classes.
    member c.Count = c.Support.Length

    /// The classes that appear in labels or predictions.
    member c.Seen =
        [| 0 .. c.Count - 1 |] |> Array.filter (fun i -> c.Support[i] <> 0.0 || c.Predicted[i] <> 0.0)

    /// Of how often each right class (row) was taken for each class (column).
    static member OfConfusion(cells: int[,]) =
        let classes = [| 0 .. Array2D.length1 cells - 1 |]
        let support = classes |> Array.map (fun c -> float (Array.sum cells[c, *]))

        { Hits = classes |> Array.map (fun c -> float cells[c, c])
          Predicted = classes |> Array.map (fun c -> float (Array.sum cells[*, c]))
          Support = support
          Total = Array.sum support }

/// Scores of classes from their counts, as scikit-learn's precision_recall_fscore_support.
module internal Scores =
    /// The counts of one class, or of all together, and those of all samples.
    [<Struct>]
    type Counts = { Hits: float; Predicted: float; Support: float; Total: float }

    let precision (c: Counts) = ratio c.Hits c.Predicted
    let recall (c: Counts) = ratio c.Hits c.Support

    let fBeta beta (c: Counts) =
        let p, r = precision c, recall c
        ratio ((1.0 + beta * beta) * p * r) (beta * beta * p + r)

    /// The intersection of labels and predictions over their union.
    let iou (c: Counts) = ratio c.Hits (c.Predicted + c.Support - c.Hits)

    let falsePositives (c: Counts) = c.Predicted - c.Hits
    let falseNegatives (c: Counts) = c.Support - c.Hits
    let trueNegatives (c: Counts) = c.Total - c.Support - falsePositives c

    let specificity (c: Counts) =
        let others = c.Total - c.Support
        ratio (others - falsePositives c) others

    let ofClass (counts: ClassCounts) c =
        { Hits = counts.Hits[c]
          Predicted = counts.Predicted[c]
          Support = counts.Support[c]
          Total = counts.Total }

    /// The score over these classes, by this average.
    let averaged name average (score: Counts -> float) (classes: int[]) (counts: ClassCounts) =
        let each = classes |> Array.map (ofClass counts)

        let average =
            match average with
            | Some average -> average
            | None when counts.Count <= 2 -> Average.Binary
            | None -> Average.Macro

        match average with
        | _ when each.Length = 0 -> 0.0
        | Average.Binary when counts.Count <> 2 ->
            Fail.argument
                name
                "average"
                "Binary"
                $"needs two classes, and there are {counts.Count}; use Macro, Micro or Weighted."
        | Average.Binary -> score (ofClass counts 1)
        | Average.Micro ->
            score
                { Hits = each |> Array.sumBy _.Hits
                  Predicted = each |> Array.sumBy _.Predicted
                  Support = each |> Array.sumBy _.Support
                  Total = each |> Array.sumBy _.Total }
        | Average.Macro -> each |> Array.averageBy score
        | Average.Weighted -> ratio (each |> Array.sumBy (fun c -> c.Support * score c)) (each |> Array.sumBy _.Support)

    /// Whether each number of the rows [rows; columns] is among the k largest of its row; of equal ones the first.
    let private isAmongLargest k (rows: Tensor) =
        let columns = Core.beside rows (fun () -> Tensor.arangeInt 0 rows.Shape[1])
        let _, indices = Tensor.topK k rows
        Tensor.anyOver [ 1 ] (Tensor.equal (Tensor.expandDims -1 (Tensor.cast Int32 indices)) columns)

    /// Which classes each row is of, and which it is said to be of, as masks [rows; classes], and whether its label is a
    /// class at all.
    let private marks name (options: ScoreOptions) classes (labels: Tensor) (output: Tensor) =
        if options.MultiLabel then
            let y, p = elementwiseRows name labels output
            let isAbove = Tensor.greater p (number options.Threshold)

            let isSaid =
                match options.TopK with
                | Some k when k < classes -> Tensor.logicalAnd isAbove (isAmongLargest k p)
                | Some _
                | None -> isAbove

            Tensor.notEqual y (number 0.0), isSaid, Tensor.onesOf Bool [ y.Shape.Head ]
        else
            let flat x = Tensor.reshape [ Shape.size (Classes.rows output.Shape) ] x
            let ofClass (numbers: Tensor) = Tensor.equal (Tensor.expandDims -1 numbers) (Tensor.arangeInt 0 classes)
            let right, isClass = Classes.right name labels output
            ofClass (flat right), ofClass (flat (Classes.predicted options.Threshold output)), flat isClass

    /// The counts of each class as a state: hits, predicted and support, each [classes], and the total.
    let private accumulator name (options: ScoreOptions) score classes : MetricAccumulator =
        let zeros = Tensor.zerosOf Float64 [ classes ]

        let update (state: Tensor list) (labels: Tensor) (output: Tensor) (weights: Tensor option) =
            let isRight, isPredicted, isClass = marks name options classes labels output

            let weights =
                match weights with
                | None -> Tensor.onesOf Float64 isClass.Shape
                | Some weights -> Tensor.reshape isClass.Shape (rowWeights name (Classes.rows output.Shape) weights)

            let column = Tensor.expandDims -1 weights
            let weightOf mask = Tensor.sumOver [ 0 ] (Tensor.where mask column (number 0.0))

            [ state[0] + weightOf (Tensor.logicalAnd isRight isPredicted)
              state[1] + weightOf isPredicted
              state[2] + weightOf isRight
              state[3] + Tensor.sum (weigh weights (Classes.orNan isClass (Tensor.onesLike weights))) ]

        let result (state: Tensor list) =
            let total = Tensor.toFloat state[3]

            if System.Double.IsNaN total then
                Classes.failOfNan name

            let counts: ClassCounts =
                { Hits = Tensor.toFloat64Array state[0]
                  Predicted = Tensor.toFloat64Array state[1]
                  Support = Tensor.toFloat64Array state[2]
                  Total = total }

            let all = [| 0 .. classes - 1 |]

            match options.Class with
            | Some c -> score (ofClass counts c)
            | None when options.MultiLabel ->
                averaged name (Some(Option.defaultValue Average.Macro options.Average)) score all counts
            | None -> averaged name options.Average score (if options.CountsAbsent then all else counts.Seen) counts

        { Init = [ zeros; zeros; zeros; number 0.0 ]; Update = update; Result = result }

    let private demandOptions name (options: ScoreOptions) =
        match options.TopK with
        | Some k when k < 1 || not options.MultiLabel ->
            Fail.argument
                name
                "topK"
                k
                "must be 1 or more, and needs MultiLabel: it says how many columns of a row are taken as ones."
        | Some _
        | None -> ()

        match options.Class, options.Average with
        | Some c, Some average ->
            Fail.argument name "class" c $"is given beside the average {average}; give one of them."
        | Some c, None when c < 0 -> Fail.argument name "class" c "is no class number; they count from 0."
        | _ -> ()

    /// The number of classes of an output; an error where the options name a class that is none of them.
    let private classesOf name (options: ScoreOptions) (output: Shape) =
        let classes = if options.MultiLabel then snd (rowsOf output) else Classes.count output

        match options.Class with
        | Some c when c >= classes ->
            Fail.argument name "class" c $"is none of the output's classes, which are 0 to {classes - 1}."
        | Some _
        | None -> classes

    let metric name (options: ScoreOptions) score : Metric =
        demandOptions name options

        let name =
            match options.Average, options.Class with
            | Some average, _ -> name + "_" + (string average).ToLowerInvariant()
            | None, Some c -> $"{name}_{c}"
            | None, None -> name

        if System.Double.IsNaN options.Threshold then
            Fail.argument name "threshold" options.Threshold "is no number."

        if options.MultiLabel && options.Average = Some Average.Binary then
            Fail.argument
                name
                "average"
                "Binary"
                "is for one of two classes; of several columns take Macro, Micro or Weighted."

        let check = if options.MultiLabel then noCheck else Classes.check name true

        let ofOptions options =
            ofAccumulator name true check (fun _ (output: Signature) ->
                accumulator name options score (classesOf name options output.Shape))

        if options.Threshold = Classes.half then
            { ofOptions options with OfLogits = Some(ofOptions { options with Threshold = 0.0 }) }
        else
            ofOptions options
