using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// The runtime library of generated code: functions applied lane by lane, and loads and stores of vectors that are partial
/// or strided. Lanes that are not loaded are 0.
/// </summary>
internal static unsafe class FusedLanes
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V Gather<T, V>(byte* p, nint step, nint n) where T : unmanaged where V : unmanaged
    {
        V v = default;
        n = Math.Min(n, sizeof(V) / sizeof(T));
        for (nint i = 0; i < n; i++, p += step)
        {
            ((T*)&v)[i] = *(T*)p;
        }

        return v;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Scatter<T, V>(byte* p, V v, nint step, nint n) where T : unmanaged where V : unmanaged
    {
        n = Math.Min(n, sizeof(V) / sizeof(T));
        for (nint i = 0; i < n; i++, p += step)
        {
            *(T*)p = ((T*)&v)[i];
        }
    }

    /// <summary>Booleans as a mask of lanes of type T.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static V GatherMask<T, V>(byte* p, nint step, nint n) where T : unmanaged where V : unmanaged
    {
        V v = default;
        n = Math.Min(n, sizeof(V) / sizeof(T));
        for (nint i = 0; i < n; i++, p += step)
        {
            new Span<byte>((T*)&v + i, sizeof(T)).Fill((byte)(*p != 0 ? 0xff : 0));
        }

        return v;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ScatterMask<T, V>(byte* p, V v, nint step, nint n) where T : unmanaged where V : unmanaged
    {
        n = Math.Min(n, sizeof(V) / sizeof(T));
        for (nint i = 0; i < n; i++, p += step)
        {
            *p = (byte)(((byte*)&v)[i * sizeof(T)] & 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreMask<T, S, V>(byte* p, V v) where T : unmanaged where S : ISimd<T, V> where V : unmanaged
    {
        ulong bits = S.Bits(v);
        if (S.Count >= 8)
        {
            for (nint j = 0; j < S.Count; j += 8, bits >>= 8)
            {
                *(ulong*)(p + j) = Bytes.OfBits((byte)bits);
            }
        }
        else if (S.Count == 4)
        {
            *(uint*)p = (uint)Bytes.OfBits((byte)bits);
        }
        else
        {
            *(ushort*)p = (ushort)Bytes.OfBits((byte)bits);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static V Map<TOp, T, V>(V x) where TOp : struct, IScalarUnary<T, T> where T : unmanaged where V : unmanaged
    {
        V y = default;
        for (nint i = 0; i < sizeof(V) / sizeof(T); i++)
        {
            ((T*)&y)[i] = TOp.Apply(((T*)&x)[i]);
        }

        return y;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static V MapPairs<TOp, T, V>(V a, V b) where TOp : struct, IScalarBinary<T> where T : unmanaged where V : unmanaged
    {
        V y = default;
        for (nint i = 0; i < sizeof(V) / sizeof(T); i++)
        {
            ((T*)&y)[i] = TOp.Apply(((T*)&a)[i], ((T*)&b)[i]);
        }

        return y;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static V Pairs<TOp, T, S, V>(V a, V b)
        where TOp : struct, IBinary<T> where T : unmanaged where S : ISimd<T, V> where V : unmanaged =>
        TOp.Apply<S, V>(a, b);
}
