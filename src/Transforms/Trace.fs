/// Tracing: a function run on symbols, so that what it computes becomes a graph.
module internal Functional.Trace

open System.Collections.Generic
open Functional
open Core

type private Symbol(owner, reference: Ref, backend: Backend, signature) =
    inherit Tracer(owner, signature)
    override _.Backend = backend
    member _.Reference = reference

/// `whole`: functions with derivatives of their own become one node each; else what they compute is traced.
type private Interpret(whole: bool) =
    inherit Interpreter()
    // whoever compiles the graph for a device traces it while tensors are made there
    let backend = Backends.current ()
    let nodes = List<Node>()
    let inputs = List<Signature>()
    let captured = List<Tensor>()
    // values of the same primitive on the same arguments are computed once
    let seen = Dictionary<struct (Op * Ref list), Tensor list>()
    let constants = Dictionary<Buffer, Ref>(HashIdentity.Reference)
    let captures = Dictionary<Tensor, Ref>(HashIdentity.Reference)

    let add node =
        nodes.Add node
        { Node = nodes.Count - 1; Result = 0 }

    let addInput signature =
        inputs.Add signature
        add (Node.Input(inputs.Count - 1, signature))

    let cached (table: Dictionary<'k, Ref>) key make =
        match table.TryGetValue key with
        | true, r -> r
        | _ ->
            let r = make ()
            table[key] <- r
            r

    member me.Input signature : Tensor = Traced(Symbol(me, addInput signature, backend, signature))

    /// The value in this graph: its own symbols, data as constants, and values of outer transforms as further inputs.
    member me.Reference(x: Tensor) =
        match x with
        | Traced(:? Symbol as s) when obj.ReferenceEquals(s.Owner, me) -> s.Reference
        | Data buffer -> cached constants buffer (fun () -> add (Node.Constant buffer))
        | Traced outer ->
            cached captures x (fun () ->
                captured.Add x
                addInput outer.Signature)

    /// The signatures of a function's results for arguments of these signatures.
    static member private Results(f: DifferentiableFunction, signatures: Signature list) =
        let scratch = Interpret true
        f.Forward(signatures |> List.map scratch.Input) |> List.map _.Signature

    member me.Finish(outputs: Tensor list) =
        let references = outputs |> List.map me.Reference

        Graph.prune { Nodes = nodes.ToArray(); Inputs = List.ofSeq inputs; Outputs = references }, List.ofSeq captured

    override me.Apply(op, args) =
        match op with
        | Op.Custom f when not whole -> (f :?> DifferentiableFunction).Forward args
        | op ->
            let references = args |> List.map me.Reference
            let key = struct (op, references)

            match seen.TryGetValue key with
            | true, results -> results
            | _ ->
                let given = args |> List.map _.Signature

                let signatures =
                    match op with
                    | Op.Custom f -> Interpret.Results(f :?> DifferentiableFunction, given)
                    | op -> ShapeInference.signatures op given

                let node = (add (Node.Compute(op, references, signatures))).Node

                let results =
                    signatures |> List.mapi (fun i s -> Traced(Symbol(me, { Node = node; Result = i }, backend, s)))

                seen[key] <- results
                results

/// What `f` computes from arguments of these signatures, and the values of outer transforms that it uses besides: they
/// are the graph's last inputs.
let trace (f: Tensor list -> Tensor list) (signatures: Signature list) : Graph * Tensor list =
    let interpreter = Interpret false
    let outputs = f (signatures |> List.map interpreter.Input)
    let graph, captured = interpreter.Finish outputs
    DeadCode.prune graph, captured

/// The same, but each function with derivatives of its own stays one node, for transforms to find, and loops keep the
/// results that nothing reads: such a graph is for `run` alone, not for a backend.
let traceWhole (f: Tensor list -> Tensor list) (signatures: Signature list) : Graph * Tensor list =
    let interpreter = Interpret true
    let outputs = f (signatures |> List.map interpreter.Input)
    interpreter.Finish outputs

/// The values at `wanted` of a graph, computed from those that are known: nothing behind a known value runs.
let evaluate (graph: Graph) (known: Dictionary<Ref, Tensor>) (wanted: Ref list) : Tensor list =
    let needed = Array.create graph.Nodes.Length false

    let need r =
        if not (known.ContainsKey r) then
            needed[r.Node] <- true

    List.iter need wanted

    for i in graph.Nodes.Length - 1 .. -1 .. 0 do
        if needed[i] then
            List.iter need (Graph.arguments graph.Nodes[i])

    let memory: Tensor list[] = Array.create graph.Nodes.Length []

    let read r =
        match known.TryGetValue r with
        | true, value -> value
        | _ -> List.item r.Result memory[r.Node]

    for i in 0 .. graph.Nodes.Length - 1 do
        if needed[i] then
            memory[i] <-
                match graph.Nodes[i] with
                | Node.Input(index, _) ->
                    Fail.argument "scan" "input" index "of a step is not known where it is needed."
                | Node.Constant buffer -> [ Data buffer ]
                | Node.Compute(op, args, _) -> applyMany op (List.map read args)

    List.map read wanted

/// Runs the graph on any values, traced ones too, by applying its primitives one by one.
let run (graph: Graph) (inputs: Tensor list) : Tensor list =
    let inputs = Array.ofList inputs
    let memory: Tensor list[] = Array.create graph.Nodes.Length []
    let read (r: Ref) = List.item r.Result memory[r.Node]

    graph.Nodes
    |> Array.iteri (fun i node ->
        memory[i] <-
            match node with
            | Node.Input(index, _) -> [ inputs[index] ]
            | Node.Constant buffer -> [ Data buffer ]
            | Node.Compute(op, args, _) -> applyMany op (List.map read args))

    List.map read graph.Outputs
