using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Functional.Kernels;

/// <summary>The strided copy, which transposes, slices, flips, repeats, pads and concatenates.</summary>
/// <remarks>
/// Contract: source and target are strided views of one shape; the elements of the target are distinct and do not overlap
/// the source. Any alignment. Large copies are cut into slices for the worker pool. Cost: a read and a write an element:
/// contiguous rows at the speed of memory, transposes through square tiles that fit the first-level cache.
/// </remarks>
public static unsafe class StridedKernels
{
    // Elements of a slice, and the side of the square tiles of a transpose.
    private const int Grain = 1 << 15;
    private const int Tile = 64;

    // Rows of at least this many bytes are copied one at a time.
    private const int LongRow = 512;

    /// <summary>Sets every element.</summary>
    public static void Fill<T>(Span<T> y, T value) where T : unmanaged
    {
        fixed (T* py = y)
        {
            WorkerPool.Run(Slicing.Count(y.Length, 1 << 18), new FillSlices<T>
            {
                Y = py,
                Length = y.Length,
                Value = value,
            });
        }
    }

    /// <summary>Copies a strided view to contiguous elements in row-major order.</summary>
    /// <exception cref="ArgumentException">The view reaches outside its elements, or y has another length than the
    /// shape.</exception>
    public static void Copy<T>(ReadOnlySpan<int> shape, in Operand<T> x, Span<T> y) where T : unmanaged
    {
        Check.Length(y.Length, StridedIterator.Size(shape));
        Span<int> strides = stackalloc int[shape.Length];
        int step = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= shape[i];
        }

