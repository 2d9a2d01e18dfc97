namespace Functional

open LossParts
open MetricParts

/// The points of a ROC curve, from the strictest threshold to the loosest.
type RocCurve =
    {
        /// The share of negatives whose score reaches the threshold; the first is 0, the last 1.
        FalsePositiveRates: float[]
        /// The share of positives whose score reaches the threshold; the first is 0, the last 1.
        TruePositiveRates: float[]
        /// The thresholds, falling; the first is infinity, where nothing is taken as positive.
        Thresholds: float[]
    }

/// Areas under curves of scores.
module internal Ranking =
    /// One score [n] or [n; 1] and one label, 0 or 1, a sample: whether it is positive, and the score. NaN is an error.
    let read operation (labels: Tensor) (scores: Tensor) : bool[] * float[] =
        if not (Classes.isSingle scores.Shape && elementwise labels.Shape scores.Shape) then
            Fail.shapes
                operation
                [ "labels", labels.Shape; "scores", scores.Shape ]
                "one score and one label a sample are needed.\n\
                  For several classes take one column, and 1 where the label is its class."

        let positive = Classes.numbers operation 2 labels |> Array.map ((=) 1)
        let values = Tensor.toFloat64Array scores

        match Array.tryFindIndex System.Double.IsNaN values with
        | Some row -> Fail.data operation $"the score of row {row} (counted from 0) is NaN."
        | None -> positive, values

    /// Raises the error of labels that are all of one kind.
    let demandBoth operation (positive: bool[]) =
        if Array.forall id positive || not (Array.exists id positive) then
            Fail.data operation "the labels are all of one kind; a curve needs positives and negatives."

    /// Weights of negatives and positives whose scores reach each distinct score, falling, with the scores.
    let steps (scores: float[]) (positive: bool[]) (weights: float[]) =
        let order = Array.init scores.Length id
        System.Array.Sort(Array.map (~-) scores, order)
        let points = ResizeArray<struct (float * float * float)>()
        let mutable negatives, positives = 0.0, 0.0

        for k in 0 .. order.Length - 1 do
            let i = order[k]

            if positive[i] then
                positives <- positives + weights[i]
            else
                negatives <- negatives + weights[i]

            if k = order.Length - 1 || scores[order[k + 1]] <> scores[i] then
                points.Add(struct (scores[i], negatives, positives))

        points.ToArray()

    /// The ROC curve of weighted samples of both kinds.
    let rocCurve (scores: float[]) (positive: bool[]) (weights: float[]) : RocCurve =
        let points = steps scores positive weights
        let struct (_, negatives, positives) = Array.last points

        { FalsePositiveRates = points |> Array.map (fun struct (_, n, _) -> n / negatives) |> Array.insertAt 0 0.0
          TruePositiveRates = points |> Array.map (fun struct (_, _, p) -> p / positives) |> Array.insertAt 0 0.0
          Thresholds = points |> Array.map (fun struct (s, _, _) -> s) |> Array.insertAt 0 infinity }

    /// The exact area under the ROC curve: equal scores count half. NaN where a side is missing or a score is NaN.
    let area (scores: float[]) (positive: bool[]) (weights: float[]) =
        if Array.exists System.Double.IsNaN scores then
            nan
        else
            let mutable sum, negatives, positives = 0.0, 0.0, 0.0

            for struct (_, n, p) in steps scores positive weights do
                sum <- sum + (n - negatives) * (p + positives) / 2.0
                negatives <- n
                positives <- p

            if negatives = 0.0 || positives = 0.0 then
                nan
            else
                sum / (negatives * positives)

