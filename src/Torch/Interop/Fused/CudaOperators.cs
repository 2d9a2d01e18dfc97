using System.Globalization;
using Functional.Kernels;

namespace Functional.Torch.Interop;

/// <summary>Operations as expressions of CUDA C, over the functions of <see cref="CudaPrelude"/>.</summary>
internal static class CudaOperators
{
    /// <summary>The type in memory.</summary>
    public static string Stored(ElementType type) => type switch
    {
        ElementType.Float32 => "float",
        ElementType.Float64 => "double",
        ElementType.Float16 or ElementType.BFloat16 => "unsigned short",
        ElementType.Int32 => "int",
        ElementType.Int64 => "long long",
        ElementType.Bool => "unsigned char",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The type that values are computed in.</summary>
    public static string Computed(ElementType type) => type switch
    {
        ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 => "float",
        ElementType.Bool => "bool",
        _ => Stored(type),
    };

    public static bool IsFloat(ElementType type) => type is not (ElementType.Int32 or ElementType.Int64 or ElementType.Bool);

    /// <summary>A value read from memory.</summary>
    public static string Loaded(ElementType type, string element) => type switch
    {
        ElementType.Float16 => $"from_half({element})",
        ElementType.BFloat16 => $"from_bfloat({element})",
        ElementType.Bool => $"({element} != 0)",
        _ => element,
    };

    /// <summary>A value as it is written to memory.</summary>
    public static string ToStore(ElementType type, string value) => type switch
    {
        ElementType.Float16 => $"to_half({value})",
        ElementType.BFloat16 => $"to_bfloat({value})",
        ElementType.Bool => $"(unsigned char)({value} ? 1 : 0)",
        _ => value,
    };

    /// <summary>A number in the type.</summary>
    public static string Constant(ElementType type, double value) => type switch
    {
        ElementType.Bool => value != 0 ? "true" : "false",
        ElementType.Int32 => $"({(int)value} + 0)".Replace("(-2147483648 + 0)", "(-2147483647 - 1)"),
        ElementType.Int64 => value <= long.MinValue ? "(-9223372036854775807LL - 1)" : $"({(long)value}LL)",
        ElementType.Float64 when !double.IsFinite(value) => $"((double){Special(value)})",
        ElementType.Float64 => Number(value.ToString("R", CultureInfo.InvariantCulture), ""),
        ElementType.Float16 => Constant(ElementType.Float32, (float)(Half)value),
        ElementType.BFloat16 => $"from_bfloat(to_bfloat({Constant(ElementType.Float32, value)}))",
        _ when !float.IsFinite((float)value) => Special((float)value),
        _ => Number(((float)value).ToString("R", CultureInfo.InvariantCulture), "f"),
    };

    /// <summary>An operation in arguments of a type; <paramref name="to"/> is the type of the result.</summary>
    public static string Apply(FusedOp op, ElementType from, ElementType to, string[] x) => op switch
    {
        FusedOp.Cast => Cast(from, to, x[0]),
        FusedOp.Where => $"({x[0]} ? {x[1]} : {x[2]})",
        FusedOp.Equal => $"({x[0]} == {x[1]})",
        FusedOp.NotEqual => $"({x[0]} != {x[1]})",
        FusedOp.Less => $"({x[0]} < {x[1]})",
        FusedOp.LessEqual => $"({x[0]} <= {x[1]})",
        FusedOp.Greater => $"({x[0]} > {x[1]})",
        FusedOp.GreaterEqual => $"({x[0]} >= {x[1]})",
        FusedOp.Not => $"!{x[0]}",
        FusedOp.And => $"({x[0]} && {x[1]})",
        FusedOp.Or => $"({x[0]} || {x[1]})",
        FusedOp.Neg => $"-{x[0]}",
        FusedOp.Add => $"{x[0]} + {x[1]}",
        FusedOp.Sub => $"{x[0]} - {x[1]}",
        FusedOp.Mul => $"{x[0]} * {x[1]}",
        FusedOp.Div => $"{x[0]} / {x[1]}",
        FusedOp.Sqrt => $"{Named("sqrt", from)}({x[0]})",
        FusedOp.Rsqrt => $"1 / {Named("sqrt", from)}({x[0]})",
        FusedOp.Floor or FusedOp.Ceil or FusedOp.Exp or FusedOp.Expm1 or FusedOp.Log or FusedOp.Log1p or FusedOp.Sin
            or FusedOp.Cos or FusedOp.Tan or FusedOp.Asin or FusedOp.Acos or FusedOp.Atan or FusedOp.Sinh or FusedOp.Cosh
            or FusedOp.Tanh or FusedOp.Erf => $"{Named(op.ToString().ToLowerInvariant(), from)}({x[0]})",
        FusedOp.Round => $"{Named("rint", from)}({x[0]})",
        FusedOp.Abs or FusedOp.Sign or FusedOp.Sigmoid or FusedOp.Softplus or FusedOp.Relu =>
            $"{op.ToString().ToLowerInvariant()}_of({x[0]})",
        FusedOp.FloorDiv or FusedOp.Mod or FusedOp.Pow or FusedOp.Maximum or FusedOp.Minimum =>
            $"{op.ToString().ToLowerInvariant()}_of({x[0]}, {x[1]})",
        FusedOp.Load or FusedOp.Constant or FusedOp.Iota or FusedOp.RowSum or FusedOp.RowMax or FusedOp.RowMin =>
            throw new ArgumentOutOfRangeException(nameof(op), $"{op} is no operation of elements."),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    private static string Cast(ElementType from, ElementType to, string x) => to switch
    {
        ElementType.Bool => from == ElementType.Bool ? x : $"({x} != 0)",
        ElementType.Int32 => IsFloat(from) ? $"int_of((double){x})" : from == ElementType.Int64 ? $"int_of((long long){x})" : $"(int){x}",
        ElementType.Int64 => IsFloat(from) ? $"long_of((double){x})" : $"(long long){x}",
        ElementType.Float16 => from == to ? x : $"from_half(to_half({ToFloat(from, x)}))",
        ElementType.BFloat16 => from == to ? x : $"from_bfloat(to_bfloat({ToFloat(from, x)}))",
        _ => $"({Computed(to)}){x}",
    };

    // what is wider than a float is rounded once only: to odd first
    private static string ToFloat(ElementType from, string x) =>
        from is ElementType.Float64 or ElementType.Int32 or ElementType.Int64 ? $"odd_of((double){x})" : $"(float){x}";

    private static string Named(string function, ElementType type) => type == ElementType.Float64 ? function : function + "f";

    private static string Number(string digits, string suffix)
    {
        string whole = digits.AsSpan().IndexOfAny(".eE") >= 0 ? digits : digits + ".0";
        return digits[0] == '-' ? $"({whole}{suffix})" : whole + suffix;
    }

    private static string Special(double value) => double.IsNaN(value) ? "nan_of()" : value > 0 ? "inf_of()" : "(-inf_of())";
}
