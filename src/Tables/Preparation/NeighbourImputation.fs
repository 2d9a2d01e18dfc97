namespace Functional

open System

/// Filling missing values by the mean of the nearest rows that have one, as scikit-learn's KNNImputer.
module internal NeighbourImputation =
    let name = "impute_nearest"

    let private settingsOf settings =
        let source = Scaling.settings name settings
        Settings.whole source "n_neighbors", Settings.text source "weights"

    let private check settings =
        match settingsOf settings with
        | count, _ when count < 1 ->
            Fail.argument name "n_neighbors" count "is no number of neighbours; give at least 1."
        | _, ("uniform" | "distance") -> ()
        | _, other -> Fail.argument name "weights" $"'{other}'" "is unknown; there are uniform and distance."

    /// The squared distance over the columns that both rows have, scaled up to all columns; NaN where there is none.
    let private distance (data: float[][]) (row: int) (columns: float[][]) (other: int) =
        let mutable sum = 0.0
        let mutable count = 0

        for j in 0 .. columns.Length - 1 do
            let d = columns[j].[other] - data[j].[row]

            if not (Double.IsNaN d) then
                sum <- sum + d * d
                count <- count + 1

        if count = 0 then nan else sum / float count * float columns.Length

    let private weighted (weights: string) (near: (float * float)[]) =
        if weights = "uniform" then
            Array.averageBy snd near
        else
            match near |> Array.filter (fun (d, _) -> d = 0.0) with
            | [||] ->
                let weight d = 1.0 / sqrt d
                (near |> Array.sumBy (fun (d, value) -> weight d * value)) / (near |> Array.sumBy (fst >> weight))
            | same -> Array.averageBy snd same

    /// The value for a gap: of the rows of the fit that have one there, the nearest; the mean of the column where no row has a
    /// distance.
    let private fill count weights (fitted: float[][]) (column: int) (distances: float[]) (mean: float) =
        let donors =
            [| for row in 0 .. distances.Length - 1 do
                   if not (Double.IsNaN distances[row] || Double.IsNaN(fitted[column].[row])) then
                       struct (distances[row], row) |]

        if donors.Length = 0 then
            mean
        else
            donors
            |> Array.sort
            |> Array.truncate count
            |> Array.map (fun struct (d, row) -> d, fitted[column].[row])
            |> weighted weights

    let private apply (step: PreparedStep) (input: PreparationInput) =
        let count, weights = settingsOf step.Settings
        let fitted, means = step.NumberLists "data", step.Numbers "mean"
        let columns = Scaling.columns name input
        let results = columns |> Array.map Array.copy

        let fillRow row =
            if columns |> Array.exists (fun column -> Double.IsNaN column[row]) then
                let distances = Array.init fitted[0].Length (distance columns row fitted)

                for j in 0 .. columns.Length - 1 do
                    if Double.IsNaN(columns[j].[row]) then
                        results[j].[row] <- fill count weights fitted j distances means[j]

        System.Threading.Tasks.Parallel.For(0, input.RowCount, fillRow) |> ignore
        results |> Array.map Column.Numbers

    let private learn _ (input: PreparationInput) =
        let means = Scaling.learn name input Numbers.mean nan

        Array.iter2
            (fun column mean ->
                if Double.IsNaN mean then
                    Imputation.refuseEmpty name column)
            input.Names
            means

        [ "data", Learned.NumberLists(Scaling.columns name input); "mean", Learned.Numbers means ]

    let private checkLearned (step: PreparedStep) =
        if step.NumberLists "data" |> Array.distinctBy _.Length |> Array.length > 1 then
            Fail.data name "its columns have different numbers of rows."

    let kind =
        { PreparationKind.ofNumbers name with
            Learns = [ "data", LearnedForm.NumbersEach; "mean", LearnedForm.NumberEach ]
            CheckSettings = check
            CheckLearned = checkLearned
            Learn = learn
            Apply = apply }
