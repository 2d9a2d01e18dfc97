namespace Functional

open System.Collections.Generic

/// Shapes and variables of networks.
[<AutoOpen>]
module NetworkShapes =
    /// Functions on networks.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Network =
        /// The values of a source.
        let internal gather (inputs: 'T list) (results: 'T list[]) source =
            match source with
            | Connection.Inputs -> inputs
            | Connection.Input i -> [ inputs[i] ]
            | Connection.Results node -> results[node]
            | Connection.Result(node, i) -> [ results[node][i] ]

        /// An error unless so many tensors are what the network takes.
        let internal demandCount operation (network: Network) count =
            let sources = network.Outputs @ (network.Nodes |> List.collect _.From)

            let largest =
                sources
                |> List.map (function
                    | Connection.Input i -> i + 1
                    | Connection.Inputs
                    | Connection.Results _
                    | Connection.Result _ -> 0)
                |> List.fold max network.Inputs.Length

            let takesAny = network.Inputs.IsEmpty && List.contains Connection.Inputs sources

            if count < largest || (count > largest && not takesAny) then
                let names = network.Inputs |> List.map (fun (name, _) -> $" '{name}'") |> String.concat ","

                Fail.argument
                    operation
                    "inputs"
                    count
                    $"is not the number of tensors that the layer takes, which is {largest}{names}; join several with \
                      concatenate or add first."

        /// The function with its latest result kept: a network asks for the keys of its nodes once a variable.
        let internal rememberLatest (f: Key -> 'T) : Key -> 'T =
            let latest = ref ValueNone

            fun key ->
                match latest.Value with
                | ValueSome struct (known: Key, result) when obj.ReferenceEquals(known, key) -> result
                | _ ->
                    let result = f key
                    latest.Value <- ValueSome(struct (key, result))
                    result

        /// The key of each node: places count up, so that a chain's keys do not depend on how it was put together. The
        /// second step keeps the first layer inside a container from drawing from the key of the layer behind it.
        let internal nodeKeys count (key: Key) : Key[] =
            let places = Array.zeroCreate count
            let mutable place = key

            for i in 0 .. count - 1 do
                places[i] <- Key.fold 0x656e7472 place
                place <- Key.fold 0x6e657874 place

            places

        /// The trees of one structure put together; where both have a leaf, the second's.
        let rec private union (first: Tree<'T>) (second: Tree<'T>) : Tree<'T> =
            match first, second with
            | Node a, Node b ->
                let known = List.map fst a

                Node(
                    (a
                     |> List.map (fun (name, branch) ->
                         match List.tryFind (fst >> (=) name) b with
                         | Some(_, other) -> name, union branch other
                         | None -> name, branch))
                    @ (b |> List.filter (fun (name, _) -> not (List.contains name known)))
                )
            | _, second -> second

        let private buildStage (stage: Stage) shapes =
            let built = stage.Build stage.Inner shapes

            if stage.Trainable then
                built
            else
                { built with Parameters = Tree.empty; State = union built.Parameters built.State }

        /// An error in building a node with the node's name and those before it; a network of one node adds nothing.
        let private located (network: Network) (layout: Layout) i (given: Shape list) build =
            try
                build ()
            with :? FunctionalException as e when network.Nodes.Length > 1 ->
                let nameOf node = layout.Names[layout.StageOf[node]]
                let shown = given |> List.map Shape.toString |> String.concat ", "

                let before =
                    network.Nodes[i].From
                    |> List.choose (function
                        | Connection.Results node
                        | Connection.Result(node, _) -> Some $"'{nameOf node}'"
                        | Connection.Inputs
                        | Connection.Input _ -> None)
                    |> List.distinct

                let place =
                    match before with
                    | [] -> $"layer '{nameOf i}' cannot take the input {shown}: "
                    | [ one ] -> $"layer '{nameOf i}' cannot follow {one}, which gives {shown}: "
                    | several ->
                        let all = String.concat " and " several
                        $"layer '{nameOf i}' cannot follow {all}, which give {shown}: "

                // an error that was located further inside needs no second introduction
                let reason operation text = if operation = "Layer.init" then text else $"{operation}: {text}"

                let error =
                    match e.Error with
                    | FunctionalError.ShapeMismatch(operation, shapes, text) ->
                        FunctionalError.ShapeMismatch("Layer.init", shapes, place + reason operation text)
                    | _ -> FunctionalError.ShapeMismatch("Layer.init", [], place + e.Message)

                raise (FunctionalException(error, e))

        /// Each node in order: its name, the shapes it is given, and its blueprint; and the shapes of the results.
        let internal build
            (shapes: Shape list)
            (network: Network)
            : (string * Shape list * Blueprint) list * Shape list =
            demandCount "Network" network shapes.Length
            let layout = Network.layout network
            let results: Shape list[] = Array.zeroCreate network.Nodes.Length

            let nodes =
                network.Nodes
                |> List.mapi (fun i node ->
                    let given = node.From |> List.collect (gather shapes results)
                    let built = located network layout i given (fun () -> buildStage node.Stage given)
                    results[i] <- built.Outputs
                    layout.Names[layout.StageOf[i]], given, built)

            nodes, network.Outputs |> List.collect (gather shapes results)

        let private startShapes (blueprint: Blueprint) =
            let shapes = Tree.map (fun (start: VariableStart) -> start.Shape)
            shapes blueprint.Parameters, shapes blueprint.State

        /// The starts of the network's variables, and the shapes that it gives. An error names the layer that does not
        /// fit the ones before it; uses of one stage on samples that need other variables are an error.
        let blueprint (shapes: Shape list) (network: Network) : Blueprint =
            let nodes, outputs = build shapes network
            let keys = rememberLatest (nodeKeys nodes.Length)
            let first = Dictionary<string, Blueprint>()

            let branches =
                nodes
                |> List.indexed
                |> List.choose (fun (i, (name, given, built)) ->
                    match first.TryGetValue name with
                    | true, known ->
                        if startShapes known <> startShapes built then
                            Fail.shapes
                                "Layer.init"
                                (given |> List.mapi (fun i shape -> $"input {i}", shape))
                                $"the layer '{name}' shares its weights with an earlier use on another shape; \
                                  give it samples of one shape."

                        None
                    | _ ->
                        first[name] <- built

                        let at =
                            Tree.map (fun (start: VariableStart) ->
                                { start with Draw = fun key -> start.Draw((keys key)[i]) })

                        Some((name, at built.Parameters), (name, at built.State)))

            { Parameters = Node(List.map fst branches); State = Node(List.map snd branches); Outputs = outputs }

        /// The shapes that the network gives.
        let shapes (given: Shape list) (network: Network) : Shape list = snd (build given network)

        /// The first variables, drawn from the key, and the shapes that the network gives.
        let init (key: Key) (shapes: Shape list) (network: Network) : Variables * Shape list =
            let blueprint = blueprint shapes network
            let draw = Tree.map (fun (start: VariableStart) -> start.Draw key)
            Variables.ofTrees (draw blueprint.Parameters) (draw blueprint.State), blueprint.Outputs

        /// The variables of a network that has none, such as an activation's.
        let internal noVariables (network: Network) : Variables =
            let none = Node(Network.namedStages network |> List.map (fun (name, _) -> name, Tree.empty))
            Variables.ofTrees none none

        /// Whether the network has variables for samples of these shapes.
        let internal hasVariables (shapes: Shape list) (network: Network) : bool =
            let blueprint = blueprint shapes network
            Tree.count blueprint.Parameters + Tree.count blueprint.State > 0

        /// The variables of a blueprint with given values under their paths, in this floating type.
        let internal filled operation dtype (tensors: (string * Tensor) list) (blueprint: Blueprint) : Variables =
            let typeOf (start: VariableStart) = if start.DType.IsFloat then dtype else start.DType

            let find =
                Tree.flatten blueprint.Parameters @ Tree.flatten blueprint.State
                |> List.map (fun (path, start) -> path, start.Shape, typeOf start)
                |> Variables.matching operation tensors

            let fill = Tree.mapi (fun path (_: VariableStart) -> find path)
            Variables.ofTrees (fill blueprint.Parameters) (fill blueprint.State)
