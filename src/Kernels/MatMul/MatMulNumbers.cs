using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Functional.Kernels;

// Products whose A is rows of a larger matrix, known by their numbers: a shuffled batch of samples. Each slice copies what it
// reads into memory of its own, so that no processor reads what another one wrote.
internal static unsafe partial class MatMulDriver<T, V, S>
{
    private const int Ahead = 2; // rows
    private const int MaxNumbered = 1 << 18; // elements of A

    /// <summary>
    /// Whether the rows are best copied by the slices that read them: where slices are parts of k or ranges of rows, each
    /// element is copied once. Slices of columns would each copy all of A.
    /// </summary>
    public static bool TakesNumbers(in Product<T> p) =>
        p.M > 1 && p.N > 1 && (long)p.M * p.K <= MaxNumbered && !PrefersTranspose(p) && (Parts(p) > 1 || IsCutByRows(p));

    private static bool IsCutByRows(in Product<T> p) => Slices(p, out _).ColumnSlices == 1;

    /// <summary>
    /// The product with the rows of A from <paramref name="row"/> to <paramref name="rowEnd"/> copied to scratch memory of this
    /// thread, from where alone they may be read.
    /// </summary>
    private static Product<T> WithCopiedRows(in Product<T> p, int row, int rowEnd)
    {
        int count = p.NumberedColumns ? p.K : rowEnd - row;
        int length = p.NumberedColumns ? rowEnd - row : p.K;
        int line = 64 / sizeof(T);
        nint step = (((length + line - 1) / line) | 1) * line; // an odd number of cache lines, against conflicts
        T* copy = MatMulScratch.Get<T>(MatMulScratch.Numbered, count * step);
        Product<T> copied = p;
        copied.Numbers = null;
        if (p.NumberedColumns)
        {
            CopyNumbered(p.A + row, p.AColumn, p.Numbers, count, length, copy, step);
            copied.A = copy - row;
            copied.AColumn = step;
        }
        else
        {
            CopyNumbered(p.A, p.ARow, p.Numbers + row, count, length, copy, step);
            copied.A = copy - (row * step);
            copied.ARow = step;
        }

        copied.NumberedColumns = false;
        return copied;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyNumbered(T* from, nint row, int* numbers, int count, int length, T* to, nint step)
    {
        int whole = length / S.Count * S.Count;
        V mask = Masked<T, V, S>.First(length - whole);
        for (int i = 0; i < count; i++)
        {
            T* source = from + (numbers[i] * row);
            T* next = from + (numbers[Math.Min(i + Ahead, count - 1)] * row);
            for (int j = 0; j < whole; j += S.Count)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(next + j);
                }

                S.Store(to + j, S.Load(source + j));
            }

            if (whole < length)
            {
                Masked<T, V, S>.Store(to + whole, Masked<T, V, S>.Load(source + whole, mask), mask);
            }

            to += step;
        }
    }
}
