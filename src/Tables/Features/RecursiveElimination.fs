namespace Functional

/// How many features recursive elimination leaves, and how fast.
type EliminationOptions =
    {
        /// How many are left. Default half of them, rounded down.
        Keep: int option
        /// How many are left out after each fit. Default 1.
        Step: int
    }

    /// Half of the features, one at a time.
    static member defaults = { Keep = None; Step = 1 }

/// The order in which features were left out.
type RecursiveElimination =
    {
        /// 1 for the features that are left, 2 for those that went last, and so on.
        Ranks: int[]
        /// The numbers of the features that are left, ascending.
        Selected: int[]
    }

/// Recursive feature elimination: fits, leaves out the least important features, and fits again (Guyon et al. 2002).
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module RecursiveElimination =
    let private operation = "RecursiveElimination.select"

    /// Leaves out the features of the least importance, round by round. `importances x y` fits to the features that are left
    /// and gives a number for each, the larger the more important; of equal ones the later features go first. scikit-learn:
    /// RFE.
    ///
    /// A step below 1, and a number to keep that is not from 1 to the number of features, are errors.
    let select
        (options: EliminationOptions)
        (importances: Tensor -> Tensor -> float[])
        (x: Tensor)
        (y: Tensor)
        : RecursiveElimination =
        let features =
            match x.Shape with
            | [ _; features ] -> features
            | shape -> Fail.shapes operation [ "x", shape ] "give samples as [n; features]."

        let keep = options.Keep |> Option.defaultValue (max 1 (features / 2))

        if keep < 1 || keep > features then
            Fail.argument operation "Keep" keep $"is not from 1 to {features}, the number of features."

        if options.Step < 1 then
            Fail.argument operation "Step" options.Step "is no number of features to leave out; give at least 1."

        let importancesOf (left: int[]) =
            let values = importances (Tensor.gather 1 (Tensor.ofInts [ left.Length ] left) x) y

            if values.Length <> left.Length then
                Fail.shapes
                    operation
                    [ "importances", [ values.Length ]; "features", [ left.Length ] ]
                    "the function must give one importance for each feature."

            values

        // the features that are left, and before them those that went, the last first
        let rec eliminate (left: int[]) (gone: int[] list) =
            if left.Length = keep then
                left, gone
            else
                let values = importancesOf left
                let count = min options.Step (left.Length - keep)
                let order = Array.init left.Length id |> Array.sortBy (fun i -> values[i], -i)
                let leaving = order[.. count - 1] |> Array.map (fun i -> left[i])
                eliminate (left |> Array.filter (fun i -> not (Array.contains i leaving))) (leaving :: gone)

        let left, gone = eliminate (Array.init features id) []
        let ranks = Array.create features 1
        gone |> List.iteri (fun round leaving -> leaving |> Array.iter (fun i -> ranks[i] <- round + 2))
        { Ranks = ranks; Selected = left }

    /// The squares of the coefficients of each feature, summed over classes, from the learner's generic form.
    let private squares (fitted: FittedLearner) (state: LearnerState) : float[] =
        match state.Tensors |> List.tryFind (fst >> (=) "coefficients") with
        | Some(_, coefficients) ->
            let sums = Array.zeroCreate fitted.Features

            Tensor.toFloat64Array coefficients
            |> Array.iteri (fun i w -> sums[i % fitted.Features] <- sums[i % fitted.Features] + w * w)

            sums
        | None ->
            Fail.argument
                operation
                "learner"
                fitted.Kind
                "has neither coefficients nor importances; take a linear model, a tree or a forest, or give a function of your own."

    /// The importances of a fitted learner: those of a tree or forest, or the squares of coefficients, summed over classes. A
    /// learner that has neither is an error.
    let importancesOf (fitted: FittedLearner) : float[] =
        let state = fitted.State()

        match state.Kind with
        | "decision_tree_classifier"
        | "decision_tree_regressor" -> (DecisionTree.ofState state).Importances
        | "random_forest_classifier"
        | "random_forest_regressor" -> (RandomForest.ofState state).Importances
        | _ -> squares fitted state

    /// `select` by a learner with coefficients or importances, such as logistic regression or a random forest.
    let ofLearner (options: EliminationOptions) (learner: Learner) (x: Tensor) (y: Tensor) : RecursiveElimination =
        select options (fun x y -> importancesOf (learner |> Learner.fit x y)) x y
