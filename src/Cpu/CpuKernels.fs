/// The primitives that compute: each fills buffers that are there already with what it gives for its arguments.
module internal Functional.CpuKernels

open System
open Functional
open Functional.Kernels

let private ints (x: CpuBuffer) = (x :?> CpuBuffer<int>).PackedElements

let private random normal (key: CpuBuffer) (y: CpuBuffer) =
    match y with
    | :? CpuBuffer<float32> as y when normal -> RandomKernels.Normal((ints key).Span, y.Target)
    | :? CpuBuffer<float32> as y -> RandomKernels.Uniform((ints key).Span, y.Target)
    | :? CpuBuffer<float> as y when normal -> RandomKernels.Normal((ints key).Span, y.Target)
    | :? CpuBuffer<float> as y -> RandomKernels.Uniform((ints key).Span, y.Target)
    | y -> Fail.dtypes "random" [ "the wanted type", y.DType ] "gives float32 or float64"

/// Runs kernels, which see addresses only, and keeps the buffers alive meanwhile: arguments, results and those made on the way.
let inline private keeping (args: CpuBuffer list) (results: CpuBuffer list) ([<InlineIfLambda>] run: unit -> unit) =
    let entered = ResultMemory.EnterScope()

    try
        run ()
    finally
        ResultMemory.ExitScope entered
        GC.KeepAlive args
        GC.KeepAlive results

let private fillAny op (args: CpuBuffer list) (results: CpuBuffer list) =
    match op, args, results with
    | Op.Unary u, [ x ], [ y ] -> CpuElementwise.unary u x y
    | Op.Binary b, [ x; y ], [ z ] -> CpuElementwise.binary b x y z
    | Op.Compare c, [ x; y ], [ z ] -> CpuElementwise.compare c x y z
    | Op.Where, [ condition; x; y ], [ z ] -> CpuElementwise.where condition x y z
    | Op.Cast dtype, [ x ], [ y ] -> if x.DType = dtype then CpuDataMovement.copy x y else CpuElementwise.cast x y
    | (Op.Broadcast _ | Op.Reshape _ | Op.Transpose _ | Op.Slice _ | Op.Flip _ | Op.StopGradient | Op.Barrier _),
      [ x ],
      [ y ] ->
        match CpuViews.tryView op x y.Signature with
        | ValueSome view -> CpuDataMovement.copy view y
        | ValueNone -> CpuDataMovement.copy x y
    | Op.Pad(paddings, value), [ x ], [ y ] -> CpuDataMovement.pad paddings value x y
    | Op.Concat axis, _, [ y ] -> CpuDataMovement.concat axis args y
    | Op.Gather axis, [ x; indices ], [ y ] -> CpuDataMovement.gather axis x indices y
    | Op.ScatterAdd axis, [ x; indices; updates ], [ y ] -> CpuDataMovement.scatterAdd axis x indices updates y
    | Op.Reduce(reduction, axes), [ x ], [ y ] -> CpuReductions.reduce reduction axes x y
    | Op.ArgMax axis, [ x ], [ y ] -> CpuReductions.argExtreme true axis x y
    | Op.ArgMin axis, [ x ], [ y ] -> CpuReductions.argExtreme false axis x y
    | Op.CumSum axis, [ x ], [ y ] -> CpuReductions.cumsum axis x y
    | Op.MatMul, [ a; b ], [ c ] -> CpuMatMul.matmul a b c null
    | Op.Convolution window, [ x; kernel ], [ y ] -> CpuConvolution.convolution window x kernel y null
    | Op.ConvolutionInput(window, _), [ y; kernel ], [ x ] -> CpuConvolution.input window y kernel x null
    | Op.ConvolutionKernel(window, _), [ x; y ], [ kernel ] -> CpuConvolution.kernel window x y kernel
    | Op.MaxPool pool, [ x ], [ y; indices ] -> CpuConvolution.maxPool pool x y indices
    | Op.PoolGather pool, [ x; indices ], [ y ] -> CpuConvolution.gather pool x indices y
    | Op.PoolScatter(pool, _), [ y; indices ], [ x ] -> CpuConvolution.scatter pool y indices x
    | Op.Sort descending, [ x ], [ y; indices ] -> CpuDataMovement.sort descending x y indices
    | Op.KeySplit n, [ key ], [ y ] -> RandomKernels.Split((ints key).Span, n, (ints y).Target)
    | Op.KeyFold, [ key; data ], [ y ] -> RandomKernels.FoldIn((ints key).Span, (ints data).Span, (ints y).Target)
    | Op.RandomUniform _, [ key ], [ y ] -> random false key y
    | Op.RandomNormal _, [ key ], [ y ] -> random true key y
    | Op.RandomBits _, [ key ], [ y ] -> RandomKernels.Bits((ints key).Span, (ints y).Target)
    | Op.Scan _, _, _ -> invalidOp "a loop is a plan, not a kernel"
    | Op.Custom f, _, _ -> Fail.argument f.Name "backend" "cpu" "runs functions of the core only, never on a backend."
    | (Op.Unary _ | Op.Binary _ | Op.Compare _ | Op.Where | Op.Cast _ | Op.Broadcast _ | Op.Reshape _ | Op.Transpose _ | Op.Slice _ | Op.Flip _ | Op.Pad _ | Op.Concat _ | Op.Gather _ | Op.ScatterAdd _ | Op.Reduce _ | Op.ArgMax _ | Op.ArgMin _ | Op.CumSum _ | Op.MatMul | Op.Convolution _ | Op.ConvolutionInput _ | Op.ConvolutionKernel _ | Op.MaxPool _ | Op.PoolGather _ | Op.PoolScatter _ | Op.Sort _ | Op.KeySplit _ | Op.KeyFold | Op.RandomUniform _ | Op.RandomNormal _ | Op.RandomBits _ | Op.StopGradient | Op.Barrier _),
      _,
      _ -> ShapeInference.wrongCount op args.Length

