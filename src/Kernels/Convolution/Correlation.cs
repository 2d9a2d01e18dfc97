using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// A correlation: the form of both the convolution and the gradient with respect to its input. Each pixel of the result is
/// the sum, over the taps that meet a pixel of the source, of that pixel's channels times the tap's matrix.
/// </summary>
internal unsafe struct Correlation<T> where T : unmanaged
{
    public TapAxis Y;
    public TapAxis X;
    public int Batch;
    public int Groups;

    /// <summary>Channels of the source, of all groups.</summary>
    public int Channels;

    /// <summary>Channels of the result, of all groups.</summary>
    public int Columns;

    /// <summary>The convolution's filters.</summary>
    public int Filters;

    public T* Source;
    public T* Kernel;
    public T* Result;
    public Epilogue? Epilogue;

    /// <summary>Channels of the source in a group.</summary>
    public readonly int Depth => Channels / Groups;

    /// <summary>Columns of the result in a group.</summary>
    public readonly int Width => Columns / Groups;

    /// <summary>Each channel is a group of its own, with one filter.</summary>
    public readonly bool Depthwise => Groups > 1 && Groups == Channels && Groups == Columns;

    public readonly bool Backward => Y.Backward;

    public static Correlation<T> Forward(in ConvolutionShape s, T* x, T* kernel, T* y, Epilogue? epilogue) =>
        new()
        {
            Y = new()
            {
                Result = s.OutHeight,
                Source = s.Height,
                Taps = s.KernelHeight,
                Stride = s.StrideY,
                Pad = s.PadTop,
                Dilation = s.DilationY,
            },
            X = new()
            {
                Result = s.OutWidth,
                Source = s.Width,
                Taps = s.KernelWidth,
                Stride = s.StrideX,
                Pad = s.PadLeft,
                Dilation = s.DilationX,
            },
            Batch = s.Batch,
            Groups = s.Groups,
            Channels = s.Channels,
            Columns = s.Filters,
            Filters = s.Filters,
            Source = x,
            Kernel = kernel,
            Result = y,
            Epilogue = epilogue,
        };

    public static Correlation<T> InputGradient(in ConvolutionShape s, T* dy, T* kernel, T* dx, Epilogue? epilogue)
    {
        Correlation<T> c = Forward(s, dy, kernel, dx, epilogue);
        (c.Y.Result, c.Y.Source, c.Y.Backward) = (c.Y.Source, c.Y.Result, true);
        (c.X.Result, c.X.Source, c.X.Backward) = (c.X.Source, c.X.Result, true);
        (c.Channels, c.Columns) = (c.Columns, c.Channels);
        return c;
    }
}

