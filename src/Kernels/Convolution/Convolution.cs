using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>
/// Sizes of a 2-D convolution: x [Batch, Height, Width, Channels], kernel [KernelHeight, KernelWidth,
/// Channels / Groups, Filters], y [Batch, OutHeight, OutWidth, Filters], all contiguous and row by row.
/// y[n, oy, ox, f] is the sum over ky, kx and c of
/// x[n, oy * StrideY + ky * DilationY - PadTop, ox * StrideX + kx * DilationX - PadLeft, c] * kernel[ky, kx, c, f]: a
/// cross-correlation, as in Keras and PyTorch. Positions outside x count as 0. The filters of group g are the g-th
/// Filters / Groups of them; they see the g-th Channels / Groups channels. A 1-D convolution has a height of 1.
/// </summary>
/// <param name="Batch">The number of images.</param>
/// <param name="Height">Rows of x.</param>
/// <param name="Width">Columns of x.</param>
/// <param name="Channels">Channels of x, a multiple of Groups.</param>
/// <param name="KernelHeight">Rows of the kernel.</param>
/// <param name="KernelWidth">Columns of the kernel.</param>
/// <param name="OutHeight">Rows of y.</param>
/// <param name="OutWidth">Columns of y.</param>
/// <param name="Filters">Channels of y, a multiple of Groups.</param>
/// <param name="StrideY">Rows of x from one row of y to the next, at least 1.</param>
/// <param name="StrideX">Columns of x from one column of y to the next, at least 1.</param>
/// <param name="PadTop">Rows of zeros above x.</param>
/// <param name="PadLeft">Columns of zeros to the left of x.</param>
/// <param name="DilationY">Rows of x from one row of the kernel to the next, at least 1.</param>
/// <param name="DilationX">Columns of x from one column of the kernel to the next, at least 1.</param>
/// <param name="Groups">The number of groups, at least 1.</param>
public readonly record struct ConvolutionShape(
    int Batch, int Height, int Width, int Channels,
    int KernelHeight, int KernelWidth, int OutHeight, int OutWidth, int Filters,
    int StrideY, int StrideX, int PadTop, int PadLeft, int DilationY, int DilationX, int Groups)
{
    /// <summary>Channels of x that a filter sees.</summary>
    internal int GroupChannels => Channels / Groups;

    /// <summary>Filters of a group.</summary>
    internal int GroupFilters => Filters / Groups;
}

