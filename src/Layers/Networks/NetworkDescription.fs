namespace Functional

/// Networks as descriptions.
[<AutoOpen>]
module NetworkDescriptions =
    /// Functions on networks.
    [<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
    module Network =
        let private sourceText source =
            match source with
            | Connection.Inputs -> "inputs"
            | Connection.Input i -> $"input {i}"
            | Connection.Results node -> $"node {node}"
            | Connection.Result(node, i) -> $"node {node} result {i}"

        let private sourceOf owner (text: string) =
            let number (word: string) =
                match System.Int32.TryParse word with
                | true, n when n >= 0 -> n
                | _ -> Fail.data owner $"its description is damaged: '{text}' is not the source of a tensor."

            match text.Split ' ' with
            | [| "inputs" |] -> Connection.Inputs
            | [| "input"; i |] -> Connection.Input(number i)
            | [| "node"; node |] -> Connection.Results(number node)
            | [| "node"; node; "result"; i |] -> Connection.Result(number node, number i)
            | _ -> Fail.data owner $"its description is damaged: '{text}' is not the source of a tensor."

        let private sourceTexts sources = Setting.Items(sources |> List.map (sourceText >> Setting.Text))

        /// The edges of a graph as settings; the layers of its nodes are children, each shared one once.
        let private wiring (network: Network) =
            let stages = Network.namedStages network |> List.map snd

            let node (node: NetworkNode) =
                let layer = stages |> List.findIndex (fun stage -> stage = node.Stage)
                Setting.Group [ "layer", Setting.Whole layer; "from", sourceTexts node.From ]

            [ if not network.Inputs.IsEmpty then
                  let shapes = network.Inputs |> List.map (fun (name, shape) -> name, Settings.ofWholes shape)
                  "inputs", Setting.Group shapes
              "nodes", Setting.Items(network.Nodes |> List.map node)
              "outputs", sourceTexts network.Outputs
              if not network.OutputNames.IsEmpty then
                  "output_names", Setting.Items(network.OutputNames |> List.map Setting.Text) ]

        let private stages network = Network.namedStages network |> List.map snd

        /// The stage as data.
        let rec internal describeStage (stage: Stage) : Description =
            let kind, settings, children =
                match stage.Kind, stage.Inner with
                | "sequential", [ inner ] when Network.isChain inner ->
                    "sequential", [], stages inner |> List.map describeStage
                | "sequential", [ inner ] -> "graph", wiring inner, stages inner |> List.map describeStage
                | ("branch" | "stacked_rnn_cells"), [ inner ] -> stage.Kind, [], stages inner |> List.map describeStage
                | "bidirectional", [ inner ] when List.contains Network.ownBackward stage.Settings ->
                    stage.Kind, [], stages inner |> List.map describeStage
                | kind, inner -> kind, [], List.map describe inner

            { Kind = kind
              Name = stage.Name
              Settings =
                stage.Settings
                @ settings
                @ (if stage.SharesWeights then [ Network.sharesWeights ] else [])
                @ (if stage.Trainable then [] else [ Network.frozen ])
              Children = children }

        /// The network as data: its only layer, a chain of kind "sequential", or a graph of kind "graph".
        and describe (network: Network) : Description =
            match network.Nodes with
            | [ node ] when Network.isChain network -> describeStage node.Stage
            | _ -> describeStage (Network.container "sequential" "" network)

        /// The names of this many outputs: those given to them, else those of the layers they come from.
        let outputNames count (network: Network) : string list =
            let names = Network.names network

            let nameOf source =
                match source with
                | Connection.Results node
                | Connection.Result(node, _) -> names[node]
                | Connection.Inputs
                | Connection.Input _ -> "output"

            let unique names =
                (Map.empty, names)
                ||> List.mapFold (fun used name ->
                    match Map.tryFind name used with
                    | Some n -> $"{name}_{n}", Map.add name (n + 1) used
                    | None -> name, Map.add name 1 used)
                |> fst

            match network.OutputNames, network.Outputs with
            | [], [ source ] -> unique (List.replicate count (nameOf source))
            | [], sources when sources.Length = count -> unique (List.map nameOf sources)
            | [], _ -> unique (List.replicate count "output")
            | given, _ -> given

        /// The layers in order, on one line.
        let text (network: Network) : string =
            let names = Network.names network

            if Network.isChain network then
                String.concat " --> " names
            else
                let all = String.concat ", " names
                $"graph of {all}"

        let private texts name (source: Settings.Source) =
            Settings.items source name
            |> List.map (fun setting -> Settings.text { source with Settings = [ name, setting ] } name)

        let private sources name (source: Settings.Source) = texts name source |> List.map (sourceOf source.Owner)

        /// Whether a value is known before the node of this index.
        let private isBefore node source =
            match source with
            | Connection.Results n
            | Connection.Result(n, _) -> n < node
            | Connection.Inputs
            | Connection.Input _ -> true

        /// The node of this index that settings describe.
        let private nodeOf i (children: Stage list) (source: Settings.Source) : NetworkNode =
            let layer = Settings.whole source "layer"
            let from = sources "from" source

            if layer < 0 || layer >= children.Length || not (List.forall (isBefore i) from) then
                Fail.data source.Owner $"its description is damaged: node {i} takes what is not there."

            { Stage = children[layer]; From = from }

        /// The graph that settings describe, over the stages of its children.
        let internal ofWiring (source: Settings.Source) (children: Stage list) : Network =
            let nodes =
                Settings.items source "nodes"
                |> List.mapi (fun i setting -> nodeOf i children (Settings.ofGroup source.Owner setting))

            let inputs =
                match Settings.tryFind source "inputs" with
                | Some setting ->
                    let group = Settings.ofGroup source.Owner setting
                    group.Settings |> List.map (fun (name, _) -> name, Settings.wholes group name)
                | None -> []

            let outputs = sources "outputs" source

            if not (List.forall (isBefore nodes.Length) outputs) then
                Fail.data source.Owner "its description is damaged: an output is not there."

            { Inputs = inputs
              Nodes = nodes
              Outputs = outputs
              OutputNames =
                match Settings.tryFind source "output_names" with
                | Some _ -> texts "output_names" source
                | None -> [] }
