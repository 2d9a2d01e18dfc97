namespace Functional

/// How products of float32 matrices are computed on a GPU. The names are those of PyTorch's `set_float32_matmul_precision`.
/// Convolutions of float32 are cuDNN's in tf32 with each of them, which is PyTorch's default too.
[<RequireQualifiedAccess>]
type MatMulPrecision =
    /// In float32.
    | Highest
    /// In tf32: factors of 10 bits, sums in float32.
    | High
    /// In bfloat16, with sums in float32: factors and results are rounded to 8 bits. Parameters, optimizers and everything else
    /// stay float32, as in mixed precision.
    | Medium
