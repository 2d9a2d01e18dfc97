namespace Functional

open System.Collections.Generic

/// What an encoder does with a value that it has not seen at the fit.
[<RequireQualifiedAccess>]
type UnknownValues =
    /// An error that names the column and the value.
    | Error
    /// One-hot: zeros in all columns. Ordinal: a missing value.
    | Ignore

/// What encoders of categories share.
module internal Categories =
    let unknownName (unknown: UnknownValues) =
        match unknown with
        | UnknownValues.Error -> "error"
        | UnknownValues.Ignore -> "ignore"

    let unknownOf operation settings : UnknownValues =
        match Settings.text (Scaling.settings operation settings) "handle_unknown" with
        | "error" -> UnknownValues.Error
        | "ignore" -> UnknownValues.Ignore
        | other -> Fail.argument operation "handle_unknown" $"'{other}'" "is unknown; there are error and ignore."

    let refuseUnknown operation (column: string) (value: string) =
        let word = if isNull value then "a missing value" else $"'{value}'"

        Fail.data
            operation
            $"column '{column}' has {word}, which it had not when the encoder was fitted. Take UnknownValues.Ignore, or fit on \
              data that have it."

    /// The place of each word among categories. A missing value, null, has a place where it is one of them.
    let placing (categories: string[]) : string -> int =
        let places = Dictionary<string, int>()
        let missing = categories |> Array.tryFindIndex isNull |> Option.defaultValue -1

        categories
        |> Array.iteri (fun i category ->
            if not (isNull category) then
                places[category] <- i)

        fun word ->
            if isNull word then
                missing
            else
                match places.TryGetValue word with
                | true, place -> place
                | _ -> -1

    /// The categories of each column; with null at the end where values are missing.
    let withMissing (column: Column) : string[] =
        let known = Column.categories column

        if Array.exists id (Column.missing column) then
            Array.append known [| null |]
        else
            known

    let checkDistinct operation (step: PreparedStep) =
        for categories in step.WordLists "categories" do
            if Array.distinct categories <> categories then
                Fail.data operation "a category stands twice."

/// Categories by their number.
module internal OrdinalEncoding =
    let name = "ordinal"

    /// The orders of categories that the user gives, for each column; none where they are learnt.
    let private given (settings: (string * Setting) list) : string[] list =
        let source = Scaling.settings name settings

        let word setting =
            match setting with
            | Setting.Text text -> text
            | Setting.Number _
            | Setting.Whole _
            | Setting.Flag _
            | Setting.Items _
            | Setting.Group _ -> Fail.data name "its categories are not words."

        match Settings.tryFind source "categories" with
        | None -> []
        | Some(Setting.Items lists) ->
            [ for list in lists ->
                  match list with
                  | Setting.Items words -> [| for word' in words -> word word' |]
                  | Setting.Number _
                  | Setting.Whole _
                  | Setting.Flag _
                  | Setting.Text _
                  | Setting.Group _ -> Fail.data name "its categories are not lists of words." ]
        | Some _ -> Fail.data name "its categories are not lists of words."

    let private check settings =
        Categories.unknownOf name settings |> ignore

        for categories in given settings do
            if Array.distinct categories <> categories || categories.Length = 0 then
                let all = String.concat ", " categories
                Fail.argument name "categories" all "are no order of categories; give each once."

    let private learn settings (input: PreparationInput) =
        let found = input.Columns |> Array.map Column.categories

        let categories =
            match given settings with
            | [] -> found
            | given when given.Length = found.Length -> Array.ofList given
            | given ->
                Fail.argument
                    name
                    "categories"
                    given.Length
                    $"is not the number of columns, which is {found.Length}; give a list for each."

        for column, found, categories in Array.zip3 input.Names found categories do
            if Categories.unknownOf name settings = UnknownValues.Error then
                match found |> Array.tryFind (fun word -> not (Array.contains word categories)) with
                | Some word -> Fail.data name $"column '{column}' has '{word}', which is none of its categories."
                | None -> ()

        [ "categories", Learned.WordLists categories ]

    let private apply (step: PreparedStep) (input: PreparationInput) =
        let ignores = Categories.unknownOf name step.Settings = UnknownValues.Ignore

        Array.map3
            (fun column (categories: string[]) values ->
                let place = Categories.placing categories

                Column.words values
                |> Array.map (fun word ->
                    match place word with
                    | -1 when isNull word || ignores -> nan
                    | -1 -> Categories.refuseUnknown name column word
                    | place -> float place)
                |> Column.Numbers)
            input.Names
            (step.WordLists "categories")
            input.Columns

    let private invert (step: PreparedStep) (columns: Column[]) =
        Array.map3
            (fun form (categories: string[]) (column, values) ->
                Column.numbers name column values
                |> Array.map (fun code ->
                    let place = if System.Double.IsNaN code then -1 else int (round code)
                    if place >= 0 && place < categories.Length then categories[place] else null)
                |> Column.ofWords name form)
            step.Forms
            (step.WordLists "categories")
            (Array.zip step.Columns columns)

    let kind =
        { PreparationKind.ofWords name with
            Learns = [ "categories", LearnedForm.WordsEach ]
            CheckSettings = check
            CheckLearned = Categories.checkDistinct name
            Learn = learn
            Apply = apply
            Invert = Some invert }
