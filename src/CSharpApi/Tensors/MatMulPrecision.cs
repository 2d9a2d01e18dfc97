namespace Functional.CSharp;

/// <summary>
/// How products of float32 matrices are computed on a GPU. The names are those of PyTorch's set_float32_matmul_precision.
/// Convolutions of float32 are cuDNN's in tf32 with each of them, which is PyTorch's default too.
/// </summary>
public enum MatMulPrecision
{
    /// <summary>In float32.</summary>
    Highest,

    /// <summary>In tf32: factors of 10 bits, sums in float32.</summary>
    High,

    /// <summary>
    /// In bfloat16, with sums in float32: factors and results are rounded to 8 bits. Parameters, optimizers and everything else
    /// stay float32, as in mixed precision.
    /// </summary>
    Medium,
}

internal static class MatMulPrecisions
{
    public static Functional.MatMulPrecision Inner(this MatMulPrecision precision) => precision switch
    {
        MatMulPrecision.Highest => Functional.MatMulPrecision.Highest,
        MatMulPrecision.High => Functional.MatMulPrecision.High,
        MatMulPrecision.Medium => Functional.MatMulPrecision.Medium,
        _ => throw Errors.Argument("MatMulPrecision", "precision", precision, "is no precision."),
    };
}
