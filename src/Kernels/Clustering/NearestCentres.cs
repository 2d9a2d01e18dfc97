using System.Numerics;

namespace Functional.Kernels;

/// <summary>The nearest of a few centres to each row of a matrix: the step of k-means that takes its time.</summary>
/// <remarks>
/// Contract: contiguous rows of float64; results do not depend on the number of threads: rows are cut into at most 64 slices
/// by their number alone, and sums are added slice by slice. Distances are |c|² - 2 x c from matrix products of 256 rows at a
/// time; of equal ones the first centre is taken. Cost: 2 n d k FLOPs; the rows are read once.
/// </remarks>
public static unsafe class NearestCentres
{
    private const int Tile = 256; // rows of a product
    private const int MaxSlices = 64;

    /// <summary>
    /// Finds the nearest of k centres for n rows of d numbers, and the sums and counts of the rows of each centre.
    /// </summary>
    /// <param name="rows">n rows of d numbers.</param>
    /// <param name="n">The number of rows.</param>
    /// <param name="d">The numbers of a row.</param>
    /// <param name="centres">k rows of d numbers.</param>
    /// <param name="k">The number of centres.</param>
    /// <param name="labels">The nearest centre of each row.</param>
    /// <param name="sums">For each centre the sum of its rows, k rows of d numbers; or empty, where none is wanted.</param>
    /// <param name="counts">For each centre the number of its rows.</param>
    /// <returns>The sum of |c|² - 2 x c: with the squares of the rows, the sum of squared distances.</returns>
    public static double Assign(
        double[] rows, int n, int d, double[] centres, int k, int[] labels, double[] sums, int[] counts)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(centres);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(sums);
        ArgumentNullException.ThrowIfNull(counts);
        Check.Length(rows.Length, (long)n * d);
        Check.Length(centres.Length, (long)k * d);
        Check.Length(labels.Length, n);
        Check.Length(counts.Length, k);
        Assignment assignment = new(rows, n, d, centres, k, labels, sums.Length > 0);
        return assignment.Run(sums, counts);
    }

    private sealed class Assignment
    {
        private readonly double[] rows;
        private readonly int n;
        private readonly int d;
        private readonly int k;
        private readonly int[] labels;
        private readonly bool summing;
        private readonly int rowsASlice;
        private readonly int slices;
        private readonly double[] scaled; // -2 times the centres, transposed: [d, k]
        private readonly double[] squares; // of the centres
        private readonly double[] partSums;
        private readonly int[] partCounts;
        private readonly double[] partDistances;

        public Assignment(double[] rows, int n, int d, double[] centres, int k, int[] labels, bool summing)
        {
            (this.rows, this.n, this.d, this.k, this.labels, this.summing) = (rows, n, d, k, labels, summing);
            rowsASlice = Math.Max(Tile, (n + MaxSlices - 1) / MaxSlices);
            slices = Slicing.Count(n, rowsASlice);
            scaled = new double[d * k];
            squares = new double[k];
            for (int c = 0; c < k; c++)
            {
                for (int j = 0; j < d; j++)
                {
                    double value = centres[(c * d) + j];
                    squares[c] += value * value;
                    scaled[(j * k) + c] = -2 * value;
                }
            }

            partSums = new double[summing ? (long)slices * k * d : 0];
            partCounts = new int[slices * k];
            partDistances = new double[slices];
        }

        public double Run(double[] sums, int[] counts)
        {
            WorkerPool.Run(slices, Slice);
            Array.Clear(sums);
            Array.Clear(counts);
            double distance = 0;
            for (int slice = 0; slice < slices; slice++)
            {
                distance += partDistances[slice];
                for (int c = 0; c < k; c++)
                {
                    counts[c] += partCounts[(slice * k) + c];
                }

                if (summing)
                {
                    fixed (double* from = &partSums[slice * k * d], to = sums)
                    {
                        Add(from, to, k * d);
                    }
                }
            }

            return distance;
        }

        private void Slice(int slice)
        {
            double[] products = new double[Tile * k];
            int end = Slicing.End(slice, rowsASlice, n);
            double* values = stackalloc double[Vector<double>.Count];
            long* places = stackalloc long[Vector<double>.Count];
            fixed (double* x = rows, b = scaled, room = products, square = squares, sums = partSums)
            {
                for (int start = slice * rowsASlice; start < end; start += Tile)
                {
                    int count = Math.Min(Tile, end - start);
                    MatMul.Multiply(1, count, k, d, x + ((nint)start * d), 0, d, 1, b, 0, k, 1, room);
                    for (int i = 0; i < count; i++)
                    {
                        int label = Smallest(room + (i * k), square, values, places, out double least);
                        labels[start + i] = label;
                        partDistances[slice] += least;
                        partCounts[(slice * k) + label]++;
                        if (summing)
                        {
                            Add(x + ((nint)(start + i) * d), sums + ((nint)((slice * k) + label) * d), d);
                        }
                    }
                }
            }
        }

        /// <summary>
        /// The index of the least sum of product and square, the first of equal ones; with room for the lanes of a vector.
        /// </summary>
        private int Smallest(double* products, double* square, double* values, long* places, out double least)
        {
            int lanes = Vector<double>.Count, i = 0, at = 0;
            least = double.PositiveInfinity;
            if (k >= 2 * lanes)
            {
                Vector<double> best = new(double.PositiveInfinity);
                Vector<long> bestAt = default, here = Vector.CreateSequence<long>(0, 1), step = new(lanes);
                for (; i + lanes <= k; i += lanes)
                {
                    Vector<double> value = Vector.Load(products + i) + Vector.Load(square + i);
                    Vector<long> less = Vector.LessThan(value, best);
                    best = Vector.ConditionalSelect(less, value, best);
                    bestAt = Vector.ConditionalSelect(less, here, bestAt);
                    here += step;
                }

                best.Store(values);
                bestAt.Store(places);
                for (int lane = 0; lane < lanes; lane++)
                {
                    if (values[lane] < least || (values[lane] == least && places[lane] < at))
                    {
                        (least, at) = (values[lane], (int)places[lane]);
                    }
                }
            }

            for (; i < k; i++)
            {
                if (products[i] + square[i] < least)
                {
                    (least, at) = (products[i] + square[i], i);
                }
            }

            return at;
        }

        private static void Add(double* from, double* to, int count)
        {
            int lanes = Vector<double>.Count, i = 0;
            for (; i + lanes <= count; i += lanes)
            {
                (Vector.Load(to + i) + Vector.Load(from + i)).Store(to + i);
            }

            for (; i < count; i++)
            {
                to[i] += from[i];
            }
        }
    }
}
