using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

/// <summary>
/// Packs the kernel into panels of columns; the rows of a panel follow each other, taps in the order of their axes, then the
/// channels of the source. A slice is a few taps.
/// </summary>
internal unsafe struct CorrelationPacking<T, V, S> : ISlices
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    public CorrelationDriver<T, V, S>.Cut Cut;
    public int Taps;
    public int Grain;

    public readonly void Run(int slice)
    {
        int end = Slicing.End(slice, Grain, Taps * Cut.C.Groups);
        for (int task = slice * Grain; task < end; task++)
        {
            Pack(task / Taps, task % Taps);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Pack(int group, int tap)
    {
        Correlation<T> c = Cut.C;
        int depth = c.Depth, wide = 2 * S.Count, side = Cut.StepsPerVector, filters = c.Filters;
        nint row = (nint)((c.Y.Order[tap / c.X.Taps] * c.X.Taps) + c.X.Order[tap % c.X.Taps]) * (depth / side);
        for (int panel = 0; panel < Cut.Panels; panel++)
        {
            int start = panel * wide, here = Math.Min(wide, c.Width - start), width = here > S.Count ? wide : S.Count;
            T* to = Cut.B + (Cut.Rows * (((nint)group * Cut.PackedColumns) + start)) + (row * width);
            if (here * side < width)
            {
                new Span<T>(to, depth / side * width).Clear();
            }

            // columns are filters forward, channels backward
            T* from = c.Backward
                ? c.Kernel + ((((nint)tap * c.Width) + start) * filters) + (group * depth)
                : c.Kernel + ((nint)tap * depth * filters) + (group * c.Width) + start;
            if (side > 1)
            {
                nint step = c.Backward ? 1 : filters, stepColumn = c.Backward ? filters : 1;
                Interleave(from, step, stepColumn, to, depth, here, side);
            }
            else if (c.Backward)
            {
                Transpose(from, filters, to, width, here, depth);
            }
            else
            {
                for (int d = 0; d < depth; d++)
                {
                    new Span<T>(from + ((nint)d * filters), here).CopyTo(new Span<T>(to + ((nint)d * width), here));
                }
            }
        }
    }

    /// <summary>Interleaves steps of k: each packed row holds several, those of one column side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Interleave(T* from, nint step, nint stepColumn, T* to, int depth, int columns, int side)
    {
        for (int d = 0; d < depth; d += side)
        {
            for (int j = 0; j < columns; j++)
            {
                T* column = from + (j * stepColumn) + (d * step);
                for (int i = 0; i < side; i++)
                {
                    to[(j * side) + i] = column[i * step];
                }
            }

            to += S.Count;
        }
    }

    /// <summary>to[d, j] = from[j, d] for the rows j and columns d of <paramref name="from"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(T* from, nint fromRow, T* to, nint toRow, int rows, int columns)
    {
        int j = 0;
        if (Sse.IsSupported && typeof(T) == typeof(float))
        {
            for (; j <= rows - 4; j += 4)
            {
                float* source = (float*)(from + (j * fromRow)), target = (float*)to + j;
                int d = 0;
                for (; d <= columns - 4; d += 4, source += 4, target += 4 * toRow)
                {
                    Vector128<float> r0 = Vector128.Load(source), r1 = Vector128.Load(source + fromRow);
                    Vector128<float> r2 = Vector128.Load(source + (2 * fromRow));
                    Vector128<float> r3 = Vector128.Load(source + (3 * fromRow));
                    Vector128<float> low01 = Sse.UnpackLow(r0, r1), high01 = Sse.UnpackHigh(r0, r1);
                    Vector128<float> low23 = Sse.UnpackLow(r2, r3), high23 = Sse.UnpackHigh(r2, r3);
                    Sse.MoveLowToHigh(low01, low23).Store(target);
                    Sse.MoveHighToLow(low23, low01).Store(target + toRow);
                    Sse.MoveLowToHigh(high01, high23).Store(target + (2 * toRow));
                    Sse.MoveHighToLow(high23, high01).Store(target + (3 * toRow));
                }

                for (; d < columns; d++)
                {
                    for (int i = 0; i < 4; i++)
                    {
                        to[(d * toRow) + j + i] = from[((j + i) * fromRow) + d];
                    }
                }
            }
        }

        for (; j < rows; j++)
        {
            for (int d = 0; d < columns; d++)
            {
                to[(d * toRow) + j] = from[(j * fromRow) + d];
            }
        }
    }
}