        Copy(shape, x, y, 0, strides);
    }

    /// <summary>
    /// Copies a strided view to another of the same shape, whose elements must be distinct and must not overlap x.
    /// </summary>
    /// <exception cref="ArgumentException">A view reaches outside its elements.</exception>
    public static void Copy<T>(
        ReadOnlySpan<int> shape, in Operand<T> x, Span<T> y, int offset, ReadOnlySpan<int> strides)
        where T : unmanaged
    {
        StridedIterator.CheckReach(shape, x.Strides, x.Offset, x.Elements.Length);
        StridedIterator.CheckReach(shape, strides, offset, y.Length);
        if (StridedIterator.Size(shape) == 0)
        {
            return;
        }

        fixed (T* px = x.Elements, py = y)
        {
            CopySlices<T> copy = new() { X = px + x.Offset, Y = py + offset };
            copy.Plan(shape, x.Strides, strides);
            WorkerPool.Run(Slicing.Count(copy.Units, copy.UnitsPerSlice), copy);
        }
    }

    private struct FillSlices<T> : ISlices where T : unmanaged
    {
        public T* Y;
        public int Length;
        public T Value;

        public readonly void Run(int slice)
        {
            int start = slice << 18;
            new Span<T>(Y + start, Math.Min(1 << 18, Length - start)).Fill(Value);
        }
    }

    /// <summary>
    /// The copy as a loop over units. A unit is a row along the innermost axis, a piece of a long row, or several short
    /// rows; where x is contiguous along another axis than y, it is a strip of the plane of those two axes.
    /// </summary>
    private struct CopySlices<T> : ISlices where T : unmanaged
    {
        public T* X;
        public T* Y;
        public long Units;
        public long UnitsPerSlice;

        private int rank;
        private fixed int lengths[StridedIterator.MaxRank];
        private fixed int from[StridedIterator.MaxRank];
        private fixed int to[StridedIterator.MaxRank];
        private int across; // the axis along which x is contiguous, if it is not the innermost one; else -1
        private int plane; // short rows in a unit
        private int pieces; // units at each position on the outer axes
        private int piece; // length of a unit, along the innermost axis or along `across`

        public void Plan(ReadOnlySpan<int> shape, ReadOnlySpan<int> x, ReadOnlySpan<int> y)
        {
            MergeAxes(shape, x, y);
            int inner = rank - 1;
            across = -1;
            for (int i = 0; i < inner && from[inner] is not (0 or 1) && lengths[inner] >= 4; i++)
            {
                across = from[i] == 1 && lengths[i] >= 4 ? i : across;
            }

            CutUnits();
        }

        // Axes of length 1 go, and those that both views run through as one axis become one.
        private void MergeAxes(ReadOnlySpan<int> shape, ReadOnlySpan<int> x, ReadOnlySpan<int> y)
        {
            for (int i = 0; i < shape.Length; i++)
            {
                if (shape[i] == 1)
                {
                    continue;
                }

                if (rank > 0 && from[rank - 1] == (long)x[i] * shape[i] && to[rank - 1] == (long)y[i] * shape[i])
                {
                    lengths[rank - 1] *= shape[i];
                    rank--;
                }
                else
                {
                    lengths[rank] = shape[i];
                }

                from[rank] = x[i];
                to[rank] = y[i];
                rank++;
            }

            if (rank == 0)
            {
                lengths[rank++] = 1;
            }
        }

        private void CutUnits()
        {
            int inner = rank - 1;
            long outer = 1;
            for (int i = 0; i < inner; i++)
            {
                outer *= i == across ? 1 : lengths[i];
            }

            piece = across >= 0 ? Tile : Grain;
            pieces = Slicing.Count(lengths[across >= 0 ? across : inner], piece);
            Units = outer * pieces;
            long size = across >= 0
                ? (long)Math.Min(piece, lengths[across]) * lengths[inner]
                : Math.Min(piece, lengths[inner]);
            plane = 1;
            if (across < 0 && pieces == 1 && rank > 2 && lengths[inner - 1] * size <= Tile * Tile)
            {
                plane = lengths[inner - 1];
                size *= plane;
                Units /= plane;
            }

            UnitsPerSlice = Math.Max(1, Grain / size);
        }

        public readonly void Run(int slice)
        {
            long unit = slice * UnitsPerSlice;
            long last = Math.Min(unit + UnitsPerSlice, Units);
            if (across < 0 && pieces == 1 && rank > 1)
            {
                Planes(unit, last);
                return;
            }

            for (; unit < last; unit++)
            {
                Unit(unit);
            }
        }

        private readonly void Unit(long unit)
        {
            long position = unit / pieces;
            int start = (int)(unit % pieces) * piece;
            T* x = X;
            T* y = Y;
            for (int i = rank - 2; i >= 0; i--)
            {
                if (i != across)
                {
                    long index = position % lengths[i];
                    position /= lengths[i];
                    x += index * from[i];
                    y += index * to[i];
                }
            }

            int inner = rank - 1;
            if (across < 0)
            {
                int count = Math.Min(piece, lengths[inner] - start);
                Row(x + ((nint)start * from[inner]), from[inner], y + ((nint)start * to[inner]), to[inner], count);
            }
            else
            {
                int count = Math.Min(piece, lengths[across] - start);
                T* target = y + ((nint)start * to[across]);
                Plane(x + start, from[inner], target, to[across], to[inner], count, lengths[inner]);
            }
        }

        // Planes of whole rows, in the order of y's axes. Positions on the axes are incremented: to divide a counter for
        // each of them takes longer than to copy a short row.
        private readonly void Planes(long unit, long last)
        {
            int inner = rank - 1, second = plane > 1 ? rank - 3 : rank - 2;
            long* index = stackalloc long[rank];
            T* x = X;
            T* y = Y;
            long position = unit;
            for (int i = second; i >= 0; i--)
            {
                index[i] = position % lengths[i];
                position /= lengths[i];
                x += index[i] * from[i];
                y += index[i] * to[i];
            }

            nint nextX = from[second], nextY = to[second];
            nint rowX = from[inner - 1], rowY = to[inner - 1];
            while (unit < last)
            {
                nint planes = (nint)Math.Min(last - unit, lengths[second] - index[second]);
                for (nint i = 0; i < planes; i += Tile)
                {
                    // the rows of a plane make the outer loop, since there may be only two of them
                    nint count = Math.Min(Tile, planes - i);
                    for (nint j = 0; j < plane; j++)
                    {
                        Rows(x + (i * nextX) + (j * rowX), nextX, y + (i * nextY) + (j * rowY), nextY, count);
                    }
                }

                unit += planes;
                index[second] += planes;
                x += planes * nextX;
                y += planes * nextY;
                Carry(index, second, ref x, ref y);
            }
        }

        // Moves on along the outer axes where an axis has come to its end.
        private readonly void Carry(long* index, int axis, ref T* x, ref T* y)
        {
            for (int i = axis; i > 0 && index[i] == lengths[i]; i--)
            {
                index[i] = 0;
                index[i - 1]++;
                x += from[i - 1] - ((nint)lengths[i] * from[i]);
                y += to[i - 1] - ((nint)lengths[i] * to[i]);
            }
        }

        private readonly void Rows(T* x, nint nextX, T* y, nint nextY, nint rows)
        {
            nint length = lengths[rank - 1], stepX = from[rank - 1], stepY = to[rank - 1];
            if (stepX == 1 && stepY == 1 && length * sizeof(T) < LongRow)
            {
                ShortRows((byte*)x, nextX * sizeof(T), (byte*)y, nextY * sizeof(T), rows, length * sizeof(T));
                return;
            }

            for (nint i = 0; i < rows; i++)
            {
                Row(x + (i * nextX), stepX, y + (i * nextY), stepY, length);
            }
        }

        // Rows of `length` bytes, copied by vectors; the last vector of a row may overlap the one before.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void ShortRows(byte* x, nint nextX, byte* y, nint nextY, nint rows, nint length)
        {
            nint rest;
            if (length >= Vector256<byte>.Count)
            {
                WideRows(x, nextX, y, nextY, rows, length);
            }
            else if (length >= Vector128<byte>.Count)
            {
                rest = length - Vector128<byte>.Count;
                for (; rows > 0; rows--, x += nextX, y += nextY)
                {
                    Vector128.Store(Vector128.Load(x), y);
                    Vector128.Store(Vector128.Load(x + rest), y + rest);
                }
            }
            else if (length >= sizeof(long))
            {
                rest = length - sizeof(long);
                for (; rows > 0; rows--, x += nextX, y += nextY)
                {
                    Unsafe.WriteUnaligned(y, Unsafe.ReadUnaligned<long>(x));
                    Unsafe.WriteUnaligned(y + rest, Unsafe.ReadUnaligned<long>(x + rest));
                }
            }
            else
            {
                for (; rows > 0; rows--, x += nextX, y += nextY)
                {
                    for (nint i = 0; i < length; i += sizeof(T))
                    {
                        *(T*)(y + i) = *(T*)(x + i);
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void WideRows(byte* x, nint nextX, byte* y, nint nextY, nint rows, nint length)
        {
            nint rest = length - Vector256<byte>.Count;
            for (; rows > 0; rows--, x += nextX, y += nextY)
            {
                for (nint i = 0; i < rest; i += Vector256<byte>.Count)
                {
                    Vector256.Store(Vector256.Load(x + i), y + i);
                }

                Vector256.Store(Vector256.Load(x + rest), y + rest);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Row(T* x, nint stepX, T* y, nint stepY, nint n)
        {
            if (stepX == 1 && stepY == 1)
            {
                Buffer.MemoryCopy(x, y, n * sizeof(T), n * sizeof(T));
            }
            else if (stepX == 0 && stepY == 1)
            {
                new Span<T>(y, (int)n).Fill(*x);
            }
            else
            {
                for (nint i = 0; i < n; i++)
                {
                    y[i * stepY] = x[i * stepX];
                }
            }
        }

        // Copies x[i + j * stepX] to y[i * rowY + j * stepY], in squares whose rows fit the first-level cache on both
        // sides.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Plane(T* x, nint stepX, T* y, nint rowY, nint stepY, nint n, nint m)
        {
            const int Square = 16;
            for (nint j0 = 0; j0 < m; j0 += Square)
            {
                nint j1 = Math.Min(j0 + Square, m);
                for (nint i = 0; i < n; i++)
                {
                    T* to = y + (i * rowY);
                    T* from = x + i;
                    for (nint j = j0; j < j1; j++)
                    {
                        to[j * stepY] = from[j * stepX];
                    }
                }
            }
        }
    }
}