/// <summary>
/// Convolutions of float32 or float64, channels last, and their gradients with respect to the input and the kernel.
/// </summary>
/// <remarks>
/// Contract: contiguous arrays in row-major order; pointers stay valid during the call; the result overlaps no input. Any
/// alignment. Images, or rows of images, run on the worker pool; each element is summed in an order that depends
/// on the sizes alone, so that its bits are the same on any number of threads. Cost: 2 FLOPs for each tap, channel, filter
/// and output pixel by the definition. In float32, 3 by 3 kernels over many channels use Winograd's algorithm where that is
/// faster (a quarter of the multiplications); its rounding errors are some millionths of the largest elements around, where
/// the definition's are relative to each element's own terms.
/// </remarks>
public static unsafe class Convolution
{
    /// <summary>The convolution: writes every element of y.</summary>
    /// <param name="s">The sizes.</param>
    /// <param name="x">The images, [Batch, Height, Width, Channels].</param>
    /// <param name="kernel">The kernel, [KernelHeight, KernelWidth, Channels / Groups, Filters].</param>
    /// <param name="y">Room for the result, [Batch, OutHeight, OutWidth, Filters].</param>
    /// <param name="epilogue">Run on y's blocks: rows are pixels of all images, columns are filters.</param>
    public static void Forward<T>(in ConvolutionShape s, T* x, T* kernel, T* y, Epilogue? epilogue = null)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            if (!Winograd(Direction.Forward, s, (float*)x, (float*)kernel, (float*)y, epilogue))
            {
                Correlate(Correlation<float>.Forward(s, (float*)x, (float*)kernel, (float*)y, epilogue));
            }
        }
        else if (typeof(T) == typeof(double))
        {
            Correlate(Correlation<double>.Forward(s, (double*)x, (double*)kernel, (double*)y, epilogue));
        }
        else
        {
            Unsupported<T>();
        }
    }

    /// <summary>
    /// The gradient with respect to x, from that with respect to y: the transpose of Forward as a function of x. Writes every
    /// element.
    /// </summary>
    /// <param name="s">The sizes of the convolution.</param>
    /// <param name="dy">The gradient of y, [Batch, OutHeight, OutWidth, Filters].</param>
    /// <param name="kernel">The kernel, [KernelHeight, KernelWidth, Channels / Groups, Filters].</param>
    /// <param name="dx">Room for the result, [Batch, Height, Width, Channels].</param>
    /// <param name="epilogue">Run on dx's blocks: rows are pixels of all images, columns are channels.</param>
    public static void InputGradient<T>(in ConvolutionShape s, T* dy, T* kernel, T* dx, Epilogue? epilogue = null)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            if (!Winograd(Direction.InputGradient, s, (float*)dy, (float*)kernel, (float*)dx, epilogue))
            {
                Correlate(Correlation<float>.InputGradient(s, (float*)dy, (float*)kernel, (float*)dx, epilogue));
            }
        }
        else if (typeof(T) == typeof(double))
        {
            Correlate(Correlation<double>.InputGradient(s, (double*)dy, (double*)kernel, (double*)dx, epilogue));
        }
        else
        {
            Unsupported<T>();
        }
    }

    /// <summary>The gradient with respect to the kernel, from x and the gradient of y. Writes every element.</summary>
    /// <param name="s">The sizes of the convolution.</param>
    /// <param name="x">The images, [Batch, Height, Width, Channels].</param>
    /// <param name="dy">The gradient of y, [Batch, OutHeight, OutWidth, Filters].</param>
    /// <param name="dkernel">Room for the result, [KernelHeight, KernelWidth, Channels / Groups, Filters].</param>
    public static void KernelGradient<T>(in ConvolutionShape s, T* x, T* dy, T* dkernel)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            if (!Winograd(Direction.KernelGradient, s, (float*)x, (float*)dy, (float*)dkernel, null))
            {
                KernelSums(s, (float*)x, (float*)dy, (float*)dkernel);
            }
        }
        else if (typeof(T) == typeof(double))
        {
            KernelSums(s, (double*)x, (double*)dy, (double*)dkernel);
        }
        else
        {
            Unsupported<T>();
        }
    }

    private enum Direction
    {
        Forward,
        InputGradient,
        KernelGradient,
    }

    /// <summary>
    /// Computes one of the three arrays from the other two by Winograd's algorithm, where it applies and saves work. Its
    /// rounding errors are larger than the definition's, so it is used for float32 only.
    /// </summary>
    private static bool Winograd(
        Direction direction, in ConvolutionShape s, float* a, float* b, float* c, Epilogue? epilogue) =>
        KernelScope.Level switch
        {
            SimdLevel.Avx512 => Winograd<Vector512<float>, Simd512<float>>(direction, s, a, b, c, epilogue),
            SimdLevel.Avx2 => Winograd<Vector256<float>, Simd256<float>>(direction, s, a, b, c, epilogue),
            _ => Winograd<Vector128<float>, Simd128<float>>(direction, s, a, b, c, epilogue),
        };

    private static bool Winograd<V, S>(
        Direction direction, in ConvolutionShape s, float* a, float* b, float* c, Epilogue? epilogue)
        where V : unmanaged
        where S : ISimd<float, V> =>
        direction switch
        {
            Direction.Forward => WinogradDriver<V, S>.Forward(s, a, b, c, epilogue),
            Direction.InputGradient => WinogradDriver<V, S>.InputGradient(s, a, b, c, epilogue),
            _ => WinogradKernelGradient<V, S>.Run(s, a, b, c),
        };

    private static void Correlate<T>(in Correlation<T> c) where T : unmanaged
    {
        SimdLevel level = KernelScope.Level;
        while (c.Depthwise && level > SimdLevel.Portable && c.Channels < (16 << (int)level) / sizeof(T))
        {
            // use vectors no wider than the channels
            level--;
        }

        switch (level)
        {
            case SimdLevel.Avx512:
                CorrelationDriver<T, Vector512<T>, Simd512<T>>.Run(c);
                break;
            case SimdLevel.Avx2:
                CorrelationDriver<T, Vector256<T>, Simd256<T>>.Run(c);
                break;
            case SimdLevel.Portable:
            default:
                CorrelationDriver<T, Vector128<T>, Simd128<T>>.Run(c);
                break;
        }
    }

    private static void KernelSums<T>(in ConvolutionShape s, T* x, T* dy, T* dkernel) where T : unmanaged
    {
        switch (KernelScope.Level)
        {
            case SimdLevel.Avx512:
                KernelGradientDriver<T, Vector512<T>, Simd512<T>>.Run(s, x, dy, dkernel);
                break;
            case SimdLevel.Avx2:
                KernelGradientDriver<T, Vector256<T>, Simd256<T>>.Run(s, x, dy, dkernel);
                break;
            case SimdLevel.Portable:
            default:
                KernelGradientDriver<T, Vector128<T>, Simd128<T>>.Run(s, x, dy, dkernel);
                break;
        }
    }

    private static void Unsupported<T>() =>
        throw new NotSupportedException($"Convolutions are of float or double, not {typeof(T).Name}.");
}
