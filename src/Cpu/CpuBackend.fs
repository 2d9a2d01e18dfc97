/// The backend of the machine's own processor: every primitive as a view or a call of a kernel.
module internal Functional.CpuBackend

open System
open Functional
open Functional.Kernels

let private evaluate backend op (args: CpuBuffer list) (results: Signature list) : CpuBuffer list =
    match op, args, results with
    | (Op.Broadcast _ | Op.Reshape _ | Op.Transpose _ | Op.Slice _ | Op.Flip _ | Op.StopGradient | Op.Barrier _),
      [ x ],
      [ result ] -> [ CpuViews.view op x result ]
    | Op.Cast dtype, [ x ], _ when x.DType = dtype -> [ x ]
    | Op.Scan scan, _, _ -> CpuScan.run backend scan args results
    | _ ->
        let filled = results |> List.map (CpuBuffer.allocate backend)
        CpuKernels.fill op args filled
        filled

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
        evaluate me op (args |> List.map (fun b -> b :?> CpuBuffer)) results
        |> List.map (fun b -> b :> Functional.Buffer)

    override me.Prepare graph = CpuRun.plan me graph

/// The one backend of this machine's processor.
let instance: Backend = CpuBackend()
