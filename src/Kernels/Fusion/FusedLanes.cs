using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static V GatherMask<T, S, V>(byte* p, nint step, nint n)
        where T : unmanaged where S : ISimd<T, V> where V : unmanaged
    {
        n = Math.Min(n, S.Count);
        Vector128<byte> cells = step == 1 ? First(p, n) : default; // a byte for each lane, of which there are 16 at most
        if (step != 1)
        {
            for (nint i = 0; i < n; i++, p += step)
            {
                ((byte*)&cells)[i] = *p;
            }
        }

        return S.LoadMask((bool*)&cells);
    }

    /// <summary>The first n bytes, at most 16, and zeros, read in two loads that may overlap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> First(byte* p, nint n)
    {
        ulong low = 0, high = 0;
        if (n >= 8)
        {
            low = *(ulong*)p;
            high = n == 8 ? 0 : *(ulong*)(p + n - 8) >> (int)(8 * (16 - n));
        }
        else if (n >= 4)
        {
            low = *(uint*)p | ((ulong)*(uint*)(p + n - 4) << (int)(8 * (n - 4)));
        }
        else
        {
            for (nint i = 0; i < n; i++)
            {
                low |= (ulong)p[i] << (int)(8 * i);
            }
        }

        return Vector128.Create(low, high).AsByte();
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
