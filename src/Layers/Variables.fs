namespace Functional

/// One variable of a layer: where it stands, its value, and whether training changes it.
type Variable =
    {
        /// The names from the layer down, such as "dense_1/kernel".
        Path: string
        /// Its value.
        Tensor: Tensor
        /// Whether training changes it by the gradient; false for running averages and frozen parameters.
        Trainable: bool
    }

/// Looking at the variables of a layer, and giving them other values.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Variables =
    /// The path as users see it: that a parameter is frozen does not change its name.
    let private visible (path: string) =
        path.Split '/' |> Array.filter (fun name -> name <> Chain.frozen) |> String.concat "/"

    /// All variables with their paths: first the parameters, in the order of the layers, then the state. A frozen
    /// layer's parameters keep their paths, so that weights saved before freezing load after it, and the other way
    /// round. Two variables of one path are an error.
    let flatten (variables: Variables) : Variable list =
        let all trainable tree =
            [ for path, tensor in Tree.flatten tree -> { Path = visible path; Tensor = tensor; Trainable = trainable } ]

        let flat = all true variables.Parameters @ all false variables.State

        match flat |> List.countBy _.Path |> List.tryFind (fun (_, n) -> n > 1) with
        | Some(path, n) ->
            Fail.argument
                "Variables"
                "path"
                $"'{path}'"
                $"is that of {n} variables; give parameters and state names of their own."
        | None -> flat

    /// The variables changed by f of the path and the value.
    let mapi (f: string -> Tensor -> Tensor) (variables: Variables) : Variables =
        let change path tensor = f (visible path) tensor

        { Parameters = Tree.mapi change variables.Parameters; State = Tree.mapi change variables.State }

    /// The variables changed by f.
    let map (f: Tensor -> Tensor) (variables: Variables) : Variables = mapi (fun _ tensor -> f tensor) variables

    /// The variables with all floats in this type of floats, so that a layer computes in it throughout;
    /// layers begin in float32. Variables that are not floats stay as they are. Another type is an error.
    let cast (dtype: DType) (variables: Variables) : Variables =
        if not dtype.IsFloat then
            Fail.dtypes "Variables.cast" [ "the wanted type", dtype ] "layers compute in float32 or float64"

        map (fun tensor -> if tensor.DType.IsFloat then Tensor.cast dtype tensor else tensor) variables

    let private listed paths =
        let shown = paths |> List.truncate 10 |> List.map (fun path -> $"\n{path}")
        let rest = List.length paths - shown.Length
        String.concat "" shown + (if rest > 0 then $"\nand {rest} more" else "")

    /// The variables with the values that a list has under their paths: what loading does. Every variable needs a value
    /// and every value a variable, of the same shape; values take the variables' types. The error lists the paths, or
    /// names the shapes.
    let withTensors (tensors: (string * Tensor) list) (variables: Variables) : Variables =
        let wanted = flatten variables |> List.map _.Path

        match tensors |> List.countBy fst |> List.tryFind (fun (_, n) -> n > 1) with
        | Some(path, n) ->
            Fail.argument
                "Variables.withTensors"
                "path"
                $"'{path}'"
                $"is there {n} times; give each variable one value."
        | None -> ()

        let given = Map.ofList tensors
        let missing = wanted |> List.filter (given.ContainsKey >> not)
        let known = Set.ofList wanted
        let surplus = tensors |> List.map fst |> List.filter (known.Contains >> not)

        if not (missing.IsEmpty && surplus.IsEmpty) then
            let lacks = if missing.IsEmpty then "" else $"\nVariables without a value:{listed missing}"

            let strangers = if surplus.IsEmpty then "" else $"\nValues without a variable:{listed surplus}"

            Fail.data
                "Variables.withTensors"
                $"the values are those of another layer; build it as it was built when they were \
                  saved.{lacks}{strangers}"

        variables
        |> mapi (fun path tensor ->
            let value = given[path]

            if value.Shape <> tensor.Shape then
                Fail.shapes
                    "Variables.withTensors"
                    [ "variable", tensor.Shape; "value", value.Shape ]
                    $"'{path}' has another shape here; build the layer with the sizes that it was saved with."

            if value.DType = tensor.DType then
                value
            elif value.DType.IsFloat && tensor.DType.IsFloat then
                Tensor.cast tensor.DType value
            else
                Fail.dtypes
                    "Variables.withTensors"
                    [ "the variable", tensor.DType; "the value", value.DType ]
                    $"'{path}' has another type here; cast the value with Tensor.cast")

    let private count trainable variables =
        flatten variables
        |> List.sumBy (fun v -> if v.Trainable = trainable then int64 v.Tensor.Size else 0L)

    /// The number of numbers that training changes.
    let trainableCount (variables: Variables) : int64 = count true variables

    /// The number of numbers that training does not change by the gradient: running averages and frozen parameters.
    let nonTrainableCount (variables: Variables) : int64 = count false variables
