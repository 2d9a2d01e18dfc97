using System.Runtime.CompilerServices;

namespace Functional.Kernels;

/// <summary>Points in a balanced tree of boxes, to find those near a point without looking at all.</summary>
/// <remarks>
/// Contract: points are rows of float64, copied into the order of the leaves; distances are those of Minkowski with the
/// exponent p, 1 and infinity included, summed in the order of the coordinates. A tree does not change and may be searched by
/// any number of threads. Cost: n log n to build, n (d + 1) numbers of memory; a search reads about log n boxes and the leaves
/// that the ball meets, as long as d is small (to about 15).
/// </remarks>
public abstract class KdTree
{
    /// <summary>The tree of <paramref name="count"/> points, rows of <paramref name="dimensions"/> numbers.</summary>
    /// <param name="points">The rows, one after the other.</param>
    /// <param name="count">How many points.</param>
    /// <param name="dimensions">How many numbers a point has.</param>
    /// <param name="p">The exponent of the distance, 1 or more: 2 is Euclid's, infinity the largest difference.</param>
    public static KdTree Build(double[] points, int count, int dimensions, double p)
    {
        ArgumentNullException.ThrowIfNull(points);
        Check.Length(points.Length, (long)count * dimensions);
        return p switch
        {
            1 => new KdTree<Manhattan>(points, count, dimensions, default),
            2 => new KdTree<Euclidean>(points, count, dimensions, default),
            double.PositiveInfinity => new KdTree<Chebyshev>(points, count, dimensions, default),
            _ => new KdTree<AnyPower>(points, count, dimensions, new AnyPower(p)),
        };
    }

    /// <summary>
    /// The points' indices in the order of the leaves: searches for neighbours of the points themselves are fastest in it.
    /// </summary>
    public abstract ReadOnlySpan<int> Order { get; }

    /// <summary>How many points are within the radius, it included; counting ends when enough are found.</summary>
    public abstract int Count(ReadOnlySpan<double> query, double radius, int enough);

    /// <summary>
    /// The points within the radius, it included, in no particular order: their number; the array grows as needed.
    /// </summary>
    public abstract int Within(ReadOnlySpan<double> query, double radius, ref int[] found);

    /// <summary>
    /// The nearest points, as many as there is room for and no more than there are, ascending by distance and then index.
    /// </summary>
    public abstract void Nearest(ReadOnlySpan<double> query, Span<int> indices, Span<double> distances);
}

internal sealed class KdTree<TMetric> : KdTree where TMetric : struct, IMinkowski
{
    private const int LeafSize = 16;

    private readonly TMetric metric;
    private readonly int dimensions;
    private readonly double[] points; // in the order of the leaves
    private readonly int[] order;

    // Node i has the children 2 i + 1 and 2 i + 2; the last level are the leaves.
    private readonly int firstLeaf;
    private readonly int[] starts; // of each node; its end is the start of the next node of its level, or the number of points
    private readonly int[] ends;
    private readonly double[] boxes; // of each node: least, then largest of each coordinate

    public KdTree(double[] points, int count, int dimensions, TMetric metric)
    {
        this.metric = metric;
        this.dimensions = dimensions;
        int levels = 0;
        while (count >> levels > LeafSize)
        {
            levels++;
        }

        firstLeaf = (1 << levels) - 1;
        starts = new int[(2 << levels) - 1];
        ends = new int[starts.Length];
        boxes = new double[(long)starts.Length * 2 * dimensions];
        order = new int[count];
        for (int i = 0; i < count; i++)
        {
            order[i] = i;
        }

        Split(points, 0, 0, count);
        this.points = new double[points.Length];
        for (int i = 0; i < count; i++)
        {
            points.AsSpan(order[i] * dimensions, dimensions).CopyTo(this.points.AsSpan(i * dimensions));
        }
    }

    public override ReadOnlySpan<int> Order => order;

    public override int Count(ReadOnlySpan<double> query, double radius, int enough)
    {
        double limit = metric.Reduce(radius);
        Span<int> stack = stackalloc int[64];
        int depth = 0, count = 0;
        stack[depth++] = 0;
        while (depth > 0 && count < enough)
        {
            int node = stack[--depth];
            if (Nearest(query, node) > limit)
            {
                continue;
            }

            if (Farthest(query, node) <= limit)
            {
                count += ends[node] - starts[node];
            }
            else if (node >= firstLeaf)
            {
                for (int i = starts[node]; i < ends[node]; i++)
                {
                    count += Distance(query, i) <= limit ? 1 : 0;
                }
            }
            else
            {
                stack[depth++] = (2 * node) + 2;
                stack[depth++] = (2 * node) + 1;
            }
        }

        return count;
    }

