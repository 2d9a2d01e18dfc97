using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>Vectors of 128 bits.</summary>
internal readonly unsafe struct Simd128<T> : ISimd<T, Vector128<T>> where T : unmanaged
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Count
    {
        [MethodImpl(Inline)]
        get => Vector128<T>.Count;
    }

    [MethodImpl(Inline)]
    public static Vector128<T> Load(T* p) => Vector128.Load(p);

    [MethodImpl(Inline)]
    public static void Store(T* p, Vector128<T> v) => v.Store(p);

    [MethodImpl(Inline)]
    public static Vector128<T> Set(T x) => Vector128.Create(x);

    [MethodImpl(Inline)]
    public static Vector128<T> Add(Vector128<T> a, Vector128<T> b) => a + b;

    [MethodImpl(Inline)]
    public static Vector128<T> Sub(Vector128<T> a, Vector128<T> b) => a - b;

    [MethodImpl(Inline)]
    public static Vector128<T> Mul(Vector128<T> a, Vector128<T> b) => a * b;

    [MethodImpl(Inline)]
    public static Vector128<T> Div(Vector128<T> a, Vector128<T> b) => a / b;

    [MethodImpl(Inline)]
    public static Vector128<T> Fma(Vector128<T> a, Vector128<T> b, Vector128<T> c)
    {
        if (typeof(T) == typeof(float))
        {
            return Vector128.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
        }

        if (typeof(T) == typeof(double))
        {
            return Vector128.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();
        }

        return (a * b) + c;
    }

    [MethodImpl(Inline)]
    public static Vector128<T> Neg(Vector128<T> a) => -a;

    [MethodImpl(Inline)]
    public static Vector128<T> Abs(Vector128<T> a) => Vector128.Abs(a);

    [MethodImpl(Inline)]
    public static Vector128<T> Sqrt(Vector128<T> a) => Vector128.Sqrt(a);

    [MethodImpl(Inline)]
    public static Vector128<T> Floor(Vector128<T> a) =>
        typeof(T) == typeof(float)
            ? Vector128.Floor(a.AsSingle()).As<float, T>()
            : Vector128.Floor(a.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector128<T> Ceil(Vector128<T> a) =>
        typeof(T) == typeof(float)
            ? Vector128.Ceiling(a.AsSingle()).As<float, T>()
            : Vector128.Ceiling(a.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector128<T> Round(Vector128<T> a) =>
        typeof(T) == typeof(float)
            ? Vector128.Round(a.AsSingle()).As<float, T>()
            : Vector128.Round(a.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector128<T> Max(Vector128<T> a, Vector128<T> b) => Vector128.Max(a, b);

    [MethodImpl(Inline)]
    public static Vector128<T> Min(Vector128<T> a, Vector128<T> b) => Vector128.Min(a, b);

    [MethodImpl(Inline)]
    public static Vector128<T> MaxOrSecond(Vector128<T> a, Vector128<T> b) =>
        Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b);

    [MethodImpl(Inline)]
    public static Vector128<T> MinOrSecond(Vector128<T> a, Vector128<T> b) =>
        Vector128.ConditionalSelect(Vector128.LessThan(a, b), a, b);

    [MethodImpl(Inline)]
    public static Vector128<T> Scale(Vector128<T> a, Vector128<T> n) =>
        typeof(T) == typeof(float)
            ? Scaling.Single<Simd128<float>, Vector128<float>>(a.AsSingle(), n.AsSingle()).As<float, T>()
            : Scaling.Double<Simd128<double>, Vector128<double>>(a.AsDouble(), n.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector128<T> Equal(Vector128<T> a, Vector128<T> b) => Vector128.Equals(a, b);

    [MethodImpl(Inline)]
    public static Vector128<T> Less(Vector128<T> a, Vector128<T> b) => Vector128.LessThan(a, b);

    [MethodImpl(Inline)]
    public static Vector128<T> LessEqual(Vector128<T> a, Vector128<T> b) => Vector128.LessThanOrEqual(a, b);

    [MethodImpl(Inline)]
    public static Vector128<T> Select(Vector128<T> mask, Vector128<T> a, Vector128<T> b) =>
        Vector128.ConditionalSelect(mask, a, b);

    [MethodImpl(Inline)]
    public static Vector128<T> And(Vector128<T> a, Vector128<T> b) => a & b;

    [MethodImpl(Inline)]
    public static Vector128<T> Or(Vector128<T> a, Vector128<T> b) => a | b;

    [MethodImpl(Inline)]
    public static Vector128<T> Xor(Vector128<T> a, Vector128<T> b) => a ^ b;

    [MethodImpl(Inline)]
    public static bool Any(Vector128<T> mask) => mask.AsByte() != Vector128<byte>.Zero;

    [MethodImpl(Inline)]
    public static ulong Bits(Vector128<T> mask) => Vector128.ExtractMostSignificantBits(mask);

    [MethodImpl(Inline)]
    public static Vector128<T> LoadMask(bool* p)
    {
        if (sizeof(T) == 1)
        {
            return ~Vector128.Equals(Vector128.Load((byte*)p), Vector128<byte>.Zero).As<byte, T>();
        }

        if (sizeof(T) == 4)
        {
            Vector128<ushort> four = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)p).AsByte());
            return ~Vector128.Equals(Vector128.WidenLower(four), Vector128<uint>.Zero).As<uint, T>();
        }

        return Vector128.Create(p[0] ? -1L : 0L, p[1] ? -1L : 0L).As<long, T>();
    }

    [MethodImpl(Inline)]
    public static Vector128<T> AddBits(Vector128<T> a, Vector128<T> b) =>
        sizeof(T) == 8 ? (a.AsInt64() + b.AsInt64()).As<long, T>() : (a.AsInt32() + b.AsInt32()).As<int, T>();

    [MethodImpl(Inline)]
    public static Vector128<T> SubBits(Vector128<T> a, Vector128<T> b) =>
        sizeof(T) == 8 ? (a.AsInt64() - b.AsInt64()).As<long, T>() : (a.AsInt32() - b.AsInt32()).As<int, T>();

    [MethodImpl(Inline)]
    public static Vector128<T> ShiftLeft(Vector128<T> a, int n) =>
        sizeof(T) == 8 ? (a.AsInt64() << n).As<long, T>() : (a.AsInt32() << n).As<int, T>();

    [MethodImpl(Inline)]
    public static Vector128<T> ShiftRight(Vector128<T> a, int n) =>
        sizeof(T) == 8 ? (a.AsUInt64() >>> n).As<ulong, T>() : (a.AsUInt32() >>> n).As<uint, T>();
}

