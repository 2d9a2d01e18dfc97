/// compile: a function traced once for each combination of shapes and types, then replayed as a plan.
module internal Functional.Jit

open Functional
open Core

let private isData x =
    match x with
    | Data _ -> true
    | Traced _ -> false

/// The elements of a tensor that no transform follows.
let elements x =
    match x with
    | Data b -> b
    | Traced v -> Fail.argument "compile" "argument" $"<traced {Shape.toString v.Signature.Shape}>" "has no data yet."

/// `f` with its plans remembered. A value of a running transform passes straight through, so that compiled functions
/// can be differentiated and mapped like any other.
let compile (f: Tensor list -> Tensor list) : Tensor list -> Tensor list =
    let plans = PlanCache.table<Signature list>()

    fun xs ->
        if not (List.forall isData xs) then
            f xs
        else
            let signatures = xs |> List.map _.Signature

            match plans.TryFind signatures with
            | ValueSome plan -> plan.Run(List.map elements xs) |> List.map Data
            | ValueNone ->
                match Trace.trace f signatures with
                | graph, [] ->
                    let backend =
                        match xs with
                        | Data first :: _ -> first.Backend
                        | _ -> Backends.standard

                    let plan = PlanCache.get backend graph
                    plans.Set(signatures, plan)
                    plan.Run(List.map elements xs) |> List.map Data
                // it uses values of an outer transform, which differ from call to call
                | graph, captured -> Trace.run graph (xs @ captured)

/// The plan of `f` on a backend, for arguments of these signatures. A function that uses values of a running transform
/// has none.
let prepareOn (backend: Backend) (f: Tensor list -> Tensor list) (signatures: Signature list) : Plan =
    match Trace.trace f signatures with
    | graph, [] -> PlanCache.get backend graph
    | _, captured ->
        Fail.shapes
            "compile"
            (captured |> List.map (fun x -> "used from outside", x.Shape))
            "the function uses values that a running transform follows; pass them as arguments."

/// The plan of `f` on the default backend, for arguments of these signatures.
let prepare (f: Tensor list -> Tensor list) (signatures: Signature list) : Plan =
    prepareOn Backends.standard f signatures