/// <summary>
/// Blocking of a correlation. The rows of a tile are pixels of one class (see <see cref="TapAxis"/>), of several images where
/// one has few; its columns are a panel of 1 or 2 vectors. The segments of k are runs of source elements that are neighbours
/// for all taps: without dilation, a row of the kernel. Slices are images, or rows of images where there are few.
/// </summary>
internal static unsafe class CorrelationDriver<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const int SliceBytes = 512 << 10;
    private const int PassBytes = 384 << 10; // of the packed kernel that all tiles of a slice use before the next part
    private const long SliceWork = 1 << 17; // multiplications of a slice
    private const int MinSlices = 16;
    private const int EpilogueBytes = 32 << 10;

    [ThreadStatic]
    private static Scratch? packed;

    [ThreadStatic]
    private static Scratch? classes;

    [ThreadStatic]
    private static Scratch? runs;

    public static void Run(Correlation<T> c)
    {
        if (c.Batch == 0 || c.Y.Result == 0 || c.X.Result == 0 || c.Columns == 0)
        {
            return;
        }

        int* room = (classes ??= new()).Get<int>(c.Y.Room + c.X.Room);
        c.Y.Classify(room);
        c.X.Classify(room + c.Y.Room);

        Cut cut = new() { C = c, StepsPerVector = 1, Depthwise = c.Depthwise && c.Columns >= S.Count };
        if (cut.Depthwise)
        {
            cut.C.Groups = 1;
            cut.Panels = cut.PanelsAPass = Slicing.Count(c.Columns, S.Count);
            cut.MaxRows = 12;
        }
        else
        {
            Pack(ref cut);
        }

        Slice(ref cut);
        WorkerPool.Run(cut.ImageSlices * cut.LineSlices, cut);
    }

    /// <summary>Cuts columns into panels, and packs the kernel where that pays.</summary>
    private static void Pack(ref Cut cut)
    {
        Correlation<T> c = cut.C;
        int wide = 2 * S.Count;
        cut.StepsPerVector = InterleavedSteps(c);
        cut.Panels = (c.Width + wide - 1) / wide;
        int last = c.Width - ((cut.Panels - 1) * wide);
        cut.PackedColumns = ((cut.Panels - 1) * wide) + (last > S.Count ? wide : S.Count);
        cut.MaxRows = S.Count * sizeof(T) == 64 || c.Width <= S.Count ? 12 : 6;
        cut.Rows = (nint)c.Y.Taps * c.X.Taps * c.Depth / cut.StepsPerVector;
        bool often = cut.Panels > 1 && (long)c.Batch * c.Y.Result * c.X.Result >= 500;
        cut.Packed = c.Backward || c.Width % S.Count != 0 || often;
        if (cut.Packed)
        {
            cut.B = (packed ??= new()).Get<T>(c.Groups * cut.Rows * cut.PackedColumns);
            CorrelationPacking<T, V, S> packing = new() { Cut = cut, Taps = c.Y.Taps * c.X.Taps };
            int tasks = packing.Taps * c.Groups;
            packing.Grain = (int)Math.Clamp(16384 / Math.Max(1L, (long)c.Depth * c.Width), 1, Math.Max(1, tasks));
            WorkerPool.Run(Slicing.Count(tasks, packing.Grain), packing);
        }

        long panelBytes = Math.Max(1, cut.Rows * wide * sizeof(T));
        cut.PanelsAPass = (int)Math.Clamp(PassBytes / panelBytes, 1, cut.Panels);
    }

    /// <summary>Cuts the result into slices: images, or rows of images where there are few.</summary>
    private static void Slice(ref Cut cut)
    {
        Correlation<T> c = cut.C;
        long source = (long)c.Y.Source * c.X.Source * c.Channels, result = (long)c.Y.Result * c.X.Result * c.Columns;
        long imageBytes = (source + result) * sizeof(T);
        long imageWork = Math.Max(1, result * c.Y.Taps * c.X.Taps * (cut.Depthwise ? 1 : c.Depth));
        long images = Math.Max(SliceWork / imageWork, ((long)c.Batch + MinSlices - 1) / MinSlices);
        images = Math.Min((images + 3) / 4 * 4, SliceBytes / Math.Max(1, imageBytes));
        cut.ImagesASlice = (int)Math.Clamp(images, 1, c.Batch);
        cut.ImageSlices = Slicing.Count(c.Batch, cut.ImagesASlice);
        long parts = Math.Max((MinSlices + cut.ImageSlices - 1) / cut.ImageSlices, imageBytes / SliceBytes);
        parts = Math.Clamp(Math.Min(parts, imageWork * cut.ImagesASlice / SliceWork), 1, c.Y.Result);
        cut.LinesASlice = (int)((c.Y.Result + parts - 1) / parts);
        cut.LineSlices = Slicing.Count(c.Y.Result, cut.LinesASlice);
    }

    /// <summary>The steps of k that share a vector: as many as its lanes allow, and a divisor of each tap's depth.</summary>
    private static int InterleavedSteps(in Correlation<T> c)
    {
        int side = 1;
        while (side * 2 * c.Width <= S.Count && c.Depth % (side * 2) == 0)
        {
            side *= 2;
        }

        return side;
    }

    internal struct Cut : ISlices
    {
        public Correlation<T> C;
        public T* B;
        public bool Packed;
        public int StepsPerVector;
        public int Panels;
        public int PanelsAPass;
        public int PackedColumns;
        public int MaxRows;
        public nint Rows; // rows of the packed kernel in a group
        public int ImagesASlice;
        public int LinesASlice;
        public int ImageSlices;
        public int LineSlices;

        /// <summary>Whether each channel is its own group, so that no sum over channels is taken.</summary>
        public bool Depthwise;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int slice)
        {
            int image = slice / LineSlices * ImagesASlice, imageEnd = Math.Min(C.Batch, image + ImagesASlice);
            int line = slice % LineSlices * LinesASlice, lineEnd = Math.Min(C.Y.Result, line + LinesASlice);
            Segment* segments = (runs ??= new()).Get<Segment>((long)C.Y.Taps * C.X.Taps);
            for (int group = 0; group < C.Groups; group++)
            {
                for (int panel = 0; panel < Panels; panel += PanelsAPass)
                {
                    int panelEnd = Math.Min(Panels, panel + PanelsAPass);
                    for (int y = 0; y < C.Y.Classes; y++)
                    {
                        int from = C.Y.Start[y], to = C.Y.Start[y + 1];
                        while (from < to && C.Y.Members[from] < line)
                        {
                            from++;
                        }

                        while (from < to && C.Y.Members[to - 1] >= lineEnd)
                        {
                            to--;
                        }

                        for (int x = 0; x < C.X.Classes && from < to; x++)
                        {
                            int count = Segments(y, x, segments);
                            Class(image, imageEnd, from, to, y, x, group, panel, panelEnd, segments, count);
                        }
                    }
                }
            }

            if (C.Epilogue is not null)
            {
                Finish(C.Epilogue, image, imageEnd, line, lineEnd);
            }
        }

        /// <summary>Runs the epilogue over some lines of some images, in blocks that are still in cache.</summary>
        private readonly void Finish(Epilogue epilogue, int image, int imageEnd, int line, int lineEnd)
        {
            long block = Math.Max(1, EpilogueBytes / ((long)C.Columns * sizeof(T)));
            for (int n = image; n < imageEnd; n++)
            {
                long row = (((long)n * C.Y.Result) + line) * C.X.Result;
                long end = row + ((long)(lineEnd - line) * C.X.Result);
                for (; row < end; row += block)
                {
                    epilogue.Run(row, Math.Min(block, end - row), 0, C.Columns);
                }
            }
        }

        /// <summary>The segments of k: runs of neighbours among the elements that the taps of a class meet.</summary>
        private readonly int Segments(int yClass, int xClass, Segment* segments)
        {
            TapAxis y = C.Y, x = C.X;
            int firstY = y.First[yClass], lastY = y.Last[yClass], firstX = x.First[xClass], lastX = x.Last[xClass];
            int depth = Depthwise ? 1 : C.Depth / StepsPerVector, count = 0;
            if (depth == 0 || lastY < 0 || lastX < 0)
            {
                return 0;
            }

            int taps = (lastX - firstX) / x.Step;
            for (int ky = firstY, atY = 0; ky <= lastY; ky += y.Step, atY += y.Move)
            {
                if (Depthwise && x.Step == 1)
                {
                    segments[count++] = new()
                    {
                        A = (nint)atY * x.Source * C.Channels,
                        B = ((nint)ky * x.Taps) + firstX,
                        Length = taps + 1,
                    };
                }
                else
                {
                    RowSegments(ky, atY, firstX, taps, depth, segments, ref count);
                }
            }

            return count;
        }

        // The segments of one row of taps. Backward, later taps meet earlier positions: they ascend from the last tap to the first.
        private readonly void RowSegments(
            int ky, int atY, int firstX, int taps, int depth, Segment* segments, ref int count)
        {
            TapAxis y = C.Y, x = C.X;
            for (int i = 0; i <= taps; i++)
            {
                int step = y.Backward ? taps - i : i;
                int kx = firstX + (step * x.Step);
                nint a = (((nint)atY * x.Source) + (step * x.Move)) * C.Channels;
                nint b = Depthwise
                    ? ((nint)ky * x.Taps) + kx
                    : (((nint)y.Order[ky] * x.Taps) + x.Order[kx]) * depth;
                Segment* last = segments + count - 1;
                bool isNext = !Depthwise && count > 0
                    && a == last->A + ((nint)last->Length / depth * C.Depth) && b == last->B + last->Length;
                if (isNext)
                {
                    last->Length += depth;
                }
                else
                {
                    segments[count++] = new() { A = a, B = b, Length = depth };
                }
            }
        }

        /// <summary>
        /// Computes all pixels of a class, tile by tile. One function: with the cursor over pixels as a structure of its own,
        /// input gradients, whose classes have few pixels in a row, take 7 to 13 % longer.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Class(
            int image, int imageEnd, int from, int to, int yClass, int xClass, int group, int panel, int panelEnd,
            Segment* segments, int count)
        {
            TapAxis y = C.Y, x = C.X;
            int* ys = y.Members + from, xs = x.Members + x.Start[xClass];
            int* yBase = y.Base + from, xBase = x.Base + x.Start[xClass];
            int ny = to - from, nx = x.Start[xClass + 1] - x.Start[xClass];
            int wide = 2 * S.Count, channels = C.Channels, columns = C.Columns;
            T** a = stackalloc T*[12];
            T** c = stackalloc T*[12];
            T** own = stackalloc T*[12];
            T** channelA = stackalloc T*[12];
            T* tile = stackalloc T[12 * 2 * S.Count];
            for (int i = 0; i < 12; i++)
            {
                own[i] = tile + (i * wide);
            }

            // members of a class are equally far apart
            nint stepA = nx > 1 ? (nint)(xBase[1] - xBase[0]) * channels : 0;
            nint stepC = nx > 1 ? (nint)(xs[1] - xs[0]) * columns : 0;
            T* source = C.Source + (group * C.Depth) + ((nint)xBase[0] * channels);
            T* result = C.Result + (group * C.Width) + (panel * wide) + ((nint)xs[0] * columns);
            T* nextA = null;
            T* nextC = null;
            delegate*<T**, T**, T*, nint, nint, Segment*, int, bool, void> onWide = null, onNarrow = null;
            int n = image, iy = -1, ix = nx, rows = 0;
            for (long left = (long)(imageEnd - image) * ny * nx; left > 0;)
            {
                int before = rows;
                rows = ConvolutionTile<T, V, S>.RowsOf(left, MaxRows);
                if (rows != before)
                {
                    onWide = ConvolutionTile<T, V, S>.Of(rows, true, 1);
                    onNarrow = Depthwise
                        ? ConvolutionTile<T, V, S>.OfLanes(rows)
                        : ConvolutionTile<T, V, S>.Of(rows, false, StepsPerVector);
                }

                int valid = (int)Math.Min(rows, left);
                for (int i = 0; i < valid; i++)
                {
                    if (ix == nx)
                    {
                        ix = 0;
                        if (++iy == ny)
                        {
                            iy = 0;
                            n++;
                        }

                        nextA = source + ((((nint)n * y.Source) + yBase[iy]) * x.Source * channels);
                        nextC = result + ((((nint)n * y.Result) + ys[iy]) * x.Result * columns);
                    }

                    a[i] = nextA;
                    c[i] = nextC;
                    nextA += stepA;
                    nextC += stepC;
                    ix++;
                }

                // a tile with more rows than are left computes the last one repeatedly
                for (int i = valid; i < rows; i++)
                {
                    a[i] = a[valid - 1];
                    c[i] = c[valid - 1];
                }

                left -= valid;
                Tile t = new() { A = a, C = c, Rows = rows, Valid = valid, Segments = segments, Count = count };
                if (Depthwise)
                {
                    Channels(t, onNarrow, channelA, own);
                }
                else
                {
                    ColumnPanels(t, onWide, onNarrow, own, group, panel, panelEnd);
                }
            }
        }

        /// <summary>One tile of a depthwise correlation: all channels, vector by vector.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Channels(
            in Tile t, delegate*<T**, T**, T*, nint, nint, Segment*, int, bool, void> loop, T** a, T** c)
        {
            int columns = C.Columns;
            for (int p = 0; p < Panels; p++)
            {
                // the last vector ends at the last channel: some channels are computed twice
                int start = Math.Min(p * S.Count, columns - S.Count);
                for (int i = 0; i < t.Rows; i++)
                {
                    a[i] = t.A[i] + start;
                    c[i] = t.C[i] + start;
                }

                loop(a, c, C.Kernel + start, (nint)C.X.Move * C.Channels, columns, t.Segments, t.Count, false);
            }
        }

        /// <summary>One tile in each of some panels of columns; advances the addresses of C.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void ColumnPanels(
            in Tile t,
            delegate*<T**, T**, T*, nint, nint, Segment*, int, bool, void> onWide,
            delegate*<T**, T**, T*, nint, nint, Segment*, int, bool, void> onNarrow,
            T** own, int group, int panel, int panelEnd)
        {
            int wide = 2 * S.Count;
            T** c = t.C;
            for (int p = panel; p < panelEnd; p++)
            {
                int start = p * wide, here = Math.Min(wide, C.Width - start);
                bool two = here > S.Count;
                int width = two ? wide : S.Count;
                T* b = Packed
                    ? B + (Rows * (((nint)group * PackedColumns) + start))
                    : C.Kernel + (group * C.Width) + start;
                nint bStep = Packed ? width : C.Filters;
                bool whole = here == width && StepsPerVector == 1;
                if (two)
                {
                    onWide(t.A, whole ? c : own, b, 1, bStep, t.Segments, t.Count, false);
                }
                else
                {
                    onNarrow(t.A, whole ? c : own, b, StepsPerVector, bStep, t.Segments, t.Count, false);
                }

                for (int i = 0; i < t.Rows && StepsPerVector > 1; i += 4)
                {
                    HorizontalSums<T, V, S>.Four(own + i, c + i, here, StepsPerVector);
                }

                for (int i = 0; i < t.Valid && StepsPerVector == 1 && !whole; i++)
                {
                    new Span<T>(own[i], here).CopyTo(new Span<T>(c[i], here));
                }

                for (int i = 0; i < t.Rows && p + 1 < panelEnd; i++)
                {
                    c[i] += wide;
                }
            }
        }
    }

    /// <summary>
    /// A tile: the addresses of its rows of A and C, their number, the number of distinct ones, and the segments of k.
    /// </summary>
    private struct Tile
    {
        public T** A;
        public T** C;
        public int Rows;
        public int Valid;
        public Segment* Segments;
        public int Count;
    }
}