/// Computes `op` for the arguments into the results: contiguous buffers of the inferred signatures.
let fill op (args: CpuBuffer list) (results: CpuBuffer list) = keeping args results (fun () -> fillAny op args results)

let private fillAnyWith op (args: CpuBuffer list) (results: CpuBuffer list) (epilogue: Epilogue) =
    match op with
    | Op.MatMul -> CpuMatMul.matmul args[0] args[1] results.Head epilogue
    | Op.Convolution window -> CpuConvolution.convolution window args[0] args[1] results.Head epilogue
    | Op.ConvolutionInput(window, _) -> CpuConvolution.input window args[0] args[1] results.Head epilogue
    | Op.Unary _
    | Op.Binary _
    | Op.Compare _
    | Op.Where
    | Op.Cast _
    | Op.Broadcast _
    | Op.Reshape _
    | Op.Transpose _
    | Op.Slice _
    | Op.Pad _
    | Op.Flip _
    | Op.Concat _
    | Op.Gather _
    | Op.ScatterAdd _
    | Op.Reduce _
    | Op.ArgMax _
    | Op.ArgMin _
    | Op.CumSum _
    | Op.ConvolutionKernel _
    | Op.MaxPool _
    | Op.PoolGather _
    | Op.PoolScatter _
    | Op.Sort _
    | Op.KeySplit _
    | Op.KeyFold
    | Op.RandomUniform _
    | Op.RandomNormal _
    | Op.RandomBits _
    | Op.StopGradient
    | Op.Barrier _
    | Op.Custom _
    | Op.Scan _ ->
        Fail.argument
            (ShapeInference.name op)
            "epilogue"
            "a fused kernel"
            "cannot run over the result of this primitive."

/// The same for the primitives that run an epilogue over their result while it is in cache.
let fillWith op (args: CpuBuffer list) (results: CpuBuffer list) (epilogue: Epilogue) =
    keeping args results (fun () -> fillAnyWith op args results epilogue)
