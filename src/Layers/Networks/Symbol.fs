namespace Functional

open System.Collections.Generic

/// A symbolic tensor: what a graph is written with. It has a shape and knows how it comes about, and is immutable.
[<Sealed>]
type Symbol internal (shape: Shape, origin: SymbolOrigin) =
    /// The shape of one sample.
    member _.Shape = shape

    member internal _.Origin = origin

    /// The shape, with None for the batch.
    override _.ToString() = "Symbol (" + String.concat ", " ("None" :: List.map string shape) + ")"

/// The origin of a symbolic tensor.
and internal SymbolOrigin =
    /// An input.
    | InputSymbol
    /// One result of a network on other symbolic tensors.
    | CallSymbol of call: SymbolCall * index: int

/// A network on symbolic tensors.
and [<Sealed; AllowNullLiteral>] internal SymbolCall(network: Network, arguments: Symbol list) =
    member _.Network = network
    member _.Arguments = arguments

/// The inputs of a graph by name.
[<Sealed>]
type GraphInputs internal (inputs: (string * Symbol) list) =
    /// The input of this name; an unknown name is an error.
    member _.Item
        with get (name: string): Symbol =
            match List.tryFind (fst >> (=) name) inputs with
            | Some(_, symbol) -> symbol
            | None ->
                let known = inputs |> List.map fst |> String.concat ", "
                Fail.argument "Network.graph" "input" $"'{name}'" $"is not an input of the graph; there are {known}."

/// Writing graphs with symbolic tensors.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Symbol =
    /// A new input for samples of this shape, without the batch axis.
    let input (shape: Shape) : Symbol = Symbol(shape, InputSymbol)

    /// The results of a network on symbolic tensors. Shapes that do not fit are an error at once.
    let internal call (network: Network) (arguments: Symbol list) : Symbol list =
        let call = SymbolCall(network, arguments)

        Network.shapes (arguments |> List.map _.Shape) network
        |> List.mapi (fun i shape -> Symbol(shape, CallSymbol(call, i)))

    /// Builds the nodes of a graph, each call behind those whose results it takes.
    type private Builder(inputs: Symbol list) =
        let nodes = ResizeArray<NetworkNode>()
        let places = Dictionary<Symbol, int>(HashIdentity.Reference)
        let outputs = Dictionary<SymbolCall, Connection list>(HashIdentity.Reference)
        do inputs |> List.iteri (fun i input -> places[input] <- i)

        let soFar () : Network = { Inputs = []; Nodes = List.ofSeq nodes; Outputs = []; OutputNames = [] }

        member me.Connection(symbol: Symbol) : Connection =
            match places.TryGetValue symbol with
            | true, i -> Connection.Input i
            | _ ->
                match symbol.Origin with
                | CallSymbol(call, i) -> Network.pick i (me.Outputs call)
                | InputSymbol ->
                    Fail.argument
                        "Network.graph"
                        "input"
                        (string symbol)
                        "is used, but not named among the inputs of the graph."

        member me.Outputs(call: SymbolCall) : Connection list =
            match outputs.TryGetValue call with
            | true, known -> known
            | _ ->
                let arguments = call.Arguments |> List.map me.Connection
                let network = Network.withOwnStages (soFar ()) call.Network
                let fed = List.collect (Network.feed arguments nodes.Count)
                let added = network.Nodes |> List.map (fun node -> { node with From = fed node.From })
                let results = fed network.Outputs
                nodes.AddRange added
                outputs[call] <- results
                results

        member _.Nodes = List.ofSeq nodes

    /// The network from inputs to outputs, each under a name. An input that the outputs need but that is not named is
    /// an error.
    let internal network (inputs: (string * Symbol) list) (outputs: (string * Symbol) list) : Network =
        let demandNames what (named: (string * Symbol) list) =
            match named |> List.countBy fst |> List.tryFind (fun (name, n) -> n > 1 || name = "") with
            | Some(name, _) ->
                Fail.argument
                    "Network.graph"
                    what
                    $"'{name}'"
                    "must not be empty or there twice; give each its own name."
            | None when named.IsEmpty -> Fail.argument "Network.graph" what "[]" "are none; give one or more."
            | None -> ()

        demandNames "inputs" inputs
        demandNames "outputs" outputs
        let builder = Builder(List.map snd inputs)
        let connections = outputs |> List.map (snd >> builder.Connection)

        let network: Network =
            { Inputs = inputs |> List.map (fun (name, input) -> name, input.Shape)
              Nodes = builder.Nodes
              Outputs = connections
              OutputNames = List.map fst outputs }

        Network.names network |> ignore
        network
