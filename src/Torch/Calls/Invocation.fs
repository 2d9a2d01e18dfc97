/// Calls of libtorch's operators at once.
module internal Functional.Torch.Invocation

open System
open System.Collections.Generic
open Functional
open Functional.Torch.Interop

/// Operators whose results share memory with their first argument, or may.
let private views =
    HashSet<string>(
        [ "expand"
          "permute"
          "transpose"
          "reshape"
          "view"
          "slice"
          "narrow"
          "select"
          "unfold"
          "unsqueeze"
          "squeeze"
          "as_strided"
          "alias"
          "to" ]
    )

let rec private push (argument: Argument<TensorHandle>) : uint64 =
    match argument with
    | Argument.Tensor tensor -> CallStack.Tensor tensor
    | Argument.Tensors tensors -> list (tensors |> List.map CallStack.Tensor)
    | Argument.Int n -> CallStack.Int n
    | Argument.Ints ns -> list (ns |> List.map CallStack.Int)
    | Argument.Float x -> CallStack.Float x
    | Argument.Bool b -> CallStack.Bool b
    | Argument.Bools bs -> list (bs |> List.map CallStack.Bool)
    | Argument.Type dtype -> CallStack.Int(int64 (ElementTypes.code dtype))
    | Argument.Text text -> CallStack.Text text
    | Argument.None -> CallStack.None
    | Argument.Some value -> CallStack.Some(push value)

and private list (values: uint64 list) = CallStack.List(ReadOnlySpan(Array.ofList values))

/// The shapes of the tensors among arguments.
let describe (arguments: Argument<TensorHandle> list) =
    let tensor (t: TensorHandle) = Shape.toString (t.Sizes |> Array.map int |> List.ofArray)

    [ for argument in arguments do
          match argument with
          | Argument.Tensor t -> tensor t
          | Argument.Tensors ts -> yield! List.map tensor ts
          | Argument.Some(Argument.Tensor t) -> tensor t
          | Argument.Int _
          | Argument.Ints _
          | Argument.Float _
          | Argument.Bool _
          | Argument.Bools _
          | Argument.Type _
          | Argument.Text _
          | Argument.None
          | Argument.Some _ -> () ]
    |> String.concat ", "

/// The values of the stack after a call of an operator: its results.
let stack (device: TorchDevice) (name: string) (overload: string) (arguments: Argument<TensorHandle> list) : CallStack =
    let stack = CallStack.Begin()

    for argument in arguments do
        stack.Push(push argument)

    try
        stack.Run(TorchOperator.Of(name, overload))
    with :? TorchCallException as error ->
        TorchErrors.raiseRefused device (describe arguments) error

    GC.KeepAlive arguments
    stack

/// The tensors that an operator of ATen gives.
let aten (device: TorchDevice) (name: string) overload arguments (results: int) : TensorHandle list =
    let stack = stack device ("aten::" + name) overload arguments
    let isView = views.Contains name
    let result i = TensorHandle.OfCall(nativeint (stack.Result i), isView)
    if results = 1 then [ result 0 ] else List.init results result
