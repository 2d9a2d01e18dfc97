using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>
/// Consecutive steps of k: their start in a row of A, in elements, and in B, in rows, and their number, at least 1.
/// </summary>
internal struct Segment
{
    public nint A;
    public nint B;
    public nint Length;
}

/// <summary>
/// The micro-kernel of convolutions: a tile of up to 12 rows by 1 or 2 vectors in registers, to which each step of k adds the
/// outer product of a column of A and a row of B. Rows of A and C have addresses of their own; k comes in segments, within
/// which each step advances A by <c>aStep</c> and B by <c>bStep</c> elements. The JIT drops the rows beyond those of the tile.
/// </summary>
/// <remarks>
/// 12 rows by 2 vectors fill the registers of AVX-512, 6 by 2 those of AVX2; 12 by 1 fit both. Where the result has few
/// columns, a vector holds several steps of k side by side: see <see cref="ILaneLoad{T, V}"/>.
/// </remarks>
internal static unsafe class ConvolutionTile<T, V, S>
    where T : unmanaged
    where V : unmanaged
    where S : ISimd<T, V>
{
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The largest number of rows of a tile.</summary>
    public const int MaxRows = 12;

    // One function: each row has local variables of its own, so that it stays in registers.
    [MethodImpl(Hot)]
    private static void Run<TRows, TWidth, TLoad>(
        T** a, T** c, T* b, nint aStep, nint bStep, Segment* segments, int count, bool add)
        where TRows : ITileRows
        where TWidth : ITileWidth
        where TLoad : ILaneLoad<T, V>
    {
        V c00 = default, c01 = default, c10 = default, c11 = default;
        V c20 = default, c21 = default, c30 = default, c31 = default;
        V c40 = default, c41 = default, c50 = default, c51 = default;
        V c60 = default, c61 = default, c70 = default, c71 = default;
        V c80 = default, c81 = default, c90 = default, c91 = default;
        V c100 = default, c101 = default, c110 = default, c111 = default;
        T* a0 = a[0], a1 = a[1];
        T* a2 = null, a3 = null, a4 = null, a5 = null, a6 = null, a7 = null;
        T* a8 = null, a9 = null, a10 = null, a11 = null;
        if (TRows.Count > 2)
        {
            a2 = a[2];
            a3 = a[3];
        }

        if (TRows.Count > 4)
        {
            a4 = a[4];
            a5 = a[5];
        }

        if (TRows.Count > 6)
        {
            a6 = a[6];
            a7 = a[7];
        }

        if (TRows.Count > 8)
        {
            a8 = a[8];
            a9 = a[9];
            a10 = a[10];
            a11 = a[11];
        }

        if (add)
        {
            Get<TWidth>(c[0], ref c00, ref c01);
            Get<TWidth>(c[1], ref c10, ref c11);

            if (TRows.Count > 2)
            {
                Get<TWidth>(c[2], ref c20, ref c21);
                Get<TWidth>(c[3], ref c30, ref c31);
            }

            if (TRows.Count > 4)
            {
                Get<TWidth>(c[4], ref c40, ref c41);
                Get<TWidth>(c[5], ref c50, ref c51);
            }

            if (TRows.Count > 6)
            {
                Get<TWidth>(c[6], ref c60, ref c61);
                Get<TWidth>(c[7], ref c70, ref c71);
            }

            if (TRows.Count > 8)
            {
                Get<TWidth>(c[8], ref c80, ref c81);
                Get<TWidth>(c[9], ref c90, ref c91);
                Get<TWidth>(c[10], ref c100, ref c101);
                Get<TWidth>(c[11], ref c110, ref c111);
            }
        }

        for (; count > 0; count--)
        {
            nint i = segments->A, n = segments->Length;
            T* row = b + (segments->B * bStep);
            segments++;
            do
            {
                V b0 = TWidth.BroadcastsB ? S.Set(*row) : S.Load(row), b1 = TWidth.Two ? S.Load(row + S.Count) : default;
                Add<TWidth>(TLoad.Load(a0 + i), b0, b1, ref c00, ref c01);
                Add<TWidth>(TLoad.Load(a1 + i), b0, b1, ref c10, ref c11);

                if (TRows.Count > 2)
                {
                    Add<TWidth>(TLoad.Load(a2 + i), b0, b1, ref c20, ref c21);
                    Add<TWidth>(TLoad.Load(a3 + i), b0, b1, ref c30, ref c31);
                }

                if (TRows.Count > 4)
                {
                    Add<TWidth>(TLoad.Load(a4 + i), b0, b1, ref c40, ref c41);
                    Add<TWidth>(TLoad.Load(a5 + i), b0, b1, ref c50, ref c51);
                }

                if (TRows.Count > 6)
                {
                    Add<TWidth>(TLoad.Load(a6 + i), b0, b1, ref c60, ref c61);
                    Add<TWidth>(TLoad.Load(a7 + i), b0, b1, ref c70, ref c71);
                }

                if (TRows.Count > 8)
                {
                    Add<TWidth>(TLoad.Load(a8 + i), b0, b1, ref c80, ref c81);
                    Add<TWidth>(TLoad.Load(a9 + i), b0, b1, ref c90, ref c91);
                    Add<TWidth>(TLoad.Load(a10 + i), b0, b1, ref c100, ref c101);
                    Add<TWidth>(TLoad.Load(a11 + i), b0, b1, ref c110, ref c111);
                }

                i += aStep;
                row += bStep;
            }
            while (--n > 0);
        }

        Put<TWidth>(c[0], c00, c01);
        Put<TWidth>(c[1], c10, c11);

        if (TRows.Count > 2)
        {
            Put<TWidth>(c[2], c20, c21);
            Put<TWidth>(c[3], c30, c31);
        }

        if (TRows.Count > 4)
        {
            Put<TWidth>(c[4], c40, c41);
            Put<TWidth>(c[5], c50, c51);
        }

        if (TRows.Count > 6)
        {
            Put<TWidth>(c[6], c60, c61);
            Put<TWidth>(c[7], c70, c71);
        }

        if (TRows.Count > 8)
        {
            Put<TWidth>(c[8], c80, c81);
            Put<TWidth>(c[9], c90, c91);
            Put<TWidth>(c[10], c100, c101);
            Put<TWidth>(c[11], c110, c111);
        }
    }

    [MethodImpl(Inline)]
    private static void Get<TWidth>(T* c, ref V low, ref V high) where TWidth : ITileWidth
    {
        low = S.Load(c);
        if (TWidth.Two)
        {
            high = S.Load(c + S.Count);
        }
    }

    [MethodImpl(Inline)]
    private static void Add<TWidth>(V a, V b0, V b1, ref V low, ref V high) where TWidth : ITileWidth
    {
        low = S.Fma(a, b0, low);
        if (TWidth.Two)
        {
            high = S.Fma(a, b1, high);
        }
    }

    [MethodImpl(Inline)]
    private static void Put<TWidth>(T* c, V low, V high) where TWidth : ITileWidth
    {
        S.Store(c, low);
        if (TWidth.Two)
        {
            S.Store(c + S.Count, high);
        }
    }

    /// <summary>The loop for tiles of these rows and vectors, with <paramref name="side"/> steps of k in a vector.</summary>
    public static delegate*<T**, T**, T*, nint, nint, Segment*, int, bool, void> Of(int rows, bool two, int side)
    {
        if (side == S.Count)
        {
            return Of<OneWide, WholeVector<T, V, S>>(rows);
        }

        return (side * sizeof(T)) switch
        {
            8 when side == 2 => Of<OneWide, Repeat8<T, V>>(rows),
            16 => Of<OneWide, Repeat16<T, V>>(rows),
            32 => Of<OneWide, Repeat32<T, V>>(rows),
            _ when two => Of<TwoWide, OneElement<T, V, S>>(rows),
            _ => Of<OneWide, OneElement<T, V, S>>(rows),
        };
    }

    /// <summary>The loop for tiles of 1 vector in which each lane of A is multiplied by the same lane of B.</summary>
    public static delegate*<T**, T**, T*, nint, nint, Segment*, int, bool, void> OfLanes(int rows) =>
        Of<OneWide, WholeVector<T, V, S>>(rows);

    /// <summary>The loop for tiles of 1 vector in which all lanes of A are multiplied by one element of B.</summary>
    public static delegate*<T**, T**, T*, nint, nint, Segment*, int, bool, void> OfElements(int rows) =>
        Of<OneBroadcast, WholeVector<T, V, S>>(rows);

    /// <summary>The rows of the next tile where <paramref name="left"/> rows are left; at most <paramref name="most"/>.</summary>
    public static int RowsOf(long left, int most) =>
        most > 6 ? left > 8 ? 12 : left > 4 ? 8 : 4 : left > 4 ? 6 : left > 2 ? 4 : 2;

    private static delegate*<T**, T**, T*, nint, nint, Segment*, int, bool, void> Of<TWidth, TLoad>(int rows)
        where TWidth : ITileWidth
        where TLoad : ILaneLoad<T, V> =>
        rows switch
        {
            12 => &Run<Rows12, TWidth, TLoad>,
            8 => &Run<Rows8, TWidth, TLoad>,
            6 => &Run<Rows6, TWidth, TLoad>,
            4 => &Run<Rows4, TWidth, TLoad>,
            _ => &Run<Rows2, TWidth, TLoad>,
        };
}
