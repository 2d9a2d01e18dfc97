using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>The layout of the sums of a kernel gradient: what their rows and columns are.</summary>
internal enum KernelForm
{
    /// <summary>Rows are taps and channels, columns filters.</summary>
    Filters,

    /// <summary>Rows are filters; columns are the channels of a row of taps, or of a tap.</summary>
    Channels,

    /// <summary>For each filter, rows are taps, columns channels: vectors of x times single elements of dy.</summary>
    Taps,

    /// <summary>Each channel is a group of its own, with one filter: rows are taps, columns channels.</summary>
    Depthwise,
}

/// <summary>
/// The gradient of a convolution with respect to its kernel: a product in which k runs over the pixels of the result. Its
/// rows and columns have the layout (see <see cref="KernelForm"/>) that leaves the fewest lanes empty. k is cut into blocks of
/// pixels that fit the first-level cache; where x needs padding, a block's part of it is copied with zeros around. The pixels
/// are cut into slices, in a number that depends on the sizes only; each has sums of its own, which are added in order.
/// </summary>
/// <remarks>Contract and cost: see <see cref="Convolution"/>.</remarks>
internal static unsafe class KernelGradientDriver<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const int MaxSlices = 8;
    private const long SliceWork = 1 << 18; // multiplications of a slice
    private const long SumBytes = 8 << 20; // bytes of all slices' sums
    private const int BlockBytes = 48 << 10;
    private const int MinBlock = 128; // pixels
    private const int MaxBlock = 512;

    [ThreadStatic]
    private static Scratch? sums;

    [ThreadStatic]
    private static Scratch? offsets;

    [ThreadStatic]
    private static Scratch? blocks;

    [ThreadStatic]
    private static Scratch? runs;

    public static void Run(in ConvolutionShape s, T* x, T* dy, T* dkernel)
    {
        long rows = (long)s.KernelHeight * s.KernelWidth * s.GroupChannels;
        if (rows == 0 || s.Filters == 0)
        {
            return;
        }

        if (s.Batch == 0 || s.OutHeight == 0 || s.OutWidth == 0 || s.Height == 0 || s.Width == 0)
        {
            for (nint i = 0; i < (nint)rows * s.Filters; i++)
            {
                dkernel[i] = default;
            }

            return;
        }

        Cut cut = new() { S0 = s, X = x, Dy = dy };
        cut.Prepare();
        nint* table = (offsets ??= new()).Get<nint>(cut.OffsetCount);
        cut.Offsets = table;
        cut.FillOffsets(table);
        cut.Share(rows * s.Filters * s.Batch * s.OutHeight * s.OutWidth);
        long sum = (long)cut.Groups * cut.SumGroup;
        bool direct = cut.Slices == 1 && cut.FilterStep == 1 && cut.Groups == 1 && cut.SumRow == s.Filters;
        cut.Sum = direct ? dkernel : (sums ??= new()).Get<T>(sum * cut.Slices);
        WorkerPool.Run(cut.Slices * cut.Parts, cut);
        if (!direct)
        {
            Adding adding = new() { Cut = cut, Target = dkernel, Rows = (int)rows };
            adding.Grain = (int)Math.Clamp(16384 / ((long)s.Filters * cut.Slices), 1, rows);
            WorkerPool.Run(Slicing.Count(rows, adding.Grain), adding);
        }
    }

    private struct Cut : ISlices
    {
        public ConvolutionShape S0;
        public T* X;
        public T* Dy;
        public T* Sum;

        public KernelForm Form;

        /// <summary>Whether a tap meets positions outside x.</summary>
        public bool Padded;

        /// <summary>The number of matrices of sums: one for each row of taps, tap or filter.</summary>
        public int Times;

        /// <summary>The stride of these matrices.</summary>
        public int TimesStep;

        /// <summary>The stride of filters in the sums.</summary>
        public int FilterStep;

        /// <summary>Rows of the sums.</summary>
        public int Rows;

        /// <summary>Columns of the sums, and rounded up to whole vectors.</summary>
        public int Columns;
        public int PaddedColumns;

        /// <summary>The stride of rows of the sums.</summary>
        public int SumRow;

        /// <summary>Elements of all the sums of a group.</summary>
        public int SumGroup;

        /// <summary>The stride of rows of x, in elements, in a block as it is read.</summary>
        public nint XRow;

        /// <summary>Whether x is always copied; otherwise only where vectors would reach beyond its end.</summary>
        public bool CopyX;

        /// <summary>Columns of x in a row of a copied block.</summary>
        public int CopiedWidth;

        /// <summary>The offset in x of each row; of each matrix, where rows are filters.</summary>
        public nint* Offsets;

        public int Groups;
        public int BlockLines;
        public int LinesASlice;
        public int Slices;
        public int RowsAPart;
        public int Parts;

        public void Prepare()
        {
            ConvolutionShape s = S0;
            int spanY = ((s.OutHeight - 1) * s.StrideY) + ((s.KernelHeight - 1) * s.DilationY);
            int spanX = ((s.OutWidth - 1) * s.StrideX) + ((s.KernelWidth - 1) * s.DilationX);
            Padded = s.PadTop > 0 || s.PadLeft > 0 || spanY - s.PadTop >= s.Height || spanX - s.PadLeft >= s.Width;
            CopiedWidth = (spanX + s.StrideX) / s.StrideX * s.StrideX;

            int channels = s.GroupChannels, filters = s.GroupFilters, taps = s.KernelHeight * s.KernelWidth;
            bool joined = s.Groups == 1 && s.DilationX == 1;
            int columns = joined ? channels * s.KernelWidth : channels;
            double byFilters = Use(taps * channels, filters);
            double byChannels = Use(filters, columns), byTaps = Use(taps, channels);
            Form = s.Groups > 1 && s.Groups == s.Channels && s.Groups == s.Filters ? KernelForm.Depthwise
                : byFilters >= byChannels && byFilters >= byTaps ? KernelForm.Filters
                : byChannels >= byTaps ? KernelForm.Channels
                : KernelForm.Taps;
            LayOut(joined ? s.KernelHeight : taps, columns);

            // a row of x is a multiple of the step where steps count rows of B
            CopyX = Padded || (Form == KernelForm.Channels && s.StrideX > 1);
            XRow = (nint)(CopyX ? CopiedWidth : s.Width) * s.Channels;

            int pixel = ((s.StrideX * s.StrideY * s.Channels) + Math.Min(s.Filters, 2 * S.Count)) * sizeof(T);
            BlockLines = Math.Max(1, Math.Clamp(BlockBytes / pixel, MinBlock, MaxBlock) / s.OutWidth);
        }

        // The matrices of sums and their strides; of channels, so many matrices of so many columns.
        private void LayOut(int timesOfChannels, int columnsOfChannels)
        {
            ConvolutionShape s = S0;
            int channels = s.GroupChannels, filters = s.GroupFilters, taps = s.KernelHeight * s.KernelWidth;
            Groups = Form == KernelForm.Depthwise ? 1 : s.Groups;
            (Times, Rows, Columns) = Form switch
            {
                KernelForm.Channels => (timesOfChannels, filters, columnsOfChannels),
                KernelForm.Taps => (filters, taps, channels),
                KernelForm.Depthwise => (1, taps, s.Channels),
                _ => (1, taps * channels, filters),
            };

            PaddedColumns = (Columns + S.Count - 1) / S.Count * S.Count;
            SumGroup = Times * Rows * PaddedColumns;
            (SumRow, TimesStep, FilterStep) = Form switch
            {
                KernelForm.Channels => (Times * PaddedColumns, PaddedColumns, Times * PaddedColumns),
                KernelForm.Taps => (PaddedColumns, Rows * PaddedColumns, Rows * PaddedColumns),
                _ => (PaddedColumns, 0, 1),
            };
        }

        /// <summary>Cuts the lines of the result into slices with sums of their own, and the rows of the sums into parts.</summary>
        public void Share(long work)
        {
            ConvolutionShape s = S0;
            long sum = (long)Groups * SumGroup;
            int lines = s.Batch >= MaxSlices ? s.Batch : s.Batch * s.OutHeight;
            long slices = Math.Min(Math.Clamp(work / SliceWork, 1, MaxSlices), Math.Max(1, SumBytes / (sum * sizeof(T))));
            LinesASlice = (int)((lines + slices - 1) / slices) * (lines == s.Batch ? s.OutHeight : 1);
            Slices = Slicing.Count((long)s.Batch * s.OutHeight, LinesASlice);
            long parts = Math.Clamp(work / Slices / SliceWork, 1, (MaxSlices + Slices - 1) / Slices);
            int tiles = (Rows + 11) / 12;
            RowsAPart = (int)((tiles + parts - 1) / parts) * 12;
            Parts = Slicing.Count(Rows, RowsAPart);
        }

        /// <summary>The share of tiles' lanes that is used.</summary>
        private static double Use(int rows, int columns) =>
            (double)rows / ((rows + 3) / 4 * 4) * columns / ((columns + S.Count - 1) / S.Count * S.Count);

        /// <summary>The number of offsets.</summary>
        public readonly int OffsetCount => Form == KernelForm.Channels ? Times : Rows;

        public readonly void FillOffsets(nint* table)
        {
            ConvolutionShape s = S0;
            int channels = Form == KernelForm.Filters ? s.GroupChannels : 1;
            bool joined = Form == KernelForm.Channels && Columns != s.GroupChannels;
            int width = joined ? 1 : s.KernelWidth;
            for (int i = 0; i < OffsetCount; i++)
            {
                int tap = i / channels;
                nint ky = tap / width, kx = tap % width;
                table[i] = (ky * s.DilationY * XRow) + (kx * s.DilationX * s.Channels) + (i % channels);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            ConvolutionShape s = S0;
            int row = slice % Parts * RowsAPart, rowEnd = Math.Min(Rows, row + RowsAPart);
            slice /= Parts;
            T* sum = Sum + ((nint)slice * Groups * SumGroup);
            long line = (long)slice * LinesASlice, end = Math.Min((long)s.Batch * s.OutHeight, line + LinesASlice);
            for (bool add = false; line < end; add = true)
            {
                int lines = (int)Math.Min(BlockLines, end - line);
                Block(line, lines, row, rowEnd, sum, add);
                line += lines;
            }
        }

        /// <summary>Adds the terms of some lines of the result to the sums.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Block(long line, int lines, int row, int rowEnd, T* sum, bool add)
        {
            ConvolutionShape s = S0;
            Segment* segments = (runs ??= new()).Get<Segment>(lines);
            int wide = 2 * S.Count;

            // vectors may reach beyond the elements of a line, but not beyond the end of an array
            bool last = line + lines + wide >= (long)s.Batch * s.OutHeight && PaddedColumns != Columns;
            bool copyX = CopyX || (last && Form != KernelForm.Filters);
            bool copyDy = last && (Form == KernelForm.Filters || Form == KernelForm.Depthwise);
            nint pixels = (nint)lines * s.OutWidth;
            nint xSize = copyX ? XSize(line, lines) + wide : 0, dySize = copyDy ? (pixels * s.Filters) + wide : 0;
            T* copy = copyX || copyDy ? (blocks ??= new()).Get<T>(xSize + dySize) : null;
            T* x = copyX ? copy : X, dy = Dy;
            nint firstPixel = (nint)line * s.OutWidth;
            if (copyDy)
            {
                dy = copy + xSize;
                Copy(Dy + (firstPixel * s.Filters), dy, pixels * s.Filters);
                firstPixel = 0;
            }

            FillSegments(segments, line, lines, copyX ? copy : null, firstPixel);
            Panels(x, dy, row, rowEnd, sum, segments, lines, add);
        }

        /// <summary>The segments of k, one a line; copies the lines of x that they read if there is a copy.</summary>
        private readonly void FillSegments(Segment* segments, long line, int lines, T* copy, nint firstPixel)
        {
            ConvolutionShape s = S0;
            T* to = copy;
            int at = 0;
            while (at < lines)
            {
                int n = (int)((line + at) / s.OutHeight), oy = (int)((line + at) % s.OutHeight);
                int here = Math.Min(lines - at, s.OutHeight - oy);
                nint from;
                if (copy is not null)
                {
                    from = (nint)(to - copy);
                    CopyLines(n, oy, here, ref to);
                }
                else
                {
                    from = (((nint)n * s.Height) + (oy * s.StrideY)) * XRow;
                }

                for (int i = 0; i < here; i++, at++)
                {
                    nint inX = from + (i * s.StrideY * XRow), inDy = firstPixel + ((nint)at * s.OutWidth);
                    segments[at] = Form == KernelForm.Channels
                        ? new() { A = inDy * s.Filters, B = inX / ((nint)s.StrideX * s.Channels), Length = s.OutWidth }
                        : new() { A = inX, B = inDy, Length = s.OutWidth };
                }
            }
        }

        /// <summary>Adds to some rows of all panels.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Panels(
            T* x, T* dy, int row, int rowEnd, T* sum, Segment* segments, int lines, bool add)
        {
            int wide = 2 * S.Count;
            bool pairs = Form is KernelForm.Filters or KernelForm.Channels;
            for (int g = 0; g < Groups; g++)
            {
                T* groupX = x + (g * S0.GroupChannels), groupDy = dy + (g * S0.GroupFilters);
                for (int time = 0; time < Times; time++)
                {
                    T* timeSum = sum + ((nint)g * SumGroup) + (time * TimesStep);
                    for (int j = 0; j < PaddedColumns; j += pairs ? wide : S.Count)
                    {
                        bool two = pairs && PaddedColumns - j > S.Count;
                        Panel(groupX, groupDy, time, j, two, row, rowEnd, timeSum + j, segments, lines, add);
                    }
                }
            }
        }

        /// <summary>Adds to the rows of a panel of 1 or 2 vectors.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Panel(
            T* x, T* dy, int time, int column, bool two, int row, int rowEnd,
            T* sum, Segment* segments, int lines, bool add)
        {
            nint xStep = (nint)S0.StrideX * S0.Channels, dyStep = S0.Filters;
            bool byChannels = Form == KernelForm.Channels;
            nint aStep = byChannels ? dyStep : xStep, bStep = byChannels ? xStep : dyStep;
            T* b = Form switch
            {
                KernelForm.Channels => x + Offsets[time] + column,
                KernelForm.Taps => dy + time,
                _ => dy + column,
            };

            // vectors of A are contiguous where B is as wide, or one element
            T* firstA = byChannels ? dy : Form == KernelForm.Filters ? x : x + column;
            T** a = stackalloc T*[12];
            T** c = stackalloc T*[12];
            int most = S.Count * sizeof(T) == 64 || !two ? 12 : 6;
            while (row < rowEnd)
            {
                int rows = ConvolutionTile<T, V, S>.RowsOf(rowEnd - row, most);
                for (int i = 0; i < rows; i++)
                {
                    int r = Math.Min(row + i, rowEnd - 1);
                    a[i] = firstA + (byChannels ? r : Offsets[r]);
                    c[i] = sum + ((nint)r * SumRow);
                }

                var run = Form switch
                {
                    KernelForm.Depthwise => ConvolutionTile<T, V, S>.OfLanes(rows),
                    KernelForm.Taps => ConvolutionTile<T, V, S>.OfElements(rows),
                    _ => ConvolutionTile<T, V, S>.Of(rows, two, 1),
                };
                run(a, c, b, aStep, bStep, segments, lines, add);
                row += rows;
            }
        }

        /// <summary>Elements of the copy of the rows of x that some lines of the result need.</summary>
        private readonly nint XSize(long line, int lines)
        {
            ConvolutionShape s = S0;
            nint images = (nint)(((line + lines - 1) / s.OutHeight) - (line / s.OutHeight) + 1);
            nint rows = ((nint)lines * s.StrideY) + (images * s.KernelHeight * s.DilationY);
            return rows * XRow;
        }

        /// <summary>Copies the rows of x that these lines of the result need, with zeros for the padding.</summary>
        private readonly void CopyLines(int n, int oy, int lines, ref T* to)
        {
            ConvolutionShape s = S0;
            int rows = ((lines - 1) * s.StrideY) + ((s.KernelHeight - 1) * s.DilationY) + 1;
            nint width = XRow / s.Channels, from = s.PadLeft;
            nint left = Math.Min(from, width), count = Math.Clamp(s.Width, 0, width - left);
            for (int i = 0; i < rows; i++)
            {
                int y = (oy * s.StrideY) - s.PadTop + i;
                if (y < 0 || y >= s.Height)
                {
                    Clear(to, XRow);
                }
                else
                {
                    Clear(to, left * s.Channels);
                    T* row = X + ((((nint)n * s.Height) + y) * s.Width * s.Channels);
                    Copy(row, to + (left * s.Channels), count * s.Channels);
                    Clear(to + ((left + count) * s.Channels), (width - left - count) * s.Channels);
                }

                to += XRow;
            }
        }

        private static void Copy(T* from, T* to, nint count) =>
            Buffer.MemoryCopy(from, to, (long)count * sizeof(T), (long)count * sizeof(T));

        private static void Clear(T* at, nint count) => new Span<T>(at, (int)count).Clear();
    }

    /// <summary>Adds the slices' sums in order, to rows of the kernel's gradient.</summary>
    private struct Adding : ISlices
    {
        public Cut Cut;
        public T* Target;
        public int Rows;
        public int Grain;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            int end = Slicing.End(slice, Grain, Rows);
            for (int row = slice * Grain; row < end; row++)
            {
                Row(row);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Row(int row)
        {
            int groups = Cut.Groups, filters = Cut.S0.Filters / groups;
            nint size = (nint)groups * Cut.SumGroup, step = Cut.FilterStep;
            nint at = step == 1
                ? (nint)row * Cut.SumRow
                : ((nint)(row / Cut.Columns) * Cut.PaddedColumns) + (row % Cut.Columns);
            for (int g = 0; g < groups; g++)
            {
                T* from = Cut.Sum + ((nint)g * Cut.SumGroup) + at;
                T* to = Target + ((nint)row * Cut.S0.Filters) + (g * filters);
                int f = 0;
                for (; step == 1 && f <= filters - S.Count; f += S.Count)
                {
                    V sum = S.Load(from + f);
                    for (int i = 1; i < Cut.Slices; i++)
                    {
                        sum = S.Add(sum, S.Load(from + f + (i * size)));
                    }

                    S.Store(to + f, sum);
                }

                for (; f < filters; f++)
                {
                    T* one = from + (f * step);
                    to[f] = Sum(one, size, Cut.Slices);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static T Sum(T* from, nint step, int count)
        {
            if (typeof(T) == typeof(float))
            {
                float sum = *(float*)from;
                for (int i = 1; i < count; i++)
                {
                    sum += ((float*)from)[i * step];
                }

                return *(T*)&sum;
            }
            else
            {
                double sum = *(double*)from;
                for (int i = 1; i < count; i++)
                {
                    sum += ((double*)from)[i * step];
                }

                return *(T*)&sum;
            }
        }
    }
}
