using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>Images, read in windows that may reach beyond their edges, where they are zero.</summary>
internal unsafe struct WinogradImages
{
    public float* Start;
    public int Height;
    public int Width;
    public int Channels;

    /// <summary>The stride of rows of pixels, in elements.</summary>
    public readonly nint Row => (nint)Width * Channels;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float* Pixel(int image, int y, int x) =>
        Start + ((((nint)image * Height) + y) * Row) + ((nint)x * Channels);

    /// <summary>Whether the square of pixels from (y, x) on lies inside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Inside(int y, int x, int size) =>
        (y | x) >= 0 && y + size <= Height && x + size <= Width;

    /// <summary>Prefetches the pixels of a tile from (y, x) on into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Fetch(int image, int y, int x)
    {
        const int Line = 64 / sizeof(float);
        if (!Sse.IsSupported)
        {
            return;
        }

        int right = Math.Min(x + WinogradTiles.Step, Width);
        for (int i = Math.Max(y, 0); i < Math.Min(y + WinogradTiles.Step, Height); i++)
        {
            float* end = Pixel(image, i, right);
            for (float* at = Pixel(image, i, Math.Max(x, 0)); at < end; at += Line)
            {
                Sse.Prefetch1(at);
            }
        }
    }

    /// <summary>The addresses of a square of pixels, row by row; zeros stand for those outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Window(int image, int y, int x, int size, float* zeros, float** pixels)
    {
        bool inside = Inside(y, x, size);
        for (int i = 0; i < size; i++)
        {
            float* row = Pixel(image, y + i, x);
            bool insideRow = inside || (uint)(y + i) < (uint)Height;
            for (int j = 0; j < size; j++, row += Channels)
            {
                *pixels++ = inside || (insideRow && (uint)(x + j) < (uint)Width) ? row : zeros;
            }
        }
    }
}

/// <summary>
/// A 3 by 3 correlation with strides of 1, in tiles of 4 by 4 pixels of its result. Slices are ranges of lines of tiles,
/// counted image after image.
/// </summary>
internal unsafe struct WinogradTiles
{
    /// <summary>Rows and columns of a tile of the result.</summary>
    public const int Step = 4;

    /// <summary>Rows and columns of a tile of the source.</summary>
    public const int Size = Step + 2;

    /// <summary>Elements of a transformed tile.</summary>
    public const int Planes = Size * Size;

    private const double TransformCost = 8; // of one channel of a tile, in multiplications an element
    private const int KernelCost = 12; // cost of the kernel's transform, in tiles
    private const double Gain = 1.1; // the least gain in speed that is worth the larger rounding errors

    public WinogradImages Source;
    public WinogradImages Result;
    public int Batch;
    public int PadTop;
    public int PadLeft;

    /// <summary>Lines of tiles in an image.</summary>
    public readonly int Lines => (Result.Height + Step - 1) / Step;

    /// <summary>Tiles in a line.</summary>
    public readonly int Columns => (Result.Width + Step - 1) / Step;

    public readonly long Tiles => (long)Batch * Lines * Columns;

    /// <summary>Forward: the result is y.</summary>
    public static WinogradTiles Forward(in ConvolutionShape s, float* x, float* y) =>
        new()
        {
            Source = new() { Start = x, Height = s.Height, Width = s.Width, Channels = s.Channels },
            Result = new() { Start = y, Height = s.OutHeight, Width = s.OutWidth, Channels = s.Filters },
            Batch = s.Batch,
            PadTop = s.PadTop,
            PadLeft = s.PadLeft,
        };

    /// <summary>Input gradient: a correlation of the gradient of y with the rotated kernel.</summary>
    public static WinogradTiles InputGradient(in ConvolutionShape s, float* dy, float* dx)
    {
        WinogradTiles tiles = Forward(s, dx, dy);
        (tiles.Source, tiles.Result) = (tiles.Result, tiles.Source);
        tiles.PadTop = 2 - s.PadTop;
        tiles.PadLeft = 2 - s.PadLeft;
        return tiles;
    }

    /// <summary>
    /// Whether Winograd's algorithm is faster, for 3 by 3 kernels and channels that fill vectors: the multiplications saved
    /// must outweigh the transforms, whose cost grows with the sum of channels and filters instead of their product.
    /// </summary>
    public readonly bool Pays(in ConvolutionShape s, int vector)
    {
        bool fits = s.KernelHeight == 3 && s.KernelWidth == 3 && s.Groups == 1
            && s.StrideY == 1 && s.StrideX == 1 && s.DilationY == 1 && s.DilationX == 1;
        if (!fits || s.Channels < vector || s.Filters < vector)
        {
            return false;
        }

        double products = (double)s.Channels * s.Filters, transforms = TransformCost * (s.Channels + s.Filters);
        double taps = (double)Batch * Taps(Result.Height, Source.Height, PadTop)
            * Taps(Result.Width, Source.Width, PadLeft);
        return Planes * (double)(Tiles + KernelCost) * (products + transforms) * Gain < taps * products;
    }

    /// <summary>The number of pairs of a tap, of a line of three, and an element of the source that meet.</summary>
    private static long Taps(int result, int source, int pad)
    {
        long count = 0;
        for (int tap = 0; tap < 3; tap++)
        {
            count += Math.Max(0, Math.Min(result, source + pad - tap) - Math.Max(0, pad - tap));
        }

        return count;
    }
}

/// <summary>Iterates over tiles.</summary>
internal struct WinogradPlace
{
    private readonly int lines;
    private readonly int columns;

    public int Image;
    public int Line;
    public int Column;

    public WinogradPlace(long line, int lines, int columns)
    {
        this.lines = lines;
        this.columns = columns;
        Image = (int)(line / lines);
        Line = (int)(line % lines);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Next()
    {
        if (++Column == columns)
        {
            Column = 0;
            if (++Line == lines)
            {
                Line = 0;
                Image++;
            }
        }
    }
}
