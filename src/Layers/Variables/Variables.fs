namespace Functional

/// The variables of a layer or a network, as two trees of the same paths.
type Variables =
    {
        /// Changed by training, along the gradient.
        Parameters: Tree<Tensor>
        /// Not changed by the gradient: running averages, which the forward pass updates, and parameters that are
        /// frozen.
        State: Tree<Tensor>
        /// Scalars that layers added to the loss in their last application, such as those of activity regularizers; none
        /// before one. They are no variables: they are not saved.
        Losses: Tensor list
    }

/// The circumstances under which a layer is applied.
type Run =
    {
        /// Whether dropout drops and batch normalization uses the batch.
        Training: bool
        /// The source of this application's random numbers.
        Key: Key
        /// The masks of the tensors that the layer is given, in their order; those that are missing at the end have none.
        /// A mask is Bool, false where nothing is, such as at the padded steps of a sequence: [batch; time], or more of
        /// the first axes of its tensor.
        Masks: Tensor option list
    }

/// Circumstances under which layers are applied.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Run =
    /// A step of training, whose random numbers come from the key; no masks.
    let training (key: Key) : Run = { Training = true; Key = key; Masks = [] }

    /// Outside training, where nothing is random; no masks.
    let inference: Run = { Training = false; Key = Key.ofInt 0; Masks = [] }

    /// The same with the masks of the tensors that the layer is given.
    let withMasks (masks: Tensor option list) (run: Run) : Run = { run with Masks = masks }

    /// The mask of the tensor of this index, counted from 0, if it has one.
    let mask (index: int) (run: Run) : Tensor option = List.tryItem index run.Masks |> Option.flatten

