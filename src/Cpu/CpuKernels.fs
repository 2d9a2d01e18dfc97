/// The primitives that compute: each calls the kernel that writes its results into buffers that are there already.
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

/// Runs kernels, which see addresses only, and keeps the buffers alive meanwhile: arguments, results and those made on
/// the way.
let inline private keeping (args: CpuBuffer list) (results: CpuBuffer list) ([<InlineIfLambda>] run: unit -> unit) =
    let entered = ResultMemory.EnterScope()

    try
        run ()
    finally
        ResultMemory.ExitScope entered
        GC.KeepAlive args
        GC.KeepAlive results

let private copyView op (x: CpuBuffer) (y: CpuBuffer) =
    match CpuViews.tryView op x y.Signature with
    | ValueSome view -> CpuDataMovement.copy view y
    | ValueNone -> CpuDataMovement.copy x y

/// The shape rule has counted the arguments. The epilogue is null but for primitives that take one.
let private compute (epilogue: Epilogue) op (args: CpuBuffer list) (results: CpuBuffer list) =
    let x, y = args.Head, results.Head

    match op with
    | Op.Unary u -> CpuElementwise.unary u x y
    | Op.Binary b -> CpuElementwise.binary b x args[1] y
    | Op.Compare c -> CpuElementwise.compare c x args[1] y
    | Op.Where -> CpuElementwise.where x args[1] args[2] y
    | Op.Cast dtype -> if x.DType = dtype then CpuDataMovement.copy x y else CpuElementwise.cast x y
    | Op.Broadcast _
    | Op.Reshape _
    | Op.Transpose _
    | Op.Slice _
    | Op.Flip _
    | Op.StopGradient
    | Op.Barrier _ -> copyView op x y
    | Op.Pad(paddings, value) -> CpuDataMovement.pad paddings value x y
    | Op.Concat axis -> CpuDataMovement.concat axis args y
    | Op.Gather axis -> CpuDataMovement.gather axis x args[1] y
    | Op.ScatterAdd axis -> CpuDataMovement.scatterAdd axis x args[1] args[2] y
    | Op.Reduce(reduction, axes) -> CpuReductions.reduce reduction axes x y
    | Op.ArgMax axis -> CpuReductions.argExtreme true axis x y
    | Op.ArgMin axis -> CpuReductions.argExtreme false axis x y
    | Op.CumSum axis -> CpuReductions.cumsum axis x y
    | Op.MatMul -> CpuMatMul.matmul x args[1] y epilogue
    | Op.Convolution window -> CpuConvolution.convolution window x args[1] y epilogue
    | Op.ConvolutionInput(window, _) -> CpuConvolution.input window x args[1] y epilogue
    | Op.ConvolutionKernel(window, _) -> CpuConvolution.kernel window x args[1] y
    | Op.MaxPool pool -> CpuConvolution.maxPool pool x y results[1]
    | Op.PoolGather pool -> CpuConvolution.gather pool x args[1] y
    | Op.PoolScatter(pool, _) -> CpuConvolution.scatter pool x args[1] y
    | Op.Sort descending -> CpuDataMovement.sort descending x y results[1]
    | Op.Attention form -> CpuAttention.forward form args results
    | Op.AttentionGradient form -> CpuAttention.gradient form args results
    | Op.KeySplit n -> RandomKernels.Split((ints x).Span, n, (ints y).Target)
    | Op.KeyFold -> RandomKernels.FoldIn((ints x).Span, (ints args[1]).Span, (ints y).Target)
    | Op.RandomUniform _ -> random false x y
    | Op.RandomNormal _ -> random true x y
    | Op.RandomBits _ -> RandomKernels.Bits((ints x).Span, (ints y).Target)
    | Op.Scan _ -> invalidOp "a loop is a plan, not a kernel"
    | Op.Custom f -> Fail.argument f.Name "backend" "cpu" "runs functions of the core only, never on a backend."

/// In float32 where elements are of a half type.
let private fillAny op (args: CpuBuffer list) (results: CpuBuffer list) =
    if CpuWidening.applies op args results then
        CpuWidening.fill (compute null) op args results
    else
        compute null op args results

/// Computes `op` for the arguments into the results: contiguous buffers of the inferred signatures.
let fill op (args: CpuBuffer list) (results: CpuBuffer list) = keeping args results (fun () -> fillAny op args results)

/// The same for the primitives that run an epilogue over their result while it is in cache.
let fillWith op (args: CpuBuffer list) (results: CpuBuffer list) (epilogue: Epilogue) =
    if not (OpClass.takesEpilogue op) then
        Fail.argument
            (ShapeInference.name op)
            "epilogue"
            "a fused kernel"
            "cannot run over the result of this primitive."

    keeping args results (fun () -> compute epilogue op args results)
