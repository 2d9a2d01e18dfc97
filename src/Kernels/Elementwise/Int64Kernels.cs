namespace Functional.Kernels;

/// <summary>
/// Primitives on 64-bit integers: exact, wrapping around as two's complement does, over contiguous elements. They are for
/// counts, labels and indices, so each is the plain loop: one element after another, on the calling thread.
/// </summary>
public static class Int64Kernels
{
    /// <summary>y = f(x), element by element, for Neg, Abs, Sign and Relu; the other functions are of floats.</summary>
    /// <exception cref="ArgumentException">The lengths differ, or the function is none of integers.</exception>
    public static void Apply(UnaryKind kind, ReadOnlySpan<long> x, Span<long> y)
    {
        Check.SameLength(x.Length, y.Length);
        for (int i = 0; i < x.Length; i++)
        {
            long a = x[i];
            y[i] = kind switch
            {
                UnaryKind.Neg => unchecked(-a),
                UnaryKind.Abs => a < 0 ? unchecked(-a) : a,
                UnaryKind.Sign => Math.Sign(a),
                UnaryKind.Relu => Math.Max(a, 0),
                _ => throw new ArgumentOutOfRangeException(nameof(kind)),
            };
        }
    }

    /// <summary>y = f(a, b), element by element.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Apply(BinaryKind kind, ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<long> y)
    {
        Check.SameLength(a.Length, y.Length);
        Check.SameLength(b.Length, y.Length);
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = unchecked(kind switch
            {
                BinaryKind.Add => a[i] + b[i],
                BinaryKind.Sub => a[i] - b[i],
                BinaryKind.Mul => a[i] * b[i],
                BinaryKind.Div => Quotient(a[i], b[i]),
                BinaryKind.FloorDiv => FloorQuotient(a[i], b[i]),
                BinaryKind.Mod => b[i] == 0 ? 0 : a[i] - (FloorQuotient(a[i], b[i]) * b[i]),
                BinaryKind.Pow => Power(a[i], b[i]),
                BinaryKind.Maximum => Math.Max(a[i], b[i]),
                BinaryKind.Minimum => Math.Min(a[i], b[i]),
                _ => throw new ArgumentOutOfRangeException(nameof(kind)),
            });
        }
    }

    /// <summary>y = whether the comparison of a and b holds, element by element.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Compare(CompareKind kind, ReadOnlySpan<long> a, ReadOnlySpan<long> b, Span<bool> y)
    {
        Check.SameLength(a.Length, y.Length);
        Check.SameLength(b.Length, y.Length);
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = kind switch
            {
                CompareKind.Equal => a[i] == b[i],
                CompareKind.NotEqual => a[i] != b[i],
                CompareKind.Less => a[i] < b[i],
                CompareKind.LessEqual => a[i] <= b[i],
                CompareKind.Greater => a[i] > b[i],
                CompareKind.GreaterEqual => a[i] >= b[i],
                _ => throw new ArgumentOutOfRangeException(nameof(kind)),
            };
        }
    }

    /// <summary>Joins the middle axis of x [outer, n, inner] into y [outer, inner].</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Reduce(ReduceKind kind, ReadOnlySpan<long> x, int outer, int n, int inner, Span<long> y)
    {
        Check.Length(x.Length, (long)outer * n * inner);
        Check.Length(y.Length, (long)outer * inner);
        y.Fill(kind switch { ReduceKind.Sum => 0, ReduceKind.Max => long.MinValue, _ => long.MaxValue });
        BinaryKind join = kind switch
        {
            ReduceKind.Sum => BinaryKind.Add,
            ReduceKind.Max => BinaryKind.Maximum,
            _ => BinaryKind.Minimum,
        };
        for (int o = 0; o < outer; o++)
        {
            Span<long> row = y.Slice(o * inner, inner);
            for (int i = 0; i < n; i++)
            {
                Apply(join, row, x.Slice(((o * n) + i) * inner, inner), row);
            }
        }
    }

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

    private static long Quotient(long a, long b) => b switch { 0 => 0, -1 => unchecked(-a), _ => a / b };

    private static long FloorQuotient(long a, long b)
    {
        long quotient = Quotient(a, b);
        return b is not (0 or -1) && a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
    }

    private static long Power(long a, long b)
    {
        if (b < 0)
        {
            return 0;
        }

        long power = 1;
        for (; b > 0; b >>= 1)
        {
            power = (b & 1) != 0 ? unchecked(power * a) : power;
            a = unchecked(a * a);
        }

        return power;
    }
}
