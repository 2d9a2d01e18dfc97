using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>
/// Masked loads and stores of a vector's first lanes, for the ends of rows: no memory beyond them is touched. Elements have
/// 4 or 8 bytes.
/// </summary>
internal static unsafe class Masked<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // a vector of ones followed by one of zeros; a mask is read from an offset between the two
    private static ReadOnlySpan<byte> Window =>
    [
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>The mask of the first lanes.</summary>
    [MethodImpl(Inline)]
    public static V First(int count) =>
        Unsafe.ReadUnaligned<V>(
            ref Unsafe.AddByteOffset(ref MemoryMarshal.GetReference(Window), 64 - (count * sizeof(T))));

    /// <summary>Loads the lanes of the mask; the others are zero.</summary>
    [MethodImpl(Inline)]
    public static V Load(T* p, V mask)
    {
        if (sizeof(V) == 64)
        {
            return sizeof(T) == 4
                ? Unsafe.BitCast<Vector512<float>, V>(
                    Avx512F.MaskLoad((float*)p, Unsafe.BitCast<V, Vector512<float>>(mask), Vector512<float>.Zero))
                : Unsafe.BitCast<Vector512<double>, V>(
                    Avx512F.MaskLoad((double*)p, Unsafe.BitCast<V, Vector512<double>>(mask), Vector512<double>.Zero));
        }

        if (sizeof(V) == 32)
        {
            return sizeof(T) == 4
                ? Unsafe.BitCast<Vector256<float>, V>(
                    Avx.MaskLoad((float*)p, Unsafe.BitCast<V, Vector256<float>>(mask)))
                : Unsafe.BitCast<Vector256<double>, V>(
                    Avx.MaskLoad((double*)p, Unsafe.BitCast<V, Vector256<double>>(mask)));
        }

        V result = default;
        for (int i = 0; i < S.Count; i++)
        {
            if (Has(mask, i))
            {
                ((T*)&result)[i] = p[i];
            }
        }

        return result;
    }

    /// <summary>Stores the lanes of the mask, and touches no other memory.</summary>
    [MethodImpl(Inline)]
    public static void Store(T* p, V value, V mask)
    {
        if (sizeof(V) == 64)
        {
            Store512(p, Unsafe.BitCast<V, Vector512<float>>(value), Unsafe.BitCast<V, Vector512<float>>(mask));
        }
        else if (sizeof(V) == 32)
        {
            Store256(p, Unsafe.BitCast<V, Vector256<float>>(value), Unsafe.BitCast<V, Vector256<float>>(mask));
        }
        else
        {
            for (int i = 0; i < S.Count; i++)
            {
                if (Has(mask, i))
                {
                    p[i] = ((T*)&value)[i];
                }
            }
        }
    }

    [MethodImpl(Inline)]
    private static void Store512(T* p, Vector512<float> value, Vector512<float> mask)
    {
        if (sizeof(T) == 4)
        {
            Avx512F.MaskStore((float*)p, mask, value);
        }
        else
        {
            Avx512F.MaskStore((double*)p, mask.AsDouble(), value.AsDouble());
        }
    }

    [MethodImpl(Inline)]
    private static void Store256(T* p, Vector256<float> value, Vector256<float> mask)
    {
        if (sizeof(T) == 4)
        {
            Avx.MaskStore((float*)p, mask, value);
        }
        else
        {
            Avx.MaskStore((double*)p, mask.AsDouble(), value.AsDouble());
        }
    }

    private static bool Has(V mask, int i) => ((byte*)&mask)[i * sizeof(T)] != 0;
}
