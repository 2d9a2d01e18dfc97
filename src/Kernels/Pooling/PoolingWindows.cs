using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>The operation on each window.</summary>
internal enum PoolingKind
{
    Max,
    Gather,
    Scatter,
}

/// <summary>
/// A pooling and its slices: rows of windows, or whole images where windows overlap and a pixel accumulates from several.
/// </summary>
internal unsafe struct Windows<T> where T : unmanaged
{
    private const long Grain = 16384; // elements of x in a slice

    public PoolingShape S;
    public PoolingKind Kind;
    public T* X;
    public T* Y;
    public int* Indices;

    /// <summary>Rows of windows in a slice.</summary>
    public int Lines;

    /// <summary>Whether a pixel may lie in several windows.</summary>
    public readonly bool Overlap => S.WindowHeight > S.StrideY || S.WindowWidth > S.StrideX;

    /// <summary>Whether each pixel lies in exactly one window.</summary>
    public readonly bool Exact =>
        S.WindowHeight == S.StrideY && S.WindowWidth == S.StrideX && S.PadTop == 0 && S.PadLeft == 0
        && S.OutHeight * S.StrideY == S.Height && S.OutWidth * S.StrideX == S.Width;

    public readonly Windows<TOther> As<TOther>() where TOther : unmanaged =>
        new() { S = S, Kind = Kind, X = (TOther*)X, Y = (TOther*)Y, Indices = Indices, Lines = Lines };

    /// <summary>The number of slices.</summary>
    public int Cut()
    {
        if (Kind == PoolingKind.Scatter && (Overlap || S.OutHeight == 0))
        {
            Lines = Math.Max(1, S.OutHeight);
            return S.Batch;
        }

        long line = (long)S.StrideY * S.Width * S.Channels;
        Lines = (int)Math.Clamp(Grain / Math.Max(1, line), 1, Math.Max(1, (long)S.Batch * S.OutHeight));
        return Slicing.Count((long)S.Batch * S.OutHeight, Lines);
    }

    /// <summary>The rows of an image that belong to one row of windows only.</summary>
    public readonly void Own(int oy, out int start, out int end)
    {
        start = oy == 0 ? 0 : Math.Clamp((oy * S.StrideY) - S.PadTop, 0, S.Height);
        end = oy == S.OutHeight - 1 ? S.Height : Math.Clamp(((oy + 1) * S.StrideY) - S.PadTop, 0, S.Height);
    }

    /// <summary>Sets rows of an image to 0.</summary>
    public readonly void Clear(int n, int start, int end)
    {
        nint row = (nint)S.Width * S.Channels;
        T* at = X + ((((nint)n * S.Height) + start) * row);
        for (int y = start; y < end; y++, at += row)
        {
            new Span<T>(at, (int)row).Clear();
        }
    }
}

/// <summary>Scalar poolings, for fewer channels than the smallest vector has lanes.</summary>
internal unsafe struct FewChannels<T> : ISlices where T : unmanaged, IFloatingPointIeee754<T>
{
    public Windows<T> W;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int slice)
    {
        PoolingShape s = W.S;
        bool whole = W.Kind == PoolingKind.Scatter && (W.Overlap || s.OutHeight == 0);
        if (whole)
        {
            W.Clear(slice, 0, s.Height);
        }

        long end = whole ? (slice + 1L) * s.OutHeight : Math.Min((long)s.Batch * s.OutHeight, (slice + 1L) * W.Lines);
        for (long line = whole ? (long)slice * s.OutHeight : (long)slice * W.Lines; line < end; line++)
        {
            int n = (int)(line / s.OutHeight), oy = (int)(line % s.OutHeight);
            if (W.Kind == PoolingKind.Scatter && !whole)
            {
                W.Own(oy, out int first, out int last);
                W.Clear(n, first, last);
            }

            T* image = W.X + ((nint)n * s.Height * s.Width * s.Channels);
            nint at = (nint)line * s.OutWidth * s.Channels;
            for (int ox = 0; ox < s.OutWidth; ox++)
            {
                for (int c = 0; c < s.Channels; c++, at++)
                {
                    if (W.Kind == PoolingKind.Max)
                    {
                        Max(image + c, oy, ox, at);
                    }
                    else if (W.Kind == PoolingKind.Gather)
                    {
                        W.Y[at] = W.Indices[at] < 0 ? T.Zero : image[((nint)W.Indices[at] * s.Channels) + c];
                    }
                    else if (W.Indices[at] >= 0)
                    {
                        image[((nint)W.Indices[at] * s.Channels) + c] += W.Y[at];
                    }
                }
            }
        }
    }

    private readonly void Max(T* image, int oy, int ox, nint at)
    {
        PoolingShape s = W.S;
        int top = (oy * s.StrideY) - s.PadTop, left = (ox * s.StrideX) - s.PadLeft;
        T best = T.NegativeInfinity;
        int where = -1;
        for (int y = Math.Max(top, 0); y < Math.Min(top + s.WindowHeight, s.Height); y++)
        {
            for (int x = Math.Max(left, 0); x < Math.Min(left + s.WindowWidth, s.Width); x++)
            {
                T value = image[(((nint)y * s.Width) + x) * s.Channels];
                if (where < 0 || value > best || (T.IsNaN(value) && !T.IsNaN(best)))
                {
                    best = value;
                    where = (y * s.Width) + x;
                }
            }
        }

        W.Y[at] = best;
        if (W.Indices is not null)
        {
            W.Indices[at] = where;
        }
    }
}
