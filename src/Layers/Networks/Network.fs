namespace Functional

open System.Collections.Generic

/// The distinct stages of a network in order of their first use, their names, and the index of each node's stage.
[<RequireQualifiedAccess>]
type internal Layout = { Stages: Stage[]; Names: string[]; StageOf: int[] }

/// Functions on networks. Shapes are those of one sample: tensors carry a batch axis in front, shapes here do not.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Network =
    /// Whether the text can be a word of a path: the name of a layer, or of a variable in it.
    let internal isName (name: string) = name <> "" && not (name.Contains '/')

    /// The setting of a layer made from a user's own code, which cannot be made again from its description.
    let internal ownCode = "own_code", Setting.Flag true

    /// The setting of a frozen layer in descriptions and files.
    let internal frozen = "trainable", Setting.Flag false

    /// The setting of a layer whose uses share their weights.
    let internal sharesWeights = "shares_weights", Setting.Flag true

    /// The name of the setting that penalizes the results of a layer.
    let internal activityRegularizer = "activity_regularizer"

    /// The setting of a bidirectional layer with a layer of its own for the way back.
    let internal ownBackward = "backward_layer", Setting.Flag true

    /// The network that gives what it is given.
    let identity: Network = { Inputs = []; Nodes = []; Outputs = [ Connection.Inputs ]; OutputNames = [] }

    /// One name a stage: the given one, else its kind, counted from the second on: dense, dense_1, dense_2.
    let private nameStages (stages: Stage list) =
        let given = stages |> List.map _.Name |> List.filter ((<>) "")

        match given |> List.countBy id |> List.tryFind (fun (_, n) -> n > 1) with
        | Some(name, n) ->
            Fail.argument
                "named"
                "name"
                $"'{name}'"
                $"is the name of {n} layers that stand side by side; give each its own."
        | None -> ()

        let taken = HashSet given
        let next = Dictionary<string, int>()

        let countedName kind =
            let mutable i = next.GetValueOrDefault kind
            let name () = if i = 0 then kind else kind + "_" + string i

            while not (taken.Add(name ())) do
                i <- i + 1

            let found = name ()
            next[kind] <- i + 1
            found

        stages |> List.map (fun stage -> if stage.Name = "" then countedName stage.Kind else stage.Name)

    let internal layout (network: Network) : Layout =
        let stages = network.Nodes |> List.map _.Stage |> List.distinct |> Array.ofList
        let indices = Dictionary(HashIdentity.Reference)
        stages |> Array.iteri (fun i stage -> indices[stage] <- i)

        { Stages = stages
          Names = Array.ofList (nameStages (List.ofArray stages))
          StageOf = [| for node in network.Nodes -> indices[node.Stage] |] }

    /// The distinct stages in order of their first use, with their names.
    let internal namedStages network : (string * Stage) list =
        let layout = layout network
        List.zip (List.ofArray layout.Names) (List.ofArray layout.Stages)

    /// The name of each node, in order; nodes that share a stage have one name.
    let names (network: Network) : string list =
        let layout = layout network
        layout.StageOf |> Array.map (fun i -> layout.Names[i]) |> List.ofArray

    /// The network of one stage, which takes and gives one tensor each, or all that it is given and gives.
    let internal ofStage takesOne givesOne (stage: Stage) : Network =
        { Inputs = []
          Nodes = [ { Stage = stage; From = [ (if takesOne then Connection.Input 0 else Connection.Inputs) ] } ]
          Outputs = [ (if givesOne then Connection.Result(0, 0) else Connection.Results 0) ]
          OutputNames = [] }

    /// The network with each stage changed, shared ones alike.
    let internal mapStages (change: Stage -> Stage) (network: Network) : Network =
        let changed = Dictionary(HashIdentity.Reference)

        let changeOnce stage =
            match changed.TryGetValue stage with
            | true, known -> known
            | _ ->
                let stage' = change stage
                changed[stage] <- stage'
                stage'

        { network with
            Nodes = network.Nodes |> List.map (fun node -> { node with Stage = changeOnce node.Stage }) }

    /// Copies the stages that the other network uses too, so that each has variables of its own; stages that share
    /// their weights stay.
    let internal withOwnStages (other: Network) (network: Network) =
        let known = HashSet(other.Nodes |> Seq.map _.Stage, HashIdentity.Reference)

        network
        |> mapStages (fun stage ->
            if known.Contains stage && not stage.SharesWeights then
                { stage with Kind = stage.Kind }
            else
                stage)

    /// The source of the value at an index of several sources.
    let rec internal pick index sources =
        match sources with
        | [ Connection.Inputs ] -> Connection.Input index
        | [ Connection.Results node ] -> Connection.Result(node, index)
        | (Connection.Input _ | Connection.Result _) as source :: rest ->
            if index = 0 then source else pick (index - 1) rest
        | (Connection.Inputs | Connection.Results _) :: _
        | [] ->
            Fail.argument
                "Network.join"
                "input"
                index
                "is not among the tensors that the network before it gives; give each of them by itself."

    /// The sources of a network that is fed by other sources and stands behind some nodes.
    let internal feed (outputs: Connection list) nodesBefore source =
        match source with
        | Connection.Inputs -> outputs
        | Connection.Input i -> [ pick i outputs ]
        | Connection.Results node -> [ Connection.Results(node + nodesBefore) ]
        | Connection.Result(node, i) -> [ Connection.Result(node + nodesBefore, i) ]

    /// `second` on the results of `first`. Nodes append, so that joining is associative, with `identity` as its unit.
    /// A name given to two layers is an error.
    let join (first: Network) (second: Network) : Network =
        if first.Nodes.IsEmpty && first.Inputs.IsEmpty then
            second
        elif second.Nodes.IsEmpty && second.Inputs.IsEmpty then
            first
        else
            let second = withOwnStages first second
            let fed = List.collect (feed first.Outputs first.Nodes.Length)

            let joined: Network =
                { Inputs = first.Inputs
                  Nodes = first.Nodes @ (second.Nodes |> List.map (fun node -> { node with From = fed node.From }))
                  Outputs = fed second.Outputs
                  OutputNames = second.OutputNames }

            layout joined |> ignore
            joined

    /// Whether each node takes what the one before it gives, and the last one's results are the network's.
    let internal isChain (network: Network) =
        let gives node source =
            match source with
            | Connection.Inputs
            | Connection.Input 0 -> node = -1
            | Connection.Results n
            | Connection.Result(n, 0) -> n = node
            | Connection.Input _
            | Connection.Result _ -> false

        let takes node sources =
            match sources with
            | [ source ] -> gives node source
            | _ -> false

        network.Inputs.IsEmpty
        && network.OutputNames.IsEmpty
        && (namedStages network).Length = network.Nodes.Length
        && network.Nodes |> List.indexed |> List.forall (fun (i, node) -> takes (i - 1) node.From)
        && takes (network.Nodes.Length - 1) network.Outputs
