namespace Functional

open System

/// Which column of each one-hot group is left out.
[<RequireQualifiedAccess>]
type DroppedCategory =
    /// None.
    | None
    /// The first, so that the rest are not linearly dependent.
    | First
    /// The first of those columns that have two categories.
    | IfBinary

/// The options of `Encoder.oneHotWith`, named as in scikit-learn's OneHotEncoder.
[<RequireQualifiedAccess>]
type OneHotOptions =
    {
        /// What becomes of values that were not there at the fit. Default an error.
        HandleUnknown: UnknownValues
        /// Which column of each group is left out. Default none.
        Drop: DroppedCategory
        /// Categories of fewer rows share one column, `infrequent`. Default 1, which is none.
        MinFrequency: int
        /// The most columns of a group, that of the infrequent ones included; 0 for any number. Default 0.
        MaxCategories: int
    }

    /// A column for each category, and an error for any other value.
    static member defaults: OneHotOptions =
        { HandleUnknown = UnknownValues.Error
          Drop = DroppedCategory.None
          MinFrequency = 1
          MaxCategories = 0 }

/// A column of 0 and 1 for each category.
module internal OneHotEncoding =
    let name = "one_hot"

    let private dropName (drop: DroppedCategory) =
        match drop with
        | DroppedCategory.None -> "none"
        | DroppedCategory.First -> "first"
        | DroppedCategory.IfBinary -> "if_binary"

    let settingsOf (options: OneHotOptions) =
        [ "handle_unknown", Setting.Text(Categories.unknownName options.HandleUnknown)
          "drop", Setting.Text(dropName options.Drop)
          "min_frequency", Setting.Whole options.MinFrequency
          "max_categories", Setting.Whole options.MaxCategories ]

    let private optionsOf settings : OneHotOptions =
        let source = Scaling.settings name settings

        { HandleUnknown = Categories.unknownOf name settings
          Drop =
            match Settings.text source "drop" with
            | "none" -> DroppedCategory.None
            | "first" -> DroppedCategory.First
            | "if_binary" -> DroppedCategory.IfBinary
            | other -> Fail.argument name "drop" $"'{other}'" "is unknown; there are none, first and if_binary."
          MinFrequency = Settings.whole source "min_frequency"
          MaxCategories = Settings.whole source "max_categories" }

    let private check settings =
        let options = optionsOf settings

        if options.MinFrequency < 1 then
            Fail.argument name "min_frequency" options.MinFrequency "is no number of rows; give at least 1."

        if options.MaxCategories < 0 || options.MaxCategories = 1 then
            Fail.argument
                name
                "max_categories"
                options.MaxCategories
                "is no number of columns; give 0 for any, or at least 2."

    /// The categories of a column with a column of their own, and those that share one.
    let private divide (options: OneHotOptions) (column: Column) : string[] * string[] =
        let categories = Categories.withMissing column
        let place = Categories.placing categories
        let counts = Array.zeroCreate<int> categories.Length

        for word in Column.words column do
            counts[place word] <- counts[place word] + 1

        let rare = counts |> Array.map (fun count -> count < options.MinFrequency)

        if options.MaxCategories > 0 then
            let kept = rare |> Array.filter not |> Array.length
            let hasRare = Array.exists id rare

            let most =
                if hasRare || kept > options.MaxCategories then
                    options.MaxCategories - 1
                else
                    options.MaxCategories
            // the most frequent stay, of equals the first
            let order = Array.init counts.Length id |> Array.sortBy (fun i -> -counts[i], i)
            order |> Array.skip (min most order.Length) |> Array.iter (fun i -> rare[i] <- true)

        let pick isRare =
            [| for i in 0 .. categories.Length - 1 do
                   if rare[i] = isRare then
                       categories[i] |]

        pick false, pick true

    let private learn settings (input: PreparationInput) =
        let parts = input.Columns |> Array.map (divide (optionsOf settings))

        [ "categories", Learned.WordLists(Array.map fst parts)
          "infrequent", Learned.WordLists(Array.map snd parts) ]

    /// The columns of each group before one is left out, as words; the infrequent ones come last.
    let private groupNames (categories: string[]) (infrequent: string[]) =
        let word (category: string) = if isNull category then "missing" else category
        Array.append (Array.map word categories) (if infrequent.Length > 0 then [| "infrequent" |] else [||])

    let private dropped (options: OneHotOptions) (width: int) =
        match options.Drop with
        | DroppedCategory.None -> -1
        | DroppedCategory.First -> 0
        | DroppedCategory.IfBinary -> if width = 2 then 0 else -1

    /// The groups: column, categories, infrequent ones, names of the columns, and which of them is left out.
    let private groups (step: PreparedStep) =
        let options = optionsOf step.Settings

        Array.map3
            (fun (column: string) categories infrequent ->
                let names = groupNames categories infrequent
                column, categories, infrequent, names, dropped options names.Length)
            step.Columns
            (step.WordLists "categories")
            (step.WordLists "infrequent")

    let private names (step: PreparedStep) =
        groups step
        |> Array.collect (fun (column, _, _, names, dropped) ->
            names
            |> Array.indexed
            |> Array.filter (fun (i, _) -> i <> dropped)
            |> Array.map (fun (_, word) -> $"{column}_{word}"))

    let private applyGroup unknown (column: string, categories, infrequent, names: string[], dropped) values =
        let own, rare = Categories.placing categories, Categories.placing infrequent
        let words = Column.words values
        let hot = Array.init names.Length (fun _ -> Array.zeroCreate<float> words.Length)

        words
        |> Array.iteri (fun row word ->
            match own word with
            | -1 when rare word >= 0 -> hot[categories.Length].[row] <- 1.0
            | -1 when unknown = UnknownValues.Ignore -> ()
            | -1 -> Categories.refuseUnknown name column word
            | place -> hot[place].[row] <- 1.0)

        hot
        |> Array.indexed
        |> Array.filter (fun (i, _) -> i <> dropped)
        |> Array.map (snd >> Column.Numbers)

    let private apply (step: PreparedStep) (input: PreparationInput) =
        let unknown = Categories.unknownOf name step.Settings
        Array.map2 (applyGroup unknown) (groups step) input.Columns |> Array.concat

    /// The words of a group from the columns that are left of it. Where none is left all rows have the dropped category.
    let private invertGroup rows form (categories: string[], names: string[], dropped) (hot: float[][]) =
        let kept = [| 0 .. names.Length - 1 |] |> Array.filter ((<>) dropped)

        let wordAt place =
            if place < categories.Length then categories[place]
            elif form = ColumnForm.Words then "infrequent"
            else null

        let word row =
            let values = hot |> Array.map (fun column -> column[row])
            let largest = Array.fold max 0.0 values

            if largest > 0.0 then wordAt kept[Array.IndexOf(values, largest)]
            elif dropped >= 0 then wordAt dropped
            else null

        Array.init rows word |> Column.ofWords name form

    let private invert (step: PreparedStep) (columns: Column[]) =
        let groups = groups step

        let widths =
            groups
            |> Array.map (fun (_, _, _, names, dropped) -> names.Length - (if dropped >= 0 then 1 else 0))

        let starts = Array.scan (+) 0 widths
        let rows = columns |> Array.tryHead |> Option.map _.Length |> Option.defaultValue 0

        groups
        |> Array.mapi (fun i (column, categories, _, names, dropped) ->
            let hot = Array.sub columns starts[i] widths[i] |> Array.map (Column.numbers name column)
            invertGroup rows step.Forms[i] (categories, names, dropped) hot)

    let kind =
        { PreparationKind.ofWords name with
            Learns = [ "categories", LearnedForm.WordsEach; "infrequent", LearnedForm.WordsEach ]
            CheckSettings = check
            CheckLearned = Categories.checkDistinct name
            Learn = learn
            OutputNames = names
            Apply = apply
            Invert = Some invert }
