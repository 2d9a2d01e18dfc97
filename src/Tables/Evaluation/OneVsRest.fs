namespace Functional

/// The curves of one class against the rest.
type OneVsRestCurve =
    {
        /// The name of the class.
        ClassName: string
        /// The number of samples of the class.
        Support: int
        /// The ROC curve; none where the class has no samples, or all of them.
        Roc: RocCurve option
        /// The area under it; NaN where there is none.
        RocArea: float
        /// The precision-recall curve; none where the class has no samples.
        PrecisionRecall: PrecisionRecallCurve option
        /// Its average precision; NaN where there is none.
        AveragePrecision: float
    }

/// The curves of several classes, each against the rest, and their averages.
type OneVsRestCurves =
    {
        /// A curve for each class, in order.
        Classes: OneVsRestCurve list
        /// The classes that have no ROC curve, since they have no samples or all of them: the averages leave them out.
        MissingClasses: string list
        /// The mean of the areas under the ROC curves. scikit-learn: roc_auc_score(multi_class="ovr", average="macro").
        MacroRocArea: float
        /// The same weighted by the samples of the classes. scikit-learn: average="weighted".
        WeightedRocArea: float
        /// The ROC curve of all scores of all classes together, as questions of yes and no.
        MicroRoc: RocCurve
        /// The area under it. scikit-learn: average="micro".
        MicroRocArea: float
        /// The mean of the average precisions of the classes that have samples.
        MacroAveragePrecision: float
        /// The precision-recall curve of all scores of all classes together.
        MicroPrecisionRecall: PrecisionRecallCurve
        /// Its average precision.
        MicroAveragePrecision: float
    }

    /// The areas of each class on a line, the averages, and which classes are missing.
    override c.ToString() =
        let text (v: float) =
            if System.Double.IsNaN v then
                "-"
            else
                v.ToString("F4", System.Globalization.CultureInfo.InvariantCulture)

        let width = c.Classes |> List.fold (fun w line -> max w line.ClassName.Length) "macro avg".Length

        let line (name: string) cells =
            name.PadLeft width + String.concat "" [ for cell: string in cells -> "  " + cell.PadLeft 8 ]

        [ line "" [ "ROC area"; "avg prec"; "support" ]
          for one in c.Classes do
              line one.ClassName [ text one.RocArea; text one.AveragePrecision; string one.Support ]
          line "macro avg" [ text c.MacroRocArea; text c.MacroAveragePrecision; "" ]
          line "micro avg" [ text c.MicroRocArea; text c.MicroAveragePrecision; "" ]
          if not c.MissingClasses.IsEmpty then
              "without a ROC curve, and left out of the averages: " + String.concat ", " c.MissingClasses ]
        |> String.concat "\n"

/// Curves and areas of more than two classes.
[<RequireQualifiedAccess>]
module OneVsRest =
    /// Labels as class numbers and the scores [n; k], checked.
    let private read operation (classNames: string list) (labels: Tensor) (scores: Tensor) =
        match scores.Shape with
        | [ n; k ] when n > 0 && k > 1 ->
            Classes.check operation true (fun _ -> true) labels scores

            if not classNames.IsEmpty && classNames.Length <> k then
                Fail.argument
                    operation
                    "classNames"
                    classNames.Length
                    $"is the number of names, and there are {k} classes; name each one."

            let values = Tensor.toFloat64Array scores

            match values |> Array.tryFindIndex System.Double.IsNaN with
            | Some i -> Fail.data operation $"a score of row {i / k} (counted from 0) is NaN."
            | None -> ()

            let names = if classNames.IsEmpty then List.init k string else classNames
            names, Tensor.toInts (fst (Classes.right operation labels scores)), values
        | shape ->
            Fail.shapes
                operation
                [ "scores", shape ]
                "the scores must be [n; k] for k classes, at least two; of one score a sample take RocCurve.ofScores."

    let private binary (positive: bool[]) =
        Tensor.ofInts [ positive.Length ] (positive |> Array.map (fun p -> if p then 1 else 0))

    let private vector (values: float[]) = Tensor.ofFloat64Array [ values.Length ] values
    let private meanOf values = if List.isEmpty values then nan else List.average values

    let private curveOf (right: int[]) (scores: float[]) k c name : OneVsRestCurve =
        let positive = right |> Array.map ((=) c)
        let support = positive |> Array.filter id |> Array.length
        let labels = binary positive
        let own = vector (Array.init right.Length (fun row -> scores[row * k + c]))
        let isMixed = support > 0 && support < right.Length
        let roc = if isMixed then Some(RocCurve.ofScores labels own) else None
        let precisionRecall = if support > 0 then Some(PrecisionRecallCurve.ofScores labels own) else None

        { ClassName = name
          Support = support
          Roc = roc
          RocArea = roc |> Option.map RocCurve.area |> Option.defaultValue nan
          PrecisionRecall = precisionRecall
          AveragePrecision =
            precisionRecall |> Option.map PrecisionRecallCurve.averagePrecision |> Option.defaultValue nan }

    /// The ROC and precision-recall curves of each class against the rest, from labels (class numbers [n] or one-hot
    /// [n; k]) and a score for each class [n; k]. Classes without samples have no curve; `MissingClasses` lists them. The
    /// empty list of names calls the classes 0, 1, and so on.
    ///
    /// Raises `ShapeMismatch` for other shapes, and `InvalidData` for a label that is no class or a score that is NaN.
    let curves (classNames: string list) (labels: Tensor) (scores: Tensor) : OneVsRestCurves =
        let names, right, values = read "OneVsRest.curves" classNames labels scores
        let k = names.Length
        let classes = names |> List.mapi (curveOf right values k)
        let present, missing = classes |> List.partition _.Roc.IsSome
        let all = binary (Array.init values.Length (fun i -> right[i / k] = i % k))
        let micro = RocCurve.ofScores all (vector values)
        let microPrecision = PrecisionRecallCurve.ofScores all (vector values)
        let supports = present |> List.sumBy (fun c -> float c.Support)

        { Classes = classes
          MissingClasses = missing |> List.map _.ClassName
          MacroRocArea = meanOf (present |> List.map _.RocArea)
          WeightedRocArea = (present |> List.sumBy (fun c -> float c.Support * c.RocArea)) / supports
          MicroRoc = micro
          MicroRocArea = RocCurve.area micro
          MacroAveragePrecision =
            meanOf (classes |> List.filter (fun c -> c.Support > 0) |> List.map _.AveragePrecision)
          MicroPrecisionRecall = microPrecision
          MicroAveragePrecision = PrecisionRecallCurve.averagePrecision microPrecision }

    /// The mean over all pairs of classes of the area under the ROC curve of the two among each other (Hand and Till
    /// 2001), which the sizes of the classes do not change. Classes without samples are left out; NaN where fewer than two
    /// are left. scikit-learn: roc_auc_score(multi_class="ovo", average="macro").
    let oneVsOneArea (labels: Tensor) (scores: Tensor) : float =
        let names, right, values = read "OneVsRest.oneVsOneArea" [] labels scores
        let k = names.Length

        let areaOf c other =
            let rows =
                [| for row in 0 .. right.Length - 1 do
                       if right[row] = c || right[row] = other then
                           row |]

            Ranking.area
                (rows |> Array.map (fun row -> values[row * k + c]))
                (rows |> Array.map (fun row -> right[row] = c))
                (Array.create rows.Length 1.0)

        let present = right |> Array.distinct |> Array.sort |> List.ofArray

        [ for a in present do
              for b in present do
                  if a < b then
                      (areaOf a b + areaOf b a) / 2.0 ]
        |> meanOf