    public override int Within(ReadOnlySpan<double> query, double radius, ref int[] found)
    {
        double limit = metric.Reduce(radius);
        Span<int> stack = stackalloc int[64];
        int depth = 0, count = 0;
        stack[depth++] = 0;
        while (depth > 0)
        {
            int node = stack[--depth];
            if (Nearest(query, node) > limit)
            {
                continue;
            }

            if (node < firstLeaf)
            {
                stack[depth++] = (2 * node) + 2;
                stack[depth++] = (2 * node) + 1;
                continue;
            }

            if (found.Length < count + ends[node] - starts[node])
            {
                Array.Resize(ref found, Math.Max(2 * found.Length, count + LeafSize));
            }

            for (int i = starts[node]; i < ends[node]; i++)
            {
                found[count] = order[i];
                count += Distance(query, i) <= limit ? 1 : 0;
            }
        }

        return count;
    }

    public override void Nearest(ReadOnlySpan<double> query, Span<int> indices, Span<double> distances)
    {
        NearestList list = new(indices, distances);
        Descend(query, 0, Nearest(query, 0), ref list);
        foreach (ref double distance in distances)
        {
            distance = metric.ToDistance(distance);
        }
    }

    private void Descend(ReadOnlySpan<double> query, int node, double least, ref NearestList list)
    {
        if (least > list.Worst)
        {
            return;
        }

        if (node >= firstLeaf)
        {
            for (int i = starts[node]; i < ends[node]; i++)
            {
                list.Offer(Distance(query, i), order[i]);
            }

            return;
        }

        int left = (2 * node) + 1;
        double leastLeft = Nearest(query, left), leastRight = Nearest(query, left + 1);
        if (leastLeft <= leastRight)
        {
            Descend(query, left, leastLeft, ref list);
            Descend(query, left + 1, leastRight, ref list);
        }
        else
        {
            Descend(query, left + 1, leastRight, ref list);
            Descend(query, left, leastLeft, ref list);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private double Distance(ReadOnlySpan<double> query, int i)
    {
        ReadOnlySpan<double> point = points.AsSpan(i * dimensions, query.Length);
        double sum = 0;
        for (int j = 0; j < query.Length; j++)
        {
            sum = metric.Add(sum, query[j] - point[j]);
        }

        return sum;
    }

    /// <summary>The reduced distance to the nearest point of a node's box.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private double Nearest(ReadOnlySpan<double> query, int node)
    {
        ReadOnlySpan<double> box = boxes.AsSpan(node * 2 * dimensions, 2 * query.Length);
        double sum = 0;
        for (int j = 0; j < query.Length; j++)
        {
            sum = metric.Add(sum, Math.Max(0, Math.Max(box[j] - query[j], query[j] - box[query.Length + j])));
        }

        return sum;
    }

    /// <summary>The reduced distance to the farthest corner of a node's box.</summary>
    private double Farthest(ReadOnlySpan<double> query, int node)
    {
        ReadOnlySpan<double> box = boxes.AsSpan(node * 2 * dimensions, 2 * query.Length);
        double sum = 0;
        for (int j = 0; j < query.Length; j++)
        {
            sum = metric.Add(sum, Math.Max(query[j] - box[j], box[query.Length + j] - query[j]));
        }

        return sum;
    }

    private void Split(double[] rows, int node, int start, int end)
    {
        (starts[node], ends[node]) = (start, end);
        Span<double> least = boxes.AsSpan(node * 2 * dimensions, dimensions);
        Span<double> largest = boxes.AsSpan(((node * 2) + 1) * dimensions, dimensions);
        least.Fill(double.PositiveInfinity);
        largest.Fill(double.NegativeInfinity);
        for (int i = start; i < end; i++)
        {
            for (int j = 0; j < dimensions; j++)
            {
                double value = rows[(order[i] * dimensions) + j];
                least[j] = Math.Min(least[j], value);
                largest[j] = Math.Max(largest[j], value);
            }
        }

        if (node >= firstLeaf)
        {
            return;
        }

        int widest = 0;
        for (int j = 1; j < dimensions; j++)
        {
            widest = largest[j] - least[j] > largest[widest] - least[widest] ? j : widest;
        }

        int middle = start + ((end - start) / 2);
        Select(rows, widest, start, end - 1, middle);
        Split(rows, (2 * node) + 1, start, middle);
        Split(rows, (2 * node) + 2, middle, end);
    }

    /// <summary>Hoare's selection: afterwards no coordinate before the middle is above it, and none behind it below.</summary>
    private void Select(double[] rows, int coordinate, int low, int high, int middle)
    {
        while (low < high)
        {
            double pivot = rows[(order[low + ((high - low) / 2)] * dimensions) + coordinate];
            int i = low, j = high;
            while (i <= j)
            {
                while (rows[(order[i] * dimensions) + coordinate] < pivot)
                {
                    i++;
                }

                while (rows[(order[j] * dimensions) + coordinate] > pivot)
                {
                    j--;
                }

                if (i <= j)
                {
                    (order[i], order[j]) = (order[j], order[i]);
                    i++;
                    j--;
                }
            }

            if (middle <= j)
            {
                high = j;
            }
            else if (middle >= i)
            {
                low = i;
            }
            else
            {
                return;
            }
        }
    }
}
