namespace Functional.CSharp;

/// <summary>The element type of a tensor.</summary>
public enum DType
{
    /// <summary>32-bit IEEE 754 floating point, the default of the library.</summary>
    Float32,

    /// <summary>64-bit IEEE 754 floating point, for gradient checks and wherever float32 is too coarse.</summary>
    Float64,

    /// <summary>
    /// 16-bit IEEE 754 floating point, <see cref="System.Half"/>: 11 bits of precision, up to 65504.
    /// </summary>
    Float16,

    /// <summary>
    /// 16-bit brain floating point, <see cref="Functional.Numerics.BFloat16"/>: 8 bits of precision, the range of Float32.
    /// </summary>
    BFloat16,

    /// <summary>32-bit signed integer, for labels and indices.</summary>
    Int32,

    /// <summary>64-bit signed integer, for counts and identifiers beyond 32 bits.</summary>
    Int64,

    /// <summary>True or false, for masks.</summary>
    Bool,
}

internal static class DTypes
{
    public static FDType Inner(this DType dtype) => dtype switch
    {
        DType.Float32 => FDType.Float32,
        DType.Float64 => FDType.Float64,
        DType.Float16 => FDType.Float16,
        DType.BFloat16 => FDType.BFloat16,
        DType.Int32 => FDType.Int32,
        DType.Int64 => FDType.Int64,
        DType.Bool => FDType.Bool,
        _ => throw Errors.Argument(
            "DType", "dtype", (int)dtype, "is no element type; take one of the enumeration's."),
    };

    public static DType Outer(this FDType dtype) => dtype.Tag switch
    {
        FDType.Tags.Float32 => DType.Float32,
        FDType.Tags.Float64 => DType.Float64,
        FDType.Tags.Float16 => DType.Float16,
        FDType.Tags.BFloat16 => DType.BFloat16,
        FDType.Tags.Int32 => DType.Int32,
        FDType.Tags.Int64 => DType.Int64,
        _ => DType.Bool,
    };
}
