namespace Functional

/// Layers made of layers, and layers that join several tensors.
[<AutoOpen>]
module Combinators =
    let private holding kind settings children = { Layer.describe kind settings with Children = children }

    /// The layer's variables at its place inside another, which calls it by this name.
    let private only d variables = Chain.inside d variables

    /// Several layers on the same input, side by side: the results as a list, for `concatenate`, `add` and their like.
    /// Each layer has variables under its own name. No layer at all is an error, and so is a layer that gives several
    /// tensors.
    let branch (layers: Layer<'In, Tensor> list) : Layer<'In, Tensor list> =
        if layers.IsEmpty then
            Fail.argument "branch" "layers" "[]" "is empty; give one layer or more."

        let descriptions = layers |> List.map _.Description
        let names = Chain.names descriptions
        let keys key = List.mapi (fun i layer -> layer, Key.fold i key) layers

        let one name (shapes: Shape list) =
            match shapes with
            | [ shape ] -> shape
            | shapes ->
                Fail.argument
                    "branch"
                    name
                    shapes.Length
                    "is the number of tensors that this layer gives; join them to one inside it."

        let collect (variables: Variables list) =
            { Parameters = Node(List.map2 (fun name v -> name, v.Parameters) names variables)
              State = Node(List.map2 (fun name v -> name, v.State) names variables) }

        let apart variables =
            match variables.Parameters, variables.State with
            | Node parameters, Node state when parameters.Length = layers.Length && state.Length = layers.Length ->
                List.map2 (fun (_, p) (_, s) -> { Parameters = p; State = s }) parameters state
            | _ ->
                Fail.data
                    "branch"
                    $"the variables are not those of its {layers.Length} layers; make them with Layer.init."

        { Description = holding "branch" [] descriptions
          Stages = fun shapes -> [ List.map2 (fun name layer -> one name (Layer.shapes shapes layer)) names layers ]
          Init =
            fun key shapes ->
                let results = keys key |> List.map (fun (layer, key) -> Layer.initMany key shapes layer)
                collect (List.map fst results), List.map2 (fun name (_, shapes) -> one name shapes) names results
          Apply =
            fun variables run x ->
                let results =
                    (keys run.Key, apart variables)
                    ||> List.map2 (fun (layer, key) variables -> layer.Apply variables { run with Key = key } x)

                List.map fst results, collect (List.map snd results)
          Logits = None
          Penalties =
            fun variables ->
                List.map2 (fun (layer: Layer<_, _>) variables -> layer.Penalties variables) layers (apart variables)
                |> List.concat }

    let private merging
        kind
        (rule: Shape list -> Shape)
        (f: Tensor list -> Tensor)
        settings
        : Layer<Tensor list, Tensor> =
        let checkedRule (shapes: Shape list) =
            if shapes.IsEmpty then
                Fail.argument kind "inputs" 0 "is not a number of tensors to join; give one or more."

            [ rule shapes ]

        Layer.stateless (Layer.describe kind settings) checkedRule (fun _ xs -> f xs)

    /// The tensors joined along an axis, counted with the batch axis as 0; -1 is usual. All other lengths must be
    /// equal: otherwise, and for the batch axis, an error when the layer is built.
    let concatenate (axis: int) : Layer<Tensor list, Tensor> =
        let rule (shapes: Shape list) =
            let front = Fail.checkAxis "concatenate" (0 :: shapes.Head) axis - 1

            if front < 0 then
                Fail.argument
                    "concatenate"
                    "axis"
                    axis
                    "is the batch axis; count the axes of a sample from 1, or from the end."

            let others (shape: Shape) = shape |> List.mapi (fun i n -> if i = front then 0 else n)

            if shapes |> List.exists (fun shape -> others shape <> others shapes.Head) then
                Fail.shapes
                    "concatenate"
                    (shapes |> List.mapi (fun i shape -> $"input {i}", shape))
                    $"the inputs differ in more than axis {string axis}; make the other axes equal."

            shapes.Head |> List.mapi (fun i n -> if i = front then List.sumBy (List.item front) shapes else n)

        merging "concatenate" rule (Tensor.concat axis) [ "axis", Setting.Whole axis ]

    let private elementwise kind f =
        let rule (shapes: Shape list) =
            if shapes |> List.exists (fun shape -> shape.Length <> shapes.Head.Length) then
                Fail.shapes
                    kind
                    (shapes |> List.mapi (fun i shape -> $"input {i}", shape))
                    "the inputs differ in their number of axes; reshape them to the same."

            List.reduce (Core.broadcastShape kind) shapes

        merging kind rule f []

    /// The sum of the tensors, whose shapes are equal or broadcast.
    let add = elementwise "add" (List.reduce (+))

    /// The product of the tensors, element by element; shapes are equal or broadcast.
    let multiply = elementwise "multiply" (List.reduce (*))

    /// The mean of the tensors, element by element; shapes are equal or broadcast.
    let average = elementwise "average" (fun xs -> List.reduce (+) xs / float xs.Length)

    /// The largest of the tensors, element by element; shapes are equal or broadcast.
    let maximum = elementwise "maximum" (List.reduce Tensor.maximum)

    /// The smallest of the tensors, element by element; shapes are equal or broadcast.
    let minimum = elementwise "minimum" (List.reduce Tensor.minimum)

    /// x + f x, with f a layer that keeps the shape; anything else is an error when the layer is built. (He et al.
    /// 2016, "Deep residual learning for image recognition".)
    let residual (layer: Layer<Tensor, Tensor>) : Layer<Tensor, Tensor> =
        let d = layer.Description

        let keeps (given: Shape list) (result: Shape list) =
            if given <> result then
                Fail.shapes
                    "residual"
                    [ "input", Layer.single "residual" given; "its result", Layer.single "residual" result ]
                    "the layers inside must give the shape they are given, to be added to it; end them with dense of \
                     as many units."

            result

        { Description = holding "residual" [] [ d ]
          Stages = fun shapes -> [ keeps shapes (Layer.shapes shapes layer) ]
          Init =
            fun key shapes ->
                let variables, result = Layer.initMany (Chain.enter d key) shapes layer
                only d variables, keeps shapes result
          Apply =
            fun variables run x ->
                let y, variables = layer.Apply (Chain.outside d variables) { run with Key = Chain.enter d run.Key } x

                x + y, only d variables
          Logits = None
          Penalties = fun variables -> layer.Penalties(Chain.outside d variables) }

    /// n layers like this one in a chain, each with variables of its own; none for n = 0. A negative count is an error,
    /// and so is a layer with a name, which only one layer of a chain may have.
    let repeat (n: int) (layer: Layer<'T, 'T>) : Layer<'T, 'T> =
        if n < 0 then
            Fail.argument "repeat" "n" n "is not a number of copies; give 0 or more."

        (Layer.identity, List.replicate n layer) ||> List.fold Layer.compose

    /// One layer applied n times, each time to its last result, with the same variables: shared weights. Its state
    /// passes from one time to the next. A count below 1 is an error, and so is a layer that does not keep the shape
    /// when the layer is built.
    let iterate (n: int) (layer: Layer<'T, 'T>) : Layer<'T, 'T> =
        if n < 1 then
            Fail.argument "iterate" "n" n "is not a number of times; give 1 or more."

        let d = layer.Description

        let keeps (given: Shape list) (result: Shape list) =
            if given <> result then
                let named kind = List.mapi (fun i shape -> $"{kind} {i}", shape)

                Fail.shapes
                    "iterate"
                    (named "input" given @ named "result" result)
                    "the layer must give the shapes it is given, to be applied again."

            result

        { Description = holding "iterate" [ "times", Setting.Whole n ] [ d ]
          Stages = fun shapes -> [ keeps shapes (Layer.shapes shapes layer) ]
          Init =
            fun key shapes ->
                let variables, result = Layer.initMany (Chain.enter d key) shapes layer
                only d variables, keeps shapes result
          Apply =
            fun variables run x ->
                let mutable y = x
                let mutable inner = Chain.outside d variables

                for i in 0 .. n - 1 do
                    let key = Chain.enter d (Key.fold i run.Key)
                    let next, after = layer.Apply inner { run with Key = key } y
                    y <- next
                    inner <- after

                y, only d inner
          Logits = None
          Penalties = fun variables -> layer.Penalties(Chain.outside d variables) }

    /// One layer on each of several tensors of one shape, with the same variables: what siamese networks are made of.
    /// Its state passes from one tensor to the next. Tensors of different shapes are an error when the layer is built.
    let shared (layer: Layer<Tensor, Tensor>) : Layer<Tensor list, Tensor list> =
        let d = layer.Description

        let one (shapes: Shape list) =
            match List.distinct shapes with
            | [ shape ] -> [ shape ]
            | [] -> Fail.argument "shared" "inputs" 0 "is not a number of tensors; give one or more."
            | _ ->
                Fail.shapes
                    "shared"
                    (shapes |> List.mapi (fun i shape -> $"input {i}", shape))
                    "one layer takes samples of one shape; make the shapes equal, or use a layer for each."

        let many (given: Shape list) (result: Shape list) = List.replicate given.Length (List.exactlyOne result)

        { Description = holding "shared" [] [ d ]
          Stages = fun shapes -> [ many shapes (Layer.shapes (one shapes) layer) ]
          Init =
            fun key shapes ->
                let variables, result = Layer.initMany (Chain.enter d key) (one shapes) layer
                only d variables, many shapes result
          Apply =
            fun variables run xs ->
                let apply (i, inner) x =
                    let key = Chain.enter d (Key.fold i run.Key)
                    let y, inner = layer.Apply inner { run with Key = key } x
                    y, (i + 1, inner)

                let ys, (_, inner) = List.mapFold apply (0, Chain.outside d variables) xs
                ys, only d inner
          Logits = None
          Penalties = fun variables -> layer.Penalties(Chain.outside d variables) }

    /// The layer with its parameters at rest: they move to the state, where no gradient reaches and no optimizer
    /// changes them, and the layer runs as outside training, so that batch normalization uses its running averages and
    /// dropout drops nothing. (In Keras, dropout goes on.) Paths stay the same, so weights load before and after; to
    /// train it further, build the model without `freeze` and load these weights. Its regularizers cost nothing.
    /// Freezing a chain freezes each of its layers.
    let freeze (layer: Layer<'In, 'Out>) : Layer<'In, 'Out> =
        let d = layer.Description

        let mark (d: Description) =
            if Chain.isFrozen d then
                d
            else
                { d with Settings = d.Settings @ [ Chain.atRest ] }

        let hide (stage: Description) (variables: Variables) =
            match variables.State with
            | _ when Chain.isFrozen stage -> variables
            | Node state -> { Parameters = Tree.empty; State = Node((Chain.frozen, variables.Parameters) :: state) }
            | Leaf _ -> Fail.data "freeze" "the state of the layer has no names; give the tensors of a state names."

        let show (stage: Description) (variables: Variables) =
            match variables.State with
            | _ when Chain.isFrozen stage -> variables
            | Node((name, parameters) :: state) when name = Chain.frozen ->
                { Parameters = parameters; State = Node state }
            | Node _
            | Leaf _ -> Fail.data "freeze" "the variables are not those of the frozen layer; make them with Layer.init."

        if List.forall Chain.isFrozen (Chain.stages d) then
            layer
        else
            let hide = Chain.mapStages hide d
            let show = Chain.mapStages show d

            let atRest apply variables run x =
                let y, variables = apply (show variables) { run with Training = false } x
                y, hide variables

            { layer with
                Description =
                    if Chain.isOpen d then
                        { d with Children = List.map mark d.Children }
                    else
                        mark d
                Init =
                    fun key shapes ->
                        let variables, shapes = layer.Init key shapes
                        hide variables, shapes
                Apply = atRest layer.Apply
                Logits = layer.Logits |> Option.map (fun (kind, apply) -> kind, atRest apply)
                Penalties = fun _ -> [] }
