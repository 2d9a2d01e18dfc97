using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Images, of which windows are read that may reach beyond their edges, where there are zeros.</summary>
internal unsafe struct WinogradImages<T> where T : unmanaged
{
    public T* Start;
    public int Height;
    public int Width;
    public int Channels;

    /// <summary>From one row of pixels to the next, in elements.</summary>
    public readonly nint Row => (nint)Width * Channels;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T* Pixel(int image, int y, int x) =>
        Start + ((((nint)image * Height) + y) * Row) + ((nint)x * Channels);

    /// <summary>Whether so many pixels down and across from (y, x) on are all inside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Inside(int y, int x, int size) =>
        (y | x) >= 0 && y + size <= Height && x + size <= Width;

    /// <summary>Where these pixels stand, row by row; those outside are zeros.</summary>
    public readonly void Window(int image, int y, int x, int size, T* zeros, T** pixels)
    {
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                bool inside = (uint)(y + i) < (uint)Height && (uint)(x + j) < (uint)Width;
                *pixels++ = inside ? Pixel(image, y + i, x + j) : zeros;
            }
        }
    }
}

/// <summary>
/// A 3 by 3 correlation of steps of 1 in tiles of 2 by 2 pixels of its result. Lines of tiles, of one image after the
/// other, are what is cut into slices.
/// </summary>
internal unsafe struct WinogradTiles<T> where T : unmanaged
{
    private const double TransformCost = 7; // of a channel of a tile, in multiplications for each of its 16 elements
    private const int KernelCost = 24; // of the kernel's transform, in tiles
    private const double Gain = 1.1; // that is worth more rounding

    public WinogradImages<T> Source;
    public WinogradImages<T> Result;
    public int Batch;
    public int PadTop;
    public int PadLeft;

    /// <summary>Lines of tiles in an image.</summary>
    public readonly int Lines => (Result.Height + 1) / 2;

    /// <summary>Tiles in a line.</summary>
    public readonly int Columns => (Result.Width + 1) / 2;

    public readonly long Tiles => (long)Batch * Lines * Columns;

    /// <summary>Forward: the result is y.</summary>
    public static WinogradTiles<T> Forward(in ConvolutionShape s, T* x, T* y) =>
        new()
        {
            Source = new() { Start = x, Height = s.Height, Width = s.Width, Channels = s.Channels },
            Result = new() { Start = y, Height = s.OutHeight, Width = s.OutWidth, Channels = s.Filters },
            Batch = s.Batch,
            PadTop = s.PadTop,
            PadLeft = s.PadLeft,
        };

    /// <summary>The gradient of x: a correlation of that of y with the kernel, turned round.</summary>
    public static WinogradTiles<T> InputGradient(in ConvolutionShape s, T* dy, T* dx)
    {
        WinogradTiles<T> tiles = Forward(s, dx, dy);
        (tiles.Source, tiles.Result) = (tiles.Result, tiles.Source);
        tiles.PadTop = 2 - s.PadTop;
        tiles.PadLeft = 2 - s.PadLeft;
        return tiles;
    }

    /// <summary>
    /// Whether this way is the shorter one, for kernels that fit and channels that fill vectors of so many: the
    /// multiplications saved must outweigh the transforms, whose cost grows with channels and filters, and not with
    /// their product.
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
        return 16.0 * (Tiles + KernelCost) * (products + transforms) * Gain < taps * products;
    }

    /// <summary>How often a tap of a line of three meets an element of the source.</summary>
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

/// <summary>Goes from tile to tile.</summary>
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
