/// Functions that say how they are differentiated: recomputed in the backward pass, or with a derivative of the user's
/// own.
module internal Functional.CustomDerivatives

open System.Threading
open Functional
open Core

let mutable private barriers = 0L

/// The same values behind a fence that no simplification looks through: what is computed from them is computed again.
let private fence (xs: Tensor list) =
    let number = Interlocked.Increment &barriers
    xs |> List.map (fun x -> apply (Op.Barrier number) [ x ])

/// Gives `graph`, and on the way back runs it again instead of keeping what it computed.
type private Checkpoint(graph: Graph) =
    inherit DifferentiableFunction("checkpoint")
    override _.Forward args = Trace.run graph args
    override _.Push(args, _, tangents) = Jvp.jvp (Trace.run graph) args tangents |> snd
    override _.Pull(args, _, cotangents) = (Vjp.vjp (Trace.run graph) (fence args) |> snd) cotangents

/// `f` at `xs`, keeping only `xs` for the backward pass. Values of outer transforms that f uses are differentiated as
/// well.
let checkpoint (f: Tensor list -> Tensor list) (xs: Tensor list) =
    let graph, captured = besideAll xs (fun () -> Trace.traceWhole f (xs |> List.map _.Signature))
    applyMany (Op.Custom(Checkpoint graph)) (xs @ captured)

/// A function and its pullback. The push-forward is the transpose of the pullback, which is linear in the cotangents.
type private CustomVjp(graph: Graph, pull: Tensor list -> Tensor list -> Tensor list -> Tensor list) =
    inherit DifferentiableFunction("customVjp")
    override _.Forward args = Trace.run graph args

    override _.Push(args, results, tangents) =
        let zeros = results |> List.map Tensor.zerosLike
        (Vjp.vjp (pull args results) zeros |> snd) tangents

    override _.Pull(args, results, cotangents) =
        let pulled = pull args results cotangents

        (args, pulled)
        ||> List.iter2 (fun x ct ->
            if x.Signature <> ct.Signature then
                Fail.shapes
                    "customVjp"
                    [ "argument", x.Shape; "its cotangent", ct.Shape ]
                    $"the pullback must give the argument's shape and type ({x.DType}; it gave {ct.DType}).")

        pulled

/// `f` at `xs` with `pull xs ys cotangents` as its derivative.
let customVjp f pull (xs: Tensor list) =
    let graph, captured = besideAll xs (fun () -> Trace.trace f (xs |> List.map _.Signature))

    if not captured.IsEmpty then
        Fail.shapes
            "customVjp"
            (captured |> List.map (fun x -> "used from outside", x.Shape))
            "the function uses a value that an outer transform follows, whose derivative it cannot give; pass it as an \
             argument."

    applyMany (Op.Custom(CustomVjp(graph, pull))) xs
