using System.Numerics;
using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>What forward and backward passes share: blocks of scores, products, and scratch memory.</summary>
internal static unsafe class AttentionBlocks<T, V, S, TExp>
    where T : unmanaged, IFloatingPointIeee754<T>
    where V : unmanaged
    where S : ISimd<T, V>
    where TExp : struct, IUnary<T>
{
    /// <summary>The queries of a block.</summary>
    public const int Rows = 128;

    /// <summary>The keys of a block: its scores, 256 KB of float32, stay in the second-level cache.</summary>
    public const int Columns = 512;

    [ThreadStatic]
    private static Scratch? scratch;

    /// <summary>Memory of this thread for so many elements, until it asks again.</summary>
    public static T* Memory(long length) => (scratch ??= new()).Get<T>(length);

    /// <summary>C [m, n] = A [m, k] B [k, n] with the vectors of this pass, whatever thread it runs on.</summary>
    public static void Multiply(
        int m, int n, int k, T* a, nint aRow, nint aColumn, T* b, nint bRow, nint bColumn, T* c, nint cRow)
    {
        Product<T> product = new()
        {
            M = m,
            N = n,
            K = k,
            A = a,
            ARow = aRow,
            AColumn = aColumn,
            B = b,
            BRow = bRow,
            BColumn = bColumn,
            C = c,
            CRow = cRow,
        };
        MatMulDriver<T, V, S>.Run(product);
    }

    /// <summary>
    /// C += A B, or C = A B where nothing was written before; <paramref name="room"/> holds m rows of n elements.
    /// </summary>
    public static void Accumulate(
        bool isFirst, int m, int n, int k, T* a, nint aRow, nint aColumn, T* b, nint bRow, nint bColumn, T* c, nint cRow, T* room)
    {
        if (isFirst)
        {
            Multiply(m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow);
            return;
        }

        Multiply(m, n, k, a, aRow, aColumn, b, bRow, bColumn, room, n);
        for (int i = 0; i < m; i++)
        {
            AttentionRows<T, V, S, TExp>.ScaleAdd(c + (i * cRow), T.One, room + ((nint)i * n), n);
        }
    }

    /// <summary>
    /// Scales a row of scores of <paramref name="columns"/> keys from key <paramref name="first"/> on; keys that query
    /// <paramref name="query"/> does not see become -infinity. Gives the largest.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Scaled(in AttentionSizes sizes, bool* mask, nint maskColumn, int query, int first, int columns, T* row)
    {
        T scale = T.CreateTruncating(sizes.Scale);
        int visible = Math.Clamp(sizes.Visible(query) - first, 0, columns);
        if (mask != null && maskColumn == 0)
        {
            visible = *mask ? visible : 0;
            mask = null;
        }

        T largest = mask == null
            ? AttentionRows<T, V, S, TExp>.Scale(row, visible, scale)
            : AttentionRows<T, V, S, TExp>.ScaleVisible(row, mask + first, visible, scale);
        if (visible < columns)
        {
            new Span<T>(row + visible, columns - visible).Fill(T.NegativeInfinity);
        }

        return largest;
    }

    /// <summary>
    /// The number of keys that the queries from <paramref name="query"/> up to <paramref name="end"/> see, up to the last one
    /// that any of them sees.
    /// </summary>
    public static int SeenKeys(in AttentionSizes sizes, bool* mask, in AttentionOperand<bool> operand, int query, int end)
    {
        int seen = sizes.Visible(end - 1);
        if (mask != null && operand.Column == 1 && (operand.Row == 0 || end == query + 1))
        {
            // one row of flags for all: what lies behind its last key is not computed
            seen = new Span<bool>(mask + (query * operand.Row), seen).LastIndexOf(true) + 1;
        }

        return seen;
    }
}
