using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>
/// Sizes of a 2-D pooling: x [Batch, Height, Width, Channels], y [Batch, OutHeight, OutWidth, Channels], both
/// contiguous and row by row. The window of y[n, oy, ox, c] starts at row oy * StrideY - PadTop and column
/// ox * StrideX - PadLeft of x; what of it lies outside x does not count. A 1-D pooling has a height of 1.
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
/// Max pooling of float32 or float64, channels last, with the index of each maximum (y * Width + x within the image), and
/// gather and scatter by such indices.
/// </summary>
/// <remarks>
/// Contract: contiguous arrays in row-major order; pointers stay valid during the call; results overlap no input. Any
/// alignment. Rows of windows run on the worker pool, whole images where windows overlap and are scattered; each
/// element is computed in one order. Cost: one comparison for each element of each window.
/// </remarks>
public static unsafe class Pooling
{
    /// <summary>
    /// The largest element of each window, the first of equal ones; NaN counts as the largest, as in PyTorch. A window
    /// that lies outside x gives minus infinity and the index -1.
    /// </summary>
    /// <param name="s">The sizes.</param>
    /// <param name="x">The images, [Batch, Height, Width, Channels].</param>
    /// <param name="y">Room for the result, [Batch, OutHeight, OutWidth, Channels].</param>
    /// <param name="indices">Room for the index of each maximum, of y's shape; or null.</param>
    public static void Max<T>(in PoolingShape s, T* x, T* y, int* indices) where T : unmanaged =>
        Run(new Windows<T> { S = s, Kind = PoolingKind.Max, X = x, Y = y, Indices = indices });

    /// <summary>y[n, oy, ox, c] = x[n, indices[n, oy, ox, c], c]; 0 where the index is -1.</summary>
    /// <param name="s">The sizes.</param>
    /// <param name="x">The images, [Batch, Height, Width, Channels].</param>
    /// <param name="indices">
    /// Positions within an image, [Batch, OutHeight, OutWidth, Channels]; a window's lies within the window, or is -1.
    /// </param>
    /// <param name="y">Room for the result, [Batch, OutHeight, OutWidth, Channels].</param>
    public static void Gather<T>(in PoolingShape s, T* x, int* indices, T* y) where T : unmanaged =>
        Run(new Windows<T> { S = s, Kind = PoolingKind.Gather, X = x, Y = y, Indices = indices });

    /// <summary>
    /// The transpose of Gather: each element of dx is the sum of the dy whose index it is, in the order of the windows; 0
    /// without any. Writes every element.
    /// </summary>
    /// <param name="s">The sizes.</param>
    /// <param name="dy">The values to scatter, [Batch, OutHeight, OutWidth, Channels].</param>
    /// <param name="indices">
    /// Positions within an image, of dy's shape; a window's lies within the window, or is -1.
    /// </param>
    /// <param name="dx">Room for the result, [Batch, Height, Width, Channels].</param>
    public static void Scatter<T>(in PoolingShape s, T* dy, int* indices, T* dx) where T : unmanaged =>
        Run(new Windows<T> { S = s, Kind = PoolingKind.Scatter, X = dx, Y = dy, Indices = indices });

    // Vectors no wider than the channels.
    private static SimdLevel LevelFor(int channels, int size)
    {
        SimdLevel level = KernelScope.Level;
        while (level > SimdLevel.Portable && channels < (16 << (int)level) / size)
        {
            level--;
        }

        return level;
    }

    private static void Run<T>(Windows<T> windows) where T : unmanaged
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            throw new NotSupportedException($"Pooling is of float or double, not {typeof(T).Name}.");
        }

        int channels = windows.S.Channels;
        if (windows.S.Batch == 0 || channels == 0)
        {
            return;
        }

        int slices = windows.Cut();
        SimdLevel level = LevelFor(channels, sizeof(T));
        if (level == SimdLevel.Avx512)
        {
            WorkerPool.Run(slices, new VectorWindows<T, Vector512<T>, Simd512<T>> { W = windows });
        }
        else if (level == SimdLevel.Avx2)
        {
            WorkerPool.Run(slices, new VectorWindows<T, Vector256<T>, Simd256<T>> { W = windows });
        }
        else if (channels >= Vector128<T>.Count)
        {
            WorkerPool.Run(slices, new VectorWindows<T, Vector128<T>, Simd128<T>> { W = windows });
        }
        else if (typeof(T) == typeof(float))
        {
            WorkerPool.Run(slices, new FewChannels<float> { W = windows.As<float>() });
        }
        else
        {
            WorkerPool.Run(slices, new FewChannels<double> { W = windows.As<double>() });
        }
    }
}
