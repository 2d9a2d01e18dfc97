namespace Functional

/// One option of a layer as data: what JSON can hold.
[<RequireQualifiedAccess>]
type Setting =
    /// A real number.
    | Number of float
    /// A whole number.
    | Whole of int
    /// A text.
    | Text of string
    /// Yes or no.
    | Flag of bool
    /// Several settings in order.
    | Items of Setting list

/// What a layer is, as data: summaries, drawings, saving and loading read it.
type Description =
    {
        /// The kind of layer, in Keras's snake case: "dense", "batch_normalization", "sequential".
        Kind: string
        /// The name its user gave it, or "" where it gets one from its kind and place.
        Name: string
        /// Its options under Keras's names.
        Settings: (string * Setting) list
        /// The layers it is made of, in order.
        Children: Description list
    }

/// What a layer learns, and what it remembers beside: running averages, and parameters that are frozen.
type Variables =
    {
        /// What training changes by the gradient.
        Parameters: Tree<Tensor>
        /// What the forward pass changes, or nobody.
        State: Tree<Tensor>
    }

/// The circumstances under which a layer is applied.
type Run =
    {
        /// Whether dropout drops and batch normalization uses the batch.
        Training: bool
        /// Where this application's randomness comes from.
        Key: Key
    }

/// A differentiable function with variables, and what the variables start from.
///
/// Shapes are those of one sample: tensors carry a batch axis in front, shapes here do not. A layer of one tensor takes and gives a
/// list of one shape, a layer of several tensors one shape for each.
type Layer<'In, 'Out> =
    {
        /// What it is, as data.
        Description: Description
        /// The first variables, and the shapes it gives, from a key and the shapes it is given.
        Init: Key -> Shape list -> Variables * Shape list
        /// What it gives, and its variables with the state that follows.
        Apply: Variables -> Run -> 'In -> 'Out * Variables
        /// What it adds to the loss for its own variables (a regularizer), if anything.
        Penalty: Variables -> Tensor option
    }

/// The names of the stages of a chain, and the chain itself.
module internal Chain =
    /// Whether the layer is a chain that may be joined with others; a chain with a name is a single stage.
    let isOpen (d: Description) = d.Kind = "sequential" && d.Name = ""

    let stages d = if isOpen d then d.Children else [ d ]

    /// One name a stage: the given one, else its kind, counted from the second on: dense, dense_1, dense_2.
    let names (stages: Description list) =
        let given = stages |> List.choose (fun d -> if d.Name = "" then None else Some d.Name)

        match given |> List.countBy id |> List.tryFind (fun (_, n) -> n > 1) with
        | Some(name, n) ->
            Fail.argument "named" "name" $"'{name}'" $"is the name of {n} layers of one chain; give each its own."
        | None -> ()

        let rec free (taken: Set<string>) kind i =
            let name = if i = 0 then kind else $"{kind}_{i}"
            if taken.Contains name then free taken kind (i + 1) else name

        (Set.ofList given, stages)
        ||> List.mapFold (fun taken d ->
            let name = if d.Name = "" then free taken d.Kind 0 else d.Name
            name, taken.Add name)
        |> fst

    let noVariables = { Parameters = Tree.empty; State = Tree.empty }

    /// The key of the stage that stands n stages later. Steps add up, so that a chain's keys do not depend on how it was put together.
    let rec later n key = if n = 0 then key else later (n - 1) (Key.fold 0x6e657874 key)

    let private branches d tree =
        match tree with
        | Node branches when isOpen d -> branches
        | tree -> [ "", tree ]

    let private tree d (branches: (string * Tree<Tensor>) list) =
        match branches with
        | [ _, tree ] when not (isOpen d) -> tree
        | branches -> Node branches

    /// The variables of both parts of a chain, whose stages they hold in order.
    let split a b variables =
        let part tree' =
            match tree' with
            | Node all when all.Length = List.length (stages a) + List.length (stages b) ->
                let first, second = List.splitAt (stages a).Length all
                tree a first, tree b second
            | Node _
            | Leaf _ ->
                Fail.data
                    "Layer.apply"
                    $"the variables are not those of this chain of {(stages a).Length + (stages b).Length} layers; make them with Layer.init."

        let aParameters, bParameters = part variables.Parameters
        let aState, bState = part variables.State

        { Parameters = aParameters; State = aState }, { Parameters = bParameters; State = bState }

    /// The variables of a chain from those of its parts.
    let join names a b (va: Variables) (vb: Variables) =
        let put x y =
            Node(List.map2 (fun name (_, tree) -> name, tree) names (branches a x @ branches b y))

        { Parameters = put va.Parameters vb.Parameters; State = put va.State vb.State }

/// A stage of a chain that cannot be built on the shapes before it, by its place in the chain.
exception internal StageFailed of stage: int * given: Shape list * cause: FunctionalException

