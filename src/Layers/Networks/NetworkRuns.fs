namespace Functional

/// The results of a network for a batch: its Outputs, their Masks (one or None for each), and the Variables with the state
/// that follows.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type NetworkResults = { Outputs: Tensor list; Masks: Tensor option list; Variables: Variables }

/// Running networks.
[<AutoOpen>]
module NetworkRuns =
    /// Functions on networks.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Network =
        /// The variables of each stage.
        let private variablesOf (layout: Layout) (variables: Variables) : Variables[] =
            let names = List.ofArray layout.Names

            match variables.Parameters, variables.State with
            | Node parameters, Node state when List.map fst parameters = names && List.map fst state = names ->
                Array.ofList (List.map2 (fun (_, p) (_, s) -> Variables.ofTrees p s) parameters state)
            | _ ->
                Fail.data
                    "Layer.apply"
                    $"the variables are not those of this network of {names.Length} layers; make them with Layer.init, \
                      or load them with Variables.withTensors."

        /// The variables of each node's stage, in order.
        let internal variablesOfNodes (variables: Variables) (network: Network) : Variables list =
            let layout = Network.layout network
            let own = variablesOf layout variables
            layout.StageOf |> Array.map (fun i -> own[i]) |> List.ofArray

        /// The tree with the leaves that the other one has under the same paths.
        let rec private overlay (tree: Tree<Tensor>) (other: Tree<Tensor>) : Tree<Tensor> =
            match tree, other with
            | Node branches, Node others ->
                Node(
                    branches
                    |> List.map (fun (name, branch) ->
                        match List.tryFind (fst >> (=) name) others with
                        | Some(_, other) -> name, overlay branch other
                        | None -> name, branch)
                )
            | Leaf _, Leaf _ -> other
            | _ -> tree

        /// An error unless the masks are Bool and have the first axes of their tensors.
        let private demandMasks (masks: Tensor option list) (inputs: Tensor list) =
            for mask, x in Seq.zip masks inputs do
                match mask with
                | Some mask when mask.DType <> Bool ->
                    Fail.dtypes
                        "Layer.apply"
                        [ "the mask", mask.DType ]
                        "a mask is Bool, false where nothing is; cast it with Tensor.cast Bool"
                | Some mask when mask.Rank > x.Rank || mask.Shape <> List.truncate mask.Rank x.Shape ->
                    Fail.shapes
                        "Layer.apply"
                        [ "input", x.Shape; "mask", mask.Shape ]
                        "a mask has the first axes of its tensor: [batch; time] for sequences."
                | Some _
                | None -> ()

            if masks.Length > inputs.Length then
                Fail.argument
                    "Layer.apply"
                    "masks"
                    masks.Length
                    $"are more than the tensors that the layer is given, which are {inputs.Length}."

        /// One mask or None for each of the tensors.
        let private maskEach (masks: Tensor option list) (tensors: Tensor list) =
            tensors |> List.mapi (fun i _ -> List.tryItem i masks |> Option.flatten)

        /// The first tensor's mask for the first result, where the result has the axes of the mask.
        let private passed (run: Run) (xs: Tensor list) (ys: Tensor list) : Tensor option list =
            match Run.mask 0 run, xs, ys with
            | Some mask, x :: _, y :: _ when Masks.fits mask x y -> [ Some mask ]
            | _ -> []

        /// The results of a stage that ran, with the masks that follow by its rule.
        let private masked (stage: Stage) (run: Run) xs (ys, variables) : NetworkResults =
            let masks =
                match stage.Masks with
                | MaskRule.Passes -> passed run xs ys
                | MaskRule.Computed rule -> rule run xs ys
                | MaskRule.Stops
                | MaskRule.OfInner -> []

            { Outputs = ys; Masks = maskEach masks ys; Variables = variables }

        /// A frozen stage finds its parameters in the state.
        let private runStage (stage: Stage) apply (variables: Variables) (run: Run) xs : NetworkResults =
            if stage.Trainable then
                apply stage.Inner variables run xs
            else
                let all = Variables.ofTrees variables.State variables.State
                let results: NetworkResults = apply stage.Inner all { run with Training = false } xs

                { results with
                    Variables = { variables with State = overlay variables.State results.Variables.State } }

        let rec private stageEndings (stage: Stage) : string option list =
            match stage.Logits with
            | Some(kind, _) -> [ Some kind ]
            | None when stage.InnerUse = InnerUse.Container -> endings stage.Inner.Head
            | None -> [ None ]

        /// For each result the kind of activation that it ends in, "softmax" or "sigmoid", where it ends in one. The
        /// list may be shorter than the results: the others end in none.
        and endings (network: Network) : string option list =
            let stageOf node = network.Nodes[node].Stage

            let rec walk outputs =
                match outputs with
                | [] -> []
                | Connection.Input _ :: rest -> None :: walk rest
                | Connection.Result(node, i) :: rest ->
                    (List.tryItem i (stageEndings (stageOf node)) |> Option.flatten) :: walk rest
                // how many tensors these are is known for one output alone, which no other follows
                | Connection.Results node :: _ -> stageEndings (stageOf node)
                | Connection.Inputs :: _ -> []

            walk network.Outputs

        /// For each node, which of its results an output wants as logits.
        let private logitsWanted (asLogits: bool list) (network: Network) : bool list[] =
            let wanted = Array.create network.Nodes.Length []

            if List.contains true asLogits then
                let ends = endings network
                let flags = List.mapi (fun i asked -> asked && (List.tryItem i ends |> Option.flatten).IsSome) asLogits

                let mark node i =
                    let old: bool list = wanted[node]
                    wanted[node] <- List.init (max old.Length (i + 1)) (fun k -> k = i || (k < old.Length && old[k]))

                let rec walk flags outputs =
                    match flags, outputs with
                    | flags, Connection.Results node :: _ ->
                        flags
                        |> List.iteri (fun i flag ->
                            if flag then
                                mark node i)
                    | flag :: rest, Connection.Result(node, i) :: outputs ->
                        if flag then
                            mark node i

                        walk rest outputs
                    | _ :: rest, Connection.Input _ :: outputs -> walk rest outputs
                    | _, Connection.Inputs :: _
                    | [], _
                    | _, [] -> ()

                walk flags network.Outputs

            wanted

        /// Whether a node or more than one output takes results of the node.
        let private isTakenElsewhere (network: Network) node =
            let takes source =
                match source with
                | Connection.Results n
                | Connection.Result(n, _) -> n = node
                | Connection.Inputs
                | Connection.Input _ -> false

            network.Nodes |> List.exists (fun other -> List.exists takes other.From)
            || (network.Outputs |> List.filter takes).Length > 1

        /// A forward pass through a network: what is known before it, and what its nodes have given so far.
        type private ForwardPass =
            {
                Network: Network
                Layout: Layout
                Inputs: Tensor list
                Run: Run
                /// For each node, which of its results are wanted as logits.
                Wanted: bool list[]
                /// The variables of each stage, with the state that follows.
                Variables: Variables[]
                /// The results of each node.
                Results: Tensor list[]
                /// The masks of the inputs, one or None for each.
                InputMasks: Tensor option list
                /// The masks of the results of each node.
                Masks: Tensor option list[]
                /// The results of each node with the wanted ones as logits.
                Logits: Tensor list[]
                /// What each node adds to the loss.
                Losses: Tensor list[]
            }

        let private start asLogits (variables: Variables) (run: Run) inputs (network: Network) =
            let layout = Network.layout network
            demandMasks run.Masks inputs

            { Network = network
              Layout = layout
              Inputs = inputs
              Run = run
              Wanted = logitsWanted asLogits network
              Variables = variablesOf layout variables
              Results = Array.create network.Nodes.Length []
              InputMasks = maskEach run.Masks inputs
              Masks = Array.create network.Nodes.Length []
              Logits = Array.create network.Nodes.Length []
              Losses = Array.create network.Nodes.Length [] }

        /// A node as it is, with the masks of its results. `applyMasked` runs the network inside a container.
        let private whole applyMasked (stage: Stage) inner variables run xs : NetworkResults =
            match stage.Masks with
            | MaskRule.OfInner -> applyMasked [] variables run xs (List.head inner)
            | MaskRule.Passes
            | MaskRule.Stops
            | MaskRule.Computed _ -> masked stage run xs (stage.Apply inner variables run xs)

        /// A node without the activations that the flagged results end in.
        let private withoutEnding applyMasked (stage: Stage) flags inner variables run xs : NetworkResults =
            match stage.Logits with
            | Some(_, logits) -> masked stage run xs (logits inner variables run xs)
            | None -> applyMasked flags variables run xs (List.head inner)

        /// Runs a node as it is, and where logits of it are wanted without its ending.
        let private runNode applyMasked (pass: ForwardPass) (keys: Key[]) i (node: NetworkNode) =
            let at = pass.Layout.StageOf[i]
            let before, wanted = pass.Variables[at], pass.Wanted[i]
            let xs = node.From |> List.collect (Network.gather pass.Inputs pass.Results)
            let masks = node.From |> List.collect (Network.gather pass.InputMasks pass.Masks)

            let run =
                { pass.Run with Key = keys[i]; Masks = (if List.forall Option.isNone masks then [] else masks) }

            let applied apply = runStage node.Stage apply before run xs

            let keep (results: NetworkResults) =
                pass.Results[i] <- results.Outputs
                pass.Masks[i] <- results.Masks
                pass.Variables[at] <- { results.Variables with Losses = [] }
                pass.Losses[i] <- results.Variables.Losses

            if not wanted.IsEmpty then
                let results = applied (withoutEnding applyMasked node.Stage wanted)
                pass.Logits[i] <- results.Outputs
                keep results

            if wanted.IsEmpty || isTakenElsewhere pass.Network i then
                keep (applied (whole applyMasked node.Stage))

        /// The values of an output of the network.
        let private outputOf (pass: ForwardPass) source =
            let isLogits node i = List.tryItem i pass.Wanted[node] = Some true

            match source with
            | Connection.Result(node, i) when isLogits node i -> [ pass.Logits[node][i] ]
            | Connection.Results node when not pass.Wanted[node].IsEmpty ->
                pass.Results[node] |> List.mapi (fun i y -> if isLogits node i then pass.Logits[node][i] else y)
            | Connection.Inputs
            | Connection.Input _
            | Connection.Results _
            | Connection.Result _ -> Network.gather pass.Inputs pass.Results source

        /// `apply` that also gives the masks of the outputs, and some outputs as logits: those whose flag is set, and
        /// which `endings` tells to end in a softmax or a sigmoid, come without it. A loss of probabilities is exact
        /// when it is taken of logits.
        let rec applyMasked
            (asLogits: bool list)
            (variables: Variables)
            (run: Run)
            (inputs: Tensor list)
            (network: Network)
            : NetworkResults =
            Network.demandCount "Layer.apply" network inputs.Length
            let pass = start asLogits variables run inputs network
            let keys = Network.nodeKeys network.Nodes.Length run.Key
            network.Nodes |> List.iteri (runNode applyMasked pass keys)
            let stateOf name (own: Variables) = name, own.State
            let state = Seq.map2 stateOf pass.Layout.Names pass.Variables |> List.ofSeq

            { Outputs = network.Outputs |> List.collect (outputOf pass)
              Masks = network.Outputs |> List.collect (Network.gather pass.InputMasks pass.Masks)
              Variables = { variables with State = Node state; Losses = List.concat pass.Losses } }

        /// `apply` with some outputs as logits; see `applyMasked`.
        let applyLogits
            (asLogits: bool list)
            (variables: Variables)
            (run: Run)
            (inputs: Tensor list)
            (network: Network)
            : Tensor list * Variables =
            let results = applyMasked asLogits variables run inputs network
            results.Outputs, results.Variables

        /// All results of the network for a batch, in order, and the variables with the state that follows. Variables
        /// of another network are an error.
        let apply (variables: Variables) (run: Run) (inputs: Tensor list) (network: Network) : Tensor list * Variables =
            applyLogits [] variables run inputs network

        /// All results of the network for a batch outside training.
        let predict (variables: Variables) (inputs: Tensor list) (network: Network) : Tensor list =
            fst (apply variables Run.inference inputs network)

        /// The terms that the regularizers of the network add to the loss, layer by layer; frozen layers add none.
        let penalties (variables: Variables) (network: Network) : Tensor list =
            let layout = Network.layout network

            Array.zip layout.Stages (variablesOf layout variables)
            |> List.ofArray
            |> List.collect (fun (stage, own) -> if stage.Trainable then stage.Penalties stage.Inner own else [])

        /// The parameters within the constraints of their layers, from those that an update gave. Frozen layers change
        /// nothing.
        let constrain (parameters: Tree<Tensor>) (network: Network) : Tree<Tensor> =
            let layout = Network.layout network

            match parameters with
            | Node branches when List.map fst branches = List.ofArray layout.Names ->
                (branches, List.ofArray layout.Stages)
                ||> List.map2 (fun (name, own) stage ->
                    name, (if stage.Trainable then stage.Constrain stage.Inner own else own))
                |> Node
            | _ ->
                Fail.data
                    "Layer.constrain"
                    "the parameters are not those of this network; make them with Layer.init, or load them with \
                     Variables.withTensors."

        /// A stage that holds a network as a model inside a model.
        let internal container kind name (inner: Network) : Stage =
            { Kind = kind
              Name = name
              Settings = []
              Inner = [ inner ]
              InnerUse = InnerUse.Container
              Trainable = true
              SharesWeights = false
              Build = fun inner shapes -> Network.blueprint shapes inner.Head
              Apply = fun inner variables run xs -> apply variables run xs inner.Head
              Masks = MaskRule.OfInner
              Logits = None
              Stepwise = None
              Penalties = fun inner variables -> penalties variables inner.Head
              Constrain = fun inner parameters -> constrain parameters inner.Head }

        /// The network as one stage: its only one, or a container.
        let internal toStage (network: Network) : Stage =
            match network.Nodes with
            | [ node ] when Network.isChain network -> node.Stage
            | _ -> container "sequential" "" network
