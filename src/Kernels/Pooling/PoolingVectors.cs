using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>
/// Poolings by vectors of channels, without branches on their values. The last vector of a pixel ends at its last channel:
/// some channels are computed twice, with the same result, except where sums are accumulated.
/// </summary>
internal unsafe struct VectorWindows<T, V, S> : ISlices
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public Windows<T> W;

    public readonly void Run(int slice)
    {
        PoolingShape s = W.S;
        if (W.Kind == PoolingKind.Scatter && (W.Overlap || s.OutHeight == 0))
        {
            W.Clear(slice, 0, s.Height);
            for (int oy = 0; oy < s.OutHeight; oy++)
            {
                Collect(slice, oy);
            }

            return;
        }

        long end = Math.Min((long)s.Batch * s.OutHeight, (slice + 1L) * W.Lines);
        for (long line = (long)slice * W.Lines; line < end; line++)
        {
            int n = (int)(line / s.OutHeight), oy = (int)(line % s.OutHeight);
            switch (W.Kind)
            {
                case PoolingKind.Max:
                    Max(n, oy);
                    break;
                case PoolingKind.Gather:
                    Gather(n, oy);
                    break;
                case PoolingKind.Scatter:
                default:
                    if (!W.Exact)
                    {
                        W.Own(oy, out int first, out int last);
                        W.Clear(n, first, last);
                    }

                    Scatter(n, oy);
                    break;
            }
        }
    }

    /// <summary>The pixels of a window inside the image.</summary>
    [MethodImpl(Inline)]
    private static void Range(int at, int stride, int pad, int window, int size, out int start, out int end)
    {
        int first = (at * stride) - pad;
        start = Math.Max(first, 0);
        end = Math.Min(first + window, size);
    }

    [MethodImpl(Hot)]
    private readonly void Max(int n, int oy)
    {
        PoolingShape s = W.S;
        nint channels = s.Channels, row = s.Width * channels;
        nint at = (((nint)n * s.OutHeight) + oy) * s.OutWidth * channels;
        T* image = W.X + (n * s.Height * row);
        T* result = W.Y + at;
        int* indices = W.Indices is null ? null : W.Indices + at;
        Range(oy, s.StrideY, s.PadTop, s.WindowHeight, s.Height, out int y0, out int y1);
        for (int ox = 0; ox < s.OutWidth; ox++)
        {
            Range(ox, s.StrideX, s.PadLeft, s.WindowWidth, s.Width, out int x0, out int x1);
            if (y1 - y0 == 2 && x1 - x0 == 2)
            {
                MaxOfFour(image + (y0 * row) + (x0 * channels), (y0 * s.Width) + x0, result, indices);
            }
            else
            {
                MaxOfWindow(image, y0, y1, x0, x1, result, indices);
            }

            result += channels;
            if (indices is not null)
            {
                indices += channels;
            }
        }
    }

    /// <summary>A window of 2 by 2 pixels, at this position in its image.</summary>
    [MethodImpl(Inline)]
    private readonly void MaxOfFour(T* corner, int position, T* result, int* indices)
    {
        int width = W.S.Width;
        nint channels = W.S.Channels, row = width * channels;
        V first = Lanes<T, V>.Set(position), second = Lanes<T, V>.Set(position + 1);
        V third = Lanes<T, V>.Set(position + width), fourth = Lanes<T, V>.Set(position + width + 1);
        for (nint c = 0; c < channels; c += S.Count)
        {
            c = Math.Min(c, channels - S.Count);
            T* p = corner + c;
            V best = S.Load(p), where = first;
            Better(S.Load(p + channels), second, ref best, ref where);
            Better(S.Load(p + row), third, ref best, ref where);
            Better(S.Load(p + row + channels), fourth, ref best, ref where);
            S.Store(result + c, best);
            if (indices is not null)
            {
                Lanes<T, V>.Store(indices + c, where);
            }
        }
    }

    /// <summary>A window of any size; an empty one, in the padding, has the lowest value and the index -1.</summary>
    [MethodImpl(Hot)]
    private readonly void MaxOfWindow(T* image, int y0, int y1, int x0, int x1, T* result, int* indices)
    {
        int width = W.S.Width, position = (y0 * width) + x0;
        nint channels = W.S.Channels, row = width * channels;
        T* corner = image + (y0 * row) + (x0 * channels);
        bool empty = y0 >= y1 || x0 >= x1;
        for (nint c = 0; c < channels; c += S.Count)
        {
            c = Math.Min(c, channels - S.Count);
            V best = empty ? Lowest() : S.Load(corner + c), where = Lanes<T, V>.Set(empty ? -1 : position);
            for (int y = y0; y < y1; y++)
            {
                T* p = image + (y * row) + (x0 * channels) + c;
                for (int x = x0; x < x1; x++, p += channels)
                {
                    Better(S.Load(p), Lanes<T, V>.Set((y * width) + x), ref best, ref where);
                }
            }

            S.Store(result + c, best);
            if (indices is not null)
            {
                Lanes<T, V>.Store(indices + c, where);
            }
        }
    }

    /// <summary>A value replaces the best one if it is larger, or if it is the first NaN.</summary>
    [MethodImpl(Inline)]
    private static void Better(V value, V position, ref V best, ref V where)
    {
        V keep = S.LessEqual(value, best), number = S.Equal(best, best);
        V newBest = S.Select(keep, best, value), newWhere = S.Select(keep, where, position);
        best = S.Select(number, newBest, best);
        where = S.Select(number, newWhere, where);
    }

    [MethodImpl(Inline)]
    private static V Lowest()
    {
        float single = float.NegativeInfinity;
        double twice = double.NegativeInfinity;
        return S.Set(typeof(T) == typeof(float) ? *(T*)&single : *(T*)&twice);
    }

    [MethodImpl(Hot)]
    private readonly void Gather(int n, int oy)
    {
        PoolingShape s = W.S;
        nint channels = s.Channels, row = s.Width * channels;
        nint at = (((nint)n * s.OutHeight) + oy) * s.OutWidth * channels;
        T* image = W.X + (n * s.Height * row);
        Range(oy, s.StrideY, s.PadTop, s.WindowHeight, s.Height, out int y0, out int y1);
        for (int ox = 0; ox < s.OutWidth; ox++, at += channels)
        {
            Range(ox, s.StrideX, s.PadLeft, s.WindowWidth, s.Width, out int x0, out int x1);
            for (nint c = 0; c < channels; c += S.Count)
            {
                c = Math.Min(c, channels - S.Count);
                V where = Lanes<T, V>.Load(W.Indices + at + c), sum = default;
                for (int y = y0; y < y1; y++)
                {
                    T* p = image + (y * row) + (x0 * channels) + c;
                    for (int x = x0; x < x1; x++, p += channels)
                    {
                        sum = S.Select(Lanes<T, V>.Equal(where, (y * s.Width) + x), S.Load(p), sum);
                    }
                }

                S.Store(W.Y + at + c, sum);
            }
        }
    }

    /// <summary>Scatter where no pixel lies in two windows: each is written once, dy or 0, one row of x after the other.</summary>
    [MethodImpl(Hot)]
    private readonly void Scatter(int n, int oy)
    {
        PoolingShape s = W.S;
        nint channels = s.Channels, row = s.Width * channels;
        nint first = (((nint)n * s.OutHeight) + oy) * s.OutWidth * channels;
        T* image = W.X + (n * s.Height * row);
        Range(oy, s.StrideY, s.PadTop, s.WindowHeight, s.Height, out int y0, out int y1);
        for (int y = y0; y < y1; y++)
        {
            nint at = first;
            for (int ox = 0; ox < s.OutWidth; ox++, at += channels)
            {
                Range(ox, s.StrideX, s.PadLeft, s.WindowWidth, s.Width, out int x0, out int x1);
                T* pixel = image + (y * row) + (x0 * channels);
                int position = (y * s.Width) + x0;
                for (nint c = 0; c < channels; c += S.Count)
                {
                    c = Math.Min(c, channels - S.Count);

                    // added to 0, since a sum that starts at 0 is never -0
                    V where = Lanes<T, V>.Load(W.Indices + at + c), value = S.Add(S.Load(W.Y + at + c), default);
                    T* p = pixel + c;
                    if (x1 - x0 == 2)
                    {
                        S.Store(p, S.And(Lanes<T, V>.Equal(where, position), value));
                        S.Store(p + channels, S.And(Lanes<T, V>.Equal(where, position + 1), value));
                        continue;
                    }

                    for (int x = 0; x < x1 - x0; x++, p += channels)
                    {
                        S.Store(p, S.And(Lanes<T, V>.Equal(where, position + x), value));
                    }
                }
            }
        }
    }

    /// <summary>Scatter where windows overlap: each window adds to what earlier ones wrote.</summary>
    [MethodImpl(Hot)]
    private readonly void Collect(int n, int oy)
    {
        PoolingShape s = W.S;
        nint channels = s.Channels, row = s.Width * channels;
        nint at = (((nint)n * s.OutHeight) + oy) * s.OutWidth * channels;
        T* image = W.X + (n * s.Height * row);
        Range(oy, s.StrideY, s.PadTop, s.WindowHeight, s.Height, out int y0, out int y1);
        for (int ox = 0; ox < s.OutWidth; ox++, at += channels)
        {
            Range(ox, s.StrideX, s.PadLeft, s.WindowWidth, s.Width, out int x0, out int x1);
            nint c = 0;
            for (; c <= channels - S.Count; c += S.Count)
            {
                V where = Lanes<T, V>.Load(W.Indices + at + c), value = S.Load(W.Y + at + c);
                for (int y = y0; y < y1; y++)
                {
                    T* p = image + (y * row) + (x0 * channels) + c;
                    for (int x = x0; x < x1; x++, p += channels)
                    {
                        S.Store(p, S.Add(S.Load(p), S.And(Lanes<T, V>.Equal(where, (y * s.Width) + x), value)));
                    }
                }
            }

            for (; c < channels; c++)
            {
                int where = W.Indices[at + c];
                if (where >= 0)
                {
                    T* p = image + (where * channels) + c;
                    V sum = S.Add(S.Set(*p), S.Set(W.Y[at + c]));
                    *p = *(T*)&sum;
                }
            }
        }
    }
}

