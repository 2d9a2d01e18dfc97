/// Random numbers for tensors of the host: the kernels of the library's own CPU backend, bit for bit.
module internal Functional.Torch.HostRandom

open System
open Functional
open Functional.Kernels
open Functional.Torch.Interop

let private keysOf (key: TensorHandle) : int[] =
    let shape = key.Sizes |> Array.map int |> List.ofArray
    Tensors.toArray { Shape = shape; DType = Int32 } key :?> int[]

let private uniform (dtype: DType) (count: int) (keys: int[]) : Array =
    match dtype with
    | Float64 ->
        let y = Array.zeroCreate<float> count
        RandomKernels.Uniform(ReadOnlySpan keys, Span y)
        y
    | Float32
    | Float16
    | BFloat16 ->
        let y = Array.zeroCreate<float32> count
        RandomKernels.Uniform(ReadOnlySpan keys, Span y)
        let largest = float32 (Philox.belowOne dtype)
        ElementArrays.cast dtype (if dtype = Float32 then y else Array.map (fun x -> min x largest) y)
    | Int32
    | Int64
    | Bool -> Fail.dtypes "Random.uniform" [ "the wanted type", dtype ] "gives floats"

let private normal (dtype: DType) (count: int) (keys: int[]) : Array =
    if dtype = Float64 then
        let y = Array.zeroCreate<float> count
        RandomKernels.Normal(ReadOnlySpan keys, Span y)
        y
    else
        let y = Array.zeroCreate<float32> count
        RandomKernels.Normal(ReadOnlySpan keys, Span y)
        ElementArrays.cast dtype y

let private bits (count: int) (keys: int[]) : Array =
    let y = Array.zeroCreate<int> count
    RandomKernels.Bits(ReadOnlySpan keys, Span y)
    y

let private children (number: int) (count: int) (keys: int[]) : Array =
    let y = Array.zeroCreate<int> count
    RandomKernels.Split(ReadOnlySpan keys, number, Span y)
    y

let private folded (data: int[]) (count: int) (keys: int[]) : Array =
    let y = Array.zeroCreate<int> count
    RandomKernels.FoldIn(ReadOnlySpan keys, ReadOnlySpan data, Span y)
    y

/// What `functional::random` of this kind gives for a key and what follows it: a shape, the type of floats, other numbers.
let draw (kind: string) (key: TensorHandle) (rest: Argument<TensorHandle> list) : TensorHandle =
    let keys = keysOf key

    let make (shape: int64 list) dtype (elements: int -> Array) =
        let shape = List.map int shape
        Tensors.ofArray TorchDevice.Cpu { Shape = shape; DType = dtype } (elements (Shape.size shape))

    match kind, rest with
    | "uniform", [ Argument.Ints shape; Argument.Type dtype; Argument.Int _ ] ->
        make shape dtype (fun n -> uniform dtype n keys)
    | "normal", [ Argument.Ints shape; Argument.Type dtype; Argument.Int _ ] ->
        make shape dtype (fun n -> normal dtype n keys)
    | "bits", [ Argument.Ints shape; Argument.Int _ ] -> make shape Int32 (fun n -> bits n keys)
    | "split", [ Argument.Ints shape ] ->
        let number = int (List.item (shape.Length - 2) shape)
        make shape Int32 (fun n -> children number n keys)
    | "fold", [ Argument.Ints shape; Argument.Tensor data ] ->
        let signature = { Shape = List.map int (List.take (shape.Length - 1) shape); DType = Int32 }
        let data = Tensors.toArray signature data :?> int[]
        make shape Int32 (fun n -> folded data n keys)
    | _ -> Fail.argument "random" "kind" kind "is no kind of random numbers."
