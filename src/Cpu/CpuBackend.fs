/// The backend of the machine's own processor: every primitive as a view or a call of a kernel.
module internal Functional.CpuBackend

open System
open Functional
open Functional.Kernels

let private random backend (result: Signature) (keys: CpuBuffer<int>) normal : CpuBuffer =
    match result.DType with
    | Float64 ->
        let y = CpuBuffer<float>.Allocate(backend, result)

        if normal then
            RandomKernels.Normal(keys.Span, y.Target)
        else
            RandomKernels.Uniform(keys.Span, y.Target)

        y
    | Float32
    | Int32
    | Bool ->
        let y = CpuBuffer<float32>.Allocate(backend, result)

        if normal then
            RandomKernels.Normal(keys.Span, y.Target)
        else
            RandomKernels.Uniform(keys.Span, y.Target)

        y

let private ints (x: CpuBuffer) = (x :?> CpuBuffer<int>).PackedElements

let private words backend result (fill: CpuBuffer<int> -> unit) : CpuBuffer =
    let y = CpuBuffer<int>.Allocate(backend, result)
    fill y
    y

let private evaluate backend op (args: CpuBuffer list) (results: Signature list) : CpuBuffer list =
    let result = results.Head

    match op, args with
    | Op.Unary u, [ x ] -> [ CpuElementwise.unary backend u x result ]
    | Op.Binary b, [ x; y ] -> [ CpuElementwise.binary backend b x y result ]
    | Op.Compare c, [ x; y ] -> [ CpuElementwise.compare backend c x y result ]
    | Op.Where, [ condition; x; y ] -> [ CpuElementwise.where backend condition x y result ]
    | Op.Cast dtype, [ x ] -> [ CpuElementwise.cast backend dtype x result ]
    | Op.Broadcast _, [ x ] -> [ CpuViews.broadcast x result ]
    | Op.Reshape _, [ x ] -> [ CpuViews.reshape x result ]
    | Op.Transpose perm, [ x ] -> [ CpuViews.transpose perm x result ]
    | Op.Slice ranges, [ x ] -> [ CpuViews.slice ranges x result ]
    | Op.Flip axes, [ x ] -> [ CpuViews.flip axes x result ]
    | Op.Pad(paddings, value), [ x ] -> [ CpuMoving.pad backend paddings value x result ]
    | Op.Concat axis, _ :: _ -> [ CpuMoving.concat backend axis args result ]
    | Op.Gather axis, [ x; indices ] -> [ CpuMoving.gather backend axis x indices result ]
    | Op.ScatterAdd axis, [ x; indices; updates ] -> [ CpuMoving.scatterAdd backend axis x indices updates result ]
    | Op.Reduce(reduction, axes), [ x ] -> [ CpuReductions.reduce backend reduction axes x result ]
    | Op.ArgMax axis, [ x ] -> [ CpuReductions.argExtreme backend true axis x result ]
    | Op.ArgMin axis, [ x ] -> [ CpuReductions.argExtreme backend false axis x result ]
    | Op.CumSum axis, [ x ] -> [ CpuReductions.cumsum backend axis x result ]
    | Op.MatMul, [ a; b ] -> [ CpuProducts.matmul backend a b result ]
    | Op.Convolution window, [ x; kernel ] -> [ CpuConvolution.convolution backend window x kernel result ]
    | Op.ConvolutionInput(window, _), [ y; kernel ] -> [ CpuConvolution.input backend window y kernel result ]
    | Op.ConvolutionKernel(window, _), [ x; y ] -> [ CpuConvolution.kernel backend window x y result ]
    | Op.MaxPool pool, [ x ] -> CpuConvolution.maxPool backend pool x result (List.item 1 results)
    | Op.PoolGather pool, [ x; indices ] -> [ CpuConvolution.gather backend pool x indices result ]
    | Op.PoolScatter(pool, _), [ y; indices ] -> [ CpuConvolution.scatter backend pool y indices result ]
    | Op.Sort descending, [ x ] -> CpuMoving.sort backend descending x result (List.item 1 results)
    | Op.KeySplit n, [ key ] -> [ words backend result (fun y -> RandomKernels.Split((ints key).Span, n, y.Target)) ]
    | Op.KeyFold, [ key; data ] ->
        [ words backend result (fun y -> RandomKernels.FoldIn((ints key).Span, (ints data).Span, y.Target)) ]
    | Op.RandomUniform _, [ key ] -> [ random backend result (ints key) false ]
    | Op.RandomNormal _, [ key ] -> [ random backend result (ints key) true ]
    | Op.RandomBits _, [ key ] -> [ words backend result (fun y -> RandomKernels.Bits((ints key).Span, y.Target)) ]
    | (Op.StopGradient | Op.Barrier _), _ -> args
    | Op.Custom f, _ -> Fail.argument f.Name "backend" "cpu" "runs functions of the core only, never on a backend."
    | Op.Scan scan, _ -> CpuScan.run backend scan args results
    | (Op.Unary _ | Op.Binary _ | Op.Compare _ | Op.Where | Op.Cast _ | Op.Broadcast _ | Op.Reshape _ | Op.Transpose _ | Op.Slice _ | Op.Flip _ | Op.Pad _ | Op.Concat _ | Op.Gather _ | Op.ScatterAdd _ | Op.Reduce _ | Op.ArgMax _ | Op.ArgMin _ | Op.CumSum _ | Op.MatMul | Op.Sort _ | Op.KeySplit _ | Op.KeyFold | Op.RandomUniform _ | Op.RandomNormal _ | Op.RandomBits _),
      _ -> Infer.wrongCount op args.Length
    | (Op.Convolution _ | Op.ConvolutionInput _ | Op.ConvolutionKernel _ | Op.MaxPool _ | Op.PoolGather _ | Op.PoolScatter _),
      _ -> Infer.wrongCount op args.Length

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

    override me.Prepare graph = Replay.plan me graph

/// The one backend of this machine's processor.
let instance: Backend = CpuBackend()
