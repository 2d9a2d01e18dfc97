namespace Functional

open System
open MathNet.Numerics.LinearAlgebra

/// The options of `Imputer.regressionWith`, named as in scikit-learn's IterativeImputer.
[<RequireQualifiedAccess>]
type RegressionImputerOptions =
    {
        /// The weight of the penalty on squared coefficients, above 0. Default 1, as of scikit-learn's Ridge.
        Alpha: float
        /// The most rounds. Default 10.
        MaxIterations: int
        /// Rounds end when no row changes by this share of the largest known value or more, all its values together. Default 0.001.
        Tolerance: float
    }

    /// A penalty of 1, ten rounds, a tolerance of 0.001.
    static member defaults: RegressionImputerOptions = { Alpha = 1.0; MaxIterations = 10; Tolerance = 1e-3 }

/// Filling missing values by a regression of each column on all others, in rounds: scikit-learn's IterativeImputer with its Ridge
/// as the estimator. Columns take turns, those of fewer gaps first, and each sees what was filled before.
module internal RegressionImputation =
    let name = "impute_regression"

    let settingsOf (options: RegressionImputerOptions) =
        [ "alpha", Setting.Number options.Alpha
          "max_iter", Setting.Whole options.MaxIterations
          "tol", Setting.Number options.Tolerance ]

    let private optionsOf settings : RegressionImputerOptions =
        let source = Scaling.settings name settings

        { Alpha = Settings.number source "alpha"
          MaxIterations = Settings.whole source "max_iter"
          Tolerance = Settings.number source "tol" }

    let private check settings =
        let options = optionsOf settings

        if not (options.Alpha > 0.0 && Double.IsFinite options.Alpha) then
            Fail.argument name "alpha" options.Alpha "is no weight of a penalty; give a number above 0."

        if options.MaxIterations < 1 then
            Fail.argument name "max_iter" options.MaxIterations "is no number of rounds; give at least 1."

        if not (options.Tolerance >= 0.0) then
            Fail.argument name "tol" options.Tolerance "is no tolerance; give 0 or more."

    /// The coefficients of the other columns in order, and the intercept, of the ridge regression of a column on rows.
    let private regress (alpha: float) (filled: float[][]) (target: int) (rows: int[]) : float[] =
        let others =
            [| for j in 0 .. filled.Length - 1 do
                   if j <> target then
                       j |]

        let pick j = rows |> Array.map (fun row -> filled[j].[row])
        let means = others |> Array.map (pick >> Numbers.mean)
        let y = pick target
        let mean = Numbers.mean y

        if others.Length = 0 then
            [| mean |]
        else
            let x =
                Matrix<float>.Build.Dense(rows.Length, others.Length, fun i j -> filled[others[j]].[rows[i]] - means[j])

            let centered = Vector<float>.Build.Dense(y |> Array.map (fun value -> value - mean))
            let gram = x.TransposeThisAndMultiply x + alpha * Matrix<float>.Build.DenseIdentity(others.Length)
            let weights = gram.Cholesky().Solve(x.TransposeThisAndMultiply centered).ToArray()
            Array.append weights [| mean - Array.fold2 (fun sum w m -> sum + w * m) 0.0 weights means |]

    let private predict (coefficients: float[]) (filled: float[][]) (target: int) (row: int) =
        let mutable sum = coefficients[coefficients.Length - 1]
        let mutable k = 0

        for j in 0 .. filled.Length - 1 do
            if j <> target then
                sum <- sum + coefficients[k] * filled[j].[row]
                k <- k + 1

        sum

    let private fillBy (gaps: bool[][]) (coefficients: float[]) (filled: float[][]) (target: int) =
        for row in 0 .. filled[target].Length - 1 do
            if gaps[target].[row] then
                filled[target].[row] <- predict coefficients filled target row

    /// The columns with the means in their gaps, and where the gaps are.
    let private start (means: float[]) (columns: float[][]) =
        let gaps = columns |> Array.map (Array.map Double.IsNaN)

        let filled =
            Array.map2 (fun mean -> Array.map (fun x -> if Double.IsNaN x then mean else x)) means columns

        gaps, filled

    let private largest (columns: float[][]) =
        columns
        |> Array.fold (fun most -> Array.fold (fun most x -> if abs x > most then abs x else most) most) 0.0

    /// The largest sum of the absolute values of a row, by which scikit-learn judges how much a round changed.
    let private largestRow (columns: float[][]) =
        Seq.init columns[0].Length (fun row -> columns |> Array.sumBy (fun column -> abs column[row]))
        |> Seq.max

    let private rounds (options: RegressionImputerOptions) (gaps: bool[][]) (columns: float[][]) (filled: float[][]) =
        let order =
            Array.init columns.Length id |> Array.sortBy (fun j -> gaps[j] |> Array.filter id |> Array.length)

        let known =
            gaps
            |> Array.map (fun gaps ->
                [| for row in 0 .. gaps.Length - 1 do
                       if not gaps[row] then
                           row |])

        let tolerance = options.Tolerance * largest columns
        let models = Collections.Generic.List<int * float[]>()

        let rec go left =
            let before = filled |> Array.map Array.copy

            for j in order do
                let coefficients = regress options.Alpha filled j known[j]
                fillBy gaps coefficients filled j
                models.Add((j, coefficients))

            let change = largestRow (Array.map2 (Array.map2 (-)) filled before)

            if left > 1 && change >= tolerance then
                go (left - 1)

        go options.MaxIterations
        models.ToArray()

    let private learn settings (input: PreparationInput) =
        let columns = Scaling.columns name input
        let means = Scaling.learn name input Numbers.mean nan

        Array.iter2
            (fun column mean ->
                if Double.IsNaN mean then
                    Imputation.refuseEmpty name column)
            input.Names
            means

        let gaps, filled = start means columns

        let models =
            if gaps |> Array.exists (Array.exists id) then
                rounds (optionsOf settings) gaps columns filled
            else
                [||]

        [ "mean", Learned.Numbers means
          "order", Learned.Numbers(models |> Array.map (fst >> float))
          "coefficients", Learned.NumberLists(Array.map snd models) ]

    let private apply (step: PreparedStep) (input: PreparationInput) =
        let gaps, filled = start (step.Numbers "mean") (Scaling.columns name input)

        for j, coefficients in Array.zip (step.Numbers "order") (step.NumberLists "coefficients") do
            fillBy gaps coefficients filled (int j)

        filled |> Array.map Column.Numbers

    let private checkLearned (step: PreparedStep) =
        let order, coefficients = step.Numbers "order", step.NumberLists "coefficients"
        let isColumn j = j >= 0.0 && j < float step.Columns.Length && j = floor j

        if
            order.Length <> coefficients.Length
            || not (Array.forall isColumn order)
            || coefficients |> Array.exists (fun c -> c.Length <> step.Columns.Length)
        then
            Fail.data name "its regressions do not fit its columns."

    let kind =
        { PreparationKind.ofNumbers name with
            Learns =
                [ "mean", LearnedForm.NumberEach
                  "order", LearnedForm.Numbers
                  "coefficients", LearnedForm.NumberLists ]
            CheckSettings = check
            CheckLearned = checkLearned
            Learn = learn
            Apply = apply }
