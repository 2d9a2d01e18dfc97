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
    /// Settings under names.
    | Group of (string * Setting) list

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
/// Shapes are those of one sample: tensors carry a batch axis in front, shapes here do not. A layer of one tensor takes
/// and gives a list of one shape, a layer of several tensors one shape for each.
type Layer<'In, 'Out> =
    {
        /// What it is, as data.
        Description: Description
        /// The shapes that each of its stages gives, in order, for the shapes it is given: one stage for a layer, and
        /// those of all its layers for a chain.
        Stages: Shape list -> Shape list list
        /// The first variables, and the shapes it gives, from a key and the shapes it is given.
        Init: Key -> Shape list -> Variables * Shape list
        /// What it gives, and its variables with the state that follows.
        Apply: Variables -> Run -> 'In -> 'Out * Variables
        /// Where it ends in a softmax or a sigmoid: that activation's kind, and `Apply` without it. A loss that is
        /// taken of these logits is exact where the loss of the probabilities has to be clipped.
        Logits: (string * (Variables -> Run -> 'In -> 'Out * Variables)) option
        /// What it adds to the loss for its own variables (regularizers), term by term: a chain has the terms of its
        /// stages in order, so that their sum has the same bits however the chain was put together.
        Penalties: Variables -> Tensor list
    }

    /// The sum of what it adds to the loss for its own variables, if it adds anything.
    member layer.Penalty(variables: Variables) : Tensor option =
        match layer.Penalties variables with
        | [] -> None
        | terms -> Some(List.reduce (+) terms)

/// The names of the stages of a chain, and the chain itself.
module internal Chain =
    /// The branch of the state that keeps the parameters of a frozen layer. It does not show in paths, and no layer may
    /// have its name.
    let frozen = "frozen"

    /// The setting of a layer made from a user's own code, which cannot be made again from its description.
    let ownCode = "own_code", Setting.Flag true

    /// The setting of a frozen layer.
    let atRest = "trainable", Setting.Flag false

    let isFrozen (d: Description) = List.contains atRest d.Settings

    /// Whether the layer is a chain that may be joined with others; a chain with a name is a single stage.
    let isOpen (d: Description) = d.Kind = "sequential" && d.Name = ""

    let stages d = if isOpen d then d.Children else [ d ]

    /// A word for a path: of a layer, or of a variable in it.
    let isName (name: string) = name <> "" && name <> frozen && not (name.Contains '/')

    /// One name a stage: the given one, else its kind, counted from the second on: dense, dense_1, dense_2.
    let names (stages: Description list) =
        let given = stages |> List.choose (fun d -> if d.Name = "" then None else Some d.Name)

        match given |> List.countBy id |> List.tryFind (fun (_, n) -> n > 1) with
        | Some(name, n) ->
            Fail.argument
                "named"
                "name"
                $"'{name}'"
                $"is the name of {n} layers that stand side by side; give each its own."
        | None -> ()

        let rec free (taken: Set<string>) kind i =
            let name = if i = 0 then kind else kind + "_" + string i
            if taken.Contains name then free taken kind (i + 1) else name

        (Set.ofList given, stages)
        ||> List.mapFold (fun taken d ->
            let name = if d.Name = "" then free taken d.Kind 0 else d.Name
            name, taken.Add name)
        |> fst

    let noVariables = { Parameters = Tree.empty; State = Tree.empty }

    /// The key of the stage that stands n stages later. Steps add up, so that a chain's keys do not depend on how it
    /// was put together.
    let rec later n key = if n = 0 then key else later (n - 1) (Key.fold 0x6e657874 key)

    /// The key that a stage draws from, from that of its place. Without this step the first layer inside a named chain
    /// would draw from the same keys as the layers after it.
    let enter d key = if isOpen d then key else Key.fold 0x656e7472 key

    let private branches d tree =
        match tree with
        | Node branches when isOpen d -> branches
        | tree -> [ "", tree ]

    let private tree d (branches: (string * Tree<Tensor>) list) =
        match branches with
        | [ _, tree ] when not (isOpen d) -> tree
        | branches -> Node branches

    let private notOurs count =
        Fail.data
            "Layer.apply"
            $"the variables are not those of this chain of {count} layers; make them with Layer.init, or load them \
              with Variables.withTensors."

    /// The variables of both parts of a chain, whose stages they hold in order.
    let split a b variables =
        let count = (stages a).Length + (stages b).Length

        let part tree' =
            match tree' with
            | Node all when all.Length = count ->
                let first, second = List.splitAt (stages a).Length all
                tree a first, tree b second
            | Node _
            | Leaf _ -> notOurs count

        let aParameters, bParameters = part variables.Parameters
        let aState, bState = part variables.State
        { Parameters = aParameters; State = aState }, { Parameters = bParameters; State = bState }

    /// The variables of a chain from those of its parts.
    let join names a b (va: Variables) (vb: Variables) =
        let put x y =
            Node(List.map2 (fun name (_, tree) -> name, tree) names (branches a x @ branches b y))

        { Parameters = put va.Parameters vb.Parameters; State = put va.State vb.State }

    /// The variables of each stage.
    let apart d (variables: Variables) =
        match branches d variables.Parameters, branches d variables.State with
        | parameters, state when parameters.Length = state.Length && parameters.Length = (stages d).Length ->
            List.map2 (fun (_, p) (_, s) -> { Parameters = p; State = s }) parameters state
        | _ -> notOurs (stages d).Length

    /// The variables of each stage, changed.
    let mapStages change d (variables: Variables) =
        let changed = List.map2 change (stages d) (apart d variables)

        let put (old: Tree<Tensor>) part = tree d (List.map2 (fun (name, _) v -> name, part v) (branches d old) changed)

        { Parameters = put variables.Parameters _.Parameters; State = put variables.State _.State }

    /// The variables of a layer under the names of its stages, for a layer that holds it.
    let inside d (variables: Variables) =
        if isOpen d then
            variables
        else
            let name = List.head (names [ d ])

            { Parameters = Node [ name, variables.Parameters ]; State = Node [ name, variables.State ] }

    /// What `inside` was given.
    let outside d (variables: Variables) =
        match variables.Parameters, variables.State with
        | _ when isOpen d -> variables
        | Node [ _, parameters ], Node [ _, state ] -> { Parameters = parameters; State = state }
        | _ -> notOurs 1

