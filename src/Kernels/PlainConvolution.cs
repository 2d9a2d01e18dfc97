using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Convolutions of any sizes in plain loops.</summary>
internal static unsafe class PlainConvolution<T> where T : unmanaged, INumberBase<T>
{
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;

    public static void Forward(in ConvolutionShape s, T* x, T* kernel, T* y, Epilogue? epilogue)
    {
        if (s.OutWidth != 0 && s.Filters != 0)
        {
            WorkerPool.Run(s.Batch * s.OutHeight, new ForwardRows { S = s, X = x, Kernel = kernel, Y = y, Epilogue = epilogue });
        }
    }

    public static void InputGradient(in ConvolutionShape s, T* dy, T* kernel, T* dx, Epilogue? epilogue)
    {
        if (s.Width != 0 && s.Channels != 0)
        {
            WorkerPool.Run(s.Batch * s.Height, new BackwardRows { S = s, Dy = dy, Kernel = kernel, Dx = dx, Epilogue = epilogue });
        }
    }

    public static void KernelGradient(in ConvolutionShape s, T* x, T* dy, T* dkernel)
    {
        if (s.Filters != 0)
        {
            WorkerPool.Run(
                s.KernelHeight * s.KernelWidth * s.GroupChannels, new KernelRows { S = s, X = x, Dy = dy, Dkernel = dkernel });
        }
    }

    /// <summary>A row of y each.</summary>
    private struct ForwardRows : ISlices
    {
        public ConvolutionShape S;
        public T* X;
        public T* Kernel;
        public T* Y;
        public Epilogue? Epilogue;

        [MethodImpl(Hot)]
        public readonly void Run(int slice)
        {
            int n = slice / S.OutHeight, oy = slice % S.OutHeight;
            T* y = Y + ((nint)slice * S.OutWidth * S.Filters);
            for (int ox = 0; ox < S.OutWidth; ox++)
            {
                Pixel(n, oy, ox, y);
                y += S.Filters;
            }

            Epilogue?.Run((long)slice * S.OutWidth, S.OutWidth, 0, S.Filters);
        }

        [MethodImpl(Hot)]
        private readonly void Pixel(int n, int oy, int ox, T* y)
        {
            int channels = S.GroupChannels, filters = S.GroupFilters;
            new Span<T>(y, S.Filters).Clear();
            for (int ky = 0; ky < S.KernelHeight; ky++)
            {
                int iy = (oy * S.StrideY) + (ky * S.DilationY) - S.PadTop;
                for (int kx = 0; kx < S.KernelWidth && iy >= 0 && iy < S.Height; kx++)
                {
                    int ix = (ox * S.StrideX) + (kx * S.DilationX) - S.PadLeft;
                    if (ix < 0 || ix >= S.Width)
                    {
                        continue;
                    }

                    T* x = X + ((((nint)n * S.Height + iy) * S.Width + ix) * S.Channels);
                    T* kernel = Kernel + (((nint)ky * S.KernelWidth + kx) * channels * S.Filters);
                    for (int g = 0; g < S.Groups; g++)
                    {
                        for (int c = 0; c < channels; c++)
                        {
                            T value = x[g * channels + c];
                            T* row = kernel + ((nint)c * S.Filters);
                            for (int f = g * filters; f < (g + 1) * filters; f++)
                            {
                                y[f] += value * row[f];
                            }
                        }
                    }
                }
            }
        }
    }

    /// <summary>A row of dx each.</summary>
    private struct BackwardRows : ISlices
    {
        public ConvolutionShape S;
        public T* Dy;
        public T* Kernel;
        public T* Dx;
        public Epilogue? Epilogue;

        [MethodImpl(Hot)]
        public readonly void Run(int slice)
        {
            int n = slice / S.Height, iy = slice % S.Height;
            T* dx = Dx + ((nint)slice * S.Width * S.Channels);
            for (int ix = 0; ix < S.Width; ix++)
            {
                Pixel(n, iy, ix, dx);
                dx += S.Channels;
            }

            Epilogue?.Run((long)slice * S.Width, S.Width, 0, S.Channels);
        }

        [MethodImpl(Hot)]
        private readonly void Pixel(int n, int iy, int ix, T* dx)
        {
            int channels = S.GroupChannels, filters = S.GroupFilters;
            new Span<T>(dx, S.Channels).Clear();
            for (int ky = 0; ky < S.KernelHeight; ky++)
            {
                int top = iy + S.PadTop - (ky * S.DilationY);
                int oy = top / S.StrideY;
                for (int kx = 0; kx < S.KernelWidth && top >= 0 && top % S.StrideY == 0 && oy < S.OutHeight; kx++)
                {
                    int left = ix + S.PadLeft - (kx * S.DilationX);
                    int ox = left / S.StrideX;
                    if (left < 0 || left % S.StrideX != 0 || ox >= S.OutWidth)
                    {
                        continue;
                    }

                    T* dy = Dy + ((((nint)n * S.OutHeight + oy) * S.OutWidth + ox) * S.Filters);
                    T* kernel = Kernel + (((nint)ky * S.KernelWidth + kx) * channels * S.Filters);
                    for (int g = 0; g < S.Groups; g++)
                    {
                        for (int c = 0; c < channels; c++)
                        {
                            T* row = kernel + ((nint)c * S.Filters);
                            T sum = T.Zero;
                            for (int f = g * filters; f < (g + 1) * filters; f++)
                            {
                                sum += dy[f] * row[f];
                            }

                            dx[g * channels + c] += sum;
                        }
                    }
                }
            }
        }
    }

    /// <summary>The filters of one position and channel of the kernel each.</summary>
    private struct KernelRows : ISlices
    {
        public ConvolutionShape S;
        public T* X;
        public T* Dy;
        public T* Dkernel;

        [MethodImpl(Hot)]
        public readonly void Run(int slice)
        {
            int channels = S.GroupChannels, filters = S.GroupFilters;
            int c = slice % channels, kx = slice / channels % S.KernelWidth, ky = slice / channels / S.KernelWidth;
            T* sum = Dkernel + ((nint)slice * S.Filters);
            new Span<T>(sum, S.Filters).Clear();
            for (int n = 0; n < S.Batch; n++)
            {
                for (int oy = 0; oy < S.OutHeight; oy++)
                {
                    int iy = (oy * S.StrideY) + (ky * S.DilationY) - S.PadTop;
                    if (iy < 0 || iy >= S.Height)
                    {
                        continue;
                    }

                    for (int ox = 0; ox < S.OutWidth; ox++)
                    {
                        int ix = (ox * S.StrideX) + (kx * S.DilationX) - S.PadLeft;
                        if (ix < 0 || ix >= S.Width)
                        {
                            continue;
                        }

                        T* x = X + ((((nint)n * S.Height + iy) * S.Width + ix) * S.Channels) + c;
                        T* dy = Dy + ((((nint)n * S.OutHeight + oy) * S.OutWidth + ox) * S.Filters);
                        for (int g = 0; g < S.Groups; g++)
                        {
                            T value = x[g * channels];
                            for (int f = g * filters; f < (g + 1) * filters; f++)
                            {
                                sum[f] += value * dy[f];
                            }
                        }
                    }
                }
            }
        }
    }
}
