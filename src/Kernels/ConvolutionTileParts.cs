using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>Whether a tile is 2 vectors wide or 1, and B a vector or one element: the JIT knows.</summary>
internal interface ITileWidth
{
    static abstract bool Two { get; }

    static abstract bool Spread { get; }
}

/// <summary>
/// How an element of A becomes a vector. If B has N columns and a vector room for more, <c>side</c> steps of k are
/// taken at once: lane n * side + j belongs to column n and the j-th of these steps, A's vector repeats its next
/// <c>side</c> elements, and the sum over j is left to the end. So a vector is full with 8, 4, 2 columns or 1.
/// </summary>
internal unsafe interface ISpread<T, V> where T : unmanaged where V : unmanaged
{
    static abstract V Load(T* p);
}

internal readonly struct OneWide : ITileWidth
{
    public static bool Two => false;

    public static bool Spread => false;
}

internal readonly struct TwoWide : ITileWidth
{
    public static bool Two => true;

    public static bool Spread => false;
}

internal readonly struct OneSpread : ITileWidth
{
    public static bool Two => false;

    public static bool Spread => true;
}

/// <summary>One element, in every lane.</summary>
internal readonly unsafe struct SpreadOne<T, V, S> : ISpread<T, V>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(T* p) => S.Set(*p);
}

/// <summary>As many elements as there are lanes.</summary>
internal readonly unsafe struct SpreadWhole<T, V, S> : ISpread<T, V>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(T* p) => S.Load(p);
}

/// <summary>8 bytes, repeated.</summary>
internal readonly unsafe struct Spread8<T, V> : ISpread<T, V> where T : unmanaged where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(T* p)
    {
        if (sizeof(V) == 64)
        {
            return Unsafe.BitCast<Vector512<double>, V>(Vector512.Create(*(double*)p));
        }

        if (sizeof(V) == 32)
        {
            return Unsafe.BitCast<Vector256<double>, V>(Vector256.Create(*(double*)p));
        }

        return Unsafe.BitCast<Vector128<double>, V>(Vector128.Create(*(double*)p));
    }
}

/// <summary>16 bytes, repeated.</summary>
internal readonly unsafe struct Spread16<T, V> : ISpread<T, V> where T : unmanaged where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(T* p)
    {
        if (sizeof(V) == 64)
        {
            return Unsafe.BitCast<Vector512<float>, V>(Avx512F.BroadcastVector128ToVector512((float*)p));
        }

        return Unsafe.BitCast<Vector256<float>, V>(Avx.BroadcastVector128ToVector256((float*)p));
    }
}

/// <summary>32 bytes, repeated.</summary>
internal readonly unsafe struct Spread32<T, V> : ISpread<T, V> where T : unmanaged where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(T* p)
    {
        return Unsafe.BitCast<Vector512<double>, V>(Avx512F.BroadcastVector256ToVector512((double*)p));
    }
}
