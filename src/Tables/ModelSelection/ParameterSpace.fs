namespace Functional

open System

/// Settings as text.
module internal ParameterText =
    /// The setting as one reads it in a table.
    let rec ofSetting (setting: Setting) : string =
        match setting with
        | Setting.Number number -> number.ToString("G6", Globalization.CultureInfo.InvariantCulture)
        | Setting.Whole whole -> string whole
        | Setting.Text text -> text
        | Setting.Flag flag -> string flag
        | Setting.Items items -> items |> List.map ofSetting |> String.concat " "
        | Setting.Group settings ->
            settings |> List.map (fun (name, value) -> $"{name} = {ofSetting value}") |> String.concat ", "

/// Values under names, of which a search makes an estimator.
[<Sealed>]
type SearchParameters internal (values: (string * Setting) list) =
    let find kind (read: Setting -> 'T option) (name: string) : 'T =
        match values |> List.tryFind (fst >> (=) name) with
        | Some(_, value) ->
            match read value with
            | Some found -> found
            | None -> Fail.argument "SearchParameters" "name" $"'{name}'" $"is not {kind}."
        | None ->
            let known = values |> List.map fst |> String.concat ", "

            Fail.argument
                "SearchParameters"
                "name"
                $"'{name}'"
                $"is not among the parameters of the search; there is {known}."

    /// The values in the order of the search.
    member _.Values = values

    /// A real number; a whole one is read as one. Another name, and a value that is no number, are errors.
    member _.Number(name: string) : float = find "a number" Settings.asNumber name

    /// A whole number. Another name, and a value that is none, are errors.
    member _.Whole(name: string) : int = find "a whole number" Settings.asWhole name

    /// A text. Another name, and a value that is none, are errors.
    member _.Text(name: string) : string = find "a text" Settings.asText name

    /// Yes or no. Another name, and a value that is neither, are errors.
    member _.Flag(name: string) : bool = find "a yes or no" Settings.asFlag name

    member internal _.With(name: string, value: Setting) =
        SearchParameters((values |> List.filter (fst >> (<>) name)) @ [ name, value ])

    /// alpha = 0.1, kernel = rbf
    override _.ToString() =
        values
        |> List.map (fun (name, value) -> $"{name} = {ParameterText.ofSetting value}")
        |> String.concat ", "

    override _.Equals other =
        match other with
        | :? SearchParameters as other -> other.Values = values
        | _ -> false

    override _.GetHashCode() = hash values

/// From where random search draws the values of a parameter.
[<RequireQualifiedAccess>]
type ParameterDistribution =
    /// One of these, each as likely.
    | Choice of Setting list
    /// A real number from `low` to below `high`, each as likely.
    | Uniform of low: float * high: float
    /// A real number from `low` to below `high`, whose logarithm is uniform: for rates and penalties. Both are above 0.
    | LogUniform of low: float * high: float
    /// A whole number from `low` to `high`, both included, each as likely.
    | Whole of low: int * high: int

/// Lists of values for parameters: `[ "alpha", ParameterValues.numbers [ 0.1; 1.0 ] ]`.
[<RequireQualifiedAccess>]
module ParameterValues =
    /// Real numbers.
    let numbers (values: seq<float>) : Setting list = values |> Seq.map Setting.Number |> List.ofSeq

    /// Whole numbers.
    let wholes (values: seq<int>) : Setting list = values |> Seq.map Setting.Whole |> List.ofSeq

    /// Texts.
    let texts (values: seq<string>) : Setting list = values |> Seq.map Setting.Text |> List.ofSeq

    /// Yes and no.
    let flags (values: seq<bool>) : Setting list = values |> Seq.map Setting.Flag |> List.ofSeq

/// Candidates of a search.
[<RequireQualifiedAccess>]
module internal ParameterSpace =
    let private demandNames operation (names: string list) =
        if List.distinct names <> names then
            Fail.data operation "a parameter stands twice; give each name once."

    /// All combinations, the last parameter changing fastest. scikit-learn: ParameterGrid, which sorts the names first.
    let grid operation (values: (string * Setting list) list) : SearchParameters list =
        demandNames operation (List.map fst values)

        for name, choices in values do
            if choices.IsEmpty then
                Fail.data operation $"the parameter '{name}' has no values."

        let extend (found: (string * Setting) list list) (name, choices) =
            [ for before in found do
                  for choice in choices -> before @ [ name, choice ] ]

        values |> List.fold extend [ [] ] |> List.map SearchParameters

    let private uniform key = Tensor.toFloat (Random.uniformOf Float64 0.0 1.0 key [ 1 ])

    let private draw operation key name (distribution: ParameterDistribution) : Setting =
        let demand isRight text =
            if not isRight then
                Fail.argument
                    operation
                    name
                    text
                    "is no range of the parameter; give the lower limit first, both finite."

        match distribution with
        | ParameterDistribution.Choice [] -> Fail.data operation $"the parameter '{name}' has no values."
        | ParameterDistribution.Choice choices ->
            choices[min (choices.Length - 1) (int (uniform key * float choices.Length))]
        | ParameterDistribution.Uniform(low, high) ->
            demand (low < high && Double.IsFinite(high - low)) $"{low} to {high}"
            Setting.Number(low + uniform key * (high - low))
        | ParameterDistribution.LogUniform(low, high) ->
            demand (0.0 < low && low < high && high < infinity) $"{low} to {high}, on a logarithmic scale,"
            Setting.Number(exp (log low + uniform key * (log high - log low)))
        | ParameterDistribution.Whole(low, high) ->
            demand (low <= high) $"{low} to {high}"
            Setting.Whole(low + min (high - low) (int (uniform key * (float high - float low + 1.0))))

    /// So many candidates, drawn independently.
    let random
        operation
        (count: int)
        (key: Key)
        (space: (string * ParameterDistribution) list)
        : SearchParameters list =
        demandNames operation (List.map fst space)

        if count < 1 then
            Fail.argument operation "count" count "is no number of candidates; give at least 1."

        List.init count (fun i ->
            let key = Key.fold i key

            space
            |> List.mapi (fun p (name, from) -> name, draw operation (Key.fold p key) name from)
            |> SearchParameters)
