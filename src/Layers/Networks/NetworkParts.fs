namespace Functional

/// A layer of a model: its place, its shapes and its parameters.
[<RequireQualifiedAccess>]
type LayerInfo =
    {
        /// The names from the model down: "encoder/dense_1".
        Path: string
        /// Its kind, in Keras's snake case: "dense".
        Kind: string
        /// Its options under Keras's names.
        Settings: (string * Setting) list
        /// The shapes of one sample of the tensors that it takes.
        InputShapes: Shape list
        /// The shapes of one sample of the tensors that it gives.
        OutputShapes: Shape list
        /// The number of parameters, non-trainable ones included.
        Parameters: int64
        /// The number of trainable parameters.
        TrainableParameters: int64
        /// The paths of the layers whose results it takes, and the names of a graph's inputs; empty where it takes the
        /// input of a chain.
        ConnectedTo: string list
        /// The layers inside it, where it is a model of its own.
        Layers: LayerInfo list
    }

    /// The shape of the only tensor that it gives; the first one where it gives several.
    member info.OutputShape: Shape = List.head info.OutputShapes

/// Looking into networks and changing them by path.
[<AutoOpen>]
module NetworkParts =
    /// Functions on networks.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Network =
        let private unknown operation (path: string) (network: Network) =
            let names = Network.names network |> List.distinct |> String.concat ", "
            Fail.argument operation "path" $"'{path}'" $"is not that of a layer here; the layers there are {names}."

        let private holdsLayers (stage: Stage) =
            match stage.InnerUse with
            | InnerUse.Container
            | InnerUse.Once -> true
            | InnerUse.Activations
            | InnerUse.Repeated -> false

        let private words (path: string) = path.Split '/' |> List.ofArray

        // ------------------------------------------------------------------------------------------ looking

        let private countOf (blueprint: Blueprint) =
            let size tree =
                Tree.leaves tree
                |> List.sumBy (fun (start: VariableStart) ->
                    start.Shape |> List.fold (fun n length -> n * int64 length) 1L)

            size blueprint.Parameters, size blueprint.Parameters + size blueprint.State

        let rec private layersUnder isFrozen prefix shapes (network: Network) : LayerInfo list =
            let names = Network.names network
            let inputs = network.Inputs |> List.map (fun (name, _) -> prefix + name)
            let nodes, _ = Network.build shapes network

            List.zip network.Nodes nodes
            |> List.map (fun (node, (name, given, built)) ->
                let before =
                    node.From
                    |> List.collect (function
                        | Connection.Results n
                        | Connection.Result(n, _) -> [ prefix + names[n] ]
                        | Connection.Inputs -> inputs
                        | Connection.Input i -> List.tryItem i inputs |> Option.toList)

                let trainable, all = countOf built
                let isFrozen = isFrozen || not node.Stage.Trainable

                { Path = prefix + name
                  Kind = (Network.describeStage node.Stage).Kind
                  Settings = node.Stage.Settings
                  InputShapes = given
                  OutputShapes = built.Outputs
                  Parameters = all
                  TrainableParameters = (if isFrozen then 0L else trainable)
                  ConnectedTo = List.distinct before
                  Layers =
                    if holdsLayers node.Stage then
                        layersUnder isFrozen (prefix + name + "/") given node.Stage.Inner.Head
                    else
                        [] })

        /// The layers in order, for samples of these shapes.
        let layers (shapes: Shape list) (network: Network) : LayerInfo list = layersUnder false "" shapes network

        // ----------------------------------------------------------------------------------------- changing

        /// The network with the stage at a path changed; `enter` changes the stages around it.
        let rec private changeAt operation path enter change names (network: Network) : Network =
            match names with
            | [] -> network
            | name :: rest ->
                match Network.namedStages network |> List.tryFind (fst >> (=) name) with
                | None -> unknown operation path network
                | Some(_, target) when not rest.IsEmpty && target.InnerUse = InnerUse.Activations ->
                    unknown operation path network
                | Some(_, target) ->
                    network
                    |> Network.mapStages (fun stage ->
                        if stage <> target then
                            stage
                        elif rest.IsEmpty then
                            change stage
                        else
                            let stage: Stage = enter stage
                            let inner = stage.Inner |> List.map (changeAt operation path enter change rest)
                            { stage with Inner = inner })

        /// The network with the stage at a path changed.
        let internal changed operation (path: string) (change: Stage -> Stage) (network: Network) : Network =
            changeAt operation path id change (words path) network

        let private frozen (stage: Stage) = { stage with Trainable = false }

        let rec private thawed (stage: Stage) =
            { stage with Trainable = true; Inner = stage.Inner |> List.map (Network.mapStages thawed) }

        /// The network with the layers at these paths frozen; "" is all of it.
        let freeze (paths: string list) (network: Network) : Network =
            (network, paths)
            ||> List.fold (fun network path ->
                if path = "" then
                    Network.mapStages frozen network
                else
                    changeAt "freeze" path id frozen (words path) network)

        /// The network with the layers at these paths, and those inside them, trained again; "" is all of it. The other
        /// layers of a frozen block stay frozen.
        let thaw (paths: string list) (network: Network) : Network =
            let opened (stage: Stage) =
                if stage.Trainable then
                    stage
                else
                    { stage with Trainable = true; Inner = stage.Inner |> List.map (Network.mapStages frozen) }

            (network, paths)
            ||> List.fold (fun network path ->
                if path = "" then
                    Network.mapStages thawed network
                else
                    changeAt "thaw" path opened thawed (words path) network)

        // -------------------------------------------------------------------------------------- inner results

        /// Connections to all results of a node as connections to single ones.
        let private singles (counts: int list) inputs connections =
            connections
            |> List.collect (function
                | Connection.Inputs -> List.init inputs Connection.Input
                | Connection.Results node -> List.init counts[node] (fun i -> Connection.Result(node, i))
                | Connection.Input _
                | Connection.Result _ as one -> [ one ])

        /// The network with every connection to a single tensor, for samples of these shapes.
        let private withSingles (shapes: Shape list) (network: Network) : Network =
            let counts = fst (Network.build shapes network) |> List.map (fun (_, _, built) -> built.Outputs.Length)
            let singles = singles counts shapes.Length

            { network with
                Nodes = network.Nodes |> List.map (fun node -> { node with From = singles node.From })
                Outputs = singles network.Outputs }

        /// The network that can also give so many results of the layer at a path, and the connections to them. Layers
        /// around it give them on behind their own results.
        let rec private expose operation path count names shapes (network: Network) : Network * Connection list =
            let network = withSingles shapes network
            let nodes, _ = Network.build shapes network

            match names, nodes |> List.tryFindIndex (fun (name, _, _) -> name = List.head names) with
            | [ _ ], Some i -> network, List.init count (fun k -> Connection.Result(i, k))
            | name :: rest, Some i when holdsLayers network.Nodes[i].Stage ->
                let target = network.Nodes[i].Stage
                let _, given, built = nodes[i]
                let inner, connections = expose operation path count rest given target.Inner.Head

                let inner = { inner with Outputs = inner.Outputs @ connections; OutputNames = [] }

                let changed =
                    match target.Kind with
                    // the description of a branch cannot say that it gives more than its parts do
                    | "branch" -> { Network.container "sequential" name inner with Trainable = target.Trainable }
                    | _ -> { target with Inner = [ inner ] }

                network |> Network.mapStages (fun stage -> if stage = target then changed else stage),
                List.init connections.Length (fun k -> Connection.Result(i, built.Outputs.Length + k))
            | _, Some i ->
                Fail.argument
                    operation
                    "path"
                    $"'{path}'"
                    $"is inside a layer of kind {network.Nodes[i].Stage.Kind}, which uses its layers in its own way; \
                      name that layer instead."
            | _ -> unknown operation path network

        /// The network without the nodes that no output needs; the others keep their names.
        let private pruned (network: Network) : Network =
            let nodes = Array.ofList network.Nodes
            let isNeeded = Array.create nodes.Length false

            let rec need connection =
                match connection with
                | Connection.Results n
                | Connection.Result(n, _) when not isNeeded[n] ->
                    isNeeded[n] <- true
                    List.iter need nodes[n].From
                | Connection.Inputs
                | Connection.Input _
                | Connection.Results _
                | Connection.Result _ -> ()

            List.iter need network.Outputs
            let places = isNeeded |> Array.scan (fun place needed -> if needed then place + 1 else place) 0

            let moved =
                List.map (function
                    | Connection.Results n -> Connection.Results places[n]
                    | Connection.Result(n, i) -> Connection.Result(places[n], i)
                    | Connection.Inputs
                    | Connection.Input _ as input -> input)

            let kept =
                { network with
                    Nodes =
                        [ for i in 0 .. nodes.Length - 1 do
                              if isNeeded[i] then
                                  { nodes[i] with From = moved nodes[i].From } ]
                    Outputs = moved network.Outputs }

            let names = Network.namedStages network |> List.map (fun (name, stage) -> stage, name)
            let nameOf stage = names |> List.find (fst >> (=) stage) |> snd

            if kept |> Network.namedStages |> List.forall (fun (name, stage) -> nameOf stage = name) then
                kept
            else
                kept |> Network.mapStages (fun stage -> { stage with Name = nameOf stage })

        /// The network that gives the results of the layers at these paths, in this order, for samples of these shapes:
        /// feature maps, an encoder, the base of a classifier. Layers that are not needed for them are left out, and
        /// the others keep their paths. An unknown path is an error that names the layers there are.
        let outputs (paths: string list) (shapes: Shape list) (network: Network) : Network =
            if paths.IsEmpty then
                Fail.argument "outputs" "paths" "[]" "is empty; name one layer or more."

            // a layer through which others' results pass gives more of them later on
            let rec counts (infos: LayerInfo list) =
                infos |> List.collect (fun info -> (info.Path, info.OutputShapes.Length) :: counts info.Layers)

            let known = Map.ofList (counts (layers shapes network))
            let countOf path = Map.tryFind path known |> Option.defaultValue 1

            let network, wanted =
                ((network, []), paths)
                ||> List.fold (fun (network, wanted) path ->
                    let network, found = expose "outputs" path (countOf path) (words path) shapes network
                    network, wanted @ found)

            pruned { network with Outputs = wanted; OutputNames = [] }

        /// The layer at a path as a network, the shapes that it is given, and the path before its variables' paths.
        let rec private partAt path prefix names shapes (network: Network) : Network * Shape list * string =
            let nodes, _ = Network.build shapes network

            match names, nodes |> List.tryFindIndex (fun (name, _, _) -> name = List.head names) with
            | name :: rest, Some i ->
                let stage = network.Nodes[i].Stage
                let _, given, _ = nodes[i]

                let inside () =
                    if stage.Trainable then
                        stage.Inner.Head
                    else
                        Network.mapStages frozen stage.Inner.Head

                match rest, stage.InnerUse with
                | [], InnerUse.Container -> inside (), given, prefix + name + "/"
                | [], _ -> Network.ofStage false false { stage with Name = name }, given, prefix
                | rest, (InnerUse.Container | InnerUse.Once) -> partAt path (prefix + name + "/") rest given (inside ())
                | _, (InnerUse.Activations | InnerUse.Repeated) -> unknown "part" path network
            | _ -> unknown "part" path network

        /// The layer at a path as a network of its own, the shapes that it is given in this one, and what stands before
        /// the paths of its variables here.
        let internal part (path: string) (shapes: Shape list) (network: Network) =
            partAt path "" (words path) shapes network
