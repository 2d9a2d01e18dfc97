using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// Sizes of a 2-D pooling: x [Batch, Height, Width, Channels], y [Batch, OutHeight, OutWidth, Channels], both contiguous
/// and row by row. The window of y[n, oy, ox, c] starts at row oy * StrideY - PadTop and column ox * StrideX - PadLeft of
/// x; what of it lies outside x does not count. A 1-D pooling has a height of 1.
/// </summary>
/// <param name="Batch">The number of images.</param>
/// <param name="Height">Rows of x.</param>
/// <param name="Width">Columns of x.</param>
/// <param name="Channels">Channels of x and y.</param>
/// <param name="WindowHeight">Rows of a window.</param>
/// <param name="WindowWidth">Columns of a window.</param>
/// <param name="OutHeight">Rows of y.</param>
/// <param name="OutWidth">Columns of y.</param>
/// <param name="StrideY">Rows from one window to the next, at least 1.</param>
/// <param name="StrideX">Columns from one window to the next, at least 1.</param>
/// <param name="PadTop">Rows of the first window that lie above x.</param>
/// <param name="PadLeft">Columns of the first window that lie to the left of x.</param>
public readonly record struct PoolingShape(
    int Batch, int Height, int Width, int Channels, int WindowHeight, int WindowWidth, int OutHeight, int OutWidth,
    int StrideY, int StrideX, int PadTop, int PadLeft);

/// <summary>
/// The largest elements of windows, of float or double, and where they stand: y * Width + x within the image. Pointers
/// must stay valid during the call, and the results must overlap no input.
/// </summary>
public static unsafe class Pooling
{
    /// <summary>
    /// The largest element of each window, the first of equal ones; NaN counts as the largest, as in PyTorch. A window
    /// that lies outside x gives minus infinity and the index -1.
    /// </summary>
    /// <param name="s">The sizes.</param>
    /// <param name="x">The images, [Batch, Height, Width, Channels].</param>
    /// <param name="y">Room for the result, [Batch, OutHeight, OutWidth, Channels].</param>
    /// <param name="indices">Room for where the results stand, of y's shape; or null.</param>
    public static void Max<T>(in PoolingShape s, T* x, T* y, int* indices) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            WorkerPool.Run(s.Batch * s.OutHeight, new MaxRows<float> { S = s, X = (float*)x, Y = (float*)y, Indices = indices });
        }
        else if (typeof(T) == typeof(double))
        {
            WorkerPool.Run(s.Batch * s.OutHeight, new MaxRows<double> { S = s, X = (double*)x, Y = (double*)y, Indices = indices });
        }
        else
        {
            Unsupported<T>();
        }
    }

    /// <summary>y[n, oy, ox, c] = x[n, indices[n, oy, ox, c], c]; 0 where the index is -1.</summary>
    /// <param name="s">The sizes.</param>
    /// <param name="x">The images, [Batch, Height, Width, Channels].</param>
    /// <param name="indices">Positions within an image, [Batch, OutHeight, OutWidth, Channels].</param>
    /// <param name="y">Room for the result, [Batch, OutHeight, OutWidth, Channels].</param>
    public static void Gather<T>(in PoolingShape s, T* x, int* indices, T* y) where T : unmanaged =>
        WorkerPool.Run(s.Batch * s.OutHeight, new GatherRows<T> { S = s, X = x, Y = y, Indices = indices });

    /// <summary>
    /// The transpose of Gather: dx, every element of it, is 0 but for the sums of the dy whose index it is, in the order
    /// of the windows.
    /// </summary>
    /// <param name="s">The sizes.</param>
    /// <param name="dy">What is to be spread, [Batch, OutHeight, OutWidth, Channels].</param>
    /// <param name="indices">Positions within an image, of dy's shape; a window's lies within the window, or is -1.</param>
    /// <param name="dx">Room for the result, [Batch, Height, Width, Channels].</param>
    public static void Scatter<T>(in PoolingShape s, T* dy, int* indices, T* dx) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            WorkerPool.Run(s.Batch, new ScatterImages<float> { S = s, Dy = (float*)dy, Dx = (float*)dx, Indices = indices });
        }
        else if (typeof(T) == typeof(double))
        {
            WorkerPool.Run(s.Batch, new ScatterImages<double> { S = s, Dy = (double*)dy, Dx = (double*)dx, Indices = indices });
        }
        else
        {
            Unsupported<T>();
        }
    }

    private static void Unsupported<T>() =>
        throw new NotSupportedException($"Pooling is of float or double, not {typeof(T).Name}.");

    /// <summary>A row of windows each.</summary>
    private struct MaxRows<T> : ISlices where T : unmanaged, IFloatingPointIeee754<T>
    {
        public PoolingShape S;
        public T* X;
        public T* Y;
        public int* Indices;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            int n = slice / S.OutHeight, oy = slice % S.OutHeight;
            T* image = X + ((nint)n * S.Height * S.Width * S.Channels);
            int top = (oy * S.StrideY) - S.PadTop, y0 = Math.Max(top, 0), y1 = Math.Min(top + S.WindowHeight, S.Height);
            nint at = (nint)slice * S.OutWidth * S.Channels;
            for (int ox = 0; ox < S.OutWidth; ox++)
            {
                int left = (ox * S.StrideX) - S.PadLeft, x0 = Math.Max(left, 0), x1 = Math.Min(left + S.WindowWidth, S.Width);
                for (int c = 0; c < S.Channels; c++)
                {
                    T best = T.NegativeInfinity;
                    int where = -1;
                    for (int y = y0; y < y1; y++)
                    {
                        for (int x = x0; x < x1; x++)
                        {
                            T value = image[(((nint)y * S.Width) + x) * S.Channels + c];
                            if (where < 0 || value > best || (T.IsNaN(value) && !T.IsNaN(best)))
                            {
                                best = value;
                                where = (y * S.Width) + x;
                            }
                        }
                    }

                    Y[at] = best;
                    if (Indices is not null)
                    {
                        Indices[at] = where;
                    }

                    at++;
                }
            }
        }
    }

    private struct GatherRows<T> : ISlices where T : unmanaged
    {
        public PoolingShape S;
        public T* X;
        public T* Y;
        public int* Indices;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            T* image = X + ((nint)(slice / S.OutHeight) * S.Height * S.Width * S.Channels);
            nint at = (nint)slice * S.OutWidth * S.Channels;
            for (int ox = 0; ox < S.OutWidth; ox++)
            {
                for (int c = 0; c < S.Channels; c++, at++)
                {
                    Y[at] = Indices[at] < 0 ? default : image[((nint)Indices[at] * S.Channels) + c];
                }
            }
        }
    }

    private struct ScatterImages<T> : ISlices where T : unmanaged, INumberBase<T>
    {
        public PoolingShape S;
        public T* Dy;
        public T* Dx;
        public int* Indices;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            nint size = (nint)S.Height * S.Width * S.Channels;
            T* image = Dx + (slice * size);
            for (nint i = 0; i < size; i++)
            {
                image[i] = T.Zero;
            }

            nint at = (nint)slice * S.OutHeight * S.OutWidth * S.Channels;
            nint end = at + ((nint)S.OutHeight * S.OutWidth * S.Channels);
            while (at < end)
            {
                for (int c = 0; c < S.Channels; c++, at++)
                {
                    if (Indices[at] >= 0)
                    {
                        image[((nint)Indices[at] * S.Channels) + c] += Dy[at];
                    }
                }
            }
        }
    }
}
