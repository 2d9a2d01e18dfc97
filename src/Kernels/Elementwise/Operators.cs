using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>A function of one element, on vectors of any width.</summary>
internal interface IUnary<T> where T : unmanaged
{
    static abstract V Apply<S, V>(V x) where S : ISimd<T, V> where V : unmanaged;
}

/// <summary>A function of two elements, on vectors of any width; a comparison gives a mask.</summary>
internal interface IBinary<T> where T : unmanaged
{
    static abstract V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged;
}

/// <summary>A function of one element, one element at a time.</summary>
internal interface IScalarUnary<TIn, TOut>
{
    static abstract TOut Apply(TIn x);
}

/// <summary>A function of two elements, one pair at a time.</summary>
internal interface IScalarBinary<T>
{
    static abstract T Apply(T a, T b);
}

/// <summary>A function of one element, written once for vectors of every type of number.</summary>
internal interface INumberUnary
{
    static abstract V Apply<S, V, T>(V x) where S : ISimd<T, V> where V : unmanaged where T : unmanaged, INumberBase<T>;
}

/// <summary>A function of two elements, written once for vectors of every type of number.</summary>
internal interface INumberBinary
{
    static abstract V Apply<S, V, T>(V a, V b)
        where S : ISimd<T, V> where V : unmanaged where T : unmanaged, INumberBase<T>;
}

/// <summary>A function of one float, computed in double precision.</summary>
internal interface IDoubleUnary
{
    static abstract double Apply(double x);
}

/// <summary>A function of two integers, written once for every signed type. Overflow wraps around.</summary>
internal interface IIntegerBinary
{
    static abstract T Apply<T>(T a, T b) where T : IBinaryInteger<T>, ISignedNumber<T>;
}

/// <summary>The function of vectors of one type of number.</summary>
internal readonly struct NumberUnary<TOp, T> : IUnary<T>
    where TOp : struct, INumberUnary where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x) where S : ISimd<T, V> where V : unmanaged => TOp.Apply<S, V, T>(x);
}

/// <summary>The function of vectors of one type of number.</summary>
internal readonly struct NumberBinary<TOp, T> : IBinary<T>
    where TOp : struct, INumberBinary where T : unmanaged, INumberBase<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b) where S : ISimd<T, V> where V : unmanaged => TOp.Apply<S, V, T>(a, b);
}

/// <summary>The function of floats: a float32 is rounded once, and so nearly always the correctly rounded result.</summary>
internal readonly struct FloatUnary<TOp> : IScalarUnary<float, float>, IScalarUnary<double, double>
    where TOp : struct, IDoubleUnary
{
    public static float Apply(float x) => (float)TOp.Apply(x);

    public static double Apply(double x) => TOp.Apply(x);
}

/// <summary>The function of one type of integer.</summary>
internal readonly struct IntegerBinary<TOp, T> : IScalarBinary<T>
    where TOp : struct, IIntegerBinary where T : IBinaryInteger<T>, ISignedNumber<T>
{
    public static T Apply(T a, T b) => TOp.Apply(a, b);
}