/// The scores and answers of all rows of a pass, column by column, with the rows' weights.
type internal ScoreColumns() =
    let mutable columns: (ResizeArray<float> * ResizeArray<bool>)[] = [||]
    let weightsOfRows = ResizeArray<float>()

    /// Adds a batch of scores with `width` numbers a row, of which the picked columns count. Rows of weight 0 do not.
    member _.Add(scores: float[], width, picked: int[], isPositive: int -> int -> bool, weights: float[]) =
        if columns.Length = 0 then
            columns <- Array.init picked.Length (fun _ -> ResizeArray(), ResizeArray())
        elif columns.Length <> picked.Length then
            Fail.shapes
                "auc"
                [ "output", [ Shape.unknown; width ] ]
                "the batches before had another number of classes.\nEvery batch must have as many."

        for row in 0 .. weights.Length - 1 do
            if weights[row] <> 0.0 then
                weightsOfRows.Add weights[row]

                for k in 0 .. picked.Length - 1 do
                    let scoresOfColumn, answers = columns[k]
                    scoresOfColumn.Add scores[row * width + picked[k]]
                    answers.Add(isPositive row picked[k])

    /// The mean of the areas of the columns that have both answers; NaN where none has.
    member _.MeanArea =
        let weights = weightsOfRows.ToArray()

        let areas =
            columns
            |> Array.choose (fun (scores, answers) ->
                if answers.Contains true && answers.Contains false then
                    Some(Ranking.area (scores.ToArray()) (answers.ToArray()) weights)
                else
                    None)

        if areas.Length = 0 then nan else Array.average areas

    /// All of it, for a run that is resumed.
    member _.Memory =
        let ofColumn i (scores: ResizeArray<float>, answers: ResizeArray<bool>) =
            [ $"scores_{i}", vector (scores.ToArray())
              $"answers_{i}", vector [| for a in answers -> if a then 1.0 else 0.0 |] ]

        Tree.ofList (
            ("weights", vector (weightsOfRows.ToArray()))
            :: List.concat (List.mapi ofColumn (List.ofArray columns))
        )

    /// Takes back what `Memory` gave.
    member _.Restore(memory: Tree<Tensor>) =
        weightsOfRows.Clear()
        weightsOfRows.AddRange(numbersAt "weights" memory)

        columns <-
            Seq.initInfinite id
            |> Seq.takeWhile (fun i -> (Tree.tryFind $"scores_{i}" memory).IsSome)
            |> Seq.map (fun i ->
                ResizeArray(numbersAt $"scores_{i}" memory),
                ResizeArray(numbersAt $"answers_{i}" memory |> Array.map ((=) 1.0)))
            |> Array.ofSeq

/// Metrics of the order that scores give.
[<AutoOpen>]
module MetricsOfRanking =

    /// Metrics of the order that scores give.
    module Metric =

        let private addScores (columns: ScoreColumns) (labels: Tensor) (output: Tensor) (weights: Tensor option) =
            let name = "auc"
            demandData name (labels :: output :: Option.toList weights)
            let rows, width = rowsOf output.Shape
            let scores = Tensor.toFloat64Array output
            let counts = rowCounts name output.Shape weights

            let weights =
                match weights with
                | None -> Array.create (Shape.size rows) 1.0
                | Some weights -> Tensor.toFloat64Array (rowWeights name rows weights)

            if Classes.isSingle output.Shape then
                Classes.demandShapes name labels.Shape output.Shape
                let right = Classes.numbersWhere counts name 2 labels
                columns.Add(scores, 1, [| 0 |], (fun row _ -> right[row] = 1), weights)
            elif isClassNumbers labels.Shape output.Shape then
                let right = Classes.numbersWhere counts name width labels
                let picked = if width = 2 then [| 1 |] else Array.init width id
                columns.Add(scores, width, picked, (fun row c -> right[row] = c), weights)
            elif labels.Shape = output.Shape then
                let answers = Classes.numbersWhere (fun i -> counts (i / width)) name 2 (Tensor.flatten labels)
                let isPositive row c = answers[row * width + c] = 1
                columns.Add(scores, width, Array.init width id, isPositive, weights)
            else
                mismatch name "" LabelKind.Shares labels.Shape output.Shape

        /// The area under the ROC curve, exact: the chance that a positive sample gets a higher score than a negative
        /// one, where equal scores count half.
        ///
        /// One output a sample, or two of which the second counts, with labels 0 and 1; for more classes the mean over
        /// the classes of each against the rest, with labels that are class numbers or one-hot, and for labels of
        /// several ones a row the mean over the columns. Columns without positives or without negatives are left out;
        /// NaN if none is left, or if a score is NaN. It keeps all scores of a pass; `Metric.aucWith` keeps counts.
        /// scikit-learn: roc_auc_score (macro, one versus rest), which refuses absent classes; Keras's AUC is an
        /// approximation by 200 thresholds.
        let auc: Metric =
            { Name = "auc"
              HigherIsBetter = true
              Create =
                fun () ->
                    let columns = ScoreColumns()

                    { new MetricState() with
                        override _.Add(labels, output, weights) = addScores columns labels output weights
                        override _.Result = columns.MeanArea
                        override _.Memory = Some columns.Memory
                        override _.Restore memory = columns.Restore memory }
              Accumulator = fun _ _ -> None
              OfLogits = None }

        /// The ROC curve of scores [n] or [n; 1] for labels 0 and 1: how many of the negatives and of the positives
        /// reach each threshold, with a point for each distinct score.
        ///
        /// scikit-learn: roc_curve with drop_intermediate=False. Labels of one kind alone and NaN scores are errors.
        let rocCurve (labels: Tensor) (scores: Tensor) : RocCurve =
            let positive, values = Ranking.read "rocCurve" labels scores
            Ranking.demandBoth "rocCurve" positive
            Ranking.rocCurve values positive (Array.create values.Length 1.0)
