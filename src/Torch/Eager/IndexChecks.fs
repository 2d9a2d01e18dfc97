/// Indices out of range are found before libtorch is called: on a GPU they would end the use of the device.
module internal Functional.Torch.IndexChecks

open Functional
open Functional.Torch.Interop

let private ints (indices: Signature) (tensor: TensorHandle) = Tensors.toArray indices tensor :?> int[]

/// The first index outside [0, length), if there is one. On a GPU only the least and the greatest come to the host.
let private tryOutside (device: TorchDevice) length (indices: Signature) (tensor: TensorHandle) : int voption =
    let isOutside i = i < 0 || i >= length

    let search () =
        match ints indices tensor |> Array.tryFind isOutside with
        | Some index -> ValueSome index
        | None -> ValueNone

    if not device.IsCuda then
        search ()
    else
        let extremes =
            Invocation.aten device "aminmax" "" [ Argument.Tensor tensor; Argument.None; Argument.Bool false ] 2

        try
            let number (extreme: TensorHandle) = (ints { indices with Shape = [] } extreme)[0]
            if extremes |> List.exists (number >> isOutside) then search () else ValueNone
        finally
            for extreme in extremes do
                extreme.Dispose()

/// What the indices of a primitive, its second argument, must stay below, and the problem of one that does not; none for
/// primitives without indices. By the shape of its first argument.
let limit op (x: Shape) : struct (int * (unit -> string)) voption =
    let inImage h w =
        ValueSome(
            struct (h * w,
                    fun () -> $"is outside an image of {h} by {w} elements; take the indices that Op.MaxPool gave.")
        )

    match op with
    | Op.Gather axis
    | Op.ScatterAdd axis ->
        let length = x[axis]
        ValueSome(struct (length, (fun () -> $"is outside axis {axis}, of length {length}.")))
    | Op.PoolGather _ -> inImage x[1] x[2]
    | Op.PoolScatter(_, (h, w)) -> inImage h w
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
    | Op.Reduce _
    | Op.ArgMax _
    | Op.ArgMin _
    | Op.CumSum _
    | Op.MatMul
    | Op.Convolution _
    | Op.ConvolutionInput _
    | Op.ConvolutionKernel _
    | Op.MaxPool _
    | Op.Attention _
    | Op.AttentionGradient _
    | Op.Sort _
    | Op.KeySplit _
    | Op.KeyFold
    | Op.RandomUniform _
    | Op.RandomNormal _
    | Op.RandomBits _
    | Op.StopGradient
    | Op.Barrier _
    | Op.Custom _
    | Op.Scan _ -> ValueNone

/// Raises the error of an index that is out of range, if the primitive has indices.
let demand op (device: TorchDevice) (args: TorchBuffer list) =
    match args with
    | x :: indices :: _ ->
        match limit op x.Shape with
        | ValueSome(struct (length, problem)) when not (List.contains 0 indices.Shape) ->
            match tryOutside device length indices.Signature indices.Tensor with
            | ValueSome index -> Fail.argument (ShapeInference.name op) "index" index (problem ())
            | ValueNone -> ()
        | ValueSome _
        | ValueNone -> ()
    | [ _ ]
    | [] -> ()