/// Making, composing and running layers.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Layer =
    /// The layer that gives what it is given: the unit of `-->`.
    let identity<'T> : Layer<'T, 'T> =
        { Description = { Kind = "sequential"; Name = ""; Settings = []; Children = [] }
          Init = fun _ shapes -> Chain.noVariables, shapes
          Apply = fun variables _ x -> x, variables
          Penalty = fun _ -> None }

    /// First `a`, then `b`: what `a --> b` calls. Associative, with `identity` as its unit.
    let compose (a: Layer<'A, 'B>) (b: Layer<'B, 'C>) : Layer<'A, 'C> =
        let first = Chain.stages a.Description
        let second = Chain.stages b.Description
        let names = Chain.names (first @ second)

        let guarded offset (layer: Description) init key shapes =
            try
                init key shapes
            with
            | StageFailed(stage, given, cause) -> raise (StageFailed(stage + offset, given, cause))
            | :? FunctionalException as e when not (Chain.isOpen layer) -> raise (StageFailed(offset, shapes, e))

        { Description = { Kind = "sequential"; Name = ""; Settings = []; Children = first @ second }
          Init =
            fun key shapes ->
                let va, middle = guarded 0 a.Description a.Init key shapes

                let vb, result = guarded first.Length b.Description b.Init (Chain.later first.Length key) middle

                Chain.join names a.Description b.Description va vb, result
          Apply =
            fun variables run x ->
                let va, vb = Chain.split a.Description b.Description variables
                let y, va = a.Apply va run x

                let z, vb = b.Apply vb { run with Key = Chain.later first.Length run.Key } y

                z, Chain.join names a.Description b.Description va vb
          Penalty =
            fun variables ->
                let va, vb = Chain.split a.Description b.Description variables

                match a.Penalty va, b.Penalty vb with
                | Some x, Some y -> Some(x + y)
                | Some x, None
                | None, Some x -> Some x
                | None, None -> None }

    /// A layer of one tensor with parameters of its own. `init` gives the parameters under names, and the shape of the result, from a
    /// key and the shape of the argument, without the batch axis; `apply` computes on a batch. Saving a model that holds such a
    /// layer saves its weights, not its code.
    let make
        (kind: string)
        (init: Key -> Shape -> (string * Tensor) list * Shape)
        (apply: Tree<Tensor> -> Tensor -> Tensor)
        : Layer<Tensor, Tensor> =
        { Description = { Kind = kind; Name = ""; Settings = []; Children = [] }
          Init =
            fun key shapes ->
                let parameters, shape = init key (List.exactlyOne shapes)

                { Parameters = Tree.ofList parameters; State = Tree.empty }, [ shape ]
          Apply = fun variables _ x -> apply variables.Parameters x, variables
          Penalty = fun _ -> None }

    /// A function of a batch as a layer without variables. It keeps the batch axis, and its shape is found by running it on symbols.
    let ofFunction (kind: string) (f: Tensor -> Tensor) : Layer<Tensor, Tensor> =
        let shapeOf (shape: Shape) =
            let graph, _ = Trace.trace (fun xs -> [ f xs.Head ]) [ { Shape = 1 :: shape; DType = Float32 } ]

            match (Graph.signature graph graph.Outputs.Head).Shape with
            | 1 :: result -> result
            | result ->
                Fail.shapes
                    kind
                    [ "a batch of one", 1 :: shape; "its result", result ]
                    "the function must keep the batch axis in front."

        make kind (fun _ shape -> [], shapeOf shape) (fun _ x -> f x)

    /// The layer under a name of its own. A chain with a name becomes one stage, and its layers' paths begin with the name. The name
    /// must not be empty or hold a '/'.
    let named (name: string) (layer: Layer<'In, 'Out>) =
        if name = "" || name.Contains '/' then
            Fail.argument "named" "name" $"'{name}'" "is not a layer's name: it must not be empty or hold a '/'."

        { layer with Description = { layer.Description with Name = name } }

    /// The names of the stages of the layer, in order.
    let names (layer: Layer<'In, 'Out>) = Chain.names (Chain.stages layer.Description)

    /// The first variables of the layer and the shapes it gives. Shapes are without the batch axis. An error names the layer
    /// that does not fit the ones before it.
    let initMany key (shapes: Shape list) (layer: Layer<'In, 'Out>) =
        try
            layer.Init key shapes
        with StageFailed(stage, given, cause) ->
            let names = names layer
            let shown = given |> List.map Shape.toString |> String.concat ", "

            let place =
                if stage = 0 then
                    $"layer '{names[0]}' cannot take the input {shown}: "
                else
                    $"layer '{names[stage]}' cannot follow '{names[stage - 1]}', which gives {shown}: "

            let error =
                match cause.Error with
                | FunctionalError.ShapeMismatch(operation, shapes, reason) ->
                    FunctionalError.ShapeMismatch("Layer.init", shapes, place + operation + ": " + reason)
                | _ -> FunctionalError.ShapeMismatch("Layer.init", [], place + cause.Message)

            raise (FunctionalException(error, cause))

    /// The first variables of a layer of one tensor, and the shape it gives. Shapes are without the batch axis.
    let init key (shape: Shape) (layer: Layer<Tensor, Tensor>) =
        let variables, shapes = initMany key [ shape ] layer
        variables, List.exactlyOne shapes

    /// What the layer gives for a batch outside training.
    let predict (variables: Variables) (layer: Layer<'In, 'Out>) (x: 'In) =
        fst (layer.Apply variables { Training = false; Key = Key.ofInt 0 } x)

type Layer<'In, 'Out> with

    /// First the left layer, then the right one. Associative, with `Layer.identity` as its unit.
    static member (-->)(a: Layer<'In, 'Out>, b: Layer<'Out, 'Next>) : Layer<'In, 'Next> = Layer.compose a b

    /// First the layer, then the function, which keeps the batch axis.
    static member (-->)(a: Layer<'In, Tensor>, f: Tensor -> Tensor) : Layer<'In, Tensor> =
        Layer.compose a (Layer.ofFunction "lambda" f)

    /// First the function, which keeps the batch axis, then the layer.
    static member (-->)(f: Tensor -> Tensor, b: Layer<Tensor, 'Out>) : Layer<Tensor, 'Out> =
        Layer.compose (Layer.ofFunction "lambda" f) b
