/// The backend of the machine's own processor: every primitive as a view, a call of a kernel, or, for a loop, a plan.
module internal Functional.CpuBackend

open System
open Functional

let private compute backend op (args: CpuBuffer list) (results: Signature list) : CpuBuffer list =
    let filled = results |> List.map (CpuBuffer.allocate backend)

    // where no result has an element there is nothing to write, but there may be indices to check
    if filled |> List.exists (fun y -> y.Size > 0) || args.Length > 1 then
        CpuKernels.fill op args filled

    filled

let private evaluate backend op (args: CpuBuffer list) (results: Signature list) : CpuBuffer list =
    match args, results with
    | [ x ], [ result ] ->
        match CpuViews.tryView op x result with
        | ValueSome view -> [ view ]
        | ValueNone when op = Op.Cast x.DType -> [ x ]
        | ValueNone -> compute backend op args results
    | _, _ -> compute backend op args results

type private CpuBackend() =
    inherit Backend("cpu")

    override _.IsHost = true

    override me.OfArray(elements, shape) =
        match ElementArrays.dtypeOf elements with
        | ValueSome dtype -> CpuBuffer.ofArray me { Shape = shape; DType = dtype } elements
        | ValueNone ->
            Fail.argument
                "tensor"
                "array"
                (elements.GetType().Name)
                $"holds none of {ElementArrays.types}; convert it first."

    override me.Evaluate(op, args, results) =
        match op with
        | Op.Scan scan -> LoopPlans.evaluate me scan args results
        | op ->
            evaluate me op (args |> List.map (CpuBuffer.ofBuffer (ShapeInference.name op))) results
            |> List.map (fun b -> b :> Functional.Buffer)

    override me.Prepare graph = CpuSession.plan me graph

    override me.CreateStore values = CpuSession.store me values

/// The one backend of this machine's processor.
let instance: Backend = CpuBackend()