/// <summary>Indices of 32 bits in vectors whose lanes are as wide as the elements they belong to.</summary>
internal static unsafe class Lanes<T, V> where T : unmanaged where V : unmanaged
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The index in all lanes.</summary>
    [MethodImpl(Inline)]
    public static V Set(int index)
    {
        if (sizeof(V) == 64)
        {
            return sizeof(T) == 4
                ? Unsafe.BitCast<Vector512<int>, V>(Vector512.Create(index))
                : Unsafe.BitCast<Vector512<long>, V>(Vector512.Create((long)index));
        }

        if (sizeof(V) == 32)
        {
            return sizeof(T) == 4
                ? Unsafe.BitCast<Vector256<int>, V>(Vector256.Create(index))
                : Unsafe.BitCast<Vector256<long>, V>(Vector256.Create((long)index));
        }

        return sizeof(T) == 4
            ? Unsafe.BitCast<Vector128<int>, V>(Vector128.Create(index))
            : Unsafe.BitCast<Vector128<long>, V>(Vector128.Create((long)index));
    }

    /// <summary>The lanes that hold the index.</summary>
    [MethodImpl(Inline)]
    public static V Equal(V lanes, int index)
    {
        if (sizeof(V) == 64)
        {
            return sizeof(T) == 4
                ? Unsafe.BitCast<Vector512<int>, V>(
                    Vector512.Equals(Unsafe.BitCast<V, Vector512<int>>(lanes), Vector512.Create(index)))
                : Unsafe.BitCast<Vector512<long>, V>(
                    Vector512.Equals(Unsafe.BitCast<V, Vector512<long>>(lanes), Vector512.Create((long)index)));
        }

        if (sizeof(V) == 32)
        {
            return sizeof(T) == 4
                ? Unsafe.BitCast<Vector256<int>, V>(
                    Vector256.Equals(Unsafe.BitCast<V, Vector256<int>>(lanes), Vector256.Create(index)))
                : Unsafe.BitCast<Vector256<long>, V>(
                    Vector256.Equals(Unsafe.BitCast<V, Vector256<long>>(lanes), Vector256.Create((long)index)));
        }

        return sizeof(T) == 4
            ? Unsafe.BitCast<Vector128<int>, V>(
                Vector128.Equals(Unsafe.BitCast<V, Vector128<int>>(lanes), Vector128.Create(index)))
            : Unsafe.BitCast<Vector128<long>, V>(
                Vector128.Equals(Unsafe.BitCast<V, Vector128<long>>(lanes), Vector128.Create((long)index)));
    }

    /// <summary>Loads an index for each lane.</summary>
    [MethodImpl(Inline)]
    public static V Load(int* p)
    {
        if (sizeof(T) == 4)
        {
            return Unsafe.ReadUnaligned<V>(p);
        }

        if (sizeof(V) == 64)
        {
            return Unsafe.BitCast<Vector512<long>, V>(Vector512.WidenLower(Vector256.Load(p).ToVector512Unsafe()));
        }

        if (sizeof(V) == 32)
        {
            return Unsafe.BitCast<Vector256<long>, V>(Vector256.WidenLower(Vector128.Load(p).ToVector256Unsafe()));
        }

        return Unsafe.BitCast<Vector128<long>, V>(Vector128.Create((long)p[0], p[1]));
    }

    /// <summary>Stores the lanes as consecutive indices.</summary>
    [MethodImpl(Inline)]
    public static void Store(int* p, V lanes)
    {
        if (sizeof(T) == 4)
        {
            Unsafe.WriteUnaligned(p, lanes);
        }
        else if (sizeof(V) == 64)
        {
            Vector512<long> wide = Unsafe.BitCast<V, Vector512<long>>(lanes);
            Vector512.Narrow(wide, wide).GetLower().Store(p);
        }
        else if (sizeof(V) == 32)
        {
            Vector256<long> wide = Unsafe.BitCast<V, Vector256<long>>(lanes);
            Vector256.Narrow(wide, wide).GetLower().Store(p);
        }
        else
        {
            Vector128<long> wide = Unsafe.BitCast<V, Vector128<long>>(lanes);
            p[0] = (int)wide[0];
            p[1] = (int)wide[1];
        }
    }
}
