namespace Functional

/// Looking values up by their Keras names, without regard to case and underscores.
module internal KerasNames =
    let private key (name: string) = name.Replace("_", "").ToLowerInvariant()

    /// The value under the name or one of the aliases; an unknown name is an error that lists the names.
    let find operation (values: (string * 'T) list) (aliases: (string * string) list) (name: string) : 'T =
        let lookUp name =
            values |> List.tryFind (fun (known, _) -> key known = key name) |> Option.map snd

        let found =
            match lookUp name with
            | Some value -> Some value
            | None ->
                aliases
                |> List.tryFind (fun (alias, _) -> key alias = key name)
                |> Option.bind (fun (_, full) -> lookUp full)

        match found with
        | Some value -> value
        | None ->
            let known = values |> List.map fst |> String.concat ", "
            let short = aliases |> List.map fst |> String.concat ", "
            let short = if short = "" then "" else $", and for short {short}"
            Fail.argument operation "name" $"'{name}'" $"is not known; there is {known}{short}."