/// One variable of a layer: its path, its value, and whether training changes it.
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
    /// No variables.
    let none: Variables = { Parameters = Tree.empty; State = Tree.empty; Losses = [] }

    /// Variables of these parameters and this state.
    let ofTrees (parameters: Tree<Tensor>) (state: Tree<Tensor>) : Variables =
        { Parameters = parameters; State = state; Losses = [] }

    /// All variables with their paths: first the parameters, in the order of the layers, then the state. The parameters
    /// of a frozen layer stand in the state under their ordinary paths, so that weights saved before freezing load
    /// after it, and the other way round. Two variables of one path are an error.
    let flatten (variables: Variables) : Variable list =
        let all trainable tree =
            [ for path, tensor in Tree.flatten tree -> { Path = path; Tensor = tensor; Trainable = trainable } ]

        let flat = all true variables.Parameters @ all false variables.State

        match flat |> List.countBy _.Path |> List.tryFind (fun (_, n) -> n > 1) with
        | Some(path, n) ->
            Fail.argument
                "Variables"
                "path"
                $"'{path}'"
                $"is that of {n} variables; give parameters and state names of their own."
        | None -> flat

    /// The variables under a path, such as those of the layer "encoder/dense"; "" is all of them. An unknown path is an
    /// error that lists the layers there are.
    let part (path: string) (variables: Variables) : Variables =
        match Tree.tryFind path variables.Parameters, Tree.tryFind path variables.State with
        | None, None ->
            let layers =
                flatten variables
                |> List.map (fun v -> v.Path.Substring(0, max 0 (v.Path.LastIndexOf '/')))
                |> List.distinct
                |> String.concat ", "

            Fail.argument
                "Variables.part"
                "path"
                $"'{path}'"
                $"is not that of a layer with variables; there are {layers}."
        | parameters, state ->
            ofTrees (Option.defaultValue Tree.empty parameters) (Option.defaultValue Tree.empty state)

    /// The variables changed by f of the path and the value.
    let mapi (f: string -> Tensor -> Tensor) (variables: Variables) : Variables =
        { variables with
            Parameters = Tree.mapi f variables.Parameters
            State = Tree.mapi f variables.State }

    /// Whether a variable of this path is a state that a stateful layer keeps from batch to batch.
    let internal isKeptState (path: string) =
        path.Substring(path.LastIndexOf '/' + 1).StartsWith("rnn_state_", System.StringComparison.Ordinal)

    /// The variables with the states of stateful layers at zero again: what stands before a new sequence. Keras:
    /// reset_state.
    let resetStates (variables: Variables) : Variables =
        variables |> mapi (fun path x -> if isKeptState path then Tensor.zerosLike x else x)

    /// The variables changed by f.
    let map (f: Tensor -> Tensor) (variables: Variables) : Variables = mapi (fun _ tensor -> f tensor) variables

    /// The variables with all floats in this type of floats, so that a layer computes in it throughout;
    /// layers begin in float32. Variables that are not floats stay as they are. Another type is an error.
    let cast (dtype: DType) (variables: Variables) : Variables =
        if not dtype.IsFloat then
            Fail.dtypes
                "Variables.cast"
                [ "the wanted type", dtype ]
                "layers compute in float32, float64, float16 or bfloat16"

        map (fun tensor -> if tensor.DType.IsFloat then Tensor.cast dtype tensor else tensor) variables

    /// The backend that the variables are on; none where there are no variables. Of several, that of the first variable
    /// that does not follow others.
    let internal backend (variables: Variables) : Backend voption =
        match Tree.leaves variables.Parameters @ Tree.leaves variables.State with
        | [] -> ValueNone
        | leaves -> ValueSome(Core.backendOf leaves)

    /// The variables on this device.
    let toDevice (device: Device) (variables: Variables) : Variables = map (Tensor.toDevice device) variables

    let private listed paths =
        let shown = paths |> List.truncate 10 |> List.map (fun path -> $"\n{path}")
        let rest = List.length paths - shown.Length
        String.concat "" shown + (if rest > 0 then $"\nand {rest} more" else "")

    /// An error that lists them, where paths are there twice, or missing or unexpected among the given ones.
    let private demandSamePaths operation (given: string list) (wanted: string list) =
        match given |> List.countBy id |> List.tryFind (fun (_, n) -> n > 1) with
        | Some(path, n) ->
            Fail.argument operation "path" $"'{path}'" $"is there {n} times; give each variable one value."
        | None -> ()

        let missing, unexpected = List.except given wanted, List.except wanted given

        if not (missing.IsEmpty && unexpected.IsEmpty) then
            let listedAs what paths = if List.isEmpty paths then "" else $"\n{what}:{listed paths}"

            Fail.data
                operation
                ("the values are those of another layer; build it as it was built when they were saved."
                 + listedAs "Variables without a value" missing
                 + listedAs "Values without a variable" unexpected)

    /// The type as F# code writes it.
    let private caseOf (dtype: DType) =
        match dtype with
        | Float32 -> "Float32"
        | Float64 -> "Float64"
        | Float16 -> "Float16"
        | BFloat16 -> "BFloat16"
        | Int32 -> "Int32"
        | Int64 -> "Int64"
        | Bool -> "Bool"

    /// The value of a variable of this shape and type. Types that hold more are taken, but nothing is rounded.
    let private fitted operation path shape dtype (value: Tensor) =
        let types = [ "the variable", dtype; "the value", value.DType ]

        if value.Shape <> shape then
            Fail.shapes
                operation
                [ "variable", shape; "value", value.Shape ]
                $"'{path}' has another shape here; build the layer with the sizes that it was saved with."

        if value.DType = dtype then
            value
        elif value.DType.IsFloat && dtype.IsFloat && value.DType.Size < dtype.Size then
            Tensor.cast dtype value
        elif value.DType.IsFloat && dtype.IsFloat then
            Fail.dtypes
                operation
                types
                $"'{path}' would be rounded; cast the variables with Variables.cast {caseOf value.DType}, or the \
                  value with Tensor.cast {caseOf dtype}"
        else
            Fail.dtypes operation types $"'{path}' has another type here; cast the value with Tensor.cast"

    /// The value for each path, shape and type that is wanted, from values under paths. Each needs the other.
    let internal matching
        operation
        (tensors: (string * Tensor) list)
        (wanted: (string * Shape * DType) list)
        : string -> Tensor =
        demandSamePaths operation (List.map fst tensors) (wanted |> List.map (fun (path, _, _) -> path))
        let given = dict tensors
        let types = wanted |> List.map (fun (path, shape, dtype) -> path, (shape, dtype)) |> dict

        fun path ->
            let shape, dtype = types[path]
            fitted operation path shape dtype given[path]

    /// The variables with the values that a list has under their paths: what loading does. Every variable needs a value
    /// and every value a variable, of the same shape; values take the variables' device, and their types where nothing is
    /// rounded: float32 becomes float64, but not the other way round. The error lists the paths, or names the shapes or
    /// types.
    let withTensors (tensors: (string * Tensor) list) (variables: Variables) : Variables =
        let find =
            flatten variables
            |> List.map (fun v -> v.Path, v.Tensor.Shape, v.Tensor.DType)
            |> matching "Variables.withTensors" tensors

        mapi (fun path old -> Tensor.toDevice old.Device (find path)) variables

    let private count trainable variables =
        flatten variables
        |> List.sumBy (fun v -> if v.Trainable = trainable then int64 v.Tensor.Size else 0L)

    /// The number of trainable parameters.
    let trainableCount (variables: Variables) : int64 = count true variables

    /// The number of non-trainable parameters: running averages and frozen parameters.
    let nonTrainableCount (variables: Variables) : int64 = count false variables
