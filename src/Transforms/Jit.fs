/// compile: a function traced once for each combination of shapes and types, then replayed as a plan.
module internal Functional.Jit

open System.Collections.Concurrent
open Functional
open Core

let private isData x =
    match x with
    | Data _ -> true
    | Traced _ -> false

let private buffer x =
    match x with
    | Data b -> b
    | Traced v -> Fail.argument "compile" "argument" $"<traced {Shape.toString v.Signature.Shape}>" "has no data yet."

/// `f` with its plans remembered. Two compilations share nothing. A value of a running transform passes straight through, so that compiled functions can be differentiated and mapped like any other.
let compile (f: Tensor list -> Tensor list) : Tensor list -> Tensor list =
    let plans = ConcurrentDictionary<Signature list, Plan>()

    fun xs ->
        if not (List.forall isData xs) then
            f xs
        else
            let signatures = xs |> List.map _.Signature

            match plans.TryGetValue signatures with
            | true, plan -> plan.Run(List.map buffer xs) |> List.map Data
            | _ ->
                match Trace.trace f signatures with
                | graph, [] ->
                    let backend =
                        match xs with
                        | Data first :: _ -> first.Backend
                        | _ -> CpuBackend.instance

                    let plan = plans.GetOrAdd(signatures, (fun _ -> backend.Prepare graph))
                    plan.Run(List.map buffer xs) |> List.map Data
                // it uses values of an outer transform, which differ from call to call
                | graph, captured -> Trace.run graph (xs @ captured)

/// The plan of `f` for arguments of these signatures. A function that uses values of a running transform has none.
let prepare (f: Tensor list -> Tensor list) (signatures: Signature list) : Plan =
    match Trace.trace f signatures with
    | graph, [] -> CpuBackend.instance.Prepare graph
    | _, captured ->
        Fail.shapes
            "compile"
            (captured |> List.map (fun x -> "used from outside", x.Shape))
            "the function uses values that a running transform follows; pass them as arguments."

/// `f` compiled over memory of its own. `carried` names pairs of a result and the argument that it is the next time.
let start f signatures (carried: (int * int) list) : Session = (prepare f signatures).Start carried

/// The elements of a tensor that no transform follows.
let elements (x: Tensor) = buffer x
