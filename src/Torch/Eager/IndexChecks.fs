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

let private alongAxis op (device: TorchDevice) axis (x: Signature) (indices: TorchBuffer) =
    if not (List.contains 0 indices.Shape) then
        match tryOutside device x.Shape[axis] indices.Signature indices.Tensor with
        | ValueSome index ->
            let name = ShapeInference.name op
            Fail.argument name "index" index $"is outside axis {axis}, of length {x.Shape[axis]}."
        | ValueNone -> ()

let private inImage op (device: TorchDevice) h w (indices: TorchBuffer) =
    if not (List.contains 0 indices.Shape) then
        match tryOutside device (h * w) indices.Signature indices.Tensor with
        | ValueSome index ->
            Fail.argument
                (ShapeInference.name op)
                "index"
                index
                $"is outside an image of {h} by {w} elements; take the indices that Op.MaxPool gave."
        | ValueNone -> ()

/// Raises the error of an index that is out of range, if the primitive has indices.
let demand op (device: TorchDevice) (args: TorchBuffer list) (results: Signature list) =
    match op, args with
    | Op.Gather axis, x :: indices :: _
    | Op.ScatterAdd axis, x :: indices :: _ -> alongAxis op device axis x.Signature indices
    | Op.PoolGather _, x :: indices :: _ -> inImage op device x.Shape[1] x.Shape[2] indices
    | Op.PoolScatter _, _ :: indices :: _ -> inImage op device results.Head.Shape[1] results.Head.Shape[2] indices
    | (Op.Gather _ | Op.ScatterAdd _ | Op.PoolGather _ | Op.PoolScatter _), ([] | [ _ ]) ->
        ShapeInference.wrongCount op args.Length
    | Op.Unary _, _
    | Op.Binary _, _
    | Op.Compare _, _
    | Op.Where, _
    | Op.Cast _, _
    | Op.Broadcast _, _
    | Op.Reshape _, _
    | Op.Transpose _, _
    | Op.Slice _, _
    | Op.Pad _, _
    | Op.Flip _, _
    | Op.Concat _, _
    | Op.Reduce _, _
    | Op.ArgMax _, _
    | Op.ArgMin _, _
    | Op.CumSum _, _
    | Op.MatMul, _
    | Op.Convolution _, _
    | Op.ConvolutionInput _, _
    | Op.ConvolutionKernel _, _
    | Op.MaxPool _, _
    | Op.Attention _, _
    | Op.AttentionGradient _, _
    | Op.Sort _, _
    | Op.KeySplit _, _
    | Op.KeyFold, _
    | Op.RandomUniform _, _
    | Op.RandomNormal _, _
    | Op.RandomBits _, _
    | Op.StopGradient, _
    | Op.Barrier _, _
    | Op.Custom _, _
    | Op.Scan _, _ -> ()
