namespace Functional

/// What a user says of one parameter of a layer: the options "kernel_initializer", "kernel_regularizer" and
/// "kernel_constraint" of a kernel.
type internal VariableOptions =
    { Initializer: Initializer; Regularizer: Regularizer option; Constraint: Constraint option }

/// Options of parameters under Keras's names, and what follows from them.
module internal VariableOptions =
    /// The options as settings: the initializer, and the others where they are given.
    let settings (name: string) (options: VariableOptions) : (string * Setting) list =
        [ $"{name}_initializer", Initializer.toSetting options.Initializer
          match options.Regularizer with
          | Some regularizer -> $"{name}_regularizer", Regularizer.toSetting regularizer
          | None -> ()
          match options.Constraint with
          | Some limits -> $"{name}_constraint", Constraint.toSetting limits
          | None -> () ]

    /// The options that settings describe.
    let ofSettings (source: Settings.Source) (name: string) : VariableOptions =
        { Initializer = Initializer.ofSetting (Settings.find source $"{name}_initializer")
          Regularizer = Settings.tryFind source $"{name}_regularizer" |> Option.map Regularizer.ofSetting
          Constraint = Settings.tryFind source $"{name}_constraint" |> Option.map Constraint.ofSetting }

    /// The setting of a parameter's option in full, where it names an initializer, a regularizer or a constraint of Keras's
    /// defaults.
    let ofNames (name: string, setting: Setting) : string * Setting =
        let endsIn (word: string) = name.EndsWith(word, System.StringComparison.Ordinal)

        match setting with
        | Setting.Text text when endsIn "_initializer" -> name, Initializer.toSetting (Initializer.ofName text)
        | Setting.Text text when endsIn "_regularizer" -> name, Regularizer.toSetting (Regularizer.ofName text)
        | Setting.Text text when endsIn "_constraint" -> name, Constraint.toSetting (Constraint.ofName text)
        | _ -> name, setting

    /// The penalties of those parameters that are there and have a regularizer, in the order of the options.
    let penalties (options: (string * VariableOptions) list) (parameters: Tree<Tensor>) : Tensor list =
        options
        |> List.choose (fun (name, own) ->
            match own.Regularizer, Tree.tryFind name parameters with
            | Some regularizer, Some(Leaf x) -> Some(regularizer.Penalty x)
            | Some _, (Some(Node _) | None)
            | None, _ -> None)

    /// The parameters within their constraints.
    let constrain (options: (string * VariableOptions) list) (parameters: Tree<Tensor>) : Tree<Tensor> =
        let limits =
            options
            |> List.choose (fun (name, own) -> own.Constraint |> Option.map (fun c -> name, c.Apply))
            |> Map.ofList

        if limits.IsEmpty then
            parameters
        else
            parameters
            |> Tree.mapi (fun path x ->
                match Map.tryFind path limits with
                | Some apply -> apply x
                | None -> x)
