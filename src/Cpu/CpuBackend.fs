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

/// The graph of one primitive, applied to the graph's arguments.
let private graphOf op (args: Signature list) (results: Signature list) : Graph =
    { Inputs = args
      Nodes =
        [| for i, signature in List.indexed args do
               Node.Input(i, signature)

           Node.Compute(op, [ for i in 0 .. args.Length - 1 -> { Node = i; Result = 0 } ], results) |]
      Outputs = [ for i in 0 .. results.Length - 1 -> { Node = args.Length; Result = i } ] }

type private CpuBackend() =
    inherit Backend()

    override _.Device = Cpu

    override me.OfArray(elements, shape) =
        let view dtype (elements: 'T[]) : Functional.Buffer =
            CpuBuffer<'T>(me, { Shape = shape; DType = dtype }, elements, 0, Strides.rowMajor shape)

        match elements with
        | :? (float32[]) as elements -> view Float32 elements
        | :? (float[]) as elements -> view Float64 elements
        | :? (int[]) as elements -> view Int32 elements
        | :? (bool[]) as elements -> view Bool elements
        | elements ->
            Fail.argument
                "tensor"
                "array"
                (elements.GetType().Name)
                "holds no float32, float, int or bool; convert it first."

    override me.Evaluate(op, args, results) =
        match op with
        | Op.Scan scan ->
            let scan, constants = LoopConstants.asArguments scan
            let args = args @ constants
            let graph = graphOf (Op.Scan scan) (args |> List.map _.Signature) results
            (PlanCache.get me graph).Run args
        | op ->
            evaluate me op (args |> List.map (CpuBuffer.ofBuffer (ShapeInference.name op))) results
            |> List.map (fun b -> b :> Functional.Buffer)

    override me.Prepare graph = CpuSession.plan me graph

    override me.CreateStore values = CpuSession.store me values

/// The one backend of this machine's processor.
let instance: Backend = CpuBackend()