/// A stage of a chain that cannot be built on the shapes before it, by its place in the chain.
exception internal StageFailed of stage: int * given: Shape list * cause: FunctionalException

/// Making, composing and running layers.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Layer =
    /// A layer of the library: a shape rule, the first variables, and the function.
    let internal define description shape draw apply : Layer<'In, 'Out> =
        { Description = description
          Stages = fun shapes -> [ shape shapes ]
          Init =
            fun key shapes ->
                let result = shape shapes
                draw key shapes, result
          Apply = apply
          Logits = None
          Penalties = fun _ -> [] }

    /// A layer of the library without variables.
    let internal stateless description shape (f: Run -> 'In -> 'Out) : Layer<'In, 'Out> =
        define description shape (fun _ _ -> Chain.noVariables) (fun variables run x -> f run x, variables)

    /// The description of a layer without name and children.
    let internal describe kind settings = { Kind = kind; Name = ""; Settings = settings; Children = [] }

    /// The one shape that a layer of one tensor is given.
    let internal single kind (shapes: Shape list) =
        match shapes with
        | [ shape ] -> shape
        | shapes ->
            Fail.argument
                kind
                "inputs"
                shapes.Length
                "is not the number of tensors that it takes, which is one; join several with concatenate or add first."

    /// The layer that gives what it is given: the unit of `-->`.
    let identity<'T> : Layer<'T, 'T> =
        { Description = describe "sequential" []
          Stages = fun _ -> []
          Init = fun _ shapes -> Chain.noVariables, shapes
          Apply = fun variables _ x -> x, variables
          Logits = None
          Penalties = fun _ -> [] }

    let private guarded offset description given run =
        try
            run ()
        with
        | StageFailed(stage, given, cause) -> raise (StageFailed(stage + offset, given, cause))
        | :? FunctionalException as e when not (Chain.isOpen description) -> raise (StageFailed(offset, given, e))

    let private join (a: Layer<'A, 'B>) (b: Layer<'B, 'C>) : Layer<'A, 'C> =
        let first = Chain.stages a.Description
        let second = Chain.stages b.Description
        let names = Chain.names (first @ second)
        let keyOfA key = Chain.enter a.Description key
        let keyOfB key = Chain.later first.Length key |> Chain.enter b.Description

        let run applyB variables run x =
            let va, vb = Chain.split a.Description b.Description variables
            let y, va = a.Apply va { run with Key = keyOfA run.Key } x
            let z, vb = applyB vb { run with Key = keyOfB run.Key } y
            z, Chain.join names a.Description b.Description va vb

        { Description = { describe "sequential" [] with Children = first @ second }
          Stages =
            fun shapes ->
                let early = guarded 0 a.Description shapes (fun () -> a.Stages shapes)
                let middle = List.last early
                early @ guarded first.Length b.Description middle (fun () -> b.Stages middle)
          Init =
            fun key shapes ->
                let va, middle = guarded 0 a.Description shapes (fun () -> a.Init (keyOfA key) shapes)
                let vb, result = guarded first.Length b.Description middle (fun () -> b.Init (keyOfB key) middle)
                Chain.join names a.Description b.Description va vb, result
          Apply = run b.Apply
          Logits = b.Logits |> Option.map (fun (kind, apply) -> kind, run apply)
          Penalties =
            fun variables ->
                let va, vb = Chain.split a.Description b.Description variables
                a.Penalties va @ b.Penalties vb }

    /// First `a`, then `b`: what `a --> b` calls. Associative, with `identity` as its unit: shapes, names, keys,
    /// variables and values do not depend on how a chain was put together. A name given to two layers of one chain is
    /// an error.
    let compose (a: Layer<'A, 'B>) (b: Layer<'B, 'C>) : Layer<'A, 'C> =
        // only the identity has no stages, so that 'B is 'A or 'C
        match Chain.stages a.Description, Chain.stages b.Description, box a, box b with
        | [], _, _, (:? Layer<'A, 'C> as b) -> b
        | _, [], (:? Layer<'A, 'C> as a), _ -> a
        | _ -> join a b

    let private demandKind kind =
        if not (Chain.isName kind) || kind = "sequential" then
            Fail.argument
                "Layer.make"
                "kind"
                $"'{kind}'"
                "cannot be the kind of a layer of one's own: it becomes the layer's name, so it must not be empty or \
                 hold a '/', and 'sequential' and 'frozen' are taken."

    let private demandNames kind (tree: Tree<Tensor>) =
        let rec check tree =
            match tree with
            | Leaf _ -> ()
            | Node branches ->
                let names = List.map fst branches

                match names |> List.tryFind (Chain.isName >> not) with
                | Some name ->
                    Fail.argument
                        kind
                        "name"
                        $"'{name}'"
                        "cannot be a variable's name: it must not be empty, 'frozen' or hold a '/'."
                | None when List.distinct names <> names ->
                    Fail.argument
                        kind
                        "names"
                        (String.concat ", " names)
                        "name one variable twice; give each its own name."
                | None -> List.iter (snd >> check) branches

        match tree with
        | Leaf _ -> Fail.data kind "its variables have no names; make them with Tree.ofList."
        | Node _ -> check tree

    /// A layer of one tensor with variables of its own, in full: `init` gives the first variables and the shape of the
    /// result, from a key and the shape of the argument, without the batch axis; `apply` gives the result for a batch,
    /// and the variables with the state that follows. It must be pure, and draws random numbers from the key of its run
    /// alone. Saving a model that holds such a layer saves its weights, not its code.
    let makeWith
        (kind: string)
        (init: Key -> Shape -> Variables * Shape)
        (apply: Variables -> Run -> Tensor -> Tensor * Variables)
        : Layer<Tensor, Tensor> =
        demandKind kind

        let init key shapes =
            let variables, shape = init key (single kind shapes)
            demandNames kind variables.Parameters
            demandNames kind variables.State
            variables, [ shape ]

        { Description = describe kind [ Chain.ownCode ]
          Stages = fun shapes -> [ snd (init (Key.ofInt 0) shapes) ]
          Init = init
          Apply = apply
          Logits = None
          Penalties = fun _ -> [] }

    /// A layer of one tensor with parameters of its own. `init` gives the parameters under names, and the shape of the
    /// result, from a key and the shape of the argument, without the batch axis; `apply` computes on a batch. Saving a
    /// model that holds such a layer saves its weights, not its code.
    let make
        (kind: string)
        (init: Key -> Shape -> (string * Tensor) list * Shape)
        (apply: Tree<Tensor> -> Tensor -> Tensor)
        : Layer<Tensor, Tensor> =
        makeWith
            kind
            (fun key shape ->
                let parameters, shape = init key shape
                { Chain.noVariables with Parameters = Tree.ofList parameters }, shape)
            (fun variables _ x -> apply variables.Parameters x, variables)

    /// A function of a batch as a layer without variables. It keeps the batch axis, and its shape is found by running
    /// it on symbols of a batch of two.
    let ofFunction (kind: string) (f: Tensor -> Tensor) : Layer<Tensor, Tensor> =
        let shapeOf (shape: Shape) =
            let graph, _ = Trace.trace (fun xs -> [ f xs.Head ]) [ { Shape = 2 :: shape; DType = Float32 } ]

            match (Graph.signature graph graph.Outputs.Head).Shape with
            | 2 :: result -> result
            | result ->
                Fail.shapes
                    kind
                    [ "a batch of two", 2 :: shape; "its result", result ]
                    "the function must keep the batch axis in front: a result for each sample."

        make kind (fun _ shape -> [], shapeOf shape) (fun _ x -> f x)

    /// The names of the stages of the layer, in order.
    let names (layer: Layer<'In, 'Out>) = Chain.names (Chain.stages layer.Description)

    /// Runs a part of building the layer; an error in a stage names the stage and the one before it.
    let private building (layer: Layer<'In, 'Out>) run =
        try
            run ()
        with StageFailed(stage, given, cause) ->
            let names = names layer
            let shown = given |> List.map Shape.toString |> String.concat ", "

            let place =
                if stage = 0 then
                    $"layer '{names[0]}' cannot take the input {shown}: "
                else
                    $"layer '{names[stage]}' cannot follow '{names[stage - 1]}', which gives {shown}: "

            // what was found by the same means further inside needs no second introduction
            let found (operation: string) text = if operation = "Layer.init" then text else $"{operation}: {text}"

            let error =
                match cause.Error with
                | FunctionalError.ShapeMismatch(operation, shapes, reason) ->
                    FunctionalError.ShapeMismatch("Layer.init", shapes, place + found operation reason)
                | _ -> FunctionalError.ShapeMismatch("Layer.init", [], place + cause.Message)

            raise (FunctionalException(error, cause))

    /// The layer under a name of its own. A chain with a name becomes one stage, and its layers' paths begin with the
    /// name. The name must not be empty or hold a '/', and 'frozen' is taken.
    let named (name: string) (layer: Layer<'In, 'Out>) =
        if not (Chain.isName name) then
            Fail.argument
                "named"
                "name"
                $"'{name}'"
                "is not a layer's name: it must not be empty or hold a '/', and 'frozen' is taken."

        { layer with
            Description = { layer.Description with Name = name }
            Stages =
                fun shapes ->
                    [ building layer (fun () -> List.tryLast (layer.Stages shapes)) |> Option.defaultValue shapes ]
            Init = fun key shapes -> building layer (fun () -> layer.Init key shapes) }

    let private demandShapes operation (shapes: Shape list) =
        match shapes |> List.tryFind (List.exists (fun n -> n < 1)) with
        | Some shape ->
            Fail.argument
                operation
                "shape"
                shape
                "has a length below 1; give the shape of one sample, without the batch axis."
        | None -> ()

    /// The first variables of the layer and the shapes it gives. Shapes are without the batch axis. An error names the
    /// layer that does not fit the ones before it.
    let initMany key (shapes: Shape list) (layer: Layer<'In, 'Out>) =
        demandShapes "Layer.init" shapes
        building layer (fun () -> layer.Init key shapes)

    /// The first variables of a layer of one tensor, and the shape it gives. Shapes are without the batch axis.
    let init key (shape: Shape) (layer: Layer<Tensor, Tensor>) =
        let variables, shapes = initMany key [ shape ] layer
        variables, List.exactlyOne shapes

    /// The shapes that each stage of the layer gives, in order, beside the stage's name. Shapes are without the batch
    /// axis.
    let stages (shapes: Shape list) (layer: Layer<'In, 'Out>) : (string * Shape list) list =
        demandShapes "Layer.stages" shapes
        List.zip (names layer) (building layer (fun () -> layer.Stages shapes))

    /// The shapes that the layer gives. Shapes are without the batch axis.
    let shapes (given: Shape list) (layer: Layer<'In, 'Out>) : Shape list =
        match stages given layer with
        | [] -> given
        | stages -> snd (List.last stages)

    /// What the layer gives for a batch outside training.
    let predict (variables: Variables) (layer: Layer<'In, 'Out>) (x: 'In) =
        fst (layer.Apply variables { Training = false; Key = Key.ofInt 0 } x)

    /// The same layer with another kind of argument and result.
    let internal adapt (into: 'A -> 'In) (out: 'Out -> 'B) (layer: Layer<'In, 'Out>) : Layer<'A, 'B> =
        let around apply variables run x =
            let y, variables = apply variables run (into x)
            out y, variables

        { Description = layer.Description
          Stages = layer.Stages
          Init = layer.Init
          Apply = around layer.Apply
          Logits = layer.Logits |> Option.map (fun (kind, apply) -> kind, around apply)
          Penalties = layer.Penalties }

type Layer<'In, 'Out> with

    /// First the left layer, then the right one. Associative, with `Layer.identity` as its unit.
    static member (-->)(a: Layer<'In, 'Out>, b: Layer<'Out, 'Next>) : Layer<'In, 'Next> = Layer.compose a b

    /// First the layer, then the function, which keeps the batch axis.
    static member (-->)(a: Layer<'In, Tensor>, f: Tensor -> Tensor) : Layer<'In, Tensor> =
        Layer.compose a (Layer.ofFunction "lambda" f)

    /// First the function, which keeps the batch axis, then the layer.
    static member (-->)(f: Tensor -> Tensor, b: Layer<Tensor, 'Out>) : Layer<Tensor, 'Out> =
        Layer.compose (Layer.ofFunction "lambda" f) b
