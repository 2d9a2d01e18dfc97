namespace Functional.Torch

open Functional.Torch.Interop

/// A device of libtorch: the host's processor, or a GPU by its number.
[<RequireQualifiedAccess>]
type internal TorchDevice =
    /// libtorch's own kernels on the host's processor.
    | Cpu
    /// The CUDA device of this number.
    | Cuda of index: int

    /// Its name in this library: torch, cuda:0.
    member me.Name =
        match me with
        | Cpu -> "torch"
        | Cuda index -> $"cuda:{index}"

    /// libtorch's code of its kind.
    member me.Type =
        match me with
        | Cpu -> TorchLibrary.Functions.Cpu
        | Cuda _ -> TorchLibrary.Functions.Cuda

    /// Its number among those of its kind.
    member me.Index =
        match me with
        | Cpu -> 0
        | Cuda index -> index
