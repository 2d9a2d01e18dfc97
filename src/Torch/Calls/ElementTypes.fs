/// The element types in libtorch's numbering.
module internal Functional.Torch.ElementTypes

open Functional
open Functional.Torch.Interop

/// libtorch's code of a type.
let code (dtype: DType) : int =
    let torch = TorchLibrary.Functions

    match dtype with
    | Float32 -> torch.Float32
    | Float64 -> torch.Float64
    | Float16 -> torch.Float16
    | BFloat16 -> torch.BFloat16
    | Int32 -> torch.Int32
    | Int64 -> torch.Int64
    | Bool -> torch.Bool

/// The lengths of axes as libtorch takes them, 64 bits each.
let sizes (shape: Shape) : int64[] = shape |> Array.ofList |> Array.map int64
