/// Tracing: a function run on symbols, so that what it computes becomes a graph.
module internal Functional.Trace

open System.Collections.Generic
open Functional
open Core

type private Symbol(owner, reference: Ref, signature) =
    inherit Tracer(owner, signature)
    member _.Reference = reference

type private Interpret() =
    inherit Interpreter()
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

    member me.Input signature : Tensor = Traced(Symbol(me, addInput signature, signature))

    /// The value in this graph: its own symbols, data as constants, and values of outer transforms as further inputs.
    member me.Reference(x: Tensor) =
        match x with
        | Traced(:? Symbol as s) when obj.ReferenceEquals(s.Owner, me) -> s.Reference
        | Data buffer -> cached constants buffer (fun () -> add (Node.Constant buffer))
        | Traced outer ->
            cached captures x (fun () ->
                captured.Add x
                addInput outer.Signature)

    member me.Finish(outputs: Tensor list) =
        let references = outputs |> List.map me.Reference

        Graph.prune { Nodes = nodes.ToArray(); Inputs = List.ofSeq inputs; Outputs = references }, List.ofSeq captured

    override me.Apply(op, args) =
        match op with
        | Op.Custom f -> (f :?> DifferentiableFunction).Forward args
        | op ->
            let references = args |> List.map me.Reference
            let key = struct (op, references)

            match seen.TryGetValue key with
            | true, results -> results
            | _ ->
                let signatures = Infer.signatures op (args |> List.map _.Signature)
                let node = (add (Node.Compute(op, references, signatures))).Node

                let results = signatures |> List.mapi (fun i s -> Traced(Symbol(me, { Node = node; Result = i }, s)))

                seen[key] <- results
                results

/// What `f` computes from arguments of these signatures, and the values of outer transforms that it uses besides: they are
/// the graph's last inputs.
let trace (f: Tensor list -> Tensor list) (signatures: Signature list) : Graph * Tensor list =
    let interpreter = Interpret()
    let outputs = f (signatures |> List.map interpreter.Input)
    interpreter.Finish outputs

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
