/// Placement: which backend computes, and what moves there. Numbers, keys and repeated numbers go wherever the tensors
/// that they meet are, constants of the host wherever a graph runs; all else is moved by its owner.
module internal Functional.Placement

open Functional

let private isOn (backend: Backend) (buffer: Buffer) = obj.ReferenceEquals(buffer.Backend, backend)

/// Whether all are of this backend.
let rec areOn backend (buffers: Buffer list) =
    match buffers with
    | [] -> true
    | buffer :: rest -> isOn backend buffer && areOn backend rest

/// Whether a buffer goes to whatever device it meets: a number, a key, or one number repeated.
let follows (buffer: Buffer) =
    buffer.Shape.IsEmpty || (buffer.DType = Int32 && buffer.Shape = [ 2 ]) || buffer.Uniform.IsSome

/// A buffer of a signature whose elements are all one number. An integer takes the nearest whole number toward zero.
let filled (backend: Backend) (signature: Signature) (value: float) : Buffer =
    let number = backend.OfArray(ElementArrays.ofNumber signature.DType value, [])

    if signature.Shape.IsEmpty then
        number
    else
        backend.Evaluate(Op.Broadcast signature.Shape, [ number ], [ signature ]) |> List.head

/// A constant of a signature whose elements are all one number.
let constant backend signature value : Node = Node.Constant(filled backend signature value)

/// The buffer on a backend: itself, or what another device makes of it.
let move (backend: Backend) (buffer: Buffer) : Buffer =
    if isOn backend buffer then
        buffer
    else
        match buffer.Uniform with
        | ValueSome number -> filled backend buffer.Signature number
        | ValueNone -> backend.OfBuffer buffer

/// The backend on which an operation on these runs: that of the first that does not follow others; where all do, the
/// first that is not the host. An empty list is an error.
let backendOf (buffers: Buffer list) : Backend =
    let first = buffers.Head.Backend

    if areOn first buffers.Tail then
        first
    else
        match buffers |> List.tryFind (follows >> not) with
        | Some buffer -> buffer.Backend
        | None ->
            buffers
            |> List.tryFind (fun buffer -> not buffer.Backend.IsHost)
            |> Option.map _.Backend
            |> Option.defaultValue first

/// The error of a tensor that does not follow others to their device.
let refuse operation (backend: Backend) (buffer: Buffer) : 'a =
    Fail.argument
        operation
        "device"
        $"{buffer.Backend.Name} and {backend.Name}"
        $"meet: a tensor of shape {Shape.toString buffer.Shape} is on {buffer.Backend.Name}, the others are on \
          {backend.Name}. Move one side with Tensor.toDevice."

/// The buffers on a backend. One that is elsewhere and does not follow others is an error.
let onto operation (backend: Backend) (buffers: Buffer list) : Buffer list =
    if areOn backend buffers then
        buffers
    else
        buffers
        |> List.map (fun buffer ->
            if isOn backend buffer || follows buffer then
                move backend buffer
            else
                refuse operation backend buffer)

let private isElsewhere backend node =
    match node with
    | Node.Constant buffer -> not (isOn backend buffer)
    | Node.Input _
    | Node.Compute _ -> false

let private isLoop node =
    match node with
    | Node.Compute(Op.Scan _, _, _) -> true
    | Node.Compute _
    | Node.Input _
    | Node.Constant _ -> false

/// The graph with its constants on a backend, those of loops too. A constant of a device that is not the host, and that
/// does not follow others, is an error.
let rec constants (backend: Backend) (graph: Graph) : Graph =
    let moved node =
        match node with
        | Node.Constant buffer when isOn backend buffer -> node
        | Node.Constant buffer when buffer.Backend.IsHost || follows buffer -> Node.Constant(move backend buffer)
        | Node.Constant buffer -> refuse "compile" backend buffer
        | Node.Compute(Op.Scan scan, args, results) ->
            // only the body runs; the source is for transforms, which have seen the loop already
            let body = constants backend scan.Body

            if obj.ReferenceEquals(body, scan.Body) then
                node
            else
                Node.Compute(Op.Scan { scan with Body = body; Source = body }, args, results)
        | Node.Compute _
        | Node.Input _ -> node

    if graph.Nodes |> Array.exists (fun node -> isElsewhere backend node || isLoop node) then
        let nodes = Array.map moved graph.Nodes

        if Array.forall2 (fun (a: Node) (b: Node) -> obj.ReferenceEquals(a, b)) nodes graph.Nodes then
            graph
        else
            { graph with Nodes = nodes }
    else
        graph
