namespace Functional.Kernels;

/// <summary>
/// Primitives on 64-bit integers: exact, wrapping around as two's complement does, over contiguous elements. They are for
/// counts, labels and indices, so each is the plain loop: one element after another, on the calling thread.
/// </summary>
public static class Int64Kernels
{
    /// <summary>C = A B for <paramref name="batch"/> products of [m, k] by [k, n], all row-major.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Multiply(int batch, int m, int n, int k, ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<long> c)
    {
        Check.Length(a.Length, (long)batch * m * k);
        Check.Length(b.Length, (long)batch * k * n);
        Check.Length(c.Length, (long)batch * m * n);
        c.Clear();
        for (int row = 0; row < batch * m; row++)
        {
            Span<long> sums = c.Slice(row * n, n);
            for (int i = 0; i < k; i++)
            {
                long left = a[(row * k) + i];
                ReadOnlySpan<long> right = b.Slice(((row / m * k) + i) * n, n);
                for (int j = 0; j < n; j++)
                {
                    sums[j] = unchecked(sums[j] + (left * right[j]));
                }
            }
        }
    }

    /// <summary>For each of the rows of x, of length n: its elements in order, stably, and where they stood.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Sort(ReadOnlySpan<long> x, int rows, int n, bool descending, Span<long> values, Span<int> indices)
    {
        Check.Length(x.Length, (long)rows * n);
        Check.SameLength(x.Length, values.Length);
        Check.SameLength(x.Length, indices.Length);
        var order = new (long Value, int Index)[n];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < n; i++)
            {
                // the complement turns the order round, and equal elements keep theirs by their index
                long value = x[(row * n) + i];
                order[i] = (descending ? ~value : value, i);
            }

            Array.Sort(order);
            for (int i = 0; i < n; i++)
            {
                values[(row * n) + i] = x[(row * n) + order[i].Index];
                indices[(row * n) + i] = order[i].Index;
            }
        }
    }
}