/// <summary>Vectors of 256 bits.</summary>
internal readonly unsafe struct Simd256<T> : ISimd<T, Vector256<T>> where T : unmanaged
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Count
    {
        [MethodImpl(Inline)]
        get => Vector256<T>.Count;
    }

    [MethodImpl(Inline)]
    public static Vector256<T> Load(T* p) => Vector256.Load(p);

    [MethodImpl(Inline)]
    public static void Store(T* p, Vector256<T> v) => v.Store(p);

    [MethodImpl(Inline)]
    public static Vector256<T> Set(T x) => Vector256.Create(x);

    [MethodImpl(Inline)]
    public static Vector256<T> Add(Vector256<T> a, Vector256<T> b) => a + b;

    [MethodImpl(Inline)]
    public static Vector256<T> Sub(Vector256<T> a, Vector256<T> b) => a - b;

    [MethodImpl(Inline)]
    public static Vector256<T> Mul(Vector256<T> a, Vector256<T> b) => a * b;

    [MethodImpl(Inline)]
    public static Vector256<T> Div(Vector256<T> a, Vector256<T> b) => a / b;

    [MethodImpl(Inline)]
    public static Vector256<T> Fma(Vector256<T> a, Vector256<T> b, Vector256<T> c)
    {
        if (typeof(T) == typeof(float))
        {
            return Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
        }

        if (typeof(T) == typeof(double))
        {
            return Vector256.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();
        }

        return (a * b) + c;
    }

    [MethodImpl(Inline)]
    public static Vector256<T> Neg(Vector256<T> a) => -a;

    [MethodImpl(Inline)]
    public static Vector256<T> Abs(Vector256<T> a) => Vector256.Abs(a);

    [MethodImpl(Inline)]
    public static Vector256<T> Sqrt(Vector256<T> a) => Vector256.Sqrt(a);

    [MethodImpl(Inline)]
    public static Vector256<T> Floor(Vector256<T> a) =>
        typeof(T) == typeof(float)
            ? Vector256.Floor(a.AsSingle()).As<float, T>()
            : Vector256.Floor(a.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector256<T> Ceil(Vector256<T> a) =>
        typeof(T) == typeof(float)
            ? Vector256.Ceiling(a.AsSingle()).As<float, T>()
            : Vector256.Ceiling(a.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector256<T> Round(Vector256<T> a) =>
        typeof(T) == typeof(float)
            ? Vector256.Round(a.AsSingle()).As<float, T>()
            : Vector256.Round(a.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector256<T> Max(Vector256<T> a, Vector256<T> b) => Vector256.Max(a, b);

    [MethodImpl(Inline)]
    public static Vector256<T> Min(Vector256<T> a, Vector256<T> b) => Vector256.Min(a, b);

    [MethodImpl(Inline)]
    public static Vector256<T> MaxOrSecond(Vector256<T> a, Vector256<T> b) =>
        typeof(T) == typeof(float) ? Avx.Max(a.AsSingle(), b.AsSingle()).As<float, T>()
        : typeof(T) == typeof(double) ? Avx.Max(a.AsDouble(), b.AsDouble()).As<double, T>()
        : Vector256.Max(a, b);

    [MethodImpl(Inline)]
    public static Vector256<T> MinOrSecond(Vector256<T> a, Vector256<T> b) =>
        typeof(T) == typeof(float) ? Avx.Min(a.AsSingle(), b.AsSingle()).As<float, T>()
        : typeof(T) == typeof(double) ? Avx.Min(a.AsDouble(), b.AsDouble()).As<double, T>()
        : Vector256.Min(a, b);

    [MethodImpl(Inline)]
    public static Vector256<T> Scale(Vector256<T> a, Vector256<T> n) =>
        typeof(T) == typeof(float)
            ? Scaling.Single<Simd256<float>, Vector256<float>>(a.AsSingle(), n.AsSingle()).As<float, T>()
            : Scaling.Double<Simd256<double>, Vector256<double>>(a.AsDouble(), n.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector256<T> Equal(Vector256<T> a, Vector256<T> b) => Vector256.Equals(a, b);

    [MethodImpl(Inline)]
    public static Vector256<T> Less(Vector256<T> a, Vector256<T> b) => Vector256.LessThan(a, b);

    [MethodImpl(Inline)]
    public static Vector256<T> LessEqual(Vector256<T> a, Vector256<T> b) => Vector256.LessThanOrEqual(a, b);

    [MethodImpl(Inline)]
    public static Vector256<T> Select(Vector256<T> mask, Vector256<T> a, Vector256<T> b) =>
        Vector256.ConditionalSelect(mask, a, b);

    [MethodImpl(Inline)]
    public static Vector256<T> And(Vector256<T> a, Vector256<T> b) => a & b;

    [MethodImpl(Inline)]
    public static Vector256<T> Or(Vector256<T> a, Vector256<T> b) => a | b;

    [MethodImpl(Inline)]
    public static Vector256<T> Xor(Vector256<T> a, Vector256<T> b) => a ^ b;

    [MethodImpl(Inline)]
    public static bool Any(Vector256<T> mask) => mask.AsByte() != Vector256<byte>.Zero;

    [MethodImpl(Inline)]
    public static ulong Bits(Vector256<T> mask) => Vector256.ExtractMostSignificantBits(mask);

    [MethodImpl(Inline)]
    public static Vector256<T> LoadMask(bool* p)
    {
        if (sizeof(T) == 1)
        {
            return ~Vector256.Equals(Vector256.Load((byte*)p), Vector256<byte>.Zero).As<byte, T>();
        }

        if (sizeof(T) == 4)
        {
            Vector256<int> eight = Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(*(ulong*)p).AsByte());
            return ~Vector256.Equals(eight, Vector256<int>.Zero).As<int, T>();
        }

        Vector256<long> four = Avx2.ConvertToVector256Int64(Vector128.CreateScalarUnsafe(*(uint*)p).AsByte());
        return ~Vector256.Equals(four, Vector256<long>.Zero).As<long, T>();
    }

    [MethodImpl(Inline)]
    public static Vector256<T> AddBits(Vector256<T> a, Vector256<T> b) =>
        sizeof(T) == 8 ? (a.AsInt64() + b.AsInt64()).As<long, T>() : (a.AsInt32() + b.AsInt32()).As<int, T>();

    [MethodImpl(Inline)]
    public static Vector256<T> SubBits(Vector256<T> a, Vector256<T> b) =>
        sizeof(T) == 8 ? (a.AsInt64() - b.AsInt64()).As<long, T>() : (a.AsInt32() - b.AsInt32()).As<int, T>();

    [MethodImpl(Inline)]
    public static Vector256<T> ShiftLeft(Vector256<T> a, int n) =>
        sizeof(T) == 8 ? (a.AsInt64() << n).As<long, T>() : (a.AsInt32() << n).As<int, T>();

    [MethodImpl(Inline)]
    public static Vector256<T> ShiftRight(Vector256<T> a, int n) =>
        sizeof(T) == 8 ? (a.AsUInt64() >>> n).As<ulong, T>() : (a.AsUInt32() >>> n).As<uint, T>();
}

/// <summary>Vectors of 512 bits.</summary>
internal readonly unsafe struct Simd512<T> : ISimd<T, Vector512<T>> where T : unmanaged
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Count
    {
        [MethodImpl(Inline)]
        get => Vector512<T>.Count;
    }

    [MethodImpl(Inline)]
    public static Vector512<T> Load(T* p) => Vector512.Load(p);

    [MethodImpl(Inline)]
    public static void Store(T* p, Vector512<T> v) => v.Store(p);

    [MethodImpl(Inline)]
    public static Vector512<T> Set(T x) => Vector512.Create(x);

    [MethodImpl(Inline)]
    public static Vector512<T> Add(Vector512<T> a, Vector512<T> b) => a + b;

    [MethodImpl(Inline)]
    public static Vector512<T> Sub(Vector512<T> a, Vector512<T> b) => a - b;

    [MethodImpl(Inline)]
    public static Vector512<T> Mul(Vector512<T> a, Vector512<T> b) => a * b;

    [MethodImpl(Inline)]
    public static Vector512<T> Div(Vector512<T> a, Vector512<T> b) => a / b;

    [MethodImpl(Inline)]
    public static Vector512<T> Fma(Vector512<T> a, Vector512<T> b, Vector512<T> c)
    {
        if (typeof(T) == typeof(float))
        {
            return Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
        }

        if (typeof(T) == typeof(double))
        {
            return Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();
        }

        return (a * b) + c;
    }

    [MethodImpl(Inline)]
    public static Vector512<T> Neg(Vector512<T> a) => -a;

    [MethodImpl(Inline)]
    public static Vector512<T> Abs(Vector512<T> a) => Vector512.Abs(a);

    [MethodImpl(Inline)]
    public static Vector512<T> Sqrt(Vector512<T> a) => Vector512.Sqrt(a);

    [MethodImpl(Inline)]
    public static Vector512<T> Floor(Vector512<T> a) =>
        typeof(T) == typeof(float)
            ? Vector512.Floor(a.AsSingle()).As<float, T>()
            : Vector512.Floor(a.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector512<T> Ceil(Vector512<T> a) =>
        typeof(T) == typeof(float)
            ? Vector512.Ceiling(a.AsSingle()).As<float, T>()
            : Vector512.Ceiling(a.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector512<T> Round(Vector512<T> a) =>
        typeof(T) == typeof(float)
            ? Vector512.Round(a.AsSingle()).As<float, T>()
            : Vector512.Round(a.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector512<T> Max(Vector512<T> a, Vector512<T> b) => Vector512.Max(a, b);

    [MethodImpl(Inline)]
    public static Vector512<T> Min(Vector512<T> a, Vector512<T> b) => Vector512.Min(a, b);

    [MethodImpl(Inline)]
    public static Vector512<T> MaxOrSecond(Vector512<T> a, Vector512<T> b) =>
        typeof(T) == typeof(float) ? Avx512F.Max(a.AsSingle(), b.AsSingle()).As<float, T>()
        : typeof(T) == typeof(double) ? Avx512F.Max(a.AsDouble(), b.AsDouble()).As<double, T>()
        : Vector512.Max(a, b);

    [MethodImpl(Inline)]
    public static Vector512<T> MinOrSecond(Vector512<T> a, Vector512<T> b) =>
        typeof(T) == typeof(float) ? Avx512F.Min(a.AsSingle(), b.AsSingle()).As<float, T>()
        : typeof(T) == typeof(double) ? Avx512F.Min(a.AsDouble(), b.AsDouble()).As<double, T>()
        : Vector512.Min(a, b);

    [MethodImpl(Inline)]
    public static Vector512<T> Scale(Vector512<T> a, Vector512<T> n) =>
        typeof(T) == typeof(float)
            ? Avx512F.Scale(a.AsSingle(), n.AsSingle()).As<float, T>()
            : Avx512F.Scale(a.AsDouble(), n.AsDouble()).As<double, T>();

    [MethodImpl(Inline)]
    public static Vector512<T> Equal(Vector512<T> a, Vector512<T> b) => Vector512.Equals(a, b);

    [MethodImpl(Inline)]
    public static Vector512<T> Less(Vector512<T> a, Vector512<T> b) => Vector512.LessThan(a, b);

    [MethodImpl(Inline)]
    public static Vector512<T> LessEqual(Vector512<T> a, Vector512<T> b) => Vector512.LessThanOrEqual(a, b);

    [MethodImpl(Inline)]
    public static Vector512<T> Select(Vector512<T> mask, Vector512<T> a, Vector512<T> b) =>
        Vector512.ConditionalSelect(mask, a, b);

    [MethodImpl(Inline)]
    public static Vector512<T> And(Vector512<T> a, Vector512<T> b) => a & b;

    [MethodImpl(Inline)]
    public static Vector512<T> Or(Vector512<T> a, Vector512<T> b) => a | b;

    [MethodImpl(Inline)]
    public static Vector512<T> Xor(Vector512<T> a, Vector512<T> b) => a ^ b;

    [MethodImpl(Inline)]
    public static bool Any(Vector512<T> mask) => mask.AsByte() != Vector512<byte>.Zero;

    [MethodImpl(Inline)]
    public static ulong Bits(Vector512<T> mask) => Vector512.ExtractMostSignificantBits(mask);

    [MethodImpl(Inline)]
    public static Vector512<T> LoadMask(bool* p)
    {
        if (sizeof(T) == 1)
        {
            return ~Vector512.Equals(Vector512.Load((byte*)p), Vector512<byte>.Zero).As<byte, T>();
        }

        if (sizeof(T) == 4)
        {
            Vector512<int> sixteen = Avx512F.ConvertToVector512Int32(Vector128.Load((byte*)p));
            return ~Vector512.Equals(sixteen, Vector512<int>.Zero).As<int, T>();
        }

        Vector512<long> eight = Avx512F.ConvertToVector512Int64(Vector128.CreateScalarUnsafe(*(ulong*)p).AsByte());
        return ~Vector512.Equals(eight, Vector512<long>.Zero).As<long, T>();
    }

    [MethodImpl(Inline)]
    public static Vector512<T> AddBits(Vector512<T> a, Vector512<T> b) =>
        sizeof(T) == 8 ? (a.AsInt64() + b.AsInt64()).As<long, T>() : (a.AsInt32() + b.AsInt32()).As<int, T>();

    [MethodImpl(Inline)]
    public static Vector512<T> SubBits(Vector512<T> a, Vector512<T> b) =>
        sizeof(T) == 8 ? (a.AsInt64() - b.AsInt64()).As<long, T>() : (a.AsInt32() - b.AsInt32()).As<int, T>();

    [MethodImpl(Inline)]
    public static Vector512<T> ShiftLeft(Vector512<T> a, int n) =>
        sizeof(T) == 8 ? (a.AsInt64() << n).As<long, T>() : (a.AsInt32() << n).As<int, T>();

    [MethodImpl(Inline)]
    public static Vector512<T> ShiftRight(Vector512<T> a, int n) =>
        sizeof(T) == 8 ? (a.AsUInt64() >>> n).As<ulong, T>() : (a.AsUInt32() >>> n).As<uint, T>();
}
