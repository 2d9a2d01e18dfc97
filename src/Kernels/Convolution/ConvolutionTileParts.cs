using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>Compile-time parameters: whether a tile is 2 vectors wide or 1, and whether B is one element, broadcast.</summary>
internal interface ITileWidth
{
    static abstract bool Two { get; }

    static abstract bool BroadcastsB { get; }
}

/// <summary>
/// Loads of elements of A into the lanes of a vector. Where B has fewer columns than a vector has lanes, a vector holds
/// <c>side</c> steps of k: lane n * side + j is column n at the j-th step, A's vector repeats its next <c>side</c> elements,
/// and the sum over j is taken at the end (see <see cref="HorizontalSums{T, V, S}"/>). So 8, 4, 2 columns or 1 fill it.
/// </summary>
internal unsafe interface ILaneLoad<T, V> where T : unmanaged where V : unmanaged
{
    static abstract V Load(T* p);
}

internal readonly struct OneWide : ITileWidth
{
    public static bool Two => false;

    public static bool BroadcastsB => false;
}

internal readonly struct TwoWide : ITileWidth
{
    public static bool Two => true;

    public static bool BroadcastsB => false;
}

internal readonly struct OneBroadcast : ITileWidth
{
    public static bool Two => false;

    public static bool BroadcastsB => true;
}

/// <summary>One element, broadcast.</summary>
internal readonly unsafe struct OneElement<T, V, S> : ILaneLoad<T, V>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(T* p) => S.Set(*p);
}

/// <summary>A whole vector of elements.</summary>
internal readonly unsafe struct WholeVector<T, V, S> : ILaneLoad<T, V>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(T* p) => S.Load(p);
}

/// <summary>8 bytes, repeated.</summary>
internal readonly unsafe struct Repeat8<T, V> : ILaneLoad<T, V> where T : unmanaged where V : unmanaged
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
internal readonly unsafe struct Repeat16<T, V> : ILaneLoad<T, V> where T : unmanaged where V : unmanaged
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
internal readonly unsafe struct Repeat32<T, V> : ILaneLoad<T, V> where T : unmanaged where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load(T* p)
    {
        return Unsafe.BitCast<Vector512<double>, V>(Avx512F.BroadcastVector256ToVector512((double*)p));
    }
}
