using System.Numerics;

namespace Functional.Kernels;

/// <summary>The nearest rows of a matrix to each row of another, by looking at all.</summary>
/// <remarks>
/// Contract: contiguous rows of float64; results ascend by distance and then by index, and do not depend on the number of
/// threads. Euclidean distances are bounded from matrix products, |x|² - 2 q x of rows less their mean, block by block; the
/// few rows that the bound lets through are measured exactly, so that no digit is lost to cancellation. Others are summed
/// coordinate by coordinate over many rows at a time. Cost: 2 m n d FLOPs, n d numbers for a transposed copy and a block of
/// products a thread.
/// </remarks>
public static unsafe class NearestRows
{
    private const int RowBlock = 1024; // rows compared at a time
    private const int QueryBlock = 64; // queries of a slice

    /// <summary>
    /// For each of m queries its k nearest of n rows of d numbers, by Minkowski's distance of the exponent p: k indices and
    /// distances a query.
    /// </summary>
    public static void Find(
        double[] rows, int n, double[] queries, int m, int d, double p, int k, int[] indices, double[] distances)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(indices);
        ArgumentNullException.ThrowIfNull(distances);
        Check.Length(rows.Length, (long)n * d);
        Check.Length(queries.Length, (long)m * d);
        Check.Length(indices.Length, (long)m * k);
        Check.SameLength(indices.Length, distances.Length);
        switch (p)
        {
            case 1:
                new Scan<Manhattan>(default, rows, n, queries, m, d, k, indices, distances).Run();
                break;
            case 2:
                new Scan<Euclidean>(default, rows, n, queries, m, d, k, indices, distances).Run();
                break;
            case double.PositiveInfinity:
                new Scan<Chebyshev>(default, rows, n, queries, m, d, k, indices, distances).Run();
                break;
            default:
                new Scan<AnyPower>(new AnyPower(p), rows, n, queries, m, d, k, indices, distances).Run();
                break;
        }
    }

    private sealed class Scan<TMetric>(
        TMetric metric, double[] rows, int n, double[] queries, int m, int d, int k, int[] indices, double[] distances)
        where TMetric : struct, IMinkowski
    {
        // blocks of rows less their mean, transposed: [block][coordinate][row]
        private readonly double[] transposed = new double[Slicing.Count(n, RowBlock) * (long)RowBlock * d];
        private readonly double[] means = new double[d];
        private readonly double[] squares = new double[Slicing.Count(n, RowBlock) * RowBlock];
        private double largestSquare;

        public void Run()
        {
            if (typeof(TMetric) == typeof(Euclidean))
            {
                FindMeans();
            }

            WorkerPool.Run(Slicing.Count(n, RowBlock), Transpose);
            foreach (double square in squares)
            {
                largestSquare = Math.Max(largestSquare, square);
            }

            WorkerPool.Run(Slicing.Count(m, QueryBlock), Queries);
        }

        private void FindMeans()
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < d; j++)
                {
                    means[j] += rows[(i * d) + j];
                }
            }

            for (int j = 0; j < d; j++)
            {
                means[j] /= n;
            }
        }

        private void Transpose(int block)
        {
            Span<double> to = transposed.AsSpan(block * RowBlock * d, RowBlock * d);
            int first = block * RowBlock, count = Math.Min(RowBlock, n - first);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<double> row = rows.AsSpan((first + i) * d, d);
                double square = 0;
                for (int j = 0; j < d; j++)
                {
                    double value = row[j] - means[j];
                    square += value * value;
                    to[(j * RowBlock) + i] = value;
                }

                squares[first + i] = square;
            }
        }

        private void Queries(int slice)
        {
            int first = slice * QueryBlock, count = Math.Min(QueryBlock, m - first);
            indices.AsSpan(first * k, count * k).Fill(int.MaxValue);
            distances.AsSpan(first * k, count * k).Fill(double.PositiveInfinity);
            if (typeof(TMetric) == typeof(Euclidean))
            {
                ByProducts(first, count);
            }
            else
            {
                ByCoordinates(first, count);
            }

            foreach (ref double distance in distances.AsSpan(first * k, count * k))
            {
                distance = metric.ToDistance(distance);
            }
        }

        private NearestList List(int query) =>
            new(indices.AsSpan(query * k, k), distances.AsSpan(query * k, k), full: true);

        private void ByProducts(int first, int count)
        {
            double[] scaled = new double[count * d], own = new double[count], products = new double[count * RowBlock];
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < d; j++)
                {
                    double value = queries[((first + i) * d) + j] - means[j];
                    own[i] += value * value;
                    scaled[(i * d) + j] = -2 * value;
                }
            }

            fixed (double* a = scaled, c = products)
            {
                for (int start = 0; start < n; start += RowBlock)
                {
                    int width = Math.Min(RowBlock, n - start);
                    fixed (double* b = &transposed[(long)start * d])
                    {
                        MatMul.Multiply(1, count, width, d, a, 0, d, 1, b, 0, RowBlock, 1, c, null, RowBlock);
                    }

                    for (int i = 0; i < count; i++)
                    {
                        Filter(first + i, own[i], c + (i * RowBlock), start, width);
                    }
                }
            }
        }

        /// <summary>Measures the rows whose bound is not above the k-th distance, rounding considered.</summary>
        private void Filter(int query, double own, double* products, int start, int width)
        {
            NearestList list = List(query);
            double slack = 4 * (d + 4) * 2.220446049250313e-16 * (largestSquare + own);
            double limit = list.Worst - own + slack;
            int lanes = Vector<double>.Count, i = 0;
            Vector<double> limits = new(limit);
            fixed (double* square = &squares[start])
            {
                for (; i + lanes <= width; i += lanes)
                {
                    if (Vector.LessThanOrEqualAny(Vector.Load(products + i) + Vector.Load(square + i), limits))
                    {
                        for (int j = i; j < i + lanes; j++)
                        {
                            if (products[j] + square[j] <= limit)
                            {
                                list.Offer(Exact(query, start + j), start + j);
                                limit = list.Worst - own + slack;
                            }
                        }

                        limits = new(limit);
                    }
                }

                for (; i < width; i++)
                {
                    if (products[i] + square[i] <= limit)
                    {
                        list.Offer(Exact(query, start + i), start + i);
                        limit = list.Worst - own + slack;
                    }
                }
            }
        }

        private double Exact(int query, int row)
        {
            ReadOnlySpan<double> a = queries.AsSpan(query * d, d), b = rows.AsSpan(row * d, d);
            double sum = 0;
            for (int j = 0; j < a.Length; j++)
            {
                sum = metric.Add(sum, a[j] - b[j]);
            }

            return sum;
        }

        private void ByCoordinates(int first, int count)
        {
            double[] sums = new double[RowBlock];
            for (int start = 0; start < n; start += RowBlock)
            {
                int width = Math.Min(RowBlock, n - start);
                for (int i = 0; i < count; i++)
                {
                    Array.Clear(sums);
                    for (int j = 0; j < d; j++)
                    {
                        AddCoordinate(queries[((first + i) * d) + j], transposed.AsSpan((start * d) + (j * RowBlock), RowBlock), sums);
                    }

                    NearestList list = List(first + i);
                    for (int row = 0; row < width; row++)
                    {
                        list.Offer(sums[row], start + row);
                    }
                }
            }
        }

        private void AddCoordinate(double coordinate, ReadOnlySpan<double> of, Span<double> sums)
        {
            int lanes = Vector<double>.Count;
            Vector<double> query = new(coordinate);
            for (int i = 0; i < RowBlock; i += lanes)
            {
                metric.Add(new Vector<double>(sums[i..]), query - new Vector<double>(of[i..])).CopyTo(sums[i..]);
            }
        }
    }
}
