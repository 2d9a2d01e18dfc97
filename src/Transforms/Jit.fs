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

/// Runs the plan, on its device, where numbers and keys follow.
let private run (plan: Plan) (args: Buffer list) : Tensor list =
    plan.Run(Placement.onto "compile" plan.Backend args) |> List.map Data

/// The backend that a graph runs on when its arguments are on `backend`. Where all of those follow others, it is that
/// of the constants.
let private backendFor (backend: Backend) (args: Buffer list) (graph: Graph) : Backend =
    if backend.IsHost && List.forall Placement.follows args then
        let constants =
            graph.Nodes
            |> Array.choose (fun node ->
                match node with
                | Node.Constant buffer when not (buffer.Backend.IsHost || Placement.follows buffer) -> Some buffer
                | Node.Constant _
                | Node.Input _
                | Node.Compute _ -> None)

        constants |> Array.tryHead |> Option.map _.Backend |> Option.defaultValue backend
    else
        backend

/// `f` with its plans remembered. A value of a running transform passes straight through, so that compiled functions
/// can be differentiated and mapped like any other. It runs where its arguments are; constants of `f` move there once.
let compile (f: Tensor list -> Tensor list) : Tensor list -> Tensor list =
    let plans = PlanCache.table<struct (Backend * Signature list)>()

    fun xs ->
        if not (List.forall isData xs) then
            f xs
        else
            let signatures = xs |> List.map _.Signature
            let args = List.map elements xs
            let backend = if args.IsEmpty then Backends.current () else Placement.backendOf args

            match plans.TryFind(struct (backend, signatures)) with
            | ValueSome plan -> run plan args
            | ValueNone ->
                match Backends.using backend (fun () -> Trace.trace f signatures) with
                | graph, [] ->
                    let plan = PlanCache.get (backendFor backend args graph) graph
                    plans.Set(struct (backend, signatures), plan)
                    run plan args
                // it uses values of an outer transform, which differ from call to call
                | graph, captured -> Trace.run graph (xs @ captured)

/// The plan of `f` on a backend, for arguments of these signatures. A function that uses values of a running transform
/// has none.
let prepareOn (backend: Backend) (f: Tensor list -> Tensor list) (signatures: Signature list) : Plan =
    match Backends.using backend (fun () -> Trace.trace f signatures) with
    | graph, [] -> PlanCache.get backend graph
    | _, captured ->
        Fail.shapes
            "compile"
            (captured |> List.map (fun x -> "used from outside", x.Shape))
            "the function uses values that a running transform follows; pass them as arguments."

/// The plan of `f` where tensors are made, for arguments of these signatures.
let prepare (f: Tensor list -> Tensor list) (signatures: Signature list) : Plan =
    prepareOn (Backends.current ()) f signatures

/// A session of a plan of its own over no stored values.
let sessionOf (plan: Plan) : Session = plan.Bind(plan.Backend.CreateStore [], [])

/// Sets an argument of a session on its device: what is elsewhere is copied there.
let set (session: Session) (backend: Backend) argument (value: Tensor) : unit =
    session.Set(argument, Placement.move backend (elements value))
