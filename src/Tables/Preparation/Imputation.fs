namespace Functional

open System

/// Filling missing values by one value for each column, or for each class of rows.
module internal Imputation =
    let private fillNumbers (fill: float) (values: float[]) =
        values |> Array.map (fun x -> if Double.IsNaN x then fill else x)

    let private fillWords (fill: string) (values: string[]) =
        values |> Array.map (fun x -> if isNull x then fill else x)

    /// Raises the error of a column without a value to learn from.
    let refuseEmpty operation (name: string) =
        Fail.data
            operation
            $"column '{name}' has no value to learn from. Drop it with Preparation.dropColumns, or fill it with Imputer.constant."

    /// A number for the gaps of all columns.
    let constant =
        let value settings = Settings.number (Scaling.settings "impute_constant" settings) "value"

        let check settings =
            if not (Double.IsFinite(value settings)) then
                Fail.argument
                    "Imputer.constant"
                    "value"
                    (value settings)
                    "is no finite number; give one to fill gaps with."

        { PreparationKind.ofNumbers "impute_constant" with
            CheckSettings = check
            Apply =
                fun step input ->
                    let fill = value step.Settings
                    Scaling.map "impute_constant" step.Columns (fun _ -> fillNumbers fill) input.Columns }

    /// A word for the gaps of all columns of words.
    let word =
        let value settings = Settings.text (Scaling.settings "impute_word" settings) "value"

        { PreparationKind.ofWords "impute_word" with
            Takes = [ ColumnForm.Words ]
            CheckSettings = value >> ignore
            Apply =
                fun step input ->
                    input.Columns |> Array.map (Column.words >> fillWords (value step.Settings) >> Column.Words) }

    let private learnEach operation (input: PreparationInput) (f: float[] -> float) =
        let found = Scaling.learn operation input f nan

        Array.iter2
            (fun name value ->
                if Double.IsNaN value then
                    refuseEmpty operation name)
            input.Names
            found

        [ "fill", Learned.Numbers found ]

    let private statistic (name: string) (f: float[] -> float) =
        { PreparationKind.ofNumbers name with
            Learns = [ "fill", LearnedForm.NumberEach ]
            Learn = fun _ input -> learnEach name input f
            Apply =
                fun step input ->
                    let fills = step.Numbers "fill"
                    Scaling.map name step.Columns (fun i -> fillNumbers fills[i]) input.Columns }

    /// The mean of each column.
    let mean = statistic "impute_mean" Numbers.mean

    /// The median of each column.
    let median = statistic "impute_median" (Array.sort >> Quantiles.ofSorted QuantileMethod.Linear 0.5)

    /// The most frequent value, of equals the first in ascending order, as scikit-learn has it.
    let private mostFrequent (name: string) (column: Column) : string =
        let counts = Column.words column |> Array.filter (isNull >> not) |> Array.countBy id |> dict

        match Column.categories column with
        | [||] -> refuseEmpty "impute_mode" name
        | categories -> categories |> Array.maxBy (fun category -> counts[category])

    /// The most frequent value of each column.
    let mode =
        let fill (value: string) (column: Column) =
            Column.ofWords "impute_mode" column.Form (column |> Column.words |> fillWords value)

        // numbers keep their bits where nothing is filled
        let fillColumn (value: string) (column: Column) =
            match column, Column.ofWords "impute_mode" column.Form [| value |] with
            | Column.Numbers values, Column.Numbers one -> Column.Numbers(fillNumbers one[0] values)
            | _ -> fill value column

        { PreparationKind.ofAll "impute_mode" with
            Learns = [ "fill", LearnedForm.WordEach ]
            Learn = fun _ input -> [ "fill", Learned.Words(Array.map2 mostFrequent input.Names input.Columns) ]
            Apply = fun step input -> Array.map2 fillColumn (step.Words "fill") input.Columns }

    let private byName = "impute_class_mean"

    let private classesOf (settings: (string * Setting) list) (input: PreparationInput) : string * string[] =
        match Settings.text (Scaling.settings byName settings) "by", input.Target with
        | "", Some(name, column) -> name, Column.words column
        | "", None ->
            Fail.data
                byName
                "the classes are those of the target, and there is none. Fit with Preparation.fitTo, or name a column."
        | name, _ ->
            match input.Find name with
            | Some column -> name, Column.words column
            | None -> Fail.argument byName "by" $"'{name}'" "is no column of the frame; name the column of the classes."

    let private learnClassMeans settings (input: PreparationInput) =
        let by, words = classesOf settings input
        let classes = Column.categories (Column.Words words)

        let rows =
            classes
            |> Array.map (fun c ->
                [| for i in 0 .. words.Length - 1 do
                       if words[i] = c then
                           i |])

        let means (values: float[]) =
            rows
            |> Array.map (fun rows ->
                match rows |> Array.map (fun i -> values[i]) |> Numbers.known with
                | [||] -> nan
                | known -> Numbers.mean known)

        [ yield! learnEach byName input Numbers.mean
          "by", Learned.Words [| by |]
          "classes", Learned.Words classes
          "means", Learned.NumberLists(Scaling.columns byName input |> Array.map means) ]

    /// The mean of the row's class. Rows of no known class get the mean of the column.
    let classMean =
        let apply (step: PreparedStep) (input: PreparationInput) =
            let fills, means = step.Numbers "fill", step.NumberLists "means"
            let places = step.Words "classes" |> Array.mapi (fun i c -> c, i) |> dict

            let classOf =
                match input.Find((step.Words "by").[0]) with
                | Some column ->
                    Column.words column
                    |> Array.map (fun word ->
                        match (if isNull word then (false, 0) else places.TryGetValue word) with
                        | true, place -> place
                        | _ -> -1)
                | None -> Array.create input.RowCount -1

            let fill i row =
                let own = if classOf[row] < 0 then nan else means[i].[classOf[row]]
                if Double.IsNaN own then fills[i] else own

            Scaling.map
                byName
                step.Columns
                (fun i -> Array.mapi (fun row x -> if Double.IsNaN x then fill i row else x))
                input.Columns

        let check (step: PreparedStep) =
            let count = (step.Words "classes").Length

            if
                (step.Words "by").Length <> 1
                || step.NumberLists "means" |> Array.exists (fun means -> means.Length <> count)
            then
                Fail.data byName "its means are not one for each class."

        { PreparationKind.ofNumbers byName with
            Learns =
                [ "fill", LearnedForm.NumberEach
                  "by", LearnedForm.Words
                  "classes", LearnedForm.Words
                  "means", LearnedForm.NumbersEach ]
            CheckSettings = fun settings -> Settings.text (Scaling.settings byName settings) "by" |> ignore
            CheckLearned = check
            Learn = learnClassMeans
            Apply = apply }
