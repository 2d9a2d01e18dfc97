namespace Functional

open System

/// How far the mean of a category is drawn to the mean of all rows.
[<RequireQualifiedAccess>]
type TargetSmoothing =
    /// By the variances within the category and of all rows (an empirical Bayes estimate).
    | Auto
    /// As if so many more rows of the category had the mean of all rows.
    | Rows of float

/// Each category as the mean of the target over its rows.
module internal TargetEncoding =
    let name = "target"

    let settingsOf (smoothing: TargetSmoothing) =
        match smoothing with
        | TargetSmoothing.Auto -> [ "smooth", Setting.Text "auto" ]
        | TargetSmoothing.Rows rows -> [ "smooth", Setting.Number rows ]

    let private smoothingOf settings : TargetSmoothing =
        let source = Scaling.settings name settings

        match Settings.find source "smooth" with
        | Setting.Text "auto" -> TargetSmoothing.Auto
        | _ -> TargetSmoothing.Rows(Settings.number source "smooth")

    let private check settings =
        match smoothingOf settings with
        | TargetSmoothing.Rows rows when not (rows >= 0.0 && Double.IsFinite rows) ->
            Fail.argument name "smooth" rows "is no number of rows; give 0 or more, or TargetSmoothing.Auto."
        | TargetSmoothing.Rows _
        | TargetSmoothing.Auto -> ()

    /// The target as numbers: of two classes the second is 1.
    let private targetOf (input: PreparationInput) : float[] =
        match input.Target with
        | None ->
            Fail.data name "it learns from a target, and there is none. Fit with Preparation.fitTo, or in a pipeline."
        | Some(column, values) when Array.exists id (Column.missing values) ->
            Fail.data name $"the target '{column}' has missing values. Leave their rows out with Rows.dropMissing."
        | Some(_, Column.Numbers values) -> values
        | Some(column, values) ->
            match Column.categories values with
            | [| _; second |] -> Column.words values |> Array.map (fun word -> if word = second then 1.0 else 0.0)
            | classes ->
                Fail.data
                    name
                    $"the target '{column}' has {classes.Length} classes, and means are of numbers or of two classes. Take \
                      Encoder.oneHot."

    let private encode smoothing (mean: float) (variance: float) (ys: float[]) : float =
        let count = float ys.Length

        match smoothing with
        | TargetSmoothing.Rows rows -> (Numbers.sum ys + rows * mean) / (count + rows)
        | TargetSmoothing.Auto when variance = 0.0 -> mean
        | TargetSmoothing.Auto ->
            let share = variance * count / (variance * count + Numbers.centralSum 2 ys / count)
            share * Numbers.mean ys + (1.0 - share) * mean

    let private learn settings (input: PreparationInput) =
        let target = targetOf input
        let mean = Numbers.mean target
        let variance = Numbers.centralSum 2 target / float target.Length

        let one column =
            let categories = Categories.withMissing column
            let place = Categories.placing categories
            let rows = Array.init categories.Length (fun _ -> Collections.Generic.List<float>())
            Array.iter2 (fun word y -> rows[place word].Add y) (Column.words column) target
            categories, rows |> Array.map (fun ys -> encode (smoothingOf settings) mean variance (ys.ToArray()))

        let found = input.Columns |> Array.map one

        [ "categories", Learned.WordLists(Array.map fst found)
          "encodings", Learned.NumberLists(Array.map snd found)
          "mean", Learned.Numbers [| mean |] ]

    let private apply (step: PreparedStep) (input: PreparationInput) =
        let mean = (step.Numbers "mean").[0]

        Array.map3
            (fun categories (encodings: float[]) column ->
                let place = Categories.placing categories

                Column.words column
                |> Array.map (fun word ->
                    match place word with
                    | -1 -> mean
                    | i -> encodings[i])
                |> Column.Numbers)
            (step.WordLists "categories")
            (step.NumberLists "encodings")
            input.Columns

    let private checkLearned (step: PreparedStep) =
        Categories.checkDistinct name step

        if
            (step.Numbers "mean").Length <> 1
            || Array.exists2
                (fun (c: string[]) (e: float[]) -> c.Length <> e.Length)
                (step.WordLists "categories")
                (step.NumberLists "encodings")
        then
            Fail.data name "its means are not one for each category."

    let kind =
        { PreparationKind.ofWords name with
            Learns =
                [ "categories", LearnedForm.WordsEach
                  "encodings", LearnedForm.NumbersEach
                  "mean", LearnedForm.Numbers ]
            CheckSettings = check
            CheckLearned = checkLearned
            Learn = learn
            Apply = apply }
