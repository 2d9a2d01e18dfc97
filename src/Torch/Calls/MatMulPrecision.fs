namespace Functional

/// How products of float32 are computed on a GPU: products of matrices and convolutions. The names are those of
/// PyTorch's `set_float32_matmul_precision`.
[<RequireQualifiedAccess>]
type MatMulPrecision =
    /// In float32.
    | Highest
    /// In tf32: factors of 10 bits, sums in float32.
    | High
    /// In bfloat16, with sums in float32: factors and results are rounded to 8 bits. Parameters, optimizers and everything else
    /// stay float32, as in mixed precision.
    | Medium
