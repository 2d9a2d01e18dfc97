namespace Functional

open System
open System.Globalization

/// How intervals of numbers are named.
[<RequireQualifiedAccess>]
type IntervalNames =
    /// By their number, from 0: a column of numbers.
    | Numbers
    /// By their ends, with as few digits behind the point as tell them apart, but at least three where there are as many, as pandas
    /// does: "(111.25, 153.5]".
    | Ends
    /// By these words, in ascending order of the intervals.
    | Labels of string list

/// Numbers to the intervals that they fall in.
module internal Discretization =
    let name = "discretize"

    let private binsOf settings = Settings.whole (Scaling.settings name settings) "bins"

    let private namesOf settings : IntervalNames =
        let source = Scaling.settings name settings

        match Settings.text source "names" with
        | "numbers" -> IntervalNames.Numbers
        | "ends" -> IntervalNames.Ends
        | "labels" ->
            [ for label in Settings.items source "labels" ->
                  match label with
                  | Setting.Text text -> text
                  | Setting.Number _
                  | Setting.Whole _
                  | Setting.Flag _
                  | Setting.Items _
                  | Setting.Group _ -> Fail.data name "its labels are not all words." ]
            |> IntervalNames.Labels
        | other -> Fail.argument name "names" $"'{other}'" "is unknown; there are numbers, ends and labels."

    let nameSettings (names: IntervalNames) : (string * Setting) list =
        match names with
        | IntervalNames.Numbers -> [ "names", Setting.Text "numbers" ]
        | IntervalNames.Ends -> [ "names", Setting.Text "ends" ]
        | IntervalNames.Labels labels ->
            [ "names", Setting.Text "labels"; "labels", Setting.Items(labels |> List.map Setting.Text) ]

    let private limitsOf settings : float[] =
        [| for limit in Settings.items (Scaling.settings name settings) "limits" ->
               match limit with
               | Setting.Number value -> value
               | Setting.Whole value -> float value
               | Setting.Text _
               | Setting.Flag _
               | Setting.Items _
               | Setting.Group _ -> Fail.data name "its limits are not all numbers." |]

    let private checkLabels (settings: (string * Setting) list) (intervals: int) =
        match namesOf settings with
        | IntervalNames.Labels labels when labels.Length <> intervals ->
            Fail.argument
                name
                "labels"
                labels.Length
                $"is not the number of intervals, which is {intervals}; give one for each."
        | IntervalNames.Labels labels when List.distinct labels <> labels ->
            Fail.argument
                name
                "labels"
                (String.concat ", " labels)
                "name two intervals alike; give each a label of its own."
        | IntervalNames.Labels _
        | IntervalNames.Numbers
        | IntervalNames.Ends -> ()

    let private check settings =
        match Settings.text (Scaling.settings name settings) "strategy" with
        | "limits" ->
            let limits = limitsOf settings

            if
                limits.Length = 0
                || limits <> Array.distinct (Array.sort limits)
                || not (Array.forall Double.IsFinite limits)
            then
                let given = limits |> Array.map string |> String.concat ", "
                Fail.argument name "limits" given "are no limits; give one finite number or more in ascending order."

            checkLabels settings (limits.Length + 1)
        | "equal_width"
        | "equal_frequency" ->
            if binsOf settings < 2 then
                Fail.argument name "bins" (binsOf settings) "is no number of intervals; give at least 2."

            checkLabels settings (binsOf settings)
        | other ->
            Fail.argument name "strategy" $"'{other}'" "is unknown; there are equal_width, equal_frequency and limits."

    /// The inner limits of k intervals as wide as each other between the least and the greatest value.
    let private equalWidth (k: int) (values: float[]) : float[] =
        let least, greatest = Array.min values, Array.max values

        if least = greatest then
            [||]
        else
            [| for i in 1 .. k - 1 -> least + float i * ((greatest - least) / float k) |]

    /// The inner limits of k intervals that hold about as many values each. Limits that fall together are one.
    let private equalFrequency (k: int) (values: float[]) : float[] =
        let sorted = Array.sort values

        let all =
            [| for i in 0..k -> Quantiles.ofSorted QuantileMethod.Linear (float i / float k) sorted |]
            |> Array.distinct
        // the ends of the first and the last interval are open
        all[1 .. all.Length - 2]

    let private learn settings (input: PreparationInput) =
        let limits =
            match Settings.text (Scaling.settings name settings) "strategy" with
            | "limits" -> Array.create input.Columns.Length (limitsOf settings)
            | "equal_width" -> Scaling.learn name input (equalWidth (binsOf settings)) [||]
            | _ -> Scaling.learn name input (equalFrequency (binsOf settings)) [||]

        for column, limits in Array.zip input.Names limits do
            match namesOf settings with
            | IntervalNames.Labels labels when labels.Length <> limits.Length + 1 ->
                Fail.data
                    name
                    $"column '{column}' has values for {limits.Length + 1} different intervals, and there are {labels.Length} \
                      labels. Name the intervals by their ends, or give fewer labels."
            | IntervalNames.Labels _
            | IntervalNames.Numbers
            | IntervalNames.Ends -> ()

        [ "limits", Learned.NumberLists limits ]

    /// The number of the interval: how many limits are below x. Intervals are closed on the right.
    let private intervalOf (limits: float[]) (x: float) : int =
        let mutable low = 0
        let mutable high = limits.Length

        while low < high do
            let middle = (low + high) / 2
            if limits[middle] < x then low <- middle + 1 else high <- middle

        low

    /// The number with so many digits behind the point, or so many significant ones where it is below 1.
    let private rounded (digits: int) (x: float) : float =
        if abs x >= 1.0 || x = 0.0 then
            Math.Round(x, digits)
        else
            Math.Round(x, min 15 (digits - 1 - int (floor (log10 (abs x)))))

    /// The limits with three digits, or as many more as tell them apart.
    let rec private short (digits: int) (limits: float[]) : float[] =
        let shorter = limits |> Array.map (rounded digits)

        if digits >= 15 then limits
        elif Array.distinct shorter = shorter then shorter
        else short (digits + 1) limits

    let private ends (limits: float[]) : string[] =
        let limits = short 3 limits
        let text (x: float) = x.ToString("R", CultureInfo.InvariantCulture)

        [| for i in 0 .. limits.Length ->
               let low = if i = 0 then "-inf" else text limits[i - 1]
               if i = limits.Length then $"({low}, inf)" else $"({low}, {text limits[i]}]" |]

    let private apply (step: PreparedStep) (input: PreparationInput) =
        let limits = step.NumberLists "limits"
        let names = namesOf step.Settings

        let words (labels: string[]) i (values: float[]) =
            Column.Words(values |> Array.map (fun x -> if Double.IsNaN x then null else labels[intervalOf limits[i] x]))

        Scaling.columns name input
        |> Array.mapi (fun i values ->
            match names with
            | IntervalNames.Ends -> words (ends limits[i]) i values
            | IntervalNames.Labels labels -> words (Array.ofList labels) i values
            | IntervalNames.Numbers ->
                values
                |> Array.map (fun x -> if Double.IsNaN x then nan else float (intervalOf limits[i] x))
                |> Column.Numbers)

    let private checkLearned (step: PreparedStep) =
        for limits in step.NumberLists "limits" do
            if limits <> Array.distinct (Array.sort limits) then
                Fail.data name "its limits do not ascend."

            match namesOf step.Settings with
            | IntervalNames.Labels labels when labels.Length <> limits.Length + 1 ->
                Fail.data name "its labels are not one for each interval."
            | IntervalNames.Labels _
            | IntervalNames.Numbers
            | IntervalNames.Ends -> ()

    let kind =
        { PreparationKind.ofNumbers name with
            Learns = [ "limits", LearnedForm.NumbersEach ]
            CheckSettings = check
            CheckLearned = checkLearned
            Learn = learn
            Apply = apply }

/// Numbers to intervals, closed on the right and open at both ends: a value at a limit belongs to the interval below it, and values
/// beyond those of the fit to the first and the last one. A missing value stays missing.
[<RequireQualifiedAccess>]
module Discretizer =
    let private make strategy (settings: (string * Setting) list) (names: IntervalNames) =
        Preparation.make
            Discretization.kind
            (("strategy", Setting.Text strategy) :: settings @ Discretization.nameSettings names)

    /// k intervals as wide as each other, (greatest - least) / k, of each column. A constant column has one interval.
    let equalWidth (k: int) (names: IntervalNames) : Preparation = make "equal_width" [ "bins", Setting.Whole k ] names

    /// k intervals that hold about as many values each, limited by quantiles (linear between values), of each column. Intervals
    /// whose limits fall together are one. pandas: qcut(duplicates="drop").
    let equalFrequency (k: int) (names: IntervalNames) : Preparation =
        make "equal_frequency" [ "bins", Setting.Whole k ] names

    /// The intervals between these limits, which ascend: n limits make n + 1 intervals.
    let limits (limits: float list) (names: IntervalNames) : Preparation =
        make "limits" [ "limits", Setting.Items(limits |> List.map Setting.Number) ] names
