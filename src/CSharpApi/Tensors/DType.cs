namespace Functional.CSharp;

/// <summary>The element type of a tensor.</summary>
public enum DType
{
    /// <summary>32-bit IEEE 754 floating point, the default of the library.</summary>
    Float32,

    /// <summary>64-bit IEEE 754 floating point, for gradient checks and wherever float32 is too coarse.</summary>
    Float64,

    /// <summary>32-bit signed integer, for labels and indices.</summary>
    Int32,

    /// <summary>True or false, for masks.</summary>
    Bool,
}

internal static class DTypes
{
    public static FDType Inner(this DType dtype) => dtype switch
    {
        DType.Float32 => FDType.Float32,
        DType.Float64 => FDType.Float64,
        DType.Int32 => FDType.Int32,
        DType.Bool => FDType.Bool,
        _ => throw Errors.Argument(
            "DType", "dtype", (int)dtype, "is no element type; take Float32, Float64, Int32 or Bool."),
    };

    public static DType Outer(this FDType dtype) => dtype.Tag switch
    {
        FDType.Tags.Float32 => DType.Float32,
        FDType.Tags.Float64 => DType.Float64,
        FDType.Tags.Int32 => DType.Int32,
        _ => DType.Bool,
    };
}
